"""An incident while it is live: clocks, what to do next, what changed since somebody was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from piaskit.incident.clocks import write_time
from piaskit.incident.duties import DecidedDuty, Decision
from piaskit.incident.facts import Facts, read_facts
from piaskit.incident.history import (
    Change,
    Told,
    Version,
    compare_facts,
    list_told,
    list_versions,
)
from piaskit.knowledge import Knowledge

State = Literal["open", "late", "told", "told-late", "judge"]


@dataclass(frozen=True, slots=True)
class Tick:
    """The clock of one duty; ``left`` is None where the law gives no number or it does not run."""

    decided: DecidedDuty
    state: State
    told: Told | None
    left: timedelta | None
    changed: tuple[Change, ...]

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act."""
        return self.state in ("open", "late", "judge")

    def to_dict(self) -> dict[str, Any]:
        """Return the clock as plain JSON values; ``left_min`` only when a present was given."""
        decided = self.decided
        return {
            "duty": decided.id,
            "recipient": decided.duty.recipient,
            "decision": decided.decision,
            "deadline": write_time(decided.deadline),
            "wording": decided.duty.wording.en,
            "wording_zh": decided.duty.wording.zh,
            "state": self.state,
            "told_at": write_time(self.told.at) if self.told else None,
            "left_min": None if self.left is None else int(self.left.total_seconds() // 60),
            "changed_since_told": [change.path for change in self.changed],
        }


@dataclass(frozen=True, slots=True)
class Watch:
    """A moment of a live incident."""

    decision: Decision
    ticks: tuple[Tick, ...]
    changes: tuple[Change, ...]  # since the version before

    @property
    def next(self) -> Tick | None:
        """The clock to act on: the open one that runs out first, before those without a number."""
        return next((tick for tick in self.ticks if tick.is_open), None)

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"clocks", "next", "changed"}`` as plain JSON values."""
        tick = self.next
        upcoming = None
        if tick:
            upcoming = {
                "duty": tick.decided.id,
                "deadline": write_time(tick.decided.deadline),
                "do": "decide" if tick.state == "judge" else "tell",
                "missing": list(tick.decided.missing),
            }
        return {
            "clocks": [tick.to_dict() for tick in self.ticks],
            "next": upcoming,
            "changed": [change.to_dict() for change in self.changes],
        }


@dataclass(frozen=True, slots=True)
class History:
    """What was kept of an incident: versions, notices given, the facts of each version."""

    versions: tuple[Version, ...] = ()
    told: tuple[Told, ...] = ()
    facts: tuple[Facts, ...] = ()

    def find_facts(self, version: str) -> Facts | None:
        """Return the facts of a version by its digest."""
        for kept, facts in zip(self.versions, self.facts, strict=True):
            if kept.sha256 == version:
                return facts
        return None


def read_history(path: Path, knowledge: Knowledge) -> History:
    """Read what was kept beside a facts file; raises InvalidData for what cannot be read."""
    versions = list_versions(path)
    facts = tuple(read_facts(version.path, knowledge) for version in versions)
    return History(tuple(versions), tuple(list_told(path)), facts)


def watch_incident(decision: Decision, history: History, now: datetime | None = None) -> Watch:
    """Return the clocks in the order in which they run out, and what changed.

    A clock stops when its notice is recorded. Facts that changed after it was given are named, for
    they may have to be told in addition (GDPR 33(4), CAC measures 4). Without ``now`` no time left
    is told and no clock is late.
    """
    ticks = [
        _read_clock(decided, decision.facts, history, now)
        for decided in decision.duties
        if decided.decision != "not-required"
    ]
    ticks.sort(key=_rank)
    earlier = [facts for facts in history.facts if facts.stated != decision.facts.stated]
    changes = compare_facts(earlier[-1], decision.facts) if earlier else []
    return Watch(decision, tuple(ticks), tuple(changes))


def _read_clock(decided: DecidedDuty, facts: Facts, history: History, now: datetime | None) -> Tick:
    given = [told for told in history.told if told.duty == decided.id]
    if given:
        first, last = min(given, key=lambda t: t.at), max(given, key=lambda t: t.at)
        late = decided.deadline is not None and first.at > decided.deadline
        then = history.find_facts(last.version)
        changes = tuple(compare_facts(then, facts)) if then else ()
        return Tick(decided, "told-late" if late else "told", last, None, changes)
    left = None if now is None or decided.deadline is None else decided.deadline - now
    state: State = "late" if left is not None and left < timedelta(0) else "open"
    if decided.decision == "judge":
        state = "judge"
    return Tick(decided, state, None, left, ())


def _rank(tick: Tick) -> tuple[Any, ...]:
    """Order clocks: open before done, required before to be judged, earliest deadline first."""
    decided = tick.decided
    at_once = decided.deadline is None
    moment = 0.0 if decided.deadline is None else decided.deadline.timestamp()
    return (not tick.is_open, tick.state == "judge", at_once, moment, decided.id)
