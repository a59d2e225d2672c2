"""Helpers of a kernel: their answers are those of the work itself, and none outlives its use."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from piaskit.errors import InvalidData, Issue, Place
from piaskit.runs import beside, helpers


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(helpers, "_may_fork", lambda: True)
    monkeypatch.setattr(helpers, "prepare_publishing", lambda: None)
    monkeypatch.setattr(beside, "count_processors", lambda: 2)
    monkeypatch.setattr(helpers, "_address", "")
    with helpers.offer_helpers() as address:
        helpers.expect_helpers(address)
        yield


def _tell_process(number: int) -> tuple[int, int]:
    return number, os.getpid()


def _refuse(number: int) -> None:
    raise InvalidData([Issue("out-not-empty", Place(f"report {number}"), "exists")])


def _end(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _take(size: int) -> int:
    return len(bytearray(size << 20))


@pytest.mark.usefixtures("offered")
def test_helpers_answer_in_the_order_of_the_items() -> None:
    found = beside.spread(_tell_process, [3, 1, 2])

    assert [number for number, _ in found] == [3, 1, 2]
    assert os.getpid() not in {process for _, process in found}


@pytest.mark.usefixtures("offered")
def test_invalid_data_comes_back_from_a_helper_with_its_issues() -> None:
    with pytest.raises(InvalidData, match=r"report [78]: exists"):
        beside.spread(_refuse, [7, 8])


@pytest.mark.usefixtures("offered")
def test_a_helper_that_is_killed_is_told() -> None:
    with pytest.raises(RuntimeError, match="ended"):
        beside.spread(_end, [0, 1])


def test_helpers_that_are_gone_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helpers, "_address", str(tmp_path / "gone"))

    with pytest.raises(RuntimeError, match="ended"):
        helpers.ask_helpers(_tell_process, [0, 1], 2)


@pytest.mark.usefixtures("offered")
def test_one_item_needs_no_helper() -> None:
    assert [(0, os.getpid())] == beside.spread(_tell_process, [0])


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is kept on Linux")
def test_a_helper_takes_no_more_memory_than_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helpers, "_may_fork", lambda: True)
    monkeypatch.setattr(helpers, "prepare_publishing", lambda: None)
    with helpers.offer_helpers(memory=64) as address:
        monkeypatch.setattr(helpers, "_address", address)

        assert helpers.ask_helpers(_take, [1, 2], 2) == [1 << 20, 2 << 20]
        with pytest.raises(MemoryError):
            helpers.ask_helpers(_take, [512, 1], 2)


def test_a_process_that_may_hold_threads_offers_none() -> None:
    with helpers.offer_helpers() as address:
        assert address == ""


OFFERED = """
import os, signal
from piaskit.runs import helpers, warm
warm.own_process()
helpers.prepare_publishing = lambda: None
with helpers.offer_helpers() as address:
    helpers.expect_helpers(address)
    print(address, *helpers.ask_helpers(eval, ["__import__('os').getppid()"] * 2, 2), flush=True)
    {then}
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
@pytest.mark.parametrize("then", ["pass", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_helpers_end_with_the_process_that_offers_them(then: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", OFFERED.format(then=then)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    address, process, _ = ended.stdout.split()

    assert not _runs(process)
    assert Path(address).exists() == (then != "pass")
    shutil.rmtree(Path(address).parent, ignore_errors=True)


def _runs(process: str) -> bool:
    """Tell whether a process is there after a while, and not only its entry."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0]
        except OSError:
            return False
        if state == "Z":
            return False
        time.sleep(0.02)
    return True
