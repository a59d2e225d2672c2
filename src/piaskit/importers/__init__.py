"""Foreign registers become a case, and a case becomes one; each format is a module of its own.

A format that can be read has ``recognise(path) -> bool`` and ``read_register(paths) -> Register``,
one that can be written ``write_register(case, path, lang)``; its name is the word after
``--format``. A format that needs a mapping has also
``propose_mapping(paths, mapping) -> Proposal | None``, and its ``read_register`` takes the mapping.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from piaskit.errors import InvalidData, Issue, Place, quote

if TYPE_CHECKING:
    from piaskit.importers._guess import Proposal

_NOT_FORMATS = frozenset({"export", "foreign", "merge", "register"})
_EXERCISE = "an exercise, no register: piaskit scenario import reads those of IcebergTTX"
NOUNS = ("activities", "items", "parties", "systems", "flows", "safeguards", "risks", "actions")


@dataclass(frozen=True)
class ImportResult:
    """What came in: rows per noun, and the honesty report.

    With a ``proposal`` nothing came in: a mapping was written and waits to be corrected.
    """

    format: str
    mapped: dict[str, int]
    kept_as_text: tuple[str, ...]
    missing: tuple[str, ...]
    contradictions: tuple[str, ...]
    proposal: Proposal | None = None

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
        } | ({"mapping": self.proposal.to_dict()} if self.proposal else {})

    def _repr_html_(self) -> str:
        from piaskit.display import Card, Grid
        from piaskit.knowledge import load_knowledge

        say = load_knowledge().labels
        facts = tuple((say(f"cli.mapped.{noun}", "en"), n) for noun, n in self.mapped.items() if n)
        shown: list[Card | Grid] = [Card(self.format, facts, "en")]
        for name in ("contradictions", "missing", "kept-as-text"):
            lines = getattr(self, name.replace("-", "_"))
            if lines:
                title = say(f"cli.{name}", "en", n=len(lines))
                heads = (say("cli.message", "en"),)
                shown.append(Grid(title, heads, [(line,) for line in lines], "en", folded=True))
        return "".join(part._repr_html_() for part in shown)


def list_modules() -> tuple[str, ...]:
    """Name the formats of this folder, whether they can be read, written or both."""
    names = (module.name for module in iter_modules(__path__))
    formats = (n for n in names if n not in _NOT_FORMATS and not n.startswith("_"))
    return tuple(sorted(name.replace("_", "-") for name in formats))


def list_formats() -> tuple[str, ...]:
    """Name the formats that can be read.

    >>> "fides" in list_formats(), "gbt39335" in list_formats()
    (True, False)
    """
    return tuple(name for name in list_modules() if hasattr(_load(name), "read_register"))


def import_register(
    files: Sequence[Path | str],
    into: Path | str,
    *,
    format: str = "auto",
    mapping: Path | str | None = None,
) -> ImportResult:
    """Read foreign files into a case folder, which is made when it does not exist.

    Importing again updates the rows of the same ids instead of doubling them, and leaves blank
    what the source does not state. Nothing is written unless everything can be. A spreadsheet is
    read by ``mapping`` (default: ``FILE.map.yaml`` beside it); where that file does not exist, a
    guess is written there and nothing is imported. Raises InvalidData when no format recognises a
    file, a file or mapping cannot be read, or the case has issues.
    """
    from piaskit.importers.merge import merge_register

    paths = [Path(file) for file in files]
    missing = [p for p in paths if not p.is_file()]
    if missing:
        raise InvalidData(
            Issue("import-missing", Place(quote(p)), "there is no such file") for p in missing
        )
    module = _find_format(paths, format)
    if hasattr(module, "propose_mapping"):
        proposal = module.propose_mapping(paths, Path(mapping) if mapping else None)
        if proposal:
            return ImportResult(module.NAME, dict.fromkeys(NOUNS, 0), (), (), (), proposal)
        register = module.read_register(paths, Path(mapping) if mapping else None)
    elif mapping:
        text = "is only for spreadsheets; these files need none"
        raise InvalidData([Issue("import-format", Place("--mapping"), text)])
    else:
        register = module.read_register(paths)
    merge_register(register, Path(into), [path.name for path in paths])
    rows = register.tables
    return ImportResult(
        register.format,
        {noun: len(rows.get("judgements" if noun == "risks" else noun, {})) for noun in NOUNS},
        tuple(register.kept_as_text),
        tuple(register.missing),
        tuple(register.contradictions),
    )


def _find_format(paths: Sequence[Path], format: str) -> Any:
    from piaskit.importers.foreign import refuse_unreadable, try_content

    known = list_formats()
    if format != "auto":
        if format not in known:
            text = f"{quote(format)} is no format, expected auto, {', '.join(known)}"
            raise InvalidData([Issue("import-format", Place("--format"), text)])
        return _load(format)
    for name in known:
        module = _load(name)
        if all(module.recognise(path) for path in paths):
            return module
    for path in paths:
        refuse_unreadable(path)
    raise InvalidData(
        Issue(
            "import-format",
            Place(path.name),
            f"is none of the formats {', '.join(known)}, or differs from the files beside it",
            hint=_EXERCISE
            if "injects" in try_content(path)
            else "name the format with --format to see what it lacks",
        )
        for path in paths
        if not any(_load(n).recognise(path) for n in known) or len(paths) == 1
    )


def _load(format: str) -> Any:
    return import_module(f"{__name__}.{format.replace('-', '_')}")
