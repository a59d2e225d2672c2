"""How many persons the inventory knows, and so how many a risk can harm."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from piaskit.case import Case

Risk = dict[str, Any]


class Subjects:
    """How many persons the inventory knows: by flow, by activity, in all.

    Persons of several flows are never summed for one event: it is taken to hit at most those of
    the largest flow it touches, which is the least the union of them can be. A year of all events
    is capped by the persons of the organisation, else by the sum over its activities, which is the
    most their union can be.
    """

    def __init__(self, case: Case) -> None:
        activities, flows = case.frames["activities"], case.frames["flows"]
        self._activities = _index_persons(activities["id"], activities["persons"])
        owner = dict(zip(flows["id"], flows["activity"], strict=True))
        stated = _index_persons(flows["id"], flows["persons"])
        self._flows: dict[str, float | None] = {}
        for id in flows["id"]:
            known = [n for n in (stated[id], self._activities.get(owner[id])) if n is not None]
            self._flows[id] = min(known, default=None)
        total = case.organisation.persons_total
        counted = [n for n in self._activities.values() if n is not None]
        self._total = None if total is None else float(total)
        self.whole = self._total if self._total is not None else (sum(counted) or None)

    def of_activity(self, id: str) -> float | None:
        """Return the persons of an activity, at most those of the organisation."""
        return self._cap(self._activities.get(id))

    def of_risk(self, risk: Risk) -> tuple[float | None, list[str]]:
        """Return the persons one event of a risk can hit, and the rows that do not state any."""
        named = [(f"flows/{id}", self._flows.get(id)) for id in risk["flows"]]
        if not named:
            named = [(f"activities/{id}", self._activities.get(id)) for id in risk["activities"]]
        if not named and risk["subject"]["table"] == "organisation":
            named = [("case.yaml persons_total", self._total)]
        known = [persons for _, persons in named if persons is not None]
        unknown = [row for row, persons in named if persons is None]
        return self._cap(max(known, default=None)), unknown

    def _cap(self, persons: float | None) -> float | None:
        if persons is None or self._total is None:
            return persons
        return min(persons, self._total)


def _index_persons(ids: Iterable[str], persons: pd.Series[Any]) -> dict[str, float | None]:
    return {id: None if pd.isna(n) else float(n) for id, n in zip(ids, persons, strict=True)}
