"""Exercises of page 14, translation."""

import numpy as np

from mlm_tf.course.exercises import OTHER_ARGUMENTS, Hint, call, exercise


@exercise("14.1")
def one_step_of_em(answer):
    """t(x | a) after one step over "a b" - "x y" and "a" - "x"."""
    value = float(np.asarray(answer, "float64"))
    if np.isclose(value, 0.5):
        return Hint(
            "that is t before the step; the second pair has not been counted",
            "这是这一步之前的 t；第二个句对还没有数进去",
        )
    if np.isclose(value, 1.5):
        return Hint(
            "those are the counts of x for a; t sums to 1 over the target words",
            "这是 a 分到的 x 的计数；t 对各目标词求和应为 1",
        )
    if np.isclose(value, 2 / 3):
        return Hint(
            "x occurs twice and y once, but in the first pair a gets only a share of each",
            "x 出现两次，y 出现一次，但在第一个句对里 a 只分到各自的一份",
        )
    if not np.isclose(value, 0.75, atol=5e-3):
        return Hint(
            "share out x and y of the first pair, add the x of the second, divide by all of a's",
            "把第一个句对的 x 和 y 分摊，加上第二个句对的 x，再除以 a 分到的总数",
        )
    return None


@exercise("14.2")
def brevity_penalty(answer):
    """9 tokens, the reference 12."""
    value, right = float(np.asarray(answer, "float64")), np.exp(1 - 12 / 9)
    if np.isclose(value, 0.75):
        return Hint(
            "that is the ratio of the lengths; it stands in an exponent",
            "这是长度之比；它应在指数里",
        )
    if np.isclose(value, np.exp(1 - 9 / 12)) or value > 1:
        return Hint(
            "what is too short is punished, so it is below 1: which length is divided by which?",
            "太短要扣分，所以应小于 1：哪个长度除以哪个？",
        )
    if not np.isclose(value, right, atol=5e-3):
        return Hint(
            "the exponent is one minus a ratio of the two lengths",
            "指数是 1 减去两个长度之比",
        )
    return None


@exercise("14.3")
def numbers_known(answer):
    """hidden_dim 128, one layer, no attention, 25 tokens."""
    value = float(np.asarray(answer, "float64"))
    if value == 128:
        return Hint(
            "that is h; an LSTM hands on something beside it",
            "这是 h；LSTM 传下去的还有另一样东西",
        )
    if value in (25 * 128, 2 * 25 * 128):
        return Hint(
            "with attention it would know all positions; without, the last state alone",
            "有注意力才知道所有位置；没有注意力，只知道最后的状态",
        )
    if value != 256:
        return Hint(
            "look at the shapes of what the encoder hands on, for one sentence",
            "看看编码器传下去的东西对一个句子是什么形状",
        )
    return None


def _share(translation, references, n, clipped=True):
    def grams(tokens):
        return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]

    found = grams(translation)
    if not found:
        return 0.0
    allowed = {g: max(grams(r).count(g) for r in references) for g in set(found)}
    hits = [min(found.count(g), allowed[g]) if clipped else found.count(g) * (allowed[g] > 0)
            for g in allowed]  # fmt: skip
    return sum(hits) / len(found)


@exercise("14.4")
def share_of_ngrams(answer):
    """A function of a translation, references and n."""
    reference = "the cat sat on the mat".split()
    found = float(call(answer, "the the the cat".split(), [reference], 1))
    if np.isclose(found, 1.0):
        return Hint(
            "a repeated word counts each time; it may count only as often as in a reference",
            "重复的词每次都算了；它最多只能算参考译文里出现的次数",
        )
    if not np.isclose(found, 0.75):
        return Hint(
            "of 'the the the cat' beside 'the cat sat on the mat', three of four words count",
            "译文是“the the the cat”，参考译文是“the cat sat on the mat”时，四个词里有三个算数",
        )
    two = ["a a b".split(), "a b b".split()]
    found = float(call(answer, "a a b b".split(), two, 1))
    if not np.isclose(found, 1.0):
        return Hint(
            "with several references each run of tokens counts as often as in the one that has it "
            "most often",
            "有几个参考译文时，每个片段按出现次数最多的那个参考译文来算",
        )
    if not np.isclose(float(call(answer, ["cat"], [reference], 2)), 0):
        return Hint(
            "a translation with fewer than n tokens has no run of n: the share is 0",
            "译文不足 n 个词元时，没有长为 n 的片段：比例是 0",
        )
    for n in (1, 2, 3):
        translation = "on the mat on the mat sat".split()
        expected = _share(translation, [reference, reference[2:]], n)
        if not np.isclose(
            float(call(answer, translation, [reference, reference[2:]], n)), expected
        ):
            return OTHER_ARGUMENTS
    return None


@exercise("14.5")
def split_by_source(answer):
    """A function of the sources and the set of those to hold out, giving two lists of places."""
    sources = ["Go!", "Run!", "go! ", "Stop.", "RUN!"]
    found = call(answer, list(sources), {"Go!"})
    if not isinstance(found, tuple) or len(found) != 2:
        return Hint(
            "two lists are needed: places to learn from, and places to measure on",
            "需要两个列表：用来学习的位置，和用来测量的位置",
        )
    learned, held = (sorted(map(int, part)) for part in found)
    if sorted(learned + held) != [0, 1, 2, 3, 4]:
        return Hint(
            "every pair stands in one of the two lists, and in one alone",
            "每个句对都在两个列表之一，而且只在一个里",
        )
    if 2 in learned:
        return Hint(
            "'go! ' is learned from and 'Go!' is asked for: are they not the same source?",
            "学了“go! ”，又考“Go!”：这不是同一个源句吗？",
        )
    if (learned, held) != ([1, 3, 4], [0, 2]):
        return Hint(
            "the first list is what is learned from: what is not held out",
            "第一个列表用来学习：就是没有留出的那些",
        )
    learned, held = (sorted(map(int, p)) for p in call(answer, list(sources), {" run!", "STOP."}))
    if (learned, held) != ([0, 2], [1, 3, 4]):
        return Hint(
            "the sources that are to be held out may be written in another way too",
            "要留出的源句也可能写法不同",
        )
    return None
