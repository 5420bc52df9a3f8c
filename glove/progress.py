"""The bar that counting and training show: how far, how fast, how good, how long still."""

import contextlib
from collections.abc import Callable, Iterator

# Moves a bar by some steps; what else it is given replaces what stood there.
Advance = Callable[..., None]


@contextlib.contextmanager
def progress_bar(
    description: str, total: int | None, unit: str, shown: bool = True
) -> Iterator[Advance]:
    """A bar, and the function that moves it: `advance(steps, status=None, description=None)`.

    Args:
        description: what is done.
        total: how many steps there are; None where nobody knows.
        unit: what a step is, in the plural, for the speed.
        shown: whether there is anything to see.

    Example:

    >>> with progress_bar("counting", total=2, unit="tokens", shown=False) as advance:
    ...     advance(1)
    ...     advance(1, status="done")
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[status]}{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, disable=not shown) as bar:
        task = bar.add_task(description, total=total, status="", speed="")

        def advance(steps: int, status: str | None = None, description: str | None = None) -> None:
            speed = f"{(bar.tasks[0].speed or 0.0) / 1e6:.1f}M {unit}/s"
            fields = {} if status is None else {"status": f"{status} "}
            bar.update(task, advance=steps, description=description, speed=speed, **fields)

        yield advance
        bar.update(task, speed="")
