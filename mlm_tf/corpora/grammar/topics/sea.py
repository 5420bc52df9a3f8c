"""On a ship."""

from mlm_tf.corpora.grammar.lexicon import things, words
from mlm_tf.corpora.grammar.topic import Topic, aspects, people

SEA = Topic(
    name=("sea travel", "航海"),
    places=words(
        """ferry 渡轮, sailing boat 帆船, steamer 汽轮, cargo ship 货轮, fishing boat 渔船,
        cruise ship 游轮, yacht 游艇, tanker 油轮, pilot boat 引航船, mail boat 邮船"""
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
        stoker 司炉, pilot 领航员, engineer 轮机员"""
    ),
    aspects=aspects(
        """cabin:place 船舱, deck:place 甲板, bunk:place 床铺, harbour:place 港口, crossing:event 航程,
        storm:event 风暴, +sailors:person 水手们, +passengers:person 乘客们, fare:price 船费,
        fish soup:food 鱼汤, supper:food 晚饭, landing:event 登陆"""
    ),
    openings=(
        (
            "{@when}, {@hero} [boarded|went aboard] a {place} in {city} with {@things}.",
            "{@when}，{@hero}带着{@things}在{city}[登上|上了|坐上]{place}。",
        ),
        (
            "{@at_time} a {place} [left|sailed from] {city} with {@hero} and {@things} on board.",
            "{@at_time}，[一艘|一条]{place}载着{@hero}和{@things}[离开|驶出|开出]{city}。",
        ),
        (
            "{@when}, {@hero} {travel} to the harbour of {city}, where a {place} was taking on {@things}.",
            "{@when}，{@hero}{travel}到{city}港口，[那里|码头上][一艘|一条]{place}[正在|正]装{@things}。",
        ),
    ),
    events=(
        (
            "the {role}, {@third}, {manner} [locked|hid] {@the_things} in a cupboard and handed out "
            "{@snacks2}.",
            "{role}{@third}{manner}把{@the_things}[锁|藏|收]进柜子，[分|发][给大家|]{@snacks2}。",
        ),
        (
            "{minute} miles from the coast {@third}, the {role}, {manner} threw {@item2} into the sea.",
            "离岸{minute}海里，{role}{@third}{manner}把{@item2}[扔|丢|抛][进|到]海里。",
        ),
        (
            "a wave [swept|washed] {@item2} overboard, and {role.a} called {@third} {manner} held on to "
            "{@the_things}.",
            "[一个|一阵]大浪[卷走|冲走]了{@item2}，{role}{@third}{manner}[抓住|抱住|护住]{@the_things}。",
        ),
        (
            "at night {@third}, the {role}, {manner} told {@him} about {@item2} that had come "
            "from {city2}.",
            "夜里，{role}{@third}{manner}[给|跟]{@him}[讲|说]起{city2}的{item2}。",
        ),
    ),
    details=(
        (
            "on the {minute2} steps to the deck {@he} {manner2} [dropped|lost] {@snacks3} and {@item3}.",
            "[上|去]甲板的{minute2}级台阶上，{@he}{manner2}[丢|掉]了{@snacks3}和{@item3}。",
        ),
        (
            "{@mate} {manner2} [caught|pulled] {@item3} out of the water with a rope and got "
            "{@snacks3} for it.",
            "{@mate}{manner2}用绳子从水里[捞起|拉起|钩起]{@item3}，[换|得]来{@snacks3}。",
        ),
        (
            "a passenger from {city3} {manner2} [mended|cleaned] {@item3} and ate {@snacks3}.",
            "[一位|一个]{city3}乘客{manner2}[修|擦]着{@item3}，[吃|啃]着{@snacks3}。",
        ),
    ),
    sayings=(
        (
            "in {count4} hours {@the_things} will be in {city4}",
            "[再过|过|再有]{count4}个小时，{@the_things}就[到|在]{city4}了",
        ),
        (
            "no ship should sail without {thing.plural}",
            "[哪条|任何一条]船[都|也]不[能|该]没有{thing}",
        ),
    ),
    endings=(
        (
            "on the quay {@hero} put {@the_things} down and embraced {@mate}.",
            "[码头上|上岸后|下了船]，{@hero}放下{@the_things}，[抱住|拥抱]了{@mate}。",
        ),
        (
            "for years {@the_things} reminded {@hero} of that voyage.",
            "[多年后|很久以后]，{@the_things}[还|仍|总]让{@hero}[想起|记起]那次[航行|旅行]。",
        ),
    ),
    summaries=(
        (
            "{@hero} and {@his} {rel} {@mate} sailed from {city} with {@things}",
            "{@hero}和{rel}{@mate}带着{@things}从{city}[出海|启航]",
        ),
    ),
)
