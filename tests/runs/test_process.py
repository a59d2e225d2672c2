"""A process forks others, serves forks and ends when it is told."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from piaskit.runs import fork, process

pytestmark = pytest.mark.skipif(not fork.can_fork(), reason="this system has no forks")


def test_a_fork_that_is_killed_while_it_answers_has_no_answer(tmp_path: Path) -> None:
    def answer() -> bytes:
        (tmp_path / "pid").write_text(str(os.getpid()))
        return b"more than a pipe holds" * 10_000

    wait = process.start_apart(answer)
    while not (tmp_path / "pid").is_file() or not (tmp_path / "pid").read_text():
        time.sleep(0.01)
    time.sleep(0.1)  # it writes until the pipe is full
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)

    assert wait() is None
    assert process.start_apart(lambda: 7)() == 7


def test_a_signal_that_comes_amid_a_fork_is_heard_after_it() -> None:
    code = """if True:
        import os, signal
        from piaskit.runs.process import end_soon, fork_apart
        signal.signal(signal.SIGTERM, lambda *_: end_soon())
        os.register_at_fork(before=lambda: os.kill(os.getpid(), signal.SIGTERM))
        try:
            fork_apart(lambda: None)
        except KeyboardInterrupt:
            print("heard")
    """

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("heard\n", "")


def test_a_process_that_was_told_to_end_serves_no_more_forks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "_ending", False)
    with pytest.raises(KeyboardInterrupt):
        process.end_soon()
    near, far = socket.socketpair()

    with near, far, pytest.raises(KeyboardInterrupt):
        next(process.serve_forks(near, [lambda: pytest.fail("went on")]))
