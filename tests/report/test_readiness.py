"""Incident readiness in both editions: complete inside, nothing internal outside."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import piaskit
from piaskit.case import Case
from piaskit.report.document import Document, Figure, Section, Table, read_text
from piaskit.report.readiness import (
    PublicReadiness,
    compose_public_readiness,
    find_drill,
    find_plan,
)
from piaskit.report.rows import Rows
from piaskit.report.timeline import draw_timeline
from piaskit.report.voice import Voice
from piaskit.tabletop import rehearse_case

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"


@pytest.fixture(scope="module")
def case() -> Case:
    return piaskit.read_case(MARKETPLACE)


@pytest.fixture(scope="module")
def results(case: Case) -> dict[str, Any]:
    return {
        "ledger": piaskit.build_ledger(case).to_dict(),
        "screen": piaskit.screen_case(case).to_dict(),
        "assess": piaskit.assess_risks(case, case.methods[0]).to_dict(),
        "exercise": rehearse_case(case, runs=20).to_dict(),
    }


def pick(document: Document, id: str) -> Section:
    return next(section for section in document.sections if section.id == id)


def read(section: Section) -> str:
    parts: list[str] = []
    for block in section.blocks:
        if isinstance(block, Figure):
            parts += [block.title, block.alt]
            assert block.twin is not None
            parts += [read_text(cell) for row in block.twin.rows for cell in row.cells]
        elif isinstance(block, Table):
            parts += [read_text(cell) for row in block.rows for cell in row.cells]
        elif hasattr(block, "text"):
            parts.append(read_text(block.text))
        elif hasattr(block, "items"):
            for item in block.items:
                whole = hasattr(item, "label")
                parts.append(
                    f"{item.label} {read_text(item.value)} {item.note}"
                    if whole
                    else read_text(item)
                )
    return "\n".join(parts)


WORDS = {
    "en": (
        "in place and verified",
        "2026-06-11",
        "within the year that GB/T 35273-2020, 10.1",
        "The database for sale",
        "typical team",
        "CAC Incident Reporting Measures Art. 4",
    ),
    "zh": (
        "已落实并经验证",
        "2026-06-11",
        "第10.1条要求的一年之内",
        "待售的数据库",
        "一般团队",
        "《国家网络安全事件报告管理办法》第4条",
    ),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_internal_section_tells_plan_drill_results_clocks_and_actions(
    lang: Any, case: Case, results: dict[str, Any]
) -> None:
    section = pick(piaskit.compose_report(case, results, "internal", lang), "readiness")

    text = read(section)
    for word in WORDS[lang]:
        assert word in text
    tables = [block.id for block in section.blocks if isinstance(block, Table)]
    own, response = tables[:3], tables[3:]
    assert own == ["table-exercises", "table-exercise-clocks", "table-exercise-actions"]
    assert {id.rpartition("-")[0] for id in response} == {
        f"table-response-{name}" for name in ("clocks", "known", "effects", "steps", "notes")
    }
    figures = [block.id for block in section.blocks if isinstance(block, Figure)]
    drawn = ["figure-exercise-1", "figure-exercise-2", "figure-response-1", "figure-response-2"]
    assert figures == drawn


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_public_section_tells_states_and_what_to_expect_and_nothing_internal(
    lang: Any, case: Case, results: dict[str, Any]
) -> None:
    document = piaskit.compose_report(case, results, "public", lang)
    text = read(pick(document, "public-readiness"))

    assert "2026-06-11" in text
    assert "35273" in text
    for played in results["exercise"]["exercises"]:
        assert played["title"] not in text
        assert played["title_zh"] not in text
        for action in played["actions"]:
            assert action["owner"] not in text


def test_without_exercises_plan_and_drill_are_told_alone(
    case: Case, results: dict[str, Any]
) -> None:
    fewer = {name: answer for name, answer in results.items() if name != "exercise"}
    section = pick(piaskit.compose_report(case, fewer, "internal", "en"), "readiness")

    assert "No exercise was played for this report." in read(section)
    assert not [block for block in section.blocks if isinstance(block, Table | Figure)]


def test_the_public_edition_does_not_look_better_than_the_proof(case: Case) -> None:
    voice = Voice(case.knowledge.labels, "en", "public")
    expected = {
        "verified": "its evidence has been checked",
        "stale": "has not been checked or is out of date",
        "claimed": "has not been checked or is out of date",
        "failed": "has not been checked or is out of date",
        "planned": "is being prepared",
        None: "No plan for incidents",
    }
    for plan, words in expected.items():
        known = PublicReadiness(plan, None, 0, "GB/T 35273-2020, 10.2")
        assert words in read(compose_public_readiness(voice, known))
    assert "No drill is on record." in read(
        compose_public_readiness(voice, PublicReadiness(None, None, 0, "x"))
    )


def test_the_last_drill_is_the_latest_on_record_up_to_the_day(case: Case) -> None:
    rows = Rows(case, Voice(case.knowledge.labels, "en", "internal"))

    assert find_drill(rows, ()) == date(2026, 6, 11)
    assert find_drill(rows, ({"held_on": "2026-08-01"},)) == date(2026, 8, 1)
    assert find_drill(rows, ({"held_on": "2027-08-01"},)) == date(2026, 6, 11)


def test_a_case_without_safeguards_has_no_plan(case: Case) -> None:
    frames = {**case.frames, "safeguards": case.frames["safeguards"].iloc[:0]}
    bare = dataclasses.replace(case, frames=frames)

    assert find_plan(Rows(bare, Voice(case.knowledge.labels, "en", "internal"))) is None


def test_equal_exercises_are_drawn_to_equal_and_well_formed_bytes(
    case: Case, results: dict[str, Any]
) -> None:
    voice = Voice(case.knowledge.labels, "zh", "internal")
    for played in results["exercise"]["exercises"]:
        clocks = [c for c in played["clocks"] if c["decision"] == "required"]

        def draw(p: Any = played, c: Any = clocks) -> str:
            return draw_timeline(p["timeline"], c, voice.say, lambda clock: "<&>" + clock["title"])

        svg = draw()
        assert svg == draw()
        root = ElementTree.fromstring(svg)
        crosses = [e for e in root.iter() if e.get("stroke") == "#662506"]
        missed = sum(c["state"] in ("missed", "late") for c in clocks)
        assert len(crosses) == missed + 1  # and one in the legend


def test_the_chinese_standard_is_cited_only_where_its_regime_is_active(
    case: Case, results: dict[str, Any]
) -> None:
    abroad = dataclasses.replace(case, regimes=("eu-gdpr",))

    for edition, id in (("internal", "readiness"), ("public", "public-readiness")):
        document = piaskit.compose_report(abroad, results, edition, "en")  # type: ignore[arg-type]
        assert "35273" not in read(pick(document, id))
