"""Grants of a database as rows of the table of access rights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from piaskit.case.governance_tables import PERMISSIONS

if TYPE_CHECKING:
    from piaskit.case.append import NewRow

MEANS: dict[str, tuple[str, ...]] = {
    "SELECT": ("read",),
    "INSERT": ("write",),
    "UPDATE": ("write",),
    "DELETE": ("delete",),
    "TRUNCATE": ("delete",),
    "DROP": ("delete",),
    "COPY": ("export",),
    "FILE": ("export",),
    "OWNER": ("admin",),
    "GRANT": ("admin",),
    "CREATE USER": ("admin",),
    "CREATEROLE": ("admin",),
    "SUPER": ("admin",),
    "SUPERUSER": PERMISSIONS,
}
"""What a privilege of a database lets somebody do with the data in it; others do nothing to it."""

_STRANGE = re.compile(r"[^\w.-]+")
LONGEST = 90


def name_rows(rights: Iterable[Mapping[str, Any]]) -> list[NewRow]:
    """Make rows of ``access`` from rights: ``account, person, role, need, object, privileges``.

    A right whose privileges do nothing to data is left out. Ids are made of account, role and
    object, so a later look at the same grants makes the same ids.

    >>> name_rows([{"account": "ann", "role": "clerk", "object": "shop.orders",
    ...             "privileges": "UPDATE;SELECT;TRIGGER"}])[0]["permissions"]
    'read;write'
    """
    rows: list[NewRow] = []
    taken: set[str] = set()
    for right in rights:
        allowed = {p for word in right["privileges"].split(";") for p in MEANS.get(word, ())}
        if not allowed:
            continue
        parts = [str(right.get(name) or "") for name in ("account", "role", "object")]
        id = _STRANGE.sub("-", ".".join(part for part in parts if part)).strip("-._")[:LONGEST]
        unique, n = id or "account", 1
        while unique.casefold() in taken:
            n += 1
            unique = f"{id}-{n}"
        taken.add(unique.casefold())
        rows.append(
            {
                "id": unique,
                **{
                    name: str(right[name])
                    for name in ("account", "person", "role", "need", "object")
                    if right.get(name)
                },
                "permissions": ";".join(word for word in PERMISSIONS if word in allowed),
            }
        )
    return rows
