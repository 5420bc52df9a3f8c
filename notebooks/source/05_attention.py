# %% [markdown] tags=["en"]
# # 05 Attention: which word reads which
#
# **You will be able to** compute self-attention by hand, write it in three lines, say what scaling, masks and positions are for, and see in a picture what a trained head reads.
#
# **You need to know** what a vector, a matrix product and a softmax are (page 02), and how a recurrent network passes its state on (page 04).
#
# **It takes** about 15 minutes to read and half a minute to run on two CPU cores, with 1 GB of memory.
#
# A recurrent network hands everything it knows from word to word through one vector. Attention takes another way: every word looks at all the words before it and takes from each as much as it needs. How much is a number between 0 and 1, the *attention weight* (formula 4.3):
#
# $$\alpha_{ij} = \mathrm{softmax}_j(q_i^\top k_j), \qquad y_i = \sum_j \alpha_{ij} v_j$$
#
# The query $q_i$ is what word $i$ asks for, the key $k_j$ is what word $j$ offers to be found by, the value $v_j$ is what it gives. The text that this course follows calls $k_j$ a "density vector", sums over a $j$ that is already taken, and stops at the weights; here the $k_j$ are *keys*, the sum has an index of its own, and the output $y_i$ is part of the formula.
# %% [markdown] tags=["zh"]
# # 05 注意力：哪个词关注哪个词
#
# **学完本页，你能够**手算自注意力，用三行代码写出它，说清缩放、掩码和位置编码各有什么用，并从图上看出一个训练好的注意力头在关注什么。
#
# **预备知识**：向量、矩阵乘法和 softmax（第 02 页），循环神经网络如何传递状态（第 04 页）。
#
# **所需时间**：阅读约 15 分钟，在两个 CPU 核上运行约半分钟，占用内存 1 GB。
#
# 循环神经网络把已知的一切压进一个向量，逐词往后传。注意力换了一种做法：每个词都直接看前面所有的词，从每个词那里各取所需。取多少由一个 0 到 1 之间的数决定，这就是*注意力权重*（公式 4.3）：
#
# $$\alpha_{ij} = \mathrm{softmax}_j(q_i^\top k_j), \qquad y_i = \sum_j \alpha_{ij} v_j$$
#
# 查询 $q_i$ 表示第 $i$ 个词要找什么，键 $k_j$ 表示第 $j$ 个词凭什么被找到，值 $v_j$ 是它给出的内容。本课程所依据的文档把 $k_j$ 叫作“密度向量”，求和时又重复使用了下标 $j$，而且只写到权重为止；这里的 $k_j$ 是*键*，求和另用下标，输出 $y_i$ 也是公式的一部分。
# %%
# %matplotlib inline
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import ops

from mlm_tf import build_model, course, viz
from mlm_tf.layers import Block, SelfAttention

rng = np.random.default_rng(0)


def softmax(scores):
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


# %% [markdown] tags=["en"]
# ## Three words by hand
#
# Take three words, each with a query, a key and a value of two numbers. The third word asks with $q = (1, 0)$. Its scores are its dot products with the three keys; the softmax makes weights of them; the output is the mean of the values with these weights.
# %% [markdown] tags=["zh"]
# ## 手算三个词
#
# 取三个词，每个词有查询、键和值各一个，都是两个数。第三个词用 $q = (1, 0)$ 去找。它与三个键的点积就是得分，softmax 把得分变成权重，输出就是以这些权重对值求的平均。
# %%
words = ["the", "cat", "sat"]
q = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
k = np.array([[0.0, 0.5], [2.0, 0.0], [1.0, 1.0]])
v = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])

scores = [sum(a * b for a, b in zip(q[2], key)) for key in k]
exps = [np.exp(score) for score in scores]
weights = [e / sum(exps) for e in exps]
output = sum(weight * value for weight, value in zip(weights, v))
print("word   score   exp   weight")
for word, score, e, weight in zip(words, scores, exps, weights):
    print(f"{word:5}{score:7.2f}{e:7.2f}{weight:8.3f}")
print("output of 'sat':", output.round(3))
assert np.isclose(sum(weights), 1)
assert np.argmax(weights) == 1  # it reads "cat", whose key agrees with its query

# %% [markdown] tags=["en"]
# ## The same as a loop, and without one
#
# A loop does that for every word. Without the loop it is three lines: all scores at once are `q @ k.T`, a table with a row for each word that looks and a column for each that is looked at. Each row of weights sums to 1.
# %% [markdown] tags=["zh"]
# ## 写成循环，再去掉循环
#
# 用一个循环可以对每个词都算一遍。不用循环只要三行：所有得分就是 `q @ k.T`，这张表的每一行是一个在看的词，每一列是一个被看的词。每一行的权重之和都是 1。
# %%
by_loop = np.zeros_like(v)
for i in range(3):
    row = softmax(np.array([q[i] @ k[j] for j in range(3)]))
    for j in range(3):
        by_loop[i] += row[j] * v[j]

scores = q @ k.T  # (3, 2) @ (2, 3) -> (3, 3)
alpha = softmax(scores)  # each row sums to 1
y = alpha @ v  # (3, 3) @ (3, 2) -> (3, 2)

assert scores.shape == (3, 3) and y.shape == (3, 2)
assert np.allclose(y, by_loop) and np.allclose(y[2], output)
viz.attention(alpha, words)

# %% [markdown] tags=["en"]
# ## The layers
#
# In a layer, query, key and value are three linear images of the same word vector, so the layer learns what to ask for, what to be found by, and what to give. `SelfAttention` does this, with several *heads* side by side, each of them on its own part of the vector. Below, our layer, Keras's `MultiHeadAttention` with the same weights, and the three lines above give the same numbers.
# %% [markdown] tags=["zh"]
# ## 层
#
# 在层里，查询、键和值是同一个词向量的三个线性变换，因此要找什么、凭什么被找到、给出什么，都由这一层自己学。`SelfAttention` 就是这样的层，它有若干个并排的*头*，每个头处理向量中属于自己的一段。下面用相同的权重，比较我们的层、Keras 的 `MultiHeadAttention` 和上面的三行代码：结果完全一致。
# %%
hidden_dim, num_heads = 8, 2
head_dim = hidden_dim // num_heads
x = rng.normal(size=(1, 5, hidden_dim)).astype("float32")  # one text of five words

ours = SelfAttention(hidden_dim, num_heads, causal=False, positions=None)
y_ours, alpha_ours = ours(x, return_attention_scores=True)
w_q, w_k, w_v, w_o = (np.array(w) for w in ours.get_weights())

theirs = keras.layers.MultiHeadAttention(num_heads, head_dim, use_bias=False)
theirs.build(x.shape, x.shape)
heads = (hidden_dim, num_heads, head_dim)
theirs.set_weights(
    [w_q.reshape(heads), w_k.reshape(heads), w_v.reshape(heads), w_o.reshape(*heads[1:], -1)]
)
y_theirs = theirs(x, x)

by_head = []
for head in range(num_heads):
    part = slice(head * head_dim, (head + 1) * head_dim)
    q, k, v = (x[0] @ w[:, part] for w in (w_q, w_k, w_v))  # each (5, head_dim)
    by_head.append(softmax(q @ k.T / np.sqrt(head_dim)) @ v)
y_by_hand = np.concatenate(by_head, axis=1) @ w_o  # (5, hidden_dim)

print("weights:", alpha_ours.shape, " (texts, heads, words that look, words looked at)")
print("output: ", y_ours.shape)
assert np.allclose(y_ours, y_theirs, atol=1e-5)
assert np.allclose(y_ours[0], y_by_hand, atol=1e-5)

# %% [markdown] tags=["en"]
# ## Scaled, or not
#
# The layer divided the scores by $\sqrt{d}$, $d$ being the width of a head; formula 4.3 as printed does not. The sum of $d$ products grows like $\sqrt{d}$, and the softmax of large numbers is almost 1 at one place and almost 0 elsewhere. There it has hardly any gradient, so nothing can be learned. Measured on random queries and keys:
# %% [markdown] tags=["zh"]
# ## 要不要缩放
#
# 这个层把得分除以了 $\sqrt{d}$，$d$ 是一个头的宽度；公式 4.3 的原样没有这一步。$d$ 个乘积之和的大小随 $\sqrt{d}$ 增长，而数值很大时，softmax 在一处几乎为 1，在其余各处几乎为 0。这种地方几乎没有梯度，也就学不到东西。用随机的查询和键来量一量：
# %%
print("    d   spread of scores   largest weight   same, scaled")
unscaled, scaled = [], []
dims = [4, 16, 64, 256, 1024]
for d in dims:
    q, k = rng.normal(size=(2, 200, d))
    scores = q @ k[:10].T  # 200 queries, 10 keys
    unscaled.append(softmax(scores).max(axis=1).mean())
    scaled.append(softmax(scores / np.sqrt(d)).max(axis=1).mean())
    print(f"{d:5}{scores.std():15.1f}{unscaled[-1]:17.2f}{scaled[-1]:15.2f}")
assert unscaled[-1] > 0.9 and max(scaled) < 0.6

figure, axes = plt.subplots(figsize=(5, 3))
axes.semilogx(dims, unscaled, "o-", base=2, label="as printed")
axes.semilogx(dims, scaled, "o-", base=2, label="divided by √d")
axes.set(xlabel="width of a head", ylabel="largest of 10 weights", ylim=(0, 1))
axes.legend()
plt.show()

# %% [markdown] tags=["en"]
# ## Masks, and a failure made on purpose
#
# A model that predicts the next word must not see it. The *causal* mask lets word $i$ read the words $j \le i$ alone. What happens without it? Below, two models learn random digits, of which the next cannot be predicted: nobody can get below the entropy of ten equally likely digits, $\ln 10$. Say first which loss you expect of each.
# %% [markdown] tags=["zh"]
# ## 掩码，以及一次故意的失败
#
# 预测下一个词的模型不能看到这个词。*因果*掩码只允许第 $i$ 个词读 $j \le i$ 的词。没有它会怎样？下面让两个模型学习随机的数字串，下一个数字无从预测：谁也不可能低于十个等可能数字的熵 $\ln 10$。运行之前，先说说你预计这两个损失各是多少。
# %%
digits = rng.integers(0, 10, size=(512, 21))
inputs, targets = digits[:, :-1], digits[:, 1:]  # (512, 20): the same, one place later


def digit_model(causal):
    keras.utils.set_random_seed(0)
    ids = keras.Input((20,), dtype="int32")
    h = keras.layers.Embedding(10, 32)(ids)
    h = h + SelfAttention(32, 1, causal=causal)(h)  # rotary positions
    model = keras.Model(ids, keras.layers.Dense(10)(h))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    return model


losses = {}
for causal in (True, False):
    model = digit_model(causal)
    model.fit(inputs, targets, epochs=15, batch_size=32, verbose=0)
    losses[causal] = model.evaluate(inputs, targets, verbose=0)
    print(f"causal={causal!s:5}  loss {losses[causal]:.3f}")
print(f"the best that is possible: ln 10 = {np.log(10):.3f}")
assert losses[True] > 2.0  # it learns a little by heart
assert losses[False] < 1.5  # far below what is possible: it cheats

# %% [markdown] tags=["en"]
# A loss far below what is possible is no success: the second model has read the answer. (The first may come below by a hair: it is measured on the rows of its training, and knows a little of them by heart.) The diagnosis takes one picture. Change one word and see which outputs change: in a causal layer those from that word on, and none before.
# %% [markdown] tags=["zh"]
# 损失远低于可能的下限不是成功：第二个模型偷看了答案。（第一个模型也可能略低一点点：用来测量的就是训练过的那些行，它多少背下了一些。）诊断只需要一张图。改动一个词，看哪些输出跟着变：在因果的层里，变的只有从这个词开始往后的输出，前面的一个也不变。
# %%
x = rng.normal(size=(1, 6, 8)).astype("float32")
figure, panels = plt.subplots(1, 2, figsize=(7, 3))
for panel, causal in zip(panels, (True, False)):
    layer = SelfAttention(8, 1, causal=causal)
    before, moved = np.array(layer(x)), np.zeros((6, 6))
    for j in range(6):
        changed = x.copy()
        changed[0, j] += 1
        moved[:, j] = np.abs(np.array(layer(changed)) - before)[0].max(axis=1)
    panel.imshow(moved > 1e-6, cmap="Blues", vmin=0, vmax=1)
    panel.set(title=f"causal={causal}", xlabel="word that was changed", ylabel="output")
    assert (moved > 1e-6)[np.triu_indices(6, k=1)].any() == (not causal)
plt.tight_layout()
plt.show()

# %% [markdown] tags=["en"]
# The other mask is for padding. Rows of a batch are filled up to one length, and what fills them must not be read. With `padding_mask` nothing that stands there changes anything:
# %% [markdown] tags=["zh"]
# 另一种掩码用于填充。一个批量里的各行要补到同样的长度，而补上的部分不该被读到。有了 `padding_mask`，那里放什么都不影响结果：
# %%
layer = SelfAttention(8, 2, causal=False)
mask = np.array([[True, True, True, True, False, False]])
rubbish = x.copy()
rubbish[0, 4:] = 1000.0
print(
    "with the mask:   ",
    np.abs(layer(x, padding_mask=mask) - layer(rubbish, padding_mask=mask))[:, :4].max(),
)
print("without the mask:", np.abs(layer(x) - layer(rubbish))[:, :4].max())
assert np.allclose(layer(x, padding_mask=mask)[:, :4], layer(rubbish, padding_mask=mask)[:, :4])
assert not np.allclose(layer(x)[:, :4], layer(rubbish)[:, :4])

# %% [markdown] tags=["en"]
# ## Attention does not know the order
#
# Nothing in the formula says where a word stands: shuffle the words, and the outputs are the same ones, shuffled. "dog bites man" and "man bites dog" would be one. *Rotary positions* turn each query and key by an angle that grows with its position; a score then depends on how far apart two words are (page 06 has others).
# %% [markdown] tags=["zh"]
# ## 注意力不知道顺序
#
# 公式里没有任何东西说明一个词在哪里：把词打乱，输出还是那些，只是跟着打乱。“狗咬人”和“人咬狗”就成了一回事。*旋转位置编码*按位置把每个查询和键转过一个角度，位置越靠后转得越多，于是得分取决于两个词相距多远（其他做法见第 06 页）。
# %%
shuffled = rng.permutation(6)
while (shuffled == np.arange(6)).all():
    shuffled = rng.permutation(6)
for positions in (None, "rotary"):
    layer = SelfAttention(8, 2, causal=False, positions=positions)
    gap = np.abs(np.array(layer(x))[:, shuffled] - np.array(layer(x[:, shuffled]))).max()
    print(f"positions={positions!s:7} largest difference after shuffling: {gap:.4f}")
    assert (gap < 1e-5) == (positions is None)

# %% [markdown] tags=["en"]
# ## What a head learns to read
#
# A task that can only be solved by looking up: five letters, each with a digit, as `c7 a2 f9 b0 e4`; then a letter alone, `f?`; the answer is its digit. The pairs are drawn anew for every row, so nothing can be learned by heart. One attention block with one head is enough. Look at the data first.
# %% [markdown] tags=["zh"]
# ## 一个头学会了读什么
#
# 有一种任务只有查找才能解决：先是五个字母，各带一个数字，如 `c7 a2 f9 b0 e4`；然后单独给一个字母 `f?`，答案是它的数字。每一行的配对都重新抽取，所以死记硬背没有用。只要一个注意力块、一个头就够了。先看看数据。
# %%
letters = "abcdefgh"
tokens = [f"{a}{n}" for a in letters for n in range(10)] + [f"{a}?" for a in letters]
tokens += [str(n) for n in range(10)]


def lookups(rows):
    ids, answers = np.zeros((rows, 6), "int32"), np.zeros(rows, "int32")
    for row in range(rows):
        chosen, values = rng.permutation(8)[:5], rng.integers(0, 10, size=5)
        asked = rng.integers(5)
        ids[row] = [*(chosen * 10 + values), 80 + chosen[asked]]
        answers[row] = 88 + values[asked]
    return ids, answers


train_ids, train_answers = lookups(6000)
test_ids, test_answers = lookups(1000)
for ids, answer in zip(test_ids[:3], test_answers[:3]):
    print(" ".join(tokens[i] for i in ids), "->", tokens[answer])

# %% [markdown] tags=["en"]
# The loss counts at the last place alone: all other places get the sample weight 0. Three baselines stand beside the model: a guess, the digit of the last pair, and the model before its training.
# %% [markdown] tags=["zh"]
# 损失只在最后一个位置上计算：其他位置的样本权重都是 0。与模型并列的有三个基线：随便猜，总是回答最后一对的数字，以及训练前的模型。
# %%
model = build_model(
    "transformer",
    vocabulary_size=len(tokens),
    hidden_dim=64,
    num_heads=1,
    seed=0,
    output_bias=False,
)
model.compile(keras.optimizers.Adam(0.003))
targets = np.zeros_like(train_ids)
targets[:, -1] = train_answers
weight = np.zeros(train_ids.shape, "float32")
weight[:, -1] = 1


def accuracy(model):
    last = model.predict(test_ids, verbose=0)[:, -1]  # scores of the next token, (1000, 98)
    return (last.argmax(axis=-1) == test_answers).mean()


results = {"a guess among ten digits": 0.1}
results["the digit of the last pair"] = (test_ids[:, 4] % 10 == test_answers - 88).mean()
results["the model, untrained"] = accuracy(model)
model.fit(train_ids, targets, sample_weight=weight, epochs=15, batch_size=64, verbose=0)
results["the model, trained"] = accuracy(model)
for name, value in results.items():
    print(f"{name:28}{value:7.1%}")
assert results["the model, trained"] > 0.9 > 0.5 > results["the digit of the last pair"]

# %% [markdown] tags=["en"]
# And this is how it does it: the last row, the question, reads the pair with its letter.
# %% [markdown] tags=["zh"]
# 它就是这样做到的：最后一行是问题，它读的正是带有同一个字母的那一对。
# %%
[weights] = model.attention_weights(test_ids[:1]).values()  # (1, 1, 6, 6)
row = [tokens[i] for i in test_ids[0]]
asked = row[-1][0]
read = row[int(weights[0, 0, -1].argmax())]
print(f"asked for {asked!r}; the word that is read most is {read!r}")
shares = []
for ids in test_ids[:200]:
    [weights_of_row] = model.attention_weights(ids[None]).values()
    place = int(np.flatnonzero(ids[:5] // 10 == ids[5] - 80)[0])
    shares.append(weights_of_row[0, 0, -1, place])
print(f"weight on the right pair, mean of 200 questions: {np.mean(shares):.2f}")
assert np.mean(shares) > 0.5
viz.attention(weights, row)

# %% [markdown] tags=["en"]
# Look for yourself: here is another question. (On GitHub, and in JupyterLab until you have run the cell, a still picture stands in.) Point at a word, tap it, or reach it by Tab and the arrow keys, and what it reads is shaded. What the first five words read does not matter: the loss counts at the last place alone, and nothing else uses what they have read. The same line shows the layers and heads of any model, of a sequence-to-sequence model too, and `save("page.html")` writes the page to a file.
# %% [markdown] tags=["zh"]
# 自己看一看：下面是另一个问题。（在 GitHub 上，以及在 JupyterLab 里运行这个单元格之前，这里只是一张静态图片。）把鼠标移到一个词上，或点一下，也可以用 Tab 键和方向键移过去，它所关注的词就会着色。前五个词关注什么无关紧要：损失只在最后一个位置上计算，它们读到的内容别处也用不到。同样的一行代码可以显示任何模型的各层各头，包括序列到序列模型；`save("page.html")` 把这一页写成文件。
# %%
weights = model.attention_weights(test_ids[1:2])
viz.attention_page(weights, [tokens[i] for i in test_ids[1]])

# %% [markdown] tags=["en"]
# ## Exercises
#
# Replace each `...` by your answer and run the cell again. A check tells whether it is right; if not, it says what is off.
#
# **05.1** Say it before you compute it. The query is $(1, 0)$; the first key is $(2, 0)$, the second $(1, 9)$. Which key gets the larger weight: `"first"` or `"second"`?
#
# **05.2** A query of zeros over four keys, whatever they are: what are the four weights? Give a list.
# %% [markdown] tags=["zh"]
# ## 练习
#
# 把每个 `...` 换成你的答案，再运行一遍单元格。检查会告诉你是否正确；不正确时会指出哪里不对。
#
# **05.1** 先说答案，再去计算。查询是 $(1, 0)$，第一个键是 $(2, 0)$，第二个键是 $(1, 9)$。哪个键的权重更大：`"first"`（第一个）还是 `"second"`（第二个）？
#
# **05.2** 查询全为零，有四个键，不管键是什么：四个权重各是多少？请给出一个列表。
# %%
larger = ...
course.check("05.1", larger)

weights_of_zeros = ...
course.check("05.2", weights_of_zeros)


# %% [markdown] tags=["en"]
# **05.3** Write attention for queries `q` $(m, d)$, keys `k` $(n, d)$ and values `v` $(n, e)$, scaled, without a loop, and such that scores of a thousand do no harm.
#
# **05.4** Write the causal mask of `n` words: a bool array $(n, n)$, true where row $i$ may read column $j$.
# %% [markdown] tags=["zh"]
# **05.3** 写出注意力：查询 `q` 的形状是 $(m, d)$，键 `k` 是 $(n, d)$，值 `v` 是 $(n, e)$。要缩放，不用循环，而且得分上千时也不出错。
#
# **05.4** 写出 `n` 个词的因果掩码：一个形状为 $(n, n)$ 的布尔数组，第 $i$ 行可以读第 $j$ 列的地方为真。
# %%
def attention(q, k, v):
    return ...


course.check("05.3", attention)


def causal_mask(n):
    return ...


course.check("05.4", causal_mask)

# %% [markdown] tags=["en"]
# **05.5** While it generates, a layer keeps the keys and values of all words so far (the *KV cache*, page 08). A model has 2 layers with `hidden_dim=64`, 4 heads, and 2 heads of keys and values, which two query heads share each. How many numbers does it keep for a text of 100 words?
# %% [markdown] tags=["zh"]
# **05.5** 生成时，层要保留到目前为止所有词的键和值（*KV 缓存*，见第 08 页）。一个模型有 2 层，`hidden_dim=64`，4 个头，键和值有 2 个头，每个由两个查询头共用。文本有 100 个词时，要保留多少个数？
# %%
numbers_kept = ...
course.check("05.5", numbers_kept)


# %% [markdown] tags=["en"]
# **05.6** Attention with equal weights is a mean. Make it a block of your own: position $i$ gives the mean of the positions $0$ to $i$, and padding counts for nothing. A block is a recurrence: `step` takes the next `S` positions `x` $(B, S, D)$, the state, and a bool `padding_mask` $(B, S)$ or `None`, and gives the outputs and the new state. The state here is the sum so far and how many words it is of. (`ops.cumsum` and `ops.where` will help.)
# %% [markdown] tags=["zh"]
# **05.6** 权重都相等的注意力就是求平均。把它写成你自己的块：第 $i$ 个位置给出第 $0$ 到第 $i$ 个位置的平均，填充不计在内。块就是循环：`step` 接收接下来的 `S` 个位置 `x` $(B, S, D)$、状态，以及布尔型的 `padding_mask` $(B, S)$ 或 `None`，给出输出和新的状态。这里的状态是到目前为止的和，以及它是多少个词的和。（可以用 `ops.cumsum` 和 `ops.where`。）
# %%
@keras.saving.register_keras_serializable(package="page_05")
class MeanOfThePast(Block):
    def __init__(self, hidden_dim, **kwargs):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim

    def initial_state(self, batch_size, max_length):
        return {
            "sum": ops.zeros((batch_size, self.hidden_dim), "float32"),
            "count": ops.zeros((batch_size, 1), "float32"),
        }

    def step(self, x, state, padding_mask=None):
        return ...


course.check("05.6", MeanOfThePast)

# %% [markdown] tags=["en"]
# ## Summary
#
# - A weight says how much one word reads another; the output is the mean of the values with these weights. The weights alone are not yet the output.
# - Scores are divided by $\sqrt{d}$, or the softmax becomes a choice without a gradient.
# - The causal mask hides what is to be predicted; a loss below what is possible is a sign that it is missing. The padding mask hides what is no word.
# - Attention is a set operation: the order has to be put in.
#
# **To read**: Vaswani et al. 2017, *Attention Is All You Need*, section 3.2; Bahdanau et al. 2015, section 3 (where it came from); Su et al. 2021, section 3.2.2 (rotary positions). The code: `mlm_tf/layers/attention.py`.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - 权重说明一个词从另一个词那里读多少；输出是以这些权重对值求的平均。光有权重还不是输出。
# - 得分要除以 $\sqrt{d}$，否则 softmax 会变成没有梯度的选择。
# - 因果掩码遮住要预测的内容；损失低于可能的下限，就说明少了它。填充掩码遮住不是词的位置。
# - 注意力是对集合的运算：顺序要另外加进去。
#
# **延伸阅读**：Vaswani 等，2017，*Attention Is All You Need*，3.2 节；Bahdanau 等，2015，第 3 节（注意力的由来）；Su 等，2021，3.2.2 节（旋转位置编码）。代码：`mlm_tf/layers/attention.py`。
