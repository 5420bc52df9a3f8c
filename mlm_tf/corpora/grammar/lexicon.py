"""The words that every topic shares: names, relations, things that one carries, dates, opinions.

A line of a list is English, a space, Chinese. Where things are counted the Chinese begins with the
classifier (量词) that the thing takes: `umbrella 把雨伞` is 一把雨伞. A plural that is not regular
stands after a slash: `knife/knives 把小刀`.
"""

Value = dict[str, str]


def words(text: str) -> list[Value]:
    """Words of two languages, from lines or commas."""
    pairs = [entry.strip().rpartition(" ") for entry in text.replace("\n", ",").split(",")]
    return [{"en": english, "zh": chinese} for english, _, chinese in pairs if chinese]


def things(text: str) -> list[Value]:
    """Things that are counted, with their plurals and classifiers."""
    found = []
    for value in words(text):
        one, _, many = value["en"].partition("/")
        found.append(
            {
                "en": one,
                "a": with_article(one),
                "plural": many or _plural(one),
                "zh": value["zh"][1:],
                "classifier": value["zh"][0],
            }
        )
    return found


def with_article(noun: str) -> str:
    """A noun with "a" or "an": "u" sounds as in "ukulele", but for "umbrella"."""
    return ("an " if noun[0] in "aeioX" or noun.startswith(("um", "ug")) else "a ") + noun


def _plural(noun: str) -> str:
    if noun.endswith(("s", "sh", "ch", "x", "z")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


# No syllable is that of two names, so that either language says who is meant; and none is an
# English word that the stories use.
SURNAMES = words(
    """Wang 王, Li 李, Zhang 张, Liu 刘, Chen 陈, Yang 杨, Zhao 赵, Huang 黄, Zhou 周, Wu 吴, Xu 徐,
    Hu 胡, Zhu 朱, Gao 高, Lin 林, Guo 郭, Ma 马, Luo 罗, Liang 梁, Zheng 郑, Xie 谢, Han 韩, Tang 唐,
    Feng 冯, Yu 余, Dong 董, Xiao 肖, Cheng 程, Cao 曹, Yuan 袁, Deng 邓, Fu 傅, Shen 沈, Zeng 曾,
    Peng 彭, Su 苏, Lu 卢, Jiang 蒋, Cai 蔡, Jia 贾, Ding 丁, Wei 魏, Xue 薛, Ye 叶, Du 杜, Dai 戴,
    Xia 夏, Zhong 钟, Tian 田, Ren 任, Fang 方, Shi 石, Yao 姚, Liao 廖, Zou 邹, Xiong 熊, Jin 金,
    Hao 郝, Kong 孔, Bai 白, Cui 崔, Kang 康, Qiu 邱, Qin 秦, Lei 雷, Wan 万, Duan 段,
    Qian 钱, Yin 尹, Chang 常, Wen 温, Mo 莫, Niu 牛, Ge 葛, Yue 岳, Qi 齐, Mei 梅, Mi 米, Ji 纪, Ning 宁,
    Shu 舒, Xiang 向, Zhuang 庄, Lai 赖, Bao 鲍, Bi 毕, Chai 柴, Geng 耿, Guan 关, Ke 柯, Lan 蓝, Miao 苗,
    Nie 聂, Ou 欧, Rao 饶, Tong 童, Ai 艾, Bian 卞, Che 车, Chi 池, Chu 储, Di 狄, Dou 窦,
    Fei 费, Gan 甘, Gong 龚, Hong 洪, Huo 霍, Jian 简, Jiao 焦, Jing 荆, Ju 鞠, Kou 寇, Lang 郎, Leng 冷,
    Ling 凌, Lou 娄, Min 闵, Mu 穆, Pang 庞, Pei 裴, Qu 曲, Quan 全, Ruan 阮, Sang 桑, Sheng 盛, Teng 滕,
    Xi 席"""
)
WOMEN = words(
    """Na 娜, Fang 芳, Li 丽, Jing 静, Min 敏, Yan 燕, Juan 娟, Xia 霞, Ping 萍, Hong 红, Ling 玲,
    Mei 梅, Lin 琳, Xue 雪, Lan 兰, Ting 婷, Hui 慧, Ying 莹, Qian 倩, Rong 蓉, Jie 洁, Dan 丹, Yun 云,
    Xiu 秀, Zhen 珍, Yue 月, Lei 蕾, Wei 薇, Shu 淑, Qi 琪, Yuan 媛, Qing 晴, Gui 桂, Feng 凤, Wen 雯,
    Yao 瑶, Shan 姗, Ni 妮, Ning 宁, Fei 菲, Ru 茹, Jia 佳, Lu 璐, Xi 希, Zhu 竹,
    Tong 彤, Ke 可, Nuo 诺, Si 思, Ya 雅, Hua 华, Ju 菊, Lian 莲, Su 素, Rou 柔, Dai 黛, Bi 碧, Cui 翠,
    Chun 春, Qiu 秋, Bei 贝, Jiao 娇"""
)
MEN = words(
    """Gang 刚, Qiang 强, Jun 军, Yong 勇, Tao 涛, Ming 明, Chao 超, Peng 鹏, Bo 波, Bin 斌, Hao 浩,
    Jian 健, Kai 凯, Dong 东, Liang 亮, Hai 海, Yi 毅, Xu 旭, Xiang 翔, Xin 鑫, Kang 康, Yu 宇, Chen 晨,
    Cheng 成, Guang 光, Guo 国, Zhi 志, Wu 武, Chuan 川, Kun 坤, Ze 泽, Tian 天, Xing 星, Jin 进,
    Sheng 胜, Yang 阳, Sen 森, Rui 瑞, Da 达, Zhou 舟, Teng 腾, Lang 朗, Nan 南, Tai 泰,
    Zhong 忠, Xiong 雄, Zhao 钊, Chang 昌, Biao 彪, Hu 虎, Heng 恒, Zhan 展, Fu 福, Zhuo 卓, Meng 猛,
    Bao 宝, Chu 楚, Ji 吉, Xian 贤, Ding 定, Shi 实"""
)

# Gender, and whether the surname is the same. What is one word in English may be two in Chinese.
RELATIONS = [
    {"en": english, "zh": chinese, "gender": gender, "family": family}
    for english, chinese, gender, family in (
        ("sister", "姐姐", "f", "same"),
        ("sister", "妹妹", "f", "same"),
        ("brother", "哥哥", "m", "same"),
        ("brother", "弟弟", "m", "same"),
        ("cousin", "表姐", "f", "other"),
        ("cousin", "表妹", "f", "other"),
        ("cousin", "表哥", "m", "other"),
        ("cousin", "表弟", "m", "other"),
        ("aunt", "姑姑", "f", "same"),
        ("aunt", "姨妈", "f", "other"),
        ("uncle", "叔叔", "m", "same"),
        ("uncle", "舅舅", "m", "other"),
        ("friend", "朋友", "any", "other"),
        ("classmate", "同学", "any", "other"),
        ("neighbour", "邻居", "any", "other"),
        ("colleague", "同事", "any", "other"),
        ("roommate", "室友", "any", "other"),
    )
]

INLAND = words(
    """Hangzhou 杭州, Suzhou 苏州, Chengdu 成都, Kunming 昆明, Dali 大理, Nanjing 南京, Wuhan 武汉,
    Changsha 长沙, Guilin 桂林, Harbin 哈尔滨, Beijing 北京, Chongqing 重庆, Xi'an 西安, Lanzhou 兰州,
    Luoyang 洛阳, Kaifeng 开封, Yangzhou 扬州, Wuxi 无锡, Shaoxing 绍兴, Guiyang 贵阳, Nanning 南宁,
    Shenyang 沈阳, Jinan 济南, Lijiang 丽江, Zunyi 遵义, Yichang 宜昌, Hefei 合肥, Taiyuan 太原,
    Datong 大同, Dunhuang 敦煌, Yinchuan 银川, Xining 西宁, Nanchang 南昌, Zhengzhou 郑州,
    Changchun 长春, Jilin 吉林, Baoding 保定, Handan 邯郸, Xuzhou 徐州, Nantong 南通, Jiaxing 嘉兴,
    Huzhou 湖州, Jinhua 金华, Xiangyang 襄阳, Yueyang 岳阳, Liuzhou 柳州, Leshan 乐山, Mianyang 绵阳,
    Yibin 宜宾, Luzhou 泸州, Baoji 宝鸡, Yan'an 延安, Tianshui 天水, Baotou 包头, Anyang 安阳,
    Huangshan 黄山, Wuhu 芜湖, Ganzhou 赣州"""
)
COAST = words(
    """Xiamen 厦门, Qingdao 青岛, Dalian 大连, Tianjin 天津, Shanghai 上海, Guangzhou 广州,
    Shenzhen 深圳, Ningbo 宁波, Wenzhou 温州, Yantai 烟台, Weihai 威海, Zhuhai 珠海, Sanya 三亚,
    Haikou 海口, Quanzhou 泉州, Beihai 北海, Rizhao 日照, Zhoushan 舟山, Taizhou 台州, Putian 莆田,
    Shantou 汕头, Zhanjiang 湛江, Dandong 丹东, Jinzhou 锦州"""
)

MONTHS = [
    {"en": english, "zh": str(number)}
    for number, english in enumerate(
        "January February March April May June July August September October November "
        "December".split(),
        start=1,
    )
]
DAYS = [{"en": str(day), "zh": str(day)} for day in range(1, 29)]
WEEKDAYS = words(
    "Monday 一, Tuesday 二, Wednesday 三, Thursday 四, Friday 五, Saturday 六, Sunday 日"
)
HOURS = words("six 6, seven 7, eight 8, nine 9, ten 10, eleven 11")
NUMBERS = [{"en": str(number), "zh": str(number)} for number in range(11, 100)]
ONE, SEVERAL = (
    words("one 一"),
    words("two 两, three 三, four 四, five 五, six 六, seven 七, eight 八, nine 九"),
)

QUALITIES = [
    {**value, "a": with_article(value["en"])}
    for value in words(
        """red 红, blue 蓝, green 绿, yellow 黄, black 黑, white 白, grey 灰, purple 紫, brown 棕,
        pink 粉, orange 橙, golden 金, silver 银, old 旧, new 新, small 小, big 大, broken 破, dirty 脏,
        strange 怪, good 好, ugly 丑, wet 湿, painted 彩, foreign 洋, flowered 花, fake 假, shiny 亮,
        smelly 臭, crooked 歪"""
    )
]
ITEMS = things(
    """umbrella 把伞, camera 台相机, backpack 个背包, hat 顶帽子, scarf/scarves 条围巾, coat 件大衣,
    book 本书, torch 支手电, lantern 只灯笼, kettle 把水壶, cup 只杯子, knife/knives 把刀, pen 支笔,
    basket 只篮子, box 只盒子, rope 根绳子, stick 根棍子, kite 只风筝, doll 个娃娃, watch 块手表,
    mirror 面镜子, fan 把扇子, blanket 条毯子, towel 条毛巾, jumper 件毛衣, raincoat 件雨衣,
    shirt 件衬衫, skirt 条裙子, belt 条腰带, wallet 个钱包, suitcase 只皮箱, candle 支蜡烛,
    brush 把刷子, comb 把梳子, bucket 只桶, bottle 只瓶子, bell 只铃铛, balloon 只气球, flag 面旗,
    clock 台钟, chair 把椅子, stool 张凳子, cushion 个垫子, pillow 个枕头, bowl 只碗, plate 只盘子,
    spoon 把勺子, teapot 把茶壶, jar 只罐子, tray 只托盘, parcel 个包裹, tent 顶帐篷, helmet 顶头盔,
    necklace 条项链, badge 枚徽章, apron 条围裙, lamp 盏灯, glove 只手套, sock 只袜子, tie 条领带,
    sack 只麻袋, ladder 架梯子, hammer 把锤子, saw 把锯子, broom 把扫帚, lock 把锁, key 把钥匙,
    button 颗扣子, ribbon 条丝带, envelope 只信封, card 张卡片, puppet 只木偶, mat 张席子,
    curtain 块窗帘, tablecloth 块桌布, handkerchief 块手帕, mask 只面具, robe 件袍子, jacket 件外套,
    waistcoat 件背心, shawl 条披肩, shoe 只鞋, boot 只靴子, pan 口锅, stone 块石头, brick 块砖,
    board 块木板, pole 根竹竿, wheel 只轮子, purse 只手包, stamp 枚邮票, coin 枚硬币,
    photo 张照片, letter 封信, diary 本日记, album 本相册, dictionary 本词典, telescope 架望远镜,
    chest 口箱子, sword 把剑, bow 张弓, needle 根针, thread 根线, nail 根钉子, screw 颗螺丝, axe 把斧头,
    shovel 把铲子, rake 把耙子, tap 只水龙头, pipe 根管子, hose 根水管, chain 条链子, hook 只钩子,
    net 张网, bed 张床, table 张桌子, shelf/shelves 个架子, door 扇门, window 扇窗, screen 面屏风,
    picture 幅画, carpet 块地毯, napkin 块餐巾, fork 把叉子, ladle 把汤勺, thimble 枚顶针, brooch 枚胸针,
    ring 枚戒指, crown 顶王冠, wig 顶假发, cap 顶便帽, cloak 件斗篷, veil 块面纱, collar 条项圈,
    saddle 副马鞍, whip 条鞭子, stove 只炉子, razor 把剃刀, sponge 块海绵, phone 部手机,
    computer 台电脑, fridge 台冰箱, iron 只熨斗, robot 个机器人, sleigh 架雪橇, boat 条小船"""
)
SNACKS = things(
    """apple 个苹果, pear 个梨, orange 个橙子, peach 个桃, banana 根香蕉, egg 个鸡蛋, bun 个包子,
    dumpling 个饺子, cake 块蛋糕, biscuit 块饼干, carrot 根萝卜, cucumber 根黄瓜, mango/mangoes 个芒果,
    melon 个甜瓜, walnut 个核桃, mooncake 块月饼, sausage 根香肠, pancake 张饼, plum 个李子,
    apricot 个杏, date 颗枣, sweet 颗糖, chestnut 颗栗子, strawberry 颗草莓, cherry 颗樱桃,
    tangerine 个橘子, lychee 颗荔枝, olive 颗橄榄, grape 颗葡萄, peanut 颗花生, roll 个面包, tart 个蛋挞,
    persimmon 个柿子, loquat 个枇杷, papaya 个木瓜, almond 颗杏仁, pie 个馅饼, meatball 个肉丸,
    kebab 根肉串, drumstick 个鸡腿, doughnut 个甜圈, waffle 块松饼,
    toffee 块酥糖, rice cake 块年糕, fig 个无花果, coconut 个椰子, pineapple 个菠萝, kiwi 个猕猴桃,
    pomegranate 个石榴, cashew 颗腰果, pistachio 颗开心果, hazelnut 颗榛子, raisin 颗葡萄干, chocolate 块巧克力,
    cracker 块苏打饼, pretzel 根麻花, spring roll 根春卷, omelette 个蛋饼, fishball 个鱼丸,
    crab stick 根蟹棒, pickle 根酱瓜, bean 颗豆子, pea 颗豌豆, mint 颗薄荷糖, lollipop 根棒棒糖,
    ice lolly/ice lollies 根冰棍, scone 块司康,
    pumpkin seed 颗瓜子, gumdrop 颗软糖, muffin 个松糕, crumpet 块烤饼, quince 个木梨,
    lime 个青柠, grapefruit/grapefruit 个柚子, nectarine 个油桃, turnip 个大头菜, beetroot 个甜菜,
    prune 颗话梅, sesame ball 个麻球, fritter 个炸糕, bagel 个圈饼, croissant 个牛角包, hot bun 个花卷,
    egg roll 根蛋卷, truffle 颗松露"""
)

# What one thinks of something, by what kind of thing it is: favourable, and not.
OPINIONS = {
    "food": (
        words(
            """delicious 美味, fresh 鲜, tasty 可口, warm 热乎, fragrant 香, rich 浓, appetising 诱人,
            nice 棒, sweet 甜, refined 讲究, nourishing 滋补, light 清爽, good 好, healthy 健康"""
        ),
        words(
            """bland 淡, greasy 腻, sour 酸, salty 咸, bitter 苦, cold 凉, disgusting 恶心,
            unpleasant 糟, stale 馊, unhealthy 伤胃, poor 差, odd 怪, hard 硬, tasteless 寡味"""
        ),
    ),
    "place": (
        words(
            """clean 干净, bright 亮, elegant 雅致, spacious 宽敞, peaceful 宁静, tidy 整齐,
            charming 迷人, beautiful 美, quiet 静, romantic 浪漫, pretty 漂亮, impressive 气派,
            modern 新, comfortable 舒适"""
        ),
        words(
            """dirty 脏, noisy 吵, cramped 挤, gloomy 暗, shabby 破, messy 乱, ugly 丑, cold 冷, damp 潮,
            smelly 臭, dangerous 危险, bare 简陋, old 旧, dreary 冷清"""
        ),
    ),
    "person": (
        words(
            """friendly 友好, patient 耐心, kind 和气, helpful 热心, polite 礼貌, careful 细心, honest 老实,
            cheerful 快活, clever 聪明, generous 大方, diligent 勤快, funny 逗,
            modest 谦虚, brave 勇敢, gentle 温柔, reliable 可靠"""
        ),
        words(
            """rude 粗鲁, careless 马虎, impatient 急躁, cold 冷淡, lazy 懒, arrogant 傲慢, stupid 笨,
            grumpy 凶, greedy 贪心, mean 小气, fussy 烦, false 虚伪,
            vain 虚荣, cowardly 胆小, cruel 狠心, slow 慢"""
        ),
    ),
    "event": (
        words(
            """exciting 精彩, interesting 有趣, moving 感人, amusing 好玩, pleasant 愉快, successful 成功,
            memorable 难忘, easy 轻松, lively 热闹, good 好, smooth 顺利, thrilling 刺激, useful 有用,
            original 新鲜"""
        ),
        words(
            """boring 无聊, tiring 累, unfortunate 糟糕, chaotic 乱, tedious 乏味, painful 痛苦,
            embarrassing 尴尬, sad 悲惨, frightening 吓人, bad 差, slow 慢, absurd 荒唐, dull 沉闷,
            useless 没用"""
        ),
    ),
    "price": (
        words("reasonable 合理, fair 公道, low 低, modest 实惠, attractive 划算, moderate 适中"),
        words("high 高, steep 贵, absurd 离谱, shocking 吓人, outrageous 过分, ridiculous 荒唐"),
    ),
}
FEELINGS = (
    words(
        """happy 高兴, glad 欣喜, content 满足, grateful 感激, proud 自豪, relieved 欣慰,
        cheerful 开心, excited 兴奋"""
    ),
    words(
        """sad 难过, angry 生气, disappointed 失望, upset 沮丧, annoyed 恼火, miserable 痛苦,
        bitter 委屈, gloomy 郁闷"""
    ),
)

# How people come, speak and do things.
TRAVEL = words(
    """walked 走, cycled 骑车, hurried 赶, ran 跑, strolled 溜达, drove 开车, rushed 冲, came 来,
    returned 回, travelled 坐车, jogged 小跑, rode 骑马,
    crept 溜, sped 飞奔, marched 大步走"""
)
MANNERS = words(
    """immediately 立刻, suddenly 突然, finally 终于, promptly 当场, simply 干脆, secretly 偷偷,
    quietly 悄悄, slowly 慢慢, hurriedly 匆匆, silently 默默, gently 轻轻, cautiously 小心, boldly 大胆,
    solemnly 郑重, personally 亲自, casually 随手, kindly 好心, hastily 急忙,
    actually 居然, eventually 总算, deliberately 故意, firmly 坚决, openly 公然, publicly 当众,
    punctually 按时, instantly 瞬间, stubbornly 硬是, subsequently 随即, voluntarily 主动,
    patiently 耐心, seriously 认真, sincerely 诚心, discreetly 暗中, dutifully 照例, obediently 乖乖, randomly 胡乱, resolutely 毅然, rashly 贸然, accidentally 碰巧,
    unexpectedly 竟然, skilfully 巧妙"""
)
# How something happens that nobody meant to do.
MISHAPS = words(
    """suddenly 突然, unexpectedly 竟然, accidentally 不慎, carelessly 不小心, unfortunately 不幸,
    sleepily 迷迷糊糊, actually 居然, finally 终于, soon 很快, immediately 马上"""
)
# How one does things who is pleased, and who is not.
MOODS = (
    words(
        """gladly 欣然, happily 高兴地, contentedly 满意地, proudly 得意地, gratefully 感激地,
        cheerfully 笑着"""
    ),
    words(
        """angrily 愤然, sadly 难过地, crossly 生气地, helplessly 无奈地, gloomily 闷闷地,
        reluctantly 勉强"""
    ),
)
SPEAKING = words(
    """said 说, whispered 低声说, shouted 喊, laughed 笑道, sighed 叹道, cried 叫道, muttered 嘟囔,
    remarked 说道"""
)
WEATHER = words(
    """sunny 晴朗, rainy 下雨, foggy 起雾, windy 刮风, snowy 下雪, cloudy 多云, warm 暖和,
    cool 凉爽, cold 寒冷, hot 炎热, stormy 打雷, humid 潮湿"""
)
TIMES = words("morning 早晨, afternoon 下午, evening 傍晚, night 夜晚")
DISHES = words(
    """pie 馅饼, stew 炖菜, salad 沙拉, curry 咖喱, hotpot 火锅, soup 汤, casserole 砂锅, stir-fry 小炒"""
)
PAINS = words(
    """headache 头痛, toothache 牙痛, sore throat 嗓子疼, broken arm 胳膊骨折, high fever 发高烧,
    bad cough 咳嗽, stomach ache 肚子疼, sprained ankle 扭伤脚踝, rash 起疹子, cold 感冒"""
)
SUBJECTS = words(
    """history 历史, chemistry 化学, physics 物理, biology 生物, geography 地理, maths 数学, art 美术,
    English 英语, music 音乐, handicraft 手工"""
)
