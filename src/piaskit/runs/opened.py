"""A case that a warm process has read: its forks find it, as long as no file below it changes.

A report is made by several processes one after the other, forks of the one that checked the case.
What that one read they have in memory; to read and check the files again would cost more than most
of what they do with them.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from piaskit.runs.warm import is_owned, is_warm

if TYPE_CHECKING:
    from piaskit.case import Check

Key: TypeAlias = tuple[str, str, date]
Stamp: TypeAlias = tuple[tuple[object, ...], ...]

_KEPT: dict[Key, tuple[Stamp, Check]] = {}  # one at most


def check_once(case: str | Path, packs: str | Path | None, as_of: date) -> Check:
    """Return what ``piaskit.check_case`` says, from memory where the same files were read."""
    import piaskit

    key: Key = (str(case), str(packs or ""), as_of)
    stamp = _stamp_files(Path(case), Path(packs) if packs else None)
    kept, check = _KEPT.get(key, (None, None))
    if check is None or kept != stamp:
        check = piaskit.check_case(case, packs=packs or None, as_of=as_of)
        _KEPT.clear()
        if is_owned() or is_warm():  # the first is warm when it forks
            _KEPT[key] = (stamp, check)
    return check


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
