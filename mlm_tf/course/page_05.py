"""Exercises of page 05, attention."""

import numpy as np

from mlm_tf.course.exercises import (
    OTHER_ARGUMENTS,
    Hint,
    broken_law,
    call,
    chosen,
    exercise,
    no_block_class,
)

NO_ARRAY = Hint("an array of numbers is needed", "这里需要一个数值数组")


@exercise("05.1")
def which_key_is_read_more(answer):
    """q = (1, 0); the keys are (2, 0) and (1, 9)."""
    if (answer := chosen(answer, ("first", "second"))) is None:
        return Hint('answer "first" or "second"', '请回答 "first" 或 "second"')
    if answer == "second":
        return Hint(
            "a score is a dot product with q: which entries of a key does this q ignore?",
            "得分是与 q 的点积：这个 q 忽略了键的哪些分量？",
        )
    return None


@exercise("05.2")
def weights_of_a_zero_query(answer):
    """q = 0 over four keys."""
    weights = np.asarray(answer, "float64")
    if weights.shape != (4,):
        return Hint(
            f"four weights are needed, one a key; the shape is {weights.shape}",
            f"需要四个权重，每个键一个；这里的形状是 {weights.shape}",
        )
    if not np.isclose(weights.sum(), 1):
        return Hint("weights of one query sum to 1", "同一个查询的权重之和是 1")
    if not np.allclose(weights, weights[0]):
        return Hint(
            "a query of zeros scores every key alike", "查询为零向量时，它与每个键的得分都一样"
        )
    return None


def _reference(q, k, v, visible=None):
    scores = q @ k.T / np.sqrt(q.shape[-1])
    if visible is not None:
        scores = np.where(visible, scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return weights @ v


@exercise("05.3")
def attention_in_numpy(answer):
    """A function of q (m, d), k (n, d) and v (n, e)."""
    rng = np.random.default_rng(0)
    q, k, v = rng.normal(size=(3, 8)), rng.normal(size=(5, 8)), rng.normal(size=(5, 2))
    found, expected = np.asarray(call(answer, q, k, v), "float64"), _reference(q, k, v)
    if found.shape != expected.shape:
        return Hint(
            f"3 queries and 5 values of length 2 give shape {expected.shape}, and this has "
            f"{found.shape}",
            f"3 个查询和 5 个长度为 2 的值应得到形状 {expected.shape}，这里是 {found.shape}",
        )
    if np.allclose(found, _reference(q * np.sqrt(8), k, v)):
        return Hint(
            "right, but for the scale: divide the scores by the square root of d",
            "只差缩放：得分要除以 d 的平方根",
        )
    if not np.allclose(found, expected):
        ones = np.asarray(call(answer, q, k, np.ones((5, 2))), "float64")
        if not np.allclose(ones, 1):
            return Hint(
                "if all values are 1 the output must be 1 as well: do the weights of each query "
                "sum to 1, over the keys?",
                "若所有的值都是 1，输出也应是 1：每个查询的权重在各个键上的和是 1 吗？",
            )
        return Hint(
            "the weights sum to 1, but they are others than softmax(q·k/√d)",
            "权重之和是 1，但它们不等于 softmax(q·k/√d)",
        )
    with np.errstate(all="ignore"):
        large = np.asarray(call(answer, 1000 * q, k, v), "float64")
    if not np.allclose(large, _reference(1000 * q, k, v)):
        return Hint(
            "right for small scores; with scores of a thousand exp overflows: subtract the "
            "largest score of each row first",
            "得分较小时正确；得分上千时 exp 会溢出：先减去每一行的最大得分",
        )
    if not np.allclose(call(answer, q[:, :4], k[:, :4], v), _reference(q[:, :4], k[:, :4], v)):
        return OTHER_ARGUMENTS
    return None


@exercise("05.4")
def causal_mask(answer):
    """A function of n: bool (n, n), true where row i may read column j."""
    for n in (1, 4):
        found = np.asarray(call(answer, n))
        if found.shape != (n, n):
            return Hint(
                f"for n = {n} the shape must be {(n, n)}, and it is {found.shape}",
                f"n = {n} 时形状应为 {(n, n)}，这里是 {found.shape}",
            )
        allowed, below = np.tri(n, dtype=bool), np.tri(n, k=-1, dtype=bool)
        found = found.astype(bool)
        if n > 1 and (found == allowed.T).all():
            return Hint("this lets a word read what comes later", "这样一个词会读到后面的词")
        if (n > 1 and (found == below).all()) or (n == 1 and not found.all()):
            return Hint(
                "a word may read itself too: else the first one could read nothing",
                "一个词也可以读自己，否则第一个词就没有可读的了",
            )
        if (found != allowed).any():
            return Hint("row i may read column j where j <= i", "第 i 行在 j <= i 处可以读第 j 列")
    return None


@exercise("05.5")
def numbers_in_a_cache(answer):
    """2 layers, hidden_dim 64, 4 heads, 2 heads of keys and values, 100 tokens."""
    right = 2 * 2 * 100 * 2 * 16
    if answer == right // 2:
        return Hint(
            "a cache holds keys and values, and there are two layers: one of the two is missing",
            "缓存里有键也有值，而且有两层：漏掉了一个 2",
        )
    if answer == right * 2:
        return Hint(
            "how many heads of keys and values are there, and how wide is a head?",
            "键和值有几个头？一个头有多宽？",
        )
    if answer != right:
        return Hint(
            "begin with one word in one layer: which of its vectors are kept, how long are they?",
            "先看一个词在一层里：它的哪些向量要保留？各有多长？",
        )
    return None


@exercise("05.6")
def mean_of_the_past(answer):
    """A class of `Block`, made with `hidden_dim`: position i gives the mean of positions 0 to i."""
    if hint := no_block_class(answer):
        return hint
    x = np.random.default_rng(0).normal(size=(2, 5, 8)).astype("float32")
    block = answer(hidden_dim=8)
    call(block.step, x, block.initial_state(2, 5))
    expected = np.cumsum(x, axis=1) / np.arange(1, 6)[None, :, None]
    if not np.allclose(np.asarray(block(x)), expected, atol=1e-5):
        return Hint(
            "a whole sequence at once does not give the mean of all positions so far",
            "一次输入整个序列时，得到的不是到各位置为止的平均值",
        )
    return broken_law(lambda: answer(hidden_dim=8))
