"""What probes saw, kept as evidence of a case, with the rows that cite it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.case import append_rows, read_case
from piaskit.case.tables import SCOPED
from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.safeguards.evidence import FOLDER

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.case.append import NewRow
    from piaskit.safeguards.probe import Look

STANDARD = "RFC 9325 (BCP 195)"


def open_shelf(root: Path, scope: str, day: date) -> Case:
    """Read the case that is to keep what will be seen; raises InvalidData.

    It has no issues, and the scope of the row to come names something in it.
    """
    case = read_case(root, as_of=day)
    _require_scope(case, scope)
    return case


def keep_evidence(case: Case, looks: Sequence[Look], scope: str, day: date) -> list[Look]:
    """Write each look to a new file below ``evidence/`` and propose the rows that cite it.

    A file that stands there already is never written over. A row of ``safeguards`` is *in place*
    when nothing was found wrong and *partly* otherwise; it expires with the certificate. Rows of
    ``access`` whose id the case has already are left out.

    Raises InvalidData when the case cannot be written.
    """
    systems = [part for part in scope.split(";") if part.startswith("systems/")]
    system = systems[0].partition("/")[2] if len(systems) == 1 else ""
    known = {
        table: set(case.frames[table]["id"].str.casefold()) for table in ("safeguards", "access")
    }
    kept = []
    for look in looks:
        name, digest = _write_file(case.root, look, day)
        row = _cite_file(case, look, scope, day, name, digest)
        row["id"] = _find_free(row["id"], known["safeguards"])
        rights = [
            {**right, **({"system": system} if system else {})}
            for right in look.rows.get("access", [])
            if right["id"].casefold() not in known["access"]
        ]
        known["safeguards"].add(row["id"].casefold())
        known["access"] |= {right["id"].casefold() for right in rights}
        append_rows(case.root, "safeguards", [row], case.knowledge)
        append_rows(case.root, "access", rights, case.knowledge)
        rows: dict[str, list[NewRow]] = {"safeguards": [row]}
        if rights:
            rows["access"] = [*rights]
        kept.append(
            replace(
                look,
                rows=rows,
                evidence={"file": f"{FOLDER}/{name}", "sha256": digest},
            )
        )
    return kept


def _require_scope(case: Case, scope: str) -> None:
    issues = []
    for part in filter(None, scope.split(";")):
        table, slash, id = part.partition("/")
        named = (
            table in case.frames and id in set(case.frames[table]["id"])
            if slash
            else any(part in set(case.frames[t]["id"]) for t in SCOPED)
        )
        if part != "all" and not part.startswith("category:") and not named:
            message = f"{quote(part)} names nothing in the case"
            hint = "write all, table/id or category:prefix"
            issues.append(Issue("bad-scope", Place("SCOPE"), message, quote(part), hint))
    if issues:
        raise InvalidData(issues)


def _write_file(root: Path, look: Look, day: date) -> tuple[str, str]:
    answer: dict[str, Any] = look.to_dict()
    shown = {
        "as_of": day.isoformat(),
        **{k: answer[k] for k in ("id", "kind", "facts", "findings")},
    }
    if look.kind == "database":
        shown["access"] = answer["rows"].get("access", [])
    data = (json.dumps(shown, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
    folder = root / FOLDER
    stem = f"probe-{_make_slug(look.id)}-{day.isoformat()}"
    try:
        folder.mkdir(exist_ok=True)
        name = _put_new(folder, stem, data)
    except OSError as error:
        text = f"cannot be written: {error.strerror or error}"
        raise InvalidData([Issue("cannot-write", Place(FOLDER), text)]) from None
    return name, hashlib.sha256(data).hexdigest()


def _put_new(folder: Path, stem: str, data: bytes) -> str:
    """Write a file under a name that is free; raises OSError."""
    n = 1
    while True:
        path = folder / (f"{stem}.json" if n == 1 else f"{stem}-{n}.json")
        try:
            with path.open("xb") as stream:
                stream.write(data)
        except FileExistsError:
            n += 1
            continue
        return path.name


def _cite_file(
    case: Case, look: Look, scope: str, day: date, name: str, digest: str
) -> dict[str, str]:
    say = case.knowledge.labels
    titles = {lang: say(f"probe.row.{look.kind}", lang, id=look.id) for lang in ("en", "zh")}
    ends = look.facts.get("not_after")
    row: dict[str, str] = {
        "id": f"probe-{_make_slug(look.id)}",
        "title": titles[case.languages[0]],
        "title_en": titles["en"],
        "title_zh": titles["zh"],
        "control": "encryption.in-transit",
        "kind": "technical",
        "scope": scope,
        "status": "partly" if look.findings else "in-place",
        "standard": STANDARD,
        "evidence": name,
        "evidence_sha256": digest,
        "evidence_on": day.isoformat(),
        "tested_on": day.isoformat(),
    }
    return row | ({"expires_on": ends.isoformat()} if ends else {})


def _make_slug(id: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", id).strip("-.")[:60]


def _find_free(id: str, known: set[str]) -> str:
    n = 1
    while (id if n == 1 else f"{id}-{n}").casefold() in known:
        n += 1
    return id if n == 1 else f"{id}-{n}"
