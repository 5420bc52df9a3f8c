"""Exercises of page 03, word vectors."""

import numpy as np

from mlm_tf.course.exercises import OTHER_ARGUMENTS, Hint, call, chosen, exercise


@exercise("03.1")
def which_one_hot_is_nearer(answer):
    """cat and dog, or cat and of, as one-hot vectors."""
    if (answer := chosen(answer, ("dog", "of", "equal"))) is None:
        return Hint('answer "dog", "of" or "equal"', '请回答 "dog"、"of" 或 "equal"')
    if answer != "equal":
        return Hint(
            "write down both pairs of vectors: in which place is neither entry 0?",
            "把这两对向量写出来：在哪个位置上，两个分量都不为 0？",
        )
    return None


@exercise("03.2")
def one_tfidf(answer):
    """3 times in a document, in 25 of 100 documents."""
    if np.isclose(answer, 2):
        return Hint(
            "that is the idf; how often does the word stand there?", "这是 idf；这个词出现了几次？"
        )
    if np.isclose(answer, 3 * np.log(4)):
        return Hint("that is with the natural logarithm", "这是用自然对数算的")
    if np.isclose(answer, -6) or np.isclose(answer, 0.75) or np.isclose(answer, 12):
        return Hint(
            "the idf is the logarithm of all documents over those with the word",
            "idf 是文档总数除以含有这个词的文档数，再取对数",
        )
    if not np.isclose(answer, 6):
        return Hint(
            "count × log₂(documents / documents with the word)",
            "次数 × log₂(文档数 / 含有它的文档数)",
        )
    return None


@exercise("03.3")
def weighted_means(answer):
    """A function of counts (N, V), idf (V,) and vectors (V, D)."""
    counts = np.array([[3.0, 1.0, 0.0, 2.0], [1.0, 0.0, 4.0, 1.0]])
    idf, vectors = np.array([0.0, 2.0, 1.0, 0.5]), np.random.default_rng(0).normal(size=(4, 3))
    weights = counts * idf
    expected = weights @ vectors / weights.sum(axis=1, keepdims=True)
    found = np.asarray(call(answer, counts, idf, vectors), "float64")
    if found.shape != (2, 3):
        return Hint(
            f"2 documents and vectors of 3 numbers give shape (2, 3), and this has {found.shape}",
            f"2 篇文档、每个向量 3 个数，应得到形状 (2, 3)，这里是 {found.shape}",
        )
    if np.allclose(found, weights @ vectors):
        return Hint(
            "a sum, not yet a mean: divide by the weights", "这是和，还不是平均：要除以权重"
        )
    if np.allclose(found, weights @ vectors / counts.sum(axis=1, keepdims=True)):
        return Hint(
            "divide by the sum of the weights, not by the number of words",
            "要除以权重之和，而不是词数",
        )
    if np.allclose(found, counts @ vectors / counts.sum(axis=1, keepdims=True)):
        return Hint("this is the plain mean; the idf is missing", "这是普通平均，没有用上 idf")
    once = (counts > 0) * idf
    if np.allclose(found, once @ vectors / once.sum(axis=1, keepdims=True)):
        return Hint("a word that occurs three times counts three times", "出现三次的词要算三次")
    if not np.allclose(found, expected):
        ones = np.asarray(call(answer, counts, idf, np.ones((4, 3))), "float64")
        if not np.allclose(ones, 1):
            return Hint(
                "if all vectors are ones, so must be the mean: each document has its own sum of "
                "weights",
                "若所有向量都是 1，平均也应是 1：每篇文档有自己的权重之和",
            )
        return Hint(
            "a mean, but with other weights than count × idf", "这是加权平均，但权重不是 次数 × idf"
        )
    return None


@exercise("03.4")
def weighted_counts(answer):
    """A function of ids, V and window."""
    ids, window = [0, 1, 2, 0, 3, 3, 1], 2

    def reference(reach, weighted=True, right_alone=False):
        counts = np.zeros((5, 5))
        for i, one in enumerate(ids):
            for j, other in enumerate(ids):
                if 0 < (j - i if right_alone else abs(i - j)) <= reach:
                    counts[one, other] += 1 / abs(i - j) if weighted else 1
        return counts

    expected = reference(window)
    found = np.asarray(call(answer, ids, 5, window), "float64")
    if found.shape != (5, 5):
        return Hint(
            f"for V = 5 the shape must be (5, 5), and it is {found.shape}",
            f"V = 5 时形状应为 (5, 5)，这里是 {found.shape}",
        )
    if np.allclose(found, reference(window, weighted=False)):
        return Hint("a pair counts one over its distance, not one", "每一对计距离分之一，而不是 1")
    one_way = reference(window, right_alone=True)
    if np.allclose(found, one_way) or np.allclose(found, one_way.T):
        return Hint(
            "count in both directions: the result is symmetric", "两个方向都要数：结果是对称的"
        )
    if np.allclose(found, reference(window - 1)):
        return Hint(
            "tokens exactly `window` places apart count too", "恰好相隔 `window` 个位置的也要算"
        )
    if np.allclose(found, reference(window + 1)):
        return Hint("the window reaches one place too far", "窗口多伸了一个位置")
    if np.allclose(found, 2 * expected):
        return Hint("each pair was counted twice in each direction", "每一对在每个方向上都数了两次")
    if not np.allclose(found, expected):
        if not np.isfinite(found).all():
            return Hint("a token is no neighbour of itself", "词元不是自己的邻居")
        return Hint(
            f"the entries sum to {found.sum():g} and should sum to {expected.sum():g}, or they are "
            "not where they belong",
            f"各元之和是 {found.sum():g}，应为 {expected.sum():g}；或者位置不对",
        )
    if not np.allclose(call(answer, ids, 5, 1), reference(1)):
        return OTHER_ARGUMENTS
    return None


@exercise("03.5")
def objective_of_glove(answer):
    """A function of w, c (V, D), b_w, b_c (V,), X (V, V) and x_max."""
    rng = np.random.default_rng(0)
    w, c = rng.normal(size=(2, 4, 3))
    b_w, b_c = rng.normal(size=(2, 4))
    X, x_max = np.array([[0, 2, 30, 1], [2, 0, 5, 0.5], [30, 5, 9, 0], [1, 0.5, 0, 0]]), 10.0
    seen = X > 0
    squares = np.where(
        seen, (w @ c.T + b_w[:, None] + b_c - np.log(np.where(seen, X, 1))) ** 2, 0.0
    )
    weight = np.minimum(1, (X / x_max) ** 0.75)
    expected = (weight * squares).sum()
    with np.errstate(all="ignore"):
        found = np.asarray(call(answer, w, c, b_w, b_c, X, x_max), "float64")
    if found.shape != ():
        return Hint(
            f"one number is asked for; the shape is {found.shape}",
            f"要一个数；形状是 {found.shape}",
        )
    if not np.isfinite(found):
        return Hint(
            "where nothing was counted the logarithm is −∞, and 0 times that is no number: leave "
            "these cells out",
            "没有计数的地方，对数是 −∞，0 乘以它不是数：这些格子要排除",
        )
    if np.isclose(found, squares.sum()):
        return Hint("the weights f(X) are missing", "缺少权重 f(X)")
    if np.isclose(found, ((X / x_max) ** 0.75 * squares).sum()):
        return Hint("f is never above 1", "f 不超过 1")
    if np.isclose(found, expected / 2) or np.isclose(found, expected / seen.sum()):
        return Hint("the sum itself is asked for", "要的是总和本身")
    without = np.where(seen, (w @ c.T - np.log(np.where(seen, X, 1))) ** 2, 0.0)
    if np.isclose(found, (weight * without).sum()):
        return Hint("the biases are missing", "缺少偏置")
    turned = np.where(seen, (w @ c.T + b_w + b_c[:, None] - np.log(np.where(seen, X, 1))) ** 2, 0.0)
    if np.isclose(found, (weight * turned).sum()):
        return Hint("b_w belongs to the rows, b_c to the columns", "b_w 属于行，b_c 属于列")
    if not np.isclose(found, expected):
        return Hint(
            "is every residual squared, and only then weighed and summed?",
            "每个残差是否先平方，再加权、求和？",
        )
    with np.errstate(all="ignore"):
        other = call(answer, w, c, b_w, b_c, X, 4.0)
    if not np.isclose(other, (np.minimum(1, (X / 4) ** 0.75) * squares).sum()):
        return OTHER_ARGUMENTS
    return None


@exercise("03.6")
def nearest_rows(answer):
    """A function of vectors (V, D), row and n."""
    vectors = np.array([[1.0, 0.0], [9.0, 5.0], [2.0, 0.1], [0.5, 0.1], [-3.0, 0.0], [0.0, 2.0]])

    def first(scores, n):
        scores[0] = -np.inf
        return np.argsort(-scores)[:n].tolist()

    dots = vectors @ vectors[0]
    cosines = dots / np.linalg.norm(vectors, axis=1)
    found = [int(row) for row in np.ravel(call(answer, vectors, 0, 3))]
    expected = first(cosines.copy(), 3)
    if 0 in found:
        return Hint(
            "the row itself is the nearest, and is not asked for", "最近的总是它自己，不要算进来"
        )
    if len(found) != 3:
        return Hint(
            f"three rows are asked for, and there are {len(found)}",
            f"要三行，这里有 {len(found)} 行",
        )
    if found == first(dots.copy(), 3):
        return Hint(
            "by the dot product a long vector is near to everything: divide by the lengths",
            "按点积算，长的向量离谁都近：要除以长度",
        )
    if found == first(-np.linalg.norm(vectors - vectors[0], axis=1), 3):
        return Hint(
            "these are nearest by distance; the cosine asks for the direction alone",
            "这是按距离最近的；余弦只看方向",
        )
    if sorted(found) == sorted(expected) and found != expected:
        return Hint(
            "the right rows, in another order: the nearest first", "行是对的，次序不对：最近的在前"
        )
    if found == first(-cosines, 3):
        return Hint("these are the farthest", "这是最远的几行")
    if found != expected:
        return Hint("other rows have a greater cosine", "有别的行余弦更大")
    if [int(row) for row in np.ravel(call(answer, vectors, 5, 1))] != [1]:
        return Hint("right for row 0, but not for another row", "第 0 行正确，别的行不对")
    return None
