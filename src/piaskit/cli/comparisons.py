"""The verb that puts two states of a case side by side: diff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import piaskit
from piaskit.cli.options import AsOf, Json, KeepGoing, Lang, Level, Packs
from piaskit.cli.output import LANG, Say, finish, open_case
from piaskit.errors import InvalidData, Issue, Place

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()

SHOWN = 40  # lines of one topic that are printed


@app.command(epilog="Example: piaskit diff shop-2025 shop-2026 --fail-on high")
def diff(
    context: typer.Context,
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The case as it was.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The case as it is.")],
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
    _refuse_editions(old, new)
    cases = [open_case(context, path, as_of, packs, keep_going) for path in (old, new)]
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


def _refuse_editions(*paths: Path) -> None:
    from piaskit.runs.report import is_report

    issues = [
        Issue(
            "edition-without-inputs",
            Place(path.name),
            "is a report, which keeps digests of its inputs and not the inputs",
            None,
            "give the case folder that it was made from",
        )
        for path in paths
        if not (path / "case.yaml").is_file() and is_report(path)
    ]
    if issues:
        raise InvalidData(issues)


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
