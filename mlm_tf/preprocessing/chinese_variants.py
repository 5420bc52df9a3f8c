"""Simplified and traditional characters: texts from one into the other, before a pipeline."""

import functools
from collections.abc import Callable, Iterable

from mlm_tf.checks import check_strings, needs


def to_simplified(texts: Iterable[str]) -> list[str]:
    """Texts with simplified Chinese characters for the traditional ones, by OpenCC.

    Words stay those that were written: a Taiwanese text keeps its words of Taiwan. All but Chinese
    characters stays, and so does what is simplified already; but a Japanese text loses characters
    of its own.

    To be called on what a pipeline is fitted on and on every text that it reads later, prompts
    too: a pipeline does not know of it.

    Args:
        texts: what is to be converted.

    Raises:
        InvalidArgumentError: for what is no list of texts.
        MissingDependencyError: without OpenCC, an optional package.

    >>> to_simplified(["頭髮", "發展", "皇后在後面"])
    ['头发', '发展', '皇后在后面']
    """
    return [*map(converter("t2s"), check_strings("texts", texts))]


def to_traditional(texts: Iterable[str]) -> list[str]:
    """Texts with traditional Chinese characters for the simplified ones, by OpenCC.

    One simplified character may stand for several traditional ones, 发 for 發 and 髮: OpenCC looks
    for the word in which it stands, and errs where no word tells, as in names (余 and 餘).

    Args:
        texts: what is to be converted.

    Raises:
        InvalidArgumentError: for what is no list of texts.
        MissingDependencyError: without OpenCC, an optional package.

    >>> to_traditional(["头发", "发展", "皇后在后面"])
    ['頭髮', '發展', '皇后在後面']
    """
    return [*map(converter("s2t"), check_strings("texts", texts))]


@functools.cache
def converter(configuration: str) -> Callable[[str], str]:
    """OpenCC's function, whose dictionaries take a fifth of a second to read.

    Args:
        configuration: a name of OpenCC's, as `"t2s"`.
    """
    opencc = needs("OpenCC", "zh", "Converting simplified and traditional characters")
    return opencc.OpenCC(configuration).convert
