"""The questionnaire on maturity as a workbook: written, filled in by people, read back."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from piaskit.case import read_case, write_workbook
from piaskit.errors import InvalidData, Issue, Place
from piaskit.safeguards.maturity import draft_questionnaire

if TYPE_CHECKING:
    from piaskit.case import Case


def write_questionnaire(case: Case, path: Path | str) -> None:
    """Write a workbook whose sheet ``maturity`` asks every question, with the answers so far.

    The sheet is the table of the case, so it may also be moved into ``inventory.xlsx``; the other
    sheets are empty. Raises InvalidData (``cannot-write``).
    """
    lang = case.languages[0] if case.languages[0] in ("en", "zh") else "en"
    try:
        write_workbook(
            {"maturity": draft_questionnaire(case)}, path, knowledge=case.knowledge, lang=lang
        )
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise InvalidData([Issue("cannot-write", Place(Path(path).name), message)]) from None


def read_answers(case: Case, path: Path | str) -> Case:
    """Return the case with the answers of a filled questionnaire in place of its own.

    Rows without level and aim are no answers. Raises InvalidData with every mistake of the sheet,
    as for any workbook of a case.
    """
    packs = case.root / "packs"
    with TemporaryDirectory() as folder:
        shutil.copyfile(case.root / "case.yaml", Path(folder) / "case.yaml")
        try:
            shutil.copyfile(path, Path(folder) / "inventory.xlsx")
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            raise InvalidData([Issue("file-unreadable", Place(Path(path).name), message)]) from None
        found = read_case(folder, packs=packs if packs.is_dir() else None, as_of=case.as_of)
    rows = found.frames["maturity"]
    given = rows[rows["level"].notna() | rows["aim"].notna()].reset_index(drop=True)
    return replace(case, frames={**case.frames, "maturity": given})
