"""Packs of several folders become one Knowledge, and what does not fit together is told."""

from __future__ import annotations

import functools
import gc
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydantic

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.kept import keep
from piaskit.knowledge.advice import Advice
from piaskit.knowledge.calibration import Calibration
from piaskit.knowledge.check import check_references
from piaskit.knowledge.duty import DutyPack
from piaskit.knowledge.folder import Loaded, Shelf, join_shelves, read_folder, read_kind, suggest
from piaskit.knowledge.guidance import GuidancePack
from piaskit.knowledge.intake import IntakePack
from piaskit.knowledge.kinds import KINDS
from piaskit.knowledge.maturity import Area, MaturityModel
from piaskit.knowledge.method import Method
from piaskit.knowledge.naming import NamePack
from piaskit.knowledge.notice import NoticePack
from piaskit.knowledge.pattern import PatternPack
from piaskit.knowledge.records import (
    Category,
    ColumnNote,
    Control,
    Labels,
    Pack,
    Period,
    Regulation,
    Rule,
)
from piaskit.knowledge.scenario import Scenario
from piaskit.knowledge.screening import ScreeningPack
from piaskit.knowledge.severity import SeverityPack
from piaskit.knowledge.template import Template

BUILT_IN = Path(__file__).parent
_KIND_OF = {"controls": "safeguards"}  # fields that are not called as their kind


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All packs in force, by kind; those built in are read when a kind is first asked for."""

    packs: tuple[Pack, ...]
    categories: dict[str, Category]
    columns: dict[str, ColumnNote]
    names: dict[str, NamePack]
    patterns: dict[str, PatternPack]
    regulations: dict[str, Regulation]
    methods: dict[str, Method]
    rules: dict[str, Rule]
    calibration: dict[str, Calibration]
    screenings: dict[str, ScreeningPack]
    severities: dict[str, SeverityPack]
    duties: dict[str, DutyPack]
    notices: dict[str, NoticePack]
    intake: dict[str, IntakePack]
    scenarios: dict[str, Scenario]
    templates: dict[str, Template]
    controls: dict[str, Control]
    maturity: dict[str, MaturityModel]
    periods: dict[str, Period]
    advice: dict[str, Advice]
    guidance: dict[str, GuidancePack]
    labels: Labels
    found_in: Mapping[tuple[str, str], Place] = field(default_factory=dict)  # by kind and entry

    if not TYPE_CHECKING:  # a name that is no field stays an error to the type checker

        def __getattr__(self, name: str) -> Any:
            """Read a kind of the built-in packs that nobody has asked for yet."""
            if name not in type(self).__slots__:
                raise AttributeError(name)
            object.__setattr__(self, name, _gather_built_in(name))
            return getattr(self, name)

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Let the built-in packs travel by name: whoever gets them has them."""
        if self is _built_in_knowledge():
            return load_knowledge, ()
        return object.__reduce_ex__(self, protocol)

    def read_all(self) -> None:
        """Read every kind that nobody has asked for yet."""
        for kind in fields(self):
            getattr(self, kind.name)

    @property
    def areas(self) -> dict[str, Area]:
        """The process areas of every maturity model, by id."""
        return {id: area for model in self.maturity.values() for id, area in model.areas.items()}

    def cite(self, reference: str, lang: str) -> str:
        """Write a clause reference out in one language.

        >>> load_knowledge().cite("cn-pipl 51(3)", "en")
        'PIPL Art. 51(3)'
        >>> load_knowledge().cite("cn-pipl 51(3)", "zh")
        '《个人信息保护法》第51条第3项'

        Raises KeyError for a regulation or clause that no pack lists.
        """
        regulation, _, clause = reference.partition(" ")
        return self.regulations[regulation].cite(clause.strip(), lang)


def load_knowledge(*folders: Path) -> Knowledge:
    """Read the built-in packs, then the given folders in order (``<folder>/<kind>/<id>.yaml``).

    Raises InvalidData with every problem of every file.
    """
    own = [shelf for shelf in (read_folder(Path(folder)) for folder in folders) if any(shelf)]
    return _combine([_built_in_packs(), *own]) if own else _built_in_knowledge()


@functools.cache
def _built_in_knowledge() -> Knowledge:
    return object.__new__(Knowledge)


def check_built_in() -> Knowledge:
    """Read all built-in packs and check the whole; raises InvalidData with every problem."""
    return _combine([_built_in_packs()])


@functools.cache
def _built_in_packs() -> Shelf:
    return join_shelves(_read_built_in(kind) for kind in KINDS)


@functools.cache
def _read_built_in(kind: str) -> Shelf:
    # All of it stays, so that a collector at work meanwhile would walk everything and free nothing.
    collecting = gc.isenabled()
    gc.disable()
    try:
        folders = (BUILT_IN / kind, BUILT_IN, BUILT_IN.parent)
        return keep(kind, lambda: read_kind(BUILT_IN, kind), folders, pydantic.VERSION)
    finally:
        if collecting:
            gc.enable()


def _gather_built_in(name: str) -> Any:
    """Return one field of the built-in knowledge, from the packs of its kind alone."""
    kind = _KIND_OF.get(name, name)
    read = _read_built_in(kind) if kind in KINDS else _built_in_packs()
    packs, owners, issues = _lay_out([read])
    if issues:
        raise InvalidData(issues)
    return _gather(packs, owners)[name]


def _combine(folders: Iterable[Shelf]) -> Knowledge:
    """Lay folders over each other in order and check the whole; raises InvalidData."""
    packs, owners, issues = _lay_out(folders)
    knowledge = Knowledge(**_gather(packs, owners))
    if not issues:
        issues += check_references(knowledge, owners)
    if issues:
        raise InvalidData(issues)
    return knowledge


def _lay_out(
    folders: Iterable[Shelf],
) -> tuple[dict[tuple[str, str], Loaded], dict[tuple[str, str], Loaded], list[Issue]]:
    """Return the packs by kind and id, the owners of their entries, and what does not fit."""
    issues: list[Issue] = []
    packs: dict[tuple[str, str], Loaded] = {}
    owners: dict[tuple[str, str], Loaded] = {}
    for loaded, found in folders:
        issues += found
        for new in loaded:
            issues += _lay_over(packs, owners, new)
    return packs, owners, issues


def _lay_over(
    packs: dict[tuple[str, str], Loaded], owners: dict[tuple[str, str], Loaded], new: Loaded
) -> Iterator[Issue]:
    kind, id = new.pack.kind, new.pack.id
    replaced = set(new.pack.replaces)
    known = {name for of, name in (*packs, *owners) if of == kind} if replaced else set()
    for name in sorted(replaced - known):
        number = new.pack.replaces.index(name)
        message = f"replaces {quote(name)}, which no earlier {kind} pack has"
        place = new.locate("replaces", number)
        yield Issue("pack-reference", place, message, quote(name), suggest(name, known))
    for name in sorted(replaced):
        old = packs.pop((kind, name), None)
        if old is not None:
            for stale in [key for key, owner in owners.items() if owner is old]:
                del owners[stale]
    if (kind, id) in packs:
        message = f"the pack {id} stands already in {packs[kind, id].pack.file}"
        place = new.locate("id")
        yield Issue("pack-clash", place, message, id, f"add replaces: [{id}] or use another id")
        return
    packs[kind, id] = new
    for entry in new.entries:
        holder = owners.get((kind, entry))
        if holder is not None and entry not in replaced:
            place = _locate_entry(new, kind, entry)
            message = f"{entry} stands already in {holder.pack.file}"
            yield Issue(
                "pack-clash", place, message, entry, f"add replaces: [{entry}] or use another id"
            )
            continue
        owners[kind, entry] = new


def _locate_entry(owner: Loaded, kind: str, entry: str) -> Place:
    top = KINDS[kind][1]
    return owner.locate(*((top, entry) if top else ("id",)))


class _Places(Mapping[tuple[str, str], Place]):
    """Where each entry stands, found when somebody asks."""

    def __init__(self, owners: Mapping[tuple[str, str], Loaded]) -> None:
        self._owners = owners

    def __getitem__(self, key: tuple[str, str]) -> Place:
        return _locate_entry(self._owners[key], *key)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._owners)

    def __len__(self) -> int:
        return len(self._owners)


def _gather(
    packs: dict[tuple[str, str], Loaded], owners: dict[tuple[str, str], Loaded]
) -> dict[str, Any]:
    """Return the fields of a Knowledge."""
    by_kind: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    for (kind, entry), owner in owners.items():
        by_kind[kind][entry] = owner.entries[entry]
    for field_name, kind in _KIND_OF.items():
        by_kind[field_name] = by_kind.pop(kind)
    return {
        **by_kind,
        "packs": tuple(loaded.pack for _, loaded in sorted(packs.items())),
        "labels": Labels(by_kind["labels"]),
        "found_in": _Places(owners),
    }
