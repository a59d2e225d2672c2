"""Tables in the form of the case itself, on their way into another case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from piaskit.errors import InvalidData, Issue, Place
from piaskit.importers.register import Register

_ANY_DAY = date(2026, 1, 1)  # form is checked, not time
_HEADER = "id: imported\ntitle: imported\norganisation: {name: imported}\nregimes: [cn-pipl]\n"


def take_one(paths: Sequence[Path]) -> Path:
    """Return the only file; raises InvalidData for several."""
    if len(paths) > 1:
        message = "stands beside other files, expected one spreadsheet at a time"
        raise InvalidData([Issue("import-one-file", Place(p.name), message) for p in paths[1:]])
    return paths[0]


def read_tables(format: str, root: Path) -> Register:
    """Read the tables below a folder; raises InvalidData with every issue of theirs."""
    from piaskit.case import check_case
    from piaskit.importers._origins import write_rows

    (root / "case.yaml").write_text(_HEADER, encoding="utf-8")
    check = check_case(root, as_of=_ANY_DAY)
    if check.issues or check.case is None:
        raise InvalidData(check.issues)
    register = Register(format)
    for table, rows in write_rows(check.case.frames).items():
        if rows:
            register.tables[table] = rows
    return register
