"""Where the rows of a case came from, and where its sources disagree."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from piaskit.errors import quote
from piaskit.importers.csv import GUARD, guard_text
from piaskit.importers.register import Register, Row

if TYPE_CHECKING:
    import pandas as pd

    from piaskit.case import Case

FILE = Path("imports") / "rows.csv"
HEADS = ("table", "id", "format", "files")
LARGEST = 50_000_000  # bytes; a line is some 60


class Origin(NamedTuple):
    """A row of a table, a source that states it, and the files of that source."""

    table: str
    id: str
    format: str
    files: str


def read_origins(case: Path) -> list[Origin]:
    """Read which sources stated the rows of a case; none where nothing was imported yet."""
    path = case / FILE
    if not path.is_file() or path.is_symlink() or path.stat().st_size > LARGEST:
        return []
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        lines = list(csv.reader(file))
    told = ([cell.lstrip(GUARD) for cell in line] for line in lines[1:])
    return [Origin(*line) for line in told if len(line) == len(HEADS)]


def list_origins(register: Register, files: Sequence[str], case: Case) -> list[Origin]:
    """Return an origin for every row of a register that became one of the case."""
    named = "; ".join(sorted(files))
    known = {table: set(frame["id"]) for table, frame in case.frames.items()}
    return [
        Origin(table, id, register.format, named)
        for table, rows in register.tables.items()
        for id in rows
        if id in known.get(table, ())
    ]


def write_origins(case: Path, before: Sequence[Origin], new: Sequence[Origin]) -> None:
    """Write the origins of a case, those of an earlier import of the same files replaced."""
    sources = {(origin.format, origin.files) for origin in new}
    kept = [origin for origin in before if (origin.format, origin.files) not in sources]
    with (case / FILE).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADS)
        writer.writerows(map(guard_text, origin) for origin in sorted({*kept, *new}))


def compare_rows(
    register: Register,
    files: Sequence[str],
    origins: Sequence[Origin],
    before: Mapping[str, Mapping[str, Row]],
    case: Case,
) -> None:
    """Tell what a source says otherwise than the case did, and which of its rows it dropped.

    A row that only this source stated is an update and not told.
    """
    named = "; ".join(sorted(files))
    others: dict[tuple[str, str], list[str]] = {}
    own = set()
    for origin in origins:
        if (origin.format, origin.files) == (register.format, named):
            own.add((origin.table, origin.id))
        else:
            others.setdefault((origin.table, origin.id), []).append(origin.format)
    after = write_rows(case.frames)
    for table, rows in register.tables.items():
        for id, row in rows.items():
            old, new = before.get(table, {}).get(id), after.get(table, {}).get(id)
            key = (table, id)
            if not old or not new or (key in own and key not in others):
                continue
            whose = ", ".join(sorted(set(others.get(key, ["the case itself"]))))
            for column in row:
                if old.get(column) and new.get(column) and old[column] != new[column]:
                    said = f"{quote(new[column])} here and {quote(old[column])} in {whose}"
                    told = f"{table}/{id}: {column} is {said}; this import counts"
                    register.contradict(told)
    for table, id in sorted(own):
        if id not in register.tables.get(table, {}) and id in before.get(table, {}):
            told = f"{table}/{id}: stood in an earlier version of these files and does no longer"
            register.contradict(f"{told}; the row is left")


def write_rows(frames: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, Row]]:
    """Write the frames of a case as rows of text by id, blank cells left out."""
    rows = {}
    for table, frame in frames.items():
        texts = {str(c): [_write_cell(v) for v in frame[c]] for c in frame.columns}
        rows[table] = {
            identifier: {c: texts[c][n] for c in texts if texts[c][n]}
            for n, identifier in enumerate(texts["id"])
        }
    return rows


def _write_cell(value: object) -> str:
    import pandas as pd

    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else str(value)
