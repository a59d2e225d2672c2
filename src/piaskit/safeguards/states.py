"""What the evidence of a safeguard shows: verified, claimed, stale, missing or failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from piaskit.safeguards.evidence import digest_file, find_evidence
from piaskit.safeguards.periods import find_period, reach_back, reach_on
from piaskit.safeguards.scopes import Reach, Scopes, index_rows

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge.records import Period

STATES = ("verified", "claimed", "stale", "missing", "failed")
EVALUATION = "mlps.evaluation"
COLUMNS = ("id", "state", "line", "because", "because_zh", "sha256", "current_until")


@dataclass(frozen=True, slots=True)
class _Verdict:
    """A state, the line of docs/safeguards.md that decided, and the label that says why."""

    state: str
    line: int
    why: str
    say: Mapping[str, Any]
    system: str | None = None


@dataclass(frozen=True, slots=True)
class _Ageing:
    """One day that grows old: of the row, or of a system that it names."""

    day: date | None
    period: Period
    system: str | None = None


def judge_safeguards(case: Case) -> pd.DataFrame:
    """Say of every safeguard whether its evidence holds at the case's ``as_of``.

    docs/safeguards.md has the thirteen lines; the first that applies decides. Returns one row per
    safeguard in the order of the table: ``id, state, line, because, because_zh``, the ``sha256`` of
    the cited file where it is there, and of a verified safeguard ``current_until``, the last day at
    which its expiry and its period leave it so (ISO text, blank when neither ends it).
    """
    scopes = Scopes(case)
    systems = index_rows(case.frames["systems"])
    rows = [
        _judge_row(case, row, scopes, systems)
        for row in index_rows(case.frames["safeguards"]).values()
    ]
    return read_states(rows)


def read_states(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return as ``judge_safeguards`` does what it has said, as the JSON of a review holds it."""
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    kinds = dict.fromkeys(COLUMNS, "str") | {"line": "int64"}
    return found.astype(kinds)


def select_working(
    case: Case, reviewed: pd.DataFrame, state: Literal["inherent", "current", "planned"]
) -> pd.DataFrame:
    """Select the safeguards that count in a state of risk, as rows of the safeguards table.

    ``inherent`` counts none, ``current`` those verified, ``planned`` also those that are claimed
    and not retired: planned, partly in place, or in place with the evidence still to come.
    """
    safeguards = case.frames["safeguards"]
    verdict = safeguards["id"].map(reviewed.set_index("id")["state"])
    counted = {
        "inherent": verdict.isin([]),
        "current": verdict.eq("verified"),
        "planned": verdict.eq("verified")
        | (verdict.eq("claimed") & safeguards["status"].isin(["planned", "partly", "in-place"])),
    }[state]
    chosen: pd.DataFrame = safeguards[counted.to_numpy(dtype=bool)]
    return chosen


def _judge_row(
    case: Case, row: Mapping[str, Any], scopes: Scopes, systems: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    file = find_evidence(case.root, row["evidence"]) if row["evidence"] else None
    digest = digest_file(file) if file else None
    reach = scopes.read(row["scope"])
    named = _name_systems(row, reach, systems)
    ageing = list(_list_ageing(case, row, reach, named))
    verdict = min(_apply_lines(case, row, digest, ageing, named), key=lambda v: v.line)
    ends = [a for a in (_day(row["expires_on"]), *_list_ends(ageing)) if a]
    return {
        "id": row["id"],
        "state": verdict.state,
        "line": verdict.line,
        "because": _tell(case, verdict, "en"),
        "because_zh": _tell(case, verdict, "zh"),
        "sha256": digest,
        "current_until": min(ends).isoformat() if verdict.state == "verified" and ends else None,
    }


def _apply_lines(
    case: Case,
    row: Mapping[str, Any],
    digest: str | None,
    ageing: list[_Ageing],
    named: Mapping[str, Mapping[str, Any]],
) -> Iterator[_Verdict]:
    """Yield a verdict for every line of docs/safeguards.md that applies."""
    as_of, status, cited = case.as_of, row["status"], row["evidence"]
    stated = row["evidence_sha256"]
    if digest and stated and digest != str(stated).strip().lower():
        yield _Verdict("failed", 1, "evidence-changed", {"file": cited})
    for id, system in named.items():
        there = not _is_after(system["mlps_evaluated_on"], as_of)
        if (
            system["mlps_conclusion"] == "not-conform"
            and there
            and status in ("in-place", "partly")
        ):
            yield _Verdict("failed", 2, "not-conform", {}, id)
    if cited and not digest:
        yield _Verdict("missing", 3, "evidence-absent", {"file": cited})
    if status in (None, "planned", "retired"):
        yield _Verdict("claimed", 4, f"status-{status or 'blank'}", {})
    expires = _day(row["expires_on"])
    if expires and expires < as_of:
        yield _Verdict("stale", 5, "expired", {"date": expires})
    for age in ageing:
        if age.day and age.day < reach_back(as_of, age.period):
            yield _Verdict("stale", 6, "too-old", _tell_age(case, age), age.system)
    if status == "partly":
        yield _Verdict("claimed", 7, "status-partly", {})
    if not cited:
        yield _Verdict("claimed", 8, "no-evidence", {})
    if _is_after(row["evidence_on"], as_of):
        yield _Verdict("claimed", 9, "evidence-later", {"date": _day(row["evidence_on"])})
    if not row["scope"]:
        yield _Verdict("claimed", 10, "scope-blank", {})
    if any(age.day is None and age.system is None for age in ageing):
        yield _Verdict("claimed", 11, "undated", {"file": cited})
    for id, system in named.items():
        if _lacks(system, as_of):
            yield _Verdict("claimed", 12, "evaluation-incomplete", {}, id)
    yield _Verdict("verified", 13, "shown" if stated else "shown-unsealed", {"file": cited})


def _name_systems(
    row: Mapping[str, Any], reach: Reach, systems: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """Return the systems whose evaluation a row speaks of."""
    if row["control"] != EVALUATION:
        return {}
    ids = list(reach.systems)
    if reach.all:
        ids += [id for id, system in systems.items() if system["mlps_level"] is not None]
    return {id: systems[id] for id in dict.fromkeys(ids)}


def _list_ageing(
    case: Case, row: Mapping[str, Any], reach: Reach, named: Mapping[str, Mapping[str, Any]]
) -> Iterator[_Ageing]:
    own = [_day(row["evidence_on"]), _day(row["tested_on"])]
    control, standard = row["control"], row["standard"]
    if row["control"] == EVALUATION and named:
        for id, system in named.items():
            period = find_period(case, control, standard, reach, system["mlps_level"])
            days = [*own, _day(system["mlps_evaluated_on"])]
            if period:
                yield _Ageing(_find_oldest(days, case.as_of), period, id)
        return
    level = 3 if row["control"] == EVALUATION else None
    period = find_period(case, control, standard, reach, level)
    if period:
        yield _Ageing(_find_oldest(own, case.as_of), period)


def _list_ends(ageing: list[_Ageing]) -> Iterator[date]:
    for age in ageing:
        if age.day:
            yield reach_on(age.day, age.period)


def _lacks(system: Mapping[str, Any], as_of: date) -> bool:
    """Say whether the register lacks what an evaluation of the system needs."""
    level = system["mlps_level"]
    if level is None or level < 2:
        return level is None
    evaluated = system["mlps_evaluated_on"]
    return (
        evaluated is None
        or _is_after(evaluated, as_of)
        or system["mlps_filing"] is None
        or system["mlps_conclusion"] is None
    )


def _find_oldest(days: list[date | None], as_of: date) -> date | None:
    """Return the oldest day that has come.

    >>> _find_oldest([date(2026, 3, 1), None, date(2027, 1, 1)], date(2026, 6, 1))
    datetime.date(2026, 3, 1)
    """
    return min((day for day in days if day and day <= as_of), default=None)


def _tell_age(case: Case, age: _Ageing) -> dict[str, Any]:
    return {"date": age.day, "as_of": case.as_of, "period": age.period}


def _tell(case: Case, verdict: _Verdict, lang: str) -> str:
    """Write the reason of a verdict in one language."""
    labels = case.knowledge.labels
    say = dict(verdict.say)
    period: Period | None = say.pop("period", None)
    if period:
        usual = period.kind == "good-practice"
        words = f"safeguards.{'too-old-by-practice' if usual else 'too-old'}.{period.unit}"
        text = labels(words, lang, n=period.value, clause=cite_period(case, period, lang), **say)
    else:
        text = labels(f"safeguards.{verdict.why}", lang, **say)
    if verdict.system is None:
        return text
    name = case.say(f"systems/{verdict.system}", "title", lang) or verdict.system
    return labels("safeguards.at-system", lang, system=name, text=text)


def cite_period(case: Case, period: Period, lang: str) -> str:
    """Write the clause of a period out; what no pack lists stays as it is written."""
    try:
        return case.knowledge.cite(period.clause, lang)
    except KeyError:
        return period.clause


def _day(value: Any) -> date | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()


def _is_after(value: Any, as_of: date) -> bool:
    day = _day(value)
    return day is not None and day > as_of
