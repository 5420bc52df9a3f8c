"""Exercises of page 07, training."""

import math

import numpy as np

from mlm_tf.course.exercises import OTHER_ARGUMENTS, Hint, call, chosen, exercise

TO_DO = ("train longer", "raise the learning rate", "keep the best weights and use more dropout")


@exercise("07.1")
def perplexity_of_two_parts(answer):
    """300 tokens of perplexity 20, and 100 tokens of perplexity 320."""
    value = float(answer)
    if math.isclose(value, 170, rel_tol=1e-2):
        return Hint(
            "that is the mean of the two figures: a part with more tokens counts no more in it",
            "这是两个数的平均：词元多的那部分并没有多算",
        )
    if math.isclose(value, 95, rel_tol=1e-2):
        return Hint(
            "weighted by the tokens, yes; but what is it that adds up over tokens, the perplexity?",
            "按词元数加权，这是对的；但能逐词元相加的量，是困惑度吗？",
        )
    if math.isclose(value, 80, rel_tol=1e-2):
        return Hint(
            "the right means of logarithms, and each part counts alike: one has more tokens",
            "对数的平均是对的，但两部分算得一样多：其中一部分词元更多",
        )
    if math.isclose(value, math.log(40), rel_tol=1e-2):
        return Hint(
            "that is the loss of the whole, in nats a token; which perplexity is that?",
            "这是整体的损失，单位是奈特每词元；它对应的困惑度是多少？",
        )
    if not math.isclose(value, 40, rel_tol=1e-2):
        return Hint(
            "go back to the losses: how many nats does each of the two parts cost in all?",
            "先回到损失：两部分各自总共要多少奈特？",
        )
    return None


@exercise("07.2")
def what_to_do_about_it(answer):
    """Training 6 and falling, validation 60 at its best and 95 now."""
    if (answer := chosen(answer, TO_DO)) is None:
        choices = " / ".join(f'"{one}"' for one in TO_DO)
        return Hint(f"answer one of {choices}", f"请从中选一个回答：{choices}")
    if answer == TO_DO[0]:
        return Hint(
            "longer training makes the training perplexity smaller yet: is that what is lacking?",
            "再训练下去，训练集困惑度还会变小：缺的是这个吗？",
        )
    if answer == TO_DO[1]:
        return Hint(
            "the training perplexity falls well: the steps are not what is wrong",
            "训练集困惑度降得很好：问题不在步子的大小",
        )
    return None


@exercise("07.3")
def batch_for_teacher_forcing(answer):
    """A function of ids (B, T) and pad_id: x, y and weight, each (B, T - 1)."""
    ids = np.array([[2, 7, 8, 9, 3], [2, 7, 3, 5, 5], [2, 3, 5, 5, 5]])
    parts = call(answer, ids, 5)
    if not isinstance(parts, (tuple, list)) or len(parts) != 3:
        return Hint("return three arrays: x, y, weight", "请返回三个数组：x、y、weight")
    x, y, weight = map(np.asarray, parts)
    for name, found in (("x", x), ("y", y), ("weight", weight)):
        if found.shape != (3, 4):
            return Hint(
                f"of ids (3, 5) {name} must be (3, 4), and it is {found.shape}",
                f"ids 的形状是 (3, 5) 时，{name} 应为 (3, 4)，这里是 {found.shape}",
            )
    if (x == ids[:, 1:]).all() and (y == ids[:, :-1]).all():
        return Hint("this asks for the word before, not the next", "这样问的是上一个词，不是下一个")
    if (x == y).all():
        return Hint(
            "each answer is the very word that is read there: nothing has to be predicted",
            "每个答案就是这里读到的词：没有什么需要预测",
        )
    if not ((x == ids[:, :-1]).all() and (y == ids[:, 1:]).all()):
        return Hint(
            "at each place y has the token that follows the one of x, and no place is left out",
            "y 的每个位置上应是 x 中那个词元的下一个，而且一个位置也不能漏掉",
        )
    expected = y != 5
    if (weight == (x != 5)).all():
        return Hint(
            "the weight goes by what is read; it should go by what is asked",
            "权重看的是读到什么；应当看问的是什么",
        )
    if (weight == 1).all():
        return Hint("answers that are padding count as well here", "这里把填充的答案也算进去了")
    if not (weight == expected).all():
        return Hint(
            "the weight is 1 where the answer is a token, [END] too, and 0 at padding",
            "答案是词元（包括 [END]）时权重为 1，是填充时为 0",
        )
    other = call(answer, np.array([[2, 0, 5, 3]]), 0)[2]
    if not (np.asarray(other) == [[0, 1, 1]]).all():
        return Hint("pad_id may be another number", "pad_id 也可能是别的数")
    return None


def _cross_entropy(logits, targets, weight):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return -(np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0] * weight)


@exercise("07.4")
def cross_entropy_a_token(answer):
    """A function of logits (B, T, V), targets (B, T) and weight (B, T)."""
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(size=(2, 4, 5)), rng.integers(0, 5, size=(2, 4))
    weight = np.array([[1.0, 1, 1, 1], [1, 1, 0, 0]])
    losses = _cross_entropy(logits, targets, weight)
    found = np.asarray(call(answer, logits, targets, weight), "float64")
    if found.shape != ():
        return Hint(
            f"one number is asked for, the mean; the shape is {found.shape}",
            f"要的是一个数，即平均值；这里的形状是 {found.shape}",
        )
    right = losses.sum() / weight.sum()
    if np.isclose(found, -right):
        return Hint("the sign is wrong: a loss is not negative", "符号反了：损失不会是负的")
    if np.isclose(found, losses.sum()):
        return Hint("that is the sum; a mean over the tokens is needed", "这是和；需要对词元求平均")
    if np.isclose(found, losses.mean()):
        return Hint(
            "padding adds nothing to the sum here, but counts in the number that it is divided by",
            "填充没有加进和里，却算进了除数里",
        )
    if np.isclose(found, _cross_entropy(logits, targets, np.ones_like(weight)).mean()):
        return Hint("targets of weight 0 count as well here", "这里把权重为 0 的目标也算进去了")
    if np.isclose(found, right / np.log(2)):
        return Hint(
            "right, in bits; use the natural logarithm", "数值对，但单位是比特；请用自然对数"
        )
    if not np.isclose(found, right):
        return Hint(
            "begin with one target alone: what does it cost, if the softmax gives it 1/2? Then the "
            "mean over those that count",
            "先只看一个目标：如果 softmax 给它 1/2，它要付出多少？然后对计入的目标求平均",
        )
    with np.errstate(all="ignore"):
        large = np.asarray(call(answer, 1000 * logits, targets, weight), "float64")
    if not np.isclose(large, _cross_entropy(1000 * logits, targets, weight).sum() / weight.sum()):
        return Hint(
            "right for small logits; with those of a thousand exp overflows, or the logarithm gets "
            "a 0: subtract the largest first, and take the logarithm without the softmax",
            "logits 较小时正确；上千时 exp 会上溢，或者对 0 取了对数："
            "先减去最大值，不要先算 softmax 再取对数",
        )
    return None


@exercise("07.5")
def warm_up_and_cosine(answer):
    """A function of step, peak, warmup and num_steps."""
    peak, warmup, num_steps = 0.5, 10, 110
    rates = {
        step: float(call(answer, step, peak, warmup, num_steps))
        for step in (0, 5, 10, 35, 60, 110, 130)
    }
    if rates[0] != 0 or not math.isclose(rates[5], peak / 2, rel_tol=1e-6):
        return Hint(
            "in the first steps the rate is to rise in a straight line from 0",
            "最初几步，学习率应从 0 沿直线上升",
        )
    if not math.isclose(rates[10], peak, rel_tol=1e-6):
        return Hint(
            "at the end of the warm-up it should be the peak: does the cosine begin there?",
            "预热结束时应当正好是最高值：余弦是从这里开始的吗？",
        )
    if not math.isclose(rates[60], peak / 2, rel_tol=1e-6):
        return Hint(
            "half way between the warm-up and the end it should be half the peak",
            "在预热结束到训练结束的正中间，应当是最高值的一半",
        )
    if not math.isclose(rates[35], peak * (1 + math.cos(math.pi / 4)) / 2, rel_tol=1e-6):
        return Hint("it falls, but not along a cosine", "是在下降，但不是沿余弦下降")
    if not math.isclose(rates[110], 0, abs_tol=1e-9):
        return Hint("at the last step it should be 0", "最后一步应当是 0")
    if not math.isclose(rates[130], 0, abs_tol=1e-9):
        return Hint("after the last step it rises again", "最后一步之后它又升起来了")
    other = [float(call(answer, step, 1.0, 4, 12)) for step in (2, 4, 8, 12)]
    if not np.allclose(other, [0.5, 1, 0.5, 0]):
        return OTHER_ARGUMENTS
    return None


def _stopped(perplexities, patience):
    best, kept = math.inf, 0
    for epoch, value in enumerate(perplexities, start=1):
        if value < best:
            best, kept = value, epoch
        elif epoch - kept == patience:
            return epoch, kept
    return len(perplexities), kept


@exercise("07.6")
def early_stopping(answer):
    """A function of perplexities and patience: epochs trained, and which one is kept, from 1."""

    def found(perplexities, patience):
        result = call(answer, list(perplexities), patience)
        return tuple(map(int, result)) if np.shape(result) == (2,) else None

    turned = [90.0, 70.0, 60.0, 62.0, 61.0, 59.0, 50.0]
    first = found(turned, 2)
    if first is None:
        return Hint(
            "two numbers are needed: epochs trained, epoch kept",
            "需要两个数：训练了几轮，保留第几轮",
        )
    if first == (4, 2):
        return Hint("the first epoch has the number 1", "第一轮的编号是 1")
    if first[0] > 5:
        return Hint(
            f"of {turned} with patience 2 it trains {first[0]} epochs: is each compared with the "
            "best so far, and is it two of them that bring nothing?",
            f"对 {turned}，patience 为 2 时它训练了 {first[0]} 轮："
            "每一轮都与到此为止最好的相比吗？是两轮没有进步就停吗？",
        )
    if first[0] < 5:
        return Hint(
            f"of {turned} with patience 2 it stops after epoch {first[0]} already: that is too "
            "little patience",
            f"对 {turned}，patience 为 2 时它在第 {first[0]} 轮之后就停了：耐心不够",
        )
    if first[1] == 5:
        return Hint(
            "those are the weights of the last epoch: the worse ones",
            "这是最后一轮的权重：变差了的",
        )
    if first[1] > 5:
        return Hint(
            "it keeps an epoch that comes after the stop, and is never trained",
            "它保留的那一轮在停止之后，根本没有训练过",
        )
    if first != (5, 3):
        return Hint(
            f"of {turned} with patience 2 it keeps epoch {first[1]}, which is not the best",
            f"对 {turned}，patience 为 2 时它保留第 {first[1]} 轮，而那并不是最好的",
        )
    cases = [
        (
            [60.0, 50.0, 55.0, 45.0, 50.0, 40.0],
            2,
            "a new best gives all the patience back",
            "出现新的最好结果之后，耐心要重新算起",
        ),
        (
            [60.0, 55.0, 50.0],
            2,
            "where it never has to stop, all epochs are trained",
            "如果一直不必停，就训练全部各轮",
        ),
        (
            [50.0, 50.0, 50.0, 40.0],
            2,
            "an epoch that is as good as the best is no new best",
            "与最好的一样好，不算新的最好",
        ),
        (
            [math.nan, 60.0, math.nan, 50.0, 70.0, math.nan, 40.0],
            2,
            "not a number is never the best, and costs patience like any other epoch",
            "非数（NaN）永远不是最好的，它和别的轮一样消耗耐心",
        ),
    ]
    for perplexities, patience, en, zh in cases:
        if found(perplexities, patience) != _stopped(perplexities, patience):
            return Hint(f"{perplexities}: {en}", f"{perplexities}：{zh}")
    if any(found(turned, patience) != _stopped(turned, patience) for patience in (1, 3, 9)):
        return OTHER_ARGUMENTS
    return None
