"""Verbs for editions once they are written: verify, prune."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import piaskit
from piaskit.cli.options import AsOf, Json, Lang
from piaskit.cli.output import Say, finish, pick_text, settle_day

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()


@app.command(epilog="Example: piaskit verify my-shop-report")
def verify(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A report folder, one of its editions, or a site.")
    ],
    public_key: Annotated[
        str,
        typer.Option(
            "--public-key", metavar="KEY", help="Who must have signed: 64 hex digits or a PEM file."
        ),
    ] = "",
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Prove that nothing changed since it was sealed, or name what did."""
    settle_day(context, as_of)
    answer = piaskit.verify_edition(folder, public_key=public_key).to_dict()

    def show(console: Console, say: Say) -> None:
        for problem in answer["problems"]:
            console.print(pick_text(context, problem, "message"), soft_wrap=True)
        label = "verified" if answer["ok"] else "not-verified"
        console.print(say(f"publication.{label}", n=answer["files"]))
        for signer in answer["signed_by"]:
            console.print(say("publication.signed-by", key=signer))

    finish(context, answer, show, 0 if answer["ok"] else 1)


@app.command(epilog="Example: piaskit prune my-shop-report --dry-run")
def prune(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The report folder.")],
    editions: Annotated[
        str, typer.Option("--edition", metavar="ID,...", help="Only these editions.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be deleted, and delete nothing.")
    ] = False,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Delete earlier editions that the law does not want kept any longer."""
    day = settle_day(context, as_of)
    wanted = [id.strip() for id in editions.split(",") if id.strip()]
    answer = piaskit.prune_editions(folder, as_of=day, editions=wanted, dry_run=dry_run).to_dict()

    def show(console: Console, say: Say) -> None:
        label = "publication.would-remove" if dry_run else "publication.removed"
        for id in answer["removed"]:
            console.print(say(label, edition=id))
        for kept in answer["kept"]:
            console.print(f"{kept['edition']}: {pick_text(context, kept, 'because')}")
        if not answer["removed"] and not answer["kept"]:
            console.print(say("publication.nothing-kept"))

    finish(context, answer, show)
