"""Earlier editions: kept beside the report folder, and for how long at least."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from piaskit import __version__
from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.publication.place import copy_folder, lock_folder
from piaskit.publication.seal import MANIFEST, is_edition, list_digests, read_manifest

CLAUSE = "cn-pipl 56"


def find_archive(report: Path) -> Path:
    """Return where the earlier editions of a report folder are kept."""
    return report.with_name(f"{report.name}-editions")


def keep_edition(report: Path, beside: Path) -> Path:
    """Copy the edition at a report folder to its archive, unchanged; return where it is.

    The copy is made in ``beside`` and moved in one step. What is there already stays.
    """
    archive = find_archive(report)
    archive.mkdir(exist_ok=True)
    id = read_manifest(report).get("edition") or f"{read_manifest(report)['as_of']}-unsealed"
    for name in _propose_names(str(id)):
        kept = archive / name
        if not kept.exists():
            break
        if _is_same(kept, report):
            return kept
    copy_folder(report, beside / "kept")
    (beside / "kept").rename(kept)
    return kept


def _propose_names(id: str) -> Iterator[str]:
    yield id
    number = 2
    while True:
        yield f"{id}-{number}"
        number += 1


def _is_same(kept: Path, report: Path) -> bool:
    manifests = [(folder / MANIFEST).read_bytes() for folder in (kept, report)]
    return manifests[0] == manifests[1] and list_digests(kept) == list_digests(report)


@dataclass(frozen=True, slots=True)
class KeptEdition:
    """An edition of the archive and the day from which it may be deleted."""

    id: str
    folder: Path
    as_of: date
    until: date


@dataclass(frozen=True, repr=False)
class Pruning:
    """The answer of ``prune_editions``: what was deleted, and what is kept until when."""

    removed: tuple[KeptEdition, ...]
    kept: tuple[KeptEdition, ...]
    as_of: date

    def to_dict(self) -> dict[str, Any]:
        """Return ``removed`` and ``kept``, these with the day and the reason."""
        from piaskit.knowledge import load_knowledge

        knowledge = load_knowledge()

        def tell(edition: KeptEdition, lang: str) -> str:
            clause = knowledge.cite(CLAUSE, lang)
            return knowledge.labels(
                "publication.kept", lang, until=edition.until.isoformat(), clause=clause
            )

        return {
            "piaskit": __version__,
            "schema": 1,
            "as_of": self.as_of.isoformat(),
            "removed": [edition.id for edition in self.removed],
            "kept": [
                {
                    "edition": edition.id,
                    "until": edition.until.isoformat(),
                    "because": tell(edition, "en"),
                    "because_zh": tell(edition, "zh"),
                    "clause": CLAUSE,
                }
                for edition in self.kept
            ],
        }


def prune_editions(
    path: str | Path, *, as_of: date, editions: Iterable[str] = (), dry_run: bool = False
) -> Pruning:
    """Delete earlier editions that need not be kept any longer (PIPL Art. 56: three years).

    ``path`` is the report folder; the edition in it is never deleted. The years count from the
    day an edition speaks of or was written, whichever is later. ``editions`` limits what is
    deleted to some ids.

    Raises
    ------
    InvalidData
        ``edition-kept`` for each of ``editions`` that must be kept, ``unknown-edition`` for one
        the archive does not have; nothing is deleted then.
    """
    report = Path(path).resolve()
    wanted = list(editions)
    with lock_folder(report.parent if report.parent.is_dir() else Path()):
        there = list_editions(report)
        issues = [_refuse_unknown(id, there) for id in wanted if id not in {e.id for e in there}]
        issues += [_refuse_early(e) for e in there if e.id in wanted and e.until > as_of]
        if issues:
            raise InvalidData(issues)
        removed = tuple(e for e in there if e.until <= as_of and (not wanted or e.id in wanted))
        for edition in () if dry_run else removed:
            shutil.rmtree(edition.folder)
    return Pruning(removed, tuple(e for e in there if e not in removed), as_of)


def list_editions(report: Path) -> tuple[KeptEdition, ...]:
    """Return the editions kept beside a report folder, oldest first."""
    archive = find_archive(report)
    found = []
    for folder in sorted(archive.iterdir()) if archive.is_dir() else ():
        if is_edition(folder):
            day = date.fromisoformat(read_manifest(folder)["as_of"])
            found.append(KeptEdition(folder.name, folder, day, count_until(folder, day)))
    return tuple(sorted(found, key=lambda edition: (edition.as_of, edition.id)))


def count_until(folder: Path, as_of: date) -> date:
    """Return the day from which an edition may be deleted."""
    changed = (folder / MANIFEST).stat().st_mtime
    written = datetime.fromtimestamp(changed).astimezone().date()
    return add_years(max(as_of, written), read_years())


def read_years() -> int:
    """Return how many years the law wants reports kept."""
    from piaskit.knowledge import load_knowledge

    return int(load_knowledge().regulations["cn-pipl"].numbers["report-retention"].value)


def add_years(day: date, years: int) -> date:
    """Add years to a day; of the 29th of February the 1st of March where there is none.

    >>> add_years(date(2024, 2, 29), 3)
    datetime.date(2027, 3, 1)
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _refuse_unknown(id: str, there: tuple[KeptEdition, ...]) -> Issue:
    hint = "it has " + (", ".join(edition.id for edition in there) or "none")
    message = f"the archive has no edition {quote(id)}"
    return Issue("unknown-edition", Place("editions"), message, quote(id), hint)


def _refuse_early(edition: KeptEdition) -> Issue:
    message = f"is kept until {edition.until.isoformat()} (PIPL Art. 56)"
    return Issue("edition-kept", Place(edition.id), message, None, "nothing was deleted")
