"""`generate`: what goes in, what comes out, what ends a text, and what is compiled."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import Beam
from mlm_tf.layers import LearnedPositions, SelfAttention
from mlm_tf.models.generation_arguments import Prepared
from mlm_tf.models.text_generation import TextGeneration

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog", "the log"]
ARCHITECTURES = ["lstm", "attention", ["lstm", "attention"]]
architectures = pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)


@pytest.fixture(scope="module")
def pipeline():
    return TextPipeline.fit(TEXTS)


@pytest.fixture(scope="module")
def trained(pipeline):
    """A model that has learned the four sentences by heart."""
    model = build_model(["lstm", "attention"], pipeline=pipeline, hidden_dim=32, seed=0)
    model.compile(keras.optimizers.Adam(0.02))
    rows = pipeline(TEXTS, add_start=True, add_end=True)
    x = {name: array[:, :-1] for name, array in rows.items()}
    y, weight = rows["token_ids"][:, 1:], rows["padding_mask"][:, 1:].astype("float32")
    model.fit(x, y, sample_weight=weight, epochs=60, verbose=0)
    return model


def test_generates_what_it_learned_until_the_end_token(trained):
    assert trained.generate("a cat", max_length=20, sampler="greedy") == "a cat and a dog"
    assert trained.generate("the dog sat", max_length=20, temperature=0) == "the dog sat on the log"


def test_an_empty_prompt_starts_a_sentence(trained):
    assert trained.generate("", max_length=20, sampler="greedy") in TEXTS


def test_unknown_words_are_the_unknown_token(trained):
    settings = {"max_length": 8, "sampler": "greedy"}
    text = trained.generate("the zebra", **settings)
    assert text.startswith("the [UNK]") and text == trained.generate("the quagga", **settings)


def test_half_precision_generates():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build_model(["lstm", "transformer"], vocabulary_size=9, hidden_dim=8, seed=0)
        row, log_probs = model.generate(
            [1, 2], max_length=8, sampler="greedy", return_log_probs=True
        )
    finally:
        keras.config.set_dtype_policy("float32")
    scores = ops.convert_to_numpy(model(row[None, :-1]))[0, 1:]  # float32
    expected = scores.max(-1) - np.log(np.exp(scores).sum(-1))
    assert log_probs.dtype == "float32"
    np.testing.assert_allclose(log_probs, expected, atol=0.05)


def test_many_ragged_prompts_equal_each_alone(trained):
    prompts = ["a", "the dog sat on", "the"]
    together = trained.generate(prompts, max_length=16, sampler="greedy")
    assert together == [trained.generate(p, max_length=16, sampler="greedy") for p in prompts]


def test_max_length_counts_the_prompt_and_the_start_token(trained):
    result = trained.generate("the dog sat", max_length=5, sampler="greedy")
    assert result == "the dog sat on"
    assert trained.generate("the dog sat on", max_length=5) == "the dog sat on"


@pytest.mark.parametrize("strip_prompt", [False, True])
@pytest.mark.parametrize("sampler", ["greedy", "random", "top_p"])
def test_streamed_pieces_join_to_the_whole_text(trained, strip_prompt, sampler):
    settings = {"max_length": 24, "seed": 5, "temperature": 1.5, "strip_prompt": strip_prompt}
    whole = trained.generate("the cat", sampler=sampler, **settings)
    pieces = list(trained.generate("the cat", sampler=sampler, stream=True, **settings))
    assert "".join(pieces) == whole
    assert len(pieces) > 2


def test_a_stripped_prompt_and_the_rest_are_the_whole(trained):
    settings = {"max_length": 16, "sampler": "greedy"}
    rest = trained.generate("a cat", strip_prompt=True, **settings)
    assert "a cat" + rest == trained.generate("a cat", **settings)


def test_ids_in_ids_out(trained, pipeline):
    prompt = pipeline.encode(["a cat"], add_end=False)[0]
    result = trained.generate(prompt, max_length=20, sampler="greedy")
    assert result.dtype == "int32"
    assert result[-1] == pipeline.end_id
    assert pipeline.decode(result) == "a cat and a dog"
    streamed = list(trained.generate(prompt, max_length=20, sampler="greedy", stream=True))
    assert streamed == result.tolist()


def test_tensors_of_ids_are_prompts_and_are_checked(trained):
    settings = {"max_length": 10, "sampler": "greedy"}
    ids = [[2, 6], [2, 7]]
    rows = trained.generate(ops.convert_to_tensor(ids), **settings)
    for row, expected in zip(rows, trained.generate(ids, **settings), strict=True):
        np.testing.assert_array_equal(row, expected)
    with pytest.raises(InvalidArgumentError, match="prompts holds 999"):
        trained.generate(ops.convert_to_tensor([[2, 999]]), **settings)


def test_the_same_seed_gives_the_same_text(trained):
    settings = {"max_length": 24, "sampler": "random", "temperature": 3.0}
    texts = [trained.generate("the", seed=seed, **settings) for seed in (1, 1, 2, 3, 4)]
    assert texts[0] == texts[1]
    assert len(set(texts)) > 2
    assert len({trained.generate("the", **settings) for _ in range(6)}) > 1


def test_special_tokens_are_never_drawn(trained, pipeline):
    rows = trained.generate(
        [[pipeline.start_id]] * 50,
        max_length=40,
        sampler="random",
        temperature=100.0,
        seed=1,
        stop_token_ids=None,
        suppress_token_ids=[pipeline.unk_id],
    )
    drawn = {int(token) for row in rows for token in row[1:]}
    never = {pipeline.pad_id, pipeline.unk_id, pipeline.start_id, pipeline.sep_id, pipeline.mask_id}
    assert not drawn & never
    assert pipeline.end_id in drawn


@pytest.mark.long_table
@architectures
def test_generation_uses_the_weights_of_now(architecture, pipeline):
    """Generate, fit, generate: the second text comes from the new weights, nothing recompiled."""
    model = build_model(architecture, pipeline=pipeline, hidden_dim=32, seed=4)
    before = model.generate("a", max_length=12, sampler="greedy")
    decoder, functions = model.decoder(), dict(model.decoder()._functions)
    rows = pipeline(["a cat and a dog"], add_start=True, add_end=True)["token_ids"]
    model.compile(keras.optimizers.Adam(0.02))
    model.fit(rows[:, :-1], rows[:, 1:], epochs=60, verbose=0)
    after = model.generate("a", max_length=12, sampler="greedy")
    assert (before, after) == (before, "a cat and a dog") and before != after
    assert model.decoder() is decoder and decoder._functions == functions


def test_a_second_call_traces_nothing(trained, monkeypatch):
    calls = []
    original = type(trained)._last_step
    monkeypatch.setattr(
        type(trained), "_last_step", lambda self, *a: calls.append(1) or original(self, *a)
    )
    trained._decoder = (None, None)  # a fresh one, so that the counting step is in it
    settings = {"sampler": "random", "repetition_penalty": 1.2}
    trained.generate("the cat", max_length=20, seed=1, **settings)
    traced = len(calls)
    assert traced > 0
    trained.generate("a dog and", max_length=17, seed=2, temperature=0.5, **settings)
    trained.generate("a", max_length=18, sampler="random", repetition_penalty=0.9)
    trained.generate("a", max_length=18, stop_strings=["cat", "og"], **settings)
    list(trained.generate("a", max_length=18, stream=True, **settings))
    assert len(calls) == traced


def test_max_sequence_length_is_the_default_and_the_limit(pipeline):
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8, max_sequence_length=6)
    row = model.generate([pipeline.start_id], stop_token_ids=None)
    assert len(row) == 6
    with pytest.raises(InvalidArgumentError, match=r"max_length=7.*max_sequence_length=6"):
        model.generate("the", max_length=7)
    with pytest.raises(InvalidArgumentError, match=r"max_length=6; shorten the prompt\.$"):
        model.generate("the cat sat on the mat")


def test_learned_positions_are_a_limit():
    blocks = [LearnedPositions(20), SelfAttention(8, 2, positions=None)]
    model = build_model(blocks, vocabulary_size=9, hidden_dim=8)
    assert len(model.generate([1], stop_token_ids=None)) == 20
    assert model.score([[1] * 21]).num_tokens == 20
    with pytest.raises(InvalidArgumentError, match=r"max_length=21.*max_sequence_length=20"):
        model.generate([1], max_length=21)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prompts": "the cat sat on", "max_length": 4}, "has 5 tokens .*max_length=4"),
        ({"prompts": []}, "without any token id"),
        ({"prompts": [[]]}, "without any token id"),
        ({"prompts": [[2, 999]]}, "prompts holds 999"),
        ({"prompts": [[2, -1]]}, "prompts holds -1"),
        ({"prompts": [[2.9]]}, "prompts=.*not an array of integers"),
        ({"prompts": ["the", [2]]}, "prompts must be a string.*holds list, str"),
        ({"prompts": None}, "prompts must be a string.*NoneType"),
        ({"prompts": 5}, "prompts must be a string.*holds int;"),
        ({"prompts": b"the"}, "prompts must be a string.*holds bytes"),
        ({"prompts": {"token_ids": [[2]]}}, "prompts must be a string.*holds dict"),
        ({"prompts": np.array(2)}, "prompts must be a string.*holds ndarray"),
        ({"prompts": [[2], 2]}, r"prompts holds a row of shape \(\)"),
        ({"prompts": [[[2, 6]]]}, r"prompts holds a row of shape \(1, 2\)"),
        ({"suppress_token_ids": [999]}, "suppress_token_ids holds 999"),
        ({"suppress_token_ids": [-1]}, "suppress_token_ids holds -1"),
        ({"stop_token_ids": [999]}, "stop_token_ids holds 999"),
        ({"max_length": 7.5}, r"max_length=7\.5"),
        ({"max_length": 0}, "max_length=0"),
        ({"seed": 1.5}, r"seed=1\.5"),
        ({"temperature": "a"}, "temperature='a'"),
        ({"sampler": []}, "sampler=.*not known"),
        ({"max_length": None}, "max_length=None"),
        ({"temperature": -0.5}, "temperature=-0.5"),
        ({"temperature": float("nan")}, "temperature=nan"),
        ({"prompts": ["a", "b"], "stream": True}, "stream=True follows one prompt, and 2"),
        ({"sampler": "beam", "stream": True}, "stream=True with the sampler Beam"),
        ({"num_return_sequences": 2, "stream": True}, "stream=True gives one text"),
        ({"return_log_probs": True, "stream": True}, "stream=True gives one text"),
        ({"stop_token_ids": "never"}, "stop_token_ids='never'"),
        ({"stop_token_ids": 3}, "stop_token_ids=3 is not allowed; use a list"),
        ({"stop_token_ids": [[3]]}, r"stop_token_ids=\[\[3\]\] is not allowed; use a list"),
        ({"stop_token_ids": [3, [4]]}, "stop_token_ids=.*is not an array of integers"),
        ({"suppress_token_ids": list(range(15))}, "leaves no token to draw"),
        ({"stop_strings": [""]}, "stop_strings holds an empty string"),
        ({"prompts": [[2]], "stop_strings": ["x"]}, "stop_strings=.*the prompts are token ids"),
        ({"num_return_sequences": 0}, "num_return_sequences=0"),
        ({"num_return_sequences": 2, "sampler": "greedy"}, "num_return_sequences=2.*one result"),
        ({"num_return_sequences": 2, "temperature": 0}, "num_return_sequences=2.*one result"),
        ({"num_return_sequences": 5, "sampler": "beam"}, "more than num_beams=4"),
        ({"repetition_penalty": 0}, "repetition_penalty=0 is not allowed"),
        ({"repetition_penalty": "x"}, "repetition_penalty='x' is not allowed"),
        ({"no_repeat_ngram_size": 0}, "no_repeat_ngram_size=0"),
        ({"return_log_probs": 1}, "return_log_probs=1"),
    ],
)
def test_wrong_arguments_are_named_in_one_sentence(trained, arguments, message):
    arguments = {"prompts": "the", "max_length": 10, **arguments}
    with pytest.raises(InvalidArgumentError, match=message) as error:
        trained.generate(**arguments)
    assert "\n" not in str(error.value)


def test_text_needs_a_pipeline():
    model = build_model("lstm", vocabulary_size=9, hidden_dim=8)
    with pytest.raises(InvalidArgumentError, match="no pipeline"):
        model.generate("the", max_length=4)
    assert len(model.generate([1, 2], max_length=6)) == 6


@pytest.mark.parametrize("temperature", [1e-40, 1e-7])
def test_a_temperature_near_zero_is_greedy(trained, temperature):
    settings = {"max_length": 20, "sampler": "random"}
    expected = trained.generate("a cat", max_length=20, sampler="greedy")
    assert trained.generate("a cat", temperature=temperature, **settings) == expected


@pytest.mark.parametrize("level", ["character", "subword"])
def test_a_stream_of_bytes_never_shows_half_a_character(level):
    pipeline = TextPipeline.fit(["猫 and 狗 😀"], level=level)
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
    model.output_bias.bias.assign(
        [0.0] * 134 + [9.0] * 128 + [0.0] * (pipeline.vocabulary_size - 262)
    )
    options = {"max_length": 60, "sampler": "random", "seed": 3, "stop_token_ids": None}
    text = model.generate("猫", **options)
    pieces = list(model.generate("猫", stream=True, **options))
    assert "".join(pieces) == text
    assert text.startswith("猫") and len(pieces) > 2


@pytest.mark.parametrize("stop_strings", [(), ["never"]])
def test_a_stream_writes_each_token_once(trained, monkeypatch, stop_strings):
    written, pieces = [], TextPipeline.pieces

    def counted(pipeline, ids):
        return pieces(pipeline, (written.append(i) or i for i in ids))

    monkeypatch.setattr(TextPipeline, "pieces", counted)
    settings = {"suppress_token_ids": [trained.pipeline.end_id], "sampler": "random", "seed": 1}
    settings |= {"max_length": 40, "stop_strings": stop_strings}
    shown = list(trained.generate("the cat", stream=True, **settings))
    assert len(shown) > 30 and len(written) == 39  # all but the start token
    assert "".join(shown) == trained.generate("the cat", **settings)


# === Stop strings ===


@pytest.mark.parametrize("sampler", ["greedy", "beam"])
def test_a_text_ends_right_before_a_stop_string(trained, sampler):
    settings = {"max_length": 20, "sampler": sampler}
    assert trained.generate("the dog", stop_strings=["on the"], **settings) == "the dog sat "
    assert trained.generate("the dog", stop_strings="at o", **settings) == "the dog s"
    assert trained.generate("the dog", stop_strings=["never"], **settings) == TEXTS[1]
    stripped = trained.generate("the dog", stop_strings=["log"], strip_prompt=True, **settings)
    assert stripped == " sat on the "


def test_a_stop_string_in_the_prompt_ends_nothing(trained):
    result = trained.generate("the dog", max_length=20, sampler="greedy", stop_strings=["dog"])
    assert result == TEXTS[1]


def test_rows_end_at_their_own_stop_string(trained):
    texts = trained.generate(
        ["the dog", "a cat", "the cat"], max_length=20, sampler="greedy", stop_strings=["on", "dog"]
    )
    assert texts == ["the dog sat ", "a cat and a ", "the cat sat "]


def test_log_probs_reach_to_the_end_of_the_stop_string(trained):
    settings = {"max_length": 20, "sampler": "greedy", "return_log_probs": True}
    _, whole = trained.generate("the dog", **settings)
    text, log_probs = trained.generate("the dog", stop_strings=["n the"], **settings)
    assert text == "the dog sat o"
    np.testing.assert_array_equal(log_probs, whole[:3])  # sat, on, the


@pytest.mark.parametrize("stop", ["s", "dog a", " dog", "xx", "e c"])
def test_a_stream_ends_at_a_stop_string_and_shows_nothing_of_it(trained, stop):
    settings = {"max_length": 40, "sampler": "random", "temperature": 2.0, "stop_token_ids": None}
    for seed in range(4):
        whole = trained.generate("the", stop_strings=[stop], seed=seed, **settings)
        pieces = list(
            trained.generate("the", stop_strings=[stop], seed=seed, stream=True, **settings)
        )
        assert "".join(pieces) == whole
        assert stop not in whole[len("the") :]
        unstopped = trained.generate("the", seed=seed, **settings)
        cut = unstopped[len("the") :].split(stop)[0]
        assert whole == "the" + cut


# === Several sequences, and what they are worth ===


def test_several_sequences_of_one_prompt_are_a_list_and_of_many_a_list_of_lists(trained):
    settings = {"max_length": 20, "sampler": "random", "temperature": 2.0, "seed": 1}
    one = trained.generate("the", num_return_sequences=3, **settings)
    assert len(one) == 3 and len(set(one)) > 1 and all(text.startswith("the") for text in one)
    many = trained.generate(["the", "a cat"], num_return_sequences=3, **settings)
    assert [len(texts) for texts in many] == [3, 3]
    assert all(text.startswith("a cat") for text in many[1])
    stopped = trained.generate(["the", "a"], num_return_sequences=2, stop_strings=["o"], **settings)
    assert not any("o" in text for texts in stopped for text in texts)
    rows, log_probs = trained.generate(
        [[2], [2, 6, 7]], num_return_sequences=2, return_log_probs=True, **settings
    )
    for prompt_length, texts, scores in zip([1, 3], rows, log_probs, strict=True):
        assert [len(s) for s in scores] == [len(t) - prompt_length for t in texts]


def test_the_best_beams_come_first(trained):
    texts, log_probs = trained.generate(
        "the", max_length=20, sampler=Beam(8), num_return_sequences=3, return_log_probs=True
    )
    assert set(texts) == {text for text in TEXTS if text.startswith("the")}
    means = [scores.mean() for scores in log_probs]
    assert means == sorted(means, reverse=True)


def test_a_log_prob_for_each_new_token_and_the_end(trained):
    text, log_probs = trained.generate(
        "a cat", max_length=20, sampler="greedy", return_log_probs=True
    )
    assert text == "a cat and a dog" and len(log_probs) == 4
    assert (log_probs < 0).all() and (log_probs > -0.5).all()


def test_a_full_prompt_has_nothing_new(trained):
    settings = {"max_length": 3, "return_log_probs": True}
    for sampler in ("greedy", "random", "beam"):
        text, log_probs = trained.generate("the dog", sampler=sampler, **settings)
        assert text == "the dog" and log_probs.shape == (0,)


def test_nothing_repeats_that_must_not(trained):
    settings = {"max_length": 40, "sampler": "greedy", "stop_token_ids": None}
    row = trained.generate([2], no_repeat_ngram_size=2, **settings).tolist()
    pairs = list(itertools.pairwise(row))
    assert len(pairs) == len(set(pairs)) > 10


# === [UNK] ===


@pytest.mark.long_table
@pytest.mark.parametrize("sampler", ["greedy", "random", "top_k", "top_p", "beam"])
@pytest.mark.parametrize("task", ["causal_lm", "seq2seq_lm"])
def test_the_unknown_token_is_written_only_if_asked_for(sampler, task, pipeline):
    model = build_model("lstm", task, pipeline=pipeline, hidden_dim=8, seed=0)
    bias = np.zeros(pipeline.vocabulary_size)
    bias[pipeline.unk_id] = 9  # no other token has a chance beside it
    model.output_bias.bias.assign(bias)
    settings = {"max_length": 12, "sampler": sampler, "seed": 1}
    assert "[UNK]" not in model.generate("the cat", **settings)
    assert "[UNK]" in model.generate("the cat", allow_unknown=True, **settings)
    if sampler != "beam":
        assert "[UNK]" not in "".join(model.generate("the cat", stream=True, **settings))


def test_ids_of_a_model_with_a_pipeline_are_no_exception(trained, pipeline):
    trained_rows = trained.generate(
        [[2]] * 3, max_length=40, sampler="random", temperature=50.0, stop_token_ids=None, seed=0
    )
    assert not any(pipeline.unk_id in row for row in trained_rows)
    with pytest.raises(InvalidArgumentError, match="allow_unknown='yes'"):
        trained.generate("the", max_length=8, allow_unknown="yes")


# === What set_random_seed reaches ===


def test_without_a_seed_keras_makes_it_repeatable(trained):
    settings = {"max_length": 30, "sampler": "random", "temperature": 9.0}

    def texts(seed):
        keras.utils.set_random_seed(seed)
        return [trained.generate("the", **settings) for _ in range(3)]

    first = texts(1)
    assert texts(1) == first != texts(2)
    assert len(set(first)) > 1


# === What cannot go on ===


@pytest.mark.parametrize("sampler", ["greedy", "top_k", "beam"])
def test_weights_that_are_no_numbers_are_said_in_one_sentence(sampler):
    model = build_model("attention", vocabulary_size=9, hidden_dim=8)
    model.embedding.embeddings.assign(np.full((9, 8), np.nan))
    with pytest.raises(InvalidArgumentError, match="The model's scores are not finite") as error:
        model.generate([1, 2], max_length=6, sampler=sampler)
    assert "\n" not in str(error.value)


def test_a_stop_token_that_never_comes_ends_at_max_length(trained, pipeline):
    row = trained.generate([2], max_length=30, stop_token_ids=[pipeline.pad_id])
    assert len(row) == 30


# === A model with a source ===


class Echo(TextGeneration):
    """Not a Keras model: it says its source again, word by word, and then ends."""

    variables, max_sequence_length = (), None

    def __init__(self, pipeline):
        self.output_pipeline, self.vocabulary_size = pipeline, pipeline.vocabulary_size

    def _prepared(self, prompts):
        texts = [prompts] if isinstance(prompts, str) else prompts
        source = self.output_pipeline(texts, max_length=8, add_end=True)
        rows = [np.array([self.output_pipeline.start_id], "int32")] * len(texts)
        return Prepared(rows, tuple(source.values()), True, isinstance(prompts, str))

    def initial_state(self, batch_size, max_length, token_ids, padding_mask):
        return {
            "source": ops.where(padding_mask, token_ids, 0),
            "read": ops.zeros(batch_size, "int32"),
        }

    def _last_step(self, token_ids, state, padding_mask):
        read = state["read"] + ops.sum(ops.cast(padding_mask, "int32"), axis=1)
        said = ops.take_along_axis(state["source"], ops.maximum(read - 1, 0)[:, None], axis=1)
        return 9 * ops.one_hot(said[:, 0], self.vocabulary_size), {**state, "read": read}


def test_a_source_is_read_and_the_text_begins_anew(pipeline):
    model = Echo(pipeline)
    settings = {"max_length": 12, "sampler": "greedy"}
    assert model.generate("a cat", **settings) == "a cat"
    assert model.generate(["a cat", "the dog sat"], **settings) == ["a cat", "the dog sat"]
    assert list(model.generate("the dog", stream=True, **settings))[-1] == " dog"
    assert model.generate("the cat sat", stop_strings=["cat"], **settings) == "the "


def test_beams_keep_their_source(pipeline):
    best, *others = zip(
        *Echo(pipeline).generate(
            ["a cat", "the dog sat"], max_length=12, sampler=Beam(3), num_return_sequences=3
        ),
        strict=True,
    )
    assert best == ("a cat", "the dog sat")
    assert len(others) == 2 and best not in others
