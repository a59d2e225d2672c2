"""What people decided to do about risks: actions and acceptances, by the id of the risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from piaskit.case import Case

ACTION = (
    "id", "title", "option", "owner", "due_on", "status", "done_on", "verified_on",
    "days_late", "effect",
)  # fmt: skip
ACCEPTANCE = (
    "id", "decision", "reason", "decided_by", "decided_on", "expires_on", "expired", "counts",
    "lacks",
)  # fmt: skip
EFFECTS = ("planned", "claimed", "verified", "none")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Treatment:
    """Actions and acceptances per risk id, and which risks they remedy in which state.

    An action has an ``effect``: ``planned`` while it is open, ``claimed`` when it is done and
    nobody has verified it, ``verified``, or ``none`` (dropped, or its option is to accept); and the
    ``days_late`` of one that is open after its day. An acceptance that ``counts`` lacks nothing.
    """

    actions: dict[str, list[Row]]
    acceptances: dict[str, list[Row]]
    remedied: dict[str, frozenset[str]]

    def to_dict(self, risk: str) -> dict[str, Any]:
        """Return the treatment of one risk; ``decision`` of the last acceptance that counts."""
        return {
            "actions": self.actions.get(risk, []),
            "acceptances": self.acceptances.get(risk, []),
            "decision": self.find_decision(risk),
        }

    def find_decision(self, risk: str) -> str | None:
        """Return ``accept`` or ``suppress`` where an acceptance of the risk counts, else None."""
        counted = [row["decision"] for row in self.acceptances.get(risk, ()) if row["counts"]]
        return counted[-1] if counted else None


def read_treatment(case: Case) -> Treatment:
    """Group actions and acceptances by the risk they name.

    A verified action has remedied its risk already; an open or done one will have (a blank status
    is read as open); a dropped one, or one whose option is to accept, never does. An acceptance
    counts when somebody decided it for a reason, on a day that has come, and it has not expired.
    """
    actions, acceptances = _rate_actions(case), _rate_acceptances(case)
    counted = {
        "inherent": (),
        "current": ("verified",),
        "planned": ("verified", "claimed", "planned"),
    }
    remedied = {
        state: frozenset(actions["risk"][actions["effect"].isin(effects)].dropna())
        for state, effects in counted.items()
    }
    return Treatment(_group(actions, ACTION), _group(acceptances, ACCEPTANCE), remedied)


def _rate_actions(case: Case) -> pd.DataFrame:
    actions = case.frames["actions"].sort_values("id")
    status = actions["status"].fillna("open")
    works = ~actions["option"].eq("accept") & ~status.eq("dropped")
    names = {"open": "planned", "done": "claimed", "verified": "verified"}
    late = (pd.Timestamp(case.as_of) - actions["due_on"]).dt.days.astype("Int64")
    return actions.assign(
        effect=status.map(names).where(works, "none"),
        days_late=late.where(status.eq("open") & late.gt(0).fillna(False)),
    )


def _rate_acceptances(case: Case) -> pd.DataFrame:
    acceptances = case.frames["acceptances"].sort_values(["decided_on", "id"])
    today = pd.Timestamp(case.as_of)
    expired = acceptances["expires_on"].lt(today)
    lacking = {
        "decision": acceptances["decision"].isna(),
        "owner": acceptances["decided_by"].isna(),
        "reason": acceptances["reason"].isna(),
        "validity": expired,
        "day": acceptances["decided_on"].gt(today),
    }
    table = np.column_stack([column.to_numpy(dtype=bool) for column in lacking.values()])
    lacks = [[name for name, bad in zip(lacking, row, strict=True) if bad] for row in table]
    return acceptances.assign(
        expired=expired,
        counts=[not row for row in lacks],
        lacks=pd.Series(lacks, acceptances.index),
    )


def _group(frame: pd.DataFrame, columns: tuple[str, ...]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in frame[frame["risk"].notna()].to_dict("records"):
        found.setdefault(row["risk"], []).append(take_plain(row, columns))
    return found


def take_plain(row: Mapping[Any, Any], columns: tuple[str, ...]) -> Row:
    """Take cells of a row as JSON can hold them."""
    return {name: _plain(row[name]) for name in columns}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return value
    if pd.isna(value):
        return None
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else value
