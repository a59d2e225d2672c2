"""Complete facts of an ordinary leak, to be changed one fact at a time."""

from __future__ import annotations

from typing import Any

import pytest

from piaskit.incident import Decision, build_facts, decide_incident
from piaskit.knowledge import load_knowledge

LEAK: dict[str, Any] = {
    "regimes": ["cn-pipl", "cn-cac", "eu-gdpr"],
    "role": "controller",
    "operator": "other",
    "times": {"discovered_at": "2026-03-02T09:10+08:00", "aware_at": "2026-03-02T09:40+08:00"},
    "medium": "electronic",
    "malicious": "yes",
    "persons": 12000,
    "sensitive_persons": 0,
    "minors": 0,
    "children": 0,
    "categories": ["contact.phone"],
    "categories_complete": "yes",
    "volume_per_person": "little",
    "vulnerable": "no",
    "confidentiality": {"state": "confirmed", "recipients": "unknown", "recalled": "none"},
    "integrity": {"state": "none"},
    "availability": {"state": "none"},
    "exfiltrated": "yes",
    "misuse": "none-known",
    "harm_avoided": "no",
    "public_threat": "no",
    "protection": {"unintelligible": "no", "key_safe": "no"},
    "backup": "yes",
    "outage": {"whole": "0h", "main_function": "0h"},
    "direct_loss": {"amount": 0, "currency": "CNY"},
}


class Answers:
    """Decides changed copies of the ordinary leak; ``None`` blanks a fact."""

    def decide(self, **changes: Any) -> Decision:
        knowledge = load_knowledge()
        return decide_incident(build_facts({**LEAK, **changes}, knowledge), knowledge)

    def __call__(self, **changes: Any) -> dict[str, dict[str, Any]]:
        return {duty["id"]: duty for duty in self.decide(**changes).to_dict()["duties"]}

    def level(self, **changes: Any) -> str | None:
        level: str | None = self.decide(**changes).to_dict()["severity"]["cn"]["level"]
        return level


@pytest.fixture(scope="session")
def leak() -> Answers:
    return Answers()
