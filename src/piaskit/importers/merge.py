"""A register that was read becomes rows of a case: checked first, then written whole."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.importers._origins import (
    compare_rows,
    list_origins,
    read_origins,
    write_origins,
    write_rows,
)
from piaskit.importers.csv import guard_text
from piaskit.importers.register import Register, Row, make_slug

if TYPE_CHECKING:
    from piaskit.case import Case

_ANY_DAY = date(2026, 1, 1)  # form is checked, not time
_ROUNDS = 5  # a row that falls can take the rows that refer to it with it


def merge_register(register: Register, into: Path, files: Sequence[str] = ()) -> None:
    """Write a register into a case folder, new or existing; ``files`` name what it was read from.

    Cells that the case format refuses are taken out and told in the honesty report, which is also
    kept as ``imports/<format>.json``; ``imports/rows.csv`` says of every row which files state it.
    What another source or the case itself said otherwise is told as a contradiction. Raises
    InvalidData when the existing case has issues.
    """
    existing = _read_existing(into)
    into.absolute().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".import-", dir=into.absolute().parent) as spare:
        made = Path(spare) / "case"
        made.mkdir()
        if existing:
            shutil.copyfile(into / "case.yaml", made / "case.yaml")
            name = register.case.get("organisation", {}).get("name")
            if name and name != existing.organisation.get("name"):
                text = "case.yaml names another organisation than the source"
                register.contradict(f"{text} ({name})")
            if (into / "packs").is_dir():
                shutil.copytree(into / "packs", made / "packs")
        else:
            _write_header(register, made / "case.yaml", into.name)
        rows = _join_rows(existing, register)
        case = _settle_rows(rows, register, made)
        origins = read_origins(into)
        if existing:
            compare_rows(register, files, origins, write_rows(existing.frames), case)
        _write_inventory(case, made, into)
        (made / "imports").mkdir()
        write_origins(made, origins, list_origins(register, files, case))
        _write_report(register, made / "imports" / f"{register.format}.json")
        _put_in_place(made, into)


def _read_existing(into: Path) -> Case | None:
    from piaskit.case import check_case

    if not into.exists() or (into.is_dir() and not any(into.iterdir())):
        return None
    check = check_case(into, as_of=_ANY_DAY)
    if check.issues:
        raise InvalidData(check.issues)
    return check.case


def _write_header(register: Register, path: Path, folder: str) -> None:
    bases = {r.get("legal_basis", "") for r in register.tables.get("activities", {}).values()}
    gdpr = any("eu-gdpr." in basis for basis in bases)
    register.lack("case.yaml", "regimes (read as cn-pipl" + (" and eu-gdpr)" if gdpr else ")"))
    header = {
        "id": make_slug(str(register.case.get("title") or folder)) or "imported",
        "title": register.case.get("title") or folder,
        "organisation": register.case.get("organisation") or {"name": folder},
        "regimes": ["cn-pipl", "eu-gdpr"] if gdpr else ["cn-pipl"],
        "methods": ["gbt39335"],
        "languages": register.case.get("languages") or ["zh", "en"],
    }
    if register.case.get("contacts"):
        header["contacts"] = register.case["contacts"]
    text = yaml.safe_dump(header, sort_keys=False, allow_unicode=True, width=1000)
    path.write_text(text, encoding="utf-8")


def _join_rows(existing: Case | None, register: Register) -> dict[str, dict[str, Row]]:
    """Lay the register over the case: stated cells win, blank ones leave what was there."""
    from piaskit.case import TABLES

    rows: dict[str, dict[str, Row]] = {name: {} for name, table in TABLES.items() if table.needed}
    if existing:
        rows |= write_rows(existing.frames)
    for table, new in register.tables.items():
        old = rows.setdefault(table, {})
        for identifier, row in new.items():
            old[identifier] = old.get(identifier, {}) | row
    return rows


def _settle_rows(rows: dict[str, dict[str, Row]], register: Register, made: Path) -> Case:
    """Write the rows as CSV and take out what the checker refuses, until it is content."""
    from piaskit.case import TABLES, check_case

    for _ in range(_ROUNDS):
        _write_tables(rows, made / "inventory")
        check = check_case(made, as_of=_ANY_DAY)
        if not check.issues:
            assert check.case is not None
            return check.case
        fallen: set[tuple[str, str]] = set()
        for issue in check.issues:
            table = Path(issue.place.file).stem
            if table not in rows or not issue.place.row:
                raise InvalidData(check.issues)
            identifier = list(rows[table])[issue.place.row - 2]
            row, column = rows[table][identifier], issue.place.column or ""
            told = f"{table}/{identifier}: {column} = {quote(row.pop(column, ''))}"
            register.kept_as_text.append(f"{told} ({issue.message})")
            if column == "id" or TABLES[table][column].required:
                fallen.add((table, identifier))
        for table, identifier in sorted(fallen):
            register.contradict(f"{table}/{identifier}: left out, for it lacks a required cell")
            del rows[table][identifier]
    raise InvalidData(check.issues)


def _write_tables(rows: dict[str, dict[str, Row]], folder: Path) -> None:
    from piaskit.case import TABLES

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for table, records in rows.items():
        seen = (column for record in records.values() for column in record)
        columns = list(dict.fromkeys([*TABLES[table].names, *seen]))
        with (folder / f"{table}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(
                [guard_text(record.get(c, "")) for c in columns] for record in records.values()
            )


def _write_inventory(case: Case, made: Path, into: Path) -> None:
    """Keep the form the case has; a new one gets a workbook."""
    from piaskit.case import write_workbook

    if (into / "inventory").is_dir():
        return
    write_workbook(case.frames, made / "inventory.xlsx", knowledge=case.knowledge)
    shutil.rmtree(made / "inventory")


def _write_report(register: Register, path: Path) -> None:
    report = {
        "format": register.format,
        "kept_as_text": register.kept_as_text,
        "missing": register.missing,
        "contradictions": register.contradictions,
    }
    text = json.dumps(report, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def _put_in_place(made: Path, into: Path) -> None:
    try:
        if not into.exists():
            for folder in ("evidence", "exercises", "incidents"):
                (made / folder).mkdir()
            made.replace(into)
            return
        for path in _list_files(made):
            target = into / path.relative_to(made)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
        for stale in (into / "inventory").glob("*.parquet"):
            if stale.with_suffix(".csv").exists():
                stale.unlink()
    except OSError as error:
        text = f"cannot be written: {error.strerror or error}"
        raise InvalidData([Issue("cannot-write", Place(quote(into.name)), text)]) from None


def _list_files(folder: Path) -> Iterable[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and "packs" not in p.parts)
