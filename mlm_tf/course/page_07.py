"""Exercises of page 07, training."""

import math

import numpy as np

from mlm_tf.course.exercises import OTHER_ARGUMENTS, Hint, call, chosen, exercise

TO_DO = ("train longer", "raise the learning rate", "keep the best weights and use more dropout")


@exercise("07.1")
def perplexity_of_three_tokens(answer):
    """Probabilities 1/2, 1/4 and 1/8."""
    value = float(answer)
    if math.isclose(value, 2 * math.log(2), rel_tol=1e-2):
        return Hint(
            "that is the cross-entropy in nats; the perplexity is its exponential",
            "这是以奈特为单位的交叉熵；困惑度是它的指数",
        )
    if math.isclose(value, 2, rel_tol=1e-2):
        return Hint(
            "that is the cross-entropy in bits; how many equally likely words is that?",
            "这是以比特为单位的交叉熵；它相当于在多少个等可能的词里猜？",
        )
    if math.isclose(value, 64, rel_tol=1e-2):
        return Hint(
            "that is one over the probability of the whole text; a perplexity is per token",
            "这是整个文本概率的倒数；困惑度是平均到每个词元的",
        )
    if math.isclose(value, 14 / 3, rel_tol=1e-2) or math.isclose(value, 24 / 7, rel_tol=1e-2):
        return Hint(
            "take the mean of the logarithms, not of the probabilities or their inverses",
            "要对对数求平均，而不是对概率或它们的倒数求平均",
        )
    if not math.isclose(value, 4, rel_tol=1e-2):
        return Hint(
            "the exponential of the mean of the three negative logarithms",
            "三个负对数的平均，再取指数",
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
            "x is every row without its last token, y without its first",
            "x 是每一行去掉最后一个词元，y 是去掉第一个",
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
            "minus the logarithm of the softmax at each target, times its weight; the sum over the "
            "sum of the weights",
            "每个目标处 softmax 的对数取负，乘以权重；求和后除以权重之和",
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


@exercise("07.6")
def clipped_gradients(answer):
    """A function of a list of arrays and limit."""
    gradients = [np.array([3.0, 0.0]), np.array([[0.0], [4.0]]), np.array(12.0)]  # 13 long
    expected = [g / 6.5 for g in gradients]
    found = [np.asarray(g, "float64") for g in call(answer, [g.copy() for g in gradients], 2.0)]
    if [g.shape for g in found] != [g.shape for g in gradients]:
        return Hint(
            "give a list of as many arrays, of the same shapes", "请返回同样多、形状也相同的数组"
        )
    each = [g * min(1, 2 / np.linalg.norm(g)) for g in gradients]
    if all(map(np.allclose, found, each)):
        return Hint(
            "each array is clipped by its own length: that changes the direction of the step",
            "每个数组按自己的长度裁剪：这样步子的方向就变了",
        )
    if all(map(np.allclose, found, [np.clip(g, -2, 2) for g in gradients])):
        return Hint(
            "each number is clipped by itself: that changes the direction of the step",
            "每个数单独裁剪：这样步子的方向就变了",
        )
    if not all(map(np.allclose, found, expected)):
        length = np.sqrt(sum((g**2).sum() for g in found))
        return Hint(
            f"of the limit 2 the length together is {length:.3g}",
            f"上限为 2，而这里的总长度是 {length:.3g}",
        )
    short = call(answer, [g.copy() for g in gradients], 20.0)
    if not all(map(np.allclose, short, gradients)):
        return Hint(
            "gradients that are short enough should stay as they are", "本来就够短的梯度应保持不变"
        )
    zeros = [np.asarray(g, "float64") for g in call(answer, [np.zeros(2)], 1.0)]
    if not np.isfinite(zeros[0]).all():
        return Hint("a gradient of zeros becomes no number", "全零的梯度变成了非数")
    return None
