"""How severe an incident is: the level of the Chinese reporting measures, as interval logic."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args

from piaskit.incident.breach import is_leaked
from piaskit.incident.counts import bound_count
from piaskit.incident.facts import Facts
from piaskit.incident.ground import Answer, Ground, either
from piaskit.incident.interval import Interval
from piaskit.knowledge import DutyPack, Knowledge
from piaskit.knowledge.duty import LevelOfIncident, Threshold

LEVELS: tuple[str, ...] = get_args(LevelOfIncident)
SURE = ("high", "medium-high", "medium")
"""Confidences with which a number decides; a lower one leaves the answer to a person."""


@dataclass(frozen=True, slots=True)
class Severity:
    """The lowest and the highest level that the facts allow, and why."""

    lowest: str
    highest: str
    grounds: tuple[Ground, ...]

    @property
    def level(self) -> str | None:
        """The level, or None when the facts allow more than one."""
        return self.lowest if self.lowest == self.highest else None

    def reaches(self, level: str) -> Answer:
        """Say whether the incident is at least of a level."""
        if LEVELS.index(self.lowest) >= LEVELS.index(level):
            return "yes"
        return "no" if LEVELS.index(self.highest) < LEVELS.index(level) else "unknown"

    @property
    def missing(self) -> tuple[str, ...]:
        """The facts that would settle an open level."""
        if self.level is not None:
            return ()
        return tuple(dict.fromkeys(p for ground in self.grounds for p in ground.missing))


def find_grading(knowledge: Knowledge) -> DutyPack | None:
    """Return the pack of duties that grades the incidents of every sector, if one does."""
    graded = (pack for _, pack in sorted(knowledge.duties.items()) if pack.levels)
    return next((pack for pack in graded if not pack.sectors), None)


def grade_by_sector(facts: Facts, knowledge: Knowledge) -> dict[str, Severity]:
    """Grade by the plans of the organisation's sector, by the id of the pack."""
    return {
        id: grade_incident(facts, pack)
        for id, pack in sorted(knowledge.duties.items())
        if pack.levels and facts["sector"] in pack.sectors
    }


def grade_incident(facts: Facts, pack: DutyPack) -> Severity:
    """Find the lowest and highest level: one criterion of a level is enough to reach it.

    More persons, loss or outage never lower either bound.
    """
    lowest = highest = LEVELS[0]
    grounds: list[Ground] = []
    asked_public = False
    for level in (name for name in LEVELS if name in pack.levels):
        met: list[Ground] = []
        for id, criterion in pack.levels[level].criteria.items():
            if criterion.measure == "public-threat":
                if asked_public:  # a yes says no more than that the lowest such level is reached
                    continue
                asked_public = True
                met.append(_ask_public_threat(facts))
            else:
                ground = _ask_number(facts, pack, level, id, criterion)
                met += [ground] if ground else []
        grounds += met
        answer = either(met)
        if answer == "yes":
            lowest = level
        if answer in ("yes", "unknown"):
            highest = level
    return Severity(lowest, highest, _keep_telling(grounds))


def _keep_telling(grounds: list[Ground]) -> tuple[Ground, ...]:
    """Keep the open and met grounds, and numbers not known; else all that refuse."""
    kept = [g for g in grounds if g.met != "no" or g.label.endswith(".number-unknown")]
    return tuple(kept) if kept else tuple(grounds)


def _ask_public_threat(facts: Facts) -> Ground:
    value = facts["public_threat"]
    if value in ("yes", "no"):
        return Ground(value, f"incident.public-threat.{value}")
    variant = "possible" if value == "possible" else "unknown"
    return Ground("unknown", f"incident.public-threat.{variant}", missing=("public_threat",))


def _ask_number(
    facts: Facts, pack: DutyPack, level: str, id: str, criterion: Threshold
) -> Ground | None:
    """Compare one measure with its number; None where the criterion does not concern us."""
    value, missing = _MEASURES[criterion.measure](facts)
    if value is None:
        return None
    grade = pack.levels[level]  # type: ignore[index]
    fields: dict[str, Any] = {"level": grade.title}
    if criterion.at_least is None:
        if value.meets(1) != "yes":
            return None
        return Ground("no", f"incident.{criterion.measure}.number-unknown", fields=fields)
    answer = value.meets(criterion.at_least)
    fields["n"] = f"{criterion.at_least:,}"
    if answer == "yes" and criterion.confidence not in SURE:
        words = "incident.number-of-low-confidence"
        return Ground("unknown", words, missing=(f"confirmation of {pack.id} {id}",), fields=fields)
    words = f"incident.{criterion.measure}.{answer}"
    return Ground(answer, words, missing=missing if answer == "unknown" else (), fields=fields)


def _measure_persons(facts: Facts) -> tuple[Interval | None, tuple[str, ...]]:
    leaked = is_leaked(facts)
    if leaked.met == "no":
        return Interval(Decimal(0), None, Decimal(0)), ()
    count = bound_count(facts, "persons")
    if leaked.met == "unknown":
        open_count = ("persons",) if facts["persons"] is None else ()
        return Interval(Decimal(0), None, count.high), (*leaked.missing, *open_count)
    return count, ("persons",)


def _measure_sensitive(facts: Facts) -> tuple[Interval | None, tuple[str, ...]]:
    value, missing = _measure_persons(facts)
    assert value is not None
    count = bound_count(facts, "sensitive_persons").narrow(None, value.high)
    if value.low == 0:  # a leak that is not sure may concern nobody
        count = Interval(Decimal(0), None, count.high)
    blank = ("sensitive_persons",) if facts["sensitive_persons"] is None else ()
    return count, tuple(dict.fromkeys((*missing, *blank)))


def _measure_loss(facts: Facts) -> tuple[Interval | None, tuple[str, ...]]:
    amount, currency = facts["direct_loss.amount"], facts["direct_loss.currency"]
    if amount is None:
        return Interval(), ("direct_loss.amount",)
    if amount.high == 0 or currency == "CNY":
        return amount, ("direct_loss.amount",)
    return Interval(), ("direct_loss.currency" if currency is None else "direct_loss in CNY",)


def _measure_outage(facts: Facts, *paths: str) -> tuple[Interval | None, tuple[str, ...]]:
    """Measure an outage in minutes: it counts for critical information infrastructure only."""
    if facts["operator"] in ("other", "central-organ"):
        return None, ()
    spans = [facts[path] for path in paths if facts[path] is not None]
    minutes = max((Decimal(round(s.total_seconds())) / 60 for s in spans), default=Decimal(0))
    sure = minutes if facts["operator"] == "cii" else Decimal(0)
    blank = tuple(path for path in paths if facts[path] is None)
    high = None if facts[paths[0]] is None else minutes
    missing = blank[:1] if facts["operator"] == "cii" else ("operator", *blank[:1])
    return Interval(sure, None, high), missing


def _measure_outage_whole(facts: Facts) -> tuple[Interval | None, tuple[str, ...]]:
    """A whole outage is no longer than one of the main function."""
    value, missing = _measure_outage(facts, "outage.whole")
    main, _ = _measure_outage(facts, "outage.main_function")
    return (value and main and value.narrow(None, main.high)), missing


def _measure_outage_main(facts: Facts) -> tuple[Interval | None, tuple[str, ...]]:
    """A whole outage is one of the main function too."""
    return _measure_outage(facts, "outage.main_function", "outage.whole")


def _measure_telecom(facts: Facts) -> tuple[Interval | None, tuple[str, ...]]:
    """Measure an outage of telecommunications in minutes."""
    if facts["sector"] != "telecom":
        return None, ()
    paths = ("outage.main_function", "outage.whole")
    spans = [facts[path] for path in paths if facts[path] is not None]
    if not spans:
        return Interval(), paths[:1]
    minutes = Decimal(round(max(span.total_seconds() for span in spans))) / 60
    return Interval(minutes, None, minutes), ()


_MEASURES = {
    "persons": _measure_persons,
    "sensitive-persons": _measure_sensitive,
    "outage-telecom": _measure_telecom,
    "direct-loss": _measure_loss,
    "outage-whole": _measure_outage_whole,
    "outage-main": _measure_outage_main,
}
