"""A log that was broken off: nothing is lost, what is torn is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from piaskit.case import Case
from piaskit.errors import InvalidData
from piaskit.tabletop import Exercise, run_exercise
from piaskit.tabletop.exercise import Choice, play_exercise
from piaskit.tabletop.log import append_log, mend_log, read_log, write_lines
from piaskit.tabletop.players import make_player, make_reader
from piaskit.tabletop.scenario import Game

BUCKET = "open-storage-bucket"


def play(case: Case, **options: Any) -> Exercise:
    played = run_exercise(BUCKET, case, **options)
    assert isinstance(played, Exercise)
    return played


@pytest.mark.parametrize("policy", ["best", "typical", "random"])
def test_an_exercise_broken_off_after_any_line_goes_on_to_equal_bytes(
    policy: str, case: Case
) -> None:
    game = Game(case.knowledge.scenarios[BUCKET], case.knowledge)
    whole = play_exercise(game, make_player(policy, 5))

    for number in range(len(whole[1]) + 1):
        again = play_exercise(game, make_player(policy, 5), whole[1][:number])
        assert again == whole


def test_what_people_decided_stands_whoever_plays_on(case: Case) -> None:
    game = Game(case.knowledge.scenarios[BUCKET], case.knowledge)
    people = {
        "close": Choice("close", "close-only", 7),
        "authority": Choice("authority", "hope", 90),
    }
    _, log = play_exercise(game, make_reader(people))
    begun = [entry for entry in log if entry["at_min"] <= 100]

    state, after = play_exercise(game, make_player("best"), begun)

    assert after[: len(begun)] == begun
    assert state.taken["close"].choice.option == "close-only"
    assert state.taken["authority"].choice.option == "hope"
    assert state.taken["summary"].choice.option == "six-heads"
    assert [e["at_min"] for e in after] == sorted(e["at_min"] for e in after)


def test_a_log_file_is_written_as_it_happens_and_gone_on_with(case: Case, tmp_path: Path) -> None:
    whole = play(case, seed=4).log_text
    path = tmp_path / "games" / "log.jsonl"
    assert play(case, seed=4, log=path).log_text == whole
    assert path.read_text("utf-8") == whole

    for size in (0, 1, 200, 900, len(whole.encode()) - 1):
        path.write_bytes(whole.encode()[:size])
        played = play(case, seed=4, log=path)
        torn = whole.encode()[:size].rpartition(b"\n")[2].decode("utf-8", "replace")
        assert (played.log_text, played.torn) == (whole, torn)
        assert path.read_text("utf-8") == whole
        assert played.to_dict()["torn_line"] == torn

    assert play(case, seed=99, log=path).log_text == whole


def test_only_the_end_of_the_last_line_can_be_torn(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    log = play(case, policy="best").log
    append_log(path, log[:3])
    with path.open("a", encoding="utf-8") as file:
        file.write('{"n": 4, "at_mi')

    begun = mend_log(path)

    assert begun == (log[:3], '{"n": 4, "at_mi')
    assert read_log(path) == log[:3]
    assert mend_log(tmp_path / "none.jsonl") == ([], "")
    path.write_text(write_lines(log[:2]) + '{"n": 3\n' + write_lines(log[3:4]), "utf-8")
    with pytest.raises(InvalidData, match=r"log\.jsonl row 3: is no line of an exercise"):
        mend_log(path)


def test_a_log_of_another_scenario_or_of_other_packs_is_not_gone_on_with(
    case: Case, tmp_path: Path
) -> None:
    path = tmp_path / "log.jsonl"
    append_log(path, play(case, policy="best").log[:5])
    before = path.read_bytes()
    with pytest.raises(InvalidData, match="does not belong here in rented-courier-account"):
        run_exercise("rented-courier-account", case, log=path)

    path.write_bytes(before.replace(b'"judge"', b'"required"', 1))
    changed = path.read_bytes()
    assert changed != before
    with pytest.raises(InvalidData) as refused:
        play(case, log=path)
    assert str(refused.value) == (
        "log.jsonl row 1: would read otherwise with the packs of today "
        "(go on with the packs of then, or start another log)"
    )
    assert path.read_bytes() == changed
