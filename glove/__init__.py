"""GloVe word vectors: counted, trained, loaded, measured. Usable without `mlm_tf`.

The same on the command line: `python -m glove --help`.

>>> import glove
>>> pairs = glove.cooccurrence([["a", "rose", "is", "a", "rose"]], min_count=1)
>>> vectors = glove.train(pairs, vector_size=2, progress=False)   # a gensim KeyedVectors
>>> vectors.index_to_key
['a', 'rose', 'is']
"""

from glove import _interrupt as _interrupt  # isort: skip  # first: the rest takes a second
from glove import _home as _home  # isort: skip  # before what looks for one
from glove.cooccurrence import Cooccurrence, cooccurrence
from glove.corpus import read_corpus
from glove.counts_file import load_cooccurrence, save_cooccurrence
from glove.errors import (
    GloveDownloadError,
    GloveError,
    GloveFileError,
    GloveNotFoundError,
    GloveValueError,
)
from glove.evaluation import AnalogyScore, Evaluation, PairScore, evaluate
from glove.files import load, save
from glove.neighbours import neighbours
from glove.published import PUBLISHED, download
from glove.training import train

__all__ = [
    "PUBLISHED",
    "AnalogyScore",
    "Cooccurrence",
    "Evaluation",
    "GloveDownloadError",
    "GloveError",
    "GloveFileError",
    "GloveNotFoundError",
    "GloveValueError",
    "PairScore",
    "cooccurrence",
    "download",
    "evaluate",
    "load",
    "load_cooccurrence",
    "neighbours",
    "read_corpus",
    "save",
    "save_cooccurrence",
    "train",
]
