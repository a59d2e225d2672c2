"""Tables C.1 and C.2 of the standard: what is processed, and how it is kept over its life."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from piaskit.risk.explain import CLAUSES, WORDS
from piaskit.risk.order import sort_rows
from piaskit.safeguards.coverage import split_list

if TYPE_CHECKING:
    from piaskit.case import Case

METHOD = "gbt39335"
HOME = "CN"
OWN_KIND = ("subject", "authority")  # targets that are neither third parties nor export recipients
_PERIOD = re.compile(r"P(\d+)([YMWD])")


def build_mapping_table(case: Case, lang: str) -> pd.DataFrame:
    """Build table C.1: one row per activity, headings and texts in one language (``en``, ``zh``).

    Raises MissingLabel for another language.
    """
    return _Writer(sort_rows(case), lang).build("c-1")


def build_lifecycle_table(case: Case, lang: str) -> pd.DataFrame:
    """Build table C.2: one row per activity, headings and texts in one language (``en``, ``zh``).

    Raises MissingLabel for another language.
    """
    return _Writer(sort_rows(case), lang).build("c-2")


def name_columns(case: Case, table: str, lang: str) -> dict[str, str]:
    """Return the headings of one of the method's tables, by column id, in order."""
    return {
        n: text[lang] for n, text in case.knowledge.methods[METHOD].tables[table].columns.items()
    }


@dataclass(frozen=True)
class _Writer:
    case: Case
    lang: str

    def build(self, table: str) -> pd.DataFrame:
        heads = name_columns(self.case, table, self.lang)
        fill = {"c-1": self.map_activity, "c-2": self.follow_activity}[table]
        rows = [fill(row) for row in self.case.frames["activities"].to_dict("records")]
        return pd.DataFrame(
            [[row[c] for c in heads] for row in rows], columns=[*heads.values()], dtype="str"
        )

    def map_activity(self, row: Mapping[Any, Any]) -> dict[str, str]:
        """Fill a row of C.1."""
        flows = self.flows_of.get(row["id"], self.flows.iloc[:0])
        items = self.items_of.get(row["id"], self.case.frames["items"].iloc[:0])
        ours = self.case.say(self.case.id, "name", self.lang)
        named = self.name(row["controller"])
        entrusted = self.names(self.with_role(flows, "processor"))
        controllers = {"joint-controller": [ours, *named], "processor": named}.get(
            row["role"], [ours]
        )
        processors = [ours, *entrusted] if row["role"] == "processor" else entrusted
        abroad = flows[flows["export"]]
        shared = flows[flows["third"]]
        categories = items["category"].dropna().drop_duplicates().sort_values()
        return {
            "activity": self.title(row),
            "categories": self.list_words(map(self.name_category, categories)),
            "subjects": self.text(row, "subjects"),
            "purpose": self.text(row, "purpose"),
            "legal-basis": self.list_values(row, "legal_basis", flows),
            "controller": self.list_words(controllers),
            "processor": self.list_words(processors, "none"),
            "cross-border": self.answer(abroad["country"].dropna().unique()),
            "third-party": self.answer(self.names(shared["target"])),
        }

    def follow_activity(self, row: Mapping[Any, Any]) -> dict[str, str]:
        """Fill a row of C.2."""
        flows = self.flows_of.get(row["id"], self.flows.iloc[:0])
        items = self.items_of.get(row["id"], self.case.frames["items"].iloc[:0])
        stages = flows["stage"]
        collected, stored = flows[stages == "collect"], flows[stages == "store"]
        deleted = flows[stages == "delete"]
        moved = flows[~stages.isin(["store", "delete"])]
        return {
            "activity": self.title(row),
            "items": self.list_words(self.title(i) for i in items.to_dict("records")),
            "source": self.list_words(self.names(collected["source"])),
            "method": self.list_words(self.words(collected, "method")),
            "storage": self.list_words(
                map(self.describe_store, stored["target"].dropna().unique())
            ),
            "transmission": self.list_words(self.words(moved, "transport")),
            "retention": self.list_words(
                map(self.say_period, items["retention"].dropna().unique())
            ),
            "deletion": self.list_words(
                {self.case.say(r, "disposal", self.lang): None for r in deleted.to_dict("records")}
            ),
        }

    @cached_property
    def flows(self) -> pd.DataFrame:
        """The flows with the country of their target, whether they export, whether to a third."""
        flows = self.case.frames["flows"]
        ends = pd.concat(
            [
                self.case.frames[t].reindex(columns=["id", "country", "role"])
                for t in ("parties", "systems")
            ]
        ).set_index("id")
        ends = ends[~ends.index.duplicated()]
        role, country = flows["target"].map(ends["role"]), flows["target"].map(ends["country"])
        origin = flows["source"].map(ends["country"])
        from_subject = flows["source"].map(ends["role"]).eq("subject")
        outside = country.notna() & country.ne(HOME) & ~role.isin(OWN_KIND)
        at_home = flows["source"].isna() | origin.isna() | origin.eq(HOME) | from_subject
        third = role.notna() & ~role.isin((*OWN_KIND, "processor"))
        passed_on = flows["stage"].isin(["provide", "disclose"]) & third
        return flows.assign(country=country, export=outside & at_home, third=passed_on, role=role)

    @cached_property
    def flows_of(self) -> dict[str, pd.DataFrame]:
        """The flows of each activity."""
        return {str(name): part for name, part in self.flows.groupby("activity")}

    @cached_property
    def items_of(self) -> dict[str, pd.DataFrame]:
        """The items each activity gathers."""
        return {str(name): part for name, part in self.case.frames["items"].groupby("activity")}

    @cached_property
    def places(self) -> dict[str, dict[Any, Any]]:
        """Parties and systems by id."""
        frames = (self.case.frames[table] for table in ("systems", "parties"))
        return {row["id"]: row for frame in frames for row in frame.to_dict("records")}

    def with_role(self, flows: pd.DataFrame, role: str) -> pd.Series:
        """Return the targets of a role."""
        return flows["target"][flows["role"] == role]

    def title(self, row: Mapping[Any, Any]) -> str:
        return self.case.say(row, "title", self.lang) or str(row["id"])

    def text(self, row: Mapping[Any, Any], column: str) -> str:
        return self.case.say(row, column, self.lang) or self.label("not-stated")

    def label(self, name: str, **fields: object) -> str:
        return self.case.knowledge.labels(f"risk.{name}", self.lang, **fields)

    def name(self, place: object) -> list[str]:
        """Name a party or system, as a list that is empty for a blank."""
        row = self.places.get(str(place))
        return [self.title(row)] if row is not None else []

    def names(self, places: pd.Series) -> list[str]:
        return [name for place in places.dropna().drop_duplicates() for name in self.name(place)]

    def name_category(self, category: str) -> str:
        known = self.case.knowledge.categories.get(category)
        return known.title[self.lang] if known else category

    def words(self, flows: pd.DataFrame, column: str) -> list[str]:
        """Name the values a column has, in order of their first use."""
        values = flows[column].dropna().unique()
        return [self.case.knowledge.labels(f"value.{column}.{v}", self.lang) for v in values]

    def list_values(self, row: Mapping[Any, Any], column: str, flows: pd.DataFrame) -> str:
        """Name the values of lists, of an activity and then of its flows."""
        lists = pd.concat([pd.Series([row[column]], dtype="str"), flows[column]])
        values = split_list(lists)[1].drop_duplicates()
        known = self.case.knowledge.labels
        return self.list_words(known(f"value.{column}.{v}", self.lang) for v in values)

    def list_words(self, words: Iterable[str], blank: str = "not-stated") -> str:
        return WORDS[self.lang].join(word for word in words if word) or self.label(blank)

    def answer(self, found: Iterable[str]) -> str:
        """Say no, or yes and what."""
        listed = WORDS[self.lang].join(found)
        return self.label("yes-namely", what=listed) if listed else self.label("no")

    def describe_store(self, place: str) -> str:
        """Name where something is stored, and whether it is encrypted there."""
        row = self.places.get(place, {"id": place})
        encrypted = row.get("encrypted_at_rest")
        known = encrypted if encrypted in ("yes", "no") else "unknown"
        return self.label(f"stored.{known}", place=self.title(row))

    def say_period(self, period: str) -> str:
        """Write a retention period out; ``until <event>`` keeps its words."""
        parts = _PERIOD.fullmatch(period)
        return self.label(f"period.{parts[2].lower()}", n=parts[1]) if parts else period


def join_clauses(parts: Iterable[str], lang: str) -> str:
    """Join sentences that stand side by side.

    >>> join_clauses(["one", "", "two"], "en")
    'one; two'
    """
    return CLAUSES[lang].join(part for part in parts if part)
