"""Summaries: of a text's own sentences, or written by a model that learned from summaries."""

import logging
from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np

from mlm_tf.checks import check_choice, check_integer, check_strings
from mlm_tf.corpora import writing_of
from mlm_tf.corpora.segmentation import UNSPACED
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing import TextPipeline
from mlm_tf.tasks.alignment import Alignment
from mlm_tf.tasks.application import LEVEL, LEVELS, Setting, register_application
from mlm_tf.tasks.extraction import METHODS, Sentence, extract, joined, sentences_of
from mlm_tf.tasks.result_table import Column, ResultTable
from mlm_tf.tasks.rouge import rouge_and_exact
from mlm_tf.tasks.rows import Rows, check_rows
from mlm_tf.tasks.summaries_table import (
    NEAREST,
    extractive_scores,
    grammar_table,
    nearest_scores,
    simple_scores,
    wikipedia_table,
)
from mlm_tf.tasks.text_to_text import KINDS, SETTINGS, Kind, TextToText

logger = logging.getLogger("mlm_tf")

VOCABULARY_SIZE = 8000


@register_application
class Summarizer(TextToText):
    """Summaries: of a text's own sentences, or written by a model.

        mlm-tf task summaries report.txt                      its best sentences: nothing to learn
        mlm-tf task summaries --quick                         the table, without a download
        mlm-tf task summaries my.csv --output my.keras        learn from texts and summaries
        mlm-tf task summaries --model my.keras report.txt     what the model writes

    Extractive, as long as nothing was learned: sentences of the text itself, in its order.
    "centroid" takes those whose TF-IDF vector is nearest to that of the whole text (Radev et al.
    2004), "graph" those that many like them recommend (LexRank, TextRank), "lead" the first.

    Abstractive, after `fit`: an encoder-decoder reads the text and writes in words of its own, an
    LSTM with attention or without ("attention", "lstm"), or a Transformer ("transformer");
    "pointer" may also copy words of the text (See, Liu & Manning 2017). A row is a text and its
    summary; many are needed. A text of more than 400 tokens is read as far as that, and a line of
    the log says so.
    """

    name = "summaries"
    summary = "summaries: the best sentences of a text, or written by a model"
    columns: ClassVar = (
        Column("ROUGE-1", ".1f"),
        Column("ROUGE-2", ".1f"),
        Column("ROUGE-L", ".1f"),
        Column("exact"),
    )
    target_name = "summary"
    reads_whole_files = True
    answers_untrained = True
    corpora = ("grammar", "grammar-zh", "wikipedia")
    most_tokens = (400, 100)
    kinds: ClassVar = {
        **KINDS,
        "pointer": Kind(("lstm",), ("cross_attention",), True, "adamw", 3e-3, "pointer_generator"),
    }
    settings: ClassVar = (
        Setting("method", "centroid", "of taking sentences: centroid, graph, lead or random"),
        Setting("num_sentences", 3, "how many sentences are taken"),
        Setting("max_words", 0, "as many sentences as have so many words, in Chinese characters"),
        Setting("vectors", "", "of words for centroid: a GloVe file or its name; else TF-IDF"),
        Setting(
            "model",
            "attention",
            "what learns: attention, pointer, transformer, lstm",
            option="architecture",
        ),
        LEVEL,
        Setting("vocabulary_size", VOCABULARY_SIZE, "the most types"),
        *SETTINGS,
    )

    def __init__(self, **settings):
        super().__init__(**settings)
        options = self.options
        check_choice("method", options["method"], METHODS)
        check_choice("level", options["level"], LEVELS)
        check_integer("max_words", options["max_words"], least=0)
        for name in ("num_sentences", "vocabulary_size", "num_beams"):
            check_integer(name, options[name])

    # === Learning ===

    @classmethod
    def checked(cls, inputs, targets=None) -> Rows:
        """Texts and summaries, looked at: none is empty."""
        if targets is None:
            raise InvalidArgumentError(
                "summaries=None leaves nothing to learn from; give one for each text, or call "
                "summarize without fit, which takes sentences of the text."
            )
        rows = check_rows(inputs, targets, ("texts", "summaries"))
        return Rows(rows.inputs, check_strings("summaries", rows.targets))

    def fit(self, inputs, targets=None, progress: bool = False) -> Self:
        """Learn to write summaries; of the different texts a twentieth chooses the best weights.

        Args:
            inputs: texts.
            targets: the summary of each.
            progress: whether to show a bar.

        Raises:
            InvalidArgumentError: without summaries, or for a side that is empty, with its place.
            EmptyCorpusError: for fewer than two different texts.
        """
        rows = self.checked(inputs, targets)
        return super().fit(*(list(map(_begun, column)) for column in rows), progress)

    def pipelines(self, rows: Rows) -> tuple[TextPipeline, TextPipeline]:
        """One for both sides: a summary is in the language of its text."""
        texts = [*rows.inputs, *rows.targets]
        language, level = writing_of(texts).language, self.options["level"]
        if level == "auto":
            level = "character" if language == "zh" else "subword"
        both = TextPipeline.fit(texts, level, self.options["vocabulary_size"], language)
        return both, both

    def model_arguments(self) -> dict:
        return {} if self.options["model"] == "lstm" else {"num_heads": 4}

    # === Summing up ===

    def predict(self, inputs: Sequence[str]) -> list[str]:
        """The summary of each text."""
        return self.summarize(check_strings("texts", inputs))

    def line(self, text: str, prediction: str) -> str:
        return prediction or "(an empty summary)"

    def summarize(self, texts: str | Sequence[str], num_beams: int | None = None):
        """Sum up a text, or each of a list: by the model if there is one, else by its sentences.

        A text of no sentence has an empty summary.

        Args:
            texts: a string, or a list of them.
            num_beams: of the model; 1 is greedy, None takes the setting.

        Returns:
            A string, or a list of them.
        """
        is_single = isinstance(texts, str)
        texts = check_strings("texts", [texts] if is_single else texts)
        if self.model is None:
            found = [joined([s.text for s in chosen]) for chosen in self.extract(texts)]
        else:
            found = self._written(texts, num_beams)
        return found[0] if is_single else found

    def extract(self, texts: str | Sequence[str]) -> list[Sentence] | list[list[Sentence]]:
        """The sentences of a text that the settings choose, as `extraction.extract`."""
        names = ("method", "num_sentences", "max_words", "seed")
        settings = {name: self.options[name] for name in names}
        return extract(texts, vectors=self.options["vectors"] or None, **settings)

    def _written(self, texts: Sequence[str], num_beams: int | None = None) -> list[str]:
        """What the model writes of each text that is not empty."""
        model = self.trained()
        num_beams = self.options["num_beams"] if num_beams is None else num_beams
        longest, summaries = model.max_sequence_length, [""] * len(texts)
        rows = model.pipeline.encode(list(map(_begun, texts)), add_start=True)
        places = [place for place, text in enumerate(texts) if text.strip()]
        long = [len(row) for row in rows if len(row) > longest]
        if long:
            logger.warning(
                "%s of %s texts have more than the %s tokens that the model reads, the longest %s: "
                "what is beyond is not in their summaries.",
                f"{len(long):,}",
                f"{len(texts):,}",
                longest,
                f"{max(long):,}",
            )
        kept = [np.append(rows[p][: longest - 1], rows[p][-1:]) for p in places]
        written = self.written(kept, check_integer("num_beams", num_beams))
        for place, ids in zip(places, written, strict=True):
            summaries[place] = model.output_pipeline.decode(ids).strip()
        return summaries

    def attention(self, text: str, summary: str | None = None) -> Alignment:
        """How much of each word of a text the model reads to write each word of its summary.

        Args:
            text: no longer than the model reads.
            summary: what is written; None asks the model.

        Raises:
            InvalidArgumentError: if the model has no attention, or the text is too long.
        """
        return self.alignment(_begun(text), None if summary is None else _begun(summary))

    # === Measuring ===

    def evaluate(self, inputs, targets=None) -> dict[str, float]:
        """ROUGE at equal length, and the share of summaries that are right word by word.

        Each summary is cut to as many words as its reference has; where sentences are taken, as
        many are as reach that.
        """
        rows = self.checked(inputs, targets)
        if self.model is None:
            documents = [sentences_of(text) for text in rows.inputs]
            vectors, seed = self.options["vectors"] or None, self.options["seed"]
            method = self.options["method"]
            return extractive_scores(documents, rows.targets, method, vectors, seed)
        return rouge_and_exact(self._written(rows.inputs), rows.targets)

    def baselines(self, training: Rows, held: Rows) -> dict[str, dict[str, float]]:
        """The first three sentences, three drawn, and the summary of the text most like it."""
        documents = [sentences_of(text) for text in held.inputs]
        return {**simple_scores(documents, held.targets), NEAREST: nearest_scores(training, held)}

    @classmethod
    def table(
        cls, quick: bool = True, progress: bool = False, corpus: str | None = None
    ) -> ResultTable:
        """Sentences and models beside the baselines.

        Args:
            quick: with small models, one seed, and fewer stories.
            progress: whether to show bars.
            corpus: "grammar", "grammar-zh" or "wikipedia"; the default is the first.
        """
        corpus = cls.corpora[0] if corpus is None else corpus
        check_choice("corpus", corpus, cls.corpora)
        if corpus == "wikipedia":
            return wikipedia_table(cls, quick)
        return grammar_table(cls, quick, progress, "zh" if corpus == "grammar-zh" else "en")


def _begun(text: str) -> str:
    """With a space before the first word, unless its script writes none.

    A subword is a token together with the space before it: so a name at the beginning of a summary
    is the token that stands inside its text, which may be copied.
    """
    text = text.strip()
    return text if UNSPACED.match(text) else f" {text}"
