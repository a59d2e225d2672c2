"""The rehearsed response in a report: a figure with its table, clocks, what would help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from piaskit.display import Grid
from piaskit.incident.rehearsal_tables import lay_out_rehearsal
from piaskit.report.document import Block, Figure, Table
from piaskit.report.response_figure import draw_response
from piaskit.report.voice import Voice

Result = Mapping[str, Any]
_WIDTHS = {
    "milestones": (3.0, 1.0, 1.4, 1.6, 1.0),
    "clocks": (4.4, 2.0, 1.2, 1.8),
    "known": (1.6, 1.0, 1.6),
    "effects": (3.0,),
    "steps": (1.2, 2.2, 1.4, 0.9, 3.6),
    "notes": (1.0,),
}


def show_response(voice: Voice, number: int, simulation: Result) -> list[Block]:
    """Return figure and tables of the response to one scenario; nothing where there is none."""
    answer = simulation.get("response")
    if not answer:
        return []
    scenario = voice.pick(simulation, "title")
    laid = lay_out_rehearsal(answer, voice.labels, voice.lang)
    twins = {name: _write_table(voice, f"{name}-{number}", laid[name], name, scenario)
             for name in _WIDTHS if name in laid}  # fmt: skip
    if "milestones" not in twins:
        return [
            voice.paragraph(cell, "note") for row in laid["notes"].rows for cell in map(str, row)
        ]
    if number > 1:  # the same for all scenarios of a report
        twins.pop("notes")
    figure = _draw(voice, number, scenario, answer, twins.pop("milestones"))
    return [figure, *twins.values()]


def _write_table(voice: Voice, id: str, grid: Grid, name: str, scenario: str) -> Table:
    widths = (*_WIDTHS[name], *(1.6 for _ in grid.heads))
    columns = tuple(voice.column(f"c{n}", head, widths[n]) for n, head in enumerate(grid.heads))
    title = voice.labels(
        "response.of", voice.lang, title=grid.title or grid.heads[0], name=scenario
    )
    rows = [[str(cell) for cell in row] for row in grid.rows]
    return voice.table(f"response-{id}", title, columns, rows, landscape=len(grid.heads) > 5)


def _draw(voice: Voice, number: int, scenario: str, answer: Result, twin: Table) -> Figure:
    def say(label: str, **fields: object) -> str:
        return voice.labels(f"response.{label}", voice.lang, **fields)

    def write_hours(hours: float) -> str:
        if hours > 96:  # up to there in hours, as laws have it
            return say("axis.days", n=f"{hours / 24:.3g}")
        return say("axis.hours", n=f"{hours:.3g}")

    told = [one for one in answer["milestones"] if one["id"] != "detection"]
    missed = list(answer["missed"].values())
    limits = [(write_hours(one["hours"]), one["hours"]) for one in missed]
    chances = [
        (say("chance", name=voice.pick(one, "clause"), limit=write_hours(one["hours"])), one)
        for one in missed
    ]
    svg = draw_response(
        told, sorted(set(limits), key=lambda limit: limit[1]), chances,
        write_hours, (say("hours"), say("missed.title")), lambda one: voice.pick(one, "title"),
    )  # fmt: skip
    medians = [
        say("told", name=voice.pick(one, "title"), hours=_write(one["q50"]["value"]))
        for one in told
    ]
    late = [say("late", name=name, p=f"{one['p']:.1%}") for name, one in chances]
    return Figure(
        f"figure-response-{number}",
        twin.title,
        say("alt", medians=voice.join(medians), late=voice.join(late) or say("alt.no-clock")),
        svg,
        twin,
        voice.visibility,
    )


def _write(hours: float | None) -> str:
    return "∞" if hours is None else f"{hours:,.1f}"
