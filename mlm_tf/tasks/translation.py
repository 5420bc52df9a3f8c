"""Translation: an encoder reads a sentence, a decoder writes it in another language."""

import logging
from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

import numpy as np

from mlm_tf import corpora
from mlm_tf.baselines import IBM1
from mlm_tf.checks import (
    check_boolean,
    check_choice,
    check_integer,
    check_strings,
    needs,
    shown,
)
from mlm_tf.corpora.translation import Pair
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing import TextPipeline, to_simplified
from mlm_tf.tasks.alignment import Alignment
from mlm_tf.tasks.application import LEVEL, LEVELS, Setting, register_application
from mlm_tf.tasks.result_table import Column, ResultTable
from mlm_tf.tasks.rows import Rows, split_rows
from mlm_tf.tasks.text_to_text import SETTINGS, TextToText

logger = logging.getLogger("mlm_tf")

VOCABULARY_SIZE = 8000
SUBWORDS = 4000  # of one language, or of two together
QUICK_STORIES, QUICK_TOPICS, QUICK_TOKENS = 24_000, ("music", "cooking"), 12  # see _grammar


@register_application
class Translator(TextToText):
    """Translate sentences, learned from pairs of a sentence and its translation.

        mlm-tf task translation --quick
        mlm-tf task translation my.tsv --source-column en --target-column fr --output my.keras
        mlm-tf task translation --model my.keras "Where is the station?"

    A pair is a row of a table with two columns (source, target, or those that you name; numbers
    from 0 where there is no header). A source may come several times, with several translations:
    they are all references, and stay together where rows are set aside.

    Three models: an LSTM whose decoder begins with the encoder's last state and knows no more of
    the source (Sutskever et al. 2014), one whose decoder also looks back at every word by attention
    (Bahdanau et al. 2015; Luong et al. 2015), and a Transformer (Vaswani et al. 2017). The baseline
    replaces each word by its most probable translation, by IBM model 1 of the same pairs.
    """

    name = "translation"
    summary = "translate sentences, learned from pairs"
    columns: ClassVar = (Column("BLEU", ".1f"), Column("chrF", ".1f"), Column("exact", ".1%"))
    input_name, target_name = "source", "target"
    corpora = ("grammar", "eng-fra", "cmn-eng")
    label_smoothing = 0.1
    # Without smoothing the weights of the best perplexity lose 5 BLEU to the last ones, with it 1.
    keep = "last"
    settings: ClassVar = (
        Setting("model", "attention", "lstm, attention or transformer", option="architecture"),
        LEVEL,
        Setting("shared", False, "one vocabulary of subwords for both languages"),
        Setting("vocabulary_size", VOCABULARY_SIZE, "the most types of a language"),
        *SETTINGS,
    )

    def __init__(self, **settings):
        super().__init__(**settings)
        level, is_shared = self.options["level"], self.options["shared"]
        check_choice("level", level, LEVELS)
        check_boolean("shared", is_shared)
        if is_shared and level not in ("auto", "subword"):
            raise InvalidArgumentError(
                f"shared=True is one vocabulary of subwords, and level={level!r}; leave one of the "
                "two out."
            )
        for name in ("vocabulary_size", "num_beams"):
            check_integer(name, self.options[name])

    # === Learning ===

    @classmethod
    def checked(cls, inputs, targets=None) -> Rows:
        """Sources and targets, or pairs of them, looked at: no side of a pair is empty."""
        if targets is None:
            inputs, targets = _unzipped(inputs)
        return super().checked(inputs, targets)

    def fit(
        self,
        inputs: Sequence[str] | Iterable[Pair],
        targets: Sequence[str] | None = None,
        progress: bool = False,
    ) -> Self:
        """Learn to translate; a twentieth of the different sources is set aside to validate on.

        Args:
            inputs: sources; or pairs, each of a source and its target, and no targets.
            targets: as many translations.
            progress: whether to show a bar.

        Raises:
            InvalidArgumentError: for a side that is empty, with its place.
            EmptyCorpusError: for fewer than two different sources.
        """
        return super().fit(inputs, targets, progress)

    def pipelines(self, rows: Rows) -> tuple[TextPipeline, TextPipeline]:
        level, size = self.options["level"], self.options["vocabulary_size"]
        if self.options["shared"]:
            both = _pipeline([*rows.inputs, *rows.targets], "subword", size)
            return both, both
        level = None if level == "auto" else level
        return _pipeline(rows.inputs, level, size), _pipeline(rows.targets, level, size)

    # === Translating ===

    def predict(self, inputs: Sequence[str]) -> list[str]:
        """The translation of each text."""
        return self.translate(check_strings("sources", inputs))

    def translate(self, texts: str | Sequence[str], num_beams: int | None = None):
        """Translate a text, or each of a list.

        A text longer than any that was learned from is translated sentence by sentence, and where a
        sentence is, piece by piece, and a line of the log says so; nothing is left out.

        Args:
            texts: a string, or a list of them.
            num_beams: how many beams; 1 is greedy, None takes the setting.

        Returns:
            A string, or a list of them.
        """
        model = self.trained()
        is_single = isinstance(texts, str)
        texts = check_strings("texts", [texts] if is_single else texts)
        num_beams = check_integer(
            "num_beams", self.options["num_beams"] if num_beams is None else num_beams
        )
        pieces, owners = [], []
        for place, text in enumerate(texts):
            for ids in self._pieces(text):
                pieces.append(ids)
                owners.append(place)
        written = [[] for _ in texts]
        for place, ids in zip(owners, self.written(pieces, num_beams), strict=True):
            written[place].append(model.output_pipeline.decode(ids))
        between = "" if model.output_pipeline.language == "zh" else " "
        results = [between.join(parts) for parts in written]
        return results[0] if is_single else results

    def _pieces(self, text: str) -> list[np.ndarray]:
        """The ids of a text, each piece between a start and an end token; none of an empty one."""
        pipeline, longest = self.model.pipeline, self.model.max_sequence_length

        def encoded(text):
            return pipeline.encode([text], add_start=True)[0]

        ids = encoded(text)
        if len(ids) <= 2:
            return []
        if len(ids) <= longest:
            return [ids]
        sentences = [encoded(sentence) for sentence in corpora.split_sentences(text)]
        room = longest - 2
        pieces = [
            np.concatenate([ids[:1], inner, ids[-1:]])
            for sentence in sentences
            for first in range(1, len(sentence) - 1, room)
            if len(inner := sentence[first : min(first + room, len(sentence) - 1)])
        ]
        logger.warning(
            "A text of %s tokens is longer than the %s that were learned from, and is translated "
            "in %s pieces.",
            f"{len(ids):,}",
            longest,
            f"{len(pieces):,}",
        )
        return pieces

    # === Looking into it ===

    def attention(self, text: str, translation: str | None = None) -> Alignment:
        """How much of each word of a source the model reads to write each word of its translation.

        Args:
            text: the source, at most as long as those that were learned from.
            translation: the target; None translates.

        Raises:
            InvalidArgumentError: if the model has no attention, or the text is too long.
        """
        return self.alignment(text, translation)

    # === Measuring ===

    def evaluate(self, inputs, targets=None) -> dict[str, float]:
        """BLEU, chrF and the share of exact translations; of a source that comes several times
        every target is a reference."""
        return self._measured(*self.checked(inputs, targets), self.options["num_beams"])

    def _measured(self, sources, targets, num_beams: int) -> dict[str, float]:
        references = references_of(sources, map(Pair, sources, targets))
        return self._figures(references, num_beams)

    def _figures(self, references: dict[str, list[str]], num_beams: int) -> dict[str, float]:
        written = self.translate(list(references), num_beams)
        return scores(written, list(references.values()))

    def baselines(self, training: Rows, held: Rows) -> dict[str, dict[str, float]]:
        """The source itself, and word by word by IBM model 1."""
        return _simple(training, references_of(held.inputs, map(Pair, *held)))

    def line(self, text: str, prediction: str) -> str:
        return f"{' '.join(text.split())}\t{prediction}"

    @classmethod
    def table(
        cls, quick: bool = True, progress: bool = False, corpus: str | None = None
    ) -> ResultTable:
        """Models beside the baselines, greedy and with beams, subwords shared and apart.

        Args:
            quick: on short sentences of the grammar, with small models and one seed.
            progress: whether to show bars.
            corpus: "grammar", "eng-fra" or "cmn-eng"; by default the first if `quick`, else
                the second.
        """
        corpus = ("grammar" if quick else "eng-fra") if corpus is None else corpus
        check_choice("corpus", corpus, cls.corpora)
        pairs, all_pairs = CORPORA[corpus](quick)
        training, held = split_rows(cls.checked(pairs), by_class=False)
        references = references_of(held.inputs, all_pairs)
        table = ResultTable(
            f"translation, {corpus}: {len(training.inputs):,} pairs to learn from, "
            f"{len(references):,} sources held out",
            cls.columns,
            [f"sacrebleu: {signature([t for r in references.values() for t in r])}"],
        )
        for name, figures in _simple(training, references).items():
            table.add(name, figures, kind="baseline")
        for title, settings in (QUICK if quick else FULL).items():
            runs: dict = {}
            for seed in range(1 if quick else 3):
                translator = cls(**settings, seed=seed).fit(*training, progress=progress)
                for num_beams in (1, 4):
                    runs.setdefault(num_beams, []).append(
                        translator._figures(references, num_beams)
                    )
            for num_beams, figures in runs.items():
                name = title if num_beams == 1 else f"{title}, {num_beams} beams"
                table.add_runs(name, figures)
        return table


# === Pairs ===


def references_of(sources: Iterable[str], pairs: Iterable[Pair]) -> dict[str, list[str]]:
    """Each different source with all translations that it has among the pairs.

    >>> pairs = [Pair("Go!", "Va !"), Pair("Run!", "Cours !"), Pair("Go!", "Allez !")]
    >>> references_of(["Go!"], pairs)
    {'Go!': ['Va !', 'Allez !']}
    """
    references: dict[str, list[str]] = {source: [] for source in sources}
    for pair in _pairs(pairs):
        if pair.target not in references.get(pair.source, [pair.target]):
            references[pair.source].append(pair.target)
    return references


def short_pairs(pairs: Iterable[Pair], number: int, most_tokens: int, seed: int = 0) -> list[Pair]:
    """So many pairs of short sentences, drawn at random, in the order in which they stand.

    Args:
        pairs: to choose among.
        number: how many; fewer, if there are no more.
        most_tokens: of each side: words and punctuation, in Chinese characters.
        seed: of the draw.

    Example:

    >>> pairs = [Pair("Go!", "Va !"), Pair("Run!", "Cours !"), Pair("I do not know.", "Bof.")]
    >>> [pair.target for pair in short_pairs(pairs, number=2, most_tokens=4)]
    ['Va !', 'Cours !']
    """
    pairs = _pairs(pairs)
    words = TextPipeline.fit(["a"], level="word", language="any")
    lengths = [
        map(len, words.tokenize([getattr(pair, side) for pair in pairs]))
        for side in ("source", "target")
    ]
    are_short = [max(both) <= most_tokens for both in zip(*lengths, strict=True)]
    short = [pair for pair, is_short in zip(pairs, are_short, strict=True) if is_short]
    order = np.random.default_rng(seed).permutation(len(short))[:number]
    return [short[place] for place in sorted(order)]


def _unzipped(pairs) -> tuple[list, list]:
    """Pairs -> sources and targets."""
    pairs = _pairs(pairs)
    return [pair.source for pair in pairs], [pair.target for pair in pairs]


def _pairs(pairs) -> list[Pair]:
    """Pairs, looked at; two texts in a list or a tuple are one too."""
    pairs = list(pairs)
    for place, pair in enumerate(pairs):
        if isinstance(pair, (list, tuple)) and len(pair) == 2:
            pairs[place] = Pair(*pair)
        elif not isinstance(pair, Pair):
            raise InvalidArgumentError(
                f"pairs[{place}]={shown(pair)} is no pair of a source and a target; pass Pairs, or "
                "sources and targets as two lists."
            )
    return pairs


def _pipeline(texts: Sequence[str], level: str | None, vocabulary_size: int | None) -> TextPipeline:
    """Words in lower case, Chinese characters, or subwords in lower case."""
    language = corpora.writing_of(texts).language
    level = level or ("character" if language == "zh" else "word")
    return TextPipeline.fit(texts, level, vocabulary_size, language, case_folding="lower")


# === The baseline ===


def word_by_word(training: Rows, sources: Sequence[str]) -> list[str]:
    """Sources, each of whose words is replaced by its most probable translation (IBM model 1).

    A word of a language that is written without spaces is a subword, which is learned from the same
    targets: with single characters an English word would become one of the two or three that it
    takes, and the baseline be weaker than it is.
    """
    is_spaced = corpora.writing_of(training.targets).is_spaced
    source = _pipeline(training.inputs, "word", None)
    if is_spaced:
        target = _pipeline(training.targets, "word", None)
    else:  # so many pieces of several characters as there are words
        characters = _pipeline(training.targets, "character", None).vocabulary_size
        words = source.vocabulary_size - len(source.special_tokens)
        target = _pipeline(training.targets, "subword", characters + words)
    model = IBM1().fit(source.tokenize(training.inputs), _pieces_of(target, training.targets))
    between = " " if is_spaced else ""
    return [between.join(model.translate(words)) for words in source.tokenize(sources)]


def _pieces_of(pipeline: TextPipeline, texts: Sequence[str]) -> list[list[str]]:
    """The tokens of texts, characters that are bytes in the vocabulary put together."""
    if pipeline.level == "word":
        return pipeline.tokenize(texts)
    encoded = pipeline.encode(texts, add_start=True)
    return [[piece for piece in pipeline.pieces(ids[1:-1]) if piece] for ids in encoded]


def _simple(training: Rows, references: dict[str, list[str]]) -> dict[str, dict[str, float]]:
    """What the baselines make of the sources that the references are of."""
    asked, wanted = list(references), list(references.values())
    return {
        "the source, as it is": scores(asked, wanted),
        "word by word (IBM model 1)": scores(word_by_word(training, asked), wanted),
    }


# === Measuring ===


def scores(written: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    """How near translations come to references, by `sacrebleu`, without regard to case.

    Args:
        written: a translation of each source.
        references: for each source at least one.

    Returns:
        `"BLEU"` and `"chrF"` of all together, 0 to 100, and `"exact"`, the share that are a
        reference, token by token. What tokens are is told by `signature`; the same for every model.

    Example:

    >>> figures = scores(["va !", "je ne sais pas."], [["Va !", "Allez !"], ["Je ne sais pas."]])
    >>> {name: round(value, 2) for name, value in figures.items()}
    {'BLEU': 100.0, 'chrF': 100.0, 'exact': 1.0}

    Reference: Papineni et al. 2002 (BLEU); Popović 2015 (chrF); Post 2018 (sacrebleu).
    """
    written = check_strings("written", written)
    references = [check_strings(f"references[{i}]", texts) for i, texts in enumerate(references)]
    for place, texts in enumerate(references):
        if not texts:
            raise InvalidArgumentError(f"references[{place}] is empty; give at least one.")
    if len(written) != len(references) or not written:
        raise InvalidArgumentError(
            f"written holds {len(written):,} translations and references {len(references):,}; give "
            "for each translation a list of its references."
        )
    bleu, chrf, tokenize = _metrics([text for texts in references for text in texts])
    most = max(map(len, references))
    streams = [[texts[k] if k < len(texts) else None for texts in references] for k in range(most)]
    exact = [
        tokenize(text.lower()) in [tokenize(reference.lower()) for reference in texts]
        for text, texts in zip(written, references, strict=True)
    ]
    return {
        "BLEU": min(100.0, bleu.corpus_score(written, streams).score),  # it rounds
        "chrF": chrf.corpus_score(written, streams).score,
        "exact": float(np.mean(exact)),
    }


def signature(references: Sequence[str]) -> str:
    """What sacrebleu did to compare with these references, so that others can do the same.

    >>> signature(["Je ne sais pas."]).split("; ")[0].rpartition("|")[0]
    'BLEU nrefs:var|case:lc|eff:no|tok:13a|smooth:exp'
    """
    bleu, chrf, _ = _metrics(check_strings("references", references))
    marks = []
    for name, metric in (("BLEU", bleu), ("chrF", chrf)):
        metric.num_refs = -1  # so many as there are
        marks.append(f"{name} {metric.get_signature().format()}")
    return "; ".join(marks)


def _metrics(references: Sequence[str]):
    """BLEU, chrF and the tokenizer for texts like these: characters in Chinese, else words."""
    needs("sacrebleu", "tasks", "Measuring translations")
    from sacrebleu.metrics import BLEU, CHRF
    from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
    from sacrebleu.tokenizers.tokenizer_zh import TokenizerZh

    is_chinese = corpora.writing_of(references).language == "zh"
    name, tokenizer = ("zh", TokenizerZh()) if is_chinese else ("13a", Tokenizer13a())
    # With force sacrebleu does not take texts that end in " ." for ones that were cut already.
    return BLEU(tokenize=name, lowercase=True, force=True), CHRF(lowercase=True), tokenizer


# === What the table is made of ===


def _grammar(quick: bool) -> tuple[list[Pair], list[Pair]]:
    stories = corpora.grammar(QUICK_STORIES if quick else 3000)
    if quick:
        stories = [story for story in stories if story.topic in QUICK_TOPICS]
    pairs = [pair for story in stories for pair in story.pairs]
    return (short_pairs(pairs, len(pairs), QUICK_TOKENS) if quick else pairs), pairs


def _english_french(quick: bool) -> tuple[list[Pair], list[Pair]]:
    pairs = corpora.english_french()
    return short_pairs(pairs, 3000 if quick else 20_000, 10), pairs


def _english_chinese(quick: bool) -> tuple[list[Pair], list[Pair]]:
    """In simplified characters, which are mixed with traditional ones in the file."""
    pairs = simplified(corpora.english_chinese())
    return short_pairs(pairs, 3000 if quick else 20_000, 20), pairs


def simplified(pairs: Iterable[Pair]) -> list[Pair]:
    """Pairs whose targets are in simplified Chinese characters, by OpenCC.

    Raises:
        MissingDependencyError: without OpenCC.

    >>> simplified([Pair("They always skip school.", "他們總是逃學。")])[0].target
    '他们总是逃学。'
    """
    pairs = _pairs(pairs)
    targets = to_simplified(pair.target for pair in pairs)
    return [Pair(pair.source, target) for pair, target in zip(pairs, targets, strict=True)]


CORPORA = {"grammar": _grammar, "eng-fra": _english_french, "cmn-eng": _english_chinese}
SMALL = {"hidden_dim": 128, "dropout": 0.2, "epochs": 12}
QUICK = {
    "LSTM": {**SMALL, "model": "lstm"},
    "LSTM with attention": {**SMALL, "model": "attention"},
    "Transformer": {**SMALL, "model": "transformer"},
}
# Dropout by validation on a GPU; the Transformer and subwords were not at their best there yet.
FULL = {
    "LSTM": {"model": "lstm", "epochs": 27},
    "LSTM with attention": {"model": "attention", "epochs": 18},
    "Transformer": {"model": "transformer", "num_layers": 3, "dropout": 0.2, "epochs": 24},
    "LSTM with attention, subwords apart": {
        "model": "attention",
        "level": "subword",
        "vocabulary_size": SUBWORDS,
        "epochs": 18,
    },
    "LSTM with attention, subwords shared": {
        "model": "attention",
        "shared": True,
        "vocabulary_size": SUBWORDS,
        "epochs": 18,
    },
}
