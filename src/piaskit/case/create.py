"""The verb `new`: a case to start from."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Literal

from piaskit.errors import InvalidData, Issue, Place, quote

FOLDERS = ("evidence", "exercises", "incidents", "packs")
SOURCES = ("blank", "marketplace")


def new_case(directory: Path | str, source: Literal["blank", "marketplace"] = "blank") -> None:
    """Make a case folder: case.yaml, inventory.xlsx and the folders beside them.

    The folder appears whole or not at all. Raises InvalidData when it exists and is not empty, or
    when it cannot be written.
    """
    if source not in SOURCES:
        raise ValueError(f"{source!r} is none of {', '.join(SOURCES)}")
    target = Path(directory)
    place = Place(quote(target.name or target))
    try:
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            message = "is a file or a link, expected a new folder"
            raise InvalidData([Issue("directory-not-empty", place, message)])
        if target.exists() and any(target.iterdir()):
            hint = "name a new folder"
            message = "is not empty, a case needs a folder of its own"
            raise InvalidData([Issue("directory-not-empty", place, message, None, hint)])
        target.absolute().parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=target.absolute().parent) as spare:
            made = Path(spare) / "case"
            _build(made, _find_source(source))
            if target.exists():
                target.rmdir()
            made.replace(target.absolute())
    except OSError as error:
        message = f"cannot be written: {error.strerror or error}"
        raise InvalidData([Issue("cannot-write", place, message)]) from None


def _find_source(source: str) -> Path:
    """Return the folder of a source: beside the package when installed, else in the repository."""
    inside = Path(str(files("piaskit"))) / "data" / source
    return inside if inside.is_dir() else Path(__file__).resolve().parents[3] / "data" / source


def _build(made: Path, source: Path) -> None:
    from piaskit.case.check import check_case
    from piaskit.case.workbook import write_workbook

    shutil.copytree(
        source,
        made,
        ignore=shutil.ignore_patterns("inventory", "README*", "answers*", "key*", ".*"),
    )
    for folder in FOLDERS:
        (made / folder).mkdir(exist_ok=True)
    frames = {}
    if (source / "inventory").is_dir():
        check = check_case(source, as_of=date(2026, 1, 1))
        if check.issues or check.case is None:
            raise InvalidData(check.issues)
        frames = check.case.frames
    write_workbook(frames, made / "inventory.xlsx")
