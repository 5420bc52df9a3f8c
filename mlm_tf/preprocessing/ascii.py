"""A short cut through the graph for plain ASCII, which needs no Unicode rules."""

from collections.abc import Callable

from mlm_tf._startup import tf

# ASCII without `_`, which RE2 takes for a letter, and of its control characters only white space
# (and no \v, with which `words` marks the edges of words).
PLAIN = r"[\t\n\f\r -^`-~]*"


def by_ascii(texts, plain: Callable, other: Callable, pattern: str = PLAIN):
    """Strings `(n,)` -> strings `(n,)`: `plain` of those in plain ASCII, `other` of the rest.

    What is plain is what `pattern` matches from end to end, which allows a line break wherever it
    allows a space.

    Most sentences of an English text are plain ASCII, where simple rules say the same as Unicode's
    and take a third of the time. A longer text that is not goes line by line, so neither function
    may look past a line break.
    """

    def line_by_line(texts):
        lines = tf.strings.split(texts, "\n")  # (n, None)
        # A line break before each line, and none as the separator: an empty string that comes
        # first would lose it.
        done = tf.strings.join(["\n", apart(lines.flat_values, pattern, plain, other)])
        joined = tf.strings.reduce_join(lines.with_flat_values(done), axis=1)
        first = tf.ones_like(tf.strings.length(joined))
        return tf.strings.substr(joined, first, tf.strings.length(joined) - 1)

    return apart(texts, pattern, plain, line_by_line)


def apart(texts, pattern: str, simple: Callable, other: Callable):
    """Strings `(n,)` -> strings `(n,)`: `simple` of those that a pattern matches from end to end.

    A match costs a third of a replacement, so rules for what is rare stand behind one.
    """
    is_simple = tf.strings.regex_full_match(texts, pattern)
    rows = tf.range(tf.size(texts))
    parts = [(simple, is_simple), (other, ~is_simple)]
    return tf.dynamic_stitch(
        [tf.boolean_mask(rows, chosen) for _, chosen in parts],
        [function(tf.boolean_mask(texts, chosen)) for function, chosen in parts],
    )
