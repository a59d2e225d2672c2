"""Data mapping: what each activity processes and how it is kept, in words of one language.

The two tables follow GB/T 39335-2020, C.1 and C.2; other registers are told by the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeGuard

import pandas as pd

from piaskit.case.order import sort_rows
from piaskit.case.tables import TABLES
from piaskit.case.wording import Wording
from piaskit.case.words import Words, list_country_names

if TYPE_CHECKING:
    from piaskit.case.case import Case

Row = Mapping[Any, Any]
METHOD = "gbt39335"
HOME = "CN"
OWN_KIND = ("subject", "authority")  # targets that are neither third parties nor export recipients
JOINTS = {"en": ", ", "zh": "、"}
_PERIOD = re.compile(r"P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")


def build_mapping_table(case: Case, lang: str) -> pd.DataFrame:
    """Build table C.1: one row per activity, headings and texts in one language (``en``, ``zh``).

    Raises MissingLabel for another language.
    """
    return DataMap(case, lang).build_mapping()


def build_lifecycle_table(case: Case, lang: str) -> pd.DataFrame:
    """Build table C.2: one row per activity, headings and texts in one language (``en``, ``zh``).

    Raises MissingLabel for another language.
    """
    return DataMap(case, lang).build_lifecycle()


def name_columns(case: Case, table: str, lang: str) -> dict[str, str]:
    """Return the headings of one of the method's tables, by column id, in order."""
    return {
        n: text[lang] for n, text in case.knowledge.methods[METHOD].tables[table].columns.items()
    }


class DataMap:
    """A case as registers tell it: activities, their items and flows, in one language."""

    def __init__(self, case: Case, lang: str) -> None:
        self.case, self.lang = sort_rows(case), lang
        self.wording = Wording(Words(case.knowledge), lang)

    def build(self, table: str, fill: Any) -> pd.DataFrame:
        """Build one of the method's tables, a row per activity."""
        heads = name_columns(self.case, table, self.lang)
        rows = [fill(row) for row in self.activities]
        return pd.DataFrame(
            [[row[c] for c in heads] for row in rows], columns=[*heads.values()], dtype="str"
        )

    def build_mapping(self) -> pd.DataFrame:
        """Build table C.1."""
        return self.build("c-1", self.map_activity)

    def build_lifecycle(self) -> pd.DataFrame:
        """Build table C.2."""
        return self.build("c-2", self.follow_activity)

    def map_activity(self, row: Row) -> dict[str, str]:
        """Fill a row of C.1."""
        flows, items = self.list_flows(row), self.list_items(row)
        ours = self.case.say(self.case.id, "name", self.lang)
        named = self.name(row["controller"])
        entrusted = self.names(flow["target"] for flow in flows if flow["role"] == "processor")
        controllers = {"joint-controller": [ours, *named], "processor": named}.get(
            row["role"], [ours]
        )
        processors = [ours, *entrusted] if row["role"] == "processor" else entrusted
        abroad = dict.fromkeys(f["country"] for f in flows if f["export"])
        shared = self.names(flow["target"] for flow in flows if flow["third"])
        return {
            "activity": self.title(row),
            "categories": self.list_words(self.name_categories(item["category"] for item in items)),
            "subjects": self.text(row, "subjects"),
            "purpose": self.text(row, "purpose"),
            "legal-basis": self.list_words(self.name_bases(row, (f["legal_basis"] for f in flows))),
            "controller": self.list_words(controllers),
            "processor": self.list_words(processors, "none"),
            "cross-border": self.answer(abroad),
            "third-party": self.answer(shared),
        }

    def follow_activity(self, row: Row) -> dict[str, str]:
        """Fill a row of C.2."""
        flows, items = self.list_flows(row), self.list_items(row)
        collected = [flow for flow in flows if flow["stage"] == "collect"]
        stored = dict.fromkeys(flow["target"] for flow in flows if flow["stage"] == "store")
        moved = [flow["transport"] for flow in flows if flow["stage"] not in ("store", "delete")]
        return {
            "activity": self.title(row),
            "items": self.list_words(map(self.title, items)),
            "source": self.list_words(self.names(flow["source"] for flow in collected)),
            "method": self.list_words(
                self.words("flows", "method", (flow["method"] for flow in collected))
            ),
            "storage": self.list_words(map(self.describe_store, filter(_is_said, stored))),
            "transmission": self.list_words(self.words("flows", "transport", moved)),
            "retention": self.list_words(self.say_periods(item["retention"] for item in items)),
            "deletion": self.list_words(self.list_disposals(flows)),
        }

    @cached_property
    def activities(self) -> list[dict[Any, Any]]:
        """The activities, by id."""
        return self.case.frames["activities"].to_dict("records")

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
    def _flows_of(self) -> dict[str, pd.DataFrame]:
        return {str(name): part for name, part in self.flows.groupby("activity")}

    @cached_property
    def _items_of(self) -> dict[str, pd.DataFrame]:
        return {str(name): part for name, part in self.case.frames["items"].groupby("activity")}

    @cached_property
    def _flows_in(self) -> dict[str, list[dict[Any, Any]]]:
        return _group_rows(self.flows)

    @cached_property
    def _items_in(self) -> dict[str, list[dict[Any, Any]]]:
        return _group_rows(self.case.frames["items"])

    def list_flows(self, activity: Row) -> list[dict[Any, Any]]:
        """Return the flows of an activity, row by row."""
        return self._flows_in.get(activity["id"], [])

    def list_items(self, activity: Row) -> list[dict[Any, Any]]:
        """Return the items an activity gathers, row by row."""
        return self._items_in.get(activity["id"], [])

    def of_flows(self, activity: Row) -> pd.DataFrame:
        """Return the flows of an activity."""
        return self._flows_of.get(activity["id"], self.flows.iloc[:0])

    def of_items(self, activity: Row) -> pd.DataFrame:
        """Return the items an activity gathers."""
        return self._items_of.get(activity["id"], self.case.frames["items"].iloc[:0])

    @cached_property
    def places(self) -> dict[str, dict[Any, Any]]:
        """Parties and systems by id."""
        frames = (self.case.frames[table] for table in ("systems", "parties"))
        return {row["id"]: row for frame in frames for row in frame.to_dict("records")}

    @cached_property
    def items(self) -> dict[str, dict[Any, Any]]:
        """Items by id."""
        return {row["id"]: row for row in self.case.frames["items"].to_dict("records")}

    def carried(self, flows: Iterable[Row]) -> list[dict[Any, Any]]:
        """Return the items that flows carry, each once, in the order of their ids."""
        listed = split_cells(flow["items"] for flow in flows)
        return [self.items[id] for id in sorted(set(listed)) if id in self.items]

    def title(self, row: Row) -> str:
        """Return the title of a row, else its id."""
        return self.case.say(row, "title", self.lang) or str(row["id"])

    def text(self, row: Row, column: str) -> str:
        """Return a text of a row, or that it is not stated."""
        return self.case.say(row, column, self.lang) or self.label("not-stated")

    def label(self, name: str, **fields: object) -> str:
        return self.case.knowledge.labels(f"mapping.{name}", self.lang, **fields)

    def name(self, place: object) -> list[str]:
        """Name a party or system, as a list that is empty for a blank."""
        row = self.places.get(str(place))
        return [self.title(row)] if row is not None else []

    def names(self, places: Iterable[object]) -> list[str]:
        """Name parties or systems, each once."""
        return [
            name for place in dict.fromkeys(filter(_is_said, places)) for name in self.name(place)
        ]

    def name_country(self, code: object) -> str:
        """Return the name of a country, '' for a blank."""
        return list_country_names(self.lang).get(str(code), "")

    def name_category(self, category: str) -> str:
        known = self.case.knowledge.categories.get(category)
        return known.title[self.lang] if known else category

    def name_categories(self, categories: Iterable[object]) -> list[str]:
        """Name kinds of information, in the order of their ids."""
        return [self.name_category(id) for id in sorted({id for id in categories if _is_said(id)})]

    def words(self, table: str, column: str, values: Iterable[object]) -> list[str]:
        """Name the values a column has, in order of their first use."""
        declared, said = TABLES[table][column], dict.fromkeys(filter(_is_said, values))
        return [self.wording.name(declared, v, self.lang) or v for v in said]

    def name_values(self, table: str, column: str, cell: object) -> list[str]:
        """Name the values of one cell; a blank has none."""
        if not isinstance(cell, str):
            return []
        many = TABLES[table][column].many
        return self.words(table, column, cell.split(";") if many else [cell])

    def say_sensitive(self, items: Iterable[Row], regime: str) -> str:
        """Say whether any of the items is sensitive under a regime: yes, to be judged, or no."""
        known = self.case.knowledge.categories
        kinds = [known[item["category"]] for item in items if item["category"] in known]
        answers = {kind.sensitive.get(regime, "judge") for kind in kinds}
        word = next((word for word in ("yes", "judge", "no") if word in answers), "not-stated")
        return self.label(word)

    def tell_retention(self, item: Row) -> str:
        """Say how long an item is kept, and from when."""
        if not isinstance(item["retention"], str):
            return self.label("not-stated")
        period = self.say_period(item["retention"])
        start = self.case.say(item, "retention_start", self.lang)
        return self.label("from", period=period, event=start) if start else period

    def name_bases(self, row: Row, more: Iterable[object] = ()) -> list[str]:
        """Name the legal bases of an activity and then those of its flows."""
        return self.words("flows", "legal_basis", split_cells([row["legal_basis"], *more]))

    def list_words(self, words: Iterable[str], blank: str = "not-stated") -> str:
        """Enumerate words, each once; none at all is said as ``blank`` says."""
        listed = dict.fromkeys(word for word in words if word)
        return JOINTS[self.lang].join(listed) or self.label(blank)

    def answer(self, found: Iterable[str]) -> str:
        """Say no, or yes and what."""
        listed = JOINTS[self.lang].join(found)
        return self.label("yes-namely", what=listed) if listed else self.label("no")

    def describe_store(self, place: str) -> str:
        """Name where something is stored, and whether it is encrypted there."""
        row = self.places.get(place, {"id": place})
        encrypted = row.get("encrypted_at_rest")
        known = encrypted if encrypted in ("yes", "no") else "unknown"
        return self.label(f"stored.{known}", place=self.title(row))

    def list_disposals(self, flows: Iterable[Row]) -> list[str]:
        """Return how flows of deletion dispose."""
        deleted = (flow for flow in flows if flow["stage"] == "delete")
        return [self.case.say(flow, "disposal", self.lang) for flow in deleted]

    def say_periods(self, periods: Iterable[object]) -> list[str]:
        """Write retention periods out, each once."""
        return [self.say_period(period) for period in dict.fromkeys(filter(_is_said, periods))]

    def say_period(self, period: str) -> str:
        """Write a retention period out; the words of ``until <event>`` stay."""
        found = _PERIOD.fullmatch(period)
        if found is None:
            event = period.removeprefix("until ")
            return period if event == period else self.label("until", event=event)
        units = zip("ymwd", found.groups(), strict=True)
        said = [self.label(f"period.{unit}", n=int(n)) for unit, n in units if n]
        return ("" if self.lang == "zh" else " ").join(said)


def split_cells(cells: Iterable[object]) -> Iterator[str]:
    """Yield the values of cells that list several; blank ones have none."""
    for cell in filter(_is_said, cells):
        yield from cell.split(";")


def _is_said(cell: object) -> TypeGuard[str]:
    return isinstance(cell, str)


def _group_rows(frame: pd.DataFrame) -> dict[str, list[dict[Any, Any]]]:
    """Return the rows of each activity, in their order."""
    grouped: dict[str, list[dict[Any, Any]]] = {}
    for row in frame.to_dict("records"):
        grouped.setdefault(row["activity"], []).append(row)
    return grouped
