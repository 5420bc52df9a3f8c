# %% [markdown] tags=["en"]
# # 01 Text to ids: each step and what it costs
#
# **You will be able to** write a tokenizer and a vocabulary in ten lines and say where they fall short; choose between words, characters, subwords and bytes by what each costs; say why perplexities over other tokens cannot be compared, and what can; measure what stopwords, padding and truncation do to a language model.
#
# **You need to know** what a token and a perplexity are (page 00). How a model counts words comes on page 02.
#
# **It takes** about 20 minutes to read and half a minute to run on two CPU cores, with 1.2 GB of memory.
#
# A model sees numbers. On the way there from a text stand choices, and each of them loses something or costs something: words become unknown, sequences grow long, tokens are cut off, places are filled with padding. This page takes the steps one by one and measures:
#
# articles → sentences → tokens → ids → padded rows, or windows
# %% [markdown] tags=["zh"]
# # 01 文本变成编号：每一步及其代价
#
# **学完本页，你能够**用十行代码写出分词器（tokenizer）和词表，并说出它们的不足；根据各自的代价，在词、字符、子词和字节之间做选择；说明词元不同时困惑度为什么不能比较，什么才能比较；测量停用词、填充和截断对语言模型的影响。
#
# **预备知识**：词元和困惑度（第 00 页）。模型怎样数词，到第 02 页再讲。
#
# **所需时间**：阅读约 20 分钟，在两个 CPU 核上运行约半分钟，占用内存 1.2 GB。
#
# 模型看到的是数。从文本到数要做一连串选择，每个选择都会丢掉一些东西，或者要付出一些代价：词成了未知词，序列变长，词元被截掉，空位要用填充补上。本页逐步走一遍，并一一测量：
#
# 条目 → 句子 → 词元 → 编号 → 填充后的行，或窗口
# %%
# %matplotlib inline
import importlib.util
import re
import unicodedata
from collections import Counter
from itertools import pairwise

import keras
import matplotlib.pyplot as plt
import numpy as np
from gensim.parsing.preprocessing import STOPWORDS

from mlm_tf import TextPipeline, corpora, course, viz
from mlm_tf.baselines import KneserNeyModel, perplexity
from mlm_tf.layers import MeanPooling
from mlm_tf.preprocessing import Pipeline
from mlm_tf.viz.fonts import families_for

rng = np.random.default_rng(0)

# %% [markdown] tags=["en"]
# ## Look at the text first
#
# The corpus is every fourth of the Wikipedia articles that gensim ships. It is split by article: sentences of one article resemble each other, and a split by sentence would measure a model on text that it has half seen.
# %% [markdown] tags=["zh"]
# ## 先看文本
#
# 语料库是 gensim 自带的维基百科条目，每四条取一条。按条目划分训练集和验证集：同一条目里的句子彼此相似，若按句子划分，测量时用的文本模型就已经见过一半了。
# %%
training_part, validation_part = corpora.split(corpora.wikipedia()[::4])
training, validation = corpora.sentences(training_part), corpora.sentences(validation_part)
print(f"{len(training):,} sentences to learn from, {len(validation):,} held back")
for sentence in (training[4], training[1000], training[3000]):
    print("-", sentence)
assert not {d.title for d in training_part} & {d.title for d in validation_part}

# %% [markdown] tags=["en"]
# ## By hand: ten lines
#
# A tokenizer that takes words and punctuation marks is one regular expression. A vocabulary is a count: the most frequent tokens get the first ids, after a few *special tokens*. What is not in it becomes `[UNK]`.
# %% [markdown] tags=["zh"]
# ## 手写十行
#
# 以词和标点为词元的分词器，一个正则表达式就够了。词表来自计数：排在几个*特殊词元*之后，越常见的词元编号越靠前。不在词表里的就成了 `[UNK]`。
# %%
SPECIAL = ["[PAD]", "[UNK]", "[START]", "[END]", "[SEP]", "[MASK]"]


def tokenize(text):
    return re.findall(r"\w+|[^\w\s]", text.lower())


def fit(texts, size):
    counts = Counter(token for text in texts for token in tokenize(text))
    ranked = sorted(counts, key=lambda token: (-counts[token], token))
    return [*SPECIAL, *ranked][:size]


def encode(text, vocabulary):
    return [2, *(vocabulary.get(token, 1) for token in tokenize(text)), 3]


# %% [markdown] tags=["en"]
# `TextPipeline` does the same. On sentences of plain words, commas and a full stop, the two agree to the last id.
# %% [markdown] tags=["zh"]
# `TextPipeline` 做的是同样的事。如果句子里只有普通的词、逗号和句号，两者连最后一个编号都相同。
# %%
plain = [s for s in training if re.fullmatch(r"[A-Za-z ,]+\.", s)]
by_hand = fit(plain, 1000)
places = {token: place for place, token in enumerate(by_hand)}
ours = TextPipeline.fit(plain, vocabulary_size=1000)

[ids] = ours.encode(plain[:1])  # (tokens,)
print(plain[0])
print(*(ours.vocabulary[i] for i in ids))
print(*ids)
assert ours.vocabulary == by_hand
assert all(
    row.tolist() == encode(text, places)
    for text, row in zip(plain, ours.encode(plain), strict=True)
)
print(f"equal on all {len(plain):,} plain sentences")

# %% [markdown] tags=["en"]
# Keras has a layer for it, `TextVectorization`. With the same vocabulary and the same cuts it gives the same ids, four lower, since it has two special tokens and not six.
# %% [markdown] tags=["zh"]
# Keras 有一个专门的层 `TextVectorization`。词表相同、切法相同，它给出的编号也相同，只是都小四，因为它的特殊词元是两个，不是六个。
# %%
keras_layer = keras.layers.TextVectorization(
    standardize=None, split="whitespace", vocabulary=by_hand[len(SPECIAL) :]
)
spaced = [" ".join(tokenize(text)) for text in plain]
theirs = np.array(keras_layer(spaced))  # (sentences, longest), 0 is padding and 1 unknown
for row, expected in zip(theirs, ours.encode(plain, add_start=False, add_end=False), strict=True):
    row = row[: len(expected)]
    assert (np.where(row > 1, row + 4, row) == expected).all()
print("TextVectorization", theirs.shape, "equal but for the special tokens")

# %% [markdown] tags=["en"]
# Real text is not plain. Below, what the three make of one sentence; Keras's default drops the punctuation, and with it the end of sentences and the dollar sign. Then, on all sentences: what the ten lines tear apart, and the package keeps whole.
# %% [markdown] tags=["zh"]
# 真实的文本没有这么规矩。下面是三者对同一句话的切法：Keras 的默认设置丢掉标点，于是句子的结尾和美元符号也没有了。然后在所有句子上看：哪些词被那十行代码拆散了，而本包会保持完整。
# %%
tricky = "Don't panic: it costs $3.14 in the U.S., or 1,000 yen."
cut_at = keras.layers.TextVectorization(split="whitespace")
cut_at.adapt([tricky])
known = cut_at.get_vocabulary()
print("ten lines:   ", *tokenize(tricky))
print("TextPipeline:", *ours.tokenize([tricky])[0])
print("Keras:       ", *(known[i] for i in np.array(cut_at([tricky]))[0]))

rows = ours.tokenize(training)
differ = [row != tokenize(text) for row, text in zip(rows, training, strict=True)]
torn = Counter(token for row in rows for token in row if len(tokenize(token)) > 1)
print(f"sentences cut differently: {np.mean(differ):.0%}; torn apart most often:")
print("  ", *(token for token, _ in torn.most_common(8)))
assert 0.1 < np.mean(differ) < 0.9 and len(torn) > 100
assert {"don't", "3.14", "u.s.", "1,000"} <= set(ours.tokenize([tricky])[0])

# %% [markdown] tags=["en"]
# ## Normalisation: one spelling for what looks the same
#
# A letter with an accent can be one character or two, and a wide "Ａ" is another character than "A". *NFKC* makes one spelling of these, *case folding* one word of "The" and "the". By hand it is one call of Python's own; ours is equal, but runs inside the TensorFlow graph. The second table counts the *types*, the distinct tokens, that each choice leaves.
# %% [markdown] tags=["zh"]
# ## 规范化：看上去一样的，写法也要一样
#
# 带重音符号的字母可以是一个字符，也可以是两个；全角的 “Ａ” 和 “A” 不是同一个字符。*NFKC* 把它们统一成一种写法，*大小写折叠*把 “The” 和 “the” 当作一个词。手写只要调用一次 Python 自带的函数；我们的结果与它相等，但在 TensorFlow 图中运行。后面的表数的是每种做法留下多少个*词型*，即不同的词元。
# %%
odd = "Ｔｈｅ ﬁrst ½ ② Café, cafe\u0301"
print(f"{'as written':12}{odd}  ({len(odd)} characters)")
for form in ("NFC", "NFKC"):
    kept = TextPipeline.fit(training[:100], level="character", normalization=form)
    [back] = kept.decode(kept.encode([odd]))
    print(f"{form:12}{back}  ({len(back)} characters)")
    assert back == unicodedata.normalize(form, odd)

print("\ntypes among the words of the corpus")
types = {}
for name, settings in {
    "as written": {"normalization": None, "case_folding": False},
    "NFKC": {"case_folding": False},
    "and lower case": {},
    "and no accents": {"strip_accents": True},
}.items():
    types[name] = TextPipeline.fit(training, **settings).vocabulary_size - len(SPECIAL)
    print(f"{name:16}{types[name]:8,}")
assert types["and lower case"] < 0.97 * types["NFKC"] <= 0.97 * types["as written"]

# %% [markdown] tags=["en"]
# What it costs: the capitals. "us" and "US", "may" and "May" are one word then, and no decoder brings the capital back.
#
# ## The vocabulary: Zipf's law
#
# Sort the words by how often they occur. The word of rank $r$ occurs about $1/r$ times as often as the first: on logarithmic axes nearly a straight line. So a small part of the words makes up most of a text, and most words hardly ever occur. On the right, what that means: the share of a text that a vocabulary *covers*.
# %% [markdown] tags=["zh"]
# 代价是大写没有了：“us” 和 “US”、“may” 和 “May” 成了同一个词，解码时谁也变不回大写。
#
# ## 词表：齐普夫定律
#
# 把词按出现次数排序。排在第 $r$ 位的词，出现次数大约是第一位的 $1/r$：在双对数坐标上几乎是一条直线。于是一小部分词就占了文本的大半，而大多数词难得出现一次。右图是它的后果：词表*覆盖*了文本的多大比例。
# %%
whole = TextPipeline.fit(training)  # keeps every word
counts = whole.counts[len(SPECIAL) :]  # (types,), falling
ranks = np.arange(1, len(counts) + 1)


def coverage(texts):
    """(types,): the share of the tokens that the first 1, 2, 3, ... types are."""
    ids = np.concatenate(whole.encode(texts, add_start=False, add_end=False))
    of_each = np.bincount(ids, minlength=whole.vocabulary_size)
    return np.cumsum(of_each[len(SPECIAL) :]) / len(ids)


seen, unseen = coverage(training), coverage(validation)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
left.loglog(ranks, counts, ".", markersize=3, label="words")
left.loglog(ranks, counts[0] / ranks, color="grey", label="1 / rank")
left.set(xlabel="rank", ylabel="occurrences")
left.legend()
right.semilogx(ranks, seen, label="training text")
right.semilogx(ranks, unseen, label="held-back text")
right.set(xlabel="words in the vocabulary", ylabel="share of the tokens covered", ylim=(0, 1.02))
right.legend(loc="lower right")
plt.tight_layout()
plt.show()
print(f"words that occur once: {(counts == 1).mean():.0%} of all words")
assert (counts == 1).mean() > 0.3
assert np.isclose(seen[-1], 1) and unseen[-1] < 0.95

# %% [markdown] tags=["en"]
# The two curves part: a vocabulary of *all* words of the training text still misses words of any other text, and from this text no larger one can be made. A larger vocabulary has its price too: the model holds a vector for every word and scores every word at every place, and its rare words occur too seldom to be learned. The report of the package says the same as our curve.
# %% [markdown] tags=["zh"]
# 两条曲线分道扬镳：训练文本的*所有*词都收进词表，换一段文本仍然会缺词，而从这段文本里也得不出更大的词表了。词表变大也有代价：模型要给每个词存一个向量，在每个位置给每个词打分，而罕见的词出现得太少，学不会。本包的报告与我们的曲线一致。
# %%
print("vocabulary   [UNK] in training   held back   numbers in 64-d vectors")
shares = []
for size in (100, 500, 2000, 8000, None):
    sized = TextPipeline.fit(training, vocabulary_size=size)
    words = sized.vocabulary_size - len(SPECIAL)
    in_training = sized.report(training).unknown_share
    shares.append(sized.report(validation).unknown_share)
    numbers = 64 * sized.vocabulary_size
    print(f"{sized.vocabulary_size:10,}{in_training:20.1%}{shares[-1]:12.1%}{numbers:26,}")
    assert np.isclose(1 - in_training, seen[words - 1])
    assert np.isclose(1 - shares[-1], unseen[words - 1])
assert shares == sorted(shares, reverse=True) and shares[-1] > 0.05

# %% [markdown] tags=["en"]
# ## Smaller tokens: nothing is unknown
#
# A token need not be a word. *Bytes* are the smallest: UTF-8 writes every text with 256 of them. *Characters* come next. *Subwords* lie between these and words: frequent words are whole, a rare one is made of pieces. They are learned by *byte pair encoding*: join the two pieces that stand side by side most often, again and again. By hand:
# %% [markdown] tags=["zh"]
# ## 更小的词元：再没有未知词
#
# 词元不一定是词。最小的是*字节*：UTF-8 用 256 种字节写出任何文本。其次是*字符*。*子词*介于字符和词之间：常见的词是完整的，罕见的词由几个片段拼成。子词由*字节对编码*学得：把最常相邻的两个片段合并，一遍又一遍。手写如下：
# %%
words = Counter(word for text in plain for word in re.findall(r" ?[A-Za-z]+| ?[^A-Za-z ]+", text))
pieces = {word: list(word) for word in words}  # each word as a list of pieces
merges = []
for _ in range(12):
    pairs = Counter()
    for word, row in pieces.items():
        for pair in pairwise(row):
            pairs[pair] += words[word]
    first, second = pairs.most_common(1)[0][0]
    merges.append(first + second)
    for row in pieces.values():
        place = 0
        while place < len(row) - 1:
            if (row[place], row[place + 1]) == (first, second):
                row[place : place + 2] = [first + second]
            place += 1
print("learned, in this order:", merges)

bytes_alone = 256 + len(SPECIAL)
subwords = TextPipeline.fit(
    plain, level="subword", vocabulary_size=bytes_alone + len(merges), normalization=None
)
assert set(subwords.vocabulary[bytes_alone:]) == set(merges)

# %% [markdown] tags=["en"]
# Our pipeline learned the same pieces. With more of them, this is what one sentence looks like at each level: the fewer characters in a token, the longer the row. Only a word is ever unknown.
# %% [markdown] tags=["zh"]
# 我们的流水线学到的片段完全相同。片段再多一些，同一句话在各个层级上是这个样子：词元里的字符越少，行就越长。只有词这一层会出现未知词元。
# %%
levels = {
    "word": TextPipeline.fit(training, vocabulary_size=2000),
    "subword": TextPipeline.fit(training, level="subword", vocabulary_size=2000),
    "character": TextPipeline.fit(training, level="character"),
}


def show_tokens(rows):
    """A line of boxes for each level: each box a token, as wide as its text."""
    families, missing = families_for(token for row in rows.values() for token in row)
    _, panel = plt.subplots(figsize=(9, 0.5 * len(rows)))
    longest = 0.0
    for line, (level, row) in enumerate(rows.items()):
        panel.text(-1, -line, f"{level} ({len(row)})", ha="right", va="center")
        edge = 0.0
        for place, token in enumerate(row):
            wide = sum(1 + (unicodedata.east_asian_width(c) == "W") for c in token) + 0.6
            colour = "C3" if token == "[UNK]" else f"C{place % 2}"
            panel.barh(-line, wide, 0.8, edge, color=colour, alpha=0.25, edgecolor="white")
            text = {"ha": "center", "va": "center", "fontsize": 8, "fontfamily": families}
            if not missing & set(token):
                panel.text(edge + wide / 2, -line, token.replace(" ", "␣"), **text)
            edge += wide
        longest = max(longest, edge)
    panel.set(xlim=(0, longest))
    panel.axis("off")
    plt.show()


def known_tokens(pipeline, text):
    ids = pipeline.encode([text], add_start=False, add_end=False)[0]
    return [pipeline.vocabulary[i] for i in ids]


text = "Untranslatable jokes are older."
rows = {level: known_tokens(fitted, text) for level, fitted in levels.items()}
show_tokens(rows)
assert "[UNK]" in rows["word"]
assert len(rows["word"]) < len(rows["subword"]) < len(rows["character"]) == len(text)

# %% [markdown] tags=["en"]
# ## What can be compared, and what cannot
#
# Which of them is best for a language model? One model for all, a trigram that counts (page 02), learns each and is measured on the text held back; "guess" is the perplexity of all tokens alike. Say first: which level has the lowest perplexity?
# %% [markdown] tags=["zh"]
# ## 什么可以比较，什么不可以
#
# 对语言模型来说，哪一种最好？用同一个模型，即靠计数的三元语法（第 02 页），在每个层级上学习，再在留出的文本上测量；“guess” 一列是所有词元一视同仁时的困惑度。先猜一猜：哪个层级的困惑度最低？
# %%
start, end = [256], [257]  # for bytes, one line: the ids are the bytes
rows_of = {
    "byte": lambda texts: [np.array([*start, *text.encode(), *end]) for text in texts],
    **{level: levels[level].encode for level in ("character", "subword", "word")},
}
outcomes = {"byte": 257, **{level: fitted.num_outcomes for level, fitted in levels.items()}}
num_bytes = sum(len(text.encode()) for text in validation)
print(f"{'':10}tokens a sentence   bytes a token    guess   trigram   bits a byte")
measured = {}
for level, rows_of_level in rows_of.items():
    rows = rows_of_level(validation)
    trigram = KneserNeyModel(outcomes[level], order=3).fit(rows_of_level(training))
    log_probs = trigram.log_probs(rows)
    tokens = sum(len(row) for row in rows)
    bits = -sum(row.sum() for row in log_probs) / np.log(2) / num_bytes
    measured[level] = perplexity(log_probs), bits
    print(
        f"{level:10}{tokens / len(rows):17.1f}{num_bytes / tokens:16.2f}{outcomes[level]:9,}"
        f"{measured[level][0]:10.1f}{bits:14.2f}{' (too low)' * (level == 'word')}"
    )
assert measured["byte"][0] < measured["character"][0] * 1.1 < measured["subword"][0]
assert measured["subword"][1] < 0.9 * measured["character"][1]

# %% [markdown] tags=["en"]
# By perplexity the bytes win by far, the characters with them (English has few that take two bytes), and that means nothing. A perplexity is a mean *per token*, and one word is as much text as several characters: guessing a byte is an easier question, asked more often. What can be compared is the whole text: all bits that the model needs for it (to base 2, minus the logarithm of its probability: page 02), over its *bytes*, which do not depend on the tokens. There the subwords win. The words only seem to: at `[UNK]` nobody knows which word it was, and no capital is predicted either, so part of the text was left out.
#
# ## Special tokens
#
# The first six ids are no words of the text: padding, unknown, start, end, a separator, a mask. No text can make one, even if somebody types its name. That matters as soon as others write the prompts: a typed `[END]` must not end anything.
# %% [markdown] tags=["zh"]
# 论困惑度，字节遥遥领先，字符与之相当（英文里占两个字节的字符很少），但这毫无意义。困惑度是*每个词元*的平均，而一个词抵得上好几个字符：猜一个字节更容易，只是要猜更多次。能比较的是整段文本：模型表示它总共需要多少比特（概率以 2 为底的对数，取负，见第 02 页），除以它的*字节*数，字节数与词元无关。这样一比，子词胜出。词只是看起来更低：在 `[UNK]` 那里，没有人知道原来是哪个词，大写也没有预测，文本的这些部分根本就没有算进去。
#
# ## 特殊词元
#
# 前六个编号不是文本里的词：填充、未知、开始、结束、分隔、掩码。任何文本都变不出它们，哪怕有人把名字打了出来。一旦提示由别人来写，这就很要紧：打出来的 `[END]` 不应该结束任何东西。
# %%
pipeline = levels["word"]
for i, token in enumerate(pipeline.vocabulary[: len(SPECIAL)]):
    print(f"id {i}  {token:8}{pipeline.counts[i]:8,} in the training text")
typed = "[START] so it ends [END]"
print("typed:", pipeline.tokenize([typed])[0])
[ids] = pipeline.encode([typed], add_start=False, add_end=False)
assert pipeline.vocabulary[: len(SPECIAL)] == SPECIAL
assert not {0, 2, 3, 4, 5} & set(ids.tolist())

# %% [markdown] tags=["en"]
# ## Stopwords, and their harm to a language model
#
# *Stopwords* are words so common that they say little about what a text is about. For keywords and topics one leaves them out. For a language model that is ruin, and a list of preprocessing steps that names it without saying for what invites the mistake. Two bigrams, which draw each word from those that followed the last one in the training text: the first has read all words, the second none of the stopwords.
# %% [markdown] tags=["zh"]
# ## 停用词，以及去掉它们对语言模型的伤害
#
# *停用词*是太常见、对判断主题没有多少帮助的词。提取关键词和主题时，可以把它们去掉。对语言模型来说，这却是毁灭性的；把它列进预处理步骤，又不说明用于什么，就容易让人犯错。下面是两个二元语法模型，每个词都从训练文本里跟在上一个词后面的词当中抽取：第一个读过所有的词，第二个没有读过任何停用词。
# %%
bare = TextPipeline.fit(training, stopwords="en")
report = bare.report(training)
top = ", ".join(word for word, _ in report.removed.most_common(5))
print(f"removed: {report.removed_share:.0%} of the tokens, above all {top}\n")


def bigram_sampler(rows):
    following = {}
    for row in rows:
        for now, after in pairwise(row.tolist()):
            following.setdefault(now, []).append(after)

    def sample():
        ids = [2]
        while ids[-1] != 3 and len(ids) < 30:
            ids.append(rng.choice(following[ids[-1]]))
        return ids

    return sample


says_the = {}
for name, fitted in {"all words": whole, "no stopwords": bare}.items():
    sample = bigram_sampler(fitted.encode(training))
    texts = [fitted.decode(sample()) for _ in range(200)]
    says_the[name] = sum("the" in text.split() for text in texts)
    print(f'{name}: {says_the[name]} of 200 sentences say "the"')
    for text in sorted(texts, key=len)[100:103]:
        print("  -", text)
assert says_the["all words"] > 100 and says_the["no stopwords"] == 0

# %% [markdown] tags=["en"]
# Its perplexity does not show it: it is measured on other, fewer tokens. What shows it is a question of another kind: how many sentences of the text held back *can* it say at all? It gives every sentence with a stopword the probability 0.
# %% [markdown] tags=["zh"]
# 从困惑度看不出这一点：它是在另一批、更少的词元上测的。要看出来，得换一个问题：留出的文本里，有多少句子是它*有可能*说出来的？凡是含停用词的句子，它给的概率都是 0。
# %%
bare_2000 = TextPipeline.fit(training, vocabulary_size=2000, stopwords="en")
removed = [bool(row) for row in bare_2000.removed_stopwords(validation)]
print(f"{'':14}tokens   [UNK]   guess   bigram   of known words   sentences it cannot say")
of_all, of_known = {}, {}
for name, fitted in {"all words": pipeline, "no stopwords": bare_2000}.items():
    rows = fitted.encode(validation)
    bigram = KneserNeyModel(fitted.num_outcomes, order=2).fit(fitted.encode(training))
    log_probs = bigram.log_probs(rows)
    of_all[name] = perplexity(log_probs)
    of_known[name] = perplexity(log_probs, [row[1:] != fitted.unk_id for row in rows])
    cannot = np.mean(removed) if name == "no stopwords" else 0.0
    print(
        f"{name:12}{sum(map(len, log_probs)):8,}{fitted.report(validation).unknown_share:8.0%}"
        f"{fitted.num_outcomes:8,}{of_all[name]:9.1f}{of_known[name]:17.1f}{cannot:26.0%}"
    )
assert 0.8 < of_all["no stopwords"] / of_all["all words"] < 1.25  # as if nothing were wrong
assert np.mean(removed) > 0.9 and of_known["no stopwords"] > 1.5 * of_known["all words"]

# %% [markdown] tags=["en"]
# The bigram column says that the two are alike; `[UNK]`, easy to guess, has hidden the harm. And the list matters too: ours leaves all negation in, others drop "not", and two opposite reviews become one.
# %% [markdown] tags=["zh"]
# 看 bigram 一列，两者差不多：容易猜中的 `[UNK]` 把伤害掩盖了。用哪份词表也有讲究：我们的停用词表保留所有的否定词，有的词表却去掉 “not”，于是两条意思相反的评论成了一条。
# %%
reviews = ["I would watch this film again.", "I would not watch this film again."]
gensim_list = TextPipeline.fit(training, stopwords=STOPWORDS)
print("our list:     ", *bare.tokenize(reviews))
print("gensim's list:", *gensim_list.tokenize(reviews))
first, second = bare.tokenize(reviews)
assert first != second
first, second = gensim_list.tokenize(reviews)
assert first == second

# %% [markdown] tags=["en"]
# ## Padding and masks
#
# Rows of one batch must have one length. Short rows are filled with `[PAD]`, and a *mask* says where a token is; long rows are cut. By hand, ours and Keras's:
# %% [markdown] tags=["zh"]
# ## 填充与掩码
#
# 一个批量里的各行长度必须相同。短的行用 `[PAD]` 补齐，由*掩码*指明哪里是词元；长的行要截断。手写、我们的和 Keras 的：
# %%
texts = ["The city is old.", "It was the first of many wars, and one of the worst."]
rows = pipeline.encode(texts, add_start=False)  # lists of 6 and 14 ids
length = 10

ids = np.zeros((len(rows), length), "int32")
mask = np.zeros((len(rows), length), bool)
for row, to, is_token in zip(rows, ids, mask, strict=True):
    to[: len(row)] = row[:length]
    is_token[: len(row)] = True

batch = pipeline(texts, max_length=length, add_end=True)
theirs = keras.utils.pad_sequences(rows, length, padding="post", truncating="post", value=0)
print(batch["token_ids"])
print(batch["padding_mask"].astype(int))
assert ids.shape == mask.shape == (2, 10)
assert (batch["token_ids"] == ids).all() and (batch["padding_mask"] == mask).all()
assert (theirs == ids).all()

# %% [markdown] tags=["en"]
# **A failure made on purpose**: forget the mask. The mean of a sentence's word vectors then depends on the sentences beside it in the batch. The sign: the same sentence gives another result alone and in company. The diagnosis is to do just that.
# %% [markdown] tags=["zh"]
# **一次故意的失败**：忘掉掩码。这样，一个句子的词向量平均就会受同批其他句子的影响。症状：同一个句子单独算和放进批量里算，结果不一样。诊断的办法就是两样都算一遍。
# %%
vectors = rng.normal(size=(pipeline.vocabulary_size, 4)).astype("float32")
alone, together = pipeline(texts[:1]), pipeline(texts)
x_alone, x_together = (vectors[part["token_ids"]] for part in (alone, together))
mask = together["padding_mask"]

print("alone:              ", x_alone.mean(axis=1)[0].round(3))
print("beside a longer one:", x_together.mean(axis=1)[0].round(3))
by_hand = (x_together * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
print("the same, masked:   ", by_hand[0].round(3))
by_ours = MeanPooling()(x_together, padding_mask=mask)
by_keras = keras.layers.GlobalAveragePooling1D()(x_together, mask=mask)
assert not np.allclose(x_together.mean(axis=1)[0], x_alone.mean(axis=1)[0], atol=0.01)
assert np.allclose(by_hand[0], x_alone.mean(axis=1)[0], atol=1e-5)
assert np.allclose(by_ours, by_hand, atol=1e-5) and np.allclose(by_keras, by_hand, atol=1e-5)

# %% [markdown] tags=["en"]
# ## Truncation, or windows
#
# The text that this course follows answers the question of long sequences with "padding and truncation". Padding does nothing for a sequence that is too long: it lengthens short ones. Only truncation makes a long one fit, and it throws text away. How much, the lengths decide:
# %% [markdown] tags=["zh"]
# ## 截断，还是窗口
#
# 序列太长怎么办？本课程所依据的文档回答说用填充和截断。填充对过长的序列毫无作用：它只会把短的补长。能让长序列放得下的只有截断，而截断会把文本扔掉。扔掉多少，取决于长度：
# %%
print("row length   rows too long   of them padded   tokens cut   places that are padding")
for length in (10, 20, 40, 80, None):
    report = pipeline.report(training, max_length=length)
    too_long = report.lengths > report.width
    padded = np.maximum(report.width - report.lengths, 0)
    print(
        f"{report.width:10}{too_long.mean():16.0%}{(padded[too_long] > 0).sum():17}"
        f"{report.cut_share:13.1%}{report.padding_share:26.1%}"
    )
    assert not (padded[too_long] > 0).any()
    by_hand = np.maximum(report.lengths - report.width, 0).sum() / report.lengths.sum()
    assert np.isclose(report.cut_share, by_hand)
assert report.cut_share == 0 and report.padding_share > 0.5  # the longest sentence decides
viz.length_histogram(report.lengths, max_length=40)

# %% [markdown] tags=["en"]
# Those are sentences. Of whole articles, cut at 512 tokens, hardly anything is left. *Windows* lose nothing: all texts become one stream, `[START] text [END] [START] text [END] ...`, and that is cut into pieces of one length. `x` is a window, `y` the same one token later. The weight is 0 where `[START]` would be predicted: it always follows `[END]`.
# %% [markdown] tags=["zh"]
# 这还只是句子。整篇条目若在 512 个词元处截断，就剩不下多少了。*窗口*什么也不丢：所有文本连成一条流，`[START] 文本 [END] [START] 文本 [END] ……`，再切成等长的段。`x` 是一个窗口，`y` 是它往后挪一个词元。凡是要预测 `[START]` 的地方权重都是 0：它总是跟在 `[END]` 后面。
# %%
articles = [document.text for document in training_part]
cut_share = pipeline.report(articles, max_length=512).cut_share
print(f"articles cut at 512 tokens: {cut_share:.0%} of the tokens are lost")

windows = pipeline.windows(articles, length=16, batch_size=8, shuffle=False)
x, y, weight = next(iter(windows))
print("x", x.shape, "y", y.shape, "weight", weight.shape)
print("x:", *(pipeline.vocabulary[i] for i in x[0]))
print("y:", *(pipeline.vocabulary[i] for i in y[0]))
in_windows = sum(int(weight.numpy().sum()) for _, _, weight in windows)
in_texts = sum(len(row) - 1 for row in pipeline.encode(articles))
print(f"tokens predicted in windows: {in_windows:,} of {in_texts:,}")
assert x.shape == y.shape == weight.shape == (8, 16)
assert (x[:, 1:] == y[:, :-1]).numpy().all()
assert cut_share > 0.8 and in_windows == in_texts

# %% [markdown] tags=["en"]
# ## Back to text, and what is lost
#
# `decode` goes the other way. How many of the sentences held back come out just as they went in? The report says the rest: tokens, types, `[UNK]`, lengths, and what truncation and padding would do.
# %% [markdown] tags=["zh"]
# ## 还原成文本，以及丢了什么
#
# `decode` 走相反的方向。留出的句子，有多少能原样还原？其余的由报告来说：词元、词型、`[UNK]`、长度，以及截断和填充会造成什么影响。
# %%
levels["words, case kept"] = TextPipeline.fit(training, case_folding=False)
levels["characters, as written"] = TextPipeline.fit(training, level="character", normalization=None)
print("sentences that come back as they were")
share = {}
for name, fitted in levels.items():
    back = fitted.decode(fitted.encode(validation))
    share[name] = np.mean([a == b for a, b in zip(back, validation, strict=True)])
    print(f"{name:24}{share[name]:6.1%}   {back[7][:60]}")
assert share["characters, as written"] == 1 and share["subword"] > 0.9 > 0.1 > share["word"]
print()
print(pipeline.report(validation, max_length=40))

# %% [markdown] tags=["en"]
# ## Chinese beside English
#
# Chinese writes no spaces, so what a word is has to be found out. By characters nothing needs to be found out: some thousands of them cover nearly all text. By words one needs a dictionary, here that of the package jieba (`pip install "mlm_tf[zh]"`), and where there is doubt it decides for you. Four sentences in both languages:
# %% [markdown] tags=["zh"]
# ## 中文与英文对照
#
# 中文不写空格，哪里是词要靠判断。按字切就用不着判断：几千个字几乎覆盖所有文本。按词切要有词典，这里用 jieba 包（`pip install "mlm_tf[zh]"`）自带的，遇到歧义时由它来裁决。下面是四个句子，两种语言：
# %%
english = [
    "The lamp in the library burns until midnight.",
    "She wrote her first program on an old computer.",
    "After the rain the bridge was closed for two days.",
    "Nobody knew where the sound came from.",
]
chinese = [
    "图书馆的灯一直亮到半夜。",
    "她在一台旧电脑上写了第一个程序。",
    "雨后那座桥关闭了两天。",
    "没有人知道声音从哪里来。",
]
has_jieba = importlib.util.find_spec("jieba") is not None
cuts = {
    "English words": (english, TextPipeline.fit(english)),
    "English characters": (english, TextPipeline.fit(english, level="character")),
    "Chinese characters": (chinese, TextPipeline.fit(chinese, language="zh")),
}
if has_jieba:
    cuts["Chinese words"] = (chinese, TextPipeline.fit(chinese, level="word", language="zh"))
else:
    print("jieba is not installed: the rows of Chinese words are left out")
print(f"{'':20}characters   bytes   tokens   bytes a token")
per_token = {}
for name, (texts, fitted) in cuts.items():
    report = fitted.report(texts)
    per_token[name] = report.bytes_per_token
    print(
        f"{name:20}{sum(map(len, texts)):10}{report.num_bytes:8}{report.tokens:9}"
        f"{report.bytes_per_token:16.2f}"
    )
assert per_token["Chinese characters"] == 3  # each of these takes three bytes in UTF-8
assert sum(map(len, chinese)) < 0.5 * sum(map(len, english))  # in characters
assert 0.7 < len("".join(chinese).encode()) / len("".join(english).encode()) < 1  # in bytes

# %% [markdown] tags=["en"]
# The same is said in less than half of the characters, and a Chinese character is three bytes: counted in characters, Chinese texts look short; counted in bytes, the two are much alike. The Chinese sentences have not many more characters than the English ones have words, which is why characters are a fair choice for Chinese and a poor one for English.
#
# A mixed sentence goes through as it is. A Chinese character that the vocabulary has never seen becomes its three bytes, so it comes back all the same; a plain Latin letter is one byte anyway. And look at where jieba puts the edges, if you have it: 灯 (lamp) and 亮 (shines) are a subject and its verb. Should they be one token? Whoever cuts a text into words first has decided such things before the model sees anything.
# %% [markdown] tags=["zh"]
# 同样的意思，中文用的字符不到英文的一半，而一个汉字占三个字节：按字符数，中文显得很短；按字节数，两者差不多。这几句中文的字数比英文的词数多不了多少，所以中文按字切是不错的选择，英文按字符切就吃亏了。
#
# 中英混排的句子也能照样处理。词表里没见过的汉字变成它的三个字节，所以照样能还原；普通的拉丁字母本来就只占一个字节。如果装了 jieba，再看看它切在哪里：“灯”是主语，“亮”是谓语，它们该合成一个词元吗？凡是先分词的，在模型看到文本之前，就已经替它做了这类决定。
# %%
mixed = "她用 Keras 写程序，灯亮到天明。"
fitted = cuts["Chinese characters"][1]
rows = {"characters": known_tokens(fitted, mixed)}
if has_jieba:
    rows["words"] = cuts["Chinese words"][1].tokenize([mixed])[0]
    assert "".join(rows["words"]) == mixed.replace(" ", "").replace("Keras", "keras")
show_tokens(rows)
unseen_bytes = [token for token in rows["characters"] if token.startswith("<0x")]
print("as bytes:", *unseen_bytes)
assert len(unseen_bytes) % 3 == 0 and len(unseen_bytes) > 0
assert fitted.decode(fitted.encode([mixed])) == [mixed]

# %% [markdown] tags=["en"]
# ## Exercises
#
# Replace each `...` by your answer and run the cell again. A check tells whether it is right; if not, it says what is off.
#
# **01.1** Say it before you compute it; Zipf's law will do. Which covers more of a text: the `"first"` hundred words of a vocabulary, or the thousand words from rank 1,001 on (`"later"`)?
#
# **01.2** A pipeline of characters knows 花 and no other character outside ASCII. How many tokens does it make of `"花落😀"`, without start and end?
#
# **01.3** Four texts have 5, 12, 40 and 3 tokens. They are cut or padded to rows of 10. Which share of the tokens is cut, and which share of the places is padding? Give both, as `(cut, padding)`.
#
# **01.4** Model `"A"` reads words and has the perplexity 100 on a text, which is 1,000 words long. Model `"B"` reads characters and has the perplexity 3 on the same text, 5,000 characters. Both lose nothing. Which one predicts the text better?
# %% [markdown] tags=["zh"]
# ## 练习
#
# 把每个 `...` 换成你的答案，再运行一遍单元格。检查会告诉你是否正确；不正确时会指出哪里不对。
#
# **01.1** 先说答案，再去计算；用齐普夫定律就够了。哪一部分覆盖的文本更多：词表的前一百个词（`"first"`），还是从第 1,001 位开始的一千个词（`"later"`）？
#
# **01.2** 一个按字符切分的流水线，除 ASCII 外只认识“花”这一个字。不算开始和结束词元，`"花落😀"` 会切成多少个词元？
#
# **01.3** 四段文本分别有 5、12、40 和 3 个词元，都截断或填充成长度为 10 的行。被截掉的词元占多大比例？填充占所有位置的多大比例？请一起给出：`(cut, padding)`。
#
# **01.4** 模型 `"A"` 按词读，在一段 1,000 个词的文本上困惑度是 100。模型 `"B"` 按字符读，在同一段文本上困惑度是 3，文本有 5,000 个字符。两者都没有丢失任何内容。哪个模型对这段文本预测得更好？
# %%
covers_more = ...
course.check("01.1", covers_more)

tokens_of_flower = ...
course.check("01.2", tokens_of_flower)

cut_and_padding = ...
course.check("01.3", cut_and_padding)

better = ...
course.check("01.4", better)


# %% [markdown] tags=["en"]
# **01.5** Write one step of byte pair encoding. `words` maps words, each a tuple of pieces, to how often they occur, as `{("l", "o", "w"): 5, ("l", "o", "t"): 3}`. Join the pair that stands side by side most often, wherever it does, from the left, and return the new mapping.
# %% [markdown] tags=["zh"]
# **01.5** 写出字节对编码的一步。`words` 把词（片段组成的元组）映射到它的出现次数，例如 `{("l", "o", "w"): 5, ("l", "o", "t"): 3}`。把最常相邻的一对片段在所有出现的地方从左到右合并，返回新的映射。
# %%
def merge_once(words):
    return ...


course.check("01.5", merge_once)


# %% [markdown] tags=["en"]
# **01.6** A pipeline of your own, of bytes: no vocabulary to learn, no text that it cannot read. `ids` takes a list of texts and gives a list of ids for each; id 3 is the byte 0, id 4 the byte 1, and so on. `pieces` gives for each id in turn the text that it adds: nothing as long as a character is not whole, so that `pieces` of 花 gives `""`, `""` and `"花"`. (`codecs.getincrementaldecoder("utf-8")("replace").decode(bytes([65]))` will help.) Everything else, rows, windows, saving, comes from `Pipeline`, and the check tries its laws.
# %% [markdown] tags=["zh"]
# **01.6** 写一个你自己的按字节切分的流水线：不用学词表，也没有它读不了的文本。`ids` 接收一个文本列表，给出每段文本的编号列表；编号 3 是字节 0，编号 4 是字节 1，依此类推。`pieces` 依次给出每个编号新增的文本：字符还不完整时什么也不写，所以“花”的 `pieces` 是 `""`、`""` 和 `"花"`。（可以用 `codecs.getincrementaldecoder("utf-8")("replace").decode(bytes([65]))`。）其余的一切，如行、窗口、保存，都来自 `Pipeline`，检查的就是它的那些定律。
# %%
SPECIAL_IDS = {"[PAD]": 0, "[START]": 1, "[END]": 2}
VOCABULARY = [*SPECIAL_IDS, *(f"<0x{byte:02X}>" for byte in range(256))]


class Bytes(Pipeline):
    format = "page_01.Bytes"
    pad_id, start_id, end_id = range(3)
    special_tokens = SPECIAL_IDS
    vocabulary = VOCABULARY
    is_lossless = True

    def get_config(self):
        return {}

    def ids(self, texts):
        return ...

    def pieces(self, ids):
        return ...


course.check("01.6", Bytes)

# %% [markdown] tags=["en"]
# ## Summary
#
# - A vocabulary of words costs information: what it lacks becomes `[UNK]`, above all in a text other than the one that it was learned from. By Zipf's law a larger one helps less and less.
# - Smaller tokens lose nothing and cost length. Subwords are the usual bargain; for Chinese, characters are a good one too.
# - A perplexity is a mean per token: it can be compared only over the same tokens. Bits per byte can be compared if nothing is lost.
# - Stopwords belong to topics and keywords. A language model that never read them can hardly say a single sentence of real text.
# - Padding costs computing and needs a mask; truncation costs text; padding is no help for long sequences. Windows cost neither.
#
# **To read**: Jurafsky and Martin, *Speech and Language Processing*, third edition, chapter 2 (words, subwords, normalisation); Sennrich et al. 2016, *Neural Machine Translation of Rare Words with Subword Units*, section 3.2; Xue et al. 2022, *ByT5*, sections 1 and 2 (bytes); Unicode Standard Annex 15 (the forms of normalisation). The code: `mlm_tf/preprocessing/text_pipeline.py`.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - 以词为词表要损失信息：词表里没有的词都成了 `[UNK]`，换一段文本尤其如此。按照齐普夫定律，词表越大，再扩大的好处越小。
# - 更小的词元什么也不丢，代价是长度。子词是常见的折中；对中文来说，按字切也很合适。
# - 困惑度是每个词元的平均：只有词元相同时才能比较。如果没有丢失内容，可以比较每字节比特数。
# - 停用词是用来找主题和关键词的。没读过停用词的语言模型，真实文本里的句子几乎一句也说不出来。
# - 填充要多花计算，还需要掩码；截断要丢文本；对长序列，填充没有用。窗口两样代价都没有。
#
# **延伸阅读**：Jurafsky 和 Martin，*Speech and Language Processing* 第三版，第 2 章（词、子词与规范化）；Sennrich 等，2016，*Neural Machine Translation of Rare Words with Subword Units*，3.2 节；Xue 等，2022，*ByT5*，第 1、2 节（字节）；Unicode 标准附录 15（规范化形式）。代码：`mlm_tf/preprocessing/text_pipeline.py`。
