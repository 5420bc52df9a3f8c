"""Exercises of page 13, topics and likeness."""

import numpy as np

from mlm_tf.course.exercises import OTHER_ARGUMENTS, Hint, call, chosen, exercise


@exercise("13.1")
def weight_of_a_word(answer):
    """3 times in this document, in 8 of 64 documents, logarithm to base 2."""
    if answer == 3:
        return Hint("that is the count alone", "这只是词频")
    if answer == 24:
        return Hint(
            "a word of more documents must not weigh more: what is divided by what?",
            "出现在更多文档里的词，权重不应更大：谁除以谁？",
        )
    if isinstance(answer, (int, float)) and np.isclose(answer, 3 * np.log(8)):
        return Hint(
            "that is the natural logarithm; base 2 is asked for",
            "这里用的是自然对数，题目要以 2 为底",
        )
    if not (isinstance(answer, (int, float)) and np.isclose(answer, 9)):
        return Hint(
            "the count times the logarithm of how many documents there are for each that holds it",
            "词频，乘以“文档总数与含有该词的文档数之比”的对数",
        )
    return None


def _document_vector(counts, idf, vectors):
    weights = np.asarray(counts) * np.asarray(idf)
    return weights @ np.asarray(vectors) / max(weights.sum(), 1e-30)


@exercise("13.2")
def document_vector(answer):
    """A function of counts (V,), idf (V,) and vectors (V, D)."""
    counts, idf = np.array([2, 1, 0, 3]), np.array([1.0, 3.0, 2.0, 0.0])
    vectors = np.array([[1.0, 0.0, 2.0], [0.0, 5.0, 1.0], [7.0, 7.0, 7.0], [9.0, -9.0, 9.0]])
    found = np.asarray(call(answer, counts, idf, vectors), "float64")
    if found.shape != (3,):
        return Hint(
            f"4 words with vectors of length 3 make one vector of shape (3,), and this has the "
            f"shape {found.shape}",
            f"4 个词、每个向量长 3，应得到一个形状为 (3,) 的向量，这里的形状是 {found.shape}",
        )
    right = _document_vector(counts, idf, vectors)
    if np.allclose(found, right * (counts * idf).sum()):
        return Hint(
            "a long document must not have a long vector: what is the sum divided by?",
            "文档长，向量不应跟着变长：这个和还要除以什么？",
        )
    if np.allclose(found, _document_vector(counts, np.ones(4), vectors)) or np.allclose(
        found, _document_vector(counts > 0, idf, vectors)
    ):
        return Hint(
            "a weight is made of two things: how often the word stands there, and how much it says",
            "权重由两样东西组成：词出现了几次，以及它能说明多少",
        )
    if not np.allclose(found, right):
        return Hint(
            "if all vectors are the same, the result must be that vector: do your weights sum to "
            "1?",
            "如果所有词向量都相同，结果也应是这个向量：你的权重之和是 1 吗？",
        )
    nothing = np.asarray(call(answer, np.array([0, 0, 0, 3]), idf, vectors), "float64")
    if not np.isfinite(nothing).all():
        return Hint(
            "right, but a document whose weights are all zero gives no finite numbers: give zeros",
            "正确，只是权重全为零的文档得不到有限的数：这时请给出零向量",
        )
    if not np.allclose(
        call(answer, counts[:2], idf[:2], vectors[:2, :1]),
        _document_vector(counts[:2], idf[:2], vectors[:2, :1]),
    ):
        return OTHER_ARGUMENTS
    return None


@exercise("13.3")
def cosines_without_the_mean(answer):
    """All vectors have one large part in common, which is taken off."""
    if (answer := chosen(answer, ("rises", "falls", "stays"))) is None:
        return Hint('answer "rises", "falls" or "stays"', '请回答 "rises"、"falls" 或 "stays"')
    if answer != "falls":
        return Hint(
            "two arrows that share a long part point nearly the same way; what of that is left?",
            "两个箭头有一段很长的共同部分，方向就几乎一样；去掉之后还剩什么？",
        )
    return None


@exercise("13.4")
def mean_reciprocal_rank(answer):
    """A function of similarities (N, M) and the right places gold (N,)."""
    similarities = np.array([[0.1, 0.9, 0.3, 0.2], [0.8, 0.1, 0.2, 0.3], [0.5, 0.6, 0.4, 0.7]])
    gold = np.array([2, 0, 2])
    found = call(answer, similarities, gold)
    if np.ndim(found) != 0:
        return Hint("one number for all queries is needed", "所有查询合起来只要一个数")
    ranks = np.array([2, 1, 4])
    if np.isclose(found, ranks.mean()):
        return Hint(
            "that is the mean rank; it is one over the rank that is averaged",
            "这是平均名次；要平均的是名次的倒数",
        )
    if np.isclose(found, 1 / ranks.mean()):
        return Hint("first one over each rank, then the mean", "先取每个名次的倒数，再求平均")
    if np.isclose(found, (ranks == 1).mean()):
        return Hint("that counts the first places alone", "这只数了第一名")
    if np.isclose(found, (1 / (5 - ranks)).mean()):
        return Hint("the greatest similarity has rank 1", "相似度最大的名次是 1")
    if not np.isclose(found, (1 / ranks).mean()):
        return Hint(
            "the rank of the right document is 1 plus how many are more alike than it",
            "正确文档的名次，是 1 加上比它更相似的文档数",
        )
    if not np.isclose(call(answer, similarities[:1, 1:], np.array([0])), 1):
        return OTHER_ARGUMENTS
    return None


@exercise("13.5")
def normalised_pmi(answer):
    """A function of p(a, b), p(a) and p(b)."""
    if not np.isclose(float(call(answer, 0.1, 0.1, 0.1)), 1):
        return Hint(
            "two words that never occur without each other have 1",
            "两个词总是一起出现时，结果应是 1",
        )
    if not np.isclose(float(call(answer, 0.06, 0.2, 0.3)), 0, atol=1e-9):
        return Hint(
            "two words that do not care for each other have 0", "两个词互不相干时，结果应是 0"
        )
    expected = np.log(0.1 / (0.2 * 0.3)) / -np.log(0.1)
    if not np.isclose(float(call(answer, 0.1, 0.2, 0.3)), expected):
        return Hint(
            "both ends are right, and what is between is not: by what is the logarithm of the "
            "ratio divided?",
            "两端都对，中间不对：比值的对数要除以什么？",
        )
    with np.errstate(all="ignore"):
        never = float(call(answer, 0.0, 0.2, 0.3))
    if never != -1:
        return Hint(
            "right, but for two words that never meet: what does the formula approach there?",
            "只差两个词从不一起出现的情形：公式在那里趋近于多少？",
        )
    return None
