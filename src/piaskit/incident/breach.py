"""What happened to the information: leak, alteration, loss; for certain, perhaps or not."""

from __future__ import annotations

from datetime import timedelta

from piaskit.incident.counts import bound_count
from piaskit.incident.facts import Facts
from piaskit.incident.ground import Answer, Ground

KINDS = ("confidentiality", "integrity", "availability")


def read_state(facts: Facts, kind: str, *, lasting: bool = False) -> str | None:
    """Return the state of one kind; ``lasting`` leaves out what came back after a time.

    Paper that was found again had been lost; a system that came back had only been out of reach.
    """
    if (
        lasting
        and kind == "availability"
        and facts["medium"] != "paper"
        and isinstance(facts["availability.restored_after"], timedelta)
    ):
        return "none"
    state: str | None = facts[f"{kind}.state"]
    return state


def ask_breach(facts: Facts, *, possible: Answer, lasting: bool, count: str = "persons") -> Ground:
    """Ask whether information was leaked, altered or lost; ``possible`` is what perhaps means."""
    if bound_count(facts, count).high == 0:
        return Ground("no", "incident.breach.nobody")
    states = {kind: read_state(facts, kind, lasting=lasting) for kind in KINDS}
    for state, answer in (("confirmed", "yes"), ("possible", possible)):
        hit = [kind for kind in KINDS if states[kind] == state]
        if hit and answer == "yes":
            reasons = [Ground("yes", f"incident.breach.{kind}.{state}") for kind in hit]
            return Ground("yes", reasons[0].label, more=tuple(reasons[1:]))
        if hit:
            paths = tuple(f"{kind}.state" for kind in hit)
            return Ground("unknown", "incident.breach.possible", missing=paths)
    blank = tuple(f"{kind}.state" for kind in KINDS if states[kind] is None)
    if blank:
        return Ground("unknown", "incident.breach.blank", missing=blank)
    if lasting and facts["availability.state"] in ("possible", "confirmed"):
        return Ground("no", "incident.breach.came-back")
    return Ground("no", "incident.breach.none")


def is_leaked(facts: Facts) -> Ground:
    """Ask whether information was in fact leaked, altered or lost."""
    return ask_breach(facts, possible="unknown", lasting=True)
