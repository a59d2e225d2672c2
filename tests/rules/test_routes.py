"""Export routes by the union rule, transfers out of the EEA, and who counts as entrusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piaskit.case import Case
from piaskit.ledger import build_ledger
from piaskit.model import Organisation
from piaskit.rules import open_facts, put_rules

Make = Callable[..., Case]
PLACES: dict[str, list[dict[str, Any]]] = {
    "parties": [
        {"id": "abroad", "role": "recipient", "country": "MO", "contract": "c"},
        {"id": "people", "role": "subject"},
        {"id": "host", "role": "processor", "country": "CN"},
    ],
    "systems": [
        {"id": "home", "country": "CN"},
        {"id": "hosted", "country": "CN", "operator": "host"},
        {"id": "bonn", "country": "DE"},
        {"id": "oslo", "country": "NO"},
        {"id": "tokyo", "country": "JP"},
        {"id": "delhi", "country": "IN"},
        {"id": "somewhere"},
    ],
}


def export_to_macao(make: Make, *flows: dict[str, Any], operator: str | None = None) -> Case:
    case = make(
        activities=[{"id": "a", "legal_basis": "cn-pipl.contract"}],
        items=[
            {"id": "plain", "activity": "a", "category": "identity.name"},
            {"id": "ill", "activity": "a", "category": "health.record"},
        ],
        flows=[
            {
                "id": f"f-{n}", "activity": "a", "stage": "provide", "source": "home",
                "target": "abroad", "items": "plain", "transfer_mechanism": "standard-contract",
            } | flow
            for n, flow in enumerate(flows)
        ],
        **PLACES,
    )  # fmt: skip
    return replace(case, organisation=Organisation("Shop Ltd", operator=operator))


def ask(case: Case, sql: str) -> list[Any]:
    with open_facts(case) as facts:
        return facts.connection.execute(sql).fetchall()


ROUTES = ("export-needs-assessment", "exempt-volume-contradicted", "export-count-open")


def find_routes(case: Case) -> set[tuple[str, str]]:
    with open_facts(case) as facts:
        hits, problems = put_rules(facts, [case.knowledge.rules[id] for id in ROUTES])
        assert problems == []
        return {(hit.rule.id, hit.id) for hit in hits}


NEEDED, OPEN = ("export-needs-assessment", "f-0"), ("export-count-open", "shop")
CONTRADICTED = ("exempt-volume-contradicted", "f-0")
NOTHING = {"transfer_mechanism": None}
CONTRACT = {"transfer_mechanism": "exempt-contract"}
VOLUME = {"transfer_mechanism": "exempt-volume"}


@pytest.mark.parametrize(
    ("flows", "operator", "expected"),
    [
        ([{"persons_year": 999_999}, {"persons_year": 9_999, "items": "plain;ill"}], None, set()),
        ([{"persons_year": 1_000_000}], None, {NEEDED}),
        ([{"persons_year": 999_999}, {"persons_year": 1, **NOTHING}], None, {OPEN}),
        ([{"persons_year": 10}, {"transfer_mechanism": "cac-assessment"}], None, {OPEN}),
        ([{"persons_year": 10_000, "items": "plain;ill"}], None, {NEEDED}),
        ([{"persons_year": 1}, {"persons_year": 9**9, **CONTRACT}], "cii", {NEEDED}),
        ([{"persons_year": 9, **VOLUME}], "cii", {CONTRADICTED}),
        ([{"persons_year": 99_999, **VOLUME}], None, set()),
        ([{"persons_year": 100_000, **VOLUME}], None, {CONTRADICTED}),
        ([VOLUME], None, {OPEN}),
        ([{"persons_year": 9, "items": "ill", **VOLUME}], None, {CONTRADICTED}),
    ],
)
def test_the_route_follows_operator_kind_items_and_the_range_of_persons(
    make_case: Make, flows: list[dict[str, Any]], operator: str | None, expected: set[Any]
) -> None:
    assert expected == find_routes(export_to_macao(make_case, *flows, operator=operator))


@settings(max_examples=5, deadline=None)
@given(counts=st.lists(st.integers(0, 2_000_000) | st.none(), min_size=1, max_size=5))
def test_the_range_of_persons_runs_from_the_largest_flow_to_the_sum(
    make_case: Make, counts: list[int | None]
) -> None:
    case = export_to_macao(make_case, *({"persons_year": n} for n in counts))
    stated = [n for n in counts if n is not None]

    assert ask(case, "SELECT ordinary_low, ordinary_high FROM organisation_facts") == [
        (max(stated, default=0), sum(stated) if len(stated) == len(counts) else None)
    ]


def test_important_data_needs_the_assessment_whatever_exemption_is_claimed(
    make_case: Make,
) -> None:
    case = export_to_macao(make_case, {"persons_year": 1, "transfer_mechanism": "exempt-hr"})
    case.frames["items"]["important_data"] = "yes"

    assert find_routes(case) == {NEEDED}


def test_a_transfer_leaves_the_area_and_a_blank_source_lies_in_it_only_without_chinese_law(
    make_case: Make,
) -> None:
    ends = [
        ("bonn", "delhi", True, True),
        ("bonn", "oslo", False, False),
        ("bonn", "tokyo", True, True),
        ("tokyo", "delhi", False, False),
        ("people", "delhi", False, False),
        (None, "delhi", True, False),
        ("somewhere", "delhi", True, False),
        ("bonn", "somewhere", False, False),
    ]
    flows = [
        {"id": f"f-{n}", "activity": "a", "stage": "transmit", "source": source, "target": target}
        for n, (source, target, *_) in enumerate(ends)
    ]
    tables = {"activities": [{"id": "a"}], "flows": flows, **PLACES}
    sql = "SELECT is_transfer, target_is_adequate FROM flow_facts ORDER BY id"

    europe = ask(make_case(regimes=("eu-gdpr",), **tables), sql)
    both = ask(make_case(regimes=("eu-gdpr", "cn-pipl"), **tables), sql)

    assert europe == [(alone, target == "tokyo") for _, target, alone, _ in ends]
    assert both == [(beside, target == "tokyo") for _, target, _, beside in ends]


def test_who_operates_a_system_is_entrusted_and_reached_by_its_flows(make_case: Make) -> None:
    case = make_case(
        activities=[{"id": "a"}],
        flows=[{"id": "f", "activity": "a", "stage": "store", "target": "hosted"}],
        **PLACES,
    )

    found = [
        f for f in build_ledger(case).findings if f.hit.rule.id == "entrusted-without-contract"
    ]
    assert ask(case, "SELECT entrusts FROM flow_facts") == [(True,)]
    assert [(f.hit.id, f.hit.flows, f.hit.activities) for f in found] == [("host", ("f",), ("a",))]


def test_the_end_of_a_retention_is_known_where_dates_are_stated(make_case: Make) -> None:
    known = [
        ("P1Y6M", "2024-01-31", "2025-07-31"),
        ("P2W", "2024-01-01", "2024-01-15"),
        ("P180D", "end of contract", None),
        ("until 2025-02-28", None, "2025-02-28"),
        ("until the account is closed", None, None),
        ("P1Y", "2024-02-30", None),
        ("P99999999999999999999Y", "2024-01-01", "102023-01-01"),
        (None, "2024-01-01", None),
    ]
    items = [
        {
            "id": f"i-{n}", "category": "identity.name", "activity": "a",
            "retention": retention, "retention_start": start,
        }
        for n, (retention, start, _) in enumerate(known)
    ]  # fmt: skip
    case = make_case(activities=[{"id": "a"}], items=items)

    assert ask(case, "SELECT ends_on::VARCHAR FROM item_facts ORDER BY id") == [
        (end,) for *_, end in known
    ]


def test_cover_says_the_same_as_the_coverage_of_safeguards(make_case: Make) -> None:
    from piaskit.safeguards.coverage import cover_subjects

    case = make_case(
        activities=[{"id": id} for id in ("a", "b", "c", "home")],
        flows=[
            {"id": "f-1", "activity": "a", "stage": "store", "source": "home", "target": "hosted"},
            {"id": "f-2", "activity": "b", "stage": "store", "source": "people", "target": "home"},
            {"id": "f-3", "activity": "c", "stage": "provide", "target": "abroad"},
        ],
        safeguards=[
            {"id": f"g-{n}", "control": control, "scope": scope, "status": "in-place"}
            for n, (control, scope) in enumerate(
                [
                    ("access.logging", "systems/home"),
                    ("access.approval", "home;systems/hosted"),
                    ("attack.waf", "activities/c;flows/f-1"),
                    ("audit.compliance", "all"),
                    ("encryption.at-rest", "f-1;category:contact;parties/abroad"),
                    (None, "all"),
                    ("policy.retention", None),
                ]
            )
        ],
        **PLACES,
    )

    truth = cover_subjects(case, case.frames["safeguards"]).tables["activities"]
    expected = {id: sorted(truth.columns[truth.loc[id]]) for id in truth.index}
    assert expected == dict(ask(case, "SELECT id, controls FROM activity_facts"))
