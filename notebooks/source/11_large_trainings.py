# %% [markdown] tags=["en"]
# # 11 Long and large trainings: recipes compared, a run killed and resumed, from a laptop to many machines
#
# **You will be able to** find a learning rate by a range test, compare recipes without taking luck for merit, compute with a global batch, say what has to be saved so that a killed training goes on as if nothing had happened, and work out what a large one costs.
#
# **You need to know** what a loss, a schedule and overfitting are (page 07), and what stands in a Transformer block (page 06).
#
# **It takes** about 25 minutes to read and one and a half minutes to run on two CPU cores, with 1.7 GB of memory.
#
# Section 8 of the text that this course follows says that models grow with the data and the computers that there are, and leaves it at that. Between a training of a minute and one of a month there is no other mathematics, but there are four questions that the short one never asks. Which recipe, when every trial is dear? What is a batch, when it does not fit into one machine? What if the machine dies in the third week? And what does it all cost? This page answers each on a small scale, with the same code.
# %% [markdown] tags=["zh"]
# # 11 大规模训练：比较训练配方，中断后接着训练，从笔记本电脑到许多台机器
#
# **学完本页，你能够**用范围测试找到学习率，比较训练配方而不把运气当本事，算清全局批量，说出要保存哪些东西才能让被强行终止的训练接着进行、如同什么也没发生过，并估算一次大规模训练的开销。
#
# **预备知识**：损失、学习率调度和过拟合（第 07 页），Transformer 块里有什么（第 06 页）。
#
# **所需时间**：阅读约 25 分钟，在两个 CPU 核上运行约一分半钟，占用内存 1.7 GB。
#
# 本课程所依据的文档在第 8 节说，数据和计算能力增加，模型的规模就不断扩大，此外没有展开。一分钟的训练和一个月的训练，数学上没有不同，但有四个问题是短的训练从来不问的。每试一次都很贵，该用哪种配方？一台机器装不下时，批量是什么意思？第三个星期机器坏了怎么办？总共要花多少？本页用同样的代码，在小规模上逐一回答。
# %%
# %matplotlib inline
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import ops

from mlm_tf import TextPipeline, build_model, corpora, course, estimate, load_model
from mlm_tf.baselines import GrammarModel, KneserNeyModel, UnigramModel, perplexity
from mlm_tf.training import Recipe, find_learning_rate, make_optimizer, train

# %% [markdown] tags=["en"]
# ## A text whose limit is known
#
# To compare recipes it helps to know how good a model can become at all. The stories of `corpora.grammar` are drawn from a probabilistic grammar, and what the best possible model of them would reach can be computed: the *limit*. Each row is the beginning of a story, 32 tokens of it.
# %% [markdown] tags=["zh"]
# ## 极限已知的文本
#
# 比较训练配方时，最好知道模型到底能有多好。`corpora.grammar` 的故事由一套概率语法随机写成，最好的模型能达到什么程度，可以精确算出：这就是*极限*。每行是一个故事开头的 32 个词元。
# %%
num_stories, num_held = (1000, 200) if QUICK else (4000, 500)
stories = [story.text for story in corpora.grammar(num_stories + num_held, seed=11)]
texts, held_back = stories[:num_stories], stories[num_stories:]
pipeline = TextPipeline.fit([*texts, *corpora.GrammarLimit("en").vocabulary])
rows, held_rows = (
    pipeline.encode(some, add_start=True, add_end=True) for some in (texts, held_back)
)
length, batch_size = 32, 8
validation = pipeline.rows(held_back, length=length, batch_size=50, shuffle=False)
print(" ".join(pipeline.tokenize(texts[:1])[0][:length]))
print(f"{len(rows):,} stories, {pipeline.vocabulary_size:,} types")
baselines = {}
for name, model in {
    "unigram": UnigramModel(pipeline.num_outcomes),
    "Kneser–Ney trigram": KneserNeyModel(pipeline.num_outcomes, order=3),
    "the limit": GrammarModel(pipeline),
}.items():
    log_probs = model.fit(rows).log_probs(held_rows)
    baselines[name] = perplexity([of_story[:length] for of_story in log_probs])
    print(f"{name:20}{baselines[name]:8.2f}")
assert min(map(len, held_rows)) > length  # no row is padded
assert baselines["the limit"] < baselines["Kneser–Ney trigram"] < baselines["unigram"]

# %% [markdown] tags=["en"]
# ## Where a recipe comes from: the range test
#
# Page 07 tried three learning rates and found one right. Trying is dear where a training takes days, so one lets a single short training try them all: over some hundred batches the rate rises by the same factor at each, from far too small to far too large, and the losses are noted (Smith 2017). Nothing of it is kept; the model is given back as it was.
#
# The losses of single batches jump, so the curve in the picture is smoothed: each value is a mean over its neighbours on both sides, weighted by a bell. A mean over the past alone would lag behind and move every rate to the right.
# %% [markdown] tags=["zh"]
# ## 训练配方从哪里来：学习率范围测试
#
# 第 07 页试了三个学习率，选出了合适的一个。一次训练要好几天时，逐个去试就太贵了，于是让一次很短的训练把它们全试一遍：在一百多个批量里，学习率每一步乘以同一个倍数，从小得多升到大得多，同时记下损失（Smith，2017）。这次训练的结果并不保留，模型会原样交还。
#
# 单个批量的损失跳动很大，所以图中的曲线做了平滑：每个值都是它左右邻居的加权平均，权重呈钟形。如果只对过去的值求平均，曲线就会滞后，所有的学习率都会往右偏。
# %%
size = {"hidden_dim": 64, "num_layers": 1}
model = build_model("transformer", pipeline=pipeline, **size, seed=0)
data = pipeline.rows(texts, length=length, batch_size=batch_size, seed=0)
before = model.get_weights()
test = find_learning_rate(model, data, optimizer="adamw", num_steps=120, progress=False)
assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights()))

worst = test.losses[: max(1, len(test.losses) // 10)].max()  # of the first tenth
capped = np.minimum(test.losses, worst)  # so that no leap at the end reaches back
width = 0.02 * len(capped)  # of the bell, in steps
offsets = np.arange(-int(4 * width + 0.5), int(4 * width + 0.5) + 1)
bell = np.exp(-0.5 * (offsets / width) ** 2)
by_hand = np.convolve(np.pad(capped, len(bell) // 2, mode="edge"), bell / bell.sum(), mode="valid")
assert np.allclose(by_hand, test.smoothed, atol=1e-6)

default = Recipe(optimizer="adamw").for_model(model).learning_rate
print(f"{len(test.losses)} steps; the loss was least at a rate of {test.lowest:.2g}")
print(f"suggestion, a tenth of that: {test.suggestion:.2g}; the default of AdamW here: {default:g}")
assert 1 / 30 < test.suggestion / default < 30
test.plot()

# %% [markdown] tags=["en"]
# On the left nothing happens, then the loss falls, and on the right the steps are so large that it rises again. The rate of the lowest loss is already too high: what it breaks shows only later, and a training has to live with its highest rate for hundreds of steps. So a tenth is suggested. It is a place to begin, of the right order of magnitude, and not the best rate to two digits: another seed moves it, as it moves everything.
#
# ## Recipes compared
#
# A *recipe* is all that is decided about a training but its data and its model. Below is one small Transformer and the same tokens for every recipe, which differs from the first in one thing only. The first is what `train` takes when it is told nothing: `recipe="auto"`. Besides the cosine of page 07 there are
#
# - **warm-up–stable–decay** (Hu et al. 2024): up, level, and down in the last fifth alone. A cosine has to know at its first step how long the training will be; this need not, and a checkpoint of its level part can be gone on with or ended at will.
# - **Muon** (Jordan et al. 2024) in the place of AdamW: it makes the update of each matrix orthogonal, so that all directions in it move alike.
# - **an average of the weights**: beside the weights $\theta_t$ a second set is kept, $\bar\theta_t = m\,\bar\theta_{t-1} + (1 - m)\,\theta_t$, an *exponential moving average*, and it is the average that is measured and saved.
# %% [markdown] tags=["zh"]
# 左边什么也不发生，然后损失下降，到了右边步子太大，损失又升上去。损失最低处的学习率其实已经太高：它造成的破坏要过一阵才看得出来，而一次训练要在最高的学习率上坚持几百步。所以建议取它的十分之一。这只是一个数量级正确的起点，并不是精确到两位数字的最佳值：换一个种子它就会变，正如别的数也会变。
#
# ## 比较训练配方
#
# 除了数据和模型，一次训练中要决定的一切合起来叫*训练配方*。下面用一个小 Transformer，每种配方都学同样多的词元，与第一种只差一处。第一种是什么都不指定时 `train` 采用的：`recipe="auto"`。除了第 07 页的余弦，还有
#
# - **预热–稳定–衰减**（warm-up–stable–decay，Hu 等，2024）：升上去，保持不变，只在最后五分之一下降。余弦从第一步起就必须知道训练有多长；它不必知道，稳定阶段的任何一个检查点都可以接着训练，也可以随时收尾。
# - **Muon**（Jordan 等，2024）代替 AdamW：它把每个矩阵的更新量正交化，使矩阵的各个方向走得一样远。
# - **权重的平均**：在权重 $\theta_t$ 之外另存一份 $\bar\theta_t = m\,\bar\theta_{t-1} + (1 - m)\,\theta_t$，叫*指数移动平均*；测量和保存的都是这份平均。
# %%
recipes = {
    "auto: Muon, cosine": {},
    "warm-up, stable, decay": {"schedule": "warmup_stable_decay"},
    "constant": {"schedule": "constant"},
    "constant, averaged": {"schedule": "constant", "ema_momentum": 0.9},
    "no clipping, no decay": {"global_clipnorm": None, "weight_decay": 0.0},
    "AdamW at 0.001": {"optimizer": "adamw", "learning_rate": 0.001},
}
seeds = range(2 if QUICK else 3)
epochs = 1 if QUICK else 3


def reached(options, seed):
    model = build_model("transformer", pipeline=pipeline, **size, seed=seed)
    data = pipeline.rows(texts, length=length, batch_size=batch_size, seed=seed)
    recipe = Recipe(epochs=epochs, evaluations_per_epoch=1, **options)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.keras")
        result = train(model, data, validation, recipe, path, keep="last", progress=False)
    return np.log(result.history["val_perplexity"][-1])  # the loss: its differences add up


losses = {name: [reached(options, seed) for seed in seeds] for name, options in recipes.items()}


# %% [markdown] tags=["en"]
# Two or three seeds of one recipe say little of its spread. But the spread can be taken over all recipes together, as the root of the mean variance, $s$; and a difference of two means of $n$ seeds has itself a spread of $s\sqrt{2/n}$. Below, a recipe is called better or worse only where it differs from the first by three of these.
# %% [markdown] tags=["zh"]
# 一种配方只有两三个种子，很难看出它的波动有多大。但可以把所有配方合起来估计：方差求平均再开方，记作 $s$；两个各由 $n$ 个种子得到的平均值之差，本身的波动是 $s\sqrt{2/n}$。下面只有与第一种相差超过三倍这个值时，才说一种配方更好或更差。
# %%
means = {name: np.mean(values) for name, values in losses.items()}
spread = np.sqrt(np.mean([np.var(values, ddof=1) for values in losses.values()]))
of_difference = spread * np.sqrt(2 / len(seeds))
first = means["auto: Muon, cosine"]


def verdict(loss):
    apart = (loss - first) / of_difference
    return "worse" if apart > 3 else "better" if apart < -3 else "no difference seen"


limit = np.log(baselines["the limit"])
print(f"{'':24}{'perplexity':>10}  above the limit")
for name, value in baselines.items():
    print(f"{name:24}{value:10.2f}{value / baselines['the limit'] - 1:11.0%}")
for name, loss in means.items():
    above = np.exp(loss - limit) - 1
    print(f"{name:24}{np.exp(loss):10.2f}{above:11.0%}   {'' if loss == first else verdict(loss)}")
print(f"spread of one training: {spread:.1%}, of a difference of two means: {of_difference:.1%}")
print(f"parameters: {model.count_params():,}")
assert limit < min(means.values())
others = [means[name] for name in ("warm-up, stable, decay", "constant", "constant, averaged")]
assert max(first, *others) < np.log(baselines["Kneser–Ney trigram"])
if QUICK:  # a short training
    assert max(others) < first - 0.05 and means["AdamW at 0.001"] > first + 1
    assert abs(means["no clipping, no decay"] - first) < 0.06

# %% [markdown] tags=["en"]
# What is seen here holds for a training of 125 steps. The cosine is behind: it spends its second half on ever smaller steps, and in so short a training there was more to be learned than to be settled. The other schedule keeps its rate for four fifths of the steps, the constant one to the end, and the average of its last weights does what falling would have done: it evens out the jumps of single steps. Without clipping and without weight decay no difference is seen. Clipping is for the rare gradient that leaps (page 07), weight decay for weights that grow over many epochs; and an optimizer that divides by the size of its gradients, as both do here, hardly notices that all of them were shortened. AdamW at 0.001, Keras's own default, has hardly begun.
#
# So is `auto` a bad recipe? For 125 steps it is, and this is the lesson: a recipe is judged at the length at which it will be used. In long trainings warm-up–stable–decay and the cosine come out level (Hu et al. 2024, section 4); a table at 125 steps knows nothing of that. What it does know is how far all of them are from the limit, and that most of them left counting behind.
# %% [markdown] tags=["zh"]
# 这里看到的，只对 125 步的训练成立。余弦落后了：它的后一半步子越来越小，而这么短的训练，要学的还很多，还不到收尾的时候。另一种调度在五分之四的步数里保持学习率不变，恒定的则一直保持到底，而对它最后的权重求平均，起到了降低学习率的作用：抹平了单步的跳动。不做梯度裁剪、不用权重衰减，看不出差别。裁剪是为偶尔跳得很高的梯度准备的（第 07 页），权重衰减是为训练许多轮、权重不断变大的情形准备的；而且这里的两种优化器都会除以梯度的大小，梯度一律缩短，它们几乎察觉不到。AdamW 取 0.001，也就是 Keras 自己的默认值，才刚刚起步。
#
# 那么 `auto` 是不好的配方吗？对 125 步来说确实不好，而这正是要记住的：配方要在实际使用的训练长度上评判。训练很长时，预热–稳定–衰减与余弦不相上下（Hu 等，2024，第 4 节）；125 步的表格看不出这一点。它能看出的是，各种配方离极限还有多远，以及其中大多数已经超过了计数。
# %%
num_steps = epochs * len(data)
figure, panels = plt.subplots(1, 2, figsize=(9, 3.2), width_ratios=(2, 3))
for schedule in ("cosine", "warmup_stable_decay", "constant"):
    rate = make_optimizer("muon", num_steps, schedule=schedule)._learning_rate
    panels[0].plot([float(rate(step)) for step in range(num_steps)], label=schedule)
panels[0].set(title="learning rate", xlabel="step")
panels[0].legend(fontsize=8, loc="lower center")  # where no curve is
for place, values in enumerate(losses.values()):
    panels[1].plot(np.exp(values), [place] * len(values), "o", color="C0", alpha=0.6)
for name in ("the limit", "Kneser–Ney trigram"):
    panels[1].axvline(baselines[name], color="grey", linewidth=0.8)
panels[1].set_xscale("log")
panels[1].set_xticks([6, 12, 25, 50, 100], [6, 12, 25, 50, 100])
panels[1].minorticks_off()
panels[1].set_yticks(range(len(losses)), list(losses))
panels[1].invert_yaxis()
panels[1].set(title="perplexity of each seed\n(grey: limit, trigram)")
plt.tight_layout()
plt.show()

# %% [markdown] tags=["en"]
# ## A global batch
#
# The gradient of a batch is a mean over its targets. So a batch of 32 rows need not be seen at once: four batches of 8 give four gradients, whose mean is the gradient of all 32, and makes one update. That is *gradient accumulation*, for a batch that does not fit into memory; and it is data parallelism, if the four are computed by four devices at the same time. What the training sees is the *global batch*:
#
# $$\text{global batch} = \text{rows a device} \times \text{devices} \times \text{accumulated batches}$$
#
# Recipes are given for it. Whoever moves from one GPU to eight with the same rows a device has another recipe, and should raise the rate or keep the global batch. One update both ways, compared number by number:
# %% [markdown] tags=["zh"]
# ## 全局批量
#
# 一个批量的梯度是对其中各个目标求平均。所以 32 行的批量不必一次看完：四个 8 行的批量给出四个梯度，它们的平均就是全部 32 行的梯度，用它做一次参数更新。内存放不下时这样做，叫*梯度累积*；四个梯度由四个设备同时来算，就是数据并行。训练所看到的是*全局批量*：
#
# $$\text{全局批量} = \text{每个设备的行数} \times \text{设备数} \times \text{累积的批量数}$$
#
# 训练配方是针对全局批量的。从一个 GPU 换到八个而每个设备的行数不变，配方其实就变了：要么提高学习率，要么保持全局批量不变。下面用两种方式各做一次更新，逐个数地比较：
# %%
short = pipeline.rows(texts, length=length, batch_size=8, seed=0)
batches = [keras.tree.map_structure(ops.convert_to_numpy, batch) for batch in short.take(4)]


def joined(batches):
    return [keras.tree.map_structure(lambda *parts: np.concatenate(parts), *batches)]


def after(batches):
    """The weights after one update."""
    model = build_model("transformer", pipeline=pipeline, **size, seed=0)
    steps = len(batches) if len(batches) > 1 else None
    optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=steps)
    model.compile(optimizer, run_eagerly=True)  # one update is not worth compiling
    for x, y, weight in batches:
        model.train_on_batch(x, y, sample_weight=weight)
    return model.get_weights()


def difference(weights, others):
    return max(np.abs(a - b).max() for a, b in zip(weights, others))


at_once = after(joined(batches))
moved = difference(at_once, before)
print(f"rows of {length} targets: the update moves a weight by up to {moved:.1e}")
print(f"one batch of 32 or four of 8: {difference(at_once, after(batches)):.1e} apart")
assert difference(at_once, after(batches)) < 1e-4 * moved

x, y, weight = batches[0]
batches[0] = x, y, np.where(np.arange(length) < 5, weight, 0)  # these stories end after 5 words
ragged = difference(after(joined(batches)), after(batches))
print(f"with padding in one of the four: {ragged:.1e} apart")
assert ragged > 0.01 * moved

# %% [markdown] tags=["en"]
# The first difference is rounding. The second is not: a mean of four means is the mean of all only if each has as many targets. In the shorter batch a target counted more than six times as much. Keras's accumulation takes the plain mean, and our `fit` says so; data parallelism here does it right, since the loss is divided by the targets of all devices. An exercise below asks for it.
#
# ## A training that is killed
#
# The training of Llama 3 on 16,384 GPUs was interrupted 419 times in 54 days by what nobody had planned (Dubey et al. 2024, section 3.3.4). So the question is not whether a training is killed, but whether it matters. Here is a small program, as one would write it anyway:
# %% [markdown] tags=["zh"]
# 第一个差别是舍入误差。第二个不是：只有每个批量的目标一样多，四个平均值的平均才等于总的平均。短的那个批量里，每个目标的分量是其他批量里的六倍多。Keras 的梯度累积取的就是简单平均，我们的 `fit` 会给出提示；这里的数据并行做得对，因为损失除以所有设备上的目标总数。后面有一道练习就是它。
#
# ## 被强行终止的训练
#
# Llama 3 用 16,384 块 GPU 训练，54 天里意外中断了 419 次（Dubey 等，2024，3.3.4 节）。所以问题不在于训练会不会中断，而在于中断有没有影响。下面是一个很小的程序，平常也会这样写：
# %%
PROGRAM = """
import sys

from mlm_tf import TextPipeline, build_model, corpora
from mlm_tf.training import Recipe, train

texts = [story.text for story in corpora.grammar(300, seed=11)]
pipeline = TextPipeline.fit(texts)
model = build_model("lstm", pipeline=pipeline, hidden_dim=32, dropout=0.2, seed=0)
data = pipeline.rows(texts[:250], length=32, batch_size=8, seed=0)
validation = pipeline.rows(texts[250:], length=32, batch_size=50, shuffle=False)
recipe = Recipe(epochs=2, evaluations_per_epoch=5)
train(model, data, validation, recipe, sys.argv[1], keep="last", progress=False)
"""
folder = Path(tempfile.mkdtemp())
(folder / "stories.py").write_text(PROGRAM)
on_cpu = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}


def start(output):
    command = [sys.executable, "stories.py", output]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=folder, env=on_cpu, **pipes)


def wait(process):
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said


# %% [markdown] tags=["en"]
# It is started twice. One process may finish; the other gets SIGKILL, which no program can catch, as soon as its second checkpoint is there, wherever it is at that moment. Then the same command is given again.
# %% [markdown] tags=["zh"]
# 把它启动两次。一个进程让它跑完；另一个等第二个检查点一出现，不管正做到哪里，就用 SIGKILL 终止，任何程序都拦不住这个信号。然后把同样的命令再执行一遍。
# %%
whole, cut = start("whole.keras"), start("cut.keras")
checkpoints = folder / "cut.run" / "checkpoints"
while cut.poll() is None and len(list(checkpoints.glob("0*.safetensors"))) < 2:
    time.sleep(0.01)
cut.kill()
cut.communicate()
print("the process ended with", cut.returncode, "and left:")
for path in sorted(path for path in folder.glob("cut*/**/*") if path.is_file()):
    print(f"    {path.relative_to(folder)}  {path.stat().st_size:,} bytes")
assert cut.returncode not in (0, 1)
wait(whole)
wait(start("cut.keras"))
print("after the same command again:", *sorted(path.name for path in folder.glob("*.*")))

never_killed, resumed = (
    load_model(folder / name).get_weights() for name in ("whole.keras", "cut.keras")
)
assert all(np.array_equal(a, b) for a, b in zip(never_killed, resumed, strict=True))
print(f"{sum(w.size for w in resumed):,} weights, equal bit for bit")

# %% [markdown] tags=["en"]
# Not "about as good": the same numbers, to the last bit. What has to be saved for it? More than the weights. Below a training of twelve steps is continued from its middle, each time with one thing lost: the optimizer's *moments* (AdamW's running means of the gradient and of its square, and its count of steps, on which the schedule hangs), the *random states* of dropout, or the *place in the data*.
# %% [markdown] tags=["zh"]
# 不是“差不多一样好”，而是每个数都相同，直到最后一位。为此要保存什么？光有权重不够。下面把十二步的训练从中间接着做，每次丢掉一样东西：优化器的*矩估计*（AdamW 对梯度及其平方的滑动平均，还有步数，学习率调度就靠它），暂退法的*随机状态*，或者*数据读到的位置*。
# %%
model = build_model("transformer", pipeline=pipeline, hidden_dim=32, dropout=0.1, seed=0)
model.compile(make_optimizer("adamw", num_steps=13), run_eagerly=True)
model.optimizer.build(model.trainable_variables)
of_weights = {id(variable) for variable in model.weights}
parts = {
    "the weights": model.weights,
    "the optimizer's moments": model.optimizer.variables,
    "random states": [v for v in model.variables if id(v) not in of_weights],
}
twelve = [keras.tree.map_structure(ops.convert_to_numpy, batch) for batch in short.take(12)]


def values(variables):
    return [np.array(ops.convert_to_numpy(variable)) for variable in variables]


def trained(batches):
    for x, y, weight in batches:
        model.train_on_batch(x, y, sample_weight=weight)
    return values(model.weights)


beginning = {name: values(variables) for name, variables in parts.items()}
trained(twelve[:6])
middle = {name: values(variables) for name, variables in parts.items()}
end = trained(twelve[6:])
for name, saved in middle.items():
    print(f"{name:26}{sum(value.nbytes for value in saved):10,} bytes")

apart = {}
for lost in ("nothing", "random states", "place in the data", "the optimizer's moments"):
    for name, variables in parts.items():
        for variable, value in zip(variables, (beginning if name == lost else middle)[name]):
            variable.assign(value)
    found = trained(twelve[:6] if lost == "place in the data" else twelve[6:])
    apart[lost] = difference(found, end)
    print(f"lost: {lost:26}weights {apart[lost]:.1e} apart at the end")
assert apart.pop("nothing") == 0 and min(apart.values()) > 1e-4

# %% [markdown] tags=["en"]
# So with AdamW a checkpoint is about three times as large as the model: the weights, and two moments for each of them. (Muon keeps one moment of each matrix.) `train` writes one after each evaluation, beside its place and then renamed, so that no kill finds half a file; and it keeps two. The place in the data costs nothing, because the order of the texts is a function of the seed, the epoch and the step: it can be computed for any step, and needs no replay. A training that was told something else, another rate or other texts, is not gone on with, and what differs is named.
#
# Equal bits are promised on one device of a processor. GPUs add up in an order that may change from run to run; there a resumed training is as good as the other, and not the same.
#
# ## What a training costs: memory
#
# Before anything is allocated, `estimate` says what a model takes. GPT-2's smallest size, of 124 million parameters, with a batch of 8 sequences, all in float32:
# %% [markdown] tags=["zh"]
# 所以用 AdamW 时，检查点大约是模型的三倍：权重，以及每个权重的两个矩估计（Muon 对每个矩阵只存一个）。`train` 每次评估之后写一个，先写在旁边再改名，不管什么时候终止，都不会留下半个文件；最近的两个会保留下来。数据读到的位置不占地方，因为文本的顺序是种子、轮数和步数的函数：任何一步都可以直接算出来，不必从头重放。如果换了学习率或文本，就是另一次训练，不会接着做，而会指出哪里不同。
#
# 逐位相同只在 CPU 的单个设备上得到保证。GPU 上加法的次序每次运行都可能不同，接着做的训练一样好，但数值不完全相同。
#
# ## 一次训练要花多少：内存
#
# 还没有分配任何内存时，`estimate` 就能说出一个模型要多少。以 GPT-2 最小的规模（1.24 亿参数）、每批 8 个序列、全部用 float32 为例：
# %%
gpt2 = estimate("gpt2", batch_size=8, sequence_length=1024)
print(gpt2)
of_state = 4 * gpt2.parameters * 4  # weights, gradients, two moments; four bytes each
print(f"weights, gradients and moments: {of_state / 2**30:.2f} GiB")
assert np.isclose(gpt2.training_bytes - gpt2.activation_bytes, of_state)
for billions in (0.124, 7):
    print(f"{billions} billion parameters: {16 * billions:.0f} GB before the first activation")

# %% [markdown] tags=["en"]
# Sixteen bytes a parameter, whatever the batch is; the rest is *activations*, which grow with the batch and become less by accumulation. Seven billion parameters do not fit into the 80 GB of one GPU that way, however small the batch: then the matrices themselves are cut over several devices.
#
# ## What it costs: operations
#
# In the forward pass each weight is multiplied once and added once for every token, two operations; the backward pass makes twice as many. With $N$ parameters and $D$ tokens that is
#
# $$C \approx 6 N D$$
#
# (Kaplan et al. 2020, section 2.1), and about 20 tokens a parameter use it best (Hoffmann et al. 2022). How long it takes depends on which share of the peak a program reaches. Our GPT-2 made 477,682 tokens a second on one H100 in bfloat16 with a batch of 32 sequences of 1,024 (`benchmarks/training_gpu.py`, on JAX); transformers' GPT-2 under `torch.compile` made 424,713. Before its attention was one fused operation ours used 15 % of the peak, with a batch of 8. What the same arithmetic says of this machine is measured now.
# %% [markdown] tags=["zh"]
# 每个参数 16 字节，与批量无关；其余是*激活值*，它随批量增大，用梯度累积可以减少。照这样算，70 亿参数在一块 80 GB 的 GPU 上怎么也放不下，批量再小也不行：这时要把矩阵本身切开，分放在几个设备上。
#
# ## 一次训练要花多少：运算
#
# 前向传播时，每个词元在每个权重上做一次乘法和一次加法，共两次运算；反向传播是它的两倍。$N$ 个参数、$D$ 个词元，就是
#
# $$C \approx 6 N D$$
#
# （Kaplan 等，2020，2.1 节）。每个参数学大约 20 个词元，最能物尽其用（Hoffmann 等，2022）。要花多少时间，取决于程序用上了峰值的多大一部分。我们的 GPT-2 在一块 H100 上，用 bfloat16，每批 32 个长度 1,024 的序列，每秒训练 477,682 个词元（`benchmarks/training_gpu.py`，JAX）；transformers 的 GPT-2 用 `torch.compile` 是 424,713 个。在注意力还没有合成一个运算之前，我们每批 8 个序列，只用上了峰值的 15 %。下面测一测，同样的算法对这台机器怎么说。
# %%
model = build_model("transformer", vocabulary_size=2000, hidden_dim=256, num_layers=2, seed=0)
model.compile(make_optimizer("adamw", num_steps=100))
x = np.random.default_rng(0).integers(1, 2000, (8, 129))
model.train_on_batch(x[:, :-1], x[:, 1:])  # which compiles
started = time.perf_counter()
for _ in range(3):
    model.train_on_batch(x[:, :-1], x[:, 1:])
speed = 3 * 8 * 128 / (time.perf_counter() - started)
here = 6 * model.count_params() * speed
print(f"here, {model.count_params():,} parameters: {speed:,.0f} tokens/s, {here:.1e} operations/s")

PEAK = 989e12  # operations a second of an H100, in bfloat16
per_token = 6 * gpt2.parameters + 12 * 12 * 768 * 1024  # 12 layers, 768 wide: attention's scores
for name, tokens in {"ours": 477_682, "torch.compile": 424_713}.items():
    print(f"{name:14}{tokens:9,} tokens/s are {per_token * tokens / PEAK:.1%} of the peak")
print(f"\n{'parameters':>12}{'tokens':>10}{'operations':>12}", end="")
print(f"{'this machine':>16}{'one H100 at 40 %':>20}")
for parameters in (124e6, 7e9):
    operations = 6 * parameters * 20 * parameters
    print(f"{parameters:12.2e}{20 * parameters:10.1e}{operations:12.1e}", end="")
    print(f"{operations / here / 86400:11,.0f} days{operations / (0.4 * PEAK) / 86400:15,.2f} days")
assert 0.41 < per_token * 477_682 / PEAK < 0.42

# %% [markdown] tags=["en"]
# The 7 billion take half a year on one GPU, or a day on two hundred, if nothing is lost on the way. That is why machines are many, and why a share of 15 % or 41 % is worth work.
#
# ## Fewer bits
#
# Half the bits a number are half the memory traffic, and on a GPU or TPU several times the speed. Two kinds of 16 bits differ in what they give up: float16 has ten bits for the digits and a small range, bfloat16 the range of float32 and seven bits.
# %% [markdown] tags=["zh"]
# 70 亿参数在一块 GPU 上要半年，用两百块也要一天，这还是假定没有任何损耗。所以机器要多，所以用上 15 % 还是 41 %，值得下功夫。
#
# ## 更少的位数
#
# 每个数的位数减半，内存的读写就减半，在 GPU 和 TPU 上还会快好几倍。16 位有两种，舍弃的东西不同：float16 有十位表示数字，但范围很小；bfloat16 的范围与 float32 相同，但只有七位。
# %%
print(f"{'':12}{'float32':>10}{'float16':>10}{'bfloat16':>10}")
for value in (70_000.0, 1e-8, 1.001):
    cast = {
        kind: float(ops.cast(ops.cast(ops.convert_to_tensor(value, "float32"), kind), "float32"))
        for kind in ("float32", "float16", "bfloat16")
    }
    print(f"{value:<12g}" + "".join(f"{number:10.4g}" for number in cast.values()))
    if value == 70_000.0:
        assert np.isinf(cast["float16"]) and np.isclose(cast["bfloat16"], value, rtol=1e-2)
    if value == 1e-8:
        assert cast["float16"] == 0 and np.isclose(cast["bfloat16"], value, rtol=1e-2)
    if value == 1.001:
        assert cast["bfloat16"] == 1 and np.isclose(cast["float16"], value, rtol=1e-3)

# %% [markdown] tags=["en"]
# In float16 a large score overflows and a small gradient becomes 0, so Keras multiplies the loss by a large number first (*loss scaling*). bfloat16 needs none of that, but a step of a thousandth is lost in it. So with `keras.config.set_dtype_policy("mixed_bfloat16")` before the model is built, products run in 16 bits and the weights stay in 32: *mixed precision*. On most processors it gains nothing; on the H100 above it is what the speed comes from.
#
# ## Two devices, one training
#
# Data parallelism: each device has a copy of the model and a part of every batch, and the gradients are put together before each update. If the global batch is the same, so must the training be. The processor is cut into two devices here, which makes nothing faster, but shows it: TensorFlow's `MirroredStrategy` beside one device, in a process of its own, since devices are settled before TensorFlow starts. The rows have padding, and unequally.
# %% [markdown] tags=["zh"]
# 在 float16 里，大的分数会上溢，小的梯度会变成 0，所以 Keras 先把损失乘以一个很大的数（*损失缩放*）。bfloat16 不需要这样做，但千分之一的一步会丢失。所以在搭建模型之前调用 `keras.config.set_dtype_policy("mixed_bfloat16")`，乘法就用 16 位，权重仍是 32 位：这叫*混合精度*。在多数 CPU 上它没有好处；在上面那块 H100 上，速度正是由它而来。
#
# ## 两个设备，一次训练
#
# 数据并行：每个设备有一份模型，分到每个批量的一部分，更新之前把各自的梯度合起来。只要全局批量相同，训练就应当相同。这里把处理器切成两个设备，不会变快，但可以看清楚：TensorFlow 的 `MirroredStrategy` 与单个设备对比，放在单独的进程里，因为设备要在 TensorFlow 启动之前定下来。各行都有填充，而且多少不等。
# %%
PROGRAM = """
import json

import mlm_tf  # before TensorFlow, which then starts quietly
import tensorflow as tf

[processor] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)

import keras  # now that the devices are settled

texts = [story.text for story in mlm_tf.corpora.grammar(160, seed=11)]
pipeline = mlm_tf.TextPipeline.fit(texts)
batch = pipeline(texts, max_length=120, add_start=True, add_end=True)
ids, weight = batch["token_ids"], batch["padding_mask"].astype("float32")
arrays = ids[:, :-1], ids[:, 1:], weight[:, 1:]
assert len(set(weight.sum(axis=1))) > 10  # stories of many lengths
data = tf.data.Dataset.from_tensor_slices(arrays).batch(8).repeat()


def losses():
    model = mlm_tf.build_model("attention", pipeline=pipeline, hidden_dim=32, seed=0)
    model.compile(keras.optimizers.AdamW(0.01))
    return model.fit(data, epochs=20, steps_per_epoch=1, verbose=0).history["loss"]


one = losses()
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    two = losses()
print(json.dumps([one, two]))
"""
run = subprocess.run(
    [sys.executable, "-c", PROGRAM],
    env={**on_cpu, "KERAS_BACKEND": "tensorflow"},
    capture_output=True,
    text=True,
)
assert run.returncode == 0, run.stderr
one, two = map(np.array, json.loads(run.stdout.splitlines()[-1]))
print("step   one device   two devices")
for step in (0, 1, 9, 19):
    print(f"{step + 1:4}{one[step]:13.6f}{two[step]:14.6f}")
print(f"over {len(one)} steps at most {np.abs(one - two).max():.0e} apart")
assert len(one) == 20 and np.abs(one - two).max() < 1e-4 and one[-1] < one[0]

# %% [markdown] tags=["en"]
# From here on the steps are of machines, not of mathematics. With this package one line chooses among the engines, `with mlm_tf.training.distributed():` around building, compiling and fitting; what stands behind it is TensorFlow's and Keras's own:
#
# | where | what to do |
# |---|---|
# | a laptop | nothing; first learn there, on a hundredth of the data, that the program is right |
# | one GPU | `set_dtype_policy("mixed_bfloat16")`; the largest batch that fits, and accumulation for the rest of the global batch |
# | several GPUs in one machine | `distributed()`: on TensorFlow `tf.distribute.MirroredStrategy`, on JAX `keras.distribution.DataParallel` |
# | a TPU | JAX, `KERAS_BACKEND=jax`: there is no TensorFlow of today's version for TPUs. Static shapes: rows or windows of one length, as here |
# | many machines | JAX: one process each, which find each other by `keras.distribution.initialize`, and the same program with `distributed()` in all. Keras's `fit` does not run under TensorFlow's strategy for several machines |
# | a model too large for one device | JAX: `distributed("model_parallel")`, which cuts matrices over devices by `keras.distribution.ModelParallel` |
#
# What changes with each step is the global batch, and hence the rate; what must not change is that every text is seen once an epoch, by one device alone. And the more machines there are, the sooner one fails: checkpoints more often, or less is lost.
#
# ## Exercises
#
# Replace each `...` by your answer and run the cell again.
#
# **11.1** A model of 124 million parameters is to learn from 20 tokens a parameter. A GPU makes at most $10^{15}$ operations a second, and the program uses 40 % of that. By $C = 6ND$, how many hours does it take?
#
# **11.2** A training with AdamW and dropout is killed. Its weights are saved. Which of these must be saved too, so that the weights at the end are the same: `"moments"`, `"place in the data"`, `"random states"`, `"learning curves"`, `"samples of text"`? Answer with a list of names.
# %% [markdown] tags=["zh"]
# 再往下，变的是机器，不是数学。在本包里，一行代码就从各种引擎中选出合适的：把搭建、编译和训练都放在 `with mlm_tf.training.distributed():` 里面；背后用的都是 TensorFlow 和 Keras 自己的东西：
#
# | 在哪里 | 要做什么 |
# |---|---|
# | 笔记本电脑 | 什么也不用做；先在这里用百分之一的数据确认程序是对的 |
# | 一块 GPU | `set_dtype_policy("mixed_bfloat16")`；批量取放得下的最大值，全局批量还差的部分靠梯度累积 |
# | 一台机器上的几块 GPU | `distributed()`：在 TensorFlow 上用 `tf.distribute.MirroredStrategy`，在 JAX 上用 `keras.distribution.DataParallel` |
# | TPU | 用 JAX，`KERAS_BACKEND=jax`：当前版本的 TensorFlow 没有 TPU 版。形状要固定：行或窗口都是同一长度，就像这里这样 |
# | 许多台机器 | 用 JAX：每台一个进程，靠 `keras.distribution.initialize` 互相找到，各进程运行同一个带 `distributed()` 的程序。Keras 的 `fit` 不能在 TensorFlow 的多机策略下运行 |
# | 一个设备放不下的模型 | 用 JAX：`distributed("model_parallel")`，由 `keras.distribution.ModelParallel` 把矩阵切开分放在各设备上 |
#
# 每走一步，变的是全局批量，学习率也要跟着变；不能变的是：每一轮里，每段文本只由一个设备看一次。而且机器越多，越快就有一台出毛病：检查点要写得更勤，才能少丢一些。
#
# ## 练习
#
# 把每个 `...` 换成你的答案，再运行一遍单元格。
#
# **11.1** 一个 1.24 亿参数的模型，每个参数要学 20 个词元。一块 GPU 每秒最多做 $10^{15}$ 次运算，程序用上了其中的 40 %。按 $C = 6ND$，要多少小时？
#
# **11.2** 一次用 AdamW 和暂退法的训练被强行终止，权重已经保存。要使最后的权重相同，还必须保存哪些：`"moments"`（矩估计）、`"place in the data"`（数据读到的位置）、`"random states"`（随机状态）、`"learning curves"`（学习曲线）、`"samples of text"`（生成的样例）？用名字的列表回答。
# %%
hours = ...
course.check("11.1", hours)

to_be_saved = ...
course.check("11.2", to_be_saved)


# %% [markdown] tags=["en"]
# **11.3** Put the gradients of several devices together: given `gradients` $(D, N)$, each row the mean over the targets of one device, and `num_targets` $(D,)$, return the gradient $(N,)$ of the global batch, the mean over all targets.
#
# **11.4** Write the exponential moving average: given `weights` $(T + 1, N)$, first those before any step and then those after each, and the `momentum` $m$, return the average after the last step $(N,)$. It begins at the first weights.
# %% [markdown] tags=["zh"]
# **11.3** 把几个设备的梯度合起来：给定 `gradients` $(D, N)$，每一行是一个设备对它的目标求得的平均，以及各设备的目标数 `num_targets` $(D,)$；返回全局批量的梯度 $(N,)$，即对所有目标的平均。
#
# **11.4** 写出指数移动平均：给定 `weights` $(T + 1, N)$，先是训练之前的权重，然后是每一步之后的，以及动量 `momentum` $m$；返回最后一步之后的平均 $(N,)$。它从最初的权重开始。
# %%
def of_global_batch(gradients, num_targets):
    return ...


course.check("11.3", of_global_batch)


def moving_average(weights, momentum):
    return ...


course.check("11.4", moving_average)

# %% [markdown] tags=["en"]
# ## Summary
#
# - A range test finds the order of magnitude of the learning rate in one short training, of which nothing is kept; a tenth of the rate with the lowest loss is a place to begin.
# - Recipes are compared on the same tokens, with several seeds, and with the spread of a difference beside it. What differs by less is not known to differ.
# - Global batch = rows a device × devices × accumulated batches. Gradients are put together by their targets, not by their batches.
# - A training survives being killed if its weights, the optimizer's moments, the random states and the place in the data are saved together, whole, and often enough. On one device of a processor it then ends with the same bits.
# - Sixteen bytes a parameter and six operations a parameter and token say what a training costs; the share of the peak that a program reaches says how long it takes.
# - With the same global batch, two devices train as one does. TensorFlow for the GPUs of one machine, JAX for TPUs and many machines, and the text, the pipeline and the model stay what they are.
#
# **To read**: Smith 2017, section 3.3 (the range test); Hu et al. 2024, *MiniCPM*, section 4 (warm-up–stable–decay); Jordan et al. 2024 (Muon); Goyal et al. 2017, section 2 (global batches and their rate); Micikevicius et al. 2018 (mixed precision); Kaplan et al. 2020, section 2.1, and Hoffmann et al. 2022 (operations and tokens); Chowdhery et al. 2022, appendix B (the share of the peak). The code: `mlm_tf/training/range_test.py`, `mlm_tf/training/checkpoints.py`, `mlm_tf/training/distribution.py`; more in `docs/scaling.md`.
# %% [markdown] tags=["zh"]
# ## 小结
#
# - 范围测试只用一次很短的训练就找到学习率的数量级，这次训练本身不保留；取损失最低处的十分之一作为起点。
# - 比较训练配方时，要学同样多的词元，用几个种子，并给出差值的波动。差别比波动还小，就不能说有差别。
# - 全局批量 = 每个设备的行数 × 设备数 × 累积的批量数。合并梯度要按目标数加权，而不是按批量平均。
# - 训练要经得起强行终止，就得把权重、优化器的矩估计、随机状态和数据读到的位置一起保存，保存完整，而且足够勤。在 CPU 的单个设备上，最后的结果逐位相同。
# - 每个参数 16 字节，每个参数每个词元六次运算，由此算出训练的开销；程序用上峰值的多大一部分，决定要花多少时间。
# - 全局批量相同时，两个设备的训练与一个设备相同。一台机器上的 GPU 用 TensorFlow，TPU 和许多台机器用 JAX；文本、流水线和模型都不用改。
#
# **延伸阅读**：Smith，2017，3.3 节（范围测试）；Hu 等，2024，*MiniCPM*，第 4 节（预热–稳定–衰减）；Jordan 等，2024（Muon）；Goyal 等，2017，第 2 节（全局批量与学习率）；Micikevicius 等，2018（混合精度）；Kaplan 等，2020，2.1 节，以及 Hoffmann 等，2022（运算次数与词元数）；Chowdhery 等，2022，附录 B（占峰值的比例）。代码：`mlm_tf/training/range_test.py`、`mlm_tf/training/checkpoints.py`、`mlm_tf/training/distribution.py`；更多内容见 `docs/scaling.md`（英文）。
