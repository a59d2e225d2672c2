"""Changes as sentences that an approver reads, in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from piaskit.case.columns import find_rows
from piaskit.case.mapping import DataMap
from piaskit.case.table import Column
from piaskit.case.tables import TABLES

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.comparison.inventory import Inventory

LANGS = ("en", "zh")
COMMA = {"en": ", ", "zh": "、"}
_REFERRING = ("reference", "references")
Change = dict[str, Any]


class Writer:
    """Tells changes between two cases; titles come from the new one, else from the old one."""

    def __init__(self, old: Case, new: Case, inventory: Inventory, lang: str) -> None:
        self.old, self.new, self.lang = old, new, lang
        self.inventory = inventory
        # Only the words are wanted of it, so it need not sort the rows.
        bare = {table: frame.head(0) for table, frame in new.frames.items()}
        self.words = DataMap(replace(new, frames=bare), lang)

    def say(self, label: str, **fields: object) -> str:
        """Return the label ``comparison.<label>``."""
        return self.new.knowledge.labels(f"comparison.{label}", self.lang, **fields)

    def tell(self, change: Change) -> str:
        """Write one change as a sentence."""
        kind, table, column = change["kind"], change["table"], change["column"]
        subject = self.name_subject(table, change["id"])
        if column == "recipients":
            party = self.name_row("parties", change["new" if kind == "added" else "old"])
            return self.say(f"recipient-{kind}", subject=subject, party=party)
        if kind == "renamed":
            return self.say("renamed", subject=subject, old=change["old"], new=change["new"])
        if column is None:
            return self.say(kind, subject=subject)
        if kind in ("added", "removed"):
            value = self.tell_value(table, column, change["new" if kind == "added" else "old"])
            return self.say(f"purpose-{kind}", subject=subject, value=value)
        named = {"subject": subject, "column": self.name_column(column)}
        declared = self._find_column(table, column)
        if declared is not None and declared.many and change["old"] and change["new"]:
            return self._tell_members(declared, change, named)
        old, new = (self.tell_value(table, column, change[side]) for side in ("old", "new"))
        if old == new:  # two rows of one title
            old, new = (f"{told} [{change[side]}]" for told, side in ((old, "old"), (new, "new")))
        return self.say("changed", **named, old=old, new=new)

    def _tell_members(self, column: Column, change: Change, named: dict[str, str]) -> str:
        """Say which members a list gained and lost."""
        old, new = change["old"].split(";"), change["new"].split(";")
        gained = COMMA[self.lang].join(self._tell_part(column, p) for p in new if p not in old)
        lost = COMMA[self.lang].join(self._tell_part(column, p) for p in old if p not in new)
        label = "exchanged" if gained and lost else "gained" if gained else "lost"
        return self.say(label, **named, gained=gained, lost=lost)

    def name_subject(self, table: str, id: str) -> str:
        """Return what a row is with its title; a row without one has its id."""
        if table == "case":
            return self.say("case")
        labels, label = self.new.knowledge.labels, f"comparison.noun.{table}"
        noun = labels(label if label in labels else f"table.{table}", self.lang)
        return self.say("subject", noun=noun, title=self.name_row(table, id))

    def name_row(self, table: str, id: str) -> str:
        """Return the title of a row in either case, else its id."""
        return self.titles.get((table, id), id)

    @cached_property
    def titles(self) -> dict[tuple[str, str], str]:
        """The titles of the rows that changes name: those of the new case win."""
        wanted = pd.Series(sorted(self.list_named()), dtype="str")
        found: dict[tuple[str, str], str] = {}
        for case in (self.old, self.new):
            for table, frame in case.frames.items():
                if "title" not in frame:
                    continue
                rows = frame[find_rows(wanted, frame["id"]) >= 0]
                own = f"title_{self.lang}"
                title = rows[own].fillna(rows["title"]) if own in rows else rows["title"]
                known = title.notna()
                ids = [(table, id) for id in rows.loc[known, "id"]]
                found |= dict(zip(ids, title[known], strict=True))
        for case in (self.old, self.new):
            flows = case.frames["flows"]
            rows = flows.loc[find_rows(wanted, flows["id"]) >= 0, ["id", "activity", "stage"]]
            for id, activity, stage in rows.itertuples(index=False, name=None):
                activity = found.get(("activities", activity), activity)
                word = self.words.wording.name(TABLES["flows"]["stage"], stage, self.lang)
                told = {"id": id, "activity": activity, "stage": word or stage}
                found["flows", id] = self.say("flow", **told)
        return found

    def list_named(self) -> set[str]:
        """Return the ids that changes speak of, in whatever table."""
        changes = self.inventory.changes
        values = changes.loc[changes["column"].notna(), ["old", "new"]]
        named = set(changes["id"].dropna()) | set(changes["activity"].dropna())
        named |= set(self.inventory.safeguards["id"])
        for value in pd.unique(values.to_numpy().ravel()):
            if isinstance(value, str):
                named |= set(value.split(";"))
        return named

    def name_column(self, column: str) -> str:
        """Return the heading of a column, of its companion, or of a key of case.yaml."""
        labels = self.new.knowledge.labels
        base, _, ending = column.rpartition("_")
        if ending in LANGS and f"column.{base}" in labels:
            return self.say(
                "companion", column=labels(f"column.{base}", self.lang), lang=self.say(ending)
            )
        name = column.rpartition(".")[2]
        for label in (f"column.{column}", f"comparison.key.{name}", f"column.{name}"):
            if label in labels:
                return labels(label, self.lang)
        return column

    def tell_value(self, table: str, column: str, value: str | None) -> str:
        """Write a value out: ids as titles, words of a vocabulary, periods, else as it stands."""
        if value is None:
            return self.say("blank")
        if (table, column) == ("safeguards", "state"):
            return self.say(f"state.{value}")
        declared = self._find_column(table, column)
        if declared is None:
            return value
        parts = value.split(";") if declared.many else [value]
        told = [self._tell_part(declared, part) for part in parts]
        return COMMA[self.lang].join(told)

    def _find_column(self, table: str, column: str) -> Column | None:
        columns = TABLES[table].columns if table in TABLES else ()
        return next((known for known in columns if known.name == column), None)

    def _tell_part(self, column: Column, part: str) -> str:
        if column.kind in _REFERRING:
            return next((t for table in column.to if (t := self.titles.get((table, part)))), part)
        if column.kind == "period":
            return self.words.say_period(part)
        known = not column.pack or part in getattr(self.new.knowledge, column.pack)
        named = self.words.wording.name(column, part, self.lang) if known else None
        return named or part


def write_changes(rows: Iterable[Change], english: Writer, chinese: Writer) -> list[Change]:
    """Return changes as JSON holds them, each with its sentence in both languages."""
    written = []
    for row in rows:
        change = {key: None if pd.isna(value) else value for key, value in row.items()}
        written.append(
            {
                "topic": change["topic"],
                "kind": change["kind"],
                "subject": {"table": change["table"], "id": change["id"]},
                "activity": change["activity"],
                "column": change["column"],
                "old": change["old"],
                "new": change["new"],
                "because": english.tell(change),
                "because_zh": chinese.tell(change),
            }
        )
    return written
