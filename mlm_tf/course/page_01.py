"""Exercises of page 01, text to ids."""

import numpy as np

from mlm_tf.course.exercises import Hint, call, chosen, exercise


@exercise("01.1")
def first_hundred_or_later_thousand(answer):
    """What Zipf's law says: the sums of 1/r over 1 to 100 and over 1,001 to 2,000."""
    if (answer := chosen(answer, ("first", "later"))) is None:
        return Hint('answer "first" or "later"', '请回答 "first" 或 "later"')
    if answer == "later":
        return Hint(
            "the word of rank r occurs in proportion to 1/r: add that up over both stretches",
            "第 r 位的词出现次数与 1/r 成正比：在两段上分别求和，再比较",
        )
    return None


@exercise("01.2")
def tokens_of_unknown_characters(answer):
    """花落😀, of which 花 is known."""
    if answer == 3:
        return Hint(
            "two of the three characters are not in the vocabulary: what stands for them?",
            "三个字符里有两个不在词表中：用什么来代替它们？",
        )
    if answer == 10:
        return Hint("花 is known: it is one token", "“花”在词表里：它是一个词元")
    if answer == 7:
        return Hint(
            "not every character takes three bytes: look at len('😀'.encode())",
            "不是每个字符都占三个字节：看看 len('😀'.encode())",
        )
    if answer != 8:
        return Hint(
            "a known character is one token, an unknown one is as many as it has bytes",
            "认识的字符是一个词元，不认识的字符有几个字节就是几个词元",
        )
    return None


@exercise("01.3")
def what_is_cut_and_what_is_padding(answer):
    """Texts of 5, 12, 40 and 3 tokens in rows of 10."""
    lengths, width = np.array([5, 12, 40, 3]), 10
    cut, padding = np.maximum(lengths - width, 0), np.maximum(width - lengths, 0)
    found = np.asarray(answer, "float64")
    if found.shape != (2,):
        return Hint("give two numbers, (cut, padding)", "请给出两个数：(cut, padding)")
    if (found > 1).any():
        return Hint("shares are asked for, between 0 and 1", "要的是比例，在 0 和 1 之间")
    if np.isclose(found[0], (cut > 0).mean()) and not np.isclose(found[0], cut.sum() / 60):
        return Hint(
            "the first is a share of the rows; a share of the tokens was asked for",
            "第一个数是行的比例，要的是词元的比例",
        )
    if not np.isclose(found[0], cut.sum() / lengths.sum(), atol=0.005):
        return Hint(
            "the first: the tokens past the tenth of each text, over all tokens of the texts",
            "第一个数：每段文本第十个之后的词元数，除以全部文本的词元数",
        )
    if not np.isclose(found[1], padding.sum() / (width * len(lengths)), atol=0.005):
        return Hint(
            "the second: the places without a token, over all places of the four rows",
            "第二个数：没有词元的位置数，除以四行的全部位置数",
        )
    return None


@exercise("01.4")
def which_model_predicts_better(answer):
    """Perplexity 100 over 1,000 words, or 3 over 5,000 characters."""
    if (answer := chosen(answer, ("A", "B"))) is None:
        return Hint('answer "A" or "B"', '请回答 "A" 或 "B"')
    if answer == "B":
        return Hint(
            "a perplexity is per token: what is the logarithm of the probability of the whole "
            "text under each?",
            "困惑度是按词元算的：在两个模型下，整段文本概率的对数各是多少？",
        )
    return None


def _merged(words, pair):
    merged = {}
    for word, count in words.items():
        row, place = [], 0
        while place < len(word):
            if word[place : place + 2] == pair:
                row.append(pair[0] + pair[1])
                place += 2
            else:
                row.append(word[place])
                place += 1
        merged[tuple(row)] = merged.get(tuple(row), 0) + count
    return merged


# Words with their counts, and the pair that stands side by side most often in them. In the first
# the count decides, not in how many words a pair stands; in the second the pair stands twice in a
# word; in the third three alike stand side by side.
STEPS = (
    ({("l", "o"): 9, ("s", "i"): 4, ("s", "i", "t"): 3}, ("l", "o")),
    ({("b", "a", "n", "a", "n"): 4, ("b", "a", "t"): 3}, ("a", "n")),
    ({("a", "a", "a"): 2, ("b", "c"): 1}, ("a", "a")),
    ({("lo", "w"): 6, ("lo", "t"): 2, ("s", "it"): 3}, ("lo", "w")),
)


@exercise("01.5")
def one_merge(answer):
    """A function of words {tuple of pieces: count} that gives the same with one pair joined."""
    for words, pair in STEPS:
        given, expected = dict(words), _merged(words, pair)
        found = call(answer, given)
        if given != words:
            return Hint(
                "the mapping that was given is changed; return a new one",
                "传入的映射被改动了；请返回一个新的",
            )
        if not isinstance(found, dict) or not all(isinstance(word, tuple) for word in found):
            return Hint(
                "a dict is needed, whose words are tuples of pieces",
                "需要一个字典，其中的词是片段组成的元组",
            )
        if found == expected:
            continue
        if found == words:
            return Hint("nothing was joined", "什么也没有合并")
        if ["".join(word) for word in found] != ["".join(word) for word in words]:
            return Hint(
                "words are missing, or their letters have changed; a step only joins pieces",
                "缺了词，或词的字母变了；这一步只能合并片段",
            )
        if set(found) != set(expected):
            return Hint(
                f"in {words} the pair {pair} is the most frequent, a word counting as often as it "
                "occurs, and it is joined wherever it stands",
                f"在 {words} 中，最常见的一对是 {pair}（词出现几次就算几次），"
                "凡是出现的地方都要合并",
            )
        return Hint(
            "the pieces are right; the counts of the words are not",
            "片段正确，但词的出现次数不对",
        )
    return None


@exercise("01.6")
def a_pipeline_of_bytes(answer):
    """A class of `Pipeline`, made without arguments: the ids are the bytes, from 3 on."""
    from mlm_tf.preprocessing import Pipeline
    from mlm_tf.preprocessing.testing import check_pipeline

    if not (isinstance(answer, type) and issubclass(answer, Pipeline)):
        return Hint(
            "give the class itself, not a pipeline made of it", "请给出类本身，而不是它的实例"
        )
    pipeline = answer()
    texts = ["a", "花"]
    rows = [list(row) for row in call(pipeline.ids, texts)]
    expected = [[3 + byte for byte in text.encode()] for text in texts]
    if [[i + 3 for i in row] for row in rows] == expected:
        return Hint(
            "the first three ids are taken: byte 0 has the id 3",
            "前三个编号已经被占用：字节 0 的编号是 3",
        )
    if [len(row) for row in rows] == [1, 1]:
        return Hint("these are characters; use the bytes of UTF-8", "这是字符；要用 UTF-8 的字节")
    if rows != expected:
        return Hint(
            "for each text, in its order, the bytes of its UTF-8, each with 3 added",
            "对每段文本，按顺序给出 UTF-8 的各个字节，每个加 3",
        )
    pieces = list(call(pipeline.pieces, iter(expected[1])))
    if len(pieces) != 3:
        return Hint(
            f"an id gives one piece, and three ids gave {len(pieces)}",
            f"一个编号对应一个片段，这里三个编号给出了 {len(pieces)} 个",
        )
    if "".join(pieces) != "花":
        return Hint(
            "the three bytes of one character do not come back as the character: a byte alone is "
            "no character, so something has to be remembered from id to id",
            "一个字符的三个字节没有还原成这个字符：单个字节不成字符，所以要在编号之间记住一些东西",
        )
    try:
        check_pipeline(pipeline)
    except AssertionError as error:
        law = str(error).splitlines()[0]
        return Hint(f"a law of pipelines is broken: {law}", f"违反了流水线的一条定律：{law}")
    return None
