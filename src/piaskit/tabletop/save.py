"""An exercise is kept: its log in the case, its lessons among the actions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from piaskit.case import append_rows, check_case
from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.knowledge.folder import suggest
from piaskit.tabletop.review import list_attended
from piaskit.tabletop.run import Exercise

if TYPE_CHECKING:
    from piaskit.case import Case


def save_exercise(exercise: Exercise, attended: Sequence[str] = ()) -> dict[str, object]:
    """Write the log to ``exercises/<id>.jsonl`` of its case and add its actions as new rows.

    Rows that stand there already are left alone, those of an earlier save among them. Who
    ``attended`` (ids of the case's roles, by default those in the log of a live exercise) becomes a
    row of ``trainings``. Returns ``{"file": name
    below the case, "actions": [ids of new rows], "training": id or None}``. Raises InvalidData
    for an unknown role and when the case cannot be written.
    """
    attended = attended or list_attended(exercise.log)
    training = _write_training(exercise, attended) if attended else None
    case, text = exercise.case, exercise.log_text
    digest = hashlib.sha256(text.encode()).hexdigest()
    name = f"{case.as_of.isoformat()}-{exercise.game.scenario.id}-{digest[:8]}.jsonl"
    # what stands in the files now, for the case may have been read before an earlier save
    there = check_case(case.root, as_of=case.as_of).case or case
    known = set(there.frames["actions"]["id"])
    rows = [row for row in exercise.to_dict()["actions"] if row["id"] not in known]
    first = case.languages[0] if case.languages else "zh"
    written = [
        {
            "id": row["id"],
            "title": row["title_zh"] if first == "zh" else row["title"],
            "title_en": row["title"],
            "title_zh": row["title_zh"],
            **{name: row[name] for name in ("option", "owner", "due_on", "status")},
        }
        for row in rows
    ]
    _write_log(case.root / "exercises" / name, text)
    append_rows(case.root, "actions", written, case.knowledge)
    if training and training["id"] not in set(there.frames["trainings"]["id"]):
        append_rows(case.root, "trainings", [training], case.knowledge)
    return {
        "file": f"exercises/{name}",
        "actions": [row["id"] for row in rows],
        "training": training["id"] if training else None,
    }


def check_roles(case: Case, attended: Sequence[str]) -> None:
    """Raise InvalidData for every id that is no role of the case."""
    known = list(case.frames["roles"]["id"])
    place = Place("roles", column="attended")
    issues = [
        Issue(
            "unknown-value", place, f"no role is called {quote(id)}", quote(id), suggest(id, known)
        )
        for id in attended
        if id not in known
    ]
    if issues:
        raise InvalidData(issues)


def _write_training(exercise: Exercise, attended: Sequence[str]) -> dict[str, str]:
    case, title = exercise.case, exercise.game.scenario.title
    check_roles(case, attended)
    digest = hashlib.sha256(exercise.log_text.encode()).hexdigest()
    first = case.languages[0] if case.languages else "zh"
    texts = {
        lang: case.knowledge.labels("after.drill", lang, scenario=title[lang])
        for lang in ("en", "zh")
    }
    return {
        "id": f"drill-{exercise.game.scenario.id}-{digest[:8]}",
        "title": texts[first],
        "title_en": texts["en"],
        "title_zh": texts["zh"],
        "topic": "incident.drill",
        "audience": ";".join(attended),
        "held_on": case.as_of.isoformat(),
        "attended": str(len(attended)),
    }


def _write_log(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise InvalidData([Issue("cannot-write", Place(path.name), message)]) from None
