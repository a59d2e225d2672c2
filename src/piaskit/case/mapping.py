"""Data mapping: what each activity processes and how it is kept, in words of one language.

The two tables follow GB/T 39335-2020, C.1 and C.2; other registers are told by the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

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
        flows, items = self.of_flows(row), self.of_items(row)
        ours = self.case.say(self.case.id, "name", self.lang)
        named = self.name(row["controller"])
        entrusted = self.names(flows["target"][flows["role"] == "processor"])
        controllers = {"joint-controller": [ours, *named], "processor": named}.get(
            row["role"], [ours]
        )
        processors = [ours, *entrusted] if row["role"] == "processor" else entrusted
        abroad = flows[flows["export"]]
        shared = flows[flows["third"]]
        return {
            "activity": self.title(row),
            "categories": self.list_words(self.name_categories(items)),
            "subjects": self.text(row, "subjects"),
            "purpose": self.text(row, "purpose"),
            "legal-basis": self.list_words(self.name_bases(row, flows)),
            "controller": self.list_words(controllers),
            "processor": self.list_words(processors, "none"),
            "cross-border": self.answer(abroad["country"].dropna().unique()),
            "third-party": self.answer(self.names(shared["target"])),
        }

    def follow_activity(self, row: Row) -> dict[str, str]:
        """Fill a row of C.2."""
        flows, items = self.of_flows(row), self.of_items(row)
        stages = flows["stage"]
        collected, stored = flows[stages == "collect"], flows[stages == "store"]
        moved = flows[~stages.isin(["store", "delete"])]
        return {
            "activity": self.title(row),
            "items": self.list_words(self.title(i) for i in items.to_dict("records")),
            "source": self.list_words(self.names(collected["source"])),
            "method": self.list_words(self.words("flows", "method", collected["method"])),
            "storage": self.list_words(
                map(self.describe_store, stored["target"].dropna().unique())
            ),
            "transmission": self.list_words(self.words("flows", "transport", moved["transport"])),
            "retention": self.list_words(self.say_periods(items["retention"])),
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

    def carried(self, flows: pd.DataFrame) -> list[dict[Any, Any]]:
        """Return the items that flows carry, each once, in the order of their ids."""
        listed = flows["items"].dropna().drop_duplicates().str.split(";").explode()
        return [self.items[id] for id in sorted(listed.unique()) if id in self.items]

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

    def names(self, places: pd.Series) -> list[str]:
        """Name parties or systems, each once."""
        return [name for place in places.dropna().drop_duplicates() for name in self.name(place)]

    def name_country(self, code: object) -> str:
        """Return the name of a country, '' for a blank."""
        return list_country_names(self.lang).get(str(code), "")

    def name_category(self, category: str) -> str:
        known = self.case.knowledge.categories.get(category)
        return known.title[self.lang] if known else category

    def name_categories(self, items: pd.DataFrame) -> list[str]:
        """Name the kinds of information of items, in the order of their ids."""
        categories = items["category"].dropna().drop_duplicates().sort_values()
        return [self.name_category(category) for category in categories]

    def words(self, table: str, column: str, values: pd.Series) -> list[str]:
        """Name the values a column has, in order of their first use."""
        declared = TABLES[table][column]
        return [self.wording.name(declared, v, self.lang) or v for v in values.dropna().unique()]

    def name_values(self, table: str, column: str, cell: object) -> list[str]:
        """Name the values of one cell; a blank has none."""
        if not isinstance(cell, str):
            return []
        many = TABLES[table][column].many
        return self.words(
            table, column, pd.Series(cell.split(";") if many else [cell], dtype="str")
        )

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

    def name_bases(self, row: Row, flows: pd.DataFrame) -> list[str]:
        """Name the legal bases of an activity and then of its flows."""
        lists = pd.concat([pd.Series([row["legal_basis"]], dtype="str"), flows["legal_basis"]])
        bases = lists.dropna().str.split(";").explode()
        return self.words("flows", "legal_basis", bases)

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

    def list_disposals(self, flows: pd.DataFrame) -> list[str]:
        """Return how flows of deletion dispose, each way once."""
        deleted = flows[flows["stage"] == "delete"]
        return [self.case.say(r, "disposal", self.lang) for r in deleted.to_dict("records")]

    def say_periods(self, periods: pd.Series) -> list[str]:
        """Write retention periods out, each once."""
        return [self.say_period(period) for period in periods.dropna().unique()]

    def say_period(self, period: str) -> str:
        """Write a retention period out; the words of ``until <event>`` stay."""
        found = _PERIOD.fullmatch(period)
        if found is None:
            event = period.removeprefix("until ")
            return period if event == period else self.label("until", event=event)
        units = zip("ymwd", found.groups(), strict=True)
        said = [self.label(f"period.{unit}", n=int(n)) for unit, n in units if n]
        return ("" if self.lang == "zh" else " ").join(said)
