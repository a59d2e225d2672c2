"""What a review of safeguards answers: proof, what is uncovered, findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import piaskit
from piaskit.rules import Hits, run_rules
from piaskit.safeguards import (
    cover_subjects,
    judge_safeguards,
    review_safeguards,
    select_working,
)
from piaskit.safeguards.uncovered import find_uncovered

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"
TABLES: dict[str, list[dict[str, Any]]] = {
    "activities": [
        {"id": "clinic", "title": "Clinic"},
        {"id": "club", "title": "Club", "children": "12"},
    ],
    "items": [
        {"id": "i-record", "activity": "clinic", "category": "health.record"},
        {"id": "i-phone", "activity": "clinic", "category": "contact.phone"},
    ],
    "systems": [
        {"id": "s-web", "kind": "web", "internet_facing": "yes"},
        {"id": "s-db", "kind": "database", "internet_facing": "no"},
        {"id": "s-copy", "kind": "file-store"},
        {"id": "s-book", "kind": "paper"},
        {"id": "s-idle", "kind": "database", "internet_facing": "yes"},
    ],
    "parties": [{"id": "p-user", "role": "subject"}],
    "flows": [
        {"id": "f-in", "activity": "clinic", "stage": "collect", "source": "p-user",
         "target": "s-web", "items": "i-record;i-phone", "transport": "tls1.3"},
        {"id": "f-keep", "activity": "clinic", "stage": "store", "source": "s-web",
         "target": "s-db", "items": "i-record;i-phone", "transport": "internal"},
        {"id": "f-copy", "activity": "clinic", "stage": "store", "source": "s-db",
         "target": "s-copy", "items": "i-record", "transport": "internal"},
        {"id": "f-book", "activity": "club", "stage": "store", "source": "p-user",
         "target": "s-book", "transport": "physical"},
        {"id": "f-out", "activity": "clinic", "stage": "disclose", "source": "s-web"},
    ],
}  # fmt: skip


ROW = {
    "kind": "technical", "status": "in-place", "standard": "GB/T 22239-2019",
    "evidence": "proof.txt", "evidence_on": "2026-09-01", "tested_on": "2026-09-01",
}  # fmt: skip


@pytest.fixture
def make(make_case: Any, tmp_path: Path) -> Any:
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "proof.txt").write_text("seen")

    def make(*safeguards: tuple[str | None, str | None], **more: Any) -> Any:
        rows = [
            {**ROW, "id": f"g{n}", "control": control, "scope": scope, **more}
            for n, (control, scope) in enumerate(safeguards)
        ]
        return make_case(**TABLES, safeguards=rows)

    return make


NEEDS: list[Hits] = []  # the same for every test: needs do not depend on safeguards


def list_uncovered(case: Any, need: str) -> list[str]:
    if not NEEDS:
        NEEDS.append(run_rules(case, ("need",)))
    working = cover_subjects(case, select_working(case, judge_safeguards(case), "current"))
    return [
        subject.id
        for subject in find_uncovered(case, working, NEEDS[0])
        if need in [lack.hit.rule.id for lack in subject.lacks]
    ]


@pytest.mark.parametrize(
    ("need", "without", "cure", "left"),
    [
        ("protected-in-transit", ["f-in"], ("encryption.in-transit", "systems/s-web"), []),
        ("protected-in-transit", ["f-in"], ("encryption.in-transit", "systems/s-db"), ["f-in"]),
        ("restricted-access", ["s-copy", "s-db", "s-web"],
         ("access.least-privilege", "systems/s-db"), ["s-copy", "s-web"]),
        ("logged-access", ["s-copy", "s-db", "s-web"], ("access.logging", "all"), []),
        ("guarded-front", ["s-web"], ("attack.intrusion-detection", "systems/s-web"), []),
        ("recoverable", ["s-copy", "s-db"], ("continuity.backup", "systems/s-copy"), ["s-db"]),
        ("locked-away", ["s-book"], ("physical.access-control", "systems/s-book"), []),
        ("approved-children-access", ["f-book"], ("access.approval", "activities/club"), []),
    ],
)  # fmt: skip
def test_a_need_is_answered_only_by_its_control_in_the_right_scope(
    make: Any, need: str, without: list[str], cure: tuple[str, str], left: list[str]
) -> None:
    assert list_uncovered(make(), need) == without
    assert list_uncovered(make(cure), need) == left


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        ("systems/s-db", ["i-record"]),  # the copy lies elsewhere, though it comes from there
        ("systems/s-db;systems/s-copy", []),
        ("flows/f-keep;flows/f-copy", ["i-record"]),  # being at rest is a matter of the place
        ("category:health", []),
        ("items/i-record", []),
        ("activities/clinic", []),
        ("category:contact", ["i-record"]),
    ],
)
def test_what_is_stored_is_protected_where_it_lies(make: Any, scope: str, left: list[str]) -> None:
    assert list_uncovered(make(("encryption.at-rest", scope)), "protected-at-rest") == left


@pytest.mark.parametrize(
    "change",
    [{"status": "partly"}, {"evidence": "gone.txt"}, {"expires_on": "2026-09-29"},
     {"evidence_sha256": "0" * 64}, {"scope": None}],
)  # fmt: skip
def test_a_safeguard_that_is_not_verified_protects_nothing(
    make: Any, change: dict[str, Any]
) -> None:
    case = make(("encryption.in-transit", "all"), **change)

    assert list_uncovered(case, "protected-in-transit") == ["f-in"]


WANTING: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"evidence-unsealed"}),
    ({"standard": None}, {"evidence-unsealed", "no-standard-named"}),
    ({"standard": None, "status": "retired"}, set()),
    ({"evidence_sha256": "0" * 64}, {"evidence-failed"}),
    ({"evidence": "gone.txt"}, {"evidence-missing"}),
    ({"expires_on": "2026-09-29"}, {"evidence-stale"}),
    ({"evidence": None}, {"in-place-unproven"}),
    ({"scope": None}, {"in-place-unproven", "protects-nothing"}),
    ({"control": None}, {"evidence-unsealed", "protects-nothing"}),
    ({"status": "planned", "evidence": None}, set()),
]


def test_a_safeguard_is_found_wanting_by_its_proof_in_both_languages(
    make_case: Any, tmp_path: Path
) -> None:
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "proof.txt").write_text("seen")
    usual = {**ROW, "control": "encryption.in-transit", "scope": "all"}
    rows = [{**usual, "id": f"g{n}", **change} for n, (change, _) in enumerate(WANTING)]

    answer = review_safeguards(make_case(**TABLES, safeguards=rows)).to_dict()

    found: dict[str, set[str]] = {row["id"]: set() for row in rows}
    for finding in answer["findings"]:
        if finding["subject"]["table"] == "safeguards":
            found[finding["subject"]["id"]].add(finding["slug"])
    assert found == {f"g{n}": slugs for n, (_, slugs) in enumerate(WANTING)}
    missing = next(f for f in answer["findings"] if f["slug"] == "evidence-missing")
    assert missing["message"] == (
        "The safeguard g4 cites evidence that is not there: "
        "the cited evidence gone.txt is not in the case folder."
    )
    assert missing["message_zh"] == (
        "安全措施“g4”引用的证据不存在：所引用的证据 gone.txt 不在案卷中。"
    )


def test_the_flows_to_mark_are_those_uncovered_and_those_that_store_what_is(make: Any) -> None:
    review = review_safeguards(make(("encryption.in-transit", "all"), ("access.approval", "all")))

    assert review.marked_flows == {"f-keep", "f-copy"}


def test_the_marketplace_is_reviewed_and_shows_itself_in_its_language() -> None:
    review = piaskit.review_safeguards(piaskit.read_case(MARKETPLACE))
    answer = review.to_dict()

    assert json.loads(json.dumps(answer, ensure_ascii=False)) == answer
    assert answer["issues"] == []
    assert len(answer["safeguards"]) == 42
    assert "f-hr-payroll" in review.marked_flows  # plain transport, and its remedy only planned
    assert "f-acc-collect" not in review.marked_flows
    assert repr(review).startswith("<Review as of 2026-09-30: verified 31, claimed 8, stale 2")
    assert "未得到所需保护" in review._repr_html_()
