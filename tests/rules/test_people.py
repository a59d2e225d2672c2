"""People and plan: what docs/people.md says fires, on small registers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from piaskit.case import Case
from piaskit.rules import run_rules

OFFICER = {"id": "r", "role": "pi-protection-officer", "holder": "A", "contact": "a@shop.example"}
PLAN = {"id": "g", "control": "incident.response-plan", "kind": "organisational", "scope": "all"}
PLAN |= {"status": "in-place", "evidence_on": "2026-04-02"}
TRAINING = {"id": "t", "held_on": "2026-03-01", "invited": 10, "attended": 9, "passed": 8}


def find(case: Case) -> set[str]:
    case = replace(case, as_of=date(2026, 9, 30))
    return {hit.rule.id for hit in run_rules(case, ("proof",), about=("organisation",))}


def of_size(case: Case, persons: int, reached: str | None = None) -> Case:
    own = replace(case.organisation, persons_total=persons, million_persons_on=reached)
    return replace(case, organisation=own)


def test_a_blank_case_lacks_lead_training_audit_drill_and_plan(
    make_case: Callable[..., Case],
) -> None:
    assert find(make_case()) == {
        "incident-lead-missing", "training-missing", "audit-missing", "drill-missing",
        "plan-missing",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("reached", "filed", "found"),
    [
        ("2026-01-05", "2026-02-14", False),  # a Saturday that is worked
        ("2026-01-05", "2026-02-15", True),
        ("2024-01-05", "2025-08-29", False),  # the day for those who had reached it
        ("2024-01-05", "2025-08-30", True),
        (None, "2026-08-30", False),
    ],
)
def test_an_officer_is_filed_late_after_thirty_working_days(
    make_case: Callable[..., Case], reached: str | None, filed: str, found: bool
) -> None:
    case = of_size(make_case(roles=[{**OFFICER, "filed_on": filed}]), 1_000_000, reached)

    assert ("officer-filed-late" in find(case)) == found


@pytest.mark.parametrize(
    ("persons", "appointed", "found"),
    [
        (1_000_000, "2026-08-12", True),
        (1_000_000, "2026-09-20", False),  # still in time on 2026-09-30
        (1_000_000, "2025-08-12", False),  # the day of the filing itself
        (999_999, "2026-08-12", False),
    ],
)
def test_a_new_officer_is_filed_anew(
    make_case: Callable[..., Case], persons: int, appointed: str, found: bool
) -> None:
    role = {**OFFICER, "filed_on": "2025-08-12", "appointed_on": appointed}

    assert ("officer-change-not-filed" in find(of_size(make_case(roles=[role]), persons))) == found


@pytest.mark.parametrize(
    ("contact", "found"),
    [
        ({"role": "pi-protection-officer", "email": "pi@shop.example"}, False),
        ({"role": "个人信息保护负责人", "phone": "400-000-0000"}, False),
        ({"role": "pi-protection-officer"}, True),
    ],
)
def test_the_contact_of_an_officer_is_public(
    make_case: Callable[..., Case], contact: dict[str, str], found: bool
) -> None:
    case = of_size(make_case(roles=[OFFICER]), 1_000_000)

    told = find(replace(case, contacts=(contact,)))

    assert ("officer-contact-not-published" in told) == found


def test_departments_and_heads_depend_on_the_number_of_persons(
    make_case: Callable[..., Case],
) -> None:
    case = make_case(roles=[{**OFFICER, "id": "s", "role": "data-security-officer"}])
    whole = make_case(
        roles=[
            {**OFFICER, "id": "s", "role": "data-security-officer", "department": "Security"},
            {**OFFICER, "department": "Privacy office"},
        ]
    )

    assert find(of_size(case, 10_000_000)) >= {"security-head-missing", "department-not-named"}
    assert not find(of_size(case, 999_999)) & {"security-head-missing", "department-not-named"}
    assert not find(of_size(whole, 10_000_000)) & {
        "security-head-missing", "department-not-named",
    }  # fmt: skip


def test_watching_people_needs_a_judgement_about_an_officer_under_the_gdpr(
    make_case: Callable[..., Case],
) -> None:
    tables = {
        "activities": [{"id": "a"}, {"id": "b", "role": "processor"}],
        "items": [{"id": "i", "activity": "a", "category": "behaviour.browsing"}],
    }
    case = make_case(regimes=("eu-gdpr",), **tables)
    named = make_case(regimes=("eu-gdpr",), roles=[{**OFFICER, "role": "dpo"}], **tables)

    hits = run_rules(case, ("proof",), about=("organisation",))

    assert [(hit.rule.id, hit.activities) for hit in hits] == [("dpo-to-judge", ("a",))]
    assert find(named) == {"dpo-contact-not-published"}
    assert find(replace(named, contacts=({"role": "dpo", "email": "d@shop.example"},))) == set()


def test_who_acts_in_an_incident_can_be_reached_and_is_still_there(
    make_case: Callable[..., Case],
) -> None:
    lead = {"id": "l", "role": "incident-lead", "holder": "Li Lan"}
    left = {"id": "x", "person": "Wang Wu; Li Lan", "left_on": "2026-09-30"}

    assert "emergency-contact-missing" in find(make_case(roles=[lead]))
    assert "holder-has-left" in find(make_case(roles=[lead], access=[left]))
    assert "holder-has-left" not in find(
        make_case(roles=[lead], access=[{**left, "left_on": "2026-10-01"}])
    )
    assert "incident-lead-missing" not in find(make_case(roles=[lead]))


@pytest.mark.parametrize(
    ("trainings", "found"),
    [
        ([TRAINING], set()),
        ([{**TRAINING, "held_on": "2025-09-30"}], set()),  # the day itself is inside
        ([{**TRAINING, "held_on": "2025-09-29"}], {"training-missing"}),
        ([{**TRAINING, "held_on": "2026-10-01"}], {"training-missing"}),
        ([{**TRAINING, "attended": 8}], {"training-coverage-low"}),
        ([{**TRAINING, "passed": 7}], {"training-effect-low"}),
        ([{**TRAINING, "passed": None}], {"training-not-tested"}),
        ([TRAINING, {**TRAINING, "id": "u", "invited": 0, "attended": 0, "passed": 0}], set()),
    ],
)
def test_trainings_of_the_year_are_measured(
    make_case: Callable[..., Case], trainings: list[dict[str, Any]], found: set[str]
) -> None:
    told = find(make_case(trainings=trainings))

    assert {slug for slug in told if slug.startswith("training-")} == found


def test_the_share_of_those_trained_stands_in_the_message(make_case: Callable[..., Case]) -> None:
    case = make_case(trainings=[{**TRAINING, "invited": 12}])

    (hit,) = [h for h in run_rules(case, ("proof",)) if h.rule.id == "training-coverage-low"]

    assert hit.tell("zh", case.knowledge.labels) == (
        "本年度培训应到人员中75%实际参加；本工具的约定为90%。"
    )


def test_only_an_audit_of_the_whole_organisation_counts(make_case: Callable[..., Case]) -> None:
    audit = {**PLAN, "control": "audit.compliance"}

    assert "audit-missing" not in find(make_case(safeguards=[audit]))
    for change in ({"scope": "activities/a"}, {"status": "planned"}):
        case = make_case(activities=[{"id": "a"}], safeguards=[{**audit, **change}])
        assert "audit-missing" in find(case)


def test_a_recorded_exercise_counts_as_a_drill(
    make_case: Callable[..., Case], tmp_path: Path
) -> None:
    case = replace(make_case(), root=tmp_path)
    folder = tmp_path / "exercises"
    folder.mkdir()
    for name in ("2025-09-29-old-1a.jsonl", "2026-10-01-later-1a.jsonl", "2026-99-99-odd.jsonl"):
        (folder / name).touch()

    assert "drill-missing" in find(case)

    (folder / "2025-09-30-open-storage-bucket-1a2b.jsonl").touch()

    assert "drill-missing" not in find(case)


@pytest.mark.parametrize(
    ("plan", "incident", "found"),
    [
        (PLAN, {"occurred_on": "2026-04-03", "own": "yes"}, {"plan-not-updated"}),
        (PLAN, {"occurred_on": "2026-04-02", "own": "yes"}, set()),
        (PLAN, {"occurred_on": "2026-04-03", "own": "no"}, set()),
        (
            {**PLAN, "tested_on": "2026-05-01"},
            {"occurred_on": "2026-04-03", "own": "yes"},
            set(),
        ),
        ({**PLAN, "status": "planned"}, {"own": "yes"}, {"plan-missing"}),
    ],
)
def test_a_plan_is_there_and_younger_than_the_last_incident(
    make_case: Callable[..., Case], plan: dict[str, Any], incident: dict[str, str], found: set[str]
) -> None:
    told = find(make_case(safeguards=[plan], incidents=[{"id": "x", **incident}]))

    assert {slug for slug in told if slug.startswith("plan-")} == found
