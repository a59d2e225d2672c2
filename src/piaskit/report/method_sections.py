"""The internal report, when several methods were asked: their levels side by side, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from piaskit.report.document import Block, Cell, Section
from piaskit.report.results import Results
from piaskit.report.rows import Rows
from piaskit.report.voice import Voice

if TYPE_CHECKING:
    from piaskit.knowledge import Method

Result = Mapping[str, Any]


def compose_methods(rows: Rows, results: Results) -> list[Section]:
    """Return the section of methods side by side; none where one method was asked."""
    asked = results.assess["methods"]
    if len(asked) < 2:
        return []
    voice, assess = rows.voice, results.assess
    methods = [rows.case.knowledge.methods[id] for id in asked]
    differing = [row for row in assess["disagreements"] if row["risk"] is None]
    others = len(assess["disagreements"]) - len(differing)
    counts = {"n": len(methods), "activities": len(differing), "risks": others}
    blocks: list[Block] = [voice.paragraph(voice.say("methods.text", **counts))]
    blocks += [
        voice.paragraph(voice.pick(scope, "because")) for scope in assess.get("scopes", {}).values()
    ]
    columns = (
        *voice.columns(("activity", 3)),
        *(voice.column(m.id, m.name[voice.lang], 1.2, "level") for m in methods),
    )
    levels: list[tuple[Cell, ...]] = [
        (
            rows.link("activities", row["activity"], titled=True),
            *(_read_level(voice, row["levels"].get(m.id)) for m in methods),
        )
        for row in assess["by_method"]
    ]
    blocks.append(voice.table("methods", voice.say("methods.levels"), columns, levels))
    blocks.append(_explain_readings(voice, methods))
    if differing:
        blocks.append(_list_differences(rows, differing))
    every = {"all": len(assess["by_method"])}
    blocks.append(voice.pair("methods", {"n": len(differing), **every}, {"n": len(differing)}))
    return [voice.section("methods", blocks)]


def _read_level(voice: Voice, states: Result | None) -> Cell:
    return voice.level(states["current"]["level"] if states else None)


def _explain_readings(voice: Voice, methods: list[Method]) -> Block:
    """Say how the levels of each method are read as common words, and whose reading that is."""
    lang = voice.lang
    told: list[tuple[Cell, ...]] = []
    for method in methods:
        if method.reads is None:
            continue
        means = method.means or {}
        levels = [
            voice.say("methods.read", level=text[lang], word=voice.name("level", means[id]))
            if id in means
            else text[lang]
            for id, text in method.scales.risk.items()
        ]
        notes = [method.reads.note[lang]]
        notes += [method.means_note[lang]] if method.means_note else []
        source = voice.name("confidence", method.confidence)
        told.append(
            (method.title[lang], voice.join(levels, sentences=True), " ".join(notes), source)
        )
    columns = voice.columns(("method", 2), ("levels", 3), ("reading", 5), ("confidence", 1))
    return voice.table("readings", voice.say("methods.readings"), columns, told)


def _list_differences(rows: Rows, differing: list[Result]) -> Block:
    voice = rows.voice
    told: list[tuple[Cell, ...]] = []
    for row in differing:
        one, two = row["methods"]
        causes = dict.fromkeys(cause["kind"] for cause in row["causes"])
        other = rows.case.knowledge.methods[two].name[voice.lang]
        told.append(
            (
                rows.link("activities", row["activity"], titled=True),
                voice.level(row["levels"][one]),
                other,
                voice.level(row["levels"][two]),
                voice.join(
                    [rows.case.knowledge.labels(f"risk.cause.{c}", voice.lang) for c in causes]
                ),
                voice.pick(row, "because"),
            )
        )
    first = rows.case.knowledge.methods[differing[0]["methods"][0]].name[voice.lang]
    columns = (
        *voice.columns(("activity", 2)),
        voice.column("first", first, 1, "level"),
        *voice.columns(("other-method", 1.2), ("other-level", 1, "level")),
        *voice.columns(("difference-of", 1.4), ("difference", 6)),
    )
    title = voice.say("methods.differences")
    return voice.table("method-differences", title, columns, told, landscape=True)
