"""Labels of texts: how many a model knows, their names, and their way in and out."""

import numpy as np
from keras import ops

from mlm_tf.checks import check_integer, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.batches import Limit
from mlm_tf.preprocessing.labels import check_label_names, label_ids, list_of_labels


class LabelledTexts:
    """Mixed into a `TextModel` that gives one of `num_classes` labels to each text, with
    `label_names` for them."""

    targets_are_ids = True

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
            return super().fit(*args, **kwargs)
        except Exception:
            if not self.compiled or not int(ops.convert_to_numpy(self.optimizer.iterations)):
                self.label_names = names
            raise

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
