"""A corpus whose limit is known: stories from a probabilistic grammar, English and Chinese."""

from mlm_tf.corpora.grammar.story import GrammarLimit, Story, grammar, grammar_stream
from mlm_tf.corpora.grammar.topics import TOPIC_NAMES

__all__ = ["TOPIC_NAMES", "GrammarLimit", "Story", "grammar", "grammar_stream"]
