"""Workbooks of CISO Assistant: seven sheets or a flat list, codes or labels, one or many."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from piaskit.errors import InvalidData
from piaskit.importers.ciso_assistant import read_register, recognise, write_register

PROCESSING = ["ref_id", "name", "description", "domain", "status", "Processing Nature",
              "information_channel", "dpia_required", "dpia_reference", "assigned_to"]  # fmt: skip
SHEETS: dict[str, list[list[Any]]] = {
    "Processing": [
        PROCESSING,
        ["PRC-1", "Payroll", "needed to pay", "HR", "Draft", "privacy_collection,privacy_storage",
         "Intranet", True, "dpia-7", "ada@example.org"],
        ["PRC-2", "Visits", None, None, None, "Levitation", None, "no", None, None],
    ],
    "purposes ": [
        ["processing", "name", "legal_basis", "article_9_condition"],
        [None, "Pay", "Performance of a Contract", "privacy_explicit_consent"],
        ["prc-2", "Safety", "privacy_magic", None],
        ["prc-9", "Lost", None, None],
    ],
    "Personal data": [
        ["name", "category", "retention", "is_sensitive", "assets", "remark"],
        ["Bank account", "privacy_financial_data", "5 years after leaving", False, "Pay app", "x"],
        ["Doctor files", "privacy_health_data", "as needed", False, None, None],
        ["Thing", None, None, None, None, None],
    ],
    "Data subjects": [["name", "category"], ["Staff", "Employee"], ["Trainees", "privacy_minor"]],
    "Data recipients": [
        ["name", "category"],
        ["Payroll team", "privacy_internal_team"],
        ["Tax office", "privacy_tax_authority"],
        ["Pay House", "privacy_service_provider"],
    ],
    "Contractors": [
        ["name", "entity", "relationship_type", "country"],
        ["Contract 1", "Pay House", "Data Processor", "Canada"],
    ],
    "Transfers": [
        ["name", "country", "transfer_mechanism", "guarantees"],
        ["Pay House", "US", "privacy_standard_contractual_clauses", "clauses of 2021"],
    ],
}  # fmt: skip


def write(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_of_many_comes_in_by_what_each_row_names(tmp_path: Path) -> None:
    path = write(tmp_path / "register.xlsx", SHEETS)
    assert recognise(path)
    found = read_register([path])
    tables = found.tables

    assert tables["activities"]["prc-1"] == {
        "id": "prc-1", "title": "Payroll", "necessity": "needed to pay", "notice": "Intranet",
        "owner": "ada@example.org", "purpose": "Pay", "subjects": "Staff; Trainees",
        "legal_basis": "eu-gdpr.6-1-b;eu-gdpr.9-2-a", "minors": "yes",
    }  # fmt: skip
    assert tables["activities"]["prc-2"] == {"id": "prc-2", "title": "Visits", "purpose": "Safety"}
    assert tables["assessments"] == {"dpia-7": {"id": "dpia-7", "activities": "prc-1"}}
    bank = tables["items"]["prc-1-bank-account"]
    assert (bank["category"], bank["retention"], bank["retention_start"]) == (
        "finance.account", "5 years", "leaving",
    )  # fmt: skip
    assert tables["items"]["prc-1-thing"]["category"] == "customer.record"
    assert tables["flows"]["prc-1-store-pay-app"]["items"] == "prc-1-bank-account"


def test_a_party_that_three_sheets_name_is_one_and_what_they_deny_is_told(tmp_path: Path) -> None:
    found = read_register([write(tmp_path / "register.xlsx", SHEETS)])
    told = "\n".join(found.contradictions)

    assert found.tables["parties"] == {
        "tax-office": {"id": "tax-office", "title": "Tax office", "role": "authority"},
        "pay-house": {"id": "pay-house", "title": "Pay House", "role": "processor",
                      "country": "CA"},
    }  # fmt: skip
    assert "country is US here and CA before" in told
    assert "belongs to prc-9, which the file does not hold" in told
    assert "says Doctor files is not sensitive, and health.record is under the GDPR" in told
    assert found.tables["flows"]["prc-1-process-pay-house"]["transfer_mechanism"] == "scc"


def test_what_has_no_cell_or_no_code_is_kept_and_named(tmp_path: Path) -> None:
    found = read_register([write(tmp_path / "register.xlsx", SHEETS)])
    kept, missing = "\n".join(found.kept_as_text), "\n".join(found.missing)

    for text in ("Levitation", "privacy_magic", "clauses of 2021", "remark = x", "Payroll team",
                 "Contract 1", "as needed", "domain = HR"):  # fmt: skip
        assert text in kept, text
    assert "legal_basis: privacy_magic is no code of the workbook" in missing
    assert "(read as prc-1, the first one)" in missing
    assert "activities/prc-2: legal_basis, subjects, persons, role, owner, notice" in missing


def test_a_flat_list_comes_in_from_a_sheet_or_a_csv_file(tmp_path: Path) -> None:
    rows = [[None, "ref_id", "name", "folder", "processing_nature", "dpia_required"],
            [None, "p 1", "One", "Demo", None, "=FALSE()"], [None, None, "Two", None, None, None],
            [None, "p3", None, None, None, True]]  # fmt: skip
    book = write(tmp_path / "list.xlsx", {"Sheet1": rows})
    text = tmp_path / "list.csv"
    text.write_text("name,ref_id,processing_nature,dpia_reference\nThree,p3,,\n", encoding="utf-8")

    assert recognise(book) and recognise(text)
    assert read_register([book]).tables["activities"].keys() == {"p-1", "two"}
    assert read_register([text]).tables["activities"].keys() == {"p3"}
    assert any("row 4: has no name" in line for line in read_register([book]).contradictions)


@pytest.mark.parametrize(
    ("sheets", "expected"),
    [
        ({"Purposes": [["name"]], "Transfers": [["name"]]}, "expected a sheet Processing, found"),
        ({"Processing": [["title"], ["x"]], "Purposes": [["name"]]}, "has no column name"),
    ],
)
def test_a_workbook_without_processings_is_refused_with_its_place(
    tmp_path: Path, sheets: Any, expected: str
) -> None:
    with pytest.raises(InvalidData, match=expected) as caught:
        read_register([write(tmp_path / "bad.xlsx", sheets)])
    assert "bad.xlsx" in str(caught.value)


def test_other_workbooks_are_not_taken_for_one(tmp_path: Path) -> None:
    path = write(tmp_path / "x.xlsx", {"Sheet1": [["name", "purpose"], ["a", "b"]]})
    archive = tmp_path / "x.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.txt", "x")

    assert not recognise(path) and not recognise(archive)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_exported_case_is_read_again(make_case: Any, tmp_path: Path, lang: str) -> None:
    purpose = "Send what was ordered " * 12
    case = make_case(
        activities=[{"id": "a1", "title": "Orders", "purpose": purpose.strip(), "minors": "yes",
                     "legal_basis": "cn-pipl.contract;eu-gdpr.6-1-b;eu-gdpr.9-2-a;eu-gdpr.9-2-h",
                     "subjects": "Buyers, mostly", "necessity": "needed", "notice": "v6"},
                    {"id": "a2", "title": "News"}],
        items=[{"id": "i1", "activity": "a1", "title": "Anschrift", "category": "contact.address",
                "retention": "P3Y"},
               {"id": "i2", "activity": "a1", "title": "Income", "category": "finance.income"}],
        parties=[{"id": "p1", "title": "Post", "role": "processor", "country": "DE",
                  "contract": "C-1"}],
        flows=[{"id": "f1", "activity": "a1", "stage": "transmit", "target": "p1"}],
    )  # fmt: skip
    path = tmp_path / "out.zip"
    write_register(case, path, lang)
    assert recognise(path)
    found = read_register([path]).tables

    first = found["activities"]["a1"]
    assert first["purpose"] == purpose.strip()
    assert first["legal_basis"] == "eu-gdpr.6-1-b;eu-gdpr.9-2-a;eu-gdpr.9-2-h"
    assert (first["subjects"], first["necessity"], first["notice"]) == (
        "Buyers, mostly", "needed", "v6",
    )  # fmt: skip
    assert first["minors"] == "yes"
    items = {i["title"]: i["category"] for i in found["items"].values()}
    assert items == {"Anschrift": "contact.address", "Income": "finance.income"}
    (party,) = found["parties"].values()
    assert (party["title"], party["role"], party["country"], party["contract"]) == (
        "Post", "processor", "DE", "C-1",
    )  # fmt: skip
