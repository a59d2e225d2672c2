"""The channel plan of an incident: who knows by when, at what cost, whom nobody reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from piaskit.errors import InvalidData, Issue, Place
from piaskit.incident.clocks import find_start
from piaskit.incident.counts import bound_count
from piaskit.incident.duties import Decision, decide_incident
from piaskit.incident.facts import Facts
from piaskit.response import (
    Channel,
    Notification,
    Persons,
    estimate_quantiles,
    simulate_notification,
)

if TYPE_CHECKING:
    from piaskit.case import Case

TRIALS = 4000
SHARES = (0.5, 0.9, 0.99)
QUANTILES = (0.05, 0.5, 0.95)
POINTS = (1, 4, 12, 24, 48, 72, 120, 168, 336, 720)  # hours of the curve
HORIZON = 60 * 24  # hours after which nobody waits any longer for a share
FEW = 0.5  # persons: fewer are nobody
NEEDED = ("coverage", "reach_low", "reach", "reach_high")
PUBLIC = "announcement"
_BOUNDS = {
    "coverage": (0, 100),
    "reach_low": (0, 100),
    "reach_high": (0, 100),
    "capacity": (1, 10**9),
    "opens_at": (0, 23),
    "open_hours": (1, 24),
    "retries": (0, 20),
}
_CLAUSES = {
    "cn-pipl": ("gbt35273 10.2", "cn-pipl 57"),
    "cn-minors-2024": ("cn-minors-2024 35",),
    "eu-gdpr": ("eu-gdpr 34(3)(c)",),
}


@dataclass(frozen=True, slots=True)
class ReachPlan:
    """What the channels of a case can do for the persons of an incident."""

    decision: Decision
    case: Case
    done: Notification | None
    titles: dict[str, dict[str, str]]
    announcements: tuple[Channel, ...]
    missing: tuple[str, ...]
    seed: int
    trials: int

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain JSON values; without channels or persons only what is missing.

        ``curve`` has persons who know after some hours, ``time_to`` the hours until a share knows
        (``within`` is in how many trials it ever does), quantiles with their 95 % interval.
        """
        answer: dict[str, Any] = {
            "id": self.decision.facts["id"],
            "seed": self.seed,
            "trials": self.trials,
            "missing": list(self.missing),
            "channels": [],
        }
        done = self.done
        if done is None:
            return answer | {"announcement": self._judge_announcement()}
        times = done.find_hours(SHARES, HORIZON)
        return answer | {
            "persons": _tell(done.persons),
            "channels": [self._tell_channel(done, n) for n in range(len(done.channels))],
            "curve": [{"hours": h, **_tell(done.count_reached(h))} for h in POINTS],
            "time_to": {
                f"{share:.0%}".rstrip("%"): {
                    "within": round(float(np.isfinite(times[:, n]).mean()), 4),
                    **_tell(times[:, n]),
                }
                for n, share in enumerate(SHARES)
            },
            "unreached": _tell(done.unreached) | {"mean": round(float(done.unreached.mean()), 2)},
            "without_address": {"mean": round(float(done.without_address.mean()), 2)},
            "cost": _tell(done.cost) | {"mean": round(float(done.cost.mean()), 2)},
            "currency": self._find_currency(),
            "announcement": self._judge_announcement(),
        }

    def _tell_channel(self, done: Notification, n: int) -> dict[str, Any]:
        channel = done.channels[n]
        return {
            "id": channel.id,
            **self.titles[channel.id],
            "attempts": round(float(done.attempts[:, n].mean()), 1),
            "reached": round(float(done.reached[:, n].mean()), 1),
            "done_h": _tell(done.ends[:, n] - done.begins),
            "cost": round(float(done.attempts[:, n].mean() * channel.cost), 2),
        }

    def _find_currency(self) -> str | None:
        stated = set(self.case.frames["channels"]["currency"].dropna())
        return stated.pop() if len(stated) == 1 else None

    def _judge_announcement(self) -> dict[str, Any]:
        """Argue by numbers whether an announcement is due beside or instead of single notices.

        No law gives a number for impracticable or disproportionate: instead of single notices it
        stays for a person to judge. Whom no channel is expected to reach, only an announcement can.
        """
        labels, done = self.case.knowledge.labels, self.done
        told = [d for d in self.decision.duties if d.decision != "not-required"]
        persons = [d for d in told if d.duty.recipient in ("individuals", "guardians")]
        because: list[tuple[str, dict[str, object]]] = []
        if not persons:
            verdict = "not-needed"
            because.append(("reach.nobody-told", {}))
        elif done is None:
            verdict = "judge"
            because.append(("reach.no-numbers", {}))
        else:
            unreached, nowhere = done.unreached.mean(), done.without_address.mean()
            verdict = "in-addition" if unreached >= FEW else "not-needed"
            share = unreached / max(done.persons.mean(), 1)
            numbers: dict[str, object] = {"n": f"{unreached:,.0f}", "share": f"{share:.1%}"}
            because.append((f"reach.unreached.{verdict}", numbers))
            if nowhere >= FEW:
                because.append(("reach.without-address", {"n": f"{nowhere:,.0f}"}))
            slowest = estimate_quantiles(done.ends.max(axis=1) - done.begins, (0.5,))[0].value
            effort: dict[str, object] = {
                "hours": f"{slowest:,.0f}",
                "days": f"{slowest / 24:,.1f}",
                "cost": f"{self._find_currency() or ''} {done.cost.mean():,.0f}".strip(),
            }
            because.append(("reach.effort", effort))
        regimes = {d.pack.regime for d in persons}
        named = [c for regime in sorted(regimes) for c in _CLAUSES.get(regime, ())]
        if any(d.id.startswith("cn-minor35") for d in persons):
            named += _CLAUSES["cn-minors-2024"]
        return {
            "verdict": verdict,
            "because": [labels(label, "en", **f) for label, f in because],
            "because_zh": [labels(label, "zh", **f) for label, f in because],
            "instead": "judge" if persons else "not-needed",
            "clauses": [self.case.knowledge.cite(c, "en") for c in named],
            "clauses_zh": [self.case.knowledge.cite(c, "zh") for c in named],
            "channels": [
                {
                    "id": channel.id,
                    **self.titles[channel.id],
                    "expected": None
                    if done is None
                    else round(
                        float(done.unreached.mean() * channel.coverage * channel.reach[1]), 1
                    ),
                }
                for channel in self.announcements
            ],
            "letter": "public",
        }


def plan_reach(facts: Facts, case: Case, *, seed: int = 1, trials: int = TRIALS) -> ReachPlan:
    """Simulate how the channels of a case reach the persons of an incident, in their order.

    Channels are those of the table ``channels`` for the activities of the facts; announcements
    stand apart. A channel or a number of persons that is not stated is named in ``missing`` and
    not guessed. Sending begins when the incident was found. Raises InvalidData for numbers that
    cannot be (a share above 100, reach out of order).
    """
    decision = decide_incident(facts, case.knowledge)
    channels, announcements, titles, missing = read_channels(case, facts["activities"] or ())
    persons = read_persons(facts)
    if persons is None:
        missing.append("persons")
    if not channels and not missing:
        missing.append("channels")
    done = None
    if persons and channels:
        begins = _find_hour(find_start(facts, "discovery"))
        done = simulate_notification(persons, channels, begins=begins, trials=trials, seed=seed)
    return ReachPlan(
        decision, case, done, titles, tuple(announcements), tuple(missing), seed, trials
    )


def read_persons(facts: Facts) -> Persons | None:
    """Return how many persons an incident concerns; None where that is not stated or unbounded."""
    count = bound_count(facts, "persons")
    if count.high is None or facts["persons"] is None:
        return None
    best = count.best if count.best is not None else (count.floor + count.high) / 2
    best = min(max(best, count.floor), count.high)
    return Persons(int(count.floor), int(best), int(count.high))


Found = tuple[list[Channel], list[Channel], dict[str, dict[str, str]], list[str]]


def read_channels(case: Case, activities: tuple[str, ...]) -> Found:
    """Return channels and announcements in their order, titles by id, and what is missing.

    Raises InvalidData for numbers that cannot be.
    """
    frame = case.frames["channels"].sort_values("position", kind="stable", na_position="last")
    channels: list[Channel] = []
    announcements: list[Channel] = []
    titles: dict[str, dict[str, str]] = {}
    missing: list[str] = []
    issues: list[Issue] = []
    for row in frame.to_dict("records"):
        id = str(row["id"])
        stated = {str(key): value for key, value in row.items() if not _is_blank(value)}
        own = set(str(stated.get("activities", "")).split(";")) - {""}
        if own and activities and not own & set(activities):
            continue
        blank = [f"channels/{id}.{name}" for name in NEEDED if name not in stated]
        titles[id] = {
            "title": case.say(row, "title", "en"),
            "title_zh": case.say(row, "title", "zh"),
        }
        if blank:
            missing += blank
            continue
        wrong = check_channel(id, stated)
        if not wrong:
            channel = build_channel(id, stated)
            (announcements if stated["way"] == PUBLIC else channels).append(channel)
        issues += wrong
    if issues:
        raise InvalidData(issues)
    return channels, announcements, titles, missing


def build_channel(id: str, row: Mapping[str, Any]) -> Channel:
    """Return the channel of a row, whose shares are hundredths and whose cost is that of 1000."""
    return Channel(
        id,
        row["coverage"] / 100,
        (row["reach_low"] / 100, row["reach"] / 100, row["reach_high"] / 100),
        row.get("capacity"),
        row.get("opens_at", 0),
        row.get("open_hours", 24),
        row.get("retries", 0),
        row.get("retry_after", 0),
        row.get("delay", 0),
        row.get("cost", 0) / 1000,
    )


def check_channel(id: str, row: Mapping[str, Any]) -> list[Issue]:
    """Return what cannot be among the numbers of a row."""
    found = []
    for name, (least, most) in _BOUNDS.items():
        value = row.get(name)
        if value is not None and not least <= value <= most:
            message = f"{name} is {value}, expected {least} to {most}"
            found.append(Issue("channel-number", Place("channels", column=id), message))
    reach = [row[name] for name in NEEDED[1:]]
    if reach != sorted(reach):
        message = f"reach_low, reach, reach_high are {reach}, expected them to rise"
        found.append(Issue("channel-number", Place("channels", column=id), message))
    return found


def _is_blank(value: Any) -> bool:
    return value is None or value != value or str(value) == "<NA>"


def _find_hour(moment: datetime | None) -> float:
    return moment.hour + moment.minute / 60 if moment else 0.0


def _tell(sample: Any) -> dict[str, Any]:
    found = estimate_quantiles(np.asarray(sample, dtype=float), QUANTILES)
    return {f"q{round(q.q * 100):02}": q.to_dict() for q in found}


def list_times(answer: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Yield share, median, range and chance of the times of a plan, written for people."""
    for share, found in answer.get("time_to", {}).items():
        q05, q50, q95 = (found[name]["value"] for name in ("q05", "q50", "q95"))
        hours = ["-" if value is None else f"{value:,.1f}" for value in (q50, q05, q95)]
        yield share, hours[0], f"{hours[1]} - {hours[2]}", f"{found['within']:.0%}"
