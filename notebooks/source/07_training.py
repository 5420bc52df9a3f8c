# %% [markdown] tags=["en"]
# # 07 Training: how a model learns from text, and how it fails to
#
# **You will be able to** compute the loss of a language model by hand, train by `compile` and `fit` and by one call, choose a learning rate and see when it is wrong, recognise overfitting and stop it, say whether word vectors should be frozen, and tell a real difference from the noise of the seeds.
#
# **You need to know** what a perplexity and an n-gram model are (page 02), and one of the networks (pages 04 to 06).
#
# **It takes** about 25 minutes to read and one minute to run on two CPU cores, with 1.5 GB of memory.
#
# Step 3 of the text that this course follows, "model training" (section 3.3), counts maximum likelihood among the methods of optimisation. They are two things. *Maximum likelihood* is the aim: the weights $\theta$ should make the training text as probable as possible. *Gradient descent* is the method that comes near it. The logarithm turns the product over tokens into a sum, and its negative mean is the *cross-entropy*, the loss:
#
# $$L(\theta) = -\frac{1}{N} \sum_{i=1}^{N} \log p_\theta(w_i \mid w_1, \dots, w_{i-1}), \qquad \text{perplexity} = e^{L}$$
#
# So the loss *is* the negative log-likelihood a token. This page computes it by hand, and then trains (section 5 there promises the code; here it is).
# %% [markdown] tags=["zh"]
# # 07 训练：模型怎样从文本中学习，又怎样学不好
#
# **学完本页，你能够**手算语言模型的损失，用 `compile` 和 `fit` 训练，或者一次调用完成训练，选择学习率并看出它何时不合适，认出过拟合并及时停止，说清词向量要不要冻结，并分辨真正的差别和随机种子带来的波动。
#
# **预备知识**：困惑度和 n 元语法模型（第 02 页），以及任意一种网络（第 04 至 06 页）。
#
# **所需时间**：阅读约 25 分钟，在两个 CPU 核上运行约一分钟，占用内存 1.5 GB。
#
# 本课程所依据的文档把第三步叫作“模型训练”（3.3 节），把极大似然（最大似然）算作一种优化方法。其实这是两件事。*极大似然估计*是目标：让权重 $\theta$ 使训练文本的概率尽可能大。*梯度下降*才是接近这个目标的方法。取对数把各词元概率的乘积变成和，取负再平均，就是*交叉熵*，也就是损失：
#
# $$L(\theta) = -\frac{1}{N} \sum_{i=1}^{N} \log p_\theta(w_i \mid w_1, \dots, w_{i-1}), \qquad \text{困惑度} = e^{L}$$
#
# 所以损失*就是*平均到每个词元的负对数似然。本页先手算，再训练（文档第 5 节说要给出代码，这里就是）。
# %%
# %matplotlib inline
import tempfile
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import ops

import glove
from mlm_tf import TextPipeline, build_model, corpora, course, embeddings, viz
from mlm_tf.baselines import KneserNeyModel, UniformModel, UnigramModel, perplexity
from mlm_tf.training import Perplexity, Recipe, make_optimizer, train

# %% [markdown] tags=["en"]
# ## The text
#
# Sentences of Wikipedia, whole articles held back to measure on. Every word that is not among the most frequent becomes `[UNK]`, which is frequent and hence easy to guess; so perplexities are given over known words too.
# %% [markdown] tags=["zh"]
# ## 文本
#
# 维基百科的句子，留出若干整篇文章用来测量。不在最常见之列的词都变成 `[UNK]`；`[UNK]` 很多，容易猜中，所以困惑度还要另外只对已知词给出。
# %%
documents = corpora.wikipedia()[:: 4 if QUICK else 1]
train_texts, validation_texts = map(corpora.sentences, corpora.split(documents))
pipeline = TextPipeline.fit(train_texts, vocabulary_size=2000 if QUICK else 4000)
for sentence in train_texts[10:13]:
    print("·", sentence[:100])
print(f"{len(train_texts):,} sentences to train on, {len(validation_texts):,} to measure on")
for name, texts in (("training", train_texts), ("validation", validation_texts)):
    print(f"[UNK] in the {name} set: {pipeline.report(texts).unknown_share:.0%} of the tokens")

# %% [markdown] tags=["en"]
# ## What the model is asked: teacher forcing
#
# The sentences become one stream, which is cut into *windows*. A batch is three arrays: `x`, the tokens that are read; `y`, the same stream one token later, the answers; and `weight`, how much each answer counts. At every place the model is given the *true* words so far, whatever it would have said itself: that is *teacher forcing*, and it is why all places of a window can be learned at once.
# %% [markdown] tags=["zh"]
# ## 模型要回答什么：强制教学
#
# 所有句子连成一个流，再切成*窗口*。一个批量是三个数组：`x` 是要读的词元；`y` 是同一个流往后移一个词元，也就是答案；`weight` 是每个答案算多少。在每个位置上，不管模型自己会说什么，给它的都是到此为止*真实的*词：这叫*强制教学*（teacher forcing，也译教师强制），也正因为如此，一个窗口里的所有位置可以同时学习。
# %%
length, batch_size = 32, 32
epochs = 1 if QUICK else 3
dropout = 0.0 if QUICK else 0.2  # of one epoch nothing is learned by heart


def windows(texts, shuffle=True):
    return pipeline.windows(texts, length=length, batch_size=batch_size, shuffle=shuffle)


validation = windows(validation_texts, shuffle=False)
x, y, weight = map(ops.convert_to_numpy, next(iter(windows(train_texts, shuffle=False))))
print(f"{'x':16}{'y':16}weight")
for token, answer, w in zip(x[0, :16], y[0, :16], weight[0, :16]):
    print(f"{pipeline.vocabulary[token]:16}{pipeline.vocabulary[answer]:16}{w:g}")
assert x.shape == y.shape == weight.shape == (batch_size, length)
assert (y[:, :-1] == x[:, 1:]).all()
assert (weight[y == pipeline.start_id] == 0).all()  # where a sentence starts nothing is asked

# %% [markdown] tags=["en"]
# ## The loss by hand
#
# A model that has not learned anything, and one batch. Its outputs are *logits*; the logarithm of their softmax, taken at the true next token, is $\log p$. The probability of the whole batch is a product of hundreds of small numbers, too small for a computer: it *underflows* to 0. The sum of logarithms does not.
# %% [markdown] tags=["zh"]
# ## 手算损失
#
# 取一个还什么都没学的模型和一个批量。它的输出是*未规范化的预测*（logits）；对它们做 softmax 再取对数，真实的下一个词元处的值就是 $\log p$。整个批量的概率是成百上千个很小的数的乘积，小得计算机存不下：*下溢*成了 0。对数的和就没有这个问题。
# %%
model = build_model("lstm", pipeline=pipeline, hidden_dim=64, seed=0)
model.compile()  # the loss is the cross-entropy unless another is given


def log_probs(model, x, y):
    logits = ops.convert_to_numpy(model(x)).astype("float64")  # (B, T, V)
    log_softmax = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return np.take_along_axis(log_softmax, y[:, :, None], axis=-1)[:, :, 0]  # (B, T)


def cross_entropy(model, x, y, weight):
    return -(log_probs(model, x, y) * weight).sum() / weight.sum()


log_p = log_probs(model, x, y)
by_hand = cross_entropy(model, x, y, weight)
by_keras = model.evaluate(x, y, sample_weight=weight, batch_size=batch_size, verbose=0)
print("likelihood of the batch:    ", np.exp(log_p[weight > 0]).prod())
print(f"its logarithm:               {log_p[weight > 0].sum():.1f}")
print(f"cross-entropy by hand:       {by_hand:.4f} nats a token, by Keras {by_keras:.4f}")
print(f"perplexity:                  {np.exp(by_hand):.0f}")
without_bias = build_model("lstm", pipeline=pipeline, hidden_dim=64, seed=0, output_bias=False)
without_bias.compile()
blind = without_bias.evaluate(x, y, sample_weight=weight, batch_size=batch_size, verbose=0)
print(f"without the output bias:     {np.exp(blind):.0f}")
assert log_p.shape == y.shape and np.isclose(by_hand, by_keras, rtol=1e-4)
assert 0.8 < np.exp(blind) / pipeline.vocabulary_size < 1.2


# %% [markdown] tags=["en"]
# Without any training one expects the perplexity of a blind guess, the size of the vocabulary. It is far lower, because `build_model` starts the *output bias*, one number for each word, at the logarithm of how often the word occurs: the model begins as the unigram model. Without it the guess is blind.
#
# ## Padding has no weight
#
# Whole sentences in one batch are filled up to one length. What fills them is nothing to be learned, and only the weights keep it out of the loss. (Padding makes short rows as long as the long ones. For a sequence that is too long, to which the text that we follow recommends it as well, it does nothing: that takes truncation or windows.)
# %% [markdown] tags=["zh"]
# 没有训练过的模型，按说困惑度应是瞎猜的水平，即词表的大小。实际低得多，因为 `build_model` 让*输出偏置*（每个词一个数）从该词频率的对数开始：模型一开始就是一元语法模型。没有这个偏置，就真是瞎猜了。
#
# ## 填充没有权重
#
# 一个批量里的整句要补到同样的长度。补上的部分没有什么可学的，只有靠权重才能把它排除在损失之外。（填充使短的行和长的行一样长。本课程所依据的文档也建议用它来处理过长的序列，但填充对此毫无用处：那要靠截断或窗口。）
# %%
def padded(texts, row_length):
    batch = pipeline(texts, max_length=row_length, add_start=True, add_end=True)
    ids, mask = batch["token_ids"], batch["padding_mask"]
    return ids[:, :-1], ids[:, 1:], mask[:, 1:].astype("float32")


sentences = [text for text in train_texts if len(text.split()) < 30][:32]
with_weights, without_weights = [], []
for row_length in (40, 80):
    inputs, targets, weights = padded(sentences, row_length)
    with_weights.append(cross_entropy(model, inputs, targets, weights))
    without_weights.append(cross_entropy(model, inputs, targets, np.ones_like(weights)))
    print(f"rows of {row_length}, {1 - weights.mean():.0%} padding: cross-entropy", end=" ")
    print(f"{with_weights[-1]:.4f} with weights, {without_weights[-1]:.4f} without")
assert np.isclose(*with_weights, rtol=1e-4)
assert not np.isclose(*without_weights, rtol=1e-2)

# %% [markdown] tags=["en"]
# ## Baselines: what counting achieves
#
# A loss alone says little. Three models that only count (page 02) and the untrained network say how good it is.
# %% [markdown] tags=["zh"]
# ## 基线：只靠计数能做到多好
#
# 光看一个损失说明不了什么。三个只会计数的模型（第 02 页）和未经训练的网络，可以说明它有多好。
# %%
train_ids, validation_ids = pipeline.encode(train_texts), pipeline.encode(validation_texts)
known = [row[1:] != pipeline.unk_id for row in validation_ids]
outcomes = pipeline.num_outcomes  # all but [PAD], [START], [SEP] and [MASK], which never follow
results = {}  # perplexities of all tokens and of known words
for name, counting in {
    "uniform": UniformModel(outcomes),
    "unigram": UnigramModel(outcomes),
    "Kneser–Ney bigram": KneserNeyModel(outcomes, order=2),
}.items():
    counted = counting.fit(train_ids).log_probs(validation_ids)
    results[name] = perplexity(counted), perplexity(counted, known)


def measured(model):
    model.compile(weighted_metrics=[Perplexity(), Perplexity([pipeline.unk_id], name="known")])
    _, of_all, of_known = model.evaluate(validation, verbose=0)
    return of_all, of_known


results["LSTM, untrained"] = measured(model)
num_targets = sum(float(ops.sum(w)) for _, _, w in validation)
assert num_targets == sum(len(row) - 1 for row in validation_ids)  # all measured on the same
for name, (of_all, of_known) in results.items():
    print(f"{name:20}{of_all:8.1f}   known words {of_known:8.1f}")
assert results["Kneser–Ney bigram"][0] < results["unigram"][0] < results["uniform"][0]
assert 0.8 < results["LSTM, untrained"][0] / results["unigram"][0] < 1.25

# %% [markdown] tags=["en"]
# ## Compile and fit
#
# A model is an ordinary Keras model. `compile` says which optimizer takes the steps, `fit` goes once through the text for each epoch. (What it gives for the training text is the mean over the epoch, its bad beginning included; so after one epoch it may well be the worse of the two.)
# %% [markdown] tags=["zh"]
# ## compile 和 fit
#
# 模型就是普通的 Keras 模型。`compile` 指定由哪个优化器迈步，`fit` 每一轮把文本过一遍。（它给出的训练集数值是整个一轮的平均，开头那些很差的步也算在内，所以只训练一轮时，往往比验证集的还差。）
# %%
model = build_model("lstm", pipeline=pipeline, hidden_dim=64, seed=0)
model.compile(keras.optimizers.AdamW(0.01), weighted_metrics=[Perplexity()])
history = model.fit(windows(train_texts), validation_data=validation, verbose=0).history
for name, values in history.items():
    print(f"{name:16}{values[-1]:8.2f}")
assert history["val_perplexity"][-1] < results["unigram"][0] / 1.3


# %% [markdown] tags=["en"]
# ## The learning rate: ten times too low, right, ten times too high
#
# The most important number of a training, and the failure made on purpose. The same RNN and the same batches with three rates; noted at each step are the loss and the length of the gradient, all its numbers taken as one vector. Which curve would you expect for which rate?
# %% [markdown] tags=["zh"]
# ## 学习率：低十倍、合适、高十倍
#
# 这是训练中最重要的一个数，也是本页故意制造的失败。同样的 RNN、同样的批量，用三种学习率；每一步记下损失，以及梯度的长度（把梯度的所有数看成一个向量）。你预计哪种学习率对应哪条曲线？
# %%
class Watched(keras.optimizers.AdamW):
    """Notes how long the gradient is before each step."""

    def build(self, variables):
        if not self.built:
            super().build(variables)
            self.gradient_length = self.add_variable((), name="gradient_length")

    def apply(self, grads, trainable_variables=None):
        self.build(trainable_variables)
        squares = [ops.sum(ops.square(ops.convert_to_tensor(grad))) for grad in grads]
        self.gradient_length.assign(ops.sqrt(sum(squares)))
        super().apply(grads, trainable_variables)


batches = [tuple(map(ops.convert_to_numpy, batch)) for batch in windows(train_texts).take(80)]
print("rate                       first    highest   last 20 steps   longest gradient")
rates = {"ten times too low": 0.002, "right": 0.02, "ten times too high": 0.2}
losses, gradients = {}, {}
for name, rate in rates.items():
    model = build_model("rnn", pipeline=pipeline, hidden_dim=64, seed=0)
    model.compile(Watched(rate))
    losses[name], gradients[name] = [], []
    for x, y, weight in batches:
        losses[name].append(float(model.train_on_batch(x, y, sample_weight=weight)))
        gradients[name].append(float(model.optimizer.gradient_length))
    loss = losses[name]
    print(f"{rate:<6g}{name:20}{loss[0]:6.2f}{max(loss):11.2f}{np.mean(loss[-20:]):16.2f}", end="")
    print(f"{max(gradients[name]):19.2f}")


# %% [markdown] tags=["en"]
# The curves are means of ten steps each, on axes of logarithms.
# %% [markdown] tags=["zh"]
# 曲线上的每一点是十步的平均，纵轴是对数刻度。
# %%
def smooth(values):
    return np.convolve(values, np.ones(10) / 10, mode="valid")


figure, panels = plt.subplots(1, 2, figsize=(9, 3.4))
for name, rate in rates.items():
    panels[0].semilogy(smooth(losses[name]), label=f"{rate:g}: {name}")
    panels[1].semilogy(smooth(gradients[name]))
panels[0].axhline(np.log(results["unigram"][0]), color="grey", linewidth=0.8)
panels[0].set(title="training loss (grey: unigram)", xlabel="step")
panels[0].set_yticks([4, 5, 6, 8, 12, 16], [4, 5, 6, 8, 12, 16])
panels[0].minorticks_off()
panels[1].set(title="length of the gradient", xlabel="step")
panels[0].legend(fontsize=8)
plt.tight_layout()
plt.show()
last = {name: np.mean(values[-20:]) for name, values in losses.items()}
assert last["right"] < last["ten times too low"] < last["ten times too high"]
assert last["ten times too high"] > np.log(results["unigram"][0]) + 0.5
assert max(gradients["ten times too high"]) > 10 * max(gradients["right"])

# %% [markdown] tags=["en"]
# The diagnosis takes both pictures. *Too low*: the curve is smooth and comes down, only slowly; nothing is broken, and more steps or a higher rate would help. *Too high*: within the first steps the loss leaps above the unigram from which the model began, and stays there: each step overshoots. On page 04 we saw where that leads: tanh ends at $\pm 1$, where hardly anything can be learned. The gradient is measured before the step, so a long one is the trace of the leap before it.
#
# ## Clipping
#
# A remedy against single long gradients is *clipping*, which page 04 has used: if the gradient is longer than a bound, it is shortened to the bound, its direction kept. By hand, and as Keras's optimizers do it with `global_clipnorm`:
# %% [markdown] tags=["zh"]
# 诊断要把两张图合起来看。*太低*：曲线平滑，一直在降，只是慢；哪里都没坏，多训练几步或把学习率调高就好。*太高*：最初几步损失就跳到一元语法之上，也就是比模型的起点还差，而且再也下不来：每一步都跨过了头。第 04 页已经看到这会把网络带到哪里：tanh 停在 $\pm 1$ 附近，那里几乎什么也学不到。梯度是在迈步之前量的，所以很长的梯度是前一步跨过头留下的痕迹。
#
# ## 梯度裁剪
#
# 对付偶尔出现的过长的梯度，有一个办法在第 04 页用过，叫*梯度裁剪*：梯度若长过一个界限，就缩短到这个界限，方向不变。先手算，再看 Keras 的优化器用 `global_clipnorm` 怎样做：
# %%
gradient = [np.array([3.0, 0.0]), np.array([[0.0], [4.0]])]  # two weights' gradients, length 5
norm = np.sqrt(sum((g**2).sum() for g in gradient))
clipped = [g * min(1.0, 1.0 / norm) for g in gradient]
print("length before", norm, " after", np.sqrt(sum((g**2).sum() for g in clipped)))

variables = [keras.Variable(np.zeros_like(g)) for g in gradient]
optimizer = keras.optimizers.SGD(1.0, global_clipnorm=1.0)
optimizer.apply([ops.convert_to_tensor(g, "float32") for g in gradient], variables)
for variable, g in zip(variables, clipped):
    assert np.allclose(-ops.convert_to_numpy(variable), g, atol=1e-5)

# %% [markdown] tags=["en"]
# ## Schedules: warm up, then cool down
#
# A rate need not stay the same. At the start the optimizer knows nothing of the gradients, so the rate rises from 0 (*warm-up*); towards the end small steps settle what the large ones stirred up, so it falls, along a cosine. Keras's `CosineDecay` does both, and `make_optimizer` of this package sets it as below, the warm-up being a twentieth of the steps.
# %% [markdown] tags=["zh"]
# ## 学习率调度：先预热，后冷却
#
# 学习率不必始终不变。开始时优化器对梯度一无所知，所以学习率从 0 升起（*预热*）；接近结束时，要用小步把大步搅动的东西安顿下来，所以学习率沿余弦下降。Keras 的 `CosineDecay` 两件事都做，本包的 `make_optimizer` 就像下面这样设置它，预热占全部步数的二十分之一。
# %%
num_steps, warmup, peak = 200, 10, 0.01
schedule = keras.optimizers.schedules.CosineDecay(
    initial_learning_rate=0.0,
    decay_steps=num_steps - warmup,
    warmup_target=peak,
    warmup_steps=warmup,
)
ours = make_optimizer("adamw", num_steps).get_config()["learning_rate"]["config"]
assert {**schedule.get_config(), "name": None} == {**ours, "name": None}

steps = np.arange(num_steps + 1)
at = np.array([float(schedule(step)) for step in steps])
by_hand = np.where(
    steps < warmup,
    peak * steps / warmup,
    peak * (1 + np.cos(np.pi * (steps - warmup) / (num_steps - warmup))) / 2,
)
assert np.allclose(at, by_hand, atol=1e-6)
assert at[0] == 0 and np.isclose(at.max(), peak) and np.isclose(at[-1], 0)
figure, axes = plt.subplots(figsize=(6, 2.6))
axes.plot(at)
axes.set(xlabel="step", ylabel="learning rate")
plt.show()


# %% [markdown] tags=["en"]
# ## One call: `train` and its recipe
#
# `train` compiles a model with that schedule, weight decay and clipping, calls `fit`, evaluates in between, and keeps the weights of the best evaluation in a file. We use it from here on.
# %% [markdown] tags=["zh"]
# ## 一次调用：`train` 和它的训练方案
#
# `train` 用上面的调度、权重衰减和梯度裁剪编译模型，调用 `fit`，中途做评估，并把评估最好的那次权重存进文件。以下都用它。
# %%
recipe = Recipe(epochs=epochs, evaluations_per_epoch=3)


def trained(name, model, recipe=recipe, texts=train_texts, held_back=validation, batch_size=32):
    data = pipeline.windows(texts, length=length, batch_size=batch_size, seed=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "best.keras")
        result = train(model, data, held_back, recipe, path, progress=False)
    best = result.best["val_perplexity"], result.best["val_known_perplexity"]
    print(f"{name:28} perplexity {best[0]:6.1f}, of known words {best[1]:6.1f}")
    return best, result.history


# %% [markdown] tags=["en"]
# ## Overfitting, shown
#
# Few texts and many passes over them: the model begins to learn them by heart. Dashed is the perplexity on the training texts, solid on the held-back ones. One model without dropout, one with: it sets half of the numbers between the layers to zero at random while it learns.
# %% [markdown] tags=["zh"]
# ## 看见过拟合
#
# 文本很少，又反复地学：模型开始把它们背下来。虚线是训练文本上的困惑度，实线是留出文本上的困惑度。一个模型不用暂退法（dropout），另一个用：学习时随机把层与层之间一半的数置零。
# %%
few = train_texts[:300]
short_validation = windows(validation_texts[:200], shuffle=False)
many_epochs = Recipe(epochs=8, evaluations_per_epoch=1)
curves, models = {}, {}
for name, share in (("no dropout", 0.0), ("dropout 0.5", 0.5)):
    models[name] = build_model("lstm", pipeline=pipeline, hidden_dim=64, dropout=share, seed=0)
    _, curves[name] = trained(name, models[name], many_epochs, few, short_validation, batch_size=8)
viz.learning_curves(curves)

# %% [markdown] tags=["en"]
# Training goes on getting better while validation turns and gets worse: from there on the model learns these texts, and no longer the language. `train` has kept the weights of the best evaluation, not the last:
# %% [markdown] tags=["zh"]
# 训练集上越来越好，验证集上却掉头变差：从这里开始，模型学的是这些文本，而不再是这种语言。`train` 保留的是最好的那次评估的权重，而不是最后的：
# %%
for name, curve in curves.items():
    of_validation = curve["val_perplexity"]
    kept = models[name].evaluate(short_validation, return_dict=True, verbose=0)["perplexity"]
    print(f"{name:12} training {curve['perplexity'][-1]:6.1f}   validation: last", end=" ")
    print(f"{of_validation[-1]:6.1f}, best {min(of_validation):6.1f}, kept {kept:6.1f}")
    assert np.isclose(kept, min(of_validation), rtol=1e-3)
plain, dropped = curves["no dropout"], curves["dropout 0.5"]
assert plain["val_perplexity"][-1] > 1.05 * min(plain["val_perplexity"])
assert plain["perplexity"][-1] < 0.5 * plain["val_perplexity"][-1]
assert plain["perplexity"][-1] < dropped["perplexity"][-1]

# %% [markdown] tags=["en"]
# ## Word vectors: random or from counts, frozen or trained
#
# The embedding may start from random numbers, or from GloVe vectors (page 03), here of the same texts; and training may change it or not. The table serves the output too (*weight tying*), so a frozen one fixes both ends of the model. Which of the four will be best, which worst?
# %% [markdown] tags=["zh"]
# ## 词向量：随机的还是计数得来的，冻结还是训练
#
# 嵌入可以从随机数开始，也可以从 GloVe 词向量开始（第 03 页，这里用同样的文本求得）；训练可以改动它，也可以不改。输出也用这张表（*权重绑定*），所以把它冻结，模型的两头就都固定了。四种组合哪个最好，哪个最差？
# %%
pairs = glove.cooccurrence(pipeline.tokenize(train_texts), min_count=5)
vectors = glove.train(pairs, vector_size=64, epochs=2, seed=0, progress=False)
matrix = embeddings.from_vectors(vectors, pipeline.vocabulary, seed=0)
assert matrix.values.shape == (pipeline.vocabulary_size, 64)
histories = {}
for start, embedding in (("random", "random"), ("GloVe", matrix)):
    for trainable in (False, True):
        name = f"LSTM, {start}, {'trained' if trainable else 'frozen'}"
        model = build_model(
            "lstm",
            pipeline=pipeline,
            embedding=embedding,
            embedding_trainable=trainable,
            hidden_dim=64,
            dropout=dropout,
            seed=0,
        )
        results[name], histories[name] = trained(name, model)
frozen, learned = (
    [results[f"LSTM, {start}, {how}"][0] for start in ("random", "GloVe")]
    for how in ("frozen", "trained")
)
assert max(learned) < min(frozen)
assert frozen[0] / frozen[1] > 1.1 and frozen[0] / frozen[1] > learned[0] / learned[1]

# %% [markdown] tags=["en"]
# Frozen random vectors are the worst by far: the words then have nothing in common that the layers could use, and the output cannot tell them apart well. Vectors that know something of the words help most where they are frozen. Training them is better still, wherever they begin, and then the start matters less.
#
# ## Is it the vectors, or the seed?
#
# Two trainings with another seed differ as well: other starting weights, other luck. Before a gain is believed it has to stand against that noise. The same model with three seeds:
# %% [markdown] tags=["zh"]
# 冻结的随机词向量差得最远：词与词之间没有任何共同之处可供后面的层利用，输出也难以把它们区分开。对词有所了解的词向量，在冻结时帮助最大。让词向量参加训练，不管从哪里开始，结果都更好，而起点也就没那么重要了。
#
# ## 是词向量的功劳，还是种子的运气？
#
# 换一个随机种子，两次训练的结果也会不同：初始权重不同，运气也不同。一点改进要先和这种波动比一比，才可以相信。同一个模型，三个种子：
# %%
of_seeds = [results["LSTM, random, trained"]]
for seed in (1, 2):
    model = build_model("lstm", pipeline=pipeline, hidden_dim=64, dropout=dropout, seed=seed)
    of_seeds.append(trained(f"LSTM, seed {seed}", model)[0])
of_all = [figures[0] for figures in of_seeds]
spread = (max(of_all) - min(of_all)) / np.mean(of_all)
gain = 1 - results["LSTM, GloVe, trained"][0] / np.mean(of_all)
print(f"between three seeds: {spread:.1%}; GloVe vectors gain {gain:.1%}")
assert spread < 0.1

# %% [markdown] tags=["en"]
# ## All results
#
# One Transformer beside them, with the optimizer that suits it (`train` chooses it); the LSTM with GloVe vectors once more, three times as long and with dropout; and the table. A grey line in the picture is a baseline.
# %% [markdown] tags=["zh"]
# ## 全部结果
#
# 旁边再加一个 Transformer，用适合它的优化器（由 `train` 选择）；以 GloVe 词向量为起点的 LSTM 再训练一次，时间延长到三倍，并用暂退法；然后列表。图中的灰线是基线。
# %%
model = build_model("transformer", pipeline=pipeline, hidden_dim=64, dropout=dropout, seed=0)
results["Transformer"], histories["Transformer"] = trained("Transformer", model)
model = build_model("lstm", pipeline=pipeline, embedding=matrix, hidden_dim=64, dropout=0.2, seed=0)
longer = Recipe(epochs=3 * epochs, evaluations_per_epoch=1)
name = "LSTM, GloVe, longer"
results[name], histories[name] = trained(name, model, longer)
print(f"\n{'validation perplexity':26}{'all tokens':>12}{'known words':>13}")
for name, (of_all, of_known) in results.items():
    print(f"{name:26}{of_all:12.1f}{of_known:13.1f}")
bigram = results["Kneser–Ney bigram"]
for name in histories:
    wins = sum(a < b for a, b in zip(results[name], bigram))
    print(f"{name} beats the bigram on {('neither figure', 'one figure', 'both figures')[wins]}")
for name in ("LSTM, random, trained", "LSTM, GloVe, trained", "Transformer"):
    assert results[name][0] < results["unigram"][0] / 1.5
assert all(a < b for a, b in zip(results["LSTM, GloVe, longer"], bigram))
viz.learning_curves(histories, {"bigram": bigram[0]})

# %% [markdown] tags=["en"]
# The bigram sees one token of history, the networks the whole window so far. A network that does not beat it has learned too little: from too little text, in too few epochs, or at the wrong rate. The last row shows what three times the epochs, with dropout, are worth. And each figure belongs to its vocabulary and its validation set; another vocabulary makes another task.
#
# ## Hold back whole documents
#
# What if single sentences had been held back, and not whole articles? The bigram answers in a second. The neighbours of a held-back sentence stand in the training set then, with its names and turns of phrase, and the perplexity is lower. A new text would not be so kind. (The vocabulary is made from all the texts here, one for both splits; so the perplexities are not those of the table.)
# %% [markdown] tags=["zh"]
# 二元语法只看一个词元的历史，网络能看窗口里前面的一切。比不过它的网络学得还不够：文本太少，轮数太少，或者学习率不对。最后一行说明轮数增加到三倍、并用暂退法，能换来多少。而且每个数字都只属于它的词表和验证集，换了词表就是另一个任务。
#
# ## 要留出整篇文档
#
# 如果当初留出的是零散的句子，而不是整篇文章，会怎样？用二元语法一秒钟就能回答。这时，留出的句子前后的句子都在训练集里，同样的名字和说法已经见过，困惑度就低了。遇到新的文本，可没有这样的好事。（这里的词表取自全部文本，两种分法共用一个，所以困惑度与上面的表不同。）
# %%
every = corpora.sentences(documents)
common = TextPipeline.fit(every, vocabulary_size=pipeline.vocabulary_size)
drawn = np.random.default_rng(0).permutation(len(every)) < len(validation_texts)
splits = {
    "document": (train_texts, validation_texts),
    "sentence": (
        [text for text, held_back in zip(every, drawn) if not held_back],
        [text for text, held_back in zip(every, drawn) if held_back],
    ),
}
figures = {}
for name, (learned, held_back) in splits.items():
    rows = common.encode(held_back)
    counted = KneserNeyModel(common.num_outcomes, order=2).fit(common.encode(learned))
    known_words = [row[1:] != common.unk_id for row in rows]
    figures[name] = perplexity(counted.log_probs(rows), known_words)
    print(f"split by {name}: {len(rows)} held back, known words {figures[name]:.1f}")
assert figures["sentence"] < 0.9 * figures["document"]

# %% [markdown] tags=["en"]
# ## Exercises
#
# Replace each `...` by your answer and run the cell again.
#
# **07.1** A model is measured on two files: on 300 tokens its perplexity is 20, on 100 tokens 320. What is it on all 400?
#
# **07.2** Say what you would do. The training perplexity is 6 and falling, the validation perplexity was 60 at its best and is now 95 and rising. `"train longer"`, `"raise the learning rate"`, or `"keep the best weights and use more dropout"`?
# %% [markdown] tags=["zh"]
# ## 练习
#
# 把每个 `...` 换成你的答案，再运行一遍单元格。
#
# **07.1** 在两个文件上测量同一个模型：一个有 300 个词元，困惑度是 20；另一个有 100 个词元，困惑度是 320。在全部 400 个词元上，困惑度是多少？
#
# **07.2** 你会怎么做？训练集困惑度是 6，还在下降；验证集困惑度最好时是 60，现在是 95，还在上升。`"train longer"`（继续训练）、`"raise the learning rate"`（提高学习率），还是 `"keep the best weights and use more dropout"`（保留最好的权重，并加大暂退法的比例）？
# %%
perplexity_of_both = ...
course.check("07.1", perplexity_of_both)

what_to_do = ...
course.check("07.2", what_to_do)


# %% [markdown] tags=["en"]
# **07.3** Make a batch for teacher forcing: given `ids` $(B, T)$, each row `[START] ... [END]` and then padding with `pad_id`, return `x`, `y` and `weight`, each $(B, T - 1)$; the weight is 0 where the answer is padding, else 1.
#
# **07.4** Write the cross-entropy a token of `logits` $(B, T, V)$ with `targets` $(B, T)$ and `weight` $(B, T)$: targets of weight 0 do not count, and logits of a thousand do no harm.
# %% [markdown] tags=["zh"]
# **07.3** 为强制教学准备一个批量：给定 `ids` $(B, T)$，每行是 `[START] ... [END]`，后面用 `pad_id` 填充；返回 `x`、`y` 和 `weight`，形状都是 $(B, T - 1)$；答案是填充的地方权重为 0，其余为 1。
#
# **07.4** 写出平均到每个词元的交叉熵：`logits` $(B, T, V)$，`targets` $(B, T)$，`weight` $(B, T)$；权重为 0 的目标不计在内，logits 上千时也不出错。
# %%
def batch_of(ids, pad_id):
    return ...


course.check("07.3", batch_of)


def cross_entropy_of(logits, targets, weight):
    return ...


course.check("07.4", cross_entropy_of)


# %% [markdown] tags=["en"]
# **07.5** Write the schedule: the rate at `step`, rising in a straight line from 0 to `peak` over the first `warmup` steps, then falling along half a cosine to 0 at `num_steps`, and 0 from there on.
#
# **07.6** Early stopping: `perplexities` are those of the validation set, one an epoch. Training stops as soon as `patience` epochs in a row have brought no new best, and the weights of the best epoch so far are kept. Return two numbers: how many epochs are trained, and which is kept (the first is 1). A training that goes wrong gives `nan`, which is never the best.
# %% [markdown] tags=["zh"]
# **07.5** 写出学习率调度：第 `step` 步的学习率。前 `warmup` 步从 0 沿直线升到 `peak`，然后沿半个余弦下降，到 `num_steps` 时为 0，此后一直是 0。
#
# **07.6** 早停（early stopping）：`perplexities` 是验证集困惑度，每轮一个。一旦连续 `patience` 轮都没有出现新的最好结果，训练就停止，并保留到此为止最好的那一轮的权重。返回两个数：一共训练了几轮，保留的是第几轮（从 1 数起）。训练出了问题会得到 `nan`，它永远不算最好。
# %%
def rate_at(step, peak, warmup, num_steps):
    return ...


course.check("07.5", rate_at)


def early_stopping(perplexities, patience):
    return ...


course.check("07.6", early_stopping)

# %% [markdown] tags=["en"]
# ## Summary
#
# - The loss is the negative log-likelihood a token; its exponential is the perplexity. Padding has the weight 0, or the figure means nothing.
# - A baseline first: uniform, unigram, Kneser–Ney, and the network before training.
# - The learning rate first: too low is slow, too high leaps above where it began; the curve and the length of the gradient tell which it is.
# - A rate that warms up and falls along a cosine, clipping, the weights of the best evaluation: that is what `train` does.
# - Training falls and validation rises: overfitting. More text, dropout, fewer epochs.
# - Repeat with other seeds before believing a small difference, and hold back whole documents.
#
# **To read**: Goodfellow, Bengio & Courville 2016, *Deep Learning*, sections 5.5, 7.8 and 8.3; Loshchilov & Hutter 2017 (the cosine) and 2019 (AdamW); Pascanu et al. 2013, section 3.2 (clipping); Srivastava et al. 2014 (dropout); Press & Wolf 2017 (weight tying). The code: `mlm_tf/training/recipe.py`. Writing with a trained model is page 08.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - 损失就是平均到每个词元的负对数似然，取指数就是困惑度。填充的权重是 0，否则数字没有意义。
# - 先有基线：均匀、一元语法、Kneser–Ney，以及训练前的网络。
# - 先调学习率：太低则慢，太高则跳到比起点还差的地方；看曲线和梯度的长度就知道是哪一种。
# - 学习率先预热再沿余弦下降，梯度裁剪，保留评估最好的权重：`train` 做的就是这些。
# - 训练集下降而验证集上升，就是过拟合。办法是更多的文本、暂退法、更少的轮数。
# - 差别不大时，先换几个种子重复，再下结论；要留出整篇文档。
#
# **延伸阅读**：Goodfellow、Bengio 和 Courville，2016，《深度学习》，5.5、7.8 和 8.3 节；Loshchilov 和 Hutter，2017（余弦）与 2019（AdamW）；Pascanu 等，2013，3.2 节（梯度裁剪）；Srivastava 等，2014（暂退法）；Press 和 Wolf，2017（权重绑定）。代码：`mlm_tf/training/recipe.py`。用训练好的模型写作见第 08 页。
