"""Why a risk moved, each cause once, on a small case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from piaskit.case import Case
from piaskit.comparison import Comparison, compare_cases
from piaskit.knowledge import load_knowledge

BUILT_IN = load_knowledge()
UNBOUND, TAPPED = "entrusted-without-contract@parties/p-1", "interception@parties/p-1"
RULES = {id: BUILT_IN.rules[id] for id in ("entrusted-without-contract", "interception")}
SALON: dict[str, list[dict[str, Any]]] = {
    "activities": [{"id": "hair", "title": "Hair"}],
    "items": [{"id": "i-pass", "activity": "hair", "category": "account.password"}],
    "parties": [{"id": "p-1", "title": "Booking desk", "role": "processor", "contract": "C-1"}],
    "flows": [
        {"id": "f-1", "activity": "hair", "stage": "provide", "target": "p-1", "items": "i-pass",
         "channel": "web", "transport": "tls1.3"}
    ],
    "safeguards": [
        {"id": "g-1", "title": "TLS", "control": "encryption.in-transit", "kind": "technical",
         "scope": "all", "status": "in-place", "evidence": "proof.txt"}
    ],
    "acceptances": [
        {"id": "ac-1", "risk": TAPPED, "decision": "accept", "reason": "Small.",
         "decided_by": "Lin", "decided_on": "2026-01-10", "expires_on": "2026-12-31"}
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def salon(make_case: Callable[..., Case], tmp_path_factory: pytest.TempPathFactory) -> Case:
    root: Path = tmp_path_factory.mktemp("salon")
    (root / "evidence").mkdir()
    (root / "evidence" / "proof.txt").write_text("seen to work")
    case = make_case(**SALON)
    knowledge = replace(BUILT_IN, rules=RULES)
    return replace(case, root=root, methods=("gbt39335",), knowledge=knowledge)


def edit(case: Case, table: str, **cells: Any) -> Case:
    frame = case.frames[table].copy()
    for column, value in cells.items():
        frame[column] = pd.Series([value] * len(frame), dtype=frame[column].dtype)
    return replace(case, frames={**case.frames, table: frame})


def tell(found: Comparison) -> dict[str, list[tuple[str, list[tuple[str, list[str]]]]]]:
    """Return the groups that hold a risk: its id and, per reason, its kind and rows."""
    return {
        group: [
            (risk["id"], [(w["kind"], [r["id"] for r in w["rows"]]) for w in risk["why"]])
            for risk in members
        ]
        for group, members in found.to_dict()["risks"].items()
        if members
    }


def test_a_row_opens_a_gap_and_closes_it_again(salon: Case) -> None:
    unbound = edit(salon, "parties", contract=None)
    there, back = compare_cases(salon, unbound), compare_cases(unbound, salon)

    assert tell(there) == {"new": [(UNBOUND, [("row", ["p-1"])])]}
    assert tell(back) == {"gone": [(UNBOUND, [("row", ["p-1"])])]}
    level = there.risks["new"][0]["level"]
    assert (level, there.list_failing(level), there.list_failing("severe")) == (
        "high",
        [UNBOUND],
        [],
    )
    assert back.list_failing("low") == []


def test_a_safeguard_whose_evidence_is_gone_raises_a_risk(salon: Case) -> None:
    found = compare_cases(salon, edit(salon, "safeguards", evidence="lost.txt"))

    assert tell(found) == {"raised": [(TAPPED, [("safeguard", ["g-1"])])]}
    assert found.list_failing("low") == [TAPPED]


def test_an_acceptance_that_ends_changes_a_risk_without_moving_it(salon: Case) -> None:
    found = compare_cases(salon, replace(salon, as_of=date(2027, 1, 1)))

    assert tell(found) == {"changed": [(TAPPED, [("acceptance", ["ac-1"]), ("day", [])])]}
    [risk] = found.risks["changed"]
    assert risk["decision"] == {"from": "accept", "to": None}
    assert risk["why"][0]["because"] == (
        "The acceptance ac-1 no longer counts; it expired on 2026-12-31."
    )


def test_actions_and_acceptances_of_the_risk_are_causes(
    salon: Case, make_case: Callable[..., Case]
) -> None:
    action = {"id": "x-1", "risk": TAPPED, "title": "Lines", "status": "open", "owner": "Lin"}
    decided = {
        "actions": make_case(actions=[action]).frames["actions"],
        "acceptances": salon.frames["acceptances"].head(0),
    }
    found = compare_cases(salon, replace(salon, frames={**salon.frames, **decided}))

    assert tell(found) == {"changed": [(TAPPED, [("acceptance", ["ac-1"]), ("action", ["x-1"])])]}


def test_a_rule_that_reads_differently_is_the_cause(salon: Case) -> None:
    rule = RULES["interception"].model_copy(update={"remedy": ("account.mfa",)})
    packs = tuple(
        pack.model_copy(update={"version": "2"}) if pack.id == "exposure" else pack
        for pack in salon.knowledge.packs
    )
    knowledge = replace(salon.knowledge, rules={**RULES, "interception": rule}, packs=packs)
    found = compare_cases(salon, replace(salon, knowledge=knowledge))

    assert tell(found) == {"raised": [(TAPPED, [("rule", [])])]}
    [risk] = found.risks["raised"]
    assert risk["why"][0]["because"].startswith("The rule interception reads differently (")
    assert " → 2)" in risk["why"][0]["because"]


def test_a_method_that_reads_differently_is_the_cause(salon: Case) -> None:
    method = salon.knowledge.methods["gbt39335"]
    milder = dict(method.impact_by_category)
    milder["account.password"] = milder["account.nickname"]
    changed = method.model_copy(update={"impact_by_category": milder})
    knowledge = replace(salon.knowledge, methods={"gbt39335": changed})
    found = compare_cases(salon, replace(salon, knowledge=knowledge))

    assert tell(found) == {"lowered": [(TAPPED, [("pack", [])])]}
    assert found.list_failing("low") == []
