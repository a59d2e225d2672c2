"""The command line: one verb per task, the same words as the functions of the package."""

from __future__ import annotations

import signal
import sys
from functools import cache
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer

from piaskit import __version__
from piaskit.cli.output import Verbs
from piaskit.kept import METHODS
from piaskit.runs.process import end_process, end_soon
from piaskit.runs.warm import is_owned

EXAMPLE = "Example: piaskit new shop --from marketplace && piaskit report shop --out shop-report"
VERBS = {
    "cases": ("new", "check", "import", "export"),
    "discoveries": ("discover",),
    "analysis": ("ledger", "screen", "assess", "what-if"),
    "losses": ("quantify",),
    "comparisons": ("diff",),
    "safeguards": ("safeguards", "probe"),
    "accounts": ("accounts",),
    "incidents": ("incident",),
    "breaches": ("reach", "intake", "breaches"),
    "exercises": ("exercise",),
    "reports": ("report",),
    "portfolios": ("portfolio",),
    "schedules": ("schedule",),
    "editions": ("publish", "announce", "withdraw", "verify", "prune"),
    "scenarios": ("scenario",),
    "packs": ("packs",),
    "runs": ("runs",),
}  # by module, in the order of the help


@cache
def build_app(first: str = "") -> typer.Typer:
    """Return the command line: of the verb that the first word is, else of all verbs.

    To import and build all takes longer than many a verb itself.
    """
    app = typer.Typer(
        cls=Verbs,
        name="piaskit",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        epilog=EXAMPLE,
    )
    app.callback()(start)
    for module in [module for module in VERBS if first in VERBS[module]] or VERBS:
        app.add_typer(import_module(f"{__name__}.{module}").app)
    return app


def __getattr__(name: str) -> Any:
    if name == "app":
        return build_app()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"piaskit {__version__}")
        raise typer.Exit


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
    METHODS.lend()
    app = build_app(sys.argv[1] if len(sys.argv) > 1 else "")
    signal.signal(signal.SIGINT, _end)
    signal.signal(signal.SIGTERM, _end)
    try:
        app()
    except SystemExit as end:
        METHODS.keep()
        if is_owned() and isinstance(end.code, int):
            end_process(end.code)
        raise
