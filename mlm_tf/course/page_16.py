"""Exercises of page 16, dialogue."""

import numpy as np

from mlm_tf.course.exercises import OTHER_ARGUMENTS, Hint, call, chosen, exercise


@exercise("16.1")
def what_greedy_says(answer):
    """One dull reply of 10 %, and 45 others of 2 % each, which begin with different words."""
    if (answer := chosen(answer, ("dull", "other"))) is None:
        return Hint('answer "dull" or "other"', '请回答 "dull" 或 "other"')
    if answer == "other":
        return Hint(
            "90 % of the replies are others, but of how many different ones? Compare the dull one "
            "with any single other",
            "90% 的回复都不是那句空话，但它们分属多少句？拿那句空话与其他任何一句比一比",
        )
    return None


@exercise("16.2")
def weights_of_a_row(answer):
    """[START] a [SEP] b c [SEP] d e [END]: eight targets, of which three count."""
    weights = np.asarray(answer, "float64")
    if weights.shape != (8,):
        return Hint(
            f"nine tokens in a row make eight targets; the shape is {weights.shape}",
            f"一行九个词元有八个目标；这里的形状是 {weights.shape}",
        )
    if not set(weights.tolist()) <= {0, 1}:
        return Hint("a weight is 0 or 1 here", "这里的权重只有 0 和 1")
    if not weights[-1]:
        return Hint(
            "where would a reply end, if ending it were never learned?",
            "如果从不学习怎样结束，回复会在哪里停下来？",
        )
    if weights.sum() > 3:
        return Hint(
            "something that the model only reads has a weight",
            "有些只是读一读的词元也得到了权重",
        )
    if weights.tolist() != [0, 0, 0, 0, 0, 1, 1, 1]:
        return Hint(
            "the first target is the token after [START], not [START] itself: count from there",
            "第一个目标是 [START] 之后的词元，而不是 [START]：从那里数起",
        )
    return None


def _distinct(replies, n):
    grams = [tuple(r[i : i + n]) for r in replies for i in range(len(r) - n + 1)]
    return len(set(grams)) / len(grams)


@exercise("16.3")
def distinct_n_grams(answer):
    """A function of replies, lists of words, and n."""
    replies = [["a", "b", "a", "b"], ["a", "b"], ["c"]]
    found = float(call(answer, replies, 2))
    if np.isclose(found, np.mean([2 / 3, 1])) or np.isclose(found, np.mean([2 / 3, 1, 0])):
        return Hint(
            "that is a mean over replies; count over all of them together, or two that are the "
            "same do no harm",
            "这是对各句求的平均；要放在一起数，否则两句相同的回复毫无影响",
        )
    if np.isclose(found, 2):
        return Hint("that is how many there are; of how many?", "这是个数；占全部的多少？")
    if np.isclose(found, 2 / 5):
        return Hint(
            "no pair goes over the end of a reply into the next",
            "词组不能跨过一句的末尾接到下一句",
        )
    if not np.isclose(found, _distinct(replies, 2)):
        return Hint(
            "different n-grams over all n-grams, of all replies together",
            "不同的 n 元词组数除以全部 n 元词组数，所有回复放在一起",
        )
    for n in (1, 3):
        if not np.isclose(float(call(answer, replies, n)), _distinct(replies, n)):
            return OTHER_ARGUMENTS
    return None


def _kept(turns, room):
    kept = []
    for turn in reversed(turns):
        if sum(len(t) + 1 for t in [*kept, turn]) + 1 > room:
            break
        kept.insert(0, turn)
    return kept


@exercise("16.4")
def turns_that_fit(answer):
    """A function of turns, lists of ids, and room: the turns that are read."""
    turns = [[1, 2, 3], [4], [5, 6], [7, 8, 9]]
    given = [list(turn) for turn in turns]
    found = list(map(list, call(answer, turns, 10)))
    if turns != given:
        return Hint(
            "the turns that were given have changed; a conversation loses nothing",
            "传入的话轮被改动了；交谈的内容不应丢失",
        )
    right = _kept(turns, 10)  # the last three
    if found == right[::-1]:
        return Hint("they are in the wrong order", "顺序反了")
    if found == turns:
        return Hint(
            "too much is kept: [START] and the [SEP] after each turn take room too",
            "留得太多：[START] 和每个话轮后面的 [SEP] 也占位置",
        )
    if found[:1] == [[1, 2, 3]]:
        return Hint(
            "these are the first turns; which one is to be answered?",
            "留下的是最前面的话轮；要回答的是哪一个？",
        )
    if any(turn not in turns for turn in found):
        return Hint("whole turns are kept or left out", "话轮要么整个留下，要么整个略去")
    for room in (10, 6, 13, 14, 100):
        if list(map(list, call(answer, turns, room))) != _kept(turns, room):
            return Hint(
                f"with room for {room} tokens other turns should be left",
                f"容量为 {room} 个词元时，留下的应是别的话轮",
            )
    skipped = [[1], [2] * 9, [3]]
    if list(map(list, call(answer, skipped, 7))) != [[3]]:
        return Hint(
            "once a turn has no room, none before it is read: a conversation with a hole in it "
            "would be another one",
            "一个话轮装不下，它前面的也都不读：中间缺一段，就不是原来的对话了",
        )
    return None


@exercise("16.5")
def best_candidate(answer):
    """A function of given, alone (n,) and lam: the index of the best candidate."""
    given, alone = np.array([-2.0, -3.0, -9.0]), np.array([-2.5, -6.0, -11.0])
    found = call(answer, given, alone, 1.0)
    if np.ndim(found) or int(found) != found:
        return Hint("the index of one candidate is needed", "需要一个候选的下标")
    if found == 0:
        return Hint(
            "this one is probable whatever was asked",
            "这一句不论问什么概率都大",
        )
    if found == 2:
        return Hint(
            "this is improbable in any case; look at the sign of the second term",
            "这一句怎么都不太可能；看看第二项的符号",
        )
    for lam, right in ((0.0, 0), (0.2, 0), (0.5, 1)):
        if call(answer, given, alone, lam) != right:
            return OTHER_ARGUMENTS
    return None
