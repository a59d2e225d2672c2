"""The log of an exercise as a file: written line by line, read strictly, mended when torn."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, get_args

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.knowledge.folder import suggest
from piaskit.knowledge.scenario import Way
from piaskit.tabletop.exercise import Entry, Rating
from piaskit.tabletop.scenario import Game

_LARGEST = 5_000_000  # bytes of a log


class Begun(NamedTuple):
    """What a log holds; ``torn`` is the broken end of its last line, left out."""

    log: list[Entry]
    torn: str


def write_lines(log: Iterable[Entry]) -> str:
    """Return entries as JSON lines; equal exercises have equal text."""
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in log)


def append_log(path: Path, log: Iterable[Entry]) -> None:
    """Add entries to a file and have them on the disk before anything else happens.

    Raises InvalidData when the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(write_lines(log))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise InvalidData([Issue("cannot-write", Place(path.name), message)]) from None


def mend_log(path: Path) -> Begun:
    """Read a log that may have been broken off; a torn last line is cut from the file.

    Only an end without its line break can be torn. A file that is absent holds nothing yet.
    Raises InvalidData for any other line that is none.
    """
    if not path.exists():
        return Begun([], "")
    data = _read_bytes(path)
    whole, broke, torn = data.rpartition(b"\n")
    if torn:
        try:
            with path.open("r+b") as file:
                file.truncate(len(whole + broke))
        except OSError as error:
            message = f"cannot be written: {error.strerror}"
            raise InvalidData([Issue("cannot-write", Place(path.name), message)]) from None
    log = _parse(path, whole) if whole else []
    return Begun(log, torn.decode("utf-8", "replace"))


def read_log(path: Path) -> list[Entry]:
    """Read a log, one JSON object per line; raises InvalidData for what is none."""
    log = _parse(path, _read_bytes(path))
    if not log:
        raise InvalidData([Issue("exercise-log", Place(path.name), "is empty")])
    return log


def _read_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            raise InvalidData([Issue("exercise-log", Place(path.name), "is too large")])
        return path.read_bytes()
    except OSError:
        raise InvalidData([Issue("exercise-log", Place(path.name), "cannot be read")]) from None


def _parse(path: Path, data: bytes) -> list[Entry]:
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise InvalidData([Issue("exercise-log", Place(path.name), "cannot be read")]) from None
    log: list[Entry] = []
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        if not _is_entry(entry, number, log):
            place = Place(path.name, row=number)
            hint = "lines are n, at_min, kind, ids, values, numbered and in order of time"
            message = "is no line of an exercise"
            raise InvalidData([Issue("exercise-log", place, message, quote(line), hint)])
        log.append(entry)
    return log


_VALUES: dict[str, dict[str, type | tuple[type, ...]]] = {
    "start": {"controls": list},
    "inject": {},
    "decision": {"option": str, "persons": (dict, type(None)), "why": str},
    "notice": {"sent": list},
    "clock": {"state": str, "deadline_min": (int, type(None))},
    "end": {"ending": str},
    "step": {},
    "note": {"text": str, "rating": (str, type(None))},
    "attendance": {"roles": list},
}
_WAYS = get_args(Way)
_RATINGS = get_args(Rating)


def _is_entry(entry: Any, number: int, log: list[Entry]) -> bool:
    if not isinstance(entry, dict) or set(entry) != {"n", "at_min", "kind", "ids", "values"}:
        return False
    kind, ids, values = entry["kind"], entry["ids"], entry["values"]
    if not isinstance(kind, str) or kind not in _VALUES or (kind == "start") != (number == 1):
        return False
    if entry["n"] != number or type(entry["at_min"]) is not int or entry["at_min"] < 0:
        return False
    if log and entry["at_min"] < log[-1]["at_min"]:
        return False
    if not (isinstance(ids, list) and len(ids) == 1 and isinstance(ids[0], str)):
        return False
    if not isinstance(values, dict):
        return False
    if any(not isinstance(values.get(name), of) for name, of in _VALUES[kind].items()):
        return False
    if kind == "start":
        luck = values.get("luck")
        return _are_words(values["controls"]) and (
            luck is None or (type(luck) is int and luck >= 0)
        )
    if kind == "note":
        return values["rating"] is None or values["rating"] in _RATINGS
    if kind == "attendance":
        return _are_words(values["roles"])
    if kind == "decision":
        messages = values.get("notices", [])
        built = isinstance(messages, list) and all(map(_is_message, messages))
        return _is_range(values["persons"]) and built
    return True


def _is_range(persons: Any) -> bool:
    return persons is None or (
        set(persons) == {"low", "best", "high"}
        and all(type(count) is int and count >= 0 for count in persons.values())
    )


def _is_message(message: Any) -> bool:
    return (
        isinstance(message, dict)
        and set(message) == {"duties", "way", "elements", "text"}
        and _are_words(message["duties"])
        and _are_words(message["elements"])
        and message["way"] in _WAYS
        and isinstance(message["text"], str)
    )


def _are_words(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def check_ids(file: str, log: list[Entry], game: Game) -> None:
    """Refuse a log that names what the scenario does not have, or tells it out of turn."""
    scenario = game.scenario
    duties = {duty for pack in game.knowledge.duties.values() for duty in pack.duties}
    known: dict[str, Iterable[str]] = {
        "start": [scenario.id],
        "inject": scenario.injects,
        "decision": scenario.decisions,
        "notice": scenario.decisions,
        "clock": duties,
        "end": [scenario.id],
        "step": [scenario.id],
        "note": [scenario.id, *scenario.objectives],
        "attendance": [scenario.id],
    }
    opened: set[str] = set()
    taken: set[str] = set()
    for entry in log:
        kind, id, values = entry["kind"], entry["ids"][0], entry["values"]
        fits = id in known[kind]
        if fits and kind == "inject":
            opened |= {d for d, decision in scenario.decisions.items() if id in decision.opens}
        elif fits and kind == "decision":
            options = scenario.decisions[id].options
            fits = id in opened and id not in taken and values["option"] in options
            if fits and "notices" in values:
                meant = [list(notice.duties) for notice in options[values["option"]].notices]
                fits = [message["duties"] for message in values["notices"]] == meant
            taken.add(id)
        elif kind == "notice":
            fits = id in taken
        if not fits:
            place = Place(file, row=entry["n"])
            message = f"{kind} {quote(id)} does not belong here in {scenario.id}"
            hint = suggest(id, known[kind])
            raise InvalidData([Issue("exercise-log", place, message, quote(id), hint)])
