"""Findings as they show themselves in JupyterLab and on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from piaskit.discovery.findings import Discovery
from piaskit.display import Card, Grid
from piaskit.knowledge.records import Labels


def show_discovery(found: Discovery, lang: str) -> list[Card | Grid]:
    """Return a card with counts, the findings, and what holds or links more, folded."""
    say = found.knowledge.labels
    answer = found.to_dict()
    title = say("discover.title", lang, source=found.source)
    kinds = found.count_kinds()
    children = sum(row["children"] or 0 for row in answer["findings"])
    facts = [
        (say("discover.tables", lang), len(found.tables)),
        (say("discover.found", lang), kinds["personal"]),
        (say("discover.secrets", lang), kinds["secret"]),
    ]
    if children:
        facts.append((say("discover.children", lang), children))
    shown: list[Card | Grid] = [Card(title, tuple(facts), lang)]
    heads = ("table", "column", "kind", "sensitive", "sure", "why", "example")
    names = tuple(say(f"discover.{head}", lang) for head in heads)
    shown.append(Grid("", names, [list_cells(say, row, lang) for row in answer["findings"]], lang))
    for part, head in (("containers", "kind"), ("links", "to")):
        rows = [
            (
                row["table"],
                row["column"],
                _tell(say, part, row[head], lang),
                pick(row, "because", lang),
            )
            for row in answer[part]
        ]
        if rows:
            told = ("table", "column", head, "why")
            names = tuple(say(f"discover.{name}", lang) for name in told)
            shown.append(Grid(say(f"discover.{part}", lang), names, rows, lang, folded=True))
    return shown


def list_cells(say: Labels, row: Mapping[str, Any], lang: str) -> tuple[str, ...]:
    """Write one finding as the cells of a table."""
    return (
        row["table"],
        row["column"] + row["path"],
        pick(row, "title", lang),
        tell_sensitive(say, row["sensitive"], lang),
        say(f"discover.sure.{row['confidence']}", lang),
        pick(row, "because", lang),
        row["example"],
    )


def tell_sensitive(say: Labels, sensitive: Mapping[str, str], lang: str) -> str:
    """Say under which regimes a kind is sensitive, or has to be judged."""
    told = []
    for answer in ("yes", "judge"):
        regimes = [regime for regime, given in sensitive.items() if given == answer]
        if regimes:
            told.append(say(f"discover.sensitive.{answer}", lang, regimes=", ".join(regimes)))
    return "; ".join(told)


def pick(row: Mapping[str, Any], key: str, lang: str) -> str:
    """Return a text of a result in a language."""
    return str(row[f"{key}_zh"] if lang == "zh" else row[key])


def _tell(say: Labels, part: str, value: str, lang: str) -> str:
    return say(f"discover.container.{value}", lang) if part == "containers" else value
