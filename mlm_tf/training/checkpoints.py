"""Where a training stands, on disk: with it one goes on as if the training had never stopped."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from glove.writing import written_beside
from mlm_tf.checks import shown
from mlm_tf.errors import InvalidFileError

KEPT = 2  # the newest checkpoints; one alone could be the one that a full disk cut off
SECONDS = 60.0  # between two of them, within an epoch
PLAIN = (bool, int, float, str, type(None))
FORMAT, VERSION = "mlm_tf checkpoint", 1


class Place(NamedTuple):
    """How far a training is.

    Attributes:
        epoch: how many of Keras's epochs are over, each of which ends with an evaluation.
        batches: of the next one.
    """

    epoch: int = 0
    batches: int = 0


class Checkpoints(keras.callbacks.Callback):
    """Writes, after each evaluation and every minute, everything that decides how `fit` goes on.

    One file holds the weights, the optimizer's variables, those of the metrics, the state of every
    random generator (of dropout, say), and what the other callbacks remember. It is written beside
    and renamed, so that it is whole at any moment; the last two are kept. Keras's own files hold
    no random states and no metrics, and two files could disagree.

    What a callback remembers is what its `get_state()` returns and its `set_state(state)` takes,
    where it has both; else its attributes that are numbers, strings, arrays, and lists or
    dictionaries of these.

    Args:
        folder: for the files; it exists.
        callbacks: the others of the same `fit`, which stand before this one.
        seconds: how often a checkpoint is written within an epoch.

    Attributes:
        place: how far the training is; `step` the same in batches.
        is_over: whether a callback stopped it before it was resumed.
    """

    def __init__(
        self, folder: Path, callbacks: Sequence[keras.callbacks.Callback], seconds: float = SECONDS
    ):
        super().__init__()
        self.folder, self.callbacks, self.seconds = Path(folder), list(callbacks), seconds
        self.place, self.step, self.is_over = Place(), 0, False
        self._before = 0  # batches of the epoch that another process did
        self._states = self._metrics = None  # to give back when `fit` has begun
        self._written = time.monotonic()

    # === Going on ===

    def resume(self, model: keras.Model, first_batch) -> Place:
        """Give the model what the newest checkpoint holds; the place where it was written.

        Args:
            model: compiled as the one that was trained.
            first_batch: any batch, from which Keras makes variables that are not there yet.

        Raises:
            InvalidFileError: if there is a checkpoint, and it is none of this model's.
        """
        path = max(self.folder.glob("*.safetensors"), default=None)
        if path is None:
            return self.place
        arrays, state = _read(path)
        model._symbolic_build(data_batch=first_batch)
        variables = _variables(model)
        values = [arrays[f"variable {i}"] for i in range(state["variables"])]
        if [_kind(v.shape, v.dtype) for v in variables] != state["kinds"]:
            raise InvalidFileError(
                f"{path} is a checkpoint of another model or optimizer; train with the same "
                "arguments, or into another folder."
            )
        names = [type(callback).__name__ for callback in self.callbacks]
        known = [name for name, _ in state["callbacks"]]
        if known != names:
            raise InvalidFileError(
                f"{path} was written beside the callbacks {shown(known)}, and these are "
                f"{shown(names)}; train with the same, or into another folder."
            )
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        self.place, self.step = Place(*state["place"]), state["step"]
        self._before = self.place.batches
        if self.place.batches:  # else they begin at 0
            metrics = {id(variable) for variable in model.metrics_variables}
            pairs = zip(variables, values, strict=True)
            self._metrics = [(v, value) for v, value in pairs if id(v) in metrics]
        self.is_over = state["is_over"]
        self._states = [_with_arrays(saved, arrays) for _, saved in state["callbacks"]]
        self._give_back()  # and again when `fit` has begun, where there is any left
        return self.place

    def _give_back(self) -> None:
        for callback, state in zip(self.callbacks, self._states, strict=True):
            _set_state(callback, state)

    def on_train_begin(self, logs=None):
        if self._states is not None:
            self._give_back()
        self._states, self._written = None, time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        if self._metrics is not None:  # Keras has just put them to 0
            for variable, value in self._metrics:
                variable.assign(value)
        self._metrics = None

    # === Writing ===

    def on_train_batch_end(self, batch, logs=None):
        done = self._before + batch + 1
        self.step += done - self.place.batches
        self.place = Place(self.place.epoch, done)
        is_last = batch + 1 == self.params["steps"]  # an evaluation follows
        if time.monotonic() - self._written >= self.seconds and not is_last:
            self.write()

    def on_epoch_end(self, epoch, logs=None):
        self.place, self._before = Place(epoch + 1), 0
        self.write()

    def on_train_end(self, logs=None):
        self._states = [_state_of(callback) for callback in self.callbacks]

    def write(self) -> Path:
        """A checkpoint of this moment, between two batches."""
        from safetensors.numpy import save_file

        model = self.model
        if keras.backend.backend() == "jax":
            model.jax_state_sync()
        variables = _variables(model)
        arrays = {f"variable {i}": _plain(v) for i, v in enumerate(variables)}
        state = {
            "format": FORMAT,
            "version": VERSION,
            "place": self.place,
            "step": self.step,
            "is_over": bool(model.stop_training),
            "variables": len(variables),
            "kinds": [_kind(v.shape, v.dtype) for v in variables],
            "callbacks": [
                (type(callback).__name__, _without_arrays(_state_of(callback), arrays))
                for callback in self.callbacks
            ],
        }
        path = self.folder / f"{self.step:09}.safetensors"
        with written_beside(path) as beside:
            save_file(arrays, beside, {"state": json.dumps(state)})
        for older in sorted(self.folder.glob("*.safetensors"))[:-KEPT]:
            older.unlink()
        self._written = time.monotonic()
        return path


def _read(path: Path) -> tuple[dict[str, np.ndarray], dict]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            state = json.loads((file.metadata() or {}).get("state", "{}"))
            if (state.get("format"), state.get("version")) != (FORMAT, VERSION):
                raise ValueError(f"its format is {state.get('format')}")
            return {name: file.get_tensor(name) for name in file.keys()}, state  # noqa: SIM118
    except (SafetensorError, ValueError, TypeError) as error:
        raise InvalidFileError(
            f"{path} holds no checkpoint that this version reads ({error}); remove it to go on "
            "from the one before."
        ) from error


# === Variables ===


def _variables(model: keras.Model) -> list[keras.Variable]:
    """All that training changes, each once, in an order that the model decides."""
    found = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return list({id(variable): variable for variable in found}.values())


def _kind(shape, dtype) -> str:
    return f"{keras.backend.standardize_dtype(dtype)} {tuple(shape)}"


def _plain(variable) -> np.ndarray:
    """Its value, of a type that a file can hold: what NumPy does not know is float32 there."""
    value = ops.convert_to_numpy(variable)
    known = value.dtype.kind in "biuf" and value.dtype.name in np.sctypeDict
    return np.asarray(value if known else value.astype("float32"), order="C")


# === What callbacks remember ===


def _state_of(callback):
    if hasattr(callback, "get_state") and hasattr(callback, "set_state"):
        return callback.get_state()
    kept = {name: value for name, value in vars(callback).items() if name not in ("params",)}
    return {name: value for name, value in kept.items() if _is_kept(value)}


def _set_state(callback, state) -> None:
    if hasattr(callback, "set_state"):
        callback.set_state(state)
    else:
        vars(callback).update(state)


def _is_kept(value) -> bool:
    if isinstance(value, dict):
        return all(isinstance(name, str) and _is_kept(part) for name, part in value.items())
    if isinstance(value, (list, tuple)):
        return all(map(_is_kept, value))
    return isinstance(value, (*PLAIN, np.generic)) or _is_array(value)


def _is_array(value) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "biuf"


def _without_arrays(value, arrays: dict[str, np.ndarray]):
    """What JSON can hold; arrays are put beside."""
    if isinstance(value, dict):
        return {name: _without_arrays(part, arrays) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_arrays(part, arrays) for part in value]
    if _is_array(value):
        name = f"array {len(arrays)}"
        arrays[name] = np.asarray(value, order="C")
        return {"array": name}
    return value.item() if isinstance(value, np.generic) else value


def _with_arrays(value, arrays: dict[str, np.ndarray]):
    if isinstance(value, dict):
        if value.keys() == {"array"}:
            return arrays[value["array"]]
        return {name: _with_arrays(part, arrays) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_arrays(part, arrays) for part in value]
    return value
