"""What the facts say of the data and of their context: classes of data, and words for steps."""

from __future__ import annotations

from collections.abc import Iterable

from piaskit.incident.counts import bound_count
from piaskit.incident.facts import Facts
from piaskit.knowledge import Knowledge, SeverityPack
from piaskit.knowledge.severity import DataClass

_SPECIAL: dict[str, DataClass] = {
    "health": "sensitive", "financial": "financial", "location": "behavioural",
    "credentials": "simple",
}  # fmt: skip


def find_pack(knowledge: Knowledge) -> SeverityPack:
    """Return the pack that rates severity: the first by id."""
    return min(knowledge.severities.items())[1]


def list_classes(facts: Facts, knowledge: Knowledge) -> dict[DataClass, tuple[str, ...]]:
    """Return the classes of data among it, each with the categories or facts that bring it in.

    A category of an organisation's own that no class lists is sensitive if a regime calls it so.
    """
    pack = find_pack(knowledge)
    found: dict[DataClass, list[str]] = {}
    for id in facts["categories"] or ():
        sensitive = "yes" in knowledge.categories[id].sensitive.values()
        name = pack.classify(id) or ("sensitive" if sensitive else "simple")
        found.setdefault(name, []).append(id)
    for special, name in _SPECIAL.items():
        if facts[f"special.{special}"] in ("yes", "incidental"):
            found.setdefault(name, []).append(f"special.{special}")
    return {name: tuple(why) for name, why in sorted(found.items())}


def list_words(facts: Facts, knowledge: Knowledge) -> frozenset[str]:
    """Return the words of context that the facts bear out, or state under ``enisa``."""
    kinds = facts["categories"] or ()
    harm = find_pack(knowledge).harm
    frail = facts["vulnerable"] == "yes" or any(
        bound_count(facts, name).floor > 0 for name in ("children", "minors")
    )
    placed = frail and meets(kinds, harm.placing)
    credentials = meets(kinds, harm.credentials) or facts["special.credentials"] == "yes"
    by_health = facts["sector"] == "health" or facts["relation"] == "patients"
    health = by_health and facts["special.health"] != "no"
    words = {
        "much": facts["volume_per_person"] == "much",
        "health-field": health or facts["special.health"] == "incidental",
        "finance-field": facts["sector"] == "finance",
        "vulnerable": frail and not placed,
        "vulnerable-placed": placed,
        "payable": credentials and meets(kinds, harm.payable),
        "hints": _holds_hints_only(facts, knowledge),
        "public-before": facts["enisa.public_before"] == "yes",
        str(facts["enisa.reveals"]): facts["enisa.reveals"] is not None,
        str(facts["enisa.insight"]): facts["enisa.insight"] is not None,
    }
    return frozenset(word for word, holds in words.items() if holds)


def _holds_hints_only(facts: Facts, knowledge: Knowledge) -> bool:
    """Say whether health comes in by hints alone and no other kind is sensitive."""
    sensitive = list_classes(facts, knowledge).get("sensitive", ())
    return sensitive == ("special.health",) and facts["special.health"] == "incidental"


def meets(kinds: Iterable[str], listed: Iterable[str]) -> bool:
    """Say whether a category is one of the listed ones, or below one.

    >>> meets(["contact.email"], ["contact"]), meets(["contact.email"], ["contact.phone"])
    (True, False)
    """
    listed = tuple(listed)
    return any(id == kind or id.startswith(kind + ".") for id in kinds for kind in listed)
