"""What evidence shows, state by state."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from piaskit.safeguards import review_safeguards, select_working

ROW = {"id": "g", "control": "encryption.in-transit", "kind": "technical", "scope": "all"}
IN_PLACE = {**ROW, "status": "in-place", "evidence": "scan.txt"}


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    file = tmp_path / "evidence" / "scan.txt"
    file.parent.mkdir()
    file.write_bytes(b"all ports speak TLS 1.3")
    return file


def review(make_case: Any, **row: Any) -> tuple[str, str, str]:
    found = review_safeguards(make_case(safeguards=[{**IN_PLACE, **row}]))
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
        "evidence or test of 2025-09-29, outside the 1-year period up to 2026-09-30",
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


def test_undated_evidence_says_that_its_age_is_unknown(make_case: Any, scan: Path) -> None:
    state, because, _ = review(make_case, control="incident.drill")

    assert state == "verified"
    assert because == "in place, scan.txt is there; it has no date, so its age is not known"


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
    reviewed = review_safeguards(case)

    assert list(select_working(case, reviewed, "inherent")["id"]) == []
    assert list(select_working(case, reviewed, "current")["id"]) == ["verified"]
    assert list(select_working(case, reviewed, "planned")["id"]) == [
        "verified",
        "unproven",
        "planned",
        "partly",
    ]


def test_a_case_without_safeguards_reviews_to_an_empty_table(make_case: Any) -> None:
    found = review_safeguards(make_case())

    assert list(found.columns) == ["id", "state", "because", "because_zh"]
    assert found.empty
