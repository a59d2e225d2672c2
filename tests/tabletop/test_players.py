"""Players: files of decisions are read strictly, policies do what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from piaskit.errors import InvalidData
from piaskit.knowledge import Knowledge
from piaskit.tabletop.exercise import Choice, play_exercise
from piaskit.tabletop.players import make_player, read_decisions
from piaskit.tabletop.scenario import Game

COURIER = "rented-courier-account"


def read(tmp_path: Path, knowledge: Knowledge, *lines: str) -> dict[str, Choice]:
    path = tmp_path / "decisions.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return read_decisions(path, knowledge.scenarios[COURIER])


def test_a_file_of_decisions_is_read(tmp_path: Path, knowledge: Knowledge) -> None:
    found = read(
        tmp_path,
        knowledge,
        '{"decision": "contain", "option": "watch-on", "at_min": 50,'
        ' "persons": {"low": 1, "best": 2, "high": 3}, "why": " seen "}',
        "",
        '{"option": "now-with-range", "decision": "authority", "persons": 7}',
    )

    assert found == {
        "contain": Choice("contain", "watch-on", 50, (1, 2, 3), "seen"),
        "authority": Choice("authority", "now-with-range", 0, (7, 7, 7), ""),
    }


def test_every_bad_line_is_told_with_its_number_and_the_nearest_id(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    with pytest.raises(InvalidData) as refused:
        read(
            tmp_path,
            knowledge,
            '{"decision": "contian", "option": "wipe"}',
            '{"decision": "contain", "option": "whipe"}',
            "contain: wipe",
            '{"decision": "press", "option": "no-comment", "at_min": -5, "colour": "x"}',
            '{"decision": "press", "option": "no-comment",'
            ' "persons": {"low": 5, "best": 3, "high": 9}}',
            '{"decision": "press", "option": "no-comment", "persons": {"low": 5}}',
            '{"option": "wipe"}',
            "[1]",
            '{"decision": "further", "option": "nobody", "why": 3, "at_min": true}',
        )

    assert [str(issue) for issue in refused.value.issues] == [
        "decisions.jsonl row 1, decision: contian is no decision here (did you mean contain?)",
        "decisions.jsonl row 2, option: whipe is no option here (did you mean wipe?)",
        "decisions.jsonl row 3: is no JSON "
        '(one decision per line: {"decision": ..., "option": ...})',
        "decisions.jsonl row 4, colour: unknown key colour "
        "(keys are decision, option, at_min, persons, why)",
        "decisions.jsonl row 4, at_min: -5 is no such number (a whole number from 0 to 10,000,000)",
        "decisions.jsonl row 5, persons: low, best and high are not in this order",
        "decisions.jsonl row 6, persons: persons need low, best and high",
        "decisions.jsonl row 7, decision: decision is missing (one of contain, authority, "
        "four-hours, persons, further, press, aftermath)",
        "decisions.jsonl row 8: is no JSON object",
        "decisions.jsonl row 9, at_min: True is no such number "
        "(a whole number from 0 to 10,000,000)",
        "decisions.jsonl row 9, why: is no plain text (text of at most 4,000 characters)",
    ]
    assert {issue.slug for issue in refused.value.issues} == {"decisions-line"}


def test_the_same_decision_twice_is_refused(tmp_path: Path, knowledge: Knowledge) -> None:
    line = '{"decision": "press", "option": "no-comment"}'
    with pytest.raises(InvalidData, match="row 2, decision: press is decided twice"):
        read(tmp_path, knowledge, line, line)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff\xfe\x00", "is not UTF-8"), (b" " * 1_000_001, "is larger than 1,000,000 bytes")],
)
def test_a_file_that_is_no_text_is_refused(
    content: bytes, message: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    path = tmp_path / "d.jsonl"
    path.write_bytes(content)
    with pytest.raises(InvalidData, match=message):
        read_decisions(path, knowledge.scenarios[COURIER])


def test_an_absent_file_is_told(tmp_path: Path, knowledge: Knowledge) -> None:
    with pytest.raises(InvalidData, match=r"none\.jsonl: cannot be read: No such file"):
        read_decisions(tmp_path / "none.jsonl", knowledge.scenarios[COURIER])


@pytest.mark.parametrize("line", ['{"decision": NaN}', '{"at_min": 1e999}', "[" * 100_000])
def test_json_that_means_harm_is_an_issue(line: str, tmp_path: Path, knowledge: Knowledge) -> None:
    with pytest.raises(InvalidData):
        read(tmp_path, knowledge, line)


def test_an_unknown_policy_is_told_with_the_nearest_word() -> None:
    with pytest.raises(
        InvalidData, match=r"no policy is called tipical \(did you mean typical\?\)"
    ):
        make_player("tipical")


def test_cautious_play_takes_the_right_options_at_twice_the_time(knowledge: Knowledge) -> None:
    game = Game(knowledge.scenarios[COURIER], knowledge)
    state, _ = play_exercise(game, make_player("cautious"))

    for id, taken in state.taken.items():
        decision = game.scenario.decisions[id]
        assert decision.options[taken.choice.option].score == 3
        assert taken.at_min - state.opened[id] == 2 * decision.due_min


def test_nobody_decides_in_silent_play(knowledge: Knowledge) -> None:
    game = Game(knowledge.scenarios[COURIER], knowledge)
    state, _ = play_exercise(game, make_player("silent"))

    assert state.taken == {}
    assert state.made == {}
