"""What documents are about: topics, keywords, and which of them are alike."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from glove.writing import written_beside
from mlm_tf.checks import check_choice, check_integer, check_new_file, check_strings, shown
from mlm_tf.corpora import split_sentences
from mlm_tf.embeddings import EmbeddingMatrix, from_vectors
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError, InvalidFileError, MissingFileError
from mlm_tf.preprocessing import TextPipeline
from mlm_tf.tasks import keywords, topic_models
from mlm_tf.tasks.application import Application, Setting, register_application
from mlm_tf.tasks.likeness import known_rows, loaded, own_vectors, weighted_means, without_mean
from mlm_tf.tasks.result_table import Column, ResultTable
from mlm_tf.tasks.retrieval import found_first
from mlm_tf.tasks.terms import Terms, cosines
from mlm_tf.tasks.topic_models import TopicModel

FORMAT, VERSION = "mlm_tf.Topics", 1
SUFFIX = ".safetensors"
LIKENESS = ("both", "tfidf", "vectors", "topics", "counts")
TITLE_WORDS = 8  # of a document without a title


class Topic(NamedTuple):
    """A topic, as a reader sees it.

    Attributes:
        words: the heaviest first.
        weights: of these words, floats.
        share: of the documents' weights on all topics how much is on this one.
    """

    words: tuple[str, ...]
    weights: tuple[float, ...]
    share: float


class Neighbour(NamedTuple):
    """A document that is like a text.

    Attributes:
        title: of the document.
        place: its place among the documents.
        similarity: from -1 to 1.
    """

    title: str
    place: int
    similarity: float


@register_application
class Topics(Application):
    """What documents are about: topics, keywords, and which documents are alike.

    It learns from documents without labels. A document is a text file, a line, or a row of a table
    with the column text; its keywords are what comes out for it:

        mlm-tf task topics --quick                                    the table, without a download
        mlm-tf task topics stories.csv --output stories.safetensors   learn from documents
        mlm-tf task topics --model stories.safetensors new.txt        keywords of others

    Chinese needs jieba (pip install 'mlm_tf[zh]'). Words are counted, not characters or pairs of
    them, since half of such pairs are no words that anybody would call a keyword.

    Two documents are compared in five ways:

    - "counts": the cosine of their word counts, without stopwords.
    - "tfidf": the cosine of their TF-IDF.
    - "vectors": the cosine of their vectors by formula 4.1, the means of their words' vectors
      weighed by TF-IDF, with the mean of all documents taken off.
    - "topics": the cosine of their weights on topics.
    - "both", the default: the mean of "tfidf", which sees the same names, and "vectors", which sees
      other words for the same thing.

    A text without a known word has no keywords and is like nothing: 0.
    """

    name = "topics"
    summary = "topics and keywords of documents, and which documents are alike"
    columns = (Column("found first"), Column("MRR", ".3f"))
    target_name = None
    reads_whole_files = True
    settings = (
        Setting("method", "nmf", "how topics are learned: nmf, lda or lsi"),
        Setting("num_topics", 10, "how many topics"),
        Setting("vectors", "own", "of words: own, the name of published GloVe vectors, or a file"),
        Setting("seed", 0, "of what is random"),
    )

    def __init__(self, **settings):
        super().__init__(**settings)
        check_choice("method", self.options["method"], topic_models.METHODS)
        check_integer("num_topics", self.options["num_topics"])
        check_integer("seed", self.options["seed"], least=0)

    # === Learning ===

    def fit(
        self,
        inputs: Sequence[str],
        targets: Sequence[str] | None = None,
        progress: bool = False,
        vectors=None,
        language: str | None = None,
    ) -> Self:
        """Learn from documents.

        Args:
            inputs: strings, a document each. Empty ones keep their places and are like nothing.
            targets: their titles; without them, their first words.
            progress: whether to show a bar; there is none.
            vectors: word vectors in place of those that the setting names: a gensim `KeyedVectors`
                or an `EmbeddingMatrix`.
            language: `"en"`, `"zh"` or `"any"`; `None` looks.

        Raises:
            InvalidArgumentError: for texts that are no strings, or titles of another number.
            EmptyCorpusError: if no document holds a word.
        """
        texts = check_strings("texts", inputs)
        titles = list(map(_beginning, texts))
        if targets is not None:
            titles = check_strings("titles", targets)
        if len(titles) != len(texts):
            raise InvalidArgumentError(
                f"titles has {len(titles)} items and texts {len(texts)}; give each its own."
            )
        seed = self.options["seed"]
        terms = Terms.fit(texts, language)
        counts = terms.counts(texts)
        topics = TopicModel.fit(
            terms, counts, self.options["num_topics"], self.options["method"], seed
        )
        matrix = self._matrix(texts, terms, vectors)
        self._set(terms, counts, topics, matrix.values, known_rows(matrix), titles)
        return self

    def _matrix(self, texts, terms, vectors) -> EmbeddingMatrix:
        pipeline = terms.pipeline
        vectors = self.options["vectors"] if vectors is None else vectors
        if isinstance(vectors, str) and vectors != "own":
            vectors = loaded(vectors)
        if isinstance(vectors, str):
            return own_vectors(texts, terms, self.options["seed"])
        if not isinstance(vectors, EmbeddingMatrix):
            return from_vectors(vectors, pipeline.vocabulary, oov="zero")
        if list(vectors.vocabulary) != list(pipeline.vocabulary):
            raise InvalidArgumentError(
                f"vectors is of {len(vectors.vocabulary)} tokens, and these texts have "
                f"{pipeline.vocabulary_size}; give a KeyedVectors, or a matrix of the same words."
            )
        return vectors

    def _set(self, terms, counts, topics, word_vectors, is_known, titles) -> None:
        self.terms, self.counts, self.topic_model = terms, counts, topics
        self.word_vectors, self.is_known, self.titles = word_vectors, is_known, titles
        self.model = topics
        plain = weighted_means(terms.weights(counts), word_vectors, is_known)
        filled = plain.any(axis=1)
        self._mean = plain[filled].mean(axis=0) if filled.any() else np.zeros(plain.shape[1])
        self._of_documents = {}  # likeness: the representation of the fitted documents

    # === Asking ===

    def predict(self, inputs) -> list[list[str]]:
        """The five best keywords of each text."""
        return [self.keywords(text, 5) for text in check_strings("texts", inputs)]

    def line(self, text: str, prediction) -> str:
        return f"{', '.join(prediction) or '(no word)'}\t{_beginning(text)}"

    def keywords(self, text: str, num: int = 10, by: str = "tfidf") -> list[str]:
        """The words that say best what a text is about, the best first.

        Args:
            text: any text; a word that no fitted document holds counts as one of the rarest.
            num: how many at most.
            by: `"tfidf"`, `"textrank"`, or `"frequency"`, which is how often they occur.
        """
        self.trained()
        [text] = check_strings("text", [text])
        check_integer("num", num)
        check_choice("by", by, keywords.METHODS)
        return [word for word, _ in keywords.keyword_scores(text, self.terms, by)[:num]]

    def topics(self, num_words: int = 10) -> list[Topic]:
        """The topics, those of the most documents first, each with its heaviest words."""
        self.trained()
        check_integer("num_words", num_words)
        weights = np.abs(self.topic_model.of_documents(self.terms, self.counts)).sum(axis=0)
        shares = weights / max(weights.sum(), 1e-30)
        found = []
        for row, share in zip(self.topic_model.word_weights(), shares, strict=True):
            ids = [i for i in np.argsort(-row, kind="stable")[:num_words] if row[i] > 0]
            words = tuple(self.terms.words[i] for i in ids)
            found.append(Topic(words, tuple(float(row[i]) for i in ids), float(share)))
        return sorted(found, key=lambda topic: -topic.share)

    def document_vectors(self, texts: Sequence[str]) -> np.ndarray:
        """A vector of each text by formula 4.1, the mean of the fitted documents taken off."""
        self.trained()
        weights = self.terms.weights(self.terms.counts(check_strings("texts", texts)))
        plain = weighted_means(weights, self.word_vectors, self.is_known)
        return without_mean(plain, self._mean)

    def similarities(
        self, texts: Sequence[str], others: Sequence[str] | None = None, by: str = "both"
    ) -> np.ndarray:
        """How alike each text is to each of the others, or of the fitted documents: `(N, M)`.

        Args:
            texts: N texts.
            others: M texts; `None` for the fitted documents.
            by: see the class.
        """
        self.trained()
        check_choice("by", by, LIKENESS)
        if by == "both":
            parts = [self.similarities(texts, others, part) for part in ("tfidf", "vectors")]
            return sum(parts) / 2
        mine = self._represented(check_strings("texts", texts), by)
        if others is not None:
            return cosines(mine, self._represented(check_strings("others", others), by))
        if by not in self._of_documents:
            self._of_documents[by] = self._of_counts(self.counts, by)
        return cosines(mine, self._of_documents[by])

    def similarity(self, text: str, other: str, by: str = "both") -> float:
        """How alike two texts are, from -1 to 1; see the class for `by`."""
        return float(self.similarities([text], [other], by)[0, 0])

    def nearest(self, text: str, num: int = 5, by: str = "both") -> list[Neighbour]:
        """The fitted documents most like a text, the most alike first."""
        check_integer("num", num)
        [row] = self.similarities([text], by=by)
        order = np.argsort(-row, kind="stable")[:num].tolist()
        return [Neighbour(self.titles[i], i, float(row[i])) for i in order]

    def _represented(self, texts: list[str], by: str):
        return self._of_counts(self.terms.counts(texts), by)

    def _of_counts(self, counts, by: str):
        if by == "counts":
            return counts
        if by == "tfidf":
            return self.terms.tfidf(counts)
        if by == "topics":
            return self.topic_model.of_documents(self.terms, counts)
        plain = weighted_means(self.terms.weights(counts), self.word_vectors, self.is_known)
        return without_mean(plain, self._mean)

    # === Measuring ===

    def evaluate(
        self, inputs: Sequence[str], targets: Sequence[str] | None = None, by: str = "both"
    ) -> dict[str, float]:
        """How often a sentence finds the document that it was taken out of.

        Of each text with two sentences and more one is drawn, and compared with all texts, which
        lack theirs.

        Returns:
            `"found first"`, the share that comes out on top, and `"MRR"`, the mean of one over the
            place.
        """
        self.trained()
        rest, queries, gold = hold_out(check_strings("texts", inputs), 1, self.options["seed"])
        if not queries:
            raise EmptyCorpusError(
                f"None of the {len(rest)} texts has two sentences, and one is to be taken out; "
                "give longer documents."
            )
        return found_first(self.similarities(queries, rest, by), gold)

    def baselines(self, training, held) -> dict[str, dict[str, float]]:
        plain = type(self)(**{**self.options, "num_topics": 1, "method": "lsi"})
        plain.fit(training.inputs)
        return {
            name: plain.evaluate(held.inputs, by=by)
            for name, by in (("raw frequency", "counts"), ("TF-IDF", "tfidf"))
        }

    @classmethod
    def table(cls, quick: bool = True, progress: bool = False) -> ResultTable:
        from mlm_tf.tasks.topics_table import topics_table

        return topics_table(quick, progress)

    # === Saving ===

    @classmethod
    def check_output(cls, path: str | os.PathLike, overwrite: bool = False) -> Path:
        if Path(path).suffix != SUFFIX:
            raise InvalidArgumentError(
                f"path={shown(str(path))} is no file of topics; use a name that ends in {SUFFIX}."
            )
        return check_new_file(path, overwrite)

    def save(self, path: str | os.PathLike, overwrite: bool = False) -> None:
        """Write one file of numbers and JSON, which cannot execute anything.

        Raises:
            InvalidArgumentError: before `fit`; for a name that does not end in .safetensors; for a
                file that exists, unless `overwrite`.
        """
        from safetensors.numpy import save_file

        self.trained()
        path = self.check_output(path, overwrite)
        settings = {**self.options, "vectors": str(self.options["vectors"])}
        content = {
            "format": FORMAT,
            "version": VERSION,
            "settings": settings,
            "titles": self.titles,
            "pipeline": json.loads(self.terms.pipeline.to_json()),
        }
        arrays = {
            "idf": self.terms.idf,
            "counts": self.counts.data,
            "columns": self.counts.indices.astype("int64"),
            "ends": self.counts.indptr.astype("int64"),
            "topics": self.topic_model.matrix,
            "word_vectors": self.word_vectors.astype("float32"),
            "is_known": self.is_known.astype("uint8"),
        }
        if self.topic_model.prior is not None:
            arrays["prior"] = self.topic_model.prior
        arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        with written_beside(path) as beside:
            save_file(arrays, beside, {"content": json.dumps(content, ensure_ascii=False)})

    @classmethod
    def load(cls, path: str | os.PathLike, **settings) -> Self:
        """From a file of `save`, which holds the settings too.

        Raises:
            InvalidArgumentError: for a setting: there is none of use.
            MissingFileError: if there is none.
            InvalidFileError: if it holds anything else.
        """
        from safetensors import SafetensorError, safe_open
        from scipy.sparse import csr_array

        cls.check_use(settings)
        if not Path(path).is_file():
            raise MissingFileError(f"path={str(path)!r} is not a file; use one that save wrote.")
        try:
            with safe_open(path, "numpy") as file:
                content = json.loads((file.metadata() or {}).get("content", "{}"))
                if (content.get("format"), content.get("version")) != (FORMAT, VERSION):
                    raise ValueError(f"its format is {shown(content.get('format'))}")
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no dictionary
            pipeline = TextPipeline.from_json(json.dumps(content["pipeline"]))
            shape = (len(content["titles"]), pipeline.vocabulary_size)
            counts = csr_array((arrays["counts"], arrays["columns"], arrays["ends"]), shape=shape)
            topics = TopicModel(
                content["settings"]["method"], arrays["topics"], arrays.get("prior")
            )
            known = arrays["is_known"].astype(bool)
            made = cls(**content["settings"])
            made._set(
                Terms(pipeline, arrays["idf"]),
                counts,
                topics,
                arrays["word_vectors"],
                known,
                content["titles"],
            )
        except (SafetensorError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise InvalidFileError(
                f"path={str(path)!r} holds no topics that this version reads "
                f"({str(error).rstrip('.')}); use a file that save wrote."
            ) from error
        return made


def hold_out(texts: Sequence[str], num: int, seed: int) -> tuple[list[str], list[str], np.ndarray]:
    """Take sentences out of texts.

    Args:
        texts: documents.
        num: how many sentences to take out of each, at most half of what it has.
        seed: of the choice.

    Returns:
        The texts without them, the sentences, and of each the place of its text.

    >>> hold_out(["One cat. Two dogs.", "Alone."], 1, seed=0)
    (['One cat.', 'Alone.'], ['Two dogs.'], array([0]))
    """
    draw = np.random.default_rng(seed)
    rest, taken, places = [], [], []
    for place, text in enumerate(texts):
        sentences = split_sentences(text)
        count = min(num, len(sentences) // 2)
        chosen = set(draw.choice(len(sentences), count, replace=False).tolist()) if count else ()
        rest.append("\n".join(s for i, s in enumerate(sentences) if i not in chosen))
        taken += [sentences[i] for i in sorted(chosen)]
        places += [place] * count
    return rest, taken, np.array(places, "int64")


def _beginning(text: str) -> str:
    words = text[:400].split()
    return " ".join(words[:TITLE_WORDS]) + " …" * (len(words) > TITLE_WORDS)
