"""The case: its findings and their key, wrong workbooks, foreign registers, big tables."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

from accept.reports import scratch
from accept.row import MARKETPLACE, ROOT, Measured, NotRun, piaskit, row, run
from accept.tables import copy_case, read_rows, write_rows

Finding = tuple[str, str, str]


def read_key() -> dict[str, Any]:
    key: dict[str, Any] = yaml.safe_load((ROOT / "tests/keys/marketplace.yaml").read_text("utf-8"))
    return key


def find(case: Path) -> Counter[Finding]:
    import piaskit as product
    from piaskit.runs.parameters import resolve_as_of

    ledger = product.build_ledger(product.read_case(case, as_of=resolve_as_of(case))).to_dict()
    return Counter(
        (f["slug"], f["subject"]["table"], f["subject"]["id"]) for f in ledger["findings"]
    )


def _wanted() -> Counter[Finding]:
    return Counter((f["rule"], f["table"], f["id"]) for f in read_key()["findings"])


@row("Findings of the marketplace equal its key", "none missing, none more")
def findings_equal_key() -> Measured:
    wanted, got = _wanted(), find(MARKETPLACE)
    missing, more = wanted - got, got - wanted
    told = f"{got.total()} of {wanted.total()}, missing {list(missing)}, more {list(more)}"
    return told, not missing and not more


@row("Exposures of the marketplace equal their key, written before the packs", "none differ")
def exposures_equal_key() -> Measured:
    import piaskit as product
    from piaskit.rules import run_rules
    from piaskit.runs.parameters import resolve_as_of

    key = (ROOT / "tests/keys/risks.yaml").read_text("utf-8")
    wanted: dict[str, list[str]] = yaml.safe_load(key)["exposures"]
    hits = run_rules(product.read_case(MARKETPLACE, as_of=resolve_as_of(MARKETPLACE)))
    found = {part.rule.id: sorted(part.ids) for part in hits.found}
    differ = [rule for rule, ids in wanted.items() if found.get(rule, []) != ids]
    told = f"{len(wanted)} rules, {sum(map(len, wanted.values()))} risks (first run: all equal)"
    return f"{told}, differ {differ}", not differ


@row("Repairing one gap alone removes exactly its finding", "every gap of the key")
def repairs_remove_one() -> Measured:
    before, wrong = find(MARKETPLACE), []
    findings = read_key()["findings"]
    for number, finding in enumerate(findings):
        case = copy_case(scratch() / f"repair-{number}")
        repair = finding["repair"]
        rows = read_rows(case, repair["table"]) if _has(case, repair["table"]) else []
        if "add" in repair:
            rows.append({name: str(value) for name, value in repair["add"].items()})
        elif "remove" in repair:
            rows = [line for line in rows if line["id"] != repair["remove"]]
        else:
            for line in rows:
                if line["id"] == repair["id"]:
                    line[repair["column"]] = str(repair["value"])
        write_rows(case, repair["table"], rows)
        after = find(case)
        expected = Counter([(finding["rule"], finding["table"], finding["id"])])
        if before - after != expected or after - before:
            wrong.append(f"{finding['rule']}@{finding['id']}")
    return f"{len(findings) - len(wrong)} of {len(findings)} {wrong[:5]}", not wrong


@row("Kinds of finding, each firing on an example and silent on another", ">= 40 kinds, none wrong")
def kinds_of_finding() -> Measured:
    from piaskit.knowledge import load_knowledge
    from piaskit.rules import check_rules

    knowledge = load_knowledge()
    gaps = [rule for rule in knowledge.rules.values() if rule.kind == "gap"]
    both = [rule for rule in gaps if rule.examples.fires and rule.examples.silent and rule.clauses]
    wrong = check_rules(knowledge)
    told = f"{len(gaps)} kinds, {len(both)} with clause and both examples, {len(wrong)} wrong"
    return told, len(gaps) == len(both) >= 40 and not wrong


def _has(case: Path, table: str) -> bool:
    return (case / "inventory" / f"{table}.csv").exists()


MISTAKES: dict[str, tuple[str, Any]] = {
    "unknown activity": ("activity", "no-such-activity"),
    "unknown stage": ("stage", "colect"),
    "unknown source": ("source", "nobody"),
    "unknown target": ("target", "s-nowhere"),
    "unknown item": ("items", "i-login;i-nothing"),
    "count in words": ("persons", "100万"),
    "negative count": ("persons_year", -4),
    "unknown channel": ("channel", "wbe"),
    "unknown method": ("method", "providd"),
    "unknown transport": ("transport", "tls9"),
    "unknown basis": ("legal_basis", "cn-pipl.konsent"),
    "unknown consent": ("consent", "seperate"),
    "unknown mechanism": ("transfer_mechanism", "standart-contract"),
    "control character": ("mechanism_ref", "A_x0007_B"),
    "no date": ("mechanism_until", "31.02.2026"),
    "error cell": ("disposal", "#REF!"),
    "blank id": ("id", None),
    "id twice": ("id", "f-acc-collect"),
    "fraction of a person": ("persons", 2.5),
    "blank activity": ("activity", None),
    "formula without a value": ("mechanism_ref", "=1+1"),
}


@row(
    "20 mistakes, each alone and every pair on one row, lead to their cells; the clean one none",
    "all",
)
def twenty_mistakes() -> Measured:
    """Every pair gets a row of its own in one workbook of flows; each cell must be named."""
    clean = _write_workbook("clean", [])
    found = json.loads(piaskit("check", clean, "--json").stdout)["issues"]
    if found:
        return f"the clean workbook has issues: {found[0]['message']}", False
    alone = [(name,) for name in MISTAKES]
    pairs = [
        pair for pair in combinations(MISTAKES, 2) if len({MISTAKES[name][0] for name in pair}) == 2
    ]
    lines = alone + pairs
    done = piaskit("check", _write_workbook("wrong", lines), "--json")
    places = {(i["row"], i["column"]) for i in json.loads(done.stdout)["issues"]}
    first = 2 + len(read_rows(MARKETPLACE, "flows"))
    lost = [
        f"row {first + number}: {name}"
        for number, names in enumerate(lines)
        for name in names
        if (first + number, MISTAKES[name][0]) not in places
    ]
    quiet = "Traceback" not in done.stderr and done.returncode == 1
    return f"{len(MISTAKES)} alone, {len(pairs)} pairs, {len(lost)} lost {lost[:5]}", (
        not lost and quiet
    )


def _write_workbook(name: str, lines: list[tuple[str, ...]]) -> Path:
    """Turn the marketplace into a workbook case, with wrong rows of flows below the good ones."""
    from openpyxl import Workbook

    case = copy_case(scratch() / f"book-{name}")
    book = Workbook()
    book.remove(book.active)
    for path in sorted((case / "inventory").glob("*.csv")):
        rows = read_rows(case, path.stem)
        sheet = book.create_sheet(path.stem)
        headers = list(rows[0])
        sheet.append(headers)
        for line in rows:
            sheet.append([line[header] or None for header in headers])
        if path.stem == "flows":
            for number, names in enumerate(lines):
                good = rows[0] | {"id": f"f-wrong-{number}"}
                for mistake in names:
                    column, value = MISTAKES[mistake]
                    good[column] = value
                sheet.append([good[header] if good[header] != "" else None for header in headers])
        path.unlink()
    (case / "inventory").rmdir()
    book.save(case / "inventory.xlsx")
    return case


@row("The Fides sample project becomes a case and its reports without a hand edit", "6 systems")
def fides_path() -> Measured:
    beside = ROOT.parent / "shared" / "data" / "interop" / "fides" / "sample_project"
    files = sorted(Path(os.environ.get("PIASKIT_FIDES") or beside).glob("*.yml"))
    if not files:
        raise NotRun("the sample project is not here; PIASKIT_FIDES can name its folder")
    case = scratch() / "fides-case"
    done = piaskit("import", *files, "--into", case, "--json")
    if done.returncode:
        return done.stdout[-300:] + done.stderr[-300:], False
    mapped = json.loads(done.stdout)["mapped"]
    again = piaskit("report", case, "--out", scratch() / "fides-report", "--json")
    if again.returncode:
        return f"{mapped}; report: {again.stdout[-300:]}{again.stderr[-300:]}", False
    files_written = len(json.loads(again.stdout)["files"])
    ledger = json.loads(piaskit("ledger", case, "--json").stdout)
    told = f"{mapped}; {len(ledger['findings'])} findings, {files_written} files"
    return told, mapped["systems"] == 6 and files_written == 16


@row("A failed run leaves no half-written folder and shows no traceback", "exit 1, no folder")
def failure_leaves_nothing() -> Measured:
    case = copy_case(scratch() / "broken-case")
    rows = read_rows(case, "flows")
    rows[0]["stage"] = "colect"
    write_rows(case, "flows", rows)
    parent = scratch() / "nothing-here"
    parent.mkdir()
    done = piaskit("report", case, "--out", parent / "report")
    left = sorted(path.name for path in parent.iterdir())
    quiet = "Traceback" not in done.stdout + done.stderr
    return f"exit {done.returncode}, left {left}, says: {done.stderr.strip()[:120]}", (
        done.returncode == 1 and not left and quiet
    )


def _check_flows(kind: str, limit: float) -> Measured:
    script = ROOT / "benchmarks" / "check_flows.py"
    if not script.exists():
        raise NotRun("benchmarks/check_flows.py is missing")
    done = run(sys.executable, script)
    for line in done.stdout.splitlines():
        found = re.search(r"([\d.]+) *(?:CPU s|s CPU|CPU seconds)", line)
        if kind in line.lower() and found:
            return line.strip(), float(found[1]) <= limit
    return (done.stdout + done.stderr)[-300:], False


@row("100,000 flows check from Parquet", "<= 5 CPU s")
def flows_parquet() -> Measured:
    return _check_flows("parquet", 5)


@row("100,000 flows check from XLSX", "<= 20 CPU s")
def flows_xlsx() -> Measured:
    return _check_flows("xlsx", 20)
