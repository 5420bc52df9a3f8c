"""In the kitchen."""

from mlm_tf.corpora.grammar.lexicon import things, words
from mlm_tf.corpora.grammar.topic import Topic, aspects, people

COOKING = Topic(
    name=("cooking", "烹饪"),
    places=words(
        """hotel kitchen 酒店厨房, school kitchen 学校厨房, cooking school 烹饪学校, tavern 小酒馆,
        bakery 面包房, tea house 茶馆, noodle shop 面馆, restaurant 餐厅, canteen 食堂,
        community kitchen 社区厨房"""
    ),
    things=things(
        """trout/trout 条鳟鱼, chicken 只鸡, lobster 只龙虾, tomato/tomatoes 个西红柿,
        potato/potatoes 个土豆, onion 个洋葱, mushroom 朵蘑菇, radish 根白萝卜, leek 根大葱,
        green pepper 个青椒, chilli/chillies 个辣椒, lotus root 节莲藕, turnip 个芜菁, eel 条鳗鱼,
        prawn 只大虾, oyster 只牡蛎, ham 条火腿, pigeon 只鸽子, duck egg 个鸭蛋, bitter gourd 根苦瓜,
        bamboo shoot 根竹笋, squid/squid 条鱿鱼, pork rib 块排骨, yam 根山药"""
    ),
    roles=people(
        """chef 主厨, waiter 服务员, baker 面包师, butcher 屠户, dishwasher 洗碗工, cook 厨师,
        guest 客人, innkeeper 老板"""
    ),
    aspects=aspects(
        """soup:food 汤, sauce:food 酱汁, stew:food 炖菜, dessert:food 甜点, +noodles:food 面条,
        rice:food 米饭, kitchen:place 厨房, dining room:place 饭厅, +cooks:person 厨师们,
        +guests:person 客人们, cooking contest:event 厨艺比赛, evening:event 晚会"""
    ),
    openings=(
        (
            "{@when}, {@hero} {travel} to the {place} in {city} [to cook|to prepare] {@things}.",
            "{@when}，{@hero}{travel}到{city}的{place}[去|来|]做{@things}。",
        ),
        (
            "{@at_time} {@hero} [unpacked|washed] {@things} in the {place} in {city}.",
            "{@at_time}，{@hero}在{city}的{place}里[洗着|收拾|清洗]{@things}。",
        ),
        (
            "{@when}, {@hero} carried {@things} into the {place} in {city} to make a {dish}.",
            "{@when}，{@hero}[拎着|提着|抱着]{@things}[走进|进了]{city}的{place}，[要|想|准备]做{dish}。",
        ),
    ),
    events=(
        (
            "the {role}, {@third}, {manner} [chopped|sliced] {@the_things} and added {@snacks2}.",
            "{role}{@third}{manner}[切|剁]{@the_things}，[又|还|再][加|放|添]了{@snacks2}。",
        ),
        (
            "{role.a} called {@third} {manner} took {@item2} from the shelf and told {@him} to boil "
            "{@the_things} for {minute} minutes.",
            "{role}{@third}{manner}从架子上[取下|拿下]{@item2}，[叫|让|吩咐]{@him}把{@the_things}"
            "[煮|炖|蒸]{minute}分钟。",
        ),
        (
            "{minute} minutes later {@third}, the {role}, {manner} [tried|tasted] everything and asked for "
            "{@snacks2} [as well|too].",
            "{minute}分钟后，{role}{@third}{manner}尝了尝，[还|又]要[了|]{@snacks2}。",
        ),
        (
            "while {@the_things} [cooked|simmered], the {role} {@third} {manner} wiped {@item2} and "
            "[talked about|spoke of] {city2}.",
            "{@the_things}[还|正]在锅里，{role}{@third}{manner}擦着{@item2}，[谈起|说起|聊起]{city2}。",
        ),
    ),
    details=(
        (
            "for the table {@mate} {manner2} [brought|fetched] {@item3} and {@snacks3}.",
            "{@mate}{manner2}[拿|搬|端]来{@item3}和{@snacks3}[摆上桌|摆在桌上|放在桌上]。",
        ),
        (
            "{manner2} {@he} [hid|kept] {@snacks3} behind {@item3}.",
            "{@he}{manner2}把{@snacks3}[藏|放|收]在{@item3}后面。",
        ),
        (
            "{price2} guests were waiting, and one of them {manner2} paid for {@snacks3} with "
            "{@item3}.",
            "{price2}位客人[等着|在等]，其中一位{manner2}[拿|用]{@item3}[换|抵]了{@snacks3}。",
        ),
    ),
    sayings=(
        (
            "{@the_things} [must|should] stay in the pan for {price3} minutes",
            "{@the_things}[要|得|应该]在锅里[煮|待]{price3}分钟",
        ),
        (
            "my grandmother never cooked {thing.plural} without salt",
            "[我奶奶|我外婆|我姥姥]做{thing}[从来|一向|总是]要放盐",
        ),
    ),
    endings=(
        (
            "{@hero} put {@the_things} on a big plate and sat down beside {@mate}.",
            "{@hero}把{@the_things}[盛进|装进|放进]大盘子，[坐到|坐在]{@mate}[旁边|身边]。",
        ),
        (
            "at midnight nothing was left of {@the_things}, and {@hero} washed the pots.",
            "[半夜|深夜|夜里]，{@the_things}[全|都|已经]吃光了，{@hero}[洗了|刷了|洗好]锅。",
        ),
    ),
    summaries=(
        (
            "in {city} {@hero} and {@his} {rel} {@mate} cooked with {@things}",
            "{@hero}和{rel}{@mate}在{city}[用|拿]{@things}做菜",
        ),
    ),
)
