"""The exercise: a pure machine, whose log alone gives the state again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from piaskit.case import Case
from piaskit.knowledge import Knowledge, load_knowledge
from piaskit.tabletop.exercise import Choice, play_exercise, replay_log
from piaskit.tabletop.players import make_player, make_reader, read_decisions
from piaskit.tabletop.scenario import Game, list_verified
from piaskit.tabletop.score import SCORES, judge_decisions, score_exercise

KNOWLEDGE = load_knowledge()
GAMES = {id: Game(scenario, KNOWLEDGE) for id, scenario in KNOWLEDGE.scenarios.items()}
COURIER, BUCKET = "rented-courier-account", "open-storage-bucket"


@st.composite
def draw_files(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    """A scenario and the lines of a file of decisions for it, in any order and at any time."""
    id = draw(st.sampled_from(sorted(GAMES)))
    decisions = GAMES[id].scenario.decisions
    chosen = draw(st.lists(st.sampled_from(sorted(decisions)), unique=True))
    lines = []
    for decision in chosen:
        persons = sorted(draw(st.lists(st.integers(0, 3_000_000), min_size=3, max_size=3)))
        line = {
            "decision": decision,
            "option": draw(st.sampled_from(sorted(decisions[decision].options))),
            "at_min": draw(st.none() | st.integers(0, 20_000)),
            "persons": draw(
                st.just(None) | st.just(dict(zip(("low", "best", "high"), persons, strict=True)))
            ),
            "why": draw(st.text(st.characters(categories=["L", "N"]), max_size=20)),
        }
        lines.append(line)
    return id, lines


def write(path: Path, lines: list[dict[str, Any]], reverse: bool = False) -> Path:
    texts = [
        json.dumps(dict(reversed(line.items())) if reverse else line, ensure_ascii=False)
        for line in lines
    ]
    path.write_text("\n".join(texts), "utf-8")
    return path


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=draw_files())
def test_any_file_of_decisions_plays_to_the_end_and_its_log_replays_to_the_same_state(
    drawn: tuple[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    id, lines = drawn
    game = GAMES[id]
    choices = read_decisions(write(tmp_path / "d.jsonl", lines), game.scenario)
    turned = read_decisions(write(tmp_path / "e.jsonl", lines[::-1], True), game.scenario)

    state, log = play_exercise(game, make_reader(choices))

    assert state.ended
    assert replay_log(game, log) == (state, None)
    assert replay_log(game, json.loads(json.dumps(log))) == (state, None)
    assert play_exercise(game, make_reader(turned)) == (state, log)
    assert [entry["n"] for entry in log] == list(range(1, len(log) + 1))
    assert [entry["at_min"] for entry in log] == sorted(entry["at_min"] for entry in log)
    scores = score_exercise(game, state, judge_decisions(game, state))
    assert tuple(scores) == SCORES
    assert all(0 <= value <= 1 for value in scores.values())


@settings(max_examples=30, deadline=None)
@given(id=st.sampled_from(sorted(GAMES)), seed=st.integers(0, 2**32))
def test_random_play_depends_on_the_seed_alone(id: str, seed: int) -> None:
    fresh = Game(GAMES[id].scenario, KNOWLEDGE)

    first = play_exercise(GAMES[id], make_player("random", seed))

    assert play_exercise(fresh, make_player("random", seed)) == first


def play(id: str, **chosen: str) -> list[dict[str, Any]]:
    choices = {d: Choice(d, option) for d, option in chosen.items()}
    return play_exercise(GAMES[id], make_reader(choices))[1]


def list_ids(log: list[dict[str, Any]], kind: str) -> list[str]:
    return [entry["ids"][0] for entry in log if entry["kind"] == kind]


def test_what_was_decided_chooses_the_branch() -> None:
    kept = list_ids(play(BUCKET, close="copy-logs-and-close"), "inject")
    lost = list_ids(play(BUCKET, close="delete-bucket", researcher="threaten"), "inject")

    assert "access-log" in kept
    assert "publish-calm" in kept
    assert "no-log" not in kept
    assert lost == ["mail", "contents", "no-log", "count", "board", "publish-hostile", "closed"]


def test_a_decision_before_its_question_is_taken_when_the_question_opens() -> None:
    log = play(COURIER, contain="block-and-keep")

    assert [e["at_min"] for e in log if e["kind"] == "decision"] == [35]


def test_a_decision_after_the_end_is_not_taken() -> None:
    late = Choice("contain", "block-and-keep", 5_000)
    _, log = play_exercise(GAMES[COURIER], make_reader({"contain": late}))

    assert list_ids(log, "decision") == []


def test_an_unmet_deadline_is_told_at_its_minute_and_a_notice_in_that_minute_is_in_time() -> None:
    game = GAMES[BUCKET]

    def tell(minute: int) -> list[tuple[int, str]]:
        choice = Choice("first-report", "report-now", minute)
        _, log = play_exercise(game, make_reader({"first-report": choice}))
        return [(e["at_min"], e["ids"][0]) for e in log if e["values"].get("state") == "missed"]

    assert tell(240) == []
    assert tell(241) == [(240, "cn-cac-other")]


def test_a_verified_safeguard_of_the_case_brings_its_log_forward(
    case: Case, knowledge: Knowledge
) -> None:
    verified = list_verified(case)
    assert {"access.logging", "monitoring.logging"} <= verified

    for id, inject, usual, sooner in ((COURIER, "log", 35, 15), (BUCKET, "access-log", 40, 25)):
        assert Game(knowledge.scenarios[id], knowledge).arrives(inject) == usual
        assert Game(knowledge.scenarios[id], knowledge, verified).arrives(inject) == sooner


def test_exposure_falls_from_the_minute_of_the_decision_on() -> None:
    game = GAMES[COURIER]
    nothing, _ = play_exercise(game, make_player("silent"))
    blocked, _ = play_exercise(game, make_reader({"contain": Choice("contain", "block-and-keep")}))

    assert nothing.person_minutes == 412_000 * 4_320
    assert blocked.person_minutes == pytest.approx(412_000 * (35 + 0.6 * (4_320 - 35)))


def test_a_log_of_other_packs_tells_the_first_line_that_differs() -> None:
    _, log = play_exercise(GAMES[BUCKET], make_player("best"))
    changed = json.loads(json.dumps(log))
    first = next(e for e in changed if e["kind"] == "clock" and e["values"]["state"] == "required")
    first["values"]["deadline_min"] = 72 * 60

    state, differs = replay_log(GAMES[BUCKET], changed)

    assert differs == first["n"]
    assert state.clocks[first["ids"][0]].deadline_min is None
