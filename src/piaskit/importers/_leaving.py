"""Which flows leave a territory, as the rules of the ledger see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from piaskit.rules.facts import open_facts

if TYPE_CHECKING:
    from piaskit.case import Case


def find_flows(case: Case, condition: str) -> frozenset[str]:
    """Return the ids of the flows of which a condition on ``flow_facts`` holds."""
    connection = open_facts(case)
    try:
        found = connection.execute(f"select id from flow_facts where {condition}").fetchall()
    finally:
        connection.close()
    return frozenset(id for (id,) in found)
