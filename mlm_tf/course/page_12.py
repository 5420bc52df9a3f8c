"""Exercises of page 12, sentiment."""

import numpy as np

from mlm_tf.course.exercises import OTHER_ARGUMENTS, Hint, call, chosen, exercise

FILMS = (["a fine film", "fine fine music", "a dull film", "dull"], [1, 1, 0, 0])
PLAYS = (["good", "not good", "not bad", "bad", "so bad"], [1, 0, 1, 0, 0])


@exercise("12.1")
def accuracy_of_always_the_same(answer):
    """200 texts of label A, 40 of B, 10 of C."""
    if np.shape(answer) or isinstance(answer, (str, bool)):
        return Hint("one number is needed", "这里需要一个数")
    if np.isclose(answer, 80):
        return Hint("a share lies between 0 and 1", "占比在 0 到 1 之间")
    if np.isclose(answer, 1 / 3):
        return Hint(
            "that is what guessing blindly makes; whoever always gives one label can choose which",
            "这是瞎猜的结果；总给同一个标签的人可以挑标签",
        )
    if not np.isclose(answer, 0.8):
        return Hint(
            "how many of the 250 texts have the label that is given?",
            "在这 250 个文本中，有多少个的标签恰好是给出的那个？",
        )
    return None


def _ratio(word, texts, labels, smoothing=1.0, once=True, share=True):
    known = sorted({w for text in texts for w in text.split()})
    counts = np.full((2, len(known)), float(smoothing))
    for text, label in zip(texts, labels, strict=True):
        for w in set(text.split()) if once else text.split():
            counts[label, known.index(w)] += 1
    shares = counts / counts.sum(axis=1, keepdims=True) if share else counts
    return float(np.log(shares[1] / shares[0])[known.index(word)])


@exercise("12.2")
def log_count_ratio(answer):
    """A function of a word, texts and labels 0 or 1."""
    texts, labels = FILMS
    found = float(call(answer, "fine", texts, labels))
    right = _ratio("fine", texts, labels)
    if np.isclose(found, -right):
        return Hint(
            "the sign: above 0 is to speak for label 1", "符号反了：大于 0 应表示支持标签 1"
        )
    if np.isclose(found, _ratio("fine", texts, labels, once=False)):
        return Hint(
            "a text counts once for a word, however often it says it",
            "一个文本对一个词只计一次，不管它说了多少遍",
        )
    if np.isclose(found, _ratio("fine", texts, labels, share=False)):
        return Hint(
            "these are counts: divide them by the sum of all counts of their label first",
            "这里用的是计数：要先除以该标签所有计数之和",
        )
    if not np.isfinite(found):
        return Hint(
            "a word that one label never has makes a logarithm of zero: add 1 to every count",
            "某个标签从未出现的词会使对数里出现零：每个计数都要加 1",
        )
    if not np.isclose(found, right):
        return Hint(
            "add 1 to the count of every known word under both labels, divide by the sum of its "
            "label, take the logarithm of the one over the other",
            "对每个已知的词，在两个标签下的计数都加 1，除以该标签的总和，再取两者之比的对数",
        )
    others = [np.isclose(call(answer, w, *PLAYS), _ratio(w, *PLAYS)) for w in ("not", "bad", "so")]
    return None if all(others) else OTHER_ARGUMENTS


@exercise("12.3")
def macro_f1(answer):
    """A function of right labels and found ones, lists of integers."""
    labels, found = [0] * 8 + [1, 1], [0] * 9 + [1]
    right = (16 / 17 + 2 / 3) / 2
    value = float(call(answer, labels, found))
    if np.isclose(value, 0.9):
        return Hint(
            "this is the accuracy: in macro F1 the rare label counts as much as the frequent one",
            "这是准确率：在宏平均 F1 里，少见的标签与常见的标签分量相同",
        )
    if np.isclose(value, 0.8 * 16 / 17 + 0.2 * 2 / 3):
        return Hint(
            "these means are weighted by how frequent a label is; macro means that they are not",
            "这里按标签的多少加了权；宏平均不加权",
        )
    if not np.isclose(value, right):
        return Hint(
            "F1 of a label is 2·(found and right) / (found + there are); then the mean over labels",
            "一个标签的 F1 是 2·（找对的个数）/（找出的个数 + 实有的个数），再对各标签求平均",
        )
    value = float(call(answer, [0, 1, 2, 2], [0, 1, 1, 1]))
    if not np.isclose(value, (1 + 0.5 + 0) / 3):
        return Hint(
            "three labels, one of them never found: its F1 is 0 and counts too",
            "有三个标签，其中一个从没被找出来：它的 F1 是 0，也要算进去",
        )
    return None


@exercise("12.4")
def too_sure(answer):
    """Which of two models is calibrated."""
    if (answer := chosen(answer, ("A", "B"))) is None:
        return Hint('answer "A" or "B"', '请回答 "A" 或 "B"')
    if answer == "A":
        return Hint(
            "compare how sure each is with how often it is right, not with the other's accuracy",
            "比较的是每个模型有多肯定和它有多常正确，而不是两者的准确率",
        )
    return None


def _surprise(words):
    """A score that sees more than single words: "not" turns round what follows."""
    score, sign = 0.25, 1.0
    for word in words:
        score += sign * {"good": 2.0, "bad": -2.0, "very": 0.5}.get(word, 0.0)
        sign = -1.0 if word == "not" else 1.0
    return score


@exercise("12.5")
def leave_one_out(answer):
    """A function of a score of words, and words: how much the score falls without each."""
    words = ["not", "very", "good", "not", "bad"]
    right = [
        _surprise(words) - _surprise(words[:place] + words[place + 1 :])
        for place in range(len(words))
    ]
    given = list(words)
    found = np.asarray(call(answer, _surprise, given), "float64")
    if given != words:
        return Hint(
            "the words are others afterwards: make a new list for each that is left out",
            "原来的词表被改动了：每略去一个词都要新建一个列表",
        )
    if found.shape != (5,):
        return Hint(
            f"five words need five numbers; the shape is {found.shape}",
            f"五个词需要五个数；这里的形状是 {found.shape}",
        )
    if np.allclose(found, -np.array(right)):
        return Hint(
            "the sign: a word speaks for the score if the score falls without it",
            "符号反了：去掉一个词后得分下降，才说明它支持这个得分",
        )
    if np.allclose(found, [_surprise([word]) for word in words]) or np.allclose(
        found, [_surprise([word]) - _surprise([]) for word in words]
    ):
        return Hint(
            "this scores each word alone; what is asked is the whole text without the word",
            "这是单独给每个词打分；要的是整个文本去掉这个词之后的得分",
        )
    if not np.allclose(found, right):
        twice = [_surprise(words) - _surprise([w for w in words if w != word]) for word in words]
        if np.allclose(found, twice):
            return Hint(
                "a word that stands twice went out twice: leave out a place, not a word",
                "出现两次的词被去掉了两次：要去掉的是一个位置，而不是一个词",
            )
        return Hint(
            "the score of all words less the score without the one at this place",
            "全部词的得分，减去略去这个位置之后的得分",
        )
    if not np.allclose(call(answer, len, ["a", "b"]), [1, 1]):
        return OTHER_ARGUMENTS
    return None
