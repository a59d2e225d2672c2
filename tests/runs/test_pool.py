"""The pool of a kernel: its answers are those of the work itself, and no worker outlives it."""

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
from piaskit.runs import beside, pool


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(pool, "_may_fork", lambda: True)
    monkeypatch.setattr(pool, "prepare_publishing", lambda: None)
    monkeypatch.setattr(beside, "count_processors", lambda: 2)
    monkeypatch.setattr(pool, "_address", "")
    with pool.offer_pool() as address:
        pool.join_pool(address)
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
def test_workers_answer_in_the_order_of_the_items() -> None:
    found = beside.spread(_tell_process, [3, 1, 2])

    assert [number for number, _ in found] == [3, 1, 2]
    assert os.getpid() not in {process for _, process in found}


@pytest.mark.usefixtures("offered")
def test_invalid_data_comes_back_from_a_worker_with_its_issues() -> None:
    with pytest.raises(InvalidData, match=r"report [78]: exists"):
        beside.spread(_refuse, [7, 8])


@pytest.mark.usefixtures("offered")
def test_a_worker_that_is_killed_is_told() -> None:
    with pytest.raises(RuntimeError, match="ended"):
        beside.spread(_end, [0, 1])


def test_a_pool_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_address", str(tmp_path / "gone"))

    with pytest.raises(RuntimeError, match="ended"):
        pool.ask_pool(_tell_process, [0, 1], 2)


@pytest.mark.usefixtures("offered")
def test_one_item_needs_no_worker() -> None:
    assert [(0, os.getpid())] == beside.spread(_tell_process, [0])


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is kept on Linux")
def test_a_worker_takes_no_more_memory_than_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_may_fork", lambda: True)
    monkeypatch.setattr(pool, "prepare_publishing", lambda: None)
    with pool.offer_pool(memory=64) as address:
        monkeypatch.setattr(pool, "_address", address)

        assert pool.ask_pool(_take, [1, 2], 2) == [1 << 20, 2 << 20]
        with pytest.raises(MemoryError):
            pool.ask_pool(_take, [512, 1], 2)


@pytest.mark.usefixtures("offered")
@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
def test_workers_that_have_ended_leave_no_entry() -> None:
    (_, worker), _ = beside.spread(_tell_process, [1, 2])

    for _ in range(200):
        if not Path(f"/proc/{worker}").exists():
            return
        time.sleep(0.02)
    pytest.fail("a zombie")


def test_a_process_that_may_hold_threads_offers_none() -> None:
    with pool.offer_pool() as address:
        assert address == ""


OFFERED = """
import os, signal
from piaskit.runs import pool, process, warm
warm.own_process()
{first}
pool.prepare_publishing = lambda: None
with pool.offer_pool() as address:
    pool.join_pool(address)
    print(address, *pool.ask_pool(eval, ["__import__('os').getppid()"] * 2, 2), flush=True)
    {then}
"""
KILL = "os.kill(os.getpid(), signal.SIGKILL)"
UNTOLD = "process._end_with = lambda _: None"  # as where the system does not end forks


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
@pytest.mark.parametrize(("first", "then"), [("", "pass"), ("", KILL), (UNTOLD, KILL)])
def test_a_pool_ends_with_the_process_that_offers_it(first: str, then: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", OFFERED.format(first=first, then=then)],
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
