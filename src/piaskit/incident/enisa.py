"""Severity after ENISA 2013: the formula, its bands, and the circumstances that facts carry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from piaskit.incident.facts import Facts
from piaskit.knowledge import Knowledge

BANDS = ((4.0, "very_high"), (3.0, "high"), (2.0, "medium"), (0.0, "low"))
Step = tuple[float | None, str, tuple[str, ...]]
"""A value (None while open), the label that argues it, and the facts that would settle it."""


def score_severity(dpc: int, ei: float, cb: float) -> tuple[float, str]:
    """Return SE = DPC x EI + CB and its band.

    >>> score_severity(3, 0.75, 0.5)
    (2.75, 'medium')

    Raises ValueError outside DPC 1 to 4, EI 0.25 to 1 and CB 0 to 2.
    """
    if not (1 <= dpc <= 4 and 0.25 <= ei <= 1 and 0 <= cb <= 2):
        raise ValueError("DPC is 1 to 4, EI 0.25 to 1, CB 0 to 2")
    score = dpc * ei + cb
    return score, next(band for low, band in BANDS if score >= low)


def describe_enisa(facts: Facts, knowledge: Knowledge) -> dict[str, Any]:
    """Return the circumstances CB with their reasons; DPC, EI, SE and the band need a person."""
    steps = {name: ask(facts) for name, ask in _STEPS.items()}
    values = [value for value, _, _ in steps.values()]
    stated = [value for value in values if value is not None]
    missing = [path for _, _, paths in steps.values() for path in paths]
    labels = [label for _, label, _ in steps.values()]
    say = knowledge.labels
    return {
        "dpc": None,
        "ei": None,
        "cb": sum(stated) if len(stated) == len(values) else None,
        "se": None,
        "band": None,
        "circumstances": {name: value for name, (value, _, _) in steps.items()},
        "because": [say(label, "en") for label in [*labels, "incident.enisa.judge"]],
        "because_zh": [say(label, "zh") for label in [*labels, "incident.enisa.judge"]],
        "missing": ["dpc", "ei", *missing],
    }


def _rate_disclosure(facts: Facts) -> Step:
    state, recipients = facts["confidentiality.state"], facts["confidentiality.recipients"]
    if state is None:
        return None, "incident.enisa.blank", ("confidentiality.state",)
    if state != "confirmed" or recipients == "none":
        return 0.0, "incident.enisa.disclosure.none", ()
    if recipients is None:
        return None, "incident.enisa.blank", ("confidentiality.recipients",)
    if recipients in ("known", "known-trusted"):
        return 0.25, "incident.enisa.disclosure.known", ()
    return 0.5, "incident.enisa.disclosure.unknown", ()


def _rate_alteration(facts: Facts) -> Step:
    state, misuse = facts["integrity.state"], facts["misuse"]
    if state is None:
        return None, "incident.enisa.blank", ("integrity.state",)
    if state != "confirmed" or misuse == "none-known":
        return 0.0, "incident.enisa.alteration.none", ()
    if misuse is None:
        return None, "incident.enisa.blank", ("misuse",)
    if facts["integrity.recoverable"] in (None, "unknown"):
        return None, "incident.enisa.blank", ("integrity.recoverable",)
    if facts["integrity.recoverable"] == "yes":
        return 0.25, "incident.enisa.alteration.recoverable", ()
    return 0.5, "incident.enisa.alteration.lasting", ()


def _rate_loss(facts: Facts) -> Step:
    state, back = facts["availability.state"], facts["availability.restored_after"]
    consequence, backup = facts["availability.consequence"], facts["backup"]
    if state is None:
        return None, "incident.enisa.blank", ("availability.state",)
    if state != "confirmed":
        return 0.0, "incident.enisa.loss.none", ()
    if back is None:
        return None, "incident.enisa.blank", ("availability.restored_after",)
    if isinstance(back, timedelta):
        if consequence is None:
            return None, "incident.enisa.blank", ("availability.consequence",)
        easy = consequence == "none"
        return (
            (0.0 if easy else 0.25),
            f"incident.enisa.loss.{'easy' if easy else 'for-a-time'}",
            (),
        )
    if backup is None:
        return None, "incident.enisa.blank", ("backup",)
    if backup == "yes":
        return 0.0, "incident.enisa.loss.easy", ()
    if backup == "paper":
        return 0.25, "incident.enisa.loss.for-a-time", ()
    return 0.5, "incident.enisa.loss.gone", ()


def _rate_intent(facts: Facts) -> Step:
    if facts["malicious"] not in ("yes", "no"):
        return None, "incident.malicious.unknown", ("malicious",)
    if facts["malicious"] == "yes":
        return 0.5, "incident.enisa.intent.yes", ()
    return 0.0, "incident.enisa.intent.no", ()


_STEPS: dict[str, Callable[[Facts], Step]] = {
    "confidentiality": _rate_disclosure,
    "integrity": _rate_alteration,
    "availability": _rate_loss,
    "intent": _rate_intent,
}
