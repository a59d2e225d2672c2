"""Problems written back: on the bad cells of a copy, and nothing else of it changes."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment

from piaskit.case import check_case, new_case
from piaskit.case.read import PROBLEMS
from piaskit.errors import InvalidData

FILL = "FFFFD966"


@pytest.fixture
def spoiled(tmp_path: Path) -> Path:
    """The worked case as a workbook with five bad cells, one of which has a note already."""
    case = tmp_path / "case"
    new_case(case, "marketplace")
    book = openpyxl.load_workbook(case / "inventory.xlsx")
    flows, activities = book["数据流"], book["处理活动"]
    flows["C5"], flows["G6"], flows["D7"] = "收集集", "100万", "nowhere"
    activities["B5"] = None
    activities["B6"] = None
    activities["B6"].comment = Comment("ask Lin", "me")
    flows["A400"] = "f-late"
    book.save(case / "inventory.xlsx")
    return case


def read_parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def list_marked(path: Path) -> dict[str, str]:
    """Return the notes of the cells that are filled, by sheet and cell."""
    return {
        f"{sheet.title}!{cell.coordinate}": cell.comment.text if cell.comment else ""
        for sheet in openpyxl.load_workbook(path)
        if sheet.title != PROBLEMS
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.fgColor.rgb == FILL
    }


def test_every_bad_cell_has_a_note_and_a_fill_in_the_copy(spoiled: Path, tmp_path: Path) -> None:
    before = (spoiled / "inventory.xlsx").read_bytes()
    check = check_case(spoiled, marked=tmp_path / "marked.xlsx")
    marked = list_marked(tmp_path / "marked.xlsx")

    assert set(marked) == {
        "处理活动!B5", "处理活动!B6", "数据流!C5", "数据流!G6", "数据流!D7", "数据流!B400",
        "数据流!C400",
    }  # fmt: skip
    assert marked["数据流!G6"] == (
        "100万 is no such number, expected a whole number, 0 or more, in digits alone\n"
        "→ write 1000000\n[bad-number]"
    )
    assert marked["处理活动!B6"].startswith(
        "ask Lin\n\ntitle is blank, expected a value in every row"
    )
    assert (spoiled / "inventory.xlsx").read_bytes() == before
    listed = openpyxl.load_workbook(tmp_path / "marked.xlsx")[PROBLEMS]
    assert [cell.value for cell in listed[1]] == [
        "位置 Place", "种类 Kind", "所填内容 Value", "问题 Problem", "处理建议 Way out",
    ]  # fmt: skip
    assert listed.max_row == len(check.issues) + 1
    assert listed["A4"].hyperlink.location == "'数据流'!C5"


def test_nothing_else_of_the_copy_changes(spoiled: Path, tmp_path: Path) -> None:
    check_case(spoiled, marked=tmp_path / "marked.xlsx")
    old, new = read_parts(spoiled / "inventory.xlsx"), read_parts(tmp_path / "marked.xlsx")
    changed = {name for name in old if old[name] != new[name]}

    assert {name for name in changed if "comments" not in name and "rawing" not in name} == {
        "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml",
        "xl/worksheets/sheet2.xml", "xl/worksheets/sheet6.xml",
    }  # fmt: skip
    assert len(set(new) - set(old)) == 1
    before, after = (openpyxl.load_workbook(p) for p in (spoiled / "inventory.xlsx",
                                                         tmp_path / "marked.xlsx"))  # fmt: skip
    for sheet in before:
        other = after[sheet.title]
        rules = [(str(r.sqref), r.formula1) for r in sheet.data_validations.dataValidation]
        assert rules == [(str(r.sqref), r.formula1) for r in other.data_validations.dataValidation]
        assert list(sheet.tables) == list(other.tables)
        assert sheet.freeze_panes == other.freeze_panes
        for row in sheet.iter_rows():
            for cell in row:
                twin = other[cell.coordinate]
                assert cell.value == twin.value
                if cell.value is not None:
                    assert cell.number_format == twin.number_format
                if cell.comment:
                    assert twin.comment is not None
                    assert twin.comment.text.startswith(cell.comment.text)


def test_the_copy_reads_like_the_workbook_it_was_made_of(spoiled: Path, tmp_path: Path) -> None:
    check = check_case(spoiled, marked=tmp_path / "marked.xlsx")
    (tmp_path / "marked.xlsx").replace(spoiled / "inventory.xlsx")
    again = check_case(spoiled, marked=tmp_path / "twice.xlsx")

    assert again.issues == check.issues
    assert again.notices == check.notices == ()
    assert (
        list_marked(tmp_path / "twice.xlsx").keys()
        == list_marked(spoiled / "inventory.xlsx").keys()
    )


def test_equal_cases_give_equal_copies(spoiled: Path, tmp_path: Path) -> None:
    for name in ("one.xlsx", "two.xlsx"):
        check_case(spoiled, marked=tmp_path / name)

    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tables_in_files_become_a_workbook_with_the_marks_at_the_rows_told(
    rows: dict[str, list[dict[str, str]]],
    write_tables: Callable[..., Path],
    tmp_path: Path,
    form: str,
) -> None:
    rows["flows"].append(rows["flows"][0] | {"id": "f-2", "stage": "colect", "persons": "=1+1"})
    rows["items"][0]["retention"] = "soon"
    case = write_tables(tmp_path / "case", rows, form)
    check = check_case(case, marked=tmp_path / "marked.xlsx")
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")

    heads = [cell.value for cell in book["flows"][1]]
    stage, persons = (book["flows"].cell(3, heads.index(n) + 1) for n in ("stage", "persons"))
    assert (stage.value, persons.value, persons.data_type) == ("colect", "=1+1", "s")
    assert stage.comment is not None
    assert stage.comment.text.endswith("→ did you mean collect?\n[unknown-value]")
    marked = list_marked(tmp_path / "marked.xlsx")
    assert set(marked) == {
        f"flows!{stage.coordinate}", f"flows!{persons.coordinate}", "items!G2",
    }  # fmt: skip
    assert book[PROBLEMS].max_row == len(check.issues) + 1 == 4


def test_a_long_table_shows_the_bad_rows_at_their_place(
    rows: dict[str, list[dict[str, str]]],
    write_tables: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("piaskit.case.marks.MOST_ROWS", 3)
    flow: dict[str, Any] = rows["flows"][0]
    rows["flows"] = [flow | {"id": f"f-{n}"} for n in range(1, 9)]
    rows["flows"][6]["persons"] = "many"
    case = write_tables(tmp_path / "case", rows)
    check_case(case, marked=tmp_path / "marked.xlsx")
    flows = openpyxl.load_workbook(tmp_path / "marked.xlsx")["flows"]

    assert [row[0].row for row in flows.iter_rows() if row[0].value] == [1, 8]


def test_a_workbook_that_cannot_be_read_still_gives_the_list(tmp_path: Path) -> None:
    new_case(tmp_path / "case")
    (tmp_path / "case" / "inventory.xlsx").write_bytes(b"PK\x03\x04 nothing")
    check_case(tmp_path / "case", marked=tmp_path / "marked.xlsx")
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")

    assert book.sheetnames == [PROBLEMS]
    assert book[PROBLEMS]["B2"].value == "not-a-workbook"


def test_a_clean_case_gives_a_copy_without_marks(tmp_path: Path) -> None:
    new_case(tmp_path / "case")
    check_case(tmp_path / "case", marked=tmp_path / "marked.xlsx")

    assert list_marked(tmp_path / "marked.xlsx") == {}
    assert openpyxl.load_workbook(tmp_path / "marked.xlsx")[PROBLEMS].max_row == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("case/inventory.xlsx", "is the case's own register, expected another place"),
        ("marked.ods", r"marked\.ods: expected a name that ends in \.xlsx"),
    ],
)
def test_the_case_s_own_workbook_is_never_written(tmp_path: Path, name: str, message: str) -> None:
    new_case(tmp_path / "case")
    before = (tmp_path / "case" / "inventory.xlsx").read_bytes()

    with pytest.raises(InvalidData, match=message):
        check_case(tmp_path / "case", marked=tmp_path / name)
    assert (tmp_path / "case" / "inventory.xlsx").read_bytes() == before
