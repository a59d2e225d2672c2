"""The page for management: the state, what is missing, what to decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from piaskit.report.decisions import APPROVAL, Decision, find_approved, tabulate_decisions
from piaskit.report.document import (
    Block,
    Cell,
    Link,
    PageBreak,
    Section,
)
from piaskit.report.layout import find_room, measure_height
from piaskit.report.loss_sections import show_limits
from piaskit.report.reasons import list_activities, name_risk
from piaskit.report.result_sections import name_cause
from piaskit.report.results import Result, Results, rank_level
from piaskit.report.rows import Rows, make_anchor
from piaskit.report.tiles import show_tiles
from piaskit.report.voice import GRAVE, Voice

# Findings, rows of decisions, persons in a row that stands for several: the first that fits
SIZES = (
    (12, 10, 8), (10, 9, 8), (9, 8, 8), (8, 7, 8), (8, 6, 8), (7, 6, 8), (7, 5, 8), (6, 5, 8),
    (8, 4, 8), (7, 4, 8), (6, 4, 8), (5, 4, 8), (4, 4, 8), (3, 4, 8), (2, 4, 8), (3, 4, 2),
    (2, 4, 2), (1, 4, 2),
)  # fmt: skip
GRAVEST = 2  # new or raised risks that page one names
GAP = "\x00"  # where a link stands in a label


def shorten_decisions(
    rows: Rows, results: Results, decisions: Sequence[Decision], most: int, named: int
) -> list[Decision]:
    """Return some ``most`` rows for page one, decisions before tasks.

    A row that stands for several names up to ``named`` persons, each with a number, and says of
    how many risks of its level.

    Like ones share a row and stand there in any case, as does the approval; single ones follow by
    urgency as far as there is room.
    """
    members: dict[str, list[Decision]] = {}
    for decision in decisions:
        if decision.group:
            members.setdefault(decision.group, []).append(decision)
    kept = [_join_group(rows, results, group, named) for group in members.values()]
    kept += [d for d in decisions if d.urgency == APPROVAL]
    single = [d for d in decisions if not d.group and d.urgency < APPROVAL]
    shown = [*kept, *single[: max(most - len(kept), 0)]]
    return sorted(shown, key=_rank_decision)


def _rank_decision(decision: Decision) -> tuple[object, ...]:
    """The approval stands first, then what is late, then the rest; tasks after decisions."""
    late = decision.state in ("expired", "overdue")
    return decision.task, decision.urgency < APPROVAL, not late, decision.order


def _join_group(rows: Rows, results: Results, members: Sequence[Decision], named: int) -> Decision:
    first, n = members[0], len(members)
    if n == 1:
        return first
    voice, nobody = rows.voice, rows.person(None)
    numbers = Counter(member.holder for member in members)
    unowned = numbers.pop(nobody, 0)
    most = numbers.most_common()
    shown = most if len(most) <= named + 1 else most[:named]
    holders = [voice.say("management.holder", who=who, n=number) for who, number in shown]
    if rest := most[len(shown) :]:
        given = sum(number for _, number in rest)
        holders.append(voice.say("management.more-persons", n=len(rest), given=given))
    if unowned:
        holders.append(voice.say("management.no-owner", n=unowned))
    level = first.group.removeprefix("treat-")
    if level in GRAVE:
        every, line = results.count("current", level), _name_line(rows, results)
        text = voice.say(f"management.treat.{first.group}", n=n, all=every, line=line)
    else:
        text = voice.say(f"decide.many.{first.group}", n=n)
    owners = str(voice.join(holders))
    if level in GRAVE and (officer := rows.find_officer()):
        who = rows.name_holder(officer["id"])
        owners = voice.say("management.deciders", who=who, owners=owners)
    return replace(first, text=text, holder=owners, count=n)


def compose_management(rows: Rows, results: Results, decisions: Sequence[Decision]) -> Section:
    """Return page one: the level now and then, the worst findings, what to decide, harm, verdict.

    It says as much of findings and decisions as the printed page holds.
    """
    voice = rows.voice
    room = find_room(results.title, voice.say("subtitle.internal"))
    top = _compose_top(rows, results)
    top.append(voice.paragraph(_tell_verdict(rows, results, decisions)))
    end = [*show_limits(voice, results.quantify), voice.paragraph(_tell_changes(rows, results))]
    ranked = _rank_causes(results)
    for worst, most, named in SIZES:
        shown = shorten_decisions(rows, results, decisions, most, named)
        blocks = [
            *top,
            _show_worst(rows, results, ranked, worst),
            _show_decisions(rows, results, decisions, shown),
            *end,
        ]
        if measure_height(blocks, voice.lang) <= room:
            break
    return voice.section("management", [*blocks, PageBreak(voice.visibility)])


def _compose_top(rows: Rows, results: Results) -> list[Block]:
    voice, left_out = rows.voice, rows.case.left_out
    states = {state: results.overall(state) for state in ("current", "planned")}
    counts = {state: results.assess["counts"].get(state, {}) for state in states}
    if (earlier := results.earlier) is not None:
        states["previous"] = earlier.overall("current")
        counts["previous"] = earlier.assess["counts"]["current"]
    register = "table-register" if results.risks else "annex-register"
    blocks: list[Block] = [show_tiles(voice, states, counts, register)]
    if left_out:
        blocks.append(voice.paragraph(voice.say("management.left-out", n=len(left_out)), "warning"))
    return blocks


def _tell_verdict(
    rows: Rows, results: Results, decisions: Sequence[Decision]
) -> tuple[str | Link, ...]:
    """Say whether the risks allow to go on, what the laws want else, and who decides by when."""
    voice, residual = rows.voice, results.residual
    parts: list[str | Link] = [voice.say("management.go-on")]
    if not results.assess["activities"]:
        return _space(rows, [*parts, voice.say("management.empty")])
    if residual:
        above = sum(residual["levels"].values())
        counts = residual["levels"] if above else {x: results.count("current", x) for x in GRAVE}
        touched = _find_above(results, residual["line"], "planned" if above else "current")
        begun = _count_begun(rows, touched)
        text = voice.say(
            f"management.{'above' if above else 'within'}",
            line=GAP,
            activities=_tell_activities(voice, begun, len(results.assess["activities"])),
            **{level: counts.get(level, 0) for level in GRAVE},
        )
        before, _, after = text.partition(GAP)
        link = Link(voice.name("level", residual["line"]), "criteria")
        parts += [before, link, after]
        for wanted in residual["regimes"]:
            parts.append(_tell_wants(rows, wanted, begun, link.text))
    approval = next((d for d in decisions if d.urgency == APPROVAL), None)
    if approval is None:
        last = find_approved(rows)
        if last is not None:
            who, day = rows.person(last["approved_by"]), last["approved_on"].isoformat()
            parts.append(voice.say("management.approved", who=who, date=day))
    elif approval.by == rows.person(None):
        parts.append(voice.say("management.approver-none"))
    elif approval.until is None:
        parts.append(voice.say("management.approver-open", who=approval.holder))
    else:
        day = approval.until.isoformat()
        parts.append(voice.say("management.approver", who=approval.holder, until=day))
    return _space(rows, parts)


def _find_above(results: Results, line: str, state: str) -> set[str]:
    """Return the activities of which a risk lies above a level in a state."""
    return {
        id
        for risk in results.risks
        for id in list_activities(risk)
        if rank_level(results.level(risk, state)) > rank_level(line)
    }


def _count_begun(rows: Rows, activities: Collection[str]) -> dict[str, int]:
    """Count the activities that run already, have not begun, or are without a day of beginning."""
    days = [rows.by_id["activities"][id]["begun_on"] for id in activities]
    return {
        "running": sum(day is not None and day <= rows.as_of for day in days),
        "planned": sum(day is not None and day > rows.as_of for day in days),
        "untold": days.count(None),
    }


def _tell_activities(voice: Voice, begun: Mapping[str, int], number: int) -> str:
    touched = sum(begun.values())
    if not touched:
        return voice.say("management.in-none")
    told = [voice.say(f"management.{key}", n=n) for key, n in begun.items() if n]
    if begun["running"] == touched:
        told = [voice.say("management.all-running")]
    which = "all" if touched == number else "some"
    return voice.say(f"management.in-{which}", n=touched, all=number, told=voice.join(told))


def _tell_wants(rows: Rows, wanted: Result, begun: Mapping[str, int], line: str) -> str:
    """Say what a regime wants where risks stay too high, with its clause and confidence."""
    voice, clause = rows.voice, rows.voice.pick(wanted, "clause")
    decision = wanted["decision"]
    if decision not in ("reduce", "consult") or not clause:
        return voice.pick(wanted, "because")
    if decision == "reduce":
        known = not begun["untold"] and not (begun["running"] and begun["planned"])
        decision += f".{'both' if not known else 'running' if begun['running'] else 'planned'}"
    officer = rows.find_officer("dpo")
    through = (
        voice.say("management.through", who=rows.name_holder(officer["id"])) if officer else ""
    )
    text = voice.say(f"management.wants.{decision}", line=line, through=through)
    confidence = rows.find_confidence(wanted)
    if confidence == "high":
        return voice.say("management.wants", text=text, clause=clause)
    level = voice.name("sure", confidence)
    return voice.say("management.wants-unsure", text=text, clause=clause, level=level)


def _space(rows: Rows, sentences: Sequence[str | Link]) -> tuple[str | Link, ...]:
    """Put spaces between English sentences; a link stands inside one."""
    spaced: list[str | Link] = []
    for part in sentences:
        if spaced and rows.voice.gap and isinstance(part, str) and isinstance(spaced[-1], str):
            spaced.append(rows.voice.gap)
        spaced.append(part)
    return tuple(spaced)


class Cause(NamedTuple):
    """What one rule found: its risks, and how many are grave by state and level."""

    rule: str
    risks: list[Result]
    grave: Mapping[tuple[str, str], int]

    @property
    def kind(self) -> str:
        return str(self.risks[0]["kind"])


def _rank_causes(results: Results) -> list[Cause]:
    """Return what rules found, most severe and then most high risks first."""
    found: dict[str, list[Result]] = {}
    for risk in results.risks:
        found.setdefault(risk["rule"], []).append(risk)
    causes = []
    for rule, risks in found.items():
        levels = Counter((s, results.level(r, s)) for r in risks for s in ("current", "planned"))
        grave: dict[tuple[str, str], int] = {
            (state, level): levels[state, level]
            for state in ("current", "planned")
            for level in GRAVE
        }
        causes.append(Cause(rule, risks, grave))
    return sorted(causes, key=lambda c: (*(-c.grave["current", x] for x in GRAVE), c.rule))


def _show_worst(rows: Rows, results: Results, ranked: Sequence[Cause], most: int) -> Block:
    """Return the findings with the gravest risks, half of them gaps in what is done."""
    voice = rows.voice
    if not ranked:
        return voice.paragraph(voice.say("management.no-gap"))
    gaps = [c.rule for c in ranked if c.kind == "gap" and any(c.grave["current", x] for x in GRAVE)]
    chosen = {*gaps[: (most + 1) // 2]}
    others = [cause.rule for cause in ranked if cause.rule not in chosen]
    chosen.update(others[: max(most - len(chosen), 1)])
    cells: list[tuple[Cell, ...]] = [
        (
            voice.say(f"management.cause.{cause.kind}"),
            Link(name_cause(rows, results, cause.rule), make_anchor("causes", cause.rule)),
            *(
                voice.say(
                    "management.then",
                    now=cause.grave["current", level],
                    then=cause.grave["planned", level],
                )
                for level in GRAVE
            ),
            _name_place(rows, cause.risks[0]),
        )
        for cause in ranked
        if cause.rule in chosen
    ]
    columns = voice.columns(
        ("sort", 0.8), ("worst", 3.2), ("severe-then", 0.8), ("high-then", 0.8), ("where", 3.2),
    )  # fmt: skip
    numbers = {level: results.count("current", level) for level in ("medium", "low")}
    note: list[str | Link] = [
        voice.say(
            "management.states", gaps=len(results.findings), risks=len(results.risks), **numbers
        )
    ]
    if rest := [cause for cause in ranked if cause.rule not in chosen]:
        told = voice.say(
            "management.worst-rest",
            kinds=len(rest),
            **{level: sum(cause.grave["current", level] for cause in rest) for level in GRAVE},
        )
        lead, _, end = voice.say("management.chosen", rest=GAP).partition(GAP)
        note = [lead, Link(told, "table-causes"), f"{end}{voice.gap}{note[0]}"]
    return voice.table("worst", voice.say("management.worst"), columns, cells, note=tuple(note))


def _name_place(rows: Rows, risk: Result) -> str:
    """Name the activity of a risk, or say that it concerns the organisation."""
    ids = list_activities(risk)
    return rows.title("activities", ids[0]) if ids else rows.voice.say("word.organisation")


def _name_line(rows: Rows, results: Results) -> str:
    """Return the word of the highest level that the method accepts."""
    line = rows.case.knowledge.methods[results.method].acceptance_line
    return rows.voice.name("level", line)


def _show_decisions(
    rows: Rows, results: Results, decisions: Sequence[Decision], shown: Sequence[Decision]
) -> Block:
    """Return the table of page one; its note tells how the rows add up to all that is open."""
    voice = rows.voice
    if not decisions:
        return voice.paragraph(voice.say("management.none"))
    single = sum(d.count == 1 for d in shown)
    rest = len(decisions) - sum(d.count for d in shown)
    parts: list[str | Link] = [
        voice.say(f"management.sum.{d.group}", n=d.count) for d in shown if d.count > 1
    ]
    if single:
        parts.append(voice.say("management.sum.single", n=single))
    if rest:
        tasks = [d for d in decisions if d.task and d not in shown]
        others = rest - len(tasks)
        text = voice.say("management.sum.rest", n=rest, tasks=len(tasks), others=others)
        if days := [d.until for d in tasks if d.until and d.state == "open"]:
            late = sum(d.state == "overdue" for d in tasks)
            label = f"management.sum.next{'-late' if late else ''}"
            text += voice.say(label, late=late, day=min(days).isoformat())
        else:
            text += voice.say("management.sum.end")
        parts.append(Link(text, "table-decisions"))
    note: list[str | Link] = []
    if len(parts) > 1:
        lead, _, end = voice.say("management.sum", n=len(decisions), parts=GAP).partition(GAP)
        joined = [piece for part in parts for piece in (" + ", part)][1:]
        note = [lead, *joined, end]
    if any(decision.proposed and not decision.until for decision in shown):
        gap = voice.gap if note else ""
        clause = rows.case.knowledge.cite("gbt39335 5.8", voice.lang)
        line = _name_line(rows, results)
        note.append(gap + voice.say("management.proposed", clause=clause, line=line))
    return tabulate_decisions(rows, shown, brief=True, note=tuple(note))


def _tell_changes(rows: Rows, results: Results) -> tuple[str | Link, ...]:
    """Say how the risks changed since the last edition, and what the last approval left out."""
    voice = rows.voice
    told = [voice.say("management.changed")]
    if (earlier := results.earlier) is None:
        told.append(voice.say("management.first"))
    else:
        before = {risk["id"]: results.level(risk, "current") for risk in earlier.risks}
        now = {risk["id"]: results.level(risk, "current") for risk in results.risks}
        ranks = {id: (rank_level(before[id]), rank_level(now[id])) for id in now if id in before}
        raised = {id for id, (then, today) in ranks.items() if today > then}
        worse = [r for r in results.risks if r["id"] in raised or r["id"] not in before]
        worse.sort(key=lambda r: -rank_level(now[r["id"]]))
        names = [*dict.fromkeys(name_risk(voice, risk) for risk in worse)][:GRAVEST]
        told.append(
            voice.say(
                "management.since",
                date=earlier.assess["as_of"],
                **{level: earlier.count("current", level) for level in GRAVE},
                **{f"{level}_now": results.count("current", level) for level in GRAVE},
                new=len(now.keys() - before.keys()),
                gone=len(before.keys() - now.keys()),
                raised=len(raised),
                lowered=sum(today < then for then, today in ranks.values()),
                names=voice.say("management.gravest", names=voice.join(names, sentences=True))
                if names
                else "",
            )
        )
    last = find_approved(rows)
    if last is not None and last["activities"]:
        covered = last["activities"].split(";")
        added = [row for row in results.activities(rows) if row["id"] not in covered]
        titles = [rows.title("activities", row["id"]) for row in added]
        told.append(
            voice.say(
                f"management.last{'' if added else '-same'}",
                date=last["approved_on"].isoformat(),
                activities=voice.join(titles, sentences=True),
            )
        )
    return _space(rows, told)
