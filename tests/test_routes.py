"""Which route an export needs, and whether the one stated is that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from piaskit.case import Case
from piaskit.screening import Route, Routes, choose_routes

Make = Callable[..., Case]

ORDINARY = {"id": "o", "activity": "a", "category": "identity.name"}
SENSITIVE = {"id": "s", "activity": "a", "category": "health.record"}


def _export(make: Make, *flows: dict[str, Any], operator: str | None = None, **more: Any) -> Routes:
    tables: dict[str, Any] = {
        "activities": [{"id": "a", "legal_basis": "cn-pipl.consent"}],
        "items": [ORDINARY, SENSITIVE],
        "systems": [{"id": "here", "country": "CN"}, {"id": "there", "country": "DE"}],
        "flows": [
            {"id": f"f-{n}", "activity": "a", "stage": "transmit", "source": "here",
             "target": "there", "items": "o", **flow}
            for n, flow in enumerate(flows)
        ],
    } | more  # fmt: skip
    case = make(**tables)
    own = replace(case.organisation, operator=operator)
    return choose_routes(replace(case, organisation=own))


def _lone(make: Make, operator: str | None = None, **flow: Any) -> Route:
    [route] = _export(make, flow, operator=operator).exports
    return route


@pytest.mark.parametrize(
    ("persons", "items", "due"),
    [
        (99_999, "o", "none-needed"),
        (100_000, "o", "contract"),
        (999_999, "o", "contract"),
        (1_000_000, "o", "assessment"),
        (1, "s", "contract"),
        (9_999, "s", "contract"),
        (10_000, "s", "assessment"),
        (None, "o", "judge"),
        (None, "s", "judge"),
    ],
)
def test_the_route_changes_exactly_at_the_numbers_of_the_provisions(
    make_case: Make, persons: int | None, items: str, due: str
) -> None:
    route = _lone(make_case, persons_year=persons, items=items)

    assert route.due == due
    assert route.sensitive == (items == "s")


def test_a_limit_inside_the_range_of_several_exports_is_to_be_judged(make_case: Make) -> None:
    routes = _export(make_case, {"persons_year": 60_000}, {"persons_year": 60_000})

    assert routes.ordinary == (60_000, 120_000)
    assert routes.sensitive == (0, 0)
    assert {(r.due, r.reason) for r in routes.exports} == {("judge", "open")}


def test_important_data_and_critical_infrastructure_need_the_assessment_at_any_number(
    make_case: Make,
) -> None:
    marked = [{**ORDINARY, "important_data": "yes"}]
    [important] = _export(make_case, {"persons_year": 1}, items=marked).exports
    cii = _lone(make_case, operator="cii", persons_year=1)

    assert (important.due, important.reason) == ("assessment", "important")
    assert (cii.due, cii.reason) == ("assessment", "cii")


def test_an_exemption_needs_its_ground(make_case: Make) -> None:
    stated = {"transfer_mechanism": "exempt-contract", "persons_year": 2_000_000}
    grounded = _lone(make_case, **stated, legal_basis="cn-pipl.contract")
    bare = _lone(make_case, **stated)

    assert (grounded.due, grounded.fit) == ("exempt", "fits")
    assert (bare.due, bare.fit) == ("none-needed", "unfit")


@pytest.mark.parametrize(
    ("persons", "mechanism", "fit"),
    [
        (500_000, "standard-contract", "fits"),
        (500_000, "certification", "fits"),
        (500_000, "cac-assessment", "fits"),
        (500_000, "exempt-volume", "unfit"),
        (500_000, "scc", "unfit"),
        (500_000, None, "missing"),
        (500_000, "none", "missing"),
        (5_000_000, "standard-contract", "unfit"),
        (5_000_000, "cac-assessment", "fits"),
        (5, "exempt-volume", "fits"),
        (None, "standard-contract", "judge"),
        (None, "cac-assessment", "fits"),
    ],
)
def test_the_stated_mechanism_is_held_against_the_route(
    make_case: Make, persons: int | None, mechanism: str | None, fit: str
) -> None:
    assert _lone(make_case, persons_year=persons, transfer_mechanism=mechanism).fit == fit


def test_a_mechanism_ends_with_its_day(make_case: Make) -> None:
    stated = {"transfer_mechanism": "standard-contract", "persons_year": 500_000}

    assert _lone(make_case, **stated, mechanism_until="2026-06-29").fit == "expired"
    assert _lone(make_case, **stated, mechanism_until="2026-06-30").fit == "fits"


def test_without_flows_nothing_leaves_as_with_flows_that_stay(make_case: Make) -> None:
    stays = _export(make_case, {"target": "here"})

    assert _export(make_case) == stays == Routes((), (0, 0), (0, 0))


def test_only_exports_of_the_activities_asked_for_are_listed_and_all_are_counted(
    make_case: Make,
) -> None:
    case = make_case(
        activities=[{"id": "a"}, {"id": "b"}],
        systems=[{"id": "there", "country": "SG"}],
        flows=[
            {"id": f"f-{id}", "activity": id, "stage": "transmit", "target": "there",
             "persons_year": 10}
            for id in ("a", "b")
        ],
    )  # fmt: skip

    routes = choose_routes(case, ["b"])

    assert [route.flow for route in routes.exports] == ["f-b"]
    assert routes.ordinary == (10, 20)
