import itertools

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import SelfAttention
from mlm_tf.layers.rotary import rotate
from mlm_tf.models.presets import PRESETS

MASK = np.array([[1, 1, 1, 1, 1, 1], [1, 0, 1, 1, 0, 0]], bool)


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


def random_input(seed, length=6, batch=2, dim=8):
    return np.random.default_rng(seed).normal(size=(batch, length, dim)).astype("float32")


def with_random_weights(attention, *shapes):
    """Every weight a normal number: a bias of zero would not be seen."""
    attention.build(*shapes)
    rng = np.random.default_rng(9)
    attention.set_weights([rng.normal(size=w.shape) * 0.5 for w in attention.get_weights()])
    return attention


def weights_by_name(attention):
    dense = ("query", "key", "value", "output_projection")
    return {name: numpy(getattr(attention, name).kernel) for name in dense}


def attention_by_hand(row, weights, num_heads, num_key_value_heads, may_read, scaled):
    """Formula 4.3 for one row, one head and one position after the other."""
    d = weights["query"].shape[1] // num_heads
    scores = np.zeros((num_heads, len(row), len(row)))
    heads = []
    for n in range(num_heads):
        shared = n // (num_heads // num_key_value_heads)
        own, of_keys = slice(n * d, (n + 1) * d), slice(shared * d, (shared + 1) * d)
        q = row @ weights["query"][:, own]
        k, v = row @ weights["key"][:, of_keys], row @ weights["value"][:, of_keys]
        head = np.zeros((len(row), d))
        for i in range(len(row)):
            visible = [j for j in range(len(row)) if may_read(i, j)]
            if not visible:
                continue
            e = np.array([np.exp(q[i] @ k[j] / (np.sqrt(d) if scaled else 1)) for j in visible])
            scores[n, i, visible] = e / e.sum()
            head[i] = sum(a * v[j] for a, j in zip(e / e.sum(), visible, strict=True))
        heads.append(head)
    return np.concatenate(heads, axis=1) @ weights["output_projection"], scores


@pytest.mark.parametrize("num_key_value_heads", [1, 2, 4])
@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("sliding_window", [None, 2])
def test_equals_a_loop_written_from_the_formula(
    num_key_value_heads, scaled, causal, sliding_window
):
    """Without and with padding, which takes no position: the window counts tokens."""
    x = random_input(0)
    attention = with_random_weights(
        SelfAttention(
            8,
            num_heads=4,
            num_key_value_heads=num_key_value_heads,
            causal=causal,
            scaled=scaled,
            positions=None,
            sliding_window=sliding_window,
        ),
        x.shape,
    )
    found, scores = attention(x, padding_mask=MASK, return_attention_scores=True)
    for b, (row, mask) in enumerate(zip(x, MASK, strict=True)):
        place = np.cumsum(mask) - 1

        def may_read(i, j, mask=mask, place=place):
            near = sliding_window is None or abs(place[i] - place[j]) < sliding_window
            return mask[j] and near and (not causal or j <= i)

        expected, expected_scores = attention_by_hand(
            row, weights_by_name(attention), 4, num_key_value_heads, may_read, scaled
        )
        np.testing.assert_allclose(numpy(found)[b][mask], expected[mask], atol=1e-5)
        np.testing.assert_allclose(numpy(scores)[b][:, mask], expected_scores[:, mask], atol=1e-5)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("mask", [None, MASK], ids=["no padding", "padding"])
def test_equals_the_keras_layer_given_the_same_weights(causal, use_bias, mask):
    x = random_input(1)
    ours = with_random_weights(
        SelfAttention(8, num_heads=2, causal=causal, positions=None, use_bias=use_bias), x.shape
    )
    theirs = keras.layers.MultiHeadAttention(num_heads=2, key_dim=4, use_bias=use_bias)
    theirs.build(x.shape, x.shape)
    split = {(8, 8): (8, 2, 4), (8,): (2, 4)}
    inside = [ours.query, ours.key, ours.value]
    weights = [w.reshape(split[w.shape]) for dense in inside for w in dense.get_weights()]
    output, *output_bias = ours.output_projection.get_weights()
    theirs.set_weights([*weights, output.reshape(2, 4, 8), *output_bias])
    expected, expected_scores = theirs(
        x,
        x,
        attention_mask=None if mask is None else mask[:, None, :],
        use_causal_mask=causal,
        return_attention_scores=True,
    )
    found, scores = ours(x, padding_mask=mask, return_attention_scores=True)
    keep = np.ones(x.shape[:2], bool) if mask is None else mask
    np.testing.assert_allclose(numpy(found)[keep], numpy(expected)[keep], atol=1e-5)
    for b in range(2):
        np.testing.assert_allclose(
            numpy(scores)[b][:, keep[b]], numpy(expected_scores)[b][:, keep[b]], atol=1e-5
        )


@pytest.mark.parametrize("num_key_value_heads", [1, 2])
@pytest.mark.parametrize("causal", [True, False])
def test_equals_keras_grouped_attention_given_the_same_weights(num_key_value_heads, causal):
    x = random_input(2)
    ours = with_random_weights(
        SelfAttention(8, 4, num_key_value_heads, causal=causal, positions=None), x.shape
    )
    theirs = keras.layers.GroupQueryAttention(
        head_dim=2,
        num_query_heads=4,
        num_key_value_heads=num_key_value_heads,
        use_bias=False,
    )
    theirs.build(x.shape, x.shape)
    of_ours = weights_by_name(ours)
    theirs.set_weights(
        [
            of_ours["query"].reshape(8, 4, 2),
            of_ours["key"].reshape(8, num_key_value_heads, 2),
            of_ours["value"].reshape(8, num_key_value_heads, 2),
            of_ours["output_projection"].reshape(4, 2, 8),
        ]
    )
    attention_mask = np.repeat(MASK[:, None, :], 6, axis=1)
    expected = theirs(x, x, attention_mask=attention_mask, use_causal_mask=causal)
    found = ours(x, padding_mask=MASK)
    np.testing.assert_allclose(numpy(found)[MASK], numpy(expected)[MASK], atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_attention_weights_sum_to_one_and_are_zero_at_what_is_not_read(dtype):
    x = random_input(3)
    attention = SelfAttention(8, num_heads=2, sliding_window=3, dtype=dtype)
    _, scores = attention(x, padding_mask=MASK, return_attention_scores=True)
    assert keras.backend.standardize_dtype(scores.dtype) == "float32"
    scores = numpy(scores)
    assert scores.shape == (2, 2, 6, 6)
    np.testing.assert_allclose(scores.sum(axis=-1), 1, atol=1e-5)
    np.testing.assert_array_equal(np.triu(scores, k=1)[0], 0)  # nothing later
    np.testing.assert_array_equal(np.tril(scores, k=-3)[0], 0)  # nothing before the window
    np.testing.assert_array_equal(scores[1][:, MASK[1]][..., ~MASK[1]], 0)  # no padding


@pytest.mark.parametrize(("num_key_value_heads", "head_dim"), [(1, 2), (2, 6), (4, 2)])
@pytest.mark.parametrize("kind", [{}, {"sliding_window": 3}, {"causal": False, "scaled": False}])
def test_bfloat16_attends_at_once_to_the_same(kind, num_key_value_heads, head_dim):
    """Asked for its weights, a block multiplies by hand."""
    x = random_input(7)
    attention = SelfAttention(
        8, 4, num_key_value_heads, head_dim=head_dim, dtype="mixed_bfloat16", **kind
    )
    for mask, real in ((None, np.ones_like(MASK)), (MASK, MASK)):
        at_once = numpy(ops.cast(attention(x, padding_mask=mask), "float32"))
        by_hand, _ = attention(x, padding_mask=mask, return_attention_scores=True)
        by_hand = numpy(ops.cast(by_hand, "float32"))
        np.testing.assert_allclose(at_once[real], by_hand[real], atol=0.05)


def test_what_drops_weights_keeps_them():
    attention = SelfAttention(8, 2, dropout=0.9, dtype="mixed_bfloat16")
    x = random_input(8)
    first, second = (numpy(ops.cast(attention(x, training=True), "float32")) for _ in range(2))
    assert np.abs(first - second).max() > 0.01
    np.testing.assert_array_equal(*(numpy(ops.cast(attention(x), "float32")) for _ in range(2)))


def test_symbolic_scores_have_their_shape():
    inputs = keras.Input((None, 8))
    y, scores = SelfAttention(8, num_heads=2)(inputs, return_attention_scores=True)
    assert y.shape == (None, None, 8) and scores.shape == (None, 2, None, None)
    found = keras.Model(inputs, scores)(random_input(4))
    np.testing.assert_allclose(numpy(found).sum(axis=-1), 1, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
def test_scores_of_any_size_and_rows_of_padding_give_finite_numbers(dtype):
    """Unscaled products of some ten thousands, whose exponentials no float holds."""
    x = 100 * random_input(5)
    attention = SelfAttention(8, num_heads=2, scaled=False, positions=None, dtype=dtype)
    mask = np.array([[True] * 6, [False] * 6])
    y, scores = attention(x, padding_mask=mask, return_attention_scores=True)
    assert np.isfinite(numpy(scores)).all() and np.isfinite(numpy(ops.cast(y, "float32"))).all()
    state = attention.initial_state(2, max_length=6)
    for a, b in [(0, 3), (3, 4)]:
        y, state = attention.step(x[:, a:b], state, padding_mask=mask[:, a:b])
        assert np.isfinite(numpy(ops.cast(y, "float32"))).all()
    np.testing.assert_array_equal(numpy(state["length"]), [4, 0])


@pytest.mark.parametrize("num_key_value_heads", [1, 2])
def test_a_cache_of_a_window_is_written_round_and_round(num_key_value_heads):
    """Chunks shorter and longer than the window, and single tokens, over ten rounds."""
    x = random_input(6, length=40)
    mask = np.random.default_rng(6).random((2, 40)) < 0.8
    attention = SelfAttention(8, 2, num_key_value_heads, sliding_window=4)
    expected = numpy(attention(x, padding_mask=mask))
    state, found = attention.initial_state(2, max_length=40), []
    assert state["keys"].shape == (2 * num_key_value_heads, 4 + 1, 4)
    cuts = [0, 9, 10, 11, 12, 13, 14, 23, 26, 29, 38, 39, 40]
    for a, b in itertools.pairwise(cuts):
        y, state = attention.step(x[:, a:b], state, padding_mask=mask[:, a:b])
        found.append(numpy(y))
    np.testing.assert_allclose(np.concatenate(found, axis=1)[mask], expected[mask], atol=2e-5)


def test_a_token_outside_the_window_changes_nothing():
    x = random_input(7, batch=1)
    other = x.copy()
    other[:, 0] = 5
    attention = SelfAttention(8, 2, sliding_window=3)
    changed = np.abs(numpy(attention(x)) - numpy(attention(other))).max(axis=(0, 2)) > 1e-6
    np.testing.assert_array_equal(changed, [True, True, True, False, False, False])


def test_fewer_key_heads_make_the_cache_smaller():
    of_all = SelfAttention(8, 4).initial_state(3, max_length=5)
    shared = SelfAttention(8, 4, num_key_value_heads=1).initial_state(3, max_length=5)
    assert of_all["keys"].shape == (12, 6, 2) and shared["keys"].shape == (3, 6, 2)


@pytest.mark.parametrize("head_dim", [2, 6])
def test_heads_of_another_width_equal_the_keras_layer(head_dim):
    """Narrower and wider together than the vectors, and a number of them that divides nothing."""
    x = random_input(1)
    ours = with_random_weights(SelfAttention(8, 3, positions=None, head_dim=head_dim), x.shape)
    theirs = keras.layers.MultiHeadAttention(num_heads=3, key_dim=head_dim, use_bias=False)
    theirs.build(x.shape, x.shape)
    given = [w.reshape(8, 3, head_dim) for w in ours.get_weights()[:3]]
    theirs.set_weights([*given, ours.get_weights()[3].reshape(3, head_dim, 8)])
    expected = numpy(theirs(x, x, attention_mask=MASK[:, None, :], use_causal_mask=True))
    np.testing.assert_allclose(numpy(ours(x, padding_mask=MASK))[MASK], expected[MASK], atol=1e-5)
    assert ours.initial_state(2, max_length=5)["keys"].shape == (6, 6, head_dim)


def test_projections_are_matrices():
    """As optimizers for matrices (Muon) want them."""
    attention = SelfAttention(8, num_heads=2)
    attention.build((None, None, 6))
    assert [w.shape for w in attention.weights] == [(6, 8), (6, 8), (6, 8), (8, 8)]


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("qkv_bias", [True, False, None])
def test_queries_keys_and_values_have_biases_of_their_own(use_bias, qkv_bias):
    """Unless told, as all four."""
    attention = SelfAttention(8, num_heads=2, use_bias=use_bias, qkv_bias=qkv_bias)
    of_three = use_bias if qkv_bias is None else qkv_bias
    for copy in (attention, SelfAttention.from_config(attention.get_config())):
        copy.build((None, None, 8))
        parts = copy.query, copy.key, copy.value, copy.output_projection
        assert [part.bias is not None for part in parts] == [of_three] * 3 + [use_bias]


def test_rotary_attention_depends_on_distance_alone():
    """Padding in front takes no position, so it shifts nothing."""
    x = np.random.default_rng(2).normal(size=(1, 5, 8)).astype("float32")
    shifted = np.concatenate([np.zeros((1, 3, 8), "float32"), x], axis=1)
    mask = np.arange(8)[None, :] >= 3
    attention = SelfAttention(8, num_heads=2)
    np.testing.assert_allclose(
        numpy(attention(shifted, padding_mask=mask))[:, 3:],
        numpy(attention(x)),
        atol=1e-5,
    )


def test_rotary_positions_tell_the_order_and_none_does_not():
    x = np.random.default_rng(3).normal(size=(1, 4, 8)).astype("float32")
    swapped = x[:, [1, 0, 2, 3]]
    last = {}
    for positions in ("rotary", None):
        attention = SelfAttention(8, num_heads=2, positions=positions)
        last[positions] = np.abs(numpy(attention(x) - attention(swapped))[:, -1]).max()
    assert last["rotary"] > 1e-3
    assert last[None] < 1e-6


def test_rotation_keeps_lengths():
    x = np.random.default_rng(4).normal(size=(1, 3, 2, 8)).astype("float32")
    turned = numpy(rotate(x, np.array([[0, 5, 1000]], "int32")))
    np.testing.assert_allclose(
        np.linalg.norm(turned, axis=-1), np.linalg.norm(x, axis=-1), rtol=1e-5
    )
    np.testing.assert_allclose(turned[:, 0], x[:, 0], atol=1e-6)


def test_positions_scaled_by_a_factor_are_those_between():
    x = np.random.default_rng(4).normal(size=(1, 3, 2, 8)).astype("float32")
    near, far = np.array([[0, 5, 7]], "int32"), np.array([[0, 20, 28]], "int32")
    scaled = rotate(x, far, scaling={"rope_type": "linear", "factor": 4.0})
    np.testing.assert_allclose(numpy(scaled), numpy(rotate(x, near)), atol=1e-6)


def test_llama_3_stretches_the_long_periods_alone():
    """Of 1,000^(m/4): radians a position of 1, 0.18, 0.032 and 0.0056; in 64 positions 10.2, 1.8,
    0.32 and 0.06 turns, so the first stays, the second is mixed, and the others turn a quarter."""
    scaling = {
        "rope_type": "llama3",
        "factor": 4.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64,
    }
    x = np.concatenate([np.ones(4), np.zeros(4)]).astype("float32")[None, None, None]
    turned = numpy(rotate(x, np.array([[1]], "int32"), 1000.0, scaling))[0, 0, 0]
    frequencies = np.arctan2(turned[4:], turned[:4])  # of angles below half a turn
    plain = 1000.0 ** (-np.arange(4) / 4)
    kept = (64 * plain[1] / (2 * np.pi) - 1) / (4 - 1)
    mixed = plain[1] * (kept + (1 - kept) / 4)
    expected = [plain[0], mixed, plain[2] / 4, plain[3] / 4]
    np.testing.assert_allclose(frequencies, expected, atol=1e-6)


def test_in_llama_3_2_1b_14_of_32_pairs_turn_slower_by_the_whole_factor():
    """Those of more than 8,192 positions a turn; those of fewer than 2,048 stay as they were."""
    preset = PRESETS["llama3.2-1b"]
    base, scaling = preset["rope_max_wavelength"], preset["rope_scaling"]
    x = np.concatenate([np.ones(32), np.zeros(32)]).astype("float32")[None, None, None]
    at = np.array([[1]], "int32")
    turned = [numpy(rotate(x, at, base, given))[0, 0, 0] for given in (None, scaling)]
    plain, scaled = (np.arctan2(each[32:], each[:32]) for each in turned)
    ratios, turn = plain / scaled, 2 * np.pi / plain
    np.testing.assert_allclose(ratios[turn < 2048], 1, rtol=1e-5)
    np.testing.assert_allclose(ratios[turn > 8192], 32, rtol=1e-5)
    assert [(turn < 2048).sum(), (turn > 8192).sum()] == [15, 14]
    assert (np.diff(ratios[14:19]) > 0).all()


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_angles_are_of_float32_whatever_turns(dtype):
    """Half precision does not know 15,962 from 15,968."""
    x = np.random.default_rng(4).normal(size=(1, 1, 2, 8)).astype("float32")
    at = np.array([[15_962]], "int32")
    turned = ops.cast(rotate(ops.cast(x, dtype), at, 1e6), "float32")
    np.testing.assert_allclose(numpy(turned), numpy(rotate(x, at, 1e6)), atol=0.03)


def test_a_token_beyond_the_cache_harms_no_earlier_one():
    x = np.random.default_rng(5).normal(size=(1, 4, 8)).astype("float32")
    attention = SelfAttention(8, num_heads=2)
    full = attention.initial_state(1, max_length=3)
    _, state = attention.step(x[:, :3], full)
    _, after = attention.step(x[:, 3:], state)
    np.testing.assert_array_equal(numpy(after["keys"])[:, :3], numpy(state["keys"])[:, :3])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hidden_dim": 10, "num_heads": 3}, "num_heads=3 does not divide hidden_dim=10"),
        ({"hidden_dim": 8, "num_heads": 0}, "num_heads=0"),
        ({"hidden_dim": 8, "num_heads": 2.0}, r"num_heads=2\.0"),
        ({"hidden_dim": 8, "num_heads": 2, "num_key_value_heads": "1"}, "num_key_value_heads='1'"),
        ({"hidden_dim": 6, "num_heads": 2}, "head_dim=3 .* is odd"),
        ({"hidden_dim": 8, "num_heads": 2, "head_dim": 3}, "head_dim=3 .* is odd"),
        ({"hidden_dim": 8, "num_heads": 2, "positions": "learned"}, "positions='learned'"),
        ({"hidden_dim": 8, "num_heads": 4, "num_key_value_heads": 3}, "num_key_value_heads=3"),
        ({"hidden_dim": 8, "num_heads": 4, "num_key_value_heads": 0}, "num_key_value_heads=0"),
        ({"hidden_dim": 8, "num_heads": 2, "sliding_window": 0}, "sliding_window=0"),
        (
            {"hidden_dim": 8, "num_heads": 2, "rope_scaling": {"rope_type": "yarn", "factor": 2.0}},
            "rope_type, 'yarn', which is not allowed; use None or one of 'linear', 'llama3'",
        ),
        (
            {"hidden_dim": 8, "num_heads": 2, "rope_scaling": {"rope_type": "linear", "factor": 0}},
            r"rope_scaling\['factor'\]=0 is not allowed; use a number >= 1",
        ),
        (
            {
                "hidden_dim": 8,
                "num_heads": 2,
                "rope_scaling": {
                    "rope_type": "llama3",
                    "factor": 8.0,
                    "low_freq_factor": 4.0,
                    "high_freq_factor": 4.0,
                    "original_max_position_embeddings": 8192,
                },
            },
            r"\['high_freq_factor'\]=4.0 is not allowed; use a number > low_freq_factor=4.0",
        ),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        SelfAttention(**arguments)
