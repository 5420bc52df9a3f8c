"""Exercises of page 04, recurrence."""

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

LEFT = ("a twentieth", "a thousandth", "a millionth")


@exercise("04.1")
def left_of_a_gradient(answer):
    """Halved at each of 20 steps."""
    if (answer := chosen(answer, LEFT)) is None:
        names = ", ".join(f'"{name}"' for name in LEFT)
        return Hint(f"answer one of {names}", f"请从 {names} 中选一个回答")
    if answer == "a twentieth":
        return Hint(
            "that would be so if each step took away the same amount; here each takes away the "
            "same share of what is left",
            "每一步减去同样多才会这样；这里每一步减去的是剩余部分的同一比例",
        )
    if answer == "a thousandth":
        return Hint(
            "so much is left after ten steps: how much after ten more?",
            "这是十步之后剩下的：再过十步呢？",
        )
    return None


@exercise("04.2")
def weights_of_an_lstm(answer):
    """Words of 3 numbers, a state of 5."""
    of_one = 3 * 5 + 5 * 5 + 5
    if answer == of_one:
        return Hint(
            "those are the weights of an RNN: how many times the columns has an LSTM?",
            "这是 RNN 的权重个数：LSTM 的列数是它的几倍？",
        )
    if answer == 3 * of_one:
        return Hint(
            "three gates, and what else is computed from the word and the state?",
            "门有三个，此外还有什么也由词和状态算出？",
        )
    if answer in (4 * (3 * 5 + 5 * 5), 4 * (3 * 5 + 5), 4 * (5 * 5 + 5)):
        return Hint(
            "W, U and b each have their numbers: one of the three is missing",
            "W、U 和 b 各有自己的数：三者中漏掉了一个",
        )
    if answer != 4 * of_one:
        return Hint(
            "for each column: one number a number of the word, one a number of the state, and one "
            "bias; then count the columns",
            "每一列的个数：词有几个数就有几个，状态有几个数就有几个，再加一个偏置；然后数一数有多少列",
        )
    return None


@exercise("04.3")
def bias_of_a_forget_gate(answer):
    """Half of the cell is left after 20 steps."""
    gate = 0.5 ** (1 / 20)
    bias = float(np.log(gate / (1 - gate)))
    answer = float(answer)
    if np.isclose(answer, gate, atol=0.006):
        return Hint(
            "that is the gate itself; the bias is what the sigmoid makes it of",
            "这是门的值；偏置是 sigmoid 的输入，由它得到这个值",
        )
    if np.isclose(answer, 0, atol=0.006):
        return Hint(
            "a bias of 0 leaves half after a single step", "偏置为 0 时，只过一步就只剩一半了"
        )
    if np.isclose(answer, -bias, atol=0.006):
        return Hint(
            "right but for the sign: this gate is nearly shut", "只差正负号：这样的门几乎是关着的"
        )
    if not np.isclose(answer, bias, atol=0.006):
        left = (1 / (1 + np.exp(-answer))) ** 20
        return Hint(
            f"with this bias {left:.3f} of the cell is left after 20 steps",
            f"取这个偏置，20 步之后记忆元还剩 {left:.3f}",
        )
    return None


def _leaky(state, word):
    return 0.5 * np.asarray(state) + word


@exercise("04.4")
def run_with_a_mask(answer):
    """A function of f, the first state, words (T, D) and mask (T,): states (T, U)."""
    words = np.random.default_rng(0).normal(size=(5, 2))
    start, mask = np.array([1.0, -1.0]), np.array([True, False, True, True, False])
    found = np.asarray(call(answer, _leaky, start, words, np.ones(5, bool)), "float64")
    if found.shape != (5, 2):
        return Hint(
            f"5 words and a state of 2 numbers give shape (5, 2), and this has {found.shape}",
            f"5 个词、2 个数的状态应得到形状 (5, 2)，这里是 {found.shape}",
        )
    if not np.allclose(found, _states(start, words, np.ones(5, bool))):
        return Hint(
            "it is not right even where all are words: does it begin with the given state, and "
            "does each step go on from the one before?",
            "即使全都是词，结果也不对：是从给定的状态开始的吗？每一步都接着上一步吗？",
        )
    found = np.asarray(call(answer, _leaky, start, words, mask), "float64")
    if found.shape != (5, 2):
        return Hint(
            "padded steps have a state too: that of the step before",
            "填充的那些步也有状态：就是上一步的状态",
        )
    if not np.allclose(found, _states(start, words, mask)):
        steps = np.flatnonzero(~np.isclose(found, _states(start, words, mask)).all(axis=1))
        return Hint(
            f"right without padding; with mask {mask.tolist()} the state is wrong after step "
            f"{steps[0] + 1}: what has a padded step to leave behind?",
            f"没有填充时正确；掩码为 {mask.tolist()} 时，第 {steps[0] + 1} 步之后的状态不对："
            "经过填充的一步，应该留下什么？",
        )
    found = call(answer, np.subtract, start, words, mask)
    if not np.allclose(found, _states(start, words, mask, np.subtract)):
        return OTHER_ARGUMENTS
    return None


def _states(state, words, mask, f=_leaky):
    states = []
    for word, is_word in zip(words, mask, strict=True):
        state = f(state, word) if is_word else state
        states.append(state)
    return np.array(states)


@exercise("04.5")
def clip_gradients(answer):
    """A function of a list of arrays and the greatest length of them together."""
    rng = np.random.default_rng(0)
    gradients = [rng.normal(size=(3, 4)), 10 * rng.normal(size=5)]
    length = np.sqrt(sum((g**2).sum() for g in gradients))
    found = call(answer, [g.copy() for g in gradients], 2.0)
    if len(found) != 2 or [np.shape(g) for g in found] != [(3, 4), (5,)]:
        return Hint(
            "arrays of the same shapes are needed, in the same order",
            "需要形状相同、次序相同的数组",
        )
    found = [np.asarray(g, "float64") for g in found]
    if not all(
        np.allclose(g * np.linalg.norm(old), old * np.linalg.norm(g), rtol=1e-3, atol=1e-4)
        for g, old in zip(found, gradients, strict=True)
    ):
        return Hint(
            "the direction has changed: all numbers take the same factor",
            "方向变了：所有的数都要乘同一个因子",
        )
    shares = [
        np.linalg.norm(g) / np.linalg.norm(old) for g, old in zip(found, gradients, strict=True)
    ]
    if not np.isclose(*shares, rtol=1e-3):
        return Hint(
            "each array has been shortened by itself; they are one vector, and take one factor",
            "每个数组是各自缩短的；它们合起来是一个向量，要用同一个因子",
        )
    if not np.isclose(shares[0] * length, 2.0, rtol=1e-3):
        return Hint(
            f"the most was 2, and the length of all together is now {shares[0] * length:.3f}",
            f"上限是 2，而现在合起来的长度是 {shares[0] * length:.3f}",
        )
    short = call(answer, [g.copy() for g in gradients], 2 * length)
    if not all(np.allclose(g, old) for g, old in zip(short, gradients, strict=True)):
        return Hint(
            "a gradient that is short enough stays as it is", "长度没有超过上限的梯度应保持不变"
        )
    return None


@exercise("04.6")
def a_leaky_cell(answer):
    """A class of `Block`, made with `hidden_dim`: h = g h + (1 - g) w, g = sigmoid(keep)."""
    if hint := no_block_class(answer):
        return hint
    rng = np.random.default_rng(0)
    x, keep = rng.normal(size=(2, 5, 8)).astype("float32"), rng.normal(size=8).astype("float32")
    block = answer(hidden_dim=8)
    call(block.step, x, block.initial_state(2, 5))
    block.keep.assign(keep)
    g, h, expected = 1 / (1 + np.exp(-keep)), np.zeros((2, 8)), []
    for t in range(5):
        h = g * h + (1 - g) * x[:, t]
        expected.append(h)
    found = np.asarray(block(x))
    if found.shape != (2, 5, 8):
        return Hint(
            f"two texts of 5 words of 8 numbers give shape (2, 5, 8), and this is {found.shape}",
            f"两段文本、每段 5 个词、每个词 8 个数，应得到形状 (2, 5, 8)，这里是 {found.shape}",
        )
    if not np.allclose(found, np.stack(expected, axis=1), atol=1e-5):
        is_first = np.allclose(found[:, 0], expected[0], atol=1e-5)
        return Hint(
            "the state after the first word is right, and later ones are not"
            if is_first
            else "the state after the first word is not (1 - g) w, with g = sigmoid(keep)",
            "第一个词之后的状态正确，后面的不对"
            if is_first
            else "第一个词之后的状态不等于 (1 - g) w，其中 g = sigmoid(keep)",
        )
    return broken_law(lambda: answer(hidden_dim=8))
