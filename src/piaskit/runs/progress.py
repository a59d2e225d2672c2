"""What is shown at a terminal while notebooks or cases are under way; it goes to standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from piaskit.runs.warm import is_warm

Step: TypeAlias = Callable[[str], None]


@contextmanager
def show_notebooks(names: Sequence[str], quiet: bool = False) -> Iterator[Step]:
    """Show which notebooks are left, the last of which comes after the others.

    What is yielded takes the name of one that is done; it does nothing where nobody looks.
    """
    if _is_unseen(quiet):
        yield _pass_over
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    alive = not is_warm()  # what moves by itself is a thread
    columns = (TextColumn("{task.description}"), BarColumn(), *[TimeElapsedColumn()][:alive])
    with Progress(
        *columns, console=Console(stderr=True), transient=True, auto_refresh=alive
    ) as progress:
        *left, last = names
        task = progress.add_task(" + ".join(left), total=len(names))

        def step(name: str) -> None:
            if name in left:
                left.remove(name)
            progress.update(task, advance=1, description=" + ".join(left) or last, refresh=True)

        yield step


@contextmanager
def show_cases(number: int, quiet: bool = False) -> Iterator[Step]:
    """Show how many cases of a ``number`` are done, and the time that the others will take.

    What is yielded takes the id of one that is done; it does nothing where nobody looks.
    """
    if _is_unseen(quiet):
        yield _pass_over
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=number)

        def step(id: str) -> None:
            progress.update(task, advance=1, description=id[-40:])

        yield step


def _is_unseen(quiet: bool) -> bool:
    return quiet or not sys.stderr.isatty()


def _pass_over(_: str) -> None:
    """Show nothing."""
