"""Findings as they show themselves in JupyterLab and on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from piaskit.discovery.findings import Discovery
from piaskit.display import Card, Grid
from piaskit.knowledge.records import Labels

WHOSE = ("self", "other", "child", "unclear")


def show_discovery(found: Discovery, lang: str) -> list[Card | Grid]:
    """Return a card with counts, the findings, and what holds or links more, folded."""
    if found.kind == "text":
        return _show_text(found, lang)
    say = found.knowledge.labels
    answer = found.to_dict()
    kinds = found.count_kinds()
    # Persons of several columns may be the same ones and are not added up.
    children = max((row["children"] or 0 for row in answer["findings"]), default=0)
    facts = [
        (say("discover.tables", lang), len(found.tables)),
        (say("discover.found", lang), kinds["personal"]),
        (say("discover.secrets", lang), kinds["secret"]),
    ]
    if children:
        facts.append((say("discover.children", lang), children))
    title = say("discover.title", lang, source=found.source)
    shown: list[Card | Grid] = [Card(title, tuple(facts), lang)]
    heads = ("table", "column", "kind", "sensitive", "sure", "why", "example")
    rows = [_list_cells(say, row, lang) for row in answer["findings"]]
    shown.append(Grid("", _name_heads(say, heads, lang), rows, lang))
    for part, head in (("containers", "kind"), ("links", "to")):
        held = [
            (
                row["table"],
                row["column"],
                _tell(say, part, row[head], lang),
                _pick(row, "because", lang),
            )
            for row in answer[part]
        ]
        if held:
            names = _name_heads(say, ("table", "column", head, "why"), lang)
            shown.append(Grid(say(f"discover.{part}", lang), names, held, lang, folded=True))
    records = [
        (
            row["table"],
            found.knowledge.categories[row["category"]].title[lang],
            ", ".join(row["columns"]),
            _pick(row, "because", lang),
        )
        for row in answer["person_tables"]
    ]
    if records:
        names = _name_heads(say, ("table", "kind", "columns", "why"), lang)
        shown.append(Grid(say("discover.person_tables", lang), names, records, lang, folded=True))
    return [*shown, *_show_case(found, lang)]


def _show_case(found: Discovery, lang: str) -> list[Card | Grid]:
    """Show what was drafted into a case, and what is new there."""
    say = found.knowledge.labels
    shown: list[Card | Grid] = []
    if found.case:
        facts = tuple((say(f"table.{t}", lang), n) for t, n in found.drafted.items() if n)
        shown.append(Card(say("discover.drafted", lang), facts, lang))
    if found.drift and found.drift.since:
        told = found.drift.to_dict()
        rows = [
            (
                say(f"discover.drift.{change}", lang),
                row["table"],
                row["column"],
                found.knowledge.categories[row["category"]].title[lang]
                if row.get("category")
                else "",
            )
            for change in ("new", "gone", "new_columns", "gone_columns")
            for row in told[change]
        ]
        since = found.drift.since
        if rows:
            title = say("discover.drift", lang, since=since)
            heads = _name_heads(say, ("drift.change", "table", "column", "kind"), lang)
            shown.append(Grid(title, heads, rows, lang))
        else:
            shown.append(Card(say("discover.drift.none", lang, since=since), (), lang))
    return shown


def _show_text(found: Discovery, lang: str) -> list[Card | Grid]:
    """Show what a text says of whom, before it is shared."""
    say = found.knowledge.labels
    rows = found.to_dict()["findings"]
    counts = {who: sum(row["whose"] == who for row in rows) for who in WHOSE}
    judged = sum(bool({"yes", "judge"} & set(row["sensitive"].values())) for row in rows)
    secrets = sum(row["kind"] == "secret" for row in rows)
    facts: list[tuple[str, Any]] = [
        (say(f"discover.share.{who}", lang), n) for who, n in counts.items() if n
    ]
    facts += [
        (say(f"discover.share.{name}", lang), n)
        for name, n in (("sensitive", judged), ("secrets", secrets))
        if n
    ]
    advice = [
        say(f"discover.share.{name}", lang, clause=found.knowledge.cite(clause, lang))
        for name, clause in _advise(counts, secrets)
    ]
    facts.append((say("discover.share.advice", lang), advice))
    shown: list[Card | Grid] = [Card(say("discover.share.title", lang), tuple(facts), lang)]
    if rows:
        heads = ("place", "kind", "whose", "sensitive", "sure", "example")
        cells = [
            (
                row["column"] if row["table"] == "text" else f"{row['table']} {row['column']}",
                _pick(row, "title", lang),
                say(f"discover.whose.{row['whose']}", lang),
                _tell_sensitive(say, row["sensitive"], lang),
                say(f"discover.sure.{row['confidence']}", lang),
                row["example"],
            )
            for row in rows
        ]
        shown.append(Grid("", _name_heads(say, heads, lang), cells, lang))
    return shown


def _advise(counts: Mapping[str, int], secrets: int) -> list[tuple[str, str]]:
    """Name what there is to do, each with the clause it rests on."""
    wanted = (
        ("secret", "cn-pipl 51(3)", secrets),
        ("others", "cn-pipl 27", counts["other"] + counts["unclear"]),
        ("children", "cn-pipl 31", counts["child"]),
        ("own", "cn-pipl 27", counts["self"]),
    )
    found = [(name, clause) for name, clause, n in wanted if n]
    return found or [("clean", "cn-pipl 27")]


def _name_heads(say: Labels, heads: tuple[str, ...], lang: str) -> tuple[str, ...]:
    return tuple(say(f"discover.{head}", lang) for head in heads)


def _list_cells(say: Labels, row: Mapping[str, Any], lang: str) -> tuple[str, ...]:
    return (
        row["table"],
        row["column"] + row["path"],
        _pick(row, "title", lang),
        _tell_sensitive(say, row["sensitive"], lang),
        say(f"discover.sure.{row['confidence']}", lang),
        _pick(row, "because", lang),
        row["example"],
    )


def _tell_sensitive(say: Labels, sensitive: Mapping[str, str], lang: str) -> str:
    """Say under which regimes a kind is sensitive, or has to be judged."""
    told = []
    for answer in ("yes", "judge"):
        regimes = [regime for regime, given in sensitive.items() if given == answer]
        if regimes:
            told.append(say(f"discover.sensitive.{answer}", lang, regimes=", ".join(regimes)))
    return "; ".join(told)


def _pick(row: Mapping[str, Any], key: str, lang: str) -> str:
    return str(row[f"{key}_zh"] if lang == "zh" else row[key])


def _tell(say: Labels, part: str, value: str, lang: str) -> str:
    return say(f"discover.container.{value}", lang) if part == "containers" else value
