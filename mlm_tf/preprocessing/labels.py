"""Labels of texts: names, or integers from 0."""

from collections.abc import Sequence

import numpy as np

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.batches import as_array


def check_label_names(label_names) -> list:
    """Different strings, or different integers; two or more."""
    names = []
    if isinstance(label_names, (list, tuple, np.ndarray)):
        names = np.asarray(label_names, object).tolist()
        names = [name.item() if isinstance(name, np.generic) else name for name in names]
    kinds = {type(name) for name in names}
    if len(names) < 2 or kinds not in ({str}, {int}) or len(set(names)) < len(names):
        raise InvalidArgumentError(
            f"label_names={shown(label_names)} is not allowed; use a list of two or more different "
            "strings, or integers."
        )
    return names


def list_of_labels(y) -> list | None:
    """Labels, one a text, as Python's; `None` of anything else, such as rows of targets."""
    if isinstance(y, (list, tuple)):
        is_list = all(np.ndim(label) == 0 for label in y)
    else:  # an array, a column of names in a table, a tensor
        is_tensor = type(y).__module__.startswith("tensorflow")
        y = as_array(y)
        if is_tensor and y is not None and y.dtype.kind == "O":  # of strings, as bytes
            y = np.char.decode(y.astype("S"), "utf-8")
        if y is not None and y.ndim == 2 and y.shape[1] == 1 and y.dtype.kind in "OSU":
            y = y[:, 0]
        is_list = y is not None and y.ndim == 1
    if not is_list:
        return None
    labels = [label.item() if isinstance(label, np.generic) else label for label in y]
    return labels or None


def is_missing(label) -> bool:
    """Whether it is what tables have where there is no label."""
    is_nan = isinstance(label, float) and label != label
    return label is None or is_nan or type(label).__name__ == "NAType"  # the last is pandas's


def _check_no_label_is_missing(labels: Sequence) -> None:
    for place, label in enumerate(labels):
        if is_missing(label):
            raise InvalidArgumentError(
                f"y[{place}]={label} is no label; leave out the texts that have none."
            )


def label_ids(labels: Sequence, names: Sequence | None, num_classes: int) -> np.ndarray:
    """Labels as int32 `(n,)`: the place of each name, or integers from 0 as they are.

    >>> label_ids(["no", "yes", "no"], ["no", "yes"], 2).tolist()
    [0, 1, 0]
    """
    _check_no_label_is_missing(labels)
    places = dict(zip(names or range(num_classes), range(num_classes), strict=True))
    if names and isinstance(names[0], str):
        places |= {i: i for i in range(num_classes)}
    for label in labels:
        if type(label) not in (int, str) or label not in places:
            known = shown([*names]) if names else f"0 to {num_classes - 1}"
            raise InvalidArgumentError(
                f"y holds the label {shown(label)}, and this model knows {known}; use these, or "
                "build the model with the label_names=[...] that there are."
            )
    return np.array([places[label] for label in labels], "int32")


def check_labels(labels, label_names, count: int) -> np.ndarray:
    """The labels of `count` texts for a data set, as int32 `(count,)`."""
    found = list_of_labels(labels)
    if found is None or len(found) != count:
        raise InvalidArgumentError(
            f"labels={shown(labels)} is not allowed; use a list of one label for each of the "
            f"{count} texts."
        )
    if label_names is not None:
        names = check_label_names(label_names)
        return label_ids(found, names, len(names))
    for label in found:
        if type(label) is not int or label < 0:
            raise InvalidArgumentError(
                f"labels holds {shown(label)}, which is no integer from 0; use such, or pass "
                "label_names=[...], as model.label_names has them."
            )
    return np.array(found, "int32")
