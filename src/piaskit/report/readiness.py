"""Incident readiness: the plan, the last drill, what exercises showed, in both editions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from piaskit.report.document import Block, Card, Cards, Cell, Figure, Link, Section, Text
from piaskit.report.response_sections import show_response
from piaskit.report.rows import Rows, make_anchor
from piaskit.report.safeguard_states import name_proof
from piaskit.report.timeline import draw_timeline
from piaskit.report.voice import Voice

Result = Mapping[str, Any]

PLAN, DRILL = "incident.response-plan", "incident.drill"
SCORES = ("legality", "harm", "communication", "records")
EXERCISES = "table-exercises"  # of this section
EXPECT = ("what", "measures", "yourself", "remedies", "contact")
_FAILED = ("missed", "late")
OFTEN = 0.1  # share of plays from which on a missed notice is listed
_BEST = ("verified", "partly", "claimed", "stale", "missing", "failed", "planned", "retired")
# Words by which a training is known to be a drill.
_DRILLED = ("演练", "推演", "tabletop", "drill", "exercise")


@dataclass(frozen=True, slots=True)
class PublicReadiness:
    """What the public may know: the state of the plan, the last drill, the number of exercises."""

    plan: str | None
    drilled_on: date | None
    exercises: int
    cited: str


def project_readiness(rows: Rows, exercise: Result | None) -> PublicReadiness:
    """Take what may be public: a state, a date and a number."""
    played = (exercise or {}).get("exercises", ())
    cited = _cite(rows, "gbt35273 10.2")
    return PublicReadiness(find_plan(rows), find_drill(rows, played), len(played), cited)


def _cite(rows: Rows, clause: str) -> str:
    """Write out a clause of the Chinese standard where its regime is active, else nothing."""
    regime = rows.case.knowledge.regulations[clause.split(" ")[0]].regime
    active = regime in rows.case.regimes
    return rows.case.knowledge.cite(clause, rows.voice.lang) if active else ""


def find_plan(rows: Rows) -> str | None:
    """Return how far the incident plan is proven, by its best safeguard; None when none is told."""
    proofs = rows.proofs
    states = [
        name_proof(row, proofs) for row in rows.tables["safeguards"] if row["control"] == PLAN
    ]
    return min(states, key=_BEST.index, default=None)


def find_drill(rows: Rows, played: Sequence[Result]) -> date | None:
    """Return the day of the last drill: of safeguards, trainings, drills, recorded exercises."""
    return max((day for day, _ in _list_drills(rows, played)), default=None)


def _list_drills(rows: Rows, played: Sequence[Result]) -> list[tuple[date, str]]:
    """Return the days up to now on which a drill was held, and the anchor of what shows it."""
    days = [
        (row[name], make_anchor("safeguards", row["id"]))
        for row in rows.tables["safeguards"]
        if row["control"] == DRILL and row["status"] not in ("planned", "retired")
        for name in ("tested_on", "evidence_on")
    ]
    for row in rows.tables["trainings"]:
        told = " ".join(str(v) for k, v in row.items() if k.startswith(("title", "topic")) and v)
        if any(word in told.casefold() for word in _DRILLED):
            days.append((row["held_on"], make_anchor("trainings", row["id"])))
    days += [(row["held_on"], make_anchor("drills", row["id"])) for row in rows.tables["drills"]]
    days += [
        (date.fromisoformat(one["held_on"]), EXERCISES) for one in played if one.get("held_on")
    ]
    return [(day, anchor) for day, anchor in days if day and day <= rows.as_of]


def compose_readiness(rows: Rows, exercise: Result | None) -> Section:
    """Return the internal section; without exercises it tells plan and drill alone."""
    voice = rows.voice
    played = list((exercise or {}).get("exercises", ()))
    simulated = {one["scenario"]: one for one in (exercise or {}).get("simulations", ())}
    plan, drilled = find_plan(rows), find_drill(rows, played)
    recorded = sum(bool(one["recorded"]) for one in played)
    blocks: list[Block] = [_show_cards(rows, plan, drilled, played, recorded)]
    if not played:
        blocks.append(voice.paragraph(voice.say("readiness.none")))
    else:
        blocks += _tell_play(voice, played, simulated, recorded)
        blocks.append(_list_exercises(voice, played))
        blocks += [_show_timeline(voice, n, one) for n, one in enumerate(played, 1)]
        blocks.append(_list_clocks(voice, played, simulated))
        blocks.append(_list_actions(rows, played))
        for n, one in enumerate(simulated.values(), 1):
            blocks += show_response(voice, n, one)
    for line in (exercise or {}).get("unreadable", ()):
        blocks.append(voice.paragraph(voice.say("readiness.unreadable", text=line), "warning"))
    failed = sum(clock["state"] in _FAILED for one in played for clock in one["clocks"])
    actions = sum(len(one["actions"]) for one in played)
    blocks.append(voice.pair("readiness", {"n": failed}, {"n": actions}))
    return voice.section("readiness", blocks)


def _show_cards(
    rows: Rows, plan: str | None, drilled: date | None, played: Sequence[Result], recorded: int
) -> Cards:
    voice = rows.voice
    state = voice.name("proof", plan) if plan else voice.say("readiness.no-plan")
    shown = max(_list_drills(rows, played), key=lambda drill: drill[0], default=None)
    day: Text = Link(shown[0].isoformat(), shown[1]) if shown else voice.say("readiness.no-drill")
    recent = "recent" if rows.is_recent(drilled) else "overdue"
    clause = _cite(rows, "gbt35273 10.1")
    note = voice.say(f"readiness.{recent}", clause=clause) if clause else ""
    return Cards(
        (
            Card(voice.say("readiness.plan"), state),
            Card(voice.say("readiness.drill"), day, note),
            Card(
                voice.say("readiness.played"),
                Link(f"{len(played):,}", EXERCISES) if played else "0",
                voice.say("readiness.recorded", n=recorded),
            ),
        ),
        voice.visibility,
    )


def _tell_play(
    voice: Voice, played: Sequence[Result], simulated: Mapping[str, Result], recorded: int
) -> list[Block]:
    text = voice.say("readiness.text", n=len(played) - recorded, recorded=recorded)
    blocks: list[Block] = [voice.paragraph(text)]
    seeds = {one["seed"] for one in played if not one["recorded"]}
    if seeds:
        runs = max((one["runs"] for one in simulated.values()), default=1)
        how = voice.say("readiness.how", runs=runs, seed=str(min(seeds)))
        blocks.append(voice.paragraph(how, "note"))
    return blocks


def _name_player(voice: Voice, one: Result) -> str:
    played = voice.labels(f"tabletop.policy.{one['policy']}", voice.lang)
    return f"{played} {one['held_on']}" if one.get("held_on") else played


def _list_exercises(voice: Voice, played: Sequence[Result]) -> Block:
    columns = (
        voice.column("scenario", voice.say("readiness.column.scenario"), 2.2),
        voice.column("player", voice.say("readiness.column.player"), 1.4),
        *(
            voice.column(name, voice.labels(f"tabletop.score.{name}", voice.lang), 1.1, "number")
            for name in SCORES
        ),
        voice.column("objectives", voice.say("readiness.column.objectives"), 3.4),
        voice.column("fails", voice.say("readiness.column.fails"), 1.6),
    )
    cells: list[tuple[Cell, ...]] = [
        (
            voice.pick(one, "title"),
            _name_player(voice, one),
            *(one["scores"][name] for name in SCORES),
            voice.join(
                [f"{voice.pick(o, 'title')}: {o['rating']}" for o in one["objectives"]],
                sentences=True,
            ),
            voice.join([voice.pick(fail, "text") for fail in one["critical_fails"]]),
        )
        for one in played
    ]
    title = voice.say("readiness.exercises")
    return voice.table("exercises", title, columns, cells, note=voice.say("readiness.ratings"))


def _name_clock(voice: Voice, clock: Result) -> str:
    return voice.say(
        "readiness.clock", title=voice.pick(clock, "title"), clause=voice.pick(clock, "clause")
    )


def _show_timeline(voice: Voice, number: int, one: Result) -> Figure:
    """Draw one exercise; the twin holds what happened, was decided, sent and missed."""
    told = [
        line for line in one["timeline"] if line["kind"] in ("inject", "decision", "notice", "end")
    ]
    clocks = [clock for clock in one["clocks"] if clock["decision"] == "required"]
    columns = (
        voice.column("line", voice.say("readiness.column.line"), 0.6, "number"),
        voice.column("time", voice.say("readiness.column.time"), 0.8),
        voice.column("kind", voice.say("readiness.column.kind"), 1),
        voice.column("what", voice.say("readiness.column.what"), 7),
    )
    cells: list[tuple[Cell, ...]] = [
        (
            line["n"],
            write_minute(line["at_min"]),
            voice.say(f"readiness.kind.{line['kind']}"),
            voice.pick(line, "text"),
        )
        for line in told
    ]
    scenario = voice.pick(one, "title")
    failed = [_name_clock(voice, c) for c in clocks if c["state"] in _FAILED]
    alt = voice.say(
        "readiness.figure.alt",
        scenario=scenario,
        injects=sum(line["kind"] == "inject" for line in told),
        decisions=sum(line["kind"] == "decision" for line in told),
        clocks=len(clocks),
        failed=voice.join(failed) or voice.say("readiness.figure.no-failed"),
    )
    return Figure(
        f"figure-exercise-{number}",
        voice.say("readiness.figure.title", scenario=scenario, player=_name_player(voice, one)),
        alt,
        draw_timeline(told, clocks, voice.say, lambda clock: _name_clock(voice, clock)),
        voice.table(
            f"exercise-{number}", voice.say("readiness.log", scenario=scenario), columns, cells
        ),
        voice.visibility,
    )


def write_minute(minute: int) -> str:
    """Write a minute of an exercise as hours and minutes.

    >>> write_minute(95)
    '1:35'
    """
    return f"{minute // 60}:{minute % 60:02}"


def _list_clocks(voice: Voice, played: Sequence[Result], simulated: Mapping[str, Result]) -> Block:
    """List the notices missed in this play or in many plays, those most often missed first."""
    columns = (
        voice.column("scenario", voice.say("readiness.column.scenario"), 2),
        voice.column("notice", voice.say("readiness.column.notice"), 3),
        voice.column("limit", voice.say("readiness.column.limit"), 2),
        voice.column("told", voice.say("readiness.column.told"), 1.4),
        voice.column("share", voice.say("readiness.column.share"), 1.8),
    )
    found: list[tuple[tuple[float, int], tuple[Cell, ...]]] = []
    for number, one in enumerate(played):
        missed = {} if one["recorded"] else simulated.get(one["scenario"], {}).get("missed", {})
        for clock in one["clocks"]:
            share = missed.get(clock["id"])
            failed = clock["state"] in _FAILED
            if clock["decision"] != "required" or not (failed or (share and share["p"] >= OFTEN)):
                continue
            shown = ""
            if share:
                low, high = (f"{bound:.0%}" for bound in share["ci"])
                shown = voice.say("readiness.share", p=f"{share['p']:.0%}", low=low, high=high)
            outcome = voice.labels(f"tabletop.clock.{clock['state']}", voice.lang)
            cells: tuple[Cell, ...] = (
                voice.pick(one, "title"),
                _name_clock(voice, clock),
                voice.pick(clock, "wording"),
                outcome,
                shown,
            )
            rank = share["p"] if share else float(failed)
            found.append(((-rank, number), cells))
    found.sort(key=lambda pair: pair[0])
    if not found:
        return voice.paragraph(voice.say("readiness.all-told"))
    rows = [cells for _, cells in found]
    note = voice.say("readiness.interval") if simulated else ""
    return voice.table("exercise-clocks", voice.say("readiness.clocks"), columns, rows, note=note)


def _list_actions(rows: Rows, played: Sequence[Result]) -> Block:
    voice = rows.voice
    columns = (
        voice.column("improvement", voice.say("readiness.column.action"), 6),
        voice.column("answers", voice.say("readiness.column.owner"), 2),
        voice.column("due", voice.say("readiness.column.due"), 1.3),
        voice.column("kept", voice.say("readiness.column.kept"), 1.3),
    )
    seen: dict[str, tuple[Cell, ...]] = {}
    for one in played:
        for action in one["actions"]:
            kept = "yes" if action["id"] in rows.by_id["actions"] else "no"
            seen[action["id"]] = (
                voice.pick(action, "title"),
                rows.person(action["owner"]) if action["owner"] else voice.say("word.blank"),
                date.fromisoformat(action["due_on"]),
                voice.say(f"readiness.kept.{kept}"),
            )
    if not seen:
        return voice.paragraph(voice.say("readiness.no-actions"))
    title, note = voice.say("readiness.actions"), voice.say("readiness.actions-note")
    return voice.table("exercise-actions", title, columns, seen.values(), note=note)


def compose_public_readiness(voice: Voice, known: PublicReadiness) -> Section:
    """Return the public section: what there is, and what a notice to individuals would say."""
    plan = {"verified": "verified", "planned": "planned", None: "none", "retired": "none"}
    state = plan.get(known.plan, "unverified")
    drill = (
        voice.say("readiness.public.drill", day=known.drilled_on.isoformat())
        if known.drilled_on
        else voice.say("readiness.public.no-drill")
    )
    plan_told = voice.say(f"readiness.public.plan-{state}")
    played = voice.say("readiness.public.exercises", n=known.exercises)
    ending = "" if known.cited else "-plain"
    expect = voice.say(f"readiness.public.expect{ending}", clause=known.cited)
    expected = [voice.say(f"readiness.public.expect-{name}") for name in EXPECT]
    return voice.section(
        "public-readiness",
        [
            voice.paragraph(voice.gap.join([plan_told, drill, played])),
            voice.paragraph(
                voice.gap.join([expect, *expected, voice.say("readiness.public.ways")])
            ),
        ],
    )
