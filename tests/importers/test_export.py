"""A case leaves in foreign formats: what they hold is right, what they cannot hold is told."""

from __future__ import annotations

import csv
import inspect
import io
import json
import re
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import rdflib
from rdflib.compare import isomorphic

import piaskit
from piaskit.case import TABLES, Case, read_case
from piaskit.errors import InvalidData
from piaskit.importers.ciso_assistant import read_codes
from piaskit.importers.csv import GUARD
from piaskit.importers.dpv import read_terms
from piaskit.importers.export import list_targets

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"
SUFFIX = {
    "csv": "zip",
    "ciso-assistant": "zip",
    "cnil-pia": "zip",
    "dpv": "ttl",
    "threagile": "yaml",
    "threat-dragon": "json",
    "fides": "yml",
}
NO_BOOKS = ("cnil-pia", "csv", "dpv", "fides", "threagile", "threat-dragon")
DCT = rdflib.DCTERMS
DPV = rdflib.Namespace("https://w3id.org/dpv#")


@pytest.fixture
def shop(make_case: Any) -> Case:
    case: Case = make_case(
        activities=[
            {"id": "orders", "title": "订单", "title_en": "Orders", "purpose": "=1+1",
             "subjects": "buyers", "legal_basis": "cn-pipl.contract;eu-gdpr.6-1-b;eu-gdpr.9-2-a",
             "role": "controller", "rights": "access;delete"},
            {"id": "payroll", "title": "Payroll for others", "role": "processor",
             "controller": "p-client", "subjects": "employees"},
        ],
        items=[
            {"id": "i-name", "activity": "orders", "category": "identity.name", "title": "+name",
             "required": "yes", "retention": "P1Y6M", "retention_start": "last order"},
            {"id": "i-health", "activity": "orders", "category": "health.record",
             "title": "Allergies", "retention": "until delivery"},
        ],
        parties=[
            {"id": "p-user", "title": "Buyers", "role": "subject", "country": "DE"},
            {"id": "p-cloud", "title": "Cloud", "role": "processor", "country": "US"},
            {"id": "p-sdk", "title": "SDK maker", "role": "sdk-provider", "country": "CN",
             "contact": "@sdk"},
            {"id": "p-client", "title": "Client", "role": "controller", "country": "DE",
             "contact": "client@example"},
        ],
        systems=[{"id": "s-core", "title": "Core", "country": "DE", "encrypted_at_rest": "yes"}],
        flows=[
            {"id": "f-1", "activity": "orders", "stage": "collect", "source": "p-user",
             "target": "s-core", "items": "i-name;i-health", "channel": "web"},
            {"id": "f-2", "activity": "orders", "stage": "store", "source": "s-core",
             "target": "p-cloud", "items": "i-name", "transfer_mechanism": "scc",
             "mechanism_ref": "SCC-7"},
            {"id": "f-3", "activity": "orders", "stage": "provide", "source": "s-core",
             "target": "p-sdk", "items": "i-health", "channel": "sdk", "consent": "separate"},
        ],
        safeguards=[
            {"id": "g-1", "title": "Encryption", "kind": "technical", "scope": "systems/s-core",
             "status": "in-place"},
            {"id": "g-2", "title": "Only planned", "kind": "physical", "scope": "all",
             "status": "planned"},
        ],
    )  # fmt: skip
    return case


def read_rows(path: Path, sheet: int) -> list[dict[str, Any]]:
    head, *rows = openpyxl.load_workbook(path).worksheets[sheet].iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def test_the_formats_that_can_be_written_are_found_in_the_folder() -> None:
    assert list_targets() == (
        "ciso-assistant", "cnil-pia", "csv", "dpv", "fides", "gbt39335", "gdpr30", "ndsr21",
        "threagile", "threat-dragon", "xlsx",
    )  # fmt: skip


def test_the_help_of_the_verb_names_every_format() -> None:
    from piaskit.cli import cases

    told = inspect.signature(cases.export, eval_str=True).parameters["format"].annotation
    words = re.findall(r"[\w-]+", told.__metadata__[0].help)

    assert set(list_targets()) <= set(words)


@pytest.mark.parametrize("format", list_targets())
def test_equal_cases_give_equal_bytes_and_losses_in_both_languages(
    market: Case, tmp_path: Path, format: str
) -> None:
    suffix = SUFFIX.get(format, "xlsx")
    made = [tmp_path / f"{n}.{suffix}" for n in (1, 2)]
    first, second = (piaskit.export_register(market, out, format=format).to_dict() for out in made)

    assert made[0].read_bytes() == made[1].read_bytes()
    assert first["lost"] == second["lost"]
    assert len(first["lost"]) == len(first["lost_zh"]) > 0
    assert first["format"] == format
    files = sum(path.is_file() for path in (MARKETPLACE / "evidence").rglob("*"))
    assert f"evidence/: {files} files" in first["lost"]


@pytest.mark.parametrize("format", [f for f in list_targets() if f not in NO_BOOKS])
def test_no_cell_of_a_workbook_is_a_formula(shop: Case, tmp_path: Path, format: str) -> None:
    out = tmp_path / f"out.{SUFFIX.get(format, 'xlsx')}"
    piaskit.export_register(shop, out, format=format)
    books: list[Any] = [out]
    if out.suffix == ".zip":
        with zipfile.ZipFile(out) as archive:
            books = [io.BytesIO(archive.read(name)) for name in archive.namelist()]
    kinds = {
        cell.data_type
        for book in books
        for sheet in openpyxl.load_workbook(book)
        for row in sheet.iter_rows()
        for cell in row
    }

    assert "f" not in kinds


@pytest.mark.parametrize(("format", "suffix"), [("xlsx", ".xlsx"), ("csv", "")])
def test_the_case_s_own_tables_come_back_unchanged(
    market: Case, tmp_path: Path, format: str, suffix: str
) -> None:
    out = tmp_path / f"out{suffix}"
    piaskit.export_register(market, out, format=format)
    files = [out] if suffix else sorted(out.iterdir())
    done = piaskit.import_register(files, tmp_path / "case")

    assert done.format == format
    made = read_case(tmp_path / "case", as_of=date(2026, 9, 30))
    for name in TABLES:
        assert made.frames[name].equals(market.frames[name]), name


def test_text_that_a_spreadsheet_would_calculate_is_guarded_in_csv_and_read_back(
    shop: Case, tmp_path: Path
) -> None:
    piaskit.export_register(shop, tmp_path / "out", format="csv")
    with (tmp_path / "out" / "activities.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))

    assert rows[0]["purpose"] == GUARD + "=1+1"
    piaskit.import_register([*(tmp_path / "out").iterdir()], tmp_path / "case", format="csv")
    made = read_case(tmp_path / "case", as_of=date(2026, 3, 1))
    assert made.frames["activities"]["purpose"][0] == "=1+1"
    assert made.frames["parties"]["contact"].dropna().tolist() == ["@sdk", "client@example"]


def test_a_folder_that_holds_other_files_is_left_alone(shop: Case, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(InvalidData, match=r"holds other files, as mine\.txt, expected a folder"):
        piaskit.export_register(shop, tmp_path, format="csv")


def test_c1_and_c2_have_the_standard_s_columns_and_a_row_per_activity(
    market: Case, tmp_path: Path
) -> None:
    piaskit.export_register(market, tmp_path / "c.xlsx", format="gbt39335", lang="zh")
    book = openpyxl.load_workbook(tmp_path / "c.xlsx")
    tables = market.knowledge.methods["gbt39335"].tables

    assert book.sheetnames == ["说明", "表C.1", "表C.2"]
    for sheet, name in (("表C.1", "c-1"), ("表C.2", "c-2")):
        heads = [cell.value for cell in book[sheet][1]]
        assert heads == [text.zh for text in tables[name].columns.values()]
        assert book[sheet].max_row == len(market.frames["activities"]) + 1


def test_the_lists_of_ndsr_name_items_and_recipients(shop: Case, tmp_path: Path) -> None:
    piaskit.export_register(shop, tmp_path / "n.xlsx", format="ndsr21", lang="en")
    collected, shared = (read_rows(tmp_path / "n.xlsx", n) for n in (1, 2))

    assert [(r["Item"], r["Sensitive"], r["Kept for"]) for r in collected[:2]] == [
        ("Allergies", "yes", "until delivery"),
        ("+name", "no", "1 y 6 mo, from: last order"),
    ]
    assert collected[0]["Rights one can exercise"] == "Access, Delete"
    assert [(r["Recipient"], r["Kind of recipient"], r["Items shared"]) for r in shared] == [
        ("Cloud", "Processor", "+name"),
        ("SDK maker", "SDK provider", "Allergies"),
    ]
    assert shared[1]["Consent"] == "Separate consent"
    assert shared[1]["Manner"] == "Provide, SDK"


def test_the_records_of_article_30_are_kept_by_role(shop: Case, tmp_path: Path) -> None:
    piaskit.export_register(shop, tmp_path / "g.xlsx", format="gdpr30", lang="en")
    controlled, entrusted, clients = (read_rows(tmp_path / "g.xlsx", n) for n in (1, 2, 3))

    assert [r["Activity"] for r in controlled] == ["Orders"]
    assert controlled[0]["Transfers to third countries and safeguards"] == (
        "United States: Cloud (EU standard contractual clauses, SCC-7), "
        "China: SDK maker (not stated)"
    )
    assert controlled[0]["Security measures"] == "Encryption"
    assert controlled[0]["Special categories or criminal data"] == "yes"
    assert [(r["Activity"], r["Controller served"]) for r in entrusted] == [
        ("Payroll for others", "Client, client@example")
    ]
    assert clients == [
        {
            "Controller served": "Client",
            "Contact": "client@example",
            "Country or region": "Germany",
            "Activities": "Payroll for others",
        }
    ]
    sheet = openpyxl.load_workbook(tmp_path / "g.xlsx").worksheets[1]
    assert sheet["J1"].comment is not None
    assert sheet["J1"].comment.text == "GDPR Art. 30(1)(d)"


def test_the_ciso_workbook_has_exactly_its_sheets_columns_and_codes(
    shop: Case, tmp_path: Path
) -> None:
    lost = piaskit.export_register(shop, tmp_path / "c.zip", format="ciso-assistant").lost
    with zipfile.ZipFile(tmp_path / "c.zip") as archive:
        names = archive.namelist()
        book = openpyxl.load_workbook(io.BytesIO(archive.read("processing-orders.xlsx")))

    assert names == ["processing-orders.xlsx", "processing-payroll.xlsx"]
    assert {s.title: [c.value for c in s[1]] for s in book} == read_codes()["sheets"]
    cells = {
        s.title: [dict(zip([c.value for c in s[1]], row, strict=True)) for row in
                  s.iter_rows(min_row=2, values_only=True)]
        for s in book
    }  # fmt: skip
    assert cells["Processing"][0]["processing_nature"] == (
        "privacy_collection,privacy_storage,privacy_disclosureByTransmission"
    )
    assert (cells["Purposes"][0]["legal_basis"], cells["Purposes"][0]["article_9_condition"]) == (
        "privacy_contract", "privacy_explicit_consent",
    )  # fmt: skip
    assert [(i["category"], i["is_sensitive"]) for i in cells["Personal data"]] == [
        ("privacy_health_data", True),
        ("privacy_name", False),
    ]
    assert cells["Data subjects"][0]["category"] == "privacy_customer"
    assert [r["category"] for r in cells["Data recipients"]] == [
        "privacy_data_processor", "privacy_service_provider",
    ]  # fmt: skip
    assert [(c["relationship_type"], c["country"]) for c in cells["Contractors"]] == [
        ("privacy_data_processor", "US"),
        ("privacy_other", "CN"),
    ]
    (cloud,) = (t for t in cells["Transfers"] if t["name"] == "Cloud")
    assert cloud["transfer_mechanism"] == "privacy_standard_contractual_clauses"
    assert cloud["guarantees"].endswith("SCC-7")
    assert "No legal basis of GDPR Art. 6 for payroll: left blank" in lost[0]


def test_several_activities_do_not_fit_one_ciso_workbook(shop: Case, tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="holds one activity, and the case has 2") as refused:
        piaskit.export_register(shop, tmp_path / "c.xlsx", format="ciso-assistant")
    assert refused.value.issues[0].hint == "give a name that ends in .zip"


@pytest.mark.parametrize("which", ["shop", "market"])
def test_the_graph_counts_what_the_case_counts(
    which: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    case: Case = request.getfixturevalue(which)
    graphs = []
    for name in ("d.ttl", "d.jsonld"):
        piaskit.export_register(case, tmp_path / name, format="dpv")
        graphs.append(rdflib.Graph().parse(tmp_path / name))

    assert isomorphic(*graphs)
    counts = Counter(str(table).rpartition(":")[2] for table in graphs[0].objects(None, DCT.type))
    tables = ("activities", "items", "parties", "systems", "flows", "safeguards")
    assert counts == {t: len(case.frames[t]) for t in tables}
    processes = set(graphs[0].subjects(rdflib.RDF.type, DPV.Process))
    flows = {n for n in processes if list(graphs[0].objects(n, DCT.isPartOf)) and "flows" in n}
    assert len(processes) == len(case.frames["activities"]) + len(case.frames["flows"])
    stages = {str(term) for term in read_terms()["stages"].values()}
    for flow in flows:
        terms = [
            t.n3(graphs[0].namespace_manager) for t in graphs[0].objects(flow, DPV.hasProcessing)
        ]
        assert len(terms) == 1 and terms[0] in stages


def test_the_graph_says_bases_retention_and_measures_where_they_belong(
    shop: Case, tmp_path: Path
) -> None:
    piaskit.export_register(shop, tmp_path / "d.jsonld", format="dpv")
    nodes = {n["@id"]: n for n in json.loads((tmp_path / "d.jsonld").read_text("utf-8"))["@graph"]}
    case = f"urn:piaskit:{shop.id}"

    bases = [basis["@id"] for basis in nodes[f"{case}:activities:orders"]["dpv:hasLegalBasis"]]
    assert bases == [
        "urn:piaskit:basis:cn-pipl.contract", "eu-gdpr:A6-1-b", "eu-gdpr:A9-2-a",
    ]  # fmt: skip
    kept = nodes[f"{case}:items:i-name:retention"]
    assert kept["dpv:hasDuration"] == [{"@value": "P1Y6M", "@type": "xsd:duration"}]
    assert nodes[f"{case}:systems:s-core"]["dpv:hasTechnicalMeasure"] == [
        {"@id": f"{case}:safeguards:g-1"}
    ]
    assert nodes[f"{case}:activities:payroll"]["dpv:hasDataProcessor"] == [
        {"@id": f"{case}:organisation"}
    ]


def test_a_wrong_format_or_name_is_refused(shop: Case, tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"--format: ropa is no format to write, expected ciso"):
        piaskit.export_register(shop, tmp_path / "x", format="ropa")
    with pytest.raises(InvalidData, match=r"x\.docx: expected a name that ends in \.ttl or \.json"):
        piaskit.export_register(shop, tmp_path / "x.docx", format="dpv")
    with pytest.raises(InvalidData, match="is the case's own register, expected another place"):
        piaskit.export_register(shop, shop.root / "inventory.xlsx", format="xlsx")
