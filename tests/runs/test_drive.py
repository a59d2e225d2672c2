"""The driver of the command's notebooks: it is told what to run, and tells what is done."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from piaskit.errors import InvalidData, Issue, Place
from piaskit.runs import beside, drive
from piaskit.runs.drive import (
    ANALYSES,
    REPORT,
    Order,
    drive_forked,
    expect_driver,
    take_driver,
)
from piaskit.runs.fork import start_fork
from piaskit.runs.notebooks import FREE, Limits, NotebookStopped

ORDER = Order("shop", Path(), {}, Path("run"), "fork", FREE)
Drive = Callable[..., Iterator[Any]]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let this process have drivers; return what it does when no fork is asked for."""
    taken: list[str] = []
    monkeypatch.setattr(drive, "is_owned", lambda: True)
    monkeypatch.setattr(drive, "warm_driver", lambda: None)
    monkeypatch.setattr(drive, "prepare_analyses", lambda: taken.append("analyses"))
    monkeypatch.setattr(drive, "prepare_publishing", lambda: taken.append("publishing"))
    monkeypatch.setattr(drive, "_drivers", [])
    return taken


def _drive(monkeypatch: pytest.MonkeyPatch, work: Drive) -> list[Any]:
    monkeypatch.setattr(drive, "drive_forked", work)  # in the fork that is the driver
    expect_driver()
    driver = take_driver()
    try:
        return list(driver.drive(ORDER))
    finally:
        with pytest.raises(ProcessLookupError):
            os.kill(driver.process, 0)


def test_notebooks_are_told_as_they_are_done_and_forks_are_made_here(
    monkeypatch: pytest.MonkeyPatch, steps: list[str]
) -> None:
    def work(order: Order, expect: Callable[[], object]) -> Iterator[Any]:
        for name in (*ANALYSES, REPORT):
            if name == REPORT:
                expect()
            with start_fork() as fork:
                fork.ask({"task": "os:getppid", "arguments": {}})
                yield name, [order.case, os.getpid(), fork.shell_channel.read_line()]

    told = _drive(monkeypatch, work)

    assert [name for name, _ in told] == [*ANALYSES, REPORT]
    assert {(case, parent) for _, (case, _, parent) in told} == {("shop", os.getpid())}
    assert os.getpid() not in {driver for _, (_, driver, _) in told}
    assert steps == ["analyses", "publishing"]


@pytest.mark.parametrize(
    "failure",
    [
        NotebookStopped("2-risk.ipynb", 3, "KeyError", "'x'", "trace"),
        InvalidData([Issue("case-changed", Place("case.yaml"), "changed")]),
    ],
)
@pytest.mark.usefixtures("steps")
def test_what_stops_a_notebook_is_raised_here(
    monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def work(*_: Any) -> Iterator[Any]:
        yield ANALYSES[0], []
        raise failure

    with pytest.raises(type(failure), match=r"KeyError|changed"):
        _drive(monkeypatch, work)


@pytest.mark.usefixtures("steps")
def test_a_driver_that_ends_before_all_is_done_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(*_: Any) -> Iterator[Any]:
        yield ANALYSES[0], []
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(RuntimeError, match="drives the notebooks ended"):
        _drive(monkeypatch, work)


@pytest.mark.usefixtures("steps")
def test_a_driver_without_an_order_ends_by_itself() -> None:
    expect_driver()
    driver = drive._drivers.pop()
    driver.control.close()
    driver.talk.close()

    assert os.waitpid(driver.process, 0)[1] == 0


def test_a_process_that_is_not_its_own_has_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drive, "Driver", lambda: pytest.fail("a driver"))

    expect_driver()


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let notebooks be a line each in a file, written in their turn; 3-tabletop may be bad."""
    lines = tmp_path / "ran"

    def run(path: Path, given: Any, engine: str, limits: Limits, turn: Any, *_: Any) -> None:
        with turn, lines.open("a") as stream:
            time.sleep(0 if path.stem == REPORT else 0.15)
            if given == "bad":
                raise NotebookStopped(path.name, 1, "KeyError", "'x'")
            stream.write(f"{path.stem}\n")

    monkeypatch.setattr(drive, "run_notebook", run)
    monkeypatch.setattr(drive, "save_working_paper", lambda *_: None)
    monkeypatch.setattr(beside, "is_warm", lambda: True)
    monkeypatch.setattr(beside, "count_processors", lambda: 2)
    return lines


def test_the_report_comes_when_the_results_of_all_analyses_are_there(
    ran: Path, tmp_path: Path
) -> None:
    given: dict[str, Any] = dict.fromkeys((*ANALYSES, REPORT), "good")
    order = Order("shop", Path(), given, tmp_path / "run", "fork", FREE)

    told = list(drive_forked(order, lambda: time.sleep(0.05)))

    assert [name for name, _ in told] == [*ANALYSES, REPORT]
    *analyses, last = ran.read_text().split()
    assert (sorted(analyses), last) == (sorted(ANALYSES), REPORT)
    assert told[-1][1][0]["seconds"] < 0.15  # that it has waited, twice as long, does not count


def test_the_report_has_no_turn_when_an_analysis_fails(ran: Path, tmp_path: Path) -> None:
    given = {**dict.fromkeys((*ANALYSES, REPORT), "good"), "3-tabletop": "bad"}
    order = Order("shop", Path(), given, tmp_path / "run", "fork", FREE)

    with pytest.raises(NotebookStopped, match="KeyError"):
        list(drive_forked(order))
    assert REPORT not in ran.read_text().split()
