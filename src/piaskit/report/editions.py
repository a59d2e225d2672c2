"""The public edition: what may be said in public, and the scan that refuses the rest.

A public report is composed from ``PublicFacts`` alone. They hold no name of a system, party or
person in charge, no id, no evidence and no single gap, so nothing has to be hidden afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from piaskit.report.guidance import PublicGuidance, list_reported, project_guidance
from piaskit.report.lanes import Lanes, trace_lanes
from piaskit.report.leaks import scan_public
from piaskit.report.public_harms import PublicHarm, find_examples, list_events
from piaskit.report.public_recipients import (
    PublicPlace,
    PublicRecipient,
    count_recipients,
    list_places,
)
from piaskit.report.public_rights import cite_regimes, list_machine_rights, list_rights
from piaskit.report.readiness import PublicReadiness, project_readiness
from piaskit.report.results import Results, read_results
from piaskit.report.retention import sort_retention
from piaskit.report.rows import Record, Rows
from piaskit.report.safeguard_states import name_proof
from piaskit.report.traffic import read_traffic
from piaskit.report.voice import DIMENSIONS, LEVELS, STATES, Voice

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.report.document import Lang

Persons = int | Literal["few", "hidden", "some"] | None
FEW = 10  # smaller numbers of persons are not published


__all__ = [
    "Persons",
    "PublicFacts",
    "PublicItem",
    "PublicOutline",
    "PublicRecipient",
    "outline_public",
    "project_public",
    "scan_public",
    "suppress_small",
]


@dataclass(frozen=True, slots=True)
class PublicActivity:
    """An activity in public: numbers of persons may be suppressed.

    ``staff`` says that it rests on the management of the organisation's own people.
    """

    title: str
    purpose: str
    necessity: str
    subjects: str
    persons: Persons
    children: Persons
    levels: Mapping[str, str]
    staff: bool = False


@dataclass(frozen=True, slots=True)
class PublicItem:
    """A kind of information of an activity; ``sensitive`` answers yes, no or judge per regime.

    ``family`` is the first part of its category's id, such as ``contact``. ``days`` is how long it
    is kept, None where that is an event or not stated.
    """

    title: str
    category: str
    sensitive: Mapping[str, str]
    retention: str
    activity: str
    family: str = ""
    days: float | None = None

    @property
    def kind(self) -> str:
        """The title of its category, else its own."""
        return self.category or self.title

    @property
    def answer(self) -> str:
        """The strictest answer of all regimes."""
        answers = set(self.sensitive.values())
        return next((answer for answer in ("yes", "judge") if answer in answers), "no")


@dataclass(frozen=True, slots=True)
class PublicSafeguard:
    """A measure: verified, unverified, partly or planned; ``family`` is that of its control.

    ``due`` is the day by which a planned one shall work, None where nobody has set it.
    """

    title: str
    kind: str
    state: str
    family: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class PublicOutline:
    """What an announcement says of a public report, in one language.

    ``overall``, ``counts`` and ``rights`` are those of the internal report. ``contacts`` are
    case.yaml's, without a name where the register has the office and nobody who holds it.
    """

    lang: Lang
    title: str
    organisation: str
    as_of: date
    regimes: tuple[str, ...]
    method: str
    activities: tuple[PublicActivity, ...]
    items: tuple[PublicItem, ...]
    safeguards: tuple[PublicSafeguard, ...]
    overall: Mapping[str, str | None]
    counts: Mapping[str, Mapping[str, int]]
    rights: Mapping[str, Mapping[str, Mapping[str, int]]]
    contacts: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class PublicFacts(PublicOutline):
    """All that a public report may use, in one language.

    ``rights_offered`` are ids of rights; ``answers`` and ``complaints`` say per regime, with the
    clause, when a request is answered and where one can complain. ``screening`` are numbers of
    activities by decision and regime, ``gaps`` numbers by risk-source dimension; ``events`` are the
    security events that severe and high risks come from, the most frequent first; ``examples`` tell
    a harm per rights dimension. ``machine`` are rights about decisions by machines, where there are
    any. ``due`` are the days of open remedies, and ``review`` that of the next assessment.
    """

    rights_offered: tuple[str, ...]
    answers: tuple[str, ...]
    complaints: tuple[str, ...]
    machine: tuple[str, ...]
    benefits: tuple[str, ...]
    exceptions: tuple[str, ...]
    recipients: tuple[PublicRecipient, ...]
    places: tuple[PublicPlace, ...]
    screening: Mapping[str, Mapping[str, int]]
    gaps: Mapping[str, int]
    events: tuple[str, ...]
    examples: Mapping[str, PublicHarm]
    due: tuple[date, ...]
    review: date | None
    lanes: Lanes
    readiness: PublicReadiness
    guidance: tuple[PublicGuidance, ...]
    reported: tuple[str, ...]


def outline_public(case: Case, results: Mapping[str, Any], lang: Lang) -> PublicOutline:
    """Take from a case and its results what an announcement says."""
    return PublicOutline(**_outline(*_open_results(case, results, lang)))


def project_public(case: Case, results: Mapping[str, Any], lang: Lang) -> PublicFacts:
    """Take from a case and its results what may be public, and nothing else."""
    rows, found = _open_results(case, results, lang)
    voice, assessments = rows.voice, rows.tables["assessments"]
    activities = found.activities(rows)
    chosen = {row["id"] for row in activities}
    return PublicFacts(
        **_outline(rows, found),
        rights_offered=list_rights(activities),
        answers=cite_regimes(rows, "answer"),
        complaints=cite_regimes(rows, "complain"),
        machine=list_machine_rights(rows, activities),
        benefits=_list_texts(voice, assessments, "benefit"),
        exceptions=_list_texts(voice, assessments, "exceptions"),
        recipients=count_recipients(rows, chosen),
        places=list_places(rows, chosen),
        screening=_count_decisions(found),
        gaps=_count_gaps(case, found),
        events=list_events(found),
        examples=find_examples(rows, found),
        due=_list_due(rows),
        review=_find_review(rows),
        lanes=trace_lanes(read_traffic(case, voice), public=True),
        readiness=project_readiness(rows, found.exercise),
        guidance=project_guidance(rows, chosen),
        reported=list_reported(rows),
    )


def _open_results(case: Case, results: Mapping[str, Any], lang: Lang) -> tuple[Rows, Results]:
    found = read_results(results, case.say(case.id, "title", lang))
    voice = Voice(case.knowledge.labels, lang, "public")
    return Rows(case, voice, judged=found.judged), found


def _outline(rows: Rows, found: Results) -> dict[str, Any]:
    """Return the fields of ``PublicOutline``."""
    case, lang = rows.case, rows.voice.lang
    activities = found.activities(rows)
    chosen = {row["id"] for row in activities}
    return {
        "lang": lang,
        "title": found.title,
        "organisation": rows.say_organisation(),
        "as_of": case.as_of,
        "regimes": tuple(case.regimes),
        "method": case.knowledge.methods[found.method].title[lang],
        "activities": tuple(_project_activity(rows, found, row) for row in activities),
        "items": tuple(
            _project_item(rows, i) for i in rows.tables["items"] if i["activity"] in chosen
        ),
        "safeguards": _project_safeguards(rows),
        "overall": {state: found.overall(state) for state in STATES},
        "counts": {s: {level: found.count(s, level) for level in LEVELS} for s in STATES},
        "rights": {
            d: {s: dict(found.assess["rights"][d].get(s, {})) for s in STATES}
            for d in DIMENSIONS
            if d in found.assess["rights"]
        },
        "contacts": tuple(_project_contact(rows, contact) for contact in case.contacts),
    }


def suppress_small(*nested: Persons) -> tuple[Persons, ...]:
    """Suppress numbers of persons below 10 among groups that hold one another, widest first.

    A number is ``hidden`` when its difference to the next wider number shown is such a number.

    >>> suppress_small(1200, 1195, 4)
    (1200, 'hidden', 'few')
    >>> suppress_small(None, 0)
    (None, 0)
    """
    shown: list[Persons] = []
    wider: int | None = None
    for number in nested:
        if not isinstance(number, int):
            shown.append(number)
        elif 0 < number < FEW:
            shown.append("few")
        elif wider is not None and 0 < wider - number < FEW:
            shown.append("hidden")
        else:
            shown.append(number)
            wider = number
    return tuple(shown)


def _project_activity(rows: Rows, results: Results, row: Record) -> PublicActivity:
    voice = rows.voice
    rated = next(a for a in results.assess["activities"] if a["id"] == row["id"])
    # Minors are not printed; a number of theirs can therefore not give another away.
    persons, children = suppress_small(row["persons"], _read_some(row["children"]))
    return PublicActivity(
        title=voice.pick(row, "title"),
        purpose=voice.pick(row, "purpose"),
        necessity=voice.pick(row, "necessity"),
        subjects=voice.pick(row, "subjects"),
        persons=persons,
        children=children,
        levels=dict(rated.get("levels") or {}),
        staff=any(basis.endswith(".hr") for basis in (row["legal_basis"] or "").split(";")),
    )


def _read_some(value: str | None) -> Persons:
    if value is None:
        return None
    return int(value) if value.isdigit() else "some"


def _project_item(rows: Rows, row: Record) -> PublicItem:
    category = rows.case.knowledge.categories.get(row["category"] or "")
    kind, *kept = sort_retention(row["retention"])
    title = category.title[rows.voice.lang] if category else ""
    return PublicItem(
        title=rows.voice.pick(row, "title") or title,
        category=title,
        sensitive=rows.sensitive_in(row),
        retention=rows.tell_period(rows.voice.pick(row, "retention")) if row["retention"] else "",
        activity=rows.title("activities", row["activity"]),
        family=(row["category"] or "").partition(".")[0],
        days=kept[0] if kind == 0 else None,
    )


def _project_safeguards(rows: Rows) -> tuple[PublicSafeguard, ...]:
    """Measures by title; one that is retired, failed or unproven is never called verified."""
    proofs = rows.proofs
    found = []
    for row in rows.tables["safeguards"]:
        state = name_proof(row, proofs)
        control = rows.case.knowledge.controls.get(row["control"] or "")
        title = rows.voice.pick(row, "title") or (control.title[rows.voice.lang] if control else "")
        if state == "retired" or not title or row["status"] is None:
            continue
        shown = state if state in ("verified", "partly", "planned") else "unverified"
        family = (row["control"] or "").partition(".")[0]
        due = row["due_on"] if shown == "planned" else None
        found.append(PublicSafeguard(title, row["kind"], shown, family, due))
    return tuple(found)


def _list_due(rows: Rows) -> tuple[date, ...]:
    """Return the days of the open actions that have one, the first one first."""
    days = [row["due_on"] for row in rows.tables["actions"] if row["status"] in (None, "open")]
    return tuple(sorted(day for day in days if day is not None))


def _find_review(rows: Rows) -> date | None:
    """Return the last day on which a next assessment is due, if one lies ahead."""
    days = [row["next_review_on"] for row in rows.tables["assessments"]]
    return max((day for day in days if day is not None and day > rows.as_of), default=None)


def _list_texts(voice: Voice, records: list[Record], column: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (voice.pick(row, column) for row in records))))


def _count_decisions(results: Results) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for verdict in results.verdicts:
        counts = found.setdefault(verdict["regime"], {})
        counts[verdict["decision"]] = counts.get(verdict["decision"], 0) + 1
    return found


def _count_gaps(case: Case, results: Results) -> dict[str, int]:
    rules = case.knowledge.rules
    areas = (
        rules[f["slug"]].source if f["slug"] in rules else str(f.get("source") or "other")
        for f in results.findings
    )
    return dict(sorted(Counter(areas).items()))


def _project_contact(rows: Rows, contact: Mapping[str, str]) -> dict[str, str]:
    lang = rows.voice.lang
    told = {
        key: contact.get(f"{key}_{lang}") or contact.get(key) or ""
        for key in ("role", "name", "email", "phone")
    }
    offices = [row for row in rows.tables["roles"] if row["role"] == told["role"]]
    held = any(row["holder"] for row in offices) or not offices
    return told if held else told | {"name": ""}
