"""Exercises of page 02, counting."""

import numpy as np

from mlm_tf.course.exercises import OTHER_ARGUMENTS, Hint, call, chosen, exercise


@exercise("02.1")
def perplexity_with_ever_more_added(answer):
    """k is added to every count of V outcomes and grows without bound."""
    if (answer := chosen(answer, ("1", "V", "infinity"))) is None:
        return Hint('answer "1", "V" or "infinity"', '请回答 "1"、"V" 或 "infinity"')
    if answer == "infinity":
        return Hint(
            "infinite is a perplexity where something has the probability 0; here everything "
            "has been given a share",
            "只有某个词元的概率为 0 时困惑度才是无穷大；这里每个词元都分到了一份",
        )
    if answer == "1":
        return Hint(
            "that would be a model that is always certain; does adding make it more certain?",
            "那是一个永远确定无疑的模型；加上一个数会让它更确定吗？",
        )
    return None


@exercise("02.2")
def one_added(answer):
    """c(green) = 10, c(green grass) = 3, 20 outcomes, k = 1."""
    if np.isclose(answer, 3 / 10):
        return Hint("that is without anything added", "这是什么也没加时的概率")
    if np.isclose(answer, 4 / 10) or np.isclose(answer, 4 / 11):
        return Hint(
            "each of the outcomes gets one more: what does the sum of the row become?",
            "每个可能的结果都多了一次：这一行的和变成了多少？",
        )
    if np.isclose(answer, 4 / 13):
        return Hint(
            "what was never seen after the word gets its share too",
            "在这个词后面从没见过的结果也要分到一份",
        )
    if not np.isclose(answer, 4 / 30, atol=0.0005):
        return Hint(
            "with 1 added everywhere, the probabilities of all 20 outcomes must sum to 1 again: do "
            "yours?",
            "处处加 1 之后，全部 20 个结果的概率之和必须仍然是 1：你的满足吗？",
        )
    return None


@exercise("02.3")
def bits_and_perplexity(answer):
    """The probabilities 1/2, 1/4, 1/8, 1/8."""
    values = np.asarray(answer, "float64")
    if values.shape != (2,):
        return Hint(
            "two numbers are needed: bits per token, perplexity",
            "需要两个数：每词元的比特数和困惑度",
        )
    if np.isclose(values[0], 9):
        return Hint("these are the bits of the whole text", "这是整段文本的比特数")
    if np.isclose(values[0], 1.75):
        return Hint(
            "that is the entropy of a die with these four sides; here each of the four tokens "
            "came up once, and counts alike",
            "这是以这四个概率为各面的骰子的熵；这里四个词元各出现一次，同等计算",
        )
    if np.isclose(values[0], 2.25 * np.log(2)):
        return Hint("those are nats; a bit is the logarithm to base 2", "这是奈特；比特以 2 为底")
    if np.isclose(values[0], 2):
        return Hint(
            "take the mean of the surprises, not the surprise of a mean probability",
            "要求惊异的平均，而不是平均概率的惊异",
        )
    if not np.isclose(values[0], 2.25):
        return Hint(
            "a token of probability p costs −log₂ p bits; take the mean",
            "概率为 p 的词元要 −log₂ p 个比特；求平均",
        )
    if np.isclose(values[1], np.exp(2.25)):
        return Hint("the bits are right; e belongs to nats", "比特数正确；底数 e 对应的是奈特")
    if not np.isclose(values[1], 2**2.25, rtol=1e-2):
        return Hint(
            "the bits are right; the perplexity is a power of them, and a geometric mean of 1/p",
            "比特数正确；困惑度是它的幂，也就是 1/p 的几何平均",
        )
    return None


@exercise("02.4")
def counts_of_pairs(answer):
    """A function of ids (N,) and V: how often j follows i."""
    ids = np.array([0, 1, 2, 1, 2, 2, 1, 2, 0, 0])
    expected = np.zeros((4, 4))
    np.add.at(expected, (ids[:-1], ids[1:]), 1)
    found = np.asarray(call(answer, ids, 4), "float64")
    if found.shape != (4, 4):
        return Hint(
            f"for V = 4 the shape must be (4, 4), and it is {found.shape}",
            f"V = 4 时形状应为 (4, 4)，这里是 {found.shape}",
        )
    if np.array_equal(found, expected.T):
        return Hint(
            "the row is the token before, the column the one after", "行是前一个，列是后一个"
        )
    if np.array_equal(found, expected > 0):
        return Hint(
            "a pair that occurs three times counts three: `counts[a, b] += 1` with arrays adds "
            "once for each place, however often it is named",
            "出现三次的词对要数三次：`counts[a, b] += 1` 用数组作下标时，同一处写几遍也只加一次",
        )
    if np.isclose(found.sum(), len(ids)):
        return Hint(
            "one pair too many: the last token has nothing after it, not even the first",
            "多了一对：最后一个词元后面没有词元，第一个也不算",
        )
    if np.allclose(found.sum(axis=1), 1) or np.isclose(found.sum(), 1):
        return Hint("counts are asked for, not shares", "要的是计数，不是比例")
    if not np.array_equal(found, expected):
        return Hint(
            f"of {len(ids)} ids there are {len(ids) - 1} pairs; the entries sum to {found.sum():g} "
            "and are not how often each pair stands side by side",
            f"{len(ids)} 个编号有 {len(ids) - 1} 对；这里各元之和是 {found.sum():g}，而且不是各对"
            "相邻出现的次数",
        )
    if not np.array_equal(call(answer, ids, 5), np.pad(expected, (0, 1))):
        return OTHER_ARGUMENTS
    return None


def _log_softmax(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


@exercise("02.5")
def stable_log_softmax(answer):
    """A function of logits (B, V)."""
    z = np.random.default_rng(0).normal(size=(3, 4))
    found, expected = np.asarray(call(answer, z), "float64"), _log_softmax(z)
    if found.shape != expected.shape:
        return Hint(
            f"the shape must stay {expected.shape}, and it is {found.shape}",
            f"形状应保持 {expected.shape}，这里是 {found.shape}",
        )
    if np.allclose(found, np.exp(expected)):
        return Hint(
            "these are probabilities; their logarithms are asked for", "这是概率，要的是它的对数"
        )
    if np.allclose(found, _log_softmax(z.T).T):
        return Hint("the sum runs over the last axis", "求和要沿最后一个轴")
    if not np.allclose(found, expected):
        return Hint(
            "exp of a row does not sum to 1, or its differences are not those of the logits",
            "某一行取 exp 后的和不是 1，或者各元之差与 logits 之差不同",
        )
    with np.errstate(all="ignore"):
        high = np.asarray(call(answer, z + 5000), "float64")
        large = np.asarray(call(answer, 1000 * z), "float64")
        apart = np.asarray(call(answer, z + np.array([[0.0], [5000.0], [-5000.0]])), "float64")
    if not np.allclose(high, expected):
        return Hint(
            "right for small logits; exp of thousands overflows: subtract something first, which "
            "changes no difference",
            "logits 较小时正确；上千的数取 exp 会上溢：先减去一个数，差不会变",
        )
    if not np.allclose(apart, expected):
        return Hint(
            "right for small logits; not where one row lies far from another: what is subtracted "
            "must be of the same row",
            "logits 较小时正确；某一行远离另一行时不对：减去的必须是同一行的数",
        )
    if not np.allclose(large, _log_softmax(1000 * z)):
        return Hint(
            "right for small logits; for large ones a probability underflows to 0 before its "
            "logarithm is taken: simplify log(exp(a) / b) on paper first",
            "logits 较小时正确；较大时概率先下溢成 0，再取对数就错了：先在纸上化简 log(exp(a) / b)",
        )
    return None


@exercise("02.6")
def absolute_discounting(answer):
    """A function of counts (V,), lower (V,) and d."""
    counts, lower = np.array([5.0, 1.0, 0.0, 2.0, 0.0]), np.array([0.1, 0.2, 0.3, 0.1, 0.3])
    d = 0.6
    kept = np.maximum(counts - d, 0)
    expected = (kept + d * (counts > 0).sum() * lower) / counts.sum()
    found = np.asarray(call(answer, counts, lower, d), "float64")
    if found.shape != (5,):
        return Hint(
            f"five probabilities are needed; the shape is {found.shape}",
            f"需要五个概率；这里的形状是 {found.shape}",
        )
    if (found < 0).any():
        return Hint(
            "a probability below 0: take nothing from a count of 0",
            "出现了负的概率：计数为 0 的不能再减",
        )
    if not np.isclose(found.sum(), 1):
        return Hint(
            f"the sum is {found.sum():.3f}: what is given to the shorter history must be what was "
            "taken, d for each token that was seen",
            f"总和是 {found.sum():.3f}：分给更短历史的必须等于减去的，每个见过的词元各 d",
        )
    if not np.allclose(found, expected):
        return Hint(
            "the sum is 1; but what is taken goes to `lower`, in its proportions, to seen and "
            "unseen tokens alike",
            "总和是 1；但省下来的要按 `lower` 的比例分，见过的和没见过的词元都有份",
        )
    with np.errstate(all="ignore"):
        unseen = np.asarray(call(answer, np.zeros(5), lower, d), "float64")
    if not np.allclose(unseen, lower):
        return Hint(
            "right, but for a history that was never seen, where a sum is 0",
            "只差一种情形：从没见过的历史，那里的和是 0",
        )
    less = (np.maximum(counts - 0.3, 0) + 0.3 * (counts > 0).sum() * lower) / counts.sum()
    if not np.allclose(call(answer, counts, lower, 0.3), less):
        return OTHER_ARGUMENTS
    return None
