"""The tests a pack of duties spells out itself: on a fact, a count, kinds, a day, an answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from piaskit.incident.clocks import find_start
from piaskit.incident.context import meets
from piaskit.incident.counts import bound_regime, name_count
from piaskit.incident.facts import Facts
from piaskit.incident.ground import Answer, Ground
from piaskit.incident.severity import Severity
from piaskit.knowledge import DutyPack, Knowledge
from piaskit.knowledge.duty import Condition


@dataclass(frozen=True, slots=True)
class Situation:
    """What a condition may look at; what was answered by name is kept, for many duties ask it."""

    facts: Facts
    knowledge: Knowledge
    pack: DutyPack
    severity: Severity | None
    answered: dict[str, Ground] = field(default_factory=dict, compare=False, repr=False)


def ask_test(condition: Condition, situation: Situation) -> Ground:
    """Answer a condition that is a test on the facts."""
    if condition.fact:
        return _ask_fact(condition, situation.facts)
    if condition.persons is not None:
        return _ask_persons(condition.persons, situation)
    if condition.kinds:
        return _ask_kinds(condition, situation.facts)
    if condition.question:
        return _ask_question(condition.question, situation)
    return _ask_since(condition, situation.facts)


def _tell(met: Answer, condition: Condition, missing: tuple[str, ...] = ()) -> Ground:
    return Ground(met, f"incident.test.{met}", missing, {"what": condition.says})


def _ask_fact(condition: Condition, facts: Facts) -> Ground:
    assert condition.fact is not None
    value = facts[condition.fact]
    if value in condition.one_of:
        return _tell("yes", condition)
    if value in (None, "unknown"):
        return _tell("unknown", condition, (condition.fact,))
    return _tell("no", condition)


def _ask_persons(number: int, situation: Situation) -> Ground:
    met = bound_regime(situation.facts, situation.pack.regime).meets(number)
    path = name_count(situation.facts, situation.pack.regime)
    missing = (path,) if met == "unknown" else ()
    return Ground(met, f"incident.audit.persons.{met}", missing, {"n": f"{number:,}"})


def _ask_kinds(condition: Condition, facts: Facts) -> Ground:
    kinds = facts["categories"] or ()
    special = {path: facts[path] for path in (f"special.{name}" for name in condition.special)}
    if meets(kinds, condition.kinds) or "yes" in special.values():
        return _tell("yes", condition)
    missing = [] if kinds else ["categories"]
    missing += [] if facts["categories_complete"] == "yes" else ["categories_complete"]
    missing += [path for path, value in special.items() if value == "unknown"]
    return _tell("unknown" if missing else "no", condition, tuple(missing))


def _ask_question(id: str, situation: Situation) -> Ground:
    path, text = f"answers.{id}", situation.pack.questions[id]
    value = situation.facts[path]
    met: Answer = value if value in ("yes", "no") else "unknown"
    return Ground(met, f"incident.question.{met}", (path,) if met == "unknown" else (), {"q": text})


def _ask_since(condition: Condition, facts: Facts) -> Ground:
    assert condition.since is not None
    day = condition.since
    found = find_start(facts, "discovery")
    fields = {"day": day.isoformat()}
    if found is None:
        return Ground("unknown", "incident.since.unknown", ("times.discovered_at",), fields)
    met: Answer = "yes" if found.date() >= day else "no"
    return Ground(met, f"incident.since.{met}", fields=fields)
