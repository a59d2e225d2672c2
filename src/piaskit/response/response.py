"""A response in many trials: the steps of people on shift, then the persons told over channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from piaskit.response.channel import Channel
from piaskit.response.notification import Notification, Persons, simulate_notification
from piaskit.response.opening import DAY, Hours
from piaskit.response.plan import Plan, draw_step, draw_work
from piaskit.response.schedule import schedule_steps
from piaskit.response.streams import open_stream

BLOCK = 16_384  # trials that share a stream; what is drawn depends on it, on no worker
YEAR = 365 * DAY
HORIZON = 2 * YEAR  # hours of sending after which nobody waits any longer for a share


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """What a simulation gives; trials are the last axis of every array, clocks count hours."""

    plan: Plan
    channels: tuple[Channel, ...]
    found: Hours  # (trials,) the clock at which the incident was found
    hidden: Hours | None  # (trials,) hours from the incident until then
    work: Hours  # (steps, trials) hours that were drawn
    begins: Hours  # (steps, trials)
    ends: Hours
    told: tuple[Notification, ...]  # one per block; empty without persons or channels

    @property
    def trials(self) -> int:
        return len(self.found)

    def find_end(self, step: str) -> Hours:
        """Return after how many hours since it was found a step ends (trials,)."""
        found: Hours = self.ends[self.plan.find(step)] - self.found
        return found

    def count_known(self, hours: float) -> Hours:
        """Return how many persons know, some hours after the incident was found (trials,)."""
        return self._gather(lambda done, since: done.count_reached(hours - since))

    def count_persons(self) -> Hours:
        """Return how many persons there are to tell (trials,)."""
        return np.concatenate([done.persons.astype(float) for done in self.told])

    def find_told(self, share: float) -> Hours:
        """Return after how many hours since it was found a share of the persons knows (trials,).

        Infinite where that is not within two years of sending.
        """
        return self._gather(
            lambda done, since: since + done.find_hours([share], HORIZON)[:, 0], np.inf
        )

    def find_sent(self) -> Hours:
        """Return after how many hours since it was found the last channel is done (trials,)."""
        return self._gather(
            lambda done, since: since + (done.ends - done.begins[:, None]).max(axis=1), np.inf
        )

    def _gather(self, ask: Callable[[Notification, Hours], Hours], never: float = 0.0) -> Hours:
        """Ask each block; ``never`` where nothing is ever sent."""
        since = self.find_end(self.plan.sends_after)
        answers, at = [], 0
        for done in self.told:
            part = since[at : at + len(done.begins)]
            sent = np.isfinite(part)
            answers.append(np.where(sent, ask(done, np.where(sent, part, 0.0)), never))
            at += len(done.begins)
        return np.concatenate(answers)


def simulate_response(
    plan: Plan,
    persons: Persons | None = None,
    channels: Sequence[Channel] = (),
    *,
    found_at: float | None = None,
    trials: int = 10_000,
    seed: int = 1,
    executor: Executor | None = None,
) -> Response:
    """Simulate a response in many trials at once.

    ``found_at`` is the clock hour at which the incident is found; without it any hour of the year
    from day 1 on is equally likely. Day 0 is there for the night shift that began on it. Blocks of
    trials have streams of their own: an executor changes no number, and more trials leave the full
    blocks as they are.

    >>> from piaskit.response import Opening, Shift, Step
    >>> plan = Plan((Step("triage", 0, 0),), (Shift("day", 1, Opening(9, 8)),))
    >>> simulate_response(plan, found_at=40.5, trials=2).find_end("triage").tolist()
    [17.0, 17.0]
    """
    run = partial(_run_block, plan, persons, tuple(channels), found_at, seed)
    counts = [min(BLOCK, trials - start) for start in range(0, trials, BLOCK)]
    share = executor.map if executor else map
    done = list(share(run, range(len(counts)), counts))
    found, hidden, work, begins, ends, told = zip(*done, strict=True)
    return Response(
        plan,
        tuple(channels),
        np.concatenate(found),
        np.concatenate(hidden) if plan.detection else None,
        np.concatenate(work, axis=1),
        np.concatenate(begins, axis=1),
        np.concatenate(ends, axis=1),
        tuple(one for one in told if isinstance(one, Notification)),
    )


def _run_block(
    plan: Plan,
    persons: Persons | None,
    channels: tuple[Channel, ...],
    found_at: float | None,
    seed: int,
    block: int,
    count: int,
) -> tuple[Hours, Hours | None, Hours, Hours, Hours, Notification | None]:
    """Run the trials of one block, here or in a process elsewhere."""
    names = (str(block),)
    if found_at is None:
        found = DAY + YEAR * open_stream(seed, "found", *names).random(count)
    else:
        found = np.full(count, found_at)
    hidden = draw_step(plan.detection, count, seed, names) if plan.detection else None
    work = draw_work(plan, count, seed, names)
    begins, ends = schedule_steps(plan, found, work)
    told = None
    if persons is not None and channels:
        since = ends[plan.find(plan.sends_after)]
        told = simulate_notification(
            persons,
            channels,
            begins=np.where(np.isfinite(since), since, 0.0),
            trials=count,
            seed=seed,
            block=names,
        )
    return found, hidden, work, begins, ends, told
