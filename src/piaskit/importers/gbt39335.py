"""Tables C.1 and C.2 of GB/T 39335-2020 as a workbook: data mapping and lifecycle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from piaskit.case.mapping import build_lifecycle_table, build_mapping_table
from piaskit.importers._book import List, write_lists
from piaskit.importers._losses import list_losses, tell_loss
from piaskit.importers.export import need_suffix

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Text

CARRIED = {
    "activities": ("title", "purpose", "legal_basis", "subjects", "role", "controller"),
    "items": ("activity", "title", "category", "retention"),
    "parties": ("title", "role", "country"),
    "systems": ("title", "encrypted_at_rest"),
    "flows": (
        "activity", "stage", "source", "target", "method", "transport", "legal_basis", "disposal",
    ),
    "case.yaml": ("organisation.name",),
}  # fmt: skip
TABLES = {"C.1": build_mapping_table, "C.2": build_lifecycle_table}


def write_register(case: Case, path: Path, lang: str) -> list[Text]:
    """Write both tables, a row per activity, in one language; blank cells say so."""
    need_suffix(path, ".xlsx")
    say = case.knowledge.labels
    lists = []
    for number, build in TABLES.items():
        table = build(case, lang)
        rows = table.to_numpy(dtype=object).tolist()
        lists.append(List(say("export.gbt.table", lang, n=number), list(table.columns), rows))
    first, second = (case.knowledge.cite(f"gbt39335 {number}", lang) for number in TABLES)
    about = [
        say("export.both", lang, first=first, second=second),
        say("export.gbt.columns", lang),
    ]
    write_lists(case, path, lang, say("export.gbt.title", lang), about, lists)
    return [tell_loss(case, "single-flows"), *list_losses(case, CARRIED)]
