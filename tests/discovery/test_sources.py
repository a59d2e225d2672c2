"""Databases, files and folders as sources; nothing sampled leaves them unmasked."""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import date
from pathlib import Path

import pytest
from accept.persons import FIELDS, make_rows
from typer.testing import CliRunner

from piaskit import discover_data
from piaskit.cli import app
from piaskit.discovery.findings import Discovery
from piaskit.errors import InvalidData

AS_OF = date(2026, 3, 1)
ROWS = 1200
WANTED = {field.name: field.category for field in FIELDS if field.category}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of generated persons, an order table, an EAV table and JSON."""
    path = tmp_path_factory.mktemp("discovery") / "people.db"
    with sqlite3.connect(path) as store:
        names = ", ".join(f"{field.name} TEXT" for field in FIELDS)
        store.execute(f"CREATE TABLE t1 ({names})")
        marks = ", ".join("?" * len(FIELDS))
        store.executemany(f"INSERT INTO t1 VALUES ({marks})", make_rows(ROWS))
        store.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, real_name TEXT)")
        store.execute(
            "CREATE TABLE jobs (id INTEGER, worker INTEGER REFERENCES users(id), extra TEXT)"
        )
        store.execute("CREATE TABLE more (owner INTEGER, attr_name TEXT, attr_value TEXT)")
        store.execute("CREATE VIEW half AS SELECT c08 FROM t1 WHERE rowid % 2")
        store.execute("CREATE TABLE notes (a TEXT)")
        for n, row in enumerate(make_rows(60, seed=9)):
            words = "明天再来" if n % 3 else f"请拨 138{(n * 7919331) % 10**8:08d} 找我"
            store.execute("INSERT INTO notes VALUES (?)", (words,))
            told = dict(zip((field.name for field in FIELDS), row, strict=True))
            extra = json.dumps({"contact": {"mobile": told["c08"]}, "size": n})
            store.execute("INSERT INTO jobs VALUES (?, ?, ?)", (n, n, extra))
            store.execute("INSERT INTO more VALUES (?, 'email', ?)", (n, told["c14"]))
            store.execute("INSERT INTO more VALUES (?, 'shelf', ?)", (n, f"A-{n}"))
    return path


@pytest.fixture(scope="module")
def found(database: Path) -> Discovery:
    before = database.read_bytes()
    found = discover_data(f"sqlite:///{database}", as_of=AS_OF)
    assert database.read_bytes() == before
    assert [path.name for path in database.parent.iterdir()] == [database.name]
    return found


def test_meaningless_columns_are_found_by_value_and_nothing_else_is(found: Discovery) -> None:
    assert {f.column: f.category for f in found.findings if f.table == "t1"} == WANTED


def test_containers_are_opened_and_keys_to_persons_are_links(found: Discovery) -> None:
    told = {(f.table, f.column, f.path, f.category) for f in found.findings}
    assert ("jobs", "extra", ".contact.mobile", "contact.phone") in told
    assert ("more", "attr_value", ".email", "contact.email") in told
    assert ("notes", "a", ".*", "contact.phone") in told
    assert {(c.table, c.column, c.kind) for c in found.containers} == {
        ("jobs", "extra", "json"),
        ("more", "attr_value", "eav"),
    }
    assert ("jobs", "worker", "users") in {(k.table, k.column, k.to) for k in found.links}
    assert "half" in {f.table for f in found.findings}


def list_values(count: int) -> set[str]:
    """List the values of the personal columns; words of kinds may be words of the product."""
    words = ("c32", "c36")
    at = [n for n, field in enumerate(FIELDS) if field.category and field.name not in words]
    return {row[n] for row in make_rows(count) for n in at}


def test_no_sampled_value_is_shown_unmasked(database: Path, found: Discovery) -> None:
    done = CliRunner().invoke(app, ["discover", str(database), "--lang", "zh"])

    assert done.exit_code == 0
    shown = "\n".join(
        [done.stdout, done.stderr, json.dumps(found.to_dict(), ensure_ascii=False), repr(found)]
    )
    shown += found._repr_html_()
    pieces = set(re.split(r"[\s\"'|│<>,;:，；]+", shown))
    values = list_values(ROWS)
    assert not values & pieces
    assert not [value for value in values if len(value) > 5 and value in shown]


def test_a_table_that_takes_too_long_is_told_and_the_rest_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "slow.db"
    with sqlite3.connect(path) as store:
        store.execute("CREATE TABLE users (mobile TEXT)")
        store.execute(
            "CREATE VIEW endless AS WITH RECURSIVE n(phone) AS (SELECT 1 UNION ALL"
            " SELECT phone + 1 FROM n) SELECT phone FROM n WHERE phone < 0"
        )
    found = discover_data(f"sqlite:///{path}", as_of=AS_OF, seconds=0.3)

    assert found.to_dict()["notices"] == [
        "endless: its rows could not be read in time or without more rights; only its columns were"
        " judged."
    ]
    assert {(f.table, f.column) for f in found.findings} == {
        ("users", "mobile"),
        ("endless", "phone"),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same rows as CSV (GB18030), XLSX, Parquet and JSON lines."""
    import pandas as pd

    folder = tmp_path_factory.mktemp("files")
    names = [field.name for field in FIELDS]
    rows = list(make_rows(300))
    frame = pd.DataFrame(rows, columns=names)
    frame.to_csv(folder / "a.csv", index=False, encoding="gb18030")
    frame.to_parquet(folder / "b.parquet")
    frame.to_excel(folder / "c.xlsx", sheet_name="cards", index=False)
    lines = (json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in rows)
    (folder / "d.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("file", "table"), [("a.csv", "a"), ("b.parquet", "b"), ("c.xlsx", "cards"), ("d.jsonl", "d")]
)
def test_every_form_of_file_shows_the_same(folder: Path, file: str, table: str) -> None:
    found = discover_data(folder / file, as_of=AS_OF, rows=300)

    assert {f.column: f.category for f in found.findings} == WANTED
    assert {f.table for f in found.findings} == {table}


def test_a_folder_is_its_files(folder: Path) -> None:
    found = discover_data(folder, as_of=AS_OF, rows=100)

    assert [table["table"] for table in found.tables] == ["a", "b", "cards", "d"]
    assert found.source == folder.name


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("nowhere.csv", "nowhere.csv: there is no such file or folder, and it is no URL"),
        ("sqlite:///nowhere.db", "nowhere.db: there is no such file"),
        ("oracle://me:pw@host/x", "URL: oracle is no known database, expected mariadb, mysql"),
        ("postgresql://me:hidden@127.0.0.1:1/x", "postgresql://127.0.0.1:1/x: connection failed"),
    ],
)
def test_a_source_that_cannot_be_read_is_told_without_secrets(source: str, told: str) -> None:
    with pytest.raises(InvalidData) as refused:
        discover_data(source, seconds=2)

    assert str(refused.value).startswith(told)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.xlsx", b"no book"),
        ("x.parquet", b"no table"),
        ("x.jsonl", b"{"),
        ("x.bin", b""),
        ("x.json", b"[" * 99_999),
    ],
)
def test_a_damaged_file_is_told(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(InvalidData, match=name):
        discover_data(path)


def test_source_and_text_exclude_each_other() -> None:
    runner = CliRunner()

    assert runner.invoke(app, ["discover"]).exit_code == 2
    assert runner.invoke(app, ["discover", "a.csv", "--text", "-"]).exit_code == 2


def test_a_text_comes_from_standard_input() -> None:
    done = CliRunner().invoke(app, ["discover", "--text", "-", "--json"], input="电话13812345678")

    (found,) = json.loads(done.stdout)["findings"]
    assert (found["category"], found["whose"]) == ("contact.phone", "unclear")


def test_names_of_any_kind_are_quoted(tmp_path: Path) -> None:
    path = tmp_path / "odd.db"
    names = ("手机 号", 'a"b', "50%", "x:y", "order")
    with sqlite3.connect(path) as store:
        quoted = ", ".join('"' + name.replace('"', '""') + '" TEXT' for name in names)
        store.execute(f'CREATE TABLE "select; %(n)s" ({quoted})')
        for n in range(40):
            values = [f"138{(n * 7919331) % 10**8:08d}"] * len(names)
            store.execute(f'INSERT INTO "select; %(n)s" VALUES ({", ".join("?" * 5)})', values)
    found = discover_data(path, as_of=AS_OF)

    assert [(f.table, f.column, f.category) for f in found.findings] == [
        ("select; %(n)s", name, "contact.phone") for name in names
    ]
    assert not found.notices
