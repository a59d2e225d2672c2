"""What evidence shows, state by state."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from piaskit.case import read_case
from piaskit.safeguards import judge_safeguards, select_working
from piaskit.safeguards.states import COLUMNS

ROOT = Path(__file__).parents[2]
MARKETPLACE = ROOT / "data" / "marketplace"
KEY = yaml.safe_load((ROOT / "tests" / "keys" / "safeguards.yaml").read_text("utf-8"))
ROW = {"id": "g", "control": "encryption.in-transit", "kind": "technical", "scope": "all"}
IN_PLACE = {**ROW, "status": "in-place", "evidence": "scan.txt"}


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    file = tmp_path / "evidence" / "scan.txt"
    file.parent.mkdir()
    file.write_bytes(b"all ports speak TLS 1.3")
    return file


def review(make_case: Any, **row: Any) -> tuple[str, str, str]:
    found = judge_safeguards(make_case(safeguards=[{**IN_PLACE, **row}]))
    return tuple(found.iloc[0][["state", "because", "because_zh"]])  # type: ignore[return-value]


def test_evidence_that_is_there_and_current_is_verified(make_case: Any, scan: Path) -> None:
    digest = hashlib.sha256(scan.read_bytes()).hexdigest()

    found = review(make_case, evidence_sha256=digest.upper(), evidence_on="2026-08-01")

    assert found == (
        "verified",
        "in place, scan.txt is there and current",
        "已落实，证据 scan.txt 存在且有效",
    )


def test_the_leading_folder_of_evidence_may_be_written_out(make_case: Any, scan: Path) -> None:
    assert review(make_case, evidence="evidence/scan.txt")[0] == "verified"


def test_another_digest_than_stated_fails(make_case: Any, scan: Path) -> None:
    state, because, _ = review(make_case, evidence_sha256="0" * 64)

    assert (state, because) == ("failed", "the SHA-256 of scan.txt is not the one stated")


def test_a_cited_file_that_is_absent_is_missing(make_case: Any, scan: Path) -> None:
    state, because, _ = review(make_case, evidence="gone.txt", status="planned")

    assert (state, because) == ("missing", "the cited evidence gone.txt is not in the case folder")


@pytest.mark.parametrize("cited", ["../outside.txt", "link.txt", ".", "evidence/"])
def test_evidence_outside_the_folder_counts_as_missing(
    make_case: Any, scan: Path, cited: str
) -> None:
    outside = scan.parents[1] / "outside.txt"
    outside.write_text("not evidence")
    (scan.parent / "link.txt").symlink_to(outside)

    assert review(make_case, evidence=cited)[0] == "missing"


@pytest.mark.parametrize(
    ("row", "because"),
    [
        ({"evidence": None}, "said to be in place, no evidence cited"),
        ({"status": "partly"}, "only partly in place"),
        ({"status": "planned"}, "planned only"),
        ({"status": "retired", "expires_on": "2020-01-01"}, "retired, so it no longer works"),
        ({"status": None}, "its status is not stated"),
        (
            {"evidence_on": "2026-10-01"},
            "the evidence is of 2026-10-01, after the date of assessment",
        ),
    ],
)
def test_what_nothing_shows_is_only_claimed(
    make_case: Any, scan: Path, row: dict[str, Any], because: str
) -> None:
    assert review(make_case, **row)[:2] == ("claimed", because)


def test_expiry_counts_from_the_day_after(make_case: Any, scan: Path) -> None:
    assert review(make_case, expires_on="2026-09-30")[0] == "verified"
    assert review(make_case, expires_on="2026-09-29")[:2] == ("stale", "expired on 2026-09-29")


@pytest.mark.parametrize("column", ["evidence_on", "tested_on"])
def test_evidence_older_than_the_period_of_its_control_is_stale(
    make_case: Any, scan: Path, column: str
) -> None:
    drill = {"control": "incident.drill"}  # GB/T 35273-2020 10.1 b): at least yearly

    assert review(make_case, **drill, **{column: "2025-09-30"})[0] == "verified"
    assert review(make_case, **drill, **{column: "2025-09-29"})[:2] == (
        "stale",
        "evidence or test of 2025-09-29, outside the 1-year period up to 2026-09-30; "
        "GB/T 35273-2020, 10.1 b)",
    )


def test_a_period_that_is_only_good_practice_says_so(make_case: Any, scan: Path) -> None:
    test = {"control": "security.penetration-test", "tested_on": "2025-09-29"}

    state, because = review(make_case, **test)[:2]

    assert state == "stale"
    assert because == (
        "evidence or test of 2025-09-29, outside the 1-year period up to 2026-09-30 "
        "that is good practice (no legal number)"
    )


def test_old_evidence_of_a_control_without_a_number_stays_verified(
    make_case: Any, scan: Path
) -> None:
    assert review(make_case, evidence_on="2016-01-01")[0] == "verified"


def test_undated_evidence_of_what_is_repeated_is_only_claimed(make_case: Any, scan: Path) -> None:
    state, because, _ = review(make_case, control="incident.drill")

    assert state == "claimed"
    assert because == (
        "scan.txt is there and has no date; whether it is current is not known, "
        "and this control is repeated"
    )


def test_a_blank_scope_protects_nothing_and_is_only_claimed(make_case: Any, scan: Path) -> None:
    assert review(make_case, scope=None)[:2] == (
        "claimed",
        "its scope is not stated, so it protects nothing",
    )


def test_an_empty_file_is_no_evidence(make_case: Any, scan: Path) -> None:
    scan.write_bytes(b"")

    assert review(make_case)[0] == "missing"


def test_a_test_still_to_come_does_not_make_old_evidence_current(
    make_case: Any, scan: Path
) -> None:
    drill = {"control": "incident.drill", "evidence_on": "2025-09-29", "tested_on": "2026-10-05"}

    assert review(make_case, **drill)[0] == "stale"


@pytest.mark.parametrize(
    ("standard", "tested", "state"),
    [
        # Good practice says six months, the New York rule twelve, PCI DSS six for access.
        (None, "2026-03-30", "verified"),
        (None, "2026-03-29", "stale"),
        ("23 NYCRR 500", "2025-09-30", "verified"),
        ("23 nycrr 500; PCI DSS v4.0.1", "2026-03-29", "stale"),
    ],
)
def test_a_scheme_that_the_row_names_goes_before_good_practice(
    make_case: Any, scan: Path, standard: str | None, tested: str, state: str
) -> None:
    row = {"control": "access.least-privilege", "standard": standard, "tested_on": tested}

    assert review(make_case, **row)[0] == state


LEVEL_3 = {
    "id": "core", "title": "Core", "mlps_level": 3, "mlps_filing": "F-1",
    "mlps_evaluated_on": "2026-01-10", "mlps_conclusion": "conform",
}  # fmt: skip
SIDE = {**LEVEL_3, "id": "side", "title": "Side", "mlps_level": 2}


@pytest.mark.parametrize(
    ("change", "row", "found"),
    [
        ({}, {}, ("verified", "in place")),
        ({"mlps_conclusion": "basically-conform"}, {}, ("verified", "in place")),
        ({"mlps_conclusion": "not-conform"}, {}, ("failed", "Core: the evaluation ended")),
        ({"mlps_conclusion": "not-conform"}, {"status": "partly"}, ("failed", "Core: the eval")),
        ({"mlps_conclusion": "not-conform"}, {"status": "planned"}, ("claimed", "planned only")),
        ({"mlps_evaluated_on": "2025-09-30"}, {}, ("verified", "in place")),
        ({"mlps_evaluated_on": "2025-09-29"}, {}, ("stale", "Core: evidence or test of 2025-09-")),
        ({"mlps_level": 4, "mlps_evaluated_on": "2026-03-29"}, {}, ("stale", "Core: evidence or")),
        ({"mlps_level": 4, "mlps_evaluated_on": "2026-03-30"}, {}, ("verified", "in place")),
        ({"mlps_level": 2, "mlps_evaluated_on": "2024-09-30"}, {}, ("verified", "in place")),
        ({"mlps_level": 2, "mlps_evaluated_on": "2024-09-29"}, {}, ("stale", "Core: evidence")),
        ({"mlps_level": 5, "mlps_evaluated_on": "2001-01-01"}, {}, ("verified", "in place")),
        ({"mlps_level": 1, "mlps_filing": None}, {}, ("verified", "in place")),
        ({}, {"evidence_on": "2025-09-29"}, ("stale", "Core: evidence or test of 2025-09-29")),
        ({"mlps_filing": None}, {}, ("claimed", "Core: the register lacks")),
        ({"mlps_conclusion": None}, {}, ("claimed", "Core: the register lacks")),
        ({"mlps_level": None}, {}, ("claimed", "Core: the register lacks")),
        ({"mlps_evaluated_on": "2026-10-01"}, {}, ("claimed", "Core: the register lacks")),
        (
            {"mlps_evaluated_on": "2026-10-01", "mlps_conclusion": "not-conform"},
            {},
            ("claimed", "Core: the register lacks"),
        ),
        ({"mlps_level": None}, {"scope": "all"}, ("verified", "in place")),
    ],
)
def test_an_evaluation_is_worth_what_its_systems_show(
    make_case: Any, scan: Path, change: dict[str, Any], row: dict[str, Any], found: Any
) -> None:
    evaluation = {**IN_PLACE, "control": "mlps.evaluation", "scope": "systems/core;side"}
    case = make_case(systems=[{**LEVEL_3, **change}, SIDE], safeguards=[{**evaluation, **row}])

    state, because = judge_safeguards(case).iloc[0][["state", "because"]]

    assert (state, because[: len(found[1])]) == found


@pytest.mark.parametrize(
    ("scope", "persons", "tested", "state"),
    [
        ("activities/club", 0, "2025-09-29", "stale"),  # minors: every year, whatever the number
        ("flows/f-club", 0, "2025-09-29", "stale"),
        ("all", 0, "2025-09-29", "stale"),
        ("activities/shop", 10_000_000, "2020-01-01", "verified"),  # a rhythm of one's own
        ("activities/shop", 10_000_001, "2024-09-29", "stale"),
        ("activities/shop", 10_000_001, "2024-09-30", "verified"),
    ],
)
def test_an_audit_is_due_by_minors_and_by_the_number_of_persons(
    make_case: Any, scan: Path, scope: str, persons: int, tested: str, state: str
) -> None:
    audit = {**IN_PLACE, "control": "audit.compliance", "scope": scope, "tested_on": tested}
    case = make_case(
        activities=[{"id": "club", "minors": "yes"}, {"id": "shop", "minors": "0"}],
        flows=[{"id": "f-club", "activity": "club", "stage": "collect"}],
        safeguards=[audit],
    )
    case = replace(case, organisation=replace(case.organisation, persons_total=persons))

    assert judge_safeguards(case)["state"].tolist() == [state]


def test_a_verified_safeguard_names_the_last_day_on_which_it_is_current(
    make_case: Any, scan: Path
) -> None:
    rows = [
        {**IN_PLACE, "id": "drill", "control": "incident.drill", "tested_on": "2026-02-10"},
        {**IN_PLACE, "id": "paper", "expires_on": "2026-12-31"},
        {**IN_PLACE, "id": "open"},
    ]

    found = judge_safeguards(make_case(safeguards=rows))

    assert found["current_until"].fillna("").tolist() == ["2027-02-10", "2026-12-31", ""]


@pytest.mark.parametrize("day", sorted(KEY["states"]))
def test_the_states_of_the_marketplace_are_those_of_the_key(day: str) -> None:
    case = read_case(MARKETPLACE, as_of=date.fromisoformat(day))

    found = judge_safeguards(case)

    assert {row.id: (row.state, row.line) for row in found.itertuples()} == {
        id: (answer["state"], answer["line"]) for id, answer in KEY["states"][day].items()
    }


def test_each_state_of_risk_counts_its_own_safeguards(make_case: Any, scan: Path) -> None:
    rows = [
        {**IN_PLACE, "id": "verified"},
        {**IN_PLACE, "id": "unproven", "evidence": None},
        {**IN_PLACE, "id": "planned", "status": "planned", "evidence": None},
        {**IN_PLACE, "id": "partly", "status": "partly"},
        {**IN_PLACE, "id": "retired", "status": "retired"},
        {**IN_PLACE, "id": "blank", "status": None},
        {**IN_PLACE, "id": "missing", "evidence": "gone.txt"},
        {**IN_PLACE, "id": "failed", "evidence_sha256": "0" * 64},
        {**IN_PLACE, "id": "stale", "expires_on": "2020-01-01"},
    ]
    case = make_case(safeguards=rows)
    reviewed = judge_safeguards(case)

    assert list(select_working(case, reviewed, "inherent")["id"]) == []
    assert list(select_working(case, reviewed, "current")["id"]) == ["verified"]
    assert list(select_working(case, reviewed, "planned")["id"]) == [
        "verified",
        "unproven",
        "planned",
        "partly",
    ]


def test_a_case_without_safeguards_reviews_to_an_empty_table(make_case: Any) -> None:
    found = judge_safeguards(make_case())

    assert list(found.columns) == list(COLUMNS)
    assert found.empty
