"""The calendar of duties: what is due next, what is late, and where the law has no number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from piaskit.case import Case
from piaskit.safeguards.people import Due, review_people

DRILL = {"id": "g", "control": "incident.drill", "kind": "organisational", "scope": "all"}
DRILL |= {"status": "in-place", "evidence_on": "2026-03-01", "tested_on": "2026-03-02"}


def plan(case: Case, as_of: date = date(2026, 9, 30)) -> dict[str, Due]:
    return {due.id: due for due in review_people(replace(case, as_of=as_of)).calendar}


def test_what_nothing_shows_was_never_done_and_what_has_no_number_has_no_day(
    make_case: Callable[..., Case],
) -> None:
    found = plan(make_case())

    assert {id: (due.state, due.due_on) for id, due in found.items()} == {
        "training": ("never", None),
        "drill": ("never", None),
        "audit": ("own-rhythm", None),
        "plan": ("never", None),
    }


@pytest.mark.parametrize(
    ("held", "state", "due"),
    [
        ("2025-09-30", "due", date(2026, 9, 30)),
        ("2025-09-29", "overdue", date(2026, 9, 29)),
        ("2026-10-01", "never", None),
    ],
)
def test_training_is_due_a_year_after_the_last_one(
    make_case: Callable[..., Case], held: str, state: str, due: date | None
) -> None:
    found = plan(make_case(trainings=[{"id": "t", "held_on": held}]))["training"]

    assert (found.state, found.due_on, found.clause) == (state, due, "gbt35273 11.6 f)")


def test_the_later_of_drill_and_recorded_exercise_counts(
    make_case: Callable[..., Case], tmp_path: Path
) -> None:
    case = replace(make_case(safeguards=[DRILL]), root=tmp_path)

    assert plan(case)["drill"].due_on == date(2027, 3, 2)

    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "2026-05-04-open-storage-bucket-1a.jsonl").touch()

    assert plan(case)["drill"].due_on == date(2027, 5, 4)


@pytest.mark.parametrize(
    ("persons", "state", "due"),
    [(10_000_000, "own-rhythm", None), (10_000_001, "due", date(2028, 3, 2))],
)
def test_strictly_more_than_ten_million_persons_are_audited_every_two_years(
    make_case: Callable[..., Case], persons: int, state: str, due: date | None
) -> None:
    case = make_case(safeguards=[{**DRILL, "control": "audit.compliance"}])
    case = replace(case, organisation=replace(case.organisation, persons_total=persons))

    assert (plan(case)["audit"].state, plan(case)["audit"].due_on) == (state, due)


@pytest.mark.parametrize(
    ("as_of", "due"),
    [
        (date(2026, 1, 31), date(2026, 1, 31)),
        (date(2026, 2, 1), date(2027, 1, 31)),
        (date(2026, 12, 31), date(2027, 1, 31)),
    ],
)
def test_the_audit_of_minors_is_reported_by_the_end_of_january(
    make_case: Callable[..., Case], as_of: date, due: date
) -> None:
    with_minors = make_case(activities=[{"id": "a", "minors": "yes"}])

    assert plan(with_minors, as_of)["minors-audit"].due_on == due
    assert "minors-audit" not in plan(make_case(activities=[{"id": "a", "minors": "0"}]), as_of)


def test_filings_stay_until_they_are_made(make_case: Callable[..., Case]) -> None:
    role: dict[str, Any] = {"id": "r", "role": "pi-protection-officer", "holder": "A"}

    def at(million: str | None, **more: str) -> dict[str, Due]:
        case = make_case(roles=[{**role, **more}])
        own = replace(case.organisation, persons_total=1_000_000, million_persons_on=million)
        return plan(replace(case, organisation=own))

    assert at("2026-09-01")["filing"].state == "due"
    assert at("2026-01-05")["filing"].due_on == date(2026, 2, 14)
    assert at(None)["filing"].state == "never"
    changed = at(None, filed_on="2025-08-12", appointed_on="2026-01-05")
    assert (changed["filing-change"].state, "filing" in changed) == ("overdue", False)


def test_the_proof_of_a_safeguard_is_in_the_calendar_with_its_title(
    make_case: Callable[..., Case], tmp_path: Path
) -> None:
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "d.md").write_text("done")
    row = {**DRILL, "evidence": "d.md", "title": "Drill", "expires_on": "2026-12-01"}
    people = review_people(
        replace(make_case(safeguards=[row]), root=tmp_path, as_of=date(2026, 9, 30))
    )

    (proof,) = (entry for entry in people.to_dict()["calendar"] if entry["id"] == "proof")

    assert (proof["title"], proof["due_on"], proof["safeguard"]) == (
        "Proof of “Drill” runs out", "2026-12-01", "g",
    )  # fmt: skip
    assert "2026-12-01" in people._repr_html_()


def test_shares_of_a_training_need_both_numbers(make_case: Callable[..., Case]) -> None:
    rows = [
        {"id": "t", "held_on": "2026-03-01", "invited": 10, "attended": 9, "passed": 6},
        {"id": "u", "held_on": "2026-03-02", "invited": 0, "attended": 0},
    ]

    told = review_people(make_case(trainings=rows)).to_dict()["trainings"]

    assert [(t["coverage"], t["effect"]) for t in told] == [(0.9, 0.667), (None, None)]
