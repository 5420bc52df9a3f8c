"""A text classifier that also counts: what it reads, and what words and their pairs are worth."""

import keras
import numpy as np
from keras import ops

from mlm_tf.checks import Checked, check_integer, check_number
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models.registry import register_task
from mlm_tf.models.text_classifier import TextClassifier
from mlm_tf.models.text_model import unpack

BUCKETS = 2**18  # of pairs; two pairs that share one share their number
LARGEST, FACTOR = 50_000, 40_503  # so that the product is a 32-bit integer
FITTING_STEPS = 100
CHUNK = 256  # texts whose counted scores are computed at once


@keras.saving.register_keras_serializable(package="mlm_tf")
class NgramScores(keras.layers.Layer):
    """For each class what it is worth by itself, and each different id and pair of ids of a text.

    The tables are not trained: they start at zero, and `CountedClassifier.learn_counts` fills them.

    Masking: padded positions, and pairs with one, are worth nothing.

    Args:
        vocabulary_size: V.
        num_classes: C.

    Call arguments:
        token_ids: int `(batch, length)`.
        padding_mask: bool `(batch, length)`, or `None`.

    Returns:
        float32 `(batch, num_classes)`.
    """

    def __init__(self, vocabulary_size, num_classes, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.vocabulary_size, self.num_classes = vocabulary_size, num_classes

    def build(self, input_shape):
        sizes = {"bias": (), "words": (self.vocabulary_size,), "pairs": (BUCKETS,)}
        for name, rows in sizes.items():
            shape = (*rows, self.num_classes)
            table = self.add_weight(shape=shape, initializer="zeros", trainable=False, name=name)
            setattr(self, name, table)

    def call(self, token_ids, padding_mask=None):
        ids = ops.cast(token_ids, "int32")  # (B, T)
        # Integers, since TensorFlow writes a line about slices of truth values.
        keep = ops.ones_like(ids) if padding_mask is None else ops.cast(padding_mask, "int32")
        pairs = bucket(ids[:, :-1], ids[:, 1:])  # (B, T-1)
        both = keep[:, :-1] * keep[:, 1:]
        found = _worth(self.words, ids, keep) + _worth(self.pairs, pairs, both)  # (B, C)
        return found + self.bias

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.num_classes)

    def get_config(self):
        sizes = {"vocabulary_size": self.vocabulary_size, "num_classes": self.num_classes}
        return {**super().get_config(), **sizes}


def bucket(first, second):
    """The number of a pair of ids, of arrays or tensors of int32.

    >>> int(bucket(np.int32(3), np.int32(5)))
    121514
    """
    return ((first % LARGEST) * FACTOR + second % LARGEST) % BUCKETS


def _worth(table, places, keep):
    """The sum of a table's rows at the places of each text, every different one once."""
    places = ops.sort(places * keep + keep - 1, axis=1)  # (B, T): equal ones side by side, -1 first
    before = ops.pad(places, ((0, 0), (1, 0)), constant_values=-1)[:, :-1]
    is_new = ops.cast(ops.not_equal(places, before), table.dtype)
    rows = ops.take(table, ops.maximum(places, 0), axis=0)  # (B, T, C)
    return ops.sum(rows * is_new[:, :, None], axis=1)  # (B, C)


@register_task("counted_classifier")
@keras.saving.register_keras_serializable(package="mlm_tf")
class CountedClassifier(TextClassifier):
    """A `TextClassifier` whose scores are those of the network and those of counting, added up.

    `fit` trains the network alone. Then `learn_counts` counts in how many texts of each class each
    word and each pair of neighbours occurs: what one is worth for a class is the logarithm of its
    share there, less the mean of the classes, as in naive Bayes, times a weight that logistic
    regression finds (the NB-SVM of Wang and Manning, with another loss). And `calibrate` finds, on
    texts that neither has seen, the two weights with which the sum is likeliest. Before, these are
    1 and 0, and the model is the `TextClassifier` that it would be.

    Counting knows each pair that it has seen, and a network what is like it: they err on different
    texts. A network that sees the counts while it learns has little left to learn from, since they
    fit the training texts almost perfectly.

    Args: those of `TextClassifier`, and
        read_length: how many tokens the network reads of a row, from its start; by default all.
            Counting reads all: of long texts it costs little, and a network much.

    Example:

    >>> from mlm_tf import TextPipeline, build_model
    >>> texts, labels = ["a fine film", "a dull film", "fine", "so dull"] * 8, [1, 0, 1, 0] * 8
    >>> pipeline = TextPipeline.fit(texts)
    >>> model = build_model(
    ...     "lstm", "counted_classifier", pipeline=pipeline, hidden_dim=8, num_classes=2, seed=0
    ... )
    >>> model.learn_counts(texts, labels)
    >>> model.calibrate(texts, labels)
    >>> model.predict_labels(["fine", "a dull film"])
    [1, 0]

    Reference: Wang & Manning (2012), Baselines and Bigrams, section 2 (the log-count ratio, and
    interpolation); Mesnil et al. (2015), arXiv:1412.5335 (a network and counts together).
    """

    read_length = Checked(check_integer, optional=True)

    def __init__(self, *args, read_length=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.read_length = read_length

    def build_head(self, hidden_shape):
        super().build_head(hidden_shape)
        self.counted = NgramScores(self.vocabulary_size, self.num_classes, name="counted")
        self.counted.build((None, None))
        self.weights_of_parts = self.add_weight(
            shape=(2,),
            initializer=lambda shape, dtype=None: ops.convert_to_tensor([1.0, 0.0], dtype),
            trainable=False,
            autocast=False,
            dtype="float32",
            name="weights_of_parts",
        )

    def call(self, inputs, training=None):
        token_ids, padding_mask = unpack(inputs)
        start = inputs if self.read_length is None else self._start_of(inputs)
        read = super().call(start, training=training)  # (B, C)
        counted = self.counted(token_ids, padding_mask=padding_mask)  # (B, C)
        return self.weights_of_parts[0] * read + self.weights_of_parts[1] * counted

    def _start_of(self, inputs):
        """The inputs of the network."""
        if not isinstance(inputs, dict):
            return inputs[:, : self.read_length]
        start = {n: ops.cast(part, "int32")[:, : self.read_length] for n, part in inputs.items()}
        if "padding_mask" in start:  # as integers: see NgramScores
            start["padding_mask"] = ops.cast(start["padding_mask"], "bool")
        return start

    def learn_counts(self, x, y, smoothing: float = 1.0, strength: float | None = 0.5) -> None:
        """Fill the tables from texts, or rows of ids, and their labels.

        Args:
            x, y: as for `fit`.
            smoothing: added to every count, so that no share is zero.
            strength: how far the log-count ratios are fitted: logistic regression gives each of
                them a weight of its own, the squares of which cost 1 / (2 · strength) beside the
                summed log-likelihood, as `C` in scikit-learn. `None` leaves all weights at 1, which
                is naive Bayes.
        """
        check_number("smoothing", smoothing, above=0)
        if strength is not None:
            check_number("strength", strength, above=0)
        ids, mask, labels = self._ids_and_labels(x, y)
        features = _features(ids, mask, self.vocabulary_size)  # (n, V + BUCKETS), 0 and 1
        is_class = labels == np.arange(self.num_classes)[:, None]  # (C, n)
        counts = np.stack([features[chosen].sum(axis=0).A1 for chosen in is_class])  # (C, F)
        seen = np.flatnonzero(counts.any(axis=0))
        shares = counts[:, seen] + smoothing
        worth = np.log(shares / shares.sum(axis=1, keepdims=True))
        worth -= worth.mean(axis=0)  # (C, seen)
        bias = np.log(is_class.sum(axis=1) + smoothing)  # the more frequent, the likelier
        if strength is not None:
            bias, worth = _fitted(features[:, seen], labels, worth, strength)
        table = np.zeros(counts.T.shape, "float32")
        table[seen] = worth.T
        self.counted.bias.assign((bias - bias.mean()).astype("float32"))
        self.counted.words.assign(table[: self.vocabulary_size])
        self.counted.pairs.assign(table[self.vocabulary_size :])

    def calibrate(self, x, y) -> None:
        """Find the weights of the two parts on texts that were not learned from.

        The loss is convex in them; neither may be negative. Where nothing was counted, the second
        changes nothing, and the first is a temperature: probabilities become as sure as they are
        right.

        Args:
            x, y: as for `fit`.
        """
        from scipy.optimize import minimize
        from scipy.special import log_softmax

        ids, mask, labels = self._ids_and_labels(x, y)
        self.weights_of_parts.assign([1.0, 0.0])
        inputs = {"token_ids": ids, "padding_mask": mask}
        read = np.asarray(self.predict(inputs, batch_size=CHUNK, verbose=0), "float64")
        counted = np.concatenate(
            [
                ops.convert_to_numpy(self.counted(ids[i : i + CHUNK], mask[i : i + CHUNK]))
                for i in range(0, len(ids), CHUNK)
            ]
        ).astype("float64")
        parts, right = np.stack([read, counted]), np.arange(len(labels))  # (2, n, C), (n,)

        def loss(weights):
            scores = np.tensordot(weights, parts, 1)  # (n, C)
            log_probs = log_softmax(scores, axis=1)
            error = np.exp(log_probs)
            error[right, labels] -= 1
            slope = (parts * error).sum(axis=(1, 2)) / len(labels)
            return -log_probs[right, labels].mean(), slope

        found = minimize(loss, [1.0, 0.1], jac=True, bounds=[(0, None)] * 2, method="L-BFGS-B")
        self.weights_of_parts.assign(found.x.astype("float32"))

    def _ids_and_labels(self, x, y) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Ids and mask `(n, T)`, labels `(n,)`."""
        inputs, labels = self.as_inputs(x), self.as_labels(y)
        if not isinstance(inputs, dict):
            inputs = {"token_ids": inputs}
        ids = np.asarray(inputs["token_ids"], "int32")
        mask = inputs.get("padding_mask")
        mask = np.ones(ids.shape, "bool") if mask is None else np.asarray(mask, "bool")
        labels = np.asarray(labels)
        if labels.shape != (len(ids),):
            raise InvalidArgumentError(
                f"y has shape {labels.shape} and there are {len(ids)} texts; use one label a text."
            )
        return ids, mask, labels

    def get_config(self):
        return {**super().get_config(), "read_length": self.read_length}


def _features(ids: np.ndarray, mask: np.ndarray, vocabulary_size: int):
    """Which ids and which buckets of pairs each row holds: a sparse matrix of 0 and 1."""
    from scipy.sparse import csr_matrix

    columns = []
    for row, keep in zip(ids, mask, strict=True):
        row = row[keep]
        columns.append(np.unique([*row, *(vocabulary_size + bucket(row[:-1], row[1:]))]))
    ends = np.cumsum([0, *map(len, columns)])
    places = np.concatenate(columns).astype("int64")
    shape = (len(ids), vocabulary_size + BUCKETS)
    return csr_matrix((np.ones(len(places)), places, ends), shape=shape)


def _fitted(features, labels: np.ndarray, worth: np.ndarray, strength: float):
    """What each class is worth by itself, `(C,)`, and what each feature is, `(C, F)`, times the
    weight that makes the labels likeliest."""
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    num_classes, right = len(worth), np.arange(len(labels))

    def loss(flat):
        weights, bias = flat[num_classes:].reshape(worth.shape), flat[:num_classes]
        scores = features @ (weights * worth).T + bias  # (n, C)
        log_probs = log_softmax(scores, axis=1)
        error = np.exp(log_probs)
        error[right, labels] -= 1
        slope = (features.T @ error).T * worth + weights / strength  # (C, F)
        price = (weights**2).sum() / (2 * strength)
        value = price - log_probs[right, labels].sum()
        return value, np.concatenate([error.sum(axis=0), slope.ravel()])

    start = np.zeros(num_classes + worth.size)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": FITTING_STEPS})
    return found.x[:num_classes], found.x[num_classes:].reshape(worth.shape) * worth
