"""Which flows touch which subject."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from piaskit.case import Case
from piaskit.rules import Touched

STAGES = ("collect", "store", "use", "process", "transmit", "provide", "disclose", "delete")


@pytest.fixture
def touched(make_case: Callable[..., Case]) -> Touched:
    case = make_case(
        activities=[{"id": "b"}, {"id": "a"}, {"id": "idle"}],
        items=[{"id": "i", "activity": "a"}, {"id": "j", "activity": "a"}],
        parties=[{"id": "p"}, {"id": "silent"}, {"id": "both"}],
        systems=[{"id": "s", "operator": "silent"}, {"id": "t", "operator": "p"}, {"id": "both"}],
        flows=[
            {"id": "f2", "activity": "b", "stage": "store", "source": "p", "target": "s"},
            {
                "id": "f1",
                "activity": "a",
                "stage": "use",
                "source": "s",
                "target": "s",
                "items": "i",
            },
            {"id": "f3", "activity": "a", "stage": "use", "source": "both", "items": "j;i"},
            {"id": "f4", "activity": "gone", "source": "t"},
        ],
    )
    return Touched(case.frames)


@pytest.mark.parametrize(
    ("table", "id", "flows", "activities"),
    [
        ("activities", "a", ("f1", "f3"), ("a",)),
        ("activities", "idle", (), ()),
        ("items", "i", ("f1", "f3"), ("a",)),
        ("items", "j", ("f3",), ("a",)),
        ("flows", "f2", ("f2",), ("b",)),
        ("parties", "p", ("f2",), ("b",)),
        ("parties", "silent", ("f1", "f2"), ("a", "b")),
        ("parties", "both", ("f3",), ("a",)),
        ("systems", "s", ("f1", "f2"), ("a", "b")),
        ("systems", "both", (), ()),
        ("organisation", "shop", (), ()),
        ("roles", "r", (), ()),
    ],
)
def test_a_subject_is_touched_by_these_flows_of_these_activities(
    touched: Touched, table: str, id: str, flows: tuple[str, ...], activities: tuple[str, ...]
) -> None:
    assert touched.list_flows(table, id, STAGES) == flows
    assert touched.list_activities(table, id) == activities


def test_only_flows_of_the_stages_asked_for_count(touched: Touched) -> None:
    assert touched.list_flows("systems", "s", ("store",)) == ("f2",)
    assert touched.list_flows("flows", "f2", ("use",)) == ()
    assert touched.list_flows("flows", "f4", STAGES) == ()
    assert (touched.stage_of("f2"), touched.stage_of("f4"), touched.stage_of("x")) == (
        "store", None, None,
    )  # fmt: skip


def test_subjects_and_activities_are_found_by_their_rows(touched: Touched) -> None:
    rows = touched.locate("parties", ["silent", "nobody", "p"])

    assert rows.tolist() == [1, -1, 0]
    places, activities = touched.link_activities("parties", rows)
    assert list(zip(places.tolist(), activities.tolist(), strict=True)) == [(0, 0), (0, 1), (2, 0)]
    assert touched.link_activities("roles", np.array([0]))[0].tolist() == []
