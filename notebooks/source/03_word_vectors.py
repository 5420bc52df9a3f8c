# %% [markdown] tags=["en"]
# # 03 Word vectors: numbers that know which words are alike
#
# **You will be able to** say what a one-hot vector cannot do, make a vector of a document with TF-IDF weights, compute GloVe's counts, loss and gradient by hand and train vectors step by step, judge vectors by neighbours, analogies and people's opinion, and start an embedding layer from them, with the rows in the right order.
#
# **You need to know** what a vocabulary and ids are (page 01), and the matrix product and the gradient of a loss (page 02).
#
# **It takes** about 25 minutes to read and a minute to run on two CPU cores, with 1.5 GB of memory.
#
# A counting model knows "cat" and "dog" as two ids; what it learned of one is lost on the other. A network begins by giving each word a *vector* of, say, 50 numbers. The vectors are its first weights, and they can start in three ways (step 3.2 of the text that this course follows): at random, from TF-IDF, or from vectors trained beforehand, such as GloVe. This page makes all three and measures what each of them knows. Whether to freeze them afterwards is a question of training (page 07).
# %% [markdown] tags=["zh"]
# # 03 词向量：知道哪些词相近的数
#
# **学完本页，你能够**说清独热向量做不到什么；用 TF-IDF 权重求出一篇文档的向量；手算 GloVe 的共现计数、损失和梯度，一步一步训练出词向量；用最近邻、类比和人的判断来评价词向量；用它们初始化嵌入层，并保证各行的顺序正确。
#
# **预备知识**：词表和词元编号（第 01 页），矩阵乘法和损失的梯度（第 02 页）。
#
# **所需时间**：阅读约 25 分钟，在两个 CPU 核上运行约一分钟，占用内存 1.5 GB。
#
# 对计数模型来说，“cat” 和 “dog” 只是两个编号，在一个词上学到的东西对另一个词毫无用处。神经网络的第一步，是给每个词一个*向量*，比如 50 个数。这些向量是网络的第一组权重，有三种初始化方式（本课程所依据文档的 3.2 节）：随机、由 TF-IDF 得到，或者用事先训练好的向量，例如 GloVe。本页把三种都做一遍，并测量它们各知道多少。之后要不要冻结，是训练的问题（第 07 页）。
# %%
# %matplotlib inline
import logging

import keras
import matplotlib.pyplot as plt
import numpy as np
import scipy.sparse
from gensim.models import KeyedVectors

import glove
from mlm_tf import TextPipeline, corpora, course, embeddings
from mlm_tf.layers import TfidfPooling, TokenEmbedding
from mlm_tf.preprocessing import bag_of_words, idf_vector

rng = np.random.default_rng(0)


def cosine(a, b):
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


# %% [markdown] tags=["en"]
# ## One-hot and dense
#
# The simplest vector of a word has as many entries as there are words, a 1 at its own place and 0 elsewhere. Two different words have the dot product 0, whichever they are: a one-hot vector says which word it is, and nothing about it. A *dense* vector is short and full; a one-hot vector times the matrix of all dense vectors picks the word's row, so that the matrix is all that has to be kept.
# %% [markdown] tags=["zh"]
# ## 独热与稠密
#
# 最简单的词向量，有多少个词就有多少个分量，在自己的位置上是 1，其余是 0。任何两个不同的词，点积都是 0：独热向量只说明这是哪个词，至于这个词怎么样，一概不说。*稠密*向量短而满；独热向量乘以所有稠密向量排成的矩阵，就取出这个词的那一行，所以只要保存这个矩阵就够了。
# %%
words = ["cat", "dog", "of"]
one_hot = np.eye(3)  # (3 words, 3)
dense = np.array([[0.9, 0.8], [0.8, 0.9], [-0.9, 0.1]])  # (3 words, 2), made up
print("pair        one-hot   dense")
for a, b in ((0, 1), (0, 2)):
    both = cosine(one_hot[a], one_hot[b]), cosine(dense[a], dense[b])
    print(f"{words[a]}, {words[b]:6}{both[0]:8.2f}{both[1]:8.2f}")
assert (one_hot[1] @ dense == dense[1]).all()  # (3,) @ (3, 2) -> (2,)
print(f"for 50,000 words: one-hot 50,000 numbers a word, dense 50; the matrix {50_000 * 50:,}")

# %% [markdown] tags=["en"]
# ## Random vectors
#
# Random vectors know nothing either, but in a useful way: in many dimensions, two of them are almost at right angles. The cosine of two random vectors of $d$ numbers has the mean 0 and the standard deviation $1/\sqrt{d}$, the *spread* of the table. So words are told apart, and training is free to bring them together. They are the untrained baseline for everything below.
# %% [markdown] tags=["zh"]
# ## 随机向量
#
# 随机向量也什么都不知道，但不知道得有用：维数一高，任意两个几乎互相垂直。两个 $d$ 维随机向量的余弦，均值为 0，标准差为 $1/\sqrt{d}$。于是词与词能够区分开，训练时又可以自由地把它们拉近。在下文中，它们就是未经训练的基线。
# %%
figure, axes = plt.subplots(figsize=(5, 3))
print("  d   spread of the cosines   1/√d")
for d in (2, 10, 50, 300):
    a, b = rng.normal(size=(2, 4000, d))
    cosines = (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    print(f"{d:3}{cosines.std():24.3f}{1 / np.sqrt(d):7.3f}")
    assert abs(cosines.std() * np.sqrt(d) - 1) < 0.1
    axes.hist(cosines, bins=60, range=(-1, 1), histtype="step", density=True, label=f"d = {d}")
axes.set(xlabel="cosine of two random vectors", ylabel="density", xticks=[-1, -0.5, 0, 0.5, 1])
axes.legend()
plt.show()

# %% [markdown] tags=["en"]
# ## TF-IDF: the vector of a document
#
# How much does a word say about the document that it stands in? *Term frequency*: the more often it stands there, the more. *Inverse document frequency*: the more documents it stands in, the less, $\mathrm{idf}(i) = \log_2(N / N_i)$ for a word in $N_i$ of $N$ documents. A word of every document has the weight 0, without any list of stopwords. Formula 4.1 of the text that this course follows wants a vector made with such weights, but as printed it cannot be computed: its weights multiply no vector, and one letter counts words in one place and dimensions in another. What we take it to mean is the weighted mean of the vectors $w_i$ of the words:
#
# $$v(d) = \frac{\sum_i \mathrm{tfidf}(i, d)\, w_i}{\sum_i \mathrm{tfidf}(i, d)}, \qquad \mathrm{tfidf}(i, d) = \mathrm{count}(i, d) \cdot \mathrm{idf}(i)$$
#
# By hand on three documents:
# %% [markdown] tags=["zh"]
# ## TF-IDF：一篇文档的向量
#
# 一个词能说明它所在的文档多少？*词频*：在这篇文档里出现得越多，说明得越多。*逆文档频率*：出现在越多的文档里，说明得越少；$N$ 篇文档中有 $N_i$ 篇含有这个词，则 $\mathrm{idf}(i) = \log_2(N / N_i)$。每篇文档都有的词，权重为 0，不需要停用词表。本课程所依据文档的公式 4.1 想用这样的权重得到一个向量，但照原样无法计算：权重没有乘任何向量，同一个字母在一处数的是词，在另一处数的却是维数。我们把它理解为各词的向量 $w_i$ 的加权平均：
#
# $$v(d) = \frac{\sum_i \mathrm{tfidf}(i, d)\, w_i}{\sum_i \mathrm{tfidf}(i, d)}, \qquad \mathrm{tfidf}(i, d) = \mathrm{count}(i, d) \cdot \mathrm{idf}(i)$$
#
# 用三篇文档手算：
# %%
documents = ["the cat sat and the cat ran", "the dog sat", "the dog and the cat ran"]
pipeline = TextPipeline.fit(documents)
types = pipeline.vocabulary[6:]  # without the six special tokens
counts = np.array([[text.split().count(word) for word in types] for text in documents])  # (3, 6)
idf = np.log2(3 / (counts > 0).sum(axis=0))  # (6,)
tfidf = counts * idf  # (3, 6)
vectors = rng.normal(size=(6, 4)).astype("float32")  # random, four numbers a word
by_hand = tfidf @ vectors / tfidf.sum(axis=1, keepdims=True)  # (3, 6) @ (6, 4) -> (3, 4)

print(f"{'':16}" + "".join(f"{word:>7}" for word in types))
print(f"{'idf':16}" + "".join(f"{value:7.2f}" for value in idf))
for number in range(3):
    print(f"tfidf, text {number}   " + "".join(f"{value:7.2f}" for value in tfidf[number]))
assert by_hand.shape == (3, 4)
assert idf[types.index("the")] == 0 and tfidf[0].argmax() == types.index("cat")

# %% [markdown] tags=["en"]
# The same by gensim's weights, which it brings to length 1 (the length cancels), and by the layer: `TfidfPooling` takes the vectors of all tokens and weighs each by its idf, so that a word counts as often as it occurs; padding has no weight.
# %% [markdown] tags=["zh"]
# 再用 gensim 的权重来算，它把权重归一到长度 1（长度会约掉）；还有层：`TfidfPooling` 接收所有词元的向量，每个按自己的 idf 加权，一个词出现几次就算几次；填充没有权重。
# %%
model = pipeline.tfidf(documents)
all_rows = np.concatenate([np.zeros((6, 4), "float32"), vectors])  # special tokens first, (12, 4)
by_gensim = []
for row in pipeline.encode(documents):
    weights = dict(model[bag_of_words(row)])
    by_gensim.append(sum(w * all_rows[i] for i, w in weights.items()) / sum(weights.values()))

pooling = TfidfPooling(pipeline.vocabulary_size)
pooling.set_idf(idf_vector(model, pipeline.vocabulary_size))
batch = pipeline(documents)  # token_ids and padding_mask, (3, 7)
by_layer = pooling(all_rows[batch["token_ids"]], **batch)  # (3, 7, 4) -> (3, 4)
for name, value in (("hand", by_hand), ("gensim", by_gensim), ("layer", np.array(by_layer))):
    print(f"text 0 by {name:7}", np.round(value[0], 4))
assert np.allclose(by_hand, by_gensim, atol=1e-6) and np.allclose(by_hand, by_layer, atol=1e-5)

# %% [markdown] tags=["en"]
# ## GloVe by hand: the counts
#
# Words are alike that have the same neighbours. GloVe counts neighbours: $X_{ij}$ grows by $1/d$ whenever word $j$ stands $d$ places from word $i$, within a *window*. On a toy text, by two loops and by the package:
# %% [markdown] tags=["zh"]
# ## 手算 GloVe：计数
#
# 邻居相同的词就相近。GloVe 数的正是邻居：在一个*窗口*之内，每当词 $j$ 与词 $i$ 相隔 $d$ 个位置，$X_{ij}$ 就增加 $1/d$。用一段小文本，先写两层循环，再用包来算：
# %%
toy = """the cat eats fish . the dog eats meat . the cat sleeps at home . the dog sleeps at home .
a cat likes fish . a dog likes meat . the car needs oil . the bus needs oil . the car drives fast .
the bus drives fast . a car needs fuel . a bus needs fuel .""".split(".")
toy = [sentence.split() for sentence in toy if sentence.strip()]
pairs = glove.cooccurrence(toy, min_count=1, window_size=3)
types, place = pairs.vocabulary, {word: i for i, word in enumerate(pairs.vocabulary)}

X = np.zeros((len(types), len(types)))
for sentence in toy:
    for i, word in enumerate(sentence):
        for j, neighbour in enumerate(sentence):
            if 0 < abs(i - j) <= 3:
                X[place[word], place[neighbour]] += 1 / abs(i - j)

some = ["cat", "dog", "car", "bus"]
print(f"{'':6}" + "".join(f"{word:>8}" for word in ["eats", "sleeps", "needs", "drives", "the"]))
for word in some:
    row = X[place[word], [place[w] for w in ["eats", "sleeps", "needs", "drives", "the"]]]
    print(f"{word:6}" + "".join(f"{value:8.2f}" for value in row))
assert X.shape == (len(types), len(types)) and (X == X.T).all()
assert np.allclose(X, pairs.counts.toarray())


# %% [markdown] tags=["en"]
# ## GloVe by hand: the objective
#
# Every word gets two vectors, $w_i$ as the word in the middle and $\tilde w_j$ as a neighbour, and two biases. Their dot products shall be the logarithms of the counts:
#
# $$J = \sum_{X_{ij} > 0} f(X_{ij}) \left( w_i^\top \tilde w_j + b_i + \tilde b_j - \log X_{ij} \right)^2, \qquad f(x) = \min\left(1, (x / x_{\max})^{0.75}\right)$$
#
# The bias takes up how frequent a word is, so that the vector is left with *whom it keeps company with*. The weight $f$ is 0 where nothing was counted (there the logarithm would be $-\infty$), small for rare pairs, which chance has brought together, and never above 1, which it reaches at the count $x_{\max}$, or "of the" would decide everything. What stands in the brackets is the *residual*; the gradient of a vector is twice the sum of its weighted residuals, each times the other vector. Checked against moving one number a little:
# %% [markdown] tags=["zh"]
# ## 手算 GloVe：目标函数
#
# 每个词有两个向量：作为中心词的 $w_i$，作为邻居的 $\tilde w_j$；还有两个偏置。要让它们的点积等于计数的对数：
#
# $$J = \sum_{X_{ij} > 0} f(X_{ij}) \left( w_i^\top \tilde w_j + b_i + \tilde b_j - \log X_{ij} \right)^2, \qquad f(x) = \min\left(1, (x / x_{\max})^{0.75}\right)$$
#
# 词有多常见，由偏置承担，留给向量的就只是*它与谁为伍*。权重 $f$ 在没有计数的地方是 0（那里的对数是 $-\infty$），对偶然碰到一起的罕见词对很小，并且从不超过 1（计数到 $x_{\max}$ 时达到），否则一切都由 “of the” 说了算。括号里的是*残差*；一个向量的梯度，就是各个加权残差乘以另一个向量，求和再乘以 2。把一个数挪动一点点来检验：
# %%
def f(x, x_max=4.0):
    return np.minimum(1, (x / x_max) ** 0.75)


counted = X > 0
log_X = np.log(np.where(counted, X, 1))
weight = np.where(counted, f(X), 0)


def residual(w, c, b_w, b_c):
    return w @ c.T + b_w[:, None] + b_c[None, :] - log_X  # (V, V)


def loss(w, c, b_w, b_c):
    return (weight * residual(w, c, b_w, b_c) ** 2).sum()


def gradients(w, c, b_w, b_c):
    g = 2 * weight * residual(w, c, b_w, b_c)  # (V, V)
    return g @ c, g.T @ w, g.sum(axis=1), g.sum(axis=0)  # (V, 2), (V, 2), (V,), (V,)


V = len(types)
start = [0.5 * rng.normal(size=shape) for shape in ((V, 2), (V, 2), (V,), (V,))]
moved_up, moved_down = ([array.copy() for array in start] for _ in range(2))
moved_up[0][3, 1] += 1e-5
moved_down[0][3, 1] -= 1e-5
slope = (loss(*moved_up) - loss(*moved_down)) / 2e-5
print(
    f"one entry of the gradient: by formula {gradients(*start)[0][3, 1]:.6f}, by moving {slope:.6f}"
)
assert np.isclose(gradients(*start)[0][3, 1], slope, rtol=1e-4)

# %% [markdown] tags=["en"]
# Then step after step downhill. Two numbers a word, so that the vectors can be drawn as they are. What GloVe returns is the sum $w_i + \tilde w_i$.
# %% [markdown] tags=["zh"]
# 然后一步一步往下走。每个词只用两个数，这样向量可以原样画出来。GloVe 最后给出的是两者之和 $w_i + \tilde w_i$。
# %%
parameters = [array.copy() for array in start]
losses = [loss(*parameters)]
for _ in range(2000):
    for array, gradient in zip(parameters, gradients(*parameters)):
        array -= 0.02 * gradient
    losses.append(loss(*parameters))
print("step   loss")
for step in (0, 1, 10, 100, 1000, 2000):
    print(f"{step:4}{losses[step]:9.4f}")
assert losses[-1] < losses[0] / 20

figure, panels = plt.subplots(1, 3, figsize=(12, 3.6))
panels[0].loglog(np.arange(1, len(losses) + 1), losses)
panels[0].set(xlabel="step", ylabel="loss J")
for panel, title, (w, c, *_) in (
    (panels[1], "w + w̃ before training", start),
    (panels[2], "w + w̃ after training", parameters),
):
    panel.axhline(0, color="lightgrey", linewidth=0.8)
    panel.axvline(0, color="lightgrey", linewidth=0.8)
    for word, (x, y) in zip(types, w + c):
        color, size = ("C1", 10) if word in some else ("grey", 7)
        left = word in ("eats", "sleeps", "meat", "oil", "a")  # dots may coincide
        below = word in ("dog", "bus", "fast", "sleeps", "meat", "likes")
        place_of_label = (-4 if left else 4, -10 if below else 3)
        panel.plot(x, y, ".", color=color)
        panel.annotate(
            word,
            (x, y),
            place_of_label,
            textcoords="offset points",
            fontsize=size,
            color=color,
            ha="right" if left else "left",
        )
    panel.set_title(title)
    panel.margins(0.15)
plt.tight_layout()
plt.show()

# %% [markdown] tags=["en"]
# "cat" and "dog" have come to one place, "car" and "bus" to another: nobody had said that. (Nothing has pushed the two places apart but the pairs that do occur; GloVe never looks at a 0.) The package does the same by another way down (it solves each side exactly while the other is held still; `docs/glove.md`), and comes to the same judgement.
# %% [markdown] tags=["zh"]
# “cat” 和 “dog” 走到了一处，“car” 和 “bus” 走到了另一处，而谁也没有告诉过它。（把这两处分开的，只是确实出现过的词对；GloVe 从不看计数为 0 的地方。）包里走的是另一条下山的路（固定一边，把另一边精确解出来，见 `docs/glove.md`），得出的判断相同。
# %%
sums = {
    "random": start[0] + start[1],
    "by hand": parameters[0] + parameters[1],
    "package": glove.train(pairs, vector_size=2, x_max=4.0, seed=0, progress=False)[types],
}
print("distance   cat, dog   car, bus   cat, car")
for name, matrix in sums.items():
    cat, dog, car, bus = (matrix[place[word]] for word in some)
    alike = np.linalg.norm(cat - dog), np.linalg.norm(car - bus)
    print(f"{name:9}{alike[0]:10.2f}{alike[1]:11.2f}{np.linalg.norm(cat - car):11.2f}")
    assert (max(alike) < np.linalg.norm(cat - car) / 3) == (name != "random")

# %% [markdown] tags=["en"]
# ## GloVe on a corpus
#
# Now the Wikipedia articles that come with gensim. Nothing is held back, since it is not text that will be predicted: the vectors are judged by what people say of pairs of words. Look at the counts first: most pairs meet rarely.
# %% [markdown] tags=["zh"]
# ## 在语料库上训练 GloVe
#
# 现在用 gensim 自带的维基百科条目。这里不留出任何文本，因为要预测的不是文本：评价这些向量的，是人对词对的判断。先看看计数：多数词对很少碰面。
# %%
articles = corpora.wikipedia()
pipeline = TextPipeline.fit(corpora.sentences(articles), vocabulary_size=4000)
texts = pipeline.tokenize([article.text for article in articles])  # a list of words each
pairs = glove.cooccurrence(texts, min_count=10, window_size=10)
V = len(pairs.vocabulary)
print(f"{len(texts)} articles, {sum(map(len, texts)):,} tokens, {V:,} words that occur 10 times")
print(f"{pairs.counts.nnz:,} of {V * V:,} pairs were ever within ten words of each other")
above = scipy.sparse.triu(pairs.counts).tocoo()  # each pair once
for cell in np.argsort(-above.data)[:4]:
    left, right = pairs.vocabulary[above.row[cell]], pairs.vocabulary[above.col[cell]]
    print(f"  {left!r} and {right!r}: {above.data[cell]:,.0f}")

figure, axes = plt.subplots(figsize=(5, 3))
axes.hist(pairs.counts.data, bins=np.logspace(-1, 4, 40))
axes.set(xscale="log", yscale="log", xlabel="count of a pair, X", ylabel="pairs")
plt.show()
assert np.median(pairs.counts.data) < 1 < pairs.counts.data.max()


# %% [markdown] tags=["en"]
# Training, with 50 numbers a word. The package tells the loss of each epoch in its log: half the mean of the weighted squares above.
# %% [markdown] tags=["zh"]
# 训练，每个词 50 个数。包会在日志里报告每一轮的损失，即上面加权平方的平均值的一半。
# %%
class Costs(logging.Handler):
    def emit(self, record):
        self.costs.append(record.args[2])


log, handler = logging.getLogger("glove"), Costs(logging.INFO)
handler.costs = []
log.addHandler(handler)
log.setLevel(logging.INFO)
epochs = 5 if QUICK else 15
vectors = glove.train(pairs, vector_size=50, epochs=epochs, seed=0, progress=False)
log.removeHandler(handler)
for epoch, cost in enumerate(handler.costs, start=1):
    print(f"epoch {epoch}: loss {cost:.5f}")
assert handler.costs == sorted(handler.costs, reverse=True)
assert vectors.vectors.shape[1] == 50 and len(vectors) <= V


# %% [markdown] tags=["en"]
# ## Nearest neighbours
#
# The words with the greatest cosine similarity, beside those by random vectors and by TF-IDF. The latter, `embeddings.from_tfidf`, writes TF-IDF weights into a table of words and sentences and keeps its 50 strongest directions (*latent semantic analysis*).
# %% [markdown] tags=["zh"]
# ## 最近邻
#
# 余弦相似度最大的词，与随机向量、TF-IDF 向量的结果放在一起看。后者用 `embeddings.from_tfidf` 得到：把 TF-IDF 权重写进一张词与句子的表，只保留其中最强的 50 个方向（*潜在语义分析*）。
# %%
def keyed(words, matrix):
    """A gensim KeyedVectors, which answers queries."""
    answering = KeyedVectors(matrix.shape[1])
    answering.add_vectors(words, matrix.astype("float32"))
    return answering


common = [word for word in pipeline.vocabulary[6:] if word in vectors]
of_texts = embeddings.from_tfidf(corpora.sentences(articles), pipeline, 50)
rows_of = {token: row for row, token in enumerate(pipeline.vocabulary)}
starts = {
    "random": keyed(common, rng.normal(size=(len(common), 50))),
    "TF-IDF": keyed(common, of_texts.values[[rows_of[word] for word in common]]),
    "GloVe": keyed(common, vectors[common]),
}
for word in ("three", "war", "water", "april", "france"):
    print(word)
    for name, answering in starts.items():
        near = [w for w, _ in glove.neighbours(answering, word, top_n=6)]
        print(f"  {name:8}{', '.join(near)}")
months = {"january", "february", "march", "may", "june", "july", "august", "september"}
months |= {"october", "november", "december"}
near = {w for w, _ in glove.neighbours(starts["GloVe"], "april", top_n=6)}
assert len(near & months) >= 4

# %% [markdown] tags=["en"]
# As a picture: the 50 numbers in the two directions in which these words vary most. Months, numbers and countries keep together. (The bars beside it say how many words have a vector, here all; that is asked below, under *Coverage*.)
# %% [markdown] tags=["zh"]
# 画成图：把 50 个数投影到这些词变化最大的两个方向上。月份、数字、国家各自聚在一起。（旁边的条形图表示有多少词有向量，这里是全部；见下文“覆盖率”一节。）
# %%
shown = ["january", "march", "april", "june", "july", "august", "october", "december"]
shown += ["two", "three", "four", "five", "six", "seven", "ten"]
shown += ["france", "germany", "england", "spain", "russia", "china", "japan", "italy"]
shown += ["water", "sea", "river", "music", "film", "book", "theory", "science", "god", "church"]
matrix = embeddings.from_vectors(vectors, pipeline.vocabulary, seed=0)
matrix.plot(pipeline.counts, words=[word for word in shown if word in vectors])

# %% [markdown] tags=["en"]
# ## What the vectors know, measured
#
# Neighbours that one has picked prove little. *WordSim-353* is a list of word pairs with people's judgement of how related they are; the *rank correlation* says how far the cosines order the pairs as people do (0: not at all, 1: exactly; after the ± its standard error). *Analogies* ask "man is to woman as king is to what?", answered by the word nearest to king − man + woman. Say first: how many of a hundred will be right with so little text?
# %% [markdown] tags=["zh"]
# ## 向量知道什么：测量
#
# 自己挑出来的邻居证明不了什么。*WordSim-353* 是一张词对表，附有人对它们相关程度的判断；*秩相关*说明余弦给词对排的次序与人排的有多一致（0：毫无关系，1：完全一致；± 后面是它的标准误）。*类比*问的是：man 之于 woman，相当于 king 之于什么？答案取离 king − man + woman 最近的词。先说说看：文本这么少，一百道题里会对几道？
# %%
print(f"{'':8} WordSim-353 (pairs)       analogies right")
results = {}
for name, answering in starts.items():
    found = glove.evaluate(answering)
    score, total = found.word_pairs["WordSim-353"], found.total
    results[name] = score.rho, total.accuracy
    print(
        f"{name:8}{score.rho:7.3f} ± {score.standard_error:.3f} ({score.covered})"
        f"{total.correct:8} of {total.covered:,} ({total.accuracy:.1%})"
    )
assert abs(results["random"][0]) < 0.25 < results["GloVe"][0] + 0.1
assert results["random"][0] < min(results["TF-IDF"][0], results["GloVe"][0])
assert results["random"][1] < 0.01 < results["GloVe"][1] < 0.2

# %% [markdown] tags=["en"]
# Both trained starts know more than random ones. Which of the two knows more, a test of so few pairs does not tell: look at the ±. Of the analogies they solve little; those want vectors of billions of words, and the famous examples are picked ones. What so few texts can give is a start that knows months from countries, and it costs seconds.
#
# ## Documents again
#
# Which vectors make good vectors of *documents*? gensim comes with news stories and with people's judgement of how similar each pair of 50 of them is. Each story becomes one vector, by the plain mean and by TF-IDF weights; the figure is the correlation of the cosines with the judgements. "One-hot" is the bag of words itself, the trivial baseline.
# %% [markdown] tags=["zh"]
# 两种训练出来的向量都比随机向量知道得多。两者谁更好，这么少的词对分不出来：看看 ± 就知道了。类比题对得很少：那需要用几十亿词训练出来的向量，而那些有名的例子都是挑出来的。这么少的文本能给出的，是一个分得清月份和国家的起点，代价只是几秒钟。
#
# ## 再看文档
#
# 哪种词向量能得到好的*文档*向量？gensim 自带一批新闻，其中 50 篇两两之间有人判断过相似程度。把每篇新闻变成一个向量，分别用普通平均和 TF-IDF 加权；表中的数是余弦与人的判断的相关系数。“one-hot” 就是词袋本身，是最平凡的基线。
# %%
news = corpora.lee_news()
judged = [story.text for story in news.judged]
stories = [story.text for story in news.background] + judged
news_pipeline = TextPipeline.fit(stories)
size = news_pipeline.vocabulary_size
idf = idf_vector(news_pipeline.tfidf(stories), size)  # (V,)
counts = np.zeros((50, size))
for story, row in enumerate(news_pipeline.encode(judged)):
    for i, count in bag_of_words(row):
        counts[story, i] = count
print(news.judged[0].sentences[0])
order = np.argsort(-counts[0] * idf)
print("weighs most:", ", ".join(news_pipeline.vocabulary[i] for i in order[:7]))


def agreement(weights, matrix):
    """Correlation of the cosines of weighted means with people's judgements."""
    means = weights @ matrix / weights.sum(axis=1, keepdims=True)  # (50, V) @ (V, D) -> (50, D)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    above = np.triu_indices(50, 1)
    return np.corrcoef((means @ means.T)[above], news.similarities[above])[0, 1]


covered = embeddings.from_vectors(vectors, news_pipeline.vocabulary, oov="zero")
tables = {
    "one-hot": scipy.sparse.identity(size, format="csr"),  # as a full matrix half a gigabyte
    "random, 50 numbers": rng.normal(size=(size, 50)),
    "random, 1,000 numbers": rng.normal(size=(size, 1000)),
    "GloVe of Wikipedia, 50": covered.values,
    "TF-IDF of these stories, 50": embeddings.from_tfidf(stories, news_pipeline, 50).values,
}
print(f"\n{'correlation with people':30}plain mean   TF-IDF weights")
agreements = {}
for name, table in tables.items():
    agreements[name] = agreement(counts, table), agreement(counts * idf, table)
    print(f"{name:30}{agreements[name][0]:10.2f}{agreements[name][1]:17.2f}")
for name in ("one-hot", "TF-IDF of these stories, 50"):
    assert agreements[name][1] > agreements[name][0] + 0.03
assert agreements["random, 1,000 numbers"][1] > agreements["random, 50 numbers"][1]
assert agreements["GloVe of Wikipedia, 50"][1] < agreements["one-hot"][1] / 2

# %% [markdown] tags=["en"]
# The weights help. Random vectors do better the longer they are: nearly at right angles, they are a blurred copy of the bag of words. And vectors of Wikipedia help little with news. One reason is shown in the next section.
#
# ## Coverage: which words have a vector?
#
# Vectors trained elsewhere do not know all words of your texts; names above all are missing. `from_vectors` builds the matrix for a vocabulary, and its report says what is missing, counted as types and as tokens. The bars say the same by frequency: the rarer the words, the fewer of them have a vector.
# %% [markdown] tags=["zh"]
# 权重有用。随机向量越长效果越好：它们几乎互相垂直，相当于词袋的一个模糊副本。而维基百科的词向量对新闻帮助不大，原因之一见下一节。
#
# ## 覆盖率：哪些词有向量？
#
# 在别处训练的向量，并不认识你的文本里所有的词，缺得最多的是人名地名。`from_vectors` 为一个词表造出矩阵，报告会说明缺了什么，按词型和词元分别统计。条形图按词频分组：词越少见，有向量的越少。
# %%
report = covered.report(news_pipeline.counts, show=12)
print(report)
known_types, all_types = report.types
known_tokens, all_tokens = report.tokens
assert known_types / all_types < 0.7 < known_tokens / all_tokens
covered.plot(news_pipeline.counts)

# %% [markdown] tags=["en"]
# What does a missing word get? With `oov="zero"` a vector of zeros: right for means compared by cosine, to whose direction it adds nothing, wrong for the start of a network, to which all missing words would be one. With `oov="random"`, the default, a random vector of the same size as the known ones, different for each.
# %% [markdown] tags=["zh"]
# 缺失的词得到什么？用 `oov="zero"` 时是零向量：若把平均用余弦来比较，这是对的，它不改变平均的方向；用来初始化网络就错了，所有缺失的词会变成同一个词。默认的 `oov="random"` 给每个词一个各不相同的随机向量，大小与已知的向量相当。
# %%
filled = embeddings.from_vectors(vectors, news_pipeline.vocabulary, oov="random", seed=0)
misses = [news_pipeline.vocabulary.index(word) for word in covered.misses]
hits = [news_pipeline.vocabulary.index(word) for word in covered.hits]
for name, table in (("zero", covered), ("random", filled)):
    lengths = np.linalg.norm(table.values, axis=1)
    different = len(np.unique(table.values[misses], axis=0))
    print(
        f"oov={name!r:9} mean length of known rows {lengths[hits].mean():.2f}, of missing ones "
        f"{lengths[misses].mean():.2f}; different missing rows: {different:,} of {len(misses):,}"
    )
    assert different == (1 if name == "zero" else len(misses))

# %% [markdown] tags=["en"]
# ## The embedding layer
#
# In a network the matrix $(V, D)$ is the weight of the first layer. By hand it is one-hot times matrix or, cheaper, picking rows; our layer and Keras's do the same:
# %% [markdown] tags=["zh"]
# ## 嵌入层
#
# 在网络里，矩阵 $(V, D)$ 就是第一层的权重。手算是独热乘以矩阵，或者更省事，直接取行；我们的层和 Keras 的层做的是同一件事：
# %%
ids = pipeline(["the river of april", "three wars"])["token_ids"]  # (2, T)
V, D = matrix.values.shape
ours = TokenEmbedding(V, D)
ours.set_matrix(matrix)
theirs = keras.layers.Embedding(V, D, weights=[matrix.values])
picked = matrix.values[ids]  # (2, T) -> (2, T, D)
one_hot = np.eye(V, dtype="float32")[ids]  # (2, T, V)
print("ids", ids.shape, "-> one-hot", one_hot.shape, "@", (V, D), "-> vectors", picked.shape)
assert np.allclose(one_hot @ matrix.values, picked, atol=1e-5)
assert np.allclose(ours(ids), picked) and np.allclose(theirs(ids), picked)

# %% [markdown] tags=["en"]
# ## A failure made on purpose
#
# The ids come from the pipeline, the vectors from GloVe, each with an order of its own. Somebody puts the vectors into the layer as they come. The shape fits, every number is a trained one, and a network would learn from it without a complaint; a coverage report would even say that all is known. What shows it is the look that one should always take: the neighbours of words *through the layer*.
# %% [markdown] tags=["zh"]
# ## 一次故意的失败
#
# 编号来自流水线，向量来自 GloVe，两者各有各的顺序。有人把向量按原来的顺序直接放进了嵌入层。形状吻合，每个数都是训练出来的，网络也会照样学，毫无怨言；看覆盖率的话，还会说所有的词都有向量。能揭穿它的，是每次都该看的一眼：*透过嵌入层*看词的最近邻。
# %%
wrong = matrix.values.copy()
wrong[: len(vectors)] = vectors.vectors[: len(wrong)]  # row i is the i-th word of GloVe, not of ids
layers = {"in the right order": theirs}
layers["as they come"] = keras.layers.Embedding(V, D, weights=[wrong])
through = {}
for name, layer in layers.items():
    rows = np.asarray(layer(np.arange(V)))  # what the network sees of each id
    through[name] = keyed(pipeline.vocabulary, rows)
    print(name)
    for word in ("three", "april", "france"):
        near = [w for w, _ in glove.neighbours(through[name], word, top_n=5)]
        print(f"  {word:8}{', '.join(near)}")
rhos = {
    name: glove.evaluate(answering, analogies=None).word_pairs["WordSim-353"].rho
    for name, answering in through.items()
}
for name, rho in rhos.items():
    print(f"WordSim-353, {name}: {rho:.3f}")
assert rhos["in the right order"] > rhos["as they come"]

# %% [markdown] tags=["en"]
# The cause takes one line more: whose vector stands in the row of a word?
# %% [markdown] tags=["zh"]
# 要找原因，只要再加一行：某个词的那一行里，放的是谁的向量？
# %%
for name, table in (("right", matrix.values), ("wrong", wrong)):
    equal = [np.allclose(table[rows_of[word]], vectors[word]) for word in common]
    print(f"{name}: {np.mean(equal):.1%} of the words have their own vector in their row")
    assert all(equal) == (name == "right")
row = rows_of["april"]
print(f"in the row of 'april', id {row}, stands the vector of {vectors.index_to_key[row]!r}")
assert vectors.index_to_key[row] != "april"

# %% [markdown] tags=["en"]
# The six special tokens alone shift everything, and the ties among rare words do the rest. `embeddings.from_vectors` goes by the words, never by the order.
#
# ## Exercises
#
# Replace each `...` by your answer and run the cell again. A check tells whether it is right; if not, it says what is off.
#
# **03.1** Say it before you compute it. With one-hot vectors, which cosine is larger: that of "cat" and "dog" (`"dog"`), that of "cat" and "of" (`"of"`), or is it `"equal"`?
#
# **03.2** A word stands 3 times in a document, and in 25 of 100 documents. What is its tfidf, with $\log_2$?
# %% [markdown] tags=["zh"]
# 单是六个特殊词元就让所有行都错了位，罕见词之间并列的次序再添一层乱。`embeddings.from_vectors` 认的是词，从不认顺序。
#
# ## 练习
#
# 把每个 `...` 换成你的答案，再运行一遍单元格。检查会告诉你是否正确；不正确时会指出哪里不对。
#
# **03.1** 先说答案，再去计算。用独热向量时，哪个余弦更大：“cat” 与 “dog” 的（`"dog"`），“cat” 与 “of” 的（`"of"`），还是一样大（`"equal"`）？
#
# **03.2** 一个词在某篇文档中出现 3 次，100 篇文档中有 25 篇含有它。用 $\log_2$ 计算，它的 tfidf 是多少？
# %%
nearer_to_cat = ...
course.check("03.1", nearer_to_cat)

weight_of_the_word = ...
course.check("03.2", weight_of_the_word)


# %% [markdown] tags=["en"]
# **03.3** Write the vectors of documents: from `counts` $(N, V)$, `idf` $(V,)$ and `vectors` $(V, D)$ the weighted means $(N, D)$. (In every document some word has a weight above 0.)
#
# **03.4** Write the counts of GloVe for one text: from a list `ids`, the size `V` and a `window`, the matrix $(V, V)$ to which every two tokens at most `window` places apart add one over their distance, in both directions.
# %% [markdown] tags=["zh"]
# **03.3** 写出文档向量：由 `counts` $(N, V)$、`idf` $(V,)$ 和 `vectors` $(V, D)$ 得到加权平均 $(N, D)$。（每篇文档里总有某个词的权重不为零。）
#
# **03.4** 为一段文本写出 GloVe 的计数：给定列表 `ids`、大小 `V` 和 `window`，返回矩阵 $(V, V)$；凡相隔不超过 `window` 个位置的两个词元，就在两个方向上各加上距离分之一。
# %%
def document_vectors(counts, idf, vectors):
    return ...


course.check("03.3", document_vectors)


def cooccurrence(ids, V, window):
    return ...


course.check("03.4", cooccurrence)


# %% [markdown] tags=["en"]
# **03.5** Write the loss of GloVe: `w` and `c` $(V, D)$, `b_w` and `b_c` $(V,)$, the counts `X` $(V, V)$, in which there may be zeros, and `x_max`; the power in $f$ is 0.75. Return the sum, as in the formula.
#
# **03.6** Write nearest neighbours: from `vectors` $(V, D)$, a `row` and a number `n`, the `n` rows of the greatest cosine similarity to it, the nearest first, without the row itself.
# %% [markdown] tags=["zh"]
# **03.5** 写出 GloVe 的损失：`w` 和 `c` $(V, D)$，`b_w` 和 `b_c` $(V,)$，计数 `X` $(V, V)$（其中可能有零），以及 `x_max`；$f$ 中的指数是 0.75。按公式返回总和。
#
# **03.6** 写出最近邻：给定 `vectors` $(V, D)$、行号 `row` 和个数 `n`，返回与它余弦相似度最大的 `n` 行，最近的在前，不含它自己。
# %%
def glove_loss(w, c, b_w, b_c, X, x_max):
    return ...


course.check("03.5", glove_loss)


def nearest(vectors, row, n):
    return ...


course.check("03.6", nearest)

# %% [markdown] tags=["en"]
# ## Summary
#
# - One-hot vectors tell words apart and say nothing of them; an embedding is one-hot times a matrix, done by picking rows.
# - Random vectors are nearly at right angles: a start without knowledge, and the baseline.
# - TF-IDF weighs a word by how much it says of its document; $v(d)$ is the weighted mean of its words' vectors.
# - GloVe fits dot products to the logarithms of weighted neighbour counts; its gradient is made of weighted residuals times the other vector.
# - Judge vectors by numbers, beside a baseline; then look at coverage, and at neighbours through the layer, before anything is trained.
#
# **To read**: Pennington, Socher and Manning 2014, *GloVe: Global Vectors for Word Representation*, sections 3 and 4.2; Deerwester et al. 1990, *Indexing by Latent Semantic Analysis*; Mikolov et al. 2013, *Efficient Estimation of Word Representations in Vector Space*, section 4 (analogies); Levy, Goldberg and Dagan 2015, *Improving Distributional Similarity with Lessons Learned from Word Embeddings*, section 3. What each start is worth in a trained model: `docs/embeddings.md`. The code: `glove/`, `mlm_tf/embeddings/`.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - 独热向量能区分词，却不说明词的任何性质；嵌入就是独热乘以矩阵，实际做法是取行。
# - 随机向量几乎互相垂直：一个毫无知识的起点，也是基线。
# - TF-IDF 按一个词能说明文档多少来加权；$v(d)$ 是文档中各词向量的加权平均。
# - GloVe 让点积去拟合加权邻居计数的对数；它的梯度由加权的残差乘以另一个向量得到。
# - 评价词向量要用数字，并与基线比较；训练之前，先看覆盖率，再透过嵌入层看最近邻。
#
# **延伸阅读**：Pennington、Socher 和 Manning，2014，*GloVe: Global Vectors for Word Representation*，第 3 节和 4.2 节；Deerwester 等，1990，*Indexing by Latent Semantic Analysis*；Mikolov 等，2013，*Efficient Estimation of Word Representations in Vector Space*，第 4 节（类比）；Levy、Goldberg 和 Dagan，2015，*Improving Distributional Similarity with Lessons Learned from Word Embeddings*，第 3 节。各种初始化在训练好的模型里效果如何：`docs/embeddings.md`。代码：`glove/`、`mlm_tf/embeddings/`。
