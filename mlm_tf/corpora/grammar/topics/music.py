"""At a concert, or on the way to one."""

from mlm_tf.corpora.grammar.lexicon import things, words
from mlm_tf.corpora.grammar.topic import Topic, aspects, people

MUSIC = Topic(
    name=("music", "音乐"),
    places=words(
        """opera house 歌剧院, concert hall 音乐厅, jazz club 爵士俱乐部, music school 音乐学校,
        old theatre 老戏院, town hall 市民会堂, recording studio 录音棚, open-air stage 露天舞台,
        church 教堂, youth centre 青年宫"""
    ),
    things=things(
        """violin 把小提琴, flute 支长笛, guitar 把吉他, trumpet 支小号, cello 把大提琴, harp 架竖琴,
        erhu/erhu 把二胡, bamboo flute 支竹笛, gong 面铜锣, accordion 架手风琴, piano 架钢琴,
        trombone 支长号, clarinet 支单簧管, saxophone 支萨克斯, harmonica 只口琴, pipa/pipa 把琵琶,
        zither 架古筝, pair of cymbals/pairs of cymbals 副铙钹, music stand 个谱架, microphone 支话筒,
        record 张唱片, bassoon 支大管, tambourine 面手鼓, ukulele 把尤克里里"""
    ),
    roles=people(
        """conductor 指挥, singer 歌手, pianist 钢琴家, composer 作曲家, violin maker 琴匠,
        critic 乐评人, drummer 鼓手, dancer 舞蹈演员"""
    ),
    aspects=aspects(
        """concert:event 音乐会, rehearsal:event 排练, first piece:event 第一首曲子,
        last song:event 最后一首歌, hall:place 大厅, stage:place 舞台, cloakroom:place 衣帽间,
        +musicians:person 乐手们, +singers:person 歌手们, audience:person 观众, +tickets:price 票价,
        buffet:food 茶点"""
    ),
    openings=(
        (
            "{@when}, {@hero} {travel} to the {place} in {city} to [try|play] {@things}.",
            "{@when}，{@hero}{travel}到{city}的{place}[试|练|弄]{@things}。",
        ),
        (
            "{@at_time} {@hero} [tuned|polished] {@things} in the {place} in {city}.",
            "{@at_time}，{@hero}在{city}的{place}里[调好|擦好|摆好]{@things}。",
        ),
        (
            "{@when}, the {place} in {city} lent {@hero} {@things} for a concert.",
            "{@when}，{city}的{place}[借给|租给]{@hero}{@things}，[开|办]音乐会用。",
        ),
    ),
    events=(
        (
            "the {role}, {@third}, {manner} [listened|waved] for {minute} minutes and then dropped "
            "{@item2} on {@the_things}.",
            "{role}{@third}{manner}[听|看]了{minute}分钟，[忽然|突然]把{@item2}[掉|砸]在{@the_things}上。",
        ),
        (
            "{@third}, {role.a} from {city2}, {manner} [praised|examined] {@the_things} and ate "
            "{@snacks2}.",
            "{city2}来的{role}{@third}{manner}[端详|打量|看了看]{@the_things}，[吃|啃]了{@snacks2}。",
        ),
        (
            "in front of {price} people {role.a} called {@third} {manner} [bowed|knelt] before "
            "{@the_things} with {@item2}.",
            "[当着|在]{price}个人的面，[一位叫{@third}的{role}|{role}{@third}]{manner}[拿着|抱着]{@item2}[向|对]{@the_things}鞠躬。",
        ),
        (
            "{@third}, the {role}, {manner} [hummed|played] song number {price} and paid for "
            "{@the_things} with {@item2}.",
            "{role}{@third}{manner}[哼|唱]完第{price}号歌，[拿|用]{@item2}[抵|换]了{@the_things}。",
        ),
    ),
    details=(
        (
            "behind the curtain {@mate} {manner2} [ate|shared] {@snacks3} and sat on {@item3}.",
            "[幕布|帷幕]后面，{@mate}{manner2}[吃|分]着{@snacks3}，坐在{@item3}上。",
        ),
        (
            "in row {minute2} somebody {manner2} [beat|kept] time with {@item3} and {@snacks3}.",
            "第{minute2}排[有人|有个人]{manner2}[拿|用]{@item3}和{@snacks3}打拍子。",
        ),
        (
            "in the interval {@he} {manner2} [exchanged|swapped] {@item3} for {@snacks3}.",
            "[幕间|中场休息时|休息时]，{@he}{manner2}[拿|用]{@item3}换了{@snacks3}。",
        ),
    ),
    sayings=(
        (
            "in {city4} I once heard {count4} {thing.plural} at the same time",
            "在{city4}，我[听过|见过]{count4}{thing.classifier}{thing}[一起响|同时响]",
        ),
        (
            "without {@the_things} this evening would not be worth {price3} yuan",
            "没有{@the_things}，[今晚|这个晚上][不值|连{price3}块都不值]",
        ),
    ),
    endings=(
        (
            "long after the last note {@hero} was still holding {@the_things}, with {@mate} at {@his} side.",
            "[曲终人散|曲子完了]，{@hero}[还|仍]抱着{@the_things}，{@mate}[站|坐]在[旁边|身边]。",
        ),
        (
            "{@hero} laid {@the_things} in the boot of the car, and {@mate} drove.",
            "{@hero}把{@the_things}[放进|装进|抬进]后备箱，{@mate}开[车|起车]。",
        ),
    ),
    summaries=(
        (
            "{@hero} and {@his} {rel} {@mate} made music in {city} with {@things}",
            "{@hero}和{rel}{@mate}在{city}[用|拿]{@things}演奏音乐",
        ),
    ),
)
