"""A corpus whose limit is known: stories from a probabilistic grammar, English and Chinese."""

from mlm_tf.corpora.grammar.story import (
    TOPIC_NAMES,
    GrammarLimit,
    Story,
    grammar,
    grammar_stream,
)

__all__ = ["TOPIC_NAMES", "GrammarLimit", "Story", "grammar", "grammar_stream"]
