"""The weights of a checkpoint: safetensors files, looked over before a model is built, and read one
tensor at a time."""

import contextlib
import json
import pathlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from mlm_tf.errors import InvalidFileError, MissingFileError
from mlm_tf.interop.family import Family
from mlm_tf.interop.tensors import Tensor
from mlm_tf.preprocessing.files import read_text

INDEX = "model.safetensors.index.json"
_FLOATS = ("F64", "F32", "F16", "BF16")


class _Stored(NamedTuple):
    """A tensor in an open file."""

    file: object
    name: str

    def read(self) -> np.ndarray:
        return self.file.get_tensor(self.name)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.file.get_slice(self.name).get_shape())

    @property
    def dtype(self) -> str:
        return self.file.get_slice(self.name).get_dtype()


def find_weights(folder: pathlib.Path) -> list[pathlib.Path]:
    """The file of weights, or the several of a large checkpoint.

    Raises:
        MissingFileError: if there is none, or one of several is missing.
        InvalidFileError: if the index of several names what is not beside it.
    """
    path = folder / "model.safetensors"
    if path.is_file():
        return [path]
    remedy = (
        "have transformers write one file with model.save_pretrained(folder, max_shard_size='99GB')"
    )
    why = "it is read from there alone, since a pickle such as pytorch_model.bin can run any code"
    if (folder / INDEX).is_file():
        names = _files_of_index(folder / INDEX)
        missing = [name for name in names if not (folder / name).is_file()]
        if names and not missing:
            return [folder / name for name in names]
        why = f"the {INDEX} of its several files names {', '.join(missing) or 'none'}"
        why += ", which are not there" * bool(missing)
    raise MissingFileError(f"{folder} has no model.safetensors, and {why}; {remedy}.")


def read_weights(paths: list[pathlib.Path], family: Family, config: dict, pipeline=None):
    """A model with the weights of files, all of which are looked over before it is built.

    Raises:
        InvalidFileError: for a file that is not whole, and for a tensor too many, too few, or of
            another shape or kind than the configuration says.
    """
    place = paths[0].parent if len(paths) > 1 else paths[0]
    with _opened(paths, family) as found:
        return model_of_tensors(found, place, family, config, pipeline)


def model_of_tensors(found: dict, place: pathlib.Path, family: Family, config: dict, pipeline=None):
    """A model with the weights that were found, which are looked over before it is built.

    Args:
        found: by the names that the family has for them, what can be asked for its `shape` and
            `dtype` and `read()`.
        place: where they were found.
        family, config, pipeline: as for `read_weights`, which see.
    """
    config = _with_own_output(family, family.with_names(config, found), found)
    tensors = {tensor.name: tensor for tensor in family.tensors(config)}
    _check_tensors(place, family, tensors, found)
    model = family.model(config, pipeline)
    for name, tensor in tensors.items():
        tensor.assign(model, found[name].read())
    return model


def _files_of_index(path: pathlib.Path) -> list[str]:
    """The names of the files, which lie beside the index."""
    try:
        content = json.loads(read_text(path, "list of files"))
    except (ValueError, RecursionError):
        content = None
    places = content.get("weight_map", {}) if isinstance(content, dict) else None
    names = sorted({str(name) for name in places.values()}) if isinstance(places, dict) else None
    if names is None or any(pathlib.Path(name).name != name for name in names):
        raise InvalidFileError(
            f"{path} does not say which files beside it hold the weights; download it again."
        )
    return names


@contextlib.contextmanager
def _opened(paths: list[pathlib.Path], family: Family) -> Iterator[dict[str, _Stored]]:
    """What the files hold, by the names that the family has for it."""
    from safetensors import SafetensorError, safe_open

    found, path = {}, paths[0]
    try:
        with contextlib.ExitStack() as stack:
            for path in paths:
                file = stack.enter_context(safe_open(path, framework="np"))
                for name in file.keys():  # noqa: SIM118  # it is no dictionary
                    bare = family.bare_name(name)
                    if bare in found:
                        raise InvalidFileError(
                            f"{path} holds {name!r}, which is {found[bare].name!r} by another "
                            "name; use a checkpoint that has each tensor once."
                        )
                    if bare is not None:
                        found[bare] = _Stored(file, name)
            yield found
    except SafetensorError as error:
        raise InvalidFileError(
            f"{path} is not a whole safetensors file ({error}); download or write it again."
        ) from error


def _with_own_output(family: Family, config: dict, found: dict[str, _Stored]) -> dict:
    """The configuration as the file has it: some write the tied table twice, and another one than
    that of the words is an output of its own, whatever is said of tying."""
    if family.output not in found or not config.get("tie_word_embeddings"):
        return config
    if family.words not in found or np.array_equal(
        found[family.output].read(), found[family.words].read()
    ):
        del found[family.output]
        return config
    return {**config, "tie_word_embeddings": False}


def _check_tensors(
    path: pathlib.Path, family: Family, tensors: dict[str, Tensor], found: dict[str, _Stored]
) -> None:
    """Raise for the first tensor that is missing, unexpected, or not what the shape asks for."""
    for what, names in (
        ("lacks", tensors.keys() - found.keys()),
        ("holds", found.keys() - tensors.keys()),
    ):
        if names:
            raise InvalidFileError(
                f"{path} {what} {min(names)!r}{f' and {len(names) - 1} more' * (len(names) > 1)}, "
                f"{'which' if what == 'lacks' else 'but no more than'} the {family.title} of its "
                "configuration has; use a checkpoint whose files belong together."
            )
    for name, tensor in tensors.items():
        stored = found[name]
        if stored.shape != tensor.shape:
            raise InvalidFileError(
                f"{path} holds {name!r} of shape {stored.shape}, and its configuration "
                f"says {tensor.shape}; use a checkpoint whose files belong together."
            )
        if stored.dtype not in _FLOATS:
            raise InvalidFileError(
                f"{path} holds {name!r} as {stored.dtype}, and {', '.join(_FLOATS)} are "
                "read; choose a checkpoint that is not quantised."
            )
