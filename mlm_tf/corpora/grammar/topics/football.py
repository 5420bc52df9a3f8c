"""On the football field."""

from mlm_tf.corpora.grammar.lexicon import things, words
from mlm_tf.corpora.grammar.topic import Topic, aspects, people

FOOTBALL = Topic(
    name=("football", "足球"),
    places=words(
        """city stadium 市体育场, school field 学校操场, training ground 训练场, old stadium 老球场,
        indoor pitch 室内球场, riverside pitch 河边球场, sports park 体育公园, army field 部队操场,
        factory pitch 工厂球场, beach pitch 沙滩球场"""
    ),
    things=things(
        """football 个足球, whistle 只哨子, cup 座奖杯, drum 面鼓, banner 条横幅, goal net 张球网,
        shirt 件球衣, corner flag 面角旗, medal 块奖牌, pennant 面锦旗, trumpet 支小号, season ticket 张季票,
        bandage 卷绷带, captain's armband 只队长袖标, glove 只守门员手套, stopwatch 块秒表,
        scoreboard 块记分牌, team photo 张球队合影, sports bag 个运动包, ice pack 个冰袋,
        folding bench 条折叠长凳, water barrel 只水桶, air pump 只打气筒, poster 张海报"""
    ),
    roles=people(
        """goalkeeper 守门员, referee 裁判, captain 队长, coach 教练, striker 前锋, defender 后卫,
        reporter 记者, linesman 边裁"""
    ),
    aspects=aspects(
        """match:event 比赛, first half:event 上半场, second half:event 下半场, victory party:event 联欢会,
        pitch:place 场地, changing room:place 更衣室, grandstand:place 看台, +fans:person 球迷,
        +players:person 球员, +referees:person 裁判们, +tickets:price 票价, hot dog:food 热狗"""
    ),
    openings=(
        (
            "{@when}, {@hero} {travel} to the {place} in {city} with {@things}.",
            "{@when}，{@hero}[带着|拿着|抱着]{@things}{travel}到{city}的{place}。",
        ),
        (
            "{@at_time} {@hero} [left|put down] {@things} at the gate of the {place} in {city}.",
            "{@at_time}，{@hero}把{@things}[放|搁|留]在{city}的{place}门口。",
        ),
        (
            "{@when}, the team of {@hero} played at the {place} in {city} for {@things}.",
            "{@when}，{@hero}的球队[为了|为]{@things}在{city}的{place}[踢球|比赛|踢了一场]。",
        ),
    ),
    events=(
        (
            "after {minute} minutes the {role}, {@third}, {manner} [fell over|tripped over] {@item2} and "
            "dropped {@snacks2}.",
            "{minute}分钟后，{role}{@third}{manner}[绊到|踩到]{@item2}，[掉了|丢了|撒了]{@snacks2}。",
        ),
        (
            "{@third}, the {role}, {manner} [pointed at|looked at] {@the_things} and [ran|limped] off "
            "with {@item2}.",
            "{role}{@third}{manner}[指了指|看了看|望了望]{@the_things}，[拿着|带着]{@item2}[跑|走]了。",
        ),
        (
            "{role.a} called {@third}, who had scored {count3} goals against {city2}, {manner} signed "
            "{@item2}.",
            "对{city2}队进过{count3}个球的{role}{@third}{manner}在{@item2}上[签了名|签名|写下名字]。",
        ),
        (
            "in front of {price} people {@third}, the {role}, {manner} [gave|handed] {@snacks2} to the "
            "team from {city2}.",
            "[当着|在]{price}个人[面前|的面]，{role}{@third}{manner}[递给|送给|分给]{city2}队{@snacks2}。",
        ),
    ),
    details=(
        (
            "in the break {@mate} {manner2} [shared|ate] {@snacks3} and sat on {@item3}.",
            "[中场休息|休息]时，{@mate}{manner2}[分着|吃着|啃着]{@snacks3}，[坐|靠]在{@item3}上。",
        ),
        (
            "behind the goal somebody {manner2} waved {@item3} {minute2} times.",
            "球门后面[有人|有个人]{manner2}[挥动|举起|摇着]{@item3}，[一共|足足]{minute2}[次|下]。",
        ),
        (
            "{@he} {manner2} [bet|wagered] {@snacks3} and {@item3} on the team from {city3}.",
            "{@he}{manner2}[拿|用]{@snacks3}和{@item3}[赌|押]{city3}队[赢|胜]。",
        ),
    ),
    sayings=(
        (
            "with {@the_things} we shall win by {count4} goals",
            "有了{@the_things}，我们[能|会|准]赢{count4}个球",
        ),
        (
            "the team from {city4} has never seen such {thing.plural}",
            "{city4}队[可|还|]从来没[见过|看过]这样的{thing}",
        ),
    ),
    endings=(
        (
            "after the final whistle {@hero} [showed|gave] {@the_things} to {@mate}.",
            "[终场哨响后|比赛一结束|散场后]，{@hero}把{@the_things}[拿给{@mate}看|给{@mate}看|给了{@mate}]。",
        ),
        (
            "{@mate} and {@hero} carried {@the_things} through the streets.",
            "{@mate}和{@hero}[抱着|举着|扛着]{@the_things}[走过|穿过]大街。",
        ),
    ),
    summaries=(
        (
            "{@hero} and {@his} {rel} {@mate} were at a football match in {city} with {@things}",
            "{@hero}和{rel}{@mate}带着{@things}在{city}[看|参加]足球赛",
        ),
    ),
)
