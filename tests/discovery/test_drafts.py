"""What was found becomes rows of a case to confirm; a later look says what is new."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import date
from pathlib import Path

import pytest
from accept.persons import FIELDS, make_rows
from typer.testing import CliRunner

from piaskit import check_case, discover_data
from piaskit.case import TABLES
from piaskit.cli import app
from piaskit.errors import InvalidData

AS_OF = date(2026, 3, 1)
PERSONS = [dict(zip((f.name for f in FIELDS), row, strict=True)) for row in make_rows(60, seed=3)]


def fill(path: Path) -> None:
    with sqlite3.connect(path) as store:
        store.execute("CREATE TABLE members (id INTEGER, c TEXT, email TEXT, size TEXT)")
        for n, row in enumerate(PERSONS):
            values = (n, row["c05"], row["c14"], row["c27"])
            store.execute("INSERT INTO members VALUES (?, ?, ?, ?)", values)


def make_case(folder: Path) -> None:
    """Make a case of CSV tables without rows, which are read faster than a workbook."""
    (folder / "inventory").mkdir(parents=True)
    text = "id: shop\ntitle: Shop\norganisation: {name: Shop}\nregimes: [cn-pipl]\n"
    (folder / "case.yaml").write_text(text, "utf-8")
    for name, table in TABLES.items():
        if table.needed:
            heads = ",".join(table.names) + "\n"
            (folder / "inventory" / f"{name}.csv").write_text(heads, "utf-8")


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database and the case that was drafted of it."""
    folder = tmp_path_factory.mktemp("drafts")
    fill(folder / "shop.db")
    make_case(folder / "case")
    discover_data(folder / "shop.db", as_of=AS_OF, into=folder / "case")
    return folder


@pytest.fixture
def copy(drafted: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(drafted, tmp_path / "copy"))


def read(case: Path, table: str) -> dict[str, dict[str, object]]:
    check = check_case(case, as_of=AS_OF)
    assert not check.issues
    assert check.case
    return {row["id"]: row for row in check.case.frames[table].to_dict("records")}


def test_a_system_items_a_store_flow_and_open_actions_are_drafted(drafted: Path) -> None:
    case = drafted / "case"

    assert {i: r["category"] for i, r in read(case, "items").items()} == {
        "shop-db-members-identity-national-id-number": "identity.national-id-number",
        "shop-db-members-contact-email": "contact.email",
    }
    assert read(case, "systems")["shop-db"]["kind"] == "database"
    (flow,) = read(case, "flows").values()
    assert (flow["stage"], flow["target"], len(str(flow["items"]).split(";"))) == (
        "store",
        "shop-db",
        2,
    )
    (action,) = read(case, "actions").values()
    assert (action["status"], action["risk"]) == (
        "open",
        "purpose-not-stated@activities/shop-db-found",
    )
    assert action["title_en"] == (
        "Confirm what table members holds, and move it to the activity it serves: c, email"
    )


def test_a_second_look_changes_nothing(copy: Path) -> None:
    tables = ("activities", "items", "systems", "flows", "actions")
    before = {table: read(copy / "case", table) for table in tables}
    found = discover_data(copy / "shop.db", as_of=AS_OF, into=copy / "case")

    assert {table: read(copy / "case", table) for table in tables} == before
    assert not any(found.drafted.values())
    told = json.loads((copy / "case" / "imports" / "discovery.json").read_text("utf-8"))
    assert told["contradictions"] == []
    assert found.to_dict()["drift"] == {
        "since": "2026-03-01",
        "new": [],
        "gone": [],
        "new_columns": [],
        "gone_columns": [],
    }


def test_a_later_look_tells_and_drafts_what_is_new_and_tells_what_is_gone(copy: Path) -> None:
    with sqlite3.connect(copy / "shop.db") as store:
        store.execute("ALTER TABLE members ADD COLUMN mobile TEXT")
        store.execute("ALTER TABLE members DROP COLUMN c")
    found = discover_data(copy / "shop.db", as_of=date(2026, 4, 1), into=copy / "case")

    drift = found.to_dict()["drift"]
    assert drift["since"] == "2026-03-01"
    assert drift["new"] == [{"table": "members", "column": "mobile", "category": "contact.phone"}]
    assert [row["category"] for row in drift["gone"]] == ["identity.national-id-number"]
    assert drift["new_columns"] == [{"table": "members", "column": "mobile"}]
    assert drift["gone_columns"] == [{"table": "members", "column": "c"}]
    assert "shop-db-members-contact-phone" in read(copy / "case", "items")
    (flow,) = read(copy / "case", "flows").values()
    assert "shop-db-members-contact-phone" in str(flow["items"])
    assert len(read(copy / "case", "actions")) == 2


def test_what_was_changed_or_taken_out_by_hand_stays_so(copy: Path) -> None:
    kept, other = (f"shop-db-members-{k}" for k in ("contact-email", "identity-national-id-number"))
    items, flows = (copy / "case" / "inventory" / f"{table}.csv" for table in ("items", "flows"))
    lines = items.read_text("utf-8-sig").splitlines()
    left = [line.replace("电子邮箱", "会员邮箱") for line in lines if other not in line]
    items.write_text("\n".join(left), "utf-8")
    flows.write_text(flows.read_text("utf-8-sig").replace(f"{other};", ""), "utf-8")
    discover_data(copy / "shop.db", as_of=AS_OF, into=copy / "case")

    rows = read(copy / "case", "items")
    assert {id: row["title"] for id, row in rows.items()} == {kept: "会员邮箱（members）"}


def test_a_case_is_made_where_there_is_none_and_holds_no_sampled_value(
    drafted: Path, tmp_path: Path
) -> None:
    from python_calamine import CalamineWorkbook

    discover_data(drafted / "shop.db", as_of=AS_OF, into=tmp_path / "new")

    told = "".join(
        path.read_text("utf-8", "replace")
        for path in (tmp_path / "new").rglob("*")
        if path.is_file() and path.suffix != ".xlsx"
    )
    book = CalamineWorkbook.from_path(tmp_path / "new" / "inventory.xlsx")
    told += "".join(str(book.get_sheet_by_name(sheet).to_python()) for sheet in book.sheet_names)
    assert "shop-db-members-contact-email" in told
    assert not [r for r in PERSONS if r["c05"] in told or r["c14"] in told]


def test_a_damaged_memory_is_told(copy: Path) -> None:
    (copy / "case" / "imports" / "discovery-shop-db.json").write_text("{", "utf-8")

    with pytest.raises(InvalidData, match=r"imports/discovery-shop-db\.json: is damaged"):
        discover_data(copy / "shop.db", as_of=AS_OF, into=copy / "case")


def test_the_command_line_shows_what_was_drafted_and_what_is_new(copy: Path) -> None:
    with sqlite3.connect(copy / "shop.db") as store:
        store.execute("ALTER TABLE members ADD COLUMN mobile TEXT")
    words = ["discover", str(copy / "shop.db"), "--into", str(copy / "case"), "--lang", "zh"]
    done = CliRunner().invoke(app, [*words, "--as-of", "2026-03-02"])

    assert done.exit_code == 0
    assert "2026-03-01 以来的变化" in done.stdout
    assert "新增列" in done.stdout


def test_a_text_is_not_drafted() -> None:
    done = CliRunner().invoke(app, ["discover", "--text", "-", "--into", "x"], input="")

    assert done.exit_code == 2
