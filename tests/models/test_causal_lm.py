"""Language models: the law for the whole model, padding and the loss, and generation."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.training import Perplexity

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


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


def greedy_without_cache(model, prompt, max_length, stop):
    """The slow way: the whole prefix again for every token, padded to a shape that stays."""
    tokens = list(prompt)
    while len(tokens) < max_length and (len(tokens) == len(prompt) or tokens[-1] != stop):
        row = np.zeros((1, max_length), "int32")
        row[0, : len(tokens)] = tokens
        mask = np.arange(max_length)[None] < len(tokens)
        outputs = model({"token_ids": row, "padding_mask": mask})
        logits = numpy(outputs)[0, len(tokens) - 1].copy()
        logits[model._never_drawn()] = -np.inf
        tokens.append(int(logits.argmax()))
    return tokens


@architectures
def test_call_equals_chunks_of_step(architecture):
    rng = np.random.default_rng(0)
    model = build_model(architecture, vocabulary_size=12, embedding_dim=6, hidden_dim=8, seed=1)
    ids = rng.integers(0, 12, (3, 9)).astype("int32")
    mask = np.arange(9)[None, :] < np.array([[9], [4], [1]])
    whole = numpy(model({"token_ids": ids, "padding_mask": mask}))
    state, parts = model.initial_state(3, max_length=9), []
    for a, b in [(0, 3), (3, 4), (4, 9)]:
        logits, state = model.step(ids[:, a:b], state, padding_mask=mask[:, a:b])
        parts.append(numpy(logits))
    np.testing.assert_allclose(np.concatenate(parts, axis=1)[mask], whole[mask], atol=2e-5)


@architectures
def test_cached_generation_equals_uncached(architecture, pipeline):
    model = build_model(architecture, pipeline=pipeline, hidden_dim=16, seed=2)
    model.output_bias.bias.assign(np.zeros(pipeline.vocabulary_size))  # or it repeats one word
    prompts = [np.array([2, 6, 7], "int32"), np.array([2], "int32"), np.array([2, 8], "int32")]
    for prompt, result in zip(
        prompts, model.generate(prompts, max_length=14, sampler="greedy"), strict=True
    ):
        assert result.tolist() == greedy_without_cache(model, prompt, 14, pipeline.end_id)


def test_padding_counts_in_no_loss_and_no_perplexity(pipeline):
    model = build_model("lstm", pipeline=pipeline, hidden_dim=16, seed=3)
    model.compile("sgd", weighted_metrics=[Perplexity()])
    for length in (8, 20):
        rows = pipeline(TEXTS, max_length=length, add_start=True, add_end=True)
        x = {name: array[:, :-1] for name, array in rows.items()}
        y, weight = rows["token_ids"][:, 1:], rows["padding_mask"][:, 1:].astype("float32")
        result = model.evaluate(x, y, sample_weight=weight, verbose=0, return_dict=True)
        logits = numpy(model(x)).astype("float64")
        log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        by_hand = -np.take_along_axis(log_probs, y[:, :, None], -1)[:, :, 0][weight > 0].mean()
        assert result["loss"] == pytest.approx(by_hand, rel=1e-4)
        assert result["perplexity"] == pytest.approx(np.exp(by_hand), rel=1e-4)


def test_generates_what_it_learned_until_the_end_token(trained):
    assert trained.generate("a cat", max_length=20, sampler="greedy") == "a cat and a dog"
    assert trained.generate("the dog sat", max_length=20, temperature=0) == "the dog sat on the log"


def test_an_empty_prompt_starts_a_sentence(trained):
    assert trained.generate("", max_length=20, sampler="greedy") in TEXTS


def test_many_ragged_prompts_equal_each_alone(trained):
    prompts = ["a", "the dog sat on", "the"]
    together = trained.generate(prompts, max_length=16, sampler="greedy")
    assert together == [trained.generate(p, max_length=16, sampler="greedy") for p in prompts]


def test_max_length_counts_the_prompt_and_the_start_token(trained):
    result = trained.generate("the dog sat", max_length=5, sampler="greedy")
    assert result == "the dog sat on"
    assert trained.generate("the dog sat on", max_length=5) == "the dog sat on"


@pytest.mark.parametrize("strip_prompt", [False, True])
@pytest.mark.parametrize("sampler", ["greedy", "random", "top_k"])
def test_streamed_pieces_join_to_the_whole_text(trained, strip_prompt, sampler):
    settings = {"max_length": 24, "seed": 5, "temperature": 1.5, "strip_prompt": strip_prompt}
    sampler = sampler if sampler != "top_k" else "random"
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
    trained._decoder_variables = None  # a fresh decoder, so that the counting step is in it
    trained.generate("the cat", max_length=20, sampler="random", seed=1)
    traced = len(calls)
    assert traced > 0
    trained.generate("a dog and", max_length=17, sampler="random", seed=2, temperature=0.5)
    list(trained.generate("a", max_length=18, sampler="random", stream=True))
    assert len(calls) == traced


def test_max_sequence_length_is_the_default_and_the_limit(pipeline):
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8, max_sequence_length=6)
    row = model.generate([pipeline.start_id], stop_token_ids=None)
    assert len(row) == 6
    with pytest.raises(InvalidArgumentError, match=r"max_length=7.*max_sequence_length=6"):
        model.generate("the", max_length=7)


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
        ({"sampler": "beam"}, "sampler='beam'"),
        ({"prompts": ["a", "b"], "stream": True}, "stream=True follows one prompt, and 2"),
        ({"stop_token_ids": "never"}, "stop_token_ids='never'"),
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
