"""In hospital."""

from mlm_tf.corpora.grammar.lexicon import things, words
from mlm_tf.corpora.grammar.topic import Topic, aspects, people

HOSPITAL = Topic(
    name=("hospital", "医院"),
    places=words(
        """children's hospital 儿童医院, city hospital 市医院, eye hospital 眼科医院, village clinic 乡村诊所,
        dental clinic 牙科诊所, army hospital 部队医院, university hospital 大学医院,
        heart clinic 心脏病诊所, emergency ward 急诊室, rest home 疗养院, skin clinic 皮肤科, night clinic 夜诊部, new hospital 新医院, old hospital 老医院"""
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
        porter 护工, cleaner 清洁工, midwife 助产士, orderly 勤务员, professor 教授, ambulance driver 司机"""
    ),
    aspects=aspects(
        """ward:place 病房, waiting room:place 候诊室, entrance:place 门厅, garden:place 花园,
        +nurses:person 护士们, +doctors:person 医生们, treatment:event 治疗, therapy:event 理疗,
        visit:event 探望, porridge:food 稀饭, lunch:food 午饭, bill:price 药费, corridor:place 走廊, stay:event 休养, patient:person 病友"""
    ),
    openings=(
        (
            "{travel} to the {place} in {city} with {@things} because of a {pain}.",
            "因为{pain}，{@carry}着{@things}{travel}到{city}[的|]{place}。",
        ),
        (
            "[was waiting|sat] in the {place} in {city} with {@things}.",
            "{@carry}着{@things}[坐|等|守|待]在{city}[的|]{place}里。",
        ),
        (
            "[brought|took|carried] {@things} to room {price} of the {place} in {city}.",
            "{@take}{@things}[送|带|拿]到{city}[的|]{place}{price}号房。",
        ),
    ),
    events=(
        (
            "the {role}, {@third}, {manner} {@put} {@the_things} {@beside} {@item2} and [brought|found|fetched|gave] {@snacks2}.",
            "{role}{@third}{@also}{manner}{@take}{@the_things}{@put}在{@item2}{@beside}，[端|拿|找|取|捧|递]来{@snacks2}。",
        ),
        (
            "after {minute} minutes {role.a} called {@third} {manner} [came in|entered] with {@item2}.",
            "{minute}分钟后，{role}{@third}{@also}{manner}{@carry}着{@item2}[进门|进来|进屋|来了]。",
        ),
        (
            "{@third}, the {role}, {manner} took {@the_things} away and [allowed|gave] {@him} {@snacks2}.",
            "{role}{@third}{@also}{manner}[拿|收|取]走{@the_things}，[准|让|给]{@him}吃{@snacks2}。",
        ),
        (
            "{@third}, {role.a} from {city2}, {manner} [checked|examined|inspected] {@the_things} and then {@item2}.",
            "{city2}来的{role}{@third}{@also}{manner}[查|看]了{@the_things}，[又|再]看[看|了]{@item2}。",
        ),
    ),
    details=(
        (
            "in bed {price3} {@fifth} {manner2} [hid|put] {@snacks3} under {@item3}.",
            "{price3}床的{@fifth}{@also}{manner2}{@take}{@snacks3}[藏|塞|放|收|掖]在{@item3}下。",
        ),
        (
            "{@he} {manner2} {@eat} {@snacks3} and [rested|lay down] {@beside} {@item3}.",
            "{@he}{@also}{manner2}{@eat}了{@snacks3}，[睡|歇|躺|靠]在{@item3}{@beside}。",
        ),
        (
            "{@mate} {manner2} [walked|went] to {@the_item} with {@item3} and {@snacks3}.",
            "{@mate}{@also}{manner2}{@carry}着{@item3}和{@snacks3}[走|来|踱|挪]到{item}{@beside}。",
        ),
    ),
    sayings=(
        (
            "in {price4} days you can go home with {@the_things}",
            "[再|]过{price4}天，你[就|便][能|可以]带{@the_things}回家",
        ),
        (
            "in {city4} nobody gets well without {thing.plural}",
            "在{city4}，没[有|]{thing}[谁|没人]也[好|治]不[好|了]",
        ),
    ),
    endings=(
        (
            "at home {@he} {manner4} {@put} {@the_things} {@beside} {@item5} and [wrote to|sent word to] {@fourth}.",
            "[回家|到家|出院]后[，|]{@he}{@also}{manner4}{@take}{@the_things}{@put}在{@item5}{@beside}，给{@fourth}[写信|去信|捎信]。",
        ),
    ),
    summaries=(
        (
            "{@hero} was in a hospital in {city} with {@things} and {@his} {rel} {@mate}",
            "{@hero}和{rel}{@mate}带着{@things}在{city}的医院里",
        ),
    ),
)
