"""Files as other programs write them: native cells, other encodings, ragged rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from piaskit.case import check_case, read_case
from piaskit.case.tables import TABLES
from piaskit.case.words import Words
from piaskit.knowledge import load_knowledge

Rows = dict[str, list[dict[str, str]]]
Write = Callable[..., Path]
OTHERS = ("items", "parties", "systems", "flows")


def _activities(path: Path) -> pd.DataFrame:
    return read_case(path).frames["activities"]


def test_native_cells_of_a_workbook_mean_what_they_show(
    write_tables: Write, tmp_path: Path
) -> None:
    path = write_tables(tmp_path / "x", {t: [] for t in (*OTHERS, "activities")}, "xlsx")
    with xlsxwriter.Workbook(str(path / "inventory.xlsx")) as book:
        day = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
        for table in OTHERS:
            book.add_worksheet(table).write_row(
                0, 0, ("id", "activity", "role", "category", "stage")
            )
        sheet = book.add_worksheet("处理活动")
        sheet.write_row(1, 1, ("编号", "名称", "人数", "涉及儿童", "复核日期", "自动化决策"))
        sheet.write_row(4, 1, (12, 3.5, 1200.0, 0))
        sheet.write_datetime(4, 5, datetime.fromisoformat("2026-03-01"), day)
        sheet.write_boolean(4, 6, True)

    found = _activities(path)

    row = found.iloc[0]
    assert (row["id"], row["title"], row["persons"], row["children"]) == ("12", "3.5", 1200, "0")
    assert row["reviewed_on"] == pd.Timestamp("2026-03-01")
    assert row["automated_decision"] == "significant"


def test_the_place_of_a_cell_counts_blank_rows_and_columns(
    write_tables: Write, tmp_path: Path
) -> None:
    path = write_tables(tmp_path, {t: [] for t in OTHERS})
    table = path / "inventory" / "activities.csv"
    table.write_text('\n,id,title,persons\n\n,a-1,"two\nlines",many\n', encoding="utf-8")

    issues = check_case(path).issues

    assert [str(i.place) for i in issues] == ["activities.csv row 4, persons"]


def test_native_columns_of_parquet_mean_the_same_as_text(
    write_tables: Write, tmp_path: Path
) -> None:
    path = write_tables(tmp_path, {t: [] for t in OTHERS}, "parquet")
    content = {
        "id": pa.array(["a-1", "a-2"]).dictionary_encode(),
        "title": pa.array(["Orders", "Support"]),
        "persons": pa.array([1200, None], pa.int32()),
        "minors": pa.array([3.0, None]),
        "children": pa.array([True, False]),
        "reviewed_on": pa.array([date(2026, 3, 1), None]),
        "notice_on": pa.array([datetime.fromisoformat("2026-03-01"), None], pa.timestamp("ns")),
        "rights": pa.array([["access", "copy"], []]),
        "owner": pa.nulls(2),
    }
    pq.write_table(pa.table(content), path / "inventory" / "activities.parquet")

    found = _activities(path)

    first, second = found.iloc[0], found.iloc[1]
    assert (first["persons"], first["minors"], first["children"]) == (1200, "3", "yes")
    assert first["reviewed_on"] == first["notice_on"] == pd.Timestamp("2026-03-01")
    assert first["rights"] == "access;copy"
    assert second["children"] == "0"
    assert second[["persons", "minors", "reviewed_on", "notice_on", "rights", "owner"]].isna().all()


def test_a_text_that_parquet_holds_once_and_shows_very_often_is_refused(
    write_tables: Write, tmp_path: Path
) -> None:
    path = write_tables(tmp_path, {t: [] for t in OTHERS}, "parquet")
    texts = pa.array(["x" * 30_000]).take(pa.array([0] * 10_000))
    content = {"id": texts, "title": texts.cast(pa.large_string())}
    pq.write_table(pa.table(content), path / "inventory" / "activities.parquet")

    assert [str(issue) for issue in check_case(path).issues] == [
        "activities.parquet: holds more than 200,000,000 characters"
    ]


def test_gb18030_gives_the_same_frames_and_a_notice(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    rows["activities"][0]["purpose"] = "处理订单，發貨"
    expected = read_case(write_tables(tmp_path / "a", rows))
    path = write_tables(tmp_path / "b", rows)
    table = path / "inventory" / "activities.csv"
    table.write_bytes(table.read_text(encoding="utf-8-sig").encode("gb18030"))

    found = read_case(path)

    pd.testing.assert_frame_equal(found.frames["activities"], expected.frames["activities"])
    assert [str(n) for n in found.notices] == [
        "activities.csv: is not UTF-8 and was read as GB18030 (save it as CSV UTF-8)"
    ]


def test_a_sheet_of_the_workbook_yields_to_a_file_while_it_has_no_rows(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    path = write_tables(tmp_path, {**rows, "flows": []}, "xlsx")
    write_tables(path, {"flows": rows["flows"]})

    case = read_case(path)

    assert list(case.frames["flows"]["id"]) == ["f-1"]


def test_words_are_found_whatever_their_width_case_and_joints() -> None:
    words = Words(load_knowledge())

    assert words.find_table("Data Flows") == words.find_table("数据流") == "flows"
    assert words.find_table("ＦＬＯＷＳ") == "flows"
    assert words.find_table("trainngs") is None
    assert words.guess_table("trainngs") == "trainings"


@pytest.mark.parametrize(
    ("table", "column", "word", "means"),
    [
        ("flows", "channel", "应用", "app"),
        ("flows", "method", "本人提供", "provided"),
        ("flows", "transport", "物理", "physical"),
        ("activities", "automated_decision", "推荐", "recommendation"),
        ("incidents", "event", "使用", "use"),
    ],
)
def test_a_short_chinese_word_means_what_its_column_holds(
    table: str, column: str, word: str, means: str
) -> None:
    assert Words(load_knowledge()).index_values(TABLES[table][column])[word] == means


def test_a_damaged_workbook_is_one_message_and_no_traceback(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    path = write_tables(tmp_path, rows, "xlsx")
    book = path / "inventory.xlsx"
    whole = book.read_bytes()
    for cut in (0, 3, 100, len(whole) // 2, len(whole) - 30):
        book.write_bytes(whole[:cut])

        issues = check_case(path).issues

        assert [issue.place.file for issue in issues] == ["inventory.xlsx"]
        assert issues[0].slug in ("not-a-workbook", "file-too-large")
