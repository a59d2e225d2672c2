"""How many persons: each count bounded by what the other facts say of it."""

from __future__ import annotations

from decimal import Decimal

from piaskit.incident.facts import Facts
from piaskit.incident.interval import Interval
from piaskit.knowledge import Knowledge

_WITHIN = {
    "sensitive_persons": ("persons",),
    "minors": ("persons",),
    "children": ("minors", "persons"),
}
_HOLDS = {
    "persons": ("sensitive_persons", "minors", "children"),
    "sensitive_persons": ("children",),  # all information of a child under 14 is sensitive
    "minors": ("children",),
}


def bound_count(facts: Facts, name: str) -> Interval:
    """Return a count narrowed by the counts that it holds and that hold it.

    Blank counts are between zero and no bound.
    """
    own = facts[name] or Interval()
    lows = [facts[part].floor for part in _HOLDS.get(name, ()) if facts[part]]
    if name == "persons":
        lows += [facts[path].floor for path in facts if path.startswith("persons_in.")]
    wholes = [facts[whole].high for whole in _WITHIN.get(name, ()) if facts[whole]]
    highs = [high for high in wholes if high is not None]
    return own.narrow(max(lows, default=None), min(highs, default=None))


def bound_sensitive(facts: Facts, knowledge: Knowledge, regime: str) -> Interval:
    """Return the persons with sensitive information: none where no kind of it can be among it."""
    count = bound_count(facts, "sensitive_persons")
    if facts["sensitive_persons"] is not None or facts["categories_complete"] != "yes":
        return count
    if not facts["categories"] or bound_count(facts, "children").high != 0:
        return count
    special = [
        facts[f"special.{name}"] for name in ("health", "financial", "credentials", "location")
    ]
    plain = all(
        knowledge.categories[id].sensitive.get(regime, "judge") == "no"
        for id in facts["categories"]
    )
    harmless = plain and all(value in (None, "no") for value in special)
    return count.narrow(None, Decimal(0)) if harmless else count
