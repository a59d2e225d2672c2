"""Levels: the plan of a sector grades beside the measures for everybody."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({"persons": 999_999, "sensitive_persons": 99_999}, "general"),
        ({"persons": 1_000_000, "sensitive_persons": 0}, "larger"),
        ({"persons": 999_999, "sensitive_persons": 100_000}, "larger"),
        ({"persons": 9_999_999, "sensitive_persons": 1_000_000}, "major"),
        ({"persons": 20_000_000, "sensitive_persons": 10_000_000}, "especially-major"),
        ({"outage": {"whole": "0h", "main_function": "479min"}}, "general"),
        ({"outage": {"whole": "0h", "main_function": "8h"}}, "larger"),
        ({"outage": {"whole": "12h", "main_function": "12h"}}, "major"),
        ({"sensitive_persons": {"low": 0, "high": 100_000}, "persons": 100_000}, None),
        ({"direct_loss": {"amount": 50_000_000, "currency": "CNY"}}, "larger"),
    ],
)
def test_the_plan_of_industry_and_telecommunications_grades_as_well(
    leak: Any, changes: dict[str, Any], level: str | None
) -> None:
    graded = leak.decide(sector="telecom", **changes).to_dict()["severity"]["plans"]
    elsewhere = leak.decide(sector="finance", **changes).to_dict()["severity"]["plans"]

    assert graded["cn-miit-2024"]["level"] == level
    assert elsewhere == {}
