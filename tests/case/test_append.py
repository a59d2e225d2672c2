"""Rows are added below a table; what stood there stays as it was, in every form of a case."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

import piaskit
from piaskit.case import append_rows, write_workbook
from piaskit.errors import InvalidData
from piaskit.knowledge import load_knowledge

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"
KNOWLEDGE = load_knowledge()
ROW = {
    "id": "new-1",
    "title": '=改进, "引号"',
    "title_en": "Improve",
    "option": "immediate",
    "owner": "r-dso",
    "due_on": "2026-12-01",
    "status": "open",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(MARKETPLACE, tmp_path / "case")
    return tmp_path / "case"


def check_added(root: Path) -> None:
    old, new = piaskit.read_case(MARKETPLACE), piaskit.read_case(root)
    for table, frame in old.frames.items():
        kept = new.frames[table].iloc[: len(frame)].reset_index(drop=True)
        shared = [c for c in frame.columns if c in kept.columns]
        assert kept[shared].equals(frame[shared].reset_index(drop=True)), table
    added = new.frames["actions"].iloc[len(old.frames["actions"]) :]
    assert len(added) == 1
    assert added.iloc[0][["id", "title", "option", "owner", "status"]].tolist() == [
        ROW[name] for name in ("id", "title", "option", "owner", "status")
    ]
    assert added.iloc[0]["due_on"].date().isoformat() == "2026-12-01"


def test_a_csv_file_keeps_every_byte(root: Path) -> None:
    path = root / "inventory" / "actions.csv"
    before = path.read_bytes()

    append_rows(root, "actions", [ROW], KNOWLEDGE)

    assert path.read_bytes().startswith(before)
    check_added(root)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encoding_separator_and_line_ends_stay(encoding: str, end: str, root: Path) -> None:
    path = root / "inventory" / "actions.csv"
    text = "编号;标题;状态".replace("标题", "名称") + end + "a-1;旧行;open"
    path.write_bytes(text.encode(encoding))

    append_rows(root, "actions", [{"id": "new-1", "title": "新行", "status": "open"}], KNOWLEDGE)

    added = path.read_bytes().decode(encoding)
    assert added.startswith(text + end)
    assert added.endswith(end)
    assert added.count(end) == 3
    assert "new-1" in added


def test_a_workbook_gets_cells_below_the_last_row(root: Path) -> None:
    case = piaskit.read_case(root)
    shutil.rmtree(root / "inventory")
    write_workbook(case.frames, root / "inventory.xlsx")

    append_rows(root, "actions", [ROW], KNOWLEDGE)

    check_added(root)


def test_a_workbook_with_formulas_keeps_their_values(root: Path) -> None:
    import xlsxwriter

    case = piaskit.read_case(root)
    shutil.rmtree(root / "inventory")
    book = xlsxwriter.Workbook(str(root / "inventory.xlsx"))
    for table, frame in case.frames.items():
        sheet = book.add_worksheet(table)
        sheet.write_row(0, 0, list(frame.columns))
        for number, row in enumerate(frame.astype(object).itertuples(index=False), 1):
            for position, value in enumerate(row):
                if not pd.isna(value):
                    text = str(value)[:10] if "_on" in frame.columns[position] else str(value)
                    sheet.write_string(number, position, text)
    sheet = book.get_worksheet_by_name("activities")
    position = list(case.frames["activities"].columns).index("persons")
    persons = int(case.frames["activities"]["persons"].iloc[0])
    sheet.write_formula(1, position, "=1+1", None, persons)
    book.close()

    append_rows(root, "actions", [ROW], KNOWLEDGE)

    again = piaskit.read_case(root)
    assert int(again.frames["activities"]["persons"].iloc[0]) == persons
    assert again.frames["actions"]["id"].tolist()[-1] == "new-1"
    cell = load_workbook(root / "inventory.xlsx")["actions"].cell(
        len(case.frames["actions"]) + 2, 3
    )
    assert (cell.value, cell.data_type) == (ROW["title"], "s")


def test_parquet_keeps_its_types(root: Path) -> None:
    case = piaskit.read_case(root)
    (root / "inventory" / "actions.csv").unlink()
    case.frames["actions"].to_parquet(root / "inventory" / "actions.parquet")

    append_rows(root, "actions", [ROW], KNOWLEDGE)

    check_added(root)


def test_a_table_that_the_case_lacks_is_made(root: Path) -> None:
    (root / "inventory" / "actions.csv").unlink()

    append_rows(root, "actions", [ROW], KNOWLEDGE)

    assert piaskit.read_case(root).frames["actions"]["id"].tolist() == ["new-1"]


def test_no_row_touches_no_file(root: Path) -> None:
    (root / "inventory" / "actions.csv").unlink()

    append_rows(root, "actions", [], KNOWLEDGE)

    assert not (root / "inventory" / "actions.csv").exists()


def test_a_file_that_cannot_be_written_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(InvalidData, match="case: cannot be written: Read-only file system"):
        append_rows(root, "actions", [ROW], KNOWLEDGE)
    assert not list((root / "inventory").glob(".actions*"))
