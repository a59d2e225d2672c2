"""Verbs about safeguards: what proves them, and what a probe sees."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import piaskit
from piaskit.cli.options import AsOf, Case, Json, KeepGoing, Lang, Packs
from piaskit.cli.output import (
    Say,
    finish,
    open_case,
    pick_text,
    print_table,
    settle_day,
)

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()


@app.command(epilog="Example: piaskit safeguards my-shop --as-of 2026-12-31")
def safeguards(
    context: typer.Context,
    case: Case,
    questionnaire: Annotated[
        Path | None,
        typer.Option(help="Write the questions on maturity to this workbook and stop."),
    ] = None,
    answers: Annotated[
        Path | None, typer.Option(help="Take the answers on maturity from this workbook.")
    ] = None,
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Ask every safeguard for its proof, and show what no proven one protects."""
    from piaskit.safeguards.questionnaire import read_answers, write_questionnaire

    data = open_case(context, case, as_of, packs, keep_going)
    if questionnaire is not None:
        write_questionnaire(data, questionnaire)
        told = {"questionnaire": str(questionnaire)}
        finish(context, told, lambda console, _: console.print(str(questionnaire), soft_wrap=True))
    if answers is not None:
        data = read_answers(data, answers)
    answer = piaskit.review_safeguards(data).to_dict()

    def show(console: Console, say: Say) -> None:
        counts = Counter(row["state"] for row in answer["safeguards"])
        states = ", ".join(f"{say(f'safeguards.state.{s}')} {n}" for s, n in counts.items())
        rows = [
            (row["id"], say(f"safeguards.state.{row['state']}"), pick_text(context, row, "because"))
            for row in answer["safeguards"]
        ]
        heads = [say(f"safeguards.{name}") for name in ("safeguard", "state", "because")]
        if rows:
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
        if rows:
            print_table(console, heads, rows, say("safeguards.uncovered") + f": {len(rows)}")
        found = [
            (f["slug"], f"{f['subject']['table']}/{f['subject']['id']}",
             pick_text(context, f, "message"), pick_text(context, f, "clause"))
            for f in answer["findings"]
        ]  # fmt: skip
        heads = [say(f"safeguards.{name}") for name in ("finding", "subject", "because", "clause")]
        if found:
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
        calendar = [
            (pick_text(context, due, "title"), say(f"people.state.{due['state']}"), due["due_on"],
             due["done_on"], pick_text(context, due, "clause"))
            for due in answer["people"]["calendar"]
        ]  # fmt: skip
        heads = [say(f"people.{name}") for name in ("duty", "state", "by", "last", "basis")]
        title = say("people.calendar", as_of=answer["as_of"])
        print_table(console, heads, calendar, title)
        console.print(pick_text(context, answer["maturity"], "because"), soft_wrap=True)

    finish(context, answer, show)


@app.command(epilog="Example: piaskit probe shop.example:443 --into my-shop --scope systems/s-web")
def probe(
    context: typer.Context,
    hosts: Annotated[
        list[str],
        typer.Argument(
            metavar="HOST...",
            help="Services to look at, and nothing else: name, name:port, https://..., or a "
            "database as postgresql://user@host/name or mysql://user@host/name.",
        ),
    ],
    into: Annotated[
        Path | None,
        typer.Option(
            "--into",
            metavar="CASE",
            help="Keep each answer below evidence/ of this case, with a row that cites it.",
        ),
    ] = None,
    scope: Annotated[
        str,
        typer.Option(
            "--scope", metavar="SCOPE", help="What the proposed row covers, like systems/s-web."
        ),
    ] = "",
    ca: Annotated[
        Path | None,
        typer.Option(
            "--ca", metavar="FILE", help="Authorities to trust, PEM; else those of the system."
        ),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout", metavar="SECONDS", min=0.1, help="How long to wait for an answer."
        ),
    ] = 5.0,
    http_port: Annotated[
        int | None,
        typer.Option(
            "--http-port",
            metavar="PORT",
            min=1,
            max=65535,
            help="Where plain HTTP would answer; else 80 beside a service at 443.",
        ),
    ] = None,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Look at services and databases: TLS, certificate, headers, settings, grants. Only reading.

    Exit 1 when one of them could not be looked at.
    """
    answer = piaskit.probe_hosts(
        hosts,
        into=into,
        ca=ca,
        timeout=timeout,
        http_port=http_port,
        scope=scope,
        as_of=settle_day(context, as_of),
    ).to_dict()

    def show(console: Console, say: Say) -> None:
        heads = [say(f"probe.{name}") for name in ("finding", "clause")]
        for look in answer["probes"]:
            rows = [
                (pick_text(context, f, "message"), pick_text(context, f, "clause"))
                for f in look["findings"]
            ]
            print_table(console, heads, rows or [(say("probe.nothing"), "")], look["id"])
            facts = ", ".join(f"{k} {v}" for k, v in look["facts"].items() if v not in (None, ""))
            console.print(facts, soft_wrap=True)
            if look["evidence"]:
                console.print(say("probe.kept", **look["evidence"]), soft_wrap=True)
                for table, added in look["rows"].items():
                    console.print(say("probe.rows", table=say(f"table.{table}"), n=len(added)))
        for failed in answer["failed"]:
            console.print(say("probe.failed"), soft_wrap=True)
            console.print(
                f"  {failed['id']}: {pick_text(context, failed, 'because')}", soft_wrap=True
            )

    finish(context, answer, show, 1 if answer["failed"] else 0)
