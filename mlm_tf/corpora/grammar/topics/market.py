"""At the market."""

from mlm_tf.corpora.grammar.lexicon import things, words
from mlm_tf.corpora.grammar.topic import Topic, aspects, people

MARKET = Topic(
    name=("market", "集市"),
    places=words(
        """night market 夜市, morning market 早市, street market 街市, village market 乡村集市,
        harbour market 码头集市, old market 老市场, temple fair 庙会, covered market 室内市场,
        weekend market 周末集市, country market 农贸市场, flower market 花市, fish market 鱼市, bazaar 巴扎, big market 大集"""
    ),
    things=things(
        """lemon 个柠檬, pumpkin 个南瓜, cabbage 棵白菜, duck 只鸭子, carp/carp 条鲤鱼, crab 只螃蟹,
        aubergine 根茄子, vase 只花瓶, clay pot 个陶罐, carpet 块地毯, goose/geese 只鹅, rabbit 只兔子,
        birdcage 只鸟笼, watermelon 个西瓜, pomelo 个柚子, cactus/cactuses 盆仙人掌, orchid 盆兰花,
        silk dress 条丝裙, bracelet 只手镯, wooden comb 把木梳, wind chime 串风铃, straw hat 顶草帽,
        goldfish/goldfish 条金鱼, parrot 只鹦鹉"""
    ),
    roles=people(
        """stallholder 摊主, farmer 农民, fisherman 渔夫, gardener 花匠, pedlar 小贩, shopkeeper 店主,
        craftsman 手艺人, merchant 商人, butcher 屠户, baker 面包师, tailor 裁缝, porter 脚夫"""
    ),
    aspects=aspects(
        """+prices:price 价钱, bargain:price 价码, square:place 广场, hall:place 大厅,
        +stalls:place 摊位, +sellers:person 卖家, +porters:person 搬运工, noodle soup:food 汤面,
        breakfast:food 早点, +spring rolls:food 春卷, puppet show:event 木偶戏, auction:event 拍卖, toilet:place 厕所, acrobatics:event 杂技, cashier:person 收银员"""
    ),
    openings=(
        (
            "{travel} to the {place} in {city} [to buy|to get] {@things}.",
            "{travel}到{city}[的|]{place}[买|挑|选|购买|选购]{@things}。",
        ),
        (
            "[was selling|sold] {@things} at the {place} in {city}.",
            "在{city}[的|]{place}[卖|出售|叫卖|兜售|售卖]{@things}。",
        ),
        (
            "[paid|spent] {price} yuan on {@things} at the {place} in {city}.",
            "在{city}[的|]{place}花{price}{@yuan}买[了|下]{@things}。",
        ),
    ),
    events=(
        (
            "the {role}, {@third}, [priced|valued] {@the_things} at {price2} yuan and {manner} [added|threw in] {@snacks2}.",
            "{role}{@third}给{@the_things}[开价|标价]{price2}{@yuan}，{@also}{manner}[搭上|添上|饶了]{@snacks2}。",
        ),
        (
            "{role.a} called {@third} {manner} offered {@item2} [and|plus] {@snacks2} for {@the_things}.",
            "{role}{@third}{@also}{manner}{@use}{@item2}{@and}{@snacks2}来换{@the_things}。",
        ),
        (
            "{@third}, the {role}, {manner} [wrapped|packed|rolled] {@the_things} in newspaper and [gave|handed|passed] {@him} {@snacks2}.",
            "{role}{@third}{@also}{manner}用报纸[包好|裹好|包起]{@the_things}，[又|还]塞给{@him}{@snacks2}。",
        ),
        (
            "{@he} [bargained|haggled] for {minute} minutes with {@third}, the {role}, who {manner} gave {@him} {@item2}.",
            "{@he}{@and2}{role}{@third}[砍价|还价|讲价]{minute}分钟，[对方|人家]{@also}{manner}送{@him}{@item2}。",
        ),
    ),
    details=(
        (
            "at the next stall {@item3} cost {price3} yuan, and {@fifth} {manner2} [bought|chose] {@snacks3}.",
            "[隔壁|旁边|邻近]摊上{@item3}[卖|要|标]{price3}{@yuan}，{@fifth}{@also}{manner2}[买|选|要|挑]了{@snacks3}。",
        ),
        (
            "{@mate} {manner2} sold {@the_item} for {price3} yuan and [bought|got|purchased] {@snacks3}.",
            "{@mate}{@also}{manner2}{@take}{item}卖了{price3}{@yuan}，[买回|换来|买了]{@snacks3}。",
        ),
        (
            "{@he} {manner2} {@eat} {@snacks3} and [took a fancy to|fell in love with] {@item3} from {city3}.",
            "{@he}{@also}{manner2}{@eat}了{@snacks3}，[看中|相中|爱上]{city3}产的{@item3}。",
        ),
    ),
    sayings=(
        (
            "[nowhere else|in no other town] are {thing.plural} so cheap",
            "[别处|哪儿]的{thing}[都|也]没[这么|这样]便宜",
        ),
        (
            "in {city4} {@the_things} would cost {price4} yuan",
            "在{city4}，{@the_things}[要|得卖|能卖]{price4}{@yuan}",
        ),
    ),
    endings=(
        (
            "at closing time {@he} {manner4} [tied|loaded] {@the_things} and {@item5} on the cart of {@fourth}.",
            "[收摊|散市]时[，|]{@he}{@also}{manner4}{@take}{@the_things}{@and}{@item5}[绑|捆|拴|系|装|放]上{@fourth}的车。",
        ),
    ),
    summaries=(
        (
            "{@hero} and {@his} {rel} {@mate} were at a market in {city} because of {@things}",
            "{@hero}和{rel}{@mate}为了{@things}去了{city}的集市",
        ),
    ),
)
