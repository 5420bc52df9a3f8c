"""Characters and subwords: what is learned, what comes back, and that nothing is lost."""

import itertools
import os
import pathlib
import random
import re
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

import mlm_tf
from benchmarks.peers import subword_tokenizer
from mlm_tf import TextPipeline
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.preprocessing.level import BYTES
from mlm_tf.preprocessing.normalization import CHINESE_PUNCTUATION, Normalizer, numbers_kept

TEXTS = ["The cat sat on the mat.", "The dog sat.", "A cat isn't a dog; cats 猫 猫 猫 猫 猫 é ä."]
FIRST = 6 + 256  # the first id that is no special token and no byte
# What bites a tokenizer: NUL and the escape byte, joiners, right-to-left, full-width, combining.
HARD = [
    "",
    " ",
    "\0",
    "a\0b\x11c\x01",
    "\r\n\t\v\f  two  spaces \n\n",
    "👩‍👩‍👧‍👦 👍🏽 ❤️ 🇨🇳",
    "שלום עולם مرحبا \u200f(א)\u200e",
    "ＡＢＣ １２３ ，！",
    "e\u0301\u0323 ﬁ Å ½ ㎏",
    "\ufeffbom \ue000 \ufdd0 \U0010ffff",
    "[PAD][MASK] <0x41> [unk]",
    "x" * 5000,
]


@pytest.fixture(scope="module", params=["character", "subword"])
def lossless(request):
    return TextPipeline.fit(TEXTS * 3, level=request.param, normalization=None)


@pytest.fixture(scope="module")
def characters():
    return TextPipeline.fit(TEXTS, level="character", normalization=None)


@pytest.fixture(scope="module")
def subwords():
    return TextPipeline.fit(TEXTS * 3, level="subword", vocabulary_size=FIRST + 60)


def back(pipeline, text):
    return pipeline.decode(pipeline.encode([text])[0])


# At random: many times eight texts or more, which take no longer than one.
FEW = settings(max_examples=25)


def several(texts):
    return st.lists(texts, min_size=8)


# === Nothing is lost ===


@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
def test_any_text_comes_back_as_it_was(lossless, text):
    assert back(lossless, text) == text


@FEW
@given(several(st.text(st.characters(exclude_categories=["Cs"]))))
def test_any_text_comes_back_as_it_was_at_random(lossless, texts):
    rows = lossless.encode(texts)
    assert lossless.decode(rows) == texts
    assert not any(lossless.unk_id in ids for ids in rows)


def test_every_code_point_comes_back_as_it_was(lossless):
    codes = [*range(0xD800), *range(0xE000, 0x110000)]
    texts = ["".join(map(chr, codes[i : i + 4096])) for i in range(0, len(codes), 4096)]
    assert lossless.decode(lossless.encode(texts)) == texts


@settings(max_examples=10)
@given(several(st.text(st.characters(exclude_categories=["Cs", "Cn"]))))
@example(["a…Ａ，ｂ"])
def test_normalised_text_is_what_comes_back(texts):
    for pipeline in NORMALISED:
        if pipeline.case_folding:  # for which Python has no function
            normal = decoded(pipeline._level.normalizer(texts))
        else:
            normal = [normalised(text) for text in decoded(numbers_kept(texts))]
        assert pipeline.decode(pipeline.encode(texts)) == normal


def decoded(texts):
    return [text.decode() for text in texts.numpy()]


def normalised(text):
    """Chinese text keeps its marks; what stands between them is normalised."""
    parts = re.split(f"([{CHINESE_PUNCTUATION}])", text)
    parts[::2] = [unicodedata.normalize("NFKC", part) for part in parts[::2]]
    return "".join(parts)


NORMALISED = [
    TextPipeline.fit(TEXTS * 3, level=level, case_folding=folded)
    for level in ("character", "subword")
    for folded in (False, True, "lower")
]


@pytest.mark.slow
@pytest.mark.parametrize("level", ["word", "character", "subword"])
def test_a_line_of_50_mb_is_one_text(level):
    pipeline = TextPipeline.fit(TEXTS * 3, level=level, case_folding=False)
    sentence = "The cat sat on the mat, 猫. "
    line = sentence * (50_000_000 // len(sentence.encode()))
    [ids] = pipeline.encode([line], add_start=False, add_end=False)
    [once] = pipeline.encode([sentence], add_start=False, add_end=False)
    times = len(line) // len(sentence)
    assert len(ids) == len(once) * times
    assert (ids.reshape(times, -1) == once).all()


def test_more_ids_go_on_where_fewer_ended(lossless):
    [ids] = lossless.encode(["cats 猫 and é 😀 \0 end"])
    texts = [lossless.decode(ids[:count]) for count in range(len(ids) + 1)]
    for shorter, longer in itertools.pairwise(texts):
        assert longer.startswith(shorter)
    assert "\ufffd" not in "".join(texts)


def test_bytes_that_are_no_character_are_replaced_once_that_is_sure(lossless):
    def byte(value):
        return 6 + value

    assert lossless.decode([byte(0xE7)]) == ""  # 猫 may still come
    assert lossless.decode([byte(0xE7), byte(0x41)]) == "\ufffdA"
    assert lossless.decode([byte(0xE7), 1, byte(0x41)]) == "\ufffd[UNK]A"
    assert lossless.decode([byte(0xE7), byte(0x8C), byte(0xAB)]) == "猫"


def test_the_text_of_special_tokens_is_text(lossless):
    for text in ("[PAD]", "[MASK] [UNK]", "[ start ]"):
        [ids] = lossless.encode([text], add_start=False, add_end=False)
        assert ids.min() >= 6


def test_unknown_is_never_predicted(lossless):
    assert lossless.unk_id in lossless.never_follow_ids
    assert lossless.num_outcomes == lossless.vocabulary_size - 5


# === Characters ===


def test_characters_come_after_the_bytes_by_frequency_ties_by_code_point(characters):
    assert tuple(characters.vocabulary[6:FIRST]) == BYTES
    assert characters.vocabulary[FIRST:] == ["猫", "ä", "é"]
    texts = "".join(TEXTS)
    for token, count in zip(characters.vocabulary[6:], characters.counts[6:], strict=True):
        assert texts.count(token) == count


def test_a_character_outside_the_vocabulary_is_counted_as_its_bytes():
    pipeline = TextPipeline.fit(["aaé猫猫"], level="character", vocabulary_size=FIRST + 1)
    assert pipeline.vocabulary[FIRST:] == ["猫"]
    [ids] = pipeline.encode(["aaé猫猫"], add_start=False, add_end=False)
    assert [pipeline.vocabulary[i] for i in ids] == [
        "a", "a", "<0xC3>", "<0xA9>", "猫", "猫"
    ]  # fmt: skip
    counted = np.bincount(ids, minlength=pipeline.vocabulary_size)
    assert pipeline.counts[6:].tolist() == counted[6:].tolist()


def test_chinese_is_characters_by_default_and_keeps_its_punctuation():
    pipeline = TextPipeline.fit(["你好，世界！ＡＢ"], language="zh")
    assert pipeline.level == "character"
    assert pipeline.tokenize(["世界，你好（ＡＢ）"]) == [
        ["世", "界", "，", "你", "好", "<0xEF>", "<0xBC>", "<0x88>", "A", "B", "<0xEF>", "<0xBC>",
         "<0x89>"]
    ]  # fmt: skip


def test_characters_keep_their_case_and_words_do_not():
    assert back(TextPipeline.fit(["aA"], level="character"), "Aa") == "Aa"
    assert back(TextPipeline.fit(["aA"], level="character", case_folding=True), "Aa") == "aa"
    assert back(TextPipeline.fit(["Aa"]), "Aa") == "aa"


def test_chinese_words_go_through_a_data_set_and_back():
    pytest.importorskip("jieba")
    texts = ["我们爱北京，因为天安门在那里。", "他用Deep Learning！"]
    pipeline = TextPipeline.fit(texts, level="word", language="zh")
    dataset = tf.data.Dataset.from_tensor_slices(texts).batch(2).map(pipeline.encode_tensor)
    [rows] = [ids.to_list() for ids in dataset]
    assert pipeline.decode(rows) == ["我们爱北京，因为天安门在那里。", "他用deep learning！"]
    bare = TextPipeline.fit(texts, level="word", language="zh", stopwords=["我们", "因为", "，"])
    assert bare.removed_stopwords(texts[:1]) == [[(0, "我们"), (3, "，"), (4, "因为")]]


@pytest.mark.parametrize("form", [None, "NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("case_folding", [False, True, "lower"])
def test_no_accent_is_left_where_they_are_stripped(form, case_folding):
    codes = [*range(0x20, 0xAC00), *range(0xF900, 0x11000)]  # all but Hangul and the rare planes
    texts = [chr(code) for code in codes if not 0xD800 <= code < 0xE000]
    normalizer = Normalizer(form, case_folding, True, "en")
    left = [text.decode() for text in normalizer(texts).numpy()]
    assert not [text for text in left if any(unicodedata.category(c) == "Mn" for c in text)]


def test_accents_are_stripped_on_request():
    for level in ("word", "character"):
        pipeline = TextPipeline.fit(["cafe"], level=level, strip_accents=True)
        assert back(pipeline, "caf\u00e9") == back(pipeline, "cafe\u0301") == "cafe"


@pytest.mark.parametrize("level", ["character", "subword"])
def test_lower_case_is_what_the_language_writes(level):
    pipeline = TextPipeline.fit(TEXTS * 3, level=level, case_folding="lower")
    assert back(pipeline, "Ο ΛΌΓΟΣ\0ΣΑΣ Straße İ") == "ο λόγος\0σας straße i"
    assert len(pipeline.encode(["İ"], False, False)[0]) == 1


@pytest.mark.parametrize(
    "locale", ["tr_TR.UTF-8", pytest.param("lt_LT.UTF-8", marks=pytest.mark.slow)]
)
def test_lower_case_does_not_depend_on_the_locale(locale):
    program = (
        "from mlm_tf.preprocessing.normalization import Normalizer;"
        "text = Normalizer('NFC', 'lower', False, 'en')(['TITLE I É Í Ì Ĩ Į́ İ']).numpy()[0];"
        "assert text.decode() == 'title i é í ì ĩ į́ i', text.decode()"
    )
    environment = {**os.environ, "LC_ALL": locale, "LANG": locale}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("1½ ½ 2¼5 ⅟5 3⅟5", "1 1⁄2 1⁄2 2 1⁄4 5 1⁄5 3 1⁄5"),
        ("10² 10⁻⁶ 2₁₀ x² H₂O", "10^2 10^−6 2_10 x2 H2O"),
        ("5①②3 a① Java™", "5 1 2 3 a1 Java TM"),
    ],
)
def test_no_number_becomes_another(text, normal):
    for level in ("character", "subword"):
        assert back(TextPipeline.fit(TEXTS * 3, level=level), text) == normal
    old = Normalizer("NFKC", False, False, "en", rules=2)
    assert old([text]).numpy()[0].decode() == unicodedata.normalize("NFKC", text)


BROKEN = [
    b"\xc0\x80",
    b"\xe0\x80\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xc3",
    b"\x80",
    b"\xff",
]


@pytest.mark.parametrize("bytes_", BROKEN)
@pytest.mark.parametrize("rules", [2, 3])
def test_bytes_that_are_not_utf_8_are_replaced(bytes_, rules):
    [text] = Normalizer("NFC", "lower", False, "en", rules)([b"A" + bytes_ + b"B"]).numpy()
    assert set(text.decode()) == set("a\ufffdb")


# === Subwords ===


def test_subwords_are_frequent_pieces_with_the_space_before_them(subwords):
    assert {" cat", " the"} & set(subwords.vocabulary)
    assert "猫" in "".join(subwords.vocabulary)
    [row] = subwords.tokenize(["The cat sat"])
    assert "".join(row) == "The cat sat"
    assert len(row) < len("The cat sat")


def test_of_very_much_text_a_share_teaches_the_pieces_and_all_of_it_is_counted(monkeypatch):
    texts = [f"{word} {word}" for word in mlm_tf.corpora.lee_news().judged[0].text.split()]
    whole = TextPipeline.fit(texts, level="subword", vocabulary_size=FIRST + 100)
    monkeypatch.setattr("mlm_tf.preprocessing.subwords.LEARNED_FROM", len("".join(texts)) // 3)
    share = TextPipeline.fit(texts, level="subword", vocabulary_size=FIRST + 100)
    assert share.vocabulary != whole.vocabulary
    assert FIRST + 10 < share.vocabulary_size <= FIRST + 100
    assert TextPipeline.fit(
        texts[::-1], level="subword", vocabulary_size=FIRST + 100
    ).to_json() == (share.to_json())
    counted = np.bincount(np.concatenate(share.encode(texts)), minlength=share.vocabulary_size)
    assert share.counts.tolist() == counted.tolist()
    monkeypatch.setattr("mlm_tf.preprocessing.subwords.LARGE_TEXT", 0)
    large = TextPipeline.fit(texts, level="subword", vocabulary_size=FIRST + 100)
    assert large.to_json() == whole.to_json()


# Runs that have no end to speak of: texts without spaces, lines drawn of signs, genomes.
RUNS = {
    "box drawing": "─" * 80 + "\n│ x │\n" + "━" * 300,
    "emoji": "😀" * 40,
    "joined emoji": "👩\u200d👩\u200d👧\u200d👦" * 40,
    "signs": "=" * 300,
    "thai": "สวัสดีครับ" * 200,
    "genome": "ACGT" * 100_000,
    "letters": "".join(random.Random(0).choices("abcdefghij", k=400_000)),
    "one letter": "a" * 400_000,
    "digits": "".join(random.Random(0).choices("0123456789", k=400_000)),
    "chinese": "".join(
        random.Random(0).choices("".join(map(chr, range(0x4E00, 0x4F00))), k=400_000)
    ),
    "marks": "e" + "\u0301" * 400_000,
    "spaces": " " * 100_000,  # the slowest: learning takes seconds from 400,000
    "scripts": "aбαあ漢" * 1000,
    "NUL": "\0" * 1000,
    "beyond the first plane": "😀\U00010330" * 1000,
    "this project": (pathlib.Path(__file__).parents[2] / "README.md").read_text("utf-8"),
}


@pytest.mark.parametrize("text", RUNS.values(), ids=RUNS)
def test_any_run_can_be_learned_from(text):
    for texts in ([text], [text] * 3):
        pipeline = TextPipeline.fit(texts, level="subword", normalization=None)
        assert back(pipeline, text) == text
        assert max(map(len, pipeline.vocabulary[FIRST:]), default=0) <= 16


def test_a_piece_has_at_most_16_characters():
    texts = ["=" * 300, "internationalisation " * 9, "ก" * 40, "𐌰" * 40]
    pieces = TextPipeline.fit(texts, level="subword").vocabulary[FIRST:]
    assert {"=" * 16, "ก" * 16, "𐌰" * 16} <= set(pieces)
    assert max(map(len, pieces)) == 16


SCRIPTS = "Latin Greek Cyrillic Arabic Hebrew Devanagari Bengali Thai Hangul Tibetan Gothic".split()
KANA_AND_HAN = r"\p{Han}\p{Hiragana}\p{Katakana}ー"


def test_a_piece_lies_within_one_script():
    words = ["abcé", "αβγ", "где", "سلام", "שלום", "नमस्ते", "বাংলা", "ไทย", "한국어", "བོད", "𐌰𐌱"]
    mixed = [first + second for first in words for second in words]
    mixed += ["漢字かなカナー" + word for word in words] + ["123۱۲۳१२३"]
    pipeline = TextPipeline.fit(mixed * 20, level="subword", normalization=None)
    pieces = pipeline.vocabulary[FIRST:]
    assert {*words, "漢字かなカナー", "123", "۱۲۳"} <= set(pieces)
    of_one = [f"[{KANA_AND_HAN}]+", *(rf"\p{{{script}}}+" for script in SCRIPTS), r"\p{Common}+"]
    one_script = re2_matches(pieces, "|".join(of_one))
    assert one_script.all(), np.array(pieces)[~one_script]


def re2_matches(texts, pattern):
    return tf.strings.regex_full_match(texts, pattern).numpy()


def test_a_mark_that_scripts_share_stays_with_its_letter():
    pipeline = TextPipeline.fit(
        ["a\u0301 б\u0301 ❤\ufe0f"] * 9, level="subword", normalization=None
    )
    assert {"a\u0301", " б\u0301", " ❤\ufe0f"} <= set(pipeline.vocabulary)


def test_where_scripts_meet_tokenizers_cuts_into_the_same_pieces():
    characters = "ab αβ где 漢字 かな سَلام नमस्ते 123 ۱۲ ,;— 😀 ไทย\n"
    rng = random.Random(0)
    texts = ["".join(rng.choices(characters, k=60)) for _ in range(300)]
    pipeline = TextPipeline.fit(texts, level="subword", normalization=None)
    assert pipeline.vocabulary_size > FIRST + 100
    ours = pipeline.encode(texts, add_start=False, add_end=False)
    theirs = subword_tokenizer(pipeline).encode_batch(texts)
    assert [row.tolist() for row in ours] == [encoding.ids for encoding in theirs]


@pytest.mark.parametrize("piece", ["x" * 257, "é" * 65])
def test_a_piece_that_the_matcher_cannot_hold_is_refused(piece):
    special = ["[PAD]", "[UNK]", "[START]", "[END]", "[SEP]", "[MASK]"]
    vocabulary = [*special, *BYTES, piece]
    with pytest.raises(InvalidArgumentError, match="longer than the 256 bytes"):
        TextPipeline(vocabulary, [0] * len(vocabulary), level="subword")
    vocabulary[-1] = piece[:-1]
    held = TextPipeline(vocabulary, [0] * len(vocabulary), level="subword")
    assert held.tokenize([piece[:-1]]) == [[piece[:-1]]]


HAN = "".join(map(chr, range(0x4E00, 0x4E00 + 200)))


@pytest.mark.parametrize(
    ("texts", "extra"),
    [(TEXTS * 3, 1), (TEXTS * 3, 20), ([HAN] * 6, 1), ([HAN] * 6, 250), ([HAN, *TEXTS] * 6, 60)],
)
def test_a_subword_vocabulary_is_as_large_as_asked_for(texts, extra):
    pipeline = TextPipeline.fit(texts, level="subword", vocabulary_size=FIRST + extra)
    assert pipeline.vocabulary_size == FIRST + extra


def test_counts_are_those_of_the_encoded_texts(lossless):
    ids = np.concatenate(lossless.encode(TEXTS * 3))
    counted = np.bincount(ids, minlength=lossless.vocabulary_size)
    assert lossless.counts.tolist() == counted.tolist()


def test_neither_the_order_of_the_texts_nor_a_second_run_changes_anything(lossless):
    for seed in range(3):
        shuffled = random.Random(seed).sample(TEXTS * 3, len(TEXTS) * 3)
        again = TextPipeline.fit(shuffled, level=lossless.level, normalization=None)
        assert again.to_json() == lossless.to_json()


def test_how_texts_are_grouped_into_batches_changes_nothing(lossless):
    rows = [row.tolist() for row in lossless.encode(HARD)]
    assert [lossless.encode([text])[0].tolist() for text in HARD] == rows
    dataset = tf.data.Dataset.from_tensor_slices(HARD).batch(5).map(lossless.encode_tensor)
    streamed = [row for batch in dataset for row in batch.to_list()]
    assert [[2, *row, 3] for row in streamed] == rows


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("the cat.")), max_size=5
    )
)
def test_tokenizers_cuts_the_same_text_into_the_same_pieces(texts):
    encodings = SAME_PIECES.encode_batch(texts)
    ours = UNNORMALISED.encode(texts, add_start=False, add_end=False)
    assert [row.tolist() for row in ours] == [encoding.ids for encoding in encodings]


UNNORMALISED = TextPipeline.fit(TEXTS * 3, level="subword", normalization=None)
SAME_PIECES = subword_tokenizer(UNNORMALISED)


def test_no_piece_is_part_of_a_character_but_a_byte(lossless):
    for token, piece in zip(
        lossless.vocabulary[FIRST:], lossless._level.token_bytes[FIRST:], strict=True
    ):
        assert piece.decode() == token


# === Special tokens in a text ===


@pytest.mark.parametrize("level", ["word", "character", "subword"])
def test_special_tokens_are_read_only_when_allowed(level):
    pipeline = TextPipeline.fit(TEXTS * 3, level=level)
    text = "the [MASK] cat[SEP][PAD] [mask]"
    [plain] = pipeline.encode([text], add_start=False, add_end=False)
    assert not {0, 4, 5} & set(plain.tolist())
    [special] = pipeline.encode([text], add_start=False, add_end=False, allow_special=True)
    parts = [p.tolist() for p in pipeline.encode(["the ", " cat", "", " [mask]"], False, False)]
    assert special.tolist() == [*parts[0], 5, *parts[1], 4, *parts[2], 0, *parts[3]]
    batch = pipeline([text], allow_special=True)
    assert batch["token_ids"].tolist() == [special.tolist()]
    assert batch["padding_mask"].all()


# === What is refused ===


@pytest.mark.parametrize("level", ["character", "subword"])
def test_a_vocabulary_has_room_for_the_bytes(level):
    with pytest.raises(
        InvalidArgumentError, match=f"vocabulary_size={FIRST} .*>= {FIRST + 1}.*256"
    ):
        TextPipeline.fit(TEXTS, level=level, vocabulary_size=FIRST)
    fitted = TextPipeline.fit(TEXTS * 9, level=level, vocabulary_size=FIRST + 1)
    assert fitted.vocabulary_size == FIRST + 1


@pytest.mark.parametrize("level", ["character", "subword"])
def test_smaller_pieces_have_no_stopwords(level):
    with pytest.raises(InvalidArgumentError, match="stopwords='en' needs level='word'"):
        TextPipeline.fit(TEXTS, level=level, stopwords="en")


@pytest.mark.parametrize("level", ["character", "subword"])
def test_nothing_is_learned_of_nothing(level):
    for texts in ([], [""]):
        with pytest.raises(EmptyCorpusError, match=f"{len(texts)} texts and not one {level}"):
            TextPipeline.fit(texts, level=level)


def test_a_vocabulary_without_the_bytes_is_no_subword_vocabulary():
    special = ["[PAD]", "[UNK]", "[START]", "[END]", "[SEP]", "[MASK]"]
    with pytest.raises(InvalidArgumentError, match="256 bytes"):
        TextPipeline([*special, "a"], [0] * 7, level="subword")


# === Files ===


def test_a_saved_pipeline_cuts_and_writes_the_same(lossless, tmp_path):
    import pickle

    lossless.save(tmp_path / "pipeline.json")
    for same in (
        TextPipeline.load(tmp_path / "pipeline.json"),
        pickle.loads(pickle.dumps(lossless)),
    ):
        assert same.to_json() == lossless.to_json()
        assert [r.tolist() for r in same.encode(HARD)] == [
            r.tolist() for r in lossless.encode(HARD)
        ]


def test_bytes_that_are_not_utf_8_are_read_as_replacement_characters(lossless):
    ids = lossless.encode_tensor(tf.constant([b"caf\xe9 x\xff"]))
    assert lossless.decode(ids) == ["caf\ufffd x\ufffd"]
    words = TextPipeline.fit(["caf\ufffd"])
    assert words.tokenize(["caf\ufffd"]) == [["caf", "\ufffd"]]
    assert words.encode_tensor(tf.constant([b"caf\xe9"])).to_list() == [[6, 7]]


@pytest.mark.parametrize("tensor", ["a text", [["a text"]], [1, 2]])
def test_a_tensor_that_is_no_row_of_strings_is_named(lossless, tensor):
    with pytest.raises(InvalidArgumentError, match=r"texts is a tensor .*batch\(n\)"):
        lossless.encode_tensor(tf.constant(tensor))


def test_a_data_set_without_batches_is_told_to_make_some(lossless):
    dataset = tf.data.Dataset.from_tensor_slices(["a", "b"])
    # TensorFlow reports it with an exception of its own.
    with pytest.raises(Exception, match=r"shape \(\).*dataset.batch\(n\) first"):
        dataset.map(lossless.encode_tensor)


def test_a_corpus_gives_the_same_vocabulary_in_any_order():
    sentences = mlm_tf.corpora.lee_news().background[0].sentences * 5
    for level in ("word", "character", "subword"):
        one = TextPipeline.fit(sentences, level=level)
        other = TextPipeline.fit(random.Random(0).sample(sentences, len(sentences)), level=level)
        assert one.to_json() == other.to_json()
