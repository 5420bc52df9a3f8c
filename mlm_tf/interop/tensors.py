"""What a checkpoint calls its tensors, which shapes they have, and which variables they are."""

from collections.abc import Iterator
from typing import NamedTuple

import keras
import numpy as np
from keras import ops


class Tensor(NamedTuple):
    """A tensor of a checkpoint.

    Attributes:
        name: as `"layers.0.self_attn.q_proj.weight"`.
        shape: there.
        places: the paths of the variables that it is, as `"blocks/0/self_attention/norm/scale"`;
            of several they stand side by side along its last axis.
        is_transposed: whether it is the transpose of its variable.
    """

    name: str
    shape: tuple[int, ...]
    places: tuple[str, ...]
    is_transposed: bool = False

    def variables(self, model) -> list:
        """Those of a model; of a layer with LoRA the sum of its matrix and what LoRA adds."""
        return [_at(model, place) for place in self.places]

    def assign(self, model, array: np.ndarray) -> None:
        """Give an array, as it stands in a checkpoint, to the variables."""
        array = array.T if self.is_transposed else array
        variables = self.variables(model)
        parts = np.split(array, len(variables), axis=-1)
        for variable, part in zip(variables, parts, strict=True):
            variable.assign(part.astype(variable.dtype, copy=False))

    def array(self, model) -> np.ndarray:
        """The array for a checkpoint, of the dtype of the variables."""
        parts = []
        for variable in self.variables(model):
            dtype = keras.backend.standardize_dtype(variable.dtype)
            parts.append(ops.convert_to_numpy(variable).astype(dtype))
        array = np.concatenate(parts, axis=-1)
        return np.ascontiguousarray(array.T if self.is_transposed else array)


def _at(model, place: str):
    """What stands at a path of attributes and of places in lists."""
    found = model
    for step in place.split("/"):
        found = found[int(step)] if step.isdigit() else getattr(found, step)
    return found


# === The tensors of a layer, as PyTorch's layers of that kind have them ===


def linear(
    name: str, inputs: int, outputs: int, place: str, has_bias: bool = False
) -> Iterator[Tensor]:
    """Of a projection, whose matrix is `(outputs, inputs)` there and `(inputs, outputs)` here.

    >>> [tensor.shape for tensor in linear("up", 2, 3, "up", has_bias=True)]
    [(3, 2), (3,)]
    """
    yield Tensor(f"{name}.weight", (outputs, inputs), (f"{place}/kernel",), is_transposed=True)
    if has_bias:
        yield Tensor(f"{name}.bias", (outputs,), (f"{place}/bias",))


def layer_norm(name: str, width: int, place: str) -> Iterator[Tensor]:
    """Of a layer normalisation: gain and bias.

    >>> [tensor.name for tensor in layer_norm("norm", 2, "norm")]
    ['norm.weight', 'norm.bias']
    """
    yield Tensor(f"{name}.weight", (width,), (f"{place}/gamma",))
    yield Tensor(f"{name}.bias", (width,), (f"{place}/beta",))


def rms_norm(name: str, width: int, place: str) -> Iterator[Tensor]:
    """Of an RMS normalisation: its gain.

    >>> [tensor.name for tensor in rms_norm("norm", 2, "norm")]
    ['norm.weight']
    """
    yield Tensor(f"{name}.weight", (width,), (f"{place}/scale",))


def table(name: str, rows: int, width: int, place: str) -> Iterator[Tensor]:
    """Of a table of vectors: of words, of positions, of segments.

    >>> [tensor.shape for tensor in table("wte", 5, 2, "embedding")]
    [(5, 2)]
    """
    yield Tensor(f"{name}.weight", (rows, width), (f"{place}/embeddings",))


def output_table(name: str, rows: int, width: int) -> Iterator[Tensor]:
    """Of a table of scores that is not that of the word vectors.

    >>> [tensor.name for tensor in output_table("lm_head", 5, 2)]
    ['lm_head.weight']
    """
    place = "embedding/reverse_embeddings"
    yield Tensor(f"{name}.weight", (rows, width), (place,), is_transposed=True)
