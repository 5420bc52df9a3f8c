"""An own block, and an own task: one decorator, and then everything works for it."""

import keras
import numpy as np
import pytest
from keras import ops

import mlm_tf
from mlm_tf import TextPipeline, build_model, register_block, register_task
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import LSTM, Block, Residual
from mlm_tf.models import CausalLM, TextModel, load_model
from mlm_tf.models.registry import ARCHITECTURES, BUILT_IN, TASKS

TEXTS = ["the cat sat on the mat", "the dog sat on the log"]


@pytest.fixture(autouse=True)
def names_are_forgotten():
    before, tasks = dict(ARCHITECTURES), dict(TASKS)
    for name in before.keys() - BUILT_IN:  # such as the examples of docs/ register
        del ARCHITECTURES[name]
    for name, task_class in tasks.items():
        if task_class.__name__ not in mlm_tf.models.__all__:
            del TASKS[name]
    yield
    for registered, names in ((ARCHITECTURES, before), (TASKS, tasks)):
        registered.clear()
        registered.update(names)


def moving_average():
    """The example of docs/design.md."""

    @mlm_tf.register_block("moving_average")
    class MovingAverage(mlm_tf.layers.Block):
        continues = True

        def __init__(self, hidden_dim, **kwargs):
            super().__init__(**kwargs)
            self.hidden_dim = hidden_dim

        def initial_state(self, batch_size, max_length):
            zeros = ops.zeros((batch_size, self.hidden_dim))
            return {"sum": zeros, "count": zeros[:, :1]}

        def step(self, x, state, padding_mask=None):
            keep = ops.ones_like(x[:, :, 0], "bool") if padding_mask is None else padding_mask
            added = ops.cast(ops.where(keep[:, :, None], x, 0), "float32")
            sums = state["sum"][:, None] + ops.cumsum(added, axis=1)  # (B, S, D)
            count = (
                ops.cumsum(ops.cast(keep, "float32"), axis=1)[:, :, None] + state["count"][:, None]
            )
            new_state = {"sum": sums[:, -1], "count": count[:, -1]}
            return ops.cast(sums / ops.maximum(count, 1), x.dtype), new_state

    return MovingAverage


def test_an_own_block_trains_saves_loads_and_generates(tmp_path):
    block_class = moving_average()
    pipeline = TextPipeline.fit(TEXTS)
    model = build_model(["moving_average", "lstm"], pipeline=pipeline, hidden_dim=16, seed=0)
    assert [block.name for block in model.blocks] == ["moving_average_0", "lstm_1"]
    model.compile(keras.optimizers.Adam(0.03))
    model.fit(pipeline.rows(TEXTS, length=8, batch_size=2), epochs=40, verbose=0)
    text = model.generate("the cat", max_length=10, sampler="greedy")
    assert text.startswith("the cat sat on the")
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert type(loaded.blocks[0]) is block_class
    assert loaded.generate("the cat", max_length=10, sampler="greedy") == text


def test_an_own_block_obeys_the_law_in_a_model():
    moving_average()
    model = build_model("moving_average", vocabulary_size=9, hidden_dim=8, num_layers=2)
    ids = np.random.default_rng(0).integers(0, 9, (3, 7)).astype("int32")
    mask = np.arange(7)[None] < np.array([[7], [3], [1]])
    whole = ops.convert_to_numpy(model({"token_ids": ids, "padding_mask": mask}))
    state, parts = model.initial_state(3, max_length=7), []
    for a, b in [(0, 2), (2, 3), (3, 7)]:
        logits, state = model.step(ids[:, a:b], state, padding_mask=mask[:, a:b])
        parts.append(ops.convert_to_numpy(logits))
    np.testing.assert_allclose(np.concatenate(parts, axis=1)[mask], whole[mask], atol=1e-5)


def test_an_own_block_works_in_every_task():
    moving_average()
    ids = np.ones((2, 4), "int32")
    sizes = {"vocabulary_size": 9, "hidden_dim": 8}
    for task, more in (("masked_lm", {}), ("text_classifier", {"num_classes": 2})):
        assert build_model("moving_average", task, **sizes, **more)(ids).shape[0] == 2
    model = build_model(["moving_average", "cross_attention"], "seq2seq_lm", **sizes)
    assert model({"encoder_token_ids": ids, "decoder_token_ids": ids}).shape == (2, 4, 9)
    assert mlm_tf.estimate("moving_average", **sizes).parameters == 9 * 8 + 9


def test_an_own_block_ends_a_stack_with_the_norm_it_gives(tmp_path):
    class Doubled(Block):
        def step(self, x, state, padding_mask=None):
            return 2 * x, state

        def initial_state(self, batch_size, max_length):
            return ()

    @register_block("without_a_norm")
    class WithoutANorm(Doubled):
        normalization = "an attribute of its own, which says nothing"

    @register_block("with_a_norm")
    class WithANorm(Doubled):
        def final_norm(self, name, dtype=None):
            return keras.layers.LayerNormalization(name=name, dtype=dtype)

    sizes = {"vocabulary_size": 9, "hidden_dim": 8}
    assert build_model("without_a_norm", **sizes).output_norm is None
    assert build_model(["with_a_norm", "without_a_norm"], **sizes).output_norm is None
    model = build_model("with_a_norm", **sizes)
    assert model.output_norm.name == "output_norm" and len(model.output_norm.weights) == 2
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert len(loaded.output_norm.weights) == 2
    translator = build_model(["with_a_norm", "cross_attention"], "seq2seq_lm", **sizes)
    assert type(translator.encoder_norm) is keras.layers.LayerNormalization
    assert translator.output_norm.name == "output_norm"  # that of cross-attention


def test_an_own_block_begins_where_one_of_its_class_ended():
    sizes = {"vocabulary_size": 9, "hidden_dim": 8, "seed": 0}
    block_class = moving_average()
    block_class.continues = False
    with pytest.raises(InvalidArgumentError, match="No block of the decoder knows the source"):
        build_model("moving_average", "seq2seq_lm", **sizes)
    block_class.continues = True
    model = build_model("moving_average", "seq2seq_lm", **sizes)
    source, target = np.array([[1, 2, 3], [4, 5, 0]]), np.array([[6, 7], [7, 8]])
    x = {"encoder_token_ids": source, "encoder_padding_mask": source > 0}
    whole = ops.convert_to_numpy(model({**x, "decoder_token_ids": target}))
    other = {"encoder_token_ids": source[:, ::-1] + 1, "decoder_token_ids": target}
    assert np.abs(ops.convert_to_numpy(model(other)) - whole).max() > 1e-6
    state, parts = model.initial_state(2, 2, source, source > 0), []
    for t in range(2):
        logits, state = model.step(target[:, t : t + 1], state)
        parts.append(ops.convert_to_numpy(logits))
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-5)
    assert model.generate(np.array([1, 2, 3]), max_length=4).ndim == 1


def test_a_constructor_gets_the_settings_that_it_names():
    @register_block("named")
    class Named(Block):
        def __init__(self, hidden_dim, dropout, causal, num_heads=7, memory=3, **kwargs):
            super().__init__(**kwargs)
            self.got = (hidden_dim, dropout, causal, num_heads, memory)

        def compute_output_shape(self, input_shape):
            return input_shape

    sizes = {"vocabulary_size": 9, "hidden_dim": 8, "dropout": 0.5, "num_heads": 2}
    assert build_model("named", **sizes).blocks[0].got == (8, 0.5, True, 2, 3)
    assert build_model("named", "masked_lm", **sizes).blocks[0].got == (8, 0.5, False, 2, 3)


def test_a_function_may_be_registered():
    @register_block("residual_lstm")
    def residual_lstm(hidden_dim, dropout, name):
        return Residual(LSTM(hidden_dim), dropout, name=name)

    model = build_model("residual_lstm", vocabulary_size=9, hidden_dim=8, num_layers=2)
    assert [block.name for block in model.blocks] == ["residual_lstm_0", "residual_lstm_1"]


def test_the_cell_of_a_notebook_may_be_run_twice():
    first, second = moving_average(), moving_average()
    assert first is not second
    model = build_model("moving_average", vocabulary_size=9, hidden_dim=8)
    assert type(model.blocks[0]) is second


@pytest.mark.parametrize("name", ["lstm", "transformer", "tiny", "gpt2"])
def test_a_name_of_this_package_is_taken(name):
    with pytest.raises(InvalidArgumentError, match=f"The name '{name}' is taken by this package"):
        register_block(name)(LSTM)


def test_a_name_of_another_block_is_taken():
    moving_average()
    with pytest.raises(InvalidArgumentError, match=r"'moving_average' is taken by .*MovingAverage"):
        register_block("moving_average")(LSTM)


@pytest.mark.parametrize(
    ("name", "thing", "message"),
    [
        ("own", keras.layers.Dense, "Dense.*cannot be registered as 'own'; decorate a subclass"),
        ("own", "lstm", "'lstm' cannot be registered"),
        ("two words", LSTM, "name='two words' is not allowed"),
        (LSTM, LSTM, "write @register_block"),
        ("own", lambda hidden_dim, window: None, "asks for 'window', which build_model does not"),
    ],
)
def test_what_is_no_block_is_refused_in_one_sentence(name, thing, message):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        register_block(name)(thing)
    assert "\n" not in str(error.value)
    assert "own" not in ARCHITECTURES


def test_a_function_that_returns_no_block_is_refused():
    register_block("own")(lambda hidden_dim: keras.layers.Dense(hidden_dim))
    with pytest.raises(InvalidArgumentError, match="'own' gave a Dense, which is no Block"):
        build_model("own", vocabulary_size=9, hidden_dim=8)


# === Tasks ===


def regressor(name="text_regressor"):
    """A number a text: the example of docs/extending.md."""

    @register_task(name)
    class TextRegressor(TextModel):
        target_axes = 1

        def __init__(self, vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs):
            super().__init__(vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs)
            self.pooling = mlm_tf.layers.MeanPooling(name="pooling")
            self.number = keras.layers.Dense(1, dtype="float32", name="number")
            self.build()

        def build_head(self, hidden_shape):
            self.pooling.build(hidden_shape)
            self.number.build((None, self.hidden_dim))

        def call(self, inputs, training=None):
            hidden = self.hidden_states(inputs, training=training)  # (B, T, hidden_dim)
            mask = inputs["padding_mask"] if isinstance(inputs, dict) else None
            return self.number(self.pooling(hidden, padding_mask=mask))  # (B, 1)

        def compute_output_shape(self, input_shape):
            return (None, 1)

    return TextRegressor


def test_an_own_task_trains_saves_loads_and_is_measured(tmp_path):
    task_class = regressor()
    pipeline = TextPipeline.fit(TEXTS)
    model = build_model("gru", "text_regressor", pipeline=pipeline, hidden_dim=8, seed=0)
    assert type(model) is task_class
    model.compile(keras.optimizers.Adam(0.05), loss="mse")
    x, y = pipeline(TEXTS), np.array([[1.0], [-1.0]])
    model.fit(x, y, epochs=40, verbose=0)
    found = model.predict(x, verbose=0)
    np.testing.assert_allclose(found, y, atol=0.2)
    model.save(tmp_path / "m.keras")
    for again in (load_model(tmp_path / "m.keras"), keras.models.clone_model(model)):
        assert type(again) is task_class
        again.set_weights(model.get_weights())
        np.testing.assert_allclose(again.predict(x, verbose=0), found, atol=1e-6)
    sizes = {"vocabulary_size": pipeline.vocabulary_size, "hidden_dim": 8}
    expected = mlm_tf.estimate("gru", "text_regressor", **sizes)
    assert (expected.parameters, expected.cache_bytes) == (model.count_params(), 0)


@pytest.mark.parametrize("architecture", ["lstm", "transformer", "gpt2"])
def test_an_own_task_takes_every_architecture(architecture):
    regressor()
    sizes = {"vocabulary_size": 9, "hidden_dim": 8, "num_heads": 2, "max_sequence_length": 6}
    model = build_model(architecture, "text_regressor", **sizes)
    assert model(np.ones((2, 4), "int32")).shape == (2, 1)


def test_a_constructor_gets_the_arguments_that_it_names():
    @register_task("naming")
    class Naming(TextModel):
        def __init__(self, num_classes, pooling="last", **kwargs):
            super().__init__(**kwargs)
            self.got = (num_classes, pooling)

    sizes = {"vocabulary_size": 9, "hidden_dim": 8}
    assert build_model("lstm", "naming", **sizes, num_classes=4).got == (4, "last")
    assert build_model("lstm", "naming", **sizes, num_classes=4, pooling="x").got == (4, "x")
    for wrong, message in (
        ({}, "task='naming' asks for num_classes, which has to be given; pass it to build_model"),
        ({"num_classes": 4, "output_bias": False}, "output_bias=False is for task='causal_lm'"),
        ({"num_classes": 4, "label_names": ["a", "b"]}, "label_names=.* for task='text_class"),
        ({"num_classes": 4, "target_vocabulary_size": 9}, "target_vocabulary_size=9 is for"),
        ({"num_classes": 4, "sliding_window": 9}, "sliding_window=9 changes nothing"),
    ):
        with pytest.raises(InvalidArgumentError, match=message) as error:
            build_model("lstm", "naming", **sizes, **wrong)
        assert "\n" not in str(error.value)
    for task in ("causal_lm", "masked_lm"):  # and nobody else has to do without
        assert build_model("lstm", task, **sizes, seed=1, num_layers=2, dropout=0.1)


def test_a_constructor_asks_for_nothing_that_build_model_does_not_know():
    @register_task("asking")
    class Asking(CausalLM):
        def __init__(self, temperature, **kwargs):
            super().__init__(**kwargs)

    with pytest.raises(InvalidArgumentError, match=r"for temperature, which .* let Asking give"):
        build_model("lstm", "asking", vocabulary_size=9, hidden_dim=8)


def test_a_task_says_how_its_blocks_look():
    @register_task("backwards")
    class Backwards(CausalLM):
        pass

    @register_task("both_ways")
    class BothWays(regressor()):
        bidirectional = True

    sizes = {"vocabulary_size": 9, "hidden_dim": 8}
    assert build_model("attention", "backwards", **sizes).blocks[0].causal
    assert not build_model("attention", "both_ways", **sizes).blocks[0].causal
    assert build_model("gru", "both_ways", **sizes).blocks[0].bidirectional
    assert not build_model("gru", "text_regressor", **sizes).blocks[0].bidirectional
    with pytest.raises(InvalidArgumentError, match="a backwards predicts what stands ahead"):
        build_model("gru", "backwards", **sizes, bidirectional=True)


def test_a_task_may_be_registered_again_and_its_name_not_be_taken():
    first, second = regressor(), regressor()
    assert TASKS["text_regressor"] is second is not first
    for name, thing, message in (
        ("text_regressor", CausalLM, r"'text_regressor' is taken by .*TextRegressor; choose"),
        ("causal_lm", second, "The name 'causal_lm' is taken by CausalLM"),
        ("own", LSTM, "LSTM.*cannot be registered as 'own'; decorate a subclass"),
        ("own", lambda: None, "cannot be registered as 'own'"),
        ("two words", CausalLM, "name='two words' is not allowed"),
        (CausalLM, CausalLM, "write @register_task"),
    ):
        with pytest.raises(InvalidArgumentError, match=message) as error:
            register_task(name)(thing)
        assert "\n" not in str(error.value)
    assert "own" not in TASKS
