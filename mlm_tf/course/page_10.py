"""Exercises of page 10, Chinese."""

import numpy as np

from mlm_tf.course.exercises import OTHER_ARGUMENTS, Hint, call, chosen, exercise


@exercise("10.1")
def number_of_bytes(answer):
    """Of 买了3本书！ in UTF-8."""
    value = float(np.asarray(answer, "float64"))
    if value == 6:
        return Hint("those are its characters", "这是字符数")
    if value == 18:
        return Hint("is the digit as large as a Chinese character?", "数字和汉字一样大吗？")
    if value == 14:
        return Hint("look at the width of the mark at its end", "看看句末那个标点的宽度")
    if value in (11, 12):
        return Hint(
            "two bytes a character is how GB18030 writes them",
            "一个汉字占两个字节，那是 GB18030 的写法",
        )
    if value != 16:
        return Hint(
            "add up the bytes of each character; the table of the first section has such ones",
            "把每个字符的字节数加起来；第一节的表里有同类的字符",
        )
    return None


@exercise("10.2")
def number_of_ways(answer):
    """Six characters, pieces of one or two."""
    value = float(np.asarray(answer, "float64"))
    if value in (32, 64):
        return Hint(
            "that allows pieces of any length; here a word has one or two characters",
            "这样算允许任意长的段；这里的词只有一个或两个字",
        )
    if value in (8, 21):
        return Hint(
            "the right row of numbers, one place beside",
            "数列是对的，差了一位",
        )
    if value != 13:
        return Hint(
            "a way begins with one character or with two: how many ways has the rest then?",
            "一种切法以一个字或两个字开头：剩下的各有几种切法？",
        )
    return None


@exercise("10.3")
def bits_a_character(answer):
    """Perplexity 256, 1,000 words, 1,600 characters."""
    value, right = float(np.asarray(answer, "float64")), np.log2(256) * 1000 / 1600
    if np.isclose(value, np.log2(256)):
        return Hint("that is bits a word", "这是每个词的比特数")
    if np.isclose(value, np.log2(256) * 1.6):
        return Hint(
            "a character costs less than a word: which number is divided by which?",
            "一个字符的代价比一个词小：哪个数除以哪个数？",
        )
    if np.isclose(value, 160):
        return Hint(
            "a perplexity is no number of bits: take its logarithm first",
            "困惑度不是比特数：先取对数",
        )
    if np.isclose(value, np.log(256) / 1.6):
        return Hint(
            "those are nats; bits are logarithms to base 2", "这是奈特；比特要以 2 为底取对数"
        )
    if not np.isclose(value, right, atol=5e-3):
        return Hint(
            "the bits of the whole text, over its characters",
            "整段文本的比特数，除以它的字符数",
        )
    return None


@exercise("10.4")
def needs_only_a_table(answer):
    """The direction in which signs were joined."""
    found = chosen(answer, ("to simplified", "to traditional"))
    if found is None:
        return Hint(
            'answer "to simplified" or "to traditional"',
            '请回答 "to simplified" 或 "to traditional"',
        )
    if found == "to traditional":
        return Hint(
            "how many answers has 发 there?",
            "这样转换时，“发”有几个答案？",
        )
    return None


def _longest_match(text, words):
    pieces = []
    while text:
        end = next((n for n in range(len(text), 1, -1) if text[:n] in words), 1)
        pieces.append(text[:end])
        text = text[end:]
    return pieces


def _pieces(answer, text, words):
    return [str(piece) for piece in call(answer, text, set(words))]


@exercise("10.5")
def longest_match(answer):
    """A function of a text and the set of words."""
    words = {"研究", "研究生", "生命", "命", "起源", "北京大学", "北京", "大学生", "学生"}
    found = _pieces(answer, "研究生命起源", words)
    if found == ["研究", "生命", "起源"]:
        return Hint(
            "that is the better way to cut, but the longest word that begins the text is another",
            "这样切更好，但文本开头最长的词不是它",
        )
    if "".join(found) != "研究生命起源":
        return Hint(
            "joined, the pieces are not the text",
            "各段连起来不是原文",
        )
    if found != ["研究生", "命", "起源"]:
        return Hint(
            "look for the longest word first, and go on behind it",
            "先找最长的词，再从它后面接着找",
        )
    found = _pieces(answer, "在北京大学生们", words)
    if "".join(found) != "在北京大学生们":
        return Hint(
            "a character with which no word begins is a piece of its own",
            "没有词以它开头的字，自成一段",
        )
    if found != ["在", "北京大学", "生", "们"]:
        return Hint(
            "words may have more than three characters, and the left one comes first",
            "词可以不止三个字，而且从左边起",
        )
    for text in ("", "一", "学生命大学生北京大研究"):
        if _pieces(answer, text, words) != _longest_match(text, words):
            return OTHER_ARGUMENTS
    return None


@exercise("10.6")
def first_bytes(answer):
    """A function of a text and a number of bytes."""
    text = "买3本书𠮷野家"
    found = call(answer, text, 8)
    if not isinstance(found, str):
        return Hint("give a text, not bytes", "请给出文本，不是字节")
    if "\ufffd" in found:
        return Hint(
            "the last character is not whole; what is left of it has to go",
            "最后一个字符不完整；剩下的那一部分要去掉",
        )
    if len(found.encode()) > 8:
        return Hint(
            "that has more bytes than are allowed: characters were counted",
            "字节数超过了限制：数的是字符",
        )
    for most in range(len(text.encode()) + 3):
        right = text.encode()[:most].decode(errors="ignore")
        found = call(answer, text, most)
        if found != right:
            return Hint(
                f"with most={most} it gives {found!r}: is there a longer beginning that has room, "
                "and has all of it room?",
                f"most={most} 时给出 {found!r}：有没有更长的开头放得下？它整个都放得下吗？",
            )
    if call(answer, "abc", 2) != "ab":
        return OTHER_ARGUMENTS
    return None
