"""What the inventory says of one flow: the numbers, kinds, safeguards and people of a scenario."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.knowledge.folder import suggest
from piaskit.tabletop.phrases import Pair

if TYPE_CHECKING:
    from piaskit.case import Case

Kind = Literal["system", "partner", "paper"]
Row = dict[Hashable, Any]
ASSUMED = 1000  # persons of an exercise where the inventory gives no number: our convention
_OUTSIDE = ("subject", "public", "authority")  # parties at which nothing can leak for us
_SEALING = ("encryption.at-rest", "encryption.key-management")
_WANTED = {
    "system": (*_SEALING, "monitoring.logging", "access.least-privilege"),
    "partner": ("vendor.contract", "vendor.supervision", "access.logging"),
    "paper": ("physical.equipment", "deidentification.masking", "people.training"),
}
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Subject:
    """One flow as the subject of a scenario; ``notes`` tell what had to be assumed."""

    flow: str
    kind: Kind
    place: Pair
    activity: Pair
    role: str
    persons: int
    minors: dict[str, int]
    children: dict[str, int]
    categories: tuple[str, ...]
    sealed: bool
    lacking: tuple[str, ...]
    ways: tuple[str, ...]
    notes: tuple[Pair, ...] = ()
    titles: dict[str, Pair] = field(default_factory=dict)


def describe_flow(case: Case, flow: str, persons: int | None = None) -> Subject:
    """Read a flow with its activity, items, ends, safeguards, channels and people.

    ``persons`` takes the place of the inventory's number. Raises InvalidData
    (``unknown-flow``) with the nearest id.
    """
    row = _find_row(case, "flows", flow)
    if row is None:
        known = list(case.frames["flows"]["id"])
        hint = suggest(flow, known) or "flows: " + ", ".join(known[:10])
        message = f"no flow is called {quote(flow)}"
        raise InvalidData([Issue("unknown-flow", Place("flows"), message, quote(flow), hint)])
    activity = _find_row(case, "activities", row["activity"])
    reader = _Reader(case, flow, row, activity)
    kind, table, place = reader.find_place()
    total = reader.count_persons(persons)
    minors, children = reader.count_young(total)
    categories = reader.list_categories(bool(children["high"]))
    works = _find_working(case, table, place["id"])
    return Subject(
        flow=flow,
        kind=kind,
        place=place,
        activity=name_row(case, activity or row),
        role="processor" if activity and activity["role"] == "processor" else "controller",
        persons=total,
        minors=minors,
        children=children,
        categories=categories,
        sealed=kind == "system" and set(_SEALING) <= works,
        lacking=tuple(control for control in _WANTED[kind] if control not in works),
        ways=tuple(case.frames["channels"].sort_values("position")["way"].dropna()),
        notes=tuple(reader.notes),
        titles=dict(_name_offices(case)),
    )


class _Reader:
    """Reads one flow and notes what the inventory leaves open."""

    def __init__(self, case: Case, flow: str, row: Row, activity: Row | None) -> None:
        self.case, self.flow, self.row, self.activity = case, flow, row, activity
        self.notes: list[Pair] = []

    def note(self, id: str, **fields: object) -> None:
        say = self.case.knowledge.labels
        values = {"flow": self.flow, **fields}
        self.notes.append({lang: say(f"draft.note.{id}", lang, **values) for lang in ("en", "zh")})

    def find_place(self) -> tuple[Kind, str, Pair]:
        """Return where it happens: the target, else the source, else the activity itself."""
        paper = self.row["channel"] in ("paper", "post")
        places: tuple[tuple[str, Kind], ...] = (("systems", "system"), ("parties", "partner"))
        for end in ("target", "source"):
            for table, kind in places:
                found = _find_row(self.case, table, self.row[end])
                if found is None or (table == "parties" and found["role"] in _OUTSIDE):
                    continue
                named = {**name_row(self.case, found), "id": str(found["id"])}
                return "paper" if paper else kind, table, named
        here = {**name_row(self.case, self.activity or self.row), "id": self.flow}
        return "paper" if paper else "system", "flows", here

    def count_persons(self, given: int | None) -> int:
        stated = _whole(self.row["persons"])
        if given or stated:
            return int(given or stated or 0)
        whole = _whole(self.activity["persons"]) if self.activity is not None else None
        self.note("activity" if whole else "persons", n=f"{whole or ASSUMED:,}")
        return whole or ASSUMED

    def count_young(self, total: int) -> tuple[dict[str, int], dict[str, int]]:
        """Return minors and children as ranges, never more than the persons of the flow."""
        stated = self.activity or {"minors": None, "children": None}
        children = _bound(stated["children"], total) or (0, 0, 0)
        minors = _bound(stated["minors"], total)
        if minors is None and not children[2]:
            self.note("minors")
        if any((_whole(stated[name]) or 0) > total for name in ("minors", "children")):
            self.note("capped", n=f"{total:,}")
        both = zip(minors or children, children, strict=True)
        return _range(tuple(max(pair) for pair in both)), _range(children)

    def list_categories(self, young: bool) -> tuple[str, ...]:
        items = self.case.frames["items"].set_index("id")
        own = self.row["items"].split(";") if isinstance(self.row["items"], str) else []
        found = items.loc[items.index.isin(own), "category"].dropna()
        if not len(found) and self.activity is not None:
            found = items.loc[items["activity"] == self.activity["id"], "category"].dropna()
            if len(found):
                self.note("kinds")
        known = dict.fromkeys(c for c in found if c in self.case.knowledge.categories)
        if not known:
            self.note("no-kinds")
            known = {"identity.name": None}
        if not young:
            known.pop("children.any", None)
        return tuple(known) or ("identity.name",)


def _find_row(case: Case, table: str, id: object) -> Row | None:
    frame = case.frames[table]
    found = frame[frame["id"] == id]
    return found.iloc[0].to_dict() if len(found) else None


def name_row(case: Case, row: Row) -> Pair:
    """Return the title of a row in both languages; a text in the wrong language gives the id."""
    english, chinese = (case.say(row, "title", lang) for lang in ("en", "zh"))
    id = str(row["id"])
    return {"en": english if english and not _HAN.search(english) else id, "zh": chinese or id}


def _range(bounds: tuple[int, ...]) -> dict[str, int]:
    return dict(zip(("low", "best", "high"), bounds, strict=True))


def _whole(value: Any) -> int | None:
    try:
        return int(value) or None
    except (TypeError, ValueError):
        return None


def _bound(value: Any, total: int) -> tuple[int, int, int] | None:
    """Return low, best and high of a cell that counts persons or says that there are some."""
    if value == "yes":
        return 1, max(1, total // 2), total
    if value == "no":
        return 0, 0, 0
    try:
        number = min(int(value), total)
    except (TypeError, ValueError):
        return None
    return number, number, number


def _find_working(case: Case, table: str, id: str) -> set[str]:
    """Return the controls that are verified at the place."""
    from piaskit.safeguards import judge_safeguards
    from piaskit.safeguards.coverage import cover_subjects

    reviewed = judge_safeguards(case)
    verified = set(reviewed.loc[reviewed["state"] == "verified", "id"])
    rows = case.frames["safeguards"]
    covered = cover_subjects(case, rows[rows["id"].isin(verified)]).tables.get(table)
    if covered is None or id not in covered.index:
        return set()
    works = covered.to_numpy(dtype=bool)[covered.index.get_loc(id)]
    return set(covered.columns[works])


def _name_offices(case: Case) -> Iterator[tuple[str, Pair]]:
    """Yield the offices that the case fills, with the title of who holds them."""
    for row in case.frames["roles"].to_dict("records"):
        english, chinese = (case.say(row, "holder", lang) for lang in ("en", "zh"))
        if chinese and english and not _HAN.search(english):
            yield str(row["role"]), {"en": english, "zh": chinese}
