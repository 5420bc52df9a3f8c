"""What an application is, and the names by which the command line knows them."""

import importlib
import inspect
import os
import pkgutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple, Self

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError, InvalidFileError
from mlm_tf.models import TextModel, load_model
from mlm_tf.tasks.result_table import Column, ResultTable
from mlm_tf.tasks.rows import (
    Rows,
    check_classes,
    check_inputs,
    check_rows,
    columns_called,
    read_inputs,
    read_rows,
    split_rows,
    uneven_note,
)
from mlm_tf.training import Recipe, check_model_path, train

APPLICATIONS: dict[str, type["Application"]] = {}


class Setting(NamedTuple):
    """An argument of an application's constructor, and an option of its command.

    Attributes:
        name: as in Python, "hidden_dim"; on the command line it is --hidden-dim.
        default: its value, which also says its kind: a string, a number, or False for a switch.
        help: in half a line what it does.
        option: what the command line calls it, where the command has an option of that name
            itself, as --model is the file of one.
        is_of_use: whether it says how what was learned is used: `load` takes it too, and the files
            of `save` do not hold it.
    """

    name: str
    default: str | int | float | bool
    help: str
    option: str | None = None
    is_of_use: bool = False


LEVELS = ("auto", "word", "character", "subword")
LEVEL = Setting("level", "auto", "what a token is: word, character, subword; auto: by the script")


class Application:
    """Something that a model is for: it learns from rows, and is measured beside baselines.

    A subclass with the decorator `register_application` has to have `name`, `summary`, `columns`,
    and the methods `fit`, `evaluate`, `predict` and `table`; `baselines` wherever something simple
    can do the same. Its docstring is the help of its command. Nothing heavy (scikit-learn, gensim)
    is imported at the top of its module, which `mlm-tf --help` reads.

    Attributes:
        name: of the class, as all of these down to `model_kind`: the one in `mlm-tf task NAME`.
        summary: what it does, in half a line.
        columns: the figures that `evaluate` returns, each a `Column`.
        input_name, target_name: what a row holds, as the columns of a table are called and the
            options --text-column and --label-column; a `target_name` of None says that rows have
            inputs alone.
        targets_are_classes: whether targets are labels, of which there have to be at least two.
        reads_whole_files: whether a text file is one input; otherwise each of its lines is.
        answers_untrained: whether `predict` says something without `fit` or `load`.
        corpora: what `table` can be told to measure on, as its argument `corpus`. Empty if there is
            nothing to choose.
        settings: the arguments of the constructor, each a `Setting`.
        model_kind: the class of `model`, which `load` asks for.
        model: the trained model with its pipeline inside; None before `fit`.
        options: the settings, a dictionary.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]]
    input_name: ClassVar[str] = "text"
    target_name: ClassVar[str | None] = "label"
    targets_are_classes: ClassVar[bool] = True
    reads_whole_files: ClassVar[bool] = False
    answers_untrained: ClassVar[bool] = False
    corpora: ClassVar[tuple[str, ...]] = ()
    settings: ClassVar[tuple[Setting, ...]] = ()
    model_kind: ClassVar[type] = TextModel

    def __init__(self, **settings):
        known = {setting.name: setting.default for setting in self.settings}
        for name in settings:
            if name not in known:
                raise InvalidArgumentError(
                    f"{name}={shown(settings[name])} is no setting of {self.name}; it has "
                    f"{', '.join(known) or 'none'}."
                )
        self.options = {**known, **settings}
        self.model = None

    # === What a subclass does ===

    def fit(self, inputs, targets=None, progress: bool = False) -> Self:
        """Learn from rows; `self` comes back.

        Args:
            inputs: list of texts.
            targets: for each what shall come out.
            progress: whether to show a bar.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define fit().")

    def evaluate(self, inputs, targets=None) -> dict[str, float]:
        """The figures of `columns` on rows that were not learned from."""
        raise NotImplementedError(f"{type(self).__name__} does not define evaluate().")

    def predict(self, inputs) -> list:
        """What comes out for each input."""
        raise NotImplementedError(f"{type(self).__name__} does not define predict().")

    @classmethod
    def table(cls, quick: bool = True, progress: bool = False) -> ResultTable:
        """Run the comparison: models, each a factor varied, beside the baselines.

        Args:
            quick: on what needs no download, in at most three minutes on two cores; otherwise in
                full, for which a GPU is meant.
            progress: whether to show bars.
        """
        raise NotImplementedError(f"{cls.__name__} does not define table().")

    def baselines(self, training: Rows, held: Rows) -> dict[str, Mapping[str, float]]:
        """What simple methods make of the same rows: for each name the figures of `columns`."""
        return {}

    def line(self, text: str, prediction) -> str:
        """A prediction as a line of the command's output."""
        return f"{prediction}\t{' '.join(text.split())}"

    # === What all have ===

    @classmethod
    def checked(cls, inputs, targets=None) -> Rows:
        """Rows to learn from, looked at: as long as each other, nothing empty, no single class."""
        if cls.target_name is None:
            return Rows(check_inputs(f"{cls.input_name}s", inputs), None)
        rows = check_rows(inputs, targets, (f"{cls.input_name}s", f"{cls.target_name}s"))
        if cls.targets_are_classes:
            check_classes(rows.targets)
        return rows

    @classmethod
    def read(
        cls,
        paths: Sequence[str | os.PathLike],
        input_column: str | int | None = None,
        target_column: str | int | None = None,
        encoding: str = "utf-8",
    ) -> tuple[Rows, int]:
        """Rows of files, to learn from.

        Args:
            paths: files or folders; without a `target_name` also texts themselves.
            input_column, target_column: of tables, their names or numbers; by default
                `input_name` and `target_name`.
            encoding: of the files.

        Returns:
            `(rows, left_out)`: and how many more lack a target.
        """
        if cls.target_name is None:
            inputs = cls.read_inputs(paths, input_column, encoding)
            return Rows(inputs, None), 0
        if not cls.targets_are_classes:
            input_column = cls.input_name if input_column is None else input_column
            target_column = cls.target_name if target_column is None else target_column
        with columns_called(cls.input_name, cls.target_name):
            rows, left_out = read_rows(paths, input_column, target_column, encoding)
        if not cls.targets_are_classes:  # but texts, of which none is a number
            targets = [str(text) if type(text) is int else text for text in rows.targets]
            rows = rows._replace(targets=targets)
        return rows, left_out

    @classmethod
    def read_inputs(
        cls,
        what: Sequence[str],
        input_column: str | int | None = None,
        encoding: str = "utf-8",
    ) -> list[str]:
        """Texts to predict on, of files, folders, or as they are: see `rows.read_inputs`."""
        with columns_called(cls.input_name, cls.target_name):
            return read_inputs(what, input_column, encoding, cls.reads_whole_files)

    @classmethod
    def split(cls, rows: Rows, seed: int = 0) -> tuple[Rows, Rows]:
        """Nine tenths of the rows to learn from, and a tenth to measure on; rows of one text stay
        together."""
        return split_rows(rows, seed=seed, by_class=cls.targets_are_classes)

    def compare(self, inputs, targets=None, seed: int = 0, progress: bool = False) -> ResultTable:
        """Fit on nine tenths of the rows; a table of it and its baselines on the rest.

        Args:
            inputs, targets: as for `fit`.
            seed: of the choice of the tenth; rows of one text stay together.
            progress: whether to show a bar.
        """
        rows = self.checked(inputs, targets)
        training, held = self.split(rows, seed=seed)
        note = uneven_note(rows.targets) if self.targets_are_classes and rows.targets else None
        table = ResultTable(
            f"{self.name}: {len(training.inputs):,} rows to learn from, {len(held.inputs):,} held "
            "out",
            self.columns,
            [] if note is None else [note],
        )
        for name, figures in self.baselines(training, held).items():
            table.add(name, figures, kind="baseline")
        self.fit(*training, progress=progress)
        table.add("this model", self.evaluate(*held))
        return table

    def learn(self, model: TextModel, data, recipe: Recipe, progress: bool = False, **how) -> None:
        """Train a model, the weights that are best on validation data kept unless told; it is
        `model` then.

        Args:
            model: with its pipeline.
            data: training and validation data.
            recipe: how.
            progress: whether to show a bar.
            how: further arguments of `training.train`.
        """
        how = {"progress": progress, "checkpoints": False, **how}
        with tempfile.TemporaryDirectory() as folder:
            train(model, *data, recipe, Path(folder) / "best.keras", **how)
        self.model = model

    def trained(self) -> TextModel:
        """The model, if there is one.

        Raises:
            InvalidArgumentError: before `fit` or `load`.
        """
        if self.model is None:
            kind = type(self).__name__
            raise InvalidArgumentError(
                f"This {kind} has learned nothing yet; call fit, or use {kind}.load(path)."
            )
        return self.model

    @classmethod
    def check_output(cls, path: str | os.PathLike, overwrite: bool = False) -> Path:
        """The path of a file that `save` may write; raises as it says."""
        return check_model_path(path, overwrite)

    def save(self, path: str | os.PathLike, overwrite: bool = False) -> None:
        """Write the model with its pipeline: what is loaded from it takes raw text.

        Raises:
            InvalidArgumentError: before `fit`; for a name that does not end in .keras; and for a
                file that exists, unless `overwrite`.
        """
        self.trained().save(self.check_output(path, overwrite))

    @classmethod
    def load(cls, path: str | os.PathLike, **settings) -> Self:
        """From a file of `save`.

        Args:
            path: the file.
            settings: those that are of use, as `num_beams`; each is the default, unless told.

        Raises:
            InvalidArgumentError: for a setting that only learning asks for.
            MissingFileError: if there is none.
            InvalidFileError: if it holds another kind of model, or one without a pipeline.
        """
        application = cls(**cls.check_use(settings))
        model = load_model(path)
        if not isinstance(model, cls.model_kind) or model.pipeline is None:
            without = "" if model.pipeline else " without a pipeline"
            raise InvalidFileError(
                f"{path} holds a {type(model).__name__}{without}, and {cls.name} needs a "
                f"{cls.model_kind.__name__} with its pipeline; use a file that it saved."
            )
        application.model = model
        return application

    @classmethod
    def check_use(cls, settings: Mapping) -> Mapping:
        """Settings for `load`, as they are; raises for one that only learning asks for."""
        of_use = [setting.name for setting in cls.settings if setting.is_of_use]
        for name, value in settings.items():
            if name not in of_use:
                raise InvalidArgumentError(
                    f"{name}={shown(value)} changes nothing of what was learned already; load "
                    f"takes {', '.join(of_use) or 'no settings'}."
                )
        return settings


def register_application(kind: type[Application]) -> type[Application]:
    """A decorator that gives an `Application` its place in `mlm-tf task`, under its `name`.

    Those in `mlm_tf/tasks` are found by themselves. Another file becomes a command of its own where
    it ends in `sys.exit(mlm_tf.cli.main(["task", *sys.argv[1:]]))`.

    The same class may be registered again, as when the cell of a notebook is run twice.

    Raises:
        InvalidArgumentError: for what is no such class, lacks something, or takes a name there is.
    """
    if not inspect.isclass(kind) or not issubclass(kind, Application):
        raise InvalidArgumentError(
            f"{shown(kind)} cannot be registered; decorate a subclass of mlm_tf.tasks.Application."
        )
    for needed in ("name", "summary", "columns"):
        if not hasattr(kind, needed):
            raise InvalidArgumentError(
                f"{kind.__name__} has no {needed}; write {needed} = ... in the class."
            )
    there = APPLICATIONS.get(kind.name)
    if there is not None and _origin(there) != _origin(kind):
        raise InvalidArgumentError(
            f"The name {kind.name!r} is taken by {there.__name__}; choose another."
        )
    APPLICATIONS[kind.name] = kind
    return kind


def _origin(kind: type) -> tuple[str, str]:
    return kind.__module__, kind.__qualname__


def applications() -> dict[str, type[Application]]:
    """All applications by name: those of the modules in `mlm_tf/tasks`, and those registered."""
    package = importlib.import_module("mlm_tf.tasks")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"mlm_tf.tasks.{module.name}")
    return dict(sorted(APPLICATIONS.items()))
