"""The notebooks of a report, driven one beside the other: cells sent, working papers kept.

The command has a *driver* do that, a fork it makes before it imports anything heavy: the driver
imports what sends cells while the command imports what they need, and the command, warm then, forks
what runs them whenever the driver asks.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from piaskit.runs.beside import begin_apart, count_processors, spread, take_done
from piaskit.runs.fork import can_fork, take_forks_from
from piaskit.runs.kernels import Kernel, stop_kernels
from piaskit.runs.log import Line, RunLog
from piaskit.runs.notebooks import FREE_TURN, Limits, run_notebook
from piaskit.runs.paper import save_working_paper
from piaskit.runs.pool import ENDED
from piaskit.runs.process import fork_apart, serve_forks
from piaskit.runs.warm import is_owned, prepare_analyses, prepare_publishing, warm_driver

ANALYSES = ("2-risk", "1-inventory", "3-tabletop")  # the longest first
REPORT = "4-report"
_drivers: list[Driver] = []  # one at most


@dataclass(frozen=True, slots=True)
class Order:
    """What to run: notebooks of a folder, by name their parameters, of which case, where to.

    Working papers are left below ``work``.
    """

    case: str
    folder: Path
    given: Mapping[str, Mapping[str, Any]]
    work: Path
    engine: str
    limits: Limits

    def make(
        self,
        name: str,
        turn: AbstractContextManager[object] = FREE_TURN,
        start: Callable[[], Kernel] | None = None,
    ) -> list[Line]:
        """Run a notebook, keep its working paper and return what is to be logged.

        ``turn`` and the kernel that ``start`` returns are those of ``run_notebook``.
        """
        timed = RunLog()
        path, given = self.folder / f"{name}.ipynb", self.given[name]
        with timed.time(name, case=self.case) as begin:
            kernel = start() if start else None
            spare = self.work.parent
            own = _begin(turn, begin)
            made = run_notebook(path, given, self.engine, self.limits, own, spare, kernel)
        save_working_paper(made, self.work / "working", name)
        return timed.lines


@contextmanager
def _begin(turn: AbstractContextManager[object], begin: Callable[[], None]) -> Iterator[None]:
    with turn:
        begin()
        yield


def drive_forked(
    order: Order, expect: Callable[[], object] | None = None
) -> Generator[tuple[str, list[Line]], None, None]:
    """Yield notebooks with what was logged, when all analyses are done and then the report.

    The notebook of the report gets ready meanwhile, once ``expect`` has returned; its cells run
    when the results of all others are there. No thread is beside the forks.
    """
    told, results = os.pipe()

    @contextmanager
    def tell() -> Iterator[None]:
        yield
        os.write(results, b".")

    @contextmanager
    def wait() -> Iterator[None]:
        for _ in ANALYSES:
            if not os.read(told, 1):
                raise RuntimeError(ENDED)
        yield

    def analyse(name: str) -> list[Line]:
        return order.make(name, tell())

    def report() -> list[Line]:
        os.close(results)
        if expect is not None:
            expect()
        return order.make(REPORT, wait())

    try:
        with begin_apart(report) as finish:
            yield from zip(ANALYSES, spread(analyse, ANALYSES), strict=True)
            yield REPORT, finish()
    finally:
        os.close(told)
        os.close(results)


def drive_threaded(
    make: Callable[..., list[Line]],
) -> Generator[tuple[str, list[Line]], None, None]:
    """Yield notebooks as they are done; the last one gets ready when the first is done.

    No more run at a time than there are processors, so that the longest has one of its own.
    """
    analysed = threading.Event()

    @contextmanager
    def wait() -> Iterator[None]:
        analysed.wait()
        yield

    at_once = max(2, min(count_processors(), len(ANALYSES)))
    with ThreadPoolExecutor(at_once) as pool, ThreadPoolExecutor(1) as after:
        runs = {pool.submit(make, name): name for name in ANALYSES}
        last: list[Future[list[Line]]] = []
        try:
            for run in take_done(runs):
                lines = run.result()
                if not last:
                    last.append(after.submit(make, REPORT, wait()))
                yield runs[run], lines
            analysed.set()
            for run in take_done(last):
                yield REPORT, run.result()
        except BaseException:
            analysed.set()
            _abandon(pool, (*runs, *last))
            raise


def _abandon(pool: ThreadPoolExecutor, runs: Iterable[Future[list[Line]]]) -> None:
    """Let nobody wait for what runs: a kernel may be starting, so they are asked until all end."""
    pool.shutdown(wait=False, cancel_futures=True)
    while not all(run.done() for run in runs):
        stop_kernels()
        time.sleep(0.1)


class Driver:
    """A fork of the command that drives the notebooks of one order."""

    def __init__(self) -> None:
        self.control, control = socket.socketpair()
        self.talk, talk = Pipe()

        def drive() -> None:
            self.control.close()
            self.talk.close()
            _drive(control, talk)

        self.process = fork_apart(drive)
        control.close()
        talk.close()

    def drive(self, order: Order) -> Generator[tuple[str, list[Line]], None, None]:
        """Have an order driven and fork for it; yield notebooks as they are done.

        What this process has not imported yet it imports before, what only the last notebook needs
        when no fork is asked for. Raises what the driver ran into, RuntimeError when it ends before
        all is done.
        """
        try:
            with suppress(OSError):  # of a driver that has ended one hears below
                self.talk.send(order)
            left = {*ANALYSES, REPORT}
            prepare_analyses()
            for told in serve_forks(self.control, (prepare_publishing, self._call), self.talk):
                if isinstance(told, Exception):
                    raise told
                left.discard(told[0])
                yield told
            if left:
                raise RuntimeError("the process that drives the notebooks ended")
        finally:
            self.close()

    def _call(self) -> None:
        """Let the last notebook get ready."""
        with suppress(OSError):
            self.talk.send(None)

    def close(self) -> None:
        """End the driver, and with it what it has asked for."""
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        self.control.close()
        self.talk.close()


def expect_driver() -> None:
    """Fork the driver of a process that will order soon, and may fork: the sooner, the lighter."""
    if is_owned() and can_fork() and not _drivers:
        _drivers.append(Driver())


def take_driver() -> Driver:
    """Return the driver that is expected."""
    expect_driver()
    return _drivers.pop()


def _drive(control: socket.socket, talk: Connection) -> None:
    take_forks_from(control)
    warm_driver()
    try:
        order = talk.recv()
        for done in drive_forked(order, talk.recv):  # until what it needs is imported
            talk.send(done)
    except EOFError:  # nothing is to be driven
        return
    except Exception as failure:
        talk.send(failure)
