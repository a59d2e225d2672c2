"""The numbers of the law that count over a group: which organisation reaches them, and the sum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from piaskit.report.document import Cell, Section
from piaskit.report.group import Summary, add_spans
from piaskit.report.voice import Voice

if TYPE_CHECKING:
    from piaskit.knowledge import Knowledge

THRESHOLDS = (
    ("persons", "cn-audit-2025", "officer-persons"),
    ("persons", "cn-audit-2025", "audit-persons"),
    ("exported", "cn-crossborder-2024", "contract-persons-from"),
    ("exported", "cn-crossborder-2024", "assessment-persons"),
    ("exported_sensitive", "cn-crossborder-2024", "assessment-sensitive"),
)
"""What is counted, and the number of the law it is held against."""


def compose_thresholds(voice: Voice, knowledge: Knowledge, summaries: Sequence[Summary]) -> Section:
    """Return the numbers of the law against each organisation and against the group's sum."""
    by_organisation: dict[str, list[Summary]] = defaultdict(list)
    for summary in summaries:
        by_organisation[summary["organisation"][voice.lang]].append(summary)
    columns = (
        voice.column("threshold", voice.say("group.threshold"), 3),
        voice.column("limit", voice.say("group.limit"), 1.2),
        voice.column("organisations", voice.say("group.reached-by"), 2.4),
        voice.column("sum", voice.say("group.sum"), 1.4),
        voice.column("reached", voice.say("group.reached"), 1.6),
    )
    cells: list[tuple[Cell, ...]] = []
    for what, law, name in THRESHOLDS:
        number = knowledge.regulations[law].numbers[name]
        strict = number.bound == "more-than"
        spans = {
            organisation: _join_spans(what, own) for organisation, own in by_organisation.items()
        }
        verdicts = {o: _compare(span, number.value, strict) for o, span in spans.items()}
        total = add_spans(spans.values())
        reached = [o for o, verdict in sorted(verdicts.items()) if verdict == "yes"]
        judged = [o for o, verdict in sorted(verdicts.items()) if verdict == "judge"]
        told = [voice.list_some(reached)] if reached else []
        if judged:
            told.append(voice.say("group.judged", names=voice.list_some(judged)))
        clause = knowledge.cite(number.clause, voice.lang)
        cells.append(
            (
                voice.say("group.law", note=number.note[voice.lang], clause=clause),
                voice.say(f"group.{number.bound}", n=number.value, unit=number.unit[voice.lang]),
                str(voice.join(told, sentences=True)) or voice.say("group.nobody"),
                _tell_span(voice, total),
                voice.say(f"group.reached-{_compare(total, number.value, strict)}"),
            )
        )
    title = voice.say("group.thresholds-table")
    return voice.section(
        "group-thresholds",
        [
            voice.paragraph(voice.say("group.thresholds-text")),
            voice.table("group-thresholds", title, columns, cells, landscape=True),
        ],
    )


def _join_spans(what: str, summaries: Sequence[Summary]) -> tuple[int, int | None]:
    """Return the persons of an organisation: cases of one organisation count the same persons.

    The total of an organisation is stated in each of its cases, exports are listed in one or the
    other, so they add up.
    """
    if what == "persons":
        stated = [summary["persons"] for summary in summaries if summary["persons"] is not None]
        return (max(stated), max(stated)) if stated else (0, None)
    return add_spans([summary[what] for summary in summaries])


def _compare(span: tuple[int, int | None], limit: int, strict: bool) -> str:
    """Tell whether a number of persons reaches a limit: yes, no or judge.

    >>> _compare((5, 9), 5, False), _compare((4, None), 5, False), _compare((5, 5), 5, True)
    ('yes', 'judge', 'no')
    """
    first = limit + strict
    if span[0] >= first:
        return "yes"
    return "judge" if span[1] is None or span[1] >= first else "no"


def _tell_span(voice: Voice, span: tuple[int, int | None]) -> str:
    low, high = span
    if high is None:
        return voice.say("group.from", n=low)
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"
