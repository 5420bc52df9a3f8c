# %% [markdown] tags=["en"]
# # 04 Recurrence: one state, handed on from word to word
#
# **You will be able to** compute a recurrent network by hand, write RNN, GRU and LSTM in a few lines, run them whole or step by step, see how far back their gradients reach and predict from that what they can learn, and read from a state what it knows.
#
# **You need to know** what a word vector (page 03), a matrix product and a derivative are.
#
# **It takes** about 20 minutes to read and under a minute to run on two CPU cores, with 1.2 GB of memory.
#
# How can a network read a text of any length with a fixed number of weights? It keeps a *state*, a vector of fixed size, and makes a new one of the old one and the next word, always by the same function (formula 4.2):
#
# $$h_i = f(h_{i-1}, w_i)$$
#
# The text that this course follows calls $h_i$ the output of the $i$-th hidden layer and $f$ an activation function. Neither is so: $h_i$ is the state at *step* $i$, after word $i$, and $f$ is a whole layer with weights, the same one at every step.
# %% [markdown] tags=["zh"]
# # 04 循环：一个状态，逐词往后传
#
# **学完本页，你能够**手算一个循环神经网络，用几行代码写出 RNN、GRU 和 LSTM，既能整段运行也能一步一步运行，看出梯度能传回多远，并由此预测网络能学会什么，还能从状态里读出它知道什么。
#
# **预备知识**：词向量（第 03 页）、矩阵乘法和导数。
#
# **所需时间**：阅读约 20 分钟，在两个 CPU 核上运行不到一分钟，占用内存 1.2 GB。
#
# 权重的个数是固定的，文本却可长可短，网络怎么读？它保存一个*状态*，也就是一个长度固定的向量；每读一个词，就用同一个函数由旧状态和这个词算出新状态（公式 4.2）：
#
# $$h_i = f(h_{i-1}, w_i)$$
#
# 本课程所依据的文档把 $h_i$ 说成第 $i$ 个隐藏层的输出，把 $f$ 说成激活函数。这两处都不对：$h_i$ 是第 $i$ *步*的状态，即读完第 $i$ 个词之后的状态；$f$ 是带权重的一整层，每一步用的都是同一个。
# %%
# %matplotlib inline
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import ops

from mlm_tf import build_model, course
from mlm_tf.layers import GRU, LSTM, RNN, Block
from mlm_tf.training import make_optimizer

rng = np.random.default_rng(0)

# %% [markdown] tags=["en"]
# ## One step by hand
#
# The plain recurrent network, RNN for short, takes $f(h, w) = \tanh(wW + b + hU)$. $W$ says what a word contributes, $U$ what the old state does, and tanh keeps every number between $-1$ and $1$. Take words of three numbers and a state of two.
# %% [markdown] tags=["zh"]
# ## 手算一步
#
# 最简单的循环神经网络（RNN）取 $f(h, w) = \tanh(wW + b + hU)$。$W$ 决定词贡献什么，$U$ 决定旧状态贡献什么，tanh 让每个数都落在 $-1$ 和 $1$ 之间。设每个词是三个数，状态是两个数。
# %%
words = ["the", "cat", "sat"]
w = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.5], [0.0, 0.5, -1.0]])  # (3 words, 3)
W = np.array([[0.5, 0.0], [1.0, -1.0], [0.0, 1.0]])  # (3, 2)
U = np.array([[0.5, 0.0], [0.5, 1.0]])  # (2, 2)
b = np.array([0.0, 0.1])
h = np.zeros(2)  # nothing is known before the first word

first_step = []
for unit in range(2):
    from_word = sum(w[0][k] * W[k][unit] for k in range(3))
    from_state = sum(h[k] * U[k][unit] for k in range(2))
    first_step.append(np.tanh(from_word + b[unit] + from_state))
    print(
        f"unit {unit}: tanh({from_word:.2f} + {b[unit]:.2f} + {from_state:.2f})"
        f" = {first_step[-1]:.3f}"
    )
assert np.allclose(first_step, np.tanh(w[0] @ W + b + h @ U))


# %% [markdown] tags=["en"]
# ## The same as a loop
#
# The loop is the whole network: the state goes in, the next state comes out. Watch the second column of $h$: "cat" pushes it down, and "sat" finds it there.
# %% [markdown] tags=["zh"]
# ## 写成循环
#
# 整个网络就是这个循环：状态进去，下一个状态出来。注意 $h$ 的第二列：“cat” 把它压低，“sat” 接手时它已经是低的了。
# %%
def rnn(h, w, W, U, b):
    return np.tanh(w @ W + b + h @ U)


def run(f, state, words, *weights):
    states = []
    for word in words:
        state = f(state, word, *weights)
        states.append(state)
    return np.array(states)  # (T, U)


states = run(rnn, np.zeros(2), w, W, U, b)
for word, h in zip(words, states):
    print(f"after {word!r}: h = {h.round(3)}")
assert states.shape == (3, 2) and np.allclose(states[0], first_step)


# %% [markdown] tags=["en"]
# ## Gates: GRU and LSTM
#
# The RNN makes its state anew at every step. The two others *keep* it, and gates, numbers between 0 and 1, say how much. A *gated recurrent unit*, GRU, mixes: $z$ of the old state, $1 - z$ of a new candidate. A *long short-term memory*, LSTM, has a second vector, the *memory cell* $c$: the forget gate $f$ keeps of it, the input gate $i$ writes to it, the output gate $o$ lets it be seen. Here the state of an LSTM is $h$ and $c$, side by side.
# %% [markdown] tags=["zh"]
# ## 门：GRU 和 LSTM
#
# RNN 每一步都把状态重新造一遍。另外两种网络则会*保留*它，留多少由门决定，门是 0 到 1 之间的数。门控循环单元（GRU）取一个混合：旧状态占 $z$，新的候选占 $1 - z$。长短期记忆网络（LSTM）多一个向量，即*记忆元* $c$：遗忘门 $f$ 决定它保留多少，输入门 $i$ 决定往里写多少，输出门 $o$ 决定露出多少。这里把 LSTM 的 $h$ 和 $c$ 并排放在一起，作为它的状态。
# %%
def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gru(h, w, W, U, b):
    w_z, w_r, w_h = np.split(w @ W + b[0], 3, axis=-1)
    u_z, u_r, u_h = np.split(h @ U + b[1], 3, axis=-1)
    z, r = sigmoid(w_z + u_z), sigmoid(w_r + u_r)  # how much to keep, how much to look at
    return z * h + (1 - z) * np.tanh(w_h + r * u_h)


def lstm(state, w, W, U, b):
    h, c = np.split(state, 2, axis=-1)
    i, f, g, o = np.split(w @ W + b + h @ U, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    return np.concatenate([h, c], axis=-1)


# %% [markdown] tags=["en"]
# ## The layers
#
# Below, our blocks and Keras's layers get the same weights as the three functions, and all give the same states at every step. The weights of the gates stand side by side in one matrix: a GRU has 3 times the columns of an RNN, an LSTM 4 times.
# %% [markdown] tags=["zh"]
# ## 层
#
# 下面让我们的块、Keras 的层和上面三个函数用相同的权重，每一步的状态都完全一致。各个门的权重并排放在一个矩阵里：GRU 的列数是 RNN 的 3 倍，LSTM 是 4 倍。
# %%
dim, units, length = 4, 6, 7
x = rng.normal(size=(1, length, dim)).astype("float32")  # one text of seven words
by_hand = {"RNN": rnn, "GRU": gru, "LSTM": lstm}
ours = {"RNN": RNN(units), "GRU": GRU(units), "LSTM": LSTM(units)}
theirs = {
    "RNN": keras.layers.SimpleRNN(units, return_sequences=True),
    "GRU": keras.layers.GRU(units, return_sequences=True),
    "LSTM": keras.layers.LSTM(units, return_sequences=True),
}
print("        W         U         b      numbers  largest difference")
for name, f in by_hand.items():
    y = ours[name](x)  # (1, 7, 6)
    theirs[name].build(x.shape)
    theirs[name].set_weights(ours[name].get_weights())
    weights = [np.array(weight) for weight in ours[name].get_weights()]
    state = np.zeros(2 * units if name == "LSTM" else units)
    states = run(f, state, x[0], *weights)[:, :units]  # of an LSTM, h alone
    gap = max(np.abs(y[0] - states).max(), np.abs(theirs[name](x)[0] - states).max())
    shapes = "".join(f"{weight.shape!s:10}" for weight in weights)
    print(f"{name:6}{shapes}{sum(weight.size for weight in weights):6}{gap:15.0e}")
    assert y.shape == (1, length, units) and gap < 1e-5

# %% [markdown] tags=["en"]
# ## Whole, or step by step
#
# All that is known of the words so far stands in the state. So a text may be cut anywhere: run the first part, keep the state, run the rest from it, and the outputs are those of the whole. In this package that is the law of every `Block`, attention included (page 05); generation lives on it (page 08).
# %% [markdown] tags=["zh"]
# ## 整段运行，或一步一步运行
#
# 到目前为止读过的内容，网络所知道的全在状态里。所以文本可以在任何地方切开：先跑前一段，留下状态，再从这个状态跑后一段，输出与整段一起跑相同。在这个包里，这是每个 `Block`（块）都要遵守的定律，注意力也不例外（第 05 页）；生成靠的就是它（第 08 页）。
# %%
for name, block in ours.items():
    whole = np.array(block(x))
    state, parts = block.initial_state(1, max_length=length), []
    for a, z in [(0, 3), (3, 4), (4, 7)]:  # three words, one, three
        y, state = block.step(x[:, a:z], state)
        parts.append(y)
    in_parts = np.concatenate(parts, axis=1)
    names = ", ".join(f"{key} {tuple(value.shape)}" for key, value in state.items())
    print(f"{name:5} state: {names:20} largest difference {np.abs(whole - in_parts).max():.0e}")
    assert np.allclose(whole, in_parts, atol=1e-5)

# %% [markdown] tags=["en"]
# ## Padding: the state stands still
#
# Rows of a batch are filled up to one length. What fills them is no word, so with a mask the state passes by it unchanged: what stands last in the row is still the state after the last word. Without a mask, the state goes on moving, and a text gives another answer when a longer one stands beside it.
# %% [markdown] tags=["zh"]
# ## 填充：状态原地不动
#
# 一个批量里的各行要补到同样的长度。补上的不是词，所以有掩码时状态经过那里不变：行末的状态仍然是最后一个词之后的状态。没有掩码，状态会继续变化，于是同一段文本，只因旁边有一段更长的，结果就变了。
# %%
mask = np.array([[True, True, True, True, False, False, False]])
figure, panels = plt.subplots(1, 2, figsize=(8, 2.8), sharey=True)
for panel, padding_mask in zip(panels, (mask, None)):
    state, seen = ours["LSTM"].initial_state(1, max_length=length), []
    for t in range(length):
        part = None if padding_mask is None else padding_mask[:, t : t + 1]
        _, state = ours["LSTM"].step(x[:, t : t + 1], state, padding_mask=part)
        seen.append(np.array(state["h"])[0])
    panel.plot(range(1, length + 1), seen, "o-")
    panel.axvspan(4.5, length + 0.5, color="0.9")
    panel.set(title="with the mask" if padding_mask is not None else "without", xlabel="step")
    stands_still = np.allclose(seen[3], seen[-1])
    print("with the mask:" if padding_mask is not None else "without:", end=" ")
    print("the state after step 7 is that after step 4:", stands_still)
    assert stands_still == (padding_mask is not None)
panels[0].set_ylabel("the six numbers of h")
plt.tight_layout()
plt.show()


# %% [markdown] tags=["en"]
# ## How far a gradient reaches
#
# To learn from a word of long ago, training must know how the state then moves the state now: the matrix $\partial h_T / \partial h_t$. By the chain rule it is a product of $T - t$ matrices, one a step. A product of many numbers below 1 vanishes, and one of many above 1 explodes; matrices do the same. The matrix of one step can be had by nudging each number of the state a little and looking at what comes out. For an RNN it is also a formula, $U^\top$ with row $k$ times $1 - h_k^2$, and both agree.
# %% [markdown] tags=["zh"]
# ## 梯度能传回多远
#
# 要从很久以前的一个词学到东西，训练就必须知道那时的状态怎样影响现在的状态，也就是矩阵 $\partial h_T / \partial h_t$。由链式法则，它是 $T - t$ 个矩阵的乘积，每一步一个。许多小于 1 的数连乘会趋于零，许多大于 1 的数连乘会爆炸，矩阵也是这样。每一步的矩阵这样得到：把状态的每个数微微动一下，看输出变了多少。对 RNN 也有公式：$U^\top$ 的第 $k$ 行乘以 $1 - h_k^2$。两种算法结果一致。
# %%
def one_step(f, state, word, *weights, nudge=1e-5):
    """The derivative of the next state (rows) by this one (columns)."""
    nudges = nudge * np.eye(len(state))  # each row moves another number
    up, down = f(state + nudges, word, *weights), f(state - nudges, word, *weights)
    return (up - down).T / (2 * nudge)


W, U, b = (np.array(weight, "float64") for weight in ours["RNN"].get_weights())
h = rng.normal(size=units)
after = rnn(h, x[0, 0], W, U, b)
found = one_step(rnn, h, x[0, 0], W, U, b)
assert found.shape == (units, units)
assert np.allclose(found, (1 - after**2)[:, None] * U.T, atol=1e-6)


def reach(f, size, *weights, steps=40):
    """The length of the derivative of the last state by those before it, nearest first."""
    words = 0.1 * np.random.default_rng(1).normal(size=(steps, 32))
    before = [np.zeros(size), *run(f, np.zeros(size), words, *weights)[:-1]]
    product, lengths = np.eye(size), []
    for state, word in zip(before[::-1], words[::-1]):
        product = product @ one_step(f, state, word, *weights)
        lengths.append(np.linalg.norm(product, 2))
    return lengths


# %% [markdown] tags=["en"]
# Seven networks as they are before training. $U$ begins as a rotation, which changes no length; we also look at half of it and twice of it. The gates of a GRU begin half open; the forget gate of an LSTM begins at $\sigma(1)$, about 0.73 ($\sigma$ is the sigmoid). A bias can open them further: here the gate $z$ of the GRU to $\sigma(3)$, about 0.95, and that of the LSTM to $\sigma(4)$, about 0.98. Say first: which of the seven still feel a word 40 steps ago?
# %% [markdown] tags=["zh"]
# 来看训练前的七个网络。$U$ 的初值是一个旋转，不改变长度；我们再看看它的一半和它的两倍。GRU 的门一开始半开；LSTM 的遗忘门从 $\sigma(1)$ 开始，约 0.73（$\sigma$ 是 sigmoid 函数）。也可以用偏置让门开得更大：这里 GRU 的门 $z$ 开到 $\sigma(3)$，约 0.95，LSTM 的遗忘门开到 $\sigma(4)$，约 0.98。先说说看：这七个网络里，哪些还能感觉到 40 步之前的词？
# %%
def start(name, scale=1.0, gate=None):
    """The weights of a block as it begins: U scaled, or the gate that keeps opened."""
    keras.utils.set_random_seed(0)
    block = {"rnn": RNN, "gru": GRU, "lstm": LSTM}[name](32)
    block.build((None, None, 32))
    return changed([np.array(weight) for weight in block.get_weights()], name, scale, gate)


def changed(weights, name, scale=1.0, gate=None):
    weights[1] = scale * weights[1]
    if gate is not None and name == "gru":
        weights[2][0, :32] = gate  # z comes first
    elif gate is not None:
        weights[2][32:64] = gate  # i, then f
    return weights


kinds = {
    "RNN": ("rnn", {}),
    "RNN, half of U": ("rnn", {"scale": 0.5}),
    "RNN, twice U": ("rnn", {"scale": 2.0}),
    "GRU": ("gru", {}),
    "GRU, gate opened": ("gru", {"gate": 3.0}),
    "LSTM": ("lstm", {}),
    "LSTM, gate opened": ("lstm", {"gate": 4.0}),
}
reaches = {}
for label, (name, settings) in kinds.items():
    size = 64 if name == "lstm" else 32
    reaches[label] = reach(
        {"rnn": rnn, "gru": gru, "lstm": lstm}[name], size, *start(name, **settings)
    )

figure, axes = plt.subplots(figsize=(7, 3.8))
for (label, lengths), style in zip(reaches.items(), ["-", "--", ":", "-", "--", "-", "--"]):
    colour = {"R": "C0", "G": "C2", "L": "C3"}[label[0]]
    axes.semilogy(range(1, 41), lengths, style, color=colour, label=label)
axes.set(xlabel="steps back", ylabel="length of the derivative")
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
plt.tight_layout()
plt.show()
reached = {label: lengths[-1] for label, lengths in reaches.items()}
print("length of the derivative after 40 steps")
for label, length_40 in reached.items():
    print(f"  {label:18} {length_40:8.0e}")
assert reached["RNN, half of U"] < 1e-6 and reached["RNN, twice U"] > 1e2
assert max(reached["GRU"], reached["LSTM"]) < 0.05
assert min(reached["RNN"], reached["GRU, gate opened"], reached["LSTM, gate opened"]) > 0.05

# %% [markdown] tags=["en"]
# ## A task that needs memory
#
# The picture is a prediction: where the derivative has all but vanished, a short training will learn nothing; a slow growth does no harm yet. The task to test it: the first of $n$ letters is one of eight, noise follows, and after the last one the question is which was the first. Look at the data.
# %% [markdown] tags=["zh"]
# ## 需要记忆的任务
#
# 这张图就是一个预测：导数几乎消失的地方，短短的训练什么也学不到；缓慢的增长则还不碍事。用一个任务来检验：一共 $n$ 个字母，第一个是八个字母之一，后面都是噪声，读完最后一个之后要回答第一个是什么。先看数据。
# %%
letters = "ABCDEFGHqrstuvwxyz"  # eight to remember, ten of noise


def recall(rows, n):
    ids = rng.integers(8, 18, size=(rows, n)).astype("int32")
    first = rng.integers(0, 8, size=rows)
    ids[:, 0] = first
    return ids, first


for ids, answer in zip(*recall(3, 20)):
    print("".join(letters[i] for i in ids), "->", letters[answer])


# %% [markdown] tags=["en"]
# Six of the networks above learn it for two short epochs, with 10 letters and with 40. The baselines: the commonest of the eight, and the network before its training. Compare each row with the picture.
# %% [markdown] tags=["zh"]
# 让上面七个网络中的六个来学，各训练短短的两轮，字母数分别是 10 和 40。基线有两个：总是回答八个字母中最常见的那个，以及训练前的网络。把每一行与上面的图对照着看。
# %%
def network(name, seed=0, **settings):
    model = build_model(
        name,
        "text_classifier",
        vocabulary_size=len(letters),
        hidden_dim=32,
        num_classes=8,
        pooling="last",
        seed=seed,
    )
    [block] = model.blocks
    weights = [np.array(weight) for weight in block.get_weights()]
    block.set_weights(changed(weights, name, **settings))
    return model


def accuracy(model, ids, answers):
    scores = np.array(model(ids))  # (rows, 8)
    return (scores.argmax(axis=-1) == answers).mean()


results = {}
seeds = range(1 if QUICK else 5)  # the mean of so many networks
for n in (10, 40):
    ids, answers = recall(6400, n)
    test_ids, test_answers = recall(1000, n)
    commonest = np.bincount(answers).argmax()
    results["the commonest letter", n] = (test_answers == commonest).mean()
    results["LSTM, untrained", n] = accuracy(network("lstm"), test_ids, test_answers)
    for label, (name, settings) in kinds.items():
        if label == "RNN, twice U":
            continue  # below
        found = []
        for seed in seeds:
            model = network(name, seed, **settings)
            model.compile(make_optimizer("adamw", num_steps=200))  # its rate falls to 0
            model.fit(ids, answers, batch_size=64, epochs=2, verbose=0)
            found.append(accuracy(model, test_ids, test_answers))
        results[label, n] = np.mean(found)

print("share of right answers   n = 10   n = 40    derivative after 40 steps")
for label in dict.fromkeys(label for label, _ in results):
    line = f"{label:22}{results[label, 10]:9.1%}{results[label, 40]:9.1%}"
    print(line + (f"{reached[label]:18.0e}" if label in reached else ""))
for label in ("RNN", "GRU, gate opened", "LSTM, gate opened"):
    assert min(results[label, 10], results[label, 40]) > 0.7
for label in ("GRU", "LSTM"):
    assert results[label, 10] > 0.8 and results[label, 40] < 0.4

# %% [markdown] tags=["en"]
# "An RNN forgets, an LSTM does not" is too short. What is learned at once depends on how the network *begins*: a rotation that changes no length carries the derivative as well as an open gate does; gates that begin half closed carry it ten steps and not forty. What the gates add is that training can open and close them, for each unit and at each word: the RNN cannot both keep a number and take new ones in at the same unit.
#
# ## A failure made on purpose: the gradient explodes
#
# The network left out, with twice the $U$, has the opposite trouble. Plain gradient descent, 20 letters, 200 steps, three networks that begin differently:
# %% [markdown] tags=["zh"]
# “RNN 健忘，LSTM 不忘”这种说法太简单了。能不能很快学会，要看网络的*起点*：不改变长度的旋转，传导数的本事不亚于打开的门；一开始半关着的门，十步传得到，四十步就传不到。门的好处在于训练可以逐个单元、逐个词地开关它们：RNN 的同一个单元没法既保留旧的数，又接收新的数。
#
# ## 一次故意的失败：梯度爆炸
#
# 刚才略过的那个网络，$U$ 是两倍大的，毛病正好相反。用最普通的梯度下降，20 个字母，训练 200 步，三个网络只有起点不同：
# %%
ids, answers = recall(12800, 20)
test_ids, test_answers = recall(1000, 20)


def descend(seed, **clipping):
    model = network("rnn", seed, scale=2.0)
    model.compile(keras.optimizers.SGD(0.1, **clipping))
    model.fit(ids, answers, batch_size=64, shuffle=False, verbose=0)
    return model


exploded = [descend(seed) for seed in range(3)]
without = [accuracy(model, test_ids, test_answers) for model in exploded]
print(f"a guess {1 / 8:.1%}; trained:", "  ".join(f"{share:.1%}" for share in without))
assert min(without) < 0.7


# %% [markdown] tags=["en"]
# The diagnosis: how long is the gradient? One step of descent at rate 1 moves the weights by exactly that much. And where has it thrown the state? Many of its numbers to near $\pm 1$, where tanh is flat and hardly anything can be learned any more.
# %% [markdown] tags=["zh"]
# 诊断：梯度有多长？以学习率 1 下降一步，权重移动的距离正好就是梯度的长度。它又把状态甩到了哪里？许多数到了 $\pm 1$ 附近，tanh 在那里是平的，几乎什么也学不动了。
# %%
def length_of_gradient(model):
    model.compile(keras.optimizers.SGD(1.0))
    before = [np.array(weight) for weight in model.get_weights()]
    model.train_on_batch(ids[:64], answers[:64])
    moves = [old - np.array(new) for old, new in zip(before, model.get_weights())]
    return np.sqrt(sum((move**2).sum() for move in moves))


def flat(model):
    return (np.abs(np.array(model.hidden_states(test_ids))) > 0.99).mean()


lengths = {scale: length_of_gradient(network("rnn", scale=scale)) for scale in (0.5, 1.0, 2.0)}
for scale, value in lengths.items():
    print(f"{scale:3} U: length of the first gradient {value:5.1f}")
print(
    f"numbers of the state beyond ±0.99: {flat(network('rnn', scale=2.0)):.0%} at the start,",
    end="",
)
print(f" {np.mean([flat(model) for model in exploded]):.0%} after the training")
assert lengths[2.0] > 5 * lengths[1.0]

# %% [markdown] tags=["en"]
# The remedy is *clipping*: a gradient longer than 1 keeps its direction and gets the length 1. A short step cannot do much harm, whatever its direction. (There is no such remedy for a gradient that has vanished: it has no direction left.)
# %% [markdown] tags=["zh"]
# 对策是*梯度裁剪*：长度超过 1 的梯度保持方向不变，长度缩到 1。步子短了，方向再不准也坏不了大事。（梯度消失就没有这样的对策：连方向都没有了。）
# %%
clipped = [descend(seed, global_clipnorm=1.0) for seed in range(3)]
within = [accuracy(model, test_ids, test_answers) for model in clipped]
print("without clipping", "  ".join(f"{share:6.1%}" for share in without))
print("with clipping   ", "  ".join(f"{share:6.1%}" for share in within))
assert min(within) > 0.9

# %% [markdown] tags=["en"]
# ## What the state knows
#
# A language model of bracketed texts: a closing bracket may come only if one is open, and never more than four are. Nobody tells the network how many are open; it is only asked for the next character. The data first:
# %% [markdown] tags=["zh"]
# ## 状态知道什么
#
# 为带括号的文本训练一个语言模型：有括号开着才能出现右括号，开着的括号最多四个。没有谁告诉网络开着几个，训练时要它预测的只是下一个字符。先看数据：
# %%
characters = "()ab"


def brackets(rows, length=41):
    ids, depths = np.zeros((2, rows, length), "int32")
    for row in range(rows):
        depth = 0
        for t in range(length):
            allowed = [2, 3] + [0] * (depth < 4) + [1] * (depth > 0)
            ids[row, t] = rng.choice(allowed)
            depth += {0: 1, 1: -1}.get(int(ids[row, t]), 0)
            depths[row, t] = depth  # how many are open after this character
    return ids, depths


train_ids, train_depths = brackets(3000)
test_ids, test_depths = brackets(200)
print("".join(characters[i] for i in test_ids[0]))
print("".join(str(depth) for depth in test_depths[0]))


# %% [markdown] tags=["en"]
# After the training we look for the one number among the 32 of $h$ that goes best with the depth, on texts of the training set; and for the best weighted sum of all 32, a *linear probe*, by least squares. Both are then measured on new texts. The baselines: always the mean depth, and the network before its training, which has a state too.
# %% [markdown] tags=["zh"]
# 训练之后，我们在训练集的文本上，从 $h$ 的 32 个数里找出与深度最相关的一个；再用最小二乘求出 32 个数的最佳加权和，这叫*线性探针*。然后在新文本上衡量这两者。基线：总是猜平均深度；还有训练前的网络，它同样有状态。
# %%
def states_of(model, ids):
    return np.array(model.hidden_states(ids[:, :-1]))  # (texts, 40, 32)


def read(model):
    """The unit that goes best with the depth, and the weights of the probe."""
    h, depth = states_of(model, train_ids[:300]).reshape(-1, 32), train_depths[:300, :-1].ravel()
    unit = np.abs([np.corrcoef(h[:, k], depth)[0, 1] for k in range(32)]).argmax()
    return unit, np.linalg.lstsq(np.c_[h, np.ones(len(h))], depth, rcond=None)[0]


def right_depths(model):
    unit, probe = read(model)
    h, depth = states_of(model, test_ids).reshape(-1, 32), test_depths[:, :-1].ravel()
    found = np.round(h @ probe[:-1] + probe[-1])
    return abs(np.corrcoef(h[:, unit], depth)[0, 1]), (found == depth).mean()


counter = build_model("lstm", vocabulary_size=len(characters), hidden_dim=32, seed=0)
rows = {"the mean depth": (0.0, (test_depths[:, :-1] == np.round(train_depths.mean())).mean())}
rows["untrained"] = right_depths(counter)
counter.compile(keras.optimizers.Adam(0.01, global_clipnorm=1.0))
counter.fit(train_ids[:, :-1], train_ids[:, 1:], batch_size=64, epochs=6, verbose=0)
rows["trained"] = right_depths(counter)
print("                 correlation of the best unit   depths that the probe gets right")
for label, (correlation, right) in rows.items():
    print(f"{label:15}{correlation:20.2f}{right:30.0%}")
assert rows["trained"][1] > 0.9 > rows["untrained"][1] and rows["trained"][0] > 0.7

# %% [markdown] tags=["en"]
# The state along one text. The steps are the true depth, the dots the probe; below, the probability that a bracket closes next. It falls to almost nothing exactly where none is open: the network counts, since it must.
# %% [markdown] tags=["zh"]
# 沿着一段文本看状态。阶梯是真实的深度，圆点是探针；下面是下一个字符为右括号的概率。恰好在没有括号开着的地方，它几乎降到零：网络学会了计数，因为它非会不可。
# %%
text = "a(ab)b((a)(b(a)))ba(a(b)ab)a"
ids = np.array([[characters.index(c) for c in text]])
depth = np.cumsum([{"(": 1, ")": -1}.get(c, 0) for c in text])
_, probe = read(counter)
h = np.array(counter.hidden_states(ids))[0]  # (28, 32)
closing = np.array(ops.softmax(counter(ids)))[0, :, 1]

figure, panels = plt.subplots(2, 1, figsize=(8, 4), sharex=True)
panels[0].step(range(len(text)), depth, where="mid", color="0.6", label="open brackets")
panels[0].plot(h @ probe[:-1] + probe[-1], "o", label="read from the state")
panels[0].set(ylabel="depth", yticks=range(5))
panels[0].legend(loc="upper right", ncols=2, frameon=False)
panels[0].set_ylim(-0.5, 5)
panels[1].bar(range(len(text)), closing, color="C1")
panels[1].set(ylabel="probability of )", xticks=range(len(text)))
panels[1].set_xticklabels(text)
plt.tight_layout()
plt.show()
print(f"mean probability of ')' where none is open {closing[depth == 0].mean():.3f},", end=" ")
print(f"elsewhere {closing[depth > 0].mean():.3f}")
assert closing[depth == 0].mean() < 0.05 < 0.15 < closing[depth > 0].mean()

# %% [markdown] tags=["en"]
# ## Exercises
#
# Replace each `...` by your answer and run the cell again. A check tells whether it is right; if not, it says what is off.
#
# **04.1** Say it before you compute it. The matrix of every step halves the length of each vector. About how much of a gradient is left 20 steps back: `"a twentieth"`, `"a thousandth"` or `"a millionth"`?
#
# **04.2** Words of 3 numbers, a state of 5: how many weights has an LSTM, biases included?
#
# **04.3** The cell of an LSTM is only kept, nothing is written to it, and the forget gate sees nothing but its bias. Which bias leaves half of the cell after 20 steps? Two digits after the point.
# %% [markdown] tags=["zh"]
# ## 练习
#
# 把每个 `...` 换成你的答案，再运行一遍单元格。检查会告诉你是否正确；不正确时会指出哪里不对。
#
# **04.1** 先说答案，再去计算。每一步的矩阵都让向量的长度减半。往回 20 步，梯度大约还剩多少：`"a twentieth"`（二十分之一）、`"a thousandth"`（千分之一）还是 `"a millionth"`（百万分之一）？
#
# **04.2** 每个词 3 个数，状态 5 个数：一个 LSTM 有多少个权重，包括偏置？
#
# **04.3** LSTM 的记忆元只保留、不写入，遗忘门只取决于它的偏置。偏置取多少，20 步之后记忆元恰好剩一半？保留两位小数。
# %%
left = ...
course.check("04.1", left)

weights_of_an_lstm = ...
course.check("04.2", weights_of_an_lstm)

forget_bias = ...
course.check("04.3", forget_bias)


# %% [markdown] tags=["en"]
# **04.4** Write `run` with a mask: `f(state, word)` gives the next state, `words` are $(T, D)$, `mask` is $(T,)$ and true where there is a word. Give the states after every step, $(T, U)$.
#
# **04.5** Write clipping: `gradients` is a list of arrays, which together are one long vector; if that is longer than `most`, shorten it to this length. Give a list of arrays.
# %% [markdown] tags=["zh"]
# **04.4** 写出带掩码的 `run`：`f(state, word)` 给出下一个状态，`words` 的形状是 $(T, D)$，`mask` 是 $(T,)$，有词的地方为真。给出每一步之后的状态，形状为 $(T, U)$。
#
# **04.5** 写出梯度裁剪：`gradients` 是数组的列表，合在一起看作一个长向量；如果它的长度超过 `most`，就缩短到这个长度。给出数组的列表。
# %%
def run_masked(f, state, words, mask):
    return ...


course.check("04.4", run_masked)


def clip(gradients, most):
    return ...


course.check("04.5", clip)


# %% [markdown] tags=["en"]
# **04.6** A cell of your own, as a block. Each unit has a trained number `keep`, and $g = \sigma(\text{keep})$ says how much of its state it keeps: $h_i = g \, h_{i-1} + (1 - g) \, w_i$. The output is the state. Write `step`: it takes the next `S` positions `x` $(B, S, D)$, the state, and a bool `padding_mask` $(B, S)$ or `None`, and gives the outputs $(B, S, D)$ and the new state. Compute in float32, and give the outputs in the dtype of `x`. (`ops.sigmoid`, `ops.cast`, `ops.where` and `ops.stack` will help.)
# %% [markdown] tags=["zh"]
# **04.6** 写一个你自己的单元，做成块。每个单元有一个可训练的数 `keep`，$g = \sigma(\text{keep})$ 表示保留多少旧状态：$h_i = g \, h_{i-1} + (1 - g) \, w_i$。输出就是状态。请写出 `step`：它接收接下来的 `S` 个位置 `x` $(B, S, D)$、状态，以及布尔型的 `padding_mask` $(B, S)$ 或 `None`，给出输出 $(B, S, D)$ 和新的状态。用 float32 计算，输出的 dtype 与 `x` 相同。（可以用 `ops.sigmoid`、`ops.cast`、`ops.where` 和 `ops.stack`。）
# %%
@keras.saving.register_keras_serializable(package="page_04")
class Leaky(Block):
    def __init__(self, hidden_dim, **kwargs):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim
        self.keep = self.add_weight(shape=(hidden_dim,), initializer="zeros", name="keep")

    def initial_state(self, batch_size, max_length):
        return {"h": ops.zeros((batch_size, self.hidden_dim), "float32")}

    def step(self, x, state, padding_mask=None):
        return ...


course.check("04.6", Leaky)

# %% [markdown] tags=["en"]
# ## Summary
#
# - A recurrent network is one function, applied again and again to the state and the next word; all that it knows of the past stands in the state.
# - RNN, GRU and LSTM differ in $f$ alone: a new state, a mixture, or a cell with gates.
# - The gradient over many steps is a product of as many matrices. It vanishes or explodes unless each is near a rotation or a gate stands open; clipping cures the explosion, and a good beginning prevents the vanishing.
# - The same state allows whole sequences and single steps, and padding must leave it as it is.
#
# **To read**: Elman 1990, *Finding Structure in Time*; Hochreiter and Schmidhuber 1997, *Long Short-Term Memory*, sections 3 and 4; Cho et al. 2014, *Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine Translation*, section 2.3 (the GRU); Pascanu et al. 2013, *On the Difficulty of Training Recurrent Neural Networks*, sections 2 and 3; Jozefowicz et al. 2015, *An Empirical Exploration of Recurrent Network Architectures* (the bias of the forget gate). The code: `mlm_tf/layers/recurrent.py` and `recurrence.py`.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - 循环神经网络是一个函数，反复作用于状态和下一个词；它对过去所知道的一切都在状态里。
# - RNN、GRU 和 LSTM 只有 $f$ 不同：全新的状态，新旧的混合，或带门的记忆元。
# - 跨过许多步的梯度是同样多个矩阵的乘积。除非每个矩阵都接近旋转，或者门开着，否则它不是消失就是爆炸；爆炸靠裁剪，消失靠好的起点。
# - 有了状态，既能整段运行，也能一步一步运行；填充不能改变状态。
#
# **延伸阅读**：Elman，1990，*Finding Structure in Time*；Hochreiter 和 Schmidhuber，1997，*Long Short-Term Memory*，第 3、4 节；Cho 等，2014，*Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine Translation*，2.3 节（GRU）；Pascanu 等，2013，*On the Difficulty of Training Recurrent Neural Networks*，第 2、3 节；Jozefowicz 等，2015，*An Empirical Exploration of Recurrent Network Architectures*（遗忘门的偏置）。代码：`mlm_tf/layers/recurrent.py` 和 `recurrence.py`。
