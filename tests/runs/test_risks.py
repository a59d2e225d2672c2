"""What notebook 2 shows of treatment, on a small case, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from piaskit.case import Case
from piaskit.knowledge import load_knowledge
from piaskit.risk import Assessment, assess_risks
from piaskit.runs.risks import (
    show_disagreements,
    show_overdue,
    show_plan,
    show_remarks,
    show_residual,
    show_top,
)
from piaskit.runs.run import Run

TAPPED = "interception@parties/p-1"
SALON: dict[str, list[dict[str, Any]]] = {
    "activities": [{"id": "hair", "title": "Hair"}],
    "items": [{"id": "i-pass", "activity": "hair", "category": "account.password"}],
    "parties": [{"id": "p-1", "title": "Desk", "role": "processor"}],
    "roles": [{"id": "r-it", "role": "data-security-officer", "holder": "Lin"}],
    "flows": [
        {"id": "f-1", "activity": "hair", "stage": "provide", "target": "p-1", "items": "i-pass",
         "channel": "web", "transport": "tls1.3"}
    ],
    "safeguards": [
        {"id": "g-1", "title": "TLS", "control": "encryption.in-transit", "kind": "technical",
         "scope": "all", "status": "planned", "owner": "r-it", "cost_year": 1200,
         "currency": "CNY"}
    ],
    "actions": [
        {"id": "x-1", "risk": TAPPED, "title": "Lines", "status": "open", "owner": "r-it",
         "due_on": "2026-06-20"},
        {"id": "x-2", "risk": "gone@parties/p-1", "title": "Old", "status": "open"},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def salon(make_case: Callable[..., Case]) -> Case:
    built_in = load_knowledge()
    rules = {id: built_in.rules[id] for id in ("entrusted-without-contract", "interception")}
    case = make_case(**SALON, regimes=("cn-pipl", "eu-gdpr"))
    return replace(case, knowledge=replace(built_in, rules=rules))


@pytest.fixture(scope="module")
def assessed(salon: Case) -> Assessment:
    return assess_risks(salon, "gbt39335,cnil")


def open_small(case: Case, lang: str) -> Run:
    return Run(case, Path(), {"method": "gbt39335"}, (lang,), ("internal",), ("html",))


def test_treatment_is_told_in_english(salon: Case, assessed: Assessment) -> None:
    run, assess = open_small(salon, "en"), assessed.to_dict()

    assert "consult the authority before processing" in repr(show_residual(run, assess))
    assert "GDPR Art. 36" in repr(show_residual(run, assess))
    assert repr(show_overdue(run, assess)).splitlines()[2] == (
        "Lines | Interception on the way | Lin (Data security officer) | 2026-06-20 | 10"
    )
    assert "did you mean" in repr(show_remarks(run, assess))
    plan = repr(show_plan(run, assess)).splitlines()
    assert plan[2].startswith("Entrusted without a contract | Desk | ● high | Treat within a time")
    assert "(proposed) | Close the gap itself" in plan[2]
    assert plan[2].endswith("owner not named | no day set | ● high | ◐ medium | "
                            "an action; an owner; a day")  # fmt: skip
    assert " | Lines | Lin (Data security officer) | 2026-06-20 | " in plan[3]


def test_the_worst_risks_stand_first_with_their_reasons(salon: Case, assessed: Assessment) -> None:
    shown = repr(show_top(open_small(salon, "zh"), assessed.to_dict(), most=1))

    assert shown.startswith("最严重的 1 项风险（共 2 项）及全部理由")
    assert "《个人信息保护法》" in shown
    assert len(shown.splitlines()) == 3


def test_steps_say_what_to_do_and_what_it_costs(salon: Case) -> None:
    alone = replace(salon, frames={**salon.frames, "actions": salon.frames["actions"].head(0)})
    plan = repr(show_plan(open_small(alone, "en"), assess_risks(alone).to_dict()))

    assert "Finish: " in plan
    assert "(1,200 CNY); Introduce: Key management" in plan


def test_disagreements_are_shown_for_activities_and_folded_for_all(
    assessed: Assessment, capsys: pytest.CaptureFixture[str]
) -> None:
    show_disagreements(assessed.disagreements())

    shown = capsys.readouterr().out
    assert shown.count("gbt39335") >= 2
