"""The verb that puts two states of a case side by side: diff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import piaskit
from piaskit.cli.options import AsOf, Json, KeepGoing, Lang, Level, Packs
from piaskit.cli.output import LANG, Say, finish, open_case

if TYPE_CHECKING:
    from datetime import date

    from rich.console import Console

    from piaskit.case import Case

app = typer.Typer()

SHOWN = 40  # lines of one topic that are printed


@app.command(epilog="Example: piaskit diff shop-2025 shop-2026 --fail-on high")
def diff(
    context: typer.Context,
    old: Annotated[
        Path, typer.Argument(metavar="OLD", help="The case as it was, or its internal edition.")
    ],
    new: Annotated[
        Path, typer.Argument(metavar="NEW", help="The case as it is, or its internal edition.")
    ],
    fail_on: Annotated[
        Level | None,
        typer.Option("--fail-on", help="Exit 1 when a new or raised risk reaches this level."),
    ] = None,
    method: Annotated[
        str, typer.Option("--method", metavar="M", help="Method; else the first of NEW.")
    ] = "",
    inventory_only: Annotated[
        bool, typer.Option("--inventory-only", help="Assess no risk.")
    ] = False,
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Tell what changed between two states of a case, which risk moved, and why."""
    if fail_on and inventory_only:
        raise typer.BadParameter("--fail-on needs the risks that --inventory-only leaves out")
    cases = [_open_state(context, path, as_of, packs, keep_going) for path in (old, new)]
    found = piaskit.compare_cases(cases[0], cases[1], method, risks=not inventory_only)
    answer = found.to_dict()
    failing = found.list_failing(fail_on) if fail_on else []

    def show(console: Console, say: Say) -> None:
        key = "because_zh" if context.meta.get(LANG) == "zh" else "because"
        _show_inventory(console, say, answer["inventory"], key)
        if not inventory_only:
            _show_risks(console, say, answer["risks"], key)
        if failing and fail_on:
            level = say(f"report.level.{fail_on}")
            console.print(say("comparison.failing", n=len(failing), level=level))

    finish(context, answer, show, 1 if failing else 0)


def _open_state(
    context: typer.Context, path: Path, as_of: date | None, packs: Path | None, keep_going: bool
) -> Case:
    """Open a case, or the one that an edition keeps, as of the day of that edition."""
    from piaskit.publication.inputs import find_kept

    kept = find_kept(path)
    if kept is None:
        return open_case(context, path, as_of, packs, keep_going)
    return open_case(context, kept.case, as_of or kept.as_of, packs or kept.packs, keep_going)


def _show_inventory(console: Console, say: Say, inventory: dict[str, Any], key: str) -> None:
    changes = inventory["changes"]
    if not changes:
        console.print(say("comparison.nothing-listed"))
    for topic in inventory["counts"]:
        lines = [change[key] for change in changes if change["topic"] == topic]
        if lines:
            console.print(say(f"comparison.topic.{topic}", n=len(lines)), style="bold")
            _print_lines(console, say, lines)


def _show_risks(console: Console, say: Say, risks: dict[str, Any], key: str) -> None:
    ending = key.removeprefix("because")
    for group, members in risks.items():
        if not members:
            continue
        console.print(say(f"comparison.group.{group}", n=len(members)), style="bold")
        lines = []
        for risk in members:
            steps = [risk[name] for name in ("level", "from", "to") if name in risk]
            levels = " → ".join(say(f"report.level.{step}") for step in dict.fromkeys(steps))
            told = f"{risk[f'title{ending}'] or risk['title']} [{risk['id']}]: {levels}"
            lines.append("\n      ".join([told, *(why[key] for why in risk["why"])]))
        _print_lines(console, say, lines)
    if not any(risks.values()):
        console.print(say("comparison.no-risk-moved"))


def _print_lines(console: Console, say: Say, lines: list[str]) -> None:
    for line in lines[:SHOWN]:
        console.print(f"  {line}", soft_wrap=True)
    if len(lines) > SHOWN:
        console.print("  " + say("comparison.more", n=len(lines) - SHOWN))
