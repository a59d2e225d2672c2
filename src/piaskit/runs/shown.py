"""What a notebook shows of a run: the status card, short tables, parts of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from piaskit.runs.run import Result, Run

if TYPE_CHECKING:
    from pandas import DataFrame

    from piaskit.report.document import Document

SPOKEN = {"level": "report.level", "decision": "report.decision", "regime": "report.regime"}


@dataclass(frozen=True, slots=True)
class Card:
    """A title and a few facts; shows itself in JupyterLab and as text."""

    title: str
    facts: tuple[tuple[str, str], ...]
    lang: str

    def __repr__(self) -> str:
        return "\n".join([self.title, *(f"{name}: {value}" for name, value in self.facts)])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row'>{escape(name)}</th><td>{escape(value)}</td></tr>"
            for name, value in self.facts
        )
        return (
            f"<table lang='{self.lang}'><caption><strong>{escape(self.title)}</strong></caption>"
            f"<tbody>{rows}</tbody></table>"
        )


def show_card(run: Run, results: Mapping[str, Result]) -> Card:
    """Sum up on one card what the case is, what was found and what needs a decision."""
    labels, lang, case = run.case.knowledge.labels, run.lang, run.case
    facts: dict[str, object] = {
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
        levels = {labels(f"report.level.{v or 'none'}", lang) for v in assess["overall"].values()}
        facts["overall"] = ", ".join(sorted(levels))
        counts = assess["counts"]["current"]
        facts["high"] = counts.get("high", 0) + counts.get("severe", 0)
    status = case.frames["actions"]["status"]
    facts["actions"] = int((~status.isin(["done", "verified", "dropped"])).sum())
    if case.left_out:
        facts["left-out"] = len(case.left_out)
    said = [(labels(f"run.{name}", lang), str(value)) for name, value in facts.items()]
    said += [(labels("run.notice", lang), str(notice)) for notice in case.notices]
    return Card(case.say(case.id, "title", lang), tuple(said), lang)


def show_settings(run: Run) -> Card:
    """Show the parameters as they were resolved; folders stay out of what may be passed on."""
    labels, lang = run.case.knowledge.labels, run.lang
    settled = {
        **run.settings,
        "lang": run.languages,
        "editions": run.editions,
        "formats": run.formats,
    }
    said = tuple(
        (name, ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))
        for name, value in settled.items()
    )
    return Card(f"{labels('run.parameter', lang)} · {labels('run.value', lang)}", said, lang)


def show_rows(run: Run, rows: Iterable[Result], columns: Sequence[str]) -> DataFrame:
    """Lay rows of a result out as a table, in the language of the run.

    A column is a key of the rows; its companion of the language (``message_zh``) wins.
    """
    import pandas as pd

    labels, lang = run.case.knowledge.labels, run.lang

    def pick(row: Result, column: str) -> Any:
        value = row.get(f"{column}_{lang}") or row.get(column)
        if column in SPOKEN and isinstance(value, str):
            return labels(f"{SPOKEN[column]}.{value}", lang)
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    laid = [[pick(row, column) for column in columns] for row in rows]
    return pd.DataFrame(laid, columns=[labels(f"run.{column}", lang) for column in columns])


def show_counts(run: Run) -> DataFrame:
    """Lay out how many rows each table of the case has, tables without rows left out."""
    labels, lang = run.case.knowledge.labels, run.lang
    rows = [
        {"table": labels(f"table.{table}", lang), "count": len(frame)}
        for table, frame in run.case.frames.items()
        if len(frame)
    ]
    return show_rows(run, rows, ("table", "count"))


def show_outline(run: Run, documents: Iterable[Document]) -> DataFrame:
    """Lay out the sections of documents that have been composed."""
    rows = [
        {"edition": document.edition, "lang": document.lang, "section": section.title}
        for document in documents
        for section in document.sections
        if section.level == 1
    ]
    return show_rows(run, rows, ("edition", "lang", "section"))


def show_sections(document: Document, *sections: str) -> None:
    """Display the figures and tables of some sections of a report, titles above."""
    import pandas as pd
    from IPython.display import HTML, display

    from piaskit.report.document import Figure, Table, read_text

    for section in document.sections:
        for block in section.blocks if section.id in sections else ():
            if isinstance(block, Figure):
                display(HTML(f"<h3>{escape(block.title)}</h3>{block.svg}"))
            elif isinstance(block, Table):
                cells = [[read_text(cell) for cell in row.cells] for row in block.rows]
                frame = pd.DataFrame(cells, columns=[column.title for column in block.columns])
                display(HTML(f"<h3>{escape(block.title)}</h3>"), frame)
