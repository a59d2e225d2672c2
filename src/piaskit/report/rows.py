"""The rows of a case as an internal report shows them: in its words, and linked to the annex."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd
import pyarrow as pa

from piaskit.case.tables import TABLES
from piaskit.case.words import list_country_names
from piaskit.report.document import Cell, Link, Text
from piaskit.report.voice import Voice

if TYPE_CHECKING:
    from piaskit.case import Case

Record = dict[str, Any]
Told = TypeVar("Told")
PERSONS = frozenset(
    "owner assessors consulted approved_by judged_by decided_by verified_by answered_by"
    " expert".split()
)
SHOWN = 40  # links in one cell; what exceeds it is counted
_PERIOD = re.compile(r"P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
_UNFIT = re.compile(r"[\s\"'<>&#%\\]")


def make_anchor(table: str, id: str) -> str:
    """Return the anchor of a row; characters no anchor may hold are written as their code.

    >>> make_anchor("flows", "f-12"), make_anchor("flows", "a b")
    ('flows/f-12', 'flows/a-u20-b')
    """
    return _UNFIT.sub(lambda found: f"-u{ord(found[0]):x}-", f"{table}/{id}")


class ByTable(Mapping[str, Told]):
    """What is known of each table, worked out when somebody asks for it first."""

    def __init__(self, names: Iterable[str], read: Callable[[str], Told]) -> None:
        self._known: dict[str, Told | None] = dict.fromkeys(names)
        self._read = read

    def __getitem__(self, name: str) -> Told:
        known = self._known[name]
        if known is None:
            known = self._known[name] = self._read(name)
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


@dataclass
class Rows:
    """All rows of a case as plain records (blank cells are None), and how to show them."""

    case: Case
    voice: Voice
    anchors: Collection[str] | None = None  # the rows that the report shows; None means all
    judged: Sequence[Mapping[str, Any]] | None = None  # the safeguards of a review, as its JSON
    tables: Mapping[str, list[Record]] = field(init=False)
    by_id: Mapping[str, dict[str, Record]] = field(init=False)

    def __post_init__(self) -> None:
        frames = self.case.frames
        self.tables = ByTable(frames, lambda name: list_records(frames[name]))
        self.by_id = ByTable(frames, lambda name: {row["id"]: row for row in self.tables[name]})

    @cached_property
    def flows_of(self) -> dict[str, list[Record]]:
        """The flows of every activity by its id."""
        return self._group("flows")

    @cached_property
    def items_of(self) -> dict[str, list[Record]]:
        """The items of every activity by its id."""
        return self._group("items")

    @cached_property
    def reviewed(self) -> pd.DataFrame:
        """What the evidence of every safeguard shows: see ``judge_safeguards``."""
        from piaskit.safeguards import judge_safeguards, read_states

        return judge_safeguards(self.case) if self.judged is None else read_states(self.judged)

    @cached_property
    def proofs(self) -> dict[str, str]:
        """The state of every safeguard by its id."""
        return dict(zip(self.reviewed["id"], self.reviewed["state"], strict=True))

    def _group(self, table: str) -> dict[str, list[Record]]:
        grouped: dict[str, list[Record]] = defaultdict(list)
        for record in self.tables[table]:
            grouped[record["activity"]].append(record)
        return grouped

    @property
    def as_of(self) -> date:
        return self.case.as_of

    def title(self, table: str, id: str | None) -> str:
        """Return the title of a row in this language, or its id when it has none."""
        if not id:
            return self.voice.say("word.blank")
        record = self.by_id.get(table, {}).get(id)
        if record is None:
            return self.voice.say("word.organisation") if table == "organisation" else id
        return self.voice.pick(record, "title") or id

    def find_place(self, id: str | None) -> tuple[str, Record] | None:
        """Return the table and row of a party or system."""
        for table in ("systems", "parties"):
            if id and id in self.by_id[table]:
                return table, self.by_id[table][id]
        return None

    def link(self, table: str, id: str, *, titled: bool = False) -> str | Link:
        """Return words that lead to a row of the annex: its id, or its title."""
        text = self.title(table, id) if titled else id
        if id in self.by_id.get(table, {}):
            anchor = make_anchor(table, id)
            shown = self.anchors is None or anchor in self.anchors
            return Link(text, anchor) if shown else text
        return self.voice.say("word.organisation") if table == "organisation" else text

    def link_all(
        self, rows: Iterable[Mapping[str, str]], *, titled: bool = False, limit: int = SHOWN
    ) -> Text:
        """Return links to ``{"table", "id"}`` rows, enumerated; beyond ``limit`` counted."""
        named = list(dict.fromkeys((row["table"], row["id"]) for row in rows))
        shown: list[Text] = [self.link(t, i, titled=titled) for t, i in named[:limit]]
        if len(named) > limit:
            shown.append(self.voice.say("word.more", n=len(named) - limit))
        return self.voice.join(shown)

    def link_ids(self, table: str, ids: Iterable[str], *, titled: bool = False) -> Text:
        """Return links to rows of one table."""
        return self.link_all(({"table": table, "id": id} for id in ids), titled=titled)

    def link_place(self, id: str | None, *, titled: bool = True) -> str | Link:
        """Return a link to a party or system."""
        found = self.find_place(id)
        return self.link(found[0], str(id), titled=titled) if found else self.voice.name("word", id)

    def say_organisation(self) -> str:
        """Return the name of the organisation in this language."""
        return self.case.say(self.case.id, "name", self.voice.lang)

    def tell_period(self, period: str) -> str:
        """Return a retention in words: ``P3Y`` becomes ``3 years``, free text stays."""
        return tell_period(period, self.voice)

    def person(self, name: str | None) -> str:
        """Return an owner, holder or the like: the holder of the role it names, else its text."""
        if not name:
            return self.voice.say("word.no-owner")
        role = self.by_id["roles"].get(name)
        if role is None:
            return name
        office = self.show("roles", "role", role["role"])
        holder = self.voice.pick(role, "holder")
        return (
            f"{holder} ({office})"
            if holder and self.voice.lang == "en"
            else (f"{holder}（{office}）" if holder else str(office))
        )

    def persons(self, names: str) -> str:
        """Return a list of persons, each as in ``person``."""
        parts = filter(None, (part.strip() for part in names.split(";")))
        return str(self.voice.join([self.person(part) for part in parts]))

    def find_officer(self, *offices: str) -> Record:
        """Return the role of the first of the offices that is there, or an empty row.

        Without offices that of the personal information protection officer is meant.
        """
        for wanted in offices or ("pi-protection-officer", "dpo"):
            for role in self.tables["roles"]:
                if role["role"] == wanted:
                    return role
        return {}

    def cite(self, record: Mapping[str, Any]) -> str:
        """Return the clause of a result, marked when its source is not of high confidence."""
        text = self.voice.pick(record, "clause")
        return text + self.mark(self.find_confidence(record)) if text else ""

    def find_confidence(self, record: Mapping[str, Any]) -> str:
        """Return the confidence of a result, else that of its clauses, else ``high``."""
        clauses = record.get("clauses") or ()
        return record.get("confidence") or self._confidence(clauses) or "high"

    def cite_reference(self, reference: str) -> str:
        """Write out a clause such as ``cn-pipl 51``, marked as ``cite`` does."""
        text = self.case.knowledge.cite(reference, self.voice.lang)
        return text + self.mark(self._confidence([reference]))

    def cite_reason(self, risk: Mapping[str, Any], reason: Mapping[str, Any]) -> str:
        """Return the clause of a reason of a risk, marked as ``cite`` does; blank where none is."""
        text = self.voice.pick(reason, "clause")
        for reference in risk.get("clauses") or ():
            if self.case.knowledge.cite(reference, self.voice.lang) == text:
                return self.cite_reference(reference)
        return text

    def mark(self, confidence: str | None) -> str:
        """Return the mark of a fact whose source is not of high confidence, else nothing.

        Blank, or ``high``, gives no mark.
        """
        if not confidence or confidence == "high":
            return ""
        level = self.voice.name("confidence", confidence)
        mark = self.voice.say("word.confidence", level=level)
        return f" {mark}" if self.voice.lang == "en" else mark

    def _confidence(self, clauses: Sequence[str]) -> str | None:
        for reference in clauses:
            name, _, clause = reference.partition(" ")
            regulation = self.case.knowledge.regulations.get(name)
            if regulation and regulation.regime in self.case.regimes:
                return regulation.articles[regulation.find_article(clause)].confidence
        return None

    def sensitive_in(self, record: Mapping[str, Any]) -> dict[str, str]:
        """Return, per active regime, whether an item is sensitive: yes, no or judge."""
        category = self.case.knowledge.categories.get(record["category"] or "")
        answers = category.sensitive if category else {}
        return {regime: answers.get(regime, "judge") for regime in self.case.regimes}

    def carried(self, flow: Mapping[str, Any]) -> list[Record]:
        """Return the items a flow carries."""
        known = self.by_id["items"]
        return [known[id] for id in (flow["items"] or "").split(";") if id in known]

    def has_children(self, activity: Mapping[str, Any]) -> bool:
        """Say whether an activity has subjects under 14."""
        return activity["children"] not in (None, "0")

    def is_abroad(self, flow: Mapping[str, Any]) -> bool:
        """Say whether a flow goes from inside the mainland to a place outside it."""
        target, source = self.find_place(flow["target"]), self.find_place(flow["source"])
        if target is None or (
            target[0] == "parties" and target[1]["role"] in ("subject", "authority")
        ):
            return False
        away = target[1]["country"] not in (None, "CN")
        return away and (source is None or source[1]["country"] in (None, "CN"))

    def is_recent(self, day: date | None) -> bool:
        """Say whether a day lies within the year before ``as_of``."""
        return day is not None and self.as_of - timedelta(days=366) <= day <= self.as_of

    def show(self, table: str, column: str, value: Any) -> Cell:
        """Return a cell of the case in the words of the report: choices as labels, ids as links."""
        if value is None:
            return None
        if not isinstance(value, str):
            return value if isinstance(value, int | date) else str(value)
        declared = TABLES[table][column]
        if declared.kind in ("reference", "references"):
            found = [(t, id) for id in value.split(";") for t in declared.to if id in self.by_id[t]]
            return self.link_all([{"table": t, "id": id} for t, id in found], titled=True) or value
        if column in PERSONS:
            return str(self.voice.join([self.name_holder(id) for id in value.split(";")]))
        if declared.kind == "scope":
            return self.voice.join([self._show_scope(part) for part in value.split(";")])
        if declared.kind in ("choice", "choices", "yes-no", "bases", "some", "country"):
            parts = value.split(";") if declared.many else [value]
            return str(self.voice.join([self._name(column, part) for part in parts]))
        if value == "none":
            return self.voice.say("word.none")
        return tell_period(value, self.voice) if declared.kind == "period" else value

    def name_holder(self, name: str) -> str:
        """Return who holds a role, else its office; a name that is no role stays."""
        role = self.by_id["roles"].get(name.strip())
        if role is None:
            return name.strip()
        return self.voice.pick(role, "holder") or str(self.show("roles", "role", role["role"]))

    def _show_scope(self, part: str) -> Text:
        table, _, id = part.partition("/")
        if table in self.by_id:
            return self.link(table, id, titled=True)
        if part.startswith("category:"):
            name = self._name("category", part.removeprefix("category:"))
            return self.voice.say("word.named", name=self.heading("category"), text=name)
        return self.voice.say("word.all") if part == "all" else part

    def _name(self, column: str, value: str) -> str:
        knowledge, lang = self.case.knowledge, self.voice.lang
        label = f"value.{column}.{value}"
        if label in knowledge.labels:
            return knowledge.labels(label, lang)
        if column == "country":
            return list_country_names(lang).get(value, value)
        if column in ("category", "categories") and value in knowledge.categories:
            return knowledge.categories[value].title[lang]
        if column == "control" and value in knowledge.controls:
            return knowledge.controls[value].title[lang]
        if column == "legal_basis":
            regime, _, basis = value.partition(".")
            for regulation in knowledge.regulations.values():
                if regulation.regime == regime and basis in regulation.bases:
                    return regulation.bases[basis][lang]
        return self.voice.say(f"word.{value}") if value in ("yes", "no", "none") else value

    def name_table(self, table: str) -> str:
        """Return the name of a table of the case."""
        return self.case.knowledge.labels(f"table.{table}", self.voice.lang)

    def heading(self, column: str) -> str:
        """Return the heading of a column of the case."""
        label = f"column.{column}"
        known = label in self.case.knowledge.labels
        return self.case.knowledge.labels(label, self.voice.lang) if known else column


def tell_period(period: str, voice: Voice) -> str:
    """Return an ISO 8601 period in words; any other text as it is."""
    found = _PERIOD.fullmatch(period)
    if found is None:
        event = period.removeprefix("until ")
        if event == period:
            return period
        known = f"event.{event.replace(' ', '-')}"
        told = voice.say(known) if f"report.{known}" in voice.labels else event
        return voice.say("unit.until", event=told)
    units = (("year", found[1]), ("month", found[2]), ("week", found[3]), ("day", found[4]))
    said = [voice.say(f"unit.{unit}{_plural(n)}", n=int(n)) for unit, n in units if n]
    return voice.gap.join(said)


def list_records(frame: pd.DataFrame) -> list[Record]:
    """Return a frame as records: blank cells None, whole numbers int, dates date.

    >>> list_records(pd.DataFrame({"id": ["a"], "persons": pd.array([None], dtype="Int64")}))
    [{'id': 'a', 'persons': None}]
    """
    columns = {str(name): _list_cells(frame[name]) for name in frame.columns}
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _list_cells(values: pd.Series) -> list[Any]:
    array = pa.array(values, from_pandas=True)
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.date32(), safe=False)
    cells: list[Any] = array.to_pylist()
    if pa.types.is_floating(array.type):
        return [int(v) if v is not None and v == int(v) else v for v in cells]
    return cells


def _plural(number: str) -> str:
    return "" if int(number) == 1 else "s"
