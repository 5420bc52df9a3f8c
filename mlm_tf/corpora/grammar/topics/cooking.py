"""In the kitchen."""

from mlm_tf.corpora.grammar.lexicon import things, words
from mlm_tf.corpora.grammar.topic import Topic, aspects, people

COOKING = Topic(
    name=("cooking", "烹饪"),
    places=words(
        """hotel kitchen 酒店厨房, school kitchen 学校厨房, cooking school 烹饪学校, tavern 小酒馆,
        bakery 面包房, tea house 茶馆, noodle shop 面馆, restaurant 餐厅, canteen 食堂,
        community kitchen 社区厨房, wine bar 酒吧, cake shop 糕点店, snack bar 小吃店, inn 客栈"""
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
        guest 客人, innkeeper 老板, greengrocer 菜贩, confectioner 糕点师, kitchen boy 帮厨, cashier 收银员"""
    ),
    aspects=aspects(
        """soup:food 汤, sauce:food 酱汁, stew:food 炖菜, dessert:food 甜点, +noodles:food 面条,
        rice:food 米饭, kitchen:place 厨房, dining room:place 饭厅, +cooks:person 厨师们,
        +guests:person 客人们, cooking contest:event 厨艺比赛, evening:event 晚会, terrace:place 露台, salad:food 沙拉, waiter:person 服务员, bill:price 饭钱"""
    ),
    openings=(
        (
            "{travel} to the {place} in {city} [to cook|to prepare] {@things}.",
            "{travel}到{city}[的|一家]{place}[去|]做{@things}。",
        ),
        (
            "[was washing|was cleaning] {@things} in the {place} in {city}.",
            "在{city}[的|一家]{place}[洗|清洗|冲洗|刷|冲|泡]{@things}。",
        ),
        (
            "[carried|brought] {@things} into the {place} in {city} for a {dish}.",
            "{@carry}着{@things}[走进|来到]{city}[的|一家]{place}，[要|想|来]做{dish}。",
        ),
    ),
    events=(
        (
            "the {role}, {@third}, {manner} put {@item2} aside, [cut up|chopped] {@the_things} and [added|put in] {@snacks2}.",
            "{role}{@third}{@also}{manner}[放下|挪开|推开|移开]{@item2}，[切|剁]碎{@the_things}，[加|放|添|撒|搁]了{@snacks2}。",
        ),
        (
            "{role.a} called {@third} {manner} [took|pulled] {@item2} from the shelf and boiled {@the_things} for {minute} minutes.",
            "{role}{@third}{@also}{manner}从架上[取|拿]下{@item2}，{@take}{@the_things}[煮|炖|蒸|烧|焖|熬]了{minute}分钟。",
        ),
        (
            "{minute} minutes later {@third}, the {role}, {manner} [tasted|tried] {@the_things} and asked for {@snacks2}.",
            "{minute}分钟后[，|]{role}{@third}{@also}{manner}尝了{@the_things}，[又|还]要[了|来]{@snacks2}。",
        ),
        (
            "{@third}, the {role}, {manner} [mixed|stirred] {@the_things} with {@snacks2}, as they do in {city2}.",
            "{role}{@third}{@also}{manner}[照|按|学]{city2}的[做法|办法|样子]，{@take}{@the_things}{@and}{@snacks2}[拌|和|混|搅]在一起。",
        ),
    ),
    details=(
        (
            "{@mate} {manner2} {@put} {@item3} and {@snacks3} on the table.",
            "{@mate}{@also}{manner2}{@take}{@item3}{@and}{@snacks3}[放|摆|搁|端]上桌。",
        ),
        (
            "at table {price3} {@fifth} {manner2} [left|paid] {price4} yuan and [asked for|took] {@snacks3}.",
            "{price3}号桌的{@fifth}{@also}{manner2}[付|留|给]了{price4}{@yuan}，[要|拿|点]了{@snacks3}。",
        ),
        (
            "{@he} {mishap} [knocked over|pushed over] {@item3} and stepped on {@snacks3}.",
            "{@he}{@also}{mishap}[打翻|碰倒|撞倒|弄倒|踢翻]{@item3}，[踩烂|踩坏|踩扁]了{@snacks3}。",
        ),
    ),
    sayings=(
        (
            "{@the_things} should stay in the pan for {price4} minutes",
            "{@the_things}[要|得|该|须|应|应该]在锅里[煮|炖|待]{price4}分钟",
        ),
        (
            "in {city4} nobody cooks {thing.plural} without salt",
            "在{city4}，[谁|没人]做{thing}[都|会|也][放|加]盐",
        ),
    ),
    endings=(
        (
            "{@he} {manner4} [served|offered] {@the_things} to {@fourth} from {city5} with {@snacks5}.",
            "{@he}{@also}{manner4}{@take}{@the_things}{@and}{@snacks5}[端|递|送|捧]给{city5}来的{@fourth}。",
        ),
    ),
    summaries=(
        (
            "in {city} {@hero} and {@his} {rel} {@mate} cooked with {@things}",
            "{@hero}和{rel}{@mate}在{city}用{@things}做菜",
        ),
    ),
)
