"""Treatment that is followed up: what counts, what is late, and what stays too high."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from piaskit.case import Case
from piaskit.risk import Assessment, assess_risks

# A password proposes a high impact on person and property; over plain transport that is severe.
SHOP: dict[str, list[dict[str, Any]]] = {
    "activities": [{"id": "orders", "title": "Orders"}, {"id": "quiet", "title": "Quiet"}],
    "items": [{"id": "i-pass", "activity": "orders", "category": "account.password"}],
    "flows": [
        {"id": "f-1", "activity": "orders", "stage": "collect", "items": "i-pass",
         "transport": "plain"},
        {"id": "f-2", "activity": "orders", "stage": "collect", "items": "i-pass",
         "transport": "tls1.3"},
        {"id": "f-3", "activity": "quiet", "stage": "collect", "transport": "plain"},
    ],
}  # fmt: skip
RISK = "leak@flows/f-1"
Assess = Callable[..., Assessment]


@pytest.fixture
def assess(make_case: Callable[..., Case], make_rule: Any) -> Assess:
    def run(activities: list[str] | None = None, **tables: Any) -> Assessment:
        case = make_case(rules=[make_rule("leak")], **{**SHOP, **tables})
        return assess_risks(case, activities=activities)

    return run


def act(**row: Any) -> dict[str, Any]:
    usual = {"id": "x-1", "risk": RISK, "title": "Encrypt", "option": "immediate", "owner": "Lin"}
    return {**usual, "due_on": "2026-12-31", "status": "open", **row}


def accept(**row: Any) -> dict[str, Any]:
    usual = {"id": "ac-1", "risk": RISK, "decision": "accept", "reason": "Small.", "owner": None}
    return {**usual, "decided_by": "Lin", "decided_on": "2026-01-10", "expires_on": "2026-12-31",
            **row}  # fmt: skip


def list_remarks(found: Assessment) -> list[tuple[str, str]]:
    remarks = found.to_dict()["treatment"]["remarks"]
    return [(remark["subject"]["id"], remark["slug"]) for remark in remarks]


def read_decision(found: Assessment) -> str | None:
    risk = next(risk for risk in found.result["risks"] if risk["id"] == RISK)
    decision: str | None = risk["treatment"]["decision"]
    return decision


def test_an_acceptance_that_lacks_something_is_told_and_does_not_count(assess: Assess) -> None:
    flaws: dict[str, dict[str, Any]] = {
        "not-counted-owner": {"decided_by": None},
        "not-counted-reason": {"reason": None},
        "not-counted-decision": {"decision": None},
        "not-counted-validity": {"expires_on": "2026-06-29"},
        "not-counted-day": {"decided_on": "2026-07-01"},
    }
    found = assess(acceptances=[accept(id=slug, **row) for slug, row in flaws.items()])

    assert list_remarks(found) == sorted((slug, slug) for slug in flaws)
    assert read_decision(found) is None
    assert RISK in found.list_failing("severe")


def test_an_acceptance_without_an_end_counts_and_is_told(assess: Assess) -> None:
    found = assess(actions=[act()], acceptances=[accept(expires_on=None)])

    assert list_remarks(found) == [("ac-1", "endless")]
    assert read_decision(found) == "accept"


def test_the_gate_opens_when_every_risk_of_the_level_is_accepted(assess: Assess) -> None:
    flows = SHOP["flows"][:1]
    accepted = assess(acceptances=[accept()], flows=flows)
    expired = assess(acceptances=[accept(expires_on="2026-06-29")], flows=flows)

    assert accepted.result["overall"] == {"gbt39335": "severe"}
    assert not accepted.reaches("high")
    assert expired.reaches("high")
    with pytest.raises(ValueError, match="'dire' is no level"):
        accepted.reaches("dire")


def test_an_open_action_after_its_day_is_overdue_with_days_and_owner(assess: Assess) -> None:
    late = act(id="x-2", due_on="2026-06-20")
    done = act(id="x-3", due_on="2026-06-01", status="done", done_on="2026-06-02")
    today = act(id="x-4", due_on="2026-06-30", status=None)
    older = act(id="x-5", due_on="2026-05-31")

    answer = assess(actions=[late, done, today, older]).to_dict()["treatment"]

    told = [(row["id"], row["days_late"], row["owner"]) for row in answer["overdue"]]
    assert told == [("x-5", 30, "Lin"), ("x-2", 10, "Lin")]
    assert [row["id"] for row in answer["claimed"]] == ["x-3"]
    assert [(o["id"], o["title_zh"], o["actions"]) for o in answer["options"]] == [
        ("immediate", "立即处置", 4),
        ("time-limited", "限期处置", 0),
        ("weigh", "权衡影响和成本后处置", 0),
        ("accept", "接受风险", 0),
    ]
    assert answer["counts"] == {"planned": 3, "claimed": 1, "verified": 0, "none": 0}
    first = answer["remarks"][0]
    assert first["message"] == "“Encrypt” was due on 2026-06-20 and is 10 days late."
    assert first["message_zh"] == "“Encrypt”应于 2026-06-20 完成，已逾期 10 天。"


def test_an_action_without_owner_or_day_is_told_and_nothing_is_invented(assess: Assess) -> None:
    found = assess(actions=[act(owner=None, due_on=None)])

    assert list_remarks(found) == [("x-1", "without-owner"), ("x-1", "without-due_on")]
    assert found.to_dict()["treatment"]["overdue"] == []


def test_a_risk_that_is_unknown_or_gone_is_told(assess: Assess) -> None:
    risks = ["leak@flows/f-11", "no such thing", "leak@flows/f-2", None]
    found = assess(actions=[act(id=f"x-{n}", risk=risk) for n, risk in enumerate(risks)])

    remarks = found.to_dict()["treatment"]["remarks"]
    assert [(r["slug"], r["risk"]) for r in remarks] == [
        ("unknown-near", "leak@flows/f-11"),
        ("unknown", "no such thing"),
        ("gone-open", "leak@flows/f-2"),
        ("riskless", None),
    ]
    assert remarks[0]["message"].endswith("which does not exist; did you mean leak@flows/f-1?")


def test_to_choose_acceptance_needs_an_acceptance_on_record(assess: Assess) -> None:
    elsewhere = act(id="x-2", option="accept", risk="leak@flows/f-3")
    found = assess(actions=[act(option="accept"), elsewhere], acceptances=[accept()])

    assert list_remarks(found) == [("x-2", "accepted-without-record")]


def test_an_assessment_of_some_activities_leaves_the_actions_of_others_out(assess: Assess) -> None:
    late = act(id="x-2", risk="leak@flows/f-3", due_on="2026-01-01")

    found = assess(["orders"], actions=[act(), late]).to_dict()["treatment"]

    assert found["overdue"] == []
    assert found["counts"]["planned"] == 1


def test_a_risk_above_the_line_after_treatment_means_consulting_or_stopping(
    make_case: Callable[..., Case], make_rule: Any
) -> None:
    def read(*regimes: str, **tables: Any) -> dict[str, Any]:
        case = make_case(rules=[make_rule("leak")], regimes=regimes, **{**SHOP, **tables})
        answer: dict[str, Any] = assess_risks(case).to_dict()
        return answer

    both = read("cn-pipl", "eu-gdpr")
    residual = both["treatment"]["residual"]
    assert [(r["id"], r["above_line"]) for r in both["risks"]] == [
        (RISK, True),
        ("leak@flows/f-3", False),
    ]
    assert (residual["line"], residual["risks"]) == ("medium", 1)
    assert residual["decision"] == "consult-or-stop"
    assert [(w["regime"], w["decision"], w["clause"]) for w in residual["regimes"]] == [
        ("cn-pipl", "reduce", "PIPL Art. 56"),
        ("eu-gdpr", "consult", "GDPR Art. 36"),
    ]
    tables = {"actions": [act()], "acceptances": [accept()]}
    planned = read("cn-pipl", **tables)["treatment"]["residual"]
    assert (planned["decision"], planned["regimes"]) == ("within-line", [])
    three = [{**SHOP["flows"][0], "id": f"f-{n}"} for n in range(3)]
    decided = [accept(risk="leak@flows/f-0"),
               accept(id="ac-2", risk="leak@flows/f-2", decision="suppress")]  # fmt: skip
    left = read("cn-pipl", flows=three, acceptances=decided)["treatment"]["residual"]
    assert (left["risks"], left["accepted"], left["suppressed"]) == (2, 1, 1)
    assert left["decision"] == "reduce-or-stop"
