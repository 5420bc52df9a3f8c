"""Exercises of page 15, summaries."""

import numpy as np

from mlm_tf.course.exercises import OTHER_ARGUMENTS, Hint, call, exercise


@exercise("15.1")
def f_of_rouge_1(answer):
    """8 words, 12 words, 6 in common."""
    value = float(np.asarray(answer, "float64"))
    if np.isclose(value, 6 / 8):
        return Hint("that is the precision alone", "这只是精确率")
    if np.isclose(value, 6 / 12):
        return Hint("that is the recall alone", "这只是召回率")
    if np.isclose(value, (6 / 8 + 6 / 12) / 2):
        return Hint(
            "that is the ordinary mean of precision and recall; F is another one",
            "这是精确率和召回率的算术平均；F 是另一种平均",
        )
    if np.isclose(value, 60):
        return Hint("as a share, not in hundredths", "请写成比例，不要写成百分数")
    if not np.isclose(value, 0.6, atol=5e-3):
        return Hint(
            "precision and recall first: the common words over the words of each side",
            "先算精确率和召回率：共同的词数分别除以两边的词数",
        )
    return None


@exercise("15.2")
def probability_of_a_copied_word(answer):
    """p_gen 0.7, 0.1 in the vocabulary, weights 0.2 and 0.3."""
    value = float(np.asarray(answer, "float64"))
    if np.isclose(value, 0.7 * 0.1):
        return Hint(
            "that is what is generated; the word can be copied too",
            "这只是生成的部分；这个词还可以抄",
        )
    if np.isclose(value, 0.3 * 0.5):
        return Hint(
            "that is what is copied; the word can be generated too",
            "这只是抄的部分；这个词还可以生成",
        )
    if np.isclose(value, 0.1 + 0.5):
        return Hint("the two parts share one probability, by p_gen", "两部分要由 p_gen 来分配")
    if np.isclose(value, 0.3 * 0.1 + 0.7 * 0.5):
        return Hint(
            "which of the two does p_gen weigh, generating or copying?",
            "p_gen 乘的是哪一部分，生成还是抄？",
        )
    if np.isclose(value, 0.07 + 0.3 * 0.3) or np.isclose(value, 0.07 + 0.3 * 0.2):
        return Hint("it stands at two places of the source", "它在源文本里占两个位置")
    if not np.isclose(value, 0.22, atol=5e-4):
        return Hint(
            "put the numbers into the formula: one product for each way to write the word",
            "把数代进公式：写出这个词的每条路各是一个乘积",
        )
    return None


@exercise("15.3")
def methods_that_depend_on_order(answer):
    """Of lead, centroid and graph."""
    given = [answer] if isinstance(answer, str) else list(answer)
    names = {str(name).strip().casefold() for name in given}
    if not names <= {"lead", "centroid", "graph"}:
        return Hint(
            "give names among 'lead', 'centroid' and 'graph'",
            "请从 'lead'、'centroid'、'graph' 中选",
        )
    if "centroid" in names:
        return Hint(
            "is the place of a sentence anywhere in the vectors of 4.1?",
            "公式 4.1 的向量里，哪里用到了句子的位置？",
        )
    if "graph" in names:
        return Hint(
            "does the likeness of two sentences change when they are moved?",
            "句子挪动之后，两句之间的相似度会变吗？",
        )
    if not names:
        return Hint("one of them looks at nothing but places", "其中有一个只看位置")
    return None


def _rouge_l(summary, reference):
    table = np.zeros((len(summary) + 1, len(reference) + 1), int)
    for i, x in enumerate(summary):
        for j, y in enumerate(reference):
            longer = max(table[i, j + 1], table[i + 1, j])
            table[i + 1, j + 1] = table[i, j] + 1 if x == y else longer
    return 2 * table[-1, -1] / (len(summary) + len(reference))


@exercise("15.4")
def rouge_l(answer):
    """A function of two lists of words."""
    a, b = "the cat sat".split(), "the old cat sat down".split()
    found = float(call(answer, list(a), list(b)))
    if np.isclose(found, 3):
        return Hint(
            "that is the length of the subsequence; F sets it against both lengths",
            "这是子序列的长度；F 要把它与两边的长度相比",
        )
    if np.isclose(found, 2 * 2 / 8):
        return Hint(
            "a subsequence may have gaps: it is no run of neighbouring words",
            "子序列中间可以有间隔：不必是相邻的词",
        )
    if np.isclose(found, 1.0) or np.isclose(found, 3 / 5):
        return Hint(
            "that is precision or recall alone, on 'the cat sat' beside 'the old cat sat down'",
            "这只是精确率或召回率（“the cat sat”对“the old cat sat down”）",
        )
    if not np.isclose(found, 0.75):
        return Hint(
            "'the cat sat' and 'the old cat sat down' have three words in common, in order",
            "“the cat sat”和“the old cat sat down”按顺序有三个共同的词",
        )
    a, b = "b a c".split(), "a b c".split()
    if np.isclose(float(call(answer, a, b)), 1.0):
        return Hint(
            "of 'b a c' and 'a b c' not all three are in the same order",
            "“b a c”和“a b c”的三个词顺序并不全相同",
        )
    if not np.isclose(float(call(answer, ["x"], ["y", "z"])), 0):
        return Hint("where nothing is common it is 0", "没有共同的词时是 0")
    rng = np.random.default_rng(0)
    for _ in range(5):
        a, b = (rng.choice(list("abc"), size).tolist() for size in (6, 8))
        if not np.isclose(float(call(answer, list(a), list(b))), _rouge_l(a, b)):
            return OTHER_ARGUMENTS
    return None


@exercise("15.5")
def copied_from(answer):
    """A function of weights, ids, a mask and the size of the vocabulary."""
    weights, ids = np.array([0.5, 0.2, 0.3]), np.array([3, 1, 3])
    found = np.asarray(call(answer, weights, ids, np.array([1, 1, 1]), 6), "float64")
    if found.shape != (6,):
        return Hint("one number for each token of the vocabulary", "词表里的每个词元各有一个数")
    if np.isclose(found[3], 0.3) or np.isclose(found[3], 0.5):
        return Hint(
            "a token that stands at two places gets the sum of both weights",
            "一个词元占两个位置时，得到两个权重之和",
        )
    if not np.allclose(found, [0, 0.2, 0, 0.8, 0, 0]):
        return Hint(
            "weights 0.5, 0.2, 0.3 at places that hold the tokens 3, 1, 3: who gets which?",
            "三个位置上是词元 3、1、3，权重 0.5、0.2、0.3：各归谁？",
        )
    weights, ids = np.array([0.6, 0.3, 0.1]), np.array([2, 4, 0])
    found = np.asarray(call(answer, weights, ids, np.array([1, 1, 0]), 6), "float64")
    if not np.isclose(found[0], 0):
        return Hint(
            "padding is no token, and nothing is copied from it", "填充不是词元，不能从那里抄"
        )
    rng = np.random.default_rng(0)
    for size in (5, 9):
        weights, ids = rng.dirichlet(np.ones(8)), rng.integers(0, size, 8)
        keep = np.arange(8) < size - 2
        expected = np.zeros(size)
        np.add.at(expected, ids, weights * keep)
        if not np.allclose(call(answer, weights, ids, keep.astype(int), size), expected):
            return OTHER_ARGUMENTS
    return None
