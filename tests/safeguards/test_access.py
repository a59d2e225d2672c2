"""Access rights: what is found in them, what is to be taken away, who may do what."""

from __future__ import annotations

from typing import Any

import pytest

from piaskit.rules import run_rules
from piaskit.safeguards.access import draw_up_matrix, propose_withdrawals

# A right with which nothing is wrong at 2026-09-30.
RIGHT = {
    "id": "a1", "account": "lin", "account_kind": "personal", "person": "Lin", "role": "clerk",
    "system": "s-crm", "categories": "contact.phone", "permissions": "read",
    "need": "answers customers", "granted_on": "2026-05-01", "approved_by": "Wu",
    "last_used_on": "2026-09-20", "reviewed_on": "2026-07-20", "logged": "yes",
}  # fmt: skip
TABLES: dict[str, list[dict[str, Any]]] = {
    "activities": [{"id": "shop"}, {"id": "club", "minors": "40"}],
    "items": [
        {"id": "i-phone", "activity": "shop", "category": "contact.phone"},
        {"id": "i-child", "activity": "club", "category": "identity.name"},
    ],
    "systems": [{"id": "s-crm", "title": "CRM"}, {"id": "s-club", "title": "Club"}],
    "flows": [
        {"id": "f1", "activity": "shop", "stage": "store", "target": "s-crm", "items": "i-phone"},
        {"id": "f2", "activity": "club", "stage": "store", "target": "s-club", "items": "i-child"},
    ],
}  # fmt: skip


def find(make_case: Any, *rows: dict[str, Any]) -> list[tuple[str, str]]:
    access = [{**RIGHT, **row, "id": f"a{n}"} for n, row in enumerate(rows, 1)]
    hits = run_rules(make_case(**TABLES, access=access), ("proof",), about=("access",))
    return [(hit.rule.id, hit.id) for hit in hits]


WRONG: list[tuple[dict[str, Any], str]] = [
        ({"role": None}, "account-without-role"),
        ({"person": None}, "account-without-person"),
        ({"need": None}, "role-without-need"),
        ({"left_on": "2026-09-29"}, "leaver-with-access"),
        ({"person": "Lin;Ma"}, "shared-account"),
        ({"account_kind": "shared"}, "shared-account"),
        ({"duty": "audit", "permissions": "read;write"}, "duties-not-separated"),
        ({"duty": "operation", "permissions": "admin"}, "duties-not-separated"),
        ({"approved_by": "Lin"}, "approved-by-oneself"),
        ({"last_used_on": "2026-03-29"}, "dormant-right"),
        ({"permissions": "read;export", "permissions_used": "read"}, "unused-permission"),
        ({"reviewed_on": None, "granted_on": None}, "right-never-reviewed"),
        ({"reviewed_on": None, "granted_on": "2026-03-29"}, "right-never-reviewed"),
        ({"reviewed_on": "2026-03-29"}, "review-of-right-overdue"),
        (
            {"permissions": "admin", "reviewed_on": "2026-06-29", "last_used_on": "2026-07-01"},
            "review-of-right-overdue",
        ),
        ({"activities": "club"}, "minors-access-unguarded"),
        ({"system": "s-club", "categories": None, "approved_each": "yes", "logged": "no"},
         "minors-access-unguarded"),
]  # fmt: skip
FINE: list[dict[str, Any]] = [
        {},
        {"left_on": "2026-09-30"},  # the last day itself
        {"last_used_on": "2026-03-30"},
        {"reviewed_on": "2026-03-30"},
        {"reviewed_on": None, "granted_on": "2026-03-30"},
        {"need": None, "activities": "shop"},
        {"account_kind": "service", "person": None, "role": None, "permissions": "admin;write"},
        {"account_kind": "emergency", "permissions": "admin;write", "last_used_on": "2020-01-01"},
        {"system": "s-club", "approved_each": "yes", "categories": None},
        {"system": "s-club"},  # its category does not lie there
        {"granted_on": "2026-10-01", "person": None},  # not granted yet
]  # fmt: skip


def stand_apart(change: dict[str, Any], n: int) -> dict[str, Any]:
    """Give a right an account, a person and a role of its own, so that no other touches it."""
    own = {**RIGHT, "account": f"lin{n}", "person": f"Lin{n}", "role": f"clerk{n}", **change}
    return {k: v.replace("Lin;", f"Lin{n};") if k == "person" and v else v for k, v in own.items()}


def test_what_is_wrong_with_a_right_is_named_and_nothing_else(make_case: Any) -> None:
    rows = [stand_apart(change, n) for n, (change, _) in enumerate(WRONG, 1)]
    rows = [{**r, "approved_by": r["person"]} if r["approved_by"] == "Lin" else r for r in rows]

    found = find(make_case, *rows)

    assert sorted(found) == sorted((slug, f"a{n}") for n, (_, slug) in enumerate(WRONG, 1))


def test_what_only_looks_wrong_is_left_alone(make_case: Any) -> None:
    assert find(make_case, *(stand_apart(change, n) for n, change in enumerate(FINE, 1))) == []


def test_an_account_of_two_people_in_two_rows_is_found_once(make_case: Any) -> None:
    rows = ({}, {"person": "Ma", "role": "seller"}, {"account": "ma", "person": "Ma"})

    assert find(make_case, *rows) == [("shared-account", "a1")]


def test_the_same_account_name_at_two_systems_is_not_shared(make_case: Any) -> None:
    assert find(make_case, {}, {"person": "Ma", "system": "s-club"}) == []


def test_a_need_stated_once_serves_the_whole_role(make_case: Any) -> None:
    assert find(make_case, {}, {"account": "ma", "person": "Ma", "need": None}) == []


def test_duties_of_one_person_count_over_several_rows(make_case: Any) -> None:
    rows = ({"duty": "audit"}, {"account": "lin2", "role": "dba", "duty": "security"})

    assert find(make_case, *rows) == [("duties-not-separated", "a1")]


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        ({}, None),
        ({"permissions_used": "read"}, None),
        ({"permissions": "read;export;delete", "permissions_used": "read"},
         (("export", "delete"), "unused")),
        ({"permissions": "read;write", "last_used_on": "2026-03-29"},
         (("read", "write"), "dormant")),
        ({"need": None, "last_used_on": "2026-03-29"}, (("read",), "no-need")),
        ({"need": None, "left_on": "2026-09-01"}, (("read",), "left")),
    ],
)  # fmt: skip
def test_least_privilege_takes_away_what_need_and_use_do_not_ask_for(
    make_case: Any, change: dict[str, Any], taken: tuple[tuple[str, ...], str] | None
) -> None:
    found = propose_withdrawals(make_case(**TABLES, access=[{**RIGHT, **change}]))

    assert [(w.permissions, w.reason) for w in found] == ([taken] if taken else [])


def test_a_withdrawal_says_why_in_both_languages(make_case: Any) -> None:
    (found,) = propose_withdrawals(make_case(**TABLES, access=[{**RIGHT, "left_on": "2026-09-01"}]))

    assert found.to_dict() == {
        "id": "a1",
        "account": "lin",
        "system": "s-crm",
        "permissions": ["read"],
        "reason": "left",
        "because": "the person has left",
        "because_zh": "使用人已离岗",
    }


def test_the_matrix_joins_what_a_role_may_do_with_a_category(make_case: Any) -> None:
    rows = [
        RIGHT,
        {**RIGHT, "id": "a2", "permissions": "export;read"},
        {**RIGHT, "id": "a3", "role": "dba", "categories": None, "permissions": "admin"},
        {**RIGHT, "id": "a4", "role": None, "categories": "contact.phone;identity.name"},
    ]

    matrix = draw_up_matrix(make_case(**TABLES, access=rows))

    assert matrix.to_dict("index") == {
        "": {"": "", "contact.phone": "read", "identity.name": "read"},
        "clerk": {"": "", "contact.phone": "read;export", "identity.name": ""},
        "dba": {"": "admin", "contact.phone": "", "identity.name": ""},
    }


def test_a_case_without_rights_answers_without_complaint(make_case: Any) -> None:
    case = make_case()

    assert propose_withdrawals(case) == ()
    assert draw_up_matrix(case).empty
