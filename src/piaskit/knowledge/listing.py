"""What packs are in force, what one of them says, and whether a folder of them is right."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.knowledge.folder import suggest
from piaskit.knowledge.kinds import KINDS
from piaskit.knowledge.load import Knowledge, check_built_in, load_knowledge
from piaskit.knowledge.records import Pack, Record

_PLACES = {"safeguards": "controls"}  # kinds whose field of Knowledge has another name


@dataclass(frozen=True, slots=True)
class PackCheck:
    """The packs of a folder and every problem of theirs."""

    packs: tuple[Pack, ...]
    issues: tuple[Issue, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"packs": [...], "issues": [...]}`` as plain JSON values."""
        return {
            "packs": [_describe_pack(pack) for pack in self.packs],
            "issues": [issue.to_dict() for issue in self.issues],
        }


def list_packs(kind: str | None = None, *, packs: Path | None = None) -> list[dict[str, Any]]:
    """Return the packs in force, by kind and id, in the contract's shape.

    >>> [pack["id"] for pack in list_packs("categories")]
    ['pi']

    Raises InvalidData for a broken pack or a kind that does not exist.
    """
    if kind is not None and kind not in KINDS:
        hint = suggest(kind, KINDS) or "kinds are " + ", ".join(KINDS)
        raise InvalidData([_misname("no kind of pack is called", kind, hint)])
    found = _load(packs).packs
    return [_describe_pack(pack) for pack in found if kind in (None, pack.kind)]


def show_pack(id: str, *, packs: Path | None = None) -> dict[str, Any]:
    """Return one pack with its content; ``kind/id`` tells packs of one id apart.

    >>> show_pack("pi")["content"]["contact.phone"]["title"]["zh"]
    '电话号码'

    Raises InvalidData when no pack, or more than one, has the id.
    """
    knowledge = _load(packs)
    found = [pack for pack in knowledge.packs if id in (pack.id, f"{pack.kind}/{pack.id}")]
    if not found:
        hint = suggest(id, {pack.id for pack in knowledge.packs})
        raise InvalidData([_misname("no pack has the id", id, hint)])
    if len(found) > 1:
        hint = "write " + " or ".join(f"{pack.kind}/{pack.id}" for pack in found)
        raise InvalidData([_misname("more than one pack has the id", id, hint)])
    pack = found[0]
    return {**_describe_pack(pack), "content": _read_content(knowledge, pack)}


def check_packs(folder: Path | None = None) -> PackCheck:
    """Read a folder of packs over the built-in ones, or those alone; problems are not raised."""
    try:
        knowledge = load_knowledge(folder) if folder else check_built_in()
    except InvalidData as error:
        return PackCheck((), error.issues)
    built_in = load_knowledge().packs if folder else ()
    return PackCheck(tuple(pack for pack in knowledge.packs if pack not in built_in), ())


def _load(folder: Path | None) -> Knowledge:
    return load_knowledge(folder) if folder else load_knowledge()


def _describe_pack(pack: Pack) -> dict[str, Any]:
    shown = pack.model_dump(mode="json", exclude={"replaces", "sha256"})
    first = ("id", "kind", "title", "version", "source", "as_of", "confidence", "file", "entries")
    return {key: shown[key] for key in first}


def _read_content(knowledge: Knowledge, pack: Pack) -> dict[str, Any]:
    """Return what a pack adds: its entries by id, or the fields of its one record."""
    key = KINDS[pack.kind][1]
    if key is None:
        record: Record = getattr(knowledge, pack.kind)[pack.id]
        head = set(Pack.model_fields)
        return record.model_dump(mode="json", exclude=head, exclude_none=True)
    owned = [entry for entry, place in knowledge.found_in.items() if place.file == pack.file]
    if pack.kind == "labels":
        return {
            id: knowledge.labels[id].model_dump(mode="json", exclude_defaults=True)
            for _, id in owned
        }
    entries: dict[str, Record] = getattr(knowledge, _PLACES.get(pack.kind, pack.kind))
    return {id: entries[id].model_dump(mode="json", exclude_none=True) for _, id in owned}


def _misname(message: str, word: str, hint: str | None) -> Issue:
    return Issue("pack-reference", Place("packs"), f"{message} {quote(word)}", quote(word), hint)
