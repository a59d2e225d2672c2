"""Maturity: what answers and the register show of each process area."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from piaskit.knowledge import load_knowledge
from piaskit.safeguards.maturity import DIMENSIONS, assess_maturity, draft_questionnaire

ALL = [(f"PA{n:02}", dimension) for n in range(1, 31) for dimension in DIMENSIONS]


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    file = tmp_path / "evidence" / "proof.md"
    file.parent.mkdir()
    file.write_text("minutes of the self-assessment", "utf-8")
    return file


def answer(area: str, capability: str, level: int, **more: Any) -> dict[str, Any]:
    row = {"id": f"{area}-{capability}", "area": area, "capability": capability, "level": level}
    return {**row, "evidence": "proof.md", **more}


def test_all_thirty_areas_are_asked_in_four_dimensions(make_case: Any) -> None:
    found = assess_maturity(make_case())

    assert list(found.cells) == ALL
    assert len(draft_questionnaire(make_case())) == 120


def test_an_area_without_evidence_never_counts(make_case: Any, proof: Path) -> None:
    rows = [answer(area, dimension, 4) for area, dimension in ALL]
    bare = [*rows[:-1], {**rows[-1], "evidence": None}]

    assert assess_maturity(make_case(maturity=rows)).level == 4
    found = assess_maturity(make_case(maturity=bare))
    assert (found.level, found.rate_area("PA30"), found.rate_dimension("people")) == (None,) * 3
    assert found.rate_area("PA29") == 4
    cell = found.to_dict()["areas"][29]["dimensions"]["people"]
    assert cell["because"] == "Answered without evidence: it does not count."
    assert found.to_dict()["because"] == (
        "No overall level: 1 of 120 cells have no evidence, "
        "and an area without evidence never counts."
    )


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"evidence": "gone.md"}, "the cited evidence gone.md is not in the case folder"),
        ({"evidence_sha256": "0" * 64}, "the SHA-256 of proof.md is not the one stated"),
        ({"expires_on": "2026-09-29"}, "expired on 2026-09-29"),
        (
            {"evidence_on": "2026-10-01"},
            "the evidence is of 2026-10-01, after the date of assessment",
        ),
    ],
)
def test_evidence_that_does_not_hold_shows_no_level(
    make_case: Any, proof: Path, more: dict[str, Any], why: str
) -> None:
    found = assess_maturity(make_case(maturity=[answer("PA03", "process", 3, **more)])).to_dict()

    assert found["areas"][2]["dimensions"]["process"]["level"] is None
    assert found["areas"][2]["dimensions"]["process"]["because"] == why


def test_evidence_on_the_day_itself_with_its_digest_holds(make_case: Any, proof: Path) -> None:
    digest = hashlib.sha256(proof.read_bytes()).hexdigest()
    day = {"evidence_on": "2026-09-30", "expires_on": "2026-09-30", "evidence_sha256": digest}

    found = assess_maturity(make_case(maturity=[answer("PA03", "process", 3, **day)]))

    assert found.cells["PA03", "process"].level == 3


def test_the_lowest_dimension_gives_the_area_its_level(make_case: Any, proof: Path) -> None:
    levels = dict(zip(DIMENSIONS, (3, 2, 4, 3), strict=True))

    found = assess_maturity(
        make_case(maturity=[answer("PA04", name, level) for name, level in levels.items()])
    )

    assert found.rate_area("PA04") == 2


def test_a_verified_control_speaks_where_nobody_answered(make_case: Any, proof: Path) -> None:
    control = {
        "id": "g",
        "control": "policy.classification",
        "kind": "organisational",
        "status": "in-place",
        "evidence": "proof.md",
        "evidence_on": "2026-09-01",
    }
    systems = [{"id": "s1"}, {"id": "s2"}]

    def rate(scope: str, **more: Any) -> int | None:
        row = {**control, "scope": scope}
        found = assess_maturity(make_case(safeguards=[row], systems=systems, **more))
        return found.cells["PA01", "process"].level

    assert rate("all") == 3
    assert rate("systems/s1") == 2
    assert rate("systems/s1;systems/s2") == 3
    assert rate("all", maturity=[answer("PA01", "process", 1)]) == 1


def test_cells_without_a_requirement_are_not_asked(make_case: Any, proof: Path) -> None:
    case = make_case(maturity=[answer("PA06", "technology", 5)])
    knowledge = load_knowledge()
    model = knowledge.maturity["dsmm"]
    narrow = model.areas["PA06"].model_copy(
        update={"cells": {"people": (), "technology": ("2", "3")}}
    )
    model = model.model_copy(update={"areas": {**model.areas, "PA06": narrow}})
    case = replace(case, knowledge=replace(knowledge, maturity={"dsmm": model}))

    found = assess_maturity(case)

    assert ("PA06", "people") not in found.cells
    assert len(draft_questionnaire(case)) == 119
    assert found.cells["PA06", "technology"].level == 3
    assert found.cells["PA06", "technology"].why == "maturity.read-down"


def test_the_widest_gap_comes_first(make_case: Any, proof: Path) -> None:
    rows = [
        answer("PA05", "process", 2, aim=3),
        answer("PA09", "technology", 1, aim=4),
        answer("PA10", "people", 3, aim=3),
    ]

    found = assess_maturity(make_case(maturity=rows))

    assert found.list_steps() == [("PA09", "technology"), ("PA05", "process")]
    assert found.to_dict()["next"][0] == {
        "area": "PA09",
        "dimension": "technology",
        "controls": ["continuity.backup"],
        "text": "Bring the named controls into force and show evidence of level 4 (now 1).",
        "text_zh": "落实所列控制措施，并提供第 4 级的证据（现为 1）。",
    }


def test_a_questionnaire_keeps_what_was_answered(make_case: Any, proof: Path) -> None:
    found = draft_questionnaire(make_case(maturity=[answer("PA05", "people", 2)])).set_index("id")

    assert found.at["pa05-people", "level"] == 2
    assert found.at["pa05-people", "question"] == (
        "Do those who work on “Data transmission encryption” have the skill, "
        "and is it trained and tested?"
    )
