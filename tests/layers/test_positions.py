"""Position blocks against their formulas; the laws of all blocks are tested in test_blocks.py."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import LearnedPositions, SinusoidalPositions

DIM = 6
HOLES = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [0, 1, 0, 1, 1], [0, 0, 0, 0, 0]], bool)


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


def random(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def sinusoid(position, dim):
    """Section 3.5 of the paper, one number after the other."""
    vector = np.zeros(dim)
    for k in range(dim):
        angle = position / 10_000 ** ((k - k % 2) / dim)
        vector[k] = np.cos(angle) if k % 2 else np.sin(angle)
    return vector


def table_of(block, count, dim=DIM):
    """The vector of each position."""
    if isinstance(block, LearnedPositions):
        return numpy_of(block.embeddings)
    return np.array([sinusoid(position, dim) for position in range(count)])


BLOCKS = {"learned": lambda: LearnedPositions(5), "sinusoidal": SinusoidalPositions}
blocks = pytest.mark.parametrize("make", BLOCKS.values(), ids=BLOCKS.keys())


@blocks
def test_adds_to_each_token_the_vector_of_its_place(make):
    x, block = random(4, 5, DIM), make()
    np.testing.assert_allclose(numpy_of(block(x)), x + table_of(block, 5), atol=1e-6)


@blocks
def test_padding_takes_no_position(make):
    x, block = random(4, 5, DIM), make()
    y = numpy_of(block(x, padding_mask=HOLES))
    table = table_of(block, 5)
    for row, keep in enumerate(HOLES):
        expected = x[row, keep] + table[: keep.sum()]
        np.testing.assert_allclose(y[row, keep], expected, atol=1e-6)
    assert np.isfinite(y).all()


@blocks
def test_each_row_goes_on_at_its_own_position(make):
    x, block = random(4, 5, DIM), make()
    _, state = block.step(x[:, :3], block.initial_state(4, 5), HOLES[:, :3])
    assert numpy_of(state["length"]).tolist() == [3, 3, 1, 0]
    y, state = block.step(x[:, 3:], state, HOLES[:, 3:])
    assert numpy_of(state["length"]).tolist() == [5, 3, 3, 0]
    table = table_of(block, 5)
    np.testing.assert_allclose(numpy_of(y)[0], x[0, 3:] + table[3:5], atol=1e-6)
    np.testing.assert_allclose(numpy_of(y)[2], x[2, 3:] + table[1:3], atol=1e-6)


@blocks
def test_the_implicit_mask_of_keras_is_used(make):
    ids = np.array([[0, 1, 0, 2]])
    embedding = keras.layers.Embedding(3, DIM, mask_zero=True)
    block = make()
    y, vectors = numpy_of(block(embedding(ids))), numpy_of(embedding(ids))
    np.testing.assert_allclose(y[0, 3], vectors[0, 3] + table_of(block, 2)[1], atol=1e-6)


@pytest.mark.parametrize("dim", [1, 2, 7, 64])
def test_sinusoidal_positions_are_the_papers_for_any_width(dim):
    y = SinusoidalPositions()(np.zeros((1, 100, dim), "float32"))
    expected = [sinusoid(position, dim) for position in range(100)]
    np.testing.assert_allclose(numpy_of(y)[0], expected, atol=2e-5)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float16"])
def test_sinusoidal_positions_are_computed_in_float32(policy):
    """Position 2,049 is no float16, and 257 no bfloat16: only the result is rounded."""
    y = SinusoidalPositions(dtype=policy)(np.zeros((1, 2050, DIM), "float32"))
    assert keras.backend.standardize_dtype(y.dtype) == policy.removeprefix("mixed_")
    found = numpy_of(ops.cast(y, "float32"))[0, [257, 2049]]
    np.testing.assert_allclose(found, [sinusoid(257, DIM), sinusoid(2049, DIM)], atol=5e-3)


# === The end of the table ===


@pytest.mark.parametrize("masked", [True, False])
def test_a_text_longer_than_the_table_is_refused_in_one_sentence(masked):
    block = LearnedPositions(4)
    mask = np.zeros((1, 5), bool) if masked else None
    with pytest.raises(InvalidArgumentError, match=r"x is 5 positions.*max_sequence_length=4; cut"):
        block(np.zeros((1, 5, DIM), "float32"), padding_mask=mask)


def test_a_step_past_the_table_takes_the_last_position():
    x, block = random(1, 3, DIM), LearnedPositions(4)
    _, state = block.step(x, block.initial_state(1, 8))
    y, state = block.step(x, state)
    np.testing.assert_allclose(
        numpy_of(y)[0], x[0] + numpy_of(block.embeddings)[[3, 3, 3]], atol=1e-6
    )
    assert numpy_of(state["length"]).tolist() == [6]


def test_a_prompt_padded_past_the_table_is_read():
    """A prompt is padded to a bucket, which may be longer than any text of the model."""
    x, block = random(1, 8, DIM), LearnedPositions(4)
    mask = np.arange(8)[None, :] < 3
    y, state = block.step(x, block.initial_state(1, 8), mask)
    expected = x[0, :3] + numpy_of(block.embeddings)[:3]
    np.testing.assert_allclose(numpy_of(y)[0, :3], expected, atol=1e-6)
    assert numpy_of(state["length"]).tolist() == [3]


@pytest.mark.parametrize("length", [0, -1, 2.0, "2", None, True])
def test_the_number_of_positions_is_a_whole_number_above_0(length):
    with pytest.raises(InvalidArgumentError, match=f"max_sequence_length={length!r}.*>= 1"):
        LearnedPositions(length)


# === As Keras layers ===


@pytest.mark.parametrize("jit_compile", [False, True])
def test_only_the_positions_that_occurred_are_learned(jit_compile):
    model = keras.Sequential([keras.Input((None, DIM)), LearnedPositions(5)])
    before = model.get_weights()[0]
    model.compile("sgd", "mse", jit_compile=jit_compile)
    model.train_on_batch(random(2, 3, DIM), np.ones((2, 3, DIM)))
    moved = np.abs(model.get_weights()[0] - before).max(axis=1)
    assert (moved[:3] > 1e-4).all() and (moved[3:] == 0).all()


@blocks
def test_config_round_trip_and_saving(make, tmp_path):
    model = keras.Sequential([keras.Input((None, DIM)), make()])
    assert model.output_shape == (None, None, DIM)
    model.save(tmp_path / "positions.keras")
    loaded = keras.saving.load_model(tmp_path / "positions.keras")
    x = random(2, 4, DIM)
    np.testing.assert_array_equal(numpy_of(loaded(x)), numpy_of(model(x)))
    assert loaded.layers[0].get_config() == model.layers[0].get_config()
