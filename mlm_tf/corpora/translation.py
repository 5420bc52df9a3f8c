"""Pairs of sentences that mean the same, from Tatoeba."""

from collections.abc import Iterable
from dataclasses import dataclass

from mlm_tf.corpora.downloads import lines, read_lines, read_members

# No-break, narrow no-break and thin spaces become spaces; what has no width at all goes.
SPACES = str.maketrans(dict.fromkeys("\u00a0\u202f\u2009", " ") | dict.fromkeys("\u200b\u00ad"))


@dataclass(frozen=True)
class Pair:
    """A sentence and its translation.

    Attributes:
        source: the English sentence.
        target: the same in the other language.
    """

    source: str
    target: str


def english_french() -> list[Pair]:
    """142,787 English sentences with a French translation, the shortest first.

    Encoding: UTF-8. French puts a space before "!", "?", ":" and ";", and the writers used four
    different ones: U+202F (on 5,447 lines), U+00A0, U+2009 and the plain one. Here they are all
    plain spaces, which is what NFKC normalisation makes of them too, so that "Cours !" is one text
    and not four. U+200B and U+00AD, which no one sees, are left out.

    There is no official split. Sentences stand in order of length, and one with several
    translations comes once with each: there are 98,659 different English ones. Split by `source`,
    or a model is tested on sentences that it has seen.

    Licence: CC BY 2.0. Attribution: tatoeba.org and manythings.org/anki, as of 2017-09-29. 3.0 MB;
    downloaded at the first call.

    Raises:
        DownloadError: see `fetch_file`.

    Example, on one line of the file:

    >>> pairs(["Run!\\tCours\\u202f!"])
    [Pair(source='Run!', target='Cours !')]
    """
    ((_, data),) = read_members("eng-fra/fra-eng.zip", r"fra\.txt")
    return pairs(lines(data))


def english_chinese() -> list[Pair]:
    """20,133 English sentences with a Chinese translation, the shortest first.

    Encoding: UTF-8. Simplified and traditional characters are mixed, and so are the writers'
    full-width and ASCII punctuation ("！" and "!"); neither is changed. U+200B, which no one sees,
    is left out (10 of them).

    There is no official split, and a sentence may come with several translations: there are 19,604
    different English ones. Split by `source`.

    Licence: CC BY 2.0. Attribution: tatoeba.org and manythings.org/anki. 1.3 MB; downloaded at the
    first call.

    Raises:
        DownloadError: see `fetch_file`.

    Example, on one line of the file:

    >>> pairs(["Wait!\\t等等！"])
    [Pair(source='Wait!', target='等等！')]
    """
    return pairs(read_lines("cmn-eng/cmn.txt"))


def pairs(lines: Iterable[str]) -> list[Pair]:
    """From lines of two sentences with a tab between them."""
    return [Pair(*line.translate(SPACES).split("\t")) for line in lines]
