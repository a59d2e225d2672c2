"""Verbs that look at data itself: discover."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import piaskit
from piaskit.cli.options import AsOf, Json, Lang, Packs
from piaskit.cli.output import LANG, Say, finish, print_table, settle_day

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()


@app.command(epilog="Example: piaskit discover sqlite:///shop.db --rows 500 --lang zh")
def discover(
    context: typer.Context,
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE",
            help="URL of a database, a CSV, Parquet, XLSX or JSON-lines file, a folder of them, or "
            "a list of columns (a CSV headed table,column,type,comment).",
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            "--text",
            metavar="FILE",
            help="Before you share: what a text holds, and of whom; - reads standard input.",
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into", metavar="CASE", help="Draft what was found as rows of a case to confirm."
        ),
    ] = None,
    rows: Annotated[
        int, typer.Option("--rows", metavar="N", min=10, max=100_000, help="Rows to sample.")
    ] = 1000,
    seconds: Annotated[
        float, typer.Option("--seconds", metavar="S", min=0.1, help="Time for each table.")
    ] = 30.0,
    as_of: AsOf = None,
    packs: Packs = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Find personal information by names, comments and sampled values, shown masked."""
    day = settle_day(context, as_of)
    if (source is None) == (text is None):
        raise typer.BadParameter("expected a SOURCE, or --text FILE")
    if into and text is not None:
        raise typer.BadParameter("a text is not drafted into a case")
    found = piaskit.discover_data(
        source or "",
        text=None if text is None else _read_text(text),
        into=into,
        as_of=day,
        rows=rows,
        seconds=seconds,
        packs=packs,
    )
    words = "zh" if context.meta.get(LANG) == "zh" else "en"

    def show(console: Console, say: Say) -> None:
        from piaskit.discovery.views import show_discovery
        from piaskit.display import Grid

        for part in show_discovery(found, words):
            if isinstance(part, Grid):
                print_table(console, part.heads, part.rows, part.title)
            else:
                console.print(repr(part), soft_wrap=True)
        for notice in found.to_dict()["notices_zh" if words == "zh" else "notices"]:
            console.print(say("cli.notice") + f" {notice}", soft_wrap=True)

    finish(context, found.to_dict(), show)


def _read_text(name: str) -> str:
    """Read a text from a file, or from standard input."""
    if name == "-":
        return sys.stdin.read()
    from piaskit.discovery import read_text

    return read_text(Path(name))
