"""Tables that say how many risks there are and how long is left, with the charts of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from piaskit.report.chart import Chart
from piaskit.report.document import Cell, Table
from piaskit.report.rows import Rows
from piaskit.report.voice import DIMENSIONS, GRAVE, LEVELS, Voice

MOST_ACTIONS = 15  # bars that can be read


def show_counts(voice: Voice, counts: Mapping[str, Any], states: Sequence[str]) -> Table:
    """Return the number of risks per level (rows, severe first) and state (columns)."""
    levels = tuple(reversed(LEVELS))
    words = {state: voice.say(f"state.{state}") for state in states}
    columns = (
        *voice.columns(("level", 2, "level")),
        *(voice.column(state, words[state], 1, "number") for state in states),
    )
    cells: list[tuple[Cell, ...]] = [
        (voice.level(level), *(int(counts[state].get(level, 0)) for state in states))
        for level in levels
    ]
    told = [
        _tell(voice, words[state], [(level, counts[state].get(level, 0)) for level in levels])
        for state in states
    ]
    chart = Chart(
        "stack",
        voice.say("chart.counts" if len(states) > 2 else "chart.counts-public"),
        voice.say("chart.counts-alt", told="\n".join(told)),
        (voice.say("chart.state"), voice.say("chart.risks")),
        tuple(states),
        across=True,
    )
    title = voice.say("result.counts")
    return voice.table("counts", title, columns, cells, charts=(chart,))


def show_rights(
    voice: Voice, rights: Mapping[str, Any], states: Sequence[str], *, wide: bool = False
) -> Table:
    """Return the number of severe and high risks per dimension of rights and state.

    The charts show the last two states: now, and when all that is planned works.
    """

    def head(state: str, level: str) -> str:
        words = {"state": voice.say(f"state.{state}"), "level": voice.say(f"level.{level}")}
        return voice.say("result.of", **words)

    def count(dimension: str, state: str, level: str) -> int:
        return int(rights[dimension].get(state, {}).get(level, 0))

    shown = [(state, level) for state in states for level in GRAVE]
    columns = (
        *voice.columns(("dimension", 3)),
        *(voice.column(f"{s}-{level}", head(s, level), 1.2, "number") for s, level in shown),
    )
    known = [dimension for dimension in DIMENSIONS if dimension in rights]
    cells: list[tuple[Cell, ...]] = [
        (voice.name("dimension", d), *(count(d, state, level) for state, level in shown))
        for d in known
    ]
    charts = []
    for state in states[-2:]:
        words = voice.say(f"state.{state}")
        told = [
            _tell(voice, voice.name("dimension", d), [(x, count(d, state, x)) for x in GRAVE])
            for d in known
        ]
        charts.append(
            Chart(
                "stack",
                voice.say("chart.rights", state=words),
                voice.say("chart.rights-alt", state=words, told="\n".join(told)),
                (voice.say("column.dimension"), voice.say("chart.risks")),
                tuple(f"{state}-{level}" for level in GRAVE),
                GRAVE,
            )
        )
    title = voice.say("result.rights")
    return voice.table("rights", title, columns, cells, landscape=wide, charts=tuple(charts))


def show_time_left(rows: Rows) -> list[Table]:
    """Return the open actions with a date and the days left, the most urgent first, if any."""
    voice = rows.voice
    due = sorted(
        (
            row
            for row in rows.tables["actions"]
            if row["status"] in (None, "open") and row["due_on"] is not None
        ),
        key=lambda row: (row["due_on"], row["id"]),
    )
    if not due:
        return []
    days = [(row["due_on"] - rows.as_of).days for row in due]
    columns = voice.columns(
        ("open-action", 4), ("owner", 2), ("due-on", 1.2, "date"), ("days-left", 1, "number")
    )
    cells: list[tuple[Cell, ...]] = [
        (
            rows.link("actions", row["id"], titled=True),
            rows.show("actions", "owner", row["owner"]) or voice.say("word.no-owner"),
            row["due_on"],
            left,
        )
        for row, left in zip(due, days, strict=True)
    ]
    told = voice.join(
        [
            voice.say("chart.due-one", title=rows.title("actions", row["id"]), n=left)
            for row, left in zip(due[:MOST_ACTIONS], days, strict=False)
        ],
        sentences=True,
    )
    chart = Chart(
        "bar",
        voice.say("chart.due"),
        voice.say("chart.due-alt", n=len(due), late=sum(n < 0 for n in days), told=str(told)),
        (voice.say("column.open-action"), voice.say("column.days-left")),
        ("days-left",),
        most=MOST_ACTIONS,
    )
    title, note = voice.say("treatment.due"), voice.say("treatment.due-note")
    return [voice.table("due", title, columns, cells, note=note, charts=(chart,))]


def _tell(voice: Voice, name: str, counts: Iterable[tuple[str, int]]) -> str:
    parts = [voice.say("chart.count", level=voice.say(f"level.{id}"), n=n) for id, n in counts]
    return voice.say("word.named", name=name, text=str(voice.join(parts)))
