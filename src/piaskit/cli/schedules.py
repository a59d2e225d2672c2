"""The verb that prints a recipe for a scheduler."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

import piaskit
from piaskit.cli.options import AsOf, FailOn, Hook, Json
from piaskit.cli.output import Say, finish, note_lang, settle_day
from piaskit.errors import InvalidData, Issue, Place

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()


@app.command(epilog="Example: piaskit schedule systemd my-shop --at 02:30 --fail-on severe")
def schedule(
    context: typer.Context,
    kind: Annotated[
        Literal["cron", "systemd", "jupyter-scheduler", "airflow"],
        typer.Argument(metavar="KIND", help="cron, systemd, jupyter-scheduler or airflow."),
    ],
    case: Annotated[
        Path, typer.Argument(metavar="CASE", help="A case, or a folder that holds cases.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="The report folder; else CASE-report."),
    ] = None,
    at: Annotated[
        str, typer.Option("--at", metavar="HH:MM", help="The time of day of the run.")
    ] = "02:30",
    timezone: Annotated[
        str,
        typer.Option("--timezone", metavar="ZONE", help="Of that time, for example Asia/Shanghai."),
    ] = "",
    into: Annotated[
        Path | None,
        typer.Option("--into", metavar="DIR", help="Write the files there in place of printing."),
    ] = None,
    lang: Annotated[
        Literal["en", "zh", "both"], typer.Option("--lang", help="Languages of the report.")
    ] = "both",
    formats: Annotated[
        str, typer.Option("--formats", metavar="F,...", help="html, pdf, xlsx, docx, json.")
    ] = "html,pdf,xlsx,json",
    fail_on: FailOn = None,
    hook: Hook = "",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Print what makes a scheduler write the report every day; nothing is installed."""
    note_lang(context, None if lang == "both" else lang)
    settle_day(context, as_of)
    recipe = piaskit.schedule_report(
        kind,
        case,
        out=out,
        at=at,
        timezone=timezone,
        fail_on=fail_on or "",
        hook=hook,
        lang=lang,
        formats=formats,
    )
    if into is not None:
        _write_files(into, recipe.files)

    def show(console: Console, say: Say) -> None:
        if into is None:
            typer.echo(repr(recipe))
        else:
            typer.echo("\n".join([*(str(into / name) for name in recipe.files), *recipe.install]))

    finish(context, recipe.to_dict(), show)


def _write_files(folder: Path, files: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, "utf-8", newline="\n")
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise InvalidData([Issue("cannot-write", Place(folder.name), message)]) from None
