# %% [markdown] tags=["en"]
# # 09 Masked language models: what stood in the blank?
#
# **You will be able to** hide words by the rule of 80, 10 and 10, train a model that says what they were, fill blanks with it, say what such a model sees that a causal one does not, and why it cannot write.
#
# **You need to know** what a Transformer is (page 06), how a language model is trained (page 07) and what a perplexity is (page 02).
#
# **It takes** about 15 minutes to read and about a minute to run on two CPU cores, with 1.5 GB of memory.
#
# First a matter of names. The text that this course follows calls its subject *massive language models* and shortens that to MLM, which is why this package is called `mlm_tf`. The rest of the field uses the same three letters for *masked* language models, such as BERT. They are two things: the models of the other pages, GPT among them, are massive and not masked. In this course MLM always means massive, and a masked language model is always written out.
#
# A causal language model predicts the next word from those before it. A masked language model is given a text with blanks and says what stood there, from the words on *both* sides.
# %% [markdown] tags=["zh"]
# # 09 掩码语言模型：空白处原来是什么？
#
# **学完本页，你能够**按 80、10、10 的规则遮住一些词，训练一个能说出原词的模型，用它填空，说清它看得到什么而因果语言模型看不到，以及它为什么不能写作。
#
# **预备知识**：Transformer（第 06 页），语言模型的训练（第 07 页），困惑度（第 02 页）。
#
# **所需时间**：阅读约 15 分钟，在两个 CPU 核上运行约一分钟，占用内存 1.5 GB。
#
# 先说名称。本课程所依据的文档讲的是*大规模语言模型*（massive language model），缩写为 MLM，这个包因此叫 `mlm_tf`。而在学界，同样三个字母通常指*掩码*语言模型（masked language model），例如 BERT。这是两回事：其他各页的模型，包括 GPT，都属于“大规模”，却不是“掩码”。在本课程里，MLM 一律指大规模语言模型，掩码语言模型一律写全称。
#
# 因果语言模型根据前面的词预测下一个词。掩码语言模型拿到的是一段带空白的文本，它根据*两边*的词说出空白处原来是什么。
# %%
# %matplotlib inline
import itertools

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import ops

from mlm_tf import TextPipeline, build_model, corpora, course, viz
from mlm_tf.preprocessing.objectives import mask_tokens
from mlm_tf.training import make_optimizer

rng = np.random.default_rng(0)

# %% [markdown] tags=["en"]
# ## The data
#
# A small language in which we know everything: an animal of some kind, at some place, makes its sound. The animal is not to be guessed from what stands before it, and is certain from what stands last. All sentences are equally likely; a sixth of them is kept for testing.
# %% [markdown] tags=["zh"]
# ## 数据
#
# 用一种我们完全了解的小语言：某种动物在某个地方发出叫声。看前文猜不出是什么动物，看句末就能确定。所有句子等可能，其中六分之一留作测试。
# %%
sounds = {
    "cat": "meows",
    "dog": "barks",
    "duck": "quacks",
    "cow": "moos",
    "sheep": "bleats",
    "frog": "croaks",
}
kinds = ["old", "young", "small", "hungry", "brown", "tired"]
places = ["barn", "river", "house", "road", "pond", "gate"]
sentences = [
    f"the {kind} {animal} by the {place} {sound}"
    for kind, (animal, sound), place in itertools.product(kinds, sounds.items(), places)
]
sentences = [sentences[i] for i in rng.permutation(len(sentences))]
test, train = sentences[:36], sentences[36:]
pipeline = TextPipeline.fit(train)

print(f"{len(train)} sentences to learn from, {len(test)} to test, as")
for sentence in train[:3]:
    print("  ", sentence)
ids = np.stack(pipeline.encode(test))  # [START], seven words, [END]
animal_at = 3
print(ids[0], "=", " ".join(pipeline.vocabulary[i] for i in ids[0]))
assert ids.shape == (36, 9) and len(sentences) == 216

# %% [markdown] tags=["en"]
# ## 80, 10, 10: by hand
#
# What is to be learned is made from the text itself. In each row 15 % of the words, rounded up, are *selected* (two of seven); the model has to say what they were. Of the selected, 80 % become `[MASK]`, 10 % another word, drawn at random, and 10 % stay as they are. Why not all of them `[MASK]`? Then every word that is visible would be right, and the model could leave it alone. Now any of them may be wrong, and each has to be weighed by all others.
# %% [markdown] tags=["zh"]
# ## 80、10、10：手工做一遍
#
# 训练目标由文本自己产生。每一行*选中* 15% 的词，向上取整（七个里选两个），模型要说出它们原来是什么。选中的词里，80% 换成 `[MASK]`，10% 换成随机抽取的另一个词，10% 保持不变。为什么不全换成 `[MASK]`？那样的话，凡是看得见的词都是对的，模型不必理会；现在看得见的词也可能是错的，每一个都要用其他所有的词来衡量。
# %%
mask_id = pipeline.mask_id
word_ids = np.arange(6, pipeline.vocabulary_size)  # all but the special tokens


def hide(row, rng):
    """What the model sees, and what was done to each place."""
    words = np.flatnonzero(np.isin(row, word_ids))
    selected = rng.choice(words, size=int(np.ceil(0.15 * len(words))), replace=False)
    seen, done = row.copy(), np.full(len(row), "", dtype=object)
    for place in selected:
        draw = rng.random()
        if draw < 0.8:
            seen[place], done[place] = mask_id, "masked"
        elif draw < 0.9:
            seen[place], done[place] = rng.choice(word_ids), "replaced"
        else:
            done[place] = "kept"
    return seen, done


figure, axes = plt.subplots(figsize=(8, 3))
colours = {"": "white", "masked": "#56B4E9", "replaced": "#E69F00", "kept": "#B8E0C8"}
for line in range(8):
    seen, done = hide(ids[line], rng)
    for place, (i, what) in enumerate(zip(seen, done)):
        axes.text(
            place, -line, pipeline.vocabulary[i], ha="center", va="center", fontsize=9,
            bbox={"facecolor": colours[what], "edgecolor": "none"},
        )  # fmt: skip
for x, what in enumerate(["masked", "replaced", "kept"]):
    box = {"facecolor": colours[what], "edgecolor": "none"}
    axes.text(2 * x + 2, 1.2, what, ha="center", va="center", fontsize=9, bbox=box)
axes.set(xlim=(-0.6, 8.6), ylim=(-7.6, 1.6))
axes.axis("off")
plt.show()

# %% [markdown] tags=["en"]
# ## The same by the package
#
# `mask_tokens` is the same rule in the graph of a data set, with tensorflow-text. Its random choices are others, so it is not the rows that should be equal but the shares. Counted over two thousand rows of a hundred words (a word that is drawn may happen to be the one that stood there, so a little less than 10 % become *another* word):
# %% [markdown] tags=["zh"]
# ## 用包里的函数做同样的事
#
# `mask_tokens` 是同一条规则，用 tensorflow-text 写在数据集的计算图里。它的随机选择不同，所以该相等的不是每一行，而是各部分所占的比例。在两千行、每行一百个词上数一数（随机抽到的词可能恰好就是原来的词，所以真正换成*另一个*词的略少于 10%）：
# %%
rows = rng.choice(word_ids, size=(2000, 101)).astype("int32")
weight = np.ones(rows.shape, "float32")
x, y, sample_weight = mask_tokens(rows, weight, tf.constant([0, 1]), pipeline.vocabulary_size)
by_package = np.array(x["token_ids"])
selected = np.array(sample_weight) > 0  # the places that count
rows = rows[:, :-1]  # the objective leaves the last out: other ones predict it
assert by_package.shape == selected.shape == rows.shape == (2000, 100)
assert (np.array(y) == rows).all() and (by_package == rows)[~selected].all()

by_hand, done = map(np.array, zip(*[hide(row, rng) for row in rows]))
print("share                 by hand   mask_tokens   the rule")
rule = {"selected": 0.15, "masked": 0.8, "another word": 0.1 * (1 - 1 / len(word_ids))}
for what, expected in rule.items():
    found = []
    for seen, where in [(by_hand, done != ""), (by_package, selected)]:
        at = seen[where], rows[where]
        is_masked, is_same = at[0] == mask_id, at[0] == at[1]
        share = {"selected": where, "masked": is_masked, "another word": ~is_masked & ~is_same}
        found.append(share[what].mean())
    print(f"{what:20}{found[0]:9.3f}{found[1]:14.3f}{expected:11.3f}")
    assert np.allclose(found, expected, atol=0.012)

# %% [markdown] tags=["en"]
# `pipeline.rows(..., objective="masked_lm")` does it for every batch anew, so the same sentence comes with another blank in every epoch. The target is the whole row; the sample weight says which places count.
# %% [markdown] tags=["zh"]
# `pipeline.rows(..., objective="masked_lm")` 对每个批量重新做一遍，所以同一个句子在每一轮里空白都不同。目标是整行，样本权重说明哪些位置算数。
# %%
settings = {"batch_size": 36, "seed": 0}
data = pipeline.rows(train * 15, length=9, objective="masked_lm", **settings)
x, y, weight = next(iter(data))
for ids_seen, target, counts in zip(x["token_ids"][:3], y, weight):
    print("seen:   ", " ".join(pipeline.vocabulary[i] for i in ids_seen))
    places_that_count = np.flatnonzero(counts)
    print("counts: ", ", ".join(pipeline.vocabulary[target[i]] for i in places_that_count))
assert x["token_ids"].shape == y.shape == weight.shape == (36, 9)


# %% [markdown] tags=["en"]
# ## Two models
#
# The same architecture twice, on the same sentences. In `masked_lm` attention looks both ways and the objective is the one above; in `causal_lm` it looks back, and each place predicts the next.
# %% [markdown] tags=["zh"]
# ## 两个模型
#
# 同一种架构用两次，学的句子也相同。在 `masked_lm` 里，注意力看两边，训练目标就是上面那个；在 `causal_lm` 里，注意力只往前文看，每个位置预测下一个词。
# %%
def network(task):
    return build_model(
        "transformer", task, pipeline=pipeline, hidden_dim=32, num_heads=2, num_layers=2, seed=0
    )


epochs = 4 if QUICK else 12
models = {}
for task, length in (("masked_lm", 9), ("causal_lm", 8)):
    data = pipeline.rows(train * 15, length=length, objective=task, **settings)
    models[task] = network(task)
    models[task].compile(make_optimizer("adamw", epochs * len(data)))
    history = models[task].fit(data, epochs=epochs, verbose=0).history["loss"]
    print(f"{task:10} loss {history[0]:.2f} -> {history[-1]:.2f}")
masked, causal = models["masked_lm"], models["causal_lm"]
untrained = network("masked_lm")
print(masked(ids).shape, " (sentences, places, words): the scores of what stands at each place")
assert masked(ids).shape == (36, 9, pipeline.vocabulary_size)

# %% [markdown] tags=["en"]
# ## The blank in the middle
#
# `fill_mask` takes a text with `[MASK]` in it and gives the likeliest words:
# %% [markdown] tags=["zh"]
# ## 中间的空白
#
# `fill_mask` 接收带 `[MASK]` 的文本，给出最可能的词：
# %%
for sound in ("barks", "moos"):
    text = f"the old [MASK] by the pond {sound}"
    print(text)
    for filling in masked.fill_mask(text, top_k=3):
        print(f"   {filling.token:8}{filling.probability:6.1%}   {filling.text}")

# %% [markdown] tags=["en"]
# How often is the animal right, in sentences that no model has seen? Three baselines stand beside: the commonest word of all, the commonest animal, and the model before its training. The causal model predicts the animal from the two words before it, and no training can help it. But it has another way: let it score all six sentences, one for each animal, and take the likeliest. It knows the same language; it cannot look to the right, and has to read the end of each sentence to find out.
# %% [markdown] tags=["zh"]
# 在两个模型都没见过的句子里，动物答对多少？旁边有三个基线：所有词里最常见的那个，最常见的动物，以及训练前的模型。因果模型只能根据前面两个词来预测动物，怎样训练都没有用。不过它还有一个办法：给六个句子打分，每种动物一句，取概率最大的。它懂得同一种语言，只是不能往右看，要把每个句子读到底才知道。
# %%
answers = ids[:, animal_at]
hidden = ids.copy()
hidden[:, animal_at] = mask_id
train_ids = np.stack(pipeline.encode(train))
common_word = np.bincount(train_ids[:, 1:-1].ravel()).argmax()
common_animal = np.bincount(train_ids[:, animal_at]).argmax()


def best_of_six(sentence):
    tried = [" ".join([*sentence.split()[:2], animal, *sentence.split()[3:]]) for animal in sounds]
    return list(sounds)[np.argmax([score.log_likelihood for score in causal.score(tried)])]


found = {
    f"always {pipeline.vocabulary[common_word]!r}": np.full(36, common_word),
    f"always {pipeline.vocabulary[common_animal]!r}": np.full(36, common_animal),
    "masked, untrained": np.array(untrained(hidden))[:, animal_at].argmax(-1),
    "causal": np.array(causal(ids))[:, animal_at - 1].argmax(-1),
    "causal, six sentences each": [pipeline.vocabulary.index(best_of_six(s)) for s in test],
    "masked": np.array(masked(hidden))[:, animal_at].argmax(-1),
}
right = {name: np.mean(guesses == answers) for name, guesses in found.items()}
for name, share in right.items():
    print(f"{name:28}{share:7.1%}")
assert right["masked"] > 0.9 and right["causal, six sentences each"] > 0.9
assert max(right["causal"], right["masked, untrained"]) < 0.5


# %% [markdown] tags=["en"]
# The probabilities at the blank, before a sound is read and after: on the left those of the causal model after "the old", on the right those of the masked one, for two endings.
# %% [markdown] tags=["zh"]
# 空白处的概率，读到叫声之前和之后：左边是因果模型读完“the old”之后的概率，右边是掩码语言模型在两种句尾下的概率。
# %%
def probabilities(scores):
    return np.array(ops.softmax(scores))


candidates = [pipeline.vocabulary.index(animal) for animal in sounds]
start = np.stack(pipeline.encode(["the old"], add_end=False))
panels_of = {'causal: "the old ___"': probabilities(causal(start))[0, -1]}
for sound in ("barks", "moos"):
    [row] = pipeline.encode([f"the old cat by the pond {sound}"])
    row[animal_at] = mask_id
    panels_of[f'masked: "... {sound}"'] = probabilities(masked(row[None]))[0, animal_at]
figure, panels = plt.subplots(1, 3, figsize=(9, 2.6), sharey=True)
for panel, (title, p) in zip(panels, panels_of.items()):
    panel.bar(list(sounds), p[candidates])
    panel.set(title=title, ylim=(0, 1))
    panel.tick_params(axis="x", rotation=45)
panels[0].set_ylabel("probability")
plt.tight_layout()
plt.show()
assert panels_of['causal: "the old ___"'][candidates].max() < 0.5

# %% [markdown] tags=["en"]
# And what does the blank read? A row of the picture is a word that looks. In a causal model the half above the diagonal would be empty; here the row of `[MASK]` reaches the sound at the other end.
# %% [markdown] tags=["zh"]
# 空白处在看什么？图的每一行是一个在看的词。若是因果模型，对角线以上的一半会是空的；这里 `[MASK]` 那一行一直看到了另一端的叫声。
# %%
[row] = pipeline.encode(["the old dog by the pond barks"])
row[animal_at] = mask_id
weights = masked.attention_weights(row[None])  # a layer: (1 text, 2 heads, 9, 9)
to_the_right = max(
    float(layer[0, :, animal_at, animal_at + 1 :].sum(-1).max()) for layer in weights.values()
)
print(f"largest share that a head of the blank reads on its right: {to_the_right:.2f}")
assert to_the_right > 0.3
viz.attention(weights, [pipeline.vocabulary[i] for i in row])

# %% [markdown] tags=["en"]
# ## Real text
#
# The same with characters of news. The architecture is another one, a GRU (page 04); in a masked language model it reads once in each direction. Each model predicts the same characters of stories that it has not seen, from both sides or from the left alone.
# %% [markdown] tags=["zh"]
# ## 真实文本
#
# 换成新闻里的字符再做一遍。架构换成 GRU（第 04 页）；在掩码语言模型里，它两个方向各读一遍。两个模型预测的是同样一些字符，来自它们没见过的报道，一个看两边，一个只看左边。
# %%
stories = [" ".join(story.sentences) for story in corpora.lee_news().background]
letters = TextPipeline.fit(stories[:270], level="character", case_folding="lower")
unseen = np.concatenate(letters.encode(stories[270:], add_start=False, add_end=False))
unseen = unseen[: len(unseen) // 64 * 64].reshape(-1, 64)[:400]
print(repr(letters.decode(unseen[0])))

rows = np.repeat(np.arange(len(unseen)), 2)
at = rng.integers(16, 48, size=len(rows))  # two places in each row, one hidden at a time
hidden_letters = unseen[rows]
true_letters = hidden_letters[np.arange(len(rows)), at]
hidden_letters[np.arange(len(rows)), at] = letters.mask_id


def share_right(model, seen, at):
    scores = np.concatenate([np.array(model(part)) for part in np.array_split(seen, 4)])
    return (scores[np.arange(len(seen)), at].argmax(-1) == true_letters).mean()


rounds = 4 if QUICK else 10
common = np.bincount(unseen.ravel()).argmax()
right = {f"always {letters.vocabulary[common]!r}": (true_letters == common).mean()}
for task in ("causal_lm", "masked_lm"):
    model = build_model("gru", task, pipeline=letters, hidden_dim=64, seed=0)
    seen, asked_at = (unseen[rows], at - 1) if task == "causal_lm" else (hidden_letters, at)
    right[f"{task}, untrained"] = share_right(model, seen, asked_at)
    data = letters.windows(stories[:270], length=64, batch_size=64, objective=task)
    if task == "masked_lm":  # its windows bring a mask, and are full: there is no padding
        data = data.map(lambda x, *targets: (x["token_ids"], *targets))
    model.compile(make_optimizer("adamw", rounds * len(data)))
    model.fit(data, epochs=rounds, verbose=0)
    right[f"{task}, trained"] = share_right(model, seen, asked_at)
for name, share in right.items():
    print(f"{name:22}{share:7.1%}")
assert right["masked_lm, trained"] > right["causal_lm, trained"] + 0.01
assert right["causal_lm, trained"] > right["causal_lm, untrained"] + 0.1

text = "the aust[MASK]alian prime minis[MASK]er said"
for fillings in model.fill_mask(text, top_k=3):
    print([(filling.token, round(filling.probability, 2)) for filling in fillings])
print(fillings[0].text)

# %% [markdown] tags=["en"]
# ## A perplexity that is none
#
# How probable does a masked language model find a whole text? It is tempting to hide each word in turn, to multiply the probabilities of the true ones, and to make a perplexity of the product, the *pseudo-perplexity*. But a perplexity belongs to a distribution: the probabilities of all texts sum to 1. These need not. By hand: two words, each `x` or `y`, and always the same one twice.
# %% [markdown] tags=["zh"]
# ## 不是困惑度的“困惑度”
#
# 掩码语言模型认为一整段文本有多大概率？很自然的想法是：依次遮住每个词，把原词的概率乘起来，再由乘积算出困惑度，这叫*伪困惑度*。但困惑度属于一个分布：所有文本的概率之和是 1。这里却未必。手算一下：两个词，每个是 `x` 或 `y`，而且两个词总是相同。
# %%
texts = ["xx", "xy", "yx", "yy"]
true = {"xx": 0.5, "xy": 0.0, "yx": 0.0, "yy": 0.5}
in_turn = {}
for text in texts:
    first = true[text] / sum(true[other + text[1]] for other in "xy")  # given the second word
    second = true[text] / sum(true[text[0] + other] for other in "xy")  # given the first
    in_turn[text] = first * second
print("text   probability   product over hidden words")
for text in texts:
    print(f"{text:4}{true[text]:12.2f}{in_turn[text]:18.2f}")
print(f"sum {sum(true.values()):12.2f}{sum(in_turn.values()):18.2f}")
assert sum(true.values()) == 1 and sum(in_turn.values()) == 2


# %% [markdown] tags=["en"]
# Each word tells the other, so each is certain once the other is seen, and nobody ever pays for the first. Of our language we know the best that is possible: there are as many equally likely sentences as we wrote, and each has seven words, so the best perplexity of a word is the seventh root of their number. The causal model can only come near it. The masked one falls below, which again is no success, but a sign that something else is measured.
# %% [markdown] tags=["zh"]
# 每个词都透露了另一个，看到一个，另一个就确定了，于是谁也没有为“先说出的那个词”付出代价。对于我们的语言，可能达到的最好结果是已知的：等可能的句子就是我们写的那么多，每句七个词，所以每个词的最佳困惑度就是句子数的七次方根。因果模型只能接近它。掩码语言模型却低于它，这同样不是成功，而是说明量的是另一个东西。
# %%
def pseudo_log_probs(model, row):
    """Of each word its log-probability, when it alone is hidden: (7,)."""
    places = np.arange(1, len(row) - 1)  # [START] and [END] are never hidden
    hidden = np.tile(row, (len(places), 1))
    hidden[np.arange(len(places)), places] = mask_id
    scores = np.array(ops.log_softmax(model(hidden)))  # (7, 9, words)
    return scores[np.arange(len(places)), places, row[places]]


best = len(sentences) ** (1 / 7)
of_words = [log_probs[:-1] for log_probs in causal.score(test).log_probs]  # without [END]
perplexities = {
    "the best that is possible": best,
    "causal: perplexity": np.exp(-np.mean(of_words)),
    "masked: pseudo-perplexity": np.exp(-np.mean([pseudo_log_probs(masked, row) for row in ids])),
    "untrained: pseudo-perplexity": np.exp(
        -np.mean([pseudo_log_probs(untrained, row) for row in ids])
    ),
}
for name, value in perplexities.items():
    print(f"{name:30}{value:6.2f}")
assert perplexities["masked: pseudo-perplexity"] < best < perplexities["causal: perplexity"] + 0.02
assert perplexities["causal: perplexity"] < 1.5 * best

# %% [markdown] tags=["en"]
# It is of use all the same: by one model, to compare two sentences of one length and say which is the odder. It is not to be compared with the perplexity of a causal model.
#
# ## A failure made on purpose: let it write
#
# A masked language model has no `generate`. What if we make it write all the same, by hand? First from left to right: put a `[MASK]` at the end and ask. What is likely to come after "the"?
# %% [markdown] tags=["zh"]
# 它仍然有用：用同一个模型比较两个同样长的句子，比如问“哪一句不对劲”。但不能拿它去和因果模型的困惑度比较。
#
# ## 一次故意的失败：让它写作
#
# 掩码语言模型没有 `generate`。要是我们硬让它写呢？先从左到右写：在末尾放一个 `[MASK]`，问它是什么。“the”后面可能是什么？
# %%
assert hasattr(causal, "generate") and not hasattr(masked, "generate")
groups = {"kinds": kinds, "animals": list(sounds), "places": places, "sounds": [*sounds.values()]}
[row] = pipeline.encode(["the"], add_end=False)
ends = np.array([[*row, mask_id, pipeline.end_id]])
after_the = {
    "causal": probabilities(causal(row[None]))[0, -1],
    "masked": probabilities(masked(ends))[0, 2],
}
print("after 'the'" + "".join(f"{group:>10}" for group in groups))
share = {}
for name, p in after_the.items():
    for group, members in groups.items():
        share[name, group] = p[[pipeline.vocabulary.index(word) for word in members]].sum()
    print(f"{name:11}" + "".join(f"{share[name, group]:10.1%}" for group in groups))
assert share["causal", "kinds"] > 0.9 and share["masked", "kinds"] < 0.5


# %% [markdown] tags=["en"]
# The diagnosis: it has never seen a text that breaks off. The end stands right after the blank, so to it the blank is the last word of a sentence. Then give it the whole length, with a blank for every word that is open, and let it fill all of them at once, each by its own probabilities. Does the animal then make its sound?
# %% [markdown] tags=["zh"]
# 诊断：它从未见过没写完的文本。结尾紧跟在空白之后，所以在它看来，空白就是句子的最后一个词。那就把全长给它，每个未定的词放一个空白，让它一次填完，每处各按自己的概率抽取。这样一来，动物发出的是自己的叫声吗？
# %%
def draw(p):
    return [rng.choice(len(row), p=row / row.sum()) for row in p.astype("float64")]


def at_once(model, rows):
    rows, blanks = rows.copy(), np.flatnonzero(rows[0] == mask_id)
    p = probabilities(model(rows))  # (texts, 9, words)
    for place in blanks:
        rows[:, place] = draw(p[:, place])
    return rows


def one_at_a_time(model, rows):
    rows, blanks = rows.copy(), np.flatnonzero(rows[0] == mask_id)
    for place in rng.permutation(blanks):  # in any order
        rows[:, place] = draw(probabilities(model(rows))[:, place])
    return rows


def is_true(words):
    return len(words) == 7 and sounds.get(words[2]) == words[6]


[row] = pipeline.encode(["the old cat by the pond meows"])
row[[2, 3, 6, 7]] = mask_id
count = 200
blank = np.tile(row, (count, 1))  # the same text so many times
written = {
    "masked, all at once": at_once(masked, blank),
    "masked, one at a time": one_at_a_time(masked, blank),
    "masked, untrained": one_at_a_time(untrained, blank),
}
written = {name: [pipeline.decode(r) for r in rows] for name, rows in written.items()}
written["causal, generate"] = causal.generate(
    "the", max_length=9, sampler="random", num_return_sequences=count, seed=0
)
truth = {}
for name, texts in written.items():
    truth[name] = np.mean([is_true(text.split()) for text in texts])
    print(f"{name:24}{truth[name]:6.1%}   {texts[0]}")
assert truth["masked, all at once"] < 0.5 < 0.8 < truth["masked, one at a time"]
assert truth["causal, generate"] > 0.8

# %% [markdown] tags=["en"]
# Each blank is right by itself: an animal where an animal stands, a sound where a sound stands. But the two are drawn without knowing of each other; probabilities of single places, multiplied, are not the probability of the sentence. Filled one at a time, each blank reads what was put into the others, and it works, for a length that is known beforehand and at the price of a whole run for each word: nothing can be kept in a cache (page 08), since each new word changes what all others see.
#
# ## Exercises
#
# Replace each `...` by your answer and run the cell again. A check tells whether it is right; if not, it says what is off.
#
# **09.1** Say it before you compute it. A row has 200 words. How many of them become `[MASK]`, how many are drawn anew, and how many are selected and stay as they are, on average? Give a list of three numbers.
#
# **09.2** Does a selected word that stays as it is count in the loss: `"yes"` or `"no"`?
# %% [markdown] tags=["zh"]
# 每个空白单独看都对：该是动物的地方是动物，该是叫声的地方是叫声。可是两者各抽各的，互不知情；各处的概率乘起来，并不是整个句子的概率。一次填一个，每个空白都能读到别处已经填上的词，这样就行了，但长度要事先知道，而且每填一个词都要把整段重算一遍：什么也没法留在缓存里（第 08 页），因为每个新词都会改变其他位置所看到的内容。
#
# ## 练习
#
# 把每个 `...` 换成你的答案，再运行一遍单元格。检查会告诉你是否正确；不正确时会指出哪里不对。
#
# **09.1** 先说答案，再去计算。一行有 200 个词。平均有多少个换成 `[MASK]`，有多少个重新抽取，有多少个选中而保持不变？请给出三个数的列表。
#
# **09.2** 选中而保持不变的词，算不算在损失里：`"yes"`（算）还是 `"no"`（不算）？
# %%
masked_drawn_kept = ...
course.check("09.1", masked_drawn_kept)

counts_in_the_loss = ...
course.check("09.2", counts_in_the_loss)


# %% [markdown] tags=["en"]
# **09.3** Write the rule without a loop: `ids` are $(n,)$, `selected` is true where a word is selected, `draws` are random numbers from 0 to 1, `others` are random words, and `mask_id` is the id of `[MASK]`. Give what the model sees, $(n,)$: where a word is selected, the mask for a draw below 0.8, the other word for one from 0.8 to below 0.9, else the word itself; where it is not, the word itself.
#
# **09.4** Write the logarithm of the product over hidden words: `log_probs(ids)` gives, for ids $(n,)$, the log-probability of every word at every place, $(n, V)$. Hide each place in turn, it alone, and give the sum.
# %% [markdown] tags=["zh"]
# **09.3** 不用循环写出这条规则：`ids` 的形状是 $(n,)$，`selected` 在选中的地方为真，`draws` 是 0 到 1 之间的随机数，`others` 是随机的词，`mask_id` 是 `[MASK]` 的编号。给出模型看到的编号 $(n,)$：在选中的地方，随机数小于 0.8 时换成掩码，从 0.8 起、小于 0.9 时换成另一个词，否则不变；没有选中的地方也不变。
#
# **09.4** 写出依次遮住每个词所得乘积的对数：`log_probs(ids)` 对 $(n,)$ 的编号给出每个位置上每个词的对数概率，形状为 $(n, V)$。依次遮住每个位置，每次只遮一个，给出总和。
# %%
def what_is_seen(ids, selected, draws, others, mask_id):
    return ...


course.check("09.3", what_is_seen)


def pseudo_log_likelihood(log_probs, ids, mask_id):
    return ...


course.check("09.4", pseudo_log_likelihood)


# %% [markdown] tags=["en"]
# **09.5** A way of filling blanks of your own: the surest first. `probabilities(ids)` gives $(n, V)$. Look at all blanks, take the one place and word with the greatest probability, put it in, look again, until no blank is left. Give the ids, $(n,)$, and leave those that you were given as they were.
# %% [markdown] tags=["zh"]
# **09.5** 写一个你自己的填空方法：先填最有把握的。`probabilities(ids)` 给出 $(n, V)$。看所有的空白，取概率最大的那个位置和词，填上，再看一遍，直到没有空白。给出编号 $(n,)$，不要改动传入的数组。
# %%
def fill_the_surest_first(probabilities, ids, mask_id):
    return ...


course.check("09.5", fill_the_surest_first)

# %% [markdown] tags=["en"]
# ## Summary
#
# - MLM is massive language model here, and masked language model elsewhere.
# - A masked language model learns from blanks in its own text: 15 % of the words, of which 80 % are hidden, 10 % replaced and 10 % kept.
# - It sees both sides of a blank, and so is the better reader; the causal model has to write the sentence to its end to learn the same.
# - Its product over hidden words is no probability of a text, and no perplexity comes of it.
# - It cannot write from left to right; blanks filled at once do not know of each other.
#
# **To read**: Devlin et al. 2019, *BERT*, section 3.1, task 1, and appendix C.2 (other shares than 80, 10, 10); Salazar et al. 2020, *Masked Language Model Scoring*, section 2; Wang and Cho 2019, *BERT has a Mouth, and It Must Speak*; Ghazvininejad et al. 2019, *Mask-Predict*, section 3 (the surest first). The code: `mlm_tf/models/masked_lm.py` and `mlm_tf/preprocessing/objectives.py`.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - MLM 在这里指大规模语言模型，在别处指掩码语言模型。
# - 掩码语言模型从自己文本里的空白学习：选 15% 的词，其中 80% 遮住，10% 替换，10% 不变。
# - 它看得到空白的两边，所以更善于阅读；因果模型要把句子写到底，才能知道同样的事。
# - 依次遮住每个词所得的乘积不是文本的概率，由它得不出困惑度。
# - 它不能从左到右写作；一次填完的各个空白互不知情。
#
# **延伸阅读**：Devlin 等，2019，*BERT*，3.1 节任务一，附录 C.2（80、10、10 之外的比例）；Salazar 等，2020，*Masked Language Model Scoring*，第 2 节；Wang 和 Cho，2019，*BERT has a Mouth, and It Must Speak*；Ghazvininejad 等，2019，*Mask-Predict*，第 3 节（先填最有把握的）。代码：`mlm_tf/models/masked_lm.py` 和 `mlm_tf/preprocessing/objectives.py`。
