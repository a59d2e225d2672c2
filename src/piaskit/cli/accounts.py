"""Verbs about accounts: what their passwords and sign-in lack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import piaskit
from piaskit.cli.options import AsOf, Case, Json, KeepGoing, Lang, Packs
from piaskit.cli.output import LANG, Say, finish, open_case, print_table

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()


@app.command(epilog="Example: piaskit accounts my-shop --breached leaked-sha1.txt --reused 0.05")
def accounts(
    context: typer.Context,
    case: Case,
    breached: Annotated[
        Path | None,
        typer.Option(help="A list of leaked passwords here: SHA-1 digests or words."),
    ] = None,
    reused: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Assumed share of passwords used and leaked elsewhere."),
    ] = None,
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Judge the rules of passwords and sign-in by what they let pass."""
    data = open_case(context, case, as_of, packs, keep_going)
    answer = piaskit.review_accounts(data, breached=breached, reused=reused).to_dict()
    zh = context.meta.get(LANG) == "zh"

    def pick(row: dict[str, Any], key: str) -> str:
        return str(row[f"{key}_zh"] if zh else row[key])

    def show(console: Console, say: Say) -> None:
        if not answer["policies"]:
            console.print(say("accounts.none"))
            return
        rows = []
        for policy in answer["policies"]:
            found, guessing = policy["samples"], policy["guessing"]
            per_day = guessing["per_account_and_day"]
            rows.append(
                (
                    policy["id"],
                    found["weakest"] or "-",
                    "-" if found["score"] is None else found["score"],
                    f"{found['weak']} / {found['tried']}",
                    say("accounts.no-limit") if per_day is None else f"{per_day:,}",
                )
            )
        heads = ("policy", "weakest", "score", "weak", "guesses-per-day")
        print_table(console, [say(f"accounts.{h}") for h in heads], rows, say("accounts.title"))
        for policy in answer["policies"]:
            if policy["stuffing"]["accounts"] is not None:
                opened = f"{policy['stuffing']['accounts']:,}"
                text = say("accounts.opened", id=policy["id"], n=opened)
                console.print(f"{text} {pick(policy['stuffing'], 'because')}", soft_wrap=True)
        lacks = [
            (f["slug"], f["subject"]["id"], pick(f, "message"), pick(f, "clause"))
            for f in answer["findings"]
        ]
        names = ("finding", "policy", "why", "clause")
        print_table(console, [say(f"accounts.{h}") for h in names], lacks, say("accounts.findings"))

    finish(context, answer, show)
