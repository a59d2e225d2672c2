"""Which risks moved between two cases, and whether the reason given is the one that was made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from piaskit.case import Case, read_case
from piaskit.comparison import Comparison, compare_cases
from piaskit.comparison.risks import GROUPS
from piaskit.errors import InvalidData
from piaskit.risk.scales import LEVELS

SHOP = read_case(Path(__file__).parents[2] / "data" / "marketplace")
MOVED = ("raised", "lowered")


def edit(case: Case, table: str, id: str, **cells: Any) -> Case:
    frame = case.frames[table].copy()
    for column, value in cells.items():
        frame.loc[frame["id"] == id, column] = value
    return replace(case, frames={**case.frames, table: frame})


@pytest.fixture(scope="module")
def weaker() -> Case:
    """One contract is lost and one safeguard retired."""
    case = edit(SHOP, "parties", "p-im", contract=pd.NA)
    return edit(case, "safeguards", "g-tls", status="retired")


@pytest.fixture(scope="module")
def found(weaker: Case) -> Comparison:
    return compare_cases(SHOP, weaker)


def test_nothing_moves_between_a_case_and_itself() -> None:
    risks = compare_cases(SHOP, SHOP).to_dict()["risks"]

    assert risks == {group: [] for group in GROUPS}


def test_a_gap_that_opens_is_a_new_risk_because_of_its_row(found: Comparison) -> None:
    new = {risk["id"]: risk for risk in found.risks["new"]}
    risk = new["entrusted-without-contract@parties/p-im"]

    assert [why["kind"] for why in risk["why"]][:1] == ["row"]
    assert risk["why"][0]["rows"] == [{"table": "parties", "id": "p-im"}]
    assert "Contract" in risk["why"][0]["because"]
    assert "合同" in risk["why"][0]["because_zh"]


def test_a_safeguard_that_falls_away_raises_risks_and_is_the_reason(found: Comparison) -> None:
    raised = [
        risk
        for risk in found.risks["raised"]
        if any(why["kind"] == "safeguard" for why in risk["why"])
    ]

    assert raised
    for risk in raised:
        assert LEVELS.index(risk["from"]) < LEVELS.index(risk["to"])
        texts = [why["because"] for why in risk["why"] if why["kind"] == "safeguard"]
        assert texts == [
            "Safeguard “TLS 1.2 or better on site and interfaces”: "
            "was in place and verified, is now stated, not verified."
        ]


def test_every_risk_that_moved_says_why_in_both_languages(found: Comparison) -> None:
    moved = [risk for group in GROUPS for risk in found.risks[group]]

    assert moved
    assert all(risk["why"] for risk in moved)
    assert all(why["because"] and why["because_zh"] for risk in moved for why in risk["why"])


def test_a_comparison_turned_around_turns_its_groups_around(
    found: Comparison, weaker: Case
) -> None:
    back = compare_cases(weaker, SHOP).risks

    def ids(group: str, risks: dict[str, list[dict[str, Any]]]) -> list[str]:
        return [risk["id"] for risk in risks[group]]

    assert ids("new", found.risks) == ids("gone", back)
    assert ids("raised", found.risks) == ids("lowered", back)
    assert ids("changed", found.risks) == ids("changed", back)
    assert [(r["from"], r["to"]) for r in found.risks["raised"]] == [
        (r["to"], r["from"]) for r in back["lowered"]
    ]


def test_a_later_day_alone_is_told_as_the_reason() -> None:
    later = replace(SHOP, as_of=SHOP.as_of.replace(year=2029))
    found = compare_cases(SHOP, later)

    assert found.to_dict()["days"] == {"old": "2026-09-30", "new": "2029-09-30"}
    expired = next(risk for risk in found.risks["new"] if risk["rule"] == "contract-expired")
    assert "day" in [why["kind"] for why in expired["why"]]


def test_a_rule_that_reads_differently_is_told_with_its_pack() -> None:
    rules = dict(SHOP.knowledge.rules)
    del rules["entrusted-without-contract"]
    packs = tuple(
        pack.model_copy(update={"version": "0"}) if pack.kind == "rules" else pack
        for pack in SHOP.knowledge.packs
    )
    old = replace(SHOP, knowledge=replace(SHOP.knowledge, rules=rules, packs=packs))

    found = compare_cases(old, SHOP)

    new = [r for r in found.risks["new"] if r["rule"] == "entrusted-without-contract"]
    assert new
    why = new[0]["why"][0]
    assert why["kind"] == "rule"
    assert "The rule entrusted-without-contract is new" in why["because"]
    assert "0 → 1" in why["because"]


def test_a_renamed_row_keeps_its_risks() -> None:
    frames = {table: frame.replace({"p-tax": "p-revenue"}) for table, frame in SHOP.frames.items()}

    risks = compare_cases(SHOP, replace(SHOP, frames=frames)).risks

    assert all(not members for members in risks.values())


def test_new_and_raised_risks_at_a_level_fail(found: Comparison) -> None:
    severe, low = found.list_failing("severe"), found.list_failing("low")

    risks = found.risks
    assert set(severe) == {r["id"] for r in risks["new"] if r["level"] == "severe"} | {
        r["id"] for r in risks["raised"] if r["to"] == "severe"
    }
    assert len(low) == len(risks["new"]) + len(risks["raised"])
    with pytest.raises(ValueError, match="huge"):
        found.list_failing("huge")


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(InvalidData, match="no method"):
        compare_cases(SHOP, SHOP, "gbt39336")
