"""What an edition was made from: kept with it, and read again as the case it was."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from piaskit.errors import InvalidData, Issue, Place
from piaskit.publication.seal import is_edition, read_manifest
from piaskit.safeguards.evidence import digest_file, find_evidence

if TYPE_CHECKING:
    from piaskit.case import Case

INPUTS, PACKS = "inputs", "packs"
_WHOLE = ("exercises", "incidents")  # folders of a case that are read file by file
_CITING = ("safeguards", "maturity")


def list_inputs(case: Case) -> dict[str, Path]:
    """Return every file of a case that its results rest on, by its name in the case folder."""
    found = {name: _find(case.root, name) for name in case.digests}
    for table in _CITING:
        for cited in case.frames[table]["evidence"].dropna().unique():
            file = find_evidence(case.root, cited)
            if file is not None:
                found[f"evidence/{cited.strip().removeprefix('evidence/')}"] = file
    for folder in _WHOLE:
        for file in sorted((case.root / folder).rglob("*")):
            if file.is_file() and not file.is_symlink():
                found[file.relative_to(case.root).as_posix()] = file
    return dict(sorted(found.items()))


def _find(root: Path, name: str) -> Path:
    """Find a file whose name on disk may be composed in another way."""
    path = root / name
    if path.is_file():
        return path
    named = (p for p in path.parent.iterdir() if unicodedata.normalize("NFC", p.name) == path.name)
    return next(named, path)


def digest_inputs(case: Case) -> dict[str, str]:
    """Return the SHA-256 of every input, by its name in the case folder."""
    read = case.digests
    return {
        name: read[name] if name in read else digest_file(file)
        for name, file in list_inputs(case).items()
    }


def keep_inputs(case: Case, noted: Mapping[str, str], packs: Path | None, folder: Path) -> None:
    """Copy the inputs of an edition into its folder, and the packs given with ``--packs``.

    Raises
    ------
    InvalidData
        ``case-changed``: a file is no longer what the results rest on.
    """
    kept = {}
    for name, file in list_inputs(case).items():
        target = folder / INPUTS / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(file, target)
            kept[name] = digest_file(target)
        except OSError:
            continue
    if kept != noted:
        raise InvalidData(list_changed(kept, noted))
    for file in sorted(packs.rglob("*.yaml")) if packs else ():
        if file.is_file() and not file.is_symlink():
            target = folder / PACKS / file.relative_to(packs or file.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


def list_changed(one: Mapping[str, str], other: Mapping[str, str]) -> list[Issue]:
    """Return an issue for each input whose two digests differ, or of which one is absent."""
    message, hint = "changed while the report was being written", "write the report again"
    return [
        Issue("case-changed", Place(name), message, None, hint)
        for name in sorted({*one, *other})
        if one.get(name) != other.get(name)
    ]


@dataclass(frozen=True, slots=True)
class Kept:
    """The case an edition keeps: its folder, its own packs, the day it speaks of."""

    case: Path
    packs: Path | None
    as_of: date


def find_kept(path: Path) -> Kept | None:
    """Return the case that an edition keeps, for the report folder or its ``internal`` one.

    None when ``path`` is no edition.

    Raises
    ------
    InvalidData
        ``edition-without-inputs`` for an edition that keeps none, as the public one.
    """
    if (path / "case.yaml").is_file() or not is_edition(path):
        return None
    day = date.fromisoformat(read_manifest(path)["as_of"])
    inner = path / "internal" if (path / "internal").is_dir() else path
    if not (inner / INPUTS / "case.yaml").is_file():
        message = "is an edition that does not keep what it was made from"
        hint = "give the internal edition, or the case folder"
        raise InvalidData([Issue("edition-without-inputs", Place(path.name), message, None, hint)])
    packs = inner / PACKS
    return Kept(inner / INPUTS, packs if packs.is_dir() else None, day)
