"""How far each safeguard is proven, in the words of a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def name_proof(row: Mapping[str, Any], proofs: Mapping[str, str]) -> str:
    """Return the state to show: planned, partly and retired by their status, else the proof's.

    >>> name_proof({"id": "s", "status": "planned"}, {"s": "claimed"})
    'planned'
    """
    if row["status"] in ("planned", "partly", "retired"):
        return str(row["status"])
    return proofs.get(row["id"], "claimed")
