"""Which subject a scope reaches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from piaskit.safeguards import Coverage, cover_subjects

TLS, LOGS = "encryption.in-transit", "monitoring.logging"
TABLES: dict[str, list[dict[str, Any]]] = {
    "activities": [{"id": "orders"}, {"id": "posts"}, {"id": "idle"}],
    "items": [
        {"id": "i-phone", "activity": "orders", "category": "contact.phone"},
        {"id": "i-order", "activity": "orders", "category": "finance.order"},
        {"id": "i-post", "activity": "posts", "category": "content.post"},
    ],
    "systems": [{"id": "s-web"}, {"id": "s-core"}],
    "parties": [{"id": "p-user", "role": "subject"}, {"id": "p-sms", "role": "processor"}],
    "flows": [
        {"id": "f=1", "activity": "orders", "source": "p-user", "target": "s-web",
         "items": "i-phone;i-order"},
        {"id": "f2", "activity": "orders", "source": "s-web", "target": "s-core",
         "items": "i-order"},
        {"id": "f3", "activity": "posts", "source": "s-core", "target": "p-sms",
         "items": "i-post;i-phone"},
        {"id": "f4", "activity": "posts", "source": "p-user", "target": None, "items": None},
    ],
}  # fmt: skip


def list_covered(coverage: Coverage, control: str) -> set[str]:
    return {
        f"{table}/{name}"
        for table, truth in coverage.tables.items()
        if control in truth
        for name in truth.index[truth[control]]
    }


def cover(make_case: Any, *scopes: str | None, control: str = TLS) -> set[str]:
    rows = [{"id": f"g{n}", "control": control, "scope": scope} for n, scope in enumerate(scopes)]
    case = make_case(**TABLES, safeguards=rows)
    return list_covered(cover_subjects(case, case.frames["safeguards"]), control)


def test_all_covers_every_subject_and_the_organisation(make_case: Any) -> None:
    found = cover(make_case, "all")

    assert found == {
        "organisation/shop",
        *(f"{table}/{row['id']}" for table, rows in TABLES.items() for row in rows),
    }


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ("flows/f=1", {"flows/f=1"}),
        ("f=1", {"flows/f=1"}),
        ("systems/s-web", {"systems/s-web", "flows/f=1", "flows/f2"}),
        (
            "s-core",
            {"systems/s-core", "flows/f2", "flows/f3", "parties/p-sms", "activities/posts"},
        ),
        (
            "activities/orders",
            {"activities/orders", "flows/f=1", "flows/f2", "items/i-phone", "items/i-order"},
        ),
        ("category:finance", {"items/i-order", "flows/f2"}),
        (
            "category:finance;category:contact",
            {"items/i-order", "items/i-phone", "flows/f=1", "flows/f2"},
        ),
        ("category:contact.phone", {"items/i-phone"}),
        ("category:contact.pho", set()),
        ("items/i-post", {"items/i-post"}),
        (
            "items/i-post;items/i-phone",
            {"items/i-post", "items/i-phone", "flows/f3", "parties/p-sms"},
        ),
        ("parties/p-sms", {"parties/p-sms"}),
        ("organisation/shop", {"organisation/shop"}),
        ("p-sms", set()),
        ("nowhere", set()),
        (None, set()),
    ],
)
def test_a_scope_reaches_what_it_names_and_what_touches_it(
    make_case: Any, scope: str | None, covered: set[str]
) -> None:
    assert cover(make_case, scope) == covered


def test_an_activity_is_covered_when_one_control_works_in_all_its_systems(make_case: Any) -> None:
    assert "activities/orders" not in cover(make_case, "s-web")
    assert "activities/orders" in cover(make_case, "s-web", "s-core")
    assert "activities/orders" in cover(make_case, "s-web;s-core")


def test_a_party_is_covered_when_every_flow_that_touches_it_is(make_case: Any) -> None:
    assert "parties/p-user" not in cover(make_case, "f=1")
    assert "parties/p-user" in cover(make_case, "f=1;f4")


def test_a_bare_id_means_the_system_before_the_flow_and_the_activity(make_case: Any) -> None:
    tables = {"systems": [{"id": "x"}], "flows": [{"id": "x"}], "activities": [{"id": "x"}]}
    case = make_case(**tables, safeguards=[{"id": "g", "control": TLS, "scope": "x"}])

    found = list_covered(cover_subjects(case, case.frames["safeguards"]), TLS)

    assert found == {"systems/x"}


def test_a_safeguard_without_a_control_covers_nothing(make_case: Any) -> None:
    case = make_case(**TABLES, safeguards=[{"id": "g", "scope": "all"}])

    coverage = cover_subjects(case, case.frames["safeguards"])

    assert all(truth.shape[1] == 0 for truth in coverage.tables.values())


def test_the_working_controls_of_a_remedy_are_told_subject_by_subject(make_case: Any) -> None:
    rows = [
        {"id": "a", "control": TLS, "scope": "s-web"},
        {"id": "b", "control": LOGS, "scope": "all"},
    ]
    case = make_case(**TABLES, safeguards=rows)
    flows = case.frames["flows"]["id"].tolist()
    rows_of = np.array([flows.index("f=1"), flows.index("f3"), -1])

    working = cover_subjects(case, case.frames["safeguards"]).find_working(
        "flows", rows_of, [TLS, LOGS, "attack.waf"]
    )

    assert working.sum(axis=1).tolist() == [2, 1, 0]


def test_a_case_without_rows_covers_without_complaint(make_case: Any) -> None:
    case = make_case(safeguards=[{"id": "g", "control": TLS, "scope": "all"}])

    found = list_covered(cover_subjects(case, case.frames["safeguards"]), TLS)

    assert found == {"organisation/shop"}


@pytest.mark.parametrize("left", ["g1", "g2", "g3"])
def test_a_control_exchanged_covers_what_its_other_safeguards_cover(
    make_case: Any, left: str
) -> None:
    rows = [
        {"id": "g1", "control": TLS, "scope": "s-web"},
        {"id": "g2", "control": TLS, "scope": "flows/f3"},
        {"id": "g3", "control": LOGS, "scope": "all"},
    ]
    case = make_case(**TABLES, safeguards=rows)
    every = case.frames["safeguards"]
    rest = every[every["id"] != left]
    control = TLS if left != "g3" else LOGS
    alone = cover_subjects(case, rest[rest["control"] == control].assign(control="other"))

    found = cover_subjects(case, every).exchange(control, alone, "other")

    expected = cover_subjects(case, rest)
    for name in (TLS, LOGS):
        assert list_covered(expected, name) == list_covered(found, name)
