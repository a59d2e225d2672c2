"""The questionnaire on maturity goes out as a workbook and comes back as answers."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from piaskit.case import new_case, read_case
from piaskit.errors import InvalidData
from piaskit.safeguards.maturity import assess_maturity
from piaskit.safeguards.questionnaire import read_answers, write_questionnaire


def test_a_filled_questionnaire_is_read_back(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    new_case(root, "marketplace")
    case = read_case(root)
    path = tmp_path / "questions.xlsx"

    write_questionnaire(case, path)
    again = read_answers(case, path)

    old, new = assess_maturity(case), assess_maturity(again)
    assert old.cells == new.cells
    book = openpyxl.load_workbook(path)
    sheet = book["能力成熟度"]
    keys = {cell.value: cell.column for cell in sheet[3]}
    rows = {(sheet.cell(n, keys["area"]).value, sheet.cell(n, keys["capability"]).value): n
            for n in range(4, sheet.max_row + 1)}  # fmt: skip
    asked = [n for (area, _), n in rows.items() if area]
    assert len(asked) == 120
    assert sheet.data_validations.dataValidation, "levels and evidence are chosen from lists"
    assert all("？" in str(sheet.cell(n, sheet.max_column).value) for n in asked)

    empty = next(n for n in asked if sheet.cell(n, keys["level"]).value is None)
    sheet.cell(empty, keys["level"]).value = 4
    sheet.cell(empty, keys["evidence"]).value = "maturity-general-2026.md"
    book.save(path)
    filled = assess_maturity(read_answers(case, path))

    assert sum(filled.cells[key] != old.cells[key] for key in old.cells) == 1


def test_a_questionnaire_that_is_not_there_is_told(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    new_case(root)
    told = re.escape("gone.xlsx: cannot be read: No such file or directory")

    with pytest.raises(InvalidData, match=told):
        read_answers(read_case(root, as_of=date(2026, 9, 30)), tmp_path / "gone.xlsx")
