"""What the information is and whom it concerns: how serious harm with it can be."""

from __future__ import annotations

from collections.abc import Iterator

from piaskit.incident.context import find_pack, meets
from piaskit.incident.counts import bound_count
from piaskit.incident.facts import Facts
from piaskit.incident.steps import Step
from piaskit.knowledge import Knowledge

TELLING, GRAVE = 1, 2
"""Steps above ordinary (0): tells much of a person or serves to take an identity; grave."""

_SPECIAL = ("health", "financial", "credentials", "location")


def rate_nature(facts: Facts, knowledge: Knowledge) -> Step:
    """Rate the nature from 0 (ordinary) to 2 (grave); what may be added leaves a range.

    Kinds that the GDPR calls special or the harm test of the PIPL sensitive, or may, are grave, and
    so are the special facts. Vulnerable persons raise what is known by one step. These, the special
    facts and the volume only add: blank ones are not presumed.
    """
    found = max(_list_findings(facts, knowledge), key=lambda step: step.low)
    frail = facts["vulnerable"] == "yes" or bound_count(facts, "children").floor > 0
    low = min(GRAVE, found.low + frail)
    if low == GRAVE:
        label = found.label if found.low == GRAVE else "incident.grave.persons-telling"
        return Step(GRAVE, GRAVE, label, fields=found.fields)
    label = "incident.grave.persons" if frail else found.label
    kinds = [] if facts["categories"] else ["categories"]
    kinds += [] if facts["categories_complete"] == "yes" else ["categories_complete"]
    kinds += [f"special.{name}" for name in _SPECIAL if facts[f"special.{name}"] == "unknown"]
    if kinds:
        return Step(low, GRAVE, label, tuple(kinds), found.fields)
    if not frail and facts["vulnerable"] == "unknown":
        return Step(low, low + 1, label, ("vulnerable",), found.fields)
    return Step(low, low, label, fields=found.fields)


def _list_findings(facts: Facts, knowledge: Knowledge) -> Iterator[Step]:
    yield Step(0, 0, "incident.grave.no")
    for name in _SPECIAL:
        if facts[f"special.{name}"] == "yes":
            yield Step(GRAVE, GRAVE, f"incident.grave.{name}")
    kinds = facts["categories"] or ()
    harm = find_pack(knowledge).harm
    for id in kinds:
        category = knowledge.categories[id]
        sensitive = category.sensitive
        fields = (("name", category.title),)
        if id in harm.not_itemised and _is_plain(facts):
            continue
        if sensitive.get("eu-gdpr") == "yes" or sensitive.get("cn-pipl") in ("yes", "judge"):
            yield Step(GRAVE, GRAVE, "incident.grave.category", fields=fields)
        elif id in harm.telling or sensitive.get("eu-gdpr") == "judge":
            yield Step(TELLING, TELLING, "incident.grave.telling", fields=fields)
    if facts["relation"] == "patients" and facts["special.health"] not in ("no", "incidental"):
        yield Step(GRAVE, GRAVE, "incident.grave.patients")
    if {"identity.name", "identity.birth-date"} <= set(kinds) and meets(kinds, harm.reach):
        yield Step(TELLING, TELLING, "incident.grave.identity")
    if facts["volume_per_person"] == "much":
        yield Step(TELLING, TELLING, "incident.grave.volume")


def _is_plain(facts: Facts) -> bool:
    """Say whether all four special facts deny what a record that is not itemised may hold."""
    return all(facts[f"special.{name}"] in ("no", "incidental") for name in _SPECIAL)
