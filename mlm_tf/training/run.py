"""The folder of a training: what it was told, how far it is, and what came out."""

import csv
import hashlib
import importlib.metadata
import json
import logging
import platform
import shutil
from collections.abc import Mapping

import keras
import numpy as np
from keras import ops

from glove.writing import written_beside
from mlm_tf.checks import check_path, shown
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError
from mlm_tf.training.fit import TrainingResult, check_model_path

logger = logging.getLogger("mlm_tf")

FORMAT, VERSION = "mlm_tf run", 1
FINGERPRINT = 8  # batches of a data set that are looked at
VERSIONS = ("keras", "tensorflow", "jax", "numpy")


class Run:
    """A training on disk: `run.json` and `checkpoints/` in a folder.

    Args:
        output: a folder, which then also holds `model.keras` and stays; or a `.keras` file, and
            the folder beside it, `name.run`, goes when the training is done.
        told: what decides the training, by names; of the kind that JSON can hold.
        overwrite: whether a folder of another training, or of a finished one, may be replaced.
        resume: whether an unfinished training that was told the same is gone on with.

    Attributes:
        folder, model_path, checkpoints: the paths.
        is_resumed: whether there are checkpoints to go on from.

    Raises:
        InvalidArgumentError: if the folder holds something else, a finished training, or one that
            was told something else, which is named; unless `overwrite`.
        MissingFileError: if the folder around it does not exist.
        InvalidFileError: if its `run.json` cannot be read.
    """

    def __init__(self, output, told: Mapping, overwrite: bool = False, resume: bool = True):
        path = check_path("output", output)
        self.is_kept = path.suffix != ".keras"
        self.folder = path if self.is_kept else path.with_suffix(".run")
        self.model_path = path / "model.keras" if self.is_kept else path
        self.checkpoints, self.file = self.folder / "checkpoints", self.folder / "run.json"
        self.told = json.loads(json.dumps(told))
        if self.is_kept and not self.folder.parent.is_dir():
            raise MissingFileError(
                f"output={str(path)!r} lies in a folder that does not exist; make it first."
            )
        self.is_resumed = self._is_unfinished(overwrite, resume)
        if not self.is_kept:
            check_model_path(path, overwrite or self.is_resumed)
        if not self.is_resumed:
            self._clear()

    def _clear(self) -> None:
        """Remove what a training wrote, and the folder, if nothing else is in it."""
        shutil.rmtree(self.checkpoints, ignore_errors=True)
        names = ("run.json", "curves.csv", *(["model.keras"] if self.is_kept else []))
        for name in names:
            (self.folder / name).unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _is_unfinished(self, overwrite: bool, resume: bool) -> bool:
        """Whether to go on; raises where something would be lost that nobody gave up."""
        if not self.folder.exists() or (self.folder.is_dir() and not any(self.folder.iterdir())):
            return False
        if not self.file.is_file():
            raise InvalidArgumentError(
                f"{self.folder} is there and holds no training; use another output."
            )
        before = self._read()
        if before.get("results") is not None:
            if not overwrite:
                raise InvalidArgumentError(
                    f"{self.folder} holds a training that is done; use another output, or pass "
                    "overwrite=True (--overwrite) to replace it."
                )
            return False
        difference = _difference(before["told"], self.told)
        if resume and difference is None:
            if before["versions"] != _versions():
                logger.warning(
                    "%s was begun with other versions (%s); its numbers will not be the same to "
                    "the last bit.",
                    self.folder,
                    ", ".join(f"{name} {number}" for name, number in before["versions"].items()),
                )
            return any(self.checkpoints.glob("*.safetensors"))
        if overwrite:
            return False
        if difference is None:
            raise InvalidArgumentError(
                f"{self.folder} holds an unfinished training; go on with it by resume=True "
                "(--resume), or pass overwrite=True (--overwrite) to begin anew."
            )
        raise InvalidArgumentError(
            f"{self.folder} holds an unfinished training, {difference}; use the same to go on, "
            "another output, or overwrite=True (--overwrite) to begin anew."
        )

    def _read(self) -> dict:
        try:
            content = json.loads(self.file.read_text(encoding="utf-8"))
            if (content["format"], content["version"]) != (FORMAT, VERSION):
                raise ValueError(f"its version is {content['version']}")
            return content
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidFileError(
                f"{self.file} is no record of a training that this version reads ({error}); use "
                "another output."
            ) from error

    def begin(self) -> None:
        """Make the folder, and write what the training was told."""
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        for left in self.checkpoints.glob(".partial-*"):  # of a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        if not self.is_resumed:
            self._write(None)

    def end(self, result: TrainingResult) -> None:
        """Write what came out, or remove the folder, if only the model is wanted."""
        if not self.is_kept:
            self._clear()
            return
        with (
            written_beside(self.folder / "curves.csv") as beside,
            beside.open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(result.history)
            writer.writerows(zip(*result.history.values(), strict=True))
        names = ("best", "history", "seconds", "tokens_per_second")
        self._write({name: getattr(result, name) for name in names})

    def fail(self) -> None:
        """Leave nothing where nothing could be gone on with."""
        if not any(self.checkpoints.glob("*.safetensors")):
            self._clear()

    def _write(self, results: Mapping | None) -> None:
        content = {
            "format": FORMAT,
            "version": VERSION,
            "told": self.told,
            "versions": _versions(),
            "results": results,
        }
        with written_beside(self.file) as beside:
            text = json.dumps(content, indent=2, ensure_ascii=False, default=float)
            beside.write_text(text, encoding="utf-8")


def check_output(output, overwrite: bool = False) -> None:
    """Raise if `train` could not write there, as far as that is known before there is data.

    Raises:
        InvalidArgumentError, MissingFileError: as `train`.
    """
    path = check_path("output", output)
    if path.suffix == ".keras" and not (path.with_suffix(".run") / "run.json").is_file():
        check_model_path(path, overwrite)


def _versions() -> dict[str, str]:
    """Of Python, the backend, and what computes."""
    found = {"python": platform.python_version(), "backend": keras.backend.backend()}
    for name in VERSIONS:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _difference(before: Mapping, now: Mapping) -> str | None:
    """The first thing that two trainings were told differently."""
    for name in [*now, *(name for name in before if name not in now)]:
        old, new = before.get(name), now.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            if found := _difference(old, new):
                return found
        elif old != new:
            if isinstance(old, str) and old.startswith("sha256:"):
                return f"and its {name} was another"
            return f"whose {name} was {shown(old)} and is {shown(new)} now"
    return None


# === What decides a training, in short ===


def weights_checksum(model: keras.Model) -> str:
    """Of the shapes and values of all weights and random states."""
    found = hashlib.sha256()
    for variable in model.variables:
        value = ops.convert_to_numpy(variable)
        found.update(f"{value.dtype} {value.shape}".encode())
        found.update(np.ascontiguousarray(value).tobytes())
    return f"sha256:{found.hexdigest()}"


def data_checksum(dataset) -> str:
    """Of the shapes, the number of batches and the first ones of what `pipeline.windows` and its
    like return; of another data set the shapes and the number alone: it may draw anew."""
    spec = keras.tree.map_structure(lambda s: f"{s.dtype.name} {s.shape}", dataset.element_spec)
    found = hashlib.sha256(f"{spec} {int(dataset.cardinality())}".encode())
    if hasattr(dataset, "from_batch"):
        for batch in dataset.from_batch(0).take(FINGERPRINT):
            for part in keras.tree.flatten(batch):
                found.update(np.asarray(part).tobytes())
    return f"sha256:{found.hexdigest()}"
