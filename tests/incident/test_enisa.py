"""ENISA 2013: the arithmetic and examples of the paper, and each part read from facts."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml

from piaskit.incident import build_facts
from piaskit.incident.context import find_pack
from piaskit.incident.enisa import describe_enisa, score_severity
from piaskit.knowledge import load_knowledge

EXAMPLES = yaml.safe_load((Path(__file__).parent / "enisa.yaml").read_text("utf-8"))
RESEARCH = Path(__file__).parents[3] / "shared" / "knowledge"


def describe(**content: Any) -> dict[str, Any]:
    knowledge = load_knowledge()
    return describe_enisa(build_facts(content, knowledge), knowledge)


def score(dpc: float, ei: float, cb: float) -> tuple[float, str]:
    return score_severity(dpc, ei, cb, find_pack(load_knowledge()))


@pytest.mark.parametrize("vector", EXAMPLES["vectors"], ids=str)
def test_every_derived_vector_is_reproduced(vector: dict[str, Any]) -> None:
    cb = sum(vector[name] for name in ("conf", "integ", "avail", "mal"))

    assert score(vector["dpc"], vector["ei"], cb) == (vector["se"], vector["band"])


@pytest.mark.parametrize("example", EXAMPLES["dpc"], ids=lambda example: example["example"])
def test_every_example_of_the_paper_has_its_dpc(example: dict[str, Any]) -> None:
    found = describe(
        **{"categories_complete": "yes", "volume_per_person": "little"} | example["facts"]
    )

    assert found["dpc"] == example["dpc"], found["because"]
    assert found["because"][0].startswith(f"DPC {example['dpc']}: ")


@pytest.mark.skipif(not RESEARCH.is_dir(), reason="the research is not here")
def test_no_example_and_no_vector_of_the_research_is_left_out() -> None:
    with (RESEARCH / "enisa_dpc_examples.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["category"], int(row["dpc"])) for row in csv.DictReader(file)]
    vectors = yaml.safe_load((RESEARCH / "enisa.yaml").read_text("utf-8"))["derived_test_vectors"]

    assert [(example["class"], example["dpc"]) for example in EXAMPLES["dpc"]] == rows
    assert EXAMPLES["vectors"] == [{**v, "band": v["band"].replace("_", "-")} for v in vectors]


def test_every_category_of_the_packs_has_a_class_and_every_listed_kind_is_one() -> None:
    knowledge = load_knowledge()
    pack = find_pack(knowledge)
    heads = {".".join(id.split(".")[:depth]) for id in knowledge.categories for depth in (1, 2)}
    listed = [kind for found in pack.classes.values() for kind in found.kinds]
    listed += [kind for kinds in pack.identifiers.values() for kind in kinds]
    listed += [kind for _, value in pack.harm if isinstance(value, tuple) for kind in value]
    assert sorted(set(listed) - heads) == []

    assert [id for id in knowledge.categories if pack.classify(id) is None] == []
    assert pack.classify("location.track") == "behavioural"
    assert pack.classify("identity.ethnicity") == "sensitive"


@pytest.mark.parametrize(
    ("categories", "ei"),
    [
        (["behaviour.search"], 0.25),
        (["identity.name"], 0.5),
        (["identity.name", "contact.phone"], 0.75),
        (["identity.name", "contact.email", "identity.birth-date"], 1.0),
        (["identity.national-id-number"], 0.75),
        (["identity.national-id-number", "identity.name"], 1.0),
        (["identity.passport-number"], 0.25),
        (["identity.passport-number", "contact.email"], 0.75),
        (["contact.phone"], 0.25),
        (["contact.email"], 0.75),
        (["account.nickname"], 0.25),
        (["account.nickname", "contact.email"], 0.75),
        (["identity.portrait"], 0.75),
        (["identity.portrait", "education.school"], 1.0),
        (["identity.id-document"], 1.0),
        (["health.record"], 1.0),
    ],
)
def test_identification_follows_from_the_identifiers(categories: list[str], ei: float) -> None:
    assert describe(categories=categories, categories_complete="yes")["ei"] == ei


def test_unintelligible_data_with_a_safe_key_identify_nobody_and_raise_the_flag() -> None:
    known = {"categories": ["health.record"], "categories_complete": "yes"}
    safe = describe(**known, protection={"unintelligible": "yes", "key_safe": "yes"})

    assert (safe["dpc"], safe["ei"]) == (4, 0.25)
    assert safe["flags"] == {"many-persons": "unknown", "unintelligible": "yes"}


@pytest.mark.parametrize(("persons", "flag"), [(100, "no"), (101, "yes")])
def test_more_than_a_hundred_persons_are_flagged_and_change_no_score(
    persons: int, flag: str
) -> None:
    known = {**CALM, "categories": ["contact.email"], "categories_complete": "yes"}
    found = describe(**known, volume_per_person="little", persons=persons)

    assert found["flags"]["many-persons"] == flag
    assert (found["dpc"], found["ei"], found["cb"], found["se"]) == (1, 0.75, 0.0, 0.75)


def test_a_step_set_by_hand_replaces_what_the_facts_give_and_shows_its_reason() -> None:
    known = {**CALM, "categories": ["contact.email"], "categories_complete": "yes"}
    found = describe(**known, enisa={"dpc": 3, "ei": "0.5", "intent": "0.5", "why": "a shelter"})

    assert (found["dpc"], found["ei"], found["cb"], found["se"]) == (3, 0.5, 0.5, 2.0)
    assert found["because"][:2] == [
        "dpc 3 is set by hand: a shelter",
        "ei 0.5 is set by hand: a shelter",
    ]
    assert "dpc 3 由人工设定：a shelter" in found["because_zh"]


def test_data_that_may_be_more_than_stated_leave_a_range() -> None:
    found = describe(**CALM, categories=["contact.email"], volume_per_person="little")

    assert (found["dpc"], found["se"], found["band"]) == (None, None, None)
    assert found["range"]["dpc"] == [1, 4]
    assert found["range"]["se"] == [0.75, 4.0]
    assert found["range"]["band"] == ["low", "very-high"]
    assert found["missing"] == ["categories_complete"]


@pytest.mark.parametrize(
    ("parts", "band"),
    [
        ((1, 1, 0.75), "low"),
        ((1, 1, 1), "medium"),
        ((2, 1, 0.75), "medium"),
        ((3, 1, 0), "high"),
        ((3, 1, 0.75), "high"),
        ((3, 1, 1), "very-high"),
    ],
)
def test_a_band_begins_at_its_number(parts: tuple[int, float, float], band: str) -> None:
    assert score(*parts)[1] == band


@pytest.mark.parametrize("parts", [(0, 1, 0), (5, 1, 0), (1, 0.2, 0), (1, 1.1, 0), (1, 1, 2.1)])
def test_parts_outside_the_paper_are_refused(parts: tuple[int, float, float]) -> None:
    with pytest.raises(ValueError, match=r"DPC is 1 to 4, EI 0\.25 to 1, CB 0 to 2"):
        score(*parts)


CALM = {
    "confidentiality": {"state": "none"},
    "integrity": {"state": "none"},
    "availability": {"state": "none"},
    "malicious": "no",
}


@pytest.mark.parametrize(
    ("changes", "cb"),
    [
        ({}, 0.0),
        ({"malicious": "yes"}, 0.5),
        ({"confidentiality": {"state": "possible", "recipients": "unknown"}}, 0.0),
        ({"confidentiality": {"state": "confirmed", "recipients": "known"}}, 0.25),
        ({"confidentiality": {"state": "confirmed", "recipients": "public"}}, 0.5),
        ({"integrity": {"state": "confirmed"}, "misuse": "none-known"}, 0.0),
        ({"integrity": {"state": "confirmed", "recoverable": "yes"}, "misuse": "possible"}, 0.25),
        ({"integrity": {"state": "confirmed", "recoverable": "no"}, "misuse": "possible"}, 0.5),
        (
            {
                "availability": {
                    "state": "confirmed", "restored_after": "6h", "consequence": "minor",
                }
            },
            0.25,
        ),
        ({"availability": {"state": "confirmed", "restored_after": "never"}, "backup": "yes"}, 0.0),
        (
            {"availability": {"state": "confirmed", "restored_after": "never"}, "backup": "no"},
            0.5,
        ),
    ],
)  # fmt: skip
def test_circumstances_follow_from_the_facts(changes: dict[str, Any], cb: float) -> None:
    found = describe(**{**CALM, **changes})

    assert found["cb"] == cb
    assert found["missing"] == ["categories"]
    assert len(found["because"]) == len(found["because_zh"]) == 6


def test_an_open_circumstance_leaves_the_sum_open_and_is_named() -> None:
    found = describe(**{**CALM, "malicious": "unknown", "availability": {"state": "confirmed"}})

    assert found["cb"] is None
    assert found["missing"] == ["categories", "availability.restored_after", "malicious"]
    assert found["range"]["cb"] == [0.0, 1.0]
    assert found["circumstances"]["confidentiality"] == 0.0


def test_no_score_is_given_where_the_kinds_of_data_are_not_stated() -> None:
    found = describe(**CALM)

    assert (found["dpc"], found["ei"], found["se"], found["band"]) == (None, None, None, None)
