"""Where text comes from: shipped with a dependency, or a file of your own."""

from mlm_tf.corpora.document import Document, sentences, split
from mlm_tf.corpora.segmentation import split_sentences
from mlm_tf.corpora.text_file import from_text_file
from mlm_tf.corpora.wikipedia import wikipedia

__all__ = ["Document", "from_text_file", "sentences", "split", "split_sentences", "wikipedia"]
