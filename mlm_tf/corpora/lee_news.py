"""Short news stories with people's judgements of how similar they are, from gensim's wheel."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from mlm_tf.corpora.document import Document
from mlm_tf.corpora.downloads import lines
from mlm_tf.corpora.segmentation import split_sentences


class LeeNews(NamedTuple):
    """What `lee_news` returns.

    Attributes:
        background: 300 stories to learn from.
        judged: 50 more stories.
        similarities: (50, 50), float64, symmetric: how similar people found two of the judged
            stories, from 0 to 1.
    """

    background: list[Document]
    judged: list[Document]
    similarities: np.ndarray


def lee_news() -> LeeNews:
    """350 news stories of the Australian Broadcasting Corporation, 50 of them judged by people.

    The background is 300 stories of 200 words on average, 60,000 words, and the judged ones are 50
    of 80. Each pair of those has the mean of several people's judgements. Needs no network.

    Encoding: ASCII, and for the judged stories Latin-1 (one pound sign). There are no titles, so
    the stories are numbered. The file has one triangle of the matrix; here it is whole.

    Citation: Lee, Pincombe & Welsh (2005), An Empirical Evaluation of Models of Text Document
    Similarity. Source: as shipped by gensim (`gensim.test.utils.datapath`).

    Example:

    >>> news = lee_news()
    >>> len(news.background), len(news.judged), news.similarities.shape
    (300, 50, (50, 50))
    >>> news.judged[0].sentences[0]
    "The national executive of the strife-torn Democrats last night appointed little-known West \
Australian senator Brian Greig as interim leader--a shock move likely to provoke further conflict \
between the party's senators and its organisation."
    """
    from gensim.test.utils import datapath

    triangle = np.loadtxt(datapath("similarities0-1.txt"))  # (50, 50), zeros below the diagonal
    return LeeNews(
        _stories("background", Path(datapath("lee_background.cor"))),
        _stories("judged", Path(datapath("lee.cor"))),
        np.maximum(triangle, triangle.T),
    )


def _stories(name: str, path: Path) -> list[Document]:
    return [
        Document(f"{name} {number}", tuple(split_sentences(story)))
        for number, story in enumerate(lines(path.read_bytes(), "latin-1"), start=1)
    ]
