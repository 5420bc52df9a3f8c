"""Where a training stands, on disk: with it one goes on as if the training had never stopped."""

import json
import logging
import re
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from keras import ops

from glove.writing import written_beside
from mlm_tf.checks import check_number, shown
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError
from mlm_tf.training.distribution import is_writer
from mlm_tf.training.throughput import batches_done

logger = logging.getLogger("mlm_tf")

KEPT = 2  # the newest checkpoints; one alone could be the one that a full disk cut off
NAME = re.compile(r"\d{9}\.safetensors")
FORMAT, VERSION = "mlm_tf checkpoint", 1
REMEMBERED = {  # what Keras's own callbacks count; the rest of them is what they were told
    "EarlyStopping": ("wait", "best", "best_epoch", "stopped_epoch", "best_weights"),
    "History": ("history", "epoch"),
    "ModelCheckpoint": ("best", "_batches_seen_since_last_saving"),
    "ReduceLROnPlateau": ("wait", "best", "cooldown_counter"),
    "SwapEMAWeights": ("_ema_weights_in_model",),  # then the optimizer holds the weights themselves
}


# They change nothing of a training, which therefore goes on beside others of them.
WATCHERS = ("CSVLogger", "LearningCurves", "TensorBoard", "TextSamples")


class Checkpoints(keras.callbacks.Callback):
    """Writes, after each evaluation and now and then before, everything that decides how `fit`
    goes on.

    One file holds the weights, the optimizer's variables, the state of every random generator that
    layers have (of dropout, say), and what other callbacks remember; between two evaluations also
    what the metrics have counted. It is written beside and renamed, so that it is whole at any
    moment; the last two are kept. Keras's own files hold no random states, and two files could
    disagree.

    What a callback remembers is what its `get_state()` returns and its `set_state(state)` takes,
    where it has both: numbers, strings, arrays, and lists and dictionaries of these. Of Keras's own
    early stopping, rates that fall on a plateau and model checkpoints, and of classes derived from
    them, that is known; another starts anew. A training goes on beside the callbacks that it had;
    only those that watch it, as `TextSamples`, `LearningCurves` and Keras's `CSVLogger` and
    `TensorBoard`, may come and go.

    Args:
        folder: for the files; it exists.
        callbacks: the others of the same `fit`, which stand before this one.
        minutes: between two evaluations one is written behind a batch, when so many have gone since
            the last, and at Ctrl-C.

    Attributes:
        evaluations: how many are over.
        step: how many batches behind the last of them.
        is_over: whether a callback stopped the training at the last of them.
    """

    def __init__(
        self, folder: Path, callbacks: Sequence[keras.callbacks.Callback], minutes: float = 5.0
    ):
        super().__init__()
        self.folder, self.callbacks = Path(folder), list(callbacks)
        if not self.folder.is_dir():
            raise MissingFileError(
                f"checkpoints={str(folder)!r} is a folder that does not exist; make it first."
            )
        self.minutes = check_number("checkpoint_minutes", minutes, least=0)
        self.evaluations, self.step, self.is_over = 0, 0, False
        self.interrupt = None  # ends `fit` behind a batch in which it was `pressed`
        self._states = None  # to give back when `fit` has begun
        self._counted = []  # by the metrics, to give back when an epoch has

    def resume(self, model: keras.Model) -> None:
        """Give the model and the callbacks what the newest checkpoint holds, if there is one.

        Args:
            model: compiled as the one that was trained.

        Raises:
            InvalidFileError: if there are checkpoints, and none can be read or the newest is none
                of this model's.
        """
        found = self._newest()
        if found is None:
            return
        path, arrays, state = found
        model.optimizer.build(model.trainable_variables)
        variables = _variables(model)
        if [_kind(v) for v in variables] != state["kinds"]:
            raise InvalidFileError(
                f"{path} is a checkpoint of another model, optimizer or backend; train with the "
                "same, or into another folder."
            )
        names = [_name(callback) for callback in self.callbacks if _decides(_name(callback))]
        known = [name for name, _ in state["callbacks"] if _decides(name)]
        if Counter(names) != Counter(known):
            raise InvalidFileError(
                f"{path} was written beside the callbacks {shown(known)}, and these are "
                f"{shown(names)}; train with the same, or into another folder."
            )
        for place, variable in enumerate(variables):
            variable.assign(arrays[f"variable {place}"])
        self.evaluations, self.is_over = state["evaluations"], state["is_over"]
        self.step = state.get("step", 0)
        self._counted = [arrays[f"metric {n}"] for n in range(state.get("metrics", 0))]
        self._states = _states_for(self.callbacks, state["callbacks"], arrays)
        self._give_back()  # and again when `fit` has begun, where there is any left

    def _newest(self):
        error = None
        for path in reversed(checkpoints_in(self.folder)):
            try:
                return path, *_read(path)
            except InvalidFileError as found:
                logger.warning("%s", found)
                error = found
        if error is not None:
            raise error
        return None

    def _give_back(self) -> None:
        for callback, state in zip(self.callbacks, self._states, strict=True):
            if state is None:
                continue
            if _has_state(callback):
                callback.set_state(state)
            else:
                vars(callback).update(state)

    def on_train_begin(self, logs=None):
        if self._states is not None:
            self._give_back()
        self._states, self._written = None, time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        self._begun = self.step  # not 0 where an epoch is gone on with
        if self._counted:
            counters = self.model.metrics_variables
            for variable, value in zip(counters, self._counted, strict=True):
                variable.assign(value)
            self._counted = []

    def on_train_batch_end(self, batch, logs=None):
        done = batches_done(self, batch)
        self.step = self._begun + done
        is_last = done == self.params["steps"]  # an evaluation follows
        is_due = time.monotonic() - self._written >= 60 * self.minutes
        if not is_last and (is_due or (self.interrupt is not None and self.interrupt.pressed)):
            self._write(self.model.metrics_variables)

    def on_epoch_end(self, epoch, logs=None):
        self.evaluations, self.step = epoch + 1, 0
        self.is_over = bool(self.model.stop_training)
        self._write()

    def _write(self, metrics: Sequence[keras.Variable] = ()) -> None:
        self._written = time.monotonic()
        if not is_writer():
            return
        from safetensors import SafetensorError
        from safetensors.numpy import save_file

        variables = _variables(self.model)  # which Keras, asked for it, brings up to date on JAX
        arrays = {f"variable {place}": _plain(v) for place, v in enumerate(variables)}
        arrays |= {f"metric {place}": _plain(v) for place, v in enumerate(metrics)}
        state = {
            "format": FORMAT,
            "version": VERSION,
            "evaluations": self.evaluations,
            "step": self.step,
            "metrics": len(metrics),
            "is_over": self.is_over,
            "kinds": [_kind(variable) for variable in variables],
            "callbacks": [(_name(c), _said_by(c, arrays)) for c in self.callbacks],
        }
        path = self.folder / f"{self._number():09}.safetensors"
        try:
            with written_beside(path) as beside:
                save_file(arrays, beside, {"state": json.dumps(state)})
        except (SafetensorError, OSError) as error:  # a full disk
            raise OSError(
                f"{path} cannot be written ({error}); make room, and the same lines go on from the "
                "checkpoint before it."
            ) from error
        for older in checkpoints_in(self.folder)[:-KEPT]:
            older.unlink()

    def _number(self) -> int:
        """Of the next file."""
        return max((int(path.stem) for path in checkpoints_in(self.folder)), default=0) + 1


def checkpoints_in(folder) -> list[Path]:
    """The checkpoints in a folder, the newest last; none if there is no folder."""
    folder = Path(folder)
    there = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in there if NAME.fullmatch(path.name))


def _read(path: Path) -> tuple[dict[str, np.ndarray], dict]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            state = json.loads((file.metadata() or {}).get("state", "{}"))
            if (state.get("format"), state.get("version")) != (FORMAT, VERSION):
                raise ValueError(f"its format is {state.get('format')}")
            names = file.keys()  # it is no dictionary, and cannot be gone through itself
            return {name: file.get_tensor(name) for name in names}, state
    except (SafetensorError, ValueError, TypeError) as error:
        raise InvalidFileError(
            f"{path} holds no checkpoint that this version reads ({error}); remove it, or train "
            "into another folder."
        ) from error


# === Variables ===


def _variables(model: keras.Model) -> list[keras.Variable]:
    """All that training changes but for metrics, each once, in an order that the model decides."""
    found = [*model.variables, *model.optimizer.variables]
    return list({id(variable): variable for variable in found}.values())


def _kind(variable) -> str:
    return f"{keras.backend.standardize_dtype(variable.dtype)} {tuple(variable.shape)}"


def _plain(variable) -> np.ndarray:
    """Its value, of a type that a file can hold: what NumPy does not know is float32 there."""
    value = ops.convert_to_numpy(variable)
    known = value.dtype.kind in "biuf" and value.dtype.name in np.sctypeDict
    return np.asarray(value if known else value.astype("float32"), order="C")


# === What callbacks remember ===


def _name(callback) -> str:
    return type(callback).__name__


def _has_state(callback) -> bool:
    return hasattr(callback, "get_state") and hasattr(callback, "set_state")


def _decides(name: str) -> bool:
    """Whether a callback of this name may change what a training ends with."""
    return name not in WATCHERS


def _states_for(callbacks, saved: Sequence, arrays) -> list:
    """For each what was saved of one of its name, the first of the first; `None` of a new one."""
    left, states = list(saved), []
    for callback in callbacks:
        found = next((pair for pair in left if pair[0] == _name(callback)), None)
        if found is not None:
            left.remove(found)
        states.append(None if found is None else _with_arrays(found[1], arrays))
    return states


def _state_of(callback):
    if _has_state(callback):
        return callback.get_state()
    kinds = [kind for kind in type(callback).__mro__ if kind.__module__.startswith("keras.")]
    names = [name for kind in kinds for name in REMEMBERED.get(kind.__name__, ())]
    return {name: vars(callback)[name] for name in names if name in vars(callback)}


def _said_by(callback, arrays: dict[str, np.ndarray]):
    """What it remembers, as JSON can hold it; arrays are put beside.

    Raises:
        InvalidArgumentError: if it is of another kind.
    """
    state = _state_of(callback)
    try:
        return _without_arrays(state, arrays)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(
            f"get_state() of {_name(callback)} {error}, and a checkpoint holds numbers, strings, "
            "arrays, and lists and dictionaries of these whose names are strings; return such."
        ) from error


def _without_arrays(value, arrays: dict[str, np.ndarray]):
    if isinstance(value, dict):
        for name in value:
            if not isinstance(name, str):
                raise TypeError(f"names something {shown(name)}")
        return {name: _without_arrays(part, arrays) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_arrays(part, arrays) for part in value]
    if isinstance(value, (np.ndarray, keras.Variable)) or ops.is_tensor(value):
        name = f"array {len(arrays)}"
        arrays[name] = _plain(value)
        return {"array": name}
    value = value.item() if isinstance(value, np.generic) else value
    if value is not None and not isinstance(value, (bool, int, float, str)):
        raise TypeError(f"holds a {type(value).__name__}")
    return value


def _with_arrays(value, arrays: dict[str, np.ndarray]):
    if isinstance(value, dict):
        if value.keys() == {"array"} and isinstance(value["array"], str):
            return arrays[value["array"]]
        return {name: _with_arrays(part, arrays) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_arrays(part, arrays) for part in value]
    return value
