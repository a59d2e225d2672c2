"""Cases with the real packs, with evidence and rules of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from piaskit.case import Case
from piaskit.knowledge import Rule, load_knowledge

MakeRule = Callable[..., Rule]


@pytest.fixture(scope="session")
def make_rule() -> MakeRule:
    def make(id: str, **said: Any) -> Rule:
        words = {"en": f"{id} fires", "zh": f"{id} 触发"}
        usual: dict[str, Any] = {
            "kind": "exposure",
            "about": "flow",
            "regimes": ["cn-pipl"],
            "event": "access",
            "threat": words,
            "source": "network-tech",
            "where": "transport = 'plain'",
            "meets": {
                "none": "very-high",
                "incomplete": "high",
                "some": "medium",
                "effective": "low",
            },
            "message": words,
            "clauses": ["cn-pipl 51(3)"],
            "why": words,
            "remedy": ["encryption.in-transit", "monitoring.logging", "access.logging"],
        }
        return Rule.model_validate({"id": id, **usual, **said})

    return make


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("case")
    (root / "evidence").mkdir()
    (root / "evidence" / "proof.txt").write_text("seen to work")
    return root


@pytest.fixture(scope="session")
def make_case(make_case: Callable[..., Case], folder: Path) -> Callable[..., Case]:
    """Return a maker of cases; ``rules`` are the only rules of the case, ``persons`` its total."""
    built_in = load_knowledge()

    def make(rules: list[Rule] | None = None, persons: int | None = None, **tables: Any) -> Case:
        case = make_case(**tables)
        known = built_in.rules if rules is None else {rule.id: rule for rule in rules}
        return replace(
            case,
            root=folder,
            organisation=replace(case.organisation, persons_total=persons),
            knowledge=replace(built_in, rules=known),
        )

    return make
