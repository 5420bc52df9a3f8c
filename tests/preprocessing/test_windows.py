"""Windows over the token stream: what is predicted, in which order, and with what weight."""

import weakref
from collections import Counter

import numpy as np
import pytest
import tensorflow as tf

from mlm_tf import TextPipeline
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError, InvalidFileError
from mlm_tf.preprocessing import windows as windows_module
from mlm_tf.preprocessing.token_file import TokenFile, TokenFileWriter
from mlm_tf.preprocessing.windows import own_errors, stream_windows, windows

TEXTS = ["a b c", "d", "e f g h"]
# [START] a b c [END] [START] d [END] [START] e f g h [END]: 14 tokens


@pytest.fixture(scope="module")
def pipeline():
    return TextPipeline.fit(TEXTS)


@pytest.fixture(scope="module")
def stream(pipeline):
    return np.concatenate(pipeline.encode(TEXTS))


def epoch(dataset):
    """All batches of one iteration in one: `(x, y, weight)`, each `(windows, length)`."""
    return [np.concatenate(part) for part in zip(*dataset.as_numpy_iterator(), strict=True)]


@pytest.mark.parametrize("batch_size", [1, 2, 5])
@pytest.mark.parametrize("length", [1, 2, 4, 5, 13])
def test_without_shuffle_every_token_but_the_first_is_a_target_once_and_in_order(
    pipeline, stream, length, batch_size
):
    x, y, _ = epoch(pipeline.windows(TEXTS, length, batch_size, shuffle=False))
    targets = y.reshape(-1)
    assert targets[: len(stream) - 1].tolist() == stream[1:].tolist()
    assert (targets[len(stream) - 1 :] == pipeline.pad_id).all()
    assert x.reshape(-1)[: len(stream)].tolist() == stream[: x.size].tolist()
    assert len(x) % batch_size == 0 and x.size - (len(stream) - 1) < length * batch_size


def test_a_window_of_a_known_text(pipeline):
    x, y, weight = epoch(pipeline.windows(TEXTS, length=7, batch_size=3, shuffle=False))
    words = np.array(pipeline.vocabulary)
    assert " ".join(words[x[0]]) == "[START] a b c [END] [START] d"
    assert " ".join(words[y[0]]) == "a b c [END] [START] d [END]"
    assert weight[0].tolist() == [1, 1, 1, 1, 0, 1, 1]
    assert " ".join(words[y[1]]) == "[START] e f g h [END] [PAD]"
    assert weight[1].tolist() == [0, 1, 1, 1, 1, 1, 0]
    assert (y[2] == pipeline.pad_id).all() and not weight[2].any()  # it fills the batch


@pytest.mark.parametrize("shuffle", [True, False])
def test_the_target_is_the_next_token_and_its_weight_0_at_start_and_padding(pipeline, shuffle):
    x, y, weight = epoch(pipeline.windows(TEXTS, 3, 2, shuffle=shuffle))
    np.testing.assert_array_equal(x[:, 1:], y[:, :-1])
    np.testing.assert_array_equal(weight == 0, np.isin(y, [pipeline.start_id, pipeline.pad_id]))
    assert set(np.unique(weight)) <= {0.0, 1.0}


def test_a_shuffled_epoch_holds_windows_of_the_stream_that_do_not_overlap(pipeline, stream):
    dataset = pipeline.windows(TEXTS, length=3, batch_size=2)
    for _ in range(20):
        x, y, _ = epoch(dataset)
        rows = np.concatenate([x, y[:, -1:]], axis=1).tolist()
        found = [stream[i : i + 4].tolist() for i in range(len(stream) - 3)]
        starts = sorted(found.index(row) for row in rows)  # no window occurs twice in this stream
        assert pipeline.pad_id not in x
        assert (np.diff(starts) % 3 == 0).all() and (np.diff(starts) > 0).all()


@pytest.fixture(scope="module")
def numbers():
    """A pipeline and a text whose tokens tell their place: id 6 + i at place i + 1."""
    words = [f"w{i:03}" for i in range(200)]
    return TextPipeline.fit([" ".join(words)]), [" ".join(words)]


def test_with_shuffle_every_epoch_has_another_order_and_another_offset(numbers):
    pipeline, texts = numbers
    dataset = pipeline.windows(texts, length=8, batch_size=4)
    epochs = [epoch(dataset)[0] for _ in range(12)]
    offsets = {int(x[:, 0].min() - 1) % 8 for x in epochs}
    orders = {tuple(np.argsort(x[:, 0])) for x in epochs}
    assert len(offsets) > 4
    assert len(orders) == 12
    assert all((np.diff(x[:, 0]) < 0).any() for x in epochs)


def test_no_token_is_left_out_for_ever(numbers):
    pipeline, texts = numbers
    dataset = pipeline.windows(texts, length=8, batch_size=4)
    seen = Counter(np.concatenate([epoch(dataset)[1].reshape(-1) for _ in range(40)]).tolist())
    assert set(seen) == {*range(6, pipeline.vocabulary_size), pipeline.end_id}


def test_seed_and_epoch_decide_everything(numbers):
    pipeline, texts = numbers

    def epochs(seed):
        dataset = pipeline.windows(texts, length=8, batch_size=4, seed=seed)
        return [epoch(dataset)[0].tolist() for _ in range(3)]

    assert epochs(seed=5) == epochs(seed=5)
    assert all(a != b for a, b in zip(epochs(seed=5), epochs(seed=6), strict=True))


def test_repeat_goes_on_to_the_next_epoch(numbers):
    pipeline, texts = numbers
    one, other = (pipeline.windows(texts, length=8, batch_size=4) for _ in range(2))
    expected = [x.tolist() for _ in range(3) for x, _, _ in one.as_numpy_iterator()]
    repeated = [x.tolist() for x, _, _ in other.repeat(3).as_numpy_iterator()]
    assert repeated == expected
    assert expected[: len(expected) // 3] != expected[len(expected) // 3 : -len(expected) // 3]


def test_without_shuffle_every_epoch_is_the_same(pipeline):
    dataset = pipeline.windows(TEXTS, 3, 2, shuffle=False)
    for a, b in zip(epoch(dataset), epoch(dataset), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("shuffle", [True, False])
def test_shapes_are_static_and_the_number_of_batches_is_known(pipeline, shuffle):
    dataset = pipeline.windows(TEXTS, 3, 2, shuffle=shuffle)
    ids, weights = tf.TensorSpec((2, 3), tf.int32), tf.TensorSpec((2, 3), tf.float32)
    assert dataset.element_spec == (ids, ids, weights)
    assert len(dataset) == len(list(dataset)) == (1 if shuffle else 3)


def test_a_model_trains_on_them(pipeline):
    import keras

    model = keras.Sequential([keras.layers.Embedding(20, 4), keras.layers.Dense(20)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    dataset = pipeline.windows(TEXTS, 3, 1)
    history = model.fit(dataset, epochs=2, shuffle=False, verbose=0)  # else Keras warns
    assert np.isfinite(history.history["loss"]).all()


def test_the_least_text_for_one_window(pipeline):
    text = ["a b c"]  # 5 tokens: one window of 4
    assert len(pipeline.windows(text, 4, 1, shuffle=False)) == 1
    with pytest.raises(EmptyCorpusError, match=r"5 tokens.*length=5 needs 6"):
        pipeline.windows(text, 5, 1, shuffle=False)


def test_with_shuffle_the_least_text_fits_at_every_offset(pipeline):
    text = ["a b c d e f"]  # 8 tokens: a window of 4 and its target at each of 4 offsets
    dataset = pipeline.windows(text, 4, 1)
    assert all(len(epoch(dataset)[0]) == 1 for _ in range(20))
    with pytest.raises(EmptyCorpusError, match=r"0 windows of length=4, .* batch_size=1"):
        pipeline.windows(["a b c d e"], 4, 1)


def test_with_shuffle_one_batch_must_be_full(pipeline):
    with pytest.raises(EmptyCorpusError, match=r"3 windows of length=3, .* batch_size=4"):
        pipeline.windows(TEXTS, 3, 4)
    assert len(pipeline.windows(TEXTS, 3, 4, shuffle=False)) == 2


def test_no_texts_have_no_window(pipeline):
    with pytest.raises(EmptyCorpusError, match=r"0 tokens.*length=1"):
        pipeline.windows([], 1, 1)


@pytest.mark.parametrize("argument", ["length", "batch_size"])
@pytest.mark.parametrize("value", [0, -1, 2.0, "2", None, True])
def test_lengths_are_whole_numbers_above_0(pipeline, argument, value):
    arguments = {"length": 2, "batch_size": 2, argument: value}
    with pytest.raises(InvalidArgumentError, match=f"{argument}={value!r}.*integer >= 1"):
        pipeline.windows(TEXTS, **arguments)


@pytest.mark.parametrize("seed", [-1, None, 0.5, "a"])
def test_the_seed_is_a_whole_number(pipeline, seed):
    with pytest.raises(InvalidArgumentError, match=f"seed={seed!r}.*integer >= 0"):
        pipeline.windows(TEXTS, 2, 2, seed=seed)


@pytest.mark.parametrize("shuffle", [True, False])
def test_nothing_is_tuned_behind_the_scenes(pipeline, shuffle):
    """An iterator that goes away would wait for the thread that tunes it, up to 20 s."""
    dataset = pipeline.windows(TEXTS, length=2, batch_size=1, shuffle=shuffle)
    assert dataset.options().autotune.enabled is False
    assert dataset.repeat().options().autotune.enabled is False


def test_what_is_padding_is_known_and_not_guessed_from_ids():
    """The id that fills rows is a word in some vocabularies."""
    stream = np.array([0, 6, 0, 0, 0], "int32")
    _, y, weight = epoch(windows(stream, 3, 2, shuffle=False, seed=0, start_id=None, pad_id=0))
    assert y.tolist() == [[6, 0, 0], [0, 0, 0]]
    assert weight.tolist() == [[1, 1, 1], [1, 0, 0]]


def test_no_objective_may_leave_out_the_weight():
    with pytest.raises(InvalidArgumentError, match=r"objective=.* gives .*three parts") as caught:
        windows(NUMBERS, 8, 4, True, 0, START, PAD, lambda ids, weight, key: (ids, weight))
    assert "\n" not in str(caught.value)


# === The same windows of a file, and of a stream that is never whole in memory ===

START, PAD = 2, 0
NUMBERS = np.arange(6, 206, dtype="int32")  # each token tells its place


def batches(dataset):
    return [[part.tolist() for part in batch] for batch in dataset.as_numpy_iterator()]


def in_rows(stream=NUMBERS, size=7):
    """A function that gives the stream in pieces, anew at every call."""
    return lambda: (stream[i : i + size] for i in range(0, len(stream), size))


@pytest.mark.parametrize("shuffle", [True, False])
def test_a_token_file_gives_the_windows_of_the_array(tmp_path, numbers, shuffle):
    with TokenFileWriter(tmp_path / "numbers.tokens", numbers[0]) as writer:
        writer.append(NUMBERS)
    arguments = (8, 4, shuffle, 0, START, PAD)
    from_file = windows(TokenFile(tmp_path / "numbers.tokens"), *arguments)
    from_array = windows(NUMBERS, *arguments)
    assert [batches(from_file) for _ in range(2)] == [batches(from_array) for _ in range(2)]


class Counting:
    """An array that counts how much of it is read."""

    def __init__(self, array):
        self.array, self.read = array, 0

    def __len__(self):
        return len(self.array)

    def __getitem__(self, places):
        self.read += np.size(places)
        return self.array[places]


@pytest.mark.parametrize("shuffle", [True, False])
def test_no_more_is_read_than_the_batches_at_hand(shuffle):
    stream = Counting(np.arange(10**6, dtype="int32"))
    next(iter(windows(stream, 10, 2, shuffle, 0, START, PAD)))
    assert 0 < stream.read < 500  # one batch, and some that are fetched ahead


@pytest.mark.parametrize("size", [1, 7, 64, 200])
@pytest.mark.parametrize(("length", "batch_size"), [(1, 1), (8, 4), (5, 40), (199, 1), (100, 2)])
def test_without_shuffle_a_stream_gives_the_windows_of_the_array(length, batch_size, size):
    arguments = (length, batch_size, False, 0, START, PAD)
    streamed = batches(stream_windows(in_rows(size=size), *arguments))
    assert streamed == batches(windows(NUMBERS, *arguments))


@pytest.mark.parametrize("pool", [1, 64, 10**6])  # in tokens: a batch, two batches, everything
def test_a_shuffled_stream_holds_its_windows_once_each(monkeypatch, pool):
    monkeypatch.setattr(windows_module, "SHUFFLED_TOKENS", pool)
    dataset = stream_windows(in_rows(), 8, 4, True, 0, START, PAD)
    for _ in range(10):
        x, y, _ = epoch(dataset)
        np.testing.assert_array_equal(y, x + 1)
        np.testing.assert_array_equal(np.diff(x), 1)
        starts = np.sort(x[:, 0])
        assert (np.diff(starts) % 8 == 0).all() and (np.diff(starts) > 0).all()
        assert len(x) == 24  # of the 24 that fit at every offset


def test_a_shuffled_stream_has_another_order_and_offset_in_every_epoch():
    dataset = stream_windows(in_rows(), 8, 4, True, 0, START, PAD)
    epochs = [epoch(dataset)[0][:, 0] for _ in range(12)]
    assert len({int(starts.min()) % 8 for starts in epochs}) > 4
    assert len({tuple(np.argsort(starts)) for starts in epochs}) == 12


def test_a_small_pool_mixes_what_is_near(monkeypatch):
    """A window comes at the earliest when it has been read: within the pool of its place."""
    monkeypatch.setattr(windows_module, "SHUFFLED_TOKENS", 64)
    x, _, _ = epoch(stream_windows(in_rows(), 8, 4, True, 0, START, PAD))
    places = (x[:, 0] - x[:, 0].min()) // 8
    assert (places <= np.arange(len(x)) // 4 * 4 + 8 + 3).all()
    assert (np.diff(places) < 0).any()


def test_seed_and_epoch_decide_the_order_of_a_stream():
    def epochs(seed):
        dataset = stream_windows(in_rows(), 8, 4, True, seed, START, PAD)
        return [batches(dataset) for _ in range(3)]

    assert epochs(seed=5) == epochs(seed=5)
    assert epochs(seed=5) != epochs(seed=6)


def test_how_long_a_stream_is_need_not_be_known():
    dataset = stream_windows(in_rows(), 8, 4, False, 0, START, PAD)
    ids, weights = tf.TensorSpec((4, 8), tf.int32), tf.TensorSpec((4, 8), tf.float32)
    assert dataset.element_spec == (ids, ids, weights)
    assert dataset.cardinality() == tf.data.UNKNOWN_CARDINALITY
    assert dataset.options().autotune.enabled is False


def test_a_stream_is_read_as_far_as_it_is_used():
    read = []

    def endless():
        while True:
            read.append(1)
            yield NUMBERS

    next(iter(stream_windows(endless, 8, 4, False, 0, START, PAD)))
    assert len(read) < 10


@pytest.mark.parametrize("shuffle", [True, False])
def test_of_a_stream_no_more_is_held_than_windows_are_drawn_from(monkeypatch, shuffle):
    """Else what is larger than memory would not fit into it."""
    monkeypatch.setattr(windows_module, "SHUFFLED_TOKENS", 2000)
    seen = Counter()

    def many():
        for _ in range(1000):
            row = np.full(100, 6, "int32")
            weakref.finalize(row, seen.update, gone=1)
            seen["given"] += 1
            seen["held"] = max(seen["held"], seen["given"] - seen["gone"])
            yield row

    dataset = iter(stream_windows(many, 10, 4, shuffle, 0, START, PAD))
    next(dataset)
    assert 0 < seen["given"] < 60  # 20 rows to draw from, and some batches fetched ahead
    assert sum(1 for _ in dataset) > 2000
    assert seen["held"] < 60


def breaking_off(error):
    """As `in_rows`, with an error after 60 tokens."""

    def rows():
        yield NUMBERS[:60]
        raise error

    return rows


@pytest.mark.parametrize(
    "error", [InvalidFileError("a.txt is not UTF-8;\nconvert it."), OSError("disk"), KeyError(3)]
)
@pytest.mark.parametrize("shuffle", [True, False])
def test_an_error_while_texts_are_read_can_be_had_as_it_is(error, shuffle):
    dataset = stream_windows(breaking_off(error), 8, 4, shuffle, 0, START, PAD)
    for _ in range(2):
        with pytest.raises(type(error)) as caught, own_errors(dataset):
            batches(dataset)
        assert caught.value is error
    with pytest.raises(tf.errors.OpError):
        batches(dataset)


def test_an_earlier_error_is_not_raised_for_another():
    dataset = stream_windows(breaking_off(OSError("disk")), 8, 4, False, 0, START, PAD)
    with pytest.raises(tf.errors.OpError):
        batches(dataset)
    with pytest.raises(ZeroDivisionError), own_errors(dataset, None):
        raise ZeroDivisionError("something else")


@pytest.mark.parametrize(
    ("tokens", "shuffle", "message"),
    [
        (0, False, "0 tokens.*length=8 needs 9"),
        (8, True, "8 tokens.*length=8 needs 9"),
        (39, True, "3 windows of length=8, .* batch_size=4"),
    ],
)
def test_a_stream_too_short_is_refused_before_training(tokens, shuffle, message):
    with pytest.raises(EmptyCorpusError, match=message):
        stream_windows(in_rows(NUMBERS[:tokens]), 8, 4, shuffle, 0, START, PAD)


def test_the_least_stream_fits_at_every_offset():
    dataset = stream_windows(in_rows(NUMBERS[:40]), 8, 4, True, 0, START, PAD)
    assert all(len(epoch(dataset)[0]) == 4 for _ in range(20))


def test_an_objective_sees_the_windows_and_a_key_that_tells_batches_apart():
    def show(ids, weight, key):
        return {"ids": ids, "key": key}, weight, weight

    dataset = windows(NUMBERS, 8, 4, True, 0, START, PAD, show)
    shown = (x for _ in range(2) for x, _, _ in dataset.as_numpy_iterator())
    seen = [(tuple(x["key"]), x["ids"].shape) for x in shown]
    assert len({key for key, _ in seen}) == len(seen) == 12
    assert {shape for _, shape in seen} == {(4, 9)}  # the last of 9 can only be predicted
    validation = windows(NUMBERS, 8, 4, False, 0, START, PAD, show)
    keys = [[x["key"].tolist() for x, _, _ in validation.as_numpy_iterator()] for _ in range(2)]
    assert keys[0] == keys[1]  # so that two evaluations can be compared


# === From any batch on ===


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("objective", ["causal_lm", "masked_lm"])
def test_from_any_batch_on_it_is_the_same_whatever_was_read_before(shuffle, objective):
    texts = ["a b c d e f g h i j k l m n o p q r s t"] * 3
    pipeline = TextPipeline.fit(texts, language="en")

    def data():
        return pipeline.windows(texts, 4, 2, shuffle=shuffle, seed=5, objective=objective)

    def flat(batches):
        return [[np.asarray(part) for part in tf.nest.flatten(batch)] for batch in batches]

    once = data()
    per_epoch = len(once)
    expected = flat(batch for _ in range(3) for batch in once)  # three epochs
    firsts = (0, 1, per_epoch - 1, per_epoch, 2 * per_epoch + 1)
    for first in firsts if objective == "causal_lm" else firsts[1::3]:  # two seconds each to make
        stream = once.from_batch(first)
        for _ in range(2):
            found = flat(stream.take(min(per_epoch, 3 * per_epoch - first)))
            for batch, other in zip(found, expected[first:], strict=False):
                for part, same in zip(batch, other, strict=True):
                    np.testing.assert_array_equal(part, same)
    assert int(once.from_batch(0).cardinality()) == -1  # without end
