"""How far each safeguard is proven, in the words of a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from piaskit.case import Case


def read_proofs(case: Case) -> dict[str, str]:
    """Return what the evidence of every safeguard shows: its state by id."""
    from piaskit.safeguards import judge_safeguards

    reviewed = judge_safeguards(case)
    return dict(zip(reviewed["id"].tolist(), reviewed["state"].tolist(), strict=True))


def name_proof(row: Mapping[str, Any], proofs: Mapping[str, str]) -> str:
    """Return the state to show: planned, partly and retired by their status, else the proof's.

    >>> name_proof({"id": "s", "status": "planned"}, {"s": "claimed"})
    'planned'
    """
    if row["status"] in ("planned", "partly", "retired"):
        return str(row["status"])
    return proofs.get(row["id"], "claimed")
