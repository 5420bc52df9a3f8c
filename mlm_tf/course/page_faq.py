"""Exercises of the page of questions."""

from itertools import pairwise

import numpy as np

from mlm_tf.course.exercises import Hint, call, chosen, exercise

WAYS = ("truncation", "windows", "padding")


@exercise("faq.1")
def what_does_nothing_for_long_texts(answer):
    """300 tokens, windows of 128."""
    if (answer := chosen(answer, WAYS)) is None:
        names = ", ".join(f'"{way}"' for way in WAYS)
        return Hint(f"answer one of {names}", f"请回答 {names} 之一")
    if answer != "padding":
        return Hint(
            "after that the text, or what is left of it, fits: look for what only lengthens",
            "这样处理之后，文本（或剩下的部分）就放得下了：找那个只会加长的办法",
        )
    return None


@exercise("faq.2")
def bits_per_byte_of_two_models(answer):
    """4.2 nats for 6 bytes, 1.3 nats for 1 byte."""
    numbers = np.asarray(answer, "float64")
    if numbers.shape != (2,):
        return Hint("a list of two numbers is needed", "这里需要两个数的列表")
    right = np.array([4.2 / 6, 1.3]) / np.log(2)
    if np.allclose(numbers, right * np.log(2), rtol=0.01):
        return Hint(
            "that is nats per byte: how many nats are a bit?",
            "这是每字节奈特数：一比特是多少奈特？",
        )
    if np.allclose(numbers, right * np.log(2) ** 2, rtol=0.01):
        return Hint(
            "a nat is more than a bit, not less: divide by ln 2",
            "一奈特比一比特大，而不是小：要除以 ln 2",
        )
    if np.allclose(numbers, [4.2 / np.log(2), right[1]], rtol=0.01):
        return Hint(
            "these are bits per token: over how many bytes does a token spread?",
            "这是每个词元的比特数：一个词元分摊到几个字节上？",
        )
    if not np.allclose(numbers, right, rtol=0.01):
        return Hint(
            "nats to bits, and then over the bytes of a token",
            "先把奈特换成比特，再除以词元的字节数",
        )
    return None


@exercise("faq.3")
def parameters_of_a_vocabulary(answer):
    """32,000 types, width 128, two tables, a bias."""
    table, bias = 32_000 * 128, 32_000
    if answer in (table, table + bias):
        return Hint("there are two tables: they are not tied here", "有两张表：这里没有绑定权重")
    if answer == 2 * table:
        return Hint("the output bias is missing", "漏掉了输出偏置")
    if answer != 2 * table + bias:
        return Hint(
            "each table has a row of the model's width for each type",
            "每张表里，每个词型占一行，长度是模型的宽度",
        )
    return None


@exercise("faq.4")
def windows_that_overlap(answer):
    """A function of n, length and overlap."""
    for n, length, overlap in ((10, 4, 2), (11, 4, 1), (3, 4, 2), (4, 4, 2), (9, 4, 0), (10, 5, 3)):
        case = f"n = {n}, length = {length}, overlap = {overlap}"
        found = [tuple(map(int, window)) for window in call(answer, n, length, overlap)]
        if any(not 0 <= start < end <= n for start, end in found):
            return Hint(
                f"{case}: a window is empty, or reaches past the text",
                f"{case}：有窗口是空的，或超出了文本",
            )
        covered = {place for start, end in found for place in range(start, end)}
        if covered != set(range(n)):
            return Hint(f"{case}: some tokens are in no window", f"{case}：有的词元不在任何窗口里")
        if any(end - start > length for start, end in found):
            return Hint(f"{case}: a window is too long", f"{case}：有窗口太长")
        pairs = list(pairwise(found))
        if any(after[1] <= before[1] for before, after in pairs):
            return Hint(
                f"{case}: a window lies within the one before it, or the order is not that of the "
                "text",
                f"{case}：有窗口完全落在前一个之内，或没有按文本的顺序排列",
            )
        if any(before[1] - after[0] != overlap for before, after in pairs):
            return Hint(
                f"{case}: neighbours share another number of tokens",
                f"{case}：相邻窗口共有的词元数不对",
            )
        if any(end - start < length for start, end in found[:-1]):
            return Hint(
                f"{case}: only the last window may be shorter", f"{case}：只有最后一个窗口可以短"
            )
    return None
