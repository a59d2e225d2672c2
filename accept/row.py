"""A row of the acceptance table: what must hold, what was measured, the verdict."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parents[1]
MARKETPLACE = ROOT / "data" / "marketplace"

Measured: TypeAlias = tuple[str, bool]


class NotRun(Exception):
    """The row cannot be measured here; the message says why."""


@dataclass(frozen=True)
class Row:
    id: str
    check: str
    threshold: str
    measure: Callable[[], Measured]


ROWS: dict[str, Row] = {}


def row(check: str, threshold: str) -> Callable[[Callable[[], Measured]], Callable[[], Measured]]:
    """Make a function a row; its name with hyphens is the row's id."""

    def add(measure: Callable[[], Measured]) -> Callable[[], Measured]:
        id = measure.__name__.replace("_", "-")
        assert id not in ROWS, f"two rows are called {id}"
        ROWS[id] = Row(id, check, threshold, measure)
        return measure

    return add


def need_tool(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise NotRun(f"{name} is not installed")
    return found


def run(*command: str | Path, cwd: Path = ROOT, **more: object) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False, **more)


def piaskit(*words: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "piaskit", *words, cwd=cwd)
