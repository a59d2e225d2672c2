"""The case: a folder of tables that says which personal information flows where."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from piaskit.case.tables import TABLES

if TYPE_CHECKING:
    from piaskit.case.append import append_rows as append_rows
    from piaskit.case.case import Case as Case
    from piaskit.case.check import Check as Check
    from piaskit.case.check import check_case as check_case
    from piaskit.case.check import read_case as read_case
    from piaskit.case.create import new_case as new_case
    from piaskit.case.workbook import write_workbook as write_workbook

_MODULES = {
    "Case": "case",
    "Check": "check",
    "append_rows": "append",
    "check_case": "check",
    "new_case": "create",
    "read_case": "check",
    "write_workbook": "workbook",
}

__all__ = ["TABLES", *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
