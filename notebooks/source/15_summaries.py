# %% [markdown] tags=["en"]
# # 15 Summaries: take the best sentences, or write new ones and copy the names
#
# **You will be able to** choose the sentences of a text by their nearness to its centre and by a walk over a graph, measure a summary by ROUGE at equal length and say what ROUGE does not see, train an encoder–decoder to sum up, and explain how a pointer-generator writes a name that no summary ever held.
#
# **You need to know** TF-IDF and formula 4.1 (pages 02 and 03), what attention weights are (page 05), and the encoder–decoder with attention (page 14).
#
# **It takes** about 25 minutes to read and a minute and a half to run on two CPU cores, with 1.9 GB of memory.
#
# There are two ways to sum up. *Extractive*: take sentences of the text as they are; nothing has to be learned, and nothing can be made up. *Abstractive*: read the text and write new sentences; that needs many texts with their summaries, and can go wrong in ways that a taken sentence cannot. This page does both, and holds both against a rival that costs nothing: the first sentences.
# %% [markdown] tags=["zh"]
# # 15 文本摘要：挑出最好的句子，或者写新的句子、照抄名字
#
# **学完本页，你能够**按照与全文中心的远近、按照图上的随机游走，从一篇文本里挑出句子；在相同长度下用 ROUGE 衡量摘要，并说清 ROUGE 看不见什么；训练一个写摘要的编码器–解码器；解释指针生成网络（pointer-generator）怎样写出任何摘要里都没有出现过的名字。
#
# **预备知识**：TF-IDF 和公式 4.1（第 02、03 页），什么是注意力权重（第 05 页），带注意力的编码器–解码器（第 14 页）。
#
# **所需时间**：阅读约 25 分钟，在两个 CPU 核上运行约一分半钟，占用内存 1.9 GB。
#
# 做摘要有两条路。*抽取式*：原样取出文本里的句子，什么也不用学，也编造不出什么。*生成式*：读完文本，写出新的句子；这需要许多配有摘要的文本，也会犯抽取句子时不可能犯的错。本页两条路都走，并且都拿来和一个不花任何代价的对手比：开头的几句话。
# %%
# %matplotlib inline
import re

import matplotlib.pyplot as plt
import numpy as np

from mlm_tf import build_model, corpora, course
from mlm_tf.tasks import Column, ResultTable, Rows
from mlm_tf.tasks.extraction import WordWeights, extract, joined
from mlm_tf.tasks.rouge import cut, rouge, rouge_and_exact, words_of
from mlm_tf.tasks.summaries import Summarizer
from mlm_tf.tasks.summaries_table import NEAREST, extractive_scores, nearest_scores, simple_scores
from mlm_tf.tasks.terms import holds_letter, word_pipeline

# %% [markdown] tags=["en"]
# ## The data
#
# Two kinds. Stories of the grammar (`corpora.grammar`), English and Chinese, each with a summary of one sentence: the right answer is known, who, where, with what, and whether it was liked. And Wikipedia articles: what stands before the first heading sums up the rest, so the *body* is the text and the *lead* its summary. Look before you measure.
# %% [markdown] tags=["zh"]
# ## 数据
#
# 数据有两种。一种是语法讲的故事（`corpora.grammar`），中英文都有，每篇配一句摘要：谁、在哪里、带着什么、满不满意，正确答案是已知的。另一种是维基百科条目：第一个标题之前的部分概括了其余部分，所以*正文*是文本，*导言*是它的摘要。先看一看，再谈测量。
# %%
topics = ("music", "cooking")
stories = [s for s in corpora.grammar(4800 if QUICK else 24_000) if s.topic in topics]
for story in (stories[0], stories[0].translation):
    print(story.text, "\n  =>", story.summary, "\n")
articles = [a for a in corpora.wikipedia() if len(words_of(joined(a.lead))) >= 50]
articles = [a for a in articles if len(a.body) >= 10]
print(articles[3].title, "\n  lead:", joined(articles[3].lead)[:150], "…")
print("  body:", joined(articles[3].body)[:150], "…")


# %% [markdown] tags=["en"]
# How much shorter is a summary, and how much of it could be copied? Of the words of the summaries, count those that stand in their text. The first sentence of a story tells more of it than any other: that is what makes the first sentences so hard to beat, in the grammar as in newspapers, where reporters are taught to begin with what matters.
# %% [markdown] tags=["zh"]
# 摘要短了多少？其中有多少可以照抄？数一数摘要里的词有多少也在原文里。一个故事的第一句比其他任何一句说得都多：开头几句之所以难以胜过，原因就在这里，语法如此，报纸也如此，记者学的就是把要紧的话放在最前面。
# %%
def shares(texts, summaries):
    """How long a summary is beside its text, and how much of it stands there, word by word."""
    pairs = [(words_of(t), words_of(s)) for t, s in zip(texts, summaries)]
    length = np.mean([len(s) / len(t) for t, s in pairs])
    return length, np.mean([np.isin(s, t).mean() for t, s in pairs])


leads, bodies = [joined(a.lead) for a in articles], [joined(a.body) for a in articles]
for name, both in (
    ("stories", ([s.text for s in stories], [s.summary for s in stories])),
    ("articles", (bodies, leads)),
):
    print(
        f"{name:9}{len(both[0]):6}   length {shares(*both)[0]:.0%}, copied {shares(*both)[1]:.0%}"
    )

some = stories[:150]
kinds = [("stories of the grammar", [s.sentences for s in some], [s.summary for s in some])]
kinds += [("Wikipedia articles", [a.body for a in articles], [cut(lead, 65) for lead in leads])]
figure, panels = plt.subplots(1, 2, figsize=(8, 2.6))
for axes, (name, documents, summaries) in zip(panels, kinds):
    by_place = []
    for place in range(5):
        one = [
            extractive_scores([[d[place]]], [s], "lead")["ROUGE-1"]
            for d, s in zip(documents, summaries)
        ]
        by_place.append(np.mean(one))
    axes.bar(range(1, 6), by_place)
    axes.set(xlabel="place of the sentence", ylabel="ROUGE-1 of it alone", title=name)
    print(name, np.round(by_place, 1))
    assert np.argmax(by_place) == 0
figure.tight_layout()
plt.show()


# %% [markdown] tags=["en"]
# ## ROUGE by hand
#
# The picture has used a measure that we owe. ROUGE (Lin 2004) lays a summary beside one that a person wrote. **ROUGE-1** counts common words, each at most as often as in both; the share of the summary is the precision, the share of the reference the recall, and F their harmonic mean. **ROUGE-2** counts common pairs. **ROUGE-L** takes the longest common subsequence: words in the same order, with gaps. By hand for two sentences, and by `rouge-score`.
# %% [markdown] tags=["zh"]
# ## 手算 ROUGE
#
# 上面的图用了一个还没有解释的指标。ROUGE（Lin，2004）把一个摘要和人写的摘要放在一起比。**ROUGE-1** 数共同的词，每个词最多数到两边都有的次数；占摘要的比例是精确率，占参考摘要的比例是召回率，F 是两者的调和平均。**ROUGE-2** 数共同的相邻词对。**ROUGE-L** 取最长公共子序列：顺序相同、中间可以有间隔的词。下面对两个句子手算，再用 `rouge-score` 算一遍。
# %%
def common_runs(a, b, n):
    a, b = ([tuple(x[i : i + n]) for i in range(len(x) - n + 1)] for x in (a, b))
    same = sum(min(a.count(gram), b.count(gram)) for gram in set(a))
    return same, len(a), len(b)


def longest_common(a, b):
    table = np.zeros((len(a) + 1, len(b) + 1), int)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            longer = max(table[i, j + 1], table[i + 1, j])
            table[i + 1, j + 1] = table[i, j] + 1 if x == y else longer
    return table[-1, -1], len(a), len(b)


def f_measure(same, in_summary, in_reference):
    precision, recall = same / in_summary, same / in_reference
    return 2 * precision * recall / (precision + recall)


summary = "in Rome Ma Ting sang two old songs".lower().split()
reference = "Ma Ting sang two songs in Rome with joy".lower().split()
by_hand = {"rouge1": f_measure(*common_runs(summary, reference, 1))}
by_hand["rouge2"] = f_measure(*common_runs(summary, reference, 2))
by_hand["rougeL"] = f_measure(*longest_common(summary, reference))

from rouge_score.rouge_scorer import RougeScorer  # noqa: E402

found = RougeScorer(list(by_hand)).score(" ".join(reference), " ".join(summary))
for name, value in by_hand.items():
    print(f"{name}  by hand {value:.4f}   rouge-score {found[name].fmeasure:.4f}")
    assert np.isclose(value, found[name].fmeasure)

# %% [markdown] tags=["en"]
# A longer summary finds more. So every table here compares at **equal length**: `rouge` cuts each summary to as many words as its reference has, and a method that takes sentences takes as many as reach that. It is then precision, recall and F in one. Words are compared by their stems, Chinese by characters.
# %% [markdown] tags=["zh"]
# 摘要越长，碰上的词就越多。所以这里的表格都在**相同长度**下比较：`rouge` 把每个摘要截到与参考摘要同样多的词，抽取句子的方法则取到够这个长度为止。这时精确率、召回率和 F 就是一回事。英文按词干比较，中文按字比较。
# %%
story, scorer = stories[0], RougeScorer(["rouge1"])
print("sentences   recall, uncut   ROUGE-1 at equal length")
for number in (1, 3, len(story.sentences)):
    text = joined(story.sentences[:number])
    recall = scorer.score(story.summary, text)["rouge1"].recall
    equal = rouge([text], [story.summary])["ROUGE-1"]
    print(f"{number:9}{100 * recall:16.1f}{equal:26.1f}")
chinese = story.translation
print("Chinese:", cut(chinese.text, len(words_of(chinese.summary))))
print({k: round(v, 1) for k, v in rouge([chinese.text], [chinese.summary]).items()})

# %% [markdown] tags=["en"]
# ## Near the centre: formula 4.1 by hand
#
# Which sentences say most of a text? Centroid (Radev et al. 2004): make one vector of each sentence and one of the whole text, and take the sentences nearest to it. The vector is the mean of its words' vectors weighed by TF-IDF, $v(d) = \sum \mathrm{tfidf} \cdot w \,/ \sum \mathrm{tfidf}$ (4.1 as printed in the document that this course follows cannot be computed). Without given word vectors each word gets a dimension of its own. The documents of TF-IDF are here the sentences of the one text.
# %% [markdown] tags=["zh"]
# ## 离中心近：手算公式 4.1
#
# 哪些句子最能代表全文？中心法（Radev 等，2004）：给每个句子做一个向量，给全文也做一个，取离全文最近的句子。向量是其中各词的词向量按 TF-IDF 加权的平均，$v(d) = \sum \mathrm{tfidf} \cdot w \,/ \sum \mathrm{tfidf}$（本课程所依据的文档里印的 4.1 算不出来）。没有现成的词向量时，每个词自己占一维。这里 TF-IDF 的“文档”就是这一篇文本里的各个句子。
# %%
news = corpora.lee_news().background[23]
sentences = news.sentences
pipeline = word_pipeline(sentences, "en")  # words without stopwords
words = [[w for w in row if holds_letter(w)] for row in pipeline.tokenize(sentences)]
types = sorted({w for row in words for w in row})

counts = np.array([[row.count(w) for w in types] for row in words])  # (S, V)
idf = np.log2(len(sentences) / (counts > 0).sum(axis=0))  # (V,)
tfidf = counts * idf  # (S, V)
w = np.eye(len(types))  # a dimension for each word: (V, V)
v = tfidf @ w / tfidf.sum(axis=1, keepdims=True)  # (S, V), formula 4.1
whole = tfidf.sum(axis=0) @ w / tfidf.sum()  # (V,), of the whole text
centroid = v @ whole / np.linalg.norm(v, axis=1) / np.linalg.norm(whole)  # (S,)

weights = WordWeights(words)
assert np.allclose(centroid, weights.centroid_scores())
taken = extract(joined(sentences), "centroid", num_sentences=2)
assert [s.place for s in taken] == sorted(np.argsort(-centroid)[:2])
for sentence in taken:
    print(f"{sentence.place}  {sentence.score:.2f}  {sentence.text}")

# %% [markdown] tags=["en"]
# ## Recommended by others: a walk over a graph
#
# Another idea (LexRank, TextRank): sentences are nodes, their likeness is the weight of an edge, and a sentence counts as much as those count that are like it. That is a circle, and a walk resolves it: from each sentence go on to a like one, in proportion to the likeness; with probability 0.15 anywhere. The share of time spent at each sentence is its score. First four nodes by hand: start even, and apply the rule until nothing changes (*power iteration*). The first node has an edge to all others; the last hangs on it alone.
# %% [markdown] tags=["zh"]
# ## 由别的句子推荐：图上的游走
#
# 另一个想法（LexRank、TextRank）：句子是结点，相似度是边的权重，一个句子有多重要，取决于与它相似的句子有多重要。这是循环定义，靠随机游走解开：从一个句子按相似度的比例走到相似的句子，以 0.15 的概率走到任何一句。停留在每个句子的时间比例就是它的得分。先对四个结点手算：从均匀开始，反复使用规则，直到不再变化（*幂迭代*）。第一个结点与其他结点都有边，最后一个结点只连着它。
# %%
edges = np.array([[0, 1, 1, 1], [1, 0, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0]], float)


def walked(edges, steps=50):
    move = edges / edges.sum(axis=0)  # column j: where the walk goes from j
    share = np.full(len(edges), 1 / len(edges))
    for _ in range(steps):
        share = 0.15 / len(edges) + 0.85 * move @ share
    return share


for steps in (0, 1, 2, 4, 50):
    print(f"after {steps:2} steps: {walked(edges, steps).round(3)}")
assert np.isclose(walked(edges).sum(), 1)

unit = tfidf / np.linalg.norm(tfidf, axis=1, keepdims=True)
likeness = unit @ unit.T  # (S, S), cosines
np.fill_diagonal(likeness, 0)  # no sentence recommends itself
graph = walked(likeness, steps=200)
assert np.allclose(graph, weights.graph_scores(), atol=1e-4)

# %% [markdown] tags=["en"]
# The graph of the news story: the wider a line, the more alike two sentences are; the larger a circle, the more time the walk spends there. Beneath it what each method takes.
# %% [markdown] tags=["zh"]
# 下面是这篇新闻的句子图：线越粗，两个句子越相似；圆越大，游走在那里停留越久。图下面是各个方法取出的句子。
# %%
angle = np.pi / 2 - 2 * np.pi * np.arange(len(sentences)) / len(sentences)
x, y = np.cos(angle), np.sin(angle)
figure, axes = plt.subplots(figsize=(4.4, 4.4))
for i in range(len(sentences)):
    for j in range(i):
        line = 12 * likeness[i, j]
        axes.plot([x[i], x[j]], [y[i], y[j]], color="tab:blue", alpha=0.5, linewidth=line, zorder=1)
axes.scatter(x, y, s=6000 * graph, color="white", edgecolor="tab:blue", zorder=2)
for i in range(len(sentences)):
    axes.text(x[i], y[i], str(i), ha="center", va="center", zorder=3)
axes.set(xlim=(-1.35, 1.35), ylim=(-1.35, 1.35), title="sentences by their place in the text")
axes.axis("off")
plt.show()
for method in ("lead", "centroid", "graph"):
    places = [s.place for s in extract(joined(sentences), method, num_sentences=2)]
    print(f"{method:9}", places, sentences[places[0]][:80], "…")

# %% [markdown] tags=["en"]
# Neither needs to know the language, if its words can be told apart. Two Chinese stories put one after the other; the graph takes a sentence of each:
# %% [markdown] tags=["zh"]
# 两种方法都不需要懂语言，只要能切出词来。两篇中文故事接在一起，图的方法从每篇里各取了一句：
# %%
two = stories[1].translation.text + stories[2].translation.text
for sentence in extract(two, "graph", num_sentences=2):
    print(f"{sentence.place:2}  {sentence.score:.3f}  {sentence.text}")
assert all(s.text in two for s in extract(two, "centroid"))  # nothing is made up

# %% [markdown] tags=["en"]
# ## How good is that? Wikipedia
#
# The bodies, each measured by the beginning of its lead. Before you run it: by how much will the best method beat sentences that were drawn by chance?
# %% [markdown] tags=["zh"]
# ## 这样有多好？维基百科
#
# 每篇正文都用导言的开头来衡量。运行之前先想：最好的方法能比随机抽的句子高出多少？
# %%
columns = [Column(name, ".1f") for name in ("ROUGE-1", "ROUGE-2", "ROUGE-L")]
on_wikipedia = ResultTable("bodies of Wikipedia articles, by their leads", columns)
documents, references = [a.body for a in articles], [cut(lead, 65) for lead in leads]


def shown(figures):
    return {column.name: figures[column.name] for column in columns}


for name, figures in simple_scores(documents, references).items():
    on_wikipedia.add(name, shown(figures), kind="baseline")
for method in ("centroid", "graph"):
    on_wikipedia.add(method, shown(extractive_scores(documents, references, method)))
print(on_wikipedia.to_markdown())
by_graph, by_lead = (on_wikipedia.mean(name, "ROUGE-1") for name in ("graph", "lead-3"))
assert by_graph > on_wikipedia.mean("random-3", "ROUGE-1") + 1.5
assert abs(by_lead - on_wikipedia.mean("random-3", "ROUGE-1")) < 4


# %% [markdown] tags=["en"]
# Little lies between them: a body is all about one thing, so sentences by chance are on topic too, and its first sentence has no more to say than another. The graph is a little ahead. Do not trust a difference of a point on so few texts.
#
# ## Writing: an encoder–decoder with attention
#
# Now the other way. The model is that of page 14: a bidirectional LSTM reads the story, an LSTM with cross-attention writes the summary. `Summarizer` puts one vocabulary on both sides. To learn from and to measure on there are different stories; and for later we set aside something else: an eighth of the *given names*. Stories whose summary holds one of these words are not learned from: such a name is read in training, where other people of a story have it, and is never written.
# %% [markdown] tags=["zh"]
# 它们相差不大：一篇正文讲的都是同一件事，随机抽的句子也切题，而正文的开头并不比别处说得更多。图的方法稍稍领先。文本这样少，一分的差别不要当真。
#
# ## 写：带注意力的编码器–解码器
#
# 现在走另一条路。模型就是第 14 页的模型：双向 LSTM 读故事，带交叉注意力的 LSTM 写摘要。`Summarizer` 让两边共用一个词表。用来学习和用来测量的是不同的故事；为了后面的实验，我们还留出一样东西：八分之一的*名字*（不含姓）。摘要里有这些词的故事不用来学习：这样的名字在训练中读得到，因为故事里的其他人会叫这个名字，却从来没有写过。
# %%
def hero(story):
    """Of whom a story tells: the first name of its summary that stands in the text."""
    pairs = re.findall(r"(?=\b([A-Z]\w+ [A-Z]\w+))", story.summary)
    return next(name for name in pairs if name in story.text and not name.startswith("In "))


def holds_unwritten(story):
    return not unwritten.isdisjoint(words_of(story.summary))


names = [hero(story).lower().split() for story in stories]
every = {given for _, given in names} - {family for family, _ in names}
unwritten = set(sorted(every)[::8])
training = [s for s in stories if not holds_unwritten(s)]
others = [s for s in corpora.grammar(4000, seed=1) if s.topic in topics]
strange = [s for s in others if hero(s).split()[1].lower() in unwritten][:64]
held = [s for s in others if not holds_unwritten(s)][:100]
rows, held_rows = (
    Rows([s.text for s in part], [s.summary for s in part]) for part in (training, held)
)
read = {word for text in rows.inputs for word in words_of(text)}
written = {word for text in rows.targets for word in words_of(text)}
print(f"{len(training):,} to learn from, {len(held)} held out, {len(strange)} with strange names:")
print(", ".join(sorted(unwritten)))
assert len(strange) >= 25 and not unwritten & written
assert unwritten <= read

# %%
settings = {"level": "word", "num_beams": 1, "hidden_dim": 96 if QUICK else 192, "epochs": 7}
attends = Summarizer(model="attention", **settings).fit(*rows)
wrote = attends.summarize([s.text for s in held])
for story, text in list(zip(held, wrote))[:3]:
    print(text, "\n  =", story.summary)
print({name: round(value, 1) for name, value in rouge(wrote, held_rows.targets).items()})

# %% [markdown] tags=["en"]
# The form of a summary is there, somebody, a relation, what they did and how it was, and no name is right. To write "Tian" the model must have learned that word as an output, from its few occurrences in summaries, and must find it among a thousand others. Yet all it has to do is repeat a word that stands in front of it.
#
# ## Pointing: the pointer-generator
#
# See, Liu & Manning (2017) let the model choose at each step: write a word of its vocabulary, or point at a place of the source and copy what stands there.
#
# $$p(w) = p_{gen}\, P_{vocab}(w) + (1 - p_{gen}) \sum_{i:\, x_i = w} a_i, \qquad p_{gen} = \sigma(w^\top [h^*; s; x] + b)$$
#
# $a$ are attention weights over the source, $h^*$ what that attention reads, $s$ the decoder's state and $x$ the vector of the last token. In `build_model` it is another task, `"pointer_generator"`; training and generation do not change, since the head gives $\log p(w)$, and the softmax of log-probabilities is the probabilities. Both formulas by hand, equal to ours:
# %% [markdown] tags=["zh"]
# 摘要的样子有了：某人、某个亲友、做了什么、结果如何，名字却一个也不对。要写出“Tian”，模型得把这个词当作输出来学，而它在摘要里只出现过寥寥几次；还得从上千个词里把它找出来。可它真正要做的，不过是把摆在眼前的一个词重复一遍。
#
# ## 指着抄：指针生成网络
#
# See、Liu 和 Manning（2017）让模型每一步自己选：写词表里的一个词，还是指着源文本的某个位置，把那里的词抄下来。
#
# $$p(w) = p_{gen}\, P_{vocab}(w) + (1 - p_{gen}) \sum_{i:\, x_i = w} a_i, \qquad p_{gen} = \sigma(w^\top [h^*; s; x] + b)$$
#
# $a$ 是对源文本的注意力权重，$h^*$ 是这个注意力读到的东西，$s$ 是解码器的状态，$x$ 是上一个词元的向量。在 `build_model` 里它只是另一个任务 `"pointer_generator"`；训练和生成都不用改，因为输出头给出的是 $\log p(w)$，而对数概率的 softmax 就是概率。两个公式都手算一遍，与我们的相等：
# %%
small = build_model(
    ["gru", "cross_attention"], "pointer_generator", vocabulary_size=12, hidden_dim=8, seed=0
)
source_ids, target_ids = np.array([[7, 9, 7, 4, 10]]), np.array([[2, 7, 5]])  # 7 stands twice
inputs = {"encoder_token_ids": source_ids, "decoder_token_ids": target_ids}

context, *_ = small.encode_source(source_ids)  # (1, 5, 8): the source, read
hidden = small.hidden_states(inputs)  # (1, 3, 8)
s, x = np.array(small.output_norm(hidden))[0], np.array(small.embedding(target_ids))[0]
read, a = small.copy_attention(s[None], context=context, return_attention_scores=True)
kernel, bias = small.gate.get_weights()  # (24, 1), (1,)
z = np.concatenate([np.array(read)[0], s, x], axis=1) @ kernel + bias  # (3, 1)
p_gen = 1 / (1 + np.exp(-z))

scores, a = np.array(small.logits(hidden))[0], np.array(a)[0, 0]  # (3, 12), (3, 5)
p_vocab = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
p = p_gen * p_vocab
for i, token in enumerate(source_ids[0]):
    p[:, token] += (1 - p_gen[:, 0]) * a[:, i]  # what stands twice gets both weights
print("p(w):", p.shape, " p_gen:", p_gen[:, 0].round(3), " sums:", p.sum(axis=1).round(6))
assert np.allclose(np.exp(small(inputs))[0], p, atol=1e-5)
assert np.allclose(small.generation_probabilities(inputs)[0], p_gen[:, 0], atol=1e-5)

# %% [markdown] tags=["en"]
# Nothing else is different: the same stories, width, epochs and seed. Before you run it: what will it be right about that the first was not, and what will it still get wrong?
# %% [markdown] tags=["zh"]
# 其他什么都不变：同样的故事、宽度、轮数和随机种子。运行之前先想：前一个模型写错的，它会写对什么？又有什么还会写错？
# %%
points = Summarizer(model="pointer", **settings).fit(*rows)
pointed = points.summarize([s.text for s in held])
for story, text in list(zip(held, pointed))[:3]:
    print(text, "\n  =", story.summary)

# %% [markdown] tags=["en"]
# ## Where it copies
#
# A held-out story: for each word of the summary, where the model points, times $1 - p_{gen}$: how much of the word's probability was copied from there. On the right $p_{gen}$. Names, places and numbers are pointed at; "made music", "with" and the verdict are written.
# %% [markdown] tags=["zh"]
# ## 它在哪里抄
#
# 一篇留出的故事：写摘要的每个词时，模型指着哪里，再乘上 $1 - p_{gen}$，也就是这个词的概率有多少是从那里抄来的。右边是 $p_{gen}$。名字、地点和数目是指着抄的；“made music”“with”和结论是自己写的。
# %%
model, text, summary = points.model, held[1].text, pointed[1]
source, target = (model.pipeline.encode([t], add_start=True)[0] for t in (text, summary))
inputs = {"encoder_token_ids": source[None], "decoder_token_ids": target[None, :-1]}
a = model.attention_weights(inputs)["copy_attention"][0, 0]  # (T, S)
p_gen = model.generation_probabilities(inputs)[0]  # (T,)
copied = a * (1 - p_gen[:, None])
assert np.allclose(a.sum(axis=1), 1, atol=1e-4)

columns_shown = np.flatnonzero(copied.max(axis=0) > 0.15)
names = model.pipeline.vocabulary
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 5), width_ratios=[4, 1], sharey=True)
left.imshow(copied[:, columns_shown], aspect="auto", cmap="Blues", vmin=0, vmax=1)
left.set_xticks(
    range(len(columns_shown)), [f"{names[source[i]]} · {i}" for i in columns_shown], rotation=90
)
left.set_yticks(range(len(p_gen)), [names[i] for i in target[1:]])
left.set(xlabel="word of the story · its place", title="copied from where")
right.barh(range(len(p_gen)), p_gen)
right.set(xlim=(0, 1), title="p_gen")
figure.tight_layout()
plt.show()

# %% [markdown] tags=["en"]
# ## The table
#
# Everything on the held-out stories, at equal length: the baselines, sentences that are taken, the model before training, and the two that learned. A baseline of its own is the summary of the training story that is most like the text.
# %% [markdown] tags=["zh"]
# ## 结果表
#
# 留出的故事上的全部结果，长度相同：几条基线、抽取的句子、训练前的模型、训练后的两个模型。还有一条基线：训练集中与文本最相似的故事的摘要。
# %%
columns = [*columns, Column("exact", ".0%")]
table = ResultTable("stories of the grammar, by their summaries", columns)
documents = [s.sentences for s in held]
for name, figures in simple_scores(documents, held_rows.targets).items():
    table.add(name, figures, kind="baseline")
table.add(NEAREST, nearest_scores(rows, held_rows), kind="baseline")

untrained = Summarizer(num_beams=1)
untrained.model = build_model(
    ["lstm", "cross_attention"],
    "seq2seq_lm",
    pipeline=model.pipeline,
    hidden_dim=16,
    max_sequence_length=model.max_sequence_length,
    seed=0,
)
some = Rows(held_rows.inputs[:20], held_rows.targets[:20])
table.add("attention, untrained", untrained.evaluate(*some), kind="baseline")
for method in ("centroid", "graph"):
    table.add(method, extractive_scores(documents, held_rows.targets, method))
table.add("LSTM with attention", rouge_and_exact(wrote, held_rows.targets))
table.add("the same, may copy", rouge_and_exact(pointed, held_rows.targets))
print(table.to_markdown())
assert table.beats_baselines("the same, may copy", "ROUGE-1")
by_pointer, by_attention, by_nearest, by_lead, by_graph = (
    table.mean(name, "ROUGE-1")
    for name in ("the same, may copy", "LSTM with attention", NEAREST, "lead-3", "graph")
)
assert by_pointer > by_lead + 15
assert by_lead > by_graph + 3
if QUICK:
    assert by_pointer > by_attention + 15
    assert by_attention < max(by_nearest, by_lead) + 10

# %% [markdown] tags=["en"]
# The first sentences beat both ways of choosing: in these stories no other sentence is like the summary, and those that many are like lose. Attention alone, with so few stories, stands about where the summary of the nearest one and the first sentences stand: these need no training, and the first sentences name the right people. The same network that may also point is far ahead.
#
# ## Names that no summary held
#
# And the names that were set aside? Each was read in training, where other people have it, and never written. To copy one, the model must point at a word at which it never had to point. In how many summaries does the right name stand, of the one of whom the story tells?
# %% [markdown] tags=["zh"]
# 开头几句胜过两种挑选方法：在这些故事里，没有别的句子像摘要，与许多句子相似的句子反而吃亏。可学的故事这样少时，只靠注意力，成绩与最相似的故事的摘要、与开头几句差不多：后两者都不用训练，开头几句里的人名还是对的。同一个网络，只要还能指着抄，就遥遥领先。
#
# ## 没有一个摘要里有过的名字
#
# 那些留出来的名字呢？它们在训练中都读到过，是别人的名字，却从来没有写过。要抄下它，模型得指向一个从来不用指的词。有多少摘要写对了故事主人公的名字？
# %%
texts = {
    ("written in training", "attention"): (held, wrote),
    ("written in training", "may copy"): (held, pointed),
    ("never written", "attention"): (strange, attends.summarize([s.text for s in strange])),
    ("never written", "may copy"): (strange, points.summarize([s.text for s in strange])),
}
right = {}
for (name, kind), (part, summaries) in texts.items():
    right[name, kind] = np.mean([hero(s).lower() in t for s, t in zip(part, summaries)])
    print(f"{name:20}{kind:12}{right[name, kind]:6.0%}")
assert right["never written", "may copy"] > 0.1
assert right["never written", "attention"] < 0.05

# %% [markdown] tags=["en"]
# What to point at is learned too, so a name that was never pointed at is copied less often; but it can be, and by attention alone it cannot.
#
# ## A failure made on purpose: wrong, and a high ROUGE
#
# Take the right summaries and turn each outcome round: "she liked it" becomes "she did not like it", a success a disappointment. All are wrong now, in the one thing that the reader wants to know. What does ROUGE say?
# %% [markdown] tags=["zh"]
# 该指哪个词也是学来的，所以从来没有指过的名字抄得少一些；但毕竟抄得到，只靠注意力则一个也写不出。
#
# ## 一次故意的失败：错了，ROUGE 却很高
#
# 把正确的摘要拿来，把每个结果反过来：“she liked it”改成“she did not like it”，success 改成 disappointment。现在每一句都错了，而且错在读者最想知道的地方。ROUGE 会给多少分？
# %%
turns = [(" liked it", " did not like it"), (" did not like it", " liked it")]
turns += [("a success", "a disappointment"), ("a disappointment", "a success")]


def turned(summary):
    return next(summary.replace(a, b) for a, b in turns if a in summary)


right_ones = held_rows.targets
false = [turned(s) for s in right_ones]
print(right_ones[0], "\n ", false[0])
print("false:    ", {k: round(v, 1) for k, v in rouge(false, right_ones).items()})
other_words = ["A concert was given, or a meal was made, and somebody had an opinion."] * len(held)
print("vague:    ", {k: round(v, 1) for k, v in rouge(other_words, right_ones).items()})
assert rouge(false, right_ones)["ROUGE-1"] > 80
assert not set(false) & set(right_ones)

# %% [markdown] tags=["en"]
# ROUGE counts words, and one "not" is one word. So it hides what our best model does. Its outcomes, looked at by themselves: for each ending of a summary the training set knows whether it is favourable. How often is the model right, beside a coin?
# %% [markdown] tags=["zh"]
# ROUGE 数的是词，一个“not”只是一个词。所以它也掩盖了我们最好的模型的毛病。把结果单独拿出来看：摘要的每种结尾是褒是贬，训练集都知道。模型说对了多少？与抛硬币比一比。
# %%
opinion = {tuple(words_of(s.summary)[-3:]): s.label for s in training}
told = [opinion.get(tuple(words_of(text)[-3:])) for text in pointed]
share = np.mean([found == s.label for found, s in zip(told, held)])
print(f"outcome right: {share:.0%}   ROUGE-1: {by_pointer:.1f}")
if QUICK:
    assert share < 0.75

# %% [markdown] tags=["en"]
# It writes the favourable ending or the other as chance has it: what the story thinks of it all is said in a sentence or two of praise and blame, and cannot be copied. (Page 12 reads it out of such sentences, with a model that learns nothing else.) Diagnosis: whatever must be right, a name, a number, a yes or no, is measured by itself, beside ROUGE. And a person reads some summaries.
#
# ## Where it loses to the first sentences
#
# The pointer-generator has seen stories. Give it the beginnings of Wikipedia articles, at equal length with the lead of the same text.
# %% [markdown] tags=["zh"]
# 它写褒义的还是贬义的结尾，全凭运气：故事对整件事的看法藏在一两句褒贬里，没法照抄。（第 12 页用一个专门学这件事的模型，从这样的句子里读出褒贬。）诊断：凡是不能错的东西，名字、数目、是与否，都要在 ROUGE 之外单独衡量。而且要有人读一读摘要。
#
# ## 它在哪里输给开头几句
#
# 指针生成网络只见过故事。把维基百科条目的开头给它，与同一文本的开头几句在相同长度下比较。
# %%
begins = [cut(body, 80) for body in bodies[:64]]
asked = [cut(lead, 40) for lead in leads[:64]]
foreign = points.summarize(begins)
for place in (0, 2):
    print(begins[place][:120], "…\n =>", foreign[place][:80] or "(nothing)")
of_model, of_lead = rouge(foreign, asked)["ROUGE-1"], rouge(begins, asked)["ROUGE-1"]
print(f"ROUGE-1: may copy {of_model:.1f}, the first sentences {of_lead:.1f}")
assert of_model < of_lead - 4

# %% [markdown] tags=["en"]
# A model that writes knows the kind of text that it learned from. The first sentences, and the graph, work on any.
#
# ## Exercises
#
# Replace each `...` by your answer and run the cell again. A check tells whether it is right; if not, it says what is off.
#
# **15.1** A summary has 8 words, its reference 12, and 6 words are common, each once. What is the F of ROUGE-1?
#
# **15.2** At a step $p_{gen} = 0.7$ and $P_{vocab}(\text{Tian}) = 0.1$. "Tian" stands at two places of the source, with weights 0.2 and 0.3. What is $p(\text{Tian})$?
#
# **15.3** The sentences of a text are put in another order. Which of `"lead"`, `"centroid"` and `"graph"` takes other sentences then? A list of names.
# %% [markdown] tags=["zh"]
# 会写的模型，只懂它学过的那一类文本。开头几句和图的方法对任何文本都管用。
#
# ## 练习
#
# 把每个 `...` 换成你的答案，再运行一遍单元格。检查会告诉你是否正确；不正确时会指出哪里不对。
#
# **15.1** 摘要有 8 个词，参考摘要有 12 个，共同的词有 6 个，各出现一次。ROUGE-1 的 F 是多少？
#
# **15.2** 某一步 $p_{gen} = 0.7$，$P_{vocab}(\text{Tian}) = 0.1$。“Tian”在源文本的两个位置上，权重是 0.2 和 0.3。$p(\text{Tian})$ 是多少？
#
# **15.3** 把一篇文本的句子换一种顺序排列。`"lead"`、`"centroid"` 和 `"graph"` 中，哪些会取出别的句子？用名字的列表回答。
# %%
f_of_rouge_1 = ...
course.check("15.1", f_of_rouge_1)

probability_of_tian = ...
course.check("15.2", probability_of_tian)

take_others = ...
course.check("15.3", take_others)


# %% [markdown] tags=["en"]
# **15.4** Write ROUGE-L: the F of the longest common subsequence of two lists of words. Where nothing is common, it is 0.
#
# **15.5** Write what the pointer copies: given the attention weights of one step over the places of a source, the ids that stand there, where there is a token at all (0 at padding), and the size of the vocabulary, the sum in the formula for every token, an array of that size.
# %% [markdown] tags=["zh"]
# **15.4** 写出 ROUGE-L：两个词列表的最长公共子序列的 F。没有共同的词时，它是 0。
#
# **15.5** 写出指针抄来的部分：给定某一步对源文本各位置的注意力权重、各位置上的编号、各位置是不是词元（填充处为 0），以及词表大小，对每个词元算出公式里的和，返回这么长的一个数组。
# %%
def rouge_l(summary, reference):
    return ...


course.check("15.4", rouge_l)


def copied_from(weights, source_ids, is_token, vocabulary_size):
    return ...


course.check("15.5", copied_from)

# %% [markdown] tags=["en"]
# ## Summary
#
# - The first sentences are the baseline of summaries. They are strong where writers begin with what matters, and a table without them says little.
# - Centroid takes the sentences nearest to the whole text (formula 4.1); the graph takes those that like ones recommend. Both need no training, and make nothing up.
# - ROUGE counts common words, pairs and subsequences, at equal length. It does not see that a summary is false; names, numbers and outcomes are measured by themselves.
# - An encoder–decoder learns the form of summaries before it learns to write names. A pointer-generator mixes writing with copying, $p_{gen}$ between them, and copies what no summary held.
# - A model that writes loses to the first sentences on texts of another kind.
#
# `mlm-tf task summaries report.txt` gives the best sentences of a file, `--quick` the table; of your own texts and summaries it makes a model.
#
# **To read**: Radev et al. 2004, section 2; Erkan & Radev 2004, *LexRank*, section 3; Lin 2004, *ROUGE*; See, Liu & Manning 2017, *Get To The Point*, section 2. The code: `mlm_tf/tasks/extraction.py`, `mlm_tf/models/pointer_generator.py`.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - 开头几句是摘要的基线。作者把要紧的话放在最前面时，它很强；一张没有它的表格说明不了什么。
# - 中心法取离全文最近的句子（公式 4.1）；图的方法取相似的句子所推荐的句子。两者都不用训练，也不会编造。
# - ROUGE 在相同长度下数共同的词、词对和子序列。它看不出一个摘要是假的；名字、数目和结果要单独衡量。
# - 编码器–解码器先学会摘要的形式，后学会写名字。指针生成网络把写和抄混合起来，由 $p_{gen}$ 调节，抄得出任何摘要里都没有过的词。
# - 换一类文本，会写的模型就输给开头几句。
#
# `mlm-tf task summaries report.txt` 给出一个文件里最好的句子，加 `--quick` 做出表格；给它你自己的文本和摘要，它就训练出一个模型。
#
# **延伸阅读**：Radev 等，2004，第 2 节；Erkan 和 Radev，2004，*LexRank*，第 3 节；Lin，2004，*ROUGE*；See、Liu 和 Manning，2017，*Get To The Point*，第 2 节。代码：`mlm_tf/tasks/extraction.py`、`mlm_tf/models/pointer_generator.py`。
