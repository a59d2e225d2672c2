"""The facts of an incident: every field declared once, with its kind and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "text", "texts", "regimes", "word", "time", "count", "amount", "duration", "categories",
    "controls", "currency",
]  # fmt: skip

YES_NO = ("yes", "no", "unknown")
STATES = ("none", "possible", "confirmed")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the facts file; ``words`` are the allowed ones of a choice."""

    kind: Kind
    words: tuple[str, ...] = ()


def _choose(*words: str) -> Field:
    return Field("word", words)


_TIMES = (
    "occurred_at", "discovered_at", "aware_at", "contained_at", "handling_ended_at",
    "determined_at", "assessed_at", "individuals_told_at", "authority_told_at", "ransom_paid_at",
)  # fmt: skip

COUNTS = ("persons", "sensitive_persons", "minors", "children")
"""Counts of persons: all, those with sensitive information, below 18, below 14."""

TOLD = (
    "item", "summary", "cause", "mitigations", "planned", "remedies", "clues", "scene", "support",
    "ransom", "accountability", "lessons",
)  # fmt: skip
"""Texts that notices pass on; each may have companions ``X_en`` and ``X_zh``."""

FIELDS: dict[str, Field] = {
    "id": Field("text"),
    "regimes": Field("regimes"),
    "role": _choose("controller", "processor"),
    "operator": _choose("other", "cii", "central-organ"),
    "sector": _choose("none", "industry", "telecom", "finance", "health", "other"),
    **{f"times.{name}": Field("time") for name in _TIMES},
    "medium": _choose("electronic", "paper", "oral"),
    "actor": _choose("external", "insider", "processor", "unknown"),
    "malicious": _choose(*YES_NO),
    **{name: Field("count") for name in COUNTS},
    "persons_in": Field("count"),
    "answers": _choose(*YES_NO),
    "categories": Field("categories"),
    **{
        f"special.{name}": _choose("yes", "incidental", "no", "unknown")
        for name in ("health", "financial", "credentials", "location")
    },
    "categories_complete": _choose(*YES_NO),
    "volume_per_person": _choose("little", "much"),
    "relation": _choose("customers", "employees", "patients", "applicants", "users", "mixed"),
    "vulnerable": _choose(*YES_NO),
    "confidentiality.state": _choose(*STATES),
    "confidentiality.recipients": _choose(
        "none", "known-trusted", "known", "hostile", "unknown", "public"
    ),
    "confidentiality.number": Field("count"),
    "confidentiality.recalled": _choose("none", "asked", "confirmed"),
    "integrity.state": _choose(*STATES),
    "integrity.recoverable": _choose(*YES_NO),
    "availability.state": _choose(*STATES),
    "availability.restored_after": Field("duration", ("never",)),
    "availability.consequence": _choose("none", "minor", "severe"),
    "exfiltrated": _choose("yes", "likely", "no", "unknown"),
    "misuse": _choose("none-known", "possible", "confirmed"),
    "systemic": _choose("yes", "possible", "no", "unknown"),
    "harm_avoided": _choose(*YES_NO),
    "public_threat": _choose("yes", "possible", "no", "unknown"),
    "protection.unintelligible": _choose(*YES_NO),
    "protection.key_safe": _choose(*YES_NO),
    "backup": _choose("yes", "paper", "no", "lost-too"),
    "outage.whole": Field("duration"),
    "outage.main_function": Field("duration"),
    "direct_loss.amount": Field("amount"),
    "direct_loss.currency": Field("currency"),
    "failed_safeguards": Field("controls"),
    "enisa.dpc": _choose("1", "2", "3", "4"),
    "enisa.ei": _choose("0.25", "0.5", "0.75", "1", "1.0"),
    **{
        f"enisa.{name}": _choose("0", "0.0", "0.25", "0.5")
        for name in ("confidentiality", "integrity", "availability", "intent")
    },
    "enisa.reveals": _choose("status", "sensitive", "safety", "fraud"),
    "enisa.insight": _choose("none", "general", "partial"),
    "enisa.public_before": _choose(*YES_NO),
    "enisa.why": Field("text"),
    "records": Field("count"),
    **{f"{name}{tail}": Field("texts") for name in TOLD for tail in ("", "_en", "_zh")},
    "activities": Field("texts"),
    "flows": Field("texts"),
    "context": Field("text"),
}
"""Every field by its path in the file; ``persons_in`` holds one count per regime,
``answers`` one word per question that a pack of duties asks."""


def list_keys(group: str = "") -> list[str]:
    """Return the keys that stand at one place of the file, the top when ``group`` is empty.

    >>> list_keys("outage")
    ['whole', 'main_function']
    """
    start = f"{group}." if group else ""
    below = (path.removeprefix(start) for path in FIELDS if path.startswith(start))
    return list(dict.fromkeys(path.split(".")[0] for path in below))
