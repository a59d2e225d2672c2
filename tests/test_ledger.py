"""The ledger: stages, findings, and the answer key of the worked case."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from piaskit.case import Case, read_case
from piaskit.case.tables import TABLES
from piaskit.ledger import STAGES, build_ledger

ROOT = Path(__file__).parent.parent
KEY = yaml.safe_load((ROOT / "tests/keys/marketplace.yaml").read_text("utf-8"))
EXPECTED = {(f["rule"], f["table"], f["id"]) for f in KEY["findings"]}


@pytest.fixture(scope="module")
def market() -> Case:
    return read_case(ROOT / "data/marketplace")


def find(case: Case) -> set[tuple[str, str, str]]:
    ledger = build_ledger(case)
    assert not ledger.issues
    return {(f.hit.rule.id, f.hit.table, f.hit.id) for f in ledger.findings}


def test_the_findings_of_the_worked_case_are_those_of_its_key(market: Case) -> None:
    assert find(market) == EXPECTED


def repair(case: Case, change: dict[str, Any]) -> Case:
    """Return the case with one cell set or one row added."""
    table = TABLES[change["table"]]
    frame = case.frames[table.name].copy()
    if "add" in change:
        row = {c.name: pd.Series([change["add"].get(c.name)], dtype=c.dtype) for c in table.columns}
        frame = pd.concat([frame, pd.DataFrame(row)], ignore_index=True)
    else:
        column = table[change["column"]]
        value = pd.Series([change["value"]], dtype=column.dtype)[0]
        assert (frame["id"] == change["id"]).sum() == 1
        frame.loc[frame["id"] == change["id"], column.name] = value
    return replace(case, frames={**case.frames, table.name: frame})


# One finding of each rule; `make accept` repairs every one.
ONE_EACH = list({f["rule"]: f for f in KEY["findings"]}.values())


@pytest.mark.parametrize("finding", ONE_EACH, ids=lambda f: f"{f['rule']}@{f['id']}")
def test_repairing_one_gap_removes_exactly_its_finding(
    market: Case, finding: dict[str, Any]
) -> None:
    gone = {(finding["rule"], finding["table"], finding["id"])}

    assert find(repair(market, finding["repair"])) == EXPECTED - gone


def test_renaming_every_id_and_shuffling_the_rows_changes_nothing_else(market: Case) -> None:
    ids = sorted({id for frame in market.frames.values() for id in frame["id"].dropna()})
    new = {id: f"x-{len(ids) - n}" for n, id in enumerate(ids)}
    word = re.compile(r"[^;/]+")
    frames = {}
    for name, table in TABLES.items():
        frame = market.frames[name].sample(frac=1, random_state=7).reset_index(drop=True)
        for column in table.columns:
            if column.kind in ("id", "reference", "references", "scope"):
                frame[column.name] = frame[column.name].map(
                    lambda cell: word.sub(lambda m: new.get(m[0], m[0]), cell),
                    na_action="ignore",
                )
        frames[name] = frame.astype(market.frames[name].dtypes.to_dict())
    renamed = replace(market, frames=frames)

    assert find(renamed) == {(rule, table, new.get(id, id)) for rule, table, id in EXPECTED}
    before, after = build_ledger(market).to_dict(), build_ledger(renamed).to_dict()
    assert sorted(f["message_zh"] for f in before["findings"]) == sorted(
        f["message_zh"] for f in after["findings"]
    )
    stages = {a["title"]: a["stages"] for a in after["activities"]}
    for activity in before["activities"]:
        for stage in STAGES:
            moved = sorted(new[flow] for flow in activity["stages"][stage])
            assert stages[activity["title"]][stage] == moved


def test_the_ledger_gives_each_activity_eight_stages_in_order(
    make_case: Callable[..., Case],
) -> None:
    case = make_case(
        activities=[{"id": "b"}, {"id": "a", "title": "Orders", "persons": 12}],
        flows=[
            {"id": "f-2", "activity": "a", "stage": "collect"},
            {"id": "f-1", "activity": "a", "stage": "collect"},
            {"id": "f-3", "activity": "a", "stage": "delete"},
        ],
    )

    ledger = build_ledger(case)

    first, second = ledger.to_dict()["activities"]
    assert (first["id"], first["title"], first["persons"]) == ("a", "Orders", 12)
    assert list(first["stages"]) == list(STAGES)
    assert first["stages"]["collect"] == ["f-1", "f-2"]
    assert first["stages"]["delete"] == ["f-3"]
    assert (second["title"], second["persons"]) == ("b", None)
    assert all(flows == [] for flows in second["stages"].values())
    assert ledger.stages.loc["a", "collect"] == ("f-1", "f-2")


def test_a_finding_cites_the_first_clause_of_an_active_regime(
    make_case: Callable[..., Case],
) -> None:
    rows = {
        "activities": [
            {
                "id": "a", "title": "Orders", "title_zh": "订单", "role": "controller",
                "purpose": "sell", "rights": "access;copy;correct;delete",
            }
        ]
    }  # fmt: skip

    both = build_ledger(make_case(regimes=("eu-gdpr", "cn-pipl"), **rows)).findings
    europe = build_ledger(make_case(regimes=("eu-gdpr",), **rows)).findings

    assert [(f.hit.rule.id, f.clause) for f in both] == [
        ("no-legal-basis", "PIPL Art. 13"),
        ("not-in-notice", "PIPL Art. 17"),
    ]
    assert [(f.hit.rule.id, f.clause, f.clauses) for f in europe] == [
        ("no-legal-basis", "GDPR Art. 6(1)", ("eu-gdpr 6(1)",)),
        ("not-in-notice", "GDPR Art. 13", ("eu-gdpr 13", "eu-gdpr 14")),
    ]
    assert both[0].message == "The register states no legal basis for “Orders”."
    assert both[0].message_zh == "登记表未载明“订单”的合法性基础。"


def test_rules_of_chinese_law_alone_are_silent_without_it(make_case: Callable[..., Case]) -> None:
    case = make_case(
        regimes=("eu-gdpr",),
        activities=[
            {
                "id": "a", "legal_basis": "eu-gdpr.6-1-f", "notice": "n", "children": "5",
                "purpose": "sell", "rights": "access;copy;correct;delete",
            }
        ],
        flows=[{"id": "f", "activity": "a", "stage": "disclose", "source": "s", "target": "p"}],
        parties=[{"id": "p", "role": "recipient", "country": "DE"}],
        systems=[{"id": "s", "important": "yes"}],
    )  # fmt: skip

    assert build_ledger(case).findings == ()


def test_the_ledger_limits_itself_to_the_activities_asked_for(
    make_case: Callable[..., Case],
) -> None:
    case = make_case(
        activities=[{"id": "a"}, {"id": "b"}], systems=[{"id": "s", "important": "yes"}]
    )

    ledger = build_ledger(case, activities=["b"])

    assert [row["id"] for row in ledger.to_dict()["activities"]] == ["b"]
    assert {f.hit.id for f in ledger.findings} == {"b"}


def test_an_empty_case_has_an_empty_ledger(make_case: Callable[..., Case]) -> None:
    ledger = build_ledger(make_case()).to_dict()

    assert (ledger["activities"], ledger["findings"], ledger["issues"]) == ([], [], [])
    assert (ledger["schema"], ledger["as_of"]) == (1, "2026-06-30")


def test_titles_are_text_wherever_they_stand(make_case: Callable[..., Case]) -> None:
    title = "<b>{persons}</b>'); DROP TABLE flows; --"
    ledger = build_ledger(make_case(activities=[{"id": "a", "title": title, "persons": 3}]))

    assert f"“{title}”" in ledger.findings[0].message
    assert "<b>" not in ledger._repr_html_()
    assert "&lt;b&gt;{persons}" in ledger._repr_html_()
