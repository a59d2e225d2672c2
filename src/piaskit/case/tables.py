"""The tables of a case, declared once: reader, checks and workbook follow these pages."""

from __future__ import annotations

from types import MappingProxyType

from piaskit.case.governance_tables import GOVERNANCE
from piaskit.case.inventory_tables import INVENTORY
from piaskit.case.table import Table

TABLES: MappingProxyType[str, Table] = MappingProxyType(
    {table.name: table for table in (*INVENTORY, *GOVERNANCE)}
)
"""Every table of a case by id, in the order in which they are read and shown."""

SCOPED = ("systems", "flows", "activities")
"""Tables in which a bare id of a scope is looked up, in this order."""
