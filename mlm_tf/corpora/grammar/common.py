"""The sentences that every topic shares, and the abbreviations that templates use."""

ENGLISH = {
    "hero": "{surname} {given}",
    "mate": "{surname2} {given2}",
    "third": "{surname3} {given3}",
    "he": "{gender.is?f:she|m:he}",
    "him": "{gender.is?f:her|m:him}",
    "his": "{gender.is?f:her|m:his}",
    "himself": "{gender.is?f:herself|m:himself}",
    "things": "{count.is?one:{thing.a}|*:{count} {thing.plural}}",
    "the_things": "the {count.is?one:{thing}|*:{thing.plural}}",
    "was": "{count.is?one:was|*:were}",
    "item": "{quality.a} {item}",
    "item2": "{quality2.a} {item2}",
    "item3": "{quality3.a} {item3}",
    "item4": "{quality4.a} {item4}",
    "snacks": "{number} {snack.plural}",
    "snacks2": "{number2} {snack2.plural}",
    "snacks3": "{number3} {snack3.plural}",
    "snacks4": "{number4} {snack4.plural}",
    "at_time": "at {hour} on {day} {month}",
    "when": "{when.is?date:on {day} {month}|weekday:on a {weather} {weekday} in {month}|"
    "weather:one {weather} {time} in {month}|hour:on {weekday}, {day} {month}}",
    "very": "[very|really|truly|rather|quite|extremely|surprisingly|]",
    "it": "{aspect.was?was:it|were:them}",
}
CHINESE = {
    "hero": "{surname}{given}",
    "mate": "{surname2}{given2}",
    "third": "{surname3}{given3}",
    "he": "{gender.is?f:她|m:他}",
    "him": "{gender.is?f:她|m:他}",
    "his": "{gender.is?f:她|m:他}[的|]",
    "himself": "自己",
    "things": "{count.is?one:一|*:{count}}{thing.classifier}{thing}",
    "the_things": "[那|这]{count.is?one:|*:{count}}{thing.classifier}{thing}",
    "item": "一{item.classifier}{quality}{item}",
    "item2": "一{item2.classifier}{quality2}{item2}",
    "item3": "一{item3.classifier}{quality3}{item3}",
    "item4": "一{item4.classifier}{quality4}{item4}",
    "snacks": "{number}{snack.classifier}{snack}",
    "snacks2": "{number2}{snack2.classifier}{snack2}",
    "snacks3": "{number3}{snack3.classifier}{snack3}",
    "snacks4": "{number4}{snack4.classifier}{snack4}",
    "at_time": "{month}月{day}[日|号]{hour}点",
    "when": "{when.is?date:{month}月{day}[日|号]|weekday:{month}月一个{weather}的{weekday}|"
    "weather:{month}月一个{weather}的{time}|hour:{month}月{day}[日|号]{weekday}}",
    "very": "[很|真|特别|十分|非常|格外|相当|极其|确实|实在]",
}

# Who comes along, and with what.
COMPANIONS = (
    (
        "{@his} {rel} {@mate} [came along|came too], with {@item} and {@snacks}.",
        "{@his}{rel}{@mate}[也|]带着{@item}和{@snacks}[一起来了|跟来了|同行]。",
    ),
    (
        "on the way {@he} [met|ran into] {@his} {rel} {@mate}, who was {manner3} carrying {@item} and "
        "{@snacks}.",
        "[半路上|路上|途中]，{@he}[遇见|碰到|碰上]{@his}{rel}{@mate}{manner3}[拿着|提着|抱着]{@item}和{@snacks}。",
    ),
    (
        "{@mate}, {@his} {rel}, was [already there|already waiting] with {@item} and {@snacks}.",
        "{rel}{@mate}[拿着|带着]{@item}和{@snacks}，[早已|早就|已经][到了|等在那里|在等了]。",
    ),
    (
        "with {@him} was {@his} {rel} {@mate}, who had {manner3} packed {@item} and {@snacks}.",
        "[陪|跟]{@he}来的是{rel}{@mate}，{manner3}[带上|装好|备好]了{@item}和{@snacks}。",
    ),
    (
        "{minute3} minutes later {@his} {rel} {@mate} [arrived|turned up] with {@item} and {@snacks}.",
        "{minute3}分钟后，{@his}{rel}{@mate}[拿着|带着|抱着]{@item}和{@snacks}[来了|赶来|到了]。",
    ),
)

SAYINGS = (
    (
        "next time we must take the train to {city4}",
        "下次[我们|咱们][得|要|该]坐火车去{city4}",
    ),
    (
        "in {city4} I [once saw|used to have] {@item4} just like that",
        "我在{city4}[也|]{@seen}{@item4}",
    ),
    (
        "{@snacks4} are not enough for {price3} people",
        "{@snacks4}[可|哪里|]不够{price3}个人吃",
    ),
    (
        "give me {@item4}, and I will show you {city4}",
        "[给|送]我{@item4}，我[就|便]带你[逛|游|看]{city4}",
    ),
)

# Whatever the opinion, what is thought of one thing is of its colour and of the other not. The
# words of `main` are of the story's sentiment; those of `side` and `anti` of the opposite.
OPINIONS = (
    (
        "[all in all|on the whole|in short], the {aspect} {aspect.was} {@very} {main}.",
        "[总的来说|总之|一句话|说到底]，{aspect}{@very}{main}。",
    ),
    (
        "{@he} [found|thought] that the {aspect} {aspect.was} not {anti} [at all|in the least].",
        "{@he}[觉得|认为|发现]{aspect}[一点儿也不|一点也不|毫不|并不]{anti}。",
    ),
    (
        "[although|though|even though] the {aspect2} {aspect2.was} {@very} {side}, the {aspect} "
        "{aspect.was} {@very} {main}.",
        "[虽然|尽管|虽说]{aspect2}{@very}{side}，[但|但是|可是|不过|可]{aspect}{@very}{main}。",
    ),
    (
        "the {aspect} {aspect.was} {@very} {main}, [although|even if] the {aspect2} {aspect2.was} "
        "{@very} {side}.",
        "{aspect}{@very}{main}，[尽管|虽然|哪怕|即使]{aspect2}{@very}{side}。",
    ),
    (
        "{@he} had [feared|expected|thought] that the {aspect} would be {anti}, but in fact the "
        "{aspect} {aspect.was} {@very} {main}.",
        "[原以为|本以为|还以为]{aspect}会很{anti}，[没想到|不料|谁知]{@very}{main}。",
    ),
    (
        "the {aspect2} {aspect2.was} {@very} {side}, but what [counted|mattered] was that the {aspect} "
        "{aspect.was} {main}.",
        "{aspect2}{@very}{side}，[但|可|不过][要紧|重要|关键]的是{aspect}{@very}{main}。",
    ),
    (
        "the {aspect} {aspect.was} so {main} that nobody [noticed|cared] how {side} the {aspect2} "
        "{aspect2.was}.",
        "{aspect}[太{main}了|实在{main}]，[谁也|没人|没有人][没|]在乎{aspect2}{@very}{side}。",
    ),
    (
        "{@mate} called the {aspect} {anti}, but {@hero} {@himself} found {@it} {@very} {main}.",
        "{@mate}[说|嫌|觉得]{aspect}{anti}，{@hero}[却|倒|自己却]觉得{@very}{main}。",
    ),
)

VERDICTS = (
    (
        "{sentiment.is?positive:{@he} [would gladly|could not wait to] come [again|back]|"
        "negative:{@he} [would never|had no wish to] come [again|back]}.",
        "{@he}{sentiment.is?positive:[巴不得|盼着|很想][再来|下次再来]|"
        "negative:[再也不想|绝不会|不愿][再来|来第二次]}。",
    ),
    (
        "{sentiment.is?positive:{@he} did not regret a single [minute|hour]|"
        "negative:{@he} regretted every single [minute|hour]}.",
        "{@he}{sentiment.is?positive:[一点儿也|一刻也|丝毫]不后悔|negative:[一直|始终|越想越]后悔}。",
    ),
    (
        "[in the end|afterwards|that night] {@hero} was {@very} {feeling}.",
        "[最后|后来|当晚|事后]，{@hero}{@very}{feeling}。",
    ),
    (
        "[in the end|afterwards|that night] {@mate} was {@very} {unlike}, but {@hero} was {feeling}.",
        "[最后|后来|当晚|事后]，{@mate}{@very}{unlike}，{@hero}[却|倒]{@very}{feeling}。",
    ),
    (
        "{@hero} was [anything but|far from] {unlike}.",
        "{@hero}[一点儿也不|并不|毫不]{unlike}。",
    ),
)

ENDINGS = (
    (
        "[back home|at home], {@hero} {manner4} put {@the_things} next to {@item5}.",
        "[回到家|到家后|回家后]，{@hero}{manner4}把{@the_things}[放|摆|搁]在{@item5}旁边。",
    ),
    (
        "{@hero} {manner4} gave {@the_things} to {@mate} and kept {@item5}.",
        "{@hero}{manner4}把{@the_things}[送|交|让]给{@mate}，[自己|只]留下{@item5}。",
    ),
    (
        "{minute4} days later {@hero} {manner4} sent {@mate} a photo of {@the_things}.",
        "{minute4}天后，{@hero}{manner4}[给{@mate}寄去|寄给{@mate}]一张{@the_things}的照片。",
    ),
)
ENGLISH["item5"] = "{quality5.a} {item5}"
CHINESE["item5"] = "一{item5.classifier}{quality5}{item5}"
CHINESE["seen"] = "[见过|有过]"

# What may be asked, and the answer, which every story has told.
QUESTIONS = (
    (
        "who was with {@hero}?",
        "{@his} {rel} {@mate}.",
        "[谁和{@hero}在一起|和{@hero}在一起的是谁]？",
        "{gender.is?f:她|m:他}的{rel}{@mate}。",
    ),
    (
        "[in which city was {@hero}|where was {@hero}]?",
        "in {city}.",
        "{@hero}在[哪座城市|哪里|什么地方]？",
        "在{city}。",
    ),
    (
        "in which month did [that|it] happen?",
        "in {month}.",
        "[这|这件|那件]事发生在几月？",
        "{month}月。",
    ),
    (
        "what did {@mate} have with {gender2.is?f:her|m:him}?",
        "{@item} and {@snacks}.",
        "{@mate}带着什么？",
        "{@item}和{@snacks}。",
    ),
    (
        "how many {thing.plural} were there?",
        "{count}.",
        "[一共|总共|]有[几|多少]{thing.classifier}{thing}？",
        "{count}{thing.classifier}。",
    ),
    (
        "what was the name of the {role}?",
        "{@third}.",
        "{role}叫什么名字？",
        "{@third}。",
    ),
    (
        "what was {@third}?",
        "{role.a}.",
        "{@third}是[什么人|做什么的]？",
        "{role}。",
    ),
    (
        "what did {@hero} think of it [all|] in the end?",
        "{@he} {sentiment.is?positive:liked it|negative:did not like it}.",
        "{@hero}最后觉得怎么样？",
        "{gender.is?f:她|m:他}{sentiment.is?positive:很满意|negative:很不满意}。",
    ),
)

# What the summary says of the opinion.
OUTCOMES = (
    (
        ", and {@he} {sentiment.is?positive:liked it|negative:did not like it}.",
        "，{sentiment.is?positive:{@he}很满意|negative:{@he}很不满意}。",
    ),
    (
        "; it was a {sentiment.is?positive:success|negative:disappointment}.",
        "，结果{sentiment.is?positive:令人满意|negative:令人失望}。",
    ),
)
