# %% [markdown] tags=["en"]
# # 02 Counting: a language model without a network
#
# **You will be able to** estimate an n-gram model by hand and say why its counts are the maximum of the likelihood, find out why a perplexity is infinite and mend it by smoothing, read perplexity, entropy and bits, write text by drawing from counts, and train a softmax layer by gradient to the very same probabilities.
#
# **You need to know** how a text becomes ids (page 01), what a logarithm is, and a little NumPy.
#
# **It takes** about 25 minutes to read and half a minute to run on two CPU cores, with 1.3 GB of memory.
#
# A language model gives a probability to every next token, given those before it; the product of these is the probability of a text:
#
# $$p(w_1, \dots, w_N) = \prod_{i=1}^{N} p(w_i \mid w_1, \dots, w_{i-1})$$
#
# An *n-gram* model looks back at $n - 1$ tokens and forgets the rest. *Maximum likelihood*, step 3.3 of the text that this course follows, chooses the probabilities that make the training text most probable. For n-grams that needs no network: one counts and divides. Everything that comes later, up to the Transformer, is trained towards the same aim, so it is worth seeing it once where each number can be checked by hand.
# %% [markdown] tags=["zh"]
# # 02 计数：不用神经网络的语言模型
#
# **学完本页，你能够**手工估计一个 n 元语法模型，并说明为什么计数就是似然的最大值；查明困惑度为什么会变成无穷大，并用平滑来补救；看懂困惑度、熵和比特；从计数中抽样写出文本；再用梯度训练一个 softmax 层，得到完全相同的概率。
#
# **预备知识**：文本如何变成词元编号（第 01 页），对数，以及一点 NumPy。
#
# **所需时间**：阅读约 25 分钟，在两个 CPU 核上运行约半分钟，占用内存 1.3 GB。
#
# 语言模型根据前面的词元，给每一个可能的下一个词元一个概率；这些概率连乘，就是整段文本的概率：
#
# $$p(w_1, \dots, w_N) = \prod_{i=1}^{N} p(w_i \mid w_1, \dots, w_{i-1})$$
#
# *n 元语法*模型只回头看 $n - 1$ 个词元，更早的一概忘掉。*极大似然估计*（也叫最大似然，见本课程所依据文档的 3.3 节）选取使训练文本概率最大的那组概率。对 n 元语法来说，这不需要网络：数一数，再除一除。后面所有的模型，直到 Transformer，训练的目标都是同一个，所以值得先在每个数都能手算的地方把它看清楚。
# %%
# %matplotlib inline
import bz2
import re
from collections import defaultdict
from itertools import pairwise

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import ops

from mlm_tf import TextPipeline, corpora, course
from mlm_tf.baselines import KneserNeyModel, UniformModel, UnigramModel, perplexity

rng = np.random.default_rng(0)

# %% [markdown] tags=["en"]
# ## Three sentences by hand
#
# Each sentence stands between a start token and an end token. The start token is never predicted, being only what the first word follows; the end token is a word like any other, for a model must be able to stop. Count which word follows which, a row for the word before and a column for the word after, and divide each row by its sum.
# %% [markdown] tags=["zh"]
# ## 手算三个句子
#
# 每个句子放在一个开始词元和一个结束词元之间。开始词元从不被预测，它只是第一个词前面的那个词；结束词元则和别的词一样要预测，因为模型必须知道什么时候停下来。数一数哪个词后面跟着哪个词：每一行是前一个词，每一列是后一个词，然后每一行除以它的和。
# %%
words = ["[START]", "the", "cat", "dog", "sat", "ran", "[END]"]
place = {word: i for i, word in enumerate(words)}
sentences = ["the cat sat", "the dog sat", "the cat ran"]

counts = np.zeros((7, 7), int)  # word before, word after
for sentence in sentences:
    tokens = ["[START]", *sentence.split(), "[END]"]
    for before, after in pairwise(tokens):
        counts[place[before], place[after]] += 1
sums = counts.sum(axis=1, keepdims=True)  # (7, 1)
p = counts / np.maximum(sums, 1)  # (7, 7); nothing follows [END]

print(f"{'':9}" + "".join(f"{word:>8}" for word in words))
for before in words[:-1]:
    row = "".join(f"{n:3} {n / sums[place[before], 0]:4.2f}" for n in counts[place[before]])
    print(f"{before:9}{row}")
assert counts.shape == p.shape == (7, 7)
assert np.allclose(p[:-1].sum(axis=1), 1)
assert p[place["the"], place["cat"]] == 2 / 3

# %% [markdown] tags=["en"]
# The probability of a sentence is the product along its way. A long text multiplies so many numbers below 1 that the product underflows to 0; one therefore adds logarithms.
# %% [markdown] tags=["zh"]
# 一个句子的概率，就是沿途各个概率的乘积。文本一长，那么多小于 1 的数相乘，结果会下溢成 0，所以实际计算时把对数相加。
# %%
tokens = ["[START]", "the", "cat", "sat", "[END]"]
steps = [p[place[a], place[b]] for a, b in pairwise(tokens)]
print(" × ".join(f"{step:.2f}" for step in steps), f"= {np.prod(steps):.3f}")
print("sum of the logarithms", round(np.log(steps).sum(), 3), "= log", round(np.prod(steps), 3))
print("0.1 multiplied 400 times:", np.prod(np.full(400, 0.1)))
print("its logarithm:           ", round(np.log(np.full(400, 0.1)).sum(), 1))
assert np.isclose(np.exp(np.log(steps).sum()), np.prod(steps))
assert np.prod(np.full(400, 0.1)) == 0

# %% [markdown] tags=["en"]
# ## Why counts are the maximum
#
# After "the" stood "cat" twice and "dog" once. If $x$ is the probability of "cat" and $1 - x$ that of "dog", these three words have the probability $L(x) = x^2 (1 - x)$. Its logarithm $2 \log x + \log (1 - x)$ has the slope $2/x - 1/(1 - x)$, which is 0 at $x = 2/3$: the share that was counted. With more words it is the same (Lagrange's multiplier for "the sum is 1" gives $p_w = c_w / \sum c$). Any other choice makes the training text less probable:
# %% [markdown] tags=["zh"]
# ## 为什么计数就是最大值
#
# “the” 后面有两次是 “cat”，一次是 “dog”。设 “cat” 的概率为 $x$，“dog” 的概率为 $1 - x$，那么这三个词的概率是 $L(x) = x^2 (1 - x)$。它的对数 $2 \log x + \log (1 - x)$ 的导数为 $2/x - 1/(1 - x)$，在 $x = 2/3$ 处等于 0，正是数出来的比例。词再多也一样（用拉格朗日乘数处理“总和为 1”的约束，得到 $p_w = c_w / \sum c$）。换成任何别的取值，训练文本的概率都会变小：
# %%
x = np.linspace(0.001, 0.999, 999)
likelihood = x**2 * (1 - x)
best = x[likelihood.argmax()]
print(f"greatest at {best:.3f}; counted: {2 / 3:.3f}")
assert abs(best - 2 / 3) < 0.001

figure, panels = plt.subplots(1, 2, figsize=(9, 3))
panels[0].plot(x, likelihood)
panels[0].set(ylabel="likelihood $x^2 (1 - x)$")
panels[1].plot(x, -np.log(likelihood) / 3)
panels[1].set(ylabel="cross-entropy, nats a word", ylim=(0.5, 2.5))
for panel in panels:
    panel.axvline(2 / 3, color="grey", linestyle="--", label="counted: 2/3")
    panel.set(xlabel="probability of “cat” after “the”")
    panel.legend()
plt.tight_layout()
plt.show()

# %% [markdown] tags=["en"]
# On the right is the same curve as its negative logarithm, divided by the number of words: the *cross-entropy*. The greatest likelihood is the least cross-entropy; this is the loss by which every network of this course is trained.
#
# ## A corpus, split by document
#
# Now real text: the Wikipedia articles that come with gensim. Whole articles are held back, since sentences of one article resemble each other: some to choose by (*validation*), others to measure on once, at the end (*test*). The vocabulary is made from the training articles alone. Look at the data first.
# %% [markdown] tags=["zh"]
# 右图是同一条曲线取负对数，再除以词数，这就是*交叉熵*。似然最大，就是交叉熵最小；本课程的每个网络都以它为损失来训练。
#
# ## 语料库，按文档划分
#
# 现在换成真实的文本：gensim 自带的维基百科条目。同一条目里的句子彼此相似，所以要整篇整篇地留出：一部分用来做选择（*验证集*），另一部分只在最后测量一次（*测试集*）。词表只从训练条目中得来。先看看数据。
# %%
training, held_back = corpora.split(corpora.wikipedia(), 0.2)
validation, test = corpora.split(held_back, 0.5)
pipeline = TextPipeline.fit(corpora.sentences(training), vocabulary_size=2000)
ids = {}
for name, documents in (("training", training), ("validation", validation), ("test", test)):
    ids[name] = pipeline.encode(corpora.sentences(documents))
    tokens = sum(len(row) - 1 for row in ids[name])
    unknown = sum((row == pipeline.unk_id).sum() for row in ids[name]) / tokens
    print(
        f"{name:10} {len(documents):3} articles {len(ids[name]):7,} sentences "
        f"{tokens:8,} tokens, {unknown:.1%} of them [UNK]"
    )
print("\na sentence:  ", corpora.sentences(training)[1])
print("as it is read:", pipeline.decode(ids["training"][1]))
assert not {d.title for d in training} & {d.title for d in held_back}


# %% [markdown] tags=["en"]
# How much of a new text was ever seen? For each length $n$, below is the share of the test text's n-grams that stand nowhere in the training text. The longer the n-gram, the better it could predict, and the more rarely it has been seen: this is the whole difficulty of counting. Beside it is how often each word occurs: a small part of the words makes up most of the text, and most words are rare (*Zipf's law*, page 01).
# %% [markdown] tags=["zh"]
# 一段新的文本里，有多少是以前见过的？下面对每个长度 $n$，给出测试文本的 n 元语法中有多大比例在训练文本里从未出现。n 越大，本来越能预测准，却也越少见到：计数的全部困难就在这里。旁边的图是每个词出现的次数：一小部分词占了文本的大半，多数词都很少见（*齐普夫定律*，第 01 页）。
# %%
def ngrams(rows, n):
    return [tuple(row[i : i + n].tolist()) for row in rows for i in range(len(row) - n + 1)]


orders = [1, 2, 3, 4, 5]
never_seen = []
for n in orders:
    seen, asked = set(ngrams(ids["training"], n)), ngrams(ids["test"], n)
    never_seen.append(np.mean([ngram not in seen for ngram in asked]))
    print(f"n = {n}: {len(seen):8,} different in training, {never_seen[-1]:6.1%} of the test new")
assert never_seen == sorted(never_seen) and never_seen[0] < 0.01 and never_seen[3] > 0.5

every_word = TextPipeline.fit(corpora.sentences(training))
frequency = np.sort(every_word.counts[6:])[::-1]  # without the six special tokens
figure, panels = plt.subplots(1, 2, figsize=(9, 3))
panels[0].bar(orders, never_seen)
panels[0].set(xlabel="n", ylabel="share of n-grams never seen", ylim=(0, 1))
panels[1].loglog(np.arange(1, len(frequency) + 1), frequency)
panels[1].set(xlabel="rank of a word", ylabel="occurrences")
plt.tight_layout()
plt.show()

# %% [markdown] tags=["en"]
# ## Entropy, perplexity, bits
#
# Three names for one quantity. A token of probability $p$ is a *surprise* of $-\log p$. The *entropy* $H(p) = -\sum_w p_w \log p_w$ is the mean surprise of somebody who knows the true probabilities; the *cross-entropy* $-\sum_w p_w \log q_w$ that of somebody who believes in $q$, and never less. With the natural logarithm the unit is the *nat*, with base 2 the *bit*. *Perplexity* is $e$ to the cross-entropy in nats: among how many equally likely tokens one is left guessing.
# %% [markdown] tags=["zh"]
# ## 熵、困惑度、比特
#
# 三个名字，说的是同一个量。概率为 $p$ 的词元带来 $-\log p$ 的*惊异*。*熵* $H(p) = -\sum_w p_w \log p_w$ 是知道真实概率的人平均感到的惊异；*交叉熵* $-\sum_w p_w \log q_w$ 是相信 $q$ 的人平均感到的惊异，绝不会更小。取自然对数时单位是*奈特*（nat），以 2 为底时单位是*比特*（bit）。*困惑度*是 $e$ 的交叉熵次方（交叉熵以奈特计）：相当于要在多少个同样可能的词元里去猜。
# %%
print("probabilities             entropy in nats   in bits   perplexity")
for dice in ([0.25] * 4, [0.5, 0.25, 0.125, 0.125], [0.97, 0.01, 0.01, 0.01]):
    dice = np.array(dice)
    nats = -(dice * np.log(dice)).sum()
    print(f"{dice!s:26}{nats:11.3f}{nats / np.log(2):14.3f}{np.exp(nats):12.2f}")
    believed = np.array([0.4, 0.3, 0.2, 0.1])
    assert -(dice * np.log(believed)).sum() > nats  # Gibbs: who is wrong is surprised more

four = [np.log(np.full(10, 0.25))]  # ten tokens, each one of four
print("perplexity of one of four, by the package:", round(perplexity(four), 6))
assert np.isclose(perplexity(four), 4)

x = np.linspace(0.001, 0.999, 999)
figure, axes = plt.subplots(figsize=(5, 3))
axes.plot(x, -(x * np.log2(x) + (1 - x) * np.log2(1 - x)), label="entropy of a coin")
axes.plot(x, np.full_like(x, 1.0), "--", label="cross-entropy if one believes in 1/2")
axes.set(xlabel="probability of heads", ylabel="bits", ylim=(0, 1.1))
axes.legend()
plt.show()


# %% [markdown] tags=["en"]
# ## A failure made on purpose
#
# The bigram model of the articles, exactly as above: count, divide. The table has a row for each of 2,000 words before and a column for each of 2,000 words after. Its perplexity on the text that it was counted from is splendid. On the validation text?
# %% [markdown] tags=["zh"]
# ## 一次故意的失败
#
# 给这些条目建一个二元语法模型，做法与上面完全一样：数一数，除一除。表格有 2,000 行，每行是前一个词；有 2,000 列，每列是后一个词。在拿来计数的文本上，它的困惑度非常漂亮。在验证文本上呢？
# %%
def pairs(rows):
    return np.concatenate([row[:-1] for row in rows]), np.concatenate([row[1:] for row in rows])


size = pipeline.vocabulary_size
counts = np.zeros((size, size))  # word before, word after
np.add.at(counts, pairs(ids["training"]), 1)  # counts[pairs] += 1 would count each pair once
histories = counts.sum(axis=1)  # (2000,)


def bigram_log_probs(rows, k=0.0):
    """log p(after | before) with k added to every count, for all tokens of the rows."""
    before, after = pairs(rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = (counts[before, after] + k) / (histories[before] + k * pipeline.num_outcomes)
        return np.log(p)


for name in ("training", "validation"):
    print(f"{name:10} perplexity {perplexity([bigram_log_probs(ids[name])]):8.1f}")
assert np.isfinite(perplexity([bigram_log_probs(ids["training"])]))
assert perplexity([bigram_log_probs(ids["validation"])]) == np.inf

# %% [markdown] tags=["en"]
# Infinite. The diagnosis: the mean of logarithms is $-\infty$ as soon as one of them is. Which?
# %% [markdown] tags=["zh"]
# 无穷大。诊断：只要有一个对数是 $-\infty$，平均值就是 $-\infty$。是哪些呢？
# %%
before, after = pairs(ids["validation"])
impossible = ~np.isfinite(bigram_log_probs(ids["validation"]))
print(f"{impossible.sum():,} of {len(after):,} tokens have the probability 0, for example")
for i in np.flatnonzero(impossible)[:5]:
    a, b = before[i], after[i]
    print(f"  {pipeline.vocabulary[a]!r} was seen {histories[a]:.0f} times,", end=" ")
    print(f"and never before {pipeline.vocabulary[b]!r}")
possible = perplexity([bigram_log_probs(ids["validation"])[~impossible]])
print(f"perplexity over the other tokens alone: {possible:.1f}")
share = impossible.mean()
assert 0.02 < share < 0.4 and (counts[before, after][impossible] == 0).all()

# %% [markdown] tags=["en"]
# Nothing is wrong with these pairs; nobody had happened to write them. Maximum likelihood gives all probability to what was seen, so that nothing is left. To leave those tokens out and report the rest would be cheating: they are the hard ones. What helps is to *smooth*: take a little from what was seen and give it to what was not.
#
# ## Smoothing: add k
#
# The simplest way adds a constant $k$ to every count: $p(w \mid h) = (c(h, w) + k) / (c(h) + kV)$. Here $h$ is the *history*, for a bigram the word before; $c(h, w)$ is how often $w$ followed it, $c(h)$ how often anything did, and $V$ the number of outcomes (all tokens but those that are never predicted, as [PAD] and [START]). How large should $k$ be? The validation text decides, not the training text, which always wants $k = 0$. As $k$ grows, the model goes to the uniform one.
# %% [markdown] tags=["zh"]
# 这些词对没有任何毛病，只是碰巧没人写过。极大似然把全部概率都给了见过的，一点也没剩下。把这些词元去掉，只报告其余的，那是作弊：难的恰恰是它们。有用的办法是*平滑*：从见过的那里拿走一点，分给没见过的。
#
# ## 平滑：加 k
#
# 最简单的做法是给每个计数加上常数 $k$：$p(w \mid h) = (c(h, w) + k) / (c(h) + kV)$。这里 $h$ 是*历史*，对二元语法来说就是前一个词；$c(h, w)$ 是 $w$ 跟在它后面的次数，$c(h)$ 是它后面有词的总次数，$V$ 是可能的结果数（所有词元，但不包括 [PAD]、[START] 这类从不被预测的）。$k$ 取多大？由验证文本决定，而不是训练文本，后者永远选 $k = 0$。$k$ 越大，模型越接近均匀分布。
# %%
ks = np.logspace(-4, 2, 25)
curves = {
    name: [perplexity([bigram_log_probs(ids[name], k)]) for k in ks]
    for name in ("training", "validation")
}
best_k = ks[np.argmin(curves["validation"])]
print(f"best k on the validation text: {best_k:.3g}, perplexity {min(curves['validation']):.1f}")
assert np.argmin(curves["training"]) == 0 and 1e-4 < best_k < 1
assert curves["validation"][-1] > 4 * min(curves["validation"])

figure, axes = plt.subplots(figsize=(5.5, 3))
for name, curve in curves.items():
    axes.loglog(ks, curve, label=name)
axes.axvline(best_k, color="grey", linestyle="--")
axes.minorticks_off()
axes.set_yticks([30, 50, 100, 200, 500], [30, 50, 100, 200, 500])
axes.set(xlabel="k", ylabel="perplexity of the bigram")
axes.legend()
plt.show()

# %% [markdown] tags=["en"]
# ## Smoothing: Kneser–Ney
#
# Two better ideas. First, *discount*: take the same $D$ from every count that there is, and give what this yields to a shorter n-gram, which knows better than "all alike". Second, ask the shorter n-gram the right question: not how often a word occurs, but after how many *different* words. Some words are frequent and yet follow hardly anything but one other word. The table begins with those; its last three rows are from the other end.
# %% [markdown] tags=["zh"]
# ## 平滑：Kneser–Ney
#
# 还有两个更好的想法。其一是*折扣*：从每个非零计数里减去同样的 $D$，把省下来的交给更短的 n 元语法，它总比“一视同仁”知道得多。其二是问对问题：问更短的 n 元语法的，不应是一个词出现多少次，而应是它跟在多少个*不同*的词后面。有些词很常见，却几乎只跟在某一个词后面。下表先列这样的词，最后三行取自另一头。
# %%
occurrences, predecessors = counts.sum(axis=0), (counts > 0).sum(axis=0)  # both (2000,)
frequent = np.flatnonzero(occurrences >= 150)
frequent = frequent[frequent > pipeline.mask_id]  # words, not special tokens
top = counts.max(axis=0) / np.maximum(occurrences, 1)  # (2000,): share of the commonest before it
print("word          occurrences   different words before it   share of the commonest")
order = frequent[np.argsort(-top[frequent])]
for word in [*order[:5], *order[-3:]]:
    most = pipeline.vocabulary[counts[:, word].argmax()]
    print(f"{pipeline.vocabulary[word]:12}{occurrences[word]:13,.0f}", end="")
    print(f"{predecessors[word]:27}{top[word]:12.0%}, {most}")
assert (predecessors <= occurrences).all()
assert top[order[0]] > 0.8 > 0.2 > top[order[-1]]


# %% [markdown] tags=["en"]
# With $N(h)$ the number of different words after $h$, $N(\cdot w)$ that of different words before $w$, and $D_1$ the discount that is taken from these numbers in turn, *interpolated Kneser–Ney* is
#
# $$p(w \mid h) = \frac{\max(c(h,w) - D, 0)}{c(h)} + \frac{D \, N(h)}{c(h)} \, p_1(w), \qquad p_1(w) = \frac{\max(N(\cdot w) - D_1, 0)}{\sum_v N(\cdot v)} + \frac{D_1 \, \#\{v: N(\cdot v) > 0\}}{\sum_v N(\cdot v)} \cdot \frac{1}{V}$$
#
# Each part gives away exactly what it took, so the sum stays 1. A usual discount is $D = n_1 / (n_1 + 2 n_2)$, with $n_1$ n-grams counted once and $n_2$ twice. By hand on the three sentences, and by the package (which takes three different discounts where a corpus is large enough to estimate them):
# %% [markdown] tags=["zh"]
# 记 $N(h)$ 为 $h$ 后面不同词的个数，$N(\cdot w)$ 为 $w$ 前面不同词的个数，$D_1$ 为又从这些个数里减去的折扣，*插值 Kneser–Ney 平滑*就是
#
# $$p(w \mid h) = \frac{\max(c(h,w) - D, 0)}{c(h)} + \frac{D \, N(h)}{c(h)} \, p_1(w), \qquad p_1(w) = \frac{\max(N(\cdot w) - D_1, 0)}{\sum_v N(\cdot v)} + \frac{D_1 \, \#\{v: N(\cdot v) > 0\}}{\sum_v N(\cdot v)} \cdot \frac{1}{V}$$
#
# 每一部分拿走多少就分出去多少，所以总和仍是 1。折扣常取 $D = n_1 / (n_1 + 2 n_2)$，其中 $n_1$ 是只数到一次的 n 元语法个数，$n_2$ 是数到两次的个数。下面先在那三个句子上手算，再与包里的实现比较（语料库足够大、估计得准时，包里用三个不同的折扣）：
# %%
def discount(c):
    n1, n2 = (c == 1).sum(), (c == 2).sum()
    return n1 / (n1 + 2 * n2)


rows = [[place[w] for w in ["[START]", *s.split(), "[END]"]] for s in sentences]
c = np.zeros((7, 7))
np.add.at(c, pairs([np.array(row) for row in rows]), 1)
before_w = (c > 0).sum(axis=0)  # N(.w), (7,)
d, d1, outcomes = discount(c), discount(before_w), 6  # all but [START]
lower = np.maximum(before_w - d1, 0) + d1 * (before_w > 0).sum() / outcomes
lower /= before_w.sum()
lower[place["[START]"]] = 0  # never predicted
total = c.sum(axis=1, keepdims=True)[:-1]  # (6, 1), without [END], which nothing follows
by_hand = (np.maximum(c - d, 0)[:-1] + d * (c > 0).sum(axis=1, keepdims=True)[:-1] * lower) / total

model = KneserNeyModel(outcomes, order=2).fit(rows)
for h in range(1, 6):
    for w in range(1, 7):  # the probability of w after h, in a sentence where h stands first
        assert np.isclose(np.exp(model.log_probs([[0, h, w]])[0][1]), by_hand[h, w])
print(f"D = {d:.3f}, D1 = {d1:.3f}")
print(f"p(ran | dog) = {by_hand[place['dog'], place['ran']]:.3f}, never seen, but not impossible")
assert np.allclose(by_hand.sum(axis=1), 1)

# %% [markdown] tags=["en"]
# The table of all models, measured on the test text, by which nothing was chosen. "Uniform" is the trivial baseline, and what an untrained softmax says. Many tokens are [UNK], which is easy to guess, and in a new text there are more of them: so the unigram looks better on the test text than on the training text. The third column is therefore over the known words alone. Only figures of one column can be compared.
# %% [markdown] tags=["zh"]
# 下面把所有模型列成一张表，在测试文本上测量，没有任何选择是靠它做出的。“uniform”（均匀）是最平凡的基线，也是未经训练的 softmax 给出的结果。许多词元是 [UNK]，它很容易猜中，而新的文本里 [UNK] 更多：所以一元语法在测试文本上显得比在训练文本上还好。第三列因此只计已知的词。只有同一列的数字才能互相比较。
# %%
known = [row[1:] != pipeline.unk_id for row in ids["test"]]
log_probs, learned = {}, {}
for name, model in {
    "uniform": UniformModel(pipeline.num_outcomes),
    "unigram, 1 added": UnigramModel(pipeline.num_outcomes),
    "Kneser-Ney bigram": KneserNeyModel(pipeline.num_outcomes, order=2),
    "Kneser-Ney trigram": KneserNeyModel(pipeline.num_outcomes, order=3),
}.items():
    model.fit(ids["training"])
    log_probs[name], learned[name] = model.log_probs(ids["test"]), model.log_probs(ids["training"])
for name, k in (("bigram, unsmoothed", 0.0), ("bigram, best k added", best_k)):
    ends = np.cumsum([len(row) - 1 for row in ids["test"]])[:-1]
    log_probs[name] = np.split(bigram_log_probs(ids["test"], k), ends)
    learned[name] = [bigram_log_probs(ids["training"], k)]

print(f"{'perplexity':22}{'training':>10}{'test':>10}{'test, known words':>20}")
table = {}
for name in sorted(log_probs, key=lambda name: -perplexity(log_probs[name])):
    table[name] = perplexity(log_probs[name]), perplexity(log_probs[name], known)
    print(f"{name:22}{perplexity(learned[name]):10.1f}{table[name][0]:10.1f}{table[name][1]:20.1f}")
for column in (0, 1):
    assert table["bigram, unsmoothed"][column] == np.inf
    assert table["Kneser-Ney trigram"][column] < table["Kneser-Ney bigram"][column]
    assert table["Kneser-Ney bigram"][column] < table["bigram, best k added"][column]
    assert table["bigram, best k added"][column] < table["unigram, 1 added"][column]
    assert table["unigram, 1 added"][column] < table["uniform"][column] / 3

# %% [markdown] tags=["en"]
# The trigram's training perplexity is far below its test perplexity: it knows the training text nearly by heart, and the figure that counts is the other one.
#
# ## Bits per character: comparing what is cut differently
#
# A perplexity is *per token*. A model of words and a model of characters cut the text into different numbers of tokens, so their perplexities cannot be compared. The bits for the whole text can, divided by its characters. A model of characters can spell everything, so nothing hides in [UNK]. Shannon measured in 1951 how well people guess the next letter: about one bit. A compressor is a language model too: it needs $-\log_2 p$ bits for a text to which it gives the probability $p$.
# %% [markdown] tags=["zh"]
# 三元语法在训练文本上的困惑度远低于测试文本：它几乎把训练文本背了下来，该看的是另一个数字。
#
# ## 每字符比特数：切法不同，怎么比
#
# 困惑度是*按词元*算的。以词为词元的模型和以字符为词元的模型，把文本切成的词元个数不同，困惑度不能相比。整段文本所需的比特数则可以比：除以它的字符数就行。字符模型什么都能拼写出来，没有东西能藏在 [UNK] 里。香农在 1951 年测量过人猜下一个字母的水平：大约一个比特。压缩程序也是语言模型：一段文本的概率若是 $p$，它就要用 $-\log_2 p$ 个比特。
# %%
characters = TextPipeline.fit(corpora.sentences(training), level="character")
spelled = characters.encode(corpora.sentences(training))
text = corpora.sentences(test)
num_characters = sum(len(sentence) + 1 for sentence in text)  # and its end
bits = {}
for name, model in {
    "uniform": UniformModel(characters.num_outcomes),
    "unigram": UnigramModel(characters.num_outcomes),
    "Kneser-Ney bigram": KneserNeyModel(characters.num_outcomes, order=2),
    "Kneser-Ney trigram": KneserNeyModel(characters.num_outcomes, order=3),
}.items():
    found = model.fit(spelled).log_probs(characters.encode(text))
    bits[name] = -sum(row.sum() for row in found) / np.log(2) / num_characters
bits["bz2, of this text alone"] = 8 * len(bz2.compress("\n".join(text).encode())) / num_characters
for name, value in bits.items():
    print(f"{name:25}{value:6.2f} bits a character")
models = [value for name, value in bits.items() if not name.startswith("bz2")]
assert models == sorted(models, reverse=True) and 1 < models[-1] < 4
assert bits["bz2, of this text alone"] < models[-1]

# %% [markdown] tags=["en"]
# The compressor, which has never seen another text, beats our trigram of characters: two letters are a short memory, and it looks much further back. That is what the later pages are about.
#
# ## Text from counts
#
# To write is to draw: look up what followed the last $n - 1$ tokens in the training text, and take one of these at random, as often as it was counted. No division is needed: a list that holds each follower as often as it occurred *is* the distribution. Orders 1, 2 and 3, side by side, from all words of the training text:
# %% [markdown] tags=["zh"]
# 压缩程序从没见过别的文本，却胜过我们的字符三元语法：只记得两个字母，记性太短，而它回看得远得多。后面各页要解决的正是这件事。
#
# ## 从计数生成文本
#
# 写作就是抽样：查一查训练文本里最后 $n - 1$ 个词元后面跟过什么，按出现的次数随机取一个。连除法都不需要：一个列表，后继出现几次就放进去几个，它本身*就是*那个分布。下面用训练文本的全部词，把 1、2、3 阶并排来看：
# %%
rows = every_word.encode(corpora.sentences(training))


def followers(n):
    """What followed each n - 1 tokens, as often as it did."""
    found = defaultdict(list)
    for row in rows:
        row = [every_word.start_id] * (n - 2) + row.tolist()  # so that a sentence can begin
        for i in range(max(n - 1, 1), len(row)):
            found[tuple(row[i - n + 1 : i])].append(row[i])
    return found


def write(found, n, tokens):
    row = [every_word.start_id] * max(n - 1, 1)
    written = []
    while len(written) < tokens:
        row.append(int(rng.choice(found[tuple(row[len(row) - n + 1 :])])))
        if row[-1] == every_word.end_id:
            written += row[max(n - 1, 1) :]
            row = [every_word.start_id] * max(n - 1, 1)
    return written


known_fives = set(ngrams(rows, 5))
copied = {}
for n in (1, 2, 3):
    written = write(followers(n), n, 2000)
    fives = ngrams([np.array(written)], 5)
    fives = [five for five in fives if every_word.end_id not in five]
    copied[n] = np.mean([five in known_fives for five in fives])
    print(f"order {n}: {every_word.decode(written[:45])}")
    print(f"         {copied[n]:.1%} of all five words in a row stand so in the training text\n")
assert copied[1] < copied[2] < copied[3]

# %% [markdown] tags=["en"]
# With each order the text gets better, and the more of it is copied. Long n-grams have been seen once, with one follower, and to draw from one is to repeat it. A network has to do better than that: it must know that "cat" and "dog" are alike, so that what was learned of one serves the other. For that words need vectors (page 03), and the model must be trained by gradient. The rest of this page takes that step.
#
# ## Tensors, softmax and cross-entropy in ten minutes
#
# A *tensor* is an array of numbers with a shape: a number `()`, a vector `(V,)`, a matrix `(V, V)`, a batch of texts as vectors `(batch, length, dim)`. One product matters here: a *one-hot* vector, 1 at one place and 0 elsewhere, times a matrix picks a row of it. That is a lookup, and Keras's `Embedding` layer does it without the zeros.
# %% [markdown] tags=["zh"]
# 阶数越高，文本越通顺，抄来的也越多。长的 n 元语法只见过一次，只有一个后继，从中抽样就是照抄。网络必须做得更好：它要知道 “cat” 和 “dog” 相似，在一个词上学到的对另一个词也有用。为此，词要有向量（第 03 页），模型要用梯度来训练。本页余下的部分就迈出这一步。
#
# ## 十分钟学会张量、softmax 和交叉熵
#
# *张量*就是有形状的数组：一个数 `()`，一个向量 `(V,)`，一个矩阵 `(V, V)`，一个批量的文本写成向量就是 `(batch, length, dim)`。这里只有一种乘积要紧：*独热*向量只在一处为 1，其余为 0，乘以矩阵就取出其中一行。这就是查表，Keras 的 `Embedding` 层做的正是这件事，只是省去了那些零。
# %%
W = rng.normal(size=(4, 3)).astype("float32")
one_hot = np.eye(4, dtype="float32")[[2, 0]]  # (2, 4): the ids 2 and 0
layer = keras.layers.Embedding(4, 3, weights=[W])
picked = layer(np.array([2, 0]))
print(one_hot, "@", W.shape, "->", (one_hot @ W).shape)
assert picked.shape == (2, 3)
assert np.allclose(one_hot @ W, W[[2, 0]]) and np.allclose(picked, W[[2, 0]])


# %% [markdown] tags=["en"]
# A network gives any numbers, the *logits* $z$. The *softmax* makes probabilities of them: $p_w = e^{z_w} / \sum_v e^{z_v}$. Only differences of logits matter, so one may subtract the largest first, and must: `exp(1000)` overflows. The picture shows the way from logits to probabilities.
# %% [markdown] tags=["zh"]
# 网络给出的可以是任意的数，称为*未规范化的预测*（logits）$z$。*softmax* 把它们变成概率：$p_w = e^{z_w} / \sum_v e^{z_v}$。起作用的只是它们之间的差，所以可以先减去最大的一个，而且必须减：`exp(1000)` 会上溢。图中是从 logits 到概率的过程。
# %%
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def log_softmax(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


large = np.array([1000.0, 1001.0, 999.0])
with np.errstate(over="ignore", invalid="ignore"):
    print("as the formula stands:     ", np.exp(large) / np.exp(large).sum())
print("the largest subtracted:    ", softmax(large).round(3))
assert np.allclose(softmax(large), softmax(large - 1000))
assert np.allclose(softmax(large), ops.softmax(large), atol=1e-6)
assert np.allclose(np.exp(log_softmax(large)), softmax(large))

z = np.array([2.0, 1.0, -1.0, 0.0])
figure, panels = plt.subplots(1, 3, figsize=(9, 2.5))
for panel, values, title in zip(
    panels, (z, np.exp(z), softmax(z)), ("logits z", "exp z", "softmax: exp z / sum")
):
    panel.bar(["the", "cat", "sat", "ran"], values)
    panel.axhline(0, color="grey", linewidth=0.8)
    panel.set_title(title)
plt.tight_layout()
plt.show()

# %% [markdown] tags=["en"]
# The loss of one example is the surprise at the true token $y$, $\ell = -\log p_y = -\log \mathrm{softmax}(z)_y$, and the loss of a batch is the mean. By hand, and by Keras:
# %% [markdown] tags=["zh"]
# 一个样本的损失就是对真实词元 $y$ 的惊异 $\ell = -\log p_y = -\log \mathrm{softmax}(z)_y$，一个批量的损失是平均值。手算，再用 Keras 算：
# %%
logits = rng.normal(size=(5, 4)).astype("float32")  # five examples, four outcomes
truth = np.array([0, 3, 1, 1, 2])
by_hand = -log_softmax(logits)[np.arange(5), truth].mean()
by_keras = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(truth, logits)
print(f"by hand {by_hand:.6f}, by Keras {float(by_keras):.6f}")
assert np.isclose(by_hand, float(by_keras), atol=1e-5)

# %% [markdown] tags=["en"]
# And its gradient, which is all that training needs, is the simplest that one could wish for: $\partial \ell / \partial z = p - y$, the probabilities minus the true token, $y$ now being its one-hot vector. A step downhill pushes every logit down by its probability, and the true one up by 1. Checked by moving each logit a little:
# %% [markdown] tags=["zh"]
# 训练所需的全部就是它的梯度，而这个梯度简单得不能再简单：$\partial \ell / \partial z = p - y$，概率减去真实词元（这里 $y$ 写成独热向量）。往下走一步，每个 logit 按自己的概率往下压，真实的那个再往上推 1。把每个 logit 挪动一点点来检验：
# %%
z = logits[0].astype("float64")
gradient = softmax(z) - np.eye(4)[truth[0]]  # (4,)
moved = [
    (-log_softmax(z + step)[truth[0]] + log_softmax(z - step)[truth[0]]) / 2e-5
    for step in 1e-5 * np.eye(4)
]
print("p - y:       ", gradient.round(4))
print("by moving it:", np.round(moved, 4))
assert np.allclose(gradient, moved, atol=1e-6) and np.isclose(gradient.sum(), 0)


# %% [markdown] tags=["en"]
# ## The bigram as one softmax layer
#
# Now the bigram model once more, not counted but trained: a matrix of logits `(27, 27)`, a row for each letter before, a column for each letter after, nothing else. The text is the training articles in small letters, with a blank for all other signs. Where is the minimum of the loss? Where $p$ is the counted share, as the curve above said; and there the loss is the entropy of the counts. So we know beforehand what training must come to.
# %% [markdown] tags=["zh"]
# ## 二元语法写成一个 softmax 层
#
# 现在再做一遍二元语法，但不是数出来的，而是训练出来的：一个 `(27, 27)` 的 logits 矩阵，每行是前一个字母，每列是后一个字母，此外什么也没有。文本是训练条目的小写字母，其他符号一律换成空格。损失的最小值在哪里？正如前面的曲线所说，在 $p$ 等于数出来的比例之处；那里的损失就是计数的熵。所以训练应该得到什么，我们事先就知道。
# %%
def letters_of(documents):
    text = re.sub("[^a-z]+", " ", " ".join(corpora.sentences(documents)).lower())
    return np.frombuffer(text.replace(" ", "`").encode(), np.uint8).astype("int32") - 96


letters = letters_of(training)  # 0 is the blank, 1 to 26 are a to z
signs = "_abcdefghijklmnopqrstuvwxyz"
counts = np.zeros((27, 27))
np.add.at(counts, (letters[:-1], letters[1:]), 1)
total = counts.sum()
counted = counts / counts.sum(axis=1, keepdims=True)
seen = counts > 0
entropy = -(counts[seen] * np.log(counted[seen])).sum() / total
print("the text:", "".join(signs[i] for i in letters[:60]))
print(f"{len(letters):,} letters; {np.sum(~seen)} of 729 pairs never seen")
assert total > 1_000_000
print(f"the least loss that a bigram can have on them: {entropy:.4f} nats a letter")
print(f"the loss of no training at all, ln 27:         {np.log(27):.4f}")

# %% [markdown] tags=["en"]
# There are more than a million examples but only 729 different ones. So one batch holds each pair once, with its share of the text as its *sample weight*: the loss and the gradient are those of the whole text. Keras divides by the number of examples, hence the factor. The logits begin at 0, so that the untrained layer is the uniform model.
# %% [markdown] tags=["zh"]
# 样本有一百多万个，不同的却只有 729 个。所以一个批量里每个字母对只放一次，它在文本中所占的比例作为*样本权重*：这样损失和梯度就是整个文本的。Keras 会除以样本个数，所以要乘上一个因子。logits 从 0 开始，因此未经训练的层就是均匀分布模型。
# %%
before, after = (index.ravel() for index in np.indices((27, 27)))  # each (729,)
weights = (counts / total * 729).ravel().astype("float32")
model = keras.Sequential([keras.layers.Embedding(27, 27, embeddings_initializer="zeros")])
model.compile(
    keras.optimizers.Adam(0.1),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
frequent = counts.sum(axis=1) > 1000  # letters with enough examples to ask for precision
losses, gaps = [], []


def look(epoch=0, logs=None):
    logits = np.asarray(model.layers[0](np.arange(27)), "float64")  # (27, 27)
    losses.append(-(counts * log_softmax(logits)).sum() / total)
    gaps.append(np.abs(softmax(logits) - counted)[frequent].max())


look()
assert np.isclose(losses[0], np.log(27))
epochs = 400 if QUICK else 2000
model.fit(
    before,
    after,
    sample_weight=weights,
    batch_size=729,
    epochs=epochs,
    verbose=0,
    callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=look)],
)
print("step   loss     above the entropy   largest |p - counted|")
for step in (0, 1, 10, 100, epochs):
    print(f"{step:4} {losses[step]:8.4f}{losses[step] - entropy:16.6f}{gaps[step]:20.4f}")
assert entropy - 1e-6 < losses[-1] < entropy + 1e-3  # never below, and very near
assert gaps[-1] < 0.01 < gaps[10]

# %% [markdown] tags=["en"]
# Equal to the counts, found by gradient. The pictures: the two gaps along the way, and the probabilities of the layer, a row for each letter before (a "q" and what follows it is easy to find).
# %% [markdown] tags=["zh"]
# 用梯度得到的，与计数相等。左图是两个差距在训练中的变化，右图是这个层的概率，每行是前一个字母（“q” 和它后面的字母一眼就能找到）。
# %%
figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), width_ratios=[1, 1.1])
panels[0].semilogy(np.array(losses) - entropy, label="loss above the entropy of the counts")
panels[0].semilogy(gaps, label="largest |p − counted|")
panels[0].set(xlabel="training step")
panels[0].legend()
p = softmax(np.asarray(model.layers[0](np.arange(27)), "float64"))
panels[1].imshow(p, cmap="Blues", vmin=0, vmax=0.6)
panels[1].set_xticks(range(27), signs, fontsize=8)
panels[1].set_yticks(range(27), signs, fontsize=8)
panels[1].set(xlabel="letter after", ylabel="letter before")
plt.tight_layout()
plt.show()
print("most likely after q:", signs[p[signs.index("q")].argmax()])
assert p[signs.index("q")].argmax() == signs.index("u")

# %% [markdown] tags=["en"]
# One difference is left. A softmax never says 0: of a pair that was never seen, its logit falls and falls, and never arrives at $-\infty$. Training that ends in good time has thus smoothed. Here are the pairs of the test text, by both:
# %% [markdown] tags=["zh"]
# 还剩一点不同。softmax 从不说 0：从没见过的字母对，它的 logit 一直降，却永远到不了 $-\infty$。所以，适时停下的训练本身就是一种平滑。下面用两者来看测试文本中的字母对：
# %%
new = letters_of(test)
with np.errstate(divide="ignore"):
    of_counts = np.log(counted)[new[:-1], new[1:]]
of_layer = np.log(p)[new[:-1], new[1:]]
print(f"pairs of the test text that were never seen: {np.isinf(of_counts).sum()}")
print(f"least log-probability: counts {of_counts.min():.1f}, layer {of_layer.min():.1f}")
print(f"perplexity of a letter: untrained 27.0, layer {perplexity([of_layer]):.2f}")
assert np.isfinite(of_layer).all() and perplexity([of_layer]) < 15

# %% [markdown] tags=["en"]
# ## Exercises
#
# Replace each `...` by your answer and run the cell again. A check tells whether it is right; if not, it says what is off.
#
# **02.1** Say it before you compute it. A bigram model over $V$ outcomes has $k$ added to every count, and $k$ grows without bound. Where does its perplexity on any text go: `"1"`, `"V"` or `"infinity"`?
#
# **02.2** "green" was seen 10 times: 6 times "tea" followed, 3 times "grass", once the end. There are 20 outcomes. What is the probability of "grass" after "green" with $k = 1$ added?
#
# **02.3** A model gave the four tokens of a text the probabilities 1/2, 1/4, 1/8 and 1/8. Give a list of two numbers: the bits per token, and the perplexity.
# %% [markdown] tags=["zh"]
# ## 练习
#
# 把每个 `...` 换成你的答案，再运行一遍单元格。检查会告诉你是否正确；不正确时会指出哪里不对。
#
# **02.1** 先说答案，再去计算。一个二元语法模型有 $V$ 个可能的结果，每个计数都加上 $k$，让 $k$ 无限增大。它在任何文本上的困惑度趋向哪里：`"1"`、`"V"` 还是 `"infinity"`（无穷大）？
#
# **02.2** “green” 见过 10 次：后面 6 次是 “tea”，3 次是 “grass”，1 次是句末。可能的结果有 20 个。加 $k = 1$ 之后，“green” 后面是 “grass” 的概率是多少？
#
# **02.3** 一个模型给某段文本的四个词元的概率依次是 1/2、1/4、1/8 和 1/8。请给出两个数的列表：每词元的比特数，以及困惑度。
# %%
where_it_goes = ...
course.check("02.1", where_it_goes)

grass_after_green = ...
course.check("02.2", grass_after_green)

bits_and_perplexity = [..., ...]
course.check("02.3", bits_and_perplexity)


# %% [markdown] tags=["en"]
# **02.4** Count: from an array `ids` $(N,)$ and the size `V`, the matrix $(V, V)$ whose entry $(i, j)$ says how often $j$ stands directly after $i$.
#
# **02.5** Write `log_softmax` for logits `z` $(B, V)$, over the last axis, such that no finite logits give NaN or infinity: neither a row of thousands, nor a row far below another.
#
# **02.6** Absolute discounting for one history. `counts` $(V,)$ says how often each token followed it, `lower` $(V,)$ is the distribution of the shorter history, `d` a discount between 0 and 1. Take `d` from every count that there is, give what this yields to `lower`, and return the probabilities $(V,)$. A history that was never seen has only `lower`.
# %% [markdown] tags=["zh"]
# **02.4** 计数：给定数组 `ids` $(N,)$ 和大小 `V`，返回矩阵 $(V, V)$，它的 $(i, j)$ 元表示 $j$ 紧跟在 $i$ 后面多少次。
#
# **02.5** 为 logits `z` $(B, V)$ 写出 `log_softmax`，沿最后一个轴计算；只要 logits 有限，结果就不能是 NaN 或无穷大：无论某一行的数上千，还是某一行远低于另一行。
#
# **02.6** 对一个历史做绝对折扣。`counts` $(V,)$ 表示每个词元跟在它后面多少次，`lower` $(V,)$ 是更短历史的分布，`d` 是 0 到 1 之间的折扣。从每个非零计数里减去 `d`，把省下来的交给 `lower`，返回概率 $(V,)$。从没见过的历史就只有 `lower`。
# %%
def bigram_counts(ids, V):
    return ...


course.check("02.4", bigram_counts)


def my_log_softmax(z):
    return ...


course.check("02.5", my_log_softmax)


def discounted(counts, lower, d):
    return ...


course.check("02.6", discounted)

# %% [markdown] tags=["en"]
# ## Summary
#
# - Maximum likelihood of an n-gram model is its counts, divided. The same as a loss is the cross-entropy.
# - What was never seen gets the probability 0, and one such token makes a perplexity infinite. Smoothing leaves something for it; Kneser–Ney is the baseline to beat.
# - Perplexity is $e$ to the cross-entropy and is per token. Across different tokens compare bits per character.
# - Longer n-grams write better and copy more.
# - A softmax layer on one-hot tokens, trained by gradient, comes to the same probabilities. All later models put more between the words and the softmax; the loss stays.
#
# **To read**: Shannon 1951, *Prediction and Entropy of Printed English*; Chen and Goodman 1999, *An Empirical Study of Smoothing Techniques for Language Modeling*, sections 2 and 3; Jurafsky and Martin, *Speech and Language Processing*, the chapter on n-grams; Bengio et al. 2003, *A Neural Probabilistic Language Model*, section 1 (why counting is not enough). The code: `mlm_tf/baselines/`.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - n 元语法模型的极大似然估计就是计数相除；写成损失，就是交叉熵。
# - 没见过的，概率为 0；只要有一个这样的词元，困惑度就是无穷大。平滑为它留出一份；Kneser–Ney 是要超过的基线。
# - 困惑度是 $e$ 的交叉熵次方，按词元计算。词元不同时，比较每字符比特数。
# - n 越大，写得越通顺，也抄得越多。
# - 以独热的词元为输入的 softmax 层，用梯度训练，得到同样的概率。后面的模型都只是在词和 softmax 之间放进更多东西，损失不变。
#
# **延伸阅读**：Shannon，1951，*Prediction and Entropy of Printed English*；Chen 和 Goodman，1999，*An Empirical Study of Smoothing Techniques for Language Modeling*，第 2、3 节；Jurafsky 和 Martin，*Speech and Language Processing*，n 元语法一章；Bengio 等，2003，*A Neural Probabilistic Language Model*，第 1 节（为什么光计数不够）。代码：`mlm_tf/baselines/`。
