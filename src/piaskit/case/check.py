"""The verb `check`: a case folder becomes a case, or the list of everything wrong in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from piaskit.case.case import Case
from piaskit.case.estimates import check_estimates
from piaskit.case.header import FILE, Header, read_header
from piaskit.case.links import Links
from piaskit.case.read import read_inventory
from piaskit.case.sheets import Inventory
from piaskit.case.tables import TABLES
from piaskit.case.typed import Bools, Typed, type_table
from piaskit.case.words import Words
from piaskit.display import MOST, Card, Grid
from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.knowledge import Knowledge, load_knowledge
from piaskit.model import Organisation

PACKS = "packs"
METHOD = "gbt39335"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Check:
    """What a check found.

    ``case`` holds the sound rows; it is None when the issues leave no case to work with, or when
    no day is known as of which it holds.
    """

    id: str | None
    as_of: date | None
    issues: tuple[Issue, ...]
    notices: tuple[Issue, ...]
    counts: dict[str, int]
    case: Case | None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of `piaskit check`."""
        from piaskit import __version__

        return {
            "piaskit": __version__,
            "schema": 1,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "case": self.id,
            "counts": self.counts,
            "issues": [issue.to_dict() for issue in self.issues],
            "notices": [notice.to_dict() for notice in self.notices],
        }

    def __repr__(self) -> str:
        told = [f"<Check of {self.id}: {len(self.issues)} issues, {len(self.notices)} notices>"]
        return "\n".join([*told, *map(str, self.issues[:MOST])])

    def _repr_html_(self) -> str:
        say, lang = load_knowledge().labels, self.case.languages[0] if self.case else "en"
        kinds: tuple[tuple[str, tuple[Issue, ...]], ...] = (
            (say("cli.issues", lang, n=len(self.issues)), self.issues),
            (say("run.notice", lang), self.notices),
        )
        heads = tuple(say(f"check.{name}", lang) for name in ("place", "message", "hint"))
        grids = [
            Grid(title, heads, [(str(i.place), i.message, i.hint) for i in found], lang)
            for title, found in kinds
            if found
        ]
        clean = ""
        if not self.issues:
            fact = (say("run.as-of", lang), self.as_of.isoformat() if self.as_of else None)
            clean = Card(say("cli.clean", lang), (fact,), lang)._repr_html_()
        return clean + "".join(grid._repr_html_() for grid in grids)


def check_case(
    path: Path | str,
    *,
    packs: Path | str | None = None,
    as_of: date | None = None,
    marked: Path | str | None = None,
) -> Check:
    """Read a case folder and tell everything that is wrong in it; raises nothing for bad data.

    ``packs`` is a folder of an organisation's own packs, read before those in the case's own
    ``packs/``. ``as_of`` comes before the one in case.yaml. ``Check.case`` holds the rows that
    are sound. ``marked`` names an .xlsx file to write: a copy of the case's workbook with a note
    on every bad cell; InvalidData is raised when it cannot be written.
    """
    root = Path(path)
    missing = _miss_folder(root)
    if missing:
        return Check(None, as_of, (missing,), (), dict.fromkeys(TABLES, 0), None)
    knowledge, issues = _load_packs(root, packs)
    words = Words(knowledge)
    header = read_header(root, words)
    inventory = read_inventory(root, words)
    tables = {
        name: type_table(table, inventory.sheets.get(name), words, root)
        for name, table in TABLES.items()
    }
    links = Links(tables, inventory.failed, words)
    links.check()
    check_estimates(tables["estimates"])
    issues += header.issues + inventory.issues
    notices = header.notices + inventory.notices
    for typed in tables.values():
        issues += typed.list_issues()
        notices += typed.notices
    if marked is not None:
        from piaskit.case.marks import write_marks

        write_marks(root, inventory, issues, Path(marked), words)
    day = as_of or header.as_of
    case = None
    if header.usable and day and "inventory-missing" not in {i.slug for i in inventory.issues}:
        left_out = (*issues, *_cascade(tables, links)) if issues else ()
        frames = {name: _keep_sound(typed) for name, typed in tables.items()}
        digests = _digest(root, header, inventory)
        case = _assemble(root, header, day, frames, knowledge, tuple(notices), left_out, digests)
    return Check(
        header.id or None,
        day,
        tuple(issues),
        tuple(notices),
        {name: typed.size for name, typed in tables.items()},
        case,
    )


def read_case(
    path: Path | str,
    *,
    packs: Path | str | None = None,
    as_of: date | None = None,
    keep_going: bool = False,
) -> Case:
    """Read a case that has no issues.

    Raises InvalidData with every issue. With ``keep_going`` the rows with an issue are left out,
    and the rows that refer to them; ``Case.left_out`` tells them all. What leaves no case at all
    (no case.yaml, no name, no inventory) is still raised.
    """
    return take_case(check_case(path, packs=packs, as_of=as_of), keep_going=keep_going)


def take_case(check: Check, *, keep_going: bool = False) -> Case:
    """Return the case that a check found; raises as ``read_case`` does."""
    if check.issues and not (keep_going and check.case):
        raise InvalidData(check.issues)
    if check.case is None:
        message = "as_of is not stated, expected the day for which the case is judged"
        hint = "write as_of: 2026-03-01 into case.yaml, or give as_of"
        raise InvalidData(
            [Issue("as-of-missing", Place(FILE, column="as_of"), message, None, hint)]
        )
    return check.case


def _miss_folder(root: Path) -> Issue | None:
    place = Place(quote(root.name or root))
    try:
        if root.is_dir():
            next(root.iterdir(), None)
            return None
        exists = root.exists()
    except OSError as error:
        return Issue("case-not-found", place, f"cannot be read: {error.strerror}")
    if exists:
        message = "is a file, expected a case folder with case.yaml"
    else:
        message = "there is no such folder, expected a case folder with case.yaml"
    return Issue("case-not-found", place, message, None, "piaskit new DIR makes one")


def _load_packs(root: Path, packs: Path | str | None) -> tuple[Knowledge, list[Issue]]:
    """Load the built-in packs and the organisation's own; faulty own packs are left out."""
    folders: list[Path] = []
    issues: list[Issue] = []
    if packs is not None:
        folders.append(Path(packs))
    own = root / PACKS
    if own.is_dir() and own.resolve() not in [folder.resolve() for folder in folders]:
        if own.resolve().is_relative_to(root.resolve()):
            folders.append(own)
        else:
            message = "is a link out of the case folder"
            hint = "put the folder itself there, or give it with --packs"
            issues.append(Issue("path-leaves-case", Place(PACKS), message, None, hint))
    try:
        return load_knowledge(*folders), issues
    except InvalidData as error:
        if not folders:
            raise
        return load_knowledge(), [*issues, *error.issues]


def _cascade(tables: dict[str, Typed], links: Links) -> list[Issue]:
    """Leave out the rows that refer to rows left out, until none does; tell each of them."""
    told: list[Issue] = []

    def leave_out(typed: Typed, column: str, n: int, what: str) -> None:
        assert typed.sheet is not None
        typed.bad[n] = True
        place = typed.place(int(typed.sheet.rows[n]), column)
        told.append(Issue("row-left-out", place, f"the row is left out: it refers to {what}"))

    for typed in tables.values():
        for column, rows in typed.orphans.items():
            for n in rows[~typed.bad[rows]]:
                leave_out(typed, column, int(n), "a table that could not be read")
    before = -1
    while before != len(told):
        before = len(told)
        gone = {(name, id) for name, typed in tables.items() for id in _ids(typed, typed.bad)}
        for typed in tables.values():
            for declared in typed.table.columns:
                if declared.name not in typed.values or not (
                    declared.to or declared.kind == "scope"
                ):
                    continue
                codes, values = typed.values[declared.name]
                lost = [
                    next((t for t in links.list_targets(declared, v) if t in gone), None)
                    if v is not None
                    else None
                    for v in values.to_pylist()
                ]
                hit = np.array([*(target is not None for target in lost), False])
                for n in np.flatnonzero(hit[codes] & ~typed.bad):
                    target = "/".join(lost[int(codes[n])] or ())
                    leave_out(typed, declared.name, int(n), f"{quote(target)}, left out too")
    return told


def _ids(typed: Typed, rows: Bools) -> list[Any]:
    if "id" not in typed.values:
        return []
    codes, values = typed.values["id"]
    chosen = codes[rows]
    ids: list[Any] = values.take(pa.array(chosen[chosen >= 0])).drop_null().to_pylist()
    return ids


def _keep_sound(typed: Typed) -> pd.DataFrame:
    frame = typed.build_frame()
    return frame if not typed.bad.any() else frame[~typed.bad].reset_index(drop=True)


def _digest(root: Path, header: Header, inventory: Inventory) -> dict[str, str]:
    digests = {FILE: hashlib.sha256(header.data).hexdigest(), **inventory.digests}
    packs = root / PACKS
    if packs.is_dir() and packs.resolve().is_relative_to(root.resolve()):
        for file in sorted(packs.rglob("*.yaml")):
            if file.is_file() and not file.is_symlink():
                name = file.relative_to(root).as_posix()
                digests[name] = hashlib.sha256(file.read_bytes()).hexdigest()
    return dict(sorted(digests.items()))


def _assemble(
    root: Path,
    header: Header,
    day: date,
    frames: dict[str, pd.DataFrame],
    knowledge: Knowledge,
    notices: tuple[Issue, ...],
    left_out: tuple[Issue, ...],
    digests: dict[str, str],
) -> Case:
    own = header.organisation
    typed = ("persons_total", "million_persons_on", "employees", "operator", "public_institution")
    texts = {k: v for k, v in own.items() if isinstance(v, str) and k not in typed}
    numbers = {k: own.get(k) for k in typed}
    organisation = Organisation(
        own["name"],
        province=own.get("province"),
        sector=own.get("sector"),
        texts=texts,
        **numbers,
    )
    known = knowledge.methods
    default = (METHOD,) if METHOD in known else tuple(sorted(known))[:1]
    return Case(
        root=root,
        id=header.id,
        title=header.texts["title"],
        organisation=organisation,
        regimes=header.regimes,
        methods=header.methods or default,
        languages=header.languages or ("zh", "en"),
        as_of=day,
        contacts=header.contacts,
        channels=header.channels,
        publication=header.publication,
        texts=header.texts,
        frames=frames,
        knowledge=knowledge,
        notices=notices,
        left_out=left_out,
        digests=digests,
    )
