"""Records of processing in the layouts of two authorities: ICO's sheets, CNIL's forms.

ICO's controller and processor sheets have a row per activity and category; CNIL's register a form,
one sheet per activity. Any other layout comes in as ``spreadsheet``, by a mapping.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from piaskit.case.words import fold
from piaskit.errors import InvalidData, Issue, Place
from piaskit.importers import xlsx
from piaskit.importers._sheets import Grid, read_grids, try_grids
from piaskit.importers.register import Register
from piaskit.knowledge.read import read_tree

NAME = "ropa"
_REMARK = re.compile(r"\([^)]*\)|[?*:]")


@cache
def read_words() -> dict[str, Any]:
    """Read ropa.yaml, the layouts as data."""
    return read_tree(Path(__file__).with_name("ropa.yaml"), "ropa.yaml")[0].content


def recognise(path: Path) -> bool:
    """Tell whether a workbook or CSV file has a sheet in one of the layouts."""
    from piaskit.importers._fiches import is_form
    from piaskit.importers._ropa_rows import find_heading

    if xlsx.recognise(path):
        return False
    return any(find_heading(grid) is not None or is_form(grid) for grid in try_grids(path))


def read_register(paths: Sequence[Path]) -> Register:
    """Read registers into one; sheets in no known layout are told and left out.

    Raises InvalidData with every file that cannot be read or holds no sheet in one of the layouts.
    """
    from piaskit.importers._activity_rows import ActivityReader
    from piaskit.importers._fiches import FormReader, is_form
    from piaskit.importers._ropa_rows import find_heading, read_rows
    from piaskit.importers._sheet_words import Vocabulary

    issues: list[Issue] = []
    books: list[tuple[Path, list[Grid]]] = []
    for path in paths:
        try:
            books.append((path, read_grids(path)))
        except InvalidData as error:
            issues += error.issues
            continue
        if not any(find_heading(g) is not None or is_form(g) for g in books[-1][1]):
            text = "has no sheet in the layout of ICO or CNIL"
            hint = "import it with --format spreadsheet, by a mapping"
            issues.append(Issue("import-format", Place(path.name), text, None, hint))
    if issues:
        raise InvalidData(issues)
    out = Register(NAME)
    reader = ActivityReader(Vocabulary(), out)
    for path, grids in books:
        for grid in grids:
            out.contradictions += [f"{path.name} {notice}" for notice in grid.notices]
            heading = find_heading(grid)
            if heading is not None:
                read_rows(grid, heading, reader)
            elif is_form(grid):
                FormReader(grid, reader).run()
            else:
                for n, row in enumerate(grid.rows, 1):
                    if text := " | ".join(filter(None, row)):
                        out.keep(f"{grid.name} row {n}", "sheet in no known layout", text)
    for id in out.tables.get("activities", {}):
        if not any(i["activity"] == id for i in out.tables.get("items", {}).values()):
            out.lack(f"activities/{id}", "which personal information it uses")
    for lines in (out.kept_as_text, out.missing, out.contradictions):
        lines[:] = dict.fromkeys(lines)
    return out


def spell(text: str) -> str:
    """Bring a heading or label into the form in which they are compared.

    >>> spell("Retention schedule (if possible)") == spell("retention-schedule")
    True
    """
    return fold(_REMARK.sub("", text).replace(",", ""))
