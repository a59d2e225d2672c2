"""Who responds and how long it takes: shifts and drills of a case, packs where none was timed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import NormalDist, fmean, stdev
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from piaskit.errors import InvalidData, Issue, Place
from piaskit.response import Opening, Plan, Shift, Step
from piaskit.workdays import list_workdays

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge.calibration import Calibration
    from piaskit.knowledge.records import Text

TIMED = 5  # drills of a step from which on they take the place of the packs
RETRIES = 5  # further attempts at most
ANY = "all"  # the kind of event that stands for all
AFTER: dict[str, tuple[str, ...]] = {
    "triage": (),
    "containment": ("triage",),
    "counting": ("triage",),
    "decision": ("counting",),
    "filing": ("decision",),
    "drafting": ("decision",),
}
"""The steps that people take, each with those that it waits for."""
DETECTION = "detection"
SENDS_AFTER = "drafting"
_Z90 = 1.6448536269514722  # 95 % of the standard normal: the ends of a 90 % interval
_KNOWN_DAYS = 3 * 366  # days whose holidays are looked up; after them weekends alone rest
_DAYS = 20 * 366
_BOUNDS: dict[str, dict[str, tuple[float, float]]] = {
    "shifts": {
        "opens_at": (0, 23),
        "open_hours": (1, 24),
        "people": (0, 10_000),
        "call_in": (0, 168),
    },
    "drills": {"hours": (0.001, 10_000), "attempts": (1, 100)},
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where the hours of a step come from: own drills, or a pack and a kind of event in it."""

    step: Step
    drills: int  # timed drills of this step
    pack: Calibration | None = None
    kind: Text | None = None
    population: Text | None = None
    n: int | None = None
    gap: float | None = None

    @property
    def own(self) -> bool:
        """Whether they come from the organisation's own drills."""
        return self.pack is None


@dataclass(frozen=True, slots=True)
class Staffing:
    """A plan, if the case says enough for one, with where it comes from and what is missing."""

    plan: Plan | None
    sources: tuple[Source, ...]
    runbooks: dict[str, Step]  # by step, how it goes with a tested runbook
    titles: dict[str, dict[str, str]]  # of shifts
    idle: tuple[str, ...]  # steps that nobody on shift does
    missing: tuple[str, ...]


def read_staffing(case: Case, scenario: str, since: date) -> Staffing:
    """Read the plan of a case; the clock counts from midnight of the day ``since``.

    Five or more timed drills of a step give its hours: a lognormal with their mean and standard
    deviation in logarithms, widened by sqrt(1 + 1/n) since both are estimates; attempts give the
    chance that one fails. With fewer a pack does. Raises InvalidData (``staffing-number``) for
    numbers that cannot be.
    """
    missing: list[str] = []
    issues = [*_check(case, "shifts"), *_check(case, "drills")]
    if issues:
        raise InvalidData(issues)
    shifts, titles = _read_shifts(case, since, missing)
    drills = _read_drills(case, missing)
    found = [
        _find_source(case, name, scenario, drills.get(name, [])) for name in (DETECTION, *AFTER)
    ]
    sources = tuple(source for source in found if source)
    steps = {source.step.id: source.step for source in sources}
    missing += [f"calibration.{name}" for name in AFTER if name not in steps]
    plan = None
    if shifts and steps.keys() >= AFTER.keys():
        plan = Plan(
            tuple(steps[name] for name in AFTER), tuple(shifts), SENDS_AFTER, steps.get(DETECTION)
        )
    idle = tuple(
        step.id
        for step in (plan.steps if plan else ())
        if not any(shift.people and shift.serves(step) for shift in shifts)
    )
    ceiling = next(
        (p.runbook for _, p in sorted(case.knowledge.calibration.items()) if p.runbook), None
    )
    runbooks = {
        name: better
        for name in AFTER
        if name in steps and (better := _add_runbook(steps[name], drills.get(name, []), ceiling))
    }
    return Staffing(plan, sources, runbooks, titles, idle, tuple(missing))


def _list_rows(case: Case, table: str) -> Iterator[dict[str, Any]]:
    for row in case.frames[table].to_dict("records"):
        yield {str(name): value for name, value in row.items() if not pd.isna(value)}


def _check(case: Case, table: str) -> Iterator[Issue]:
    for row in _list_rows(case, table):
        for name, (least, most) in _BOUNDS[table].items():
            if name in row and not least <= row[name] <= most:
                message = f"{name} is {row[name]:g}, expected {least:g} to {most:g}"
                yield Issue("staffing-number", Place(table, column=str(row["id"])), message)


def _read_shifts(
    case: Case, since: date, missing: list[str]
) -> tuple[list[Shift], dict[str, dict[str, str]]]:
    shifts: list[Shift] = []
    titles: dict[str, dict[str, str]] = {}
    worked: dict[str, np.ndarray[Any, np.dtype[np.bool_]]] = {}
    for row in _list_rows(case, "shifts"):
        id = str(row["id"])
        titles[id] = {
            "title": case.say(row, "title", "en") or id,
            "title_zh": case.say(row, "title", "zh") or id,
        }
        country = str(row.get("country", ""))
        rests = row.get("days") == "workdays"
        lacking = ["people"] if "people" not in row else []
        if rests and country not in worked:
            try:
                worked[country] = _list_worked(since, country)
            except (NotImplementedError, KeyError):
                lacking.append("country")
        if lacking:
            missing += [f"shifts/{id}.{name}" for name in lacking]
            continue
        opening = Opening(
            float(row.get("opens_at", 0)),
            float(row.get("open_hours", 24)),
            worked[country] if rests else None,
        )
        steps = frozenset(str(row.get("steps", "")).split(";")) - {""}
        shifts.append(Shift(id, int(row["people"]), opening, steps, float(row.get("call_in", 0))))
    if not titles:
        missing.append("shifts")
    return shifts, titles


def _list_worked(since: date, country: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    known = list_workdays(since, _KNOWN_DAYS, country)
    after = since + timedelta(days=_KNOWN_DAYS)
    later = (np.arange(_DAYS - _KNOWN_DAYS) + after.weekday()) % 7 < 5
    return np.concatenate([known, later])


def _read_drills(case: Case, missing: list[str]) -> dict[str, list[dict[str, Any]]]:
    drills: dict[str, list[dict[str, Any]]] = {}
    for row in _list_rows(case, "drills"):
        if "hours" not in row:
            missing.append(f"drills/{row['id']}.hours")
        elif "step" in row:
            drills.setdefault(str(row["step"]), []).append(row)
    return drills


def _find_source(
    case: Case, name: str, scenario: str, drills: list[dict[str, Any]]
) -> Source | None:
    base = Step(name, 0.0, 0.0, AFTER.get(name, ()), staffed=name != DETECTION)
    if len(drills) >= TIMED:
        return Source(_fit_drills(base, drills), len(drills))
    for _, pack in sorted(case.knowledge.calibration.items()):
        kind = pack.scenarios.get(scenario, ANY)
        held = {DETECTION: pack.detections, "containment": pack.containments}.get(name, {})
        if data := held.get(kind) or held.get(ANY):
            # Published times go by the clock, nights included.
            step = replace(base, ln_mu=data.ln_mu, ln_sigma=data.ln_sigma, elapsed=True)
            said = (data.title, data.population, data.n, data.gap)
            return Source(step, len(drills), pack, *said)
        if name in pack.steps:
            rate = pack.steps[name]
            low, high = math.log(rate.low), math.log(rate.high)
            step = replace(base, ln_mu=(low + high) / 2, ln_sigma=(high - low) / 2 / _Z90)
            return Source(step, len(drills), pack)
    return None


def _fit_drills(base: Step, drills: list[dict[str, Any]]) -> Step:
    logs = [math.log(row["hours"]) for row in drills]
    attempts = sum(int(row.get("attempts", 1)) for row in drills)
    return replace(
        base,
        ln_mu=fmean(logs),
        ln_sigma=stdev(logs) * math.sqrt(1 + 1 / len(logs)),
        fails=(attempts - len(drills)) / attempts,
        retries=RETRIES,
    )


def _add_runbook(step: Step, drills: list[dict[str, Any]], ceiling: float | None) -> Step | None:
    """Return a step as it goes with a tested runbook; None where every drill had one already."""
    followed = [row for row in drills if row.get("runbook") == "yes"]
    if len(drills) >= TIMED and len(followed) == len(drills):
        return None
    if len(drills) >= TIMED and len(followed) >= TIMED:
        return _fit_drills(step, followed)
    if ceiling is None:
        return None
    return replace(step, most=math.exp(step.ln_mu + step.ln_sigma * NormalDist().inv_cdf(ceiling)))
