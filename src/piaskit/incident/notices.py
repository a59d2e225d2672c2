"""What each notice has to say, and which of it the facts already give."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from piaskit.incident.clocks import write_time
from piaskit.incident.facts import Facts
from piaskit.incident.interval import Interval
from piaskit.knowledge import Duty, DutyPack, Knowledge
from piaskit.knowledge.duty import Notice


def describe_notice(
    id: str, duty: Duty, pack: DutyPack, facts: Facts, knowledge: Knowledge
) -> dict[str, Any]:
    """Return the contents that the law wants in the notice of one duty, with its channels.

    There are none where the law does not list them.

    Of each element, ``given`` holds the facts that fill it and ``missing`` those that are blank; an
    element that no fact can fill is complete only when a person writes it.
    """
    notice = pack.notices[duty.notice] if duty.notice else Notice(elements={})
    elements = []
    for name, element in notice.elements.items():
        given = {path: facts[path] for path in element.facts if facts[path] is not None}
        elements.append(
            {
                "id": name,
                "text": element.title.en,
                "text_zh": element.title.zh,
                "clause": knowledge.cite(element.clause, "en"),
                "clause_zh": knowledge.cite(element.clause, "zh"),
                "given": {path: write_fact(value) for path, value in given.items()},
                "missing": [path for path in element.facts if path not in given],
                "to_write": not element.facts,
            }
        )
    return {
        "duty": id,
        "recipient": duty.recipient,
        "elements": elements,
        "channels": [channel.en for channel in notice.channels],
        "channels_zh": [channel.zh for channel in notice.channels],
    }


def write_fact(value: Any) -> Any:
    """Return a fact as a plain JSON value."""
    if isinstance(value, Interval):
        return value.to_dict()
    if isinstance(value, datetime):
        return write_time(value)
    if isinstance(value, timedelta):
        return f"{value.total_seconds() / 60:g}min"
    return list(value) if isinstance(value, tuple) else value
