"""The channel plan: what is stated is used, what is not is named, and the law keeps its say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from piaskit.case import Case, read_case
from piaskit.errors import InvalidData
from piaskit.incident import build_facts, plan_reach, read_facts
from piaskit.knowledge import load_knowledge

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"
LIST = MARKETPLACE / "incidents" / "courier-list.yaml"
LEAK: dict[str, Any] = {
    "regimes": ["cn-pipl", "eu-gdpr"],
    "role": "controller",
    "persons": {"low": 900, "best": 1000, "high": 1300},
    "confidentiality": {"state": "confirmed"},
}


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case(MARKETPLACE, as_of=date(2026, 11, 12))


def plan(case: Case, **changes: Any) -> dict[str, Any]:
    facts = build_facts({**LEAK, **changes}, load_knowledge())
    return plan_reach(facts, case, trials=200).to_dict()


def change_channels(case: Case, **columns: Any) -> Case:
    frame = case.frames["channels"].assign(**columns)
    return replace(case, frames={**case.frames, "channels": frame})


def test_the_plan_says_who_knows_by_when_and_at_what_cost(case: Case) -> None:
    answer = plan_reach(read_facts(LIST, load_knowledge()), case, trials=500).to_dict()

    assert [channel["id"] for channel in answer["channels"]] == [
        "n-push", "n-sms", "n-mail", "n-call", "n-letter",
    ]  # fmt: skip
    assert answer["missing"] == []
    assert set(answer["time_to"]) == {"50", "90", "99"}
    medians = [point["q50"]["value"] for point in answer["curve"]]
    assert medians == sorted(medians)
    for found in answer["time_to"].values():
        low, high = found["q50"]["ci"]
        assert low <= found["q50"]["value"] <= high
    assert answer["cost"]["mean"] > 0
    assert answer["currency"] == "CNY"
    told = sum(channel["reached"] for channel in answer["channels"])
    assert told + answer["unreached"]["mean"] == pytest.approx(18400, rel=0.02)


def test_the_same_seed_gives_the_same_answer(case: Case) -> None:
    first, second = (json.dumps(plan(case)) for _ in range(2))

    assert first == second


def test_whom_no_channel_reaches_needs_an_announcement_and_the_law_is_cited(case: Case) -> None:
    announcement = plan(case, regimes=["cn-pipl"], minors=0, children=0)["announcement"]

    assert announcement["verdict"] == "in-addition"
    assert announcement["instead"] == "judge"
    assert announcement["clauses"] == ["GB/T 35273-2020, 10.2", "PIPL Art. 57"]
    assert "an announcement is due for them" in announcement["because"][0]
    assert announcement["channels"][0]["id"] == "n-web"


def test_gdpr_and_minors_bring_their_own_clauses(case: Case) -> None:
    announcement = plan(case, minors=20, special={"health": "yes"})["announcement"]

    assert {"GDPR Art. 34(3)(c)", "Minors Regulations Art. 35"} <= set(announcement["clauses"])


def test_who_need_not_be_told_needs_no_announcement(case: Case) -> None:
    known = {"harm_avoided": "yes", "minors": 0, "children": 0, "misuse": "none-known"}
    announcement = plan(case, **known)["announcement"]

    assert (announcement["verdict"], announcement["instead"]) == ("not-needed", "not-needed")


def test_a_number_of_persons_that_is_not_known_is_missing_and_not_guessed(case: Case) -> None:
    answer = plan(case, persons={"low": 900})

    assert answer["missing"] == ["persons"]
    assert "time_to" not in answer
    assert answer["announcement"]["verdict"] == "judge"


def test_a_channel_without_its_numbers_is_left_out_by_name(case: Case) -> None:
    reach = case.frames["channels"]["reach"].copy()
    reach.iloc[0] = None
    answer = plan(change_channels(case, reach=reach))

    assert answer["missing"] == ["channels/n-push.reach"]
    assert "n-push" not in [channel["id"] for channel in answer["channels"]]


def test_a_case_without_channels_says_so(case: Case) -> None:
    empty = case.frames["channels"].iloc[:0]
    bare = replace(case, frames={**case.frames, "channels": empty})

    assert plan(bare)["missing"] == ["channels"]


def test_channels_of_other_activities_are_left_out(case: Case) -> None:
    answer = plan(case, activities=["hr"])

    assert "n-push" not in [channel["id"] for channel in answer["channels"]]


def test_numbers_that_cannot_be_are_refused_all_at_once(case: Case) -> None:
    with pytest.raises(InvalidData) as refused:
        plan(change_channels(case, coverage=120, opens_at=25))

    assert str(refused.value.issues[0]) == ("channels, n-push: coverage is 120, expected 0 to 100")
    assert {issue.slug for issue in refused.value.issues} == {"channel-number"}
    assert len(refused.value.issues) == 2 * len(case.frames["channels"])
