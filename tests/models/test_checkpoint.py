"""`tf.train.Checkpoint` writes and reads all of a model."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import build_model, layers

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.train.Checkpoint is TensorFlow's"
)

X, Y = np.random.default_rng(0).integers(1, 20, (2, 4, 7)).astype("int32")
SIZES = {"vocabulary_size": 20, "hidden_dim": 8}


def inputs_of(model):
    return X if len(model.input_names) == 2 else dict.fromkeys(model.input_sizes, X)


def step(model):
    return model.fit(inputs_of(model), Y, batch_size=4, shuffle=False, verbose=0).history["loss"]


@pytest.mark.long_table
@pytest.mark.parametrize(
    ("architecture", "task", "settings"),
    [
        (["gru", "transformer"], "causal_lm", {}),
        ("lstm", "causal_lm", {"num_layers": 3, "embedding_dim": 6, "tie_weights": False}),
        ("attention", "seq2seq_lm", {"target_vocabulary_size": 20}),
    ],
    ids=str,
)
def test_a_checkpoint_holds_the_whole_model_and_its_optimizer(
    architecture, task, settings, tmp_path
):
    import tensorflow as tf

    model, other = (build_model(architecture, task, **SIZES, **settings) for _ in range(2))
    for which in (model, other):
        which.compile(keras.optimizers.Adam(0.01))
        step(which)
    step(model)
    path = tf.train.Checkpoint(model=model).write(str(tmp_path / "checkpoint"))
    tf.train.Checkpoint(model=other).read(path).assert_consumed()
    for mine, theirs in zip(other.weights, model.weights, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(mine), ops.convert_to_numpy(theirs))
    assert step(other) == pytest.approx(step(model), rel=1e-6)


def test_a_checkpoint_of_fewer_blocks_does_not_pass_for_all(tmp_path):
    import tensorflow as tf

    model = build_model("gru", **SIZES)
    path = tf.train.Checkpoint(model=model).write(str(tmp_path / "checkpoint"))
    deeper = build_model("gru", num_layers=2, **SIZES)
    with pytest.raises(AssertionError):
        tf.train.Checkpoint(model=deeper).read(path).assert_consumed()


def test_a_block_with_its_layers_in_lists_and_dictionaries(tmp_path):
    import tensorflow as tf

    class Many(layers.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.parts = [layers.FeedForward(8), [layers.FeedForward(8)]]
            self.named = {"last": layers.FeedForward(8)}

        def build(self, shape):
            for part in (self.parts[0], self.parts[1][0], self.named["last"]):
                part.build(shape)

    blocks = Many(), Many()
    for block in blocks:
        block.build((None, None, 8))
    path = tf.train.Checkpoint(block=blocks[0]).write(str(tmp_path / "checkpoint"))
    tf.train.Checkpoint(block=blocks[1]).read(path).assert_consumed()
    for mine, theirs in zip(blocks[1].weights, blocks[0].weights, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(mine), ops.convert_to_numpy(theirs))
