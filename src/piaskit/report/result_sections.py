"""The internal report, last part: the risks found, how they lie, and how they are treated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from piaskit.report.document import Block, Cell, Figure, Link, Row, Section, Text
from piaskit.report.figures import draw_heat_map
from piaskit.report.management import (
    Decision,
    find_untreated,
    gather_decisions,
    tabulate_decisions,
)
from piaskit.report.results import Results
from piaskit.report.rows import Rows
from piaskit.report.voice import DIMENSIONS, LEVELS, LIKELIHOODS, STATES, Voice

Result = Mapping[str, Any]


def link_risk(rows: Rows, results: Results, risk: Result) -> Text:
    """Return the title of a risk as a link to its row of the register."""
    return (Link(rows.voice.pick(risk, "title") or risk["id"], results.anchor(risk)),)


def compose_result(rows: Rows, results: Results) -> Section:
    """Return the heat map, the numbers per right and activity, and the register of risks."""
    voice, risks = rows.voice, results.risks
    names = {state: voice.name("level", results.overall(state)) for state in STATES}
    pair = voice.pair(
        "result",
        {name: results.count("current", name) for name in ("severe", "high")},
        {name: results.count("planned", name) for name in ("severe", "high")},
    )
    blocks: list[Block] = [voice.paragraph(voice.say("result.text", n=len(risks), **names))]
    if not risks:
        blocks.append(voice.paragraph(voice.say("result.none")))
    blocks.append(show_heat_map(rows, results))
    blocks.append(show_rights(voice, results.assess["rights"], STATES))
    columns = (
        *voice.columns(("activity", 3)),
        *(voice.column(s, voice.say(f"state.{s}"), 1, "level") for s in STATES),
    )
    levels: list[tuple[Cell, ...]] = [
        (
            rows.link("activities", activity["id"], titled=True),
            *(voice.level((activity.get("levels") or {}).get(state)) for state in STATES),
        )
        for activity in results.assess["activities"]
    ]
    blocks.append(voice.table("levels", voice.say("result.activities"), columns, levels))
    columns = (
        *voice.columns(("risk", 2.6), ("activity", 1.5), ("subject", 1.1)),
        *(voice.column(s, voice.say(f"state.{s}"), 0.9, "level") for s in STATES),
        *voice.columns(("because", 4.4)),
    )
    register = [
        Row(
            (
                voice.pick(risk, "title") or risk["id"],
                rows.link_ids("activities", list_activities(risk), titled=True),
                rows.link(risk["subject"]["table"], risk["subject"]["id"]),
                *(voice.level(results.level(risk, state)) for state in STATES),
                _tell_because(rows, results, risk),
            ),
            results.anchor(risk),
        )
        for risk in risks
    ]
    blocks.append(
        voice.table(
            "register",
            voice.say("result.register"),
            columns,
            register,
            note=voice.say("result.register-note"),
            landscape=True,
        )
    )
    return voice.section("result", [*blocks, pair])


def list_activities(risk: Result) -> list[str]:
    """Return the activities a risk belongs to."""
    return list(risk.get("activities") or filter(None, [risk.get("activity")]))


def _tell_because(rows: Rows, results: Results, risk: Result) -> Text:
    """Return the reasons of a risk: all for a severe one, two for a high one, else the first."""
    voice = rows.voice
    parts: list[Text] = []
    shown = {"severe": None, "high": 2}.get(results.level(risk, "current") or "", 1)
    for reason in list(risk["because"])[:shown]:
        text = voice.pick(reason, "text")
        if clause := rows.cite(reason):
            text += f" ({clause})" if voice.lang == "en" else f"（{clause}）"
        linked = rows.link_all(reason.get("rows") or (), limit=3)
        parts.append(voice.enclose(text, linked) if linked else text)
    return voice.join(parts, sentences=True)


def show_heat_map(rows: Rows, results: Results) -> Figure:
    """Return the heat map of the three states with its twin table, risks named in each cell."""
    voice = rows.voice
    matrix = rows.case.knowledge.methods[results.method].matrix
    inside: dict[str, dict[tuple[str, str], list[Result]]] = {state: {} for state in STATES}
    for risk in results.risks:
        for state in STATES:
            rated = results.rating(risk, state)
            if rated:
                inside[state].setdefault((rated["impact"], rated["likelihood"]), []).append(risk)
    panels = [
        (voice.say(f"state.{state}"), {cell: len(r) for cell, r in inside[state].items()})
        for state in STATES
    ]
    columns = (
        *voice.columns(("state", 1.4), ("impact", 1, "level")),
        *(
            voice.column(x, voice.say("result.likely", level=voice.say(f"likelihood.{x}")), 1.2)
            for x in LIKELIHOODS
        ),
    )
    cells: list[tuple[Cell, ...]] = [
        (
            voice.say(f"state.{state}"),
            voice.level(impact),
            *(
                voice.say(
                    "result.cell",
                    n=len(inside[state].get((impact, x), ())),
                    level=voice.name("level", matrix[impact][x]),  # type: ignore[index]
                )
                for x in LIKELIHOODS
            ),
        )
        for state in STATES
        for impact in reversed(LEVELS)
    ]
    numbers = {
        f"{level}_{state}": results.count(state, level)
        for level in ("severe", "high")
        for state in STATES
    }
    return Figure(
        "figure-heat-map",
        voice.say("result.map"),
        voice.say("result.map-alt", n=len(results.risks), **numbers),
        draw_heat_map(panels, matrix, voice.say),  # type: ignore[arg-type]
        voice.table("heat-map", voice.say("result.map-twin"), columns, cells),
        voice.visibility,
    )


def show_rights(voice: Voice, rights: Mapping[str, Any], states: Sequence[str]) -> Block:
    """Return the number of severe and high risks per dimension of rights and state."""

    def head(state: str, level: str) -> str:
        words = {"state": voice.say(f"state.{state}"), "level": voice.say(f"level.{level}")}
        return voice.say("result.of", **words)

    columns = (
        *voice.columns(("dimension", 3)),
        *(
            voice.column(f"{state}-{level}", head(state, level), 1.2, "number")
            for state in states
            for level in ("severe", "high")
        ),
    )
    cells: list[tuple[Cell, ...]] = [
        (
            voice.name("dimension", dimension),
            *(
                int(rights[dimension].get(state, {}).get(level, 0))
                for state in states
                for level in ("severe", "high")
            ),
        )
        for dimension in [d for d in DIMENSIONS if d in rights]
    ]
    return voice.table("rights", voice.say("result.rights"), columns, cells)


def compose_treatment(rows: Rows, results: Results, decisions: Sequence[Decision]) -> Section:
    """Return what is to be decided, table C.4 and the plan of actions."""
    voice = rows.voice
    actions = rows.tables["actions"]
    open_ones = [row for row in actions if row["status"] in (None, "open")]
    overdue = [row for row in open_ones if row["due_on"] and row["due_on"] < rows.as_of]
    numbers = {
        "n": len(actions),
        "open": len(open_ones),
        "overdue": len(overdue),
        "untreated": len(find_untreated(results)),
    }
    columns = voice.columns(
        ("activity", 1.4), ("rights", 1.5), ("impact", 0.9, "level"), ("cause", 2.4),
        ("likelihood", 0.9, "level"), ("risk", 2), ("level", 0.9, "level"), ("advice", 2.6),
        ("verified", 1.4),
    )  # fmt: skip
    blocks: list[Block] = [
        voice.paragraph(voice.say("treatment.text", **numbers)),
        tabulate_decisions(rows, gather_decisions(rows, decisions), "decisions"),
        voice.table(
            "c4",
            voice.say("treatment.table"),
            columns,
            [_show_treatment(rows, results, risk) for risk in _list_treated(results)],
            note=voice.say("treatment.note"),
            landscape=True,
        ),
    ]
    if actions:
        columns = voice.columns(
            ("title", 4), ("owner", 2), ("due", 1.3, "date"), ("state", 1.3), ("id", 1.2, "ref")
        )
        late = {row["id"] for row in overdue}
        cells: list[tuple[Cell, ...]] = [
            (
                rows.title("actions", row["id"]),
                rows.person(row["owner"]),
                row["due_on"] or voice.say("word.no-date"),
                voice.say("word.overdue")
                if row["id"] in late
                else rows.show("actions", "status", row["status"] or "open"),
                rows.link("actions", row["id"]),
            )
            for row in actions
        ]
        blocks.append(voice.table("action-plan", voice.say("treatment.actions"), columns, cells))
    verified = sum(row["status"] == "verified" for row in actions)
    pair = voice.pair("treatment", {"n": len(overdue)}, {"n": verified, "all": len(actions)})
    return voice.section("treatment", [*blocks, pair])


def _list_treated(results: Results) -> list[Result]:
    """Severe and high risks of today, and whatever somebody acts on or has accepted."""
    return [
        risk
        for risk in results.risks
        if results.level(risk, "current") in ("high", "severe")
        or (risk.get("treatment") or {}).get("actions")
        or (risk.get("treatment") or {}).get("acceptances")
    ]


def _show_treatment(rows: Rows, results: Results, risk: Result) -> tuple[Cell, ...]:
    voice, rated = rows.voice, results.rating(risk, "current")
    treatment = risk.get("treatment") or {}
    actions = [rows.by_id["actions"].get(a["id"], a) for a in treatment.get("actions") or ()]
    advice: list[Text] = [
        (rows.link("actions", a["id"], titled=True), f" ({rows.person(a['owner'])})")
        for a in actions
    ]
    for row in treatment.get("acceptances") or ():
        advice.append((rows.link("acceptances", row["id"]), f" {row['decision']}"))
    if not advice:
        advice = [
            control.title[voice.lang]
            for id in list(risk.get("remedy") or ())[:3]
            if (control := rows.case.knowledge.controls.get(id))
        ]
    checked = [a["verified_on"].isoformat() for a in actions if a.get("verified_on")]
    return (
        rows.link_ids("activities", list_activities(risk), titled=True),
        voice.list_dimensions("dimension", risk.get("rights") or ()),
        voice.level(rated.get("impact")),
        voice.name("source", risk["source"]),
        voice.likelihood(rated.get("likelihood")),
        link_risk(rows, results, risk),
        voice.level(rated.get("level")),
        voice.join(advice, sentences=True),
        voice.join(checked),
    )
