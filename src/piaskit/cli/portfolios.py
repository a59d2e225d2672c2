"""The verb that runs many cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import piaskit
from piaskit.cli.options import (
    AsOf,
    CellSeconds,
    Edition,
    Engine,
    FailOn,
    Formats,
    Hook,
    Json,
    KeepGoing,
    Key,
    Languages,
    Layout,
    Level,
    Log,
    Memory,
    Packs,
)
from piaskit.cli.output import JSON, Say, finish, note_lang, print_table, settle_day
from piaskit.runs.log import FOLDER
from piaskit.runs.notebooks import Limits

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()


@app.command(epilog="Example: piaskit portfolio cases --out reports --workers 2")
def portfolio(
    context: typer.Context,
    root: Annotated[
        str,
        typer.Argument(
            metavar="ROOT", help="The folder below which the cases lie, or an address of fsspec."
        ),
    ],
    out: Annotated[
        str,
        typer.Option(
            "--out", metavar="OUT", help="Where reports, states and overview go; or an address."
        ),
    ],
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", min=1, help="Spread by Dask over N processes here."),
    ] = None,
    scheduler: Annotated[
        str,
        typer.Option(
            "--scheduler", metavar="ADDRESS", help="Spread by a Dask cluster that is there already."
        ),
    ] = "",
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            metavar="N",
            min=1,
            help="Cases at a time, without Dask; else one per core.",
        ),
    ] = None,
    edition: Edition = "both",
    lang: Languages = "both",
    formats: Formats = "html,pdf,xlsx,json",
    method: Annotated[
        str, typer.Option("--method", metavar="M", help="The method; else that of each case.")
    ] = "",
    layout: Layout = "standard",
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    key: Key = None,
    engine: Engine = None,
    cell_seconds: CellSeconds = None,
    memory: Memory = None,
    fail_on: FailOn = None,
    hook: Hook = "",
    log: Log = None,
    as_json: Json = False,
) -> None:
    """Write the reports of many cases and an overview of the group; what is unchanged stays."""
    from piaskit.runs.store import is_remote

    note_lang(context, None if lang == "both" else lang)
    settle_day(context, as_of)
    answer = piaskit.run_portfolio(
        root,
        out,
        workers=workers,
        scheduler=scheduler,
        jobs=jobs,
        edition=edition,
        lang=lang,
        formats=formats,
        method=method,
        layout=layout,
        as_of=as_of,
        packs=packs,
        keep_going=keep_going,
        key=key,
        engine=engine or "",
        limits=Limits(cell_seconds, memory),
        hook=hook,
        log=log or (None if is_remote(out) else Path(out) / FOLDER),
        quiet=bool(context.meta.get(JSON)),
    )
    counts = {
        status: sum(case["status"] == status for case in answer["cases"])
        for status in ("done", "unchanged", "failed")
    }

    def show(console: Console, say: Say) -> None:
        rows = [
            (
                case["id"],
                say(f"cli.status.{case['status']}"),
                case["seconds"],
                (case["error"] or "").split("\n")[0],
            )
            for case in answer["cases"]
        ]
        heads = [say(f"cli.{name}") for name in ("case", "status", "seconds", "error")]
        print_table(console, heads, rows)
        if answer["overview_error"]:
            console.print(answer["overview_error"])
        seconds = answer["seconds"]
        console.print(say("cli.portfolio-done", out=f"{out}/overview", seconds=seconds, **counts))

    reached = (
        _list_reached(Path(out), answer["cases"], fail_on) if fail_on and not is_remote(out) else []
    )
    bad = counts["failed"] or answer["overview_error"] or reached
    finish(context, {**answer, "reached": reached}, show, 1 if bad else 0)


def _list_reached(out: Path, cases: list[dict[str, Any]], level: Level) -> list[str]:
    from piaskit.runs.events import reaches
    from piaskit.runs.turn import find_report

    good = [case["id"] for case in cases if case["status"] != "failed"]
    return [id for id in good if reaches(find_report(out, id), level)]
