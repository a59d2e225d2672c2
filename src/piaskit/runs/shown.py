"""What a notebook shows of a run: the status card, short tables, parts of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from piaskit.display import Card, Content, Grid, Mark
from piaskit.runs.run import Result, Run

if TYPE_CHECKING:
    from piaskit.report.document import Cell, Document

SPOKEN = {
    "policy": "tabletop.policy",
    "state": "tabletop.clock",
    "decision": "report.decision",
    "regime": "report.regime",
    "edition": "page",
}
FOLDED = 20  # longer tables of a report open at a click


def show_card(run: Run, results: Mapping[str, Result]) -> Card:
    """Sum up on one card what the case is, what was found and what needs a decision."""
    labels, lang, case = run.case.knowledge.labels, run.lang, run.case
    facts: dict[str, Content] = {
        "as-of": run.settings["as_of"],
        "activities": len(case.frames["activities"]),
        "flows": len(case.frames["flows"]),
    }
    if "ledger" in results:
        facts["gaps"] = len(results["ledger"]["findings"])
    if "screen" in results:
        decisions = [verdict["decision"] for verdict in results["screen"]["verdicts"]]
        facts["required"] = decisions.count("required")
        facts["judge"] = decisions.count("judge")
    if "assess" in results:
        assess = results["assess"]
        facts["overall"] = [_mark(run, level) for level in assess["overall"].values()]
        counts = assess["counts"]["current"]
        facts["high"] = counts.get("high", 0) + counts.get("severe", 0)
    status = case.frames["actions"]["status"]
    facts["actions"] = int((~status.isin(["done", "verified", "dropped"])).sum())
    if case.left_out:
        facts["left-out"] = len(case.left_out)
    said = [(labels(f"run.{name}", lang), value) for name, value in facts.items()]
    said += [(labels("run.notice", lang), str(notice)) for notice in case.notices]
    return Card(case.say(case.id, "title", lang), tuple(said), lang)


def show_settings(run: Run) -> Card:
    """Show the parameters as they were resolved; folders stay out of what may be passed on."""
    settled = {
        **{name: value for name, value in run.settings.items() if value != ""},
        "lang": run.languages,
        "editions": run.editions,
        "formats": run.formats,
    }
    said = tuple(
        (name, ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))
        for name, value in settled.items()
    )
    return Card(run.case.knowledge.labels("run.parameter", run.lang), said, run.lang)


def show_rows(run: Run, rows: Iterable[Result], columns: Sequence[str]) -> Grid:
    """Lay rows of a result out as a table, in the language of the run.

    A column is a key of the rows; its companion of the language (``message_zh``) wins. Ids of
    activities become their titles, decisions words.
    """
    labels, lang, case = run.case.knowledge.labels, run.lang, run.case
    titles = {
        row.id: case.say(row, "title", lang) for row in case.frames["activities"].itertuples()
    }

    def tell(value: Any, column: str) -> Any:
        if column in ("activity", "activities"):
            return titles.get(value, value)
        return labels(f"{SPOKEN[column]}.{value}", lang) if column in SPOKEN else value

    def pick(row: Result, column: str) -> Content:
        value = row.get(f"{column}_{lang}") or row.get(column)
        if isinstance(value, list):
            return [tell(part, column) for part in value]
        return None if value is None else tell(value, column)

    laid = [[pick(row, column) for column in columns] for row in rows]
    return Grid("", tuple(labels(f"run.{column}", lang) for column in columns), laid, lang)


def show_verdicts(run: Run, screen: Result) -> Grid:
    """Lay out the verdicts with the criteria that are met or unknown, and the facts that lack."""
    ending, colon = ("_zh", "：") if run.lang == "zh" else ("", ": ")
    rows = [
        verdict
        | {
            "because": [
                argument[f"clause{ending}"] + colon + argument[f"reason{ending}"]
                for argument in verdict["because"]
                if argument["met"] != "no"
            ]
        }
        for verdict in screen["verdicts"]
    ]
    return show_rows(run, rows, ("activity", "regime", "decision", "because", "missing"))


def show_exercises(run: Run, exercise: Result) -> Grid:
    """Lay out who played which scenario, the four scores and the ratings of the objectives."""
    rows = [
        {**played, **{name: f"{value:.2f}" for name, value in played["scores"].items()}}
        | {"ratings": " ".join(objective["rating"] for objective in played["objectives"])}
        for played in exercise["exercises"]
    ]
    scores = ("legality", "harm", "communication", "records")
    return show_rows(run, rows, ("title", "policy", *scores, "ratings"))


def _mark(run: Run, level: str | None) -> Mark:
    return Mark(
        level or "none", run.case.knowledge.labels(f"report.level.{level or 'none'}", run.lang)
    )


def show_counts(run: Run) -> Card:
    """Show how many rows each table of the case has, tables without rows left out."""
    labels, lang = run.case.knowledge.labels, run.lang
    sizes = ((table, len(frame)) for table, frame in run.case.frames.items())
    facts = tuple((labels(f"table.{table}", lang), size) for table, size in sizes if size)
    return Card(labels("run.count", lang), facts, lang)


def show_outline(run: Run, documents: Iterable[Document]) -> Grid:
    """Lay out the sections of documents that have been composed, one row per document."""
    rows = [
        {
            "edition": document.edition,
            "lang": document.lang,
            "section": [section.title for section in document.sections if section.level == 1],
        }
        for document in documents
    ]
    return show_rows(run, rows, ("edition", "lang", "section"))


def show_sections(document: Document, *sections: str) -> None:
    """Display the figures and tables of some sections of a report, in the order asked for."""
    from IPython.display import HTML, display
    from markupsafe import Markup

    from piaskit.display import frame_display
    from piaskit.report.document import Figure, Table
    from piaskit.report.drawing import draw_inline

    found = {section.id: section for section in document.sections}
    for block in (block for id in sections for block in found[id].blocks):
        if isinstance(block, Figure):
            drawn = Markup(draw_inline(block))  # noqa: S704  # serialised from checked elements
            body = Markup("<p><strong>{}</strong></p>{}").format(block.title, drawn)
            display(HTML(frame_display(document.lang, body)))
        elif isinstance(block, Table):
            heads = tuple(column.title for column in block.columns)
            rows = [[_read_cell(cell) for cell in row.cells] for row in block.rows]
            display(Grid(block.title, heads, rows, document.lang, len(rows) > FOLDED))


def _read_cell(cell: Cell) -> Content:
    from piaskit.report.document import Level, read_text

    if isinstance(cell, Level):
        return Mark(cell.id, cell.label)
    return cell if isinstance(cell, int | float) else read_text(cell)
