"""Steps and people: first come, first served, by hand and by an oracle that walks the events."""

from __future__ import annotations

import numpy as np
import pytest
from accept.oracle import Trial

from piaskit.response import Opening, Plan, Shift, Step, draw_work, schedule_steps

A, B = Step("a", 0, 0), Step("b", 0, 0)
C = Step("c", 0, 0, after=("a", "b"))
ALWAYS = Opening()


def run(plan: Plan, found: float, *work: float) -> tuple[list[float], list[float]]:
    begins, ends = schedule_steps(plan, np.array([found]), np.array(work)[:, None])
    return begins[:, 0].tolist(), ends[:, 0].tolist()


def test_one_person_does_one_step_after_the_other() -> None:
    assert run(Plan((A, B, C), (Shift("x", 1, ALWAYS),)), 10, 1, 2, 3)[1] == [11, 13, 16]


def test_two_people_work_side_by_side_and_the_next_step_waits_for_both() -> None:
    assert run(Plan((A, B, C), (Shift("x", 2, ALWAYS),)), 10, 1, 2, 3)[1] == [11, 12, 15]


def test_a_step_that_was_ready_first_goes_first_wherever_it_stands() -> None:
    late = Step("late", 0, 0, after=("a",), staffed=True)
    plan = Plan((late, A, B), (Shift("x", 1, ALWAYS),))

    assert run(plan, 0, 5, 1, 2)[0] == [3, 0, 1]


def test_a_step_without_people_waits_for_nobody() -> None:
    alone = Step("a", 0, 0, staffed=False)

    assert run(Plan((alone, B), (Shift("x", 1, ALWAYS),)), 7, 4, 1)[1] == [11, 8]


def test_work_rests_at_night_unless_its_hours_pass_by_themselves() -> None:
    day = (Shift("day", 1, Opening(9, 8)),)

    assert run(Plan((A,), day), 16, 3)[1] == [24 + 11]
    assert run(Plan((Step("a", 0, 0, elapsed=True),), day), 16, 3)[1] == [19]


def test_somebody_called_from_home_needs_time_first() -> None:
    plan = Plan((A,), (Shift("call", 1, ALWAYS, delay=2),))

    assert run(plan, 3, 1) == ([3], [6])


def test_people_do_only_the_steps_of_their_shift() -> None:
    plan = Plan((A, B), (Shift("x", 1, ALWAYS, frozenset({"a"})), Shift("y", 1, Opening(9, 8))))

    assert run(plan, 0, 5, 1)[1] == [5, 10]


@pytest.mark.parametrize("shifts", [(), (Shift("x", 0, ALWAYS),)])
def test_with_nobody_on_shift_nothing_is_ever_done(shifts: tuple[Shift, ...]) -> None:
    assert run(Plan((A, B, C), shifts), 0, 1, 1, 1)[1] == [np.inf] * 3


def test_what_waits_for_a_step_nobody_does_is_never_done_and_the_rest_is() -> None:
    plan = Plan((A, B, C), (Shift("x", 1, ALWAYS, frozenset({"a", "c"})),))

    assert run(plan, 0, 1, 1, 1)[1] == [1, np.inf, np.inf]


@pytest.mark.parametrize(
    "steps", [(A, A), (C,), (Step("x", 0, 0, ("y",)), Step("y", 0, 0, ("x",)))]
)
def test_a_plan_that_cannot_be_followed_is_refused(steps: tuple[Step, ...]) -> None:
    with pytest.raises(ValueError, match="steps"):
        Plan(steps, ())


def test_attempts_that_fail_add_up_as_a_geometric_number_does() -> None:
    step = Step("a", 0.0, 0.0, fails=0.4, retries=3)  # one hour an attempt
    work = draw_work(Plan((step,), ()), 40_000, 5)[0]
    shares = [float((work == n).mean()) for n in (1, 2, 3, 4)]

    assert shares == pytest.approx([0.6, 0.24, 0.096, 0.064], abs=0.008)


def test_another_step_or_a_cap_leaves_the_draws_of_a_step_alone() -> None:
    step = Step("a", 1.0, 1.0)
    alone = draw_work(Plan((step,), ()), 50, 3)
    beside = draw_work(Plan((B, step), ()), 50, 3)
    capped = draw_work(Plan((Step("a", 1.0, 1.0, most=2.0),), ()), 50, 3)

    assert alone[0].tolist() == beside[1].tolist()
    assert np.minimum(alone, 2.0).tolist() == capped.tolist()


def test_people_and_steps_of_any_order_agree_with_the_oracle() -> None:
    rng = np.random.default_rng(4)
    worked = rng.random(2000) < 0.7
    for case in range(6):
        steps = tuple(
            Step(
                f"s{n}", 1.0, 1.0,
                after=tuple(f"s{m}" for m in range(n) if rng.random() < 0.35),
                staffed=bool(rng.random() < 0.85), elapsed=bool(rng.random() < 0.3),
            )
            for n in range(7)
        )  # fmt: skip
        order = rng.permutation(7)
        shifts = (
            Shift("day", 2, Opening(9, 8, worked)),
            Shift("night", 1, Opening(21, 10), frozenset({"s0", "s3", "s5"}), delay=0.5),
        )
        plan = Plan(tuple(steps[n] for n in order), shifts)
        found = 24 + 500 * rng.random(25)
        work = draw_work(plan, 25, case)
        begins, ends = schedule_steps(plan, found, work)
        for trial in range(25):
            oracle = Trial(plan, float(found[trial]), work[:, trial].tolist())
            oracle.run()
            assert begins[:, trial] == pytest.approx(oracle.begins, abs=1e-9)
            assert ends[:, trial] == pytest.approx(oracle.ends, abs=1e-9)
