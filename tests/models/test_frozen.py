"""What is frozen stays frozen, however the model is copied, and the optimizer goes on."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import build_model, layers
from mlm_tf.errors import InvalidArgumentError

RNG = np.random.default_rng(0)
X, Y = RNG.integers(1, 20, (2, 4, 7)).astype("int32")
SIZES = {"vocabulary_size": 20, "hidden_dim": 8, "seed": 0}


def inputs_of(model):
    if len(model.input_names) == 2:
        return X
    return dict.fromkeys(model.input_sizes, X)


def targets_of(model):
    return X[:, 0] % 3 if hasattr(model, "classifier") else Y


def step(model):
    """The loss of one more step."""
    return model.fit(
        inputs_of(model), targets_of(model), batch_size=4, shuffle=False, verbose=0
    ).history["loss"][0]


def outputs(model):
    return ops.convert_to_numpy(model(inputs_of(model)))


def flags(model):
    """Of every layer and every weight, whether it is trained, in a fixed order."""
    return (
        [layer.trainable for layer in model._flatten_layers()],
        [weight.trainable for weight in model.weights],
        len(model.trainable_weights),
    )


def freeze_blocks(model):
    for block in model.blocks:
        block.trainable = False


def freeze_one_layer(model):
    model.blocks[-1].self_attention.block.query.trainable = False


def freeze_all_but_one_layer(model):
    model.trainable = False
    model.trainable = True  # as the documentation of Keras has it
    model.blocks[0].trainable = False
    model.blocks[0].feed_forward.block.down.trainable = True


def freeze_norms(model):
    for layer in model._flatten_layers():
        if "normalization" in type(layer).__name__.lower():
            layer.trainable = False


def freeze_cell(model):
    model.blocks[0].left_to_right.cell.trainable = False


def freeze_head(model):
    model.output_norm.trainable = False
    model.output_bias.trainable = False
    model.output_projection.trainable = False
    model.input_projection.trainable = False


def freeze_pooling(model):
    model.pooling.trainable = False
    model.classifier.trainable = False


def freeze_encoder(model):
    for block in model.encoder_blocks:
        block.trainable = False
    model.encoder_norm.trainable = False
    model.source_embedding.trainable = False


def freeze_first_table(model):
    model.embedding.embeddings.trainable = False


def freeze_second_table(model):
    model.embedding.reverse_embeddings.trainable = False


CASES = [
    (freeze_blocks, "gru", "causal_lm", {"num_layers": 2}),
    (freeze_blocks, ["attention", "transformer"], "causal_lm", {}),
    (freeze_blocks, "transformer", "masked_lm", {}),
    (freeze_one_layer, "transformer", "causal_lm", {"num_layers": 2}),
    (freeze_all_but_one_layer, "transformer", "causal_lm", {}),
    (freeze_norms, "transformer", "causal_lm", {}),
    (freeze_cell, "lstm", "text_classifier", {"num_classes": 3, "bidirectional": True}),
    (freeze_head, "attention", "causal_lm", {"embedding_dim": 6}),
    (freeze_pooling, "rnn", "text_classifier", {"num_classes": 3, "pooling": "attention"}),
    (freeze_encoder, "transformer", "seq2seq_lm", {"target_vocabulary_size": 20}),
    (freeze_first_table, "gru", "causal_lm", {"tie_weights": False}),
    (freeze_second_table, "gru", "causal_lm", {"tie_weights": False}),
]


def label(value) -> str:
    return getattr(value, "__name__", str(value))


@pytest.mark.long_table
@pytest.mark.parametrize(("freeze", "architecture", "task", "settings"), CASES, ids=label)
def test_frozen_parts_stay_frozen_and_the_optimizer_goes_on(
    freeze, architecture, task, settings, tmp_path
):
    model = build_model(architecture, task, **SIZES, **settings)
    everything = len(model.trainable_weights)
    freeze(model)
    assert 0 < len(model.trainable_weights) < everything
    model.compile(keras.optimizers.Adam(0.01))
    step(model)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert flags(loaded) == flags(model)
    frozen = [ops.convert_to_numpy(w) for w in loaded.non_trainable_weights]
    assert [step(loaded) for _ in range(2)] == pytest.approx(
        [step(model) for _ in range(2)], rel=1e-6
    )
    for before, weight in zip(frozen, loaded.non_trainable_weights, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(weight), before)
    for copy in (type(model).from_config(model.get_config()), keras.models.clone_model(model)):
        assert flags(copy) == flags(model)


def test_a_whole_model_stays_frozen_until_it_is_released(tmp_path):
    model = build_model("transformer", **SIZES)
    model.trainable = False
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    for copy in (loaded, keras.models.clone_model(model)):
        assert not copy.trainable
        assert flags(copy) == flags(model)
    loaded.compile("adam")
    with pytest.raises(InvalidArgumentError, match=r"Nothing .* left to train.*release one"):
        loaded.fit(X, Y, verbose=0)
    loaded.trainable = True
    assert len(loaded.trainable_weights) == len(loaded.weights)


def test_what_is_released_is_released_all_through():
    block = layers.Transformer(8, 2)
    block.build((None, None, 8))
    block.self_attention.block.query.trainable = False
    block.trainable = True
    assert len(block.trainable_weights) == len(block.weights)


def test_what_is_frozen_is_named_by_attributes_alike_on_every_backend():
    model = build_model(["gru", "transformer"], **SIZES)
    model(X)  # TensorFlow notes what a layer has in attributes of its own
    model.embedding.trainable = False
    model.blocks[0].left_to_right.cell.trainable = False
    model.blocks[1].self_attention.block.query.trainable = False
    config = model.get_config()
    assert set(config["sublayers"]) == {
        "embedding",
        "blocks/0/left_to_right/cell",
        "blocks/1/self_attention/block/query",
    }
    assert [list(block["config"]["sublayers"]) for block in config["blocks"]] == [
        ["left_to_right/cell"],
        ["self_attention/block/query"],
    ]


def test_a_copy_of_a_copy_is_frozen_too_though_nothing_has_built_it():
    block = layers.Transformer(8, 2)
    block.feed_forward.trainable = False
    block.build((None, None, 8))
    for _ in range(2):
        block = type(block).from_config(block.get_config())
    released = type(block).from_config(block.get_config())
    released.trainable = True
    for each in (block, released):
        each.build((None, None, 8))
    assert not block.feed_forward.trainable
    assert len(released.trainable_weights) == len(released.weights) > len(block.trainable_weights)


def test_the_config_of_a_model_with_nothing_frozen_says_nothing_of_it():
    config = build_model(["gru", "transformer"], **SIZES).get_config()
    assert "sublayers" not in config
    assert all("sublayers" not in block["config"] for block in config["blocks"])


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.Transformer(8, 2),
        lambda: layers.Residual(layers.LSTM(8)),
        lambda: layers.Residual(layers.Residual(layers.FeedForward(8))),  # nested twice
        lambda: layers.GRU(8, bidirectional=True),
        lambda: layers.SelfAttention(8, 2, qk_norm=True),
        lambda: layers.LearnedPositions(9),
    ],
    ids=["transformer", "residual", "nested", "gru", "attention", "positions"],
)
@pytest.mark.parametrize("how", ["all", "one", "constructor"])
def test_a_block_alone_in_a_functional_model_stays_frozen(make, how, tmp_path):
    block = make()
    if how == "constructor":
        block = type(block).from_config({**block.get_config(), "trainable": False})
    inputs = keras.Input((7, 8))
    model = keras.Model(inputs, keras.layers.Dense(1)(block(inputs)))
    if how == "all":
        block.trainable = False
    elif how == "one":
        inner = [layer for layer in block._flatten_layers(include_self=False) if layer.weights]
        (inner or [block])[-1].trainable = False
    expected = flags(model)
    assert expected[2] < len(model.weights)
    model.save(tmp_path / "m.keras")
    for copy in (keras.saving.load_model(tmp_path / "m.keras"), keras.models.clone_model(model)):
        assert flags(copy) == expected


@keras.saving.register_keras_serializable(package="test_frozen")
class Mine(keras.Model):
    """A user's own model, with one block of ours in it and one in a list."""

    def __init__(self, blocks, **kwargs):
        super().__init__(**kwargs)
        self.blocks = blocks
        self.score = keras.layers.Dense(1)

    def call(self, x):
        for block in self.blocks:
            x = block(x)
        return self.score(x)

    def get_config(self):
        blocks = [keras.saving.serialize_keras_object(block) for block in self.blocks]
        return {"name": self.name, "blocks": blocks}

    @classmethod
    def from_config(cls, config):
        blocks = keras.saving.deserialize_keras_object(config.pop("blocks"))
        return cls(blocks, **config)


def test_blocks_in_a_users_own_model_stay_frozen(tmp_path):
    x = RNG.normal(size=(4, 7, 8)).astype("float32")
    model = Mine([layers.Transformer(8, 2), layers.Residual(layers.GRU(8))])
    model(x)
    model.blocks[0].feed_forward.trainable = False
    model.blocks[1].block.trainable = False
    model.compile("adam", "mse")
    model.fit(x, x[..., :1], verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert flags(loaded) == flags(model)


def test_a_block_of_ones_own_with_a_frozen_part_inside(tmp_path):
    @keras.saving.register_keras_serializable(package="test_frozen")
    class Two(layers.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.parts = [keras.layers.Dense(8), keras.layers.Dense(8)]

        def build(self, shape):
            for part in self.parts:
                part.build(shape)

        def call(self, x, padding_mask=None, mask=None, training=None):
            return self.parts[1](self.parts[0](x))

        def initial_state(self, batch_size, max_length):
            return ()

        def step(self, x, state, padding_mask=None):
            return self(x), state

    model = build_model([Two()], **SIZES)
    model.blocks[0].parts[0].trainable = False
    model.save(tmp_path / "m.keras")
    assert flags(keras.saving.load_model(tmp_path / "m.keras")) == flags(model)


def test_an_optimizer_made_before_the_freezing_goes_on_too(tmp_path):
    model = build_model("gru", **SIZES)
    model.compile(keras.optimizers.Adam(0.01))
    step(model)
    freeze_blocks(model)
    model.save(tmp_path / "m.keras")  # without compiling again
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert flags(loaded) == flags(model)
    for mine, theirs in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(mine), ops.convert_to_numpy(theirs))


def test_a_model_compiled_and_not_yet_trained_is_saved_and_trains(tmp_path):
    model = build_model("gru", **SIZES)
    freeze_blocks(model)
    model.compile(keras.optimizers.Adam(0.01))
    model.save(tmp_path / "m.keras")
    assert step(keras.saving.load_model(tmp_path / "m.keras")) == pytest.approx(step(model))
