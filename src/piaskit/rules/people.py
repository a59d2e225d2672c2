"""What stands outside the tables about people: published contacts, exercises, filing days."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from piaskit.case import TABLES
from piaskit.case.words import fold
from piaskit.workdays import add_workdays

if TYPE_CHECKING:
    from piaskit.case import Case

_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})-")
OFFICER = "pi-protection-officer"


def tell_people(case: Case) -> dict[str, pd.DataFrame]:
    """Return the frames by name.

    - ``published(role)``: roles of case.yaml's contacts with an e-mail address or telephone number
    - ``exercises(held_on)``: the days of the recorded exercises, not after the day of the facts
    - ``filings(id, due_on)``: the last day to file the officer once the number was reached (id
      ``number``), and each officer's last day to file a change (id of the role)
    """
    held = [day for day in list_exercises(case) if day <= case.as_of]
    return {
        "published": pd.DataFrame({"role": pd.Series(_read_contacts(case), dtype="str")}),
        "exercises": pd.DataFrame({"held_on": pd.Series(held, dtype="datetime64[s]")}),
        "filings": _count_filings(case),
    }


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


def _count_filings(case: Case) -> pd.DataFrame:
    """Count working days only where a day is known to count from."""
    days = int(case.knowledge.regulations["cn-audit-2025"].numbers["officer-filing"].value)
    reached = case.organisation.get("million_persons_on")
    starts = [("number", date.fromisoformat(reached))] if reached else []
    roles = case.frames["roles"]
    changed = roles[(roles["role"] == OFFICER) & (roles["filed_on"] < roles["appointed_on"])]
    starts += [
        (id, day.date()) for id, day in zip(changed["id"], changed["appointed_on"], strict=True)
    ]
    due = [(id, pd.Timestamp(add_workdays(start, days))) for id, start in starts]
    return pd.DataFrame(due, columns=["id", "due_on"]).astype(
        {"id": "str", "due_on": "datetime64[s]"}
    )
