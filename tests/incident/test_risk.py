"""Risk to the persons: the table, the published cases as facts, and what would change a verdict."""

from __future__ import annotations

from typing import Any

import pytest

from piaskit.incident import build_facts, decide_incident
from piaskit.incident.risk import describe_risk
from piaskit.knowledge import load_knowledge

AWARE = "2026-05-04T09:00+02:00"
CALM: dict[str, Any] = {
    "regimes": ["eu-gdpr"],
    "role": "controller",
    "times": {"aware_at": AWARE},
    "medium": "electronic",
    "malicious": "no",
    "persons": 40,
    "categories": ["identity.name", "contact.email"],
    "special": {"health": "no", "financial": "no", "credentials": "no", "location": "no"},
    "categories_complete": "yes",
    "volume_per_person": "little",
    "relation": "customers",
    "vulnerable": "no",
    "confidentiality": {"state": "none"},
    "integrity": {"state": "none"},
    "availability": {"state": "none"},
    "exfiltrated": "no",
    "misuse": "none-known",
    "systemic": "no",
    "harm_avoided": "no",
    "protection": {"unintelligible": "no", "key_safe": "no"},
    "backup": "yes",
}
ATTACK = {"malicious": "yes", "actor": "external"}
TAKEN = {
    **ATTACK,
    "exfiltrated": "yes",
    "confidentiality": {"state": "confirmed", "recipients": "hostile", "recalled": "none"},
}
LOST = {"state": "confirmed", "recipients": "unknown", "recalled": "none"}
LOCKED = {"state": "confirmed", "restored_after": "6h", "consequence": "none"}
WRONG = {"state": "confirmed", "recipients": "known", "number": 2, "recalled": "asked"}
SAFE = {"unintelligible": "yes", "key_safe": "yes"}

# Each case of EDPB 01/2021 (and, by letter, of the older WP250 annex) told in the words of facts.
CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "1 ransomware with backup": ({**ATTACK, "availability": LOCKED}, "no", "no"),
    "2 ransomware without proper backup": (
        {
            **ATTACK,
            "backup": "paper",
            "availability": {**LOCKED, "restored_after": "5d", "consequence": "minor"},
        },
        "yes", "no",
    ),
    "3 ransomware at a hospital": (
        {
            **ATTACK,
            "categories": ["health.record"],
            "availability": {**LOCKED, "restored_after": "2d", "consequence": "severe"},
        },
        "yes", "yes",
    ),
    "4 ransomware with data taken out": (
        {
            **TAKEN,
            "categories": ["identity.name", "identity.id-document", "finance.payment-card"],
            "availability": {**LOCKED, "restored_after": "never"},
            "backup": "lost-too",
        },
        "yes", "yes",
    ),
    "5 job applications": (
        {
            **TAKEN,
            "relation": "applicants",
            "volume_per_person": "much",
            "categories": ["identity.name", "employment.application"],
        },
        "yes", "yes",
    ),
    "6 hashed passwords": (
        {**TAKEN, "categories": ["account.nickname", "account.password"], "protection": SAFE},
        "no", "no",
    ),
    "7 stuffing at a bank": (
        {**TAKEN, "categories": ["identity.name", "identity.birth-date", "account.password"]},
        "yes", "yes",
    ),
    "8 contacts taken by a former employee": (
        {**TAKEN, "actor": "insider", "categories": ["identity.name", "contact.phone"]},
        "yes", "no",
    ),
    "9 mail to a trusted party": (
        {"confidentiality": {**WRONG, "recipients": "known-trusted", "recalled": "confirmed"}},
        "no", "no",
    ),
    "10 stolen tablets, encrypted": (
        {**ATTACK, "confidentiality": {**LOST, "state": "possible"}, "protection": SAFE,
         "exfiltrated": "unknown"},
        "no", "no",
    ),
    "11 stolen notebook, readable": (
        {**ATTACK, "confidentiality": LOST, "exfiltrated": "unknown", "persons": 100_000,
         "categories": ["identity.name", "identity.birth-date", "contact.address"]},
        "yes", "yes",
    ),
    "12 stolen patient register on paper": (
        {**ATTACK, "medium": "paper", "confidentiality": LOST, "exfiltrated": "yes",
         "categories": ["identity.name", "health.record"], "backup": "no"},
        "yes", "yes",
    ),
    "13 two orders mixed up": (
        {"persons": 2, "confidentiality": WRONG,
         "categories": ["identity.name", "contact.address", "finance.order"]},
        "no", "no",
    ),
    "14 official numbers mailed to all": (
        {"persons": 60_000, "confidentiality": {**WRONG, "number": 60_000},
         "categories": ["identity.name", "contact.email", "identity.social-security-number"]},
        "yes", "yes",
    ),
    "15 list of participants": (
        {"persons": 15, "confidentiality": {**WRONG, "number": 15},
         "special": {**CALM["special"], "health": "incidental"}},
        "no", "no",
    ),
    "16 insurance letter in the wrong envelope": (
        {"persons": 1, "confidentiality": {**WRONG, "number": 1}, "systemic": "possible",
         "categories": ["identity.name", "identity.birth-date", "contact.address",
                        "vehicle.plate-number"]},
        "yes", "no",
    ),
    "17 impostor on the telephone": (
        {**TAKEN, "persons": 1, "misuse": "confirmed", "integrity": {
            "state": "confirmed", "recoverable": "yes"},
         "categories": ["contact.email", "finance.invoice", "telecom.call-records"]},
        "yes", "yes",
    ),
    "18 mail forwarded to an attacker": (
        {**TAKEN, "relation": "employees", "persons": 99,
         "categories": ["identity.name", "finance.income"]},
        "yes", "yes",
    ),
    "c outage of minutes": ({"availability": {**LOCKED, "restored_after": "5min"}}, "no", "no"),
    "x newsletter with open addresses of many": (
        {"persons": 800, "confidentiality": {**WRONG, "number": 800},
         "categories": ["contact.email"]},
        "yes", "no",
    ),
}  # fmt: skip


def decide(**changes: Any) -> dict[str, dict[str, Any]]:
    knowledge = load_knowledge()
    decision = decide_incident(build_facts({**CALM, **changes}, knowledge), knowledge)
    return {duty["id"]: duty for duty in decision.to_dict()["duties"]}


@pytest.mark.parametrize("case", CASES)
def test_a_published_case_told_as_facts_is_decided_as_published(case: str) -> None:
    changes, authority, persons = CASES[case]
    duties = decide(**changes)
    words = {"yes": "required", "no": "not-required"}

    assert duties["eu-gdpr33"]["decision"] == words[authority], duties["eu-gdpr33"]["because"]
    assert duties["eu-gdpr34"]["decision"] == words[persons], duties["eu-gdpr34"]["because"]


def describe(**changes: Any) -> dict[str, Any]:
    knowledge = load_knowledge()
    return describe_risk(build_facts({**CALM, **changes}, knowledge), knowledge)


def test_the_table_names_fact_reading_effect_and_source_in_both_languages() -> None:
    risk = describe(**CASES["11 stolen notebook, readable"][0])
    rows = {row["factor"]: row for row in risk["rows"]}

    assert rows["nature"]["effect"] == "raises"
    assert rows["nature"]["reading"] == (
        "Name and date of birth with an address or number serve to take an identity."
    )
    assert rows["hands"]["facts"] == {"confidentiality.recipients": "unknown", "actor": "external"}
    assert rows["hands"]["reading_zh"] == "他人因故意行为获得信息。"
    assert rows["taking"]["effect"] == "open"
    assert rows["number"]["bears_on"] == "severity"
    assert rows["systemic"]["clause"] == "EDPB 01/2021, case 16"
    assert (risk["hands"], risk["nature"]) == ([3, 3], [1, 1])
    assert (risk["unlikely"]["met"], risk["high"]["met"]) == ("no", "yes")
    assert all(row["reading"] and row["reading_zh"] != row["reading"] for row in rows.values())


def test_the_table_holds_only_what_matters_for_what_happened() -> None:
    outage = {row["factor"] for row in describe(availability=LOCKED)["rows"]}
    leak = {row["factor"] for row in describe(confidentiality=WRONG)["rows"]}

    assert {"backup", "consequence", "restoration"} <= outage
    assert not outage & {"hands", "return", "taking", "recovery"}
    assert {"hands", "protection", "return", "systemic"} <= leak
    assert not leak & {"backup", "consequence", "restoration", "recovery"}


def test_nothing_known_leaves_every_step_open() -> None:
    knowledge = load_knowledge()
    risk = describe_risk(build_facts({}, knowledge), knowledge)

    assert (risk["hands"], risk["nature"]) == ([0, 3], [0, 2])
    assert {row["effect"] for row in risk["rows"]} == {"open"}
