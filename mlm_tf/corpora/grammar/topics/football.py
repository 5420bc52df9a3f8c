"""On the football field."""

from mlm_tf.corpora.grammar.lexicon import things, words
from mlm_tf.corpora.grammar.topic import Topic, aspects, people

FOOTBALL = Topic(
    name=("football", "足球"),
    places=words(
        """city stadium 市体育场, school field 学校操场, training ground 训练场, old stadium 老球场,
        indoor pitch 室内球场, riverside pitch 河边球场, sports park 体育公园, army field 部队操场,
        factory pitch 工厂球场, beach pitch 沙滩球场, new stadium 新球场, north pitch 北球场, village pitch 村球场, gymnasium 体育馆"""
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
        reporter 记者, linesman 边裁, midfielder 中场, team doctor 队医, fan 球迷"""
    ),
    aspects=aspects(
        """match:event 比赛, first half:event 上半场, second half:event 下半场, victory party:event 联欢会,
        pitch:place 场地, changing room:place 更衣室, grandstand:place 看台, +fans:person 球迷,
        +players:person 球员, +referees:person 裁判们, +tickets:price 票价, hot dog:food 热狗, training:event 训练, opening:event 开幕式, coach:person 教练, shower:place 浴室"""
    ),
    openings=(
        (
            "{travel} to the {place} in {city} with {@things}.",
            "{@carry}着{@things}{travel}到{city}[的|]{place}。",
        ),
        (
            "[left|put down] {@things} at the gate of the {place} in {city}.",
            "{@take}{@things}{@put}在{city}[的|]{place}门口。",
        ),
        (
            "[found|discovered|saw|noticed] {@things} under a seat in the {place} in {city}.",
            "在{city}[的|]{place}座位下[发现|捡到|找到|拾到|看见]{@things}。",
        ),
    ),
    events=(
        (
            "after {minute} minutes the {role}, {@third}, {mishap} [fell|tripped|stumbled] over {@item2} and [dropped|lost] {@snacks2}.",
            "{minute}分钟后[，|]{role}{@third}{@also}{mishap}[绊到|撞到|碰到]{@item2}，[掉|丢|弄丢|弄掉]了{@snacks2}。",
        ),
        (
            "{@third}, the {role}, {manner} [looked|glanced] at {@the_things} and [ran|hurried] off with {@item2}.",
            "{role}{@third}{@also}{manner}[瞧了瞧|看了看|望了望|瞟了瞟]{@the_things}，{@carry}着{@item2}[跑|溜|逃]了。",
        ),
        (
            "{role.a} called {@third}, who had scored {count3} goals against {city2}, {manner} signed {@the_things}.",
            "对{city2}[踢|打]进{count3}球的{role}{@third}{@also}{manner}在{@the_things}上签[名|字]。",
        ),
        (
            "in front of {price} people {@third}, the {role}, {manner} [gave|handed|passed] {@snacks2} to the team from {city2}.",
            "在{price}[名|位|个]观众面前，{role}{@third}{@also}{manner}[递|送|发]给{city2}队{@snacks2}。",
        ),
    ),
    details=(
        (
            "at half-time {@mate} {manner2} {@eat} {@snacks3} and [sat|rested] {@beside} {@item3}.",
            "[中场|半场]{@mate}{@also}{manner2}{@eat}了{@snacks3}，[坐|歇|靠|蹲]在{@item3}{@beside}。",
        ),
        (
            "behind the goal {@fifth} {manner2} [waved|swung] {@item3} {minute2} times.",
            "球门后{@fifth}{@also}{manner2}[挥动|挥舞|摇动|摇晃]{@item3}{minute2}[次|下|回]。",
        ),
        (
            "{@he} {manner2} [bet|staked] {@snacks3} and {@item3} on {city3}.",
            "{@he}{@also}{manner2}{@use}{@snacks3}{@and}{@item3}[赌|押]{city3}队[赢|胜]。",
        ),
    ),
    sayings=(
        (
            "with {@the_things} we shall [beat|defeat] {city4} by {count4} goals",
            "有了{@the_things}，[我们|咱们][能|会|准]赢{city4}队{count4}个球",
        ),
        (
            "{city4} has never seen such {thing.plural}",
            "{city4}人[可|还|]从[没|未][见|看]过[这样|这种]{thing}",
        ),
    ),
    endings=(
        (
            "after the match {@he} {manner4} [gave|handed] {@the_things} to {@fourth} and [got|received] {@item5}.",
            "[赛后|散场后]，{@he}{@also}{manner4}{@take}{@the_things}[送|交|递|传]给{@fourth}，[得|拿|收]到{@item5}。",
        ),
    ),
    summaries=(
        (
            "{@hero} and {@his} {rel} {@mate} were at a football match in {city} with {@things}",
            "{@hero}和{rel}{@mate}带着{@things}在{city}看足球赛",
        ),
    ),
)
