# %% [markdown] tags=["en"]
# # 12 Sentiment: what a text thinks
#
# **You will be able to** train a classifier of texts, measure it beside baselines that are hard to beat, say how far its probabilities can be trusted, and find the words that decided.
#
# **You need to know** how a recurrent network reads a text (page 04), what naive counting can do (page 02), and how a model is trained (page 07).
#
# **It takes** about 20 minutes to read and a minute to run on two CPU cores, with 1.5 GB of memory.
#
# A language model gives a probability to the next token. Here the whole text is read, and one label comes out: was the visitor happy with the day or not? Three steps lead there: word vectors, states that have read what stands around each word, and one vector for the text, from which scores of the labels are made.
# %% [markdown] tags=["zh"]
# # 12 情感分析：文本在表达什么态度
#
# **学完本页，你能够**训练一个文本分类器，把它与不易超过的基线放在一起衡量，说清它给出的概率有几分可信，并找出起决定作用的词。
#
# **预备知识**：循环神经网络如何读一段文本（第 04 页），单靠计数能做到什么（第 02 页），模型如何训练（第 07 页）。
#
# **所需时间**：阅读约 20 分钟，在两个 CPU 核上运行约一分钟，占用内存 1.5 GB。
#
# 语言模型给出的是下一个词元的概率。这里要读完整段文本，只给出一个标签：故事里的人对这一天满意还是不满意？要走三步：先是词向量，再是读过前后文的状态，最后是代表整段文本的一个向量，由它得到各标签的得分。
# %%
# %matplotlib inline
from collections import Counter

import keras
import numpy as np
from keras import ops

from mlm_tf import build_model, corpora, course, viz
from mlm_tf.layers import AttentionPooling, MaxPooling, MeanPooling
from mlm_tf.tasks import ResultTable, Rows, split_rows
from mlm_tf.tasks.sentiment import Sentiment, calibration_error, figures, softmax

# %% [markdown] tags=["en"]
# ## Look at the data first
#
# The texts are stories from a grammar (`corpora.grammar`), each with the opinion of the person it is about. They need no download, and they are made so that single words do not give the answer away: a story may call the music boring and the visit a success. Read two of each, and see how long they are and how many have which label.
# %% [markdown] tags=["zh"]
# ## 先看数据
#
# 文本是由一套文法生成的故事（`corpora.grammar`），每个故事都标明了主人公的态度。它们不需要下载，而且有意写得不能只凭个别的词来判断：一个故事可以说音乐很无聊，却说这次出行很值得。先各读两个，再看看有多长、两个标签各有多少。
# %%
num_training, num_held = (2500, 800) if QUICK else (12000, 2000)
stories = corpora.grammar(num_training + num_held, seed=12)
texts, labels = [s.text for s in stories], [s.sentiment for s in stories]
training = Rows(texts[:num_training], labels[:num_training])
held = Rows(texts[num_training:], labels[num_training:])

for label in ("positive", "negative"):
    for text in [t for t, y in zip(*training) if y == label][:2]:
        print(f"{label}: {text}\n")
print("labels:", dict(Counter(training.targets)))
print("words in a story:", np.mean([len(text.split()) for text in training.inputs]).round())
assert 0.4 < Counter(held.targets)["positive"] / num_held < 0.6

# %% [markdown] tags=["en"]
# ## Counting, by hand
#
# Naive Bayes asks of each word how much more often it occurs under one label than under the other. With the share $p_1$ of a word among all words of label 1, a text counting once for each of its words and 1 added to every count, the word is worth $r = \ln(p_1 / p_0)$, the *log-count ratio*. A text gets the sum. Below, four texts by hand, then `CountedClassifier`, which keeps the same numbers in a table, for words and for pairs of neighbours.
# %% [markdown] tags=["zh"]
# ## 动手算一遍计数
#
# 朴素贝叶斯对每个词只问一件事：它在一个标签下比在另一个标签下多见多少。设 $p_1$ 是一个词在标签 1 的所有词中所占的份额（一个文本对每个词只计一次，所有计数都加 1），这个词的分值就是 $r = \ln(p_1 / p_0)$，叫作*对数计数比*。一段文本的得分是各词分值之和。下面先手算四个文本，再看 `CountedClassifier`：它把同样的数存在表里，单个词和相邻的词对各有一张。
# %%
tiny, tiny_labels = ["a fine film", "fine music", "a dull film", "so dull"], [1, 1, 0, 0]
words = sorted({word for text in tiny for word in text.split()})
counts = {label: {word: 1 for word in words} for label in (0, 1)}  # 1 added to every count
for text, label in zip(tiny, tiny_labels):
    for word in set(text.split()):
        counts[label][word] += 1
total = {label: sum(counts[label].values()) for label in (0, 1)}
ratio = {w: np.log((counts[1][w] / total[1]) / (counts[0][w] / total[0])) for w in words}
for word in words:
    print(f"{word:6} {ratio[word]:+.2f}")
assert ratio["fine"] > 0 > ratio["dull"] and ratio["film"] == 0

ids = [[words.index(word) for word in text.split()] for text in tiny]
counted = build_model(
    "gru", "counted_classifier", vocabulary_size=len(words), hidden_dim=8, num_classes=2
)
counted.learn_counts(ids, tiny_labels, strength=None)  # each word weighs 1: naive Bayes
table = ops.convert_to_numpy(counted.counted.words)  # (words, 2)
by_layer = table[:, 1] - table[:, 0]
gaps = by_layer - np.array([ratio[w] for w in words])
assert np.ptp(gaps) < 1e-5  # the same but for a constant: the pairs share the total

# %% [markdown] tags=["en"]
# ## One vector for a text
#
# A recurrent network gives a state at each position, `(texts, length, width)`. The scores need one vector a text, `(texts, width)`. Three ways, by hand and by our layers: the mean, the maximum of each number, and a mean whose weights come from attention to a learned query $q$, $\alpha_j = \mathrm{softmax}_j(q^\top h_j / \sqrt{d})$. Padding must not count in any of them; Keras's own pooling is the same where nothing is padded. (Formula 4.2 calls $h_i$ a hidden layer in the text that this course follows; it is the *state* at step $i$.)
# %% [markdown] tags=["zh"]
# ## 一段文本一个向量
#
# 循环神经网络在每个位置给出一个状态，形状是 `(texts, length, width)`。要得到标签的得分，每段文本需要一个向量，形状是 `(texts, width)`。做法有三种，下面分别手算，再与我们的层比较：求平均；对每个分量取最大；用注意力加权平均，权重来自一个可学习的查询 $q$，即 $\alpha_j = \mathrm{softmax}_j(q^\top h_j / \sqrt{d})$。这叫汇聚（池化），哪一种都不能把填充算进去；没有填充时，它与 Keras 自带的汇聚相同。（本课程所依据的文档在公式 4.2 处把 $h_i$ 叫作隐藏层；它其实是第 $i$ 步的*状态*。）
# %%
rng = np.random.default_rng(0)
states = rng.normal(size=(2, 5, 4)).astype("float32")  # (texts, length, width)
mask = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]], bool)  # the second text has three words
query = rng.normal(size=4).astype("float32")

by_hand = {"mean": [], "max": [], "attention": []}
for h, keep in zip(states, mask):
    h = h[keep]  # (words, width)
    alpha = softmax(h @ query / np.sqrt(4))  # (words,)
    by_hand["mean"].append(h.mean(axis=0))
    by_hand["max"].append(h.max(axis=0))
    by_hand["attention"].append(alpha @ h)

attention = AttentionPooling()
attention.build(states.shape)
attention.set_weights([query])
layers = {"mean": MeanPooling(), "max": MaxPooling(), "attention": attention}
for name, layer in layers.items():
    pooled = ops.convert_to_numpy(layer(states, padding_mask=mask))
    print(f"{name:9} {states.shape} -> {pooled.shape}")
    assert pooled.shape == (2, 4) and np.allclose(pooled, by_hand[name], atol=1e-5)
theirs = ops.convert_to_numpy(keras.layers.GlobalMaxPooling1D()(states[:1]))
assert np.allclose(theirs[0], by_hand["max"][0])  # no padding in the first text

# %% [markdown] tags=["en"]
# ## The model, and what it has to beat
#
# `Sentiment` puts the pieces together: word vectors by word2vec from these texts, a bidirectional LSTM, attention pooling. A tenth of the training texts is held back to choose the best epoch and, later, to calibrate. The table has a row for who always gives the more frequent label, one for the same network before it has learned, and two that count: naive Bayes over words and pairs, and logistic regression over TF-IDF. None of them is a straw man; on short reviews they are hard to beat.
# %% [markdown] tags=["zh"]
# ## 模型，以及它要超过的基线
#
# `Sentiment` 把这些部件拼在一起：用这些文本训练的 word2vec 词向量、双向 LSTM、注意力汇聚。训练文本中留出十分之一，用来选出最好的一轮，之后还要用它校准。表中有一行是永远给出较多的那个标签，一行是训练之前的同一个网络，还有两行靠计数：以单词和词对计数的朴素贝叶斯，以及 TF-IDF 上的逻辑回归。这些基线都不是摆设：在短评论上很难超过它们。
# %%
settings = {"epochs": 5, "dropout": 0.3, "learning_rate": 0.005, "no_counts": True}
model = Sentiment(**settings).fit(*training)

names = model.model.label_names
right = np.array([names.index(label) for label in held.targets])
untrained = build_model(
    "lstm",
    "text_classifier",
    pipeline=model.model.pipeline,
    hidden_dim=96,
    bidirectional=True,
    label_names=names,
    seed=0,
)
scores = untrained.predict(untrained.as_inputs(held.inputs), verbose=0)

results = ResultTable(f"{num_training:,} stories, {num_held:,} held out", Sentiment.columns)
for name, row in model.baselines(training, held).items():
    results.add(name, row, kind="baseline")
results.add("LSTM, untrained", figures(softmax(scores), right), kind="baseline")
results.add("LSTM", model.evaluate(*held))
print(results)
assert results.mean("LSTM", "accuracy") > results.mean("majority", "accuracy") + 0.1
assert abs(results.mean("LSTM, untrained", "accuracy") - 0.5) < 0.12

# %% [markdown] tags=["en"]
# The order of the words is what the two counting models do not see: "so boring that nobody noticed how friendly they were" and the same with the adjectives exchanged have the same words, and nearly the same pairs. The network reads them in order. It does not follow that a network always wins: with a few hundred reviews whose words give the opinion away, counting is as good and takes a second.
#
# ## Which mistakes: the confusion matrix
#
# Accuracy is one number; the matrix says which label is taken for which.
# %% [markdown] tags=["zh"]
# 两个计数模型看不到的正是词的先后：“无聊得没人在乎他们多友好”，把两个形容词对调，词还是那些词，词对也几乎一样。网络则是按顺序读的。但这不等于网络总会赢：如果只有几百条评论，而且从用词就能看出态度，计数同样好，只要一秒钟。
#
# ## 错在哪里：混淆矩阵
#
# 准确率只是一个数；混淆矩阵说明哪个标签被当成了哪个。
# %%
probabilities = model.probabilities(held.inputs)  # (texts, 2)
found = probabilities.argmax(axis=1)
assert probabilities.shape == (num_held, 2)
viz.confusion_matrix(right, found, names)

# %% [markdown] tags=["en"]
# ## How sure, and how often right
#
# A probability is a promise: of all stories that the model is 80 % sure of, 80 % should come out right. The *reliability plot* checks it bin by bin; the *calibration error* is the mean gap. Here is the failure made on purpose: the scores before calibration, multiplied by four, as a network gives them that has been trained for too long. Not one label changes, so the accuracy cannot show it. The diagnosis is the plot: nearly all texts stand at the right end, and there the share that is right is below the diagonal (points of a few texts lie anywhere).
# %% [markdown] tags=["zh"]
# ## 有多肯定，又有多常正确
#
# 概率是一种承诺：凡是模型有 80 % 把握的故事，就该有 80 % 是对的。*可靠性图*逐个区间检查这一点，*校准误差*则是差距的平均值。下面故意制造一次失败：把校准前的得分乘以四，训练过久的网络给出的得分就是这个样子。标签一个也没变，所以准确率看不出问题；要诊断就看图：几乎所有文本都挤在最右端，那里正确的比例落在对角线下方（只代表几个文本的点落在哪里都有可能）。
# %%
weights = ops.convert_to_numpy(model.model.weights_of_parts)
scores = np.log(probabilities) / weights[0]  # as the network gives them, but for a constant
too_sure = softmax(4 * scores)
print("weight that calibration gave the network:", weights[0].round(2))
for name, p in (("calibrated", probabilities), ("too sure", too_sure)):
    print(f"{name:11} accuracy {(p.argmax(1) == right).mean():.1%}", end="   ")
    print(f"calibration error {calibration_error(p, right):.1%}")
assert (too_sure.argmax(1) == found).all()
assert calibration_error(too_sure, right) > calibration_error(probabilities, right)
viz.reliability(too_sure.max(axis=1), found == right)

# %% [markdown] tags=["en"]
# The repair divides the scores by one number, the *temperature*, chosen where the likelihood of texts that nobody has trained on is greatest; `Sentiment` does it on the tenth that it holds back. The same stories, calibrated:
# %% [markdown] tags=["zh"]
# 修复的办法是把得分除以一个数，即*温度*，取使未参与训练的文本似然最大的那个值；`Sentiment` 用留出的那十分之一来做。还是同样的故事，校准之后：
# %%
viz.reliability(probabilities.max(axis=1), found == right)

# %% [markdown] tags=["en"]
# ## Reading and counting together
#
# Counting knows the very words and pairs that it has seen; a network knows what is like them. They err on different texts, so their scores are added, with two weights found on the tenth that was held back. The network must not see the counts while it learns: they fit the training texts almost perfectly and would leave it nothing to do. Whether the sum is better, the table says.
# %% [markdown] tags=["zh"]
# ## 把阅读和计数合在一起
#
# 计数认得它见过的那些词和词对，网络认得与之相似的说法。两者在不同的文本上出错，所以把它们的得分相加，两个权重由留出的那十分之一求得。网络学习时不能看到计数：计数在训练文本上几乎全对，会让网络无事可做。相加之后是否更好，表格会说明。
# %%
model.count(*training)
results.add("LSTM and counts", model.evaluate(*held))
print(
    "weights of reading and counting:", ops.convert_to_numpy(model.model.weights_of_parts).round(2)
)
print(results)
both, alone = (results.mean(name, "accuracy") for name in ("LSTM and counts", "LSTM"))
assert both > alone - 0.03

# %% [markdown] tags=["en"]
# ## Which words decided
#
# Leave one word out, let the rest close up, and ask again. By how much the log-odds of the label fall is what the word decides. This is an experiment on a text that might have been written, where a gradient speaks of an infinitely small change. Its limit: two words that say the same cover each other, for without either the other still decides.
# %% [markdown] tags=["zh"]
# ## 哪些词起了决定作用
#
# 去掉一个词，其余的词靠拢，再问一遍模型。标签的对数几率下降多少，就是这个词起了多大作用。这相当于拿一段真有可能写出来的文本做实验，而梯度说的只是无穷小的变化。它的局限是：两个意思相同的词会互相掩护，去掉任何一个，另一个仍能决定结果。
# %%
place = int(np.flatnonzero(found == right)[0])
words = model.deciding_words(held.inputs[place])
print(held.inputs[place])
print("label:", held.targets[place])
for word, change in sorted(words, key=lambda pair: -pair[1])[:5]:
    print(f"{change:+.2f} {word}")
opinion = model.predict([held.inputs[place]])[0]
assert opinion.label == held.targets[place]
shown = sorted(range(len(words)), key=lambda i: -abs(words[i][1]))[:24]
viz.deciding_words(*zip(*[words[i] for i in sorted(shown)]))

# %% [markdown] tags=["en"]
# ## Two ways to fool oneself
#
# **Texts that occur twice.** Collections of reviews are full of repeated texts. Split at random, many texts of the test set have been learned by heart. Below every story of a small set occurs twice; naive Bayes seems excellent, until `split_rows` keeps equal texts on one side.
#
# **Uneven classes.** If nine texts of ten are positive, whoever always says "positive" is right nine times of ten. Macro F1, the mean over labels of $F_1 = 2 \cdot \text{right} / (\text{found} + \text{there are})$, counts the rare label as much as the frequent one.
# %% [markdown] tags=["zh"]
# ## 两种自欺的办法
#
# **重复的文本。**评论数据里到处是重复的文本。随机切分之后，测试集里有许多文本早已被背下来。下面的小数据集里每个故事都出现两次：朴素贝叶斯看上去好极了，直到 `split_rows` 让相同的文本待在同一边。
#
# **不均衡的类别。**如果十个文本里有九个是正面的，永远说“正面”的人十次就对九次。宏平均 F1 是各标签 $F_1 = 2 \cdot \text{找对的} / (\text{找出的} + \text{实有的})$ 的平均值，少见的标签与常见的标签分量相同。
# %%
twice = Rows(training.inputs[:400] * 2, training.targets[:400] * 2)
order = rng.permutation(800)
at_random = [
    Rows([twice.inputs[i] for i in part], [twice.targets[i] for i in part])
    for part in (order[:640], order[640:])
]
bayes = "naive Bayes, binary 1-2-grams"
accuracy = {}
for name, (learned, asked) in (
    ("split at random", at_random),
    ("equal texts together", split_rows(twice, held_fraction=0.2)),
):
    known = np.mean([text in set(learned.inputs) for text in asked.inputs])
    accuracy[name] = model.baselines(learned, asked)[bayes]["accuracy"]
    print(f"{name:21} {known:4.0%} of the test was learned from   accuracy {accuracy[name]:.0%}")
assert accuracy["split at random"] > accuracy["equal texts together"] + 0.1

uneven = np.array([1] * 90 + [0] * 10)
always = figures(np.tile([0.1, 0.9], (100, 1)), uneven)
print(f"always positive: accuracy {always['accuracy']:.0%}, macro F1 {always['macro F1']:.0%}")
assert always["accuracy"] == 0.9 and always["macro F1"] < 0.5

# %% [markdown] tags=["en"]
# ## Chinese: one setting less
#
# The same stories exist in Chinese. The pipeline sees the script and reads characters, of which a small vocabulary knows all; nothing else changes. Counting takes one to three characters, the usual recipe for Chinese. Fewer stories are used here, to keep the page short, so counting is hard to beat: on real Chinese reviews, too, characters in TF-IDF are a strong baseline.
# %% [markdown] tags=["zh"]
# ## 中文：反而少一项设置
#
# 同样的故事也有中文版。流水线认出文字系统，按字读入，不大的词表就能认全所有的字；其他一概不变。计数的单位是一到三个字，这是中文的常用做法。为了让这一页不至于太长，这里用的故事较少，所以计数不易超过：在真实的中文评论上，以字计算的 TF-IDF 同样是很强的基线。
# %%
count = 800 if QUICK else 6000
chinese = [s.translation for s in stories[: count + 400]]
rows = Rows([s.text for s in chinese], [s.sentiment for s in chinese])
zh_training, zh_held = (
    Rows(*(c[part] for c in rows)) for part in (slice(count), slice(count, None))
)
print(zh_training.inputs[0])
zh_model = Sentiment(**{**settings, "epochs": 4, "no_counts": False}).fit(*zh_training)
zh_results = ResultTable(f"{count:,} Chinese stories", Sentiment.columns)
for name, row in zh_model.baselines(zh_training, zh_held).items():
    zh_results.add(name, row, kind="baseline")
zh_results.add("LSTM and counts", zh_model.evaluate(*zh_held))
print(zh_results)
assert zh_model.model.pipeline.level == "character"
assert zh_results.mean("LSTM and counts", "accuracy") > zh_results.mean("majority", "accuracy")

# %% [markdown] tags=["en"]
# On the command line the same is `mlm-tf task sentiment my.csv --output my.keras`, for any table with a column of texts and one of labels, and `mlm-tf task sentiment --model my.keras "a fine film"`; `--quick` prints a table like those above, and without it one of film reviews and Chinese reviews.
#
# ## Exercises
#
# Replace each `...` by your answer and run the cell again. A check tells whether it is right; if not, it says what is off.
#
# **12.1** Say it before you compute it. Of 250 texts, 200 have the label A, 40 B and 10 C. What is the accuracy of the best model that gives every text the same label?
#
# **12.2** Write the log-count ratio of a `word`, above 0 where it speaks for label 1. `texts` is a list of strings, to be cut at spaces, `labels` a list of 0 and 1. A text counts once for a word; 1 is added to the count of every word that occurs in any of the texts, under both labels.
# %% [markdown] tags=["zh"]
# 在命令行里，同样的事写作 `mlm-tf task sentiment my.csv --output my.keras`，任何有一列文本、一列标签的表格都可以；然后 `mlm-tf task sentiment --model my.keras "a fine film"`。加上 `--quick` 会打印一张像上面那样的表，不加则是影评和中文评论的表。
#
# ## 练习
#
# 把每个 `...` 换成你的答案，再运行一遍单元格。检查会告诉你是否正确；不正确时会指出哪里不对。
#
# **12.1** 先说答案，再去计算。250 个文本中，200 个的标签是 A，40 个是 B，10 个是 C。如果一个模型给所有文本同一个标签，准确率最高能到多少？
#
# **12.2** 写出一个词 `word` 的对数计数比，支持标签 1 时大于 0。`texts` 是字符串的列表，按空格切开，`labels` 是由 0 和 1 组成的列表。一个文本对一个词只计一次；凡是在这些文本中出现过的词，在两个标签下的计数都要加 1。
# %%
best_accuracy = ...
course.check("12.1", best_accuracy)


def log_count_ratio(word, texts, labels):
    return ...


course.check("12.2", log_count_ratio)


# %% [markdown] tags=["en"]
# **12.3** Write macro F1 of two lists of integers, the right `labels` and the `found` ones: the mean of $F_1$ over the labels that occur in `labels`.
#
# **12.4** Model A is 99 % sure of every text and right in 90 %. Model B is 75 % sure of every text and right in 75 %. Which of the two is calibrated: `"A"` or `"B"`?
# %% [markdown] tags=["zh"]
# **12.3** 写出宏平均 F1：给定两个整数列表，即正确的 `labels` 和找出的 `found`，对 `labels` 中出现的各个标签的 $F_1$ 求平均。
#
# **12.4** 模型 A 对每个文本都有 99 % 的把握，正确率是 90 %。模型 B 对每个文本都有 75 % 的把握，正确率是 75 %。哪个模型是校准的：`"A"` 还是 `"B"`？
# %%
def macro_f1(labels, found):
    return ...


course.check("12.3", macro_f1)

which_is_calibrated = ...
course.check("12.4", which_is_calibrated)


# %% [markdown] tags=["en"]
# **12.5** Write leave-one-out: `score` is a function of a list of words, `words` such a list; for each place give by how much the score falls without the word there. Leave the list itself as it is.
# %% [markdown] tags=["zh"]
# **12.5** 写出留一法：`score` 是以词的列表为参数的函数，`words` 是这样一个列表；对每个位置，给出去掉该处的词之后得分下降多少。不要改动这个列表本身。
# %%
def leave_one_out(score, words):
    return ...


course.check("12.5", leave_one_out)

# %% [markdown] tags=["en"]
# ## Summary
#
# - A classifier is the same network with another end: states, one vector by pooling, scores of the labels.
# - Always beside it: the majority, and counting with a good recipe. Order is what the network has over them; on few and short texts counting may win.
# - Accuracy says nothing of how sure a model may be, nor of a rare label. The reliability plot and macro F1 do.
# - Equal texts belong on one side of a split.
# - Leaving words out one at a time says which of them decided, and two that say the same cover each other.
#
# **To read**: Wang & Manning 2012, *Baselines and Bigrams*, section 2; Yang et al. 2016, *Hierarchical Attention Networks*, section 2.2 (attention pooling); Guo et al. 2017, *On Calibration of Modern Neural Networks*, sections 2 to 4; Li, Monroe & Jurafsky 2016, *Understanding Neural Networks through Representation Erasure*. The code: `mlm_tf/tasks/sentiment.py`.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - 分类器是换了结尾的同一个网络：先有状态，经汇聚得到一个向量，再得到各标签的得分。
# - 旁边总要有基线：多数标签，以及配方得当的计数。网络胜在看得到词的先后；文本又少又短时，计数可能更好。
# - 准确率说明不了模型该有几分把握，也说明不了少见的标签；可靠性图和宏平均 F1 可以。
# - 相同的文本要放在切分的同一边。
# - 逐个去掉词，就能看出哪些词起了决定作用；意思相同的两个词会互相掩护。
#
# **延伸阅读**：Wang 与 Manning，2012，*Baselines and Bigrams*，第 2 节；Yang 等，2016，*Hierarchical Attention Networks*，2.2 节（注意力汇聚）；Guo 等，2017，*On Calibration of Modern Neural Networks*，第 2–4 节；Li、Monroe 与 Jurafsky，2016，*Understanding Neural Networks through Representation Erasure*。代码：`mlm_tf/tasks/sentiment.py`。
