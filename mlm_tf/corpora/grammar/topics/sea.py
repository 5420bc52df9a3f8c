"""On a ship."""

from mlm_tf.corpora.grammar.lexicon import things, words
from mlm_tf.corpora.grammar.topic import Topic, aspects, people

SEA = Topic(
    name=("sea travel", "航海"),
    places=words(
        """ferry 渡轮, sailing boat 帆船, steamer 汽轮, cargo ship 货轮, fishing boat 渔船,
        cruise ship 游轮, yacht 游艇, tanker 油轮, pilot boat 引航船, mail boat 邮船, speedboat 快艇, wooden boat 木船, tugboat 拖船, trawler 拖网船"""
    ),
    things=things(
        """compass 只罗盘, fishing net 张渔网, barrel 只木桶, anchor 只铁锚, life jacket 件救生衣,
        chart 张海图, oar 把船桨, trunk 只皮箱, hammock 张吊床, flare 支信号弹, sextant 架六分仪,
        crate 个板条箱, seagull 只海鸥, turtle 只海龟, octopus/octopuses 只章鱼, tuna/tuna 条金枪鱼,
        shark's tooth 颗鲨鱼牙, pearl 颗珍珠, shell 枚贝壳, lobster pot 只虾笼, sail 面船帆,
        logbook 本航海日志, harpoon 支鱼叉, pair of binoculars/pairs of binoculars 架望远镜"""
    ),
    roles=people(
        """captain 船长, sailor 水手, helmsman 舵手, ship's cook 船上厨师, steward 乘务员,
        stoker 司炉, pilot 领航员, engineer 轮机员, fisherman 渔夫, first mate 大副, diver 潜水员, passenger 乘客"""
    ),
    aspects=aspects(
        """cabin:place 船舱, deck:place 甲板, saloon:place 客厅, harbour:place 港口, crossing:event 航程,
        storm:event 风暴, +sailors:person 水手们, +passengers:person 乘客们, fare:price 船费,
        fish soup:food 鱼汤, supper:food 晚饭, landing:event 登陆, dance:event 舞会, dining room:place 餐厅, steward:person 乘务, galley:place 伙房"""
    ),
    openings=(
        (
            "[boarded|went aboard] a {place} in {city} with {@things}.",
            "{@carry}着{@things}在{city}[登上|上了|坐上][一艘|一条]{place}。",
        ),
        (
            "[left|sailed from] {city} on a {place} with {@things} on board.",
            "[坐|乘][一艘|一条]{place}[离开|驶出]{city}，船上[有|带着|装着]{@things}。",
        ),
        (
            "{travel} to the harbour of {city}, where a {place} was taking on {@things}.",
            "{travel}到{city}港，[一艘|一条]{place}正在[装|运|卸]{@things}。",
        ),
    ),
    events=(
        (
            "the {role}, {@third}, {manner} [locked|hid|put] {@the_things} in a cupboard and [handed out|shared out] {@snacks2}.",
            "{role}{@third}{@also}{manner}{@take}{@the_things}[锁|藏|收|塞|放]进柜子，[分|发|派]了{@snacks2}。",
        ),
        (
            "{minute} miles from the coast {@third}, the {role}, {manner} threw {@item2} into the sea.",
            "离岸{minute}海里[，|]{role}{@third}{@also}{manner}{@take}{@item2}[扔|丢|抛|甩|掷|投][进|到]海里。",
        ),
        (
            "a wave [swept|washed] {@item2} overboard, and {role.a} called {@third} {manner} [held|seized] {@the_things}.",
            "大浪[卷|冲|打]走{@item2}，{role}{@third}{@also}{manner}[抓|抱|护|搂|按|拉]住{@the_things}。",
        ),
        (
            "{@third}, {role.a} from {city2}, {manner} [exchanged|swapped|traded] {@item2} for {@snacks2}.",
            "{city2}来的{role}{@third}{@also}{manner}{@use}{@item2}换[来|了|回]{@snacks2}。",
        ),
    ),
    details=(
        (
            "on the {minute2} steps to the deck {@he} {mishap} [dropped|lost] {@snacks3} and {@item3}.",
            "[上|去]甲板的{minute2}级台阶上[，|]{@he}{@also}{mishap}[丢|掉|落|弄丢]了{@snacks3}{@and}{@item3}。",
        ),
        (
            "{@mate} {manner2} [pulled|fished] {@item3} out of the water and got {@snacks3} for it.",
            "{@mate}{@also}{manner2}从水里[捞起|拉起|钩起]{@item3}，[换|得]来{@snacks3}。",
        ),
        (
            "{@fifth} from {city3} {manner2} [cleaned|washed|wiped] {@the_item} and {@eat} {@snacks3}.",
            "{city3}的{@fifth}{@also}{manner2}[擦|洗|抹|刷]净{item}，{@eat}了{@snacks3}。",
        ),
    ),
    sayings=(
        (
            "in {price4} hours {@the_things} will be in {city4}",
            "[再|]过{price4}小时[，|]{@the_things}就[到|在]{city4}了",
        ),
        (
            "no ship should [sail|leave] without {thing.plural}",
            "[哪|什么]船[都|也]不[能|该|可]没有{thing}",
        ),
    ),
    endings=(
        (
            "on the quay {@he} {manner4} exchanged {@the_things} for {@item5} and [embraced|hugged] {@fourth}.",
            "[码头上|上岸后|下船后]，{@he}{@also}{manner4}{@use}{@the_things}换{@item5}，[抱|搂|拥]住{@fourth}。",
        ),
    ),
    summaries=(
        (
            "{@hero} and {@his} {rel} {@mate} sailed from {city} with {@things}",
            "{@hero}和{rel}{@mate}带着{@things}从{city}出海",
        ),
    ),
)
