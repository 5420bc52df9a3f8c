"""In hospital."""

from mlm_tf.corpora.grammar.lexicon import things, words
from mlm_tf.corpora.grammar.topic import Topic, aspects, people

HOSPITAL = Topic(
    name=("hospital", "医院"),
    places=words(
        """children's hospital 儿童医院, city hospital 市医院, eye hospital 眼科医院, village clinic 乡村诊所,
        dental clinic 牙科诊所, army hospital 部队医院, university hospital 大学医院,
        heart clinic 心脏病诊所, emergency ward 急诊室, rest home 疗养院"""
    ),
    things=things(
        """bouquet 束鲜花, crutch 根拐杖, plaster 张膏药, thermometer 支体温计, syringe 支针管,
        X-ray 张片子, pill box 只药盒, wheelchair 辆轮椅, hearing aid 只助听器, eye patch 只眼罩,
        stethoscope 只听诊器, medicine bottle 瓶药水, pair of glasses/pairs of glasses 副眼镜,
        get-well card 张慰问卡, jigsaw puzzle 盒拼图, comic 本漫画, teddy bear 只玩具熊, lily/lilies 枝百合,
        fruit basket 篮水果, herb packet 包草药, hot-water bottle 只热水袋, toothbrush 支牙刷,
        pair of slippers/pairs of slippers 双拖鞋, sleeping pill 片安眠药"""
    ),
    roles=people(
        """nurse 护士, doctor 医生, surgeon 外科医生, dentist 牙医, chemist 药剂师, patient 病人,
        porter 护工, cleaner 清洁工"""
    ),
    aspects=aspects(
        """ward:place 病房, waiting room:place 候诊室, bed:place 床铺, garden:place 花园,
        +nurses:person 护士们, +doctors:person 医生们, treatment:event 治疗, operation:event 手术过程,
        visit:event 探望, porridge:food 稀饭, lunch:food 午饭, bill:price 药费"""
    ),
    openings=(
        (
            "{@when}, {@hero} {travel} to the {place} in {city} with {@things} because of a {pain}.",
            "{@when}，{@hero}因为{pain}，带着{@things}{travel}到{city}的{place}。",
        ),
        (
            "{@at_time} {@hero} was [waiting|sitting] in the {place} in {city}, holding {@things}.",
            "{@at_time}，{@hero}[拿着|捧着|抱着]{@things}，[坐|等]在{city}的{place}里。",
        ),
        (
            "{@when}, the {place} in {city} [sent for|called] {@hero}, who had ordered {@things}.",
            "{@when}，{city}的{place}[通知|打电话叫|请]{@hero}来取{@things}。",
        ),
    ),
    events=(
        (
            "the {role}, {@third}, {manner} put {@the_things} beside {@item2} and [brought|found] "
            "{@snacks2}.",
            "{role}{@third}{manner}把{@the_things}[放|摆|搁]在{@item2}旁边，[端|拿|找]来{@snacks2}。",
        ),
        (
            "after {minute} minutes {role.a} called {@third} {manner} [opened|closed] the door of room "
            "{price} with {@item2}.",
            "{minute}分钟后，[一位叫{@third}的{role}|{role}{@third}]{manner}用{@item2}[顶开|抵住]{price}号病房的门。",
        ),
        (
            "{@third}, the {role}, {manner} [asked|wanted to know] how {@the_things} had got into room "
            "{price} and [allowed|gave] {@him} {@snacks2}.",
            "{role}{@third}{manner}问{@the_things}怎么[到|进]了{price}号房，[又|还][准|给]{@him}吃{@snacks2}。",
        ),
        (
            "{@third}, {role.a} from {city2}, {manner} [checked|examined] {@the_things} and then {@item2}.",
            "{city2}来的{role}{@third}{manner}[查看|检查]了{@the_things}，[又|再|然后]看了看{@item2}。",
        ),
    ),
    details=(
        (
            "in the next bed somebody {manner2} [hid|counted] {@snacks3} under {@item3}.",
            "[邻床|隔壁床][有人|的病人]{manner2}把{@snacks3}[藏|塞|放]在{@item3}下面。",
        ),
        (
            "{@he} {manner2} took {count4} pills, [ate|chewed] {@snacks3} and fell asleep beside {@item3}.",
            "{@he}{manner2}吃了{count4}片药和{@snacks3}，[靠|挨]着{@item3}睡着了。",
        ),
        (
            "{@mate} {manner2} [walked|paced] {minute2} metres along the corridor with {@item3}.",
            "{@mate}{manner2}[拿着|抱着|提着]{@item3}在走廊[走|踱]了{minute2}米。",
        ),
    ),
    sayings=(
        (
            "in {count4} days you can go home with {@the_things}",
            "[再过|过|再等]{count4}天，你就[能|可以]带着{@the_things}回家",
        ),
        (
            "here nobody gets well without {thing.plural}",
            "[这里|这儿|在这儿]没有{thing}[谁|没人]也好不了",
        ),
    ),
    endings=(
        (
            "{@hero} left {@the_things} on the bed and went home with {@mate}.",
            "{@hero}把{@the_things}[留|放|忘]在床上，[跟|和|同]{@mate}[回家|出院]了。",
        ),
        (
            "that night {@the_things} stood beside the pillow of {@hero}.",
            "[当晚|那天夜里|夜里]，{@the_things}[放|摆|搁]在{@hero}的枕边。",
        ),
    ),
    summaries=(
        (
            "{@hero} came to a hospital in {city} with {@things}, and {@his} {rel} {@mate} helped",
            "{@hero}带着{@things}去了{city}的医院，{rel}{@mate}[帮了忙|陪着]",
        ),
    ),
)
