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
    return ("an " if noun[0] in "aeioX" or noun.startswith("um") else "a ") + noun


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
    Hao 郝, Kong 孔, Bai 白, Cui 崔, Kang 康, Qiu 邱, Qin 秦"""
)
WOMEN = words(
    """Na 娜, Fang 芳, Li 丽, Jing 静, Min 敏, Yan 燕, Juan 娟, Xia 霞, Ping 萍, Hong 红, Ling 玲,
    Mei 梅, Lin 琳, Xue 雪, Lan 兰, Ting 婷, Hui 慧, Ying 莹, Qian 倩, Rong 蓉, Jie 洁, Dan 丹, Yun 云,
    Xiu 秀, Zhen 珍, Yue 月, Lei 蕾, Wei 薇, Shu 淑, Qi 琪, Yuan 媛, Qing 晴, Gui 桂, Feng 凤, Wen 雯,
    Yao 瑶, Shan 姗, Ni 妮, Ning 宁, Fei 菲"""
)
MEN = words(
    """Gang 刚, Qiang 强, Jun 军, Yong 勇, Tao 涛, Ming 明, Chao 超, Peng 鹏, Bo 波, Bin 斌, Hao 浩,
    Jian 健, Kai 凯, Dong 东, Liang 亮, Hai 海, Yi 毅, Xu 旭, Xiang 翔, Xin 鑫, Kang 康, Yu 宇, Chen 晨,
    Cheng 成, Guang 光, Guo 国, Zhi 志, Wu 武, Chuan 川, Kun 坤, Ze 泽, Tian 天, Xing 星, Jin 进,
    Sheng 胜, Yang 阳, Sen 森, Rui 瑞, Da 达, Zhou 舟"""
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
    Datong 大同, Dunhuang 敦煌, Yinchuan 银川, Xining 西宁"""
)
COAST = words(
    """Xiamen 厦门, Qingdao 青岛, Dalian 大连, Tianjin 天津, Shanghai 上海, Guangzhou 广州,
    Shenzhen 深圳, Ningbo 宁波, Wenzhou 温州, Yantai 烟台, Weihai 威海, Zhuhai 珠海, Sanya 三亚,
    Haikou 海口, Quanzhou 泉州, Beihai 北海"""
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
    "Monday 星期一, Tuesday 星期二, Wednesday 星期三, Thursday 星期四, Friday 星期五, Saturday 星期六, "
    "Sunday 星期天"
)
HOURS = words("seven 7, eight 8, nine 9, ten 10, eleven 11")
MINUTES = [{"en": str(number), "zh": str(number)} for number in range(12, 60)]
PRICES = [{"en": str(number), "zh": str(number)} for number in range(11, 100)]
ONE, SEVERAL = (
    words("one 一"),
    words("two 两, three 三, four 四, five 五, six 六, seven 七, eight 八, nine 九"),
)

QUALITIES = [
    {**value, "a": with_article(value["en"])}
    for value in words(
        """red 红, blue 蓝, green 绿, yellow 黄, black 黑, white 白, grey 灰, purple 紫, brown 棕色的,
        pink 粉色的, old 旧, new 新, small 小, big 大, borrowed 借来的, broken 破, beautiful 漂亮的,
        plain 朴素的, light 轻便的, heavy 沉甸甸的"""
    )
]
ITEMS = things(
    """umbrella 把雨伞, camera 台相机, backpack 个背包, hat 顶帽子, scarf/scarves 条围巾, coat 件大衣,
    novel 本小说, map 张地图, torch 支手电筒, lantern 盏灯笼, kettle 把水壶, cup 只杯子, flask 个保温瓶,
    penknife/penknives 把小刀, fountain pen 支钢笔, notebook 本笔记本, basket 只篮子, box 个盒子,
    rope 根绳子, walking stick 根拐杖, kite 只风筝, doll 个布娃娃, watch 块手表, mirror 面镜子,
    fan 把扇子, blanket 条毯子, towel 条毛巾, jumper 件毛衣, raincoat 件雨衣, shirt 件衬衫,
    skirt 条裙子, belt 条皮带, wallet 个钱包, suitcase 只箱子, newspaper 份报纸, magazine 本杂志,
    dictionary 本词典, postcard 张明信片, candle 支蜡烛, brush 把刷子, comb 把梳子, bucket 只水桶,
    bottle 个瓶子, bell 个铃铛, balloon 只气球, flag 面旗子, radio 台收音机, alarm clock 只闹钟,
    chair 把椅子, stool 张凳子, cushion 个靠垫, bowl 只碗, plate 个盘子, spoon 把勺子, teapot 把茶壶,
    jar 个罐子, tray 个托盘, parcel 个包裹, telescope 架望远镜, tent 顶帐篷, helmet 顶头盔,
    necklace 条项链, badge 枚徽章, apron 条围裙"""
)
SNACKS = things(
    """apple 个苹果, pear 个梨, orange 个橙子, peach 个桃子, banana 根香蕉, boiled egg 个煮鸡蛋,
    steamed bun 个包子, dumpling 个饺子, cake 块蛋糕, biscuit 块饼干, sandwich 个三明治,
    carrot 根胡萝卜, cucumber 根黄瓜, mango 个芒果, melon 个甜瓜, coconut 个椰子, walnut 个核桃,
    sweet potato/sweet potatoes 个红薯, corn cob 根玉米, mooncake 块月饼, sausage 根香肠,
    pineapple 个菠萝, pancake 张煎饼, rice ball 个饭团, plum 个李子, apricot 个杏子, date 颗红枣,
    sweet 颗糖果, chestnut 颗栗子, strawberry 颗草莓, cherry 颗樱桃, tangerine 个橘子"""
)

# What one thinks of something, by what kind of thing it is: favourable, and not.
OPINIONS = {
    "food": (
        words(
            """delicious 美味, fresh 新鲜, tasty 可口, warm 热乎, fragrant 香, rich 浓郁,
            appetising 诱人, wonderful 出色"""
        ),
        words(
            """bland 寡淡, greasy 油腻, sour 酸, salty 咸, bitter 苦, cold 凉, disgusting 恶心,
            dreadful 糟糕"""
        ),
    ),
    "place": (
        words(
            """cosy 舒适, clean 干净, bright 明亮, elegant 雅致, spacious 宽敞, peaceful 宁静,
            tidy 整洁, charming 迷人"""
        ),
        words(
            """dirty 肮脏, noisy 嘈杂, cramped 拥挤, gloomy 阴暗, shabby 破旧, stuffy 闷热,
            messy 凌乱, ugly 难看"""
        ),
    ),
    "person": (
        words(
            """friendly 友好, patient 耐心, kind 和善, helpful 热心, polite 礼貌, careful 细心,
            honest 诚实, cheerful 开朗"""
        ),
        words(
            """rude 粗鲁, careless 马虎, impatient 急躁, cold 冷淡, lazy 懒散, arrogant 傲慢,
            unhelpful 敷衍, grumpy 暴躁"""
        ),
    ),
    "event": (
        words(
            """exciting 精彩, interesting 有趣, moving 感人, funny 好玩, pleasant 愉快,
            successful 成功, memorable 难忘, relaxing 轻松"""
        ),
        words(
            """boring 无聊, tiring 累人, disappointing 令人失望, chaotic 混乱, tedious 乏味,
            painful 痛苦, embarrassing 尴尬, depressing 令人沮丧"""
        ),
    ),
    "price": (
        words("reasonable 合理, fair 公道, low 低, modest 实惠, attractive 划算"),
        words("high 高, steep 贵, absurd 离谱, shocking 吓人, outrageous 过分"),
    ),
}
FEELINGS = (
    words(
        """happy 高兴, delighted 欣喜, content 满足, grateful 感激, proud 自豪, relieved 欣慰,
        cheerful 开心, enchanted 陶醉"""
    ),
    words(
        """sad 难过, angry 生气, disappointed 失望, upset 沮丧, annoyed 恼火, miserable 痛苦,
        bitter 委屈, gloomy 郁闷"""
    ),
)

# What describes how people come, speak and do things.
TRAVEL = words(
    """walked 走, cycled 骑车, hurried 赶, ran 跑, strolled 溜达, drove 开车, jogged 慢跑,
    rushed 冲"""
)
MANNERS = words(
    """quietly 静静地, happily 高兴地, slowly 慢慢地, carefully 小心地, quickly 飞快地,
    politely 客气地, proudly 得意地, shyly 腼腆地, calmly 平静地, patiently 耐心地,
    eagerly 急切地, secretly 悄悄地, gently 轻轻地, seriously 认真地, skilfully 熟练地,
    nervously 紧张地"""
)
SPEAKING = words(
    """said 说, whispered 小声说, shouted 喊道, laughed 笑着说, sighed 叹着气说, cried 叫道,
    muttered 嘟囔道, remarked 说道"""
)
WEATHER = words(
    """sunny 晴朗, rainy 下雨, foggy 起雾, windy 刮风, snowy 下雪, cloudy 多云, warm 暖和,
    cool 凉爽, cold 寒冷, hot 炎热, stormy 打雷, humid 潮湿"""
)
TIMES = words("morning 早晨, afternoon 下午, evening 傍晚, noon 中午")
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
