"""An exercise is kept: its log in the case, its lessons among the actions."""

from __future__ import annotations

import hashlib
from pathlib import Path

from piaskit.case import append_rows
from piaskit.errors import InvalidData, Issue, Place
from piaskit.tabletop.run import Exercise


def save_exercise(exercise: Exercise) -> dict[str, object]:
    """Write the log to ``exercises/<id>.jsonl`` of its case and add its actions as new rows.

    Rows that stand there already are left alone, those of an earlier save among them. Returns
    ``{"file": name below the case, "actions": [ids of new rows]}``. Raises InvalidData when the
    case cannot be written.
    """
    case, text = exercise.case, exercise.log_text
    digest = hashlib.sha256(text.encode()).hexdigest()
    name = f"{case.as_of.isoformat()}-{exercise.game.scenario.id}-{digest[:8]}.jsonl"
    known = set(case.frames["actions"]["id"])
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
    return {"file": f"exercises/{name}", "actions": [row["id"] for row in rows]}


def _write_log(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise InvalidData([Issue("cannot-write", Place(path.name), message)]) from None
