"""Threat Dragon models of both versions become rows, and what they do not say is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import piaskit
from piaskit.case import Case
from piaskit.errors import InvalidData
from piaskit.importers._origins import write_rows
from piaskit.importers._threat_dragon_writing import CARRIED
from piaskit.importers.register import Register
from piaskit.importers.threat_dragon import read_register, recognise

THREAT = {"title": "Linking", "type": "Linking", "severity": "High", "status": "Open"}
STORE = "aaaaaaaa-0000-4000-8000-000000000001"


def cell(shape: str, id: str, name: str, x: int = 0, **data: Any) -> dict[str, Any]:
    at = {"position": {"x": x, "y": 0}, "size": {"width": 10, "height": 10}}
    return {"shape": shape, "id": id, **at, "data": {"name": name, **data}}


def flow(id: str, name: str, source: str, target: str, **data: Any) -> dict[str, Any]:
    ends = {"source": {"cell": source}, "target": {"cell": target} if target else {"x": 1, "y": 2}}
    return {"shape": "flow", "id": id, **ends, "data": {"type": "tm.Flow", "name": name, **data}}


SHOP = [
    cell("trust-boundary-box", "b", "Cloud", 100) | {"size": {"width": 500, "height": 50}},
    cell("trust-boundary-curve", "c", ""),
    cell("td-text-block", "t", "Drawn in spring"),
    cell("actor", "u", "注册用户"),
    cell("actor", "bank", "Acquirer"),
    cell("process", "p", "Shop\nfront", 120, isWebApplication=True, hasOpenThreats=True),
    cell("store", STORE, "Orders", 140, isEncrypted=True, threats=[THREAT | {"score": "7"}]),
    flow("f1", "Log in", "u", "p", protocol="HTTP", isEncrypted=True),
    flow("f2", "Save", "p", STORE, isBidirectional=True, isEncrypted=True, protocol="TLS"),
    flow("f3", "Settle", "p", "bank", protocol="HTTP"),
    flow("f4", "Lost", "p", ""),
    flow("f5", "Show", "p", "u"),
    flow("f6", "Show", "p", "u", hasOpenThreats=None, threats=None),
]


def read(folder: Path, cells: list[dict[str, Any]], version: str = "2.3.0") -> Register:
    path = folder / "model.json"
    diagram = {"title": "Orders", "cells": cells}
    detail = {"contributors": [{"name": "N. N."}], "diagrams": [diagram]}
    model = {"version": version, "summary": {"title": "Shop", "owner": "Ops"}, "detail": detail}
    path.write_text(json.dumps(model, ensure_ascii=False), encoding="utf-8")
    assert recognise(path)
    return read_register([path])


@pytest.fixture
def shop(tmp_path: Path) -> Register:
    return read(tmp_path, SHOP)


def test_cells_become_systems_and_parties_by_their_own_ids(shop: Register) -> None:
    systems, parties = shop.tables["systems"], shop.tables["parties"]

    assert {id: row["title"] for id, row in systems.items()} == {
        "process-p": "Shop front",
        "store-aaaaaaaa": "Orders",
    }
    assert systems["process-p"]["kind"] == "web"
    assert systems["store-aaaaaaaa"]["encrypted_at_rest"] == "yes"
    assert [row["role"] for row in parties.values()] == ["subject", "counterparty"]
    assert "parties/actor-bank: role (read as counterparty from its name), country, contract" in (
        shop.missing
    )


def test_a_flow_in_both_directions_is_two_and_stages_follow_what_is_connected(
    shop: Register,
) -> None:
    stages = {id: row["stage"] for id, row in shop.tables["flows"].items()}

    assert stages == {
        "flow-f1": "collect",
        "flow-f2": "store",
        "flow-f2-back": "use",
        "flow-f3": "provide",
        "flow-f4": "transmit",
        "flow-f5": "use",
        "flow-f6": "use",
    }
    assert shop.tables["flows"]["flow-f3"]["transport"] == "plain"
    assert (
        shop.tables["safeguards"]["flow-f2-encrypted"]["scope"]
        == "flows/flow-f2;flows/flow-f2-back"
    )


def test_what_a_model_says_twice_or_points_at_in_vain_is_told(shop: Register) -> None:
    assert shop.contradictions == [
        "diagram Orders, Shop front: says it has open threats, and lists none",
        "flow flow-f1: says it is encrypted, and its protocol HTTP is not",
        "flow flow-f4: its target stands at no element",
        "flow flow-f6: the same edge is drawn twice; both are kept",
    ]


def test_a_threat_is_a_judgement_without_a_level_and_its_scores_are_text(shop: Register) -> None:
    row = shop.tables["judgements"]["threat-store-aaaaaaaa-1"]

    assert row["problem"] == "Orders: Linking"
    assert row["reason"] == "type: Linking; severity: High; status: Open; score: 7"
    assert not {"level", "dimension", "judged_by"} & row.keys()


def test_what_has_no_cell_is_kept_as_text(shop: Register) -> None:
    assert {
        "diagram Orders: trust boundary Cloud around = Shop front; Orders",
        "diagram Orders: trust boundary (a line) = without a name",
        "diagram Orders: text = Drawn in spring",
        "model Shop: owner = Ops",
        "flows/flow-f3: name = Settle",
    } <= set(shop.kept_as_text)


def test_version_1_says_the_same_in_other_keys(tmp_path: Path) -> None:
    label = {"attrs": {"text": {"text": "Web\nRequest"}}}
    cells = [
        {"type": "tm.Actor", "id": "u", "attrs": {"text": {"text": "Browser"}}},
        {"type": "tm.Store", "id": "s", "attrs": {"text": {"text": "DB"}}, "threats": [THREAT]},
        {
            "type": "tm.Flow",
            "id": "f",
            "source": {"id": "u"},
            "target": {"id": "s"},
            "labels": [label],
        },
        {"type": "tm.Boundary", "id": "b", "source": {"x": 1, "y": 1}, "target": {"x": 2, "y": 2}},
    ]
    path = tmp_path / "old.json"
    detail = {"diagrams": [{"title": "Main", "diagramJson": {"cells": cells}}]}
    path.write_text(json.dumps({"summary": {"title": "Old"}, "detail": detail}), encoding="utf-8")
    assert recognise(path)
    register = read_register([path])

    assert register.tables["systems"] == {"store-s": {"id": "store-s", "title": "DB"}}
    assert register.tables["flows"]["flow-f"]["stage"] == "collect"
    assert "flows/flow-f: name = Web Request" in register.kept_as_text
    assert list(register.tables["judgements"]) == ["threat-store-s-1"]


def test_a_renamed_element_keeps_its_row(tmp_path: Path) -> None:
    before = read(tmp_path, SHOP).tables["systems"]
    after = read(tmp_path, [c | {"data": c["data"] | {"name": "New"}} for c in SHOP])

    assert list(before) == list(after.tables["systems"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"version": "2", "summary": {}, "details": {}}', "x.json, detail: is not as"),
        ('{"version": "1", "summarize": {}, "detail": {}}', "x.json, summary: is not as"),
        ('{"summary": {}, "detail": {"diagrams": {}}}', "x.json, detail.diagrams: is not as"),
        (
            '{"summary": {}, "detail": {"diagrams": [{"cells": [{}, 1]}]}}',
            "x.json, detail.diagrams.0.cells.1: is not as Threat Dragon writes it, expected keys",
        ),
        ('{"summary": {}, "detail": ', "x.json row 1, column 27: is no JSON"),
    ],
    ids=["detail", "summary", "diagrams", "cell", "text"],
)
def test_a_malformed_model_is_refused_at_its_place(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(InvalidData) as caught:
        read_register([path])

    assert str(caught.value).startswith(told)


def test_our_own_model_gives_the_rows_it_was_drawn_from(market: Case, tmp_path: Path) -> None:
    case = market
    path = tmp_path / "own.json"
    lost = piaskit.export_register(case, path, format="threat-dragon").lost
    register = read_register([path])

    assert not register.contradictions
    rows = write_rows(case.frames)
    for table, columns in CARRIED.items():
        if table in rows:
            held = {
                id: {column: text for column, text in row.items() if column in columns}
                for id, row in rows[table].items()
            }
            idle = held.keys() - register.tables[table].keys()
            assert all(id in lost[0] for id in idle)
            assert {id: held[id] for id in held.keys() - idle} == register.tables[table]


def test_a_threat_found_in_our_own_model_comes_back_with_its_row(
    market: Case, tmp_path: Path
) -> None:
    path = tmp_path / "own.json"
    piaskit.export_register(market, path, format="threat-dragon")
    model = json.loads(path.read_text("utf-8"))
    cells = model["detail"]["diagrams"][0]["cells"]
    flow = next(each for each in cells if each["shape"] == "flow")
    flow["data"] |= {"threats": [THREAT], "hasOpenThreats": True}
    path.write_text(json.dumps(model), encoding="utf-8")
    register = read_register([path])

    (judged,) = register.tables["judgements"].values()
    assert judged["activity"] == model["detail"]["diagrams"][0]["piaskit"]["id"]
    assert judged["problem"].endswith(": Linking")
