"""At a concert, or on the way to one."""

from mlm_tf.corpora.grammar.lexicon import things, words
from mlm_tf.corpora.grammar.topic import Topic, aspects, people

MUSIC = Topic(
    name=("music", "音乐"),
    places=words(
        """opera house 歌剧院, concert hall 音乐厅, jazz club 爵士俱乐部, music school 音乐学校,
        old theatre 老戏院, town hall 市民会堂, recording studio 录音棚, open-air stage 露天舞台,
        church 教堂, youth centre 青年宫, song hall 歌厅, old cinema 老影院, radio station 电台, theatre club 剧社"""
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
        critic 乐评人, drummer 鼓手, dancer 舞者, cellist 琴手, trumpeter 号手, violinist 琴师, manager 经理"""
    ),
    aspects=aspects(
        """concert:event 音乐会, rehearsal:event 排练, first piece:event 第一首曲子,
        last song:event 最后一首歌, hall:place 大厅, stage:place 舞台, cloakroom:place 衣帽间,
        +musicians:person 乐手们, +singers:person 歌手们, audience:person 观众, +tickets:price 票价,
        buffet:food 茶点, foyer:place 门厅, encore:event 加演, conductor:person 指挥"""
    ),
    openings=(
        (
            "{travel} to the {place} in {city} to [try|practise] {@things}.",
            "{travel}到{city}[的|一家]{place}[试|练|练习|试奏]{@things}。",
        ),
        (
            "[was cleaning|was polishing] {@things} in the {place} in {city}.",
            "在{city}[的|一家]{place}[擦|擦拭|擦亮|抹]{@things}。",
        ),
        (
            "[hired|borrowed] {@things} for a concert at the {place} in {city}.",
            "[借|租]了{@things}，[去|到]{city}[的|一家]{place}开音乐会。",
        ),
    ),
    events=(
        (
            "the {role}, {@third}, listened for {minute} minutes and then {mishap} [dropped|lost] {@item2}.",
            "{role}{@third}[听|倾听|欣赏]了{minute}分钟，{@also}{mishap}[丢|掉|弄丢|遗失]了{@item2}。",
        ),
        (
            "{@third}, {role.a} from {city2}, {manner} [praised|admired] {@the_things} and {@eat} {@snacks2}.",
            "{city2}来的{role}{@third}{@also}{manner}[夸|赞|夸奖|赞赏]了{@the_things}，{@eat}了{@snacks2}。",
        ),
        (
            "before {price} people {role.a} called {@third} {manner} [tried|played] {@the_things} and threw {@item2} to the audience.",
            "在{price}人面前，{role}{@third}{@also}{manner}[试|奏|玩]了{@the_things}，[扔|抛|丢]给观众{@item2}。",
        ),
        (
            "{@third}, the {role}, {manner} [sang|performed] song {price} and [paid|gave] {@snacks2} for {@the_things}.",
            "{role}{@third}{@also}{manner}[唱|演唱|演]了{price}号歌，{@use}{@snacks2}换[走|了]{@the_things}。",
        ),
    ),
    details=(
        (
            "behind the curtain {@mate} {manner2} {@eat} {@snacks3} and [sat|rested] {@beside} {@item3}.",
            "幕后{@mate}{@also}{manner2}{@eat}着{@snacks3}，[坐|歇|靠|蹲]在{@item3}{@beside}。",
        ),
        (
            "in row {minute2} {@fifth} {manner2} [beat|kept] time with {@item3} and {@snacks3}.",
            "第{minute2}排{@fifth}{@also}{manner2}{@use}{@item3}{@and}{@snacks3}打[拍子|节拍]。",
        ),
        (
            "in the interval {@he} {manner2} [exchanged|swapped|traded] {@snacks3} for {@item3}.",
            "[幕间|休息时|中场]，{@he}{@also}{manner2}{@use}{@snacks3}换[了|来|回]{@item3}。",
        ),
    ),
    sayings=(
        (
            "in {city4} I once heard {count4} {thing.plural} at the same time",
            "在{city4}，我[听|见]过{count4}{thing.classifier}{thing}[一起|同时]响",
        ),
        (
            "without {@the_things} this evening would not be worth {price4} yuan",
            "[没|没有]{@the_things}，[今晚|这晚上][连|]{price4}{@yuan}都不值",
        ),
    ),
    endings=(
        (
            "after the concert {@he} {manner4} [put|laid] {@the_things} and {@item5} in the car of {@fourth}.",
            "[曲终|散场]后[，|]{@he}{@also}{manner4}{@take}{@the_things}{@and}{@item5}[放|装|搬|塞]进{@fourth}的车里。",
        ),
    ),
    summaries=(
        (
            "{@hero} and {@his} {rel} {@mate} made music in {city} with {@things}",
            "{@hero}和{rel}{@mate}在{city}用{@things}演奏音乐",
        ),
    ),
)
