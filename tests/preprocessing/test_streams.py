"""Lists, streams and token files give the same, and of a stream little is in memory at once."""

import itertools

import keras
import numpy as np
import pytest

from mlm_tf import TextPipeline, build_model
from mlm_tf.corpora import TextStream
from mlm_tf.errors import InvalidArgumentError, InvalidFileError
from mlm_tf.preprocessing.token_file import TokenFile, TokenFileWriter
from mlm_tf.preprocessing.windows import own_errors

TEXTS = [f"Line {i}: the cat's {i % 7} naïve kittens (猫) sat." for i in range(40)]
SETTINGS = {"length": 8, "batch_size": 3}
LEVELS = ["word", "character", "subword"]


@pytest.fixture
def stream(tmp_path):
    """`TEXTS` as a file, a line each."""
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS), encoding="utf-8")
    return TextStream(tmp_path / "texts.txt")


@pytest.fixture(scope="module", params=LEVELS)
def pipeline(request):
    return TextPipeline.fit(TEXTS, level=request.param)


@pytest.fixture(scope="module")
def words():
    return TextPipeline.fit(TEXTS)


@pytest.fixture
def token_file(tmp_path, words):
    with TokenFileWriter(tmp_path / "texts.tokens", words) as writer:
        for row in words.iterate_encoded(TEXTS):
            writer.append(row)
    return TokenFile(tmp_path / "texts.tokens")


def parts(dataset):
    """Everything of one iteration, in lists."""
    import tensorflow as tf

    return [[p.tolist() for p in tf.nest.flatten(batch)] for batch in dataset.as_numpy_iterator()]


# === The same as of a list ===


@pytest.mark.parametrize("level", LEVELS)
def test_a_stream_teaches_what_a_list_does(stream, level):
    learned = TextPipeline.fit(stream, level=level)
    assert learned.to_json() == TextPipeline.fit(TEXTS, level=level).to_json()


def test_a_stream_is_encoded_as_a_list_is(pipeline, stream):
    for found, expected in zip(
        pipeline.iterate_encoded(stream), pipeline.encode(TEXTS), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("objective", ["causal_lm", "masked_lm"])
def test_windows_of_a_stream_are_those_of_a_list(pipeline, stream, objective):
    settings = {**SETTINGS, "shuffle": False, "objective": objective}
    assert parts(pipeline.windows(stream, **settings)) == parts(pipeline.windows(TEXTS, **settings))


def test_tfidf_of_a_stream_is_that_of_a_list(pipeline, stream):
    model = pipeline.tfidf(stream)
    assert model.idfs == pipeline.tfidf(TEXTS).idfs
    assert model.num_docs == len(TEXTS)


@pytest.mark.parametrize("objective", ["causal_lm", "masked_lm"])
@pytest.mark.parametrize("shuffle", [True, False])
def test_windows_of_a_token_file_are_those_of_a_list(words, token_file, shuffle, objective):
    settings = {**SETTINGS, "shuffle": shuffle, "objective": objective}
    from_file, from_list = words.windows(token_file, **settings), words.windows(TEXTS, **settings)
    assert [parts(from_file) for _ in range(2)] == [parts(from_list) for _ in range(2)]


def test_a_token_file_of_another_pipeline_is_refused(token_file):
    other = TextPipeline.fit(TEXTS[:5])
    with pytest.raises(InvalidArgumentError, match=r"texts.tokens was written with another pipe"):
        other.windows(token_file, **SETTINGS)


# === No more is held than a few megabytes ===


@pytest.mark.parametrize("level", LEVELS)
def test_of_many_texts_a_few_megabytes_are_read_at_a_time(level):
    """Else texts larger than memory would be read into it whole."""
    pipeline = TextPipeline.fit(TEXTS, level=level)
    read = []

    def many():
        for i in range(2000):  # 24 MB
            read.append(i)
            yield "the cat sat " * 1000

    rows = pipeline.iterate_encoded(many())
    assert read == []
    for taken, _ in enumerate(itertools.islice(rows, 500), start=1):
        assert 12_000 * (len(read) - taken) < 5_000_000


def test_a_stream_is_read_no_further_than_its_windows_are_used(words, stream, monkeypatch):
    monkeypatch.setattr("mlm_tf.preprocessing.windows.SHUFFLED_TOKENS", 1000)
    read = []

    def many(self):
        for i in range(400):  # 48 MB
            read.append(i)
            yield "the cat sat " * 10_000

    monkeypatch.setattr(TextStream, "__iter__", many)
    dataset = words.windows(stream, length=100, batch_size=10)
    next(iter(dataset))
    assert 120_000 * len(read) < 20_000_000  # once to see that there is enough, once to train


# === Objectives ===


@pytest.mark.parametrize("kind", ["windows", "rows"])
def test_the_masked_objective_hides_words_and_asks_for_them(words, kind):
    dataset = getattr(words, kind)(TEXTS, **SETTINGS, objective="masked_lm")
    for x, y, weight in dataset.as_numpy_iterator():
        assert x["token_ids"].shape == y.shape == weight.shape == (3, 8)
        changed = x["token_ids"] != y
        assert weight.any() and (weight[changed] == 1).all()
        np.testing.assert_array_equal(x["padding_mask"], y != words.pad_id)
    hidden = [x["token_ids"] == words.mask_id for x, _, _ in dataset.as_numpy_iterator()]
    assert np.any(hidden)


@pytest.mark.parametrize("kind", ["windows", "rows"])
def test_another_objective_is_refused(words, kind):
    with pytest.raises(InvalidArgumentError, match=r"objective='mlm'.*'causal_lm' or 'masked_lm'"):
        getattr(words, kind)(TEXTS, **SETTINGS, objective="mlm")


@pytest.mark.parametrize("source", ["rows", "token file"])
def test_a_model_learns_from_rows_and_from_a_token_file(words, token_file, source):
    settings = {"length": 14, "batch_size": 8}
    if source == "rows":
        dataset = words.rows(TEXTS, **settings)
    else:
        dataset = words.windows(token_file, **settings)
    model = build_model("lstm", pipeline=words, hidden_dim=16, seed=0)
    model.compile(keras.optimizers.Adam(0.02))
    losses = model.fit(dataset, epochs=8, verbose=0).history["loss"]
    assert np.isfinite(losses).all() and losses[-1] < losses[0] - 0.1


# === Texts that are no text ===


@pytest.mark.parametrize("level", LEVELS)
def test_a_file_that_is_not_utf_8_is_said_in_one_sentence(tmp_path, level):
    (tmp_path / "a.txt").write_bytes("A cat.\nA café.\n".encode("cp1252"))
    with pytest.raises(InvalidFileError, match=r"a.txt' is not UTF-8 \(byte 12 is 0xe9\)") as error:
        TextPipeline.fit(TextStream(tmp_path / "a.txt"), level=level)
    assert "\n" not in str(error.value)


def test_a_wrong_byte_far_into_a_file_comes_out_of_its_windows_as_the_error_it_is(tmp_path, words):
    line = "the cat sat " * 1000
    (tmp_path / "a.txt").write_bytes(f"{line}\n".encode() * 300 + b"\xe9\n")
    dataset = words.windows(TextStream(tmp_path / "a.txt"), length=64, batch_size=64, shuffle=False)
    batches = 0
    with pytest.raises(InvalidFileError, match="is 0xe9"), own_errors(dataset):
        for _ in dataset:
            batches += 1
    assert batches > 10


@pytest.mark.parametrize("kind", ["windows", "rows", "tfidf"])
@pytest.mark.parametrize("level", LEVELS)
def test_half_a_surrogate_pair_is_refused_everywhere(level, kind):
    pipeline = TextPipeline.fit(TEXTS, level=level)
    settings = {} if kind == "tfidf" else SETTINGS
    with pytest.raises(InvalidArgumentError, match=r"texts\[1\] holds '\\ud83d' at 4") as error:
        getattr(pipeline, kind)(["a cat", "sat \ud83d"], **settings)
    assert "\n" not in str(error.value)


# === A text of stopwords alone: nothing but its start and end ===


@pytest.fixture(scope="module")
def without_stopwords():
    return TextPipeline.fit(TEXTS, stopwords="en")


NOTHING = ["the and of", "cat sat", "The", ""]


def test_a_text_of_stopwords_has_a_start_and_an_end(without_stopwords):
    rows = [row.tolist() for row in without_stopwords.encode(NOTHING)]
    start, end = without_stopwords.start_id, without_stopwords.end_id
    assert rows[0] == rows[2] == rows[3] == [start, end] and len(rows[1]) == 4


def test_a_text_of_stopwords_is_a_row_of_padding(without_stopwords):
    batch = without_stopwords(NOTHING)
    assert batch["padding_mask"].sum(axis=1).tolist() == [0, 2, 0, 0]
    alone = without_stopwords(NOTHING[:1])
    assert alone["token_ids"].shape == alone["padding_mask"].shape == (1, 0)


@pytest.mark.parametrize(
    ("objective", "targets"), [("causal_lm", [1, 3, 1, 1]), ("masked_lm", None)]
)
def test_a_text_of_stopwords_goes_into_rows(without_stopwords, objective, targets):
    settings = {"length": 6, "batch_size": 4, "shuffle": False, "objective": objective}
    [(_, _, weight)] = without_stopwords.rows(NOTHING, **settings)
    assert weight.numpy().sum(axis=1).tolist() == (targets or [0, 1, 0, 0])


def test_a_text_of_stopwords_goes_into_windows(without_stopwords):
    pipeline = without_stopwords
    [(x, y, _)] = pipeline.windows(NOTHING, length=9, batch_size=1, shuffle=False)
    stream = np.concatenate(pipeline.encode(NOTHING))
    assert len(stream) == 10
    np.testing.assert_array_equal(x[0], stream[:-1])
    np.testing.assert_array_equal(y[0], stream[1:])
