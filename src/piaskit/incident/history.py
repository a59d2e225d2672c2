"""Versions of the facts of an incident, and who was told what on which of them: only ever added.

Beside ``incidents/<name>.yaml`` stands ``incidents/<name>.history/``: a copy of the file for each
content it had, named by time and digest, and ``told.jsonl``, one line per notice that was given.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from piaskit.errors import InvalidData, Issue, Place
from piaskit.incident.clocks import write_time
from piaskit.incident.facts import Facts
from piaskit.incident.notices import write_fact

TOLD = "told.jsonl"
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Version:
    """One content that the facts file had: when it was first seen, and its digest."""

    at: datetime
    sha256: str
    path: Path


@dataclass(frozen=True, slots=True)
class Told:
    """A notice that was given: for which duty, when, how, on which version of the facts."""

    duty: str
    at: datetime
    version: str
    way: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the line of ``told.jsonl`` as plain JSON values."""
        return {
            "duty": self.duty, "at": write_time(self.at), "version": self.version, "way": self.way,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that differs between two versions; None where it is not stated."""

    path: str
    before: Any
    after: Any

    def to_dict(self) -> dict[str, Any]:
        """Return the change as plain JSON values."""
        before, after = (None if x is None else write_fact(x) for x in (self.before, self.after))
        return {"fact": self.path, "before": before, "after": after}


def find_history(facts: Path) -> Path:
    """Return the folder of a facts file's history.

    >>> find_history(Path("incidents/leak.yaml")).as_posix()
    'incidents/leak.history'
    """
    return facts.with_suffix(".history")


def keep_version(facts: Path, at: datetime) -> Version:
    """Keep the present content of a facts file; one that is the latest already is not kept twice.

    Raises InvalidData when the history cannot be written.
    """
    content = facts.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    versions = list_versions(facts)
    if versions and versions[-1].sha256 == digest:
        return versions[-1]
    folder = _open_history(facts)
    path = folder / f"{at.astimezone(UTC):{_STAMP}}-{digest[:12]}.yaml"
    try:
        if not path.exists():
            with path.open("xb") as file:
                file.write(content)
    except OSError as error:
        raise _refuse(facts, error) from None
    return Version(at, digest, path)


def list_versions(facts: Path) -> list[Version]:
    """Return the versions of a facts file that were kept, the oldest first."""
    folder = find_history(facts)
    found = []
    for path in sorted(folder.glob("*Z-*.yaml")) if folder.is_dir() else ():
        stamp = path.stem.partition("-")[0]
        try:
            at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
        except ValueError:
            continue
        found.append(Version(at, hashlib.sha256(path.read_bytes()).hexdigest(), path))
    return found


def record_notice(facts: Path, duty: str, at: datetime, way: str = "") -> Told:
    """Record that a notice was given on the present facts, whose version is kept."""
    told = Told(duty, at, keep_version(facts, at).sha256, way)
    line = json.dumps(told.to_dict(), ensure_ascii=False)
    try:
        with (_open_history(facts) / TOLD).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        raise _refuse(facts, error) from None
    return told


def list_told(facts: Path) -> list[Told]:
    """Return the notices recorded for a facts file; raises InvalidData for a line that is none."""
    path = find_history(facts) / TOLD
    found: list[Told] = []
    issues = []
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            at = datetime.fromisoformat(row["at"])
            found.append(Told(str(row["duty"]), at, str(row["version"]), str(row.get("way", ""))))
        except (ValueError, KeyError, TypeError):
            place = Place(f"{path.parent.name}/{TOLD}", row=number)
            issues.append(Issue("told-line", place, "is no notice: duty, at, version, way"))
    if issues:
        raise InvalidData(issues)
    return found


def compare_facts(old: Facts, new: Facts) -> list[Change]:
    """Return every fact that differs between two versions, by path.

    >>> from piaskit.incident.facts import build_facts
    >>> from piaskit.knowledge import load_knowledge
    >>> versions = [build_facts({"misuse": word}, load_knowledge())
    ...             for word in ("none-known", "possible")]
    >>> [change.to_dict() for change in compare_facts(*versions)]
    [{'fact': 'misuse', 'before': 'none-known', 'after': 'possible'}]
    """
    paths: Iterable[str] = sorted({*old, *new})
    return [Change(p, old[p], new[p]) for p in paths if old[p] != new[p]]


def _open_history(facts: Path) -> Path:
    folder = find_history(facts)
    try:
        if folder.is_symlink():
            raise OSError(0, "is a link, expected a folder")
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise _refuse(facts, error) from None
    return folder


def _refuse(facts: Path, error: OSError) -> InvalidData:
    place = Place(find_history(facts).name)
    return InvalidData([Issue("cannot-write", place, f"cannot be written: {error.strerror}")])
