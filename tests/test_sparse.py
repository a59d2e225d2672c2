"""Registers that hold hardly anything: every verb answers, and says what it lacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from piaskit.case import Case
from piaskit.ledger import build_ledger
from piaskit.model import Organisation
from piaskit.report.compose import compose_report
from piaskit.risk import assess_risks
from piaskit.screening import screen_case

REGIMES = ("cn-pipl", "eu-gdpr", "uk-gdpr", "kr")
SPARSE: dict[str, dict[str, Any]] = {
    "activities alone": {"activities": [{"id": "a", "title": "Orders"}, {"id": "b"}]},
    "flows alone": {
        "flows": [
            {"id": "f", "activity": "gone", "stage": "provide", "target": "nowhere"},
            {"id": "g", "stage": "store"},
        ]
    },
    "systems and parties alone": {
        "systems": [{"id": "s", "kind": "database", "country": "US"}],
        "parties": [{"id": "p", "role": "processor"}],
    },
}


@pytest.mark.parametrize("tables", SPARSE.values(), ids=SPARSE)
def test_a_bare_register_is_answered_with_reasons_and_what_is_missing(
    make_case: Callable[..., Case], tables: dict[str, Any]
) -> None:
    case = replace(
        make_case(regimes=REGIMES, **tables),
        organisation=Organisation("House"),
        texts={"title": "Bare", "name": "House"},
    )

    results = {
        "ledger": build_ledger(case).to_dict(),
        "screen": screen_case(case).to_dict(),
        "assess": assess_risks(case).to_dict(),
    }

    activities = len(tables.get("activities", ()))
    verdicts = results["screen"]["verdicts"]
    assert len(verdicts) == len(REGIMES) * activities
    assert all((v["decision"] == "judge") == bool(v["missing"]) for v in verdicts)
    assert all(risk["because"] for risk in results["assess"]["risks"])
    assert len(results["assess"]["activities"]) == activities
    document = compose_report(case, results, "internal", "zh", "export")
    assert [section.id for section in document.sections] == ["export-overview"]
