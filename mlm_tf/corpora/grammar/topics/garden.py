"""In the garden."""

from mlm_tf.corpora.grammar.lexicon import things, words
from mlm_tf.corpora.grammar.topic import Topic, aspects, people

GARDEN = Topic(
    name=("gardening", "园艺"),
    places=words(
        """rose garden 玫瑰园, botanical garden 植物园, school garden 校园花圃, orchard 果园,
        greenhouse 温室, vegetable garden 菜园, roof garden 屋顶花园, tea garden 茶园, bamboo grove 竹园,
        temple garden 寺院花园, city park 市公园, nursery 苗圃, old garden 老园子, peach orchard 桃园"""
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
        florist 花店老板, watchman 看园人, poet 诗人, landlord 房东, guide 导游, photographer 摄影师"""
    ),
    aspects=aspects(
        """lawn:place 草坪, pond:place 池塘, greenhouse:place 花房, tool shed:place 工具棚,
        +gardeners:person 园丁们, +visitors:person 游客们, flower show:event 花展, picnic:event 野餐,
        guided tour:event 讲解, tea:food 茶点, jam:food 果酱, entrance fee:price 门票, path:place 小路, pavilion:place 亭子, walk:event 散步, guide:person 导游"""
    ),
    openings=(
        (
            "{travel} to the {place} in {city} to [look after|take care of] {@things}.",
            "{travel}到{city}[的|一座]{place}[照料|照看|打理|看护|料理|照管]{@things}。",
        ),
        (
            "[was admiring|was looking at] {@things} in the {place} in {city}.",
            "在{city}[的|一座]{place}[观赏|欣赏|赏|细看]{@things}。",
        ),
        (
            "[found|discovered|saw|noticed] {@things} near the gate of the {place} in {city}.",
            "在{city}[的|一座]{place}门[边|旁|前][发现|看到|看见|找到|撞见]{@things}。",
        ),
    ),
    events=(
        (
            "the {role}, {@third}, {manner} [leaned|put] {@item2} against {@the_things} and [picked|collected] {@snacks2}.",
            "{role}{@third}{@also}{manner}{@take}{@item2}[靠|搁]在{@the_things}{@beside}，[捡|拾|摘|采]了{@snacks2}。",
        ),
        (
            "for {minute} minutes {@third}, the {role}, {manner} [spoke|talked] about {@the_things} from {city2}.",
            "{role}{@third}{@also}{manner}{@take}{city2}来的{@the_things}[讲|谈|夸|说|聊|赞]了{minute}分钟。",
        ),
        (
            "{role.a} called {@third} {manner} [inspected|examined|admired] {@the_things} and offered {price} yuan and {@item2}.",
            "{role}{@third}{@also}{manner}[看|查看|打量|细看]了{@the_things}，[愿|肯]出{price}{@yuan}{@and}{@item2}。",
        ),
        (
            "{@third}, {role.a} from {city2}, {manner} [sat|settled] down {@beside} {@the_things} and {@eat} {@snacks2}.",
            "{city2}来的{role}{@third}{@also}{manner}[坐|蹲|歇]在{@the_things}{@beside}，{@eat}了{@snacks2}。",
        ),
    ),
    details=(
        (
            "in the grass {@mate} {mishap} [buried|lost] {@item3} and {@snacks3}.",
            "草[丛|地]里{@mate}{@also}{mishap}[埋|丢|掉|落|撒]了{@item3}{@and}{@snacks3}。",
        ),
        (
            "{@he} {manner2} [washed|rinsed] {@item3} and {@snacks3} in the pond near {@the_item}.",
            "{@he}{@also}{manner2}在{item}边的[池|塘|水]里[洗|涮|冲|刷]了{@item3}{@and}{@snacks3}。",
        ),
        (
            "a bird {manner2} [stole|took] {@snacks3} from {@fifth} and [flew|went] to {@item3}.",
            "[有只鸟|一只鸟|小鸟]{@also}{manner2}[叼|偷|衔]走{@fifth}的{@snacks3}，[飞向|飞到|飞往]{@item3}旁。",
        ),
    ),
    sayings=(
        (
            "in {price4} years {thing.plural} will grow all over {city4}",
            "[再|]过{price4}年，{city4}[会|准会|将]到处是{thing}",
        ),
        (
            "my grandfather bought {@the_things} for {price4} yuan",
            "[我|]爷爷[当年|那时]花{price4}{@yuan}买[的|了]{@the_things}",
        ),
    ),
    endings=(
        (
            "in the moonlight {@he} and {@fourth} {manner4} [watched|guarded] {@the_things} with {@item5}.",
            "[月光下|月色里]，{@he}{@and2}{@fourth}{@also}{manner4}{@carry}着{@item5}[守|看|护]着{@the_things}。",
        ),
    ),
    summaries=(
        (
            "{@hero} and {@his} {rel} {@mate} were in a garden in {city} with {@things}",
            "{@hero}和{rel}{@mate}在{city}的园子里看{@things}",
        ),
    ),
)
