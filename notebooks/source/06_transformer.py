# %% [markdown] tags=["en"]
# # 06 The Transformer and the factory: one contract, any mixture
#
# **You will be able to** write a Transformer block by hand, say what its residual connections, norms and positions are for, count its parameters, stack any mixture of blocks with one call, and put a block of your own among them.
#
# **You need to know** the recurrent networks of page 04 and the attention of page 05.
#
# **It takes** about 25 minutes to read and one minute to run on two CPU cores, with 1.6 GB of memory.
#
# Attention alone takes means of what is there. A *Transformer block* adds three things to it: a *position-wise network*, which works on each word by itself; a *residual connection* around each of the two, so that each only has to say what is to be added; and a *norm*, which brings the numbers of a word to one scale:
#
# $$x \leftarrow x + \mathrm{attention}(\mathrm{norm}(x)), \qquad x \leftarrow x + \mathrm{feedforward}(\mathrm{norm}(x))$$
#
# Section 2 of the text that this course follows names RNN, LSTM and Transformer as the usual networks. Here they are the same kind of thing: a *block*. The text says little of how they are stacked, and of the sizes that come out (its section 8) it gets one wrong; both are below.
# %% [markdown] tags=["zh"]
# # 06 Transformer 与模型工厂：一个约定，任意组合
#
# **学完本页，你能够**手写一个 Transformer 块，说清残差连接、规范化（归一化）和位置编码各有什么用，数出它有多少参数，一次调用就叠起任意组合的块，并把自己写的块放进去。
#
# **预备知识**：第 04 页的循环神经网络，第 05 页的注意力。
#
# **所需时间**：阅读约 25 分钟，在两个 CPU 核上运行约一分钟，占用内存 1.6 GB。
#
# 光有注意力，只能对已有的东西求平均。*Transformer 块*在它之外加了三样东西：*基于位置的前馈网络*，对每个词单独计算；包在这两部分外面的*残差连接*，使每一部分只需说出要加上什么；还有*规范化*，把一个词的各个数调到同一尺度：
#
# $$x \leftarrow x + \mathrm{attention}(\mathrm{norm}(x)), \qquad x \leftarrow x + \mathrm{feedforward}(\mathrm{norm}(x))$$
#
# 本课程所依据的文档在第 2 节列出了常用的网络：RNN、LSTM 和 Transformer。在这里它们是同一类东西：*块*。怎样把块叠起来，文档几乎没有讲；叠出来的模型有多大（第 8 节），文档有一处写错了。这两件事下面都会讲到。
# %%
# %matplotlib inline
import math

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import ops

from mlm_tf import build_model, course, estimate, register_block, viz
from mlm_tf.layers import Block, FeedForward, SelfAttention, SinusoidalPositions, Transformer
from mlm_tf.layers.testing import check_block

rng = np.random.default_rng(0)


# %% [markdown] tags=["en"]
# ## The block by hand
#
# Four small functions in NumPy. The norm divides the numbers of each word by the root of their mean square, and multiplies each by a learned gain. The position-wise network is two matrices with a bend between them, GELU, which lets positive numbers pass and holds back negative ones. The attention is that of page 05, causal, with several heads.
# %% [markdown] tags=["zh"]
# ## 手写一个块
#
# 用 NumPy 写四个小函数。规范化把每个词的各个数除以它们的均方根，再各乘一个学到的增益。基于位置的前馈网络是两个矩阵，中间隔一个非线性函数 GELU：正数放行，负数压住。注意力就是第 05 页的注意力，因果的，有若干个头。
# %%
def rms_norm(x, gain, epsilon=1e-6):
    return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + epsilon) * gain


def gelu(x):
    return x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))) / 2


def attention(x, w_q, w_k, w_v, w_o, num_heads):
    length, head_dim = len(x), x.shape[1] // num_heads
    outputs = []
    for head in range(num_heads):
        part = slice(head * head_dim, (head + 1) * head_dim)
        q, k, v = x @ w_q[:, part], x @ w_k[:, part], x @ w_v[:, part]  # each (T, head_dim)
        scores = q @ k.T / math.sqrt(head_dim)  # (T, T)
        scores = np.where(np.tri(length, dtype=bool), scores, -np.inf)  # no word reads ahead
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        outputs.append(weights / weights.sum(axis=1, keepdims=True) @ v)
    return np.concatenate(outputs, axis=1) @ w_o  # (T, D)


def transformer(x, gain_1, w_q, w_k, w_v, w_o, gain_2, up, down, num_heads):
    x = x + attention(rms_norm(x, gain_1), w_q, w_k, w_v, w_o, num_heads)  # (T, D)
    return x + gelu(rms_norm(x, gain_2) @ up) @ down  # (T, D) -> (T, 4 D) -> (T, D)


# %% [markdown] tags=["en"]
# ## The same as our layer, and assembled from Keras's
#
# `Transformer` is the layer of this package. Beside it the same block from layers of Keras. With the same weights all three give the same numbers.
# %% [markdown] tags=["zh"]
# ## 同样的块：我们的层，以及用 Keras 的层拼出来的
#
# `Transformer` 是本包里的层。旁边是用 Keras 的层拼成的同一个块。权重相同，三者给出的数就相同。
# %%
dim, num_heads, length = 8, 2, 5
x = rng.normal(size=(1, length, dim)).astype("float32")  # one text of five words

ours = Transformer(dim, num_heads, positions=None)
ours.build(x.shape)
weights = [rng.normal(size=w.shape).astype("float32") / 2 for w in ours.get_weights()]
ours.set_weights(weights)
w_q, w_k, w_v, w_o, gain_1, up, down, gain_2 = weights
in_order = [gain_1, w_q, w_k, w_v, w_o, gain_2, up, down]
y_by_hand = transformer(x[0], *in_order, num_heads=num_heads)

layers = keras.layers
inputs = keras.Input((length, dim))
h = layers.RMSNormalization()(inputs)
h = layers.MultiHeadAttention(num_heads, dim // num_heads, use_bias=False)(
    h, h, use_causal_mask=True
)
middle = layers.Add()([inputs, h])
h = layers.RMSNormalization()(middle)
h = layers.Dense(4 * dim, activation="gelu", use_bias=False)(h)
h = layers.Dense(dim, use_bias=False)(h)
theirs = keras.Model(inputs, layers.Add()([middle, h]))
theirs.set_weights([given.reshape(w.shape) for given, w in zip(in_order, theirs.get_weights())])

y_ours, y_theirs = ops.convert_to_numpy(ours(x)), theirs.predict(x, verbose=0)
for name, weight in zip("gain_1 w_q w_k w_v w_o gain_2 up down".split(), in_order):
    print(f"{name:7}{weight.shape}")
print("input", x.shape, " output", y_ours.shape)
assert y_ours.shape == x.shape
assert np.allclose(y_ours, y_theirs, atol=1e-4)
assert np.allclose(y_ours[0], y_by_hand, atol=1e-4)

# %% [markdown] tags=["en"]
# ## How many parameters?
#
# With $D$ numbers a word: four matrices of attention, $4D^2$; two of the position-wise network, which is four times as wide inside, $8D^2$; and two gains. Two thirds of a block are not attention.
# %% [markdown] tags=["zh"]
# ## 有多少参数？
#
# 设每个词有 $D$ 个数：注意力有四个矩阵，共 $4D^2$；前馈网络的中间宽四倍，它的两个矩阵共 $8D^2$；另有两个增益。一个块有三分之二不是注意力。
# %%
print("    D   attention   feed-forward   gains   together")
for width in (8, 128, 768):
    parts = 4 * width**2, 8 * width**2, 2 * width
    print(f"{width:5}{parts[0]:12,}{parts[1]:15,}{parts[2]:8,}{sum(parts):11,}")
    block = Transformer(width, 2)
    block.build((None, length, width))
    assert block.count_params() == sum(parts)


# %% [markdown] tags=["en"]
# ## Why residual connections and norms: a failure made on purpose
#
# Stack sixteen pairs of attention and position-wise network: with neither, with residual connections alone, with the norm after each sum (*post-norm*, the first Transformer), and before each layer (*pre-norm*, nearly all today). Before any training, measure at each depth how large the numbers are, and how large the gradient is. (One step of plain gradient descent at rate 1 moves the weights by exactly the gradient, so it can be read off them.) What do you expect?
# %% [markdown] tags=["zh"]
# ## 为什么要残差连接和规范化：一次故意的失败
#
# 把注意力加前馈网络叠十六遍，分四种做法：两样都没有；只有残差连接；在每次求和之后做规范化（*后置规范化*，post-norm，最初的 Transformer）；在每一层之前做规范化（*前置规范化*，pre-norm，如今几乎都是这样）。训练之前，先量每个深度上的数有多大，梯度有多大。（用学习率 1 做一步普通的梯度下降，权重的变化恰好就是梯度，读出来即可。）你预计会怎样？
# %%
def stacked(kind, depth, num_ids, length, dim=32):
    """A model of ids (B, T), and one that gives what stands before and after each pair."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((length,), dtype="int32")
    unit = keras.initializers.RandomNormal(stddev=1.0)
    x = layers.Embedding(num_ids, dim, embeddings_initializer=unit)(inputs)
    passed, pairs = [x], []
    for _ in range(depth):
        pairs.append([SelfAttention(dim, 2), FeedForward(dim, use_bias=False)])
        for layer in pairs[-1]:
            if kind == "neither":
                x = layer(x)
            elif kind == "residual alone":
                x = x + layer(x)
            elif kind == "post-norm":
                x = layers.RMSNormalization()(x + layer(x))
            elif kind == "pre-norm":
                x = x + layer(layers.RMSNormalization()(x))
        passed.append(x)
    if kind == "pre-norm":
        x = layers.RMSNormalization()(x)
    model = keras.Model(inputs, layers.Dense(num_ids)(x))
    return model, keras.Model(inputs, passed), pairs


kinds = ["neither", "residual alone", "post-norm", "pre-norm"]
depth, num_ids = 16, 20
random_ids = rng.integers(0, num_ids, size=(32, 17))
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
sizes, gradients = {}, {}
for kind in kinds:
    model, passing, pairs = stacked(kind, depth, num_ids, length=16)
    states = [ops.convert_to_numpy(h) for h in passing(random_ids[:, :-1])]  # each (32, 16, 32)
    sizes[kind] = [float(np.sqrt((h**2).mean())) for h in states]
    model.compile(keras.optimizers.SGD(1.0), loss, run_eagerly=True)
    before = [[layer.get_weights() for layer in pair] for pair in pairs]
    model.train_on_batch(random_ids[:, :-1], random_ids[:, 1:])
    gradients[kind] = []
    for pair, old in zip(pairs, before):
        steps = [new - w for layer, ws in zip(pair, old) for new, w in zip(layer.get_weights(), ws)]
        gradients[kind].append(float(np.sqrt(sum((step**2).sum() for step in steps))))
    print(f"{kind:15} numbers {sizes[kind][-1]:.0e}   gradient {gradients[kind][0]:.0e}")

# %% [markdown] tags=["en"]
# The vertical scale is logarithmic: a picture of factors, not of differences.
# %% [markdown] tags=["zh"]
# 纵轴是对数刻度：看的是倍数，不是差。
# %%
figure, panels = plt.subplots(1, 2, figsize=(9, 3.4))
for kind in kinds:
    panels[0].semilogy(sizes[kind], label=kind)
    panels[1].semilogy(range(1, depth + 1), gradients[kind], label=kind)
panels[0].set(title="size of the numbers", xlabel="after so many pairs")
panels[1].set(title="gradient of the weights", xlabel="pair")
panels[0].legend(fontsize=8, loc="lower left")
for panel in panels:
    panel.grid(alpha=0.3)
plt.tight_layout()
plt.show()
assert sizes["neither"][-1] < 0.01 * sizes["neither"][0]
assert sizes["residual alone"][-1] > 50 * sizes["residual alone"][0]
assert max(gradients["neither"]) < 1e-3 and max(gradients["residual alone"]) > 100
for kind in ("post-norm", "pre-norm"):
    assert min(gradients[kind]) > 0.01 and max(gradients[kind]) < 100

# %% [markdown] tags=["en"]
# Without anything, each layer makes the numbers smaller, and the gradient is all but nothing: it *vanishes*. With sums alone they grow from layer to layer, and the gradient with them: it *explodes*. A sum together with a norm keeps both in hand, wherever the norm stands.
#
# Does it matter to learning? A task on which to see it: random letters, and at each place the answer is the letter *three places back*. Look at the data first.
# %% [markdown] tags=["zh"]
# 两样都没有时，每一层都把数变小，梯度几乎为零：梯度*消失*了。只有求和时，数一层比一层大，梯度也跟着变大：梯度*爆炸*了。求和加上规范化，两者都稳住了，规范化放在哪一边都可以。
#
# 这对学习有影响吗？用一个任务来看：输入是随机的字母，每个位置上的答案是*往前第三个*字母。先看看数据。
# %%
alphabet = "abcdefghijklmnopqrst"
back = 3


def letters_back(rows, length):
    """Ids (B, T), answers (B, T), and weights (B, T): 0 where there is nothing so far back."""
    ids = rng.integers(0, len(alphabet), size=(rows, length)).astype("int32")
    answers, weight = np.zeros_like(ids), np.ones(ids.shape, "float32")
    answers[:, back:], weight[:, :back] = ids[:, :-back], 0
    return ids, answers, weight


rows = 2000 if QUICK else 8000
x, y, weight = letters_back(rows, 24)
print("letters", " ".join(alphabet[i] for i in x[0, :12]))
print("answers", " ".join(alphabet[i] if w else "." for i, w in zip(y[0, :12], weight[0])))
assert x.shape == y.shape == weight.shape == (rows, 24)

# %% [markdown] tags=["en"]
# A stack of six pairs with neither sums nor norms, and one with both. The baseline is a guess among twenty letters, whose loss is $\ln 20$.
# %% [markdown] tags=["zh"]
# 六对叠在一起：一个既没有求和也没有规范化，另一个两样都有。基线是在二十个字母里随便猜，它的损失是 $\ln 20$。
# %%
loss = keras.losses.SparseCategoricalCrossentropy(
    from_logits=True, reduction="mean_with_sample_weight"
)
curves = {}
for kind in ("neither", "pre-norm"):
    model, _, _ = stacked(kind, 6, num_ids, length=24)
    model.compile(keras.optimizers.Adam(0.002), loss)
    untrained = model.evaluate(x[:200], y[:200], sample_weight=weight[:200], verbose=0)
    history = model.fit(x, y, sample_weight=weight, epochs=3, batch_size=50, verbose=0)
    curves[kind] = [untrained, *history.history["loss"]]
    print(f"{kind:9} untrained {untrained:.2f}, trained {curves[kind][-1]:.2f}")
print(f"a guess: ln {num_ids} = {math.log(num_ids):.2f}")
assert curves["neither"][-1] > math.log(num_ids) - 0.1  # it has learned nothing at all
assert curves["pre-norm"][-1] < 0.5

# %% [markdown] tags=["en"]
# A loss that stands still at what a guess costs: that is what a vanished gradient looks like in practice. The picture above is the diagnosis: what reaches the weights is all but nothing.
#
# ## Positions: none, learned, sinusoidal, rotary
#
# Page 05 showed that attention does not know the order. There are three common remedies. *Learned* positions add to each word a vector of its place, found in training. *Sinusoidal* ones add a vector of sines and cosines, which needs no training: the picture. *Rotary* ones add nothing, and turn each query and key instead, so that a score depends on the distance.
# %% [markdown] tags=["zh"]
# 损失停在随便猜的水平上一动不动：这就是梯度消失在实践中的样子。诊断就在上面的图里：传到权重的梯度几乎为零。
#
# ## 位置编码：没有、可学习、正弦、旋转
#
# 第 05 页已经看到，注意力不知道顺序。常见的补救办法有三种。*可学习的*位置编码给每个词加上一个代表其位置的向量，靠训练得到。*正弦*位置编码加上的向量由正弦和余弦组成，不必训练，见下图。*旋转*位置编码什么也不加，而是转动每个查询和键，使得分取决于距离。
# %%
waves = SinusoidalPositions()(np.zeros((1, 64, 32), "float32"))
waves = ops.convert_to_numpy(waves)[0]  # (64, 32)
angle = 10 / 10_000 ** (2 * 3 / 32)
assert np.allclose(waves[10, 6:8], [math.sin(angle), math.cos(angle)], atol=1e-5)
figure, axes = plt.subplots(figsize=(6, 2.6))
axes.imshow(waves.T, cmap="RdBu", aspect="auto", vmin=-1, vmax=1)
axes.set(xlabel="position", ylabel="number of the vector")
plt.show()

# %% [markdown] tags=["en"]
# One block, one head, four kinds of positions, the same task. Each model learns on texts of 24 letters and is then asked about texts twice as long: how many answers are right among the places it has seen, and how many beyond them? Which kind will go on being right?
# %% [markdown] tags=["zh"]
# 一个块，一个头，四种位置编码，同一个任务。每个模型在 24 个字母的文本上学习，然后用长一倍的文本来考它：在见过的位置上答对多少？在更远的位置上又答对多少？哪一种还能继续答对？
# %%
test_x, test_y, _ = letters_back(300, 48)


def shares_right(model):
    right = model.predict(test_x, verbose=0).argmax(axis=-1) == test_y  # (300, 48)
    return right[:, back:24].mean(), right[:, 24:].mean()


shares = {"a guess": (1 / num_ids, 1 / num_ids)}
models = {}
for positions in ("none", "learned", "sinusoidal", "rotary"):
    models[positions] = model = build_model(
        "transformer",
        vocabulary_size=num_ids,
        hidden_dim=64,
        num_heads=1,
        positions=positions,
        max_sequence_length=48,
        seed=0,
    )
    if positions == "none":
        shares["untrained"] = shares_right(model)
    model.compile(keras.optimizers.Adam(0.003))
    model.fit(x, y, sample_weight=weight, epochs=6, batch_size=50, verbose=0)
    shares[positions] = shares_right(model)
print("positions      as far as trained    beyond")
for name, (within, beyond) in shares.items():
    print(f"{name:15}{within:17.0%}{beyond:10.0%}")
assert shares["none"][0] < 0.5
assert min(shares[name][0] for name in ("learned", "sinusoidal", "rotary")) > 0.9
assert shares["rotary"][1] > 0.8 > 0.5 > max(shares["learned"][1], shares["sinusoidal"][1])

# %% [markdown] tags=["en"]
# And this is what they read, the mean over 100 texts: a dark line three places below the diagonal is the answer.
# %% [markdown] tags=["zh"]
# 它们读的是这些，取 100 个文本的平均：对角线下方三格处的深色线就是答案所在。
# %%
figure, panels = plt.subplots(1, 4, figsize=(11, 3))
on_the_answer = {}
for panel, (positions, model) in zip(panels, models.items()):
    [alpha] = model.attention_weights(test_x[:100]).values()  # (100, 1, 48, 48)
    mean = alpha.mean(axis=(0, 1))
    on_the_answer[positions] = float(np.diagonal(mean, -back)[: 24 - back].mean())
    panel.imshow(mean, cmap="Blues", vmin=0, vmax=1)
    panel.axvline(23.5, color="grey", linewidth=0.8)
    panel.axhline(23.5, color="grey", linewidth=0.8)
    panel.set(title=positions, xlabel="is read")
panels[0].set(ylabel="reads")
plt.tight_layout()
plt.show()
assert on_the_answer["none"] < 0.5 < min(on_the_answer[kind] for kind in list(models)[1:])

# %% [markdown] tags=["en"]
# The grey lines mark where the training texts ended. A learned vector knows nothing of its place if it was never trained on it, and a pattern of waves that was never seen misleads; a distance of three is the same at every place. (That is one task, and texts twice as long. The FAQ asks again with longer ones, and there rotary positions do not hold to the end.)
#
# ## One contract
#
# RNN, LSTM, attention and Transformer keep one contract here. `call` takes whole texts, `step` a few words more and what is known so far, and both say the same: formula 4.2, $h_i = f(h_{i-1}, w_i)$, holds for all of them. For an LSTM what is known is two vectors; for attention it is the keys and values so far (and one place more, a bin for padding).
# %% [markdown] tags=["zh"]
# 灰线标出训练文本到哪里为止。没有训练过的位置，可学习的向量一无所知；没有见过的波形组合会误导模型；而相隔三个位置，在哪里都是相隔三个位置。（这只是一个任务，文本也只长一倍。常见问题那一页会用更长的文本再问一遍，那时旋转位置编码也撑不到最后。）
#
# ## 一个约定
#
# 在这里，RNN、LSTM、注意力和 Transformer 遵守同一个约定。`call` 接收整段文本，`step` 接收接下来的几个词以及目前已知的东西，两者的结果相同：公式 4.2，$h_i = f(h_{i-1}, w_i)$，对它们都成立。LSTM 已知的是两个向量，注意力已知的是到目前为止的键和值（另有一个位置用来丢弃填充）。
# %%
words = rng.normal(size=(1, 6, 8)).astype("float32")
for name in ("lstm", "attention", "transformer"):
    [block] = build_model(name, vocabulary_size=9, hidden_dim=8, num_heads=2, seed=0).blocks
    whole = ops.convert_to_numpy(block(words))  # (1, 6, 8)
    state, parts = block.initial_state(batch_size=1, max_length=6), []
    for start, end in ((0, 4), (4, 5), (5, 6)):  # four words, then one, then one
        part, state = block.step(words[:, start:end], state)
        parts.append(ops.convert_to_numpy(part))
    difference = np.abs(np.concatenate(parts, axis=1) - whole).max()
    numbers = sum(math.prod(t.shape) for t in keras.tree.flatten(state))
    print(f"{name:12} largest difference {difference:.0e}, {numbers:4} numbers in the state")
    assert difference < 1e-5

# %% [markdown] tags=["en"]
# ## The factory
#
# Because of the contract, blocks stack in any order. `build_model` takes a name with `num_layers`, or a list, bottom first; `estimate` takes the same and tells the size before anything is made. Below, its count against one by hand: a table of word vectors, which serves the output as well (*weight tying*); the blocks, whose attention has two small norms besides, of its queries and of its keys; a last norm where the stack ends in attention or a Transformer; and a number for each word of the vocabulary.
# %% [markdown] tags=["zh"]
# ## 模型工厂
#
# 有了这个约定，块可以按任意顺序叠放。`build_model` 接收一个名字加 `num_layers`，或者一个列表，最底下的写在最前面；`estimate` 接收同样的参数，不必真的建出模型就能说出它的大小。下面把它的计数和手算的相比：词向量表，输出也用这一张（*权重绑定*）；各个块，其中的注意力还对查询和键各做一次小的规范化；最上面是注意力或 Transformer 时，再有一次规范化；最后，词表里每个词一个数。
# %%
V, D = 5000, 128
attention_block = 4 * D**2 + D + 2 * (D // 4)  # its norm; queries and keys have one as well
lstm_block = 4 * (2 * D**2 + D)  # four gates, each reads the word and the state before
by_hand = {
    "rnn": V * D + (2 * D**2 + D) + V,
    "lstm": V * D + lstm_block + V,
    "attention": V * D + attention_block + D + V,
    "transformer": V * D + (attention_block + 8 * D**2 + D) + D + V,
}
for name, count in by_hand.items():
    found = estimate(name, vocabulary_size=V, hidden_dim=D).parameters
    print(f"{name:24}{found:9,}")
    assert found == count
hybrid = ["lstm", "attention", "attention"]
found = estimate(hybrid, vocabulary_size=V, hidden_dim=D).parameters
print(f"{' + '.join(hybrid):24}{found:9,}")
assert found == V * D + lstm_block + 2 * attention_block + D + V

# %% [markdown] tags=["en"]
# ## The sizes of GPT-2
#
# GPT-2 is such a stack: 50,257 tokens, 1,024 learned positions, and 12 to 48 blocks. The text that this course follows gives it 150 million parameters (1.5 亿, in section 8), which is none of its four sizes. They are from 124 million to 1.5 *billion* (15 亿), counted below; a zero was lost. (For GPT-4 it says some billions; its number has never been published.)
# %% [markdown] tags=["zh"]
# ## GPT-2 有多大
#
# GPT-2 就是这样一个栈：50257 个词元，1024 个可学习的位置，12 到 48 个块。本课程所依据的文档在第 8 节说它有 1.5 亿参数，而它的四种规模里没有这一种：实际是从 1.24 亿到 15 亿，下面就来数，文档少写了一个零。（文档又说 GPT-4 有几十亿参数，而这个数字从未公布。）
# %%
gpt2 = {
    "small": (12, 768, 12),
    "medium": (24, 1024, 16),
    "large": (36, 1280, 20),
    "XL": (48, 1600, 25),
}
print("GPT-2    blocks   width      parameters    weights")
counts = {}
for name, (num_layers, D, num_heads) in gpt2.items():
    size = estimate("gpt2", num_layers=num_layers, hidden_dim=D, num_heads=num_heads)
    print(f"{name:9}{num_layers:6}{D:8}{size.parameters:16,}{size.weight_bytes / 2**30:7.1f} GiB")
    of_a_block = 12 * D**2 + 13 * D  # two norms and all projections have biases
    counts[name] = size.parameters
    assert counts[name] == (50257 + 1024) * D + num_layers * of_a_block + 2 * D
assert 124e6 < counts["small"] < 125e6 and 1.5e9 < counts["XL"] < 1.6e9

# %% [markdown] tags=["en"]
# ## Hybrids: the order of the blocks matters
#
# A task that takes two abilities. Pairs of a letter and a digit, now as *two* words: `c 7 a 2 c 7 f 9 a 2`. In each text a letter keeps its digit, which is drawn anew for the next text. After a letter that has occurred before, its digit can be told. To do so, a model has to know which letter stood before each digit (one word back, which a recurrence does with ease), and to look a letter up (which attention does).
# %% [markdown] tags=["zh"]
# ## 混合模型：块的顺序很重要
#
# 有一个任务需要两种本领。字母和数字成对出现，这回算作*两个*词：`c 7 a 2 c 7 f 9 a 2`。在同一个文本里，一个字母总配同一个数字，换一个文本则重新抽取。一个字母如果前面出现过，它的数字就可以说出来。为此模型要知道每个数字前面是哪个字母（往前看一个词，循环神经网络做起来轻而易举），还要会查找一个字母（这是注意力的本领）。
# %%
names = [*"0123456789", *"abcdef"]


def recall(rows, num_pairs=16):
    """Ids, next ids and weights, (B, 2 · pairs - 1): 1 after a letter that was there before."""
    digit_of = rng.integers(0, 10, size=(rows, 6))
    letter = rng.integers(0, 6, size=(rows, num_pairs))
    ids = np.zeros((rows, 2 * num_pairs), "int32")
    ids[:, ::2], ids[:, 1::2] = 10 + letter, np.take_along_axis(digit_of, letter, axis=1)
    weight = np.zeros((rows, 2 * num_pairs - 1), "float32")
    weight[:, ::2] = [[one in row[:place] for place, one in enumerate(row)] for row in letter]
    return ids[:, :-1], ids[:, 1:], weight


pairs_x, pairs_y, pairs_weight = recall(rows)
asked_x, asked_y, asked_weight = recall(300)
print("text   ", " ".join(names[i] for i in pairs_x[0, :20]))
print("asked  ", " ".join("?" if w else "." for w in pairs_weight[0, :20]))
assert pairs_x.shape == pairs_y.shape == pairs_weight.shape == (rows, 31)


# %% [markdown] tags=["en"]
# Five stacks, beside a guess, a model without training, and the last digit said again. Say first: which of them will solve it, and does it matter whether the LSTM stands below the attention or above?
# %% [markdown] tags=["zh"]
# 五种栈，再加三个基线：随便猜、没有训练的模型、把上一个数字再说一遍。先说说看：哪几种能解决这个任务？LSTM 放在注意力下面还是上面，有没有区别？
# %%
def accuracy(model):
    right = model.predict(asked_x, verbose=0).argmax(axis=-1) == asked_y
    return right[asked_weight > 0].mean()


def train(architecture):
    model = build_model(architecture, vocabulary_size=16, hidden_dim=64, num_heads=2, seed=0)
    untrained = accuracy(model)
    model.compile(keras.optimizers.Adam(0.003))
    model.fit(pairs_x, pairs_y, sample_weight=pairs_weight, epochs=5, batch_size=50, verbose=0)
    return model, untrained, accuracy(model)


last_digit = np.roll(asked_x, 1, axis=1)  # the word before a letter is the last digit
accuracies = {
    "a guess among ten digits": 0.1,
    "the last digit again": (last_digit == asked_y)[asked_weight > 0].mean(),
}
stacks = [
    "lstm",
    "attention",
    ["attention", "lstm"],
    ["attention", "attention"],
    ["lstm", "attention"],
]
for stack in stacks:
    model, untrained, share = train(stack)
    accuracies.setdefault("an untrained model", untrained)
    accuracies[stack if isinstance(stack, str) else " below ".join(stack)] = share
for name, share in accuracies.items():
    print(f"{name:27}{share:6.0%}")
for name in ("lstm", "attention", "attention below lstm"):
    assert accuracies[name] < 0.6
assert accuracies["lstm below attention"] > 0.9

# %% [markdown] tags=["en"]
# The picture below is of the last stack, the LSTM below attention. The same two blocks solve the task in one order and fail in the other: the LSTM below tells attention which letter each digit belongs to; above it, it comes too late. A second layer of attention can do the LSTM's work as well, but neither of the two layers is of use without the other: for a while nothing moves, and then it is there, within these steps or not, as the starting weights and the backend have it (train it with another `seed` and see). This pair, one layer that looks one word back and one that looks up, appears in large models too, where the one that looks up is called an *induction head*.
# %% [markdown] tags=["zh"]
# 下图是最后一种栈，即 LSTM 在注意力下面。同样两个块，一种顺序能解决，另一种顺序不行：LSTM 在下面，就能告诉注意力每个数字属于哪个字母；放在上面就太晚了。再加一层注意力，也能做 LSTM 做的事；只是两层缺了哪一层都没用，所以有一阵子毫无动静，然后突然就会了。在这些步数之内来不来得及，要看初始权重和后端（换一个 `seed` 训练试试）。一层往前看一个词，一层负责查找，这样的搭配在大模型里也有，其中负责查找的叫作*归纳头*（induction head）。
# %%
row = asked_x[0, :20]
[alpha] = model.attention_weights(row[None]).values()  # (1, 2, 20, 20)
viz.attention(alpha[:, :1], [names[i] for i in row])


# %% [markdown] tags=["en"]
# ## A block of your own
#
# If all that attention lacks is the word before, a block for just that should do: add to each word half of the word before it. The state is that word. A dozen lines beside the constructor, and a name in the factory.
# %% [markdown] tags=["zh"]
# ## 自己写一个块
#
# 如果注意力缺的只是前面那个词，那么一个只管这件事的块就够了：给每个词加上前一个词的一半。状态就是前一个词。除了构造函数，只有十来行代码，再加上它在工厂里的名字。
# %%
@register_block("half_before")
class HalfBefore(Block):
    def __init__(self, hidden_dim, **kwargs):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim

    def initial_state(self, batch_size, max_length):
        return {"last": ops.zeros((batch_size, self.hidden_dim), self.compute_dtype)}

    def step(self, x, state, padding_mask=None):
        x = ops.cast(x, self.compute_dtype)  # half precision, if the layer is to have it
        last, outputs = state["last"], []
        for t in range(x.shape[1]):
            outputs.append(x[:, t] + last / 2)
            is_word = True if padding_mask is None else padding_mask[:, t, None]
            last = ops.where(is_word, x[:, t], last)
        return ops.stack(outputs, axis=1), {"last": last}

    def get_config(self):
        return {**super().get_config(), "hidden_dim": self.hidden_dim}


check_block(lambda: HalfBefore(8))
_, _, share = train(["half_before", "attention"])
print(f"half_before below attention {share:6.0%}")
assert share > 0.9


# %% [markdown] tags=["en"]
# `check_block` holds a block to all that a block promises: `call` says what `step` says, however the text is cut; padding changes nothing; no word reads ahead; it trains, it saves, it loads. It names the first promise that is broken. Here the mask is not passed on:
# %% [markdown] tags=["zh"]
# `check_block` 会逐条检查块的承诺：不管文本怎么切，`call` 和 `step` 的结果都相同；填充不影响任何结果；没有词会读到后面；能训练，能保存，能载入。哪一条先被违反，它就指出哪一条。下面故意不把掩码传下去：
# %%
class ForgetsPadding(HalfBefore):
    def step(self, x, state, padding_mask=None):
        return super().step(x, state)


try:
    check_block(lambda: ForgetsPadding(8))
    broken = "none"
except AssertionError as error:
    broken = str(error).splitlines()[0]
print(broken)
assert "padding" in broken

# %% [markdown] tags=["en"]
# ## Cheaper attention in one line
#
# Attention's state grows with the text. Two options make it smaller: `num_key_value_heads` lets several query heads share keys and values (*grouped queries*), `sliding_window` reads the last so many words alone. `estimate` says what they save, before anything is built.
# %% [markdown] tags=["zh"]
# ## 一行代码省下内存
#
# 注意力的状态随文本变长。有两个选项能让它变小：`num_key_value_heads` 让几个查询头共用键和值（*分组查询*），`sliding_window` 只读最后若干个词（*滑动窗口*）。能省多少，建模型之前 `estimate` 就能说出来。
# %%
shape = {"vocabulary_size": 5000, "hidden_dim": 256, "num_layers": 4, "num_heads": 8}
variants = {
    "every head, every word": {},
    "2 heads of keys and values": {"num_key_value_heads": 2},
    "a window of 128 words": {"sliding_window": 128},
    "both": {"num_key_value_heads": 2, "sliding_window": 128},
}
cache = {}
print("4 blocks, a text of 1,024 words   parameters   state in KiB")
for name, options in variants.items():
    size = estimate("transformer", sequence_length=1024, **shape, **options)
    cache[name] = size.cache_bytes
    print(f"{name:34}{size.parameters:10,}{size.cache_bytes / 1024:15,.0f}")
full = cache["every head, every word"]
assert 3.5 < full / cache["2 heads of keys and values"] < 4.5
assert 6 < full / cache["a window of 128 words"] < 9

# %% [markdown] tags=["en"]
# ## Exercises
#
# Replace each `...` by your answer and run the cell again.
#
# **06.1** Say it before you count. A Transformer block is made twice as wide (`hidden_dim`, and with it the width inside). How many times as many parameters has it, about: `2`, `4` or `8`?
#
# **06.2** Count by hand: a `Transformer` with `hidden_dim=64`, 8 heads, but only 2 heads of keys and values, `intermediate_dim=128`, RMS norms with a gain each, no biases, no norms of queries and keys. How many parameters?
#
# **06.3** In a stack of three blocks every word reads itself and the three words before it (`sliding_window=4`). How many words of the text, the last one included, can change the last output?
# %% [markdown] tags=["zh"]
# ## 练习
#
# 把每个 `...` 换成你的答案，再运行一遍单元格。
#
# **06.1** 先说答案，再去数。把一个 Transformer 块加宽一倍（`hidden_dim` 加倍，中间的宽度也跟着加倍），参数大约变为原来的几倍：`2`、`4` 还是 `8`？
#
# **06.2** 手算：一个 `Transformer`，`hidden_dim=64`，8 个头，但键和值只有 2 个头，`intermediate_dim=128`，每个 RMS 规范化有一组增益，没有偏置，查询和键不做规范化。它有多少个参数？
#
# **06.3** 三个块叠在一起，每个词都读自己和前面的三个词（`sliding_window=4`）。文本中有多少个词（包括最后一个词自己）能影响最后一个输出？
# %%
times_as_many = ...
course.check("06.1", times_as_many)

number_of_parameters = ...
course.check("06.2", number_of_parameters)

words_that_count = ...
course.check("06.3", words_that_count)


# %% [markdown] tags=["en"]
# **06.4** Write *layer normalisation* of `x` $(T, D)$: subtract the mean of each word's numbers, divide by the root of their variance plus `epsilon`, multiply by `gain` $(D,)$ and add `bias` $(D,)$.
#
# **06.5** Write the sinusoidal positions, `length` of them of an even width `dim`, without a loop: at position $p$ the number $2i$ is $\sin(p / 10000^{2i/\mathrm{dim}})$ and the number $2i + 1$ the cosine of the same.
# %% [markdown] tags=["zh"]
# **06.4** 写出 `x` $(T, D)$ 的*层规范化*：减去每个词各数的平均，除以方差加 `epsilon` 的平方根，乘以 `gain` $(D,)$，再加上 `bias` $(D,)$。
#
# **06.5** 写出正弦位置编码，共 `length` 个位置，宽度 `dim` 为偶数，不用循环：位置 $p$ 的第 $2i$ 个数是 $\sin(p / 10000^{2i/\mathrm{dim}})$，第 $2i + 1$ 个数是同一个角的余弦。
# %%
def layer_norm(x, gain, bias, epsilon=1e-6):
    return ...


course.check("06.4", layer_norm)


def sinusoidal(length, dim):
    return ...


course.check("06.5", sinusoidal)


# %% [markdown] tags=["en"]
# **06.6** A block of your own: position $i$ gives the largest of the positions $0$ to $i$, number by number, and padding counts for nothing. Its state is the largest so far: what is that before the first word?
# %% [markdown] tags=["zh"]
# **06.6** 写一个你自己的块：第 $i$ 个位置逐个分量给出第 $0$ 到第 $i$ 个位置中的最大值，填充不计在内。状态是到目前为止的最大值：在第一个词之前，它应该是什么？
# %%
@keras.saving.register_keras_serializable(package="page_06")
class LargestSoFar(Block):
    def __init__(self, hidden_dim, **kwargs):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim

    def initial_state(self, batch_size, max_length):
        return ...

    def step(self, x, state, padding_mask=None):
        x = ops.cast(x, self.compute_dtype)
        return ...

    def get_config(self):
        return {**super().get_config(), "hidden_dim": self.hidden_dim}


course.check("06.6", LargestSoFar)

# %% [markdown] tags=["en"]
# ## Summary
#
# - A Transformer block is attention and a position-wise network, each with a norm before it and a sum around it. About $12 D^2$ parameters, a third of them attention.
# - Without sums and norms numbers and gradients vanish or explode with the depth, and a deep stack learns nothing. A loss that never leaves the level of a guess is the sign.
# - Positions have to be put in. Rotary ones know distances, and hold for a while beyond the length of training, where the others fail at once.
# - A block is a recurrence: `call` is `step`, whatever the block. Hence lists, hybrids and blocks of one's own; which stands below which matters.
#
# **To read**: Vaswani et al. 2017, *Attention Is All You Need*, section 3; Xiong et al. 2020, sections 3 and 4 (where the norm stands); Su et al. 2021, section 3 (rotary positions); Radford et al. 2019, section 2.3 and table 2 (GPT-2); Ainslie et al. 2023 (grouped queries); Olsson et al. 2022 (induction heads). The code: `mlm_tf/layers/transformer.py`, `mlm_tf/models/architectures.py`. Training is page 07.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - Transformer 块就是注意力加基于位置的前馈网络，各自前面有规范化，外面有求和。参数约 $12 D^2$ 个，注意力占三分之一。
# - 没有求和与规范化，数和梯度会随深度消失或爆炸，叠得深了就什么也学不到。损失始终停在随便猜的水平，就是它的征兆。
# - 位置要另外加进去。旋转位置编码认的是距离，超出训练长度时，别的编码立刻失效，它还能多撑一段。
# - 块就是循环：不管什么块，`call` 都等于 `step`。所以才能有列表、混合模型和自己写的块；谁在下、谁在上，很重要。
#
# **延伸阅读**：Vaswani 等，2017，*Attention Is All You Need*，第 3 节；Xiong 等，2020，第 3、4 节（规范化放在哪里）；Su 等，2021，第 3 节（旋转位置编码）；Radford 等，2019，2.3 节和表 2（GPT-2）；Ainslie 等，2023（分组查询）；Olsson 等，2022（归纳头）。代码：`mlm_tf/layers/transformer.py`、`mlm_tf/models/architectures.py`。训练见第 07 页。
