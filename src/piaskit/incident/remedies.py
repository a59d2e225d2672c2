"""What a change of the plan buys: each on the draws of the plan as it is, so that luck cancels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from piaskit.incident.staffing import Staffing
from piaskit.response import (
    Channel,
    Opening,
    Plan,
    Response,
    Shift,
    Step,
    compare_medians,
    compare_shares,
)

Hours = NDArray[np.float64]
Simulate = Callable[[Plan, Sequence[Channel]], Response]


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change of the plan.

    ``kind`` is instant (a step takes no time), range (decided on a range, before the count is
    done), person (one more), nights (a shift day and night), runbook or line.
    """

    kind: str
    subject: str  # id of a step, shift or channel
    plan: Plan
    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """A legal clock: until when after the incident was found which milestone has to be there."""

    duty: str
    hours: float
    milestone: str


def list_remedies(
    staffing: Staffing, channels: Sequence[Channel], lines: Mapping[str, int]
) -> Iterator[Remedy]:
    """List the changes that can be tried: steps first, then people, runbooks and lines.

    ``lines`` holds the lines of the channels that state them.
    """
    plan = staffing.plan
    if plan is None:
        return
    same = tuple(channels)
    for step in plan.steps:
        yield Remedy("instant", step.id, _put_step(plan, replace(step, most=0.0)), same)
        if "counting" in step.after:
            yield Remedy("range", step.id, _put_before_count(plan, step), same)
    for shift in plan.shifts:
        yield Remedy("person", shift.id, _put_shift(plan, shift, people=shift.people + 1), same)
        if not shift.opening.always:
            yield Remedy("nights", shift.id, _put_shift(plan, shift, opening=Opening()), same)
    for id, step in staffing.runbooks.items():
        yield Remedy("runbook", id, _put_step(plan, step), same)
    for channel in same:
        if channel.capacity and lines.get(channel.id):
            wider = channel.capacity * (lines[channel.id] + 1) / lines[channel.id]
            put = tuple(
                replace(one, capacity=wider) if one.id == channel.id else one for one in same
            )
            yield Remedy("line", channel.id, plan, put)


def _put_before_count(plan: Plan, step: Step) -> Plan:
    """Let a step wait for what the count waits for, and stand before it in the line."""
    at = plan.find("counting")
    waits = tuple(name for name in step.after if name != "counting") + plan.steps[at].after
    sooner = replace(step, after=tuple(dict.fromkeys(waits)))
    rest = [one for one in plan.steps if one is not step]
    return replace(plan, steps=(*rest[:at], sooner, *rest[at:]))


def _put_shift(plan: Plan, shift: Shift, **changed: Any) -> Plan:
    other = replace(shift, **changed)
    return replace(plan, shifts=tuple(other if one is shift else one for one in plan.shifts))


def _put_step(plan: Plan, step: Step) -> Plan:
    return replace(plan, steps=tuple(step if one.id == step.id else one for one in plan.steps))


def weigh_remedies(
    remedies: Sequence[Remedy],
    simulate: Simulate,
    measure: Callable[[Response], dict[str, Hours]],
    before: dict[str, Hours],
    limits: Sequence[Limit],
) -> list[dict[str, Any]]:
    """Try each change and return what it moves: chances to miss a clock, medians of milestones.

    ``measure`` gives the hours of each milestone (trials,) of a run, ``before`` those of the plan
    as it is.
    """

    def weigh(remedy: Remedy) -> dict[str, Any]:
        after = measure(simulate(remedy.plan, remedy.channels))
        return {
            "kind": remedy.kind,
            "subject": remedy.subject,
            "missed": {
                limit.duty: compare_shares(
                    before[limit.milestone] > limit.hours, after[limit.milestone] > limit.hours
                ).to_dict()
                for limit in limits
            },
            "hours": {
                name: compare_medians(before[name], after[name]).to_dict() for name in before
            },
        }

    return [weigh(remedy) for remedy in remedies]


def find_weakest(weighed: Sequence[Mapping[str, Any]], last: str) -> str | None:
    """Return the step whose time costs most: misses of clocks, then hours of a last milestone."""
    steps = [one for one in weighed if one["kind"] == "instant"]

    def gain(one: Mapping[str, Any]) -> tuple[float, float]:
        misses = min((found["value"] for found in one["missed"].values()), default=0.0)
        return (round(-misses, 3), -(one["hours"].get(last, {}).get("value") or 0.0))

    best = max(steps, key=gain, default=None)
    return best["subject"] if best and max(gain(best)) > 0 else None
