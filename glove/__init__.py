"""GloVe word vectors: counting, training, files. Usable without `mlm_tf`.

>>> import glove
>>> pairs = glove.cooccurrence([["a", "rose", "is", "a", "rose"]], min_count=1)
>>> vectors = glove.train(pairs, vector_size=2, progress=False)   # a gensim KeyedVectors
>>> vectors.index_to_key
['a', 'rose', 'is']
"""

from glove.cooccurrence import Cooccurrence, cooccurrence
from glove.counts_file import load_cooccurrence, save_cooccurrence
from glove.errors import (
    GloveDownloadError,
    GloveError,
    GloveFileError,
    GloveNotFoundError,
    GloveValueError,
)
from glove.files import load, save
from glove.training import train

__all__ = [
    "Cooccurrence",
    "GloveDownloadError",
    "GloveError",
    "GloveFileError",
    "GloveNotFoundError",
    "GloveValueError",
    "cooccurrence",
    "load",
    "load_cooccurrence",
    "save",
    "save_cooccurrence",
    "train",
]
