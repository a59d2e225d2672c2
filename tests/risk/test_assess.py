"""Facts to levels, worked by hand from the standard's tables."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from piaskit.errors import InvalidData
from piaskit.risk import assess_risks
from piaskit.risk.scales import LEVELS, LIKELIHOODS, STATES

M = "gbt39335"
TLS, LOGS, ACCESS = "encryption.in-transit", "monitoring.logging", "access.logging"
# A password proposes high impact on person and property, medium on reputation (pack gbt39335).
SHOP: dict[str, list[dict[str, Any]]] = {
    "activities": [{"id": "orders", "title": "Orders"}, {"id": "quiet", "title": "Quiet"}],
    "items": [
        {"id": "i-pass", "activity": "orders", "category": "account.password", "title": "Password"},
        {"id": "i-nick", "activity": "quiet", "category": "account.nickname", "title": "Nickname"},
    ],
    "systems": [{"id": "s-web"}],
    "flows": [
        {"id": "f=1", "activity": "orders", "stage": "collect", "target": "s-web",
         "items": "i-pass", "transport": "plain"},
        {"id": "f-2", "activity": "quiet", "stage": "collect", "target": "s-web",
         "items": "i-nick", "transport": "tls1.3"},
    ],
}  # fmt: skip
RISK = "leak@flows/f=1"


def protect(control: str, **row: Any) -> dict[str, Any]:
    usual = {"id": f"g-{control}", "control": control, "kind": "technical", "scope": "flows/f=1"}
    return {**usual, "status": "in-place", "evidence": "proof.txt", **row}


def judge(dimension: str | None, level: str | None, **row: Any) -> dict[str, Any]:
    usual = {"id": "j-1", "activity": "orders", "reason": "seen on site", "judged_by": "Lin"}
    return {**usual, "dimension": dimension, "level": level, **row}


def act(status: str | None = "open", option: str | None = "immediate", risk: str = RISK) -> Any:
    return {"id": "x-1", "risk": risk, "status": status, "option": option, "title": "Encrypt"}


@pytest.fixture
def assess(make_case: Any, make_rule: Any) -> Any:
    """Assess the shop with one rule, `leak`, which fires on flow f=1."""

    def run(rule: dict[str, Any] | None = None, **tables: Any) -> dict[str, Any]:
        case = make_case(rules=[make_rule("leak", **(rule or {}))], **{**SHOP, **tables})
        return assess_risks(case).to_dict()

    return run


def read_risk(result: dict[str, Any], id: str = RISK) -> dict[str, Any]:
    return next(risk for risk in result["risks"] if risk["id"] == id)


def read_states(result: dict[str, Any], id: str = RISK) -> list[tuple[str, str, str]]:
    levels = read_risk(result, id)["levels"][M]
    return [(s["impact"], s["likelihood"], s["level"]) for s in map(levels.get, STATES)]


def read_source(result: dict[str, Any], source: str, activity: str = "orders") -> dict[str, Any]:
    found = next(a for a in result["activities"] if a["id"] == activity)
    return dict(found["sources"][source])


def read_right(result: dict[str, Any], right: str, activity: str = "orders") -> dict[str, Any]:
    return dict(next(a for a in result["activities"] if a["id"] == activity)["rights"][right])


def test_without_safeguards_all_states_meet_the_worst_criterion(assess: Any) -> None:
    # high impact x very high likelihood = severe (D.5)
    assert read_states(assess()) == [("high", "very-high", "severe")] * 3


@pytest.mark.parametrize(
    ("controls", "likelihood", "level"),
    [
        ([TLS], "high", "high"),  # 1 of 3: incomplete; high x high = high
        ([TLS, LOGS], "medium", "medium"),  # 2 of 3: some; high x medium = medium
        ([TLS, LOGS, ACCESS], "low", "medium"),  # 3 of 3: effective; high x low = medium
    ],
)
def test_each_verified_control_moves_the_criterion_that_is_met(
    assess: Any, controls: list[str], likelihood: str, level: str
) -> None:
    result = assess(safeguards=[protect(control) for control in controls])

    assert read_states(result) == [
        ("high", "very-high", "severe"),
        ("high", likelihood, level),
        ("high", likelihood, level),
    ]


def test_claimed_safeguards_count_only_in_the_planned_state(assess: Any) -> None:
    planned = assess(safeguards=[protect(TLS, status="planned", evidence=None)])
    partly = assess(safeguards=[protect(TLS, status="partly")])
    unproven = assess(safeguards=[protect(TLS, evidence=None)])

    for result in (planned, partly, unproven):
        assert [s[1] for s in read_states(result)] == ["very-high", "very-high", "high"]


@pytest.mark.parametrize(
    "row",
    [
        {"evidence_sha256": "0" * 64},
        {"evidence": "gone.txt"},
        {"expires_on": "2026-01-01"},
        {"status": "retired"},
        {"status": None},
        {"scope": "flows/f-2"},
    ],
)
def test_safeguards_that_failed_or_stand_elsewhere_never_count(
    assess: Any, row: dict[str, Any]
) -> None:
    assert [s[1] for s in read_states(assess(safeguards=[protect(TLS, **row)]))] == [
        "very-high"
    ] * 3


@pytest.mark.parametrize(
    ("action", "likelihoods"),
    [
        (act("open"), ["very-high", "very-high", "low"]),
        (act("done"), ["very-high", "very-high", "low"]),
        (act(None), ["very-high", "very-high", "low"]),
        (act("verified"), ["very-high", "low", "low"]),
        (act("dropped"), ["very-high"] * 3),
        (act("open", "accept"), ["very-high"] * 3),
        (act("open", None), ["very-high", "very-high", "low"]),
        (act("open", risk="leak@flows/f"), ["very-high"] * 3),
    ],
)
def test_an_action_counts_by_its_status_and_option(
    assess: Any, action: dict[str, Any], likelihoods: list[str]
) -> None:
    assert [s[1] for s in read_states(assess(actions=[action]))] == likelihoods


def test_an_action_closes_a_gap_but_not_an_exposure(assess: Any) -> None:
    same = dict.fromkeys(("none", "incomplete", "some", "effective"), "high")

    gap = assess({"kind": "gap", "meets": same}, actions=[act()])
    exposure = assess({"kind": "exposure", "meets": same}, actions=[act()])

    assert [s[1] for s in read_states(gap)] == ["high", "high", "low"]
    assert [s[1] for s in read_states(exposure)] == ["high", "high", "high"]


def test_the_result_names_rights_rows_clauses_and_treatment_of_a_risk(assess: Any) -> None:
    risk = read_risk(assess(actions=[act()]))

    assert (risk["rule"], risk["kind"], risk["source"]) == ("leak", "exposure", "network-tech")
    assert risk["subject"] == {"table": "flows", "id": "f=1"}
    assert (risk["activity"], risk["stage"], risk["event"]) == ("orders", "collect", "access")
    assert risk["flows"] == ["f=1"]
    assert risk["rights"] == ["reputation-stress", "person-property"]
    assert risk["rights_levels"]["reputation-stress"] == {
        "inherent": "high",  # medium impact x very high likelihood
        "current": "high",
        "planned": "low",  # medium x low
    }
    assert risk["because"][0] == {
        "text": "leak fires",
        "text_zh": "leak 触发",
        "clause": "PIPL Art. 51(3)",
        "clause_zh": "《个人信息保护法》第51条第3项",
        "rows": [{"table": "flows", "id": "f=1"}],
    }
    assert risk["because"][-1]["rows"] == [{"table": "items", "id": "i-pass"}]
    assert [a["id"] for a in risk["treatment"]["actions"]] == ["x-1"]


def test_an_activity_has_the_highest_cell_over_its_pairs(assess: Any) -> None:
    result = assess()
    orders, quiet = result["activities"]

    assert orders["level"] == "severe"  # high x very high
    assert quiet["level"] == "low"  # low x low: nothing found, nickname only annoys
    assert result["overall"] == {M: "severe"}
    assert result["counts"]["current"] == {"low": 0, "medium": 0, "high": 0, "severe": 1}
    assert result["rights"]["person-property"]["current"] == {"high": 0, "severe": 1}
    assert result["rights"]["autonomy"]["current"] == {"high": 0, "severe": 0}


def test_a_dimension_without_hits_says_that_nothing_was_found(assess: Any) -> None:
    found = read_source(assess(), "process")

    assert found["likelihood"] == "low"
    assert found["because"].startswith("no rule found anything here; the lowest criterion is taken")
    assert found["rows"] == []


def test_an_activity_without_items_stands_lowest_and_says_why(assess: Any) -> None:
    result = assess(items=[], flows=[])

    right = read_right(result, "autonomy")
    assert right["impact"] == "low"
    assert "no item recorded here has a proposed impact" in right["because"]
    assert result["overall"] == {M: "low"}


@pytest.mark.parametrize(
    ("row", "impact"),
    [
        ({}, "high"),
        ({"subjects": "Pupils of two schools"}, "severe"),
        ({"subjects": "小学生及家长"}, "severe"),
        ({"children": "12"}, "severe"),
        ({"minors": "yes"}, "severe"),
        ({"children": "0", "subjects": "minority shareholders"}, "high"),
    ],
)
def test_a_weak_group_raises_the_impact_by_one_step(
    assess: Any, row: dict[str, Any], impact: str
) -> None:
    result = assess(activities=[{"id": "orders", **row}], flows=SHOP["flows"][:1])

    assert read_right(result, "person-property")["impact"] == impact


def test_half_a_million_persons_raise_only_sensitive_items(assess: Any) -> None:
    def rate(persons: int, category: str) -> str:
        result = assess(
            activities=[{"id": "orders", "persons": persons}],
            items=[{"id": "i-pass", "activity": "orders", "category": category}],
        )
        return str(read_right(result, "person-property")["impact"])

    # finance.payment-card is sensitive under PIPL 28, account.password is not
    assert rate(499_999, "finance.payment-card") == "high"
    assert rate(500_000, "finance.payment-card") == "severe"
    assert rate(500_000, "account.password") == "high"


def test_de_identification_lowers_the_impact_where_it_is_verified(assess: Any) -> None:
    masked = protect("deidentification.pseudonymisation", scope="category:account")
    found = read_right(assess(safeguards=[masked]), "person-property")

    assert (found["inherent"], found["current"], found["planned"]) == ("high", "medium", "medium")
    assert "shifted by -1: De-identification is shown to lower the sensitivity" in found["because"]
    assert "confidence of this reading: medium" in found["because"]


def test_a_judgement_overrides_the_current_value_and_both_are_shown(assess: Any) -> None:
    found = read_source(assess(judgements=[judge("network-tech", "medium")]), "network-tech")

    assert (found["proposed"], found["judged"], found["likelihood"]) == (
        "very-high",
        "medium",
        "medium",
    )
    assert (found["inherent"], found["planned"]) == ("very-high", "medium")
    assert found["because"].startswith("judged Medium (proposed: Very high): seen on site; ")
    assert (found["judged_by"], found["reason"]) == ("Lin", "seen on site")
    assert found["rows"][0] == {"table": "judgements", "id": "j-1"}


def test_a_judgement_below_the_proposal_holds_the_risks_of_its_activity_down(assess: Any) -> None:
    likely = assess(judgements=[judge("network-tech", "medium")])
    harmful = assess(judgements=[judge("person-property", "low")])

    assert read_states(likely) == [
        ("high", "very-high", "severe"),
        ("high", "medium", "medium"),
        ("high", "medium", "medium"),
    ]
    # the medium impact on reputation is now the worst
    assert read_states(harmful)[1] == ("medium", "very-high", "high")


def test_a_judgement_above_the_proposal_raises_inherent_and_stays_until_treated(
    assess: Any,
) -> None:
    alarm = judge("business-scale", "very-high", problem="A warning came in.")
    untreated = assess(judgements=[alarm])
    treated = assess(judgements=[alarm], actions=[act("open", risk="judgement@judgements/j-1")])

    def states(result: dict[str, Any]) -> list[str]:
        found = read_source(result, "business-scale")
        return [found["inherent"], found["current"], found["planned"]]

    assert states(untreated) == ["very-high"] * 3
    assert states(treated) == ["very-high", "very-high", "low"]
    assert read_states(treated, "judgement@judgements/j-1") == [
        ("high", "very-high", "severe"),
        ("high", "very-high", "severe"),
        ("high", "low", "medium"),
    ]


@pytest.mark.parametrize(
    ("row", "is_risk"),
    [
        (judge("process", "low", problem="Nobody asks why."), True),  # no rule fired there
        (judge("process", "high"), False),  # names no problem
        (judge("network-tech", "high", problem="Old cable."), False),  # a rule says more
        (judge("person-property", "severe", problem="Stalking."), True),  # above the proposal
        (judge("person-property", "high", problem="Fraud."), False),  # as proposed
        (judge("autonomy", None, problem="Forced."), True),  # no level: nothing to compare
        (judge(None, None, problem="From a foreign register."), True),
        (judge("necessity", None, problem="Not needed."), False),
        (judge("other-impact", "yes", problem="Major."), False),
    ],
)
def test_a_problem_that_no_rule_found_is_a_risk_of_its_own(
    assess: Any, row: dict[str, Any], is_risk: bool
) -> None:
    ids = [risk["id"] for risk in assess(judgements=[row])["risks"]]

    assert ids == ([RISK, "judgement@judgements/j-1"] if is_risk else [RISK])


def test_of_two_judgements_the_later_holds_and_the_earlier_is_no_risk(assess: Any) -> None:
    rows = [
        judge("process", "high", id="j-new", judged_on="2026-05-01", problem="Now."),
        judge("process", "very-high", id="j-old", judged_on="2025-05-01", problem="Then."),
    ]
    result = assess(judgements=rows)

    assert read_source(result, "process")["likelihood"] == "high"
    assert [r["id"] for r in result["risks"]] == [RISK, "judgement@judgements/j-new"]


def test_scale_alone_weighs_less_with_complete_measures(assess: Any) -> None:
    same = dict.fromkeys(("none", "incomplete", "some", "effective"), "high")
    rule = {
        "about": "activity",
        "where": "id = 'orders'",
        "source": "business-scale",
        "meets": same,
        "modifiers": ["prepared-large-scale"],
        "remedy": ["incident.response-plan", "incident.drill"],
    }
    both = [protect(c, scope="all", tested_on="2026-02-01") for c in rule["remedy"]]

    def rate(safeguards: list[dict[str, Any]], **other: Any) -> list[str]:
        return [
            s[1]
            for s in read_states(
                assess({**rule, **other}, safeguards=safeguards), "leak@activities/orders"
            )
        ]

    assert rate(both) == ["high", "medium", "medium"]
    assert rate(both[:1]) == ["high", "high", "high"]
    assert rate(both, modifiers=[]) == ["high", "high", "high"]


def test_a_subject_takes_the_highest_impact_of_what_it_touches(assess: Any) -> None:
    system = assess({"about": "system", "where": "id = 's-web'"})
    item = assess({"about": "item", "where": "id = 'i-nick'"})
    whole = assess({"about": "organisation", "where": "true"})

    assert read_states(system, "leak@systems/s-web")[1][0] == "high"
    assert read_states(item, "leak@items/i-nick")[1][0] == "low"
    assert read_states(whole, "leak@organisation/shop")[1] == ("high", "very-high", "severe")


def test_an_assessment_of_some_activities_leaves_the_others_out(
    make_case: Any, make_rule: Any
) -> None:
    case = make_case(rules=[make_rule("leak")], **SHOP)

    result = assess_risks(case, activities=["quiet"]).to_dict()

    assert [a["id"] for a in result["activities"]] == ["quiet"]
    assert result["risks"] == []
    assert result["overall"] == {M: "low"}


def test_other_methods_on_what_was_found_before_say_what_they_say_alone(
    make_case: Any, make_rule: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_case(rules=[make_rule("leak")], **SHOP)
    methods = f"{M},cnil,nist-pram"
    expected = assess_risks(case, methods, ["orders"]).to_dict()

    first = assess_risks(case, activities=["orders"])
    monkeypatch.setattr("piaskit.risk.assess.run_rules", None)
    found = assess_risks(case, methods, ["orders"], like=first)

    assert expected == found.to_dict()


def test_unknown_names_are_refused_with_the_nearest_one(make_case: Any, make_rule: Any) -> None:
    case = make_case(rules=[make_rule("leak")], **SHOP)

    with pytest.raises(InvalidData) as method:
        assess_risks(case, method="gbt39355")
    with pytest.raises(InvalidData) as activity:
        assess_risks(case, activities=["order"])

    assert str(method.value) == "--method: there is no method gbt39355 (did you mean gbt39335?)"
    assert str(activity.value) == "--activity: there is no activity order (did you mean orders?)"


def test_acceptances_take_a_risk_out_of_the_gate_until_they_expire(
    make_case: Any, make_rule: Any
) -> None:
    def fail(level: str, **row: Any) -> list[str]:
        usual = {"id": "ac", "risk": RISK, "decision": "accept", "decided_by": "Lin"}
        accepted = [{**usual, "reason": "Small.", **row}] if row else []
        case = make_case(rules=[make_rule("leak")], **SHOP, acceptances=accepted)
        return assess_risks(case).list_failing(level)

    assert fail("severe") == [RISK]
    assert fail("low", expires_on="2026-06-30") == []
    assert fail("severe", expires_on="2026-06-29") == [RISK]
    assert fail("severe", risk="leak@flows/other") == [RISK]
    with pytest.raises(ValueError, match="'dire' is no level; levels are low, medium, high, sev"):
        fail("dire")


def test_the_summary_shows_text_of_a_case_as_text(make_case: Any, make_rule: Any) -> None:
    found = assess_risks(make_case(rules=[make_rule("leak")], **SHOP))

    card = " ".join(re.sub("<[^>]*>", " ", found._repr_html_()).split())
    assert "Current ▲ Severe 0 0 0 1" in card
    assert list(found.risks["current_level"]) == ["severe"]
    assert list(found.activities["network-tech"]) == ["very-high", "low"]


def test_an_empty_case_has_no_risks(make_case: Any) -> None:
    result = assess_risks(make_case(rules=[])).to_dict()

    assert (result["risks"], result["activities"]) == ([], [])
    assert result["overall_states"] == {M: dict.fromkeys(STATES, "low")}


SAFEGUARDS = [
    protect(control, id=f"{control}-{scope}", scope=scope)
    for control in (TLS, LOGS, ACCESS, "deidentification.pseudonymisation")
    for scope in ("all", "systems/s-web", "category:account")
]


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    chosen=st.lists(
        st.tuples(
            st.sampled_from(range(len(SAFEGUARDS))), st.sampled_from(["in-place", "planned"])
        ),
        max_size=6,
        unique_by=lambda pair: pair[0],
    ),
    judgement=st.none()
    | st.tuples(
        st.sampled_from(["network-tech", "process", "person-property"]),
        st.sampled_from(["low", "medium", "high"]),
    ),
    meets=st.tuples(*[st.sampled_from(LIKELIHOODS)] * 4),
)
def test_more_safeguards_never_mean_more_risk(
    assess: Any,
    chosen: list[tuple[int, str]],
    judgement: tuple[str, str] | None,
    meets: tuple[str, str, str, str],
) -> None:
    """A judgement is fixed, so a plan carried out under it can leave it above the proposal."""
    rule = {"meets": dict(zip(("none", "incomplete", "some", "effective"), meets, strict=True))}
    rows = [{**SAFEGUARDS[at], "status": status} for at, status in chosen]
    judged = [judge(*judgement, problem="Seen.")] if judgement else []
    fewer = assess(rule, safeguards=rows[:-1], judgements=judged)
    more = assess(rule, safeguards=rows, judgements=judged)

    def rank(result: dict[str, Any]) -> dict[str, list[int]]:
        risks = {r["id"]: r["levels"][M] for r in result["risks"]}
        levels = {id: [LEVELS.index(s[st]["level"]) for st in STATES] for id, s in risks.items()}
        for activity in result["activities"]:
            levels[activity["id"]] = [LEVELS.index(activity["levels"][s]) for s in STATES]
        return levels

    for inherent, current, planned in rank(more).values():
        assert planned <= current <= inherent
    before, after = rank(fewer), rank(more)
    for id in before.keys() & after.keys():
        states = slice(2) if judgement else slice(3)
        assert all(b >= a for b, a in zip(before[id][states], after[id][states], strict=True))


def test_a_shift_that_the_end_of_the_scale_holds_back_is_not_named(assess: Any) -> None:
    masked = protect("deidentification.anonymisation", scope="all")
    result = assess(safeguards=[masked])

    assert "shifted" not in read_right(result, "reputation-stress", "quiet")["because"]
    assert "shifted by -1" in read_right(result, "reputation-stress")["because"]


def test_the_stage_of_a_risk_is_that_of_its_flow(assess: Any) -> None:
    rule = {"about": "system", "stages": ["store", "collect"]}
    system = assess(
        {**rule, "query": "select id, ['f=1'] as flows from system_facts", "where": None}
    )

    assert read_risk(system, "leak@systems/s-web")["stage"] == "collect"


def test_several_methods_give_each_risk_a_level_per_method(make_case: Any, make_rule: Any) -> None:
    case = make_case(rules=[make_rule("leak")], **SHOP)
    plain = case.knowledge.methods[M]
    mild = {row: dict.fromkeys(cells, "low") for row, cells in plain.matrix.items()}
    own = plain.model_copy(update={"id": "own", "matrix": mild})
    case = replace(case, knowledge=replace(case.knowledge, methods={M: plain, "own": own}))

    alone, both = assess_risks(case), assess_risks(case, f"{M}, own,own")

    assert both.result["methods"] == [M, "own"]
    assert both.result["overall"] == alone.result["overall"] | {"own": "low"}
    levels = read_risk(both.result)["levels"]
    assert levels[M] == read_risk(alone.result)["levels"][M]
    assert [levels["own"][state]["level"] for state in STATES] == ["low"] * 3
    assert both.risks.equals(alone.risks)
    with pytest.raises(InvalidData, match="there is no method ownn"):
        assess_risks(case, f"{M},ownn")
