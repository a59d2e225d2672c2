"""Verbs about runs that were: runs list, runs show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import piaskit
from piaskit.cli.options import AsOf, Json, Lang
from piaskit.cli.output import Say, finish, print_table, settle_day

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(
    name="runs", no_args_is_help=True, help="The logs of runs: when, how long, read and wrote."
)
FEW = 20  # steps and files that are printed; JSON holds all

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="The folder of the logs, or that of a portfolio.")
]


@app.command("list", epilog="Example: piaskit runs list reports")
def list_(
    context: typer.Context,
    folder: Folder,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """List the runs of a folder, oldest first."""
    settle_day(context, as_of)
    found = [run.sum_up() for run in piaskit.list_runs(folder)]

    def show(console: Console, say: Say) -> None:
        names = ("id", "started", "verb", "status", "seconds", "cases", "failed")
        print_table(
            console,
            [say(f"runs.{name}") for name in names],
            [[row[name] for name in names] for row in found],
        )

    finish(context, {"runs": found}, show)


@app.command("show", epilog="Example: piaskit runs show reports")
def show_(
    context: typer.Context,
    folder: Folder,
    run: Annotated[
        str, typer.Argument(metavar="[RUN]", help="Its id, or the beginning; else the last one.")
    ] = "",
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Show one run: its steps by their time, what it read and wrote."""
    settle_day(context, as_of)
    answer = piaskit.show_run(folder, run).to_dict()

    def show(console: Console, say: Say) -> None:
        steps = [(row.get("case"), row["step"], row["seconds"]) for row in answer["steps"][:FEW]]
        console.print(say("runs.one", **{k: answer[k] for k in ("id", "verb", "status")}))
        heads = [say(f"runs.{name}") for name in ("case", "step", "seconds")]
        print_table(console, heads, steps)
        for name in ("read", "wrote"):
            files = answer[name]
            heads = [say("runs.case"), say(f"runs.{name}", n=len(files))]
            print_table(console, heads, [(row["case"], row["file"]) for row in files[:FEW]])

    finish(context, answer, show)
