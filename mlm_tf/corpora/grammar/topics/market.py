"""At the market."""

from mlm_tf.corpora.grammar.lexicon import things, words
from mlm_tf.corpora.grammar.topic import Topic, aspects, people

MARKET = Topic(
    name=("market", "集市"),
    places=words(
        """night market 夜市, morning market 早市, street market 街市, village market 乡村集市,
        harbour market 码头集市, old market 老市场, temple fair 庙会, covered market 室内市场,
        weekend market 周末集市, country market 农贸市场"""
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
        craftsman 手艺人, merchant 商人"""
    ),
    aspects=aspects(
        """+prices:price 价钱, bargain:price 价码, square:place 广场, hall:place 大厅,
        +stalls:place 摊位, +sellers:person 卖家, +porters:person 搬运工, noodle soup:food 汤面,
        breakfast:food 早点, +spring rolls:food 春卷, puppet show:event 木偶戏, auction:event 拍卖"""
    ),
    openings=(
        (
            "{@when}, {@hero} {travel} to the {place} in {city} [to buy|to look for|in search of] "
            "{@things}.",
            "{@when}，{@hero}{travel}到{city}的{place}[去|]买{@things}。",
        ),
        (
            "{@when}, {@hero} [needed|wanted] {@things} and {travel} to the {place} in {city}.",
            "{@when}，{@hero}[想要|想买|需要]{@things}，[就|便|于是]{travel}到{city}的{place}。",
        ),
        (
            "the {place} in {city} was [just opening|hardly open] {@at_time} when {@hero} "
            "{travel} in to sell {@things}.",
            "{@at_time}{city}的{place}[刚|才]开门，{@hero}就{travel}进来[卖|出售]{@things}。",
        ),
    ),
    events=(
        (
            "the {role}, {@third}, [asked|wanted] {price} yuan for {@the_things} and "
            "[threw in|added] {@snacks2} [for nothing|as a gift].",
            "{role}{@third}给{@the_things}[开价|出价]{price}[块|元]，[还|又|另外][白送|搭上]"
            "{@snacks2}。",
        ),
        (
            "{role.a} called {@third} sat behind {@item2} and {manner} looked at {@the_things}.",
            "[一个叫{@third}的{role}|{role}{@third}]坐在{@item2}后面，{manner}[看着|打量着|瞧着]"
            "{@the_things}。",
        ),
        (
            "{@third}, {role.a} with {@item2}, {manner} counted out {price} yuan and "
            "[wrapped|packed] {@the_things} in newspaper.",
            "[带着|拿着]{@item2}的{role}{@third}{manner}数出{price}[块|元]钱，[用|拿]报纸包好"
            "{@the_things}。",
        ),
        (
            "for {minute} minutes {@he} [bargained|haggled] with the {role} {@third}, who "
            "{manner} [offered|promised] {@him} {@snacks2} as well.",
            "{@he}[跟|和|与]{role}{@third}[讨价还价|砍价]{minute}分钟，对方{manner}"
            "[答应|同意]再[加|送|添]{@snacks2}。",
        ),
    ),
    details=(
        (
            "{manner2} {@he} [weighed|counted] {@snacks3} and [put|laid] them beside {@item3}.",
            "{@he}{manner2}[称|数|挑]了{@snacks3}，[放|摆|搁]在{@item3}旁边。",
        ),
        (
            "at the next stall {@item3} [cost|was sold for] {price2} yuan, and somebody was "
            "{manner2} giving away {@snacks3}.",
            "[隔壁|旁边]摊上{@item3}[卖|要|标价]{price2}[块|元]，有人{manner2}分着{@snacks3}。",
        ),
        (
            "{@mate} {manner2} [swapped|exchanged] {@snacks3} for {@item3}.",
            "{@mate}{manner2}[拿|用]{@snacks3}换[来|回|了]{@item3}。",
        ),
    ),
    sayings=(
        (
            "[nowhere else|in no other place] are there so many {thing.plural}",
            "[别处|别的地方|哪儿][可|都|也]没有这么多{thing}",
        ),
        (
            "yesterday {@the_things} would have cost only {price3} yuan",
            "[昨天|前天|上周]{@the_things}[只|才]要{price3}[块|元]",
        ),
    ),
    endings=(
        (
            "{@hero} tied {@the_things} to {@his} bicycle and rode home with {@mate}.",
            "{@hero}把{@the_things}[绑|捆|系]在自行车上，[跟|和|同]{@mate}骑回了家。",
        ),
        (
            "when the stalls closed, {@the_things} {@was} still in the hands of {@hero}.",
            "[收摊|散集|打烊]时，{@the_things}[还|仍|依然]在{@hero}手里。",
        ),
    ),
    summaries=(
        (
            "{@hero} and {@his} {rel} {@mate} went to a market in {city} because of {@things}",
            "{@hero}和{rel}{@mate}为了{@things}去了{city}的集市",
        ),
    ),
)
