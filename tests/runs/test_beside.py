"""Work that is spread over processors gives what it gives in a row."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from piaskit.errors import InvalidData, Issue, Place
from piaskit.runs import beside, process


@pytest.fixture
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "is_warm", lambda: True)
    monkeypatch.setattr(beside, "count_processors", lambda: 2)


def test_a_process_that_is_not_warm_does_all_the_work_itself() -> None:
    found = beside.spread(lambda number: (number, os.getpid()), range(3))

    assert [(number, os.getpid()) for number in range(3)] == found


@pytest.mark.usefixtures("warm")
def test_a_warm_process_forks_and_answers_keep_the_order_of_the_items() -> None:
    held = {"inherited": 10}

    found = beside.spread(lambda number: (held["inherited"] * number, os.getpid()), [3, 1, 2])

    assert [answer for answer, _ in found] == [30, 10, 20]
    assert os.getpid() not in {process for _, process in found}


@pytest.mark.usefixtures("warm")
def test_what_a_fork_raises_is_raised_here() -> None:
    def refuse(number: int) -> int:
        raise ValueError(f"no {number}")

    with pytest.raises(ValueError, match=r"no [78]"):
        beside.spread(refuse, [7, 8])


@pytest.mark.usefixtures("warm")
def test_invalid_data_comes_back_from_a_fork_with_its_issues() -> None:
    issue = Issue("out-not-empty", Place("report"), "exists")

    def refuse(_: int) -> int:
        raise InvalidData([issue])

    with pytest.raises(InvalidData) as stopped:
        beside.spread(refuse, [0, 1])

    assert stopped.value.issues == (issue,)


@pytest.mark.usefixtures("warm")
def test_a_fork_that_is_killed_is_told() -> None:
    with pytest.raises(RuntimeError, match="ended"):
        beside.spread(lambda _: os.kill(os.getpid(), signal.SIGKILL), [0, 1])


@pytest.mark.usefixtures("warm")
def test_one_item_needs_no_fork() -> None:
    assert [os.getpid()] == beside.spread(lambda _: os.getpid(), [0])


def test_who_shares_the_processors_does_not_fork_for_a_part_of_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(beside, "is_warm", lambda: True)
    monkeypatch.setattr(beside, "_sharers", 1)
    own = beside.count_processors()

    beside.share_processors(own)

    assert beside.count_processors() == 1
    assert beside.spread(lambda _: os.getpid(), range(2)) == [os.getpid()] * 2


@pytest.mark.usefixtures("warm")
def test_each_fork_has_the_threads_of_its_part_of_the_processors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RAYON_NUM_THREADS", "9")

    found = beside.spread(lambda _: os.environ["RAYON_NUM_THREADS"], [1, 2, 3])

    assert found == ["1", "1", "1"]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
@pytest.mark.usefixtures("warm")
def test_forks_that_have_answered_are_gone_when_the_process_that_made_them_ends() -> None:
    def ask() -> list[int]:
        return beside.spread(lambda _: os.getpid(), [0, 1])

    def ask_twice() -> list[int]:
        first = ask()
        assert beside.spread(lambda _: len(process._leaving), [0, 1]) == [0, 0]
        return [*first, *ask()]

    forks = process.start_apart(ask_twice)()

    assert forks is not None
    assert not [fork for fork in forks if Path(f"/proc/{fork}").exists()]
