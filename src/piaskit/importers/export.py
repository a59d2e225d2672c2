"""The verb `export`: a case leaves in a foreign format, and what that cannot hold is told.

A format that can be written has ``write_register(case, path, lang) -> list of Text`` in its module
of this folder, beside ``read_register`` where it can be read too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.case.read import BOOK, FOLDER
from piaskit.errors import InvalidData, Issue, Place, quote

if TYPE_CHECKING:
    from piaskit.case import Case


@dataclass(frozen=True)
class ExportResult:
    """Where a case went, and what stayed behind; ``lost`` in English, ``lost_zh`` in Chinese."""

    format: str
    file: str
    lost: tuple[str, ...]
    lost_zh: tuple[str, ...]
    as_of: date

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``piaskit export``."""
        from piaskit import __version__

        return {
            "piaskit": __version__,
            "schema": 1,
            "as_of": self.as_of.isoformat(),
            "format": self.format,
            "file": self.file,
            "lost": list(self.lost),
            "lost_zh": list(self.lost_zh),
        }

    def _repr_html_(self) -> str:
        from piaskit.display import Card, Grid
        from piaskit.knowledge import load_knowledge

        say = load_knowledge().labels
        shown = Card(self.format, ((say("export.file", "en"), self.file),), "en")._repr_html_()
        if not self.lost:
            return shown
        title = say("export.lost", "en", n=len(self.lost))
        rows = [(line,) for line in self.lost]
        return shown + Grid(title, (say("cli.message", "en"),), rows, "en")._repr_html_()


def list_targets() -> tuple[str, ...]:
    """Name the formats that can be written.

    >>> "dpv" in list_targets(), "spreadsheet" in list_targets()
    (True, False)
    """
    from piaskit.importers import list_modules

    return tuple(name for name in list_modules() if hasattr(_load(name), "write_register"))


def export_register(
    case: Case, out: Path | str, *, format: str, lang: str | None = None
) -> ExportResult:
    """Write a case in a foreign format to a file, in ``lang`` (else the case's first language).

    Equal cases give equal bytes. Raises InvalidData for an unknown format, a file name that the
    format does not take, a place that belongs to the case, or one that cannot be written.
    """
    path = Path(out)
    known = list_targets()
    if format not in known:
        text = f"{quote(format)} is no format to write, expected {', '.join(known)}"
        raise InvalidData([Issue("export-format", Place("--format"), text)])
    place = Place(quote(path.name or path))
    own = (case.root / BOOK, case.root / FOLDER)
    if any(path.resolve().is_relative_to(mine.resolve()) for mine in own):
        text = "is the case's own register, expected another place"
        raise InvalidData([Issue("cannot-write", place, text)])
    try:
        path.absolute().parent.mkdir(parents=True, exist_ok=True)
        lost = _load(format).write_register(case, path, lang or case.languages[0])
    except OSError as error:
        text = f"cannot be written: {error.strerror or error}"
        raise InvalidData([Issue("cannot-write", place, text)]) from None
    english, chinese = (tuple(line[each] for line in lost) for each in ("en", "zh"))
    return ExportResult(format, str(path), english, chinese, case.as_of)


def need_suffix(path: Path, *suffixes: str) -> None:
    """Refuse a file name that the format does not take; raises InvalidData."""
    if path.suffix.lower() not in suffixes:
        text = f"expected a name that ends in {' or '.join(suffixes)}"
        raise InvalidData([Issue("export-format", Place(quote(path.name)), text)])


def write_each(path: Path, files: dict[str, bytes]) -> None:
    """Write the files of the activities of a case: one as ``path``, several into it as a zip.

    Raises InvalidData when there is none, or are several and ``path`` is no ``.zip``.
    """
    from piaskit.importers.csv import write_zip

    if path.suffix.lower() == ".zip" and files:
        write_zip(path, files)
        return
    if len(files) == 1:
        path.write_bytes(next(iter(files.values())))
        return
    text = f"holds one activity, and the case has {len(files) or 'none'}"
    hint = "give a name that ends in .zip" if files else "add an activity to the case"
    raise InvalidData([Issue("export-format", Place(quote(path.name)), text, None, hint)])


def _load(format: str) -> Any:
    return import_module(f"piaskit.importers.{format.replace('-', '_')}")
