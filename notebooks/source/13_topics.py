# %% [markdown] tags=["en"]
# # 13 Topics and likeness: what a text is about
#
# **You will be able to** find the keywords of a text and the topics of a collection, make one vector of a whole document, and measure each of these against people or against a baseline.
#
# **You need to know** what a count and a logarithm are (page 02), and what word vectors and cosine similarity are (page 03).
#
# **It takes** about 25 minutes to read and one minute to run on two CPU cores, with 1.5 GB of memory.
#
# Nobody has labelled these texts. All that follows is found in how words are spread over documents: a word that stands often here and hardly anywhere else says what this text is about.
# %% [markdown] tags=["zh"]
# # 13 主题与相似度：一篇文本讲的是什么
#
# **学完本页，你能够**找出一篇文本的关键词和一批文本的主题，把整篇文档变成一个向量，并用人的判断或基线来检验每一种做法。
#
# **预备知识**：计数与对数（第 02 页），词向量与余弦相似度（第 03 页）。
#
# **所需时间**：阅读约 25 分钟，在两个 CPU 核上运行约一分钟，占用内存 1.5 GB。
#
# 这些文本没有任何标注。下面的一切，都来自词在各篇文档中的分布：一个词在这里常见，在别处少见，它就说明了这篇文本讲的是什么。
# %%
# %matplotlib inline
import itertools
import tempfile
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import NMF
from sklearn.feature_extraction.text import CountVectorizer

from mlm_tf import corpora, course, viz
from mlm_tf.layers import TfidfPooling
from mlm_tf.preprocessing import bag_of_words
from mlm_tf.tasks.keywords import scores_of_words, textrank_scores, words_of
from mlm_tf.tasks.likeness import (
    first_component,
    known_rows,
    own_vectors,
    weighted_means,
    without_component,
    without_mean,
)
from mlm_tf.tasks.retrieval import found_first
from mlm_tf.tasks.terms import Terms, cosines
from mlm_tf.tasks.topic_models import TopicModel
from mlm_tf.tasks.topics import Topics, hold_out
from mlm_tf.tasks.topics_table import coherence, halves_found

# %% [markdown] tags=["en"]
# ## The data
#
# 350 short news stories, and of 50 of them something rare: several people said of each pair how alike the two are, in five steps from 0.2 to 1. Look at both ends before anything is computed.
# %% [markdown] tags=["zh"]
# ## 数据
#
# 350 篇短新闻，其中 50 篇还带有少见的东西：请几个人判断过，每两篇有多相似，从 0.2 到 1 分五级，取平均。先看看两头，再开始计算。
# %%
news = corpora.lee_news()
stories = [d.text for d in news.background + news.judged]
judged = stories[-len(news.judged) :]
pairs = np.triu_indices(len(judged), k=1)
people = news.similarities[pairs]  # one number a pair
print(len(stories), "stories;", len(judged), "judged,", len(people), "pairs")
for name, at in (("most alike", people.argmax()), ("least alike", people.argmin())):
    print(f"\n{name}: {people[at]:.2f}")
    for i in (pairs[0][at], pairs[1][at]):
        print("   ", judged[i][:88].replace("\n", " "), "…")

figure, axes = plt.subplots(figsize=(5, 2.5))
axes.hist(people, bins=25)
axes.set(xlabel="people's judgement of a pair", ylabel="pairs")
plt.show()
assert np.median(people) < 0.4  # most pairs have nothing to do with each other

# %% [markdown] tags=["en"]
# ## TF-IDF by hand
#
# How often a word stands in a document is its *term frequency*. How much that says depends on in how many documents it stands: the *inverse document frequency* is $\log_2$ of all documents over those that hold the word, so that a word of every document weighs 0. Below by hand, by our `Terms`, and by gensim.
# %% [markdown] tags=["zh"]
# ## 手算 TF-IDF
#
# 一个词在一篇文档中出现的次数是*词频*。它能说明多少，要看有多少篇文档含有这个词：*逆文档频率*是文档总数与含有该词的文档数之比的 $\log_2$，所以每篇都有的词权重为 0。下面依次是手算、我们的 `Terms` 和 gensim。
# %%
documents = ["cat sat sat", "dog sat", "dog ran"]
words = ["cat", "dog", "ran", "sat"]
counts = np.array([[d.split().count(word) for word in words] for d in documents])  # (3, 4)
idf = np.log2(len(documents) / (counts > 0).sum(axis=0))  # (4,)
by_hand = counts * idf
by_hand = by_hand / np.linalg.norm(by_hand, axis=1, keepdims=True)  # each document of length 1
print(f"{'':14}", *(f"{word:>5}" for word in words))
print(f"{'idf':14}", *(f"{value:5.2f}" for value in idf))
for text, row in zip(documents, by_hand):
    print(f"{text:14}", *(f"{value:5.2f}" for value in row))

terms = Terms.fit(documents)
columns = [terms.words.index(word) for word in words]
ours = terms.tfidf(terms.counts(documents)).toarray()[:, columns]  # (3, 4)
model = terms.pipeline.tfidf(documents)  # gensim's
theirs = dict(model[bag_of_words(terms.pipeline.encode(documents)[0])])
assert np.allclose(ours, by_hand, atol=1e-5)
assert np.isclose(theirs[columns[3]], by_hand[0, 3], atol=1e-5)

# %% [markdown] tags=["en"]
# ## Keywords
#
# The words of greatest weight are keywords. On the stories, stopwords left out already, next to the plain counts and to a third way, *TextRank*: words that stand beside each other are joined, and a walk along these edges, which now and then jumps anywhere, visits some words more often than others. By hand it is a repeated matrix product:
# %% [markdown] tags=["zh"]
# ## 关键词
#
# 权重最大的词就是关键词。还有第三种做法，*TextRank*：相邻的词连上边，然后沿着边随机游走，偶尔跳到任意一个词；有些词会比别的词更常被走到。手算就是反复做矩阵乘法：
# %%
row = "cat dog cat bird fish cat ant".split()
types = sorted(set(row))
edges = np.zeros((5, 5))
for left, right in itertools.pairwise(row):
    edges[types.index(left), types.index(right)] += 1
    edges[types.index(right), types.index(left)] += 1
visits = np.full(5, 1 / 5)
for _ in range(100):
    visits = 0.15 / 5 + 0.85 * (edges / edges.sum(axis=0)) @ visits  # (5, 5) @ (5,) -> (5,)
print({word: round(float(share), 3) for word, share in zip(types, visits)})
assert np.isclose(visits.sum(), 1) and types[visits.argmax()] == "cat"
ranked = textrank_scores(row)
assert np.allclose([ranked[word] for word in types], visits, atol=1e-6)

# %% [markdown] tags=["en"]
# Now one story, with all three:
# %% [markdown] tags=["zh"]
# 再看一篇新闻，三种做法放在一起（停用词已经去掉）：
# %%
terms = Terms.fit(stories)
counts = terms.counts(stories)  # (350, V), sparse
print(f"{counts.shape[0]} stories, {counts.shape[1]:,} words, {counts.nnz:,} counts above 0\n")
print(judged[0][:200].replace("\n", " "), "…\n")
[row] = words_of(judged[:1], terms)
for by in ("frequency", "tfidf", "textrank"):
    print(f"{by:10}", ", ".join(word for word, _ in scores_of_words(row, terms, by)[:7]))

# %% [markdown] tags=["en"]
# ### Which keywords are good?
#
# There is no list of right ones. But keywords have a purpose: to lead back to the text. So take them from every second sentence, and look for the *other* sentences of that story among those of all stories. What finds its other half has said something about the story, and not about its wording. The first five words of a story are a baseline, and for news no bad one.
# %% [markdown] tags=["zh"]
# ### 哪些关键词好？
#
# 没有一份标准答案。但关键词有它的用处：凭它们能找回原文。于是每隔一句取一句，从中找关键词，再拿它们到所有新闻的*另一半*句子里去找。能找到自己的另一半，说明关键词抓住的是内容，而不只是字句。基线是一篇新闻的前五个词：对新闻来说，这个基线不算差。
# %%
found = {}
print("five keywords       find the other half")
for by in ("first", "frequency", "textrank", "tfidf"):
    found[by] = halves_found(stories, terms, by)
    print(f"{by:20}{found[by]:10.1%}")
print(f"{'a draw':20}{1 / len(stories):10.1%}")
assert found["tfidf"] > 20 / len(stories)
assert found["tfidf"] > found["textrank"] > found["first"]

# %% [markdown] tags=["en"]
# TextRank looks at this one text alone, and does no better than counting: it cannot know which words are common elsewhere. That is what TF-IDF knows.
#
# ### In Chinese
#
# Chinese has no spaces; jieba cuts it into words. Pairs of characters would need no dictionary, but most pairs are no words, and nobody would call them keywords.
# %% [markdown] tags=["zh"]
# TextRank 只看这一篇，并不比数词频更好：它无从知道哪些词在别处也常见。TF-IDF 知道的正是这一点。
#
# ### 中文
#
# 中文没有空格，由 jieba 切成词。也可以不用词典，直接数相邻的两个字，但多数这样的字对不是词，当不了关键词。
# %%
chinese = [
    "图书馆周末开放到晚上十点。读者可以在图书馆借书，也可以在图书馆自习。",
    "奶奶在院子里种了番茄和黄瓜。番茄熟了，奶奶把番茄分给邻居。",
    "地铁新线路今天开通。乘客说，地铁比公交车快，坐地铁也便宜。",
    "体育老师教足球。足球比赛下午开始，家长们也来看足球。",
]
chinese_terms = Terms.fit(chinese)
cut = words_of(chinese, chinese_terms)
for row in cut:
    print("，".join(word for word, _ in scores_of_words(row, chinese_terms)[:2]))
pairs_of_characters = Counter(
    text[i : i + 2] for text in chinese for i in range(len(text) - 1) if text[i : i + 2].isalpha()
)
are_words = [pair in chinese_terms.words for pair in pairs_of_characters]
print(f"\n{len(are_words)} pairs of characters, {np.mean(are_words):.0%} of them words")
assert [scores_of_words(row, chinese_terms)[0][0] for row in cut[:2]] == ["图书馆", "番茄"]
assert np.mean(are_words) < 0.5

# %% [markdown] tags=["en"]
# ## Topics
#
# A topic is a set of words that come together. *Non-negative matrix factorisation* (NMF) looks for few topics $H$ and, for each document, weights $W$ of them, such that $X \approx WH$ and nothing is negative. Two updates, repeated, never make it worse (Lee & Seung 2001). Two pairs of documents, each with words of its own:
# %% [markdown] tags=["zh"]
# ## 主题
#
# 主题是一组常常一起出现的词。*非负矩阵分解*（NMF）要找少数几个主题 $H$，以及每篇文档在主题上的权重 $W$，使 $X \approx WH$，而且没有负数。反复做两步更新，误差只减不增（Lee 和 Seung，2001）。下面两对文档，各有自己的词：
# %%
X = np.array([[3.0, 2, 0, 0], [2, 3, 0, 0], [0, 0, 3, 1], [0, 0, 1, 3]])  # (4 documents, 4 words)
rng = np.random.default_rng(0)
W, H = rng.random((4, 2)) + 0.1, rng.random((2, 4)) + 0.1
errors = []
for _ in range(300):
    H *= (W.T @ X) / (W.T @ W @ H)
    W *= (X @ H.T) / (W @ H @ H.T)
    errors.append(np.linalg.norm(X - W @ H))
print("topics, a row each:\n", (H / H.sum(axis=1, keepdims=True)).round(2))
assert np.diff(errors).max() < 1e-9
assert np.isclose(errors[-1], np.sqrt(1**2 + 2**2), atol=1e-3)  # the best there is: by the SVD

# %% [markdown] tags=["en"]
# The same on the TF-IDF of the 350 stories, by scikit-learn, gives ten topics. Give each a name before you read on.
# %% [markdown] tags=["zh"]
# 对 350 篇新闻的 TF-IDF 做同样的事（用 scikit-learn），得到十个主题。先给每个主题起个名字，再往下读。
# %%
topics = {"NMF": TopicModel.fit(terms, counts, num_topics=10, method="nmf")}


def heaviest(model, num=10):
    return [
        [terms.words[i] for i in np.argsort(-weights)[:num]] for weights in model.word_weights()
    ]


weights = [sorted(row, reverse=True)[:6] for row in topics["NMF"].word_weights()]
viz.topic_bars(heaviest(topics["NMF"], 6), weights)

# %% [markdown] tags=["en"]
# Two other ways: *latent Dirichlet allocation* (LDA) says that every word was drawn from one of the document's topics, and asks which topics make the texts likely; *latent semantic indexing* (LSI) takes the greatest singular vectors. Whether words belong together can be counted: *coherence* here is the normalised pointwise mutual information of two words of a topic, 1 if they never stand apart, 0 if they do not care, −1 if they never meet. The baseline draws words by their frequency.
# %% [markdown] tags=["zh"]
# 另外两种做法：*潜在狄利克雷分配*（LDA）认为每个词都抽自文档的某个主题，问的是什么样的主题使这些文本最可能出现；*潜在语义索引*（LSI）取最大的奇异向量。词与词是否相配，可以数出来：这里的*一致性*是同一主题中两个词的归一化点互信息，总在一起为 1，互不相干为 0，从不相遇为 −1。基线是按词频随机抽词。
# %%
topics["LDA"] = TopicModel.fit(terms, counts, num_topics=10, method="lda")
topics["LSI"] = TopicModel.fit(terms, counts, num_topics=10, method="lsi")
cut = words_of(stories, terms)
total = np.asarray(counts.sum(axis=0)).ravel()
drawn = [
    [terms.words[i] for i in rng.choice(len(total), 10, replace=False, p=total / total.sum())]
    for _ in range(10)
]
table = {"drawn by frequency": drawn, **{name: heaviest(model) for name, model in topics.items()}}
scores = {name: coherence(rows, cut) for name, rows in table.items()}
print("topics                coherence   the first topic")
for name, rows in table.items():
    print(f"{name:20}{scores[name]:10.2f}     {' '.join(rows[0][:5])}")
assert scores["NMF"] == max(scores.values()) and scores["NMF"] > 0.1
assert scores["drawn by frequency"] == min(scores.values())

# %% [markdown] tags=["en"]
# NMF reads TF-IDF; LDA reads counts, in which a telling name weighs no more than any other word, and 350 short stories are few for a model of probabilities: its topics mix subjects. The second topic of LSI and all after it have two ends, which makes a list of words hard to read.
#
# ### A failure made on purpose
#
# What if nothing is left out or weighed down? The same NMF, on plain counts with all words:
# %% [markdown] tags=["zh"]
# NMF 读的是 TF-IDF；LDA 读的是计数，能说明问题的名字并不比别的词更重，而且对概率模型来说，350 篇短新闻太少了：它的主题把不同的题材混在一起。LSI 从第二个主题起都有正负两端，光看词表不好懂。
#
# ### 一次故意的失败
#
# 如果什么词都不去掉，也不降低常见词的权重，会怎样？同样的 NMF，用在所有词的原始计数上：
# %%
vectorizer = CountVectorizer()
plain = vectorizer.fit_transform(stories)  # (350, V)
names = vectorizer.get_feature_names_out()
parts = NMF(5, init="nndsvda", max_iter=500, tol=1e-3, random_state=0).fit(plain).components_
in_documents = np.asarray((plain > 0).mean(axis=0)).ravel()  # of each word the share of stories
for part in parts:
    first = np.argsort(-part)[:7]
    print(" ".join(names[first]), f"  (in {in_documents[first].mean():.0%} of the stories)")
assert in_documents[np.argmax(parts, axis=1)].mean() > 0.7

# %% [markdown] tags=["en"]
# Every topic is made of words that stand in nearly every story: the factorisation explains what is large, and the counts of "the" are the largest there are. The diagnosis is the number at the end of each line, and the remedy what TF-IDF and the list of stopwords did above.
#
# ## One vector for a document: formula 4.1
#
# A document is the mean of its words' vectors, each weighed by its TF-IDF:
#
# $$v(d) = \frac{\sum_i \mathrm{tfidf}(i, d)\, w_i}{\sum_i \mathrm{tfidf}(i, d)}$$
#
# As printed in the text that this course follows, the weights multiply nothing and it cannot be computed; this is what it must mean. The word vectors $w_i$ are learned here, from the sentences of the stories and of 103 Wikipedia articles (latent semantic analysis, page 03). By hand, by our function, and by the layer `TfidfPooling`, which does the same inside a model:
# %% [markdown] tags=["zh"]
# 每个主题都由几乎篇篇都有的词组成：分解总是先解释数值大的部分，而 “the” 的计数最大。诊断看每行末尾的数字；办法就是上面 TF-IDF 和停用词表所做的事。
#
# ## 一篇文档一个向量：公式 4.1
#
# 文档的向量是其中各词向量的平均，以 TF-IDF 为权重：
#
# $$v(d) = \frac{\sum_i \mathrm{tfidf}(i, d)\, w_i}{\sum_i \mathrm{tfidf}(i, d)}$$
#
# 本课程所依据的文档里，这个公式的权重没有乘在任何东西上，无法计算；它的意思只能是上面这样。词向量 $w_i$ 在这里现学，用的是这些新闻和 103 篇维基百科条目的句子（潜在语义分析，第 03 页）。下面依次是手算、我们的函数，以及在模型里做同一件事的 `TfidfPooling` 层：
# %%
articles = [d.text for d in corpora.wikipedia() if d.sentences]
articles, sentences, own = hold_out(articles, num=3, seed=0)  # some sentences are kept for later
everything = articles + stories
terms = Terms.fit(everything)
matrix = own_vectors(everything, terms)
vectors, is_known = matrix.values, known_rows(matrix)  # (V, 200), (V,)
print(f"{vectors.shape[0]:,} words, vectors of {vectors.shape[1]} numbers")

count = terms.counts(judged[:1]).toarray()[0]  # (V,)
top, bottom = np.zeros(vectors.shape[1]), 0.0
for i in np.flatnonzero(count * is_known):
    top += count[i] * terms.idf[i] * vectors[i]
    bottom += count[i] * terms.idf[i]
by_hand = top / bottom  # (200,)

weights = terms.weights(terms.counts(judged))  # (50, V), sparse
documents = weighted_means(weights, vectors, is_known)  # (50, V) @ (V, 200) -> (50, 200)
pooling = TfidfPooling(len(terms.words))
pooling.set_idf(terms.idf * is_known)
batch = terms.pipeline(judged[:1])
ids = np.asarray(batch["token_ids"])  # (1, T)
pooled = pooling(vectors[ids], token_ids=ids, padding_mask=batch["padding_mask"])  # (1, 200)
assert np.allclose(by_hand, documents[0], atol=1e-5)
assert np.allclose(by_hand, np.asarray(pooled)[0], atol=1e-4)

# %% [markdown] tags=["en"]
# ## As people see it
#
# Two stories are as alike as the cosine of what stands for them. For all 1,225 pairs that is correlated with what people said. The vectors are tried three times: as they are; with the mean of all documents taken off; and with the first principal component taken off too (Arora et al. 2017). The last row is the plain mean of two cosines, that of TF-IDF and that of the vectors. The judgements are used to measure; what was chosen with an eye on them is one number, that a word has to stand in three sentences to get a vector (without that rule the last row is lower by 0.04).
# %% [markdown] tags=["zh"]
# ## 和人的判断相比
#
# 两篇新闻有多相似，就看代表它们的向量的余弦。对全部 1,225 对，计算它与人的判断的相关系数。文档向量试三种：原样；减去所有文档的平均；再去掉第一主成分（Arora 等，2017）。最后一行是两个余弦的简单平均：TF-IDF 的和文档向量的。人的判断只用来测量；看着它选的只有一个数：一个词至少出现在三个句子里才有向量（没有这条规则，最后一行约低 0.04）。
# %%
counts = terms.counts(everything)  # (N, V)
mine = terms.counts(judged)
lsi = TopicModel.fit(terms, counts, num_topics=100, method="lsi")
all_documents = weighted_means(terms.weights(counts), vectors, is_known)  # (N, 200)
mean = all_documents.mean(axis=0)
component = first_component(without_mean(all_documents, mean))


def centred(counts):
    return without_mean(weighted_means(terms.weights(counts), vectors, is_known), mean)


ways = {
    "raw frequency": lambda a, b: cosines(a, b),
    "TF-IDF": lambda a, b: cosines(terms.tfidf(a), terms.tfidf(b)),
    "LSI, 100 topics": lambda a, b: cosines(lsi.of_documents(terms, a), lsi.of_documents(terms, b)),
    "4.1": lambda a, b: cosines(
        *(weighted_means(terms.weights(c), vectors, is_known) for c in (a, b))
    ),
    "4.1, mean off": lambda a, b: cosines(centred(a), centred(b)),
    "4.1, mean and component off": lambda a, b: cosines(
        *(without_component(centred(c), component) for c in (a, b))
    ),
}
ways["4.1, mean off, and TF-IDF"] = lambda a, b: (
    (ways["TF-IDF"](a, b) + ways["4.1, mean off"](a, b)) / 2
)
agreement = {name: np.corrcoef(way(mine, mine)[pairs], people)[0, 1] for name, way in ways.items()}
print("stories are compared by         correlation with people")
for name, value in agreement.items():
    print(f"{name:32}{value:8.2f}")
assert agreement["TF-IDF"] > agreement["raw frequency"] + 0.03
assert agreement["4.1, mean off"] > agreement["4.1"]
assert agreement["4.1, mean and component off"] < agreement["4.1, mean off"]
assert max(agreement, key=agreement.get) == "4.1, mean off, and TF-IDF"
assert agreement["4.1, mean off, and TF-IDF"] > 0.62

# %% [markdown] tags=["en"]
# Why does it help to take the mean off? All documents share a part: words that every text has, and a direction in which word vectors lie anyway. So all cosines are high, and what tells documents apart is the small rest. Without the mean, strangers have a cosine near 0, as they should. But the *next* direction in which these documents vary is no common part any more: it tells one subject from another, and with it goes what people look at. And why is the mean of two the best? TF-IDF sees the same names, and is blind to other words for the same thing; the vectors see those, and blur the names. Each is wrong where the other is not.
# %% [markdown] tags=["zh"]
# 减去平均为什么有用？所有文档都有一个共同部分：每篇都有的词，加上词向量本来就偏向的方向。于是余弦普遍偏高，真正区分文档的只是剩下的一点点。减去平均后，毫不相干的两篇余弦接近 0，这才合理。但文档变化最大的*下一个*方向不再是共同部分了：它区分的正是不同的题材，去掉它，也就去掉了人所看重的东西。那么，两者的平均为什么最好？TF-IDF 认得相同的名字，却认不出意思相同的其他词；文档向量认得出后者，却把名字弄模糊。一个出错的地方，另一个往往没错。
# %%
figure, axes = plt.subplots(figsize=(6, 3))
for name in ("4.1", "4.1, mean off"):
    values = ways[name](mine, mine)[pairs]
    print(f"{name:15} mean cosine of two stories {values.mean():.2f}")
    axes.hist(values, bins=np.linspace(-0.6, 1, 60), alpha=0.6, label=name)
axes.set(xlabel="cosine", ylabel="pairs")
axes.legend()
plt.show()
assert abs(ways["4.1, mean off"](mine, mine)[pairs].mean()) < 0.1
assert ways["4.1"](mine, mine)[pairs].mean() > 0.15

# %% [markdown] tags=["en"]
# The 50 stories in the plane in which their vectors vary most, each with its best keyword. Stories of one event stand together, though nobody said which they are.
# %% [markdown] tags=["zh"]
# 把这 50 篇新闻画在它们的向量变化最大的平面上，每篇标上最好的一个关键词。讲同一件事的新闻聚在一起，尽管没有人说过哪些是。
# %%
labels = [
    " ".join(word for word, _ in scores_of_words(row, terms)[:1]) for row in words_of(judged, terms)
]
viz.document_map(centred(mine), labels)

# %% [markdown] tags=["en"]
# ## From a sentence to its article
#
# Another question, with an answer that is known: from which Wikipedia article was this sentence taken? The sentences that were held out above are looked for among the articles, which lack them. *MRR* is the mean of one over the rank of the right article.
# %% [markdown] tags=["zh"]
# ## 由句子找条目
#
# 换一个有标准答案的问题：这句话出自哪个维基百科条目？拿上面留出的句子，到已经去掉它们的条目里去找。*MRR* 是正确条目的名次的倒数的平均。
# %%
queries, targets = terms.counts(sentences), terms.counts(articles)
print(f"{len(sentences)} sentences, {len(articles)} articles")
print("by                              found first     MRR")
first = {}
for name, way in ways.items():
    figures = found_first(way(queries, targets), own)
    first[name] = figures["found first"]
    print(f"{name:32}{figures['found first']:8.1%}{figures['MRR']:12.3f}")
print(f"{'a draw':32}{1 / len(articles):8.1%}")
assert first["TF-IDF"] > first["raw frequency"]
assert first["TF-IDF"] > first["LSI, 100 topics"]
assert min(first.values()) > 2 / len(articles)

# %% [markdown] tags=["en"]
# Here TF-IDF needs no help. People were asked what a story is *about*; a sentence has to be led back to *one* article, and names do that. A vector of 200 numbers has no room for every name, and the better it knows that Luanda is like Algiers, the worse it tells Angola from Algeria. No way of comparing is the best for everything: say what it is for, then measure that.
#
# ## All in one object
#
# `Topics` is this page as a class. It compares by the mean of the two cosines unless told otherwise, and is saved as numbers and JSON, so that a loaded file works on raw text.
# %% [markdown] tags=["zh"]
# 在这里，TF-IDF 用不着帮忙。人被问到的是一篇新闻*讲什么*；而一句话要找回*那一个*条目，靠的是名字。200 个数装不下所有的名字；向量越是明白罗安达和阿尔及尔相像，就越分不清安哥拉和阿尔及利亚。没有哪种比较方法样样都好：先说清用来做什么，再测量。
#
# ## 合成一个对象
#
# `Topics` 就是写成类的本页内容。默认用上面两个余弦的平均来比较；保存下来的是数值和 JSON，读取后可直接用于原始文本。
# %%
fitted = Topics(num_topics=10).fit(stories, [f"story {i}" for i in range(len(stories))])
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "stories.safetensors"
    fitted.save(path)
    print(f"{path.stat().st_size / 1e6:.1f} MB")
    loaded = Topics.load(path)
question = "Bowlers took five wickets on the last day of the cricket test."
print("keywords:", loaded.keywords(question, 4))
for neighbour in loaded.nearest(question, num=3):
    text = stories[neighbour.place][:60].replace("\n", " ")
    print(f"{neighbour.similarity:.2f}  {neighbour.title:10} {text} …")
assert "cricket" in stories[loaded.nearest(question, 1)[0].place].lower()
assert loaded.nearest(question) == fitted.nearest(question)

# %% [markdown] tags=["en"]
# The same from a terminal, for files of your own: `mlm-tf task topics my.csv --output my.safetensors`; and `mlm-tf task topics --quick` prints the table of this page with more rows.
#
# ## Exercises
#
# **13.1** A word stands 3 times in this document, and in 8 of 64 documents. What is its TF-IDF, count times $\log_2$, before anything is brought to unit length?
#
# **13.2** Write formula 4.1 for one document: `counts` $(V,)$, `idf` $(V,)$ and `vectors` $(V, D)$ give a vector $(D,)$; zeros where all weights are zero.
#
# **13.3** Say it before you compute it. To vectors that point everywhere, one and the same long vector is added. Its part is now taken off by subtracting the mean. What does the mean cosine of two of them do: `"rises"`, `"falls"` or `"stays"`?
# %% [markdown] tags=["zh"]
# 在终端里也一样，可用于你自己的文件：`mlm-tf task topics my.csv --output my.safetensors`；`mlm-tf task topics --quick` 则打印本页的表，行数更多。
#
# ## 练习
#
# **13.1** 一个词在这篇文档里出现 3 次，64 篇文档中有 8 篇含有它。它的 TF-IDF（词频乘以 $\log_2$）是多少？不做任何长度归一。
#
# **13.2** 对一篇文档写出公式 4.1：由 `counts` $(V,)$、`idf` $(V,)$ 和 `vectors` $(V, D)$ 得到一个向量 $(D,)$；权重全为零时给出零向量。
#
# **13.3** 先说答案，再去计算。给一些方向各异的向量都加上同一个很长的向量，然后减去平均，把共同部分去掉。任意两个向量的平均余弦会怎样：`"rises"`（上升）、`"falls"`（下降）还是 `"stays"`（不变）？
# %%
tfidf_of_the_word = ...
course.check("13.1", tfidf_of_the_word)


def document_vector(counts, idf, vectors):
    return ...


course.check("13.2", document_vector)

mean_cosine = ...
course.check("13.3", mean_cosine)


# %% [markdown] tags=["en"]
# **13.4** Write the mean reciprocal rank: `similarities` $(N, M)$ of $N$ queries with $M$ documents, and `gold` $(N,)$, the number of the right document of each. The most alike document has rank 1; no two are equally alike.
#
# **13.5** Write the normalised pointwise mutual information of two words: `p_ab` is the share of windows that hold both, `p_a` and `p_b` the shares that hold each. It is $\ln\frac{p_{ab}}{p_a p_b}$ over $-\ln p_{ab}$. Mind two words that never meet.
# %% [markdown] tags=["zh"]
# **13.4** 写出平均倒数排名（MRR）：`similarities` $(N, M)$ 是 $N$ 个查询与 $M$ 篇文档的相似度，`gold` $(N,)$ 是每个查询的正确文档的编号。最相似的文档名次是 1；没有两篇同样相似。
#
# **13.5** 写出两个词的归一化点互信息：`p_ab` 是同时含有两个词的窗口所占的比例，`p_a` 和 `p_b` 是各含一个词的比例。它等于 $\ln\frac{p_{ab}}{p_a p_b}$ 除以 $-\ln p_{ab}$。当心两个词从不相遇的情形。
# %%
def mean_reciprocal_rank(similarities, gold):
    return ...


course.check("13.4", mean_reciprocal_rank)


def npmi(p_ab, p_a, p_b):
    return ...


course.check("13.5", npmi)

# %% [markdown] tags=["en"]
# ## Summary
#
# - TF-IDF weighs a word by how often it stands here and how few documents hold it. It is the baseline of this page, and for names nothing beats it.
# - A measure can be had without labels: keywords lead back to their text, words of a topic stand near each other, a sentence has one article.
# - Topics of plain counts are made of stopwords. NMF on TF-IDF makes topics that a reader can name.
# - A document's vector is the weighted mean of its words' vectors. Take the mean of all documents off before you compare; the next component is meaning.
# - Two views that err in different places are better together than either.
#
# **To read**: Lee, Pincombe & Welsh 2005 (the judgements); Mihalcea & Tarau 2004, sections 2 and 3 (TextRank); Blei, Ng & Jordan 2003, sections 3 and 5 (LDA); Lee & Seung 2001 (NMF); Arora, Liang & Ma 2017, section 3; Röder, Both & Hinneburg 2015 (coherence). The code: `mlm_tf/tasks/topics.py` and its neighbours.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - TF-IDF 给一个词的权重，取决于它在这里出现多少次、有多少篇文档含有它。它是本页的基线；要认名字，没有什么比得过它。
# - 没有标注也能测量：关键词应能找回原文，同一主题的词应常常相邻，一句话只出自一个条目。
# - 用原始计数得到的主题全是停用词。对 TF-IDF 做 NMF，得到的主题读者叫得出名字。
# - 文档向量是其中各词向量的加权平均。比较之前先减去所有文档的平均；再下一个主成分就是语义了。
# - 两种做法若在不同的地方出错，合起来就比各自都好。
#
# **延伸阅读**：Lee、Pincombe 和 Welsh，2005（人的判断）；Mihalcea 和 Tarau，2004，第 2、3 节（TextRank）；Blei、Ng 和 Jordan，2003，第 3、5 节（LDA）；Lee 和 Seung，2001（NMF）；Arora、Liang 和 Ma，2017，第 3 节；Röder、Both 和 Hinneburg，2015（一致性）。代码：`mlm_tf/tasks/topics.py` 及其相邻文件。
