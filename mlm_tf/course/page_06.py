"""Exercises of page 06, the Transformer and the factory."""

import numpy as np

from mlm_tf.course.exercises import (
    OTHER_ARGUMENTS,
    Hint,
    UnansweredError,
    broken_law,
    call,
    exercise,
    no_block_class,
)


@exercise("06.1")
def times_as_many_parameters(answer):
    """A Transformer block twice as wide."""
    if answer not in (2, 4, 8):
        return Hint("answer 2, 4 or 8", "请回答 2、4 或 8")
    if answer != 4:
        return Hint(
            "nearly all parameters stand in matrices: how do their rows and columns grow?",
            "几乎所有参数都在矩阵里：矩阵的行数和列数各变为几倍？",
        )
    return None


@exercise("06.2")
def parameters_of_a_block(answer):
    """hidden_dim 64, 8 heads, 2 of keys and values, intermediate_dim 128, two gains."""
    of_queries_and_output, of_keys_and_values = 2 * 64 * 64, 2 * 64 * 16
    of_feed_forward, gains = 2 * 64 * 128, 2 * 64
    right = of_queries_and_output + of_keys_and_values + of_feed_forward + gains
    if answer == right - gains:
        return Hint("the gains of the norms are missing", "漏掉了规范化的增益")
    if answer == right - of_keys_and_values + 2 * 64 * 64:
        return Hint(
            "the matrices of keys and values are narrower than that of the queries",
            "键和值的矩阵比查询的矩阵窄",
        )
    if answer == right - of_feed_forward + 8 * 64 * 64:
        return Hint(
            "the network inside is not four times as wide here",
            "这里前馈网络的中间不是四倍宽",
        )
    if answer != right:
        return Hint(
            "count the matrices of queries, keys, values and output, the two of the position-wise "
            "network, and a gain for each of two norms",
            "数一数：查询、键、值、输出的矩阵，前馈网络的两个矩阵，以及两个规范化各自的增益",
        )
    return None


@exercise("06.3")
def words_that_count(answer):
    """Three blocks, each reads itself and three words before."""
    if answer == 4:
        return Hint(
            "that is one block: what had the words it reads read themselves?",
            "这只是一个块：它读到的那些词，自己又读过什么？",
        )
    if answer == 12:
        return Hint(
            "a window counts the word itself: how much farther back does each further block reach?",
            "窗口里包括词自己：每多一个块，能多往前看几个词？",
        )
    if answer == 9:
        return Hint("the last word itself counts too", "最后一个词自己也要算")
    if answer != 1 + 3 * 3:
        return Hint(
            "draw it: from the last output three words back, and again from each of these",
            "画一画：从最后一个输出往前三个词，再从这些词各往前三个词",
        )
    return None


@exercise("06.4")
def layer_norm(answer):
    """A function of x (T, D), gain (D,), bias (D,) and epsilon."""
    rng = np.random.default_rng(0)
    x, gain, bias = rng.normal(2, 3, size=(4, 6)), rng.normal(size=6), rng.normal(size=6)
    found = np.asarray(call(answer, x, gain, bias), "float64")
    mean = x.mean(axis=1, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=1, keepdims=True)
    if found.shape != x.shape:
        return Hint(
            f"the shape stays {x.shape}, and here it is {found.shape}",
            f"形状应保持 {x.shape}，这里是 {found.shape}",
        )
    root = np.sqrt((x**2).mean(axis=1, keepdims=True))
    if np.allclose(found, x / root * gain + bias, atol=1e-3):
        return Hint(
            "that is the RMS norm: the mean is not subtracted", "这是 RMS 规范化：没有减去平均"
        )
    columns = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-6) * gain + bias
    if np.allclose(found, columns, atol=1e-3):
        return Hint(
            "that normalises over the words; each word is to be normalised by itself",
            "这是在各个词之间做规范化；应当对每个词单独做",
        )
    if np.allclose(found, (x - mean) / np.sqrt(variance), atol=1e-3):
        return Hint("gain and bias are missing", "漏掉了增益和偏置")
    expected = (x - mean) / np.sqrt(variance + 1e-6) * gain + bias
    if not np.allclose(found, expected, atol=1e-5):
        return Hint(
            "for gain 1 and bias 0 each word should have mean 0 and mean square 1",
            "增益为 1、偏置为 0 时，每个词的平均应为 0，均方应为 1",
        )
    same = np.asarray(call(answer, np.full((1, 6), 2.0), gain, bias, 1e-6), "float64")
    large = np.asarray(call(answer, x, gain, bias, 1.0), "float64")
    if not (
        np.allclose(same, bias)
        and np.allclose(large, (x - mean) / np.sqrt(variance + 1) * gain + bias)
    ):
        return Hint(
            "right for usual words; epsilon belongs under the root, beside the variance",
            "一般的词算对了；epsilon 应加在根号里的方差上",
        )
    return None


@exercise("06.5")
def sinusoidal_positions(answer):
    """A function of length and dim: (length, dim)."""
    length, dim = 7, 6
    found = np.asarray(call(answer, length, dim), "float64")
    if found.shape != (length, dim):
        return Hint(
            f"for length {length} and dim {dim} the shape is {(length, dim)}, not {found.shape}",
            f"length 为 {length}、dim 为 {dim} 时，形状应为 {(length, dim)}，而不是 {found.shape}",
        )

    def waves(first=0, spacing=2, length=length, dim=dim):
        angles = np.arange(first, first + length)[:, None]
        angles = angles / 10_000 ** (spacing * np.arange(dim // 2) / dim)
        return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(length, dim)

    if np.allclose(found, waves(first=1)):
        return Hint("the first position is 0", "第一个位置是 0")
    in_halves = np.concatenate([waves()[:, ::2], waves()[:, 1::2]], axis=1)
    if np.allclose(found, in_halves):
        return Hint(
            "right numbers, another order: a sine and its cosine stand side by side",
            "数都对，顺序不对：正弦和它的余弦应当相邻",
        )
    if np.allclose(found, waves(spacing=1)):
        return Hint("look at the exponent again: it has a 2", "再看看指数：那里有一个 2")
    if not np.allclose(found[0], waves()[0]):
        return Hint(
            "at position 0 all angles are 0: what are the sine and the cosine of that?",
            "位置 0 上所有的角都是 0：它的正弦和余弦各是多少？",
        )
    if not np.allclose(found, waves()):
        return Hint(
            "position 0 is right; the pairs further right should turn more slowly",
            "位置 0 是对的；越靠右的一对应当转得越慢",
        )
    other = np.asarray(call(answer, 3, 8), "float64")
    if other.shape != (3, 8) or not np.allclose(other, waves(length=3, dim=8)):
        return OTHER_ARGUMENTS
    return None


@exercise("06.6")
def largest_so_far(answer):
    """A class of `Block`, made with `hidden_dim`: position i gives the largest of 0 to i."""
    if hint := no_block_class(answer):
        return hint
    x = np.random.default_rng(0).normal(size=(2, 5, 8)).astype("float32")
    block = answer(hidden_dim=8)
    if (state := call(block.initial_state, 2, 5)) is None:
        raise UnansweredError
    call(block.step, x, state)
    expected = np.maximum.accumulate(x, axis=1)
    found = np.asarray(block(x))
    if found.shape != x.shape:
        return Hint(
            f"the shape stays {x.shape}, and here it is {found.shape}",
            f"形状应保持 {x.shape}，这里是 {found.shape}",
        )
    if np.allclose(found, np.maximum(expected, 0)):
        return Hint(
            "right where something is above 0: what is the largest of no numbers at all?",
            "最大值大于 0 时正确：一个数也没有时，最大值应当是什么？",
        )
    if not np.allclose(found, expected):
        return Hint(
            "a whole sequence at once does not give the largest of all positions so far",
            "一次输入整个序列时，得到的不是到各位置为止的最大值",
        )
    return broken_law(lambda: answer(hidden_dim=8))
