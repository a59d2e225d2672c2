"""The response told again by SimPy, event by event: the oracle of what is vectorised.

It shares nothing with ``piaskit.response`` but the plan and the draws. Hours of duty are walked
window by window, people and channels are processes, a channel works through its queue batch by
batch, an hour each.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy

from piaskit.response import Channel, Notification, Opening, Plan, Shift

HAIR = 1e-9  # hours: what ends with a window, but for rounding, needs no next one
Walk = Generator[simpy.Event, Any, Any]


class Hours:
    """The windows of an opening, walked day by day."""

    def __init__(self, opening: Opening) -> None:
        self.at, self.length, self.worked = opening.opens_at, opening.open_hours, opening.worked
        self.always = self.length == 24 and self.worked is None

    def find_window(self, now: float) -> tuple[float, float]:
        """Return the window that is open now, else the next one; infinite when none comes."""
        if self.always:
            return 0.0, float("inf")
        day = int((now - self.at) // 24)
        while self.worked is None or day < len(self.worked):
            begin = day * 24 + self.at
            if now < begin + self.length and (
                self.worked is None or (day >= 0 and self.worked[day])
            ):
                return begin, begin + self.length
            day += 1
        return float("inf"), float("inf")

    def wait(self, env: simpy.Environment) -> Walk:
        """Wait until it is open."""
        begin, _ = self.find_window(env.now)
        if begin > env.now:
            yield env.timeout(begin - env.now) if begin < float("inf") else env.event()

    def spend(self, env: simpy.Environment, hours: float) -> Walk:
        """Let so many open hours pass."""
        while True:
            begin, end = self.find_window(env.now)
            if begin > env.now:
                yield env.timeout(begin - env.now) if begin < float("inf") else env.event()
            if hours <= end - env.now + HAIR:
                if hours > 0:
                    yield env.timeout(hours)
                return
            hours -= end - env.now
            yield env.timeout(end - env.now)


class Trial:
    """One incident: steps wait in one line, people take what they can do; then persons are told.

    ``tries`` are, by channel, the attempts at its two queues: how many are tried, how many reached.
    """

    def __init__(
        self,
        plan: Plan,
        found: float,
        work: list[float],
        channels: tuple[Channel, ...] = (),
        tries: list[list[list[tuple[int, int]]]] | None = None,
    ) -> None:
        self.plan, self.work, self.channels, self.tries = plan, work, channels, tries or []
        self.env = env = simpy.Environment(initial_time=found)
        self.begins = [float("inf")] * len(plan.steps)
        self.ends = [float("inf")] * len(plan.steps)
        self.done = {step.id: env.event() for step in plan.steps}
        self.sent = [env.event() for _ in channels]
        self.finished = [found] * len(channels)
        self.known: list[tuple[float, float, float]] = []  # from, until, persons
        self.line: list[int] = []
        self.idle: list[tuple[int, Shift, simpy.Event]] = []
        for number, step in enumerate(plan.steps):
            env.process(self.pass_step(number, step.after))
        people = [shift for shift in plan.shifts for _ in range(shift.people)]
        for person, shift in enumerate(people):
            env.process(self.serve(person, shift))
        for number in range(len(channels)):
            env.process(self.send(number))

    def run(self) -> None:
        self.env.run(self.env.all_of([*self.done.values(), *self.sent]))

    def count_known(self, clock: float) -> float:
        """Return how many persons know at a clock time."""
        total = 0.0
        for begin, end, persons in self.known:
            if clock >= end:
                total += persons
            elif clock > begin:
                total += persons * (clock - begin) / (end - begin)
        return total

    def pass_step(self, number: int, after: tuple[str, ...]) -> Walk:
        if after:
            yield self.env.all_of([self.done[name] for name in after])
        if self.plan.steps[number].staffed:
            self.line.append(number)
            self.ask()
        else:
            self.begins[number] = self.env.now
            yield self.env.timeout(self.work[number])
            self.finish(number)

    def finish(self, number: int) -> None:
        self.ends[number] = self.env.now
        self.done[self.plan.steps[number].id].succeed()

    def ask(self) -> None:
        """Match people and steps after everything else that happens at this very time."""
        event = simpy.Event(self.env)
        event._ok, event._value = True, None
        event.callbacks.append(self.match)  # type: ignore[union-attr]
        self.env.schedule(event, priority=2)  # type: ignore[arg-type]

    def match(self, _: simpy.Event) -> None:
        """Give the oldest step of the line that somebody idle can do to the first who can."""
        for number in sorted(self.line, key=lambda n: (self.find_ready(n), n)):
            for entry in sorted(self.idle, key=lambda entry: entry[0]):
                if entry[1].serves(self.plan.steps[number]):
                    self.line.remove(number)
                    self.idle.remove(entry)
                    entry[2].succeed(number)
                    break

    def find_ready(self, number: int) -> float:
        after = [self.plan.find(name) for name in self.plan.steps[number].after]
        return max((self.ends[n] for n in after), default=-1.0)

    def serve(self, person: int, shift: Shift) -> Walk:
        env, hours = self.env, Hours(shift.opening)
        while True:
            yield from hours.wait(env)
            _, closes = hours.find_window(env.now)
            given = env.event()
            entry = (person, shift, given)
            self.idle.append(entry)
            if self.line:
                self.ask()
            if closes == float("inf"):
                yield given
            else:
                yield given | env.timeout(closes - env.now)
                if not given.triggered:
                    self.idle.remove(entry)
                    continue
            number = given.value
            self.begins[number] = env.now
            if self.plan.steps[number].elapsed:
                yield from hours.spend(env, shift.delay)
                yield env.timeout(self.work[number])
            else:
                yield from hours.spend(env, shift.delay + self.work[number])
            self.finish(number)

    def send(self, number: int) -> Walk:
        env, channel = self.env, self.channels[number]
        hours = Hours(channel.opening)
        yield self.done[self.plan.sends_after]
        self.finished[number] = last = env.now
        for queue, tries in enumerate(self.tries[number]):
            if not any(tried for tried, _ in tries):
                continue
            if queue:
                for other in range(number):
                    if not self.sent[other].processed:
                        yield self.sent[other]
            for attempt, (tried, reached) in enumerate(tries):
                if not tried:
                    continue
                if attempt and last + channel.retry_after > env.now:
                    yield env.timeout(last + channel.retry_after - env.now)
                if channel.capacity is None:
                    yield from hours.wait(env)
                    self.known.append((env.now + channel.delay,) * 2 + (reached,))
                else:
                    yield from self.work_off(channel, hours, tried / channel.capacity, reached)
                last = env.now
                self.finished[number] = last + channel.delay
        if self.finished[number] > env.now:
            yield env.timeout(self.finished[number] - env.now)
        self.sent[number].succeed()

    def work_off(self, channel: Channel, hours: Hours, length: float, reached: int) -> Walk:
        """Try the persons of a queue, an hour at a time, while the channel is open."""
        env, left = self.env, length
        while left > HAIR:
            yield from hours.wait(env)
            _, closes = hours.find_window(env.now)
            batch = min(1.0, left, closes - env.now)
            begin = env.now + channel.delay
            yield env.timeout(batch)
            self.known.append((begin, env.now + channel.delay, reached * batch / length))
            left = 0.0 if batch == left else left - batch


def list_tries(done: Notification, trial: int) -> list[list[list[tuple[int, int]]]]:
    """Return the drawn attempts of one trial, by channel and queue."""
    tries: list[list[list[tuple[int, int]]]] = [[[], []] for _ in done.channels]
    for wave in done.waves:
        pair = (int(wave.tried[trial]), int(wave.reached[trial]))
        tries[wave.channel][wave.queue].append(pair)
    return tries
