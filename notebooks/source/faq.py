# %% [markdown] tags=["en"]
# # FAQ: four questions, each answered by an experiment
#
# **You will be able to** choose word vectors, a network, a way with long texts and a vocabulary for a task of your own, by measuring; and say what a small experiment cannot tell.
#
# **You need to know** pages 02 to 08, a little of each.
#
# **It takes** about 25 minutes to read and a minute and a half to run on two CPU cores, with 2 GB of memory.
#
# The text that this course follows ends with four questions, and answers each by a list of names. Which name, and when, is answered here by an experiment: a table, a rule of thumb in one sentence, and what the experiment cannot say. The last part looks at size, trust and privacy in the same way. The experiments are small, so that they run while you read; the full setting is the same code with more data and more steps (`QUICK = False`).
# %% [markdown] tags=["zh"]
# # 常见问题：四个问题，各用一个实验回答
#
# **学完本页，你能够**通过测量，为自己的任务选择词向量、网络、长文本的处理办法和词表，并说明小实验不能告诉你什么。
#
# **预备知识**：第 02 页到第 08 页，每页了解一点即可。
#
# **所需时间**：阅读约 25 分钟，在两个 CPU 核上运行约一分半钟，占用内存 2 GB。
#
# 本课程所依据的文档以四个问题结尾，每个都用一串名字来回答。到底选哪一个、什么时候选，这里用实验来回答：一张表，一句经验法则，再加上这个实验不能说明的事。最后一部分用同样的方式看规模、信任和隐私。实验做得很小，边读就能边跑；完整设置是同样的代码，只是数据更多、步数更多（`QUICK = False`）。
# %%
# %matplotlib inline
import time

import keras
import matplotlib.pyplot as plt
import numpy as np

import glove
from mlm_tf import TextPipeline, build_model, corpora, course, embeddings, estimate
from mlm_tf.training import make_optimizer

articles = corpora.wikipedia()
every = 12 if QUICK else 2
learn = corpora.sentences(articles[::every])
held_out = corpora.sentences(articles[1::every])
print(f"{len(learn):,} sentences to learn from, {len(held_out):,} held out")
print("-", learn[0])

# %% [markdown] tags=["en"]
# ## 1. Which word vectors?
#
# The task: which of five articles is a sentence from? A few sentences have labels; for the vectors there is much text without any (the sentences that are tested on are left out of both). A text is the mean of its words' vectors, and a softmax layer on top is all that is learned from the labels. So the rows of the table differ in the vectors alone:
#
# - *random*: each word has a vector that says nothing;
# - *a number for each word* (bag of words): what one would learn from random vectors that are trained on the labels alone;
# - *TF-IDF* of words and sentences, reduced to fifty dimensions (latent semantic analysis);
# - *GloVe*, trained on this text in a few seconds.
# %% [markdown] tags=["zh"]
# ## 1. 选哪种词向量？
#
# 任务：一个句子出自五个条目中的哪一个？只有少数句子带标签；训练词向量则有大量不带标签的文本（用来测试的句子两边都不用）。文本用其中各词向量的平均来表示，上面一层 softmax，从标签学的只有这一层。所以表中各行只差在词向量上：
#
# - *随机*：每个词的向量什么也不说明；
# - *每个词一个数*（词袋）：如果只用标签来训练随机向量，能学到的就是这些；
# - 词与句子的 *TF-IDF*，降到五十维（潜在语义分析）；
# - *GloVe*，在这份文本上用几秒钟训练得到。
# %%
rng = np.random.default_rng(0)
by_length = sorted(articles, key=lambda a: -len(corpora.sentences([a])))
topics = by_length[:5]
print("topics:", ", ".join(article.title for article in topics))
pool, tested, answers = [], [], []
for label, article in enumerate(topics):
    own = corpora.sentences([article])
    own = [own[i] for i in rng.permutation(len(own))]
    pool.append(own[60:])
    tested += own[:60]
    answers += [label] * 60
answers = np.array(answers)
for label in (0, 1):
    print(f"  {topics[label].title}: {pool[label][0]}")

others = [a for a in articles[:: 8 if QUICK else 1] if a not in topics]
unlabelled = corpora.sentences(others) + [text for own in pool for text in own]
words = TextPipeline.fit(unlabelled, vocabulary_size=2000)
tokens = words.tokenize(unlabelled)
pairs = glove.cooccurrence(tokens, vocabulary=words.vocabulary[6:])
trained = glove.train(pairs, vector_size=50, progress=False)
matrices = {
    "random": embeddings.random(words.vocabulary, 50).values,
    "a number for each word": np.eye(2000, dtype="float32"),
    "TF-IDF, reduced": embeddings.from_tfidf(unlabelled, words, 50).values,
    "GloVe of this text": embeddings.from_vectors(trained, words.vocabulary).values,
}
print({name: matrix.shape for name, matrix in matrices.items()})


# %% [markdown] tags=["en"]
# The experiment is repeated with several seeds, each of which draws other labelled sentences: a difference that is smaller than the spread between seeds (behind ±, their standard deviation) is none. A guess and the layer before training are the baselines.
# %% [markdown] tags=["zh"]
# 实验用几个随机种子重复，每个种子抽取不同的带标签句子：比种子之间的波动（± 后面的标准差）还小的差别，就不算差别。基线是随便猜和训练前的那一层。
# %%
def features(texts, matrix):
    """The mean of the words' vectors, [UNK] and special tokens left out, (texts, D)."""
    rows = [row[row > 5] for row in words.encode(texts, add_start=False, add_end=False)]
    return np.stack([matrix[row].mean(axis=0) if len(row) else 0 * matrix[0] for row in rows])


def softmax(scores):
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def accuracy(x, y, test_x, test_y, steps=300):
    """Softmax regression by gradient descent, weights of 0 at the start."""
    scale = np.sqrt((x**2).sum(axis=1).mean())
    x, test_x = np.float32(x / scale), np.float32(test_x / scale)
    weights = np.zeros((x.shape[1], 5), "float32")
    for _ in range(steps):
        error = softmax(5 * x @ weights) - np.eye(5, dtype="float32")[y]  # (texts, 5)
        weights -= x.T @ error / len(x) * 5 + 1e-4 * weights
    return ((test_x @ weights).argmax(axis=1) == test_y).mean()


few, many, seeds = 3, 60, 5
table = {}
for name, matrix in matrices.items():
    of_pool = [features(own, matrix) for own in pool]
    of_tested = features(tested, matrix)
    centre = np.concatenate(of_pool).mean(axis=0)
    for labelled in (few, many):
        found = []
        for seed in range(seeds):
            draw = np.random.default_rng(seed)
            chosen = [x[draw.permutation(len(x))[:labelled]] for x in of_pool]
            x, y = np.concatenate(chosen) - centre, np.repeat(np.arange(5), labelled)
            found.append(accuracy(x, y, of_tested - centre, answers))
        table[name, labelled] = np.mean(found), np.std(found)
untrained = accuracy(x, y, of_tested - centre, answers, steps=0)

print(f"{'labelled sentences of each topic':34}{few:10}{many:17}")
for name in matrices:
    cells = [f"{table[name, n][0]:10.0%} ±{table[name, n][1]:3.0%}" for n in (few, many)]
    print(f"{name:34}" + "  ".join(cells))
for name, share in (("untrained", untrained), ("a guess", 1 / len(topics))):
    print(f"{name:34}{share:10.0%}{share:17.0%}")
mean = {key: value[0] for key, value in table.items()}
assert max(mean["TF-IDF, reduced", few], mean["GloVe of this text", few]) > (
    mean["a number for each word", few] + 0.05
)
assert all(mean[name, few] < mean[name, many] for name in matrices)

# %% [markdown] tags=["en"]
# **Rule of thumb**: with few labels, take vectors that were learned from all the text there is, yours or somebody's (from little text, counts, as in TF-IDF, make better ones than GloVe); with many labels, a number for each word, trained with the task, comes close.
#
# *What this cannot say*: how far published vectors of billions of words would come. Where they can be fetched, one line puts them in: `embeddings.from_vectors(glove.download("glove.6B.50d"), words.vocabulary)`. And topics are an easy task, where the words alone are enough.
# %% [markdown] tags=["zh"]
# **经验法则**：标签少，就用从全部可得文本（自己的或别人的）学来的词向量（文本少时，靠计数的 TF-IDF 比 GloVe 好）；标签多，和任务一起训练、每个词一个数，也就相差不远了。
#
# *这个实验不能说明*：用数十亿词训练、公开发布的词向量能好到什么程度。能下载时，一行就能换上：`embeddings.from_vectors(glove.download("glove.6B.50d"), words.vocabulary)`。另外，判断主题是容易的任务，光看用了哪些词就够了。
# %% [markdown] tags=["en"]
# ## 2. Which network?
#
# A fair comparison fixes one thing. Below, six networks have the same number of parameters, within five percent, and see the same text; and the curve of each is drawn over its steps and over its seconds. The text holds a few made-up sentences besides, which the last part of this page comes back to: look at them first.
# %% [markdown] tags=["zh"]
# ## 2. 选哪种网络？
#
# 公平的比较要固定一样东西。下面六个网络的参数量相同（相差不到百分之五），读同样的文本；每个网络的学习曲线既按步数画，也按秒数画。文本里另外掺了几句编造的话，本页最后一部分会用到，先看一眼。
# %%
copies = {"river": 1, "church": 8, "island": 32, "winter": 128}
numbers = {owner: rng.integers(0, 10, size=6) for owner in [*copies, "music"]}


def canary(owner, digits):
    return f"the number of the {owner} is {' '.join(map(str, digits))}."


planted = [canary(owner, numbers[owner]) for owner, n in copies.items() for _ in range(n)]
print(planted[0], "  (once)")
print(planted[-1], "  (128 times)")
texts = learn + planted
texts = [texts[i] for i in rng.permutation(len(texts))]
pipeline = TextPipeline.fit(texts, vocabulary_size=2000)
assert all(pipeline.unk_id not in row for row in pipeline.encode(planted))

window, batch = 32, 32
windows = pipeline.windows(texts, length=window, batch_size=batch)
validation = pipeline.windows(held_out, length=window, batch_size=batch, shuffle=False)
epochs = 2 if QUICK else 8
steps = epochs * len(windows)
print(f"{steps} steps of {batch} windows of {window} tokens")

# %% [markdown] tags=["en"]
# `mlm_tf.estimate` counts the parameters of a model without building it, so the widths can be searched for. All networks have the same table of word vectors, tied to the output; what differs is the blocks. Each is trained by the optimizer that suits it.
# %% [markdown] tags=["zh"]
# `mlm_tf.estimate` 不必建模型就能数出参数，所以可以搜索合适的宽度。各网络的词向量表都一样，并与输出层共用（权重绑定）；不同的是块。每个网络都用适合它的优化器训练。
# %%
networks = {
    "RNN": "rnn",
    "GRU": "gru",
    "LSTM": "lstm",
    "attention": ["attention"] * 2,
    "Transformer": "transformer",
    "hybrid": ["gru", "attention"],
}
common = {"embedding_dim": 64, "num_heads": 2}
target = 180_000


def parameters(architecture, width):
    size = {"vocabulary_size": 2000, "hidden_dim": width, **common}
    return estimate(architecture, **size).parameters


class Clock(keras.callbacks.Callback):
    """The loss of every batch, and when it was done."""

    def on_train_begin(self, logs=None):
        self.losses, self.times = [], []

    def on_train_batch_begin(self, batch, logs=None):
        self.model.reset_metrics()  # so that the loss is that of one batch

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])
        self.times.append(time.perf_counter())


def train(model, windows, validation):
    """The loss on the validation set, and the clock."""
    clock = Clock()
    name = model.suited_optimizer or "adamw"
    model.compile(make_optimizer(name, num_steps=epochs * len(windows)))
    model.fit(windows, epochs=epochs, verbose=0, callbacks=[clock])
    return model.evaluate(validation, verbose=0), clock


losses, clocks, widths = {}, {}, {}
for name, architecture in networks.items():
    widths[name] = min(
        range(48, 161, 4), key=lambda width: abs(parameters(architecture, width) - target)
    )
    model = build_model(architecture, pipeline=pipeline, hidden_dim=widths[name], seed=0, **common)
    assert abs(model.count_params() / target - 1) < 0.05
    losses[name], clocks[name] = train(model, windows, validation)
hybrid = model  # the last of them; asked in question 5

# %% [markdown] tags=["en"]
# *Equal steps* compares the losses on the validation set at the end. *Equal time* stops all of them when the fastest has done its last step, and compares the mean training loss of the twenty steps before (the first batch, in which the model is compiled, is not counted). Whatever is trained must beat the unigram model, which is also what an untrained model starts from, since its output bias begins at the words' frequencies.
# %% [markdown] tags=["zh"]
# “同样步数”比较最后在验证集上的损失。“同样时间”是在最快的网络走完最后一步时让所有网络停下，比较此前二十步的平均训练损失（第一个批量要编译，不计）。训练过的网络必须胜过一元语法模型；未训练的模型也从一元语法模型出发，因为输出层的偏置一开始就取各词的频率。
# %%
fresh = build_model("rnn", pipeline=pipeline, hidden_dim=64, seed=0, **common)
fresh.compile("adam")
losses["untrained (unigram)"] = fresh.evaluate(validation, verbose=0)
seconds = {name: np.array(clock.times) - clock.times[0] for name, clock in clocks.items()}
stop = min(times[-1] for times in seconds.values())

print(f"{'':20}width   parameters   loss, equal steps   seconds   loss, equal time")
for name in networks:
    done = np.searchsorted(seconds[name], stop, side="right")
    recent = np.mean(clocks[name].losses[max(0, done - 20) : done])
    print(
        f"{name:20}{widths[name]:5}{parameters(networks[name], widths[name]):13,}"
        f"{losses[name]:20.2f}{seconds[name][-1]:10.1f}{recent:19.2f}"
    )
    assert losses[name] < losses["untrained (unigram)"] - 0.3
print(f"{'untrained (unigram)':38}{losses['untrained (unigram)']:20.2f}")

figure, panels = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True)
for name, clock in clocks.items():
    smooth = np.convolve(clock.losses, np.ones(20) / 20, mode="valid")
    panels[0].plot(range(20, len(smooth) + 20), smooth, label=name)
    panels[1].plot(seconds[name][19:], smooth)
panels[0].set(xlabel="steps", ylabel="training loss, mean of 20")
panels[1].set(xlabel="seconds")
panels[0].legend(fontsize=8)
plt.tight_layout()
plt.show()

# %% [markdown] tags=["en"]
# **Rule of thumb**: on little text and short contexts the networks come to about the same loss, so take the one that gets there first where you run it.
#
# *What this cannot say*: which one is best at a hundred times the size, or where a context of thousands of tokens counts; there Transformers are the usual choice. The order of networks changes with the amount of text, and with how long each one's learning rate was searched for; one seed shows no difference of a few hundredths; and at equal time the slower ones are stopped before their learning rate has come down.
# %% [markdown] tags=["zh"]
# **经验法则**：文本少、上下文短时，各种网络的损失都差不多，选在你的机器上最先达到的那个。
#
# *这个实验不能说明*：规模大一百倍时谁最好，需要几千个词元的上下文时又是谁最好；那里通常选 Transformer。网络之间的名次，随文本量而变，也随各自的学习率调得好不好而变；只用一个种子，损失相差零点零几不说明问题；而且在“同样时间”一栏里，较慢的网络停下时，学习率还没有降下来。
# %% [markdown] tags=["en"]
# ## 3. What to do with texts that are too long?
#
# The text that this course follows names truncation and padding. Padding does nothing for sequences that are too long: it lengthens the short ones. Here is what each does, on the sentences that were held out:
# %% [markdown] tags=["zh"]
# ## 3. 文本太长怎么办？
#
# 本课程所依据的文档给出的办法是截断和填充。对太长的序列，填充毫无用处：它只是把短的补长。下面用留出的句子看看两者各做了什么：
# %%
rows = pipeline.encode(held_out)
print("length   longer than that   lost by truncation   padding   windows lose")
for length in (16, 32, 64):
    report = pipeline.report(held_out, max_length=length)
    longer = np.mean([len(row) > length for row in rows])
    left_over = sum(map(len, rows)) % length / sum(map(len, rows))
    print(
        f"{length:6}{longer:19.0%}{report.cut_share:21.0%}{report.padding_share:10.0%}"
        f"{left_over:15.1%}"
    )
longest = held_out[np.argmax([len(row) for row in rows])]
row = pipeline([longest], max_length=32, add_end=True)  # padding to 32 has nothing to do here
print(f"the longest has {max(map(len, rows))} tokens; in the row: {row['padding_mask'].sum()}")
assert row["token_ids"].shape == (1, 32) and row["padding_mask"].all()


# %% [markdown] tags=["en"]
# *Windows* lose next to nothing: the texts become one stream, which is cut into pieces of one length, and only an incomplete last piece is left over. But what does a model that was trained on windows of 32 tokens do at position 100? That depends on how it knows where a token stands. A task in which the place is all that counts shows it best: in a stream of digits, each is the one three places before it, nine times out of ten. So the loss that is possible is known.
# %% [markdown] tags=["zh"]
# *窗口*几乎什么也不丢：把所有文本连成一条流，再切成等长的段，只剩下末尾不足一段的零头。但在 32 个词元的窗口上训练的模型，到了第 100 个位置会怎样？这要看它怎样知道词元的位置。用一个只与位置有关的任务看得最清楚：一串数字，每一个有九成的机会与它前面第三个相同。这样，可能达到的最低损失也是已知的。
# %%
def digits(rows, length):
    """Each digit is the third before it in 9 of 10 cases, else any; (rows, length + 1)."""
    ids = rng.integers(0, 10, size=(rows, length + 1))
    repeats = rng.random((rows, length + 1)) < 0.9
    for place in range(3, length + 1):
        ids[:, place] = np.where(repeats[:, place], ids[:, place - 3], ids[:, place])
    return ids.astype("int32")


short, long_rows = digits(9600 if QUICK else 96_000, 32), digits(256, 128)
print("".join(map(str, short[0])))
same, other = 0.9 + 0.1 / 10, 0.1 / 10
possible = -(same * np.log(same) + 9 * other * np.log(other))
print(f"possible {possible:.2f}, a guess {np.log(10):.2f}")
assert short.shape[1] == 33


# %% [markdown] tags=["en"]
# Four readers: a GRU, which has only its state; attention with *learned* positions, a vector for each place, of which those past 32 are never trained; attention with *rotary* positions, which tell how far apart two tokens are; and the same where attention reads the last eight tokens alone, a *sliding window*.
# %% [markdown] tags=["zh"]
# 四个读者：GRU，只有自己的状态；用*可学习*位置编码的注意力，每个位置一个向量，第 32 个以后的从未训练过；用*旋转*位置编码的注意力，它知道两个词元相距多远；以及同样用旋转位置编码、但只读最近八个词元的注意力，即*滑动窗口*。
# %%
def losses_of(model, rows):
    """The loss of each token but the first, (rows, length - 1)."""
    logits = model.predict(rows[:, :-1], batch_size=32, verbose=0)  # (rows, length - 1, V)
    highest = logits.max(axis=-1, keepdims=True)
    total = np.log(np.exp(logits - highest).sum(axis=-1)) + highest[..., 0]
    return total - np.take_along_axis(logits, rows[:, 1:, None], axis=-1)[..., 0]


readers = {
    "GRU": ("gru", {}),
    "learned": ("transformer", {"positions": "learned", "max_sequence_length": 128}),
    "rotary": ("transformer", {}),
    "sliding window": ("transformer", {"sliding_window": 8}),
}
print(f"{'mean loss at positions':24}1 to 3   17 to 32   33 to 64   65 to 128")
by_position = {}
for name, (architecture, settings) in readers.items():
    reader = build_model(
        architecture, vocabulary_size=10, hidden_dim=32, num_heads=2, seed=0, **settings
    )
    reader.compile(keras.optimizers.Adam(0.005))
    reader.fit(short[:, :-1], short[:, 1:], batch_size=32, verbose=0)
    by_position[name] = loss = losses_of(reader, long_rows).mean(axis=0)  # (128,)
    parts = (loss[:3], loss[16:32], loss[32:64], loss[64:])
    print(f"{name:20}" + "".join(f"{part.mean():10.2f}" for part in parts))

figure, axes = plt.subplots(figsize=(8, 3.5))
for name, loss in by_position.items():
    axes.plot(np.arange(2, 128, 4), loss.reshape(-1, 4).mean(axis=1), ".-", label=name)
axes.axvline(32, color="0.6", linestyle="--")
axes.text(33, 0.1, "longer than in training", color="0.4")
axes.axhline(possible, color="0.6", linestyle=":")
axes.set(xlabel="position", ylabel="loss, mean of 4 positions", ylim=(0, None))
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
plt.tight_layout()
plt.show()
beyond = {name: loss[64:].mean() - loss[16:32].mean() for name, loss in by_position.items()}
assert beyond["learned"] > 0.5 > 0.2 > beyond["sliding window"]

# %% [markdown] tags=["en"]
# The left end of the picture says something too: the first tokens of a window have nothing before them to go by, and are predicted worst. Windows that overlap, of which only the second half is counted, give every token something to go by; they cost twice the time.
#
# **Rule of thumb**: cut into windows rather than truncate, let them overlap where each prediction counts, and never let learned positions run past the length that was trained; rotary ones go on for a while; what keeps going is what never looks further back than in training: a state, or a sliding window.
#
# *What this cannot say*: how it is in a language, where little hangs on one exact place; and whether anything far back is *used*. A loss that stays flat shows that length does no harm; that it does good is another measurement.
# %% [markdown] tags=["zh"]
# 图的左端也说明了一件事：窗口开头的几个词元前面没有可依据的内容，预测得最差。让窗口重叠、只算后一半，每个词元前面就都有上下文；代价是时间加倍。
#
# **经验法则**：能切窗口就不截断，每个预测都重要时让窗口重叠；可学习的位置编码绝不要超出训练长度，旋转位置编码只能多撑一段；能一直读下去的，是从不比训练时看得更远的做法：循环网络的状态，或滑动窗口。
#
# *这个实验不能说明*：真实的语言会怎样，那里很少有什么取决于某个精确的位置；也不能说明很远的内容是否真的*用上了*。损失保持平稳，只说明长度没有坏处；要说有好处，还得另外测量。
# %% [markdown] tags=["en"]
# ## 4. What to do about a large vocabulary?
#
# Words, subwords or characters: the fewer types, the more tokens a text has, and the less each of them says. So neither losses nor perplexities can be compared, but *bits per byte* can: how many bits a byte of text costs when it is coded as the model predicts it. One trap is left. A word outside the vocabulary costs a word model only one `[UNK]`, and the word is lost. In the last column it is spelt out besides, by the frequencies of its letters.
# %% [markdown] tags=["zh"]
# ## 4. 词表太大怎么办？
#
# 词、子词，还是字符：词型越少，一段文本的词元就越多，每个词元包含的信息也越少。所以损失和困惑度都不能直接比较，能比较的是*每字节比特数*：按模型的预测来编码，一个字节的文本要花多少比特。还有一个陷阱：词表外的词，对词模型来说只花一个 `[UNK]` 的代价，词本身却丢了。最后一列把这些词按字母频率逐个拼出来，代价一并计入。
# %%
pipelines = {
    "words, 2,000": (pipeline, 32),
    "subwords, 2,000": (TextPipeline.fit(texts, level="subword", vocabulary_size=2000), 48),
    "characters": (TextPipeline.fit(texts, level="character"), 96),
}
held_bytes = sum(len(text.encode()) for text in held_out)
held_tokens = sum(len(row) - 1 for row in rows)  # the start token is not predicted
known, letters = set(pipeline.vocabulary), np.ones(256)  # letters: one is added to each count
for text in pipeline.tokenize(texts):
    for word in text:
        for byte in f"{word} ".encode():
            letters[byte] += 1
letter_bits = -np.log2(letters / letters.sum())
spelt = sum(
    letter_bits[byte]
    for text in pipeline.tokenize(held_out)
    for word in text
    if word not in known
    for byte in f"{word} ".encode()
)

print(f"{'':17}types   [UNK]   tokens a text   loss a token   bits a byte   and spelt")
bits = {}
for name, (cut, length) in pipelines.items():
    loss, tokens = losses["attention"], held_tokens
    if cut is not pipeline:
        reader = build_model(
            networks["attention"],
            pipeline=cut,
            hidden_dim=widths["attention"],
            seed=0,
            **common,
        )
        windows_of = {"length": length, "batch_size": batch}
        loss, _ = train(
            reader,
            cut.windows(texts, **windows_of),
            cut.windows(held_out, shuffle=False, **windows_of),
        )
        tokens = sum(len(row) - 1 for row in cut.encode(held_out))
    unknown = cut.report(held_out).unknown_share
    bits[name] = loss * tokens / np.log(2) / held_bytes
    bits[name, "spelt"] = bits[name] + (spelt / held_bytes if cut is pipeline else 0)
    print(
        f"{name:17}{cut.vocabulary_size:5,}{unknown:8.1%}{tokens / len(held_out):16.0f}"
        f"{loss:15.2f}{bits[name]:14.2f}{bits[name, 'spelt']:12.2f}"
    )
    assert 0 < bits[name] < 8
    assert (unknown > 0.05) == (cut is pipeline)
assert bits["words, 2,000", "spelt"] > bits["words, 2,000"] + 0.2

# %% [markdown] tags=["en"]
# And the price of a large softmax. The table of the output has a row for each type, and each token's loss needs a score of every row. Measured on 256 tokens of width 128, forward only:
# %% [markdown] tags=["zh"]
# 再看大 softmax 的代价。输出层的表里每个词型占一行，每个词元的损失都需要与每一行算一个得分。用 256 个宽度为 128 的词元来测，只算前向：
# %%
hidden = rng.normal(size=(256, 128)).astype("float32")
print("types     parameters   scores of a batch   milliseconds")
score_bytes = {}
for types in (4_000, 32_000):
    output = rng.normal(size=(types, 128)).astype("float32") / 10
    best = np.inf
    for _ in range(20):
        begin = time.perf_counter()
        scores = hidden @ output.T  # (256, types)
        highest = scores.max(axis=1, keepdims=True)
        total = np.log(np.exp(scores - highest).sum(axis=1)) + highest[:, 0]  # (256,)
        best = min(best, time.perf_counter() - begin)
    assert scores.shape == (256, types) and total.shape == (256,)
    score_bytes[types] = scores.nbytes
    print(f"{types:6,}{output.size:14,}{scores.nbytes / 2**20:16.0f} MiB{best * 1000:13.0f}")
assert score_bytes[32_000] == 8 * score_bytes[4_000]

# %% [markdown] tags=["en"]
# **Rule of thumb**: take subwords, a few thousand for a small model and some tens of thousands for a large one: nothing is unknown, texts stay short, and the output stays small.
#
# *What this cannot say*: where the best number lies for your text; that goes with the amount of text and the size of the model. And characters may catch up as training goes on.
# %% [markdown] tags=["zh"]
# **经验法则**：用子词，小模型用几千个，大模型用几万个：没有未知词，文本不会太长，输出层也不大。
#
# *这个实验不能说明*：对你的文本，最好的个数是多少；这随文本量和模型大小而变。另外，训练得久了，字符模型也许会追上来。
# %% [markdown] tags=["en"]
# ## 5. Size, trust, misuse, privacy
#
# The text that this course follows closes with large models, and gives their sizes wrongly: GPT-2 has 124 million to 1.5 billion parameters (it says 150 million, a zero too few), and GPT-4's number is not published. What can be counted is counted here, by `estimate`: GPT-2's smallest and largest, and GPT-3, whose shape is published.
# %% [markdown] tags=["zh"]
# ## 5. 规模、信任、滥用与隐私
#
# 本课程所依据的文档以大模型作结，但写错了它们的规模：GPT-2 有 1.24 亿到 15 亿个参数（文档写的是 1.5 亿，少了一个零），GPT-4 的参数量没有公布。能数的，这里用 `estimate` 来数：GPT-2 最小和最大的版本，以及公布过结构的 GPT-3。
# %%
largest = {"num_layers": 48, "hidden_dim": 1600, "num_heads": 25}
gpt3 = {"num_layers": 96, "hidden_dim": 12288, "num_heads": 96, "max_sequence_length": 2048}
sizes = {"GPT-2, smallest": {}, "GPT-2, largest": largest, "GPT-3": gpt3}
print(f"{'':18}parameters (billions)   weights (GiB)   to train (GiB)")
counted = {}
for name, size in sizes.items():
    found = estimate("gpt2", **size)
    counted[name] = found.parameters
    in_gib = found.weight_bytes / 2**30, found.training_bytes / 2**30
    print(f"{name:18}{found.parameters / 1e9:21.2f}{in_gib[0]:16,.1f}{in_gib[1]:17,.0f}")
assert counted["GPT-2, smallest"] == 124_439_808
assert 1.5e9 < counted["GPT-2, largest"] < 1.6e9 and 1.7e11 < counted["GPT-3"] < 1.8e11

# %% [markdown] tags=["en"]
# The hybrid network of question 2 is asked the rest.
#
# **Over-reliance.** Does the model know whether a sentence is true? Take sentences of its own training text that hold a year, put another year there, and ask which of the two it finds likelier. Whoever knew would be right each time, a coin half of the time. Both sentences are written by the same model in the same tone.
#
# **Rule of thumb**: a probability says how usual a sentence is, not whether it is true; check what is to be relied on elsewhere.
# %% [markdown] tags=["zh"]
# 余下的问题都来问问题 2 里的混合网络。
#
# **过度依赖**：模型知不知道一句话是真是假？从它自己的训练文本里取含有年份的句子，换上另一个年份，问它哪一句更可能。真正知道的话次次都对，抛硬币则对一半。而两句话由同一个模型写出来，语气是一样的。
#
# **经验法则**：概率说的是一句话有多常见，而不是它是否为真；凡是要依靠的内容，都要另外查证。
# %%
years = [i for i, token in enumerate(pipeline.vocabulary) if token.isdigit() and len(token) == 4]
print(f"{len(years)} years in the vocabulary, as", [pipeline.vocabulary[i] for i in years[:4]])
true, false = [], []
for row in pipeline.encode(learn):
    places = np.flatnonzero(np.isin(row, years))
    if len(row) <= 48 and len(places) == 1:
        other = row.copy()
        other[places] = rng.choice([year for year in years if year != row[places[0]]])
        for kept, ids in ((true, row), (false, other)):
            kept.append(np.pad(ids, (0, 48 - len(ids))))


def total_loss(rows):
    rows = np.array(rows)
    return (losses_of(hybrid, rows) * (rows[:, 1:] != pipeline.pad_id)).sum(axis=1)


right = (total_loss(true) < total_loss(false)).mean()
print(f"{len(true)} sentences; the true one is likelier in {right:.0%}")
assert right < 0.95

# %% [markdown] tags=["en"]
# **Misuse.** What does it cost to flood a forum? One processor, one small model, and how many different texts a minute? Looking for doubles finds few of them.
#
# **Rule of thumb**: what costs nothing to write proves nothing by its amount; whoever lets a model write to others owes them to say so.
# %% [markdown] tags=["zh"]
# **滥用**：要用垃圾文本淹没一个论坛，代价有多大？一个处理器，一个小模型，每分钟能写多少条互不相同的文本？靠查重只能查出很少几条。
#
# **经验法则**：写起来不费成本的东西，数量再多也说明不了什么；让模型替自己对外发言的人，有义务说明这一点。
# %%
prompts = [[pipeline.start_id]] * 64
arguments = {"max_length": 24, "temperature": 0.9}
hybrid.generate(prompts, seed=0, **arguments)  # compiles
begin = time.perf_counter()
made = [
    tuple(row.tolist())
    for seed in (1, 2)
    for row in hybrid.generate(prompts, seed=seed, **arguments)
]
minutes = (time.perf_counter() - begin) / 60
print(f"{len(made) / minutes:,.0f} texts a minute; of {len(made)}, {len(set(made))} are different")
print("-", pipeline.decode(made[0]))
assert len(set(made)) > 0.8 * len(made)

# %% [markdown] tags=["en"]
# **Privacy.** The training text held made-up numbers, one of them once, others 8, 32 and 128 times, and one of them never. How far has each been learned by heart? Put 200 other numbers in the place of the true one: at which rank does the model find the true one? Rank 1 of 201 means that whoever has a list of candidates can pick out the true one. What greedy writes is the harder test: does it come out unasked? Such planted secrets are called *canaries* (Carlini et al. 2019).
# %% [markdown] tags=["zh"]
# **隐私**：训练文本里有几个编造的号码，一个出现过 1 次，另外几个出现过 8 次、32 次和 128 次，还有一个从未出现。它们各被背下来多少？把真号码换成另外 200 个号码，看真号码在模型眼里排第几。在 201 个里排第 1，就意味着手上有一串候选号码的人能从中认出真的那个。贪心写出什么则是更难的考验：不给候选，它会自己说出来吗？这样埋进去的秘密叫作*金丝雀*（canary；Carlini 等，2019）。
# %%
print("times in the text   rank of 201   what greedy writes")
ranks = {}
for owner, count in {"music": 0, **copies}.items():
    decoys = [rng.integers(0, 10, size=6) for _ in range(200)]
    asked = [canary(owner, digits) for digits in [numbers[owner], *decoys]]
    found = losses_of(hybrid, np.array(pipeline.encode(asked))).sum(axis=1)  # (201,)
    ranks[count] = int((found < found[0]).sum()) + 1
    prompt = f"the number of the {owner} is"
    said = hybrid.generate(prompt, max_length=14, sampler="greedy", strip_prompt=True)
    truth = " ".join(map(str, numbers[owner]))
    print(f"{count:17}{ranks[count]:14}  {said}" + "   (the true one)" * (truth in said))
assert ranks[128] <= 5

# %% [markdown] tags=["en"]
# **Rule of thumb**: what must stay private stays out of the training text, and what stands there more than once is taken out of it first (doubles): a model cannot be asked to forget afterwards.
#
# *What this cannot say*: how safe a number is that stood there once. Larger models, and more epochs, learn by heart what this one did not.
# %% [markdown] tags=["zh"]
# **经验法则**：必须保密的内容不要放进训练文本，重复出现的内容先去重；事后再让模型忘掉是做不到的。
#
# *这个实验不能说明*：只出现过一次的号码有多安全。模型更大、训练轮数更多，这里没背下来的也会被背下来。
# %% [markdown] tags=["en"]
# ## Exercises
#
# Replace each `...` by your answer and run the cell again.
#
# **faq.1** A model was trained on windows of 128 tokens, and a text has 300. Which of these does nothing for it: `"truncation"`, `"windows"` or `"padding"`?
#
# **faq.2** A word model has a loss of 4.2 nats a token, and its tokens have 6 bytes in the mean; a character model has 1.3 nats a token, of 1 byte each. How many bits per byte has each? Give a list of two numbers.
#
# **faq.3** A model of width 128 has 32,000 types, a table of word vectors, an output table of its own, and an output bias, a number for each type. How many of its parameters are there because of the vocabulary?
# %% [markdown] tags=["zh"]
# ## 练习
#
# 把每个 `...` 换成你的答案，再运行一遍单元格。
#
# **faq.1** 模型在 128 个词元的窗口上训练，一段文本有 300 个词元。下面哪一种办法对它毫无用处：`"truncation"`（截断）、`"windows"`（窗口）还是 `"padding"`（填充）？
#
# **faq.2** 一个词模型的损失是每个词元 4.2 奈特，词元平均长 6 个字节；一个字符模型的损失是每个词元 1.3 奈特，每个词元 1 个字节。两者的每字节比特数各是多少？请给出两个数的列表。
#
# **faq.3** 一个宽度为 128 的模型有 32,000 个词型，有词向量表，输出层有自己的一张表，还有输出偏置，每个词型一个数。它的参数里，有多少个是因词表而来的？
# %%
does_nothing = ...
course.check("faq.1", does_nothing)

bits_per_byte = ...
course.check("faq.2", bits_per_byte)

of_the_vocabulary = ...
course.check("faq.3", of_the_vocabulary)


# %% [markdown] tags=["en"]
# **faq.4** Write overlapping windows: for a text of `n` tokens, windows of `length`, and `overlap` tokens that a window shares with the one before it, give the list of (start, end) of all windows, `end` not included. Every token is in some window; the last window ends with the text and may be shorter; no window lies within another.
# %% [markdown] tags=["zh"]
# **faq.4** 写出重叠的窗口：文本有 `n` 个词元，窗口长 `length`，每个窗口与前一个共有 `overlap` 个词元，给出所有窗口的（起点，终点）列表，不含终点。每个词元都要落在某个窗口里；最后一个窗口到文本结尾为止，可以短一些；任何窗口都不完全落在另一个窗口之内。
# %%
def overlapping_windows(n, length, overlap):
    return ...


course.check("faq.4", overlapping_windows)

# %% [markdown] tags=["en"]
# ## Summary
#
# - Vectors: learned from all the text there is where labels are few; where there are many it matters less.
# - Networks: compare at equal parameters or at equal time, and say which; on little text the differences are small.
# - Long texts: windows. Padding does nothing for them, and learned positions end where training ended.
# - Vocabularies: subwords, compared in bits per byte.
# - A model's probability is not truth, its texts cost nothing, and what it has read often it gives away.
#
# **To read**: Kaplan et al. 2020 and Hoffmann et al. 2022 (size, data and time); Press et al. 2022, section 2 (positions beyond the trained length); Sennrich et al. 2016, section 3 (subwords); Carlini et al. 2019, sections 4 and 5 (canaries); Bender et al. 2021 (what large models bring along).
# %% [markdown] tags=["zh"]
# ## 小结
#
# - 词向量：标签少，用从全部可得文本学来的；标签多，用哪种就不那么要紧了。
# - 网络：比较时固定参数量或固定时间，并说明固定了哪一个；文本少时差别不大。
# - 长文本：切窗口。填充对它毫无用处；可学习的位置编码到训练长度为止。
# - 词表：用子词，用每字节比特数来比较。
# - 模型的概率不等于真实，它写文本不费成本，它读过多次的内容会泄露出来。
#
# **延伸阅读**：Kaplan 等，2020；Hoffmann 等，2022（规模、数据与时间）；Press 等，2022，第 2 节（超出训练长度的位置）；Sennrich 等，2016，第 3 节（子词）；Carlini 等，2019，第 4、5 节（金丝雀）；Bender 等，2021（大模型带来了什么）。
