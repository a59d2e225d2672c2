"""Every table of a case as CSV: a folder, or a zip of it, that reads back unchanged."""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from piaskit.case.read import FOLDER
from piaskit.case.tables import TABLES
from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.importers._own_tables import read_tables
from piaskit.importers.register import Register

if TYPE_CHECKING:
    import pandas as pd

    from piaskit.case import Case
    from piaskit.knowledge import Text

# Spreadsheet programs calculate a CSV cell that begins so. An invisible space before it keeps it
# text there, and the reader of a case drops blanks around a cell, this one included.
GUARD = "\u200b"
_CALCULATED = "=+-@\t\r＝＋－＠"
_CALCULATES = rf"^(?=[{re.escape(_CALCULATED)}])"


def guard_text(text: str) -> str:
    """Keep a text from being calculated by a spreadsheet program that opens the CSV file.

    >>> guard_text("=1+1") == GUARD + "=1+1", guard_text("plain")
    (True, 'plain')
    """
    return GUARD + text if text[:1] and text[0] in _CALCULATED else text


def recognise(path: Path) -> bool:
    """Tell whether a file is a table of a case: named as one, headed by ids of its columns."""
    table = TABLES.get(path.stem)
    if path.suffix.lower() != ".csv" or table is None:
        return False
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = next(csv.reader(file), [])
    except (UnicodeDecodeError, csv.Error):
        return False
    return {column.name for column in table.columns if column.required} <= set(head)


def read_register(paths: Sequence[Path]) -> Register:
    """Read tables of a case, each a file named as its table; raises InvalidData with issues."""
    with tempfile.TemporaryDirectory() as spare:
        folder = Path(spare) / FOLDER
        folder.mkdir()
        for path in paths:
            shutil.copyfile(path, folder / path.name)
        for name in (name for name, table in TABLES.items() if table.needed):
            if not (folder / f"{name}.csv").exists():
                head = ",".join(TABLES[name].names)
                (folder / f"{name}.csv").write_text(head + "\n", encoding="utf-8")
        return read_tables("csv", Path(spare))


def write_register(case: Case, path: Path, lang: str) -> list[Text]:
    """Write every table with every column into a folder, or a zip where ``path`` ends in .zip.

    UTF-8 with BOM, ids instead of words. Raises InvalidData for a folder that holds other files.
    """
    from piaskit.importers._losses import ALL, list_losses

    files = {f"{name}.csv": data for name, data in _write_tables(case)}
    if path.suffix.lower() == ".zip":
        write_zip(path, files)
    else:
        _put_files(path, files)
    return list_losses(case, dict.fromkeys(TABLES, ALL))


def write_zip(path: Path, files: dict[str, bytes]) -> None:
    """Write files into a zip whose bytes follow from theirs alone."""
    part = path.with_name(f".{path.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write_tables(case: Case) -> Iterator[tuple[str, bytes]]:
    for name in TABLES:
        yield name, _write_frame(case.frames[name])


def _write_frame(frame: pd.DataFrame) -> bytes:
    texts: pd.Index = frame.select_dtypes("str").columns
    guarded = frame.assign(
        **{name: frame[name].str.replace(_CALCULATES, GUARD, regex=True) for name in texts}
    ).rename(columns=lambda name: GUARD + name if name[:1] in "=+-@＝＋－＠" else name)
    out = io.StringIO()
    guarded.to_csv(out, index=False, lineterminator="\n", date_format="%Y-%m-%d")
    return out.getvalue().encode("utf-8-sig")


def _put_files(folder: Path, files: dict[str, bytes]) -> None:
    if folder.exists() and not folder.is_dir():
        text = "is a file, expected a folder or a name that ends in .zip"
        raise InvalidData([Issue("cannot-write", Place(quote(folder.name)), text)])
    others = {path.name for path in folder.iterdir()} - set(files) if folder.is_dir() else set()
    if others:
        text = f"holds other files, as {quote(sorted(others)[0])}, expected a folder of its own"
        raise InvalidData([Issue("cannot-write", Place(quote(folder.name)), text)])
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
