"""Verbs about an incident: incident."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import piaskit
from piaskit.cli.options import AsOf, Json, Lang, Packs
from piaskit.cli.output import LANG, Say, finish, print_table, settle_day

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()

_ORDER = ("required", "judge", "not-required")


@app.command(epilog="Example: piaskit incident my-shop/incidents/lost-list.yaml --lang zh")
def incident(
    context: typer.Context,
    facts: Annotated[
        Path, typer.Argument(metavar="FACTS.yaml", help="What is known of the incident.")
    ],
    as_of: AsOf = None,
    packs: Packs = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Decide after an incident who must be told, by when and why."""
    settle_day(context, as_of)
    folder = packs or _find_packs(facts)
    knowledge = piaskit.load_knowledge(folder) if folder else piaskit.load_knowledge()
    answer = piaskit.decide_incident(piaskit.read_facts(facts, knowledge), knowledge).to_dict()
    zh = "_zh" if context.meta.get(LANG) == "zh" else ""

    def show(console: Console, say: Say) -> None:
        console.print(_tell_level(answer["severity"]["cn"], say))
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
        console.print(say("incident.record"))

    finish(context, answer, show)


def _find_packs(facts: Path) -> Path | None:
    """Return the packs of the case in whose folder ``incidents`` the file lies."""
    folder = facts.absolute().parent.parent / "packs"
    return folder if facts.absolute().parent.name == "incidents" and folder.is_dir() else None


def _tell_level(level: dict[str, Any], say: Say) -> str:
    low, high = level.get("lowest"), level.get("highest")
    if low is None:
        return say("incident.level", level="?")
    words = say(f"incident.level.of.{low}")
    if low != high:
        words = say("incident.level.range", low=words, high=say(f"incident.level.of.{high}"))
    return say("incident.level", level=words)


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
    return "\n".join(lines)
