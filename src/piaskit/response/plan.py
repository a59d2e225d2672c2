"""The plan of a response: its steps, how long they take, and who is on shift for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter

import numpy as np

from piaskit.response.opening import Hours, Opening
from piaskit.response.streams import open_stream


@dataclass(frozen=True, slots=True)
class Step:
    """One step; an attempt takes exp(N(ln_mu, ln_sigma)) hours, at most ``most``.

    It can begin when all steps of ``after`` are done. A ``staffed`` step binds one person from its
    beginning to its end and goes on while that person is on shift; with ``elapsed`` its hours pass
    day and night once it has begun. An attempt fails with the chance ``fails`` and is then made
    again, at most ``retries`` times.
    """

    id: str
    ln_mu: float
    ln_sigma: float
    after: tuple[str, ...] = ()
    staffed: bool = True
    elapsed: bool = False
    fails: float = 0.0
    retries: int = 0
    most: float = np.inf

    def __post_init__(self) -> None:
        if not (0 <= self.fails < 1 and self.ln_sigma >= 0 and self.retries >= 0):
            raise ValueError(
                f"step {self.id}: fails lies from 0 to below 1, sigma and retries >= 0"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """People who are on duty at the same hours, for some steps or (blank) for all.

    One of them needs ``delay`` hours before a step begins, as somebody who is called from home.
    """

    id: str
    people: int
    opening: Opening
    steps: frozenset[str] = frozenset()
    delay: float = 0.0

    def serves(self, step: Step) -> bool:
        """Tell whether its people do a step."""
        return not self.steps or step.id in self.steps


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps from the moment an incident was found, in the order in which people take them up.

    Persons are told when ``sends_after`` is done. ``detection`` is the time from the incident to
    that moment, None where it is not known. Raises ValueError for steps that wait for each other
    or for one that is not there.
    """

    steps: tuple[Step, ...]
    shifts: tuple[Shift, ...]
    sends_after: str = ""
    detection: Step | None = None

    def __post_init__(self) -> None:
        ids = [step.id for step in self.steps]
        unknown = {name for step in self.steps for name in step.after} - set(ids)
        if (
            unknown
            or len(set(ids)) < len(ids)
            or (self.sends_after and self.sends_after not in ids)
        ):
            raise ValueError(f"steps {ids}: each once, after steps that are there")
        try:
            TopologicalSorter({step.id: step.after for step in self.steps}).prepare()
        except CycleError as error:
            raise ValueError(f"steps wait for each other: {', '.join(error.args[1])}") from None

    def find(self, id: str) -> int:
        """Return the position of a step."""
        return [step.id for step in self.steps].index(id)


def draw_work(plan: Plan, trials: int, seed: int, block: tuple[str, ...] = ()) -> Hours:
    """Draw the hours of work of each step (steps, trials), all attempts together.

    Every step has its own streams, so a plan with another step or other people meets the same
    draws. A step whose hours are capped or whose chance to fail changes keeps its draws, too.
    """
    return np.array([draw_step(step, trials, seed, block) for step in plan.steps])


@lru_cache(maxsize=128)  # a plan with one change has all other steps in common
def draw_step(step: Step, trials: int, seed: int, block: tuple[str, ...] = ()) -> Hours:
    """Draw the hours of one step (trials,), all attempts together; nobody may write to them."""
    normal = open_stream(seed, "step", step.id, *block).standard_normal
    hours = _draw_attempt(step, normal(trials))
    if step.fails and step.retries:
        luck = open_stream(seed, "again", step.id, *block).random(trials)
        repeated = np.floor(np.log(1 - luck) / np.log(step.fails))  # luck 0: none
        for attempt in range(1, step.retries + 1):
            normal = open_stream(seed, "step", step.id, *block, str(attempt)).standard_normal
            hours += np.where(repeated >= attempt, _draw_attempt(step, normal(trials)), 0.0)
    return hours


def _draw_attempt(step: Step, normal: Hours) -> Hours:
    hours: Hours = np.minimum(np.exp(step.ln_mu + step.ln_sigma * normal), step.most)
    return hours
