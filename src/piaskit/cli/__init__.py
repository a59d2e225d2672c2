"""The command line: one verb per task, the same words as the functions of the package."""

from __future__ import annotations

import signal
import sys
from typing import Annotated, NoReturn

import typer

from piaskit import __version__
from piaskit.cli import (
    accounts,
    analysis,
    breaches,
    cases,
    comparisons,
    discoveries,
    editions,
    exercises,
    incidents,
    losses,
    packs,
    portfolios,
    reports,
    runs,
    safeguards,
    scenarios,
    schedules,
)
from piaskit.cli.output import Verbs
from piaskit.runs.warm import end_process, end_soon, is_owned

app = typer.Typer(
    cls=Verbs,
    name="piaskit",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Example: piaskit new shop --from marketplace && piaskit report shop --out shop-report",
)
for group in (
    cases, discoveries, analysis, losses, comparisons, safeguards, accounts, incidents, breaches,
    exercises, reports, portfolios, schedules, editions,
):  # fmt: skip
    app.add_typer(group.app)
app.add_typer(scenarios.app, name="scenario")
app.add_typer(packs.app, name="packs")
app.add_typer(runs.app, name="runs")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"piaskit {__version__}")
        raise typer.Exit


@app.callback()
def start(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Version.")
    ] = False,
) -> None:
    """Assess the impact of processing on persons: from an inventory to risks and a report."""


def _end(*_: object) -> NoReturn:
    """End a run that is told to; a finalizer of what it breaks off has nobody to complain to."""
    sys.unraisablehook = lambda _: None
    end_soon()


def main() -> None:
    """Run the command line; being told to end cleans up like Ctrl-C does."""
    signal.signal(signal.SIGINT, _end)
    signal.signal(signal.SIGTERM, _end)
    try:
        app()
    except SystemExit as end:
        if is_owned() and isinstance(end.code, int):
            end_process(end.code)
        raise
