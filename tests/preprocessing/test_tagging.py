"""Words that are split already: the span of each, and rows of them with a label a word."""

import numpy as np
import pytest

from mlm_tf import TextPipeline
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError

WORDS = [["the", "play", "ended"], ["we", "play", "the", "lute"], ["play", "chess"], ["play"]]
LABELS = [["DET", "NOUN", "VERB"], ["PRON", "VERB", "DET", "NOUN"], ["VERB", "NOUN"], ["NOUN"]]
NAMES = ["DET", "NOUN", "PRON", "VERB"]
TEXTS = [" ".join(row) for row in WORDS]


@pytest.fixture(scope="module", params=["word", "character", "subword", "byte_pair"])
def pipeline(request, byte_pairs):
    if request.param == "byte_pair":
        return byte_pairs
    settings = {"vocabulary_size": 270} if request.param == "subword" else {}
    return TextPipeline.fit([*TEXTS, "chess ended"] * 9, level=request.param, **settings)


@pytest.fixture(scope="module")
def words():
    return TextPipeline.fit(TEXTS)


# === Words and their spans ===


def test_every_word_has_the_span_of_its_ids(pipeline):
    rows = [["the", "play", "ended"], ["chess"], []]
    for row, encoded in zip(rows, pipeline.encode_words(rows), strict=True):
        ids, spans = encoded
        assert (ids.dtype, spans.dtype, spans.shape) == ("int32", "int32", (len(row), 2))
        assert (ids[0], ids[-1]) == (pipeline.start_id, pipeline.end_id)
        assert [pipeline.decode(ids[a:b]).strip() for a, b in spans] == row
        assert pipeline.decode(ids) == " ".join(row)


def test_a_space_before_a_word_belongs_to_its_piece_or_to_no_word(byte_pairs):
    _, spans = byte_pairs.encode_words([["at", "the", "lute"]])[0]
    assert spans.tolist() == [[1, 3], [3, 4], [5, 9]]  # a t | Ġthe | Ġ l u t e
    characters = TextPipeline.fit(TEXTS, level="character")
    _, spans = characters.encode_words([["at", "the"]])[0]
    assert spans.tolist() == [[1, 3], [4, 7]]


def test_words_of_a_vocabulary_of_words_may_be_several_tokens(words):
    [(ids, spans)] = words.encode_words([["well-ended", "play"]])
    assert [words.vocabulary[i] for i in ids] == [
        "[START]",
        "[UNK]",
        "[UNK]",
        "ended",
        "play",
        "[END]",
    ]
    assert spans.tolist() == [[1, 4], [4, 5]]


@pytest.mark.parametrize("level", ["character", "word"])
def test_chinese_words_have_no_space_between_them(level):
    pytest.importorskip("jieba")
    rows = [["我", "喜欢", "北京"], ["春", "眠", "OK", "fine"]]
    pipeline = TextPipeline.fit(["我喜欢北京", "春 眠 OK fine"], language="zh", level=level)
    encoded = pipeline.encode_words(rows)
    assert pipeline.decode(encoded[0].token_ids) == "我喜欢北京"
    assert [pipeline.decode(encoded[1].token_ids[a:b]).lower() for a, b in encoded[1].spans] == [
        "春",
        "眠",
        "ok",
        "fine",
    ]
    if level == "character":
        assert encoded[0].spans.tolist() == [[1, 2], [2, 4], [4, 6]]
        assert pipeline.decode(encoded[1].token_ids) == "春眠OK fine"


def test_a_word_of_which_nothing_is_kept_has_an_empty_span():
    pipeline = TextPipeline.fit(TEXTS, stopwords="en")
    [(ids, spans)] = pipeline.encode_words([["the", "play", "the"]])
    assert (len(ids), spans.tolist()) == (3, [[1, 1], [1, 2], [2, 2]])
    data = pipeline.tagged_rows(WORDS, LABELS, 6, 4, shuffle=False, label_names=NAMES)
    assert next(iter(data))[2].numpy().sum(axis=1).tolist() == [2, 2, 2, 1]


# === Data sets ===


def test_a_label_counts_at_the_first_piece_of_its_word_alone(byte_pairs):
    data = byte_pairs.tagged_rows(
        WORDS, LABELS, length=20, batch_size=3, shuffle=False, label_names=NAMES
    )
    batches = list(data.as_numpy_iterator())
    assert len(batches) == len(data) == 2
    x, y, weight = batches[0]
    assert [a.dtype for a in (x["token_ids"], x["padding_mask"], y, weight)] == [
        np.dtype(name) for name in ("int32", "bool", "int32", "float32")
    ]
    [(ids, spans)] = byte_pairs.encode_words(WORDS[:1])
    assert x["token_ids"][0, : len(ids)].tolist() == ids.tolist()
    assert x["padding_mask"][0].sum() == len(ids)
    assert np.flatnonzero(weight[0]).tolist() == spans[:, 0].tolist()
    assert [NAMES[i] for i in y[0, spans[:, 0]]] == LABELS[0]
    filled = batches[1][2][1:]  # rows of padding alone fill the last batch
    assert not filled.any() and not batches[1][0]["padding_mask"][1:].any()


def test_what_is_past_the_length_is_left_out(words):
    settings = {"batch_size": 4, "shuffle": False, "label_names": NAMES}
    x, y, weight = next(iter(words.tagged_rows(WORDS, LABELS, length=3, **settings)))
    assert x["token_ids"].shape == y.shape == (4, 3)
    assert weight.numpy().sum(axis=1).tolist() == [2, 2, 2, 1]


def test_an_epoch_has_an_order_of_its_own(words):
    def epochs(seed):
        data = words.tagged_rows(WORDS * 4, [[0] * len(r) for r in WORDS] * 4, 6, 4, seed=seed)
        return [[x["token_ids"].tolist() for x, _, _ in data.as_numpy_iterator()] for _ in "ab"]

    first, second = epochs(0)
    assert first != second and [first, second] == epochs(0) != epochs(1)


def test_a_data_set_names_what_is_wrong(words):
    for arguments, message in (
        ((WORDS, LABELS, 6, 2), "labels holds 'DET', which is no integer from 0"),
        ((WORDS, LABELS[1:], 6, 2), "labels has 3 rows"),
        (("the play", LABELS, 6, 2), "words='the play' is not allowed"),
        ((WORDS, LABELS, 0, 2), "length=0"),
    ):
        with pytest.raises(InvalidArgumentError, match=message):
            words.tagged_rows(*arguments)
    with pytest.raises(EmptyCorpusError, match="4 rows of words, and one batch needs 5"):
        words.tagged_rows(WORDS, LABELS, 6, 5, label_names=NAMES)
