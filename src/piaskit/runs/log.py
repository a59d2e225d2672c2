"""The log of a run: JSON lines of what was done, read and written, and how long it took.

No text of a case gets here: only ids, names of files, digests, slugs, times and numbers.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias

from piaskit.display import Content, Grid
from piaskit.errors import InvalidData, Issue, Place, quote

Line: TypeAlias = dict[str, Any]

FOLDER = "runs"  # of a portfolio
ENDING = ".jsonl"
OPEN = "running"  # or killed: nobody wrote its end


@dataclass
class RunLog:
    """Lines in the order they were noted: written as they come where there is a file, else kept."""

    id: str = ""
    file: Path | None = None
    lines: list[Line] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def note(self, event: str, **facts: Any) -> None:
        """Note an event with its time."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.add([{"at": at, "event": event, **facts}])

    def add(self, lines: Iterable[Line]) -> None:
        """Add lines that were noted elsewhere."""
        with self.lock:
            fresh = [{"run": self.id, **line} if self.id else line for line in lines]
            if self.file is None:
                self.lines += fresh
            else:
                text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in fresh)
                with self.file.open("a", encoding="utf-8", newline="\n") as stream:
                    stream.write(text)

    @contextmanager
    def time(self, step: str, **facts: Any) -> Iterator[Callable[[], None]]:
        """Note a step with its seconds once the block ends, however it ends.

        They begin anew when what is yielded is called.
        """
        started = time.perf_counter()

        def begin() -> None:
            nonlocal started
            started = time.perf_counter()

        try:
            yield begin
        finally:
            self.note("step", step=step, seconds=round(time.perf_counter() - started, 3), **facts)

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Note the end of the run, whatever it is."""
        started = time.perf_counter()
        status = "failed"
        try:
            yield
            status = "done"
        except BaseException as failure:
            self.note("failed", because=tell_slugs(failure))
            raise
        finally:
            self.note("end", status=status, seconds=round(time.perf_counter() - started, 3))


def open_log(folder: Path | None, verb: str) -> RunLog:
    """Begin a log in a folder, in a file of its own; without a folder nothing is written.

    Raises InvalidData ``cannot-write``.
    """
    from piaskit import __version__

    id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid():x}{time.time_ns() % 0xFFFFF:05x}"
    if folder is None:
        return RunLog(id)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        log = RunLog(id, folder / f"{id}{ENDING}")
        log.note("start", verb=verb, piaskit=__version__)
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise InvalidData([Issue("cannot-write", Place(folder.name), message)]) from None
    return log


def tell_slugs(failure: BaseException) -> list[str]:
    """Name what stopped a run without its words, which may quote a case.

    >>> tell_slugs(InvalidData([Issue("bad-id", Place("flows.csv", row=3), "Li Lei is no id")]))
    ['bad-id flows.csv row 3']
    """
    if isinstance(failure, InvalidData):
        return [f"{issue.slug} {issue.place}" for issue in failure.issues[:20]]
    name = getattr(failure, "name", None)
    kind = type(failure).__name__
    return [f"{kind} {name}" if isinstance(name, str) else kind]


@dataclass(frozen=True, repr=False)
class RunRecord:
    """A run as its log tells it."""

    id: str
    lines: tuple[Line, ...]

    @property
    def started(self) -> str:
        return str(self.lines[0]["at"]) if self.lines else ""

    @property
    def verb(self) -> str:
        return str(self.lines[0].get("verb", "")) if self.lines else ""

    @property
    def end(self) -> Line:
        return next((line for line in self.lines if line["event"] == "end"), {})

    @property
    def status(self) -> str:
        return str(self.end.get("status", OPEN))

    def list_steps(self) -> list[Line]:
        """Return the steps with their seconds, the longest first."""
        steps = [line for line in self.lines if line["event"] == "step"]
        return sorted(steps, key=lambda line: -line["seconds"])

    def list_files(self, event: str) -> list[Line]:
        """Return what was ``read`` or ``wrote``: case, file and digest."""
        return [
            {"case": line.get("case"), "file": name, "sha256": digest}
            for line in self.lines
            if line["event"] == event
            for name, digest in line["files"].items()
        ]

    def sum_up(self) -> dict[str, Any]:
        """Return the run in one row of ``runs list``."""
        ends = [line for line in self.lines if line["event"] == "case"]
        return {
            "id": self.id,
            "started": self.started,
            "verb": self.verb,
            "status": self.status,
            "seconds": self.end.get("seconds"),
            "cases": len(ends),
            "failed": sum(line["status"] == "failed" for line in ends),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the run whole: its row, cases, steps, what it read and wrote."""
        return {
            **self.sum_up(),
            "case_ends": [line for line in self.lines if line["event"] == "case"],
            "steps": self.list_steps(),
            "read": self.list_files("read"),
            "wrote": self.list_files("wrote"),
            "failures": [line for line in self.lines if line["event"] == "failed"],
        }

    def _repr_html_(self) -> str:
        steps: list[list[Content]] = [
            [str(line.get("case") or ""), str(line["step"]), line["seconds"]]
            for line in self.list_steps()
        ]
        return Grid(self.id, ("case", "step", "s"), steps, "en")._repr_html_()

    def __repr__(self) -> str:
        return f"<RunRecord {self.id}: {self.verb} {self.status}, {len(self.lines)} lines>"


def list_runs(folder: str | Path) -> list[RunRecord]:
    """Return the runs whose logs lie in a folder, or in that of a portfolio, oldest first.

    >>> list_runs("no-such-folder")
    []
    """
    place = Path(folder)
    place = place / FOLDER if (place / FOLDER).is_dir() else place
    return [RunRecord(path.stem, tuple(_read(path))) for path in sorted(place.glob(f"*{ENDING}"))]


def _read(path: Path) -> Iterator[Line]:
    """Yield the lines of a log; the last one of a killed run may be torn, and is left out."""
    for text in path.read_text("utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, Mapping) and {"at", "event"} <= set(line):
            yield dict(line)


def show_run(folder: str | Path, id: str = "") -> RunRecord:
    """Return one run of a folder by its id, or the beginning of it; blank is the last one.

    Raises InvalidData ``unknown-run``.
    """
    runs = list_runs(folder)
    found = [run for run in runs if run.id.startswith(id)]
    if not found or (id and len(found) > 1 and found[0].id != id):
        ids = [run.id for run in runs]
        near = get_close_matches(id, ids, 1, 0.5)
        hint = (
            f"did you mean {near[0]}?" if near else "there are " + (", ".join(ids[-5:]) or "none")
        )
        message = f"{quote(id)} is no run, or several" if id else "holds no log of a run"
        place = Place(Path(folder).name)
        raise InvalidData([Issue("unknown-run", place, message, quote(id), hint)])
    return found[-1]
