"""`model.read`: what a model has read is kept, gone on from, and read on; by the law of blocks."""

import itertools

import keras
import numpy as np
import pytest

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import Beam, decoder
from mlm_tf.generation.compile import compiled
from mlm_tf.layers import Residual, SelfAttention, Transformer

WINDOW = 100  # with these sizes a state has room for 16 tokens, 40 or 112
TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog", "the log"]
GREEDY = {"sampler": "greedy", "stop_token_ids": None}
ARCHITECTURES = {
    "rnn": lambda: "rnn",
    "lstm": lambda: "lstm",
    "attention": lambda: "attention",
    "transformer": lambda: "transformer",
    "gpt2": lambda: "gpt2",
    "mixed": lambda: ["gru", "attention", "lstm"],
    "sliding windows": lambda: [
        Transformer(8, 2, sliding_window=24),
        Residual(SelfAttention(8, 2, sliding_window=5)),
    ],
}


@pytest.fixture(autouse=True)
def small_sizes(monkeypatch):
    """So that a few tokens are several pieces, and a state grows twice."""
    monkeypatch.setattr(decoder, "FIRST_ROOM", 16)
    monkeypatch.setattr(decoder, "PIECE", 8)


def made(architecture, **settings):
    sizes = {"vocabulary_size": 30, "hidden_dim": 8, "num_heads": 2, "num_layers": 1, "seed": 0}
    return build_model(architecture, **sizes | {"max_sequence_length": WINDOW} | settings)


@pytest.fixture(scope="module")
def model():
    return made(["lstm", "attention"])


@pytest.fixture(scope="module")
def writer():
    """One that has a pipeline."""
    return build_model(
        ["lstm", "attention"], pipeline=TextPipeline.fit(TEXTS), hidden_dim=8, seed=0
    )


def ids(count: int, seed: int = 0) -> list[int]:
    return np.random.default_rng(seed).integers(0, 30, count).tolist()


def with_log_probs(model, prompt, max_length: int):
    return model.generate(prompt, max_length=max_length, return_log_probs=True, **GREEDY)


# === The law ===


AT_ONCE = {"gpt2", "mixed", "sliding windows"}  # the others are parts of these


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in AT_ONCE else pytest.mark.slow)
        for name in ARCHITECTURES
    ],
)
def test_what_is_read_in_parts_is_gone_on_with_as_the_whole(name):
    model = made(ARCHITECTURES[name]())
    begin, end = ids(11), ids(20, seed=1)
    read = model.read(begin).more(end)  # from a room of 16 into one of 40
    assert read.length == 31 and read.token_ids.tolist() == begin + end
    expected, log_probs = with_log_probs(model, begin + end, 60)
    found, found_log_probs = with_log_probs(model, read, 60)  # in one of 112
    assert found.tolist() == expected.tolist() and len(found) == 60
    np.testing.assert_allclose(found_log_probs, log_probs, atol=1e-5)


def test_token_by_token_is_as_well_as_all_at_once(model):
    prompt = ids(18)
    read = model.read(prompt[:1])
    for token in prompt[1:]:
        read = read.more([token])
    expected, log_probs = with_log_probs(model, prompt, 30)
    found, found_log_probs = with_log_probs(model, read, 30)
    assert found.tolist() == expected.tolist()
    np.testing.assert_allclose(found_log_probs, log_probs, atol=1e-5)


def test_a_read_is_gone_on_with_as_often_as_one_likes(model):
    """Nothing that is made of it changes it; on JAX a loop overwrites the state that it gets."""
    read = model.read(ids(12))
    first = model.generate(read, max_length=30, **GREEDY)
    drawn = {"max_length": 30, "temperature": 3.0, "stop_token_ids": None}
    texts = [model.generate(read, sampler="random", seed=s, **drawn).tolist() for s in (1, 2, 1)]
    assert texts[0] == texts[2] != texts[1]
    plain = {"max_length": 25, "seed": 3, "stop_token_ids": None}
    for settings in (
        {"sampler": "top_p", "num_return_sequences": 3},
        {"sampler": Beam(2), "repetition_penalty": 1.5, "no_repeat_ngram_size": 2},
    ):
        found = model.generate(read, **plain, **settings)
        expected = model.generate(ids(12), **plain, **settings)
        np.testing.assert_array_equal(found, expected)
    one, other = read.more([1]), read.more([2, 3])
    assert (one.length, other.length, read.length) == (13, 14, 12)
    assert model.generate(read, max_length=30, **GREEDY).tolist() == first.tolist()


def test_half_precision_is_kept_as_it_is():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = made("transformer")
    finally:
        keras.config.set_dtype_policy("float32")
    read, settings = model.read(ids(9)), {"max_length": 20, **GREEDY}
    found = model.generate(read.more(ids(12, 1)), **settings | {"max_length": 24})
    assert len(found) == 24
    assert model.generate(read, **settings).tolist() == model.generate(read, **settings).tolist()


# === What was written is read on ===


@pytest.mark.parametrize("sampler", ["greedy", "random", Beam(2)], ids=["greedy", "random", "beam"])
def test_what_was_written_need_not_be_read(model, sampler):
    settings = {"sampler": sampler, "seed": 4, "stop_token_ids": list(range(5))}
    text, log_probs, read = model.generate(
        ids(10), max_length=28, return_read=True, return_log_probs=True, **settings
    )
    assert read.token_ids.tolist() == text.tolist() and len(log_probs) == len(text) - 10
    again = model.read(text).more(ids(5, 1))
    expected, log_probs = with_log_probs(model, again, 50)
    found, found_log_probs = with_log_probs(model, read.more(ids(5, 1)), 50)
    assert found.tolist() == expected.tolist()
    np.testing.assert_allclose(found_log_probs, log_probs, atol=1e-5)


def test_only_what_is_new_is_read(model, monkeypatch):
    pieces, original = [], decoder.padded_rows
    monkeypatch.setattr(
        decoder, "padded_rows", lambda rows, n: pieces.append(len(rows[0])) or original(rows, n)
    )
    read = model.read(ids(20))
    assert pieces == [8, 8, 4]
    _, read = model.generate(read, max_length=30, return_read=True, **GREEDY)
    read.more(ids(3))
    assert pieces == [8, 8, 4, 3]


def test_a_row_to_which_nothing_can_be_added_is_read_on(model):
    settings = {"no_repeat_ngram_size": 1, "suppress_token_ids": list(range(4, 30))}
    text, read = model.generate([1], max_length=20, return_read=True, **GREEDY, **settings)
    assert sorted(text.tolist()) == [0, 1, 2, 3] and read.length == 4
    expected = with_log_probs(model, text, 12)
    for one, other in zip(with_log_probs(model, read, 12), expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_full_text_is_returned_as_it_was_read(model):
    read = model.read(ids(8))
    text, again = model.generate(read, max_length=8, return_read=True)
    assert text.tolist() == ids(8) and again is read


def test_a_stream_can_be_read_on_at_any_time(model):
    settings = {"max_length": 40, "return_read": True, **GREEDY}
    whole, _ = model.generate(ids(6), **settings)
    stream = model.generate(ids(6), stream=True, strip_prompt=True, **settings)
    begin = list(itertools.islice(stream, 9))
    amid = stream.read
    assert amid.token_ids.tolist() == whole[:15].tolist() == ids(6) + begin
    end = list(stream)
    assert stream.read.token_ids.tolist() == whole.tolist() == ids(6) + begin + end
    for read in (amid, stream.read, amid.more(end)):
        found = model.generate(read, max_length=50, **GREEDY)
        assert found.tolist() == model.generate(ids(6), max_length=50, **GREEDY).tolist()


def test_a_stream_that_was_interrupted_is_read_on(model, monkeypatch):
    settings = {"max_length": 60, "return_read": True, **GREEDY}
    whole, _ = model.generate(ids(6), **settings)
    read, original = model.read(ids(6)), decoder.Decoder._compiled

    def interrupted(self, loop):
        prefill, decode = original(self, loop)
        calls = itertools.count()

        def decode_or_not(carry, *arguments):
            carry = decode(carry, *arguments)
            if next(calls) == 1:
                raise KeyboardInterrupt
            return carry

        return prefill, decode_or_not

    monkeypatch.setattr(decoder.Decoder, "_compiled", interrupted)
    stream, begin = model.generate(read, stream=True, strip_prompt=True, **settings), []
    with pytest.raises(KeyboardInterrupt):
        begin.extend(stream)
    monkeypatch.undo()
    assert 0 < len(begin) < 54
    rest = model.generate(stream.read, max_length=60, **GREEDY)
    assert rest.tolist() == whole.tolist()


# === What was read is forgotten ===


@pytest.mark.parametrize(
    ("name", "lengths"),
    [
        ("gpt2", (17, 1)),
        ("sliding windows", (17,)),
        pytest.param("mixed", (17,), marks=pytest.mark.slow),
    ],
)
def test_what_is_cut_back_is_as_if_it_had_never_been_read(name, lengths, monkeypatch):
    model = made(ARCHITECTURES[name]())
    read = model.read(ids(30))
    pieces, original = [], decoder.padded_rows
    monkeypatch.setattr(
        decoder, "padded_rows", lambda rows, n: pieces.append(len(rows[0])) or original(rows, n)
    )
    for length in lengths:
        del pieces[:]
        cut = read.until(length)
        assert sum(pieces) == (1 if name == "gpt2" else length)  # or all of it is read again
        expected, log_probs = with_log_probs(model, ids(length) + ids(5, 1), 45)
        found, found_log_probs = with_log_probs(model, cut.more(ids(5, 1)), 45)
        assert found.tolist() == expected.tolist()
        np.testing.assert_allclose(found_log_probs, log_probs, atol=1e-5)
    assert read.until(30) is read and read.length == 30


# === Texts ===


def test_text_in_text_out(writer):
    read = writer.read("the cat")
    settings = {"max_length": 20, "sampler": "greedy"}
    expected = writer.generate("the cat sat on", **settings)
    assert writer.generate(read.more("sat on"), **settings) == expected
    assert "".join(writer.generate(read.more("sat on"), stream=True, **settings)) == expected
    rest = writer.generate(read.more("sat on"), strip_prompt=True, **settings)
    assert "the cat sat on" + rest == expected
    start = writer.pipeline.start_id
    assert read.token_ids[0] == start and start not in read.more("sat on").token_ids[1:]


@pytest.mark.parametrize("stream", [False, True])
def test_a_stop_string_and_what_comes_after_it_are_not_read(writer, stream):
    settings = {"max_length": 40, "sampler": "random", "seed": 2, "stop_token_ids": None}
    settings |= {"suppress_token_ids": [writer.pipeline.end_id], "temperature": 2.0}
    settings |= {"return_read": True, "stream": stream}
    found = writer.generate("the", stop_strings=["o"], **settings)
    text, read = ("".join(found), found.read) if stream else found
    assert read.length < 40 and "o" not in text
    written = writer.pipeline.decode(read.token_ids)
    assert written.startswith(text) and "o" in written and "o" not in written[:-3]


def test_the_end_token_is_read_too(writer):
    bias = np.zeros(writer.vocabulary_size)
    bias[writer.pipeline.end_id] = 30.0
    before = keras.ops.convert_to_numpy(writer.output_bias.bias)
    writer.output_bias.bias.assign(bias)
    try:
        text, read = writer.generate("the cat", max_length=9, return_read=True, sampler="greedy")
        assert text == "the cat" and read.token_ids[-1] == writer.pipeline.end_id
    finally:
        writer.output_bias.bias.assign(before)


# === Few compilations ===


def test_a_conversation_compiles_three_sizes_at_most(monkeypatch):
    """Up to the window, whatever the lengths of its turns: each size reads and writes once."""
    traced = []

    def counted(function, *arguments, **settings):
        def trace(*values):
            traced.append(function.__name__)
            return function(*values)

        return compiled(trace, *arguments, **settings)

    monkeypatch.setattr(decoder, "compiled", counted)
    model, rng = made("attention"), np.random.default_rng(0)
    talk, lengths = model.read([1, 2, 3]), []
    while talk.length < WINDOW - 12:
        talk = talk.more(rng.integers(0, 30, rng.integers(1, 6)))
        until = talk.length + int(rng.integers(1, 7))
        settings = {"max_length": until, "seed": 0, "stop_token_ids": None}
        _, talk = model.generate(talk, temperature=rng.random() + 1, return_read=True, **settings)
        list(model.generate(talk, stream=True, **settings | {"max_length": until + 1}))
        lengths.append(talk.length)
    assert len(set(lengths)) > 8
    assert traced.count("read_piece") == 3 and traced.count("decode") == 3
    assert len(traced) == 6


# === What is refused ===


def test_more_than_the_model_reads_is_refused(model):
    read = model.read(ids(WINDOW))
    assert model.generate(read).tolist() == ids(WINDOW)
    with pytest.raises(InvalidArgumentError, match=r"has 101 tokens with the 100 that were read"):
        read.more([1])
    with pytest.raises(InvalidArgumentError, match=r"has 101 tokens, but .*length=100; read a sh"):
        model.read(ids(101))
    with pytest.raises(InvalidArgumentError, match=r"max_length=101 is beyond"):
        model.generate(model.read([1]), max_length=101)
    with pytest.raises(InvalidArgumentError, match=r"has 100 tokens .*max_length=99"):
        model.generate(read, max_length=99)


def test_without_a_window_there_is_always_more_room():
    model = made("lstm", max_sequence_length=None)
    read = model.read(ids(70))
    found = model.generate(read.more(ids(20, 1)), max_length=300, **GREEDY)
    expected = model.generate(ids(70) + ids(20, 1), max_length=300, **GREEDY)
    assert found.tolist() == expected.tolist()
    with pytest.raises(InvalidArgumentError, match="max_length=None"):
        model.generate(read)


@pytest.mark.parametrize("task", ["fit", "set_weights", "assign"])
def test_other_weights_know_nothing_of_it(task):
    model = made("gru")
    read = model.read([1, 2, 3])
    model.generate(read, max_length=6)
    if task == "fit":
        model.compile("sgd")
        model.fit(np.ones((2, 4), "int32"), np.ones((2, 4), "int32"), verbose=0)
    elif task == "set_weights":
        model.set_weights(made("gru", seed=1).get_weights())
    else:
        kernel = model.weights[-1]
        kernel.assign(kernel + 1.0)
    for use in (lambda: model.generate(read, max_length=6), lambda: read.more([1])):
        with pytest.raises(InvalidArgumentError, match="weights have changed since") as error:
            use()
        assert "\n" not in str(error.value)
    assert model.read(read.token_ids).more([1]).length == 4


def test_asking_a_model_changes_no_weights(model):
    read = model.read([1, 2])
    model.predict(np.ones((2, 4), "int32"), verbose=0)
    model(np.ones((1, 3), "int32"), training=True)
    assert len(model.generate(read, max_length=6, **GREEDY)) == 6


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda m: m.read([[1, 2], [3]]), r"text is a list of texts \(2\)"),
        (lambda m: m.read([]), "text holds a row without any token id; give at least the start"),
        (lambda m: m.read([1]).more([]), "text holds a row without any token id; give at least o"),
        (lambda m: m.read([99]), "text holds 99"),
        (lambda m: m.read([1]).more([-1]), "text holds -1"),
        (lambda m: m.read([1]).more([[1], [2]]), r"text is a list of texts \(2\)"),
        (lambda m: m.read("the"), "text is text, but this model has no pipeline"),
        (lambda m: m.read(None), "text must be a string"),
        (lambda m: made("gru").generate(m.read([1]), max_length=4), "Read of another model"),
        (lambda m: m.generate([m.read([1])] * 2, max_length=4), "goes on from one Read at a time"),
        (lambda m: m.generate([[1], [2]], max_length=4, return_read=True), "there are 2 prompts"),
        (
            lambda m: m.generate([1], max_length=4, return_read=True, num_return_sequences=2),
            "num_return_sequences=2; pass one prompt",
        ),
        (lambda m: m.generate([1], max_length=4, return_read="yes"), "return_read='yes'"),
        (lambda m: m.read([1, 2]).until(3), "length=3, and 2 tokens were read"),
        (lambda m: m.read([1, 2]).until(0), "length=0 is not allowed"),
        (lambda m: m.generate([1], max_length=4, stream=True).read, "pass return_read=True"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_sentence(model, use, message):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        use(model)
    assert "\n" not in str(error.value)


def test_a_model_with_a_source_keeps_none():
    model = build_model("gru", "seq2seq_lm", vocabulary_size=9, hidden_dim=8)
    with pytest.raises(InvalidArgumentError, match="a Seq2SeqLM keeps nothing of a text"):
        model.generate([1, 2], max_length=4, return_read=True)
    other = build_model("gru", vocabulary_size=9, hidden_dim=8)
    with pytest.raises(InvalidArgumentError, match=r"prompts must be .*Read"):
        model.generate(other.read([1]), max_length=4)
