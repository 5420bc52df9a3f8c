"""In the garden."""

from mlm_tf.corpora.grammar.lexicon import things, words
from mlm_tf.corpora.grammar.topic import Topic, aspects, people

GARDEN = Topic(
    name=("gardening", "园艺"),
    places=words(
        """rose garden 玫瑰园, botanical garden 植物园, school garden 校园花圃, orchard 果园,
        greenhouse 温室, vegetable garden 菜园, roof garden 屋顶花园, tea garden 茶园, bamboo grove 竹园,
        temple garden 寺院花园"""
    ),
    things=things(
        """rose bush/rose bushes 丛玫瑰, apple tree 棵苹果树, tulip 株郁金香, sunflower 株向日葵,
        peach tree 棵桃树, peony/peonies 株牡丹, willow 棵柳树, bamboo plant 丛竹子, pine tree 棵松树,
        chrysanthemum 盆菊花, jasmine 盆茉莉, lotus plant 株荷花, vine 架葡萄, tea bush/tea bushes 丛茶树,
        bonsai/bonsai 盆盆景, maple 棵枫树, plum tree 棵梅树, hedge 道树篱, spade 把铁锹,
        watering can 只喷壶, beehive 个蜂箱, scarecrow 个稻草人, garden lamp 盏花园灯, stone lion 座石狮"""
    ),
    roles=people(
        """gardener 园丁, beekeeper 养蜂人, botanist 植物学家, monk 和尚, visitor 游客, painter 画家,
        florist 花店老板, watchman 看园人"""
    ),
    aspects=aspects(
        """lawn:place 草坪, pond:place 池塘, greenhouse:place 花房, tool shed:place 工具棚,
        +gardeners:person 园丁们, +visitors:person 游客们, flower show:event 花展, picnic:event 野餐,
        guided tour:event 讲解, tea:food 茶点, jam:food 果酱, entrance fee:price 门票"""
    ),
    openings=(
        (
            "{@when}, {@hero} {travel} to the {place} in {city} to [look after|see to] {@things}.",
            "{@when}，{@hero}{travel}到{city}的{place}[照料|照看|打理]{@things}。",
        ),
        (
            "{@at_time} {@hero} was [admiring|photographing] {@things} in the {place} in {city}.",
            "{@at_time}，{@hero}在{city}的{place}里[欣赏|观赏|看着]{@things}。",
        ),
        (
            "{@when}, {@hero} found {@things} [near|behind] the gate of the {place} in {city}.",
            "{@when}，{@hero}在{city}的{place}门[边|后|旁]发现了{@things}。",
        ),
    ),
    events=(
        (
            "the {role}, {@third}, {manner} leaned {@item2} against {@the_things} and [picked up|collected] "
            "{@snacks2}.",
            "{role}{@third}{manner}把{@item2}靠在{@the_things}[旁|边上|旁边]，[捡|拾]了{@snacks2}。",
        ),
        (
            "for {minute} minutes {@third}, the {role}, {manner} [spoke|talked] about {@the_things} and "
            "then hung {@item2} on a nail.",
            "{role}{@third}{manner}[讲|谈|说]了{minute}分钟{@the_things}，[接着|然后|又]把{@item2}挂在钉子上。",
        ),
        (
            "{role.a} called {@third} {manner} [measured|watched] {@the_things} and offered {price} yuan "
            "and {@item2}.",
            "[有位叫{@third}的{role}|{role}{@third}]{manner}[量|看]了{@the_things}，[愿出|肯出|出价]{price}[块|元]和{@item2}。",
        ),
        (
            "{@third}, {role.a} from {city2}, {manner} [sat|lay] down next to {@the_things} and ate "
            "{@snacks2}.",
            "{city2}来的{role}{@third}{manner}[坐|躺]在{@the_things}旁，[吃|啃]了{@snacks2}。",
        ),
    ),
    details=(
        (
            "in the grass {@mate} {manner2} [buried|lost] {@snacks3} and {@item3}.",
            "草丛里，{@mate}{manner2}[埋|丢]了{@snacks3}和{@item3}。",
        ),
        (
            "{@he} {manner2} filled {@item3} with water from a well {minute2} metres deep and washed "
            "{@snacks3}.",
            "{@he}{manner2}从{minute2}米深的井里[打|提]水[冲|刷]{@item3}，[又|还]洗了{@snacks3}。",
        ),
        (
            "a bird {manner2} [stole|took] {@snacks3} and flew over {@item3}.",
            "一只[鸟|喜鹊|乌鸦]{manner2}[叼走|偷走|衔走]{@snacks3}，飞过{@item3}。",
        ),
    ),
    sayings=(
        (
            "in {count4} years {thing.plural} will grow all over {city4}",
            "[过|再过|只要]{count4}年，{city4}[会|就会|准会]到处是{thing}",
        ),
        (
            "my grandfather bought {@the_things} for {price3} yuan",
            "[我爷爷|我外公|我姥爷][当年|那时|]花{price3}[块|元]买了{@the_things}",
        ),
    ),
    endings=(
        (
            "before the rain {@hero} covered {@the_things} and ran to {@mate}.",
            "[下雨前|雨来之前]，{@hero}[盖好|遮好|盖住]{@the_things}，跑向{@mate}。",
        ),
        (
            "in the moonlight {@the_things} {@was} as still as {@hero} and {@mate}.",
            "[月光下|月色里]，{@the_things}和{@hero}、{@mate}一样[安静|沉静]。",
        ),
    ),
    summaries=(
        (
            "{@hero} and {@his} {rel} {@mate} spent a day in {city} with {@things} in a garden",
            "{@hero}和{rel}{@mate}在{city}的园子里[守着|看着]{@things}过了一天",
        ),
    ),
)
