"""What the demo says, in Chinese where the locale is Chinese: one table."""

import os
import sys

CHINESE = {
    "raw text to a generated sentence ({}, {} cores)": "从原始文本到生成的句子（{}，{} 核）",
    " ({:.0f} s so far)": "（已用 {:.0f} 秒）",
    # Step 1
    "1. Preprocess": "1. 预处理",
    ": 106 Wikipedia articles, shipped by gensim": "：106 篇英文维基百科条目，随 gensim 一起安装",
    "reading and cleaning the articles": "正在读取并清理条目",
    "documents": "文档",
    "{:,}, split whole: a tenth to validate on": "{:,} 篇，按整篇划分，十分之一用于验证",
    "sentences": "句子",
    "{:,} to train on, {:,} to validate on": "训练集 {:,} 句，验证集 {:,} 句",
    "tokens": "词元",
    "{:,} and {:,}, punctuation included": "{:,} 个和 {:,} 个，包括标点",
    "types": "词型",
    "{:,} distinct tokens in the training set": "训练集中有 {:,} 个不同的词元",
    "vocabulary": "词表",
    "{:,} types; the rest is \\[UNK], {:.1%} and {:.1%} of the tokens": (
        "{:,} 个词型；其余都是 \\[UNK]，占词元的 {:.1%} 和 {:.1%}"
    ),
    "stopwords": "停用词",
    "leaving out the English ones ({}, ...) would remove {:.1%} of the tokens;\n"
    "kept here, since a sentence needs them": (
        "去掉英文停用词（{} 等）会少掉 {:.1%} 的词元；\n这里保留，因为造句离不开它们"
    ),
    "truncation": "截断",
    "to {} tokens would cut {:.1%} of them; padding to {} would fill {:.1%} of the places;\n"
    "neither is done here: models train on windows of the stream \\[START] sentence \\[END] ...": (
        "截到 {} 个词元会丢掉 {:.1%}；填充到 {} 个会让 {:.1%} 的位置是填充；\n"
        "这里两样都不做：模型在词元流 \\[START] 句子 \\[END] …… 的窗口上训练"
    ),
    "a sentence  ": "一个句子  ",
    "its tokens  ": "它的词元  ",
    "their ids   ": "它的编号  ",
    # Step 2
    "2. Embeddings": "2. 词向量",
    ": random, and GloVe vectors of this corpus": "：随机的，以及用这个语料库训练的 GloVe 词向量",
    "nearest to": "最近邻",
    "random vectors": "随机词向量",
    "GloVe vectors": "GloVe 词向量",
    "GloVe vectors start {:,} of {:,} words, {:,} of {:,} tokens; the others start at random": (
        "{1:,} 个词中有 {0:,} 个、{3:,} 个词元中有 {2:,} 个以 GloVe 词向量为起点，其余随机初始化"
    ),
    # Step 3
    "3. Train": "3. 训练",
    " by maximum likelihood": "：极大似然",
    "LSTM, random vectors": "LSTM，随机词向量",
    "LSTM, GloVe vectors": "LSTM，GloVe 词向量",
    "self-attention": "自注意力",
    # Step 4
    "4. Generate": "4. 生成",
    " until the end token": "，直到结束词元",
    "Drawn from the 20 likeliest tokens but \\[UNK], at temperature 0.8:": (
        "从概率最大的 20 个词元中抽取（\\[UNK] 除外），温度 0.8："
    ),
    # The results
    "Results": "结果",
    "model": "模型",
    "perplexity": "困惑度",
    "known words": "词表内的词",
    "parameters": "参数量",
    "tokens/s": "词元/秒",
    "seconds": "秒",
    "uniform": "均匀分布",
    "unigram": "一元语法",
    "bigram": "二元语法",
    "trigram": "三元语法",
    "Kneser-Ney bigram": "Kneser-Ney 二元语法",
    "Kneser-Ney trigram": "Kneser-Ney 三元语法",
    "Validation perplexity over the same {:,} tokens in every row, end tokens included; lower is "
    "better. The vocabulary has {:,} types, and {:.1%} of the words are outside it: \\[UNK], easy "
    "to guess, flatters the first column; the second leaves it out.": (
        "每一行都是在同样的 {:,} 个词元（含结束词元）上的验证困惑度，越低越好。词表有 {:,} "
        "个词型，{:.1%} 的词在词表外：\\[UNK] 容易猜中，让第一列显得好看；第二列不计它。"
    ),
    "{}: {}, {}": "{}：{}，{}",
    "beats the {} on both figures": "两项都胜过{}",
    "beats the {} on one figure only": "只有一项胜过{}",
    "does not beat the {}": "没有胜过{}",
    "loading {} in a new process": "正在新进程中加载 {}",
    "{}, loaded in a new process, writes the same greedy sentence:": (
        "{} 在新进程中加载后，用贪心搜索写出同样的句子："
    ),
    "In the package": "随包附带",
    ": two models, trained for longer": "：两个训练得更久的模型",
    "Next": "下一步",
    "{} shows how the models learned. To go on:": "{} 画出了各个模型的学习过程。接下来可以运行：",
    "notebooks/00_quickstart.ipynb": "notebooks/zh/00_quickstart.ipynb",
    "Finished in {:.0f} s.": "完成，用时 {:.0f} 秒。",
}


def say(sentence: str, *values) -> str:
    """A sentence of the demo in the reader's language, with its values.

    >>> say("Finished in {:.0f} s.", 12.3) in ("Finished in 12 s.", "完成，用时 12 秒。")
    True
    """
    return (CHINESE[sentence] if is_chinese() else sentence).format(*values)


def is_chinese() -> bool:
    """Whether the locale is Chinese, by the variables that gettext reads, in its order, and the
    output has the characters."""
    places = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, places), "C").partition(".")[0]
    if locale in ("C", "POSIX"):
        return False
    if not (os.environ.get("LANGUAGE") or locale).startswith("zh"):
        return False
    try:
        "".join(CHINESE.values()).encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
