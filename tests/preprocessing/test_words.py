"""Words: one example for every rule of splitting and joining, and laws at random texts."""

import itertools
import sys

import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlm_tf import TextPipeline
from mlm_tf.errors import MissingDependencyError
from mlm_tf.preprocessing import chinese
from mlm_tf.preprocessing import words as words_module
from mlm_tf.preprocessing.normalization import RULES, Kinds, Normalizer
from mlm_tf.preprocessing.words import join_words, split_words

NO_TEXT = r"[^\s\S]+"  # a pattern that matches none


def split(*texts, normalization="NFKC", case_folding="lower", language="en", rules=RULES):
    normalizer = Normalizer(normalization, case_folding, False, language, rules)
    rows = split_words(tf.constant(texts), normalizer).to_list()
    return [[word.decode() for word in row] for row in rows]


# At random: 25 times eight texts or more, which TensorFlow splits at once, as fast as one.
FEW = settings(max_examples=25)


def several(texts):
    return st.lists(texts, min_size=8)


SAME_UNDER_ALL_RULES = [
    ("don't O'Brien's", "don't o'brien's"),
    ("don’t donʼt don＇t", "don't don't don't"),  # typographic forms of one apostrophe
    ("3.14 1,000,000 1,000.50", "3.14 1,000,000 1,000.50"),
    ("a,b 3.", "a , b 3 ."),
    ("$5, 20% or 10,000!", "$ 5 , 20 % or 10,000 !"),
    ("the U.S. Navy, e.g. P.J. Smith", "the u.s. navy , e.g. p.j. smith"),
    ("U.S.A and U.S.A., J.R.R. Tolkien", "u.s.a and u.s.a. , j.r.r. tolkien"),
    ("So did I. A.", "so did i . a ."),
    ("a Ph.D. at 5 p.m. (U.S.)", "a ph.d. at 5 p.m. ( u.s. )"),
    ("b.com end.Next", "b.com end.next"),
    ("well-known 1914–18 and/or", "well - known 1914 – 18 and / or"),
    ("Wait... what?! (yes)", "wait . . . what ? ! ( yes )"),
    ('“no” "yes" ‘well’', '“ no ” " yes " ‘ well \''),
    ("snake_case C++, a@b", "snake _ case c + + , a @ b"),
    ("[PAD] [UNK]", "[ pad ] [ unk ]"),
    ("ＡＢＣ　１２３ ﬁne x²", "abc 123 fine x2"),  # full-width forms, a ligature
    ("我喜欢猫。他也是！", "我喜欢猫 。 他也是 !"),  # no spaces: a clause is one word
    ("😀😀ok", "😀 😀 ok"),
    ("שלום, עולם! \u200fمرحبا\u200e", "שלום , עולם ! مرحبا"),  # right to left, first word first
    ("e\u0301te\u0301 x\u0301y", "été x\u0301y"),  # combining marks belong to their letter
    ("नमस्ते ก็", "नमस्ते ก็"),
    ("a\0b\u2028c\u00a0d\u3000e\x85f\tg", "a b c d e f g"),
    ("co\u00adoperate \ufeffc x\u2060y", "cooperate c xy"),  # invisible characters
]


@pytest.mark.parametrize(("text", "words"), SAME_UNDER_ALL_RULES)
@pytest.mark.parametrize("rules", [1, 2, 3, 4])
def test_words(text, words, rules):
    assert split(text, rules=rules) == [words.split(" ")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the dogs' bones, 'tis", "the dogs ' bones , ' tis"),
        ("1,0000 1,00,000", "1 , 0000 1 , 00,000"),  # no groups of three digits, no separator
        ("hotel,100 rooms", "hotel,100 rooms"),
        ("he - she - C++ a", "he - she - c + + a"),
        ("Straße ΣΊΣΥΦΟΣ", "strasse σίσυφοσ"),  # case folding, not lower case
        ("👍🏽 👩\u200d👩\u200d👧 ❤\ufe0f 🇨🇳", "👍 🏽 👩 👩 👧 ❤ 🇨 🇳"),
        ("a\u200bb می\u200cخواهم", "ab میخواهم"),
        ("don´t don`t 1½", "don \u0301t don ` t 11 ⁄ 2"),
    ],
)
@pytest.mark.parametrize("rules", [1, 2])
def test_words_of_old_pipelines_are_as_they_were(text, words, rules):
    assert split(text, case_folding=True, rules=rules) == [words.split(" ")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Straße ΛΌΓΟΣ ΣΊΣΥΦΟΣ. ẞ", "straße λόγος σίσυφος . ß"),
        ("İstanbul i̇stanbul I\u0307 IRAK ırak", "istanbul istanbul i irak ırak"),
        ("ǅ ꙊᲘ ᎣᏏᏲ 𐐀 H\u0331", "dž ꙋი ꭳꮟᏺ 𐐨 ẖ"),
        # Group commas and others between digits; after anything else a comma is itself.
        ("hotel,100 rooms (,100) x,1 1,x", "hotel , 100 rooms ( , 100 ) x , 1 1 , x"),
        ("太贵了,100元 太贵了，１００元", "太贵了 , 100元 太贵了 , 100元"),
        ("1,000,000 1,00,000 3,5 1,2,3 1,0000", "1,000,000 1,00,000 3,5 1,2,3 1,0000"),
        ("1.000,50 1'000'000 1’000 ١٬٢٣٤٫٥", "1.000,50 1'000'000 1'000 ١٬٢٣٤٫٥"),
        ("1\u202f000 v1.2.3 10:30 2nd", "1 000 v1.2.3 10 : 30 2nd"),
        ("5,-a 3-a,5 1-2,3", "5 , - a 3 - a , 5 1 - 2,3"),
        # Apostrophes that are quotes, accents or primes elsewhere.
        ("don´t don`t don‘t don′t don‛t don｀t", "don't don't don't don't don't don't"),
        ("rock´n´roll l´eau D՚A ἀλλ᾽ ἐγώ", "rock'n'roll l'eau d'a ἀλλ ' ἐγώ"),
        ("5′10″ O‘zbek", "5 ′ 10 ′ ′ o'zbek"),
        # What NFKC would write into a number, or behind a word.
        ("1½ cups, ½ cup 2⅔", "1 1⁄2 cups , 1⁄2 cup 2 2⁄3"),
        ("10⁶ 10²³ 2₁₀ m² H₂O", "10 ^ 6 10 ^ 23 2 _ 10 m2 h2o"),
        ("①② 5① Java™ 20°C 20℃ 20ºC 20˚F nº", "1 2 5 1 java tm 20 ° c 20 ° c 20 ° c 20 ° f no"),
        # Joiners that carry meaning stay in a word, the others are dropped.
        ("می\u200cخواهم کتاب\u200cها", "می\u200cخواهم کتاب\u200cها"),
        ("\u200cها م\u200c می\u200c\u200cخ Auf\u200clage", "ها م می\u200cخ auflage"),
        ("ශ්\u200dරී അവന്\u200d র\u200d্যা क्\u200dष", "ශ්\u200dරී അവന്\u200d র\u200d্যা क्\u200dष"),
        ("ᠰᠠᠢᠨ\u202fᠤ ᠨᠠ\u180eᠠ a\u180eb", "ᠰᠠᠢᠨ\u202fᠤ ᠨᠠ\u180eᠠ ab"),
        ("a\u200bb ខ្ញុំ\u200bចង់", "a b ខ្ញុំ ចង់"),  # a space of no width is one
        ("كتـــاب كـتـا هـ", "كتاب كتا هـ"),  # lengthened
        ("צה\"ל צה״ל ג'ורג' ג׳ורג׳ עמ'", "צה\"ל צה\"ל ג'ורג' ג'ורג' עמ'"),
        ("\"שלום\" בית־ספר", '" שלום " בית ־ ספר'),
        ("col·lecció paraŀlel кВт·ч", "col·lecció paral·lel квт·ч"),
        ("Ինչո՞ւ, ի՜նչ։", "ինչո՞ւ , ի՜նչ ։"),
        ("ሰላም፡ለዓለም። བོད་སྐད", "ሰላም ፡ ለዓለም ። བོད ་ སྐད"),
        # One picture is one word.
        ("👍🏽👍 ❤\ufe0f 1\ufe0f\u20e3", "👍🏽 👍 ❤\ufe0f 1\ufe0f\u20e3"),
        ("👩\u200d👩\u200d👧\u200d👦👩", "👩\u200d👩\u200d👧\u200d👦 👩"),
        ("🇨🇳🇩🇪 👩\u200d x \ufe0f y", "🇨🇳 🇩🇪 👩 x y"),
    ],
)  # fmt: skip
def test_words_by_today_s_rules(text, words):
    assert split(text) == [words.split(" ")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("he said - well - no", ["he", "said", " - ", "well", " - ", "no"]),
        ("pre- and post-war", ["pre", "- ", "and", "post", "-", "war"]),
        ("a_b a _ b @x x@y.z", ["a", "_", "b", "a", " _ ", "b", " @", "x", "x", "@", "y.z"]),
        ("AT&T C++ is", ["at", "&", "t", "c", "+", "+ ", "is"]),
        ("'tis the dogs' .300", [" '", "tis", "the", "dogs", "'", " .", "300"]),
        ("the end . and ' so", ["the", "end", ".", "and", "'", "so"]),  # cut before us
        ("-a\n- b -", [" -", "a", " - ", "b", " - "]),  # a line's edges are as spaces
        ("»Ja« ”hej” “no”", [" »", "ja", "« ", " ”", "hej", "”", "“", "no", "”"]),
        ("« oui », «oui»", ["« ", "oui", " »", ",", "«", "oui", "»"]),
        ("« oui » non", ["« ", "oui", " » ", "non"]),
    ],
)
def test_signs_keep_the_spaces_that_tell_them_apart(text, words):
    assert split(text) == [words]


# Without the spaces they would be read as other words: what is on the left, as on the right.
APART = [
    ("ש '", ["ש", "'"], "ש'", ["ש'"]),
    ("'ש'", [" '", "ש", "'"], "' ש'", ["'", "ש'"]),
    ("’ש’", [" '", "ש", "'"], "ʼש'", [" '", "ש", "'"]),
    (")'ש'", [")", "'", "ש", "'"], ")' ש'", [")", "'", "ש'"]),
    ("\"' ש'", ['"', "'", "ש'"], "\"'ש'", ['"', "'", "ש", "'"]),
    ("\"' ש''ש", ['"', "'", "ש''ש"], "\"'ש''ש", ['"', "'", "ש", "'", "'", "ש"]),
    ("עמ׳ עמ ׳", ["עמ'", "עמ", "'"], "עמ' עמ'", ["עמ'", "עמ'"]),
    ("ש\u200d' ש\u200f'", ["ש'", "ש'"], "ש '", ["ש", "'"]),  # what is invisible parts nothing
    ('ש״ש ש" ש', ['ש"ש', "ש", '"', "ש"], "ש״ ש", ["ש", "״", "ש"]),
    ('״"ש "״ש', ["״", '"', "ש", '"', "״", "ש"], "ש־'ש'", ["ש", "־", "'", "ש", "'"]),
    ("u.s .", ["u.s", "."], "u.s.", ["u.s."]),
    ("»ja«b", [" »", "ja", "«", "b"], "»ja« b", [" »", "ja", "« ", "b"]),
    ("»«b", [" »", "«", "b"], "›‹ b", [" ›", "‹ ", "b"]),
    ("' °", ["'", "°"], "'°", ["'", "°"]),
    ("'¢", ["'", "¢"], "'€", [" '", "€"]),
    ('" \u0301', ['"', "\u0301"], '"\u0301', ['"\u0301']),
    ('" 🏽', ['"', "🏽"], "👍 🏽", ["👍", "🏽"]),
    ("।\u200dक ।\u200c। a\u064b\u200d", ["।", "क", "।", "।", "a\u064b"], "।", ["।"]),
    ("ᠨ\u180e\u180eᠠ ᠨ\u202f\u180e", ["ᠨᠠ", "ᠨ"], "ᠨ\u180eᠠ", ["ᠨ\u180eᠠ"]),
    ("🇨🇳\ufe0f", ["🇨🇳\ufe0f"], "🇨🇳\u200d👩", ["🇨🇳", "👩"]),
    ("i\u0307\u0307", ["i"], "į\u0307\u0307", ["į"]),
]
APART_WHERE_SOME_WRITE_NO_SPACES = [
    (". 猫", [".", "猫"], ".猫", [" .", "猫"]),
    ("' 猫", ["'", "猫"], "'猫", [" '", "猫"]),
    ("u.s . 猫", ["u.s", ".", "猫"], "u.s.猫", ["u.s.", "猫"]),
    ("\uff9e 1", ["\u3099", "1"], "カ\uff9e1", ["ガ", "1"]),
    ('-\u0f7c "\u0e47', [" -\u0f7c ", '"\u0e47'], "-\u0f40\u0f7c", [" -", "\u0f40\u0f7c"]),
    ("猫 ‘猫 ′ 犬", ["猫", "‘", "猫", "′", "犬"], "猫‘犬", ["猫", "'", "犬"]),
    ("カ\u200d👩", ["カ", "👩"], "-🏽️ ក\u200cក", ["-🏽️", "ក\u200c", "ក"]),
    ("々 a", ["々", "a"], "〼 a", ["〼", "a"]),
]


@pytest.mark.parametrize(("text", "words", "other", "others"), APART)
@pytest.mark.parametrize("language", ["en", "any"])
def test_what_is_joined_is_read_as_the_same_words(text, words, other, others, language):
    assert split(text, other, language=language) == [words, others]
    written = [join_words(row, language) for row in (words, others)]
    assert split(*written, language=language) == [words, others]


@pytest.mark.parametrize(("text", "words", "other", "others"), APART_WHERE_SOME_WRITE_NO_SPACES)
def test_and_where_some_scripts_write_no_spaces(text, words, other, others):
    test_what_is_joined_is_read_as_the_same_words(text, words, other, others, "any")


def test_full_width_letters_are_parted_where_they_stay():
    for language in ("en", "any"):
        [words] = split("ａ b １ 々 a ｶ", normalization="NFC", language=language)
        assert split(join_words(words, language), normalization="NFC", language=language) == [words]


@pytest.mark.parametrize("text", ["", " ", "\n\t\0", "\u3000"])
def test_no_text_has_no_words(text):
    assert split(text) == [[]]


def test_each_text_is_a_row():
    assert split("a b", "", "c") == [["a", "b"], [], ["c"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I用iPhone，3.14元。", "I 用 iPhone ， 3.14 元 。"),
        ("don't カタ ไทย Привет", "don't カ タ ไ ท ย Привет"),
        ("スーパーmarket、５０％，卡尔·马", "ス ー パ ー market 、 ５０ ％ ， 卡 尔 · 马"),
        ("한국어 말", "한국어 말"),  # Korean writes spaces
    ],
)
def test_any_language_is_split_as_its_script_is_written(text, words):
    assert split(text, language="any", normalization="NFC", case_folding=False) == [words.split()]


def test_chinese_is_cut_into_words_by_jieba():
    pytest.importorskip("jieba")
    text = "我爱北京天安门，用Deep Learning！don't 3.14"
    words = "我 爱 北京 天安门 ， 用 deep learning ！ don't 3.14"
    assert split(text, "", language="zh") == [words.split(" "), []]


def test_chinese_words_without_jieba_say_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "jieba", None)
    chinese.cutter.cache_clear()
    chinese.jieba_tokenizer.cache_clear()
    with pytest.raises(MissingDependencyError, match=r"jieba.*pip install .*character"):
        split("我", language="zh")


@pytest.mark.parametrize("rules", [2, 3, 4])
@FEW
@given(texts=several(st.text(st.sampled_from("abU1_.,'\"-\n $\t\v\0`/@&:"), max_size=20)))
def test_plain_ascii_takes_a_short_cut_to_the_same_words(texts, rules):
    short = split(*texts, rules=rules)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words_module, "Kinds", lambda texts, _, common: Kinds(texts, NO_TEXT, common))
        assert split(*texts, rules=rules) == short


@FEW
@given(several(st.text(st.sampled_from("aΣİ1½.,'\"-\u200d\u200c´猫שב é👩ي²"), max_size=12)))
def test_common_texts_take_a_short_cut_to_the_same_words(texts):
    short = split(*texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words_module, "Kinds", lambda texts, plain, _: Kinds(texts, plain, NO_TEXT))
        assert split(*texts) == short


@FEW
@given(several(st.lists(st.text(st.sampled_from("aU1_.,'-é猫 \u0301\r"), max_size=8), max_size=5)))
def test_a_text_has_the_words_of_its_lines(texts):
    rows = iter(split(*[line for lines in texts for line in lines], ""))
    of_lines = [[word for _ in lines for word in next(rows)] for lines in texts]
    assert split(*["\n".join(lines) for lines in texts]) == of_lines


def test_without_case_folding_case_is_kept():
    assert split("The CAT", case_folding=False) == [["The", "CAT"]]


@pytest.mark.parametrize(
    ("normalization", "words"),
    [
        (None, ["\u00e9", "e\u0301", "Ａ"]),
        ("NFC", ["\u00e9", "\u00e9", "Ａ"]),
        ("NFD", ["e\u0301", "e\u0301", "Ａ"]),
        ("NFKC", ["\u00e9", "\u00e9", "A"]),
        ("NFKD", ["e\u0301", "e\u0301", "A"]),
    ],
)
def test_normalisation_forms(normalization, words):
    assert split("\u00e9 e\u0301 Ａ", normalization=normalization, case_folding=False) == [words]


@pytest.mark.parametrize("normalization", [None, "NFC", "NFKC"])
def test_case_folding_includes_compatibility_forms(normalization):
    """It is Unicode's NFKC_Casefold, and knows no other way."""
    [words] = split("Ａ \u00c9 e\u0301 ß ς", normalization=normalization, case_folding=True)
    assert words == ["a", "\u00e9", "\u00e9", "ss", "σ"]


def test_case_folding_keeps_what_joins_and_no_dot():
    [words] = split("İ می\u200cخ 👩\u200d👩 a\u200bb צה״ל", case_folding=True)
    assert words == ["i", "می\u200cخ", "👩\u200d👩", "a", "b", 'צה"ל']


@pytest.mark.parametrize(
    ("normalization", "words"),
    [
        (None, ["ﬁ", "\u00e9", "e\u0301", "h\u0331", "ς", "ａ", "i", "i"]),
        ("NFC", ["ﬁ", "\u00e9", "\u00e9", "ẖ", "ς", "ａ", "i", "i"]),
        ("NFD", ["ﬁ", "e\u0301", "e\u0301", "h\u0331", "ς", "ａ", "i", "i"]),
        ("NFKC", ["fi", "\u00e9", "\u00e9", "ẖ", "ς", "a", "i", "i"]),
        ("NFKD", ["fi", "e\u0301", "e\u0301", "h\u0331", "ς", "a", "i", "i"]),
    ],
)
def test_lower_case_leaves_the_form_of_normalisation(normalization, words):
    text = "ﬁ \u00c9 E\u0301 H\u0331 Σ Ａ İ I\u0307".replace("Σ", "ς")
    assert split(text, normalization=normalization) == [words]


@pytest.mark.parametrize("normalization", ["NFD", "NFKD"])
def test_a_decomposed_form_stays_decomposed_under_case_folding(normalization):
    assert split("\u00c9", normalization=normalization) == [["e\u0301"]]


JOINED_UNDER_ALL_RULES = [
    ("hello , world !", "hello, world!"),
    ("( it cost $ 5 , or 5 % ) .", "(it cost $5, or 5%)."),
    ('he said " yes " and " no " .', 'he said "yes" and "no".'),
    ("he said “ yes ” .", "he said “yes”."),
    ("a well - known and / or new", "a well-known and/or new"),
    ("in 1914 – 18", "in 1914–18"),
    ("the u.s. navy isn't [UNK] .", "the u.s. navy isn't [UNK]."),
    ("wait . . .", "wait..."),
    ("# 1 at 20 °", "#1 at 20°"),
    ("at 10 : 30 : a score of 2 : 1", "at 10:30: a score of 2:1"),
    ("¿ qué ? « oui » me @ x.com a _ b", "¿qué? «oui» me@x.com a_b"),
    ("the dogs ' bones", "the dogs' bones"),
]


@pytest.mark.parametrize(("words", "text"), JOINED_UNDER_ALL_RULES)
@pytest.mark.parametrize("rules", [1, 2, 3, 4])
def test_words_are_joined_as_a_person_writes_them(words, text, rules):
    assert join_words(words.split(" "), rules=rules) == text


@pytest.mark.parametrize(
    ("words", "text", "language"),
    [
        ("cats – those – sleep", "cats – those – sleep", "en"),
        ("¥ 300 元 c + +", "¥ 300元c + +", "zh"),
        ("5 € and c # is", "5 €and c #is", "en"),
        ("مرحبا ، كيف", "مرحبا ، كيف", "en"),
        ("„ ja “ , sagte", "„ ja “, sagte", "en"),
    ],
)
@pytest.mark.parametrize("rules", [1, 2])
def test_words_of_old_pipelines_are_joined_as_they_were(words, text, language, rules):
    assert join_words(words.split(" "), language, rules) == text


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("我 用 deep learning ， 你 呢 ？", "我用deep learning，你呢？"),
        ("他 说 ： “ 好 。 ”", "他说：“好。”"),
        ("我 — — 你 … … 吗", "我——你……吗"),
        ("1914 年 , 3 月", "1914年, 3月"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "any"])
@pytest.mark.parametrize("rules", [1, 2, 3, 4])
def test_scripts_without_spaces_are_joined_without(words, text, language, rules):
    assert join_words(words.split(" "), language, rules) == text


def test_no_words_are_no_text():
    assert join_words([]) == ""


SOME_WORDS = ["a", "U.S.", "don't", "1914", "1,000", "[UNK]", *"\"'.,;:!?()[]{}$%#-–—/“”‘°…&é猫„»"]
SOME_WORDS += [" - ", "- ", " -", " '", " »", "+ ", "€"]


@pytest.mark.parametrize("rules", [2, 3, 4])
@given(words=st.lists(st.sampled_from(SOME_WORDS) | st.text("ab –,。€", min_size=1), max_size=12))
def test_what_follows_never_changes_what_is_written(words, rules):
    words = [word for word in words if word.strip()]
    written = [join_words(words[:count], "any", rules) for count in range(len(words) + 1)]
    for before, after in itertools.pairwise(written):
        assert after.startswith(before)
        assert len(after) > len(before)


ENGLISH = """
Dr. Smith of the U.S. Navy paid $3.14 (or 5%) for 1,000,000 well-known cats' and dogs' "toys".
"Why?" he asked; she said: “I don't know – in 1914–18 it wasn't so...” 'Tis and/or rock 'n' roll!
See fig. 3, p. 5, [sic] {sic} a.m. #1 e.g. b.com/cats 20° a & b; it's 9.30, isn't it? No. 5.
"""


@pytest.mark.parametrize("line", ENGLISH.strip().splitlines())
def test_splitting_what_was_joined_gives_the_same_words(line):
    [words] = split(line)
    assert split(join_words(words)) == [words]


@FEW
@given(several(st.text(st.sampled_from("abU1.,'\"-–/!?()$%“” "), max_size=40)))
def test_splitting_what_was_joined_gives_the_same_words_at_random(texts):
    rows = split(*texts)
    assert split(*map(join_words, rows)) == rows


LETTERS_AND_SIGNS = (
    "aU1é ש ב\u05b0 猫カー ก็ يم कष\u094d ᠨ 👩🏽\u200d 🇨🇳 \u200c.,:'’‘׳\"״“”„«»›-–$°।"
)


@pytest.mark.parametrize("language", ["en", "any"])
@pytest.mark.parametrize("normalization", ["NFC", "NFKC", None])
@FEW
@given(texts=several(st.text(st.sampled_from(LETTERS_AND_SIGNS), max_size=12)))
@example(texts=["カ ‘U", "ก\u200c\u0645u", "ᠨ\u0e47\u200d", "👩\u094d\u200d", "ב\u0e47’U"])
def test_whatever_is_joined_is_read_as_the_same_words(texts, language, normalization):
    rows = split(*texts, language=language, normalization=normalization)
    written = [join_words(row, language) for row in rows]
    assert split(*written, language=language, normalization=normalization) == rows


# === What is written comes back ===

SENTENCES = {
    "en": """
he said - well - no, the well-known pre- and post-war co-operation -- as it was.
'yes,' he said, 'tis rock'n'roll and/or the dogs' bones; it's 20°c (at 10:30).
"'nested' quotes", he said ('so'), and “'tis” ['x'] or "the dogs' bones".
‘hello,’ he said, ‘the dogs’ bones’ (‘so’).
at&t wrote c++ and c# for r&d: a=b, 1 + 1 = 2, a * b, i++, x_y _ z, 50% / 5.
mail a.b@x.com or ask @user, #1 on http://x.com/a-b, in 1914–18 – or word—word — so.
it cost $5, £3.50, 5 € more, 100 ₽ or ¥300, +5 and -5 and a .300 average, ±2.
ο λόγος του· είναι ωραίος; ναι, «καλά» λέει.
„ja“, sagte er: »nein, in der straße«, ‚so‘ sprach's.
»ja« sagte er. »wer?« »ich.« er sagte »nein«
›ja‹ sagte er. ›wer?‹ ›ich.‹ «so» und „so“ sagte er »nein«
”hej”, sa hon, »det är 3,5 km».
« c'est l'eau », dit-il, « non » et «oui», col·lecció i paral·lel.
привет, мир! «как дела?» — хорошо; объём 5 м.
می‌خواهم کتاب‌ها را بخوانم؛ چطور؟ «بله»، گفت.
مرحبا، كيف الحال؟ هذا ١٬٢٣٤٫٥.
שלום, עולם! צה"ל אמר: "כן", עמ' 5, בית־ספר, ג'ורג'.
नमस्ते, क्‍षण कैसे हैं? ठीक हूँ। শ্রী র‍্যাব।
ශ්‍රී ලංකා, അവന്‍ വന്നു.
ինչո՞ւ, ի՜նչ՝ այո։
ሰላም፡ለዓለም፣ እንዴት።
안녕하세요, 세계! 정말 - 그래요?
👩‍👩‍👧‍👦 and 👍🏽 or ❤️, 🇨🇳 🇩🇪!
i̇ is no word, istanbul and ırak are; dž, ß, ŋ.
""".replace("i̇", "i"),
    "any": """
50.5美元，2024年，¥300元，c++和c#。
他说：“我——你……吗？（是）”《红楼梦》、卡尔·马克思。
我 - 你，a/b测试，5～10元。
「スーパー」で、コーヒーを飲む。
สวัสดีครับ
don't, the well-known - yes.
""",
}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (language, line)
        for language, text in SENTENCES.items()
        for line in text.strip().splitlines()
    ],
)
def test_an_ordinary_sentence_comes_back_as_it_was_written(language, text):
    pipeline = TextPipeline.fit([text], language=language)
    assert pipeline.decode(pipeline.encode([text])[0]) == text
    assert tf.reduce_all(pipeline._level.normalizer([text]) == text)


@pytest.mark.parametrize("text", ["50.5美元，2024年", "¥300元", "我用c++，他用c#。", "我 - 你"])
def test_chinese_words_come_back_as_they_were_written(text):
    pytest.importorskip("jieba")
    pipeline = TextPipeline.fit([text], level="word", language="zh")
    assert pipeline.decode(pipeline.encode([text])[0]) == text


PLAIN_WORDS = ["don't", "a", "is", "u.s", "1,000", "3,5", "v1.2"]
WORDS = ["λόγος", "straße", "می‌خواهم", 'צה"ל', "col·lecció", "ինչո՞ւ", "क्‍ष", "1⁄2", "мир", "👩‍👧"]
BETWEEN = [" ", ", ", "; ", "! ", "? ", " (", ") ", "-", " - ", "- ", " -", "/", " / ", "&"]
BETWEEN += [" & ", "+", " = ", "_", " @", "@", "—", " — ", "–", " '", "' ", "++ ", "% "]


@pytest.mark.parametrize("words", [PLAIN_WORDS, PLAIN_WORDS + WORDS], ids=["ASCII", "all"])
@FEW
@given(data=st.data())
def test_what_is_written_comes_back_at_random(words, data):
    parts = st.lists(st.tuples(st.sampled_from(words), st.sampled_from(BETWEEN)))
    texts = ["".join(map("".join, drawn)) + "end" for drawn in data.draw(several(parts))]
    assert [*map(join_words, split(*texts))] == texts


def test_stopwords_hold_a_sign_with_any_spaces():
    pipeline = TextPipeline.fit(["a - b-c"], stopwords=["-"])
    assert pipeline.tokenize(["a - b-c c- b"]) == [["a", "b", "c", "c", "b"]]
    assert pipeline.removed_stopwords(["a - b"]) == [[(1, " - ")]]


def test_a_sign_with_its_spaces_is_in_the_vocabulary_as_it_is_written():
    pipeline = TextPipeline.fit(["a - b", "a-b"])
    assert pipeline.vocabulary[6:] == ["a", "b", " - ", "-"]
    again = TextPipeline.from_json(pipeline.to_json())
    assert again.encode(["b - a-"], False, False)[0].tolist() == [7, 8, 6, 1]
    assert again.decode([7, 8, 6, 9, 7]) == "b - a-b"
