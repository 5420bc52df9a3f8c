"""Exercises of page 09, masked language models."""

import numpy as np

from mlm_tf.course.exercises import OTHER_ARGUMENTS, Hint, call, chosen, exercise

MASK = 9


@exercise("09.1")
def masked_drawn_kept(answer):
    """Of 200 words, on average."""
    numbers = np.asarray(answer, "float64")
    if numbers.shape != (3,):
        return Hint(
            f"three numbers are needed; the shape is {numbers.shape}",
            f"需要三个数；这里的形状是 {numbers.shape}",
        )
    if np.isclose(numbers.sum(), 200):
        return Hint(
            "80, 10 and 10 % are shares of the selected words, not of all",
            "80%、10% 和 10% 是在选中的词里所占的比例，不是在所有词里",
        )
    if np.isclose(numbers.sum(), 100):
        return Hint(
            "those are the percents; how many words are selected in such a row?",
            "这些是百分数；这样一行里选中多少个词？",
        )
    if not np.isclose(numbers.sum(), 30):
        return Hint(
            f"the three sum to {numbers.sum():g}, which is not the number of words selected",
            f"三个数之和是 {numbers.sum():g}，不等于选中的词数",
        )
    if not np.allclose(numbers, [24, 3, 3]):
        return Hint(
            "the sum is right; the selected are shared out otherwise",
            "总和正确；选中的词不是这样分配的",
        )
    return None


@exercise("09.2")
def whether_kept_words_count(answer):
    """A word that was selected and kept."""
    if (answer := chosen(answer, ("yes", "no"))) is None:
        return Hint('answer "yes" or "no"', '请回答 "yes" 或 "no"')
    if answer == "no":
        return Hint(
            "what would be the use of keeping it, if nothing were learned there? The sample weight "
            "says what was selected, not what was changed",
            "如果在那里什么也不学，保持不变还有什么用？样本权重说明哪些词被选中，而不是哪些词被改动",
        )
    return None


@exercise("09.3")
def what_is_seen(answer):
    """A function of ids, selected, draws, others and mask_id, the first four (n,)."""
    ids, others = np.array([11, 12, 13, 14, 15, 16]), np.array([21, 22, 23, 24, 25, 26])
    selected = np.array([True, True, True, False, True, False])
    draws = np.array([0.1, 0.85, 0.95, 0.1, 0.79, 0.85])
    given = [array.copy() for array in (ids, selected, draws, others)]
    found = np.asarray(call(answer, *given, MASK, given=True))
    if (given[0] != ids).any():
        return Hint(
            "the ids that were given have changed; make an array of its own",
            "传入的编号被改动了；请另做一个数组",
        )
    if found.shape != (6,):
        return Hint(
            f"6 ids give shape (6,), and this has {found.shape}",
            f"6 个编号应得到形状 (6,)，这里是 {found.shape}",
        )
    if (found != ids)[~selected].any():
        return Hint("a word that is not selected has changed", "没有选中的词变了")
    for places, en, zh in (
        ([0, 4], "a draw below 0.8", "随机数小于 0.8"),
        ([1], "a draw of 0.85", "随机数为 0.85"),
        ([2], "a draw of 0.95", "随机数为 0.95"),
    ):
        expected = np.where(draws < 0.8, MASK, np.where(draws < 0.9, others, ids))
        if (found != expected)[places].any():
            return Hint(
                f"where the word is selected and has {en}, something else has to be seen",
                f"在选中且{zh} 的地方，看到的应是别的",
            )
    edges = np.asarray(call(answer, ids[:2], np.ones(2, bool), np.array([0.8, 0.9]), others[:2], 9))
    if edges.tolist() != [21, 12]:
        return Hint(
            "right but at the edges: 0.8 itself is no longer below 0.8, nor 0.9 below 0.9",
            "只差边界：0.8 本身不小于 0.8，0.9 本身也不小于 0.9",
        )
    if np.asarray(call(answer, ids, selected, draws, others, 8))[[0, 4]].tolist() != [8, 8]:
        return OTHER_ARGUMENTS
    return None


def _log_probs(ids, mask=MASK):
    """A toy of ten words, in which a place looks at itself and at both its neighbours."""
    ids = np.asarray(ids)
    table = np.sin(np.arange(300.0).reshape(3, 10, 10))
    padded = np.concatenate([[0], ids, [1]])
    scores = 3.0 * table[0][padded[:-2]] + table[1][padded[2:]] + 2.0 * table[2][ids]  # (n, 10)
    scores = scores + 5.0 * np.eye(10)[ids] * (ids != mask)[:, None]  # what is seen is no riddle
    return scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))


@exercise("09.4")
def pseudo_log_likelihood(answer):
    """A function of log_probs, ids (n,) and mask_id: one number."""
    ids = np.array([2, 5, 3, 7])
    before = ids.copy()
    found = np.asarray(call(answer, _log_probs, ids, MASK), "float64")
    if (ids != before).any():
        return Hint(
            "the ids that were given have changed: each place is hidden alone, so take a copy",
            "传入的编号被改动了：每次只遮住一个位置，所以要用副本",
        )
    if found.shape != ():
        return Hint(
            f"one number is needed, the sum; the shape is {found.shape}",
            f"需要一个数，即总和；这里的形状是 {found.shape}",
        )
    places = np.arange(4)
    hidden = np.where(np.eye(4, dtype=bool), MASK, ids)  # (4, 4), one hidden in each row
    each = np.array([_log_probs(row)[i, ids[i]] for i, row in enumerate(hidden)])
    so_far = np.where(np.tri(4, k=-1, dtype=bool), ids, MASK)  # it and all after it hidden
    if np.isclose(found, _log_probs(ids)[places, ids].sum()):
        return Hint(
            "nothing was hidden: each word has been read off from itself",
            "什么也没有遮住：每个词都是照着自己念出来的",
        )
    if np.isclose(found, _log_probs(np.full(4, MASK))[places, ids].sum()):
        return Hint(
            "all were hidden at once; each is to see all the others",
            "所有的词同时遮住了；每个词都应看得见其他所有的词",
        )
    if np.isclose(found, sum(_log_probs(row)[i, ids[i]] for i, row in enumerate(so_far))):
        return Hint(
            "each sees the words before it alone; those after it are to be seen as well",
            "每个词只看得见前面的词；后面的词也应看得见",
        )
    if np.isclose(found, each.mean()):
        return Hint("that is the mean; the sum is asked for", "这是平均值；要求的是总和")
    if np.isclose(found, np.exp(each.sum())):
        return Hint("that is the product; its logarithm is asked for", "这是乘积；要求的是它的对数")
    if not np.isclose(found, each.sum()):
        return Hint(
            "for each place: hide it, look at its own row of the result, and take the column of "
            "the true word",
            "对每个位置：遮住它，看结果中它自己的那一行，取原词的那一列",
        )
    hidden = np.where(np.eye(4, dtype=bool), 8, ids)
    each = [_log_probs(row, 8)[i, ids[i]] for i, row in enumerate(hidden)]
    if not np.isclose(call(answer, lambda row: _log_probs(row, 8), ids, 8), sum(each)):
        return OTHER_ARGUMENTS
    return None


def _surest_first(probabilities, ids, mask_id, again=True):
    ids = ids.copy()
    p = probabilities(ids)
    while (ids == mask_id).any():
        blanks = np.flatnonzero(ids == mask_id)
        place = blanks[p[blanks].max(axis=1).argmax()]
        ids[place] = p[place].argmax()
        p = probabilities(ids) if again else p
    return ids


def _toy(seed):
    """Probabilities of six words at each place, that the words beside it change a great deal."""
    table = np.random.default_rng(seed).normal(size=(7, 7, 6)) * 3

    def probabilities(ids):
        ids = np.minimum(np.asarray(ids), 6)  # the mask is the last
        padded = np.concatenate([[0], ids, [0]])
        scores = table[padded[:-2], padded[2:]]  # (n, 6)
        exps = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return exps / exps.sum(axis=-1, keepdims=True)

    return probabilities


@exercise("09.5")
def fill_the_surest_first(answer):
    """A function of probabilities, ids (n,) and mask_id: ids without a mask."""
    given = np.array([3, MASK, MASK, 1, MASK, MASK])
    for seed in range(12):
        probabilities, ids = _toy(seed), given.copy()
        found = np.asarray(call(answer, probabilities, ids, MASK, given=True))
        if (ids != given).any():
            return Hint(
                "the ids that were given have changed; work on a copy",
                "传入的编号被改动了；请在副本上操作",
            )
        if found.shape != given.shape or (found == MASK).any():
            return Hint("a blank is left, or a place is missing", "还有空白，或者少了位置")
        if (found != given)[given != MASK].any():
            return Hint("a word that was no blank has changed", "原本不是空白的词变了")
        if (found != _surest_first(probabilities, ids, MASK)).any():
            at_once = np.where(given == MASK, probabilities(given).argmax(axis=1), given)
            if (found == at_once).all():
                return Hint(
                    "all blanks were filled by the first look; look again after each word",
                    "所有空白都是按第一次看到的概率填的；每填一个词都要再看一遍",
                )
            return Hint(
                "the blanks are filled, but not each time the one place and word of the greatest "
                "probability among all blanks",
                "空白填上了，但并非每次都在所有空白中取概率最大的那个位置和词",
            )
    given = np.where(given == MASK, 7, given)
    if (
        call(answer, probabilities, given.copy(), 7) != _surest_first(probabilities, given, 7)
    ).any():
        return OTHER_ARGUMENTS
    return None
