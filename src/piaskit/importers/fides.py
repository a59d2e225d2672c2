"""Fides manifests (fideslang): systems, privacy declarations, datasets, organisations, policies.

A system becomes a system; each of its privacy declarations an activity with its items and one flow
of stage use; ingress and egress become flows, one per edge however often it is declared. What Fides
does not know (persons, consent, transport ...) stays blank and so becomes a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.importers._fideslang import Record
from piaskit.importers.foreign import read_content, try_content
from piaskit.importers.register import Register
from piaskit.knowledge.read import Tree

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Text

LISTS = frozenset(
    {
        "dataset",
        "system",
        "organization",
        "policy",
        "data_category",
        "data_use",
        "data_subject",
        "data_qualifier",
        "registry",
        "evaluation",
    }
)
SUFFIXES = frozenset({".yml", ".yaml", ".json"})


def recognise(path: Path) -> bool:
    """Tell whether a file is a Fides manifest: its top-level keys are Fides lists."""
    if path.suffix.lower() not in SUFFIXES:
        return False
    keys = try_content(path).keys()
    return bool(LISTS & keys) and keys <= LISTS


def read_register(paths: Sequence[Path]) -> Register:
    """Read manifests as one project, as Fides does.

    Raises InvalidData with every file that is no manifest, and every list or record of one that is
    not as Fides writes it.
    """
    from piaskit.importers._fides import FidesReader

    merged: dict[str, list[Record]] = {name: [] for name in LISTS}
    issues: list[Issue] = []
    for path in paths:
        try:
            tree = read_content(path)
        except InvalidData as error:
            issues += error.issues
            continue
        if not LISTS & tree.content.keys():
            text = "not a Fides manifest: expected one of the lists " + ", ".join(sorted(LISTS))
            issues.append(Issue("import-format", Place(path.name), text))
        for name in sorted(LISTS & tree.content.keys()):
            issues += _check_list(tree, name)
            records = tree.content[name] or []
            merged[name].extend(r for r in records if isinstance(r, dict))
    if issues:
        raise InvalidData(issues)
    return FidesReader(merged).run()


def write_register(case: Case, path: Path, lang: str) -> list[Text]:
    """Write the case as one manifest, in one language; ids and exact words stand under meta."""
    from piaskit.importers._fides_writing import list_manifest_losses, write_manifest
    from piaskit.importers.export import need_suffix

    need_suffix(path, ".yml", ".yaml")
    path.write_text(write_manifest(case, lang), encoding="utf-8", newline="\n")
    return list_manifest_losses(case)


def _check_list(tree: Tree, name: str) -> Iterator[Issue]:
    value = tree.content[name]
    if value in (None, ""):
        return
    if not isinstance(value, list):
        text = "is not as Fides writes it, expected a list of records"
        yield Issue("import-unreadable", tree.locate((name,)), text, quote(value))
        return
    for n, record in enumerate(value):
        if not isinstance(record, dict) or not record.get("fides_key"):
            text = "is not as Fides writes it, expected a record with a fides_key"
            yield Issue("import-unreadable", tree.locate((name, n)), text, quote(record))
