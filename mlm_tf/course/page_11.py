"""Exercises of page 11, training at scale."""

import numpy as np

from mlm_tf.course.exercises import OTHER_ARGUMENTS, Hint, call, chosen, exercise

PARTS = ("moments", "place in the data", "random states", "learning curves", "samples of text")
NEEDED = set(PARTS[:3])


@exercise("11.1")
def hours_of_a_training(answer):
    """6 N D operations for N = 124e6 and D = 20 N, at 40 % of 1e15 a second."""
    value = float(np.asarray(answer, "float64"))
    parameters = 124e6
    seconds = 6 * parameters * 20 * parameters / (0.4 * 1e15)
    hours = seconds / 3600
    if np.isclose(value, seconds, rtol=0.02):
        return Hint("those are seconds", "这是秒数")
    if np.isclose(value, hours * 0.4, rtol=0.02):
        return Hint(
            "so long it would take at the peak, of which 40 % are used",
            "这是按峰值算的时间，而实际只用上了 40 %",
        )
    if np.isclose(value, hours * 0.4**2, rtol=0.02):
        return Hint(
            "the utilisation makes it longer, not shorter", "利用率不到一，时间只会更长，不会更短"
        )
    if np.isclose(value, hours / 3, rtol=0.02):
        return Hint(
            "two operations a weight are those of the forward pass; the backward pass makes more",
            "每个权重两次运算只是前向传播，反向传播还要更多",
        )
    if np.isclose(value, hours / 6, rtol=0.02):
        return Hint(
            "each weight takes more than one operation a token: see the formula",
            "每个词元在每个权重上不止一次运算：请看公式",
        )
    if np.isclose(value, hours / 20, rtol=0.02):
        return Hint("that is for one token a parameter", "这是按每个参数一个词元算的")
    if not np.isclose(value, hours, rtol=0.02):
        return Hint(
            "count the tokens first, then the operations; divide by what the GPU makes a second",
            "先算词元数，再算运算次数，然后除以 GPU 实际每秒做的次数",
        )
    return None


@exercise("11.2")
def what_must_be_saved(answer):
    """Which of `PARTS` decide the weights at the end."""
    if isinstance(answer, (str, bytes)) or not np.ndim(answer):
        return Hint("a list of names is needed", "需要一个由名字组成的列表")
    found = {chosen(str(name), PARTS) for name in answer}
    if None in found:
        choices = " / ".join(f'"{one}"' for one in PARTS)
        return Hint(f"choose among {choices}", f"请从这些里选：{choices}")
    if found - NEEDED:
        return Hint(
            "one of these is made out of the training and never read by it",
            "其中有一项只是训练产生的结果，训练本身从不读它",
        )
    if "moments" not in found:
        return Hint(
            "what does AdamW's next step depend on beside the gradient?",
            "AdamW 的下一步，除了梯度还取决于什么？",
        )
    if "place in the data" not in found:
        return Hint(
            "which batch would come next, and which has been learned from already?",
            "下一个批量该是哪一个，哪些已经学过了？",
        )
    if found != NEEDED:
        return Hint(
            "is anything drawn by chance while a model with dropout trains?",
            "带暂退法的模型在训练时，有没有什么是随机抽取的？",
        )
    return None


@exercise("11.3")
def gradient_of_the_global_batch(answer):
    """A function of the mean gradients of devices (D, N) and of their numbers of targets (D,)."""
    gradients = np.array([[1.0, -2.0, 0.5], [3.0, 2.0, -1.0], [0.0, 4.0, 1.0]])
    counts = np.array([6, 3, 1])
    right = counts @ gradients / counts.sum()
    found = np.asarray(call(answer, gradients, counts), "float64")
    if found.shape != right.shape:
        return Hint(
            f"three devices with gradients of three numbers make one gradient of three; the shape "
            f"is {found.shape}",
            f"三个设备各有三个数的梯度，合成一个三个数的梯度；这里的形状是 {found.shape}",
        )
    if np.allclose(found, gradients.mean(axis=0)):
        return Hint(
            "here a target counts more on a device that has few of them",
            "这样算，目标少的设备上，每个目标的分量就更重",
        )
    if np.allclose(found, gradients.sum(axis=0)):
        return Hint(
            "that is a sum: it grows with the number of devices, and so does the step",
            "这是和：设备越多它越大，步子也跟着变大",
        )
    if np.allclose(found, counts @ gradients):
        return Hint(
            "the sum over all targets is right; the loss is a mean",
            "对所有目标求和是对的；但损失是平均值",
        )
    if np.allclose(found, counts @ gradients / len(counts)):
        return Hint(
            "by what number is a mean over targets divided?", "对目标求平均，该除以什么数？"
        )
    if not np.allclose(found, right):
        return Hint(
            "each gradient is a mean; make a sum over the targets of it first",
            "每个梯度都是平均值；先把它还原成对各目标的和",
        )
    other = call(answer, gradients[:2, :2], np.array([0, 5]))  # the first has padding alone
    return None if np.allclose(other, gradients[1, :2]) else OTHER_ARGUMENTS


@exercise("11.4")
def average_of_the_weights(answer):
    """A function of weights (steps + 1, N), the first before any step, and the momentum."""
    weights = np.array([[0.5, 1.0], [1.5, 0.0], [2.0, -1.0], [4.0, 2.0]])

    def average(values, momentum, start=None):
        found = values[0] if start is None else start
        for value in values[1:]:
            found = momentum * found + (1 - momentum) * value
        return found

    right = average(weights, 0.75)
    found = np.asarray(call(answer, weights, 0.75), "float64")
    if found.shape != right.shape:
        return Hint(
            f"what is asked for is the last average, of shape {right.shape}; this is {found.shape}",
            f"要的是最后一步的平均，形状是 {right.shape}；这里是 {found.shape}",
        )
    if np.allclose(found, average(weights, 0.25)):
        return Hint(
            "which of the two does the momentum multiply, the old average or the new weights?",
            "动量乘的是哪一个，旧的平均还是新的权重？",
        )
    zeros = np.zeros(2)
    if np.allclose(found, average(weights, 0.75, zeros)) or np.allclose(
        found, average(np.concatenate([[zeros], weights]), 0.75)
    ):
        return Hint(
            "it begins at the weights before the first step, not at 0",
            "它从第一步之前的权重开始，而不是从 0 开始",
        )
    if np.allclose(found, weights.mean(axis=0)) or np.allclose(found, weights[1:].mean(axis=0)):
        return Hint(
            "here all steps count alike; later ones should count more",
            "这样各步分量相同；后面的应当更重",
        )
    if np.allclose(found, 0.75 * weights[-2] + 0.25 * weights[-1]):
        return Hint(
            "that mixes the last two weights; the average before is to be kept, not the weights",
            "这是把最后两步的权重混合起来；要保留的是上一步的平均，而不是上一步的权重",
        )
    if not np.allclose(found, right):
        return Hint(
            "step by step: the momentum times the average so far, the rest times the new weights",
            "一步一步来：动量乘到此为止的平均，其余的份额乘新的权重",
        )
    others = [
        np.allclose(call(answer, weights, 0.0), weights[-1]),
        np.allclose(call(answer, weights[:1], 0.9), weights[0]),
        np.allclose(call(answer, 2 * weights[:3], 0.5), average(2 * weights[:3], 0.5)),
    ]
    return None if all(others) else OTHER_ARGUMENTS
