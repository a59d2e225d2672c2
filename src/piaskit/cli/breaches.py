"""Verbs around an incident: reach."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import piaskit
from piaskit.cli.options import AsOf, Json, KeepGoing, Lang, Packs
from piaskit.cli.output import LANG, Say, finish, open_case, print_table

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()


@app.command(
    epilog="Example: piaskit reach my-shop/incidents/courier-list.yaml --case my-shop --seed 7"
)
def reach(
    context: typer.Context,
    facts: Annotated[
        Path, typer.Argument(metavar="FACTS.yaml", help="What is known of the incident.")
    ],
    case: Annotated[
        Path, typer.Option("--case", metavar="CASE", help="The case whose channels are used.")
    ],
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Seed of what is drawn.")] = 1,
    trials: Annotated[
        int, typer.Option("--trials", metavar="N", min=100, help="How often it is simulated.")
    ] = 4000,
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Plan the channels: who knows by when, at what cost, and whether to announce it."""
    from piaskit.incident.reach import list_times

    data = open_case(context, case, as_of, packs, keep_going)
    known = piaskit.read_facts(facts, data.knowledge)
    answer = piaskit.plan_reach(known, data, seed=seed, trials=trials).to_dict()
    zh = "_zh" if context.meta.get(LANG) == "zh" else ""

    def show(console: Console, say: Say) -> None:
        used = [
            (
                found[f"title{zh}"] or found["id"],
                f"{found['attempts']:,.0f}",
                f"{found['reached']:,.0f}",
                f"{found['done_h']['q50']['value']:,.1f}",
                f"{found['cost']:,.0f}",
            )
            for found in answer["channels"]
        ]
        heads: tuple[str, ...] = ("channel", "attempts", "reached", "done", "cost")
        print_table(console, [say(f"reach.{head}") for head in heads], used)
        heads = ("share", "median", "range", "within")
        print_table(console, [say(f"reach.{head}") for head in heads], list_times(answer))
        if answer["channels"]:
            total = {
                "unreached": f"{answer['unreached']['mean']:,.0f}",
                "cost": f"{answer['currency'] or ''} {answer['cost']['mean']:,.0f}".strip(),
            }
            console.print(say("reach.total", trials=trials, seed=seed, **total), soft_wrap=True)
        for line in answer["announcement"][f"because{zh}"]:
            console.print(line, soft_wrap=True)
        console.print(", ".join(answer["announcement"][f"clauses{zh}"]), soft_wrap=True)
        if answer["missing"]:
            console.print(say("reach.missing", names=", ".join(answer["missing"])))

    finish(context, answer, show)
