"""New cases appear whole, sound and in an empty place only."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from piaskit.case import TABLES, check_case, new_case, read_case
from piaskit.errors import InvalidData

AS_OF = date(2026, 3, 1)
MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"


def test_a_blank_case_is_sound_and_has_every_table(tmp_path: Path) -> None:
    new_case(tmp_path / "case")

    check = check_case(tmp_path / "case", as_of=AS_OF)
    assert (check.issues, check.notices) == ((), ())
    assert check.counts == dict.fromkeys(TABLES, 0)
    assert sorted(p.name for p in (tmp_path / "case").iterdir()) == [
        "case.yaml", "evidence", "exercises", "incidents", "inventory.xlsx", "packs",
    ]  # fmt: skip


def test_the_worked_case_comes_as_a_workbook_with_equal_frames(tmp_path: Path) -> None:
    new_case(tmp_path / "case", "marketplace")

    made = read_case(tmp_path / "case", as_of=AS_OF)
    source = read_case(MARKETPLACE, as_of=AS_OF)
    for name in TABLES:
        assert made.frames[name].equals(source.frames[name]), name
    assert not (tmp_path / "case" / "inventory").exists()


def test_an_analyst_finds_labels_filters_and_lists_in_the_workbook(tmp_path: Path) -> None:
    new_case(tmp_path / "case")
    book = openpyxl.load_workbook(tmp_path / "case" / "inventory.xlsx")

    assert book.sheetnames[0] == "说明"
    assert book.sheetnames[-1] == "字典"
    flows = book["数据流"]
    assert [cell.value for cell in flows[1]][:3] == ["编号", "处理活动", "阶段"]
    assert [cell.value for cell in flows[2]][:3] == ["ID", "Activity", "Stage"]
    assert [cell.value for cell in flows[3]] == list(TABLES["flows"].names)
    assert flows.freeze_panes == "C4"
    assert flows.tables["flows"].ref == "A3:Q4"
    assert flows.tables["flows"].autoFilter.ref == "A3:Q4"
    rules = {
        str(r.sqref).partition("4")[0]: r.formula1 for r in flows.data_validations.dataValidation
    }
    assert rules["C"] == "words_flows_stage"
    assert rules["B"] == "ids_activities"
    start, end = book.defined_names["words_flows_stage"].attr_text.rpartition("!")[2].split(":")
    words = [row[0].value for row in book["字典"][start.replace("$", "") : end.replace("$", "")]]
    assert words == ["收集", "存储", "使用", "加工", "传输", "提供", "公开", "删除"]


def test_the_workbook_makes_room_for_what_it_holds_and_prints_legibly(tmp_path: Path) -> None:
    new_case(tmp_path / "case", "marketplace")
    book = openpyxl.load_workbook(tmp_path / "case" / "inventory.xlsx")

    guide, activities = book["说明"], book["处理活动"]
    assert guide["A1"].value == "说明"
    links = {
        str(cell.value): cell.hyperlink.location for row in guide for cell in row if cell.hyperlink
    }
    assert links["数据流"] == "'数据流'!A1"
    assert list(links) == book.sheetnames[1:]
    assert activities.print_title_rows == "$1:$3"
    assert activities.print_title_cols == "$A:$B"
    assert activities.page_setup.fitToWidth == 5
    assert activities.page_setup.fitToHeight == 0
    assert activities.row_dimensions[4].height == 3 * 15 + 3
    assert activities.column_dimensions["C"].width > 48
    assert activities["O4"].alignment.horizontal == "left"


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(InvalidData, match="is not empty, a case needs a folder of its own"):
        new_case(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("piaskit.case.workbook.write_workbook", fail)

    with pytest.raises(InvalidData, match="cannot be written: No space left on device"):
        new_case(tmp_path / "deep" / "case")
    assert list((tmp_path / "deep").iterdir()) == []
