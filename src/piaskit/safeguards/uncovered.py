"""Which flows, items and systems no working safeguard protects, and which control they lack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from piaskit.case.columns import find_rows, split_lists
from piaskit.rules import Finding, Found, Hits, write_findings
from piaskit.safeguards.coverage import Coverage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from piaskit.case import Case

    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A subject with the needs that no working control answers there."""

    table: str
    id: str
    lacks: tuple[Finding, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The controls of which one per need would do, in order of the needs."""
        return tuple(dict.fromkeys(c for need in self.lacks for c in need.hit.rule.remedy))

    @property
    def flows(self) -> tuple[str, ...]:
        """The flows to mark in a picture: the flow itself, or those that store the item."""
        if self.table not in ("flows", "items"):
            return ()
        if self.table == "flows":
            return (self.id,)
        return tuple(sorted({flow for need in self.lacks for flow in need.hit.flows}))

    def to_dict(self) -> dict[str, Any]:
        """Return the subject as JSON holds it."""
        return {
            "table": self.table,
            "id": self.id,
            "missing": list(self.missing),
            "flows": list(self.flows),
            "needs": [
                {
                    "slug": need.hit.rule.id,
                    "one_of": list(need.hit.rule.remedy),
                    "message": need.message,
                    "message_zh": need.message_zh,
                    "clause": need.clause,
                    "clause_zh": need.clause_zh,
                }
                for need in self.lacks
            ],
        }


def find_uncovered(case: Case, working: Coverage, needs: Hits) -> tuple[Uncovered, ...]:
    """Return the subjects with a need that no working control answers, sorted by table and id.

    ``needs`` are the hits of rules of kind ``need``. One working control of a rule's remedy is
    enough. An item is also protected when one works wherever the flows of the rule's stages lead
    that carry it.
    """
    lacking = Hits([_leave_lacking(case, working, found) for found in needs.found])
    lacks: dict[tuple[str, str], list[Finding]] = {}
    for finding in write_findings(lacking, case):
        lacks.setdefault((finding.hit.table, finding.hit.id), []).append(finding)
    return tuple(Uncovered(*subject, tuple(needs)) for subject, needs in sorted(lacks.items()))


def _leave_lacking(case: Case, working: Coverage, found: Found) -> Found:
    """Leave only the subjects at which no control of the remedy works."""
    protected = working.find_working(found.table, found.rows, found.rule.remedy).any(axis=1)
    if found.table == "items":
        guarded = sorted(_list_guarded(case, working, found))
        protected |= find_rows(pd.Index(guarded, dtype="str"), found.names) >= 0
    return found.take(np.flatnonzero(~protected).tolist())


def _list_guarded(case: Case, working: Coverage, found: Found) -> set[str]:
    """Name the items for which a control of the remedy works wherever they are kept.

    That is at the system to which each flow leads that carries the item in the rule's stages.
    """
    truth = working.tables["systems"]
    columns = [control for control in found.rule.remedy if control in truth]
    strong = truth.index[truth[columns].any(axis=1).to_numpy(dtype=bool)]
    flows = case.frames["flows"]
    counted = flows["stage"].isin(found.rule.stages).to_numpy(dtype=bool)
    safe = flows["target"].isin(strong).to_numpy(dtype=bool)
    at, items = split_lists(flows["items"])
    pairs = pd.DataFrame({"item": pd.array(items, dtype="str"), "safe": safe[at]})[counted[at]]
    whole = pairs.groupby("item")["safe"].all()
    return set(whole.index[whole.to_numpy(dtype=bool)])
