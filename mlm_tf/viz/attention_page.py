"""Attention weights to look at, word by word and head by head: a page."""

from collections.abc import Mapping, Sequence

import numpy as np

from mlm_tf.checks import check_choice
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz.attention import as_weights, attention, checked_heads
from mlm_tf.viz.page import LANGUAGES, Page, check_page_words

TITLE = "Which word reads which?"
MOST_WORDS = 500
MOST_WEIGHTS = 500_000  # of all heads together: about two megabytes
DRAWN_HEADS = 24  # of the figure


def attention_page(
    weights: "np.ndarray | Mapping[str, np.ndarray]",
    words: Sequence[str],
    key_words: Sequence[str] | None = None,
    language: str = "auto",
) -> Page:
    """A page of attention weights: hover, tap or reach a word, and see what it reads.

    The words that are read are shaded by their weights and stand in a table with bars; layer and
    head are picked from lists, or among all heads, which the page shows small. All of it comes
    from a model in one line: `viz.attention_page(model.attention_weights(ids), words)`.

    Args:
        weights: those of one sequence, (T, T), (heads, T, T) or (1, heads, T, T), or several of
            these by the name of their layer, as `model.attention_weights` returns them for one
            text.
        words: T words, at most 500.
        key_words: S words of another text that is read, as a sequence-to-sequence model's source,
            whose target is `words`. Each layer's weights then have the shape (T, T), (T, S) or
            (S, S), with their heads in front. Where that leaves it open, since S = T, a name with
            "encoder" in it is of the source, one with "cross" in it, or none, of both, and another
            of the target.
        language: of the labels: `"en"`, `"zh"`, or `"auto"`, the language of the browser; the page
            has a button that changes it.

    Returns:
        A `Page`: a notebook shows it, `page.save("page.html")` writes it, with weights rounded to
        thousandths. Its figure, which stands in where HTML is not shown, is that of
        `viz.attention`, of both texts if there are two, and of 24 heads at most.

    Raises:
        InvalidArgumentError: there is no word or no layer, or too many words or weights; weights do
            not fit the words; a weight is not between 0 and 1; the weights of a word sum neither
            to 1, within 0.01, nor to 0.

    >>> weights = np.array([[1.0, 0.0, 0.0], [0.3, 0.7, 0.0], [0.2, 0.5, 0.3]])
    >>> attention_page(weights, ["the", "cat", "sat"]).html.startswith("<!doctype html>")
    True

    Reference: Vig (2019), "A Multiscale Visualization of Attention in the Transformer Model".
    """
    check_choice("language", language, LANGUAGES)
    texts = [check_page_words("words", words, MOST_WORDS)]
    if key_words is not None:
        texts.append(check_page_words("key_words", key_words, MOST_WORDS))
    named = dict(weights) if isinstance(weights, Mapping) else {"": weights}
    if not named:
        raise InvalidArgumentError(
            "weights is empty, and a page needs those of at least one layer; use the weights of a "
            "model with attention in it."
        )
    layers = []  # name, text that looks, text that is read, (heads, T_query, T_key)
    for name, values in named.items():
        values = as_weights(values)
        query, key = _sides(name, values.shape[-2:], [len(text) for text in texts])
        heads = checked_heads(name, values, texts[query], texts[key])
        layers.append((str(name), query, key, heads))
    total = sum(heads.size for *_, heads in layers)
    if total > MOST_WEIGHTS:
        raise InvalidArgumentError(
            f"weights holds {total:,} numbers, and a page takes {MOST_WEIGHTS:,} at most; give "
            "fewer layers, or a shorter text."
        )
    data = {
        "language": language,
        "texts": texts,
        "layers": [
            {"name": name, "query": query, "key": key, "heads": [_thousandths(h) for h in heads]}
            for name, query, key, heads in layers
        ],
    }
    return Page("attention", TITLE, data, lambda: _figure(layers, texts))


def _sides(name: str, shape: tuple[int, ...], lengths: list[int]) -> tuple[int, int]:
    """Which text looks and which is read, 0 or 1 each, in the layer of that name and shape."""
    if len(lengths) == 1:
        return 0, 0
    sides = [(0, 0), (0, 1), (1, 1)]
    fitting = [(q, k) for q, k in sides if shape == (lengths[q], lengths[k])]
    if not fitting:
        shapes = " or ".join(str((lengths[q], lengths[k])) for q, k in sides)
        raise InvalidArgumentError(
            f"weights{f'[{name!r}]' if name else ''} ends in the shape {tuple(shape)}, and "
            f"{lengths[0]} words with {lengths[1]} key_words have weights of {shapes}; use the "
            "target's words as words, and the source's as key_words."
        )
    if len(fitting) == 1:
        return fitting[0]
    if "cross" in name or not name:
        return 0, 1
    return (1, 1) if "encoder" in name else (0, 0)


def _thousandths(head: np.ndarray) -> list[list[int]]:
    """The rows of one head, without the zeros at their ends: half of a causal layer's.

    >>> _thousandths(np.array([[1.0, 0.0, 0.0], [0.25, 0.7504, 0.0]]))
    [[1000], [250, 750]]
    """
    rows = np.rint(1000 * head.clip(0, 1)).astype(int)
    return [row[: np.flatnonzero(row)[-1] + 1].tolist() if row.any() else [] for row in rows]


def _figure(layers: list[tuple], texts: list[list[str]]):
    """What `attention` draws of the layers between two texts, or of those like the first."""
    sides = [(query, key) for _, query, key, _ in layers]
    query, key = (0, 1) if (0, 1) in sides else sides[0]
    drawn, room = {}, DRAWN_HEADS
    for name, *of_layer, heads in layers:
        if of_layer == [query, key] and room > 0:
            drawn[name] = heads[:room]
            room -= len(heads)
    drawn = drawn[""] if list(drawn) == [""] else drawn
    return attention(drawn, texts[query], texts[key])
