"""Generated persons in databases: found by value, in time, and never shown unmasked."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import time
from pathlib import Path

from accept.databases import run_mariadb, run_postgresql
from accept.persons import FIELDS, make_rows
from accept.reports import scratch
from accept.row import Measured, NotRun, piaskit, row

ROWS = 100_000
WANTED = {field.name: field.category for field in FIELDS if field.category}
_WORDS = {"c32", "c36"}  # illnesses and faiths: words of the product too


def discover(url: str, *more: str | Path) -> tuple[dict[str, object], float, str]:
    """Return the answer, the seconds it took and all that was printed, as JSON and as a table."""
    begun = time.monotonic()
    done = piaskit("discover", url, "--json", *more)
    seconds = time.monotonic() - begun
    if done.returncode:
        raise AssertionError(done.stderr.strip()[-300:])
    table = piaskit("discover", url, "--lang", "zh")
    return (
        json.loads(done.stdout),
        seconds,
        "".join((done.stdout, done.stderr, table.stdout, table.stderr)),
    )


def judge(answer: dict[str, object], seconds: float) -> Measured:
    told = {f["column"]: f["category"] for f in answer["findings"] if f["table"] == "t1"}
    found = sum(told.get(column) == category for column, category in WANTED.items())
    false = sorted(set(told) - set(WANTED))
    text = f"{found} of {len(WANTED)} found, {len(false)} false alarms {false}, {seconds:.1f} s"
    return text, found == len(WANTED) == 12 and len(false) <= 2 and seconds < 60


def fill_sqlite(path: Path) -> None:
    with sqlite3.connect(path) as store:
        store.execute(f"CREATE TABLE t1 ({', '.join(f'{field.name} TEXT' for field in FIELDS)})")
        marks = ", ".join("?" * len(FIELDS))
        store.executemany(f"INSERT INTO t1 VALUES ({marks})", make_rows(ROWS))


def fill_postgresql(url: str) -> None:
    import psycopg

    with psycopg.connect(url) as store, store.cursor() as cursor:
        cursor.execute(f"CREATE TABLE t1 ({', '.join(f'{field.name} text' for field in FIELDS)})")
        with cursor.copy("COPY t1 FROM STDIN") as copy:
            for values in make_rows(ROWS):
                copy.write_row(values)


def list_values() -> set[str]:
    at = [n for n, field in enumerate(FIELDS) if field.category and field.name not in _WORDS]
    return {values[n] for values in make_rows(ROWS) for n in at}


def find_shown(text: str, values: set[str]) -> list[str]:
    """Find values that stand in a text: as a piece of it, or written with blanks in between."""
    pieces = set(re.split(r"[\s\"'|│<>,;:，；、。()（）]+", text))
    lines = {line.strip() for line in text.splitlines()}
    quoted = set(re.findall(r'"((?:[^"\\]|\\.)*)"', text))
    return sorted(values & (pieces | lines | quoted))


@row(
    "100,000 generated persons, 40 columns in PostgreSQL, 12 of them personal by meaningless names",
    "all 12 found by value, under 60 s, at most 2 false alarms",
)
def people_in_postgresql() -> Measured:
    with run_postgresql() as url:
        fill_postgresql(url)
        answer, seconds, _ = discover(url)
    return judge(answer, seconds)


@row(
    "the same persons in SQLite",
    "all 12 found by value, under 60 s, at most 2 false alarms",
)
def people_in_sqlite() -> Measured:
    path = scratch() / "people.db"
    path.unlink(missing_ok=True)
    fill_sqlite(path)
    answer, seconds, _ = discover(f"sqlite:///{path}")
    return judge(answer, seconds)


@row(
    "MariaDB: tables, comments and samples of 5,000 of the same persons",
    "all 12 found by value, at most 2 false alarms",
)
def people_in_mariadb() -> Measured:
    import pymysql

    with run_mariadb() as url:
        port = int(url.rsplit(":", 1)[1].rstrip("/"))
        with pymysql.connect(host="127.0.0.1", port=port, user="root", charset="utf8mb4") as store:
            cursor = store.cursor()
            cursor.execute("CREATE DATABASE people CHARACTER SET utf8mb4")
            cursor.execute("USE people")
            columns = ", ".join(f"{field.name} varchar(200)" for field in FIELDS)
            cursor.execute(f"CREATE TABLE t1 ({columns}) COMMENT '数据'")
            marks = ", ".join(["%s"] * len(FIELDS))
            cursor.executemany(f"INSERT INTO t1 VALUES ({marks})", list(make_rows(5000)))
            store.commit()
        answer, seconds, _ = discover(f"{url}people")
    return judge(answer, seconds)


@row(
    "sampled values in what is printed, in JSON, in the case, in logs and in files beside",
    "none unmasked",
)
def samples_masked() -> Measured:
    values = list_values()
    case = scratch() / "discovered"
    subprocess.run(["rm", "-rf", case], check=True)
    with run_postgresql() as url:
        fill_postgresql(url)
        _, _, shown = discover(url, "--into", case)
    if not case.is_dir():
        raise NotRun("no case was written")
    done = piaskit("check", case, "--json")
    shown += done.stdout
    for path in sorted(p for p in case.rglob("*") if p.is_file()):
        if path.suffix == ".xlsx":
            from python_calamine import CalamineWorkbook

            book = CalamineWorkbook.from_path(path)
            for name in book.sheet_names:
                cells = book.get_sheet_by_name(name).to_python()
                shown += "\n".join(str(cell) for line in cells for cell in line)
        else:
            shown += path.read_text("utf-8", "replace")
    found = find_shown(shown, values)
    return f"{len(found)} of {len(values):,} values shown: {found[:3]}", not found
