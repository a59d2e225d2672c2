"""What an exercise leaves to improve, and whom an evaluator's note is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from piaskit.case import Case
from piaskit.tabletop import Exercise, run_exercise
from piaskit.tabletop.exercise import Choice, Message, play_exercise
from piaskit.tabletop.issues import match_note
from piaskit.tabletop.players import make_player
from piaskit.tabletop.review import review_exercise
from piaskit.tabletop.scenario import open_game

COURIER = "rented-courier-account"


def play(case: Case, folder: Path, *choices: dict[str, Any]) -> dict[str, Any]:
    """Play the courier scenario: these choices, the best ones for the rest."""
    path = folder / "d.jsonl"
    path.write_text("\n".join(map(json.dumps, choices)), "utf-8")
    exercise = run_exercise(COURIER, case, policy="best", decisions=path)
    assert isinstance(exercise, Exercise)
    return exercise.to_dict()


def test_a_report_that_nothing_asked_for_is_told(case: Case, tmp_path: Path) -> None:
    answer = play(case, tmp_path, {"decision": "four-hours", "option": "report-to-be-safe"})

    assert [(one["id"], one["decision"]) for one in answer["unneeded"]] == [
        ("cn-cac-other", "four-hours")
    ]
    assert [(one["kind"], one["decision"]) for one in answer["issues"]] == [
        ("decision", "four-hours")
    ]


def test_notices_never_sent_belong_to_the_decision_that_should_have_sent_them(
    case: Case, tmp_path: Path
) -> None:
    answer = play(case, tmp_path, {"decision": "further", "option": "police-only"})

    (issue,) = answer["issues"]
    assert issue["notices"] == ["cn-child21-auth", "cn-minor35-auth"]
    assert issue["action"] == answer["actions"][0]["id"]
    assert answer["unneeded"] == []


def test_the_best_play_leaves_no_issue(case: Case, tmp_path: Path) -> None:
    answer = play(case, tmp_path)

    assert (answer["issues"], answer["actions"], answer["unneeded"]) == ([], [], [])
    assert answer["log"][answer["exposure"]["known_line"] - 1]["ids"] == ["count"]


@pytest.mark.parametrize(
    ("duties", "elements", "kind", "notices"),
    [
        (("cn-pipl-auth", "cn-ndsr11-auth"), ("measures",), "contents", ["cn-pipl-auth"]),
        (("cn-pipl-auth",), ("kinds-cause-harm", "measures", "contact"), "sending",
         ["cn-ndsr11-auth"]),
    ],
)  # fmt: skip
def test_a_sound_decision_with_a_text_that_fell_short_is_an_issue(
    duties: tuple[str, ...], elements: tuple[str, ...], kind: str, notices: list[str], case: Case
) -> None:
    game, best = open_game(COURIER, case, case.knowledge), make_player("best")

    def decide(game: Any, state: Any, id: str) -> Choice | None:
        choice = best(game, state, id)
        if id != "authority" or choice is None:
            return choice
        message = Message(duties, "portal", elements)
        return Choice(id, choice.option, choice.at_min, choice.persons, "", (message,))

    answer = review_exercise(game, *play_exercise(game, decide), case)

    (issue,) = answer["issues"]
    assert (issue["kind"], issue["decision"], issue["notices"]) == (kind, "authority", notices)
    assert answer["actions"][0]["id"] == issue["action"]


DECISIONS: dict[str, dict[str, Any]] = {
    "first": {"id": "first", "objective": "o", "opened_min": 0, "line": 3},
    "second": {"id": "second", "objective": "o", "opened_min": 30, "line": 9},
    "third": {"id": "third", "objective": "o", "opened_min": None, "line": None},
    "other": {"id": "other", "objective": "p", "opened_min": 0, "line": None},
}


@pytest.mark.parametrize(
    ("objective", "at_min", "line", "about"),
    [
        ("o", 10, 2, ["first"]),  # open then
        ("o", 20, 4, ["first"]),  # none is open: the one taken last
        ("o", 40, 7, ["second"]),
        ("o", 90, 12, ["second"]),
        ("p", 90, 12, ["other"]),
        ("whole", 90, 12, []),
    ],
)
def test_a_note_is_about_what_the_evaluator_had_before_him(
    objective: str, at_min: int, line: int, about: list[str]
) -> None:
    note = {"objective": objective, "at_min": at_min, "line": line}

    assert match_note(note, DECISIONS) == about
