"""The sheets of methods in the internal report: a form, a map of events, a worksheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from piaskit.report.document import Block, Cell, Section, Signature
from piaskit.report.reasons import link_id
from piaskit.report.results import Results
from piaskit.report.rows import Rows
from piaskit.report.voice import STATES

if TYPE_CHECKING:
    from piaskit.knowledge import Method

Result = Mapping[str, Any]
MOST = 30  # rows of a worksheet that are shown; the results hold all


def compose_sheets(rows: Rows, results: Results) -> list[Section]:
    """Return a section per method that has a sheet."""
    made = []
    for id, sheet in results.assess.get("sheets", {}).items():
        if sheet:
            method = rows.case.knowledge.methods[id]
            blocks = _show_sheet(rows, results, method, sheet)
            made.append(
                rows.voice.section(f"sheet-{id}", blocks, title=method.title[rows.voice.lang])
            )
    return made


def _show_sheet(
    rows: Rows, results: Results, method: Method, sheet: Sequence[Result]
) -> list[Block]:
    if method.situations:
        return _show_form(rows, method, sheet)
    if method.scores is not None:
        return [*_show_worksheet(rows, results, method, sheet), _tell_pair(rows)]
    return [_show_map(rows, method, sheet), _tell_pair(rows)]


def _tell_pair(rows: Rows) -> Block:
    return rows.voice.pair("sheet", {}, {})


def _show_form(rows: Rows, method: Method, sheet: Sequence[Result]) -> list[Block]:
    """Show the form: a situation that is not met takes one row, the others one per content."""
    voice, form = rows.voice, method.tables["form"]
    told: list[tuple[Cell, ...]] = []
    for row in sheet:
        first = row["content"] == next(iter(method.lists["contents"].entries))
        if row["met"] == "no" and not first:
            continue
        told.append(
            (
                rows.link("activities", row["activity"], titled=True),
                row["number"],
                voice.pick(row, "situation_title"),
                "" if row["met"] == "no" else voice.pick(row, "content_title"),
                _name_conclusion(rows, method, row["conclusion"]),
                voice.pick(row, "because"),
            )
        )
    widths = {"number": 0.6, "situation": 2, "content": 2.4, "conclusion": 1.6, "remarks": 5}
    columns = (
        *voice.columns(("activity", 2)),
        *(
            voice.column(id, text[voice.lang], widths[id], "number" if id == "number" else "text")
            for id, text in form.columns.items()
        ),
    )
    title = form.title[voice.lang] + rows.mark(form.confidence)
    fields = tuple((voice.say(f"approval.{name}"), "") for name in ("signature", "date"))
    return [
        voice.paragraph(voice.say("sheet.form")),
        voice.table("form", title, columns, told, landscape=True),
        _tell_pair(rows),  # above the signature, which ends the form
        voice.paragraph(voice.say("sheet.truth")),
        Signature(fields, voice.say("approval.seal"), voice.visibility),
    ]


def _name_conclusion(rows: Rows, method: Method, word: str) -> str:
    """Name a conclusion: a level, a step of the measures, or a word of the form."""
    lang, scales = rows.voice.lang, method.scales
    if word in scales.risk:
        return scales.risk[word][lang]
    if word in scales.likelihood:
        return scales.likelihood[word].title[lang]
    return rows.voice.say(f"sheet.{word}")


def _show_map(rows: Rows, method: Method, sheet: Sequence[Result]) -> Block:
    voice, lang = rows.voice, rows.voice.lang

    def place(row: Result, state: str) -> str:
        scales, own = method.scales, row[state]
        return voice.say(
            "sheet.place",
            impact=scales.impact[own["impact"]].title[lang],
            likelihood=scales.likelihood[own["likelihood"]].title[lang],
            level=scales.risk[own["level"]][lang],
        )

    told: list[tuple[Cell, ...]] = [
        (
            rows.link("activities", row["activity"], titled=True),
            voice.pick(row, "title"),
            *(place(row, state) for state in STATES),
        )
        for row in sheet
    ]
    columns = (
        *voice.columns(("activity", 2), ("event", 2)),
        *(voice.column(state, voice.say(f"state.{state}"), 3) for state in STATES),
    )
    title = voice.say("sheet.map", method=method.name[lang])
    return voice.table(f"map-{method.id}", title, columns, told, landscape=True)


def _show_worksheet(
    rows: Rows, results: Results, method: Method, sheet: Sequence[Result]
) -> list[Block]:
    voice, lang, scores = rows.voice, rows.voice.lang, method.scores
    assert scores is not None
    told: list[tuple[Cell, ...]] = [
        (
            row["rank"],
            link_id(results, row["risk"]),
            voice.pick(row, "action_title"),
            voice.pick(row, "problem_title"),
            row["likelihood"],
            *row["costs"].values(),
            row["score"],
            row["total"],
        )
        for row in sheet[:MOST]
    ]
    columns = (
        *voice.columns(("rank", 0.6, "number"), ("risk-id", 3.4), ("action", 1.6)),
        *voice.columns(("pram-problem", 1.6), ("likely", 0.9, "number")),
        *(
            voice.column(name, cost.title[lang], 0.9, "number")
            for name, cost in scores.costs.items()
        ),
        *voice.columns(("score", 0.8, "number"), ("total", 0.8, "number")),
    )
    title = voice.say("sheet.worksheet", n=min(MOST, len(sheet)), all=len(sheet))
    return [
        voice.paragraph(scores.note[lang] + rows.mark(scores.confidence)),
        voice.table(f"worksheet-{method.id}", title, columns, told, landscape=True),
    ]
