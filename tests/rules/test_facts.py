"""The facts: derived columns, and that the documentation names each of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from piaskit.case import Case, read_case
from piaskit.ledger import build_ledger
from piaskit.rules.facts import VIEWS, open_facts
from piaskit.safeguards import review_safeguards
from piaskit.screening import screen_case

ROOT = Path(__file__).parents[2]
KINDS = {
    "VARCHAR": "text",
    "BIGINT": "number",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "VARCHAR[]": "list",
    "DATE": "date",
}


def ask(case: Case, sql: str, **seen: pd.DataFrame) -> list[Any]:
    connection = open_facts(case, **seen)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def read_documented() -> dict[str, dict[str, str]]:
    text = (ROOT / "docs/facts.md").read_text("utf-8")
    views: dict[str, dict[str, str]] = {}
    for section in text.split("\n## ")[1:]:
        name, _, body = section.partition("\n")
        rows = re.findall(r"^\| ([a-z0-9_, ]+) \| (\w+) \|", body, re.MULTILINE)
        views[name] = {
            column: kind
            for columns, kind in rows
            if kind != "type"
            for column in columns.split(", ")
        }
    return views


def test_every_column_of_every_view_is_documented_with_its_type(
    make_case: Callable[..., Case],
) -> None:
    with open_facts(make_case()) as facts:
        found = {
            view: {name: KINDS[kind] for name, kind in facts.describe(view).items()}
            for view in VIEWS.values()
        }

    told = read_documented()
    assert {name: columns for name, columns in told.items() if name in found or columns} == found


def test_booleans_and_lists_are_never_blank(make_case: Callable[..., Case]) -> None:
    case = make_case(
        activities=[{"id": "a"}],
        items=[{"id": "i"}],
        flows=[{"id": "f"}],
        parties=[{"id": "p"}],
        systems=[{"id": "s"}],
        access=[{"id": "r"}],
        accounts=[{"id": "p"}],
    )
    seen = {"services": pd.DataFrame({"id": ["shop.example:443"]})}
    for view, columns in read_documented().items():
        sure = [name for name, kind in columns.items() if kind in ("boolean", "list")]
        blank = ", ".join(f"{name} IS NULL" for name in sure)
        if sure:
            found = ask(case, f"SELECT {blank} FROM {view}", **seen)
            assert found == [(False,) * len(sure)], view


PLACES: dict[str, list[dict[str, Any]]] = {
    "parties": [
        {"id": "home", "role": "recipient", "country": "CN"},
        {"id": "hk", "role": "recipient", "country": "HK"},
        {"id": "guest", "role": "subject", "country": "US"},
        {"id": "office", "role": "authority", "country": "US"},
        {"id": "blank", "role": "recipient"},
    ],
    "systems": [{"id": "db", "country": "CN"}, {"id": "tenant", "country": "SG"}],
}


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("db", "hk", True),
        ("db", "tenant", True),
        (None, "tenant", True),
        ("guest", "tenant", False),
        ("blank", "tenant", True),
        ("tenant", "hk", False),
        ("db", "home", False),
        ("db", "guest", False),
        ("db", "office", False),
        ("db", "blank", False),
        ("db", None, False),
    ],
)
def test_an_export_leaves_the_mainland_and_is_not_abroad_already(
    make_case: Callable[..., Case], source: str | None, target: str | None, expected: bool
) -> None:
    flow = {"id": "f", "activity": "a", "stage": "provide", "source": source, "target": target}
    case = make_case(activities=[{"id": "a"}], flows=[flow], **PLACES)

    assert ask(case, "SELECT is_export FROM flow_facts") == [(expected,)]


def test_a_flow_inherits_the_basis_but_not_the_consent(make_case: Callable[..., Case]) -> None:
    case = make_case(
        activities=[{"id": "a", "legal_basis": "cn-pipl.consent;eu-gdpr.6-1-a"}],
        flows=[
            {"id": "f-1", "activity": "a", "stage": "use"},
            {"id": "f-2", "activity": "a", "stage": "use", "legal_basis": "cn-pipl.contract",
             "consent": "general;separate"},
        ],
    )  # fmt: skip

    assert ask(
        case, "SELECT rests_on_consent, consent_is_separate, basis FROM flow_facts ORDER BY id"
    ) == [
        (True, False, ["cn-pipl.consent", "eu-gdpr.6-1-a"]),
        (False, True, ["cn-pipl.contract"]),
    ]


def test_sensitivity_follows_the_active_regimes_and_children(
    make_case: Callable[..., Case],
) -> None:
    rows: dict[str, Any] = {
        "activities": [
            {"id": "a"},
            {"id": "kids", "children": "yes"},
            {"id": "none", "children": "0"},
        ],
        "items": [{"id": "i", "activity": "a", "category": "finance.account"}],
        "flows": [
            {"id": "f-1", "activity": "a", "stage": "use", "items": "i"},
            {"id": "f-2", "activity": "kids", "stage": "use"},
            {"id": "f-3", "activity": "none", "stage": "use"},
        ],
    }  # fmt: skip
    asked = "SELECT sensitive FROM flow_facts ORDER BY id"

    assert ask(make_case(**rows), asked) == [(True,), (True,), (False,)]
    assert ask(make_case(regimes=("eu-gdpr",), **rows), asked) == [(False,), (True,), (False,)]


def test_deletion_by_another_activity_counts_where_it_carries_an_item(
    make_case: Callable[..., Case],
) -> None:
    case = make_case(
        activities=[{"id": "a"}, {"id": "b"}],
        items=[{"id": "i", "activity": "a", "category": "identity.name"}],
        flows=[{"id": "f", "activity": "b", "stage": "delete", "items": "i"}],
    )

    assert ask(case, "SELECT id, deletes, reuses FROM activity_facts ORDER BY id") == [
        ("a", True, False),
        ("b", True, True),
    ]


def test_persons_are_never_summed(make_case: Callable[..., Case]) -> None:
    case = make_case(
        activities=[{"id": "a", "persons": 10}, {"id": "b"}],
        flows=[
            {"id": "f-1", "activity": "a", "stage": "use", "persons": 30},
            {"id": "f-2", "activity": "a", "stage": "use", "persons": 40},
        ],
    )

    assert ask(case, "SELECT persons_at_least FROM activity_facts ORDER BY id") == [(40,), (None,)]


@pytest.mark.parametrize(
    ("persons", "flows", "most"),
    [
        (50, (30, 40), 50),
        (10, (30, None), 30),
        (None, (30, 40), 70),
        (None, (30, None), None),
        (None, (None, None), None),
        (None, (), None),
    ],
)
def test_the_union_of_flows_is_at_most_their_sum_where_every_collection_is_counted(
    make_case: Callable[..., Case],
    persons: int | None,
    flows: tuple[int | None, ...],
    most: int | None,
) -> None:
    counted = [
        {"id": f"f-{n}", "activity": "a", "stage": "collect", "persons": count}
        for n, count in enumerate(flows)
    ]
    unsaid = [{"id": "g", "activity": "a", "stage": "delete"}] if flows else []

    case = make_case(activities=[{"id": "a", "persons": persons}], flows=counted + unsaid)

    assert ask(case, "SELECT persons_at_most FROM activity_facts") == [(most,)]


def test_an_incident_counts_where_its_categories_overlap(make_case: Callable[..., Case]) -> None:
    case = make_case(
        activities=[{"id": "a"}, {"id": "b"}],
        items=[
            {"id": "i", "activity": "a", "category": "contact.phone"},
            {"id": "j", "activity": "b", "category": "identity.name"},
        ],
        incidents=[
            {"id": "n-1", "own": "yes", "categories": "health.record;contact.phone"},
            {"id": "n-2", "own": "no", "categories": "identity.name"},
        ],
    )

    assert ask(case, "SELECT id, own_incident, peer_incident FROM activity_facts ORDER BY id") == [
        ("a", True, False),
        ("b", False, True),
    ]


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [
        ("Employees and applicants", True),
        ("pupils", True),
        ("住院患者", True),
        ("老年用户", True),
        ("impatient buyers", False),
        ("企业采购人员", False),
        (None, False),
    ],
)
def test_vulnerable_groups_are_found_by_name(
    make_case: Callable[..., Case], subjects: str | None, expected: bool
) -> None:
    case = make_case(activities=[{"id": "a", "subjects": subjects}])

    assert ask(case, "SELECT names_vulnerable FROM activity_facts") == [(expected,)]


def test_a_foreign_column_of_a_register_can_neither_clash_nor_enter_sql(
    make_case: Callable[..., Case],
) -> None:
    case = make_case(activities=[{"id": "a", "Title": "x", '"; DROP TABLE flows; --': "y"}])

    assert ask(case, "SELECT title FROM activity_facts") == [("a",)]


def test_facts_that_are_open_answer_as_facts_opened_for_one_analysis() -> None:
    marketplace = read_case(ROOT / "data/marketplace")
    with open_facts(marketplace) as facts:
        shared = [
            verb(marketplace, facts=facts).to_dict()
            for verb in (review_safeguards, build_ledger, screen_case, review_safeguards)
        ]

    review = review_safeguards(marketplace).to_dict()
    alone = [build_ledger(marketplace).to_dict(), screen_case(marketplace).to_dict()]
    assert [review, *alone, review] == shared


def test_what_was_seen_for_one_analysis_is_not_shown_to_the_next(
    make_case: Callable[..., Case],
) -> None:
    case = make_case(safeguards=[{"id": "s1"}])
    proofs = pd.DataFrame({"id": ["s1"], "state": ["verified"]})
    asked = "SELECT state FROM safeguard_facts"

    with open_facts(case, proofs=proofs) as facts:
        found = [facts.execute(asked).fetchall()]
        facts.see()
        found.append(facts.execute(asked).fetchall())
        facts.see(proofs=proofs)
        found.append(facts.execute(asked).fetchall())

    told = ["verified", None, "verified"]
    assert told == [state for [[state]] in found]


def test_facts_of_another_case_are_refused(make_case: Callable[..., Case]) -> None:
    with (
        open_facts(make_case()) as facts,
        pytest.raises(ValueError, match="these are the facts of another case"),
    ):
        build_ledger(make_case(), facts=facts)
