"""What a fresh clone does with nothing but python3 and make."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from accept.row import ROOT, Measured, NotRun, need_tool, row, run


def _time_twice(target: str) -> tuple[list[float], str, int]:
    """Run a make target twice in a fresh clone; return seconds, the last output and exit code."""
    need_tool("make")
    if not (ROOT / ".git").exists():
        raise NotRun("this is no git checkout")
    folder = Path(tempfile.mkdtemp(prefix="piaskit-accept-"))
    hidden = ("VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    environment = {k: v for k, v in os.environ.items() if k not in hidden}
    own = str(ROOT / ".venv" / "bin")
    paths = [part for part in environment["PATH"].split(os.pathsep) if part != own]
    environment["PATH"] = os.pathsep.join(paths)
    try:
        run("git", "clone", "-q", ROOT, folder / "piaskit")
        seconds = []
        for _ in range(2):
            started = time.perf_counter()
            done = run("make", target, cwd=folder / "piaskit", env=environment)
            seconds.append(time.perf_counter() - started)
            if done.returncode:
                return seconds, done.stdout[-300:] + done.stderr[-600:], done.returncode
        return seconds, done.stdout, 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tell(seconds: list[float]) -> str:
    return f"first {seconds[0]:.0f} s, second {seconds[-1]:.0f} s"


@row("A fresh clone makes the worked case's reports with `make demo`", "exit 0; 12 reports")
def fresh_demo() -> Measured:
    seconds, output, code = _time_twice("demo")
    if code:
        return output, False
    reports = sum(f"report.{lang}." in output for lang in ("zh", "en"))
    return _tell(seconds), reports == 2


@row("A fresh clone passes `make test`", "exit 0, under 480 s")
def fresh_test() -> Measured:
    seconds, output, code = _time_twice("test")
    if code:
        return output, False
    return f"{_tell(seconds)}; {output.strip().splitlines()[-1]}", seconds[0] < 480
