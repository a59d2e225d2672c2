"""Verbs for editions once they are written: publish, announce, withdraw, verify, prune."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

import piaskit
from piaskit.cli.options import AsOf, Json, Lang
from piaskit.cli.output import Say, finish, pick_text, settle_day

if TYPE_CHECKING:
    from rich.console import Console

    from piaskit.publication.site import Announcement

app = typer.Typer()

Site: TypeAlias = Annotated[
    Path, typer.Option("--site", metavar="SITE", help="The folder of the announcement site.")
]
Url: TypeAlias = Annotated[
    str, typer.Option("--url", metavar="URL", help="The address of the site, for its feed; kept.")
]
Key: TypeAlias = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="Sign with this ed25519 private key (PEM)."),
]


@app.command(epilog="Example: piaskit publish my-shop-report --site public-site")
def publish(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The report folder.")],
    site: Site,
    correction: Annotated[
        str,
        typer.Option("--correction", metavar="TEXT", help="What was wrong in the one it replaces."),
    ] = "",
    correction_zh: Annotated[
        str, typer.Option("--correction-zh", metavar="TEXT", help="The same in Chinese.")
    ] = "",
    url: Url = "",
    key: Key = None,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Announce the public edition on a static site, in one step."""
    found = piaskit.publish_edition(
        folder,
        site,
        as_of=settle_day(context, as_of),
        correction=correction,
        correction_zh=correction_zh,
        url=url,
        key=key,
    )
    _tell_announced(context, found, site)


@app.command(epilog="Example: piaskit announce card-fraud.yaml --site public-site")
def announce(
    context: typer.Context,
    notice: Annotated[
        Path, typer.Argument(metavar="FILE", help="The notice: id, title, risk, advice.")
    ],
    site: Site,
    url: Url = "",
    key: Key = None,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Announce a security risk besides the reports."""
    day = settle_day(context, as_of)
    _tell_announced(
        context, piaskit.announce_notice(notice, site, as_of=day, url=url, key=key), site
    )


@app.command(epilog="Example: piaskit withdraw card-fraud --site public-site --reason Settled")
def withdraw(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="An edition, or a notice.")],
    site: Site,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")] = "",
    reason_zh: Annotated[
        str, typer.Option("--reason-zh", metavar="TEXT", help="The same in Chinese.")
    ] = "",
    key: Key = None,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Take an edition or notice off the site; its page says when and why."""
    found = piaskit.withdraw_edition(
        id, site, reason=reason, reason_zh=reason_zh, as_of=settle_day(context, as_of), key=key
    )

    def show(console: Console, say: Say) -> None:
        label = "announced-already" if found.unchanged else "withdrew"
        console.print(say(f"publication.{label}", edition=found.id, path=found.url_path))

    finish(context, found.to_dict(), show)


def _tell_announced(context: typer.Context, found: Announcement, site: Path) -> None:
    def show(console: Console, say: Say) -> None:
        label = "announced-already" if found.unchanged else "announced"
        console.print(say(f"publication.{label}", edition=found.id, path=found.url_path, site=site))

    finish(context, found.to_dict(), show)


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
