"""A response rehearsed in many trials: milestones, missed clocks, what a change would bring."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from piaskit.errors import InvalidData, Issue, Place
from piaskit.incident.clocks import find_start
from piaskit.incident.day import Day
from piaskit.incident.duties import DecidedDuty, Decision, decide_incident
from piaskit.incident.facts import Facts
from piaskit.incident.reach import POINTS, read_channels, read_persons
from piaskit.incident.remedies import Limit, find_weakest, list_remedies, weigh_remedies
from piaskit.incident.staffing import AFTER, DETECTION, Source, Staffing, read_staffing
from piaskit.response import (
    Channel,
    Persons,
    Plan,
    Response,
    bound_share,
    estimate_quantiles,
    simulate_response,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from piaskit.case import Case
    from piaskit.display import Grid

TRIALS = 10_000
YEARS = range(1990, 2101)  # whose holidays are asked for
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_TOLD = {"told-50": 0.5, "told-90": 0.9}
SENT = "sent"
_WEIGHED = ("containment", "filing", "told-90", SENT)
_INDIVIDUALS = ("individuals", "guardians")
_FOUND = ("discovery", "aware")
Hours = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Rehearsal:
    """What a response would look like; ``done`` is None where the case says too little."""

    case: Case
    decision: Decision
    staffing: Staffing
    persons: Persons | None
    channels: tuple[Channel, ...]
    lines: dict[str, int]
    titles: dict[str, dict[str, str]]  # of channels
    done: Response | None
    limits: tuple[Limit, ...]
    missing: tuple[str, ...]
    trials: int
    seed: int
    found_at: datetime | None

    def to_dict(self, executor: Executor | None = None) -> dict[str, Any]:
        """Return the answer as plain JSON values; without a plan what is missing and no numbers.

        Hours count from the moment at which the incident was found, those of ``detection`` from
        the incident. ``ci`` are 95 % intervals: Wilson's of a share, by order statistics of a
        quantile, of matched pairs or sections of a difference. ``never`` is the share of trials
        that get nowhere. An executor works on the changes and moves no number.
        """
        answer: dict[str, Any] = {
            "trials": self.trials,
            "seed": self.seed,
            "since": self.case.as_of.isoformat(),
            "found_at": self.found_at.isoformat(timespec="minutes") if self.found_at else None,
            "missing": list(self.missing),
            "idle": list(self.staffing.idle),
            "steps": [self._tell_source(source) for source in self.staffing.sources],
            "packs": list(self._tell_packs()),
            "at_once": [self._tell_duty(d) for d in self._list_duties("at-once")],
            "open": [self._tell_duty(d) for d in self._list_duties("open")],
            "later": [self._tell_duty(d) for d in self._list_duties("later")],
        }
        if self.done is None:
            none: dict[str, Any] = {"milestones": [], "missed": {}, "known": [], "effects": []}
            return answer | none | {"persons": None, "weakest": None}
        done = self.done
        names = [*AFTER, *_TOLD, SENT] if done.told else list(AFTER)
        times = {name: measure_milestone(done, name) for name in names}
        weighed = self._weigh(times, executor)
        return answer | {
            "milestones": list(self._tell_milestones(times)),
            "missed": {limit.duty: self._tell_missed(limit, times) for limit in self.limits},
            "known": [
                {"hours": hours, **_tell(done.count_known(hours))} for hours in POINTS if done.told
            ],
            "persons": _tell(done.count_persons()) if done.told else None,
            "weakest": find_weakest(weighed, "told-90" if done.told else "filing"),
            "effects": [one | self._name_effect(one) for one in weighed],
        }

    def show(self, lang: str) -> list[Grid]:
        """Lay the answer out as tables."""
        from piaskit.incident.rehearsal_tables import lay_out_rehearsal

        return list(lay_out_rehearsal(self.to_dict(), self.case.knowledge.labels, lang).values())

    def _repr_html_(self) -> str:
        return "".join(grid._repr_html_() for grid in self.show(self.case.languages[0]))

    def _weigh(self, times: dict[str, Hours], executor: Executor | None) -> list[dict[str, Any]]:
        kept = {name: times[name] for name in _WEIGHED if name in times}
        return weigh_remedies(
            list(list_remedies(self.staffing, self.channels, self.lines)),
            lambda plan, channels: self.simulate(plan, channels, executor),
            lambda done: {name: measure_milestone(done, name) for name in kept},
            kept,
            self.limits,
        )

    def simulate(
        self, plan: Plan, channels: Sequence[Channel], executor: Executor | None = None
    ) -> Response:
        """Simulate another plan or other channels on the same draws."""
        return simulate_response(
            plan,
            self.persons,
            channels,
            found_at=find_clock(self.found_at),
            trials=self.trials,
            seed=self.seed,
            executor=executor,
        )

    def _say(self, label: str, **fields: object) -> dict[str, str]:
        labels = self.case.knowledge.labels
        return {"title": labels(label, "en", **fields), "title_zh": labels(label, "zh", **fields)}

    def _tell_milestones(self, times: dict[str, Hours]) -> Iterator[dict[str, Any]]:
        hidden = self.done.hidden if self.done else None
        if hidden is not None:
            yield {"id": DETECTION, **self._say(f"response.milestone.{DETECTION}"), **_tell(hidden)}
        for name, hours in times.items():
            yield {"id": name, **self._say(f"response.milestone.{name}"), **_tell(hours)}

    def _tell_missed(self, limit: Limit, times: dict[str, Hours]) -> dict[str, Any]:
        late = int((times[limit.milestone] > limit.hours).sum())
        duty = next(d for d in self.decision.duties if d.id == limit.duty)
        return {
            "p": round(late / self.trials, 5),
            "ci": [round(bound, 5) for bound in bound_share(late, self.trials)],
            "hours": round(limit.hours, 2),
            "milestone": limit.milestone,
            **self._tell_duty(duty),
        }

    def _tell_duty(self, decided: DecidedDuty) -> dict[str, Any]:
        cite, duty = self.case.knowledge.cite, decided.duty
        return {
            "id": decided.id,
            "title": duty.title.en,
            "title_zh": duty.title.zh,
            "clause": cite(duty.clause, "en"),
            "clause_zh": cite(duty.clause, "zh"),
            "wording": duty.wording.en,
            "wording_zh": duty.wording.zh,
            "confidence": duty.confidence,
        }

    def _list_duties(self, sort: str) -> Iterator[DecidedDuty]:
        limited = {limit.duty for limit in self.limits}
        for decided in self.decision.duties:
            if decided.decision == "not-required" or decided.id in limited:
                continue
            if decided.decision == "judge":
                found = "open"
            else:
                found = "at-once" if decided.clock is None else "later"
            if found == sort:
                yield decided

    def _tell_source(self, source: Source) -> dict[str, Any]:
        labels, step = self.case.knowledge.labels, source.step
        pack, fields = source.pack, {"n": source.drills}
        told: dict[str, Any] = {
            "id": step.id,
            **self._say(f"value.step.{step.id}"),
            "source": pack.id if pack else "drills",
            "drills": source.drills,
            "n": source.n if pack else source.drills,
            "hours": {
                f"q{q:02}": round(float(np.exp(step.ln_mu + step.ln_sigma * z)), 3)
                for q, z in ((5, -1.6448536), (50, 0.0), (95, 1.6448536))
            },
            "elapsed": step.elapsed,
            "fails": round(step.fails, 4),
            "gap": source.gap,
            "confidence": pack.confidence if pack else None,
        }
        for key, lang in (("because", "en"), ("because_zh", "zh")):
            if pack is None:
                told[key] = labels("response.source.drills", lang, **fields)
            elif source.kind and source.population:
                said = {"kind": source.kind[lang], "population": source.population[lang]}
                told[key] = labels("response.source.data", lang, events=source.n, **said)
            else:
                told[key] = pack.attribution[lang]
        return told

    def _tell_packs(self) -> Iterator[dict[str, str]]:
        packs = {source.pack.id: source.pack for source in self.staffing.sources if source.pack}
        for id, pack in packs.items():
            yield {
                "id": id,
                "title": pack.title.en,
                "title_zh": pack.title.zh,
                "attribution": pack.attribution.en,
                "attribution_zh": pack.attribution.zh,
                "bias": pack.bias.en,
                "bias_zh": pack.bias.zh,
                "confidence": pack.confidence,
            }

    def _name_effect(self, one: dict[str, Any]) -> dict[str, str]:
        kind, subject = one["kind"], one["subject"]
        titles = self.staffing.titles
        names = {"person": titles, "nights": titles, "line": self.titles}.get(kind)
        said = names[subject] if names else self._say(f"value.step.{subject}")
        labels = self.case.knowledge.labels
        return {
            "title": labels(f"response.effect.{kind}", "en", name=said["title"]),
            "title_zh": labels(f"response.effect.{kind}", "zh", name=said["title_zh"]),
        }


def measure_milestone(done: Response, name: str) -> Hours:
    """Return the hours since the incident was found of one milestone, (trials,)."""
    if name == SENT:
        return done.find_sent()
    return done.find_told(_TOLD[name]) if name in _TOLD else done.find_end(name)


def rehearse_response(
    facts: Facts,
    case: Case,
    *,
    scenario: str = "",
    found_at: datetime | None = None,
    trials: int = TRIALS,
    seed: int = 1,
    executor: Executor | None = None,
) -> Rehearsal:
    """Simulate how the people and channels of a case respond to an incident, many times over.

    The incident is found at any hour of the year from ``as_of`` on, holidays and nights among
    them, or at ``found_at``, a time of the organisation's own clock. ``scenario`` chooses the kind
    of event whose published times hold where no drill was timed. What nobody stated (people on
    shift, persons, channels) is named in ``missing`` and not guessed.

    Raises InvalidData for numbers that cannot be.
    """
    if found_at and found_at.year not in YEARS:
        moment, hint = found_at.isoformat(), f"years {YEARS[0]} to {YEARS[-1]}"
        place = Place("parameters", column="found_at")
        raise InvalidData([Issue("unknown-value", place, f"{moment} cannot be", moment, hint)])
    day = (found_at.date() if found_at else case.as_of) - timedelta(days=1)
    staffing = read_staffing(case, scenario, day)
    decision = decide_incident(facts, case.knowledge)
    channels, _, titles, missing = read_channels(case, facts["activities"] or ())
    persons = read_persons(facts)
    if persons is None:
        missing.append("persons")
    if not channels and not missing:
        missing.append("channels")
    frame = case.frames["channels"].set_index("id")
    stated = frame["lines"].dropna()
    lines = {channel.id: int(stated[channel.id]) for channel in channels if channel.id in stated}
    missing += [
        f"channels/{c.id}.lines"
        for c in channels
        if c.id not in lines and c.capacity and frame.loc[c.id, "way"] == "telephone"
    ]
    limits, undated = list_limits(decision, told=bool(persons and channels))
    rehearsal = Rehearsal(
        case, decision, staffing, persons, tuple(channels), lines, titles, None, limits,
        (*staffing.missing, *missing, *undated), trials, seed, found_at,
    )  # fmt: skip
    if staffing.plan is None:
        return rehearsal
    return replace(rehearsal, done=rehearsal.simulate(staffing.plan, channels, executor))


def list_limits(decision: Decision, *, told: bool) -> tuple[tuple[Limit, ...], list[str]]:
    """Return the clocks that can be missed, counted from discovery, and the facts they lack.

    Only a duty that is required and whose law counts hours or days from discovery or awareness
    has one; "at once" has none. Whoever is owed single notices is told when the last channel is
    done, everybody else when the report is filed.
    """
    limits, missing = [], []
    found = find_start(decision.facts, "discovery")
    for decided in decision.duties:
        clock = decided.clock
        if decided.decision != "required" or clock is None or clock.start not in _FOUND:
            continue
        if found is None or isinstance(found, Day) or decided.deadline is None:
            missing += [name for name in decided.missing if name.startswith("times.")]
            continue
        single = decided.duty.recipient in _INDIVIDUALS
        if single and not told:
            continue
        hours = (decided.deadline - found) / timedelta(hours=1)
        limits.append(Limit(decided.id, hours, SENT if single else "filing"))
    return tuple(limits), list(dict.fromkeys(missing))


def find_clock(found_at: datetime | None) -> float | None:
    """Return the clock hour of a moment, whose day is day 1.

    >>> find_clock(datetime.fromisoformat("2026-10-01T22:30"))
    46.5
    """
    return None if found_at is None else 24 + found_at.hour + found_at.minute / 60


def _tell(sample: Hours) -> dict[str, Any]:
    found = estimate_quantiles(sample, QUANTILES)
    told: dict[str, Any] = {f"q{round(q.q * 100):02}": q.to_dict() for q in found}
    return told | {"never": round(float(np.isinf(sample).mean()), 4)}
