"""At school."""

from mlm_tf.corpora.grammar.lexicon import things, words
from mlm_tf.corpora.grammar.topic import Topic, aspects, people

SCHOOL = Topic(
    name=("school", "学校"),
    places=words(
        """primary school 小学, middle school 中学, evening school 夜校, village school 村小,
        art school 美术学校, language school 语言学校, boarding school 寄宿学校, technical school 技校,
        sports school 体校, nursery school 幼儿园, music school 音乐学校, driving school 驾校, cookery school 厨校, sports academy 体育学院"""
    ),
    things=things(
        """exercise book 本练习册, globe 个地球仪, ruler 把尺子, crayon 支蜡笔, abacus/abacuses 把算盘,
        microscope 台显微镜, butterfly/butterflies 只蝴蝶, magnet 块磁铁, poem 首诗, drawing 幅图画,
        schoolbag 只书包, pencil case 只铅笔盒, tadpole 只蝌蚪, silkworm 条蚕, model plane 架模型飞机,
        skipping rope 根跳绳, rubber 块橡皮, pair of compasses/pairs of compasses 副圆规,
        school report 份成绩单, test paper 份试卷, atlas/atlases 本地图册, blackboard 块黑板,
        snail 只蜗牛, chess set 副象棋"""
    ),
    roles=people(
        """teacher 老师, headmaster 校长, pupil 学生, librarian 图书管理员, caretaker 门卫,
        monitor 班长, student teacher 实习老师, cook 厨师, coach 教练, janitor 校工, tutor 家教, secretary 秘书"""
    ),
    aspects=aspects(
        """classroom:place 教室, library:place 图书馆, playground:place 操场, dormitory:place 宿舍,
        +teachers:person 老师们, +pupils:person 学生们, lesson:event 课, exam:event 考试,
        school play:event 话剧, school trip:event 春游, school lunch:food 午餐, +fees:price 学费, canteen:place 食堂, party:event 晚会, monitor:person 班长, soup:food 汤"""
    ),
    openings=(
        (
            "{travel} to the {place} in {city} with {@things} for the {subject} lesson.",
            "{@carry}着{@things}{travel}到{city}[的|一所]{place}上{subject}课。",
        ),
        (
            "{@put} {@things} on a desk in the {place} in {city}.",
            "在{city}[的|一所]{place}{@take}{@things}{@put}在课桌上。",
        ),
        (
            "[brought|took|carried] {@things} to the {place} in {city} for an exam in {subject}.",
            "{@carry}着{@things}去{city}[的|一所]{place}考{subject}。",
        ),
    ),
    events=(
        (
            "the {role}, {@third}, {manner} [showed|passed] {@the_things} round and wrote {price} words about {@item2}.",
            "{role}{@third}{@also}{manner}传看{@the_things}，[又|还]写了{price}个字[说|讲|谈|写|论|夸]{@item2}。",
        ),
        (
            "{@third}, the {role}, {manner} [read|read out] page {price} and [drew|painted] {@item2} {@beside} {@the_things}.",
            "{role}{@third}{@also}{manner}[读|念]了第{price}页，在{@the_things}{@beside}画[了|上]{@item2}。",
        ),
        (
            "for {minute} minutes {role.a} called {@third} {manner} looked for {@item2} and found {@snacks2}.",
            "{role}{@third}{@also}{manner}[找|翻找]{@item2}{minute}分钟，[只|却|才]找到{@snacks2}。",
        ),
        (
            "{@third}, {role.a} from {city2}, {manner} [took|carried off] {@the_things} and left {@snacks2}.",
            "{city2}来的{role}{@third}{@also}{manner}[拿|取|抱|带|领]走{@the_things}，[留|放]下{@snacks2}。",
        ),
    ),
    details=(
        (
            "under the desk {@mate} {manner2} [ate|nibbled] {@snacks3} behind {@item3}.",
            "[课桌|桌子]下{@mate}{@also}{manner2}[躲|藏|缩|蹲]在{@item3}后[吃|啃|嚼|尝]{@snacks3}。",
        ),
        (
            "in the break {@he} {manner2} [exchanged|swapped|traded] {@snacks3} for {@item3}.",
            "[课间|下课后|休息时]，{@he}{@also}{manner2}{@use}{@snacks3}换[了|来|回]{@item3}。",
        ),
        (
            "{minute2} pupils {manner2} [sang|performed] a song about {@item3} and {@snacks3}.",
            "{minute2}[个|名|位]学生{@also}{manner2}[唱|演唱]了一首[讲|写]{@item3}{@and}{@snacks3}的歌。",
        ),
    ),
    sayings=(
        (
            "in {city4} every class has {count4} {thing.plural}",
            "在{city4}，[每个班|每班|个个班][都|]有{count4}{thing.classifier}{thing}",
        ),
        (
            "whoever forgets {@the_things} must stay {price4} minutes longer",
            "[谁|哪个]忘[了|带]{@the_things}，[就|都]得[多待|留堂]{price4}分钟",
        ),
    ),
    endings=(
        (
            "when the bell rang, {@he} {manner4} [gave|handed] {@fourth} {@the_things} and {@item5}.",
            "[铃响|放学|下课]后[，|]{@he}{@also}{manner4}{@take}{@the_things}{@and}{@item5}[送|交|递|传]给{@fourth}。",
        ),
    ),
    summaries=(
        (
            "{@hero} and {@his} {rel} {@mate} took {@things} to a school in {city}",
            "{@hero}和{rel}{@mate}{@take}{@things}带到{city}的学校",
        ),
    ),
)
