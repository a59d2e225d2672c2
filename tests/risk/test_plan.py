"""The plan: what lowers a risk, who does it, and what is still to be said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from piaskit.case import Case
from piaskit.risk import assess_risks

TLS, LOGS, ACCESS = "encryption.in-transit", "monitoring.logging", "access.logging"
SHOP: dict[str, list[dict[str, Any]]] = {
    "activities": [{"id": "orders", "title": "Orders"}],
    "items": [
        {"id": "i-pass", "activity": "orders", "category": "account.password"},
        {"id": "i-nick", "activity": "orders", "category": "account.nickname"},
    ],
    "flows": [
        {"id": f"f-{n}", "activity": "orders", "stage": "collect", "items": item,
         "transport": "plain"}
        for n, item in enumerate(["i-pass", "i-pass", "i-pass", "i-nick"])
    ],
    "safeguards": [
        {"id": "g-1", "control": TLS, "kind": "technical", "scope": "flows/f-2",
         "status": "in-place", "evidence": "proof.txt", "owner": "Mo"},
        {"id": "g-2", "control": LOGS, "kind": "technical", "scope": "all", "status": "planned"},
    ],
    "actions": [
        {"id": "x-1", "risk": "leak@flows/f-1", "title": "Encrypt", "option": "weigh",
         "owner": "Lin", "due_on": "2026-12-31"}
    ],
}  # fmt: skip
Plan = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def plan(make_case: Callable[..., Case], make_rule: Any) -> Plan:
    def run(costs: tuple[Any, ...] = (), **rule: Any) -> list[dict[str, Any]]:
        rows = [dict(row) for row in SHOP["safeguards"]]
        for row, (cost, currency) in zip(rows, costs, strict=False):
            row |= {"cost_year": cost, "currency": currency}
        case = make_case(rules=[make_rule("leak", **rule)], **{**SHOP, "safeguards": rows})
        return assess_risks(case).plan

    return run


def list_deeds(row: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(step["control"], step["do"], step["safeguard"]) for step in row["steps"]]


def test_each_risk_that_is_too_high_or_treated_has_its_steps(plan: Plan) -> None:
    rows = plan()

    # f-3 carries a nickname and stays below the line; f-1 is treated, so it stands alone.
    assert [row["risks"] for row in rows] == [
        ["leak@flows/f-0"],
        ["leak@flows/f-1"],
        ["leak@flows/f-2"],
    ]
    alone, treated, partly = rows
    assert list_deeds(alone) == [
        (LOGS, "finish", "g-2"),
        (TLS, "widen", "g-1"),
        (ACCESS, "introduce", None),
    ]
    assert (TLS, "widen", "g-1") not in list_deeds(partly)
    assert (alone["level"], alone["planned"], alone["reached"]) == ("severe", "high", "medium")
    assert (alone["above_line"], alone["enough"], alone["proposed"]) == (True, True, "immediate")
    assert (alone["owners"], alone["due_on"]) == (["Mo"], None)
    assert alone["missing"] == ["action", "due_on"]
    assert (treated["option"], treated["owners"]) == ("weigh", ["Lin"])
    assert (treated["due_on"], treated["missing"]) == ("2026-12-31", [])
    assert treated["planned"] == "medium"


def test_the_cheapest_comes_first_where_costs_are_in_one_currency(plan: Plan) -> None:
    dear, cheap = (90_000, "CNY"), (20_000, "CNY")

    assert [d[0] for d in list_deeds(plan((cheap, dear))[0])] == [TLS, LOGS, ACCESS]
    assert [d[0] for d in list_deeds(plan((cheap, (9, "EUR")))[0])] == [LOGS, TLS, ACCESS]


def test_alike_risks_share_a_row_and_a_gap_is_closed_by_its_action(plan: Plan) -> None:
    meets = {"none": "high", "incomplete": "high", "some": "high", "effective": "high"}
    rows = plan(kind="gap", meets=meets, remedy=[ACCESS])

    assert [row["risks"] for row in rows] == [
        ["leak@flows/f-0", "leak@flows/f-2"],
        ["leak@flows/f-1"],
    ]
    assert {(row["level"], row["reached"]) for row in rows} == {("high", "medium")}
    assert rows[0]["missing"] == ["action", "owner", "due_on"]


def test_what_only_people_see_is_planned_too(make_case: Callable[..., Case]) -> None:
    judgement = {"id": "j-1", "dimension": "process", "level": "very-high", "problem": "No rota",
                 "reason": "Seen", "judged_by": "Lin", "activity": "orders"}  # fmt: skip
    [row] = assess_risks(make_case(rules=[], **SHOP, judgements=[judgement])).plan

    assert row["risks"] == ["judgement@judgements/j-1"]
    assert (row["steps"], row["reached"]) == ([], None)
