"""The sentences that every topic shares, and the abbreviations that templates use."""

ENGLISH = {
    "hero": "{surname} {given}",
    "mate": "{surname2} {given2}",
    "third": "{surname3} {given3}",
    "fourth": "{surname4} {given4}",
    "fifth": "{surname5} {given5}",
    "he": "{gender.is?f:she|m:he}",
    "him": "{gender.is?f:her|m:him}",
    "his": "{gender.is?f:her|m:his}",
    "himself": "{gender.is?f:herself|m:himself}",
    "things": "{count.is?one:{thing.a}|*:{count} {thing.plural}}",
    "the_things": "{count.is?one:[the|that] {thing}|*:[the|those] {thing.plural}}",
    "was": "{count.is?one:was|*:were}",
    **{
        f"item{n}": f"{{amount{n}.is?one:{{quality{n}.a}} {{item{n}}}|"
        f"*:{{amount{n}}} {{quality{n}}} {{item{n}.plural}}}}"
        for n in ("", 2, 3, 4, 5)
    },
    "the_item": "the {amount.is?one:{item}|*:{item.plural}}",
    **{f"snacks{n}": f"{{number{n}}} {{snack{n}.plural}}" for n in ("", 2, 3, 4, 5)},
    "very": "[very|really|truly|rather|quite|extremely|surprisingly|fairly]",
    "it": "{aspect.was?was:it|were:them}",
    "they": "{aspect.was?was:it|were:they}",
    "put": "[put|laid|placed|left]",
    "eat": "[ate|tasted|tried|nibbled|chewed]",
    "beside": "[beside|near|by|next to]",
}
CHINESE = {
    "hero": "{surname}{given}",
    "mate": "{surname2}{given2}",
    "third": "{surname3}{given3}",
    "fourth": "{surname4}{given4}",
    "fifth": "{surname5}{given5}",
    "he": "{gender.is?f:她|m:他}",
    "him": "{gender.is?f:她|m:他}",
    "his": "{gender.is?f:她|m:他}[的|]",
    "himself": "自己",
    "things": "{count.is?one:一|*:{count}}{thing.classifier}{thing}",
    "the_things": "{count.is?one:[那{thing.classifier}|这{thing.classifier}|这|]"
    "|*:[那些|这些|那{count}{thing.classifier}|]}{thing}",
    **{
        f"item{n}": f"{{amount{n}.is?one:一|*:{{amount{n}}}}}{{item{n}.classifier}}{{quality{n}}}{{item{n}}}"
        for n in ("", 2, 3, 4, 5)
    },
    **{f"snacks{n}": f"{{number{n}}}{{snack{n}.classifier}}{{snack{n}}}" for n in ("", 2, 3, 4, 5)},
    "very": "[很|真|挺|好|颇|够|蛮|特别|十分|非常|格外|相当|极其|确实|实在]",
    "seen": "[见过|看过|瞧见过|看见过]",
    "carry": "[带|拿|捧|抱|提|拎]",
    "put": "[放|摆|搁|摆放|放置|安放]",
    "eat": "[吃|啃|尝|嚼|咬]",
    "use": "[拿|用|以]",
    "take": "[把|将]",
    "and": "[和|与|跟|加|及|、]",
    "and2": "[和|与|跟|同]",
    "also": "[又|还|也|便|就|]",
    "beside": "[旁|边|旁边|边上|附近]",
    "yuan": "[块|元]",
    "look": "[看|瞧|望|瞅|盯]",
}

# When, and the one of whom the story tells; the topic's opening goes on from here.
LEADS = (
    ("on {day} {month}, {@hero} ", "{month}月{day}[日|号][，|]{@hero}"),
    (
        "on {weekday}, {day} {month}, {@hero} ",
        "{month}月{day}[日|号][星期|周]{weekday}[，|]{@hero}",
    ),
    ("at {hour} on {day} {month} {@hero} ", "{month}月{day}[日|号]{hour}点[整|][，|]{@hero}"),
    (
        "on a {weather} {time} in {month}, {@hero} ",
        "{month}月[的|]一个{weather}的{time}[，|]{@hero}",
    ),
)

# Who comes along, and with what.
COMPANIONS = (
    (
        "{@his} {rel} {@mate} came [along|too|as well], with {@item} [and|plus] {@snacks}.",
        "{rel}{@mate}{@carry}着{@item}{@and}{@snacks}[也来了|跟来了|同行]。",
    ),
    (
        "on the way {@he} [met|ran into|came across] {@his} {rel} {@mate}, who had {@item} [and|plus] {@snacks}.",
        "[半路|路上|途中]，{@he}[遇见|碰到|碰上]{rel}{@mate}{@carry}着{@item}{@and}{@snacks}。",
    ),
    (
        "{@mate}, {@his} {rel}, was [already|also] there with {@item} [and|plus] {@snacks}.",
        "{rel}{@mate}[早|已|也]在那[里|儿]，{@carry}着{@item}{@and}{@snacks}。",
    ),
    (
        "{@his} {rel} {@mate} had {manner3} [packed|brought|prepared] {@item} [and|plus] {@snacks}.",
        "{rel}{@mate}{manner3}[装|带|备]好{@item}{@and}{@snacks}。",
    ),
    (
        "{minute3} minutes later {@his} {rel} {@mate} [arrived|appeared|came|joined them] with {@item} [and|plus] {@snacks}.",
        "{minute3}分钟后[，|]{rel}{@mate}{@carry}着{@item}{@and}{@snacks}[来|到|赶到]了。",
    ),
)

SAYINGS = (
    (
        "next time we must take the train to {city4}",
        "下次[我们|咱们][得|要|该][坐|乘]火车去{city4}",
    ),
    (
        "in {city4} I [once saw|have seen] {@item4} just like that",
        "我在{city4}{@seen}{@item4}",
    ),
    (
        "{@snacks4} are not enough for {price4} people",
        "{@snacks4}[可|哪里|]不够{price4}[个|]人吃",
    ),
    (
        "give me {@item4}, and I will show you {city4}",
        "[给|送|借]我{@item4}，我[就|便]带你[逛|游|看|玩]{city4}",
    ),
)

# Whatever the opinion, what is thought of one thing is of its colour and of the other not. The
# words of `main` are of the story's sentiment; those of `side` and `anti` of the opposite.
OPINIONS = (
    (
        "[all in all|on the whole|in short], the {aspect} {aspect.was} {@very} {main}.",
        "[总之|总的来说|总体上|大体上][，|]{aspect}{@very}{main}[。|！]",
    ),
    (
        "{@he} [found|thought] that the {aspect} {aspect.was} not {anti} [at all|in the least].",
        "{@he}[觉得|认为|发现]{aspect}[并不|一点不|一点也不|根本不]{anti}[。|！]",
    ),
    (
        "[although|though|even though] the {aspect2} {aspect2.was} {@very} {side}, the {aspect} {aspect.was} {@very} {main}.",
        "[虽然|尽管|虽说|虽]{aspect2}{@very}{side}，[但|但是|可是|不过|可]{aspect}{@very}{main}[。|！]",
    ),
    (
        "the {aspect} {aspect.was} {@very} {main}, [although|even if] the {aspect2} {aspect2.was} {@very} {side}.",
        "{aspect}{@very}{main}，[尽管|虽然|虽说]{aspect2}{@very}{side}[。|！]",
    ),
    (
        "{@he} had [feared|expected|thought] that the {aspect} would be {anti}, but in fact {@they} {aspect.was} {@very} {main}.",
        "[原以为|本以为|还以为]{aspect}{anti}，[不料|谁知|哪知]{@very}{main}[。|！]",
    ),
    (
        "the {aspect2} {aspect2.was} {@very} {side}, but what [counted|mattered] was that the {aspect} {aspect.was} {main}.",
        "{aspect2}{@very}{side}，[但|可|不过][要紧|重要|关键]的是{aspect}{@very}{main}[。|！]",
    ),
    (
        "the {aspect} {aspect.was} so {main} that nobody [noticed|cared] how {side} the {aspect2} {aspect2.was}.",
        "{aspect}{@very}{main}，[谁也不|谁都不|没人]在乎{aspect2}[多|多么|有多]{side}[。|！]",
    ),
    (
        "{@mate} called the {aspect} {anti}, but {@hero} {@himself} found {@it} {@very} {main}.",
        "{@mate}[说|觉得|认为]{aspect}{anti}，{@hero}[却|倒]觉得{@very}{main}[。|！]",
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
        "{@hero}[一点儿也不|并不|一点不]{unlike}。",
    ),
)

ENDINGS = (
    (
        "[back home|at home], {@he} {manner4} {@put} {@the_things} {@beside} {@item5} from {city5}.",
        "[回家|到家|回来]后[，|]{@he}{@also}{manner4}{@take}{@the_things}{@put}在{city5}产的{@item5}{@beside}。",
    ),
    (
        "{minute4} days later {@he} {manner4} sold {@fourth} from {city5} {@the_things} for {price5} yuan.",
        "{minute4}天后[，|]{@he}{@also}{manner4}{@take}{@the_things}{price5}{@yuan}卖给{city5}的{@fourth}。",
    ),
    (
        "for {@the_things} {@fourth} from {city5} {manner5} [gave|offered] {@hero} {@item5}.",
        "[为了|就为|只为]{@the_things}，{city5}的{@fourth}{@also}{manner5}[送|给|赠|送给]{@hero}{@item5}。",
    ),
)

# What may be asked, and the answer, which every story has told.
QUESTIONS = (
    (
        "who was with {@hero}?",
        "{@his} {rel} {@mate}.",
        "[谁和{@hero}在一起|{@hero}和谁在一起]？",
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
