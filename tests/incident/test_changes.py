"""What would change a verdict: single facts turned, the duties decided again."""

from __future__ import annotations

from typing import Any

MISTAKE: dict[str, Any] = {
    "regimes": ["eu-gdpr"],
    "malicious": "no",
    "persons": 2,
    "systemic": "no",
    "exfiltrated": "no",
    "confidentiality": {"state": "confirmed", "recipients": "known", "recalled": "asked"},
}


def list_turns(decision: Any, id: str) -> list[dict[str, Any]]:
    duties = {duty["id"]: duty for duty in decision.to_dict(changes=True)["duties"]}
    found: list[dict[str, Any]] = duties[id]["changes"]
    return found


def test_what_would_change_a_verdict_is_found_by_turning_single_facts(leak: Any) -> None:
    decision = leak.decide(**MISTAKE)
    turns = list_turns(decision, "eu-gdpr33")
    found = {(turn["fact"], turn["to"]): turn["decision"] for turn in turns}

    assert decision.duties[0].decision == "not-required"
    assert found["systemic", "possible"] == "required"
    assert found["malicious", "yes"] == "required"
    assert found["special.health", "yes"] == "required"
    assert ("backup", "no") not in found
    assert not any(turn["fact"].startswith("enisa") for turn in turns)


def test_counts_are_turned_to_the_numbers_of_the_packs(leak: Any) -> None:
    turns = list_turns(leak.decide(**{**MISTAKE, "regimes": ["cn-cac"]}), "cn-cac-other")
    found = {(turn["fact"], turn["to"]): turn["from"] for turn in turns}

    assert found["persons", 1_000_000] == {"low": 2, "best": 2, "high": 2}
    assert ("persons", 999_999) not in found
    assert ("direct_loss.amount", 5_000_000) in found


def test_a_question_of_a_pack_is_turned_as_well(leak: Any) -> None:
    turns = list_turns(leak.decide(regimes=["us-sec"]), "us-sec")

    assert [(turn["fact"], turn["from"], turn["to"], turn["decision"]) for turn in turns] == [
        ("answers.us-sec-material", None, "yes", "required"),
        ("answers.us-sec-material", None, "no", "not-required"),
    ]
