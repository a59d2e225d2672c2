"""Verbs about an incident: incident."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import piaskit
from piaskit.cli.options import AsOf, Json, Lang, Packs
from piaskit.cli.output import JSON, LANG, Say, finish, print_table, settle_day, speak
from piaskit.errors import InvalidData

if TYPE_CHECKING:
    from rich.console import Console

    from piaskit.case import Case
    from piaskit.incident import Decision
    from piaskit.knowledge import Knowledge

app = typer.Typer()

_ORDER = ("required", "judge", "not-required")
_TURNS = 4
"""So many facts that would change a verdict are shown; the JSON holds them all."""


@app.command(epilog="Example: piaskit incident my-shop/incidents/lost-list.yaml --lang zh")
def incident(
    context: typer.Context,
    facts: Annotated[
        Path, typer.Argument(metavar="FACTS.yaml", help="What is known of the incident.")
    ],
    case: Annotated[
        Path | None,
        typer.Option(
            "--case",
            metavar="CASE",
            help="Whose incident it is; else the case in whose incidents/ the file lies.",
        ),
    ] = None,
    notices: Annotated[
        Path | None,
        typer.Option("--notices", metavar="DIR", help="Write the drafts of all notices there."),
    ] = None,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Count the clocks down and keep versions, until Ctrl-C."),
    ] = False,
    told: Annotated[
        str, typer.Option("--told", metavar="DUTY", help="Record that this notice was given.")
    ] = "",
    at: Annotated[
        datetime | None,
        typer.Option("--at", metavar="TIME", parser=parse_moment, help="When; else now."),
    ] = None,
    way: Annotated[str, typer.Option("--way", metavar="WORDS", help="How it was given.")] = "",
    as_of: AsOf = None,
    packs: Packs = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Decide after an incident who must be told, by when and why; draft the notices."""
    if watch and context.meta.get(JSON):
        raise typer.BadParameter("one object comes without --watch", param_hint="--watch")
    day = settle_day(context, as_of)
    data = _open_case(facts, case, packs, day)
    knowledge = data.knowledge if data else _load_packs(facts, packs)
    if watch:
        _watch(context, facts, knowledge)
    decision = piaskit.decide_incident(piaskit.read_facts(facts, knowledge), knowledge)
    recorded = _record(facts, decision, told, at, way) if told else None
    drafted = piaskit.draft_notices(decision, data, as_of=day)
    live = piaskit.watch_incident(decision, piaskit.read_history(facts, knowledge))
    answer = {**decision.to_dict(changes=True), **drafted.to_dict(), **live.to_dict()}
    if notices:
        answer["files"] = [path.name for path in piaskit.write_notices(drafted, notices)]
    zh = "_zh" if context.meta.get(LANG) == "zh" else ""

    def show(console: Console, say: Say) -> None:
        if decision.grades_level:
            level = _write_level(answer["severity"]["cn"], say)
            console.print(say("incident.level", level=level))
            for plan in answer["severity"]["plans"].values():
                console.print(f"{plan[f'title{zh}']}: {_write_level(plan, say)}")
        console.print(_tell_score(answer["severity"]["enisa"], say))
        names = ("duty", "recipient", "decision", "until", "because", "clause")
        rows = [
            (
                duty["id"],
                duty.get(f"body{zh}") or say(f"incident.recipient.{duty['recipient']}"),
                say(f"incident.decision.{duty['decision']}"),
                _tell_time(duty, zh, say),
                _tell_why(duty, zh, say),
                duty.get(f"clause{zh}", duty["clause"]),
            )
            for duty in sorted(answer["duties"], key=lambda duty: _ORDER.index(duty["decision"]))
        ]
        print_table(console, [say(f"incident.{name}") for name in names], rows)
        if decision.weighs_risk:
            _show_risk(console, answer["risk_to_persons"], zh, say)
        console.print(say("incident.record"))
        if recorded:
            console.print(say("watch.recorded", **recorded))
        if notices:
            console.print(say("notice.written", n=len(answer["files"]), where=notices))

    finish(context, answer, show)


def parse_moment(text: str) -> datetime:
    """Read a time with offset for an option."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
    except ValueError:
        expected = "expected a time with offset, such as 2026-03-01T02:00+08:00"
        raise typer.BadParameter(expected) from None
    return moment


def _watch(context: typer.Context, facts: Path, knowledge: Knowledge) -> None:
    from rich.console import Console

    from piaskit.cli.live import run_live

    zh = "_zh" if context.meta.get(LANG) == "zh" else ""
    run_live(
        Console(highlight=False, markup=False, emoji=False), facts, knowledge, speak(context), zh
    )
    raise typer.Exit


def _record(
    facts: Path, decision: Decision, duty: str, at: datetime | None, way: str
) -> dict[str, str]:
    """Record a notice of a duty that the decision names; another word is misuse."""
    from piaskit.knowledge.folder import suggest

    known = [decided.id for decided in decision.duties]
    if duty not in known:
        near = suggest(duty, known) or "duties are " + ", ".join(known)
        raise typer.BadParameter(f"no duty is called {duty} ({near})", param_hint="--told")
    told = piaskit.record_notice(facts, duty, at or datetime.now().astimezone(), way)
    return {"duty": duty, "at": str(told.to_dict()["at"]), "version": told.version[:12]}


def _find_case(facts: Path) -> Path | None:
    """Return the case in whose folder ``incidents`` the file lies."""
    folder = facts.absolute().parent
    return folder.parent if folder.name == "incidents" else None


def _load_packs(facts: Path, packs: Path | None) -> Knowledge:
    case = _find_case(facts)
    folder = packs or (case / "packs" if case and (case / "packs").is_dir() else None)
    return piaskit.load_knowledge(folder) if folder else piaskit.load_knowledge()


def _open_case(facts: Path, case: Path | None, packs: Path | None, day: date) -> Case | None:
    """Read the case that is named; one that is only found near may be broken or none at all."""
    if case:
        return piaskit.read_case(case, packs=packs, as_of=day, keep_going=True)
    near = _find_case(facts)
    if near is None or not (near / "case.yaml").is_file():
        return None
    try:
        return piaskit.read_case(near, packs=packs, as_of=day, keep_going=True)
    except InvalidData as refused:
        typer.echo(str(refused.issues[0]), err=True)
        return None


def _write_level(level: dict[str, Any], say: Say) -> str:
    low, high = level.get("lowest"), level.get("highest")
    if low is None:
        return "?"
    words = say(f"incident.level.of.{low}")
    if low != high:
        return say("incident.level.range", low=words, high=say(f"incident.level.of.{high}"))
    return words


def _tell_score(enisa: dict[str, Any], say: Say) -> str:
    """Write the score; an open part as its bounds."""
    parts = {
        name: f"{low:g}" if low == high else f"{low:g}-{high:g}"
        for name, (low, high) in enisa["range"].items()
        if name != "band"
    }
    bands = [say(f"incident.enisa.band.{name}") for name in dict.fromkeys(enisa["range"]["band"])]
    return say("incident.enisa.severity", band=" - ".join(bands), **parts)


def _show_risk(console: Console, risk: dict[str, Any], zh: str, say: Say) -> None:
    word = "incident.risk.word"
    names = ("factor-head", "reading", "effect")
    rows = [
        (
            row[f"title{zh}"],
            row[f"reading{zh}"],
            ": ".join(say(f"{word}.{row[name]}") for name in ("bears_on", "effect")),
            row[f"clause{zh}"],
        )
        for row in risk["rows"]
    ]
    heads = [*(say(f"{word}.{name}") for name in names), say("incident.clause")]
    console.print(say(f"{word}.title"))
    print_table(console, heads, rows)
    for name in ("unlikely", "high"):
        console.print(say(f"incident.risk.{name}.{risk[name]['met']}"))


def _tell_time(duty: dict[str, Any], zh: str, say: Say) -> str:
    when = duty["deadline"] or duty[f"wording{zh}"]
    if duty["decision"] == "not-required":
        return ""
    if duty["decision"] == "judge" and when:
        return say("incident.until.conditional", when=when)
    return str(when)


def _tell_why(duty: dict[str, Any], zh: str, say: Say) -> str:
    lines = list(duty[f"because{zh}"])
    if duty["missing"]:
        lines.append(say("incident.missing", names=", ".join(duty["missing"])))
    if duty.get("changes") and duty["decision"] != "not-required":
        turns = [f"{turn['fact']} = {turn['to']}" for turn in duty["changes"][:_TURNS]]
        lines.append(say("incident.changes", changes=", ".join(turns)))
    return "\n".join(lines)
