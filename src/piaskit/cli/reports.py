"""The verb that writes reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import piaskit
from piaskit.cli.options import (
    AsOf,
    Assessment,
    Case,
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
    Log,
    Memory,
    Packs,
)
from piaskit.cli.output import JSON, Say, finish, note_lang, print_table, settle_day
from piaskit.runs.notebooks import Limits
from piaskit.runs.warm import own_process

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()


@app.command(epilog="Example: piaskit report my-shop --out my-shop-report --lang both")
def report(
    context: typer.Context,
    case: Case,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The report folder to write.")],
    edition: Edition = "both",
    lang: Languages = "both",
    formats: Formats = "html,pdf,xlsx,json",
    method: Annotated[
        str, typer.Option("--method", metavar="M", help="The method; else that of the case.")
    ] = "",
    layout: Layout = "standard",
    assessment: Assessment = "",
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
    """Run the notebooks over a case and write its reports, all files or none."""
    note_lang(context, None if lang == "both" else lang)
    own_process()
    if engine != "kernel" and not out.exists():
        from piaskit.runs.drive import expect_driver

        expect_driver()
    day = settle_day(context, as_of, case)
    if engine == "kernel" and not out.exists():  # they get ready while the case is checked
        from piaskit.runs.kernels import expect_kernels, prepare_analysis

        expect_kernels(3, prepare_analysis(case, packs, day, memory))
    answer = piaskit.write_report(
        case,
        out,
        edition=edition,
        lang=lang,
        formats=formats,
        method=method,
        assessment=assessment,
        layout=layout,
        as_of=day,
        packs=packs,
        keep_going=keep_going,
        key=key,
        engine=engine or "",
        limits=Limits(cell_seconds, memory),
        hook=hook,
        log=log,
        quiet=bool(context.meta.get(JSON)),
    )

    def show(console: Console, say: Say) -> None:
        rows = [(f["path"], f["edition"], f["lang"], f["format"]) for f in answer["files"]]
        headers = [say(f"cli.{name}") for name in ("file", "edition", "lang", "format")]
        print_table(console, headers, rows)
        if answer["not_published"]:
            console.print(say("cli.not-published", n=answer["not_published"]))
        edition, earlier = answer["edition"], answer["replaces"]
        if answer["unchanged"]:
            console.print(say("publication.unchanged", edition=edition))
            return
        console.print(say("cli.wrote", out=out, n=len(rows), seconds=answer["seconds"]))
        if earlier:
            console.print(say("publication.replaces", edition=edition, earlier=earlier))

    reached = False
    if fail_on is not None:
        from piaskit.runs.events import reaches

        reached = reaches(out, fail_on)
    finish(context, {**answer, "reached": reached}, show, int(reached))
