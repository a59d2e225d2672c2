"""A folder of packs, read file by file; every problem is told with file and row."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias, get_args, get_origin

from pydantic import BaseModel, ValidationError

from piaskit.errors import Issue, Place, quote
from piaskit.knowledge.calibration import Calibration
from piaskit.knowledge.duty import DutyPack
from piaskit.knowledge.guidance import GuidancePack
from piaskit.knowledge.intake import IntakePack
from piaskit.knowledge.kinds import KINDS
from piaskit.knowledge.maturity import MaturityModel
from piaskit.knowledge.naming import NamePack
from piaskit.knowledge.notice import NoticePack
from piaskit.knowledge.pattern import PatternPack
from piaskit.knowledge.read import Steps, Tree, read_tree
from piaskit.knowledge.records import Header, Pack, Regulation
from piaskit.knowledge.scenario import Scenario
from piaskit.knowledge.screening import ScreeningPack
from piaskit.knowledge.severity import SeverityPack

_EXPECTED = {
    "int_parsing": "a whole number",
    "date_from_datetime_parsing": "a date such as 2026-01-31",
    "date_parsing": "a date such as 2026-01-31",
    "string_type": "text",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "tuple_type": "a list",
    "string_too_short": "text, not a blank",
    "string_pattern_mismatch": "letters and digits joined by . - or _",
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """One pack file after reading: its record, its entries by id, and where each stands."""

    pack: Pack
    record: Header
    entries: dict[str, Any]
    tree: Tree

    def locate(self, *path: str | int) -> Place:
        """Return the place of a path inside the file, written from the top key down."""
        return self.tree.locate(path)


Shelf: TypeAlias = tuple[tuple[Loaded, ...], tuple[Issue, ...]]
"""The packs of a folder or kind, and what is wrong with its files."""


def read_folder(folder: Path) -> Shelf:
    """Read every pack below a folder, kind by kind in a fixed order."""
    issues: list[Issue] = []
    if not folder.is_dir():
        return (), (Issue("pack-yaml", Place(folder.name), "no such folder of packs"),)
    for entry in sorted(folder.iterdir()):
        name = entry.name
        if name.startswith((".", "_")):
            continue
        if entry.is_dir() and name not in KINDS:
            hint = suggest(name, KINDS)
            issues.append(
                Issue(
                    "pack-id",
                    Place(f"{folder.name}/{name}"),
                    "no kind of pack has this name",
                    name,
                    hint,
                )
            )
        elif entry.suffix in (".yaml", ".yml"):
            hint = "folders are " + ", ".join(KINDS)
            issues.append(
                Issue(
                    "pack-id",
                    Place(f"{folder.name}/{name}"),
                    "stands outside the folder of its kind",
                    name,
                    hint,
                )
            )
    return join_shelves([((), tuple(issues)), *(read_kind(folder, kind) for kind in KINDS)])


def read_kind(folder: Path, kind: str) -> Shelf:
    """Read the packs of one kind below a folder, file by file."""
    loaded: list[Loaded] = []
    issues: list[Issue] = []
    place = folder / kind
    for path in sorted(place.iterdir()) if place.is_dir() and not place.is_symlink() else ():
        if path.name.startswith(".") or path.suffix not in (".yaml", ".yml"):
            continue
        read, found = _read_pack(path, kind, f"{folder.name}/{kind}/{path.name}")
        issues += found
        if read is not None:
            loaded.append(read)
    return tuple(loaded), tuple(issues)


def _read_pack(path: Path, kind: str, file: str) -> tuple[Loaded | None, list[Issue]]:
    tree, data = read_tree(path, file)
    if tree.issues and not tree.content:
        return None, tree.issues
    model, key = KINDS[kind]
    content = tree.content
    if path.suffix != ".yaml":
        tree.report(
            "pack-id", (), "does not end in .yaml", path.name, f"rename it to {path.stem}.yaml"
        )
    if isinstance(content.get("id"), str) and content["id"] != path.stem:
        tree.report(
            "pack-id",
            ("id",),
            f"the id {quote(content['id'])} is not the file's name",
            quote(content["id"]),
            f"write {path.stem}, or rename the file",
        )
    if key is not None and isinstance(content.get(key), dict):
        _give_ids(tree, model, key)
    try:
        record = model.model_validate(content)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            _report_problem(tree, model, dict(problem))
    if tree.issues:
        return None, sorted(tree.issues, key=lambda issue: issue.place.row or 0)
    entries = getattr(record, key) if key else {record.id: record}
    parts: dict[str, Any] = entries
    if isinstance(record, Regulation | DutyPack):
        parts = record.articles if isinstance(record, Regulation) else record.duties
    elif isinstance(record, NoticePack):
        parts = {**record.phrases, **{str(way): form for way, form in record.ways.items()}}
    elif isinstance(record, IntakePack):
        parts = record.measures
    elif isinstance(record, ScreeningPack):
        parts = record.criteria
    elif isinstance(record, Scenario):
        parts = record.decisions
    elif isinstance(record, Calibration):
        parts = {**record.magnitudes, **{str(word): rate for word, rate in record.rates.items()}}
    elif isinstance(record, SeverityPack):
        parts = {str(name): found for name, found in record.classes.items()}
    elif isinstance(record, MaturityModel):
        parts = record.areas
    elif isinstance(record, GuidancePack):
        parts = dict(record.guidance)
    elif isinstance(record, NamePack):
        parts = dict(record.names)
    elif isinstance(record, PatternPack):
        parts = {**record.patterns, **record.sets, **record.cues}
    header = {name: getattr(record, name) for name in Header.model_fields}
    pack = Pack(
        **header,
        kind=kind,
        file=file,
        sha256=hashlib.sha256(data).hexdigest(),
        entries=len(parts),
    )
    return Loaded(pack, record, dict(entries), tree), []


def _give_ids(tree: Tree, model: type[Header], key: str) -> None:
    """Give each entry its key as id, where the record carries one."""
    entry = _model_of(model.model_fields[key].annotation)
    if entry is None or "id" not in entry.model_fields:
        return
    for id, value in tree.content[key].items():
        if isinstance(value, dict):
            if "id" in value:
                tree.report(
                    "pack-unknown-key",
                    (key, id, "id"),
                    "unknown key id",
                    "id",
                    "the key above is the id",
                )
            value["id"] = id


def _report_problem(tree: Tree, model: type[BaseModel], problem: dict[str, Any]) -> None:
    """Turn one problem of pydantic's into an issue in the reader's words."""
    kind = problem["type"]
    path: Steps = tuple(part for part in problem["loc"] if part != "[key]")
    last = str(path[-1]) if path else ""
    value = problem.get("input")
    shown = quote(value) if isinstance(value, str) else None
    if kind == "missing":
        blank = path in tree.lines
        tree.report("pack-missing-key", path, f"{last} is " + ("blank" if blank else "missing"))
    elif kind == "extra_forbidden":
        known = _keys_at(model, path[:-1])
        hint = suggest(last, known) or "known keys: " + ", ".join(known)
        tree.report("pack-unknown-key", path, f"unknown key {quote(last)}", quote(last), hint)
    elif kind == "literal_error":
        words = re.findall(r"'([^']*)'", problem["ctx"]["expected"])
        hint = suggest(str(value), words) or "expected " + ", ".join(words)
        tree.report(
            "pack-value", path, f"{quote(value)} is not a value of {_owner(path)}", shown, hint
        )
    elif kind == "value_error":
        tree.report("pack-value", path, str(problem["ctx"]["error"]))
    else:
        expected = _EXPECTED.get(kind, problem["msg"])
        what = quote(value) if isinstance(value, str) and value else "this"
        tree.report("pack-value", path, f"{what} is not {expected}", shown)


def _owner(path: Steps) -> str:
    named = [part for part in path if isinstance(part, str)]
    return named[-1] if named else "the pack"


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """Return the record inside an annotation such as ``dict[str, Rule]``, if there is one."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation if issubclass(annotation, BaseModel) else None
    found = (_model_of(part) for part in reversed(get_args(annotation)))
    return next((model for model in found if model is not None), None)


def _keys_at(model: type[BaseModel], path: Steps) -> list[str]:
    """Return the keys that the record at a path knows."""
    here = model
    for part in path:
        inner = here.model_fields.get(str(part))
        found = _model_of(inner.annotation) if inner else None
        here = found or here
    return [name for name in here.model_fields if name != "id" or issubclass(here, Header)]


def join_shelves(read: Iterable[Shelf]) -> Shelf:
    """Put shelves together, in their order."""
    each = list(read)
    loaded = tuple(pack for packs, _ in each for pack in packs)
    return loaded, tuple(issue for _, issues in each for issue in issues)


def suggest(word: str, known: Iterable[str]) -> str | None:
    """Return a hint naming the nearest known word, if one is near.

    >>> suggest("tilte", ["id", "title"])
    'did you mean title?'
    """
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else None
