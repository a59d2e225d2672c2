"""What somebody must hear of when nobody watches, and the command that tells him."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeAlias, TypeVar

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.publication.archive import list_editions
from piaskit.publication.seal import read_manifest
from piaskit.report.results import rank_level
from piaskit.risk.assessment import reaches_level
from piaskit.runs.log import RunLog, open_log, tell_slugs
from piaskit.runs.warm import list_environment

Event: TypeAlias = dict[str, Any]
P = ParamSpec("P")
R = TypeVar("R")

FAILED, RAISED, OVERDUE = "failed", "raised", "overdue"
NEWS = "high"  # from this level on a risk that was not there before is told
PATIENCE = 60  # seconds a hook may take


def find_events(report: Path, case: str) -> list[Event]:
    """Return what a new edition of a report has to tell, against the one before it.

    ``raised``: risks whose current level is higher than before, or that are new and high;
    ``overdue``: actions that are late and were not before. Ids and levels only.
    """
    now = _read(report)
    replaced = (read_manifest(report)["replaces"] or {}).get("edition")
    kept = [edition.folder for edition in list_editions(report) if edition.id == replaced]
    before = _read(kept[0]) if kept else None
    method = now["methods"][0]
    was = _read_levels(before, method) if before else {}
    raised = [
        {"id": id, "from": was.get(id), "to": level}
        for id, level in _read_levels(now, method).items()
        if rank_level(level) > rank_level(was.get(id))
        and (id in was or (before is not None and rank_level(level) >= rank_level(NEWS)))
    ]
    late = set(_read_late(now)) - (set(_read_late(before)) if before else set())
    events: list[Event] = []
    if raised:
        events.append({"event": RAISED, "case": case, "risks": raised})
    if late:
        events.append({"event": OVERDUE, "case": case, "actions": sorted(late)})
    return events


def _read(report: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((report / "results" / "assess.json").read_text("utf-8"))
    return content


def _read_levels(assess: Mapping[str, Any], method: str) -> dict[str, str | None]:
    return {
        risk["id"]: (risk["levels"].get(method, {}).get("current") or {}).get("level")
        for risk in assess["risks"]
    }


def _read_late(assess: Mapping[str, Any]) -> list[str]:
    return [row["id"] for row in (assess.get("treatment") or {}).get("overdue") or ()]


def reaches(report: Path, level: str) -> bool:
    """Tell whether a report's overall level reaches a level; accepted risks are left out."""
    return reaches_level(_read(report), level)


def check_hook(command: str) -> None:
    """Refuse a hook that cannot be read as a command; raises InvalidData ``bad-hook``."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if command and not words:
        place = Place("parameters", column="hook")
        message = "expected a command with its words, quotes closed"
        raise InvalidData([Issue("bad-hook", place, message, quote(command))])


def call_hook(command: str, event: Event) -> str | None:
    """Run the hook for an event, which it gets as JSON on standard input; no shell reads it.

    ``PIASKIT_EVENT`` and ``PIASKIT_CASE`` stand in its environment. Returns what went wrong, or
    None: a hook that fails stops no run.
    """
    if not command:
        return None
    own = {"PIASKIT_EVENT": event["event"], "PIASKIT_CASE": event["case"]}
    try:
        done = subprocess.run(  # noqa: S603  # the caller's own command
            shlex.split(command),
            input=json.dumps(event, ensure_ascii=False),
            text=True,
            env={**list_environment(), **own},
            timeout=PATIENCE,
            stdout=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    return f"exit {done.returncode}" if done.returncode else None


def observe(verb: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Give a function with the arguments ``hook`` and ``log`` a log that is open, and tell failure.

    A ``log`` that is a folder is opened for this run and ended with it; one that is open is
    somebody else's. A failure goes to the hook, and on.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            hook, log = str(kwargs.get("hook") or ""), kwargs.get("log")
            check_hook(hook)
            if isinstance(log, RunLog):
                return function(*args, **kwargs)
            record = open_log(Path(str(log)) if log else None, verb)
            kwargs["log"] = record
            try:
                with record.watch():
                    return function(*args, **kwargs)
            except Exception as failure:
                case = Path(str(args[0])).name if args else ""
                call_hook(hook, {"event": FAILED, "case": case, "because": tell_slugs(failure)})
                raise

        return run

    return decorate
