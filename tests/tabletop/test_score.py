"""Scores: each by hand on small plays."""

from __future__ import annotations

import pytest

from piaskit.knowledge import Knowledge
from piaskit.tabletop.exercise import Choice, State, play_exercise
from piaskit.tabletop.players import make_player, make_reader
from piaskit.tabletop.scenario import Game
from piaskit.tabletop.score import (
    cover_contents,
    judge_decisions,
    rate_duty,
    rate_notice,
    rate_objective,
    rate_pace,
    score_exercise,
    score_interval,
)

COURIER, BUCKET = "rented-courier-account", "open-storage-bucket"


def play(knowledge: Knowledge, id: str, **chosen: str | tuple[str, int]) -> tuple[Game, State]:
    game = Game(knowledge.scenarios[id], knowledge)
    choices = {
        d: Choice(d, option) if isinstance(option, str) else Choice(d, *option)
        for d, option in chosen.items()
    }
    return game, play_exercise(game, make_reader(choices))[0]


@pytest.mark.parametrize(
    ("spent", "expected"), [(0, 1.0), (60, 1.0), (90, 0.75), (120, 0.5), (180, 0.0), (999, 0.0)]
)
def test_pace_is_half_at_twice_the_time(spent: int, expected: float) -> None:
    assert rate_pace(spent, 60) == expected


def test_an_hour_count_of_the_law_is_met_or_not(knowledge: Knowledge) -> None:
    for minute, expected in ((90, 1.0), (240, 1.0), (241, 0.0)):
        game, state = play(knowledge, BUCKET, **{"first-report": ("report-now", minute)})
        assert rate_duty(game, state, "cn-cac-other") == expected


def test_a_duty_at_once_is_rated_by_the_pace_the_scenario_asks_for(knowledge: Knowledge) -> None:
    for minute, expected in ((35, 1.0), (35 + 60, 1.0), (35 + 120, 0.5), (35 + 4200, 0.0)):
        game, state = play(knowledge, COURIER, authority=("now-with-range", minute))
        assert rate_duty(game, state, "cn-pipl-auth") == expected


def test_72_hours_are_worth_nothing_under_the_pipl(knowledge: Knowledge) -> None:
    game, state = play(knowledge, COURIER, authority="within-72-hours")

    assert rate_duty(game, state, "cn-pipl-auth") == 0
    one = next(j for j in judge_decisions(game, state) if j.id == "authority")
    assert one.value == 0


def test_a_notice_is_rated_by_its_contents_and_its_way(knowledge: Knowledge) -> None:
    game, whole = play(knowledge, COURIER, persons="all-and-guardians")
    assert rate_notice(game, whole, "cn-pipl-ind") == 1
    game, part = play(knowledge, COURIER, persons="buyers-only")
    assert rate_notice(game, part, "cn-pipl-ind") == 3 / 4
    assert rate_notice(game, part, "cn-minor35-guardians") == 0
    game, wrong = play(knowledge, COURIER, persons="web-notice")
    assert rate_notice(game, wrong, "cn-pipl-ind") == 1 / 4 * 0.5


def test_contents_are_those_of_the_duty(knowledge: Knowledge) -> None:
    game = Game(knowledge.scenarios[BUCKET], knowledge)

    assert cover_contents(game, "cn-cac-other", ("unit", "event")) == 2 / 8
    assert cover_contents(game, "cn-cac-other", ()) == 0
    assert cover_contents(game, "cn-ndsr11-police", ("unit",)) == 1


def test_the_interval_score_punishes_width_and_missing_the_truth() -> None:
    assert score_interval((99, 99, 99), 99) == 0
    assert score_interval((9, 50, 999), 99) == pytest.approx(2)
    assert score_interval((9, 9, 9), 99) == pytest.approx(10)
    assert score_interval((999, 999, 999), 99) == pytest.approx(10)


def test_records_fall_with_the_logs(knowledge: Knowledge) -> None:
    game, kept = play(knowledge, COURIER, contain="block-and-keep")
    _, lost = play(knowledge, COURIER, contain="wipe")

    records = [score_exercise(game, s, judge_decisions(game, s))["records"] for s in (kept, lost)]
    assert records == [pytest.approx(1 / 3, abs=1e-4), 0]


def test_harm_lies_between_doing_nothing_and_the_best_play(knowledge: Knowledge) -> None:
    game, state = play(knowledge, COURIER, contain="block-and-keep")
    best, _ = play_exercise(game, make_player("best"))
    most = 412_000 * 4_320

    expected = (most - state.person_minutes) / (most - best.person_minutes)

    assert score_exercise(game, state, judge_decisions(game, state))["harm"] == pytest.approx(
        float(expected), abs=1e-4
    )


def test_a_critical_fail_caps_its_objective_at_u(knowledge: Knowledge) -> None:
    game, state = play(
        knowledge,
        COURIER,
        authority="keep-quiet",
        **{"four-hours": "not-live", "further": "supplement-and-police"},
    )
    judged = [j for j in judge_decisions(game, state) if j.decision.objective == "authorities"]

    assert rate_objective(judged) == (0.6667, "U")
    assert rate_objective([j for j in judged if j.id != "authority"]) == (1.0, "P")
    assert rate_objective([j for j in judged if j.id == "authority"]) == (0.0, "U")
