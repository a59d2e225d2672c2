"""A case's turn in a portfolio: its report when something changed, and its state, kept."""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from piaskit.case.check import take_case
from piaskit.errors import InvalidData
from piaskit.publication.archive import list_editions
from piaskit.publication.place import lock_folder
from piaskit.publication.seal import MANIFEST, digest_content
from piaskit.publication.verify import verify_edition
from piaskit.runs.beside import share_processors
from piaskit.runs.events import FAILED, Event
from piaskit.runs.log import RunLog, tell_slugs
from piaskit.runs.notebooks import Limits, NotebookStopped
from piaskit.runs.opened import check_once
from piaskit.runs.parameters import resolve_as_of
from piaskit.runs.report import is_report, write_report
from piaskit.runs.run import write_json

Result: TypeAlias = dict[str, Any]

STATE = "state.json"
BUSY = "busy"  # somebody else has this case now
SHOWN = 2000  # characters of an error that the state keeps


def take_turn(
    id: str,
    case: str,
    out: str,
    options: Mapping[str, Any],
    *,
    wait: bool = False,
    engine: str = "",
    limits: Mapping[str, int | None] | None = None,
    scratch: str = "",
    sharers: int = 1,
) -> Result:
    """Write the report of one case below ``out`` unless nothing changed, and keep its state.

    All is plain JSON, so that a process or machine elsewhere can be asked. ``out`` is the folder
    of the portfolio; ``options`` are those of ``write_report``; ``scratch`` a folder for what is
    temporary; so many ``sharers`` take their turns at a time on the processors of this machine.

    Returns ``id, status`` (``done``, ``unchanged``, ``failed``, or ``busy`` when somebody else has
    the case and ``wait`` is off), ``seconds``, ``error``, ``events`` for the hook and lines of
    ``log``.
    """
    started = time.perf_counter()
    share_processors(sharers)
    if scratch:
        tempfile.tempdir = scratch
    report, kept = find_report(Path(out), id), find_state(Path(out), id)
    kept.mkdir(parents=True, exist_ok=True)
    turn: Result = {"id": id, "status": BUSY, "seconds": 0.0, "error": None, "events": []}
    log = RunLog()
    with lock_folder(kept, wait=wait) as mine:
        if not mine:
            return {**turn, "log": []}
        try:
            rests_on = digest_case(Path(case), options)
            before = read_state(kept)
            if _is_fresh(before, rests_on, report):
                turn["status"] = "unchanged"
            else:
                job = _Job(id, Path(case), report, kept, options, engine, limits or {}, log)
                turn["events"] = job.do(rests_on, before)
                turn["status"] = "done"
        except Exception as failure:  # the next case shall have its turn all the same
            slugs = tell_slugs(failure)
            turn |= {"status": "failed", "error": tell_failure(failure)}
            turn["events"] = [{"event": FAILED, "case": id, "because": slugs}]
            log.note("failed", case=id, because=slugs)
            _keep_failure(kept, id, turn["error"])
    turn["seconds"] = round(time.perf_counter() - started, 2)
    log.note("case", case=id, status=turn["status"], seconds=turn["seconds"])
    return {**turn, "log": log.lines}


def find_report(out: Path, id: str) -> Path:
    """Return the folder of a case's report in a portfolio."""
    return out / "cases" / id


def find_state(out: Path, id: str) -> Path:
    """Return the folder of a case's state in a portfolio."""
    return out / "state" / id


def read_state(folder: Path) -> Result:
    """Return the state of a case; empty while there is none that can be read."""
    try:
        state: Result = json.loads((folder / STATE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return state


def digest_case(case: Path, options: Mapping[str, Any]) -> str:
    """Return the SHA-256 of all that a report rests on: files, day, options, packs, program."""
    from piaskit import __version__

    packs = Path(options["packs"]) if options.get("packs") else None
    return digest_content(
        {
            "piaskit": __version__,
            "as_of": resolve_as_of(case, options.get("as_of") or None).isoformat(),
            "options": {name: value for name, value in options.items() if name != "packs"},
            "case": dict(_list_files(case)),
            "packs": dict(_list_files(packs)) if packs else {},
        }
    )


def _list_files(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            with path.open("rb") as file:
                yield name.as_posix(), hashlib.file_digest(file, "sha256").hexdigest()


def _is_fresh(state: Result, rests_on: str, report: Path) -> bool:
    """Tell whether the last turn was a good one, rested on the same, and nobody touched it."""
    same = state.get("status") == "done" and state.get("rests_on") == rests_on
    return same and is_report(report) and verify_edition(report).ok


@dataclass(frozen=True)
class _Job:
    """The report of one case that is due."""

    id: str
    case: Path
    report: Path
    kept: Path
    options: Mapping[str, Any]
    engine: str
    limits: Mapping[str, int | None]
    log: RunLog

    def do(self, rests_on: str, before: Result) -> list[Event]:
        """Write the report and the state; return what it has to tell."""
        answer = write_report(
            self.case,
            self.report,
            engine=self.engine,
            limits=Limits(**self.limits),
            log=self.log,
            **self.options,
        )
        state = {
            "piaskit": _read(self.report / MANIFEST)["piaskit"],
            "schema": 1,
            "id": self.id,
            "status": "done",
            "error": None,
            "rests_on": rests_on,
            "edition": answer["edition"],
            "files": [file["path"] for file in answer["files"]],
            "summary": _summarise(self.case, self.report, self.options),
            "editions": _count_editions(self.report, before.get("editions") or []),
        }
        write_json(self.kept / STATE, state)
        return [{**event, "case": self.id} for event in answer["events"]]


def _summarise(case: Path, report: Path, options: Mapping[str, Any]) -> Result:
    from piaskit.report.group import summarise_case

    day = resolve_as_of(case, options.get("as_of") or None)
    check = check_once(case.resolve(), options.get("packs"), day)
    data = take_case(check, keep_going=bool(options.get("keep_going")))
    results = {name: _read_result(report, name) for name in ("ledger", "screen", "assess")}
    return summarise_case(data, results)


def _count_editions(report: Path, known: list[Result]) -> list[Result]:
    """Return the counts of every edition that is kept, oldest first; known ones are not read."""
    from piaskit.report.group import count_edition

    counted = {edition["edition"]: edition for edition in known}
    found = []
    for folder in (*(edition.folder for edition in list_editions(report)), report):
        id = str(_read(folder / MANIFEST).get("edition") or folder.name)
        own = counted.get(id) or {"edition": id, **count_edition(_read_result(folder, "assess"))}
        found.append(own)
    return sorted(found, key=lambda edition: (edition["as_of"], edition["edition"]))


def _read_result(report: Path, name: str) -> Result:
    return _read(report / "results" / f"{name}.json")


def _read(path: Path) -> Result:
    content: Result = json.loads(path.read_text("utf-8"))
    return content


def tell_failure(failure: BaseException) -> str:
    """Say what stopped a case: the words of its issues, else the kind of the surprise."""
    if isinstance(failure, InvalidData | NotebookStopped):
        return str(failure)[:SHOWN]
    return f"{type(failure).__name__}: {failure}"[:SHOWN]


def _keep_failure(kept: Path, id: str, error: str) -> None:
    """Note a failure beside what the last good turn left, where the disk has room for it."""
    state = {"schema": 1, "id": id, **read_state(kept), "status": "failed", "error": error}
    try:
        write_json(kept / STATE, state)
    except OSError:
        (kept / STATE).unlink(missing_ok=True)  # so that the next run tries again
