"""The verb that puts risks into numbers: quantify."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

import piaskit
from piaskit.cli.options import (
    AsOf,
    Assessment,
    Case,
    Json,
    KeepGoing,
    Lang,
    Packs,
    RuleSeconds,
    Scheduler,
    Threads,
)
from piaskit.cli.output import LANG, Say, finish, open_case, pick_text, print_table, tell_issues

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()


@app.command(epilog="Example: piaskit quantify my-shop --seed 7 --iterations 200000")
def quantify(
    context: typer.Context,
    case: Case,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of every draw.")] = 1,
    iterations: Annotated[
        int, typer.Option("--iterations", metavar="N", min=1, max=10_000_000, help="Years to draw.")
    ] = 100_000,
    workers: Threads = 1,
    scheduler: Scheduler = "",
    fast: Annotated[
        bool, typer.Option("--fast", help="Draw with the compiled kernel, where numba is there.")
    ] = False,
    assessment: Assessment = "",
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    rule_seconds: RuleSeconds = 5.0,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Say how many persons a year are harmed, at what cost, how sure, and what safeguards save."""
    from piaskit.runs.cluster import open_executor
    from piaskit.runs.run import pick_activities

    data = open_case(context, case, as_of, packs, keep_going)
    with open_executor(workers, scheduler) as executor:
        found = piaskit.quantify_losses(
            data,
            seed=seed,
            iterations=iterations,
            activities=pick_activities(data, assessment),
            executor=executor,
            fast=fast,
            seconds=rule_seconds,
        )
        answer = found.to_dict()

    def show(console: Console, say: Say) -> None:
        for grid in found.show(context.meta.get(LANG, "en")):
            console.print(str(grid.title), style="bold")
            if hasattr(grid, "facts"):
                print_table(console, ("", ""), grid.facts)
            else:
                print_table(console, grid.heads, grid.rows)
        for row in answer["unused_estimates"]:
            console.print(f"{row['id']}: {pick_text(context, row, 'because')}")

    finish(context, answer, show, tell_issues(found.assessment.issues))
