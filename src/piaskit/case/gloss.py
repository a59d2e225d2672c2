"""What the header of a column tells: how to fill it, what it is for, which clauses want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from piaskit.case.table import Column

if TYPE_CHECKING:
    from piaskit.knowledge import Knowledge, Labels

OTHER = {"zh": "en", "en": "zh"}


def explain_column(knowledge: Knowledge, table: str, column: Column, lang: str) -> str:
    """Write the note of a column, in ``lang`` first and then in the other language."""
    return "\n\n".join(_explain(knowledge, table, column, each) for each in (lang, OTHER[lang]))


def explain_kind(labels: Labels, column: Column, lang: str) -> str:
    """Say how the cells of a column are filled."""
    tables = ", ".join(labels(f"table.{name}", lang) for name in column.to)
    text = labels(f"workbook.kind.{column.kind}", lang, tables=tables)
    return f"{labels('workbook.required', lang)} {text}" if column.required else text


def _explain(knowledge: Knowledge, table: str, column: Column, lang: str) -> str:
    """Write the note in one language; a clause of less than high confidence carries a star.

    >>> from piaskit.case.tables import TABLES
    >>> from piaskit.knowledge import load_knowledge
    >>> print(_explain(load_knowledge(), "flows", TABLES["flows"]["stage"], "en"))
    Required. One word of the sheet Dictionary.
    The stage of the lifecycle; a row holds one.
    Wanted by: PIPL Art. 4; GB/T 39335-2020, 5.3
    """
    labels = knowledge.labels
    lines = [explain_kind(labels, column, lang)]
    told = knowledge.columns.get(f"{table}.{column.name}")
    if told:
        lines.append(told.note[lang])
        cited = []
        for reference in told.clauses:
            name, _, clause = reference.partition(" ")
            regulation = knowledge.regulations[name]
            sure = regulation.articles[regulation.find_article(clause)].confidence == "high"
            cited.append(knowledge.cite(reference, lang) + ("" if sure else "*"))
        joined = labels(
            "workbook.clauses", lang, clauses=("；" if lang == "zh" else "; ").join(cited)
        )
        lines.append(joined if cited else "")
        if any(cite.endswith("*") for cite in cited):
            lines.append(labels("workbook.unsure", lang))
    return "\n".join(filter(None, lines))
