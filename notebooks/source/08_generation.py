# %% [markdown] tags=["en"]
# # 08 Generation: from probabilities to sentences
#
# **You will be able to** write the loop that makes a text, show what each sampler does to a distribution, tell why greedy text goes round in circles and what helps, do beam search by hand, and say what the cache is and what it saves.
#
# **You need to know** what a language model gives (page 02), what a state is (page 04), and what keys and values are (page 05).
#
# **It takes** about 25 minutes to read and a minute to run on two CPU cores, with 2 GB of memory.
#
# A language model gives a probability for every token that may come next. To write, one picks a token, appends it and asks again, until the token picked is the end token. That is all of generation; what is left to say is how one picks, and how nothing is computed twice.
# %% [markdown] tags=["zh"]
# # 08 生成：从概率到句子
#
# **学完本页，你能够**写出生成文本的循环，用图说明每种采样器对分布做了什么，说清贪心生成为什么会原地打转、怎样解决，手算束搜索，并说明缓存是什么、省下了什么。
#
# **预备知识**：语言模型给出什么（第 02 页），什么是状态（第 04 页），什么是键和值（第 05 页）。
#
# **所需时间**：阅读约 25 分钟，在两个 CPU 核上运行约 1 分钟，占用内存 2 GB。
#
# 语言模型给出下一个词元的概率分布。要写出文本，就按它选一个词元，接在后面，再问一次模型，直到选出结束词元为止。生成就是这么回事，剩下的只有两个问题：怎样选，以及怎样避免重复计算。
# %%
# %matplotlib inline
import time
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
from keras import ops

from mlm_tf import TextPipeline, build_model, corpora, course, viz
from mlm_tf.generation import Beam, Decoder, MinP, Sampler, TopK, TopP, Typical
from mlm_tf.layers import SelfAttention
from mlm_tf.training import make_optimizer

rng = np.random.default_rng(0)


def show(name, text):
    print(fill(f"{name} {text}", width=88, subsequent_indent="  "))


# %% [markdown] tags=["en"]
# ## A tiny model
#
# A part of the Wikipedia articles is for training; sentences of the other articles are kept as what people write. Look at both before training: a person's sentence is what all the texts of this page are compared with.
# %% [markdown] tags=["zh"]
# ## 一个小模型
#
# 一部分维基百科条目用于训练，其余条目的句子留作“人写的文本”。训练前先看看这两部分数据：本页生成的所有文本，都要与人写的句子作比较。
# %%
articles = corpora.wikipedia()
every = 6 if QUICK else 2
texts = corpora.sentences(articles[::every])
unseen = corpora.sentences([a for i, a in enumerate(articles) if i % every])
pipeline = TextPipeline.fit(texts, vocabulary_size=2000)
print(f"{len(texts):,} sentences to learn from, {len(unseen):,} of other articles")
for text in (texts[0], unseen[2]):
    show("-", text)
    show("  as the model sees it:", pipeline.decode(pipeline.encode([text])[0]))

# %% [markdown] tags=["en"]
# The model is an LSTM with self-attention on top. It is trained for some seconds, by the optimizer that `train` would choose for it (page 07), and will not write well. That does no harm here: what is wrong with its texts is easier to see.
# %% [markdown] tags=["zh"]
# 模型是一层 LSTM，上面加一层自注意力。用的是 `train` 会替它选的优化器（第 07 页），只训练很短的时间，写不出好文章，但在这里不碍事：毛病反而看得更清楚。
# %%
windows = pipeline.windows(texts, length=32, batch_size=32)
model = build_model(["lstm", "attention"], pipeline=pipeline, hidden_dim=64, seed=0)
untrained_weights = model.get_weights()
epochs = 3 if QUICK else 10
model.compile(make_optimizer("muon", num_steps=epochs * len(windows)))
losses = model.fit(windows, epochs=epochs, verbose=0).history["loss"]
print("cross-entropy by epoch:", ", ".join(f"{loss:.2f}" for loss in losses))
assert losses[-1] < losses[0] < np.log(2000)

# %% [markdown] tags=["en"]
# ## The loop by hand
#
# Softmax, draw, append; stop at the end token or at a greatest length. Some ids are never drawn: the special tokens, which no text contains, and `[UNK]`, which nobody wants to read. `[END]` may be drawn, since it is what ends the sentence. The model's output has the shape (texts, tokens, vocabulary); the last token's row says what may follow.
# %% [markdown] tags=["zh"]
# ## 手写循环
#
# 做 softmax，抽一个词元，接上去；遇到结束词元或达到最大长度就停。有些编号从不抽取：文本里不会出现的特殊词元，以及没人想读到的 `[UNK]`。`[END]` 可以抽，因为句子正是由它结束的。模型输出的形状是（文本数，词元数，词表大小），最后一个词元那一行说的就是接下来可能是什么。
# %%
never = [pipeline.pad_id, pipeline.unk_id, pipeline.start_id, pipeline.sep_id, pipeline.mask_id]


def softmax(scores):
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


longest = 48  # all rows are filled up to it: the model is causal, nothing behind a token counts


def last_logits(ids):
    row = np.zeros((1, longest), "int32")
    row[0, : len(ids)] = ids
    logits = np.array(model(row))  # (1, 48, V)
    assert logits.shape == (1, longest, pipeline.vocabulary_size)
    return logits[0, len(ids) - 1]  # (V,): the scores of what follows the last token


def next_logits(ids):
    logits = last_logits(ids)
    logits[never] = -np.inf
    return logits


def write(prompt_ids, max_length, choose):
    ids = list(prompt_ids)
    while len(ids) < max_length and ids[-1] != pipeline.end_id:
        ids.append(int(choose(softmax(next_logits(ids)))))
    return ids


def draw(probabilities):
    return rng.choice(len(probabilities), p=probabilities)


def start_of(text):
    return pipeline.encode([text], add_end=False)[0]


for _ in range(3):
    show("drawn: ", pipeline.decode(write(start_of("it is"), 44, draw)))
greedy_by_hand = write(start_of("it is"), 44, np.argmax)
show("greedy:", pipeline.decode(greedy_by_hand))

# %% [markdown] tags=["en"]
# `np.argmax` instead of a draw is *greedy* decoding: always the most probable token. `model.generate` is the same loop, compiled; greedy leaves nothing to chance, so the two must agree to the last token.
# %% [markdown] tags=["zh"]
# 用 `np.argmax` 代替抽取，就是*贪心*解码：每次都选概率最大的词元。`model.generate` 是同一个循环的编译版本；贪心不含随机性，所以两者的每个词元都必须相同。
# %%
ids = model.generate(start_of("it is"), max_length=44, sampler="greedy")
assert ids.tolist() == greedy_by_hand
show("generate:", model.generate("it is", max_length=44, sampler="greedy"))


# %% [markdown] tags=["en"]
# ## Samplers are changes of the distribution
#
# A draw from the plain distribution goes wrong sooner or later: each of the many unlikely tokens has next to no chance, but all together they have a large one. A sampler changes the distribution before the draw.
#
# - *Temperature* $T$ divides the scores: $p_i \propto e^{z_i/T}$. Below 1 the likely becomes likelier; towards 0 it is greedy.
# - *Top-k* keeps the $k$ most probable tokens.
# - *Top-p* keeps the fewest most probable ones that together have probability $p$.
# - *Min-p* keeps those with at least $p$ times the greatest probability.
# - *Typical* sampling keeps those whose surprise $-\ln p_i$ is nearest to the entropy, the surprise that is to be expected, again the fewest that together have probability $p$.
# %% [markdown] tags=["zh"]
# ## 采样器就是改变分布
#
# 直接从原来的分布里抽，迟早会出错：不太可能的词元很多，每一个的机会都微乎其微，加在一起却不小。采样器在抽取之前先改变分布。
#
# - *温度* $T$：未规范化的预测（logits）先除以 $T$，$p_i \propto e^{z_i/T}$。$T$ 小于 1 时，大概率变得更大；趋于 0 时就是贪心。
# - *top-k* 保留概率最大的 $k$ 个词元。
# - *top-p* 按概率从大到小保留，直到总概率达到 $p$ 为止。
# - *min-p* 保留概率不低于最大概率 $p$ 倍的词元。
# - *典型采样*看惊异程度 $-\ln p_i$ 与熵（即惊异程度的期望）有多接近，从最接近的开始保留，直到总概率达到 $p$ 为止。
# %%
def fewest(p, order, share):
    before = np.cumsum(p[order]) - p[order]  # what those in front of each have together
    kept = np.zeros(len(p), bool)
    kept[order[before < share]] = True
    return kept


def top_k(p, k):
    return p >= np.sort(p)[-k]


def top_p(p, share):
    return fewest(p, np.argsort(-p), share)


def min_p(p, share):
    return p >= share * p.max()


def typical(p, share):
    surprise = -np.log(np.maximum(p, 1e-30))
    entropy = (p * surprise).sum()
    return fewest(p, np.argsort(abs(surprise - entropy)), share)


# %% [markdown] tags=["en"]
# Do the package's samplers keep the same tokens? `Decoder` is the package's loop around any step function. Here the step gives the same scores again and again, so a text of a thousand tokens is a thousand draws: every one must be among those kept by hand, and the likeliest must come as often as its share says.
# %% [markdown] tags=["zh"]
# 包里的采样器保留的是同样的词元吗？`Decoder` 是套在任意步进函数外面的生成循环。这里的步进函数每次都给出同样的得分，所以一千个词元的文本就是抽了一千次：每次抽到的都必须在手算保留的词元之中，其中概率最大的那个，出现的频率要与它的份额相符。
# %%
by_hand_and_ours = {
    "top-k 5": (lambda p: top_k(p, 5), TopK(5)),
    "top-p 0.7": (lambda p: top_p(p, 0.7), TopP(0.7)),
    "min-p 0.1": (lambda p: min_p(p, 0.1), MinP(0.1)),
    "typical 0.7": (lambda p: typical(p, 0.7), Typical(0.7)),
}
same_again = Decoder(
    step=lambda token_ids, scores, padding_mask: (scores, scores),
    initial_state=lambda batch_size, max_length, scores: scores,
    variables=[],
    vocabulary_size=pipeline.vocabulary_size,
)
print("tokens kept after:" + " " * 5 + "the united   he was")
sizes = {}
for name, (keep, sampler) in by_hand_and_ours.items():
    for prompt in ("the united", "he was"):
        logits = np.maximum(next_logits(start_of(prompt)), -1e30).astype("float32")
        p = softmax(logits)
        kept = keep(p)
        [thousand] = same_again.run([np.array([0])], 1001, sampler, source=[logits[None]])
        drawn = thousand.token_ids[0]  # (1000,)
        likeliest = np.argmax(np.where(kept, p, 0))
        assert kept[drawn].all()
        assert abs((drawn == likeliest).mean() - p[likeliest] / p[kept].sum()) < 0.06
        sizes[name, prompt] = kept.sum()
    print(f"{name:23}{sizes[name, 'the united']:10}{sizes[name, 'he was']:9}")
assert sizes["top-k 5", "the united"] == sizes["top-k 5", "he was"] == 5
assert sizes["top-p 0.7", "the united"] < sizes["top-p 0.7", "he was"]
assert sizes["min-p 0.1", "the united"] < sizes["min-p 0.1", "he was"]

# %% [markdown] tags=["en"]
# The same two distributions as bars: one where the model is rather sure, one where it is not. Grey is the model's own probability, blue what a token has after the sampler. Top-k keeps as many here as there; top-p and min-p go with the context; typical sampling may even leave out the likeliest token, when that one says less than is to be expected.
# %% [markdown] tags=["zh"]
# 把这两个分布画成条形图：一个是模型比较有把握的，一个是没有把握的。灰色是模型原来的概率，蓝色是采样器处理之后的概率。top-k 在两处保留的一样多；top-p 和 min-p 随上下文变化；典型采样甚至可能舍去概率最大的词元，因为它带来的信息比预期的少。
# %%
shown = 8
figure, panels = plt.subplots(2, 6, figsize=(13, 5), sharex="row")
for row, prompt in zip(panels, ("the united", "he was")):
    logits = next_logits(start_of(prompt))
    p = softmax(logits)
    changed = {"as it is": p, "temperature 0.5": softmax(logits / 0.5)}
    for name, (keep, _) in by_hand_and_ours.items():
        changed[name] = np.where(keep(p), p, 0) / p[keep(p)].sum()
    order = np.argsort(-p)
    labels = [pipeline.vocabulary[i] for i in order[:shown]] + ["all others"]
    for axes, (name, q) in zip(row, changed.items()):
        assert np.isclose(q.sum(), 1)
        for values, colour, height in ((p, "0.8", 0.8), (q, "tab:blue", 0.4)):
            bars = [*values[order[:shown]], values[order[shown:]].sum()]
            axes.barh(range(shown + 1), bars, height, color=colour)
        axes.set_yticks(range(shown + 1), labels if name == "as it is" else [])
        axes.invert_yaxis()
        axes.set_title(f"{name}\n{(q > 0).sum():,} tokens", fontsize=9)
    row[0].set_ylabel(f"{prompt} …")
plt.tight_layout()
plt.show()

# %% [markdown] tags=["en"]
# And what they write. The temperature is one more input of `generate`, whatever the sampler.
# %% [markdown] tags=["zh"]
# 再看看它们写出的文本。不论用哪种采样器，温度都是 `generate` 的另一个输入。
# %%
for sampler, temperature in (("random", 1.5), ("random", 1.0), (TopP(0.7), 1.0), (TopP(0.7), 0.5)):
    name = sampler if isinstance(sampler, str) else "top-p 0.7"
    text = model.generate("he was", max_length=44, sampler=sampler, temperature=temperature, seed=1)
    show(f"[{name}, T = {temperature}]", text)

# %% [markdown] tags=["en"]
# ## A failure made on purpose: greedy goes in circles
#
# Surely the most probable token each time makes the best text? Let it write for longer, without an end token.
# %% [markdown] tags=["zh"]
# ## 一次故意的失败：贪心原地打转
#
# 每次都选概率最大的词元，总该写出最好的文本吧？让它写长一点，不许结束。
# %%
long = {"max_length": 48, "suppress_token_ids": [pipeline.end_id], "seed": 4}
texts_of = {}
for sampler in ("greedy", "random"):
    texts_of[sampler] = model.generate(start_of("he was"), sampler=sampler, **long)
    show(f"[{sampler}]", pipeline.decode(texts_of[sampler]))


def distinct(rows, n):
    """The share of different ones among all runs of n tokens."""
    runs = [tuple(row[i : i + n]) for row in rows for i in range(len(row) - n + 1)]
    return len(set(runs)) / len(runs)


for sampler, ids in texts_of.items():
    print(f"{sampler}: {distinct([ids], 3):.0%} of the runs of three tokens are different ones")
assert distinct([texts_of["greedy"]], 3) + 0.2 < distinct([texts_of["random"]], 3)

# %% [markdown] tags=["en"]
# For the diagnosis, look at the distributions along the text. Their *entropy* $-\sum_i p_i \ln p_i$ says how open the next word is: $e$ to that power is the number of equally likely words that would leave one as unsure.
# %% [markdown] tags=["zh"]
# 要诊断原因，就沿着文本看每一步的分布。*熵* $-\sum_i p_i \ln p_i$ 说明下一个词有多不确定：$e$ 的熵次方，就是“同样让人拿不准的等可能词的个数”。
# %%
figure, panels = plt.subplots(2, 1, figsize=(11, 5.5))
for axes, (sampler, ids) in zip(panels, texts_of.items()):
    logits = np.array(model(ids[None, :-1]))[0]  # (T - 1, V): before each token but the first
    logits[:, [*never, pipeline.end_id]] = -1e30
    p = softmax(logits)
    entropy = -(p * np.log(np.maximum(p, 1e-30))).sum(axis=-1)  # (T - 1,)
    taken = p[range(len(p)), ids[1:]]  # (T - 1,)
    print(
        f"{sampler:7} mean entropy {entropy.mean():.1f}, as of {np.exp(entropy.mean()):.0f} "
        f"equally likely words; mean probability of the word that was taken {taken.mean():.2f}"
    )
    assert entropy.mean() > 1  # not sure at all
    axes.plot(entropy, "o-", markersize=4)
    words = [pipeline.vocabulary[i] for i in ids[1:]]
    axes.set_xticks(range(len(words)), words, rotation=90, fontsize=8)
    axes.set(ylabel="entropy (nats)", title=sampler, ylim=(0, np.log(2000)))
plt.tight_layout()
plt.show()

# %% [markdown] tags=["en"]
# In the upper picture the curve repeats itself as the words do. Its height tells the rest: the model is not stuck, and not even sure. Dozens of words are possible at most places, but greedy takes the first of them, comes to a state that is nearly the one before, and takes the same again. The fault is in the choice. Two things help, more or less: choose otherwise, by sampling; or make what stands in the text already less probable, by a *repetition penalty*, or forbid the same three tokens to come twice. (The penalty is the same for a word that stands there once and ten times, so it may only lead into another circle.)
# %% [markdown] tags=["zh"]
# 上图的曲线和词一样，一遍遍重复。曲线的高度说明了其余的问题：模型没有卡住，甚至谈不上有把握。大多数位置都有几十个词可选，但贪心总取第一个，于是回到与之前几乎相同的状态，又作出同样的选择。毛病出在选法上。能改善的办法有两类，效果不一：换一种选法，即采样；或者让文本里已有的词概率变小（*重复惩罚*），或禁止同样的三个词元出现两次。（一个词不论出现过一次还是十次，惩罚都一样大，所以惩罚也可能只是让文本转进另一个圈子。）
# %%
remedies = {
    "greedy": {"sampler": "greedy"},
    "repetition penalty 1.5": {"sampler": "greedy", "repetition_penalty": 1.5},
    "no three tokens twice": {"sampler": "greedy", "no_repeat_ngram_size": 3},
    "top-p 0.7": {"sampler": TopP(0.7)},
}
shares = {}
for name, remedy in remedies.items():
    ids = model.generate(start_of("he was"), **long, **remedy)
    shares[name] = distinct([ids], 3)
    show(f"[{name}: {shares[name]:.0%}]", pipeline.decode(ids))
assert shares["greedy"] < min(shares["no three tokens twice"], shares["top-p 0.7"])

# %% [markdown] tags=["en"]
# The package has a page for such questions. Point at a word of a text, or reach it with the arrow keys, and see how probable it was and what the model would rather have written; the entropy runs below (there in bits). On GitHub, and in JupyterLab until you have run the cell, a still picture stands in.
# %% [markdown] tags=["zh"]
# 本包有一个页面专门用来看这些。指向文本中的一个词（或用方向键移到它上面），就能看到它的概率，以及模型更想写什么；下方画的是熵（那里以比特为单位）。在 GitHub 上，以及在 JupyterLab 里运行这个单元格之前，这里只是一张静态图片。
# %%
viz.generation_page(*model.alternatives(texts_of["random"]))

# %% [markdown] tags=["en"]
# ## Beam search on a small tree
#
# Greedy has another fault: a word that looks best now may lead to a worse sentence. *Beam search* keeps the few most probable beginnings, the beams, continues all of them, and keeps the best again. Below is a language that fits on a page: each number is the probability of a word after the one on its left.
# %% [markdown] tags=["zh"]
# ## 在一棵小树上做束搜索
#
# 贪心还有一个毛病：眼前看来最好的词，可能通向更差的句子。*束搜索*保留概率最大的几个开头，把它们全都续写一步，再从中留下最好的几个。下面这种语言小到能画在一页纸上：每个数是一个词跟在左边那个词后面的概率。
# %%
words = ["the", "old", "cat", "sun", "man", "house", "car", "sleeps", "sings", "shines", "[END]"]
end = words.index("[END]")
after = {
    "the": {"old": 0.5, "cat": 0.4, "sun": 0.1},
    "old": {"man": 0.4, "house": 0.3, "car": 0.3},
    "cat": {"sleeps": 0.9, "sings": 0.1},
    "sun": {"shines": 1.0},
}
table = np.zeros((11, 11))  # row: the last word; column: the next one
for i, word in enumerate(words):
    for following, probability in after.get(word, {"[END]": 1.0}).items():
        table[i, words.index(following)] = probability
assert np.allclose(table.sum(axis=1), 1)
log_table = np.log(np.maximum(table, 1e-30))


def beam_by_hand(next_log_probs, prompt, num_beams, max_length, end, length_penalty=1.0):
    beams, ended, levels = [(0.0, list(prompt))], [], []
    while beams and len(beams[0][1]) < max_length:
        candidates = [
            (total + log_prob, [*ids, token])
            for total, ids in beams
            for token, log_prob in enumerate(next_log_probs(ids))
            if log_prob > -60
        ]
        ended += [c for c in candidates if c[1][-1] == end]
        going_on = [c for c in candidates if c[1][-1] != end]
        beams = sorted(going_on, reverse=True)[:num_beams]
        levels.append([ids for _, ids in beams])
    ended += beams
    best = max(ended, key=lambda c: c[0] / (len(c[1]) - len(prompt)) ** length_penalty)
    return best[1], best[0], levels


for num_beams in (1, 2):
    ids, total, levels = beam_by_hand(lambda ids: log_table[ids[-1]], [0], num_beams, 4, end, 0.0)
    print(f"{num_beams} beam(s): {' '.join(words[i] for i in ids[:-1]):16}{np.exp(total):.2f}")
    if num_beams == 1:
        greedy_total = total
assert total > greedy_total and words[ids[1]] == "cat"

# %% [markdown] tags=["en"]
# As a picture, with the beginnings that two beams keep in blue, and behind each sentence its probability, the product along the branch. "the old …" looked better than "the cat …" by one word, and was worse by two.
# %% [markdown] tags=["zh"]
# 画成图，两个束保留下来的开头用蓝色标出，每个句子后面是它的概率，即沿途各数的乘积。只看一个词，“the old …”比“the cat …”好；看到两个词，它就不如后者了。
# %%
figure, axes = plt.subplots(figsize=(7, 3.2))


def branch(begin, to, share, label, is_kept):
    colour = "tab:blue" if is_kept else "0.6"
    axes.plot([begin[0] + 0.3, to[0]], [begin[1], to[1]], color=colour)
    middle = (begin[0] + 0.3 + to[0]) / 2, (begin[1] + to[1]) / 2
    axes.text(*middle, share, ha="center", va="center", fontsize=8, backgroundcolor="white")
    axes.text(to[0] + 0.02, to[1], label, va="center", color=colour)


leaf, kept = 0, [[words[i] for i in ids] for level in levels for ids in level]
axes.text(0.1, -2.5, "the", va="center", color="tab:blue")
for first, share in after["the"].items():
    place = (1, leaf - (len(after[first]) - 1) / 2)
    branch((0, -2.5), place, share, first, ["the", first] in kept)
    for second, then in after[first].items():
        label = f"{second}   {share * then:.2f}"
        branch(place, (2, leaf), then, label, ["the", first, second] in kept)
        leaf -= 1
axes.set_xlim(0, 2.6)
axes.axis("off")
plt.show()


# %% [markdown] tags=["en"]
# The package's beam search is a sampler in the same compiled loop, and the table above makes a step function for it. With two beams it must find what we found, and with as many as there are sentences what a search through all of them finds. Then the same on the trained model. A sum of log-probabilities falls with every token, so it is divided by the number of new ones (a *length penalty* of 1; on the tree, where all sentences have one length, it is 0).
# %% [markdown] tags=["zh"]
# 包里的束搜索是同一个编译循环中的一个采样器，上面的表可以做成它的步进函数。两个束时，它找到的必须与我们找到的相同；束的个数达到句子总数时，必须与穷举的结果相同。然后在训练好的模型上再比一次。对数概率之和每加一个词元就变小，所以要除以新词元的个数（*长度惩罚*为 1；树上的句子一样长，所以用 0）。
# %%
def step(token_ids, state, padding_mask):
    last = ops.sum(ops.cast(padding_mask, "int32"), axis=1, keepdims=True) - 1
    token = ops.take_along_axis(token_ids, ops.maximum(last, 0), axis=1)[:, 0]  # (B,)
    return ops.take(ops.cast(log_table, "float32"), token, axis=0), state  # (B, 11)


tree = Decoder(step, lambda batch_size, length: ops.zeros((batch_size, 1)), [], 11)
for num_beams, expected in ((1, "the old man"), (2, "the cat sleeps"), (6, "the cat sleeps")):
    *_, found = tree.run([np.array([0])], 4, Beam(num_beams, 0.0), stop_token_ids=[end])
    ids = [0, *found.token_ids[0].tolist()]
    by_hand = beam_by_hand(lambda ids: log_table[ids[-1]], [0], num_beams, 4, end, 0.0)[0]
    assert ids == by_hand and [words[i] for i in ids[:-1]] == expected.split()
every_sentence = [
    (a, b, table[0, a] * table[a, b]) for a in range(11) for b in range(11) if b != end
]
best = max(every_sentence, key=lambda sentence: sentence[2])
assert words[best[0]] == "cat" and words[best[1]] == "sleeps"


def model_log_probs(ids):
    log_probs = np.log(softmax(last_logits(ids)))  # [UNK] keeps its share
    log_probs[never] = -np.inf
    return log_probs


by_hand, total, _ = beam_by_hand(model_log_probs, start_of("it is"), 3, 12, pipeline.end_id)
ids = model.generate(start_of("it is"), max_length=12, sampler=Beam(3))
print(pipeline.decode(ids))
assert ids.tolist() == by_hand

# %% [markdown] tags=["en"]
# ## A likely text is not a good one
#
# Beam search finds likelier texts than greedy does, and a draw finds less likely ones. Which is nearer to what people write? Take sentences of articles that the model has not seen, give it their first two words, and let it go on. Measured are the mean log-probability of a token under the model, and how many of all runs of two and of three tokens are different ones. Two baselines: the model before its training, and words drawn by their frequency alone.
# %% [markdown] tags=["zh"]
# ## 概率大不等于写得好
#
# 束搜索找到的文本比贪心的概率更大，随机抽取的则更小。哪一种更接近人写的？取模型没见过的条目里的句子，给出前两个词，让模型接着写。量两样东西：在模型看来每个词元的平均对数概率，以及长度为二、为三的词元串里有多少是互不相同的。基线有两个：训练前的模型，以及只按词频抽词。
# %%
length, prompt_length, count = 16, 3, 64
human = [row[:length] for row in pipeline.encode(unseen)]
human = [row for row in human if len(row) == length and pipeline.unk_id not in row]
human = np.array([human[i] for i in rng.permutation(len(human))[:count]])  # (64, 16)
prompts = human[:, :prompt_length]  # [START] and two words
assert human.shape == (count, length)

written = {"people": human}
batch = {"max_length": length, "suppress_token_ids": [pipeline.end_id], "seed": 0}
written["beam search, 8 beams"] = model.generate(prompts, sampler=Beam(8), **batch)
written["greedy"] = model.generate(prompts, sampler="greedy", **batch)
written["top-p 0.7"] = model.generate(prompts, sampler=TopP(0.7), **batch)
written["random"] = model.generate(prompts, sampler="random", **batch)
written["random, T = 1.5"] = model.generate(prompts, sampler="random", temperature=1.5, **batch)
trained_weights = model.get_weights()
model.set_weights(untrained_weights)  # inputs of the compiled loop: nothing is compiled anew
written["untrained model"] = model.generate(prompts, sampler="random", **batch)
model.set_weights(trained_weights)
frequency = pipeline.counts.astype("float64")
frequency[[*never, pipeline.end_id]] = 0
by_frequency = rng.choice(
    len(frequency), p=frequency / frequency.sum(), size=(count, length - prompt_length)
)
written["words by frequency"] = np.concatenate([prompts, by_frequency], axis=1)

print(f"{'':22}log-probability   distinct 2   distinct 3")
measured = {}
for name, rows in written.items():
    scores = model.score(np.array(rows)).log_probs  # of all tokens but the first
    log_prob = np.mean([row[prompt_length - 1 :] for row in scores])
    new = [row[prompt_length:] for row in rows]
    measured[name] = (log_prob, distinct(new, 2), distinct(new, 3))
    print("{:22}{:15.2f}{:13.0%}{:13.0%}".format(name, *measured[name]))

# %% [markdown] tags=["en"]
# The texts that the model finds likeliest are those that repeat themselves and each other; people's sentences are much less likely than they, and far more varied. At the other end, words drawn by frequency are varied and no text. So neither number is quality: one looks for a sampler whose texts come to lie *near* those of people.
# %% [markdown] tags=["zh"]
# 在模型看来概率最大的文本，恰恰是自我重复、也彼此重复的那些；人写的句子概率比它们小得多，也丰富得多。另一头，按词频抽出的词足够丰富，却不成文章。所以这两个数都不是质量：要找的是一种采样器，它的文本落在人写的文本*附近*。
# %%
figure, axes = plt.subplots(figsize=(7.5, 4))
for name, (log_prob, share, _) in measured.items():
    axes.plot(log_prob, share, "k*" if name == "people" else "o", markersize=10, label=name)
axes.set(xlabel="mean log-probability of a token", ylabel="distinct runs of two", ylim=(0, 1.05))
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
plt.tight_layout()
plt.show()
log_probs = {name: values[0] for name, values in measured.items()}
likely = ("beam search, 8 beams", "greedy", "top-p 0.7", "random", "random, T = 1.5")
assert sorted(likely, key=log_probs.get, reverse=True)[:3] == list(likely[:3])
assert log_probs["greedy"] > log_probs["people"] > log_probs["words by frequency"]
assert measured["people"][2] > measured["greedy"][2] + 0.2


# %% [markdown] tags=["en"]
# What is near to people may still be copied from them. How many runs of $n$ tokens stand word for word in the training text? People's new sentences are the measure: short runs are the language, long ones are quotations. A larger model that trains for longer can quote more, so this count belongs beside every model that writes for others.
# %% [markdown] tags=["zh"]
# 接近人写的，也可能是从人那里抄来的。有多少长度为 $n$ 的词元串一字不差地出现在训练文本里？拿人新写的句子作对照：短的串属于语言本身，长的串就是引用了。更大、训练更久的模型会抄得更多，所以凡是替别人写作的模型，都应当附上这个统计。
# %%
def runs(rows, n):
    return [tuple(row[i : i + n]) for row in rows for i in range(len(row) - n + 1)]


stored = [row.tolist() for row in pipeline.encode(texts)]
print("runs of       2      3      4      6      8 tokens that stand in the training text")
for name in ("people", "top-p 0.7", "random"):
    new = [np.array(row[prompt_length:]).tolist() for row in written[name]]
    shares = []
    for n in (2, 3, 4, 6, 8):
        known = set(runs(stored, n))
        shares.append(np.mean([run in known for run in runs(new, n)]))
    print(f"{name:9}" + "".join(f"{share:7.0%}" for share in shares))
    assert shares == sorted(shares, reverse=True)

# %% [markdown] tags=["en"]
# ## The cache is the state
#
# The loop by hand reads the whole text anew for each token. A recurrent network need not: formula 4.2, $h_i = f(h_{i-1}, w_i)$, goes on from the state. (The text that this course follows calls $h_i$ the "i-th hidden layer"; here it is the state at step $i$, of one and the same layer.) Attention fits that formula as well: what it has to know of the past are the keys and values of the words so far. By hand, beside the layer:
# %% [markdown] tags=["zh"]
# ## 缓存就是状态
#
# 手写的循环每生成一个词元，都要把整个文本重读一遍。循环神经网络不必如此：公式 4.2，$h_i = f(h_{i-1}, w_i)$，从状态接着往下算。（本课程所依据的文档把 $h_i$ 叫作“第 i 个隐藏层”；这里它是同一层在第 $i$ 步的状态。）注意力也符合这个公式：关于过去，它只需要知道到目前为止各个词的键和值。下面手算，并与层作比较：
# %%
layer = SelfAttention(8, num_heads=1, positions=None)
x = rng.normal(size=(1, 5, 8)).astype("float32")  # one text of five words
whole = np.array(layer(x))  # (1, 5, 8)
w_q, w_k, w_v, w_o = (np.array(w) for w in layer.get_weights())

keys, values = np.zeros((0, 8)), np.zeros((0, 8))
state = layer.initial_state(batch_size=1, max_length=5)
for i in range(5):
    keys = np.vstack([keys, x[0, i] @ w_k])  # (i + 1, 8): all that is remembered
    values = np.vstack([values, x[0, i] @ w_v])
    weights = softmax(x[0, i] @ w_q @ keys.T / np.sqrt(8))  # (i + 1,)
    y_by_hand = weights @ values @ w_o  # (8,)
    y, state = layer.step(x[:, i : i + 1], state)  # (1, 1, 8)
    assert np.allclose(y_by_hand, whole[0, i], atol=1e-5)
    assert np.allclose(np.array(y)[0, 0], whole[0, i], atol=1e-5)
assert np.allclose(np.array(state["keys"])[0, :5], keys, atol=1e-5)
print("keys that were kept:", keys.shape, "  the layer's:", tuple(state["keys"].shape))

# %% [markdown] tags=["en"]
# The same law holds for a whole model: however a text is cut into chunks, `step` over the chunks gives what one call over the whole gives. Compare what is kept. The LSTM's $h$ and $c$ have one size, however much was read: all of the past has to fit in. The keys and values, the *KV cache*, grow with the length: attention forgets nothing, and pays in memory. (The cache has its full size from the start, since compiled programs want shapes that do not change, and one more slot, for padding; `length` says how many slots are full.)
# %% [markdown] tags=["zh"]
# 整个模型也遵守同一条定律：不管把文本切成怎样的小段，逐段 `step` 的结果都与一次读完整个文本相同。再比较保留了什么。LSTM 的 $h$ 和 $c$ 大小固定，不管读了多少，过去的一切都得装进去。键和值，即 *KV 缓存*，随长度增长：注意力什么都不忘，代价是内存。（缓存从一开始就是最大尺寸，因为编译后的程序要求形状不变；另外多出的一格留给填充；`length` 记录已经填了几格。）
# %%
ids = pipeline.encode(["The city lies on the river, and its harbour is old."])[0][None]  # (1, T)
whole = np.array(model(ids))  # (1, T, V)
state = model.initial_state(batch_size=1, max_length=ids.shape[1])
outputs = []
for chunk in np.split(ids, [3, 4, 9], axis=1):
    logits, state = model.step(chunk, state)  # (1, S, V)
    outputs.append(np.array(logits))
print(f"chunks of {[o.shape[1] for o in outputs]} tokens")
assert np.allclose(np.concatenate(outputs, axis=1), whole, atol=1e-3)

for max_length in (24, 48):
    lstm_state, attention_state = model.initial_state(batch_size=1, max_length=max_length)
    kept = {**lstm_state, **attention_state}
    print(f"{max_length} tokens:", {name: tuple(value.shape) for name, value in kept.items()})
    assert lstm_state["h"].shape == (1, 64)
    assert attention_state["keys"].shape == (4, max_length + 1, 16)  # heads, slots, head_dim

# %% [markdown] tags=["en"]
# ## With the cache and without
#
# Three ways to the same greedy text: read everything anew for each token; take one step from the state for each token; and the package's loop, which does the latter inside one compiled program, without Python between two tokens. The outputs are asserted to be equal; the times are those of the machine on which this page was run. The first call of the compiled loop, which compiles, is not timed.
# %% [markdown] tags=["zh"]
# ## 有缓存与没有缓存
#
# 得到同一段贪心文本有三种做法：每个词元都从头重读；每个词元从状态走一步；以及本包的循环，它把后一种做法放进一个编译好的程序里，两个词元之间不经过 Python。输出由断言保证相同；时间则是本页运行时那台机器上的时间。编译循环的第一次调用要编译，不计时。
# %%
prompt, total = start_of("he was"), longest
barred = [*never, pipeline.end_id]


def anew():
    ids = list(prompt)
    while len(ids) < total:
        logits = last_logits(ids)
        logits[barred] = -np.inf
        ids.append(int(logits.argmax()))
    return ids


def step_by_step():
    ids, state = list(prompt), model.initial_state(batch_size=1, max_length=total)
    new = prompt[None]
    while len(ids) < total:
        logits, state = model.step(new, state)
        logits = np.array(logits)[0, -1]
        logits[barred] = -np.inf
        ids.append(int(logits.argmax()))
        new = np.array([ids[-1:]], "int32")
    return ids


def compiled():
    return model.generate(
        prompt, max_length=total, sampler="greedy", suppress_token_ids=[pipeline.end_id]
    ).tolist()


expected = compiled()
for function in (anew, step_by_step, compiled):
    begin = time.perf_counter()
    ids = function()
    seconds = time.perf_counter() - begin
    assert ids == expected
    print(f"{function.__name__:13}{(total - len(prompt)) / seconds:9,.0f} tokens/s")

# %% [markdown] tags=["en"]
# ## Where a text ends, and what chance depends on
#
# A text ends with the end token, before a *stop string*, or at `max_length`, which counts the prompt and its start token too. A draw depends on the seed: the same seed gives the same text, here and in the next process, on the same kind of machine.
# %% [markdown] tags=["zh"]
# ## 文本在哪里结束，随机性由什么决定
#
# 文本结束于结束词元，或*停止字符串*之前，或 `max_length` 处；`max_length` 把提示和开始词元也计算在内。抽取取决于随机种子：在同一类机器上，种子相同，文本就相同，换一个进程也一样。
# %%
settings = {"max_length": 44, "sampler": TopP(0.7)}
first, again, other = (model.generate("he was", seed=s, **settings) for s in (2, 2, 3))
show("-", first)
show("-", other)
assert first == again != other

stops = [" with", " of", ","]
cut = model.generate("he was", seed=2, stop_strings=stops, **settings)
print(f"before any of {stops}: {cut!r}")
assert not any(stop in cut for stop in stops) and first.startswith(cut)

rows = [model.generate(start_of("he was"), seed=s, **settings) for s in range(16)]
ended = sum(ids[-1] == pipeline.end_id for ids in rows)
print(f"{ended} of {len(rows)} texts reached the end token within {settings['max_length']} tokens")
assert all(ids[-1] == pipeline.end_id or len(ids) == 44 for ids in rows)

# %% [markdown] tags=["en"]
# With `stream=True` the text comes in pieces while it is made. Several prompts make one batch of ragged rows, padded inside; since padding changes nothing, each row gives what it would give alone.
# %% [markdown] tags=["zh"]
# 设 `stream=True` 时，文本边生成边一段一段地给出（流式输出）。多个提示组成一个批量，各行不等长，在内部填充；因为填充不影响任何结果，每一行都与单独生成时相同。
# %%
pieces = list(model.generate("he was", seed=2, stream=True, **settings))
print(pieces[:8])
assert "".join(pieces) == first

prompts = ["he was", "in the united states, the", "it"]
together = model.generate(prompts, max_length=44, sampler="greedy")
for text in together:
    show("-", text)
assert together == [model.generate(text, max_length=44, sampler="greedy") for text in prompts]

# %% [markdown] tags=["en"]
# ## Exercises
#
# Replace each `...` by your answer and run the cell again.
#
# **08.1** Say it before you compute it. Two tokens have the probabilities 0.6 and 0.2, so the first is three times as likely as the second. How many times as likely is it at the temperature 0.5?
#
# **08.2** Five tokens have the probabilities 0.4, 0.3, 0.2, 0.06 and 0.04. How many of them does top-p keep with $p = 0.6$, and how many does min-p keep with $p = 0.5$? Give a list of two numbers.
# %% [markdown] tags=["zh"]
# ## 练习
#
# 把每个 `...` 换成你的答案，再运行一遍单元格。
#
# **08.1** 先说答案，再去计算。两个词元的概率是 0.6 和 0.2，前者是后者的三倍。温度为 0.5 时，是几倍？
#
# **08.2** 五个词元的概率是 0.4、0.3、0.2、0.06 和 0.04。$p = 0.6$ 的 top-p 保留几个？$p = 0.5$ 的 min-p 保留几个？请给出两个数的列表。
# %%
times_as_likely = ...
course.check("08.1", times_as_likely)

how_many = ...
course.check("08.2", how_many)

# %% [markdown] tags=["en"]
# **08.3** After the prompt, "a" has probability 0.6 and "b" 0.4. After "a" come "x", "y" and "z" with 0.4, 0.3 and 0.3; after "b" come "x" with 0.9 and "y" with 0.1; then the text ends. What is the probability of the text that greedy finds, and of the one that beam search with two beams finds? Give a list of two numbers.
#
# **08.4** The prompt is one token, and 100 tokens are written after it, one by one. How many positions does the model compute in all if it reads the text anew each time, and how many with the cache? Give a list of two numbers.
# %% [markdown] tags=["zh"]
# **08.3** 提示之后，“a”的概率是 0.6，“b”是 0.4。“a”之后是“x”“y”“z”，概率为 0.4、0.3、0.3；“b”之后是“x”和“y”，概率为 0.9、0.1；然后文本结束。贪心找到的文本概率是多少？两个束的束搜索找到的呢？请给出两个数的列表。
#
# **08.4** 提示只有一个词元，之后逐个写出 100 个词元。如果每次都从头重读，模型总共要计算多少个位置？有缓存时是多少？请给出两个数的列表。
# %%
probabilities_found = ...
course.check("08.3", probabilities_found)

positions_computed = ...
course.check("08.4", positions_computed)


# %% [markdown] tags=["en"]
# **08.5** Write top-p: from probabilities $(V,)$, in any order, the probabilities after it, those that are not kept being 0 and the rest summing to 1.
#
# **08.6** Write a sampler of your own, *epsilon sampling*: a draw among the tokens whose probability is at least `epsilon`; where none reaches that, the most probable token. It is called in the compiled loop, with `keras.ops` alone. `logits` are scores $(B, V)$; `draw_among(allowed, logits, seed)` of `mlm_tf.generation` draws among the tokens that a bool array $(B, V)$ allows.
# %% [markdown] tags=["zh"]
# **08.5** 写出 top-p：输入概率 $(V,)$，顺序任意；输出处理之后的概率，没有保留的为 0，其余的和为 1。
#
# **08.6** 写一个自己的采样器，*epsilon 采样*：只在概率不小于 `epsilon` 的词元中抽取；如果一个都没有，就取概率最大的词元。它在编译的循环里调用，只能用 `keras.ops`。`logits` 的形状是 $(B, V)$；`mlm_tf.generation` 里的 `draw_among(allowed, logits, seed)` 在布尔数组 $(B, V)$ 允许的词元中抽取。
# %%
def nucleus(probabilities, p):
    return ...


course.check("08.5", nucleus)


class Epsilon(Sampler):
    def __init__(self, epsilon=0.01):
        self.epsilon = epsilon

    def __call__(self, logits, seed):
        return ...


course.check("08.6", Epsilon)

# %% [markdown] tags=["en"]
# ## Summary
#
# - Generation is a loop: softmax, choose, append, until the end token. `generate` is that loop, compiled.
# - A sampler changes the distribution. Top-k keeps a number of tokens, top-p and min-p go with how sure the model is.
# - Greedy goes in circles because it makes the same choice in nearly the same state, not because the model is sure. Sampling and penalties help.
# - Beam search finds likelier texts. The likeliest texts are not those that people write.
# - The cache is the state of attention, keys and values. With it every position is computed once.
#
# **To read**: Holtzman et al. 2020, *The Curious Case of Neural Text Degeneration*, sections 3 and 4; Fan et al. 2018, section 5.4 (top-k); Meister et al. 2022 (typical sampling); Nguyen et al. 2024 (min-p); Wu et al. 2016, section 7 (beam search and length). The code: `mlm_tf/generation/loop.py`.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - 生成是一个循环：softmax，选择，接上，直到结束词元。`generate` 就是编译后的这个循环。
# - 采样器改变分布。top-k 保留固定个数的词元，top-p 和 min-p 随模型的把握而变。
# - 贪心原地打转，是因为它在几乎相同的状态下作出同样的选择，而不是因为模型有把握。采样和惩罚都有用。
# - 束搜索能找到概率更大的文本，但概率最大的文本并不是人会写的文本。
# - 缓存就是注意力的状态，即键和值。有了它，每个位置只计算一次。
#
# **延伸阅读**：Holtzman 等，2020，*The Curious Case of Neural Text Degeneration*，第 3、4 节；Fan 等，2018，5.4 节（top-k）；Meister 等，2022（典型采样）；Nguyen 等，2024（min-p）；Wu 等，2016，第 7 节（束搜索与长度）。代码：`mlm_tf/generation/loop.py`。
