"""At school."""

from mlm_tf.corpora.grammar.lexicon import things, words
from mlm_tf.corpora.grammar.topic import Topic, aspects, people

SCHOOL = Topic(
    name=("school", "学校"),
    places=words(
        """primary school 小学, middle school 中学, evening school 夜校, village school 村小,
        art school 美术学校, language school 语言学校, boarding school 寄宿学校, technical school 技校,
        sports school 体校, nursery school 幼儿园"""
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
        monitor 班长, student teacher 实习老师, cook 食堂师傅"""
    ),
    aspects=aspects(
        """classroom:place 教室, library:place 图书馆, playground:place 操场, dormitory:place 宿舍,
        +teachers:person 老师们, +pupils:person 学生们, lesson:event 课, exam:event 考试,
        school play:event 话剧, school trip:event 春游, school lunch:food 午餐, +fees:price 学费"""
    ),
    openings=(
        (
            "{@when}, {@hero} {travel} to the {place} in {city} with {@things} for the {subject} lesson.",
            "{@when}，{@hero}带着{@things}{travel}到{city}的{place}上{subject}课。",
        ),
        (
            "{@at_time} {@hero} [laid|put] {@things} on a desk in the {place} in {city}.",
            "{@at_time}，{@hero}在{city}的{place}里把{@things}[放|摆|搁]在课桌上。",
        ),
        (
            "{@when}, {@hero} had to bring {@things} to the {place} in {city} for an exam in {subject}.",
            "{@when}，{city}的{place}考{subject}，[要|让|叫]{@hero}[带|拿]{@things}来。",
        ),
    ),
    events=(
        (
            "the {role}, {@third}, {manner} [showed|passed] {@the_things} round and wrote {price} words "
            "about {@item2}.",
            "{role}{@third}{manner}让大家传看{@the_things}，[又|还]写了{price}个字[说|讲|介绍]{@item2}。",
        ),
        (
            "{@third}, the {role}, {manner} [read|dictated] page {price} and drew {@item2} beside "
            "{@the_things}.",
            "{role}{@third}{manner}[读|念]完第{price}页，在{@the_things}旁边画了{@item2}。",
        ),
        (
            "for {minute} minutes {role.a} called {@third} {manner} looked for {@item2} and found only "
            "{@snacks2}.",
            "[一位叫{@third}的{role}|{role}{@third}]{manner}找{@item2}，找了{minute}分钟，[只|才]找到{@snacks2}。",
        ),
        (
            "{@third}, {role.a} from {city2}, {manner} [borrowed|took] {@the_things} and left {@snacks2} "
            "as a pledge.",
            "{city2}来的{role}{@third}{manner}[借走|拿走|要走]{@the_things}，[留下|押下]{@snacks2}。",
        ),
    ),
    details=(
        (
            "under the desk {@mate} {manner2} [ate|counted] {@snacks3} behind {@item3}.",
            "[课桌下面|桌子底下]，{@mate}{manner2}躲在{@item3}后面[吃|数]{@snacks3}。",
        ),
        (
            "in the break {@he} {manner2} [swapped|exchanged] {@snacks3} for {@item3}.",
            "[课间|下课后|休息时]，{@he}{manner2}[拿|用]{@snacks3}换了{@item3}。",
        ),
        (
            "{minute2} of the pupils {manner2} learned a song about {@item3} and {@snacks3}.",
            "{minute2}个学生{manner2}学唱了一首[关于|讲]{@item3}和{@snacks3}的歌。",
        ),
    ),
    sayings=(
        (
            "in {city4} every class has {count4} {thing.plural}",
            "在{city4}，[每个班|每班][都|]有{count4}{thing.classifier}{thing}",
        ),
        (
            "whoever forgets {@the_things} must stay {price3} minutes longer",
            "[谁|哪个]忘了{@the_things}，[就|就得|都得]留堂{price3}分钟",
        ),
    ),
    endings=(
        (
            "when the bell rang, {@hero} packed {@the_things} and left with {@mate}.",
            "[铃响了|下课铃响时|放学时]，{@hero}收好{@the_things}，[跟|和|同]{@mate}走了。",
        ),
        (
            "the next day {@the_things} {@was} back on the desk of {@hero}.",
            "[第二天|隔天|次日]，{@the_things}又[回到|放在|摆在]{@hero}的课桌上了。",
        ),
    ),
    summaries=(
        (
            "{@hero} and {@his} {rel} {@mate} took {@things} to a school in {city}",
            "{@hero}和{rel}{@mate}把{@things}带到{city}的学校",
        ),
    ),
)
