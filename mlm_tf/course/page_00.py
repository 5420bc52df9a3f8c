"""Exercises of page 00, the quickstart."""

import numpy as np

from mlm_tf.course.exercises import Hint, call, exercise


@exercise("00.1")
def perplexity_of_a_guess(answer):
    """2,000 tokens, all of the same probability."""
    if answer not in (1, 45, 2000):
        return Hint("answer 1, 45 or 2000", "请回答 1、45 或 2000")
    if answer == 1:
        return Hint(
            "that is the perplexity of a model that is always sure, and always right",
            "总是十拿九稳而且总是对的模型，困惑度才是这个数",
        )
    if answer == 45:
        return Hint(
            "a perplexity is no square root: among how many equally likely tokens does one guess?",
            "困惑度不是平方根：要在多少个等可能的词元里猜？",
        )
    return None


@exercise("00.2")
def the_same_one_later(answer):
    """x = the cat sat on; then: the mat."""
    text = "the cat sat on the mat".split()
    if isinstance(answer, str):
        return Hint("a list of four tokens is needed", "需要一个含四个词元的列表")
    found = list(answer)
    if found == text[:4]:
        return Hint(
            "that is x itself: a model that predicts what it reads has nothing to learn",
            "这就是 x 本身：预测的若是正在读的词元，模型就没有什么可学的",
        )
    if found == text[4:] or len(found) != 4:
        return Hint(
            "y has a token for each one of x, not only for the last",
            "x 的每个词元在 y 里都有对应，不只是最后一个",
        )
    if found != text[1:5]:
        return Hint(
            "at each place y holds the token that follows the one in x",
            "y 的每个位置上，是 x 中该位置的词元之后的那一个",
        )
    return None


@exercise("00.3")
def perplexity_of_three_tokens(answer):
    """Probabilities 0.5, 0.4 and 0.25."""
    p = np.array([0.5, 0.4, 0.25])
    found, right = float(answer), float(np.exp(-np.log(p).mean()))
    if np.isclose(found, p.prod()):
        return Hint(
            "that is the probability of the whole text; a perplexity says among how many tokens "
            "one guesses, at each of the three places",
            "这是整段文本的概率；困惑度说的是：在三个位置上，每个位置要在多少个词元里猜",
        )
    if np.isclose(found, 1 / p.prod()):
        return Hint(
            "right but for the mean over the tokens: this grows with the length of the text",
            "只差按词元平均：这样算，文本越长数值越大",
        )
    if np.isclose(found, -np.log(p).mean(), atol=0.005):
        return Hint(
            "that is the cross-entropy; the perplexity is e to it",
            "这是交叉熵；困惑度是 e 的交叉熵次方",
        )
    if np.isclose(found, (1 / p).mean(), atol=0.005):
        return Hint(
            "the mean is taken over the logarithms, not over 1/p",
            "要对对数求平均，而不是对 1/p 求平均",
        )
    if not np.isclose(found, right, atol=0.01):
        return Hint(
            "try your way on a text whose three tokens all have the probability 0.25: among how "
            "many equally likely tokens does one guess there?",
            "先用你的算法算一段三个词元的概率都是 0.25 的文本：那里要在多少个等可能的词元里猜？",
        )
    return None


def _expected(next_scores, prompt, end_id, max_length):
    ids = list(prompt)
    while len(ids) < max_length and ids[-1] != end_id:
        ids.append(int(np.argmax(next_scores(ids))))
    return ids


@exercise("00.4")
def greedy_loop(answer):
    """A function of next_scores, prompt, end_id, max_length that gives all ids."""
    asked = []

    def next_scores(ids):
        """What follows is the sum of the last two, modulo 10: the scores are negative."""
        asked.append(len(ids))
        scores = np.full(10, -5.0)
        scores[sum(ids[-2:]) % 10] = -1.0
        return scores

    for prompt, end_id, max_length in (([1, 2], 8, 20), ([1, 2], 9, 6), ([3, 3], 6, 3)):
        given, expected = list(prompt), _expected(next_scores, prompt, end_id, max_length)
        asked.clear()
        found = call(answer, next_scores, given, end_id, max_length)
        found = [int(i) for i in found]
        if given != prompt:
            return Hint(
                "the list prompt was changed; make a list of your own",
                "列表 prompt 被改动了；请另建一个列表",
            )
        if found == expected:
            continue
        if found == expected[len(prompt) :]:
            return Hint(
                "what follows is right; the prompt itself is missing", "后续正确，但漏掉了提示本身"
            )
        if found == expected[:-1] and expected[-1] == end_id:
            return Hint("the end token belongs to the text", "结束词元也属于这段文本")
        if len(found) > max_length:
            return Hint(
                f"at most {max_length} ids in all were asked for, the prompt included, and these "
                f"are {len(found)}",
                f"连提示在内最多要 {max_length} 个编号，这里有 {len(found)} 个",
            )
        if end_id in found[len(prompt) : -1]:
            return Hint("it goes on after the end token", "结束词元之后还在继续")
        if max(asked, default=0) <= 1 and len(expected) > 3:
            return Hint(
                "next_scores takes all ids so far, not the last one alone",
                "next_scores 要接收到目前为止的全部编号，而不只是最后一个",
            )
        return Hint(
            "each further id is the one of the greatest score, given all ids so far",
            "每个后续编号都是在已有全部编号之下得分最大的那个",
        )
    return None
