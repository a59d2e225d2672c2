"""The driver of the command's notebooks: it is told what to run, and tells what is done."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from piaskit.errors import InvalidData, Issue, Place
from piaskit.runs import drive
from piaskit.runs.drive import ANALYSES, REPORT, Order, expect_driver, take_driver
from piaskit.runs.fork import start_fork
from piaskit.runs.notebooks import FREE, NotebookStopped

ORDER = Order("shop", Path(), {}, Path("run"), "fork", FREE)
Drive = Callable[[Order], Iterator[Any]]


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
    def work(order: Order) -> Iterator[Any]:
        for name in (*ANALYSES, REPORT):
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
    def work(_: Order) -> Iterator[Any]:
        yield ANALYSES[0], []
        raise failure

    with pytest.raises(type(failure), match=r"KeyError|changed"):
        _drive(monkeypatch, work)


@pytest.mark.usefixtures("steps")
def test_a_driver_that_ends_before_all_is_done_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(_: Order) -> Iterator[Any]:
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
