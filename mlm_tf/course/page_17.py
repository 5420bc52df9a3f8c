"""Exercises of page 17, safety."""

import numpy as np

from mlm_tf.course.exercises import Hint, call, exercise
from mlm_tf.tasks.model_card import ENTRIES, ModelCard

LEAST_WORDS = 8  # characters, of an entry that says something


@exercise("17.1")
def excluded_after_ba(answer):
    """Which of "d", "Day", "ck", "nd", "r bad" complete "bad" after "... ba"."""
    if isinstance(answer, str):
        return Hint("a list of tokens is needed", "需要一个词元的列表")
    found = {str(token) for token in answer}
    if found - {"d", "Day", "ck", "nd", "r bad"}:
        return Hint("choose among the five tokens", "请从五个词元中选择")
    if "r bad" not in found:
        return Hint(
            "a token may hold the whole word, wherever it begins",
            "一个词元里可能就含有整个词，不论从哪里开始",
        )
    if "Day" not in found:
        return Hint("capitals are folded", "大小写要先折叠")
    if found != {"d", "Day", "r bad"}:
        return Hint(
            "read the bytes of the token one by one, on from “ba”",
            "接着“ba”，把词元的字节逐个读下去",
        )
    return None


@exercise("17.2")
def luhn(answer):
    """A function of a string of digits: whether the last one is its check digit."""
    for digits in ("4111111111111111", "79927398713", "378282246310005", "0", "18"):
        if not call(answer, digits):
            return Hint(
                "a right number is refused: count the places from the right, where the check digit "
                "is the first and stays as it is",
                "正确的号码被判为错误：要从右往左数位，校验位是第一位，保持不变",
            )
    for digits in ("4111111111111112", "79927398710", "4111111111111191", "1", "81"):
        if call(answer, digits):
            return Hint(
                "a wrong number is taken: of a doubled digit above 9 its own two digits are added",
                "错误的号码被判为正确：加倍后大于 9 的，要把它的两位数字相加",
            )
    return None


@exercise("17.3")
def exposure_by_hand(answer):
    """10,000 candidates, rank 8."""
    found = float(answer)
    if np.isclose(found, np.log(10_000 / 8), atol=0.02):
        return Hint("bits are logarithms of base 2", "比特用的是以 2 为底的对数")
    if np.isclose(found, 3, atol=0.01):
        return Hint(
            "that is the logarithm of the rank alone; a small rank is much exposure",
            "这只是名次的对数；名次越靠前，暴露度应该越大",
        )
    if np.isclose(found, np.log2(10_000), atol=0.02):
        return Hint("that would be the exposure of rank 1", "名次为 1 时，暴露度才是这个数")
    if not np.isclose(found, np.log2(10_000) - 3, atol=0.02):
        return Hint(
            "the logarithm of the number of candidates, less that of the rank",
            "候选个数的对数，减去名次的对数",
        )
    return None


def _error(confidence, is_right, bins):
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return np.abs(np.bincount(place, confidence - is_right)).sum() / len(confidence)


@exercise("17.4")
def calibration_error(answer):
    """A function of confidence, is_right and bins: the expected calibration error."""
    rng = np.random.default_rng(0)
    for count, bins in ((40, 5), (200, 10), (3, 10)):
        confidence = rng.uniform(0.3, 1, count)
        # Too modest where it is unsure, too sure where it is sure.
        right = rng.uniform(size=count) < np.where(confidence < 0.65, 0.95, 0.5)
        found = float(call(answer, confidence, right, bins))
        if np.isclose(found, _error(confidence, right, bins), atol=1e-6):
            continue
        if np.isclose(found, abs((confidence - right).mean()), atol=1e-6):
            return Hint(
                "that is how far apart the means of all are: too sure here and too modest there "
                "may not cancel out",
                "这是总平均之差：一处过于自信、一处过于保守，不应该互相抵消",
            )
        if np.isclose(found, np.abs(confidence - right).mean(), atol=1e-6):
            return Hint(
                "a single prediction is right or wrong; the means of a bin are compared",
                "单个预测非对即错；要比较的是每个区间里的平均值",
            )
        place = np.minimum((confidence * bins).astype(int), bins - 1)
        of_bins = [abs((confidence - right)[place == b].mean()) for b in {*place.tolist()}]
        if len(of_bins) > 1 and np.isclose(found, np.mean(of_bins), atol=1e-6):
            return Hint(
                "a bin counts by how many predictions it has",
                "每个区间要按其中预测的个数加权",
            )
        return Hint(
            "for each bin the distance between the mean confidence and the share that was right, "
            "times the share of the predictions that are in it; added up",
            "对每个区间，求平均置信度与正确率之差的绝对值，乘以该区间所占的预测比例，再求和",
        )
    return None


@exercise("17.5")
def a_card_filled_in(answer):
    """A function that fills in a card: a ModelCard without a blank comes out."""
    known = {
        name: "what the file knows" for name, entry in ENTRIES.items() if not entry.question[0]
    }
    card = call(answer, ModelCard(known))
    if not isinstance(card, ModelCard):
        return Hint(
            "a ModelCard is to come out, as card.filled(...) gives one",
            "要返回一个 ModelCard，即 card.filled(...) 的结果",
        )
    if card.blanks:
        first = card.blanks[0]
        return Hint(
            f"{len(card.blanks)} entries are blank, the first is {first!r}: "
            f"{ENTRIES[first].question[0]}",
            f"还有 {len(card.blanks)} 项待填，第一项是 {first!r}：{ENTRIES[first].question[1]}",
        )
    said = [card.values[name].strip() for name in ENTRIES if ENTRIES[name].question[0]]
    if min(map(len, said)) < LEAST_WORDS // 2:
        return Hint("an entry of a letter or two says nothing", "只有一两个字的条目等于没写")
    if len({*said}) < len(said):
        return Hint(
            "two entries say the same: what it is for and what it is not for, for instance, differ",
            "有两项内容相同：例如“适用”和“不适用”就不该一样",
        )
    return None
