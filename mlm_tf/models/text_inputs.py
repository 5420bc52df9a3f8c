"""What may be given to `fit`, `evaluate` and `predict` beside ids: texts and labels, if a model
learns one thing of a whole text; what may not is said in one sentence."""

import keras
import numpy as np

from mlm_tf.checks import check_integer, check_strings, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import padded_rows
from mlm_tf.models.text_training import named
from mlm_tf.preprocessing.batches import Limit
from mlm_tf.preprocessing.labels import check_label_names, label_ids, list_of_labels
from mlm_tf.preprocessing.packing import is_ragged


class TextInputs:
    """Mixed into a `TextModel`: inputs that are no batch of ids are read, or refused."""

    reads_texts = False  # whether a text is all that a row of inputs needs
    instead = (  # what to pass where it is not
        "pipeline.rows(texts, length=..., batch_size=...) to fit and evaluate, and "
        "pipeline(texts) to predict"
    )

    def fit(self, x=None, *args, **kwargs):
        return super().fit(self.as_inputs(x), *args, **kwargs)

    def evaluate(self, x=None, *args, **kwargs):
        return super().evaluate(self.as_inputs(x), *args, **kwargs)

    def predict(self, x, *args, **kwargs):
        return super().predict(self.as_inputs(x), *args, **kwargs)

    def __call__(self, inputs, *args, **kwargs):
        values = inputs.values() if isinstance(inputs, dict) else [inputs]
        if any(map(is_ragged, values)):
            raise InvalidArgumentError(
                "The inputs are ragged, and a model reads rows of one length with a mask; pass "
                "pipeline(texts), or in dataset.map pipeline.encode_tensor(texts, length=...)."
            )
        return super().__call__(inputs, *args, **kwargs)

    def as_inputs(self, x):
        """Texts, or rows of ids of different lengths, as a padded batch with its mask; what is
        ids already as it is."""
        if hasattr(x, "element_spec"):
            check_elements(x.element_spec)
            return x
        if isinstance(x, np.ndarray) and x.dtype.kind in "iu":
            return x
        rows = x.to_list() if hasattr(x, "to_list") else x  # ragged, or a column of a table
        x = x if is_ragged(x) else rows
        is_text = are_texts(x)
        if not is_text and not are_rows(rows):
            return x
        if not self.reads_texts:
            if not is_text and isinstance(rows[0], list) and len({*map(len, rows)}) == 1:
                raise InvalidArgumentError(
                    "x is a list of rows, which Keras takes for several inputs; pass np.array(x)."
                )
            given = "texts" if is_text else "rows of different lengths"
            raise InvalidArgumentError(
                f"x holds {given}, and this model learns from rows of ids and their targets; pass "
                f"{self.instead}."
            )
        if is_text:
            rows = self._encoded(x)
        rows = [np.asarray(row, "int32") for row in rows]
        length = max(map(len, rows), default=1)
        if self.max_sequence_length is not None:
            length = min(length, self.max_sequence_length)
        rows = [row[:length] for row in rows]
        mask = np.arange(length) < np.array([[len(row)] for row in rows])
        return {"token_ids": padded_rows(rows, length), "padding_mask": mask}

    def _encoded(self, texts) -> list[np.ndarray]:
        """The ids of texts, start and end token included, as `pipeline.rows` makes them."""
        if self.pipeline is None:
            raise InvalidArgumentError(
                "x is text, but this model has no pipeline to encode it; build it with "
                "pipeline=..., or pass token ids."
            )
        texts = texts.tolist() if isinstance(texts, np.ndarray) else texts
        rows = self.pipeline.encode(check_strings("x", texts), add_start=True, add_end=True)
        longest = self.pipeline.max_sequence_length
        return rows if longest is None else [row[:longest] for row in rows]


class LabelledTexts(TextInputs):
    """Mixed into a `TextModel` that gives one of `num_classes` labels to each text, with
    `label_names` for them."""

    reads_texts = True

    @classmethod
    def from_settings(cls, settings):
        if not settings["tie_weights"]:
            raise InvalidArgumentError(
                f"tie_weights=False asks for a table of scores over the vocabulary, and "
                f"task={settings['task']!r} has none; leave it out."
            )
        labels = check_labels(settings["num_classes"], settings["label_names"])
        return super().from_settings({**settings, **labels})

    def __init__(self, *args, num_classes, label_names=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.num_classes = check_integer("num_classes", num_classes, least=2)
        self.label_names = None if label_names is None else check_label_names(label_names)

    def get_config(self):
        names = None if self.label_names is None else list(self.label_names)
        return {**super().get_config(), "num_classes": self.num_classes, "label_names": names}

    @property
    def target_limit(self):
        remedy = "use such labels, or build the model with another num_classes"
        return Limit("y", self.num_classes, "classes", remedy)

    def fit(self, *args, **kwargs):
        """As `keras.Model.fit`; labels that fail to train are not learned."""
        names = self.label_names
        try:
            settings = self._as_data(keras.Model.fit, args, kwargs, is_learned=True)
            return super().fit(**settings)
        except Exception:
            if not self.compiled or not int(self.optimizer.iterations):
                self.label_names = names
            raise

    def evaluate(self, *args, **kwargs):
        if kwargs.get("_use_cached_eval_dataset"):  # `fit` has read it
            return super().evaluate(*args, **kwargs)
        return super().evaluate(**self._as_data(keras.Model.evaluate, args, kwargs))

    def train_on_batch(self, x, y=None, sample_weight=None, *args, **kwargs):
        return super().train_on_batch(*self.as_examples(x, y, sample_weight), *args, **kwargs)

    def test_on_batch(self, x, y=None, sample_weight=None, *args, **kwargs):
        return super().test_on_batch(*self.as_examples(x, y, sample_weight), *args, **kwargs)

    def predict_on_batch(self, x):
        return super().predict_on_batch(self.as_inputs(x))

    def _as_data(self, method, args: tuple, kwargs: dict, is_learned: bool = False) -> dict:
        """The arguments of a method of Keras's, by name, with arrays for texts and labels."""
        settings = named(method, self, *args, **kwargs)
        del settings["self"]
        data = [settings.get(name) for name in ("x", "y", "sample_weight")]
        given = zip(("x", "y", "sample_weight"), self.as_examples(*data, is_learned), strict=True)
        settings |= {name: value for name, value in given if value is not None}
        data = settings.get("validation_data")
        if isinstance(data, (list, tuple)) and len(data) in (2, 3):
            x, y, weight = self.as_examples(*data)
            settings["validation_data"] = (x, y) if weight is None else (x, y, weight)
        return settings

    def as_examples(self, x, y, sample_weight=None, is_learned: bool = False) -> tuple:
        """Texts and their labels as arrays `(x, y, sample_weight)`; all else as it is."""
        return self.as_inputs(x), self.as_labels(y, is_learned), sample_weight

    def predict_labels(self, texts, batch_size: int = 32) -> list:
        """The most probable label of each text: its name, or where labels have none its number.

        Args:
            texts: a list of strings, or what `predict` takes.
            batch_size: texts at once.
        """
        inputs = self.as_inputs([texts] if isinstance(texts, str) else texts)
        if isinstance(inputs, (list, tuple)) and not inputs:
            return []
        return self.labels_of(self.predict(inputs, batch_size=batch_size, verbose=0))

    def labels_of(self, scores: np.ndarray) -> list:
        """Scores `(n, num_classes)` -> n labels."""
        found = scores.argmax(axis=-1).tolist()
        return found if self.label_names is None else [self.label_names[i] for i in found]

    def as_labels(self, y, is_learned: bool = False):
        """Labels, each an integer or a name, as integers from 0; anything but a list of labels as
        it is. Names that are not known yet are learned, in alphabetical order."""
        labels = list_of_labels(y)
        if labels is None:
            return y
        if self.label_names is None and is_learned and {*map(type, labels)} == {str}:
            names = sorted(set(labels))
            if len(names) > self.num_classes:
                raise InvalidArgumentError(
                    f"y holds {len(names)} different labels, {shown(names)}, and this model has "
                    f"num_classes={self.num_classes}; build it with label_names={shown(names)}."
                )
            if len(names) == self.num_classes:
                self.label_names = check_label_names(names)
        are_names = self.label_names is not None and isinstance(self.label_names[0], int)
        if not are_names and all(type(label) is int for label in labels):
            return np.asarray(labels, "int32")  # looked at later, beside their weights
        return label_ids(labels, self.label_names, self.num_classes)


def check_labels(num_classes, label_names) -> dict:
    """How many classes a classifier has, and their names, if they are given."""
    if label_names is None:
        why = ", or pass the label_names"
        return {"num_classes": check_integer("num_classes", num_classes, 2, why)}
    names = check_label_names(label_names)
    if num_classes not in (None, len(names)):
        raise InvalidArgumentError(
            f"num_classes={shown(num_classes)}, but label_names has {len(names)} names; leave "
            "num_classes out."
        )
    return {"num_classes": len(names), "label_names": names}


# === Texts ===


def are_texts(x) -> bool:
    """Whether these are strings: a list, an array, or a tensor of TensorFlow."""
    if isinstance(x, np.ndarray):
        return x.ndim == 1 and len(x) > 0 and isinstance(x[0], str)
    return isinstance(x, (list, tuple)) and len(x) > 0 and isinstance(x[0], str)


def are_rows(x) -> bool:
    """Whether this is a list of arrays, as `pipeline.encode` gives them, or of lists."""
    is_list = isinstance(x, (list, tuple)) and len(x) > 0
    return is_list and all(
        (isinstance(row, np.ndarray) and row.ndim == 1 and row.dtype.kind in "iu")
        or (isinstance(row, list) and all(isinstance(i, int) for i in row))
        for row in x
    )


def check_elements(spec) -> None:
    """Raise if a data set gives ragged rows, or text."""
    for part in keras.tree.flatten(spec):
        is_text = getattr(part, "dtype", None) == "string"
        if is_text or type(part).__name__ == "RaggedTensorSpec":  # without importing TensorFlow
            raise InvalidArgumentError(
                f"The data set gives {'text' if is_text else 'ragged rows'}, and a model reads "
                "rows of ids of one length with a mask; map its batches with "
                "pipeline.encode_tensor(texts, length=...), or use pipeline.rows(texts, ...)."
            )
