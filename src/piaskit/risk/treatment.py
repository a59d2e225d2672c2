"""What people decided to do about risks: actions and acceptances, by the id of the risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from piaskit.case import Case

ACTION = ("id", "title", "option", "owner", "due_on", "status", "done_on", "verified_on")
ACCEPTANCE = ("id", "decision", "reason", "decided_by", "decided_on", "expires_on")


@dataclass(frozen=True, slots=True)
class Treatment:
    """Actions and acceptances per risk id, and which risks they remedy in which state."""

    actions: dict[str, list[dict[str, Any]]]
    acceptances: dict[str, list[dict[str, Any]]]
    remedied: dict[str, frozenset[str]]

    def to_dict(self, risk: str) -> dict[str, Any]:
        """Return the treatment of one risk; ``decision`` is that of the last valid acceptance."""
        decided = self.acceptances.get(risk, [])
        valid = [row["decision"] for row in decided if not row["expired"]]
        return {
            "actions": self.actions.get(risk, []),
            "acceptances": decided,
            "decision": valid[-1] if valid else None,
        }


def read_treatment(case: Case) -> Treatment:
    """Group actions and acceptances by the risk they name.

    A verified action has remedied its risk already; an open or done one will have (a blank status
    is read as open); a dropped one, or one whose option is to accept, never does. An acceptance
    that expired before ``as_of`` does not count.
    """
    actions, acceptances = case.frames["actions"], case.frames["acceptances"]
    works = ~actions["option"].eq("accept") & ~actions["status"].eq("dropped")
    verified = works & actions["status"].eq("verified")
    expired = acceptances["expires_on"].lt(pd.Timestamp(case.as_of))
    remedied = {
        "inherent": frozenset[str](),
        "current": frozenset(actions["risk"][verified].dropna()),
        "planned": frozenset(actions["risk"][works].dropna()),
    }
    return Treatment(
        _group(actions.sort_values("id"), ACTION),
        _group(
            acceptances.assign(expired=expired).sort_values(["decided_on", "id"]),
            (*ACCEPTANCE, "expired"),
        ),
        remedied,
    )


def _group(frame: pd.DataFrame, columns: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in frame[frame["risk"].notna()].to_dict("records"):
        found.setdefault(row["risk"], []).append({name: _plain(row[name]) for name in columns})
    return found


def _plain(value: Any) -> Any:
    """Turn a cell into what JSON can hold."""
    if pd.isna(value):
        return None
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else value
