"""Foreign registers become a case. One module per format, found by its place in this folder.

A format module has ``recognise(path) -> bool`` and ``read_register(paths) -> Register``; its name
is the word after ``--format``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from piaskit.errors import InvalidData, Issue, Place, quote

_NOT_FORMATS = frozenset({"register", "merge"})
NOUNS = ("activities", "items", "parties", "systems", "flows", "safeguards", "risks", "actions")


@dataclass(frozen=True)
class ImportResult:
    """What came in: rows per noun, and the honesty report."""

    format: str
    mapped: dict[str, int]
    kept_as_text: tuple[str, ...]
    missing: tuple[str, ...]
    contradictions: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``piaskit import``."""
        from piaskit import __version__

        return {
            "piaskit": __version__,
            "schema": 1,
            "as_of": None,
            "format": self.format,
            "mapped": self.mapped,
            "kept_as_text": list(self.kept_as_text),
            "missing": list(self.missing),
            "contradictions": list(self.contradictions),
        }

    def _repr_html_(self) -> str:
        from html import escape

        counts = ", ".join(f"{n} {noun}" for noun, n in self.mapped.items() if n)
        parts = (
            ("Kept as text", self.kept_as_text),
            ("Missing", self.missing),
            ("Contradictory", self.contradictions),
        )
        body = "".join(
            f"<details><summary>{title}: {len(lines)}</summary><ul>"
            + "".join(f"<li>{escape(line)}</li>" for line in lines)
            + "</ul></details>"
            for title, lines in parts
        )
        return f"<p>{escape(self.format)}: {escape(counts)}</p>{body}"


def list_formats() -> tuple[str, ...]:
    """Name the formats that can be read.

    >>> "fides" in list_formats()
    True
    """
    names = (module.name for module in iter_modules(__path__))
    formats = (n for n in names if n not in _NOT_FORMATS and not n.startswith("_"))
    return tuple(sorted(name.replace("_", "-") for name in formats))


def import_register(
    files: Sequence[Path | str], into: Path | str, *, format: str = "auto"
) -> ImportResult:
    """Read foreign files into a case folder, which is made when it does not exist.

    Importing again updates the rows of the same ids instead of doubling them, and leaves blank
    what the source does not state. Nothing is written unless everything can be. Raises InvalidData
    when no format recognises a file, a file cannot be read, or the case has issues.
    """
    from piaskit.importers.merge import merge_register

    paths = [Path(file) for file in files]
    missing = [p for p in paths if not p.is_file()]
    if missing:
        raise InvalidData(
            Issue("import-missing", Place(quote(p)), "there is no such file") for p in missing
        )
    module = _find_format(paths, format)
    register = module.read_register(paths)
    merge_register(register, Path(into))
    rows = register.tables
    return ImportResult(
        register.format,
        {noun: len(rows.get("judgements" if noun == "risks" else noun, {})) for noun in NOUNS},
        tuple(register.kept_as_text),
        tuple(register.missing),
        tuple(register.contradictions),
    )


def _find_format(paths: Sequence[Path], format: str) -> Any:
    known = list_formats()
    if format != "auto":
        if format not in known:
            text = f"{quote(format)} is no format, expected auto, {', '.join(known)}"
            raise InvalidData([Issue("import-format", Place("--format"), text)])
        return import_module(f"{__name__}.{format.replace('-', '_')}")
    for name in known:
        module = import_module(f"{__name__}.{name.replace('-', '_')}")
        if all(module.recognise(path) for path in paths):
            return module
    raise InvalidData(
        Issue(
            "import-format",
            Place(path.name),
            f"is none of the formats {', '.join(known)}, or differs from the files beside it",
            hint="name the format with --format to see what it lacks",
        )
        for path in paths
        if not any(
            import_module(f"{__name__}.{n.replace('-', '_')}").recognise(path) for n in known
        )
        or len(paths) == 1
    )
