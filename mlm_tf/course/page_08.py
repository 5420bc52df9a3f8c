"""Exercises of page 08, generation."""

import numpy as np

from mlm_tf.course.exercises import Hint, call, exercise

TWO_NUMBERS = Hint("a list of two numbers is needed", "这里需要两个数的列表")


def _two_numbers(answer):
    """The two as floats, or `None` if they are not two."""
    numbers = np.asarray(answer, "float64")
    return numbers if numbers.shape == (2,) else None


@exercise("08.1")
def ratio_at_half_the_temperature(answer):
    """0.6 and 0.2 at the temperature 0.5."""
    if np.isclose(answer, np.sqrt(3)):
        return Hint(
            "that is the temperature 2: below 1 the likely becomes likelier",
            "那是温度为 2 的情形：温度小于 1 时，大概率变得更大",
        )
    if not np.isclose(answer, 9):
        return Hint(
            "the scores are divided by T: what becomes of the ratio e^(z₁ - z₂)?",
            "未规范化的预测（logits）要除以 T：比值 e^(z₁ - z₂) 变成什么？",
        )
    return None


@exercise("08.2")
def kept_by_top_p_and_min_p(answer):
    """Of 0.4, 0.3, 0.2, 0.06, 0.04: top-p 0.6 and min-p 0.5."""
    numbers = _two_numbers(answer)
    if numbers is None:
        return TWO_NUMBERS
    if numbers[0] == 1:
        return Hint(
            "top-p: have those that you keep reached 0.6 together?",
            "top-p：你保留的那些，加起来达到 0.6 了吗？",
        )
    if numbers[0] != 2:
        return Hint(
            "top-p keeps the fewest that together reach 0.6, the likeliest first",
            "top-p 从概率最大的开始，保留到总和达到 0.6 为止，个数要最少",
        )
    if numbers[1] != 3:
        return Hint(
            "min-p: the bound is p times the greatest probability, and what reaches it is kept",
            "min-p：界限是最大概率乘以 p，达到界限的都保留",
        )
    return None


@exercise("08.3")
def greedy_and_beam_on_a_tree(answer):
    """The probabilities of the texts that greedy and two beams find."""
    numbers = _two_numbers(answer)
    if numbers is None:
        return TWO_NUMBERS
    if (numbers < 0).any() or (numbers > 1).any():
        return Hint("probabilities are between 0 and 1", "概率在 0 和 1 之间")
    if not np.isclose(numbers[0], 0.24):
        return Hint(
            "greedy takes the likelier first word, and then the likeliest after it; the "
            "probability of a text is a product",
            "贪心先取概率较大的第一个词，再取它后面概率最大的词；文本的概率是乘积",
        )
    if not np.isclose(numbers[1], 0.36):
        return Hint(
            "two beams keep both first words: which text is the likeliest of all that go on "
            "from them?",
            "两个束把两个开头都保留下来：由它们续写的文本中，哪一个概率最大？",
        )
    return None


@exercise("08.4")
def positions_without_and_with_a_cache(answer):
    """One token of prompt, 100 new ones."""
    numbers = _two_numbers(answer)
    if numbers is None:
        return TWO_NUMBERS
    if numbers[0] in (100, 10_000):
        return Hint(
            "without a cache the text that is read anew grows by one position each time",
            "没有缓存时，每次重读的文本都比上一次多一个位置",
        )
    if numbers[0] != 5050:
        return Hint(
            "which lengths are read before the first, the second, … the last new token? The last "
            "one itself need not be read any more",
            "写出第一个、第二个……最后一个新词元之前，各要读多长？最后一个词元自己不用再读",
        )
    if numbers[1] != 100:
        return Hint(
            "with the cache each position is computed once, and only if a token is still to follow",
            "有缓存时，每个位置只计算一次，而且只有后面还要写词元时才计算",
        )
    return None


@exercise("08.5")
def top_p_in_numpy(answer):
    """A function of probabilities (V,) and p."""
    unsorted = np.array([0.05, 0.4, 0.06, 0.3, 0.19])
    found = np.asarray(call(answer, unsorted.copy(), 0.65), "float64")
    if found.shape != (5,):
        return Hint(
            f"five probabilities go in and five must come out; the shape is {found.shape}",
            f"输入五个概率，也要输出五个；这里的形状是 {found.shape}",
        )
    kept, expected = found > 0, np.array([False, True, False, True, False])
    if kept.sum() == 1:
        return Hint(
            "the token with which the sum reaches p is kept too",
            "使总和达到 p 的那个词元也要保留",
        )
    if (kept != expected).any():
        return Hint(
            "other tokens are kept than the likeliest that together reach p; the input need not "
            "be sorted, and the output has its order",
            "保留的不是从大到小加到 p 的那些词元；输入不一定排过序，输出要按输入的顺序",
        )
    if not np.isclose(found.sum(), 1):
        return Hint(
            "the right tokens are kept, but what is left must sum to 1",
            "保留的词元是对的，但剩下的概率之和必须是 1",
        )
    if not np.allclose(found, np.where(expected, unsorted, 0) / 0.7):
        return Hint(
            "the tokens that are kept keep their ratios to each other",
            "保留下来的词元，彼此的比值不变",
        )
    for p, count in ((0.1, 1), (1.0, 5)):
        if (np.asarray(call(answer, unsorted.copy(), p)) > 0).sum() != count:
            return Hint(f"right so far, but not for p = {p}", f"到此为止正确，但 p = {p} 时不对")
    return None


@exercise("08.6")
def epsilon_sampling(answer):
    """A class of `Sampler`, made with `epsilon`."""
    import keras

    from mlm_tf.generation import Decoder, Sampler

    if not (isinstance(answer, type) and issubclass(answer, Sampler)):
        return Hint(
            "give the class itself, a subclass of Sampler, not an object made of it",
            "请给出类本身（Sampler 的子类），而不是它的实例",
        )
    p = np.array([0.5, 0.3, 0.15, 0.05])
    many = np.tile(np.log(p).astype("float32") + 3, (400, 1))  # scores, which are no log p
    sampler = answer(epsilon=0.1)
    drawn = np.asarray(call(sampler, many, keras.random.SeedGenerator(0)))
    if drawn.shape != (400,) or drawn.dtype.kind not in "iu":
        return Hint(
            f"one id a row is needed, integers of shape (400,) for 400 rows; these are "
            f"{drawn.dtype} of shape {drawn.shape}",
            f"每行要一个编号，400 行应是形状为 (400,) 的整数；这里是 {drawn.dtype}，"
            f"形状 {drawn.shape}",
        )
    if (drawn == 3).any():
        return Hint(
            "a token with a probability below epsilon was drawn: are scores probabilities?",
            "抽到了概率小于 epsilon 的词元：logits 本身是概率吗？",
        )
    shares = np.bincount(drawn, minlength=4) / 400
    if shares.max() == 1:
        return Hint(
            "the same token is drawn each time, though three reach epsilon",
            "每次都抽到同一个词元，而达到 epsilon 的有三个",
        )
    if np.abs(shares - [0.526, 0.316, 0.158, 0]).max() > 0.12:
        return Hint(
            "the tokens that are allowed must keep their ratios: about 10 : 6 : 3 in the test",
            "允许的词元之间要保持比值，这里的测试中约为 10 : 6 : 3",
        )
    flat = np.log(np.full((200, 20), 0.05)).astype("float32")
    flat[:, 7] += 0.1
    drawn = np.asarray(call(answer(epsilon=0.1), flat, keras.random.SeedGenerator(0)))
    if (drawn != 7).any():
        return Hint(
            "where no token reaches epsilon, the most probable one must be taken",
            "没有词元达到 epsilon 时，要取概率最大的那个",
        )
    try:
        same_again = Decoder(lambda ids, z, mask: (z, z), lambda rows, length, z: z, [], 4)
        list(same_again.run([np.array([0])], 2, sampler, source=[many[:1]]))
    except Exception as error:
        return Hint(
            f"right, but it cannot be compiled ({type(error).__name__}): use keras.ops alone",
            f"结果正确，但不能编译（{type(error).__name__}）：只能用 keras.ops",
        )
    return None
