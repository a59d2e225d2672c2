"""Packs of duties: what their records refuse, and references that lead nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from piaskit.errors import InvalidData
from piaskit.knowledge import load_knowledge
from piaskit.knowledge.duty import Clock, Threshold
from piaskit.knowledge.load import BUILT_IN

AUDIT = (BUILT_IN / "duties" / "cn-audit-5.yaml").read_text("utf-8")


def refuse(folder: Path, text: str, name: str = "own-5") -> list[str]:
    path = folder / "packs" / "duties" / f"{name}.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text.replace("id: cn-audit-5", f"id: {name}"), encoding="utf-8")
    with pytest.raises(InvalidData) as refused:
        load_knowledge(folder / "packs")
    return [f"{issue.slug} {issue}" for issue in refused.value.issues]


@pytest.mark.parametrize(
    ("clock", "told"),
    [
        ({"kind": "hours"}, "give either hours or days"),
        ({"hours": 1, "days": 1, "kind": "hours"}, "give either hours or days"),
        ({"days": 1, "kind": "hours"}, "hours are of kind hours, days of kind calendar"),
        ({"hours": 1, "kind": "calendar"}, "hours are of kind hours, days of kind calendar"),
    ],
)
def test_a_clock_counts_hours_or_days(clock: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Clock(start="aware", **clock)


@pytest.mark.parametrize("number", [{"at_least": 5}, {"confidence": "high"}])
def test_a_number_has_a_confidence_and_a_missing_one_a_note(number: dict[str, Any]) -> None:
    with pytest.raises(
        ValidationError, match="a number needs a confidence, a missing number a note"
    ):
        Threshold(measure="persons", **number)


def test_a_duty_that_stands_elsewhere_is_told(tmp_path: Path) -> None:
    assert refuse(tmp_path, AUDIT) == [
        "pack-clash packs/duties/own-5.yaml row 9, duties.cn-audit5: the duty cn-audit5 stands"
        " already in knowledge/duties/cn-audit-5.yaml"
    ]


def test_a_clause_or_notice_that_no_pack_has_is_told(tmp_path: Path) -> None:
    text = AUDIT.replace("  cn-audit5:", "  own5:").replace("cn-audit-2025 5(3)", "cn-pipl 575")

    assert refuse(tmp_path, text + "    notice: letter\n") == [
        "pack-reference packs/duties/own-5.yaml row 9, duties.own5: cn-pipl 575 is no clause of"
        " any regulation pack (cn-pipl lists no such clause)",
        "pack-reference packs/duties/own-5.yaml row 9, duties.own5: letter is not a notice of any"
        " pack",
    ]


def test_an_own_pack_may_replace_a_built_in_one(tmp_path: Path) -> None:
    path = tmp_path / "packs" / "duties" / "cn-audit-5.yaml"
    path.parent.mkdir(parents=True)
    text = AUDIT.replace("at_most: judge", "at_most: required")
    path.write_text(text + "replaces: [cn-audit-5]\n", encoding="utf-8")

    knowledge = load_knowledge(tmp_path / "packs")

    assert knowledge.duties["cn-audit-5"].duties["cn-audit5"].at_most == "required"
