"""What a source holds now that it did not hold when a case last looked, by columns alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from piaskit.discovery.findings import Discovery
from piaskit.errors import InvalidData, Issue, Place, quote

LARGEST = 50_000_000  # bytes


class Spot(NamedTuple):
    """A column of a source, or a key inside one, and the category found there."""

    table: str
    column: str
    category: str = ""


@dataclass(frozen=True)
class Snapshot:
    """The columns of a source and what was found in them on a day; no values."""

    as_of: str = ""
    columns: frozenset[Spot] = frozenset()
    found: frozenset[Spot] = frozenset()


@dataclass(frozen=True)
class Drift:
    """What came and went since a day; blank when a case looks for the first time."""

    since: str
    new: tuple[Spot, ...]
    gone: tuple[Spot, ...]
    new_columns: tuple[Spot, ...]
    gone_columns: tuple[Spot, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the object ``drift`` of the JSON answer."""
        return {
            "since": self.since or None,
            "new": [place._asdict() for place in self.new],
            "gone": [place._asdict() for place in self.gone],
            "new_columns": [{"table": p.table, "column": p.column} for p in self.new_columns],
            "gone_columns": [{"table": p.table, "column": p.column} for p in self.gone_columns],
        }


def take_snapshot(found: Discovery) -> Snapshot:
    """Keep the names of columns and what was found, and nothing of what they hold."""
    return Snapshot(
        found.as_of.isoformat(),
        frozenset(Spot(t["table"], c) for t in found.tables for c in t["names"]),
        frozenset(Spot(f.table, f.place, f.category) for f in found.findings),
    )


def compare_snapshots(old: Snapshot, new: Snapshot) -> Drift:
    """Say what came and went between two looks; the first look has nothing to compare with."""
    if not old.as_of:
        return Drift("", (), (), (), ())
    return Drift(
        old.as_of,
        tuple(sorted(new.found - old.found)),
        tuple(sorted(old.found - new.found)),
        tuple(sorted(new.columns - old.columns)),
        tuple(sorted(old.columns - new.columns)),
    )


def read_snapshot(path: Path) -> Snapshot:
    """Read what a case remembers of a source; a blank one where it remembers nothing.

    Raises InvalidData for a file that is damaged.
    """
    if not path.is_file() or path.is_symlink() or path.stat().st_size > LARGEST:
        return Snapshot()
    try:
        content = json.loads(path.read_text("utf-8"))
        return Snapshot(
            str(content["as_of"]), _read(content["columns"]), _read(content["findings"])
        )
    except (ValueError, KeyError, TypeError):
        text = "is damaged, so nothing can be compared with it"
        hint = "delete it to look anew"
        raise InvalidData(
            [Issue("discover-snapshot", Place(f"imports/{quote(path.name)}"), text, hint=hint)]
        ) from None


def _read(rows: Iterable[Iterable[str]]) -> frozenset[Spot]:
    return frozenset(Spot(*map(str, row)) for row in rows)


def write_snapshot(path: Path, source: str, snapshot: Snapshot) -> None:
    """Write a snapshot whole or not at all."""
    content = {
        "source": source,
        "as_of": snapshot.as_of,
        "columns": sorted(place[:2] for place in snapshot.columns),
        "findings": sorted(snapshot.found),
    }
    path.parent.mkdir(exist_ok=True)
    spare = path.with_name(f".{path.name}.new")
    spare.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    spare.replace(path)
