"""A case that a warm process has read: its forks find it, as long as no file below it changes.

A report is made by several processes one after the other, forks of the one that checked the case.
What that one read they have in memory; to read and check the files again would cost more than most
of what they do with them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from piaskit.case.check import PACKS
from piaskit.runs.process import start_apart
from piaskit.runs.warm import bring_lasting, is_owned, is_warm

if TYPE_CHECKING:
    from piaskit.case import Check

PREPARED = ("piaskit.report.compose", "piaskit.runs.run", "piaskit.runs.shown")  # they bring most
Key: TypeAlias = tuple[str, str, date]
Stamp: TypeAlias = tuple[tuple[object, ...], ...]

_KEPT: dict[Key, tuple[Stamp, Check]] = {}  # one at most
_EXPECTED: dict[Key, tuple[Stamp, Callable[[], Check | None]]] = {}


def expect_check(case: str | Path, as_of: date) -> None:
    """Have a fork of this process check a case that it will ask for with ``check_once``.

    A case of own packs is left to this process: whole packs take long to hand over.
    """
    import piaskit

    if is_owned() and not any((Path(case) / PACKS).rglob("*.y*ml")):
        stamp = _stamp_files(Path(case))
        work = start_apart(lambda: piaskit.check_case(case, as_of=as_of))
        _EXPECTED[str(case), "", as_of] = (stamp, work)


def check_once(
    case: str | Path, packs: str | Path | None, as_of: date, *, keep: bool = False
) -> Check:
    """Return what ``piaskit.check_case`` says, from memory where the same files were read.

    A process that has forks keeps it, any other one where it is told to.
    """
    import piaskit

    key: Key = (str(case), str(packs or ""), as_of)
    stamp = _stamp_files(Path(case), Path(packs) if packs else None)
    kept, check = _KEPT.get(key, (None, None))
    if key in _EXPECTED:
        kept, take = _EXPECTED.pop(key)
        check = take()
    if check is None or kept != stamp:
        check = piaskit.check_case(case, packs=packs or None, as_of=as_of)
    _KEPT.clear()
    if keep or is_owned() or is_warm():  # the first is warm when it forks
        _KEPT[key] = (stamp, check)
    return check


def prepare_kernel(case: str, packs: str, as_of: str, *modules: str) -> None:
    """Import and read what the cells of a kernel will need, before they are known."""
    with bring_lasting():
        for name in (*PREPARED, *modules):
            import_module(name)
        check = check_once(case, packs, date.fromisoformat(as_of), keep=True)
        if check.case is not None:
            check.case.knowledge.read_all()


def _stamp_files(*folders: Path | None) -> Stamp:
    """Return names, sizes and times of change of all that lies below folders."""
    found: list[tuple[object, ...]] = []
    for folder in filter(None, folders):
        for place, folders_in, files in os.walk(folder):
            for name in (*folders_in, *files):
                found.append((place, name, *_stamp(Path(place, name))))
    return tuple(sorted(found, key=lambda entry: entry[:2]))


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        there = path.stat()
    except OSError:  # a link to nothing
        return ()
    return there.st_ino, there.st_size, there.st_mtime_ns, there.st_ctime_ns
