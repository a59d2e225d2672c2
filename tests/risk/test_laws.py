"""What no change of a case may do to a risk, over every rule: the worked case and a drawn one."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from accept.laws import (
    Levels,
    draw_case,
    find_lowered,
    find_raised,
    protect,
    read_levels,
    rename,
    shuffle,
    without_judgements,
    worsen,
)

from piaskit.case import Case, read_case

METHODS = ("gbt39335", "cnil", "matrix", "nist-pram", "small-processor")
MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Case, Levels]]:
    found = {
        "marketplace": without_judgements(read_case(MARKETPLACE)),
        "drawn": without_judgements(draw_case(1, tmp_path_factory.mktemp("drawn"))),
    }
    return {name: (case, read_levels(case, METHODS)) for name, case in found.items()}


@pytest.mark.parametrize("name", ["marketplace", "drawn"])
@pytest.mark.parametrize(
    ("change", "find"),
    [
        pytest.param(protect, find_raised, id="verified safeguards raise nothing"),
        pytest.param(worsen, find_lowered, id="worse facts lower nothing"),
    ],
)
def test_no_level_moves_the_wrong_way(
    cases: dict[str, tuple[Case, Levels]], name: str, change: Any, find: Callable[..., list[str]]
) -> None:
    case, before = cases[name]
    after = read_levels(change(case, random.Random(7)), METHODS)

    assert find(before, after) == []
    assert (after.risks, after.rest) != (before.risks, before.rest)


def test_neither_the_order_of_rows_nor_their_ids_show(
    cases: dict[str, tuple[Case, Levels]],
) -> None:
    case, before = cases["drawn"]
    shuffled = shuffle(case, random.Random(7))
    renamed, back = rename(shuffled)
    after = read_levels(renamed, METHODS)

    assert read_levels(shuffled, METHODS).said == before.said
    kept = before.risks.keys() & after.risks.keys()
    assert {id.partition("@")[2] for id in kept} <= {f"organisation/{case.id}"}
    after = after.translate(back)
    assert (after.risks, after.rest) == (before.risks, before.rest)


def test_a_level_that_moves_the_wrong_way_is_told() -> None:
    risks = {"loss@systems/s": (2, 2, 1), "damage@systems/s": (1, 1, 1)}
    before = Levels(risks, {"a": (2, 2, 2)}, "")
    after = Levels({"loss@systems/s": (2, 1, 1)}, {"a": (2, 2, 1)}, "")

    assert find_lowered(before, after) == [
        "loss@systems/s: (2, 2, 1), (2, 1, 1)",
        "a: (2, 2, 2), (2, 2, 1)",
        "damage@systems/s: gone",
    ]
    assert find_lowered(after, before) == []
    assert find_raised(after, before)[-1] == "damage@systems/s: new"
