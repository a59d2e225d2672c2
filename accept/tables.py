"""Edit the CSV tables of a copied case."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

from accept.row import MARKETPLACE

Rows = list[dict[str, str]]


def copy_case(target: Path, source: Path = MARKETPLACE) -> Path:
    shutil.copytree(source, target)
    return target


def read_rows(case: Path, table: str) -> Rows:
    path = case / "inventory" / f"{table}.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(case: Path, table: str, rows: Rows) -> None:
    headers = list(dict.fromkeys(name for row in rows for name in row))
    with (case / "inventory" / f"{table}.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, headers, restval="")
        writer.writeheader()
        writer.writerows(rows)


def list_tables(case: Path) -> list[str]:
    return sorted(path.stem for path in (case / "inventory").glob("*.csv"))


def change_cells(case: Path, change: Callable[[str, str, str], str]) -> None:
    """Rewrite every cell of every table: ``change(table, column, value)``."""
    for table in list_tables(case):
        rows = read_rows(case, table)
        changed = [{name: change(table, name, row[name]) for name in row} for row in rows]
        write_rows(case, table, changed)
