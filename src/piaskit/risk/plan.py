"""The plan of treatment: what would lower each risk that is too high, who does it, what lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from piaskit.risk.scales import EXTENTS, LEVELS, STATES, Levels, find_level, read_meets
from piaskit.risk.treatment import Row, take_plain

if TYPE_CHECKING:
    import pandas as pd

    from piaskit.case import Case
    from piaskit.risk.assess import Basis
    from piaskit.risk.register import Register
    from piaskit.rules import Found
    from piaskit.safeguards import Coverage

CURRENT, PLANNED = STATES.index("current"), STATES.index("planned")
EFFECTIVE = EXTENTS.index("effective")
PROPOSED = {"severe": "immediate", "high": "time-limited", "medium": "weigh", "low": "accept"}
"""The option of GB/T 39335 5.8 for a level; which option for which level is piaskit's."""
DO = {"verified": "widen", "stale": "renew", "missing": "prove", "failed": "repair"}
EASE = ("prove", "renew", "finish", "widen", "repair", "introduce")


@dataclass(frozen=True)
class Shelf:
    """What the register has of each control, and what works where."""

    case: Case
    reviewed: pd.DataFrame
    coverage: Coverage  # what works today

    @cached_property
    def safeguards(self) -> dict[str, list[Mapping[Any, Any]]]:
        """The safeguards that are not retired, with their states, by control."""
        frame = self.case.frames["safeguards"]
        states = self.reviewed.set_index("id")["state"]
        kept = frame[~frame["status"].eq("retired")]
        found: dict[str, list[Mapping[Any, Any]]] = {}
        for row in kept.assign(state=kept["id"].map(states)).to_dict("records"):
            found.setdefault(row["control"], []).append(row)
        return found

    @cached_property
    def _steps(self) -> dict[str, Row]:
        return {}

    def find_step(self, control: str) -> Row:
        """Return what to do about a control that lacks: with what is on record, else anew."""
        if control not in self._steps:
            rows = self.safeguards.get(control, [])
            named = ("id", "owner", "cost_year", "currency", "state")
            offers = [{**take_plain(row, named), "do": _choose_deed(row)} for row in rows]
            none = dict.fromkeys(named) | {"do": "introduce"}
            best = min(offers, key=lambda o: (EASE.index(o["do"]), o["id"]), default=none)
            title = self.case.knowledge.controls[control].title
            self._steps[control] = {
                "control": control,
                "title": title.en,
                "title_zh": title.zh,
                "do": best["do"],
                "safeguard": best["id"],
                **{name: best[name] for name in ("state", "owner", "cost_year", "currency")},
            }
        return self._steps[control]

    def list_steps(self, controls: Iterable[str]) -> list[Row]:
        """Return the steps for controls, cheapest first where costs can be compared."""
        steps = [self.find_step(control) for control in controls]
        comparable = len({step["currency"] for step in steps if step["cost_year"] is not None}) == 1

        def weigh(step: Row) -> tuple[Any, ...]:
            cost = step["cost_year"] if comparable else None
            return cost is None, cost or 0, EASE.index(step["do"]), step["control"]

        return sorted(steps, key=weigh)


def _choose_deed(row: Any) -> str:
    if row["state"] == "claimed":
        return "prove" if row["status"] == "in-place" else "finish"
    return DO[row["state"]]


def plan_treatment(register: Register, basis: Basis) -> list[Row]:
    """Plan what to do about every risk above the acceptance line today, or treated by somebody.

    Risks of one rule that lack the same controls at the same levels, and that nobody treats one by
    one, stand in one row. A row has ``steps``: the controls of the remedy that do not work there,
    cheapest first where the register states their costs in one currency, else what is on record
    before what is new. ``reached`` is the level once all of them work or the gap is closed, read
    off the ladder of the engine. Owners and days are those of the register; what it does not state
    is named under ``missing``. The worst risks come first, then the most.
    """
    writer = register.writer
    shelf = Shelf(writer.case, basis.reviewed, basis.coverage["current"])
    rows = [
        row
        for start, found in zip(writer.hits.starts, writer.hits.found, strict=True)
        for row in _plan_found(register, shelf, start, found)
    ]
    rows += _plan_seen(register, shelf, len(writer.hits))
    return sorted(
        rows, key=lambda row: (-LEVELS.index(row["level"]), -len(row["risks"]), row["risks"])
    )


def _plan_found(register: Register, shelf: Shelf, start: int, found: Found) -> Iterator[Row]:
    """Yield the rows of one rule."""
    reading, treatment, rule = register.readings[0], register.treatment, found.rule
    placed, part = reading.risks, slice(start, start + len(found.ids))
    ids = [f"{rule.id}@{found.table}/{id}" for id in found.ids]
    treated = treatment.actions.keys() | treatment.acceptances.keys()
    own = np.array([id in treated for id in ids], dtype=bool)
    rated = placed.level[CURRENT, part] >= 0
    kept = np.flatnonzero((reading.above[CURRENT, part] | own) & rated)
    if not len(kept):
        return
    lacks = ~shelf.coverage.find_working(found.table, found.rows[kept], rule.remedy)
    best = 0 if rule.kind == "gap" else int(read_meets(rule.meets)[EFFECTIVE])
    at = start + kept
    lowest = np.minimum(placed.likelihood[CURRENT, at], np.int8(best))
    reached = find_level(reading.matrix, placed.impact[CURRENT, at], lowest)
    levels = [placed.level[CURRENT, at], placed.level[PLANNED, at], reached]
    apart = np.where(own[kept], kept + 1, 0)  # whatever somebody treats has a row of its own
    for members in _group_alike([apart, *levels, *lacks.T]):
        first = members[0]
        risk = register[int(at[first])]
        now, planned, then = (LEVELS[level[first]] for level in levels)
        controls = [name for name, no in zip(rule.remedy, lacks[first], strict=True) if no]
        named = [ids[n] for n in kept[members].tolist()]
        yield _write_row(register, shelf, named, risk, (now, planned, then), controls)


def _plan_seen(register: Register, shelf: Shelf, start: int) -> Iterator[Row]:
    """Yield a row for each risk that only a person sees and that is too high or treated."""
    reading = register.readings[0]
    levels: Levels = reading.risks.level
    treatment = register.treatment
    for at in range(start, len(register)):
        risk = register[at]
        treated = risk["id"] in treatment.actions or risk["id"] in treatment.acceptances
        if levels[CURRENT, at] >= 0 and (reading.above[CURRENT, at] or treated):
            now, planned = LEVELS[levels[CURRENT, at]], LEVELS[levels[PLANNED, at]]
            yield _write_row(register, shelf, [risk["id"]], risk, (now, planned, None), [])


def _group_alike(columns: list[NDArray[Any]]) -> list[NDArray[np.intp]]:
    """Return the rows that are alike in all columns, group by group."""
    table = np.stack([np.asarray(column, dtype=np.int64) for column in columns], axis=1)
    _, group = np.unique(table, axis=0, return_inverse=True)
    order = np.argsort(group.reshape(-1), kind="stable")
    return np.split(order, np.flatnonzero(np.diff(group.reshape(-1)[order])) + 1)


def _write_row(
    register: Register,
    shelf: Shelf,
    ids: list[str],
    risk: Row,
    levels: tuple[str, str, str | None],
    controls: list[str],
) -> Row:
    now, planned, reached = levels
    treatment = risk["treatment"]
    actions = [row for row in treatment["actions"] if row["effect"] != "none"]
    steps = shelf.list_steps(controls)
    owners = [row["owner"] for row in (actions or steps) if row["owner"]]
    due = [row["due_on"] for row in actions if row["due_on"]]
    lacking = {"action": not actions, "owner": not owners, "due_on": not due}
    line = LEVELS.index(register.readings[0].line)
    return {
        "risks": ids,
        "rule": risk["rule"],
        "kind": risk["kind"],
        "title": risk["title"],
        "title_zh": risk["title_zh"],
        "level": now,
        "planned": planned,
        "reached": reached,
        "above_line": risk["above_line"],
        "enough": None if reached is None else LEVELS.index(reached) <= line,
        "option": next((row["option"] for row in actions if row["option"]), None),
        "proposed": PROPOSED[now],
        "decision": treatment["decision"],
        "actions": actions,
        "steps": steps,
        "owners": list(dict.fromkeys(owners)),
        "due_on": min(due, default=None),
        "missing": [] if treatment["decision"] else [n for n, no in lacking.items() if no],
    }
