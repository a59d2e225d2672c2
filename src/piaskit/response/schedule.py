"""When each step begins and ends: first come, first served, vectorised over trials.

The recursion of Kiefer and Wolfowitz (1955) for a queue with several servers, with precedence and
shifts: of the steps that wait, the one that was ready first goes to the person who can begin first.
No step that becomes ready later can be ready before it, so each trial fixes one step per round.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from piaskit.response.opening import Hours
from piaskit.response.plan import Plan, Shift, Step

Rows: TypeAlias = slice | NDArray[np.int64]


def schedule_steps(plan: Plan, found: Hours, work: Hours) -> tuple[Hours, Hours]:
    """Return clock hours at which steps begin and end, both (steps, trials).

    ``found`` (trials,) is the clock at which the incident was found, ``work`` (steps, trials) the
    hours each step takes. Equal times go to the step and to the person that stand first. What
    nobody ever does ends at infinity.

    >>> from piaskit.response import Opening, Shift, Step
    >>> plan = Plan((Step("a", 0, 0), Step("b", 0, 0), Step("c", 0, 0, after=("a",))),
    ...     (Shift("day", 1, Opening(9, 8)),))
    >>> schedule_steps(plan, np.array([8.0]), np.array([[3.0], [4.0], [2.0]]))[1].T.tolist()
    [[12.0, 16.0, 34.0]]
    """
    found, (count, trials) = np.asarray(found, float), work.shape
    waits = [[plan.find(name) for name in step.after] for step in plan.steps]
    follows = [[n for n in range(count) if step in waits[n]] for step in range(count)]
    key = np.array([np.full(trials, np.inf) if after else found for after in waits])
    begins, ends = np.full_like(key, np.inf), np.full_like(key, np.inf)
    crew = Crew(plan, found)
    for _ in range(count):
        picked, soonest = _find_least(key)
        for step in range(count):
            rows = _pick_rows((picked == step) & np.isfinite(soonest))
            if rows is None:
                continue
            begin, end = crew.do(plan.steps[step], soonest[rows], work[step, rows], rows)
            begins[step, rows], ends[step, rows] = begin, end
            key[step, rows] = np.inf
            for after in follows[step]:  # infinite until all it waits for is done
                key[after, rows] = np.max([ends[n, rows] for n in waits[after]], axis=0)
    return begins, ends


class Crew:
    """The people on shift and when each is free again, (trials,) each."""

    def __init__(self, plan: Plan, found: Hours) -> None:
        most = len(plan.steps)  # more would stay idle
        self.people = [
            (shift, found.copy()) for shift in plan.shifts for _ in range(min(shift.people, most))
        ]

    def do(self, step: Step, ready: Hours, work: Hours, rows: Rows) -> tuple[Hours, Hours]:
        """Return begin and end of a step in some trials, and keep its person busy until then."""
        if not step.staffed:
            return ready, ready + work
        fit = [(shift, free) for shift, free in self.people if shift.serves(step)]
        if not fit:
            never = np.full_like(ready, np.inf)
            return never, never
        come = [shift.opening.find_open(np.maximum(free[rows], ready)) for shift, free in fit]
        who, begin = _find_least(come)
        end = np.full_like(begin, np.inf)
        for shift in dict.fromkeys(shift for shift, _ in fit):
            theirs = [place for place, (other, _) in enumerate(fit) if other is shift]
            chosen = _pick_rows((who >= theirs[0]) & (who <= theirs[-1]))
            if chosen is not None:
                end[chosen] = _finish(step, shift, begin[chosen], work[chosen])
        for place, (_, free) in enumerate(fit):
            free[rows] = np.where(who == place, end, free[rows])
        return begin, end


def _finish(step: Step, shift: Shift, begin: Hours, work: Hours) -> Hours:
    if not step.elapsed:
        return shift.opening.add_hours(begin, work + shift.delay)
    if shift.delay:
        begin = shift.opening.add_hours(begin, np.full_like(begin, shift.delay))
    return begin + work


def _find_least(rows: Sequence[Hours] | Hours) -> tuple[NDArray[np.int64], Hours]:
    """Return per column which row holds the least value, the first of equals, and the value."""
    least, which = np.array(rows[0]), np.zeros(len(rows[0]), np.int64)
    for number in range(1, len(rows)):
        less = rows[number] < least
        which[less] = number
        least = np.minimum(least, rows[number])
    return which, least


def _pick_rows(chosen: NDArray[np.bool_]) -> Rows | None:
    """Return an index of the chosen trials: a slice where it is all, which copies less, or None."""
    number = np.count_nonzero(chosen)
    if number == len(chosen):
        return slice(None)
    return np.nonzero(chosen)[0] if number else None
