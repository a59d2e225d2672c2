"""Imported rows enter a case whole, update what is there, and never double it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from piaskit.case import Case, new_case, read_case
from piaskit.errors import InvalidData
from piaskit.importers import import_register

MANIFEST = """
organization:
  - {fides_key: org, name: Sample Shop}
system:
  - fides_key: shop
    name: Shop
    privacy_declarations:
      - name: Take orders
        data_categories: [user.contact.email]
        data_use: essential.service
        data_subjects: [customer]
        legal_basis_for_processing: Contract
        retention_period: %s
"""


def read(path: Path) -> Case:
    return read_case(path, as_of=date(2026, 1, 1))


def write_manifest(folder: Path, retention: str = "3 years") -> Path:
    path = folder / "shop.yml"
    path.write_text(MANIFEST % retention, encoding="utf-8")
    return path


def test_a_new_case_is_a_workbook_with_the_regimes_its_bases_imply(tmp_path: Path) -> None:
    result = import_register([write_manifest(tmp_path)], tmp_path / "case")
    case = read(tmp_path / "case")

    assert result.mapped["activities"] == 1
    assert (case.title, case.regimes) == ("Sample Shop", ("cn-pipl", "eu-gdpr"))
    assert "case.yaml: regimes (read as cn-pipl and eu-gdpr)" in result.missing
    assert case.frames["items"]["retention"].tolist() == ["P3Y"]
    assert (tmp_path / "case" / "inventory.xlsx").is_file()


def test_importing_again_changes_no_byte(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path)
    import_register([manifest], tmp_path / "case")
    first = (tmp_path / "case" / "inventory.xlsx").read_bytes()

    import_register([manifest], tmp_path / "case")

    assert (tmp_path / "case" / "inventory.xlsx").read_bytes() == first


def test_what_the_analyst_added_survives_a_second_import(tmp_path: Path) -> None:
    case = tmp_path / "case"
    new_case(case)
    (case / "inventory.xlsx").unlink()
    (case / "inventory").mkdir()
    tables = {
        "activities": "id,title,persons,purpose\nshop-take-orders,Orders,500,mine\nown,Own,7,\n",
        "items": "id,activity,category\n",
        "parties": "id,role\n",
        "systems": "id\n",
        "flows": "id,activity,stage\n",
    }
    for name, text in tables.items():
        (case / "inventory" / f"{name}.csv").write_text(text, encoding="utf-8")

    import_register([write_manifest(tmp_path)], case)

    activities = read(case).frames["activities"].set_index("id")
    assert activities["persons"].to_dict() == {"shop-take-orders": 500, "own": 7}
    assert activities.loc["shop-take-orders", "purpose"] == "essential.service"
    assert not (case / "inventory.xlsx").exists()


MODEL = """
otmVersion: 0.2.0
project: {name: Sample Shop, id: sample}
components:
  - {id: shop, name: Web shop, type: web-service, parent: {trustZone: z}}
  - {id: db, name: Orders, type: database, parent: {trustZone: z}}
dataflows:
  - {id: save, name: Save, source: shop, destination: db}
trustZones:
  - {id: z, name: Cloud, risk: {trustRating: 1}}
"""


def test_two_sources_become_one_case_that_says_where_each_row_came_from(tmp_path: Path) -> None:
    model, case = tmp_path / "model.yaml", tmp_path / "case"
    model.write_text(MODEL, encoding="utf-8")
    import_register([write_manifest(tmp_path)], case)
    second = import_register([model], case)
    again = import_register([model], case)
    model.write_text(MODEL.replace("id: db, name: Orders", "id: store, name: Orders"))
    third = import_register([model], case)

    said = "systems/shop: title is Web shop here and Shop in fides; this import counts"
    assert [said] == [line for line in second.contradictions if "systems/" in line]
    assert not [line for line in again.contradictions if "systems/" in line]
    gone = (
        "systems/db: stood in an earlier version of these files and does no longer; the row is left"
    )
    assert gone in third.contradictions
    assert {"shop", "db", "store"} == set(read(case).frames["systems"]["id"])
    lines = (case / "imports" / "rows.csv").read_text("utf-8-sig").splitlines()
    assert {
        "systems,shop,fides,shop.yml",
        "systems,shop,otm,model.yaml",
        "activities,shop-take-orders,fides,shop.yml",
        "systems,store,otm,model.yaml",
    } <= set(lines)
    assert "systems,db,otm,model.yaml" not in lines
    assert lines == [lines[0], *sorted(lines[1:])]


def test_a_foreign_text_is_no_formula_in_the_tables_it_is_written_to(tmp_path: Path) -> None:
    case, model = tmp_path / "case", tmp_path / "=1+1.yaml"
    model.write_text(MODEL.replace("Web shop", "=1+1"), encoding="utf-8")
    new_case(case)
    (case / "inventory.xlsx").unlink()
    (case / "inventory").mkdir()
    for name, head in (
        ("activities", "id,title"), ("items", "id,activity,category"), ("parties", "id,role"),
        ("systems", "id"), ("flows", "id,activity,stage"),
    ):  # fmt: skip
        (case / "inventory" / f"{name}.csv").write_text(f"{head}\n", encoding="utf-8")
    import_register([model], case)
    import_register([model], case)
    systems = read(case).frames["systems"].set_index("id")
    cells = [
        cell
        for path in (case / "inventory" / "systems.csv", case / "imports" / "rows.csv")
        for line in path.read_text("utf-8-sig").splitlines()
        for cell in line.split(",")
    ]

    assert systems.loc["shop", "title"] == "=1+1"
    assert "\u200b=1+1" in cells and "\u200b=1+1.yaml" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_a_cell_the_case_refuses_is_kept_as_text(tmp_path: Path) -> None:
    result = import_register([write_manifest(tmp_path, "as long as needed")], tmp_path / "case")

    assert read(tmp_path / "case").frames["items"]["retention"].isna().all()
    assert any(
        line.startswith("items/shop-take-orders-contact-email: retention = as long as needed")
        for line in result.kept_as_text
    )
    kept = json.loads((tmp_path / "case" / "imports" / "fides.json").read_text("utf-8"))
    assert kept["kept_as_text"] == list(result.kept_as_text)


def test_a_case_with_problems_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    case = tmp_path / "case"
    new_case(case)
    (case / "case.yaml").write_text("id: x\n", encoding="utf-8")
    before = {p: p.read_bytes() for p in case.rglob("*") if p.is_file()}

    with pytest.raises(InvalidData):
        import_register([write_manifest(tmp_path)], case)

    assert {p: p.read_bytes() for p in case.rglob("*") if p.is_file()} == before


def test_a_file_of_no_known_format_and_a_missing_one_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text("colour: red\n", encoding="utf-8")

    with pytest.raises(InvalidData, match=r"x\.yml: is none of the formats .*fides"):
        import_register([tmp_path / "x.yml"], tmp_path / "case")
    (tmp_path / "x.json").write_text('{"injects": []}', encoding="utf-8")
    with pytest.raises(InvalidData, match=r"x\.json: is none .*piaskit scenario import reads"):
        import_register([tmp_path / "x.json"], tmp_path / "case")
    with pytest.raises(InvalidData, match=r"no\.yml: there is no such file"):
        import_register([tmp_path / "no.yml"], tmp_path / "case")
    with pytest.raises(
        InvalidData, match="--format: word is no format, expected auto, ciso-assistant, "
    ):
        import_register([tmp_path / "x.yml"], tmp_path / "case", format="word")
    assert not (tmp_path / "case").exists()


def test_the_sample_project_becomes_a_case_without_a_hand_edit(
    fides_sample: list[Path], tmp_path: Path
) -> None:
    result = import_register(fides_sample, tmp_path / "case")
    case = read(tmp_path / "case")

    assert result.mapped["systems"] == len(case.frames["systems"]) == 6
    assert case.frames["activities"]["legal_basis"].isna().all()
    assert case.frames["items"]["retention"].isna().all()
