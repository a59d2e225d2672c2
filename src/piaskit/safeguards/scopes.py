"""What the scope of a safeguard names: systems, and activities with what matters about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from piaskit.case.tables import SCOPED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from piaskit.case import Case


@dataclass(frozen=True, slots=True)
class Reach:
    """What a scope names.

    ``systems`` are those named one by one; ``activities`` those named, or owning a flow that is;
    ``all`` means both without exception. ``minors`` and ``automated`` say whether one of the
    activities has minors or children, or decides automatically.
    """

    all: bool
    systems: tuple[str, ...]
    activities: frozenset[str]
    minors: bool
    automated: bool


class Scopes:
    """The subjects of a case, prepared to read many scopes.

    >>> from piaskit.rules import make_blank_case
    >>> from piaskit.knowledge import load_knowledge
    >>> Scopes(make_blank_case(load_knowledge())).read("all;systems/gone").all
    True
    """

    def __init__(self, case: Case) -> None:
        frames = case.frames
        self._ids = {table: pd.Index(frames[table]["id"], dtype="str") for table in SCOPED}
        self._owner = pd.Series(frames["flows"]["activity"].to_numpy(), index=self._ids["flows"])
        activities = frames["activities"]
        young = [
            activities[column].notna() & activities[column].ne("0")
            for column in ("minors", "children")
        ]
        decides = activities["automated_decision"]
        self._minors = frozenset(activities.loc[young[0] | young[1], "id"])
        self._automated = frozenset(activities.loc[decides.notna() & decides.ne("none"), "id"])

    def read(self, scope: Any) -> Reach:
        """Return what a scope names; ids that do not exist, items and categories are left out."""
        tokens = [] if pd.isna(scope) else [part.strip() for part in str(scope).split(";")]
        named: dict[str, list[str]] = {table: [] for table in SCOPED}
        for token in tokens:
            table, id = self._look_up(token)
            if table in named and id in self._ids[table]:
                named[table].append(id)
        owners = self._owner.reindex(named["flows"]).dropna() if named["flows"] else ()
        activities = frozenset([*named["activities"], *owners])
        whole = "all" in tokens
        return Reach(
            all=whole,
            systems=tuple(dict.fromkeys(named["systems"])),
            activities=activities,
            minors=bool(self._minors if whole else self._minors & activities),
            automated=bool(self._automated if whole else self._automated & activities),
        )

    def _look_up(self, token: str) -> tuple[str | None, str]:
        table, slash, id = token.partition("/")
        if slash:
            return table, id
        return next((t for t in SCOPED if token in self._ids[t]), None), token


def index_rows(frame: pd.DataFrame) -> Mapping[str, Mapping[str, Any]]:
    """Return the rows of a frame by id, blanks as None."""
    columns = {str(name): _list_cells(frame[name]) for name in frame.columns}
    rows = zip(*columns.values(), strict=True)
    return {str(row["id"]): row for row in (dict(zip(columns, r, strict=True)) for r in rows)}


def _list_cells(values: pd.Series) -> list[Any]:
    cells = values.to_numpy(dtype=object, copy=True)
    cells[values.isna().to_numpy()] = None
    found: list[Any] = cells.tolist()
    return found
