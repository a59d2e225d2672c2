"""VERIS records of old and new versions become facts for practice; what they lack is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piaskit.errors import InvalidData
from piaskit.incident import build_facts, read_veris, write_veris
from piaskit.knowledge import load_knowledge

NEW: dict[str, Any] = {
    "schema_version": "1.3.7",
    "incident_id": "5F2A",
    "summary": "A server was encrypted.\nNobody paid.",
    "timeline": {"incident": {"year": 2019, "month": 5}},
    "victim": {"country": ["DE", "FR"]},
    "actor": {"external": {"motive": ["Financial"]}},
    "action": {"malware": {"variety": ["Ransomware"]}},
    "asset": {"assets": [{"variety": "S - Database"}]},
    "attribute": {
        "confidentiality": {
            "data_disclosure": "Potentially",
            "data_total": 4100,
            "data": [{"variety": "Credentials", "amount": 4100}, {"variety": "Personal"}],
            "data_victim": ["Customer", "Employee"],
            "state": ["Stored unencrypted"],
        },
        "availability": {"variety": ["Obscuration"], "duration": {"unit": "Hours", "value": 31}},
    },
    "discovery_method": {"internal": {"variety": ["IT review"]}},
}


def test_a_record_becomes_facts_and_names_what_it_does_not_tell() -> None:
    facts, missing = read_veris(NEW)

    assert facts == {
        "id": "5F2A",
        "role": "controller",
        "categories": ["account.password"],
        "records": 4100,
        "confidentiality": {"state": "possible"},
        "exfiltrated": "unknown",
        "availability": {"state": "confirmed", "restored_after": "1860min"},
        "actor": "external",
        "malicious": "yes",
        "relation": "mixed",
        "medium": "electronic",
        "context": "VERIS record: 5F2A. incident of: 2019-05. country: DE, FR. discovered by:"
        " internal. kinds of data without a category: Personal. summary: A server was encrypted."
        " Nobody paid..",
    }
    assert {"persons", "times.occurred_at", "regimes", "misuse"} <= set(missing)
    assert "categories" not in missing
    assert build_facts(facts, load_knowledge())["records"].best == 4100


def test_an_older_record_says_the_same_with_plain_texts() -> None:
    old = {
        **NEW,
        "schema_version": "1.3.3",
        "victim": {"country": "DE"},
        "discovery_method": "Int - IT review",
    }
    facts, _ = read_veris(old)

    assert "country: DE." in facts["context"]
    assert "discovered by: Int - IT review." in facts["context"]


def test_encrypted_data_is_unintelligible_and_unencrypted_is_not_claimed() -> None:
    def take(state: str) -> Any:
        held = {"data_disclosure": "Yes", "state": [state]}
        record = {"incident_id": "a", "action": {}, "attribute": {"confidentiality": held}}
        return read_veris(record)[0].get("protection")

    assert take("Stored encrypted") == {"unintelligible": "yes"}
    assert take("Stored unencrypted") is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is no JSON"),
        ("[]", "is no VERIS record"),
        ('{"a": 1}', "is no VERIS record"),
        ("[" * 100_000, "is no JSON"),
    ],
)
def test_what_is_no_record_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(content, "utf-8")

    with pytest.raises(InvalidData, match=message):
        read_veris(path)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_KEYS = ("incident_id", "actor", "action", "attribute", "timeline", "victim", "asset", "summary",
         "discovery_method")  # fmt: skip


_HELD = ("confidentiality", "integrity", "availability")
_RECORDS = st.fixed_dictionaries(
    {"attribute": st.fixed_dictionaries(dict.fromkeys(_HELD, _JSON))},
    optional=dict.fromkeys((*_KEYS[:3], *_KEYS[4:]), _JSON),
)


@settings(max_examples=100, deadline=None)
@given(_RECORDS)
def test_whatever_a_record_holds_becomes_facts_or_nothing(record: dict[str, Any]) -> None:
    facts, _ = read_veris(record)

    build_facts(facts, load_knowledge())


def test_a_record_written_from_blank_facts_says_unknown() -> None:
    record = write_veris(build_facts({}, load_knowledge()), id="1")

    assert record["actor"] == {"unknown": {}}
    assert record["action"] == {"unknown": {}}
    assert record["attribute"] == {"confidentiality": {"data_disclosure": "Unknown"}}
    assert json.loads(json.dumps(record)) == record
