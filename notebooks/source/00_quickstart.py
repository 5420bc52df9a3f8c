# %% [markdown] tags=["en"]
# # 00 Quickstart: from raw text to a generated sentence
#
# **You will be able to** build a language model twice, once by hand in plain Keras and once with the package; say what each of its four steps does (preprocess, embed, train, generate); tell whether it has learned anything; save it and load it again.
#
# **You need to know** Python, and what a list and an array are. What a softmax or a gradient is comes on page 02.
#
# **It takes** about 10 minutes to read and a minute to run on two CPU cores, with 1.3 GB of memory.
#
# A language model gives a probability to every next token, given the tokens before it. The probability of a whole text is the product of these:
#
# $$p(w_1, \dots, w_n) = \prod_{i=1}^{n} p(w_i \mid w_1, \dots, w_{i-1})$$
#
# Everything in this course is about where these probabilities come from and what one does with them.
#
# **How to use a page**: what stands below the cells when you open it is of an earlier run. Run all cells once (in JupyterLab *Run* → *Run All Cells*), and once more when you come back to it: a cell needs what those above it have made, or says `NameError`.
# %% [markdown] tags=["zh"]
# # 00 快速上手：从原始文本到生成的句子
#
# **学完本页，你能够**把语言模型做两遍：一遍只用 Keras 手写，一遍用本包；说清预处理、词向量、训练、生成这四步各做什么；判断模型有没有学到东西；保存模型，再加载回来。
#
# **预备知识**：Python，知道列表和数组是什么。softmax 和梯度到第 02 页再讲。
#
# **所需时间**：阅读约 10 分钟，在两个 CPU 核上运行约一分钟，占用内存 1.3 GB。
#
# 语言模型根据前面的词元，给每个可能的下一个词元一个概率。整段文本的概率就是这些概率的乘积：
#
# $$p(w_1, \dots, w_n) = \prod_{i=1}^{n} p(w_i \mid w_1, \dots, w_{i-1})$$
#
# 整个课程讲的就是两件事：这些概率从哪里来，有了它们能做什么。
#
# **怎样使用这些页面**：刚打开时，单元格下方显示的是以前运行的结果。请先把全部单元格运行一遍（在 JupyterLab 中选 *Run* → *Run All Cells*），下次打开时也要再运行一遍：每个单元格都要用到上面各单元格得出的东西，否则会报 `NameError`。
# %%
# %matplotlib inline
import keras
import matplotlib.pyplot as plt
import numpy as np

import glove
from mlm_tf import TextPipeline, build_model, corpora, course, embeddings, load_model
from mlm_tf.baselines import KneserNeyModel, UniformModel, UnigramModel, perplexity
from mlm_tf.training import Perplexity, make_optimizer

# %% [markdown] tags=["en"]
# ## By hand: text to ids
#
# A model computes with numbers, so the text becomes numbers first. *Tokenisation* cuts it into *tokens*; here every word stands between spaces, and so does every full stop. The distinct tokens are the *vocabulary*, and a token's place in it is its *id*.
# %% [markdown] tags=["zh"]
# ## 手写一遍：文本变成编号
#
# 模型只会算数，所以先要把文本变成数。*词元化*（分词）把文本切成*词元*；这里每个词两边都有空格，句号也是。不同的词元合在一起就是*词表*，一个词元在词表里的位置就是它的*编号*。
# %%
text = """
the cat sat on the mat . the dog sat on the log . the cat saw the dog .
the dog saw the cat and ran . the cat ran to the mat . the dog ran to the log .
"""
tokens = text.split()  # tokenisation: cut at white space
vocabulary = sorted(set(tokens))
token_to_id = {token: place for place, token in enumerate(vocabulary)}
ids = np.array([token_to_id[token] for token in tokens])  # (tokens,)

print(f"{len(tokens)} tokens, {len(vocabulary)} in the vocabulary: {vocabulary}")
print("tokens:", tokens[:7])
print("ids:   ", ids[:7].tolist())
assert [vocabulary[i] for i in ids] == tokens  # nothing is lost

# %% [markdown] tags=["en"]
# What is to be learned is the next token. One training example is a *window* of eight tokens, `x`, and the same window one token later, `y`: at every place `y` holds the token that follows.
# %% [markdown] tags=["zh"]
# 要学的是下一个词元。一个训练样本是长度为八的*窗口* `x`，以及同一窗口往后挪一个词元得到的 `y`：`y` 的每个位置上都是紧跟其后的词元。
# %%
length = 8
starts = range(len(ids) - length)  # every place where a window and one more token fit
x = np.array([ids[start : start + length] for start in starts])
y = np.array([ids[start + 1 : start + 1 + length] for start in starts])

print("x:", [vocabulary[i] for i in x[0]])
print("y:", [vocabulary[i] for i in y[0]])
assert x.shape == y.shape == (len(ids) - length, length)
assert (x[:, 1:] == y[:, :-1]).all()

# %% [markdown] tags=["en"]
# ## By hand: a model and its training
#
# Three layers are enough. The embedding turns each id into a vector. The LSTM reads the vectors in order and keeps a state, which is all that it knows of the tokens so far (page 04). The dense layer turns the state into one score for every token of the vocabulary, the *logits*; their softmax is the probability of the next token. `fit` lowers the *cross-entropy*, the mean of $-\log p$ of the tokens that did follow: that is maximum likelihood.
# %% [markdown] tags=["zh"]
# ## 手写一遍：模型与训练
#
# 三层就够了。嵌入层把每个编号变成一个向量。LSTM 按顺序读这些向量，并维持一个状态，它对前文的全部了解都在这个状态里（第 04 页）。全连接层由状态给词表中的每个词元打一个分，这就是*未规范化的预测*（logits），对它做 softmax，便是下一个词元的概率。`fit` 降低的是*交叉熵*，即实际出现的那个词元的 $-\log p$ 的平均值：这就是极大似然估计。
# %%
keras.utils.set_random_seed(0)
plain = keras.Sequential(
    [
        keras.layers.Embedding(len(vocabulary), 16),  # ids (B, T) -> vectors (B, T, 16)
        keras.layers.LSTM(32, return_sequences=True),  # the state at each place (B, T, 32)
        keras.layers.Dense(len(vocabulary)),  # a score for every token (B, T, 12)
    ]
)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)  # the softmax is in the loss
plain.compile(keras.optimizers.Adam(0.01), loss)
losses = plain.fit(x, y, epochs=40, verbose=0).history["loss"]

print(f"cross-entropy of a guess among all tokens  {np.log(len(vocabulary)):.2f}")
print(f"cross-entropy in the last epoch            {losses[-1]:.2f}")
assert plain(x).shape == (len(x), length, len(vocabulary))
assert losses[-1] < np.log(len(vocabulary)) / 2

# %% [markdown] tags=["en"]
# ## By hand: generation
#
# Generation is a loop: ask for the next token, append it, ask again, until the token that ends a sentence. Taking the most probable token each time is called *greedy*.
# %% [markdown] tags=["zh"]
# ## 手写一遍：生成
#
# 生成就是一个循环：问下一个词元是什么，接上去，再问，直到出现结束句子的词元为止。每次都取概率最大的词元，叫作*贪心*。
# %%
words = [".", "the", "dog"]  # the full stop says that a sentence begins here
for _ in range(10):  # at most ten more tokens
    logits = plain(np.array([[token_to_id[word] for word in words]]))  # (1, T, 12)
    words.append(vocabulary[int(np.argmax(logits[0, -1]))])
    if words[-1] == ".":
        break
print(" ".join(words[1:]))
assert words[-1] == "."

# %% [markdown] tags=["en"]
# ## With the package, step 1: preprocess
#
# That was a whole language model. A real text asks for more: words that were never seen, sentences that end, a measure of how good the model is, a faster loop, and a file that holds the vocabulary too.
#
# | by hand | with `mlm_tf` |
# |---|---|
# | `text` | `corpora.wikipedia()`: articles and their sentences |
# | `split`, `token_to_id` | `TextPipeline`: text to ids and back |
# | `x`, `y` | `pipeline.windows`: a `tf.data.Dataset` |
# | the three layers | `build_model`: a Keras model |
# | `compile`, `fit` | `compile`, `fit`: they are Keras's |
# | the loop | `model.generate`: the same loop, compiled |
#
# The corpus is Wikipedia articles that gensim ships, so nothing is downloaded; every second one is enough. Some whole articles are held back, to measure on text that the model has not seen. Look at the data first.
# %% [markdown] tags=["zh"]
# ## 用本包，第一步：预处理
#
# 上面已经是一个完整的语言模型。真实的文本要求更多：会有没见过的词，句子有开头和结尾，要能衡量模型的好坏，循环要快，保存的文件里还要带上词表。
#
# | 手写 | 用 `mlm_tf` |
# |---|---|
# | `text` | `corpora.wikipedia()`：条目及其句子 |
# | `split`、`token_to_id` | `TextPipeline`：文本与编号互换 |
# | `x`、`y` | `pipeline.windows`：一个 `tf.data.Dataset` |
# | 三个层 | `build_model`：一个 Keras 模型 |
# | `compile`、`fit` | `compile`、`fit`：就是 Keras 的 |
# | 循环 | `model.generate`：同一个循环，经过编译 |
#
# 语料库是 gensim 自带的维基百科条目，不用下载；这里每两条取一条就够了。其中几个条目整篇留出，用来在模型没见过的文本上做测量。先看看数据。
# %%
training_part, validation_part = corpora.split(corpora.wikipedia()[::2])
training, validation = corpora.sentences(training_part), corpora.sentences(validation_part)
print(f"to learn from: {len(training_part)} articles, {len(training):,} sentences")
print(f"held back:     {len(validation_part)} articles, {len(validation):,} sentences")
for sentence in training[:2]:
    print("-", sentence)
assert not {d.title for d in training_part} & {d.title for d in validation_part}

# %% [markdown] tags=["en"]
# `TextPipeline.fit` keeps the most frequent words; every other word is `[UNK]`, the unknown token. A sentence stands between `[START]` and `[END]`. The text that this course follows, a short Chinese document on massive language models, lists more under preprocessing: leaving out stopwords, padding, truncation. None of it is done here, and page 01 measures why.
# %% [markdown] tags=["zh"]
# `TextPipeline.fit` 只保留最常见的词，其余的词都成了未知词元 `[UNK]`。一个句子放在开始词元 `[START]` 和结束词元 `[END]` 之间。本课程所依据的文档（一篇讲大规模语言模型的中文短文）在预处理里还列了去停用词、填充和截断，这里都没有做；为什么，第 01 页用测量来回答。
# %%
pipeline = TextPipeline.fit(training, vocabulary_size=2000)
sentence = next(s for s in training if 50 < len(s) < 70)
[sentence_ids] = pipeline.encode([sentence])  # (tokens,)
print("sentence:", sentence)
print("tokens:  ", " ".join(pipeline.vocabulary[i] for i in sentence_ids))
print("ids:     ", *sentence_ids)
print("decoded: ", pipeline.decode(sentence_ids))
print(f"[UNK] in the text held back: {pipeline.report(validation).unknown_share:.0%} of its tokens")
assert sentence_ids[0] == pipeline.start_id and sentence_ids[-1] == pipeline.end_id
assert sentence_ids.max() < pipeline.vocabulary_size == 2000

# %% [markdown] tags=["en"]
# All sentences become one stream, `[START] sentence [END] [START] sentence [END] ...`, which is cut into windows.
# %% [markdown] tags=["zh"]
# 所有句子连成一条流：`[START] 句子 [END] [START] 句子 [END] ……`，再切成窗口。
# %%
size = {"length": 32, "batch_size": 32}
windows = pipeline.windows(training, **size)
held_back = pipeline.windows(validation, shuffle=False, **size)
x, y, weight = next(iter(windows))
print("x     ", x.shape, " ids, (windows, tokens)")
print("y     ", y.shape, " the same, one token later")
print("weight", weight.shape, " 0 where nothing is to be learned: at [START]")
assert x.shape == y.shape == weight.shape == (32, 32)
assert (x[:, 1:] == y[:, :-1]).numpy().all()

# %% [markdown] tags=["en"]
# ## Step 2: embed
#
# An id says nothing about its word. A *word vector* does: words that are used alike get vectors that lie near each other. Here GloVe learns them from the training text in a few seconds (page 03); random vectors would do to begin with. The matrix has a row for each word of the vocabulary.
# %% [markdown] tags=["zh"]
# ## 第二步：词向量
#
# 编号本身不含词的任何信息，*词向量*才有：用法相近的词，向量也相近。这里用 GloVe 从训练文本里学，几秒钟就好（第 03 页）；一开始用随机向量也行。词表里的每个词在矩阵中占一行。
# %%
pairs = glove.cooccurrence(pipeline.tokenize(training))
vectors = glove.train(pairs, vector_size=64, epochs=3, progress=False)
matrix = embeddings.from_vectors(vectors, pipeline.vocabulary)
random = embeddings.random(pipeline.vocabulary, 64)

print("matrix", matrix.values.shape, " (vocabulary, numbers in a vector)")
places = {word: place for place, word in enumerate(pipeline.vocabulary)}


def nearest(matrix, word):
    rows = matrix.values / np.linalg.norm(matrix.values, axis=1, keepdims=True)
    ranked = np.argsort(-rows @ rows[places[word]])
    return ", ".join(pipeline.vocabulary[i] for i in ranked[1:5])


for word in ("three", "war", "river"):
    print(f"nearest to {word:6} GloVe: {nearest(matrix, word):35} random: {nearest(random, word)}")
assert matrix.values.shape == (pipeline.vocabulary_size, 64)
assert "two" in nearest(matrix, "three")

# %% [markdown] tags=["en"]
# ## Step 3: train
#
# `build_model` makes a Keras model, here of one LSTM; `"transformer"` in its place would be another (page 06). Before the training, three baselines, which only count: all words alike, the frequency of each word (*unigram*), and how often one word follows another (*Kneser–Ney bigram*, page 02). The *perplexity* is $e$ to the cross-entropy: among how many equally likely tokens one is left guessing. Lower is better.
# %% [markdown] tags=["zh"]
# ## 第三步：训练
#
# `build_model` 给出一个 Keras 模型，这里只有一个 LSTM；换成 `"transformer"` 就是另一种模型（第 06 页）。训练之前先看三个只靠计数的基线：所有词一视同仁；每个词的频率（*一元语法*）；一个词跟在另一个词后面的次数（*Kneser–Ney 二元语法*，第 02 页）。*困惑度*是 $e$ 的交叉熵次方：相当于要在多少个等可能的词元里猜。越低越好。
# %%
model = build_model(
    "lstm", pipeline=pipeline, embedding=matrix, hidden_dim=64, tie_weights=False, seed=0
)
logits = model(x)
print("logits", logits.shape, " (windows, tokens, vocabulary)")
assert logits.shape == (32, 32, pipeline.vocabulary_size)

results = {}
counted, asked = pipeline.encode(training), pipeline.encode(validation)
known = [row[1:] != pipeline.unk_id for row in asked]
for name, baseline in {
    "all words alike": UniformModel(pipeline.num_outcomes),
    "unigram": UnigramModel(pipeline.num_outcomes),
    "Kneser-Ney bigram": KneserNeyModel(pipeline.num_outcomes, order=2),
}.items():
    log_probs = baseline.fit(counted).log_probs(asked)
    results[name] = perplexity(log_probs), perplexity(log_probs, known)
print({name: round(value) for name, (value, _) in results.items()})

# %% [markdown] tags=["en"]
# `compile` and `fit` are Keras's own. What the metric computes is not magic either: by hand, by Keras and by the package it is the same number.
# %% [markdown] tags=["zh"]
# `compile` 和 `fit` 就是 Keras 自己的。指标算的也不神秘：手算、用 Keras 算、用本包算，是同一个数。
# %%
p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)  # (32, 32, 2000)
p_of_y = np.take_along_axis(p, y.numpy()[..., None], axis=-1)[..., 0]  # (32, 32)
by_hand = np.exp(-np.average(np.log(p_of_y), weights=weight))

of_each = keras.ops.sparse_categorical_crossentropy(y.numpy(), logits, from_logits=True)
by_keras = np.exp(np.average(of_each, weights=weight))

metric = Perplexity()
metric.update_state(y.numpy(), logits, weight.numpy())
print(f"by hand {by_hand:.2f}, Keras {by_keras:.2f}, mlm_tf {float(metric.result()):.2f}")
assert np.isclose(by_hand, by_keras, rtol=1e-3)
assert np.isclose(by_hand, float(metric.result()), rtol=1e-3)

# %% [markdown] tags=["en"]
# Now the training. `[UNK]` is frequent, so it is easy to guess and flatters the perplexity; the second column of the table leaves it out. Say first: will the LSTM beat the bigram?
# %% [markdown] tags=["zh"]
# 现在训练。`[UNK]` 很常见，容易猜中，会让困惑度显得更好看；表中的第二列把它排除在外。先猜一猜：LSTM 能胜过二元语法吗？
# %%
epochs = 2 if QUICK else 6
steps = epochs * sum(1 for _ in windows)
metrics = [Perplexity(), Perplexity([pipeline.unk_id], name="known_perplexity")]
model.compile(make_optimizer("adamw", steps), weighted_metrics=metrics)


def after(prompt):
    logits = model(np.array(pipeline.encode([prompt], add_end=False)))[0, -1]  # (2000,)
    return np.array(keras.ops.softmax(logits))  # a probability for every next token


_, *results["LSTM, untrained"] = model.evaluate(held_back, verbose=0)
untrained = after("in the united")
model.fit(windows, epochs=epochs, verbose=0)
_, *results["LSTM, trained"] = model.evaluate(held_back, verbose=0)

print(f"{'':20}perplexity   of known words")
for name, (value, of_known) in results.items():
    print(f"{name:20}{value:10.1f}{of_known:17.1f}")
assert results["LSTM, trained"][1] < results["Kneser-Ney bigram"][1] < results["unigram"][1]

# %% [markdown] tags=["en"]
# The untrained model is hardly worse than the unigram, which looks like a mistake. It is none: `build_model` starts the biases of the last layer at the frequencies of the words, so that the training need not find these first. All rows are measured on the same tokens: `held_back` asks for each of them once.
# %% [markdown] tags=["zh"]
# 没有训练过的模型竟不比一元语法差多少，看上去像是哪里出了错。其实没有：`build_model` 把最后一层的偏置初始化为词频，训练就不必先去学它们。表中各行都在同样的词元上测量：`held_back` 对每个词元恰好问一次。
# %%
predicted = sum(len(row) for row in log_probs)
assert sum(int(weight.numpy().sum()) for _, _, weight in held_back) == predicted
assert 0.5 < results["LSTM, untrained"][0] / results["unigram"][0] < 2

# %% [markdown] tags=["en"]
# For every text so far a model gives a distribution over the next token, and these distributions are what the training has changed. Here is the one after "in the united", before and after:
# %% [markdown] tags=["zh"]
# 训练改变的，是每段前文之后的那个概率分布。下面是 “in the united” 之后的分布，训练前和训练后：
# %%
trained = after("in the united")
assert trained.shape == (pipeline.vocabulary_size,) and np.isclose(trained.sum(), 1, atol=1e-3)
figure, panels = plt.subplots(1, 2, figsize=(8, 3), sharex=True)
for panel, p, title in zip(panels, (untrained, trained), ("untrained", "trained")):
    best = np.argsort(-p)[:8][::-1]
    panel.barh([pipeline.vocabulary[i] for i in best], p[best])
    panel.set(title=title, xlabel='probability after "in the united"')
plt.tight_layout()
plt.show()
assert trained[places["states"]] > 10 * untrained[places["states"]]

# %% [markdown] tags=["en"]
# ## Step 4: generate
#
# `generate` goes on from a prompt until the end token. By default it draws from the 20 most probable tokens, so that each seed gives another sentence; `[UNK]` is no word that anybody wants to read and is never drawn.
# %% [markdown] tags=["zh"]
# ## 第四步：生成
#
# `generate` 接着提示往下写，直到结束词元为止。默认从概率最大的 20 个词元里抽取，所以随机种子不同，句子也不同；没有人想读到 `[UNK]`，因此从不抽它。
# %%
for seed in range(3):
    print("-", model.generate("the city of", max_length=40, temperature=0.7, seed=seed))

# %% [markdown] tags=["en"]
# The greedy text can be made by the loop from the beginning of this page: the same model, a dozen lines, equal by assertion.
# %% [markdown] tags=["zh"]
# 贪心的文本用本页开头的循环也能写出来：同一个模型，十来行代码，用断言检验二者相等。
# %%
prompt = pipeline.encode(["the city of"], add_end=False)[0].tolist()
by_loop = list(prompt)
never = [*pipeline.never_follow_ids, pipeline.unk_id]
while by_loop[-1] != pipeline.end_id and len(by_loop) < 20:
    scores = np.array(model(np.array([by_loop])))[0, -1]  # (2000,): after the last token
    scores[never] = -np.inf
    by_loop.append(int(scores.argmax()))

generated = model.generate(prompt, max_length=20, sampler="greedy")  # ids in, ids out
print(pipeline.decode(generated))
assert list(generated) == by_loop

# %% [markdown] tags=["en"]
# ## Save, load, generate again
#
# The file holds the model and its pipeline. Loaded again, here or in another process, it writes the same text.
# %% [markdown] tags=["zh"]
# ## 保存，加载，再生成
#
# 文件里既有模型，也有它的流水线。再加载回来，无论在这里还是在另一个进程里，写出的文本都一样。
# %%
model.save("quickstart.keras")
loaded = load_model("quickstart.keras")
again = loaded.generate("the city of", max_length=20, sampler="greedy")
print(again)
assert again == pipeline.decode(generated)
assert loaded.pipeline.vocabulary == pipeline.vocabulary

# %% [markdown] tags=["en"]
# ## A failure made on purpose
#
# Why must the vocabulary be in the file? Suppose that only the weights were kept, and somebody fits the vocabulary anew, on other text: as many words, but with other ids. No error is raised anywhere.
# %% [markdown] tags=["zh"]
# ## 一次故意的失败
#
# 为什么词表必须存在文件里？假设只保留了权重，有人在另一批文本上重新建了一个词表：词数相同，编号却不同。整个过程不会报任何错。
# %%
other = TextPipeline.fit(validation, vocabulary_size=2000)
_, *wrong = model.evaluate(other.windows(validation, shuffle=False, **size), verbose=0)
print("the same ids, read through the other vocabulary:")
print(" ", other.decode(generated))
print(f"perplexity of known words {wrong[1]:.0f}, before {results['LSTM, trained'][1]:.0f}")
assert other.vocabulary_size == pipeline.vocabulary_size
assert wrong[1] > 2 * results["unigram"][1]  # worse than not to have trained at all

# %% [markdown] tags=["en"]
# A perplexity far above that of the unigram is the sign: the model is sure of itself, and wrong. The diagnosis is one line: compare the two vocabularies. They agree on the special tokens and on the few most frequent words, which is why the output looks almost like language, and part then.
# %% [markdown] tags=["zh"]
# 困惑度远远高于一元语法，就是信号：模型很自信，却错了。诊断只要一行：比较两个词表。特殊词元和最常见的几个词是一致的，所以输出看上去还有几分像话；往后就对不上了。
# %%
agree = [a == b for a, b in zip(pipeline.vocabulary, other.vocabulary)]
print("ids with the same word:", sum(agree), "of", len(agree))
print("this one: ", *pipeline.vocabulary[6:18])
print("the other:", *other.vocabulary[6:18])
assert all(agree[:6]) and sum(agree) < 200

# %% [markdown] tags=["en"]
# ## Exercises
#
# Replace each `...` by your answer and run the cell again. A check tells whether it is right; if not, it says what is off.
#
# **00.1** Say it before you compute it. A model gives each of 2,000 tokens the same probability. What is its perplexity: `1`, `45` or `2000`?
#
# **00.2** A window holds `x = ["the", "cat", "sat", "on"]`, and the text goes on with "the mat". Which list is `y`?
#
# **00.3** A model gives the three tokens of a text the probabilities 0.5, 0.4 and 0.25. What is its perplexity on this text?
# %% [markdown] tags=["zh"]
# ## 练习
#
# 把每个 `...` 换成你的答案，再运行一遍单元格。检查会告诉你是否正确；不正确时会指出哪里不对。
#
# **00.1** 先说答案，再去计算。一个模型给 2,000 个词元的概率全都相同。它的困惑度是 `1`、`45` 还是 `2000`？
#
# **00.2** 一个窗口的 `x = ["the", "cat", "sat", "on"]`，后面的文本是 “the mat”。`y` 是哪个列表？
#
# **00.3** 一段文本有三个词元，模型给它们的概率依次是 0.5、0.4 和 0.25。模型在这段文本上的困惑度是多少？
# %%
perplexity_of_a_guess = ...
course.check("00.1", perplexity_of_a_guess)

y_of_the_window = ...
course.check("00.2", y_of_the_window)

perplexity_of_three = ...
course.check("00.3", perplexity_of_three)


# %% [markdown] tags=["en"]
# **00.4** Write the loop yourself. `next_scores(ids)` takes the list of all ids so far and gives an array of scores, one for each token. Return `prompt` and what follows it greedily: up to and including `end_id`, and never more than `max_length` ids in all. Leave the list `prompt` as it is.
# %% [markdown] tags=["zh"]
# **00.4** 自己写这个循环。`next_scores(ids)` 接收到目前为止的全部编号（列表），给出每个词元的得分（数组）。请返回 `prompt` 以及按贪心接在后面的编号：写到 `end_id` 为止（包括它），总数不超过 `max_length`。不要改动列表 `prompt` 本身。
# %%
def greedy(next_scores, prompt, end_id, max_length):
    return ...


course.check("00.4", greedy)

# %% [markdown] tags=["en"]
# ## A map of the course
#
# Each page asks one question and answers it by an experiment. The last column names the section of the text that the course follows.
#
# | page | what it answers | section |
# |---|---|---|
# | 00 | What are the steps from a raw text to a generated sentence? | 2, 3.1–3.4, 5 |
# | [01 text to ids](01_text_to_ids.ipynb) | What does each step of preprocessing cost? | 3.1 |
# | [02 counting](02_counting.ipynb) | How far does one come by counting? What is maximum likelihood? | 3.3 |
# | [03 word vectors](03_word_vectors.ipynb) | What does a vector know of its word? | 3.2, 4.1 |
# | [04 recurrence](04_recurrence.ipynb) | What can a network remember? | 4.2 |
# | [05 attention](05_attention.ipynb) | Which word reads which? | 4.3 |
# | [06 the Transformer and the factory](06_transformer.ipynb) | How do the parts make a model, and how does one add a part of one's own? | 2, 4.2–4.3 |
# | [07 training](07_training.ipynb) | What makes a training succeed or fail? | 3.3, 5 |
# | [08 generation](08_generation.ipynb) | How does a distribution become a text? | 2, 3.4 |
# | [09 masked language models](09_masked_lm.ipynb) | What if the words on both sides are known? | 2 |
# | [FAQ](faq.ipynb) | Which vectors, which network, long texts, large vocabularies? | 9 |
# | [10 Chinese](10_chinese.ipynb) | Characters or words, simplified or traditional: what does each cost? Can it write verse? | 3.1 |
# | [11 long and large trainings](11_large_trainings.ipynb) | Which recipe, what if the machine dies, what does it cost, and how do many machines share it? | 8 |
# | [12 sentiment](12_sentiment.ipynb) | Is a text for or against, how sure is the model, and which words decided? | 6 |
# | [13 topics](13_topics.ipynb) | What is a text about, and which texts are alike? | 4.1, 6 |
# | [14 translation](14_translation.ipynb) | How does one language become another, and which word reads which? | 6 |
# | [15 summaries](15_summaries.ipynb) | What is a text in three sentences, taken from it or written? | 6 |
# | [16 dialogue](16_dialogue.ipynb) | What does a model that answers learn, and why is it dull? | 6 |
# | [17 safety](17_safety.ipynb) | What may a model do to people, measured, and who answers for it? | 8 |
# | 18–19 (planned) | A real model in our blocks; fine-tuning | 7, 8 |
#
# A word on section 8, which speaks of sizes: GPT-2 has from 124 million to 1.5 billion parameters, its largest size being ten times what stands there; how many GPT-4 has was never published. The model of this page has fewer than half a million.
# %% [markdown] tags=["zh"]
# ## 课程地图
#
# 每一页提一个问题，用实验来回答。最后一列是本课程所依据的文档的章节。
#
# | 页 | 回答什么问题 | 章节 |
# |---|---|---|
# | 00 | 从原始文本到生成的句子，要经过哪几步？ | 2、3.1–3.4、5 |
# | [01 文本变成编号](01_text_to_ids.ipynb) | 预处理的每一步要付出什么代价？ | 3.1 |
# | [02 计数](02_counting.ipynb) | 只靠计数能走多远？什么是极大似然估计？ | 3.3 |
# | [03 词向量](03_word_vectors.ipynb) | 一个向量对它的词知道些什么？ | 3.2、4.1 |
# | [04 循环](04_recurrence.ipynb) | 网络能记住什么？ | 4.2 |
# | [05 注意力](05_attention.ipynb) | 哪个词关注哪个词？ | 4.3 |
# | [06 Transformer 与模型工厂](06_transformer.ipynb) | 各部分怎样组成模型，怎样加进自己写的部分？ | 2、4.2–4.3 |
# | [07 训练](07_training.ipynb) | 训练为什么成功，为什么失败？ | 3.3、5 |
# | [08 生成](08_generation.ipynb) | 概率分布怎样变成文本？ | 2、3.4 |
# | [09 掩码语言模型](09_masked_lm.ipynb) | 左右两边的词都知道时会怎样？ | 2 |
# | [常见问题](faq.ipynb) | 选哪种词向量、哪种网络，长文本和大词表怎么办？ | 9 |
# | [10 中文](10_chinese.ipynb) | 按字还是按词，简体还是繁体，代价各是什么？能不能写诗？ | 3.1 |
# | [11 大规模训练](11_large_trainings.ipynb) | 用哪种训练配方，机器坏了怎么办，要花多少，多台机器怎样分工？ | 8 |
# | [12 情感分析](12_sentiment.ipynb) | 一段文本是褒是贬，模型有多大把握，由哪些词决定？ | 6 |
# | [13 主题](13_topics.ipynb) | 一段文本讲什么，哪些文本相似？ | 4.1、6 |
# | [14 机器翻译](14_translation.ipynb) | 一种语言怎样变成另一种，哪个词关注哪个词？ | 6 |
# | [15 文本摘要](15_summaries.ipynb) | 怎样把一段文本压成几句，是抽取还是自己写？ | 6 |
# | [16 对话](16_dialogue.ipynb) | 会回答的模型学到了什么，为什么总说套话？ | 6 |
# | [17 安全](17_safety.ipynb) | 模型会对人做什么，怎样测量，由谁负责？ | 8 |
# | 18–19（计划中） | 用我们的块搭出真实模型；微调 | 7、8 |
#
# 关于谈到规模的第 8 节补充一句：GPT-2 的参数量从 1.24 亿到 15 亿不等，最大的是文档所写的十倍；GPT-4 的参数量从未公布。本页的模型还不到五十万。
# %%
print(f"parameters of the model of this page: {model.count_params():,}")
assert model.count_params() < 500_000

# %% [markdown] tags=["en"]
# ## Summary
#
# - A language model is a probability for every next token. Four steps make one: text to ids, ids to vectors, training by maximum likelihood, and a loop that generates.
# - The measure is the perplexity on text held back, beside baselines that only count. Without them the number says nothing.
# - The sentences have the shape of English and little sense: the model is small, and so is its text.
# - A model is its weights *and* its vocabulary. A perplexity far above that of the unigram is a sign that the two do not belong together.
#
# **To read**: Jurafsky and Martin, *Speech and Language Processing*, third edition, chapter 3 (language models, perplexity); Bengio et al. 2003, *A Neural Probabilistic Language Model*, sections 1 and 2 (where it began); Radford et al. 2019, *Language Models are Unsupervised Multitask Learners*, table 2 (the sizes of GPT-2; the smallest, printed there as 117M, has 124 million). The code: `mlm_tf/models/language_model.py`.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - 语言模型就是下一个词元的概率。做一个语言模型有四步：文本变成编号，编号变成向量，按极大似然训练，用循环生成。
# - 衡量的标准是在留出文本上的困惑度，旁边要有只靠计数的基线。没有基线，这个数说明不了什么。
# - 生成的句子有英语的样子，却没有多少意思：模型小，读过的文本也少。
# - 模型等于权重*加*词表。困惑度远高于一元语法，说明两者不是一套。
#
# **延伸阅读**：Jurafsky 和 Martin，*Speech and Language Processing* 第三版，第 3 章（语言模型与困惑度）；Bengio 等，2003，*A Neural Probabilistic Language Model*，第 1、2 节（神经语言模型的起点）；Radford 等，2019，*Language Models are Unsupervised Multitask Learners*，表 2（GPT-2 的各种规模；最小的那个印作 117M，实为 1.24 亿）。代码：`mlm_tf/models/language_model.py`。
