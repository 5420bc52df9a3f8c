"""Tasks of one's own: what they say of their targets, what a file keeps of them, and what is said
of one that leaves something out."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model, load_model, register_task
from mlm_tf.errors import InvalidArgumentError, InvalidFileError
from mlm_tf.layers import GRU
from mlm_tf.models import TextClassifier, TextModel
from mlm_tf.models.registry import TASKS

TEXTS = ["the cat sat on the mat", "the dog sat on the log"]
SIZES = {"vocabulary_size": 9, "hidden_dim": 8, "seed": 0}
IDS = np.array([[1, 2, 3], [4, 5, 6]], "int32")


@pytest.fixture(autouse=True)
def names_are_forgotten():
    before = dict(TASKS)
    yield
    TASKS.clear()
    TASKS.update(before)


class Ends(TextModel):
    """`embedding -> blocks -> numbers`, of each text, or of each token."""

    target_axes = 1

    def __init__(self, vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs):
        super().__init__(vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs)
        self.numbers = keras.layers.Dense(self.width(), dtype="float32", name="numbers")
        self.build()

    def width(self):
        return 1

    def build_head(self, hidden_shape):
        self.numbers.build((None, self.hidden_dim))

    def call(self, inputs, training=None):
        hidden = self.hidden_states(inputs, training=training)  # (B, T, hidden_dim)
        return self.numbers(hidden[:, -1] if self.target_axes == 1 else hidden)

    def compute_output_shape(self, input_shape):
        ids = input_shape["token_ids"] if isinstance(input_shape, dict) else input_shape
        return (*ids[: self.target_axes], self.width())


def made(task_class, name="ends", **arguments):
    register_task(name)(task_class)
    return build_model("gru", name, **SIZES, **arguments)


# === Targets ===


def losses(y, as_data=False):
    model = made(Ends)
    model.compile(keras.optimizers.SGD(1e-4), loss="mse")
    if as_data:
        rows = [(IDS, np.asarray(y))]
        return model.fit((row for row in rows * 2), steps_per_epoch=2, verbose=0).history["loss"]
    found = [model.fit(IDS, y, verbose=0).history["loss"], [model.evaluate(IDS, y, verbose=0)]]
    return [*found, [float(model.train_on_batch(IDS, y))], [float(model.test_on_batch(IDS, y))]]


@pytest.mark.long_table
@pytest.mark.parametrize("as_data", [False, True])
@pytest.mark.parametrize("y", [[[1000], [-3]], [1000, -3], [[5], [2]]])
def test_integers_are_numbers_where_no_task_says_that_they_are_ids(y, as_data):
    whole = losses(np.array(y), as_data)
    np.testing.assert_allclose(whole, losses(np.array(y, "float32"), as_data), rtol=1e-6)


class Tags(Ends):
    target_axes = 2
    targets_are_ids = True

    def width(self):
        return self.vocabulary_size


@pytest.mark.parametrize("loss", ["auto", lambda y, scores: ops.mean(scores)])
def test_a_task_says_that_its_targets_are_ids_whatever_the_loss(loss):
    model = made(Tags)
    model.compile(loss=loss)
    assert np.isfinite(model.fit(IDS, IDS, verbose=0).history["loss"]).all()
    with pytest.raises(InvalidArgumentError, match="y holds 9, but this model knows ids 0 to 8"):
        model.fit(IDS, np.full_like(IDS, 9), verbose=0)


def test_where_the_loss_reads_ids_they_are_looked_at():
    class Silent(Tags):
        targets_are_ids = False

    model = made(Silent)
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    with pytest.raises(InvalidArgumentError, match="y holds 9, but this model knows ids 0 to 8"):
        model.fit(IDS, np.full_like(IDS, 9), verbose=0)


class Pairs(Ends):
    """A text's score with each text of the batch; the target is its own row."""

    target_limit = None

    def call(self, inputs, training=None):
        vectors = self.hidden_states(inputs, training=training)[:, -1]
        return ops.matmul(vectors, ops.transpose(vectors)) + 0 * self.numbers(vectors)


def test_a_task_says_that_its_targets_are_no_ids_of_the_vocabulary():
    model = made(Pairs)
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    rows = np.tile(IDS, (10, 1))
    history = model.fit(rows, np.arange(20), batch_size=20, shuffle=False, verbose=0).history
    assert np.isfinite(history["loss"]).all()


def test_a_task_without_a_loss_of_its_own_asks_for_one():
    for task_class in (Ends, Pairs):
        with pytest.raises(InvalidArgumentError, match=r"loss='auto'.*targets_are_ids = True"):
            made(task_class, task_class.__name__).compile("adam")


def test_a_task_reads_ids_alone_and_with_their_mask():
    model = made(Ends)
    both = {"token_ids": IDS, "padding_mask": np.ones_like(IDS, bool)}
    np.testing.assert_allclose(model.predict(IDS, verbose=0), model.predict(both, verbose=0))


# === What is left out ===


def test_a_task_that_is_not_built_is_told():
    class Unbuilt(Ends):
        def __init__(self, vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs):
            TextModel.__init__(self, vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs)
            self.numbers = keras.layers.Dense(1, dtype="float32", name="numbers")

    for learn in (lambda m: m.fit(IDS, np.ones(2)), lambda m: m.train_on_batch(IDS, np.ones(2))):
        model = made(Unbuilt)
        model.compile(loss="mse")
        with pytest.raises(InvalidArgumentError, match=r"Unbuilt.*self\.build\(\)") as error:
            learn(model)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("final_norm", "message"),
    [
        (lambda self, name, dtype=None: "rms", r"final_norm.*gave 'rms'"),
        (lambda self, name: None, r"final_norm.*takes.*name, dtype"),
    ],
)
@pytest.mark.parametrize("task", ["causal_lm", "masked_lm", "token_classifier", "seq2seq_lm"])
def test_a_norm_that_is_none_is_told(task, final_norm, message):
    kind = type("OwnNorm", (GRU,), {"final_norm": final_norm})
    keras.saving.register_keras_serializable("tests")(kind)
    own = {"num_classes": 2} if task == "token_classifier" else {}
    if task == "seq2seq_lm":
        own = {"target_vocabulary_size": 9}
    with pytest.raises(InvalidArgumentError, match=message) as error:
        build_model(kind(8), task, **{**SIZES, "seed": None}, **own)
    assert "OwnNorm" in str(error.value) and "\n" not in str(error.value)


# === Files ===


class Keeps(Ends):
    """It takes arguments of `build_model` and one of its own, and writes no `get_config`."""

    def __init__(self, *args, num_classes, pooling="mean", scales=(1.0, 2.0), **kwargs):
        vars(self)["columns"] = num_classes  # before Keras's own, which is not there yet
        super().__init__(*args, **kwargs)
        self.how, self.scales = pooling, scales

    def width(self):
        return self.columns

    def call(self, inputs, training=None):
        hidden = self.hidden_states(inputs, training=training)
        hidden = ops.max(hidden, axis=1) if self.how == "max" else ops.mean(hidden, axis=1)
        return self.numbers(hidden) * self.scales[0]


def test_a_file_keeps_the_arguments_of_a_task(tmp_path):
    register_task("keeps")(Keeps)
    blocks = [GRU(8, name="gru")]
    by_hand = Keeps(9, 8, 8, blocks, num_classes=2, scales=(np.float32(3), 4))
    built = build_model("gru", "keeps", **SIZES, num_classes=5, pooling="max")
    for model in (built, by_hand):
        model.save(tmp_path / "m.keras")
        clone = type(model).from_config(model.get_config())
        clone.set_weights(model.get_weights())
        for again in (load_model(tmp_path / "m.keras"), clone):
            assert (again.how, again.columns) == (model.how, model.columns)
            assert tuple(again.scales) == tuple(model.scales)
            np.testing.assert_allclose(
                again.predict(IDS, verbose=0), model.predict(IDS, verbose=0), rtol=1e-6
            )


def test_a_task_that_is_a_model_here_keeps_what_it_adds(tmp_path):
    class Named(TextClassifier):
        def __init__(self, *args, pooling="max", title="none", **kwargs):
            super().__init__(*args, pooling=pooling, **kwargs)
            self.title = title

    register_task("named")(Named)
    pipeline = TextPipeline.fit(TEXTS)
    model = Named(
        pipeline.vocabulary_size, 8, 8, [GRU(8)], num_classes=2, title="two", pipeline=pipeline
    )
    model.save(tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras")
    assert (loaded.title, loaded.num_classes) == ("two", 2)
    assert loaded.pipeline.vocabulary == pipeline.vocabulary
    assert loaded.get_config()["pooling"] == "max"


def test_an_argument_that_no_file_can_hold_is_named(tmp_path):
    class Holds(Ends):
        def __init__(self, *args, thing=None, **kwargs):
            super().__init__(*args, **kwargs)

    register_task("holds")(Holds)
    for thing in (object(), lambda x: x):
        model = Holds(9, 8, 8, [GRU(8)], thing=thing)
        with pytest.raises(InvalidArgumentError, match=r"Holds.* thing=.*get_config") as error:
            model.save(tmp_path / "m.keras")
        assert "\n" not in str(error.value) and not list(tmp_path.iterdir())


def test_a_constructor_hands_on_what_it_does_not_name():
    class Closed(Ends):
        def __init__(self, vocabulary_size, embedding_dim, hidden_dim, blocks):
            super().__init__(vocabulary_size, embedding_dim, hidden_dim, blocks)

    with pytest.raises(InvalidArgumentError, match=r"Closed.*\*\*kwargs") as error:
        register_task("closed")(Closed)
    assert "\n" not in str(error.value)


def test_a_file_whose_task_is_not_imported_says_what_to_import(tmp_path):
    made(Ends).save(tmp_path / "m.keras")
    registered = keras.saving.get_registered_name(Ends)
    custom = keras.saving.get_custom_objects()
    known = custom.pop(registered)
    module = Ends.__module__
    Ends.__module__ = "elsewhere"
    try:
        with pytest.raises(InvalidFileError, match=r"mlm_tf\.register_task"):
            load_model(tmp_path / "m.keras")
    finally:
        custom[registered] = known
        Ends.__module__ = module
