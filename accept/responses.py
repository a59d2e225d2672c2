"""The response simulation against an oracle that tells it event by event, in numbers and speed."""

from __future__ import annotations

import time
from datetime import date

import numpy as np

from accept.oracle import Trial, list_tries
from accept.row import Measured, row
from piaskit.response import (
    Channel,
    Opening,
    Persons,
    Plan,
    Response,
    Shift,
    Step,
    simulate_response,
)
from piaskit.workdays import list_workdays

PERSONS = Persons(380_000, 412_000, 430_000)
CLOCKS = (2.0, 30.0, 72.0, 200.0, 700.0)  # hours after the incident was found
# Six steps and the addresses, chances and capacities of the worked case's channels.
STEPS = (
    Step("triage", 0.7, 1.0),
    Step("containment", 2.4, 1.4, ("triage",)),
    Step("counting", 2.5, 1.0, ("triage",)),
    Step("decision", 1.2, 1.0, ("counting",)),
    Step("filing", 0.7, 0.7, ("decision",)),
    Step("drafting", 1.2, 0.7, ("decision",)),
)
PUSH = ("push", 0.58, (0.35, 0.48, 0.60), 60_000)
TEXT = ("text", 0.91, (0.70, 0.82, 0.90), 20_000)
MAIL = ("mail", 0.74, (0.30, 0.41, 0.55), 30_000)
CALL = ("call", 0.88, (0.45, 0.55, 0.65), 240)
LETTER = ("letter", 0.63, (0.75, 0.85, 0.92), 350)
PUBLIC = ("public", 1.0, (0.20, 0.35, 0.50), None)


def build_basic() -> tuple[Plan, tuple[Channel, ...]]:
    """Six steps, two people day and night, four channels and an announcement to the rest."""
    plan = Plan(STEPS, (Shift("team", 2, Opening()),), "drafting")
    return plan, tuple(Channel(*one) for one in (PUSH, TEXT, MAIL, CALL, PUBLIC))


def build_full() -> tuple[Plan, tuple[Channel, ...]]:
    """Shifts, nights, holidays, people on call, steps that fail, channels that close and retry."""
    worked = np.array(list_workdays(date(2026, 11, 25), 1200))
    steps = tuple(
        Step(s.id, s.ln_mu, s.ln_sigma, s.after, True, s.id == "containment", 0.25, 2)
        for s in STEPS
    )
    shifts = (
        Shift("day", 2, Opening(9, 9, worked)),
        Shift("night", 1, Opening(20, 12, worked), frozenset({"triage", "containment"})),
        Shift("call", 1, Opening(), frozenset({"triage", "containment", "filing"}), 1.5),
    )
    channels = (
        Channel(*PUSH, retries=1, retry_after=24, delay=4),
        Channel(*TEXT, opens_at=8, open_hours=13, retries=1, retry_after=24, delay=1),
        Channel(*MAIL, retries=1, retry_after=48, delay=12),
        Channel(*CALL, opens_at=9, open_hours=12, retries=2, retry_after=24),
        Channel(*LETTER, opens_at=9, open_hours=8, delay=72),
        Channel(*PUBLIC, opens_at=6, open_hours=18),
    )
    return Plan(steps, shifts, "drafting", Step("detection", 3.0, 2.0)), channels


def measure_gap(done: Response) -> float:
    """Return the largest distance to the oracle, in hours and in shares of the persons."""
    worst = 0.0
    known = np.array([done.count_known(hours) for hours in CLOCKS])
    persons, sent, at = done.count_persons(), done.find_sent(), 0
    for told in done.told:
        for trial in range(len(told.begins)):
            now, found = at + trial, float(done.found[at + trial])
            work, tries = done.work[:, now].tolist(), list_tries(told, trial)
            oracle = Trial(done.plan, found, work, done.channels, tries)
            oracle.run()
            hours = [*oracle.begins, *oracle.ends, max(oracle.finished)]
            ours = [*done.begins[:, now], *done.ends[:, now], found + sent[now]]
            shares = [oracle.count_known(found + clock) / persons[now] for clock in CLOCKS]
            gaps = np.abs([*np.subtract(hours, ours), *(shares - known[:, now] / persons[now])])
            worst = max(worst, float(gaps.max()))
        at += len(told.begins)
    return worst


@row(
    "the response simulation and an event-by-event oracle agree on the same draws",
    "to 1e-9 over 2,000 trials, full model",
)
def response_oracle() -> Measured:
    plan, channels = build_full()
    worst = measure_gap(simulate_response(plan, PERSONS, channels, trials=2000, seed=7))
    return f"{worst:.1e} hours or share of persons, 2,000 trials", worst < 1e-9


@row(
    "100,000 trials of the response against the oracle, draws included, in one run",
    "at least 200x faster for the basic model (6 tasks, 2 people, 4 channels), 40x for the full",
)
def response_speed() -> Measured:
    words, holds = [], True
    for name, build, least in (("basic", build_basic, 200), ("full", build_full, 40)):
        plan, channels = build()
        start = time.process_time()
        done = simulate_response(plan, PERSONS, channels, trials=100_000, seed=7)
        ours = (time.process_time() - start) / done.trials
        count = 10_000  # of the first block; the oracle has its draws ready
        drawn = [
            (float(done.found[n]), done.work[:, n].tolist(), channels, list_tries(done.told[0], n))
            for n in range(count)
        ]
        start = time.process_time()
        for one in drawn:
            Trial(plan, *one).run()
        theirs = (time.process_time() - start) / count
        holds = holds and theirs >= least * ours
        words.append(
            f"{name}: {ours * 1e6:.2f} us a trial of 100,000, oracle {theirs * 1e6:.0f} us "
            f"of {count:,}: {theirs / ours:.0f}x"
        )
    return "; ".join(words), holds
