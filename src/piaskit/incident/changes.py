"""Which single fact would change a verdict: each is turned, and the duties are decided again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from piaskit.incident.contradictions import find_contradictions
from piaskit.incident.duties import Decision, covers, decide_incident
from piaskit.incident.facts import Facts
from piaskit.incident.fields import FIELDS
from piaskit.incident.interval import Interval
from piaskit.incident.notices import write_fact
from piaskit.knowledge import DutyPack, Knowledge

_NOT_TURNED = ("enisa.", "answers", "role", "operator")
"""Facts that stand outside the incident, or that only the score asks for."""


def find_changes(decision: Decision) -> dict[str, list[dict[str, Any]]]:
    """Return for each duty the single facts that would change its verdict.

    Each is ``{"fact", "from", "to", "decision"}``. Words are turned to each other word, counts and
    the loss to the numbers that the packs in question name and to one below, a duration to none,
    one hour or never. Facts that would contradict the others are left out.
    """
    facts, knowledge = decision.facts, decision.knowledge
    before = {duty.id: duty.decision for duty in decision.duties}
    found: dict[str, list[dict[str, Any]]] = {id: [] for id in before}
    for path, value in _list_alternatives(facts, knowledge):
        turned = Facts(MappingProxyType({**facts.stated, path: value}))
        if next(find_contradictions(turned), None):
            continue
        for duty in decide_incident(turned, knowledge).duties:
            if duty.decision != before[duty.id]:
                change = {
                    "fact": path,
                    "from": write_fact(facts[path]),
                    "to": _write(value),
                    "decision": duty.decision,
                }
                found[duty.id].append(change)
    return found


def _list_alternatives(facts: Facts, knowledge: Knowledge) -> Iterator[tuple[str, Any]]:
    packs = [pack for _, pack in sorted(knowledge.duties.items()) if _is_asked(pack, facts)]
    for path, field in FIELDS.items():
        if path.startswith(_NOT_TURNED):
            continue
        if field.kind == "word":
            yield from ((path, word) for word in field.words if word != facts[path])
        elif field.kind == "duration":
            spans = (timedelta(), timedelta(hours=1), *field.words)
            yield from ((path, span) for span in spans if span != facts[path])
    numbers = _list_numbers(packs, knowledge)
    for path, wanted in numbers.items():
        stated = facts[path]
        least = 0 if path in ("minors", "children") else 1  # nobody at all is no incident
        for number in sorted({max(least, n + d) for n in wanted for d in (-1, 0)}):
            value = Interval(Decimal(number), Decimal(number), Decimal(number))
            if value != stated:
                yield path, value
    for pack in packs:
        for id in pack.questions:
            path = f"answers.{id}"
            yield from ((path, word) for word in ("yes", "no") if word != facts[path])


def _is_asked(pack: DutyPack, facts: Facts) -> bool:
    return any(covers(name, pack, id) for name in facts["regimes"] or () for id in pack.duties)


def _list_numbers(packs: list[DutyPack], knowledge: Knowledge) -> dict[str, set[int]]:
    """Return the numbers at which a verdict can turn, by the path of the count or amount."""
    numbers: dict[str, set[int]] = {"minors": {1}, "children": {1}, "persons": {1}}
    for pack in packs:
        for grade in pack.levels.values():
            for criterion in grade.criteria.values():
                path = {"persons": "persons", "direct-loss": "direct_loss.amount"}.get(
                    criterion.measure
                )
                if path and criterion.at_least:
                    numbers.setdefault(path, set()).add(criterion.at_least)
        for duty in pack.duties.values():
            for one in (*duty.requires, *pack.criteria.values()):
                wanted = {inner.persons for inner in one.walk() if inner.persons}
                if wanted:
                    path = f"persons_in.{pack.regime}"
                    numbers.setdefault(path, set()).update(wanted)
                    numbers["persons"].update(wanted)
        if any(one.named == "audit-size" for d in pack.duties.values() for one in d.requires):
            named = knowledge.regulations["cn-audit-2025"].numbers
            numbers["persons"].add(named["ordered-audit-persons"].value)
            numbers["sensitive_persons"] = {named["ordered-audit-sensitive"].value}
    return numbers


def _write(value: Any) -> Any:
    return int(value.floor) if isinstance(value, Interval) else write_fact(value)
