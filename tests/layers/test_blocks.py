"""The laws that every causal block keeps, checked for each of them in the same way."""

import json

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import LSTM, Residual, SelfAttention

DIM = 8
CAUSAL_BLOCKS = {
    "lstm": lambda: LSTM(DIM),
    "attention": lambda: SelfAttention(DIM, num_heads=2),
    "attention-unordered": lambda: SelfAttention(DIM, num_heads=4, positions=None),
    "attention-normalised": lambda: SelfAttention(DIM, num_heads=1, qk_norm=True),
    "residual-attention": lambda: Residual(SelfAttention(DIM, num_heads=2)),
    "residual-lstm": lambda: Residual(LSTM(DIM)),
}
AHEAD_BLOCKS = {
    "attention": lambda: SelfAttention(DIM, num_heads=2, causal=False),
    "residual-attention": lambda: Residual(SelfAttention(DIM, num_heads=2, causal=False)),
}
ALL_BLOCKS = [*CAUSAL_BLOCKS.values(), *AHEAD_BLOCKS.values()]
ALL_NAMES = [*CAUSAL_BLOCKS, *(f"{name}-ahead" for name in AHEAD_BLOCKS)]

causal_blocks = pytest.mark.parametrize("make", CAUSAL_BLOCKS.values(), ids=CAUSAL_BLOCKS.keys())
all_blocks = pytest.mark.parametrize("make", ALL_BLOCKS, ids=ALL_NAMES)


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


def random_input(rng, batch=3, length=11):
    return rng.normal(size=(batch, length, DIM)).astype("float32")


def random_splits(rng, length):
    cuts = sorted(rng.choice(np.arange(1, length), size=rng.integers(0, 5), replace=False))
    return list(zip([0, *cuts], [*cuts, length], strict=True))


def masks(rng, batch, length):
    ragged = np.arange(length)[None, :] < rng.integers(1, length + 1, size=(batch, 1))
    holes = rng.random((batch, length)) < 0.7
    one_row_empty = ragged.copy()
    one_row_empty[0] = False
    return {"none": None, "ragged": ragged, "holes": holes, "one row all padding": one_row_empty}


def in_chunks(block, x, mask, splits, max_length):
    state, outputs = block.initial_state(len(x), max_length), []
    for a, b in splits:
        chunk_mask = None if mask is None else mask[:, a:b]
        y, state = block.step(x[:, a:b], state, padding_mask=chunk_mask)
        outputs.append(numpy(y))
    return np.concatenate(outputs, axis=1)


@causal_blocks
@pytest.mark.parametrize("seed", range(2))
def test_call_equals_chunks_of_step(make, seed):
    rng = np.random.default_rng(seed)
    x = random_input(rng)
    block = make()
    splits = random_splits(rng, x.shape[1])
    max_length = x.shape[1] + int(rng.integers(5))
    for kind, mask in masks(rng, *x.shape[:2]).items():
        whole = numpy(block(x, padding_mask=mask))
        chunked = in_chunks(block, x, mask, splits, max_length)
        keep = np.ones(x.shape[:2], bool) if mask is None else mask
        np.testing.assert_allclose(
            chunked[keep], whole[keep], atol=2e-5, err_msg=f"mask: {kind}, splits: {splits}"
        )


@causal_blocks
def test_one_token_at_a_time_equals_call(make):
    x = random_input(np.random.default_rng(3), length=6)
    block = make()
    chunked = in_chunks(block, x, None, [(t, t + 1) for t in range(6)], max_length=6)
    np.testing.assert_allclose(chunked, numpy(block(x)), atol=2e-5)


@causal_blocks
def test_a_ragged_row_goes_on_at_its_own_position(make):
    """A short prompt beside a long one continues as it would alone."""
    rng = np.random.default_rng(4)
    x = random_input(rng, batch=2, length=7)
    block = make()
    mask = np.arange(4)[None, :] < np.array([[2], [4]])
    state = block.initial_state(2, 7)
    _, state = block.step(x[:, :4], state, padding_mask=mask)
    together, _ = block.step(x[:, 4:], state)
    alone = block(np.concatenate([x[:1, :2], x[:1, 4:]], axis=1))
    np.testing.assert_allclose(numpy(together)[0], numpy(alone)[0, 2:], atol=2e-5)


@causal_blocks
def test_a_later_token_changes_no_earlier_output(make):
    rng = np.random.default_rng(5)
    x = random_input(rng)
    changed = x.copy()
    changed[:, 6:] = random_input(rng)[:, 6:]
    block = make()
    before, after = numpy(block(x)), numpy(block(changed))
    np.testing.assert_allclose(after[:, :6], before[:, :6], atol=1e-6)
    assert np.abs(after[:, 6:] - before[:, 6:]).max() > 1e-3


@all_blocks
def test_padding_changes_no_output(make):
    rng = np.random.default_rng(6)
    x = random_input(rng)
    block = make()
    for mask in list(masks(rng, *x.shape[:2]).values())[1:]:
        other = np.where(mask[:, :, None], x, 100 * random_input(rng))
        before, after = numpy(block(x, padding_mask=mask)), numpy(block(other, padding_mask=mask))
        np.testing.assert_allclose(after[mask], before[mask], atol=1e-6)
        assert np.isfinite(after).all()


@all_blocks
def test_padding_changes_no_gradient(make):
    """One step of training on rows with other padding ends in the same weights."""
    rng = np.random.default_rng(7)
    x = random_input(rng)
    mask = masks(rng, *x.shape[:2])["ragged"]
    other = np.where(mask[:, :, None], x, 100 * random_input(rng))

    def weights_after_a_step(x):
        keras.utils.set_random_seed(0)
        inputs, padding_mask = keras.Input((11, DIM)), keras.Input((11,), dtype="bool")
        model = keras.Model([inputs, padding_mask], make()(inputs, padding_mask=padding_mask))
        model.compile("sgd", "mse", jit_compile=False)
        model.train_on_batch([x, mask], np.ones_like(x), sample_weight=mask.astype("float32"))
        return model.get_weights()

    for a, b in zip(weights_after_a_step(x), weights_after_a_step(other), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@causal_blocks
@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_flow_through_every_weight(make, jit_compile):
    x = random_input(np.random.default_rng(8))
    block = make()
    model = keras.Sequential([keras.Input((11, DIM)), block])
    model.compile("sgd", "mse", jit_compile=jit_compile)
    before = [w.copy() for w in model.get_weights()]
    model.train_on_batch(x, np.ones_like(x))
    for weight, old, new in zip(model.weights, before, model.get_weights(), strict=True):
        assert np.abs(new - old).max() > 0, weight.path


@all_blocks
def test_the_implicit_keras_mask_is_used(make):
    rng = np.random.default_rng(9)
    x = random_input(rng)
    mask = masks(rng, *x.shape[:2])["ragged"]
    block = make()
    explicit, implicit = numpy(block(x, padding_mask=mask)), numpy(block(x, mask=mask))
    np.testing.assert_allclose(implicit[mask], explicit[mask], atol=1e-6)


@all_blocks
def test_config_round_trip_and_saving(make, tmp_path):
    x = random_input(np.random.default_rng(10))
    model = keras.Sequential([keras.Input((None, DIM)), make()])
    model.save(tmp_path / "block.keras")
    loaded = keras.saving.load_model(tmp_path / "block.keras")
    np.testing.assert_allclose(numpy(loaded(x)), numpy(model(x)), atol=1e-6)
    configs = [json.dumps(m.layers[0].get_config(), sort_keys=True) for m in (loaded, model)]
    assert configs[0] == configs[1]
    assert loaded.output_shape == model.output_shape == (None, None, DIM)


@causal_blocks
def test_states_have_the_batch_in_front(make):
    for batch in (1, 3):
        for leaf in keras.tree.flatten(make().initial_state(batch, 5)):
            assert leaf.shape[0] % batch == 0


@pytest.mark.parametrize("make", AHEAD_BLOCKS.values(), ids=AHEAD_BLOCKS.keys())
def test_a_block_that_looks_ahead_has_no_state(make):
    block = make()
    with pytest.raises(InvalidArgumentError, match="looks ahead"):
        block.initial_state(1, 5)
    with pytest.raises(InvalidArgumentError, match="looks ahead"):
        block.step(np.zeros((1, 1, DIM), "float32"), {})


@all_blocks
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_stays_close(make, policy):
    x = random_input(np.random.default_rng(11))
    block = make()
    expected = numpy(block(x))
    keras.config.set_dtype_policy(policy)
    try:
        half = make()
        half.build(x.shape)
    finally:
        keras.config.set_dtype_policy("float32")
    half.set_weights(block.get_weights())
    result = half(x)
    assert keras.backend.standardize_dtype(result.dtype) == policy.removeprefix("mixed_")
    np.testing.assert_allclose(
        numpy(ops.cast(result, "float32")), expected, atol=0.1, err_msg=policy
    )
