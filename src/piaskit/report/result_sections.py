"""The internal report, last part: the risks found, how they lie, and how they are treated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from piaskit.report.decisions import (
    Decision,
    find_untreated,
    gather_decisions,
    tabulate_decisions,
)
from piaskit.report.document import (
    Block,
    Cell,
    Column,
    Figure,
    Link,
    Row,
    Section,
    Style,
    Table,
    Text,
    read_text,
)
from piaskit.report.figures import Panel, draw_heat_map
from piaskit.report.reasons import link_subject, list_activities, name_risk
from piaskit.report.result_charts import show_counts, show_rights, show_time_left
from piaskit.report.results import Results, rank_level
from piaskit.report.rows import Rows, make_anchor
from piaskit.report.voice import GRAVE, LEVELS, LIKELIHOODS, STATES, Voice
from piaskit.risk.scales import spell_matrix

Result = Mapping[str, Any]
SHOWN = 3  # measures that the advice names


def compose_result(rows: Rows, results: Results) -> Section:
    """Return the heat map, the numbers per right and activity, and the register of risks."""
    voice, risks = rows.voice, results.risks
    names = {state: voice.name("level", results.overall(state)) for state in STATES}
    pair = voice.pair(
        "result",
        {name: results.count("current", name) for name in GRAVE},
        {name: results.count("planned", name) for name in GRAVE},
    )
    causes = len({risk["rule"] for risk in risks})
    text = voice.say("result.text", n=len(risks), causes=causes, **names)
    blocks: list[Block] = [voice.paragraph(text)]
    if not risks:
        blocks.append(voice.paragraph(voice.say("result.none")))
    blocks.append(show_heat_map(rows, results))
    blocks.append(show_counts(voice, results.assess["counts"], STATES))
    blocks.append(show_rights(voice, results.assess["rights"], STATES, wide=True))
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
    title = voice.say("result.activities")
    blocks.append(voice.table("levels", title, columns, levels, landscape=True))
    if risks:
        blocks.append(_tabulate_causes(rows, results))
        blocks.append(voice.paragraph((Link(voice.say("result.see"), "annex-register"),)))
    return voice.section("result", [*blocks, pair])


def name_cause(rows: Rows, results: Results, rule: str) -> str:
    """Return what a rule is about; a judgement without a rule says that it is one."""
    judged = rule == "judgement"
    return rows.voice.say("result.judged") if judged else results.name_rule(rows, rule)


def _tabulate_causes(rows: Rows, results: Results) -> Table:
    """Return a row per rule: what it is about, how many risks it gave, and the highest levels."""
    voice = rows.voice
    causes: dict[str, list[Result]] = {}
    for risk in results.risks:
        causes.setdefault(risk["rule"], []).append(risk)

    def highest(risks: Sequence[Result], state: str) -> Cell:
        return voice.level(max((results.level(r, state) for r in risks), key=rank_level))

    columns = (
        *voice.columns(("cause", 3), ("event", 1.4), ("source", 1.8), ("count", 0.8, "number")),
        *(voice.column(s, voice.say(f"state.{s}"), 1, "level") for s in STATES),
    )
    cells = [
        Row(
            (
                name_cause(rows, results, rule),
                rows.show("incidents", "event", risks[0]["event"]),
                voice.list_dimensions("source", {r["source"] for r in risks if r["source"]}),
                len(risks),
                *(highest(risks, state) for state in STATES),
            ),
            make_anchor("causes", rule),
            voice.visibility,
        )
        for rule, risks in causes.items()
    ]
    title, note = voice.say("result.causes"), voice.say("result.causes-note")
    return voice.table("causes", title, columns, cells, note=note, landscape=True)


def show_heat_map(rows: Rows, results: Results) -> Figure:
    """Return the heat map of the three states with its twin table, and how risks moved between."""
    voice = rows.voice
    matrix = spell_matrix(rows.case.knowledge.methods, results.method)
    panels = _gather_panels(voice, results)
    columns, cells = tabulate_cells(voice, panels, matrix)
    moves = (_tell_moves(voice, panel, impact) for panel in panels for impact in reversed(LEVELS))
    columns = (*columns, *voice.columns(("moved", 2.4)))
    cells = [(*row, move) for row, move in zip(cells, moves, strict=True)]
    numbers = {
        f"{level}_{state}": results.count(state, level)
        for level in ("severe", "high")
        for state in STATES
    }
    moved = {
        f"moved_{state}": sum(panel.moves.values())
        for state, panel in zip(STATES, panels, strict=True)
        if panel.moves or state != "inherent"
    }
    return Figure(
        "figure-heat-map",
        voice.say("result.map"),
        voice.say("result.map-alt", n=len(results.risks), **numbers, **moved),
        draw_heat_map(panels, matrix, voice.say),
        voice.table("heat-map", voice.say("result.map-twin"), columns, cells, landscape=True),
        voice.visibility,
    )


def tabulate_cells(
    voice: Voice, panels: Sequence[Panel], matrix: Mapping[str, Mapping[str, str]]
) -> tuple[tuple[Column, ...], list[tuple[Cell, ...]]]:
    """Return the columns and rows of a heat map's twin: a row per panel and impact."""
    columns = (
        *voice.columns(("state", 1.4), ("impact", 1, "level")),
        *(
            voice.column(x, voice.say("result.likely", level=voice.say(f"likelihood.{x}")), 1.2)
            for x in LIKELIHOODS
        ),
    )
    return columns, [
        (
            panel.title,
            voice.level(impact),
            *(
                voice.say(
                    "result.cell",
                    n=panel.counts.get((impact, x), 0),
                    level=voice.name("level", matrix[impact][x]),
                )
                for x in LIKELIHOODS
            ),
        )
        for panel in panels
        for impact in reversed(LEVELS)
    ]


def _gather_panels(voice: Voice, results: Results) -> list[Panel]:
    """Count the risks of each cell per state, and those that came from another one."""
    counts: list[Counter[tuple[str, str]]] = [Counter() for _ in STATES]
    moves: list[Counter[tuple[tuple[str, str], tuple[str, str]]]] = [Counter() for _ in STATES]
    for risk in results.risks:
        before: tuple[str, str] | None = None
        for at, state in enumerate(STATES):
            rated = results.rating(risk, state)
            if not rated:
                continue
            cell = (rated["impact"], rated["likelihood"])
            counts[at][cell] += 1
            if before is not None and before != cell:
                moves[at][before, cell] += 1
            before = cell
    return [
        Panel(voice.say(f"state.{state}"), counts[at], moves[at]) for at, state in enumerate(STATES)
    ]


def _tell_moves(voice: Voice, panel: Panel, impact: str) -> str:
    """Say how many risks came from which other cell to the cells of an impact."""
    told = []
    for (was, now), n in sorted(panel.moves.items()):
        if now[0] != impact:
            continue
        names = [voice.name("likelihood", cell[1]) for cell in (was, now)]
        if was[0] != now[0]:
            level = voice.name("level", was[0])
            names[0] = voice.say("result.moved-impact", was=names[0], impact=level)
        told.append(voice.say("result.moved", n=n, was=names[0], now=names[1]))
    return str(voice.join(told, sentences=True))


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
        ("risk", 1.6), ("rights", 1.2), ("impact", 1, "level"), ("cause", 1.2),
        ("likelihood", 1, "level"), ("level", 1, "level"), ("activity", 2), ("advice", 2),
        ("verified", 1),
    )  # fmt: skip
    blocks: list[Block] = [
        voice.paragraph(voice.say("treatment.text", **numbers)),
        *_tell_residual(rows, results),
        tabulate_decisions(rows, gather_decisions(rows, decisions)),
        *show_time_left(rows),
        voice.table(
            "c4",
            voice.say("treatment.table"),
            columns,
            _list_treatments(rows, results),
            note=voice.say("treatment.note"),
            landscape=True,
        ),
    ]
    verified = sum(row["status"] == "verified" for row in actions)
    pair = voice.pair("treatment", {"n": len(overdue)}, {"n": verified, "all": len(actions)})
    return voice.section("treatment", [*blocks, pair])


def _tell_residual(rows: Rows, results: Results) -> list[Block]:
    """Return what stays above the line after treatment, what regimes want, what does not count."""
    voice, residual = rows.voice, results.residual
    if not residual:
        return []
    style: Style = "normal" if residual["decision"] == "within-line" else "warning"
    blocks: list[Block] = [voice.paragraph(voice.pick(residual, "message"), style)]
    told: list[Text] = [
        voice.say("word.named", name=rows.cite(want) or want["regime"],
                  text=voice.pick(want, "because"))
        for want in residual["regimes"]
    ]  # fmt: skip
    # Late and unproven actions stand among the open tasks below.
    told += [
        voice.pick(remark, "message")
        for remark in results.remarks
        if remark["slug"] not in ("overdue", "unverified", "unverified-undated", "gone")
    ]
    return [*blocks, voice.bullets(told)] if told else blocks


def _list_treated(results: Results) -> list[Result]:
    """Severe and high risks of today, and whatever somebody acts on or has accepted."""
    return [
        risk
        for risk in results.risks
        if results.level(risk, "current") in ("high", "severe")
        or (risk.get("treatment") or {}).get("actions")
        or (risk.get("treatment") or {}).get("acceptances")
    ]


def _list_treatments(rows: Rows, results: Results) -> list[tuple[Cell, ...]]:
    """Return table C.4: risks of one kind, rated and treated alike, stand in one row."""
    voice = rows.voice
    alike: dict[tuple[object, ...], list[Result]] = {}
    for risk in _list_treated(results):
        rated = results.rating(risk, "current")
        steps = (rated.get("impact"), rated.get("likelihood"), rated.get("level"))
        told = (_tell_advice(rows, results, risk), _tell_verified(rows, risk))
        alike.setdefault((risk["rule"], name_risk(voice, risk), *steps, *told), []).append(risk)
    made: list[tuple[Cell, ...]] = []
    for members in alike.values():
        first, rated = members[0], results.rating(members[0], "current")
        places = voice.join([link_subject(rows, results, risk) for risk in members])
        made.append(
            (
                voice.enclose(name_risk(voice, first), places),
                voice.list_dimensions("dimension", {r for m in members for r in m["rights"] or ()}),
                voice.level(rated.get("impact")),
                voice.name("source", first["source"]),
                voice.likelihood(rated.get("likelihood")),
                voice.level(rated.get("level")),
                rows.link_ids(
                    "activities", [a for m in members for a in list_activities(m)], titled=True
                ),
                _tell_advice(rows, results, first) or _advise(rows, results, members),
                _tell_verified(rows, first),
            )
        )
    return made


def _list_actions(rows: Rows, risk: Result) -> list[Mapping[str, Any]]:
    treatment = risk.get("treatment") or {}
    return [rows.by_id["actions"].get(a["id"], a) for a in treatment.get("actions") or ()]


def _tell_advice(rows: Rows, results: Results, risk: Result) -> Text:
    """Return who does what until when, and whether that is enough; nothing where nobody does."""
    voice = rows.voice
    advice: list[Text] = []
    for row in _list_actions(rows, risk):
        due = row["due_on"]
        words = voice.say(
            "treatment.action",
            who=read_text(rows.show("actions", "owner", row["owner"]))
            or voice.say("word.no-owner"),
            due=str(due) if due else voice.say("word.no-date"),
            state=_tell_state(rows, row),
        )
        words = f" ({words})" if voice.lang == "en" else f"（{words}）"
        advice.append((rows.link("actions", row["id"], titled=True), words))
    for row in (risk.get("treatment") or {}).get("acceptances") or ():
        decision = rows.show("acceptances", "decision", row["decision"])
        advice.append((rows.link("acceptances", row["id"]), f" {read_text(decision)}"))
    if advice and risk.get("above_line"):
        level = voice.name("level", results.level(risk, "planned"))
        advice.append(voice.say("treatment.above", level=level))
    return voice.join(advice, sentences=True)


def _advise(rows: Rows, results: Results, risks: Sequence[Result]) -> Text:
    """Return the measures that lack at risks nobody treats, and the level that all would give."""
    voice, controls = rows.voice, rows.case.knowledge.controls
    plans = [results.plan[risk["id"]] for risk in risks if risk["id"] in results.plan]
    lacking = Counter(step["control"] for plan in plans for step in plan["steps"])
    named = [id for id, _ in lacking.most_common()] or list(risks[0]["remedy"] or ())
    advice: list[Text] = [controls[id].title[voice.lang] for id in named[:SHOWN] if id in controls]
    reached = [rank_level(plan["reached"]) for plan in plans if plan["reached"]]
    if reached and max(reached) < rank_level(results.level(risks[0], "current")):
        level = voice.name("level", LEVELS[max(reached) - 1])
        advice.append(voice.say("treatment.reached", level=level))
    return voice.join(advice, sentences=True)


def _tell_state(rows: Rows, action: Mapping[str, Any]) -> str:
    due, status = action["due_on"], action["status"] or "open"
    if status == "open" and due and str(due) < rows.as_of.isoformat():
        return rows.voice.say("word.overdue")
    return read_text(rows.show("actions", "status", status))


def _tell_verified(rows: Rows, risk: Result) -> Text:
    days = [row.get("verified_on") for row in _list_actions(rows, risk)]
    return rows.voice.join([str(day) for day in days if day])
