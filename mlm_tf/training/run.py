"""The folder of a training: what it was told, and what came out."""

import contextlib
import csv
import hashlib
import importlib.metadata
import itertools
import json
import logging
import os
import platform
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import keras
import numpy as np
from keras import ops

from glove.writing import written_beside
from mlm_tf.checks import check_path, shown
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError
from mlm_tf.training.checkpoints import checkpoints_in
from mlm_tf.training.distribution import is_writer, wait_for_all
from mlm_tf.training.fit import TrainingResult, check_model_path

logger = logging.getLogger("mlm_tf")

FORMAT, VERSION = "mlm_tf run", 1
SHOWN = ("curves.csv", "curves.png", "samples.txt")  # and what TensorBoard reads, in a folder
OURS = ("run.json", "lock", "curves.csv", "checkpoints", "model.keras")
COUNTED = re.compile(r'"(name": "[^"]*"|shared_object_id": \d+)')  # by process, not by model
FINGERPRINT = 8  # batches of a data set that are looked at
LATER = {"steps_per_execution": 1}  # what one was told that began before there was such a thing
VERSIONS = ("mlm-tf", "keras", "tensorflow", "jax", "numpy")


class Run:
    """A training on disk: `run.json` and `checkpoints/` in a folder.

    Args:
        output: a folder, by a name without an ending, which then also holds `model.keras` and
            stays; or a `.keras` file, and the folder beside it, `name.run`, goes when the training
            is done.
        told: what decides the training, by names; of the kind that JSON can hold.
        overwrite: whether the folder of another training, or of a finished one, may be replaced.
        resume: whether an unfinished training that was told the same is gone on with.

    Attributes:
        folder, model_path, checkpoints: the paths.
        is_begun: whether it is an unfinished training that is gone on with.

    Raises:
        InvalidArgumentError: if the folder holds something else, a finished training, or one that
            was told something else, which is named; unless `overwrite`.
        MissingFileError: if the folder around it does not exist.
        InvalidFileError: if its `run.json` cannot be read.
    """

    def __init__(self, output, told: Mapping, overwrite: bool = False, resume: bool = True):
        check_output(output, overwrite)
        self.model_path, self.folder = _paths(output)
        self.is_kept = kept_folder(output) is not None
        self.checkpoints, self._file = self.folder / "checkpoints", self.folder / "run.json"
        told = {"output": self.model_path.name, **told}
        self.told = json.loads(json.dumps(told, default=_as_json))
        before = _read(self._file)
        self.is_begun, self._steps = False, None
        if before is not None and before["results"] is None:
            difference = _difference({**LATER, **before["told"]}, self.told)
            self.is_begun = resume and difference is None
            if not self.is_begun:
                self._replace(difference, overwrite)
            else:
                self._steps = before["steps"]
        if not self.is_kept:
            check_model_path(self.model_path, overwrite or self.is_begun)
        if self.is_begun and before["versions"] != _versions():
            logger.warning(
                "%s was begun with other versions (%s); its numbers will not be the same to the "
                "last bit.",
                self.folder,
                ", ".join(f"{name} {number}" for name, number in before["versions"].items()),
            )

    def _replace(self, difference: str | None, overwrite: bool) -> None:
        """Say that an unfinished training is given up, or raise, if nobody told so."""
        if overwrite:
            said = difference or "which is not gone on with"
            logger.warning("The unfinished training in %s, %s, is replaced.", self.folder, said)
        elif difference is None:
            raise InvalidArgumentError(
                f"{self.folder} holds an unfinished training; go on with it by resume=True, or "
                "pass overwrite=True (--overwrite) to begin anew."
            )
        else:
            raise InvalidArgumentError(
                f"{self.folder} holds an unfinished training, {difference}; use the same to go on, "
                "another output, or overwrite=True (--overwrite) to begin anew."
            )

    @contextlib.contextmanager
    def in_progress(self) -> Iterator[None]:
        """Inside, the folder is there and no other process trains into it; of several that train
        together the first writes, and the others read.

        Where the block fails before there is a checkpoint, nothing is left of it but a model.

        Raises:
            InvalidArgumentError: if another process trains into it.
        """
        if not is_writer():
            wait_for_all("the run is begun")
            yield
            return
        import fcntl

        self._is_made = not self.is_kept or not self.folder.exists()
        with self._lock_file() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise InvalidArgumentError(
                    f"Another process trains into {self.folder}; wait for it, or use another "
                    "output."
                ) from error
            self._clean()
            if not self.is_begun:
                self._remove()
            self.checkpoints.mkdir(exist_ok=True)
            if not self.is_begun:
                self._write(None)
            try:
                wait_for_all("the run is begun")
                yield
            except BaseException:
                if not checkpoints_in(self.checkpoints):
                    self._clear()
                raise

    def _lock_file(self):
        try:
            self.folder.mkdir(exist_ok=True)
            return (self.folder / "lock").open("w")
        except OSError as error:
            raise InvalidArgumentError(
                f"output: {self.folder} cannot be written to ({error.strerror}); use another."
            ) from error

    def measured_once(self, measure: Callable[[], int | None]) -> int | None:
        """What was measured when the training began, also if that was in another process; it has
        the same number of steps, and thus the same schedule, whenever it goes on."""
        if self._steps is None:
            self._steps = measure()
            if self._steps is not None:
                self._write(None)
        return self._steps

    def end(self, result: TrainingResult) -> None:
        """Write what came out, or remove the folder, if only the model is wanted; of an interrupted
        training leave what it can go on from."""
        if not is_writer():
            return
        if result.interrupted and checkpoints_in(self.checkpoints):
            return
        if result.interrupted or not self.is_kept:
            self._clear()
            return
        with (
            written_beside(self.folder / "curves.csv") as beside,
            beside.open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(result.history)
            writer.writerows(itertools.zip_longest(*result.history.values()))
        names = ("best", "history", "seconds", "tokens_per_second")
        self._write({name: getattr(result, name) for name in names})
        (self.folder / "lock").unlink()

    def _clear(self) -> None:
        """Remove what a training wrote, and the folder, if it was made for it."""
        self._remove()
        names = {path.name for path in self.folder.iterdir()}
        if self._is_made and names <= {"lock"} and not self.folder.is_symlink():
            shutil.rmtree(self.folder)

    def _remove(self) -> None:
        """Remove what a training wrote, but for its model; `run.json`, which says so, last."""
        for path in checkpoints_in(self.checkpoints):
            path.unlink()
        with contextlib.suppress(OSError):  # something else lies in it
            self.checkpoints.rmdir()
        shutil.rmtree(self.folder / "tensorboard", ignore_errors=True)
        for name in (*SHOWN, "run.json"):
            (self.folder / name).unlink(missing_ok=True)

    def _clean(self) -> None:
        """Remove what a process that was killed had begun to write."""
        for folder in (self.folder, self.checkpoints):
            for left in folder.glob(".partial-*"):
                shutil.rmtree(left)
        for left in self.model_path.parent.glob(".partial-*"):  # another's may lie there too
            if (left / self.model_path.name).exists():
                shutil.rmtree(left)

    def _write(self, results: Mapping | None) -> None:
        if not is_writer():
            return
        content = {
            "format": FORMAT,
            "version": VERSION,
            "told": self.told,
            "versions": _versions(),
            "steps": self._steps,  # that were measured, if any
            "results": results,
        }
        with written_beside(self._file) as beside:
            text = json.dumps(content, indent=2, ensure_ascii=False, default=_as_json)
            beside.write_text(text, encoding="utf-8")


def check_output(output, overwrite: bool = False) -> None:
    """Raise if `train` could not write there, as far as that is known before there is data.

    Args:
        output, overwrite: as for `train`.

    Raises:
        InvalidArgumentError, MissingFileError, InvalidFileError: as `train`.
    """
    model_path, folder = _paths(output)
    if not folder.parent.is_dir():
        raise MissingFileError(
            f"output={str(output)!r} lies in a folder that does not exist; make it first."
        )
    place = folder if folder.is_dir() else folder.parent
    if not os.access(place, os.W_OK):
        raise InvalidArgumentError(f"output: {folder} cannot be written to; use another.")
    before = _read(folder / "run.json")
    if before is None and (folder.exists() or folder.is_symlink()):
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else [folder.name]
        others = [n for n in names if n not in OURS and not n.startswith(".partial-")]
        if others or ("model.keras" in names and not overwrite):
            raise InvalidArgumentError(
                f"{folder} is there and holds no training, but {shown(names)}; use another output."
            )
    is_done = before is not None and before["results"] is not None
    if is_done and not overwrite:
        raise InvalidArgumentError(
            f"{folder} holds a training that is done; use another output, or pass overwrite=True "
            "(--overwrite) to replace it."
        )
    if model_path.parent != folder:
        check_model_path(model_path, overwrite or before is not None)


def kept_folder(output) -> Path | None:
    """The folder of a run that stays when the training is done; `None` where only a model does."""
    model_path, folder = _paths(output)
    return folder if model_path.parent == folder else None


def _paths(output) -> tuple[Path, Path]:
    """The model and the folder of a run."""
    path = check_path("output", output)
    if path.suffix == ".keras":
        return path, path.with_suffix(".run")
    if path.suffix or path.name in ("", ".", "..", "~", ".keras"):
        raise InvalidArgumentError(
            f"output={str(output)!r} is neither a model file nor a folder; use a name that ends in "
            ".keras, or one without an ending."
        )
    return path / "model.keras", path


def _read(file: Path) -> dict | None:
    """What `run.json` holds, if there is one."""
    if not file.is_file():
        return None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if (content["format"], content["version"]) != (FORMAT, VERSION):
            raise ValueError(f"its version is {content['version']}")
        found = {name: content[name] for name in ("told", "versions", "results")}
        return {**found, "steps": content.get("steps")}
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidFileError(
            f"{file} is no record of a training that this version reads ({error}); use another "
            "output."
        ) from error


def _versions() -> dict[str, str]:
    """Of Python, the backend, and what computes."""
    found = {"python": platform.python_version(), "backend": keras.backend.backend()}
    for name in VERSIONS:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def _as_json(value):
    return value.item() if isinstance(value, np.generic) else str(value)


def _difference(before: Mapping, now: Mapping) -> str | None:
    """The first thing that two trainings were told differently."""
    for name in [*now, *(name for name in before if name not in now)]:
        old, new = before.get(name), now.get(name)
        if old != new:
            if isinstance(old, str) and old.startswith("sha256:"):
                return f"whose {name} was another"
            return f"whose {name} was {shown(old)} and is {shown(new)} now"
    return None


# === What decides a training, in short ===


def model_fingerprints(model: keras.Model) -> dict[str, str]:
    """Of how a model was built, and of the weights that it begins with."""
    try:
        config = json.dumps(keras.saving.serialize_keras_object(model), default=str, sort_keys=True)
        config = COUNTED.sub("", config)
    except (TypeError, ValueError, NotImplementedError):  # one of one's own, without a config
        config = type(model).__name__
    found = hashlib.sha256()
    for weight in model.weights:
        value = ops.convert_to_numpy(weight)
        found.update(f"{value.dtype} {value.shape}".encode())
        found.update(np.ascontiguousarray(value).tobytes())
    return {
        "model": f"sha256:{hashlib.sha256(config.encode()).hexdigest()}",
        "first weights (give build_model a seed, and make the model anew)": (
            f"sha256:{found.hexdigest()}"
        ),
    }


def data_fingerprint(dataset) -> str:
    """Of the shapes, the number of batches and the first ones of what `pipeline.windows` and its
    like return; of another data set the shapes and the number alone: it may draw anew."""
    if not hasattr(dataset, "element_spec"):
        return f"a {type(dataset).__name__}"
    spec = keras.tree.map_structure(lambda s: f"{s.dtype.name} {s.shape}", dataset.element_spec)
    found = hashlib.sha256(f"{spec} {int(dataset.cardinality())}".encode())
    if hasattr(dataset, "from_batch"):
        for batch in dataset.from_batch(0).take(FINGERPRINT):
            for part in keras.tree.flatten(batch):
                found.update(np.asarray(part).tobytes())
    return f"sha256:{found.hexdigest()}"
