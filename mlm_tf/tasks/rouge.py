"""ROUGE: how much of a summary that a person wrote stands in another one, at equal length."""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from mlm_tf.checks import check_strings, needs, shown
from mlm_tf.corpora import split_sentences
from mlm_tf.corpora.segmentation import UNSPACED
from mlm_tf.errors import InvalidArgumentError

NAMES = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeLsum": "ROUGE-L"}
NOTE = (
    "ROUGE: F of rouge-score, Porter stems of words in a to z, each character of scripts without "
    "spaces; ROUGE-L of whole summaries. Each summary is cut to as many words as its reference has."
)
PORTER = 3  # letters; longer words have their stem taken, as rouge-score does
CHUNK = re.compile(rf"\s*(?:{UNSPACED.pattern}|(?:(?!{UNSPACED.pattern})\S)+)")


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation; of Chinese its characters.

    Of text in a to z they are those of `rouge-score`, which loses all others.

    >>> words_of("Don't: Café 3.14, 春天来了。")
    ['don', 't', 'café', '3', '14', '春', '天', '来', '了']
    """
    kept = [c if unicodedata.category(c)[0] in "LMN" else " " for c in text.lower()]
    return UNSPACED.sub(r" \g<0> ", "".join(kept)).split()


def cut(text: str, num_words: int) -> str:
    """The beginning of a text, of at most so many words.

    >>> cut("The cat sat, and slept.", 3), cut("春天来了。", 2)
    ('The cat sat,', '春天')
    """
    left, end = num_words, 0
    for chunk in CHUNK.finditer(text):
        left -= len(words_of(chunk[0]))
        if left < 0:
            return text[:end].strip()
        end = chunk.end()
    return text.strip()


def rouge(summaries: Sequence[str], references: Sequence[str]) -> dict[str, float]:
    """ROUGE-1, ROUGE-2 and ROUGE-L of summaries beside those that people wrote, 0 to 100.

    Each summary is cut to as many words as its reference has, so that none gains by being longer;
    precision, recall and F then agree, but for a summary that is shorter. The figures are the means
    of F. A word in a to z counts by its stem (Porter); ROUGE-L is that of the whole summary, whose
    sentences are each laid beside those of the reference.

    Args:
        summaries: what was written.
        references: for each the right one, which holds a word.

    Example:

    >>> figures = rouge(["a cat sat down"], ["the cat sat"])
    >>> {name: round(figure, 1) for name, figure in figures.items()}
    {'ROUGE-1': 66.7, 'ROUGE-2': 50.0, 'ROUGE-L': 66.7}

    Reference: Lin (2004), ROUGE: A Package for Automatic Evaluation of Summaries, sections 2 and 3.
    """
    needs("rouge-score", "tasks", "ROUGE")
    from rouge_score.rouge_scorer import RougeScorer

    summaries = check_strings("summaries", summaries)
    references = check_strings("references", references)
    if len(summaries) != len(references) or not references:
        raise InvalidArgumentError(
            f"summaries has {len(summaries):,} items and references {len(references):,}; give one "
            "reference for each."
        )
    scorer = RougeScorer(list(NAMES), tokenizer=_Split())
    stem = _stems()
    figures = []
    for place, (summary, reference) in enumerate(zip(summaries, references, strict=True)):
        wanted = _sentences(reference, None, stem)
        length = sum(map(len, wanted))
        if not length:
            raise InvalidArgumentError(
                f"references[{place}]={shown(reference)} holds no word to find in a summary; leave "
                "it out."
            )
        lines = ["\n".join(map(" ".join, s)) for s in (wanted, _sentences(summary, length, stem))]
        found = scorer.score(*lines)
        figures.append([found[name].fmeasure for name in NAMES])
    return dict(zip(NAMES.values(), (100 * np.mean(figures, axis=0)).tolist(), strict=True))


class _Split:
    """A tokenizer for `rouge-score`, of what is tokens already."""

    def tokenize(self, text: str) -> list[str]:
        return text.split()


def _stems():
    """A function from a word to what it counts as."""
    from nltk.stem.porter import PorterStemmer

    porter = PorterStemmer()
    return lambda word: porter.stem(word) if len(word) > PORTER and word.isascii() else word


def _sentences(text: str, num_words: int | None, stem) -> list[list[str]]:
    """The words of each sentence, so many of them in all."""
    found = []
    for sentence in split_sentences(text):
        words = [stem(word) for word in words_of(sentence)][:num_words]
        if num_words is not None:
            num_words -= len(words)
        if words:
            found.append(words)
    return found


def rouge_and_exact(summaries: Sequence[str], references: Sequence[str]) -> dict[str, float]:
    """`rouge`, and as "exact" the share of summaries that are their reference, word by word.

    >>> rouge_and_exact(["A cat sat.", "A dog"], ["a cat sat", "a cat"])["exact"]
    0.5
    """
    summaries = check_strings("summaries", summaries)
    references = check_strings("references", references)
    figures = rouge(summaries, references)
    pairs = zip(summaries, references, strict=True)
    return {**figures, "exact": float(np.mean([words_of(a) == words_of(b) for a, b in pairs]))}
