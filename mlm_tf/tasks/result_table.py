"""A table of results: models beside their baselines, each figure with its spread over runs."""

import json
import os
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from glove.writing import written_beside
from mlm_tf.checks import check_choice, check_new_file, check_path, shown
from mlm_tf.errors import InvalidArgumentError

KINDS = ("model", "baseline", "published")
WRITERS = {".json": "to_json", ".md": "to_markdown"}
MISSING = "–"
NAME_WIDTH = 30  # of a model's name on a screen, before its figures are squeezed


@dataclass(frozen=True)
class Column:
    """A figure of every row.

    Attributes:
        name: above the column, and the key of the figure in `ResultTable.add`.
        format: of one number, as `format` takes it: ".1%" for a share, ".2f".
        best: "highest" or "lowest", whichever is better; None for what is neither, as a time.
    """

    name: str
    format: str = ".1%"
    best: str | None = "highest"


@dataclass(frozen=True)
class Result:
    """A row: the runs of one model.

    Attributes:
        name: of the model.
        figures: for each column the values of all runs, one a seed.
        kind: "model", "baseline", or "published" for what others measured.
    """

    name: str
    figures: dict[str, tuple[float, ...]]
    kind: str = "model"


class ResultTable:
    """Rows of models and baselines with their figures, to print, to look things up in, to save.

    `print(table)` draws it for a terminal, Chinese in its true width; a notebook shows it as HTML.
    The best of the models and baselines is marked in each column.

    Args:
        title: what was measured, on which data.
        columns: the figures.
        notes: sentences below the table.

    Attributes:
        rows: list of `Result`, in the order in which they were added.

    Example:

    >>> table = ResultTable("parity of 200 numbers", [Column("accuracy")])
    >>> table.add("majority", {"accuracy": 0.5}, kind="baseline")
    >>> table.add("LSTM", {"accuracy": [0.9, 0.94]})
    >>> print(table.to_markdown())
    **parity of 200 numbers**
    <BLANKLINE>
    | model | kind | accuracy |
    |---|---|---:|
    | majority | baseline | 50.0% |
    | LSTM | model | **92.0% ± 2.8%** |
    <BLANKLINE>
    ±: standard deviation over runs with different seeds.
    >>> round(table.mean("LSTM", "accuracy"), 2), table.beats_baselines("LSTM", "accuracy")
    (0.92, True)
    """

    def __init__(self, title: str, columns: Iterable[Column], notes: Iterable[str] = ()):
        self.title, self.columns, self.notes = title, list(columns), list(notes)
        self.rows: list[Result] = []

    def add(
        self, name: str, figures: Mapping[str, float | Sequence[float]], kind: str = "model"
    ) -> None:
        """One more row, below the others.

        Args:
            name: of the model, another than those of the rows there are.
            figures: for each column, or some of them, a number or the numbers of several runs.
            kind: "model", "baseline" or "published".
        """
        check_choice("kind", kind, KINDS)
        if any(row.name == name for row in self.rows):
            raise InvalidArgumentError(f"The table has a row {name!r} already; use another name.")
        known = [column.name for column in self.columns]
        for figure in figures:
            check_choice("figures", figure, tuple(known))
        values = {
            figure: tuple(map(float, value)) if isinstance(value, Iterable) else (float(value),)
            for figure, value in figures.items()
        }
        self.rows.append(Result(name, values, kind))

    def add_runs(self, name: str, runs: Sequence[Mapping[str, float]], kind: str = "model") -> None:
        """One more row, of several runs, each with the same figures."""
        self.add(name, {figure: [run[figure] for run in runs] for figure in runs[0]}, kind)

    def row(self, name: str) -> Result:
        """The row of a name."""
        check_choice("name", name, tuple(row.name for row in self.rows))
        return next(row for row in self.rows if row.name == name)

    def mean(self, name: str, column: str) -> float:
        """The mean of a row over its runs."""
        values = self.row(name).figures.get(column)
        if not values:
            raise InvalidArgumentError(f"The row {name!r} has no {column!r}; use another column.")
        return statistics.fmean(values)

    def best_baseline(self, column: str) -> Result | None:
        """The baseline with the best mean in a column; None where no baseline has it."""
        of_column = self._column(column)
        rows = [r for r in self.rows if r.kind == "baseline" and r.figures.get(column)]
        better = min if of_column.best == "lowest" else max
        return better(rows, key=lambda row: self.mean(row.name, column), default=None)

    def beats_baselines(self, name: str, column: str) -> bool:
        """Whether a row is better, on the mean, than every baseline."""
        best = self.best_baseline(column)
        if best is None:
            return True
        ours, theirs = self.mean(name, column), self.mean(best.name, column)
        return ours < theirs if self._column(column).best == "lowest" else ours > theirs

    def _column(self, name: str) -> Column:
        check_choice("column", name, tuple(column.name for column in self.columns))
        return next(column for column in self.columns if column.name == name)

    # === On paper ===

    def cells(self) -> list[list[str]]:
        """Every row as it is shown: name, kind, figures."""
        return [
            [row.name, row.kind, *(self._shown(row, column) for column in self.columns)]
            for row in self.rows
        ]

    def _shown(self, row: Result, column: Column) -> str:
        values = row.figures.get(column.name)
        if not values:
            return MISSING
        mean = format(statistics.fmean(values), column.format)
        if len(values) == 1:
            return mean
        return f"{mean} ± {format(statistics.stdev(values), column.format)}"

    def _is_best(self, row: Result, column: Column) -> bool:
        """Of the models and baselines; what others published is measured on other runs."""
        if column.best is None or row.kind == "published" or not row.figures.get(column.name):
            return False
        means = [
            self.mean(other.name, column.name)
            for other in self.rows
            if other.kind != "published" and other.figures.get(column.name)
        ]
        best = min(means) if column.best == "lowest" else max(means)
        return len(means) > 1 and self.mean(row.name, column.name) == best

    def _notes(self) -> list[str]:
        has_spread = any(len(v) > 1 for row in self.rows for v in row.figures.values())
        return [*self.notes] + [
            "±: standard deviation over runs with different seeds."
        ] * has_spread

    def to_markdown(self) -> str:
        """A table of Markdown, the best of each column in bold."""
        names = ["model", "kind", *(column.name for column in self.columns)]
        lines = [f"**{self.title}**", "", f"| {' | '.join(names)} |"]
        lines += ["|---|---|" + "---:|" * len(self.columns)]
        for row, (name, kind, *figures) in zip(self.rows, self.cells(), strict=True):
            marked = [
                f"**{figure}**" if self._is_best(row, column) else figure
                for column, figure in zip(self.columns, figures, strict=True)
            ]
            lines.append(f"| {' | '.join([name.replace('|', chr(92) + '|'), kind, *marked])} |")
        return "\n".join(lines + [line for note in self._notes() for line in ("", note)])

    def to_json(self) -> str:
        """Everything, with all digits and runs; `ResultTable.from_json` reads it."""
        content = {
            "title": self.title,
            "columns": [asdict(column) for column in self.columns],
            "rows": [asdict(row) for row in self.rows],
            "notes": self.notes,
        }
        return json.dumps(content, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "ResultTable":
        """The table that `to_json` wrote."""
        content = json.loads(text)
        columns = [Column(**column) for column in content["columns"]]
        table = cls(content["title"], columns, content["notes"])
        for row in content["rows"]:
            table.add(**row)
        return table

    def save(self, path: str | os.PathLike, overwrite: bool = False) -> None:
        """Write it to a file that ends in .json or .md.

        Raises:
            InvalidArgumentError: for another ending, or a file that exists, unless `overwrite`.
        """
        path = check_table_path(path, overwrite)
        text = getattr(self, WRITERS[path.suffix])() + "\n"
        with written_beside(path) as beside:
            beside.write_text(text, encoding="utf-8")

    # === On a screen ===

    def __rich__(self):
        from rich import box
        from rich.cells import cell_len
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(title=Text(self.title), title_justify="left", box=box.SQUARE)
        longest = max((cell_len(row.name) for row in self.rows), default=0)
        table.add_column("model", overflow="fold", min_width=min(longest, NAME_WIDTH))
        table.add_column("kind")
        for column in self.columns:
            table.add_column(Text(column.name), justify="right")
        for row, (name, kind, *figures) in zip(self.rows, self.cells(), strict=True):
            marked = [
                Text(figure, "bold" if self._is_best(row, column) else "")
                for column, figure in zip(self.columns, figures, strict=True)
            ]
            table.add_row(Text(name), kind, *marked)
        return Group(table, *map(Text, self._notes()))

    def __str__(self):
        from rich.console import Console

        console = Console(width=100, color_system=None, force_jupyter=False, force_terminal=False)
        with console.capture() as capture:
            console.print(self)
        return "\n".join(line.rstrip() for line in capture.get().rstrip().splitlines())


def check_table_path(path: str | os.PathLike, overwrite: bool = False) -> Path:
    """The path of a table that may be written; raises as `ResultTable.save` says."""
    path = check_path("path", path)
    if path.suffix not in WRITERS:
        raise InvalidArgumentError(
            f"path={shown(str(path))} is no file of a table; use a name that ends in "
            f"{' or '.join(WRITERS)}."
        )
    return check_new_file(path, overwrite)
