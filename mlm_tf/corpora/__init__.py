"""Where text comes from: shipped with a dependency, a file of your own, or a checked download."""

from mlm_tf.corpora.datasets import DATASETS, datasets
from mlm_tf.corpora.dialogue import Dialogue, daily_dialog
from mlm_tf.corpora.dialogue_file import read_dialogues
from mlm_tf.corpora.document import Document, sentences, split
from mlm_tf.corpora.downloads import fetch_file, find_file
from mlm_tf.corpora.grammar import GrammarLimit, Story, grammar, grammar_stream
from mlm_tf.corpora.language import Writing, chinese_variant, writing_of
from mlm_tf.corpora.lee_news import LeeNews, lee_news
from mlm_tf.corpora.newsgroups import newsgroups
from mlm_tf.corpora.poetry import Poem, chinese_poetry
from mlm_tf.corpora.segmentation import split_sentences
from mlm_tf.corpora.sentiment import (
    LabelledText,
    chinese_reviews,
    imdb,
    movie_reviews,
    movie_sentences,
)
from mlm_tf.corpora.text_file import from_text_file, read
from mlm_tf.corpora.text_stream import TextStream
from mlm_tf.corpora.tiny_shakespeare import tiny_shakespeare
from mlm_tf.corpora.translation import Pair, english_chinese, english_french
from mlm_tf.corpora.wikipedia import wikipedia
from mlm_tf.corpora.wikitext import wikitext_2
from mlm_tf.corpora.word_similarity import word_similarity

__all__ = [
    "DATASETS",
    "Dialogue",
    "Document",
    "GrammarLimit",
    "LabelledText",
    "LeeNews",
    "Pair",
    "Poem",
    "Story",
    "TextStream",
    "Writing",
    "chinese_poetry",
    "chinese_reviews",
    "chinese_variant",
    "daily_dialog",
    "datasets",
    "english_chinese",
    "english_french",
    "fetch_file",
    "find_file",
    "from_text_file",
    "grammar",
    "grammar_stream",
    "imdb",
    "lee_news",
    "movie_reviews",
    "movie_sentences",
    "newsgroups",
    "read",
    "read_dialogues",
    "sentences",
    "split",
    "split_sentences",
    "tiny_shakespeare",
    "wikipedia",
    "wikitext_2",
    "word_similarity",
    "writing_of",
]
