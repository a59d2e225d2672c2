"""Tables C.3, D.6 and C.4 of the worked case against the key that was worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from piaskit.case import Case, read_case
from piaskit.risk import Assessment, assess_risks
from piaskit.risk.scales import LEVELS, LIKELIHOODS, STATES
from piaskit.risk.tables import build_impact_table, build_likelihood_table, build_treatment_table

ROOT = Path(__file__).parents[2]
KEY = yaml.safe_load((ROOT / "tests" / "keys" / "methods.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def case() -> Case:
    market = read_case(ROOT / "data" / "marketplace", as_of=date.fromisoformat(KEY["as_of"]))
    rules = {id: market.knowledge.rules[id] for id in KEY["rules"]}
    return replace(market, knowledge=replace(market.knowledge, rules=rules))


@pytest.fixture(scope="module")
def found(case: Case) -> Assessment:
    return assess_risks(case)


def spell(digits: str, scale: tuple[str, ...], titles: Any) -> list[str]:
    return [titles(scale[int(digit)]) for digit in digits.split()]


def test_table_c3_has_the_impacts_of_the_key(case: Case, found: Assessment) -> None:
    scales = case.knowledge.methods["gbt39335"].scales
    table = build_impact_table(case, found.to_dict(), "en")
    titles = {a["title"]: a["id"] for a in found.result["activities"]}

    shown: dict[str, list[str]] = {}
    for title, level in zip(table["Activity"], table["Level of impact"], strict=True):
        shown.setdefault(titles[title], []).append(level)

    def name(word: str) -> str:
        return scales.impact[word].title.en

    assert shown == {id: spell(row, LEVELS, name) for id, row in KEY["impacts"].items()}


def test_table_d6_has_the_likelihood_and_the_level_of_every_pair(
    case: Case, found: Assessment
) -> None:
    method = case.knowledge.methods["gbt39335"]
    table = build_likelihood_table(case, found.to_dict(), "en")
    titles = {a["id"]: a["title"] for a in found.result["activities"]}
    expected = []
    for id, row in KEY["likelihoods"].items():
        impacts = [LEVELS[int(digit)] for digit in KEY["impacts"][id].split()]
        for source, digit in zip(method.sources.values(), row.split(), strict=True):
            likely = LIKELIHOODS[int(digit)]
            name = method.scales.likelihood[likely].title.en
            cells = [
                f"likelihood {name}, risk {method.scales.risk[method.matrix[impact][likely]].en}"
                for impact in impacts
            ]
            expected.append([titles[id], source.title.en, *cells])

    assert table.iloc[:, :-1].to_numpy().tolist() == expected


def test_table_c4_has_the_risks_of_the_key(case: Case, found: Assessment) -> None:
    expected = {
        f"{rule}@{subject}": states.split()
        for rule, subjects in KEY["risks"].items()
        for subject, states in subjects.items()
    }
    shown = {
        risk["id"]: [
            f"{LEVELS.index(s['impact'])}{LIKELIHOODS.index(s['likelihood'])}"
            f"{LEVELS.index(s['level'])}"
            for s in (risk["levels"]["gbt39335"][state] for state in STATES)
        ]
        for risk in found.result["risks"]
        if risk["kind"] != "judgement"
    }
    assert shown == expected

    scales = case.knowledge.methods["gbt39335"].scales
    worst_first = sorted(
        (-int(states[1][2]), id, int(states[1][0]), int(states[1][1]))
        for id, states in expected.items()
    )
    table = build_treatment_table(case, found.to_dict(), "en")
    order = sorted(
        found.result["risks"],
        key=lambda r: (-LEVELS.index(r["levels"]["gbt39335"]["current"]["level"]), r["id"]),
    )
    rows = [
        row
        for risk, row in zip(
            order, table[["Level of impact", "Likelihood"]].to_numpy().tolist(), strict=True
        )
        if risk["id"] in expected
    ]
    assert rows == [
        [
            scales.impact[LEVELS[impact]].title.en,
            scales.likelihood[LIKELIHOODS[likelihood]].title.en,
        ]
        for _, _, impact, likelihood in worst_first
    ]
