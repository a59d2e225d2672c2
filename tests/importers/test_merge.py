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
    with pytest.raises(InvalidData, match=r"no\.yml: there is no such file"):
        import_register([tmp_path / "no.yml"], tmp_path / "case")
    with pytest.raises(InvalidData, match="--format: word is no format, expected auto, csv, "):
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
