"""What stands outside the tables about people: published contacts, exercises, filing days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from piaskit.case import TABLES
from piaskit.case.words import fold
from piaskit.workdays import add_workdays

if TYPE_CHECKING:
    from piaskit.case import Case

_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})-")
OFFICER = "pi-protection-officer"


def tell_people(case: Case) -> dict[str, pa.Table]:
    """Return the tables by name.

    - ``published(role)``: roles of case.yaml's contacts with an e-mail address or telephone number
    - ``exercises(held_on)``: the days of the recorded exercises, not after the day of the facts
    - ``filings(id, due_on)``: the last day to file the officer once the number was reached (id
      ``number``), and each officer's last day to file a change (id of the role)
    """
    held = [day for day in list_exercises(case) if day <= case.as_of]
    return {
        "published": tabulate([(role,) for role in _read_contacts(case)], role=pa.string()),
        "exercises": tabulate([(day,) for day in held], held_on=pa.date32()),
        "filings": _count_filings(case),
    }


def tabulate(rows: Sequence[tuple[Any, ...]], **kinds: pa.DataType) -> pa.Table:
    """Return rows as a table, its columns by name and type.

    >>> tabulate([("CN", 1), ("SG", None)], code=pa.string(), n=pa.int64()).to_pylist()
    [{'code': 'CN', 'n': 1}, {'code': 'SG', 'n': None}]
    """
    columns = zip(*rows, strict=True) if rows else [()] * len(kinds)
    filled = zip(kinds.items(), columns, strict=True)
    return pa.table({name: pa.array(cells, type=kind) for (name, kind), cells in filled})


def list_exercises(case: Case) -> list[date]:
    """Return the days that the files of ``exercises/`` start with, oldest first."""
    folder = case.root / "exercises"
    found = []
    for path in folder.glob("*.jsonl") if folder.is_dir() else ():
        match = _DATED.match(path.name)
        try:
            found += [date.fromisoformat(match[1])] if match else []
        except ValueError:
            continue
    return sorted(found)


def _read_contacts(case: Case) -> list[str]:
    labels = case.knowledge.labels.words("value.role", TABLES["roles"]["role"].values)
    known = {fold(word): role for word, role in labels.items()}
    reachable = [c for c in case.contacts if c.get("email") or c.get("phone")]
    return sorted({known[fold(c["role"])] for c in reachable if fold(c.get("role", "")) in known})


def _count_filings(case: Case) -> pa.Table:
    """Count working days only where a day is known to count from."""
    days = int(case.knowledge.regulations["cn-audit-2025"].numbers["officer-filing"].value)
    reached = case.organisation.get("million_persons_on")
    starts = [("number", date.fromisoformat(reached))] if reached else []
    roles = case.frames["roles"]
    changed = roles[(roles["role"] == OFFICER) & (roles["filed_on"] < roles["appointed_on"])]
    starts += [
        (id, day.date()) for id, day in zip(changed["id"], changed["appointed_on"], strict=True)
    ]
    due = [(id, add_workdays(start, days)) for id, start in starts]
    return tabulate(due, id=pa.string(), due_on=pa.date32())
