"""PIAs of CNIL's tool: its JSON export, alone or in the zip beside its attachments.

A PIA becomes an activity with an assessment; measures become safeguards, the three risks
judgements with their gauges as text, evaluations that ask for a change actions. A case goes out as
one PIA per activity: a .json file for one, a .zip for several.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.importers._pia import PiaReader
from piaskit.importers._places import Places
from piaskit.importers._sheet_words import Vocabulary
from piaskit.importers.foreign import read_json, read_members
from piaskit.importers.register import Register

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Text

NAME = "cnil-pia"
LISTS = ("answers", "measures", "evaluations", "comments")


def recognise(path: Path) -> bool:
    """Tell whether a file is an export of the PIA tool, or a zip that holds one."""
    try:
        return any(_is_pia(data) for _, data in _read_files(path))
    except InvalidData:
        return False


def read_register(paths: Sequence[Path]) -> Register:
    """Read PIAs, each as an activity of its own.

    Raises InvalidData with every file that is no export of the tool and every list of it that is
    none.
    """
    issues: list[Issue] = []
    found: list[dict[str, Any]] = []
    for path in paths:
        try:
            files = _read_files(path)
        except InvalidData as error:
            issues += error.issues
            continue
        pias = [(name, data) for name, data in files if _is_pia(data)]
        if not pias:
            text = "not an export of the PIA tool: expected an object with pia, answers, measures"
            template = any(isinstance(d, dict) and "structure" in d for _, d in files)
            hint = "this is a template; export a PIA made with it" if template else None
            issues.append(Issue("import-format", Place(path.name), text, None, hint))
        for name, data in pias:
            issues += _check_lists(name, data)
            found.append(data)
    if issues:
        raise InvalidData(issues)
    out = Register(NAME)
    places = Places(Vocabulary(), out)
    readers = [PiaReader(data, places) for data in found]
    for reader in readers:
        reader.run()
    for reader in readers:
        reader.draw_flows()
    if len(found) > 1:
        out.case.pop("title", None)
    return out


def write_register(case: Case, path: Path, lang: str) -> list[Text]:
    """Write a PIA per activity, in one language, as the tool's own import reads it."""
    from piaskit.importers._pia_writing import list_pia_losses, write_pias
    from piaskit.importers.export import need_suffix, write_each

    need_suffix(path, ".json", ".zip")
    pias = {
        f"pia-{id}.json": json.dumps(pia, ensure_ascii=False, indent=1).encode() + b"\n"
        for id, pia in write_pias(case, lang)
    }
    write_each(path, pias)
    return list_pia_losses(case)


def _read_files(path: Path) -> list[tuple[str, Any]]:
    if _is_zip(path):
        members = read_members(path, ".json")
        return [(f"{path.name}/{name}", read_json(path, data)) for name, data in members.items()]
    return [(path.name, read_json(path))]


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def _is_pia(data: Any) -> bool:
    return (
        isinstance(data, dict)
        and isinstance(data.get("pia"), dict)
        and any(name in data for name in LISTS)
    )


def _check_lists(file: str, data: dict[str, Any]) -> list[Issue]:
    issues = []
    for name in LISTS:
        value = data.get(name)
        if value is not None and not isinstance(value, list):
            text = "is no list of records"
            issues.append(Issue("import-unreadable", Place(file, None, None, name), text))
            continue
        for n, record in enumerate(value or ()):
            if not isinstance(record, dict):
                place = Place(file, None, None, f"{name}[{n}]")
                issues.append(Issue("import-unreadable", place, "is no record", quote(record)))
    return issues
