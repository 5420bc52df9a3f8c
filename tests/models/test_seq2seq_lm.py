"""Sequence to sequence: the law for the whole model, padding, learning, writing and saving."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import GRU, LSTM, Residual, SelfAttention
from mlm_tf.preprocessing import pair_rows

KINDS = [
    ("rnn", {"num_layers": 2}),
    ("gru", {"bidirectional": True}),
    ("lstm", {"num_layers": 2, "bidirectional": True, "embedding_dim": 6}),
    (["lstm", "cross_attention"], {"bidirectional": True}),
    ("attention", {"positions": "sinusoidal"}),
    ("transformer", {"num_layers": 2, "num_key_value_heads": 2}),
    ("gpt2", {"num_layers": 1, "num_heads": 2, "max_sequence_length": 9}),
    (["gru", "transformer"], {}),
]
kinds = pytest.mark.parametrize(("architecture", "settings"), KINDS, ids=lambda x: str(x))


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


def built(architecture, settings, **others):
    arguments = {"vocabulary_size": 11, "target_vocabulary_size": 13, "hidden_dim": 8, "seed": 1}
    return build_model(architecture, "seq2seq_lm", **{**arguments, **settings, **others})


def inputs(rng, source_lengths=(7, 3, 1), target_lengths=(2, 6, 4)):
    source = rng.integers(0, 11, (3, max(source_lengths))).astype("int32")
    target = rng.integers(0, 13, (3, max(target_lengths))).astype("int32")
    return {
        "encoder_token_ids": source,
        "encoder_padding_mask": np.arange(source.shape[1]) < np.array(source_lengths)[:, None],
        "decoder_token_ids": target,
        "decoder_padding_mask": np.arange(target.shape[1]) < np.array(target_lengths)[:, None],
    }


@kinds
def test_call_equals_chunks_of_step(architecture, settings):
    model, x = built(architecture, settings), inputs(np.random.default_rng(0))
    mask = x["decoder_padding_mask"]
    whole = numpy(model(x))
    state = model.initial_state(3, 6, x["encoder_token_ids"], x["encoder_padding_mask"])
    parts = []
    for a, b in [(0, 2), (2, 3), (3, 6)]:
        ids = x["decoder_token_ids"][:, a:b]
        logits, state = model.step(ids, state, padding_mask=mask[:, a:b])
        parts.append(numpy(logits))
    np.testing.assert_allclose(np.concatenate(parts, axis=1)[mask], whole[mask], atol=2e-5)


@kinds
def test_padding_of_source_and_target_changes_no_score(architecture, settings):
    rng = np.random.default_rng(1)
    model, x = built(architecture, settings), inputs(rng)
    other = dict(x)
    for part, size in (("encoder", 11), ("decoder", 13)):
        ids, mask = x[f"{part}_token_ids"], x[f"{part}_padding_mask"]
        other[f"{part}_token_ids"] = np.where(mask, ids, (ids + 1) % size).astype("int32")
    mask = x["decoder_padding_mask"]
    whole = numpy(model(x))
    np.testing.assert_allclose(numpy(model(other))[mask], whole[mask], atol=1e-6)
    alone = {
        "encoder_token_ids": x["encoder_token_ids"][1:2, :3],
        "decoder_token_ids": x["decoder_token_ids"][1:2],
    }
    np.testing.assert_allclose(numpy(model(alone)), whole[1:2], atol=2e-5)


@kinds
def test_a_score_knows_the_whole_source_and_no_later_target(architecture, settings):
    model, x = built(architecture, settings), inputs(np.random.default_rng(2), (7, 7, 7), (6, 6, 6))
    before = numpy(model(x))
    for place in (0, 6):
        other = {**x, "encoder_token_ids": x["encoder_token_ids"].copy()}
        other["encoder_token_ids"][0, place] = (other["encoder_token_ids"][0, place] + 1) % 11
        assert np.abs(numpy(model(other)) - before)[0, 0].max() > 1e-9
    later = {**x, "decoder_token_ids": x["decoder_token_ids"].copy()}
    later["decoder_token_ids"][:, 4:] = 0
    np.testing.assert_allclose(numpy(model(later))[:, :4], before[:, :4], atol=1e-6)


LETTERS = ["a b", "b c d", "d a c", "c", "d d a b", "b a", "a c c", "c d", "d b a c", "a a b"]
REVERSED = [" ".join(text.upper().split()[::-1]) for text in LETTERS]


@pytest.fixture(scope="module")
def pipelines():
    return TextPipeline.fit(LETTERS), TextPipeline.fit(REVERSED, case_folding=False)


@pytest.fixture(scope="module", params=["lstm", ["gru", "cross_attention"], "transformer"], ids=str)
def trained(request, pipelines):
    """A model that has learned to write these letters in capitals, and backwards."""
    source, target = pipelines
    keras.utils.set_random_seed(0)
    model = build_model(
        request.param,
        "seq2seq_lm",
        pipeline=source,
        target_pipeline=target,
        hidden_dim=32,
        max_sequence_length=12,
        seed=0,
    )
    data = pair_rows(source, target, LETTERS * 8, REVERSED * 8, 6, 5, batch_size=10)
    model.compile(keras.optimizers.Adam(0.01))
    losses = model.fit(data, epochs=15, verbose=0).history["loss"]
    assert losses[-1] < 0.1
    return model


def test_it_writes_what_it_learned(trained):
    assert trained.generate(LETTERS, max_length=8, sampler="greedy") == REVERSED
    assert trained.generate("d a c", max_length=8, sampler="greedy") == "C A D"
    assert trained.generate("d a c", max_length=8, sampler="beam") == "C A D"


def test_ids_in_ids_out(trained, pipelines):
    source, target = pipelines
    row = trained.generate(source.encode(["d a c"])[0], max_length=8, sampler="greedy")
    assert row[0] == target.start_id and row[-1] == target.end_id
    assert target.decode(row) == "C A D"


def test_both_pipelines_travel_in_the_file(trained, pipelines, tmp_path):
    trained.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert loaded.pipeline.vocabulary == pipelines[0].vocabulary
    assert loaded.target_pipeline.vocabulary == pipelines[1].vocabulary
    assert loaded.generate("d a c", max_length=8, sampler="greedy") == "C A D"


@kinds
def test_what_is_saved_is_loaded(architecture, settings, tmp_path):
    model, x = built(architecture, settings), inputs(np.random.default_rng(3))
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(numpy(loaded(x)), numpy(model(x)))


def test_one_pipeline_has_one_table_of_word_vectors(pipelines, tmp_path):
    pipeline = pipelines[0]
    for given in ({}, {"target_pipeline": pipeline}):
        model = build_model("lstm", "seq2seq_lm", pipeline=pipeline, hidden_dim=8, **given)
        assert model.source_embedding is None and model.input_embedding is model.embedding
        assert model.output_pipeline is pipeline
    model.save(tmp_path / "m.keras")
    assert keras.saving.load_model(tmp_path / "m.keras").output_pipeline.vocabulary_size == 10
    two = build_model("lstm", "seq2seq_lm", pipeline=pipeline, target_pipeline=pipelines[1])
    assert two.input_embedding is two.source_embedding


def test_a_matrix_starts_and_freezes_the_source(pipelines):
    matrix = np.random.default_rng(0).normal(size=(10, 8)).astype("float32")
    model = build_model(
        "lstm",
        "seq2seq_lm",
        pipeline=pipelines[0],
        target_pipeline=pipelines[1],
        embedding=matrix,
        embedding_trainable=False,
    )
    np.testing.assert_array_equal(numpy(model.source_embedding.embeddings), matrix)
    frozen = [v.path for v in model.non_trainable_variables if "seed" not in v.path]
    assert len(frozen) == 1 and "source_embedding" in frozen[0]


def test_the_untrained_model_is_nearly_the_unigram_model_of_the_target(pipelines):
    source, target = pipelines
    model = build_model(
        "lstm", "seq2seq_lm", pipeline=source, target_pipeline=target, hidden_dim=8, seed=0
    )
    bias = numpy(model.output_bias.bias)
    assert np.exp(bias)[target.start_id + 1] == pytest.approx(
        target.counts[target.end_id] / np.maximum(target.counts, 0.5).sum()
    )


def test_an_own_block_is_in_the_decoder_and_a_copy_of_it_in_the_encoder():
    block = GRU(8, name="mine")
    model = built([block, "cross_attention"], {})
    assert model.blocks[0] is block
    [copy] = model.encoder_blocks
    assert type(copy) is GRU and copy is not block and copy.name == "encoder_mine"


def test_it_nests_in_a_functional_model():
    model, x = built("transformer", {}), inputs(np.random.default_rng(4))
    tensors = {
        name: keras.Input((None,), dtype=array.dtype.name, name=name) for name, array in x.items()
    }
    outer = keras.Model(tensors, keras.layers.Softmax()(model(tensors)))
    np.testing.assert_allclose(numpy(outer(x)).sum(-1), 1, atol=1e-5)


def test_attention_weights_name_encoder_and_decoder():
    model, x = built("transformer", {}), inputs(np.random.default_rng(5))
    shapes = {name: scores.shape for name, scores in model.attention_weights(x).items()}
    assert shapes == {
        "encoder_transformer_0": (3, 4, 7, 7),
        "transformer_0/self_attention": (3, 4, 6, 6),
        "transformer_0/cross_attention": (3, 4, 6, 7),
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"architecture": [Residual(SelfAttention(8, 2))]}, "No block of the decoder knows the"),
        ({"architecture": [LSTM(8, bidirectional=True)]}, "looks ahead"),
        ({"architecture": "cross_attention"}, "encoder has no block to read the source"),
        ({"target_vocabulary_size": 0}, "target_vocabulary_size=0"),
        ({"task": "causal_lm"}, r"target_vocabulary_size=13 is for task='seq2seq_lm'.*'causal_lm'"),
    ],
)
def test_wrong_arguments_are_named_in_one_sentence(arguments, message):
    arguments = {"architecture": "lstm", "task": "seq2seq_lm", "hidden_dim": 8, **arguments}
    with pytest.raises(InvalidArgumentError, match=message) as error:
        build_model(**{"vocabulary_size": 11, "target_vocabulary_size": 13, **arguments})
    assert "\n" not in str(error.value)


def test_two_vocabularies_need_two_pipelines(pipelines):
    source, target = pipelines
    with pytest.raises(InvalidArgumentError, match="pass target_pipeline"):
        build_model("lstm", "seq2seq_lm", pipeline=source, target_vocabulary_size=5)
    with pytest.raises(InvalidArgumentError, match="target_vocabulary_size=5, but the target_pipe"):
        build_model(
            "lstm",
            "seq2seq_lm",
            pipeline=source,
            target_pipeline=target,
            target_vocabulary_size=5,
        )


def test_ids_outside_either_vocabulary_are_named():
    model, x = built("lstm", {}), inputs(np.random.default_rng(6))
    for part, bad in (("encoder", 11), ("decoder", 13)):
        wrong = {**x, f"{part}_token_ids": np.full((3, 6), bad, "int32")}
        with pytest.raises(InvalidArgumentError, match=f"{part}_token_ids holds {bad}"):
            model.predict(wrong)
    with pytest.raises(InvalidArgumentError, match=r"prompts holds 12, .* 0 to 10"):
        model.generate([1, 12], max_length=4)


def test_a_source_that_is_too_long_is_named(pipelines):
    model = build_model(
        "transformer",
        "seq2seq_lm",
        pipeline=pipelines[0],
        hidden_dim=8,
        positions="learned",
        max_sequence_length=5,
    )
    assert isinstance(model.generate("a b c", sampler="greedy"), str)
    with pytest.raises(InvalidArgumentError, match=r"A source has 6 tokens.*length=5"):
        model.generate("a b c d")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (np.ones((2, 3), "int32"), "reads two texts; pass a dictionary with 'encoder_token_ids'"),
        ({"encoder_token_ids": np.ones((2, 3), "int32")}, "lack 'decoder_token_ids'"),
        (
            {
                "encoder_token_ids": np.ones(3, "int32"),
                "decoder_token_ids": np.ones((1, 3), "int32"),
            },
            r"encoder_token_ids has shape \(3,\)",
        ),
    ],
)
def test_inputs_of_another_form_are_named(wrong, message):
    model = built("transformer", {})
    model.compile("adam")
    for call in (model.predict, model.attention_weights):
        with pytest.raises(InvalidArgumentError, match=message):
            call(wrong)
