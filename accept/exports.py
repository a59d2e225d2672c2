"""Registers out: what other programs make of them, and that they count what the case counts."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

from accept.reports import scratch
from accept.row import MARKETPLACE, ROOT, Measured, NotRun, piaskit, row

COUNTED = ("activities", "items", "parties", "systems", "flows", "safeguards")
INTEROP = ROOT.parent / "shared" / "data" / "interop"


def export(format: str, name: str, case: Path = MARKETPLACE) -> tuple[Path, list[str]]:
    out = scratch() / name
    done = piaskit("export", case, "--format", format, "--out", out, "--lang", "en", "--json")
    if done.returncode:
        raise RuntimeError(done.stdout[-300:] + done.stderr[-300:])
    return out, json.loads(done.stdout)["lost"]


@row("DPV output loads in rdflib and counts what the case counts", "six tables, both forms equal")
def dpv_counts() -> Measured:
    import rdflib
    from rdflib.compare import isomorphic

    from piaskit.case import read_case

    graphs = [rdflib.Graph().parse(export("dpv", name)[0]) for name in ("m.ttl", "m.jsonld")]
    case = read_case(MARKETPLACE)
    found = {
        str(table).rpartition(":")[2]: len(set(graphs[0].subjects(rdflib.DCTERMS.type, table)))
        for table in set(graphs[0].objects(None, rdflib.DCTERMS.type))
    }
    expected = {table: len(case.frames[table]) for table in COUNTED}
    same = isomorphic(*graphs)
    told = f"{len(graphs[0]):,} triples, Turtle and JSON-LD equal: {same}; {found}"
    return told, same and found == expected


@row("Every DPV term in use lies in a namespace of the vocabulary 2.x", "none outside")
def dpv_terms() -> Measured:
    import rdflib

    graph = rdflib.Graph().parse(export("dpv", "terms.ttl")[0])
    spaces = re.compile(r"https://w3id\.org/dpv(/pd|/loc|/legal/eu/gdpr)?#[A-Za-z0-9-]+")
    nodes = {str(node) for triple in graph for node in triple if isinstance(node, rdflib.URIRef)}
    ours = {node for node in nodes if "w3id.org/dpv" in node}
    wrong = sorted(node for node in ours if not spaces.fullmatch(node))
    seen = 0
    example = INTEROP / "dpv" / "dex_2.3.ttl"
    if example.exists():
        text = example.read_text("utf-8")
        seen = sum(f"dpv:{node.rpartition('#')[2]}" in text for node in ours)
    told = f"{len(ours)} terms, {seen} of them in the vocabulary's own examples, wrong: {wrong}"
    return told, not wrong and len(ours) > 50


@row("CISO Assistant's workbook has exactly its seven sheets, columns and codes", "13 workbooks")
def ciso_sheets() -> Measured:
    import openpyxl

    out, lost = export("ciso-assistant", "ciso.zip")
    folder = scratch() / "ciso"
    with zipfile.ZipFile(out) as archive:
        archive.extractall(folder)
    books = sorted(folder.glob("*.xlsx"))
    sheets = {tuple(openpyxl.load_workbook(path).sheetnames) for path in books}
    wanted = (
        "Processing", "Purposes", "Personal data", "Data subjects", "Data recipients",
        "Contractors", "Transfers",
    )  # fmt: skip
    codes = {
        str(cell)
        for path in books
        for sheet in openpyxl.load_workbook(path)
        for line in sheet.iter_rows(min_row=2, values_only=True)
        for text in line
        if isinstance(text, str) and "privacy_" in text
        for cell in text.split(",")
    }
    sound = all(re.fullmatch(r"privacy_[A-Za-z_]+", code) for code in codes)
    told = f"{len(books)} workbooks, {len(codes)} codes in use, {len(lost)} losses told"
    return told, sheets == {wanted} and sound and len(books) == 13


@row("A case exported as workbook or CSV and imported again is the same", "equal frames")
def own_formats() -> Measured:
    from piaskit.case import TABLES, read_case

    source = read_case(MARKETPLACE)
    told, same = [], True
    for format, name in (("xlsx", "own.xlsx"), ("csv", "own-csv")):
        out, _ = export(format, name)
        files = sorted(out.iterdir()) if out.is_dir() else [out]
        target = scratch() / f"from-{format}"
        done = piaskit("import", *files, "--format", format, "--into", target, "--json")
        made = read_case(target, as_of=source.as_of)
        equal = all(made.frames[table].equals(source.frames[table]) for table in TABLES)
        told.append(f"{format}: {equal}")
        same = same and equal and done.returncode == 0
    return "; ".join(told), same


@row("An imported Fides project leaves in every format", "ten formats, losses told")
def exports_of_fides() -> Measured:
    files = sorted((INTEROP / "fides" / "sample_project").glob("*.yml"))
    if not files:
        raise NotRun("the Fides sample project is not beside this repository")
    case = scratch() / "fides-case"
    done = piaskit("import", *files, "--into", case)
    if done.returncode:
        return done.stderr[-300:], False
    text = (case / "case.yaml").read_text("utf-8")
    (case / "case.yaml").write_text(text + "as_of: 2026-03-01\n", "utf-8")
    names = {"ciso-assistant": "f.zip", "csv": "f-csv", "dpv": "f.jsonld"}
    names |= {"cnil-pia": "f-pia.zip", "fides": "f.yml", "threagile": "f.yaml"}
    formats = ("xlsx", "csv", "gbt39335", "ndsr21", "gdpr30", *names)
    told = []
    for format in dict.fromkeys(formats):
        _, lost = export(format, names.get(format, f"f-{format}.xlsx"), case)
        told.append(f"{format} {len(lost)}")
    return "losses: " + ", ".join(told), len(told) == 10
