"""Verbs about safeguards: what proves them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import typer

import piaskit
from piaskit.cli.options import AsOf, Case, Json, KeepGoing, Lang, Packs
from piaskit.cli.output import LANG, Say, finish, open_case, print_table

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()


def pick_text(context: typer.Context, row: dict[str, Any], key: str) -> str:
    """Return a text of a result in the language of this invocation."""
    own = row.get(f"{key}_zh") if context.meta.get(LANG) == "zh" else None
    return str(own or row.get(key) or "")


@app.command(epilog="Example: piaskit safeguards my-shop --as-of 2026-12-31")
def safeguards(
    context: typer.Context,
    case: Case,
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Ask every safeguard for its proof, and show what no proven one protects."""
    answer = piaskit.review_safeguards(open_case(context, case, as_of, packs, keep_going)).to_dict()

    def show(console: Console, say: Say) -> None:
        counts = Counter(row["state"] for row in answer["safeguards"])
        states = ", ".join(f"{say(f'safeguards.state.{s}')} {n}" for s, n in counts.items())
        rows = [
            (row["id"], say(f"safeguards.state.{row['state']}"), pick_text(context, row, "because"))
            for row in answer["safeguards"]
        ]
        heads = [say(f"safeguards.{name}") for name in ("safeguard", "state", "because")]
        print_table(console, heads, rows, states)
        rows = [
            (
                f"{u['table']}/{u['id']}",
                "\n".join(pick_text(context, need, "message") for need in u["needs"]),
                ", ".join(u["missing"]),
            )
            for u in answer["uncovered"]
        ]
        heads = [say(f"safeguards.{name}") for name in ("subject", "lacks", "missing")]
        print_table(console, heads, rows, say("safeguards.uncovered") + f": {len(rows)}")
        found = [
            (f["slug"], f"{f['subject']['table']}/{f['subject']['id']}",
             pick_text(context, f, "message"), pick_text(context, f, "clause"))
            for f in answer["findings"]
        ]  # fmt: skip
        heads = [say(f"safeguards.{name}") for name in ("finding", "subject", "because", "clause")]
        print_table(console, heads, found, say("safeguards.findings") + f": {len(found)}")
        taken = [
            (
                t["account"],
                t["system"],
                ", ".join(t["permissions"]),
                pick_text(context, t, "because"),
            )
            for t in answer["access"]["take_away"]
        ]
        if taken:
            heads = [say("access.account"), say("table.systems"), say("column.permissions"),
                     say("safeguards.because")]  # fmt: skip
            print_table(console, heads, taken, say("access.take-away"))
        console.print(pick_text(context, answer["maturity"], "because"), soft_wrap=True)

    finish(context, answer, show)
