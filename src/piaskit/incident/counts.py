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


def name_count(facts: Facts, regime: str) -> str:
    """Return the path of the count of persons in a regime, or in what holds it (``us`` ...)."""
    parts = regime.split("-")
    paths = [f"persons_in.{'-'.join(parts[:n])}" for n in range(len(parts), 0, -1)]
    return next((path for path in paths if facts[path] is not None), paths[0])


def bound_regime(facts: Facts, regime: str) -> Interval:
    """Return the persons concerned in one regime.

    Its own count, else at most that of what holds it; all persons where only one country decides.
    """
    stated = facts[f"persons_in.{regime}"]
    whole = bound_count(facts, "persons")
    if stated is not None:
        return stated.narrow(None, whole.high)  # type: ignore[no-any-return]
    wider = facts[name_count(facts, regime)]
    countries = {name.partition("-")[0] for name in facts["regimes"] or ()}
    if wider is None and countries == {regime.partition("-")[0]}:
        return whole
    highs = [count.high for count in (wider, whole) if count is not None and count.high is not None]
    return Interval(None, None, min(highs, default=None))
