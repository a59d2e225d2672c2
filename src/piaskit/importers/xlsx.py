"""The workbook of a case: every table and column, read and written by the case's own rules."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from piaskit.case.read import BOOK
from piaskit.case.tables import TABLES
from piaskit.errors import InvalidData
from piaskit.importers._own_tables import read_tables, take_one
from piaskit.importers.register import Register

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Text


def recognise(path: Path) -> bool:
    """Tell whether a file is a workbook with the sheets that every case has."""
    from python_calamine import CalamineError, CalamineWorkbook

    from piaskit.case.archive import inspect_workbook
    from piaskit.case.words import Words
    from piaskit.knowledge import load_knowledge

    if path.suffix.lower() != ".xlsx":
        return False
    try:
        inspect_workbook(path, path.name)
        names = CalamineWorkbook.from_path(path).sheet_names
    except (InvalidData, CalamineError):
        return False
    words = Words(load_knowledge())
    tables = {words.find_table(name) for name in names}
    return {name for name, table in TABLES.items() if table.needed} <= tables


def read_register(paths: Sequence[Path]) -> Register:
    """Read one workbook of a case; raises InvalidData with its issues, or for more than one."""
    with tempfile.TemporaryDirectory() as spare:
        shutil.copyfile(take_one(paths), Path(spare) / BOOK)
        return read_tables("xlsx", Path(spare))


def write_register(case: Case, path: Path, lang: str) -> list[Text]:
    """Write the workbook that ``piaskit new`` makes, filled; it reads back to the same tables."""
    from piaskit.case.workbook import write_workbook
    from piaskit.importers._losses import ALL, list_losses
    from piaskit.importers.export import need_suffix

    need_suffix(path, ".xlsx")
    write_workbook(case.frames, path, knowledge=case.knowledge, lang=lang)
    return list_losses(case, dict.fromkeys(TABLES, ALL))
