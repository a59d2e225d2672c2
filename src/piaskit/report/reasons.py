"""The annex of the internal report: why risks, impacts and likelihoods are rated as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from piaskit.report.document import Cell, Link, Row, Table, Text
from piaskit.report.results import Results
from piaskit.report.rows import Rows
from piaskit.report.voice import DIMENSIONS, SOURCES, STATES, Voice

Result = Mapping[str, Any]


def name_risk(voice: Voice, risk: Result) -> str:
    """Return the title of a risk, or its id when it has none."""
    return voice.pick(risk, "title") or str(risk["id"])


def link_risk(rows: Rows, results: Results, risk: Result) -> Text:
    """Return the title of a risk as a link to its row of the register."""
    return (Link(name_risk(rows.voice, risk), results.anchor(risk)),)


def link_id(results: Results, id: str) -> Text:
    """Return the id of a risk as a link to its row of the register; an unknown one stays text."""
    risk = results.find(id)
    return Link(id, results.anchor(risk)) if risk else id


def link_subject(rows: Rows, results: Results, risk: Result) -> Text:
    """Return the row at which a risk was found as a link to its row of the register."""
    table, id = risk["subject"]["table"], risk["subject"]["id"]
    shown = rows.voice.say("word.organisation") if table == "organisation" else id
    return (Link(shown, results.anchor(risk)),)


def list_activities(risk: Result) -> list[str]:
    """Return the activities a risk belongs to."""
    return list(risk.get("activities") or filter(None, [risk.get("activity")]))


def list_keys(rated: Iterable[Result], part: str, known: Sequence[str]) -> list[str]:
    """Return the dimensions that occur in a part of the ratings: the known ones first."""
    found = {key for activity in rated for key in activity[part]}
    return [*(d for d in known if d in found), *sorted(found - set(known))]


def tabulate_impact(rows: Rows, results: Results) -> Table:
    """Return table C.3 of GB/T 39335: a row per activity, a column per dimension of rights."""
    voice = rows.voice
    rated = results.assess["activities"]
    dimensions = list_keys(rated, "rights", DIMENSIONS)
    judged = {(j["activity"], j["dimension"]): j for j in rows.tables["judgements"]}
    inside = _group_risks(results)
    cells: list[tuple[Cell, ...]] = []
    for activity in rated:
        risks = inside.get(activity["id"], [])
        told: list[Text] = []
        for dimension in dimensions:
            rating = activity["rights"].get(dimension)
            judgement = judged.get((activity["id"], dimension), {})
            touching = sum(dimension in (risk.get("rights") or ()) for risk in risks)
            told.append(_tell_impact(rows, rating, judgement, touching) if rating else "")
        cells.append(
            (
                rows.link("activities", activity["id"], titled=True),
                _tell_problems(rows, results, risks),
                *told,
            )
        )
    columns = (
        *voice.columns(("activity", 1), ("problem", 1)),
        *(voice.column(d, voice.name("dimension", d), 1) for d in dimensions),
    )
    return voice.table("c3", voice.say("impact.table"), columns, cells, landscape=True)


def _group_risks(results: Results) -> dict[str, list[Result]]:
    inside: dict[str, list[Result]] = {}
    for risk in results.risks:
        for activity in list_activities(risk):
            inside.setdefault(activity, []).append(risk)
    return inside


def _tell_problems(rows: Rows, results: Results, risks: Sequence[Result]) -> Text:
    """Return the risks found at an activity by their source, each title once."""
    voice = rows.voice
    lines: list[Text] = []
    for source in list_keys(
        [{"sources": {risk["source"]: 1 for risk in risks}}], "sources", SOURCES
    ):
        first = {name_risk(voice, r): r for r in reversed(risks) if r["source"] == source}
        titles = voice.join([link_risk(rows, results, risk) for risk in reversed(first.values())])
        lead = voice.say("word.named", name=voice.name("source", source), text="")
        lines.append((lead, *(titles if isinstance(titles, tuple) else (titles,))))
    return voice.stack(lines)


def _tell_impact(rows: Rows, rating: Result, judgement: Result, touching: int) -> Text:
    voice = rows.voice
    level = voice.name("level", rating.get("impact"))
    text = voice.say("impact.rated", level=level, n=touching, because=voice.pick(rating, "because"))
    if problem := voice.pick(judgement, "problem"):
        text = voice.say("impact.judged", text=text, problem=problem)
    evidence = voice.pick(judgement, "evidence") or rows.link_all(rating.get("rows") or (), limit=4)
    return voice.enclose(text, evidence) if evidence else text


def tabulate_likelihood(rows: Rows, results: Results) -> Table:
    """Return table D.6 of GB/T 39335: a row per activity, a column per risk source."""
    voice = rows.voice
    rated = results.assess["activities"]
    sources = list_keys(rated, "sources", SOURCES)
    inside = _group_risks(results)
    cells: list[tuple[Cell, ...]] = []
    for activity in rated:
        told: list[Text] = []
        for source in sources:
            rating = activity["sources"].get(source)
            rights = {
                right
                for risk in inside.get(activity["id"], ())
                if risk["source"] == source
                for right in risk.get("rights") or ()
            }
            told.append(_tell_likelihood(voice, rating, rights) if rating else "")
        cells.append((rows.link("activities", activity["id"], titled=True), *told))
    columns = (
        *voice.columns(("activity", 1)),
        *(voice.column(s, voice.name("source", s), 1) for s in sources),
    )
    return voice.table("d6", voice.say("likelihood-section.table"), columns, cells, landscape=True)


def _tell_likelihood(voice: Voice, rating: Result, rights: Iterable[str]) -> str:
    states = {state: voice.name("likelihood", rating.get(state)) for state in STATES}
    parts = [
        voice.say("likelihood-section.states", **states),
        voice.pick(rating, "because"),
    ]
    if named := voice.list_dimensions("dimension", rights):
        parts.append(voice.say("likelihood-section.rights", rights=named))
    return "\n".join(filter(None, parts))


def tabulate_gaps(rows: Rows, results: Results) -> Table:
    """Return the gaps one by one."""
    voice = rows.voice
    columns = voice.columns(("finding", 1), ("clause", 1), ("subject", 1), ("activity", 1))
    cells: list[tuple[Cell, ...]] = [
        (
            voice.pick(finding, "message"),
            rows.cite(finding),
            rows.link(finding["subject"]["table"], finding["subject"]["id"]),
            rows.link_ids("activities", list_activities(finding), titled=True),
        )
        for finding in results.findings
    ]
    return voice.table("gaps", voice.say("compliance.table"), columns, cells, landscape=True)


def tabulate_register(rows: Rows, results: Results) -> Table:
    """Return the register: every risk with its place, levels and reasons, each under its anchor."""
    voice = rows.voice
    columns = (
        *voice.columns(("risk", 1), ("activity", 1), ("subject", 1), ("rights", 1)),
        *(voice.column(s, voice.say(f"state.{s}"), 1, "level") for s in STATES),
        *voice.columns(("because", 1)),
    )
    made = [
        Row(
            (
                name_risk(voice, risk),
                rows.link_ids("activities", list_activities(risk), titled=True),
                rows.link(risk["subject"]["table"], risk["subject"]["id"]),
                _number_rights(risk),
                *(voice.level(results.level(risk, state)) for state in STATES),
                _tell_because(rows, results, risk),
            ),
            results.anchor(risk),
        )
        for risk in results.risks
    ]
    key = voice.join([f"{n} {voice.name('dimension', d)}" for n, d in enumerate(DIMENSIONS, 1)])
    note = voice.say("result.register-note", key=str(key))
    title = voice.say("result.register")
    return voice.table("register", title, columns, made, note=note, landscape=True)


def _number_rights(risk: Result) -> str:
    rights = risk.get("rights") or ()
    return ", ".join(str(n) for n, d in enumerate(DIMENSIONS, 1) if d in rights)


def _tell_because(rows: Rows, results: Results, risk: Result) -> Text:
    """Return the reasons of a risk: all for a severe one, two for a high one, else the first."""
    voice = rows.voice
    convention = rows.case.knowledge.labels("risk.convention", voice.lang)
    parts: list[Text] = []
    shown = {"severe": None, "high": 2}.get(results.level(risk, "current") or "", 1)
    for reason in list(risk["because"])[:shown]:
        text = voice.pick(reason, "text")
        if (clause := rows.cite_reason(risk, reason)) and clause != convention:
            text += f" ({clause})" if voice.lang == "en" else f"（{clause}）"
        linked = rows.link_all(reason.get("rows") or (), limit=3)
        parts.append(voice.enclose(text, linked) if linked else text)
    return voice.join(parts, sentences=True)
