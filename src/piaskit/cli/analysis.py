"""Verbs that answer from a case: ledger, screen, assess, what-if."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import piaskit
from piaskit.cli.options import (
    AsOf,
    Assessment,
    Case,
    Json,
    KeepGoing,
    Lang,
    Level,
    Packs,
    RuleSeconds,
)
from piaskit.cli.output import LANG, Say, finish, open_case, pick_text, print_table, tell_issues

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()


def _say_all(say: Say, prefix: str, words: Iterable[str]) -> str:
    return ", ".join(say(f"{prefix}.{word}") for word in words)


@app.command(epilog="Example: piaskit ledger my-shop --lang zh")
def ledger(
    context: typer.Context,
    case: Case,
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    rule_seconds: RuleSeconds = 5.0,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Show the lifecycle of each activity, and what the register lacks."""
    from piaskit.ledger import rank_findings

    data = open_case(context, case, as_of, packs, keep_going)
    found = piaskit.build_ledger(data, seconds=rule_seconds)
    answer = found.to_dict()

    def show(console: Console, say: Say) -> None:
        rows = [
            (
                a["id"],
                pick_text(context, a, "title"),
                _say_all(say, "report.stage", [s for s, ids in a["stages"].items() if ids]),
            )
            for a in answer["activities"]
        ]
        print_table(console, (say("cli.id"), say("cli.activity"), say("cli.stages")), rows)
        findings = [
            (
                say(f"value.likelihood.{f['likelihood']}"),
                f["slug"],
                f"{f['subject']['table']}/{f['subject']['id']}",
                pick_text(context, f, "message"),
                pick_text(context, f, "clause"),
            )
            for f in (finding.to_dict() for finding in rank_findings(found.findings))
        ]
        names = ("cli.finding", "cli.subject", "cli.message", "cli.clause")
        headers = [say(name) for name in ("ledger.likelihood", *names)]
        print_table(console, headers, findings, say("cli.findings", n=len(findings)))

    finish(context, answer, show, tell_issues(found.issues))


@app.command(epilog="Example: piaskit screen my-shop --assessment yearly")
def screen(
    context: typer.Context,
    case: Case,
    assessment: Assessment = "",
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Argue for each activity whether the law wants an assessment."""
    from piaskit.runs.run import pick_activities

    data = open_case(context, case, as_of, packs, keep_going)
    found = piaskit.screen_case(data, pick_activities(data, assessment))
    answer = found.to_dict()

    def show(console: Console, say: Say) -> None:
        rows = [
            (
                v["regime"],
                v["activity"],
                say(f"report.decision.{v['decision']}"),
                "\n".join(
                    f"{pick_text(context, b, 'clause')}: {pick_text(context, b, 'reason')}"
                    for b in v["because"]
                    if b["met"] == {"required": "yes", "judge": "unknown"}.get(v["decision"])
                )
                or (pick_text(context, v, "note") if v["note"] else ""),
            )
            for v in answer["verdicts"]
        ]
        headers = [say(f"cli.{name}") for name in ("regime", "activity", "verdict", "because")]
        print_table(console, headers, rows)
        for told in answer["not_screened"]:
            console.print(pick_text(context, told, "message"))

    finish(context, answer, show, tell_issues(found.issues))


@app.command(epilog="Example: piaskit assess my-shop --method gbt39335,cnil --fail-on severe")
def assess(
    context: typer.Context,
    case: Case,
    method: Annotated[
        str, typer.Option("--method", metavar="M,...", help="Methods; else those of the case.")
    ] = "",
    fail_on: Annotated[
        Level | None,
        typer.Option(
            "--fail-on",
            help="Exit 1 when the level now by any method reaches this, accepted risks left out.",
        ),
    ] = None,
    assessment: Assessment = "",
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    register: Annotated[
        Path | None,
        typer.Option(
            "--register", metavar="FILE", help="Write the risks here: .json, .csv or .parquet."
        ),
    ] = None,
    rule_seconds: RuleSeconds = 5.0,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Find the risks, and give each activity its level: inherent, current, planned."""
    from piaskit.runs.run import pick_activities

    data = open_case(context, case, as_of, packs, keep_going)
    activities = pick_activities(data, assessment)
    methods = method or ",".join(data.methods)
    found = piaskit.assess_risks(data, methods, activities, seconds=rule_seconds)
    if register is not None:
        found.write_register(register)
    answer = {**found.result, "treatment": {**found.result["treatment"], "plan": found.plan}}
    reached = fail_on is not None and found.reaches(fail_on)

    def show(console: Console, say: Say) -> None:
        states = ("inherent", "current", "planned")
        rows = [
            (a["id"], *(say(f"report.level.{a['levels'][s]}") for s in states))
            for a in answer["activities"]
            if a["level"]
        ]
        headers = (say("cli.activity"), *(say(f"report.state.{state}") for state in states))
        print_table(console, headers, rows)
        if "by_method" in answer:
            _show_methods(context, console, say, answer)
        for name, level in answer["overall"].items():
            if level:
                console.print(say("cli.overall", method=name, level=say(f"report.level.{level}")))
        console.print(say("cli.risks", n=len(answer["risks"])))
        _show_treatment(context, console, answer["treatment"])
        if reached and fail_on:
            console.print(say("cli.gate", level=say(f"report.level.{fail_on}")))

    finish(context, answer, show, tell_issues(found.issues) or (1 if reached else 0))


def _show_methods(
    context: typer.Context, console: Console, say: Say, answer: dict[str, Any]
) -> None:
    """Print the current level of each activity by each method, and why they disagree."""
    methods = answer["methods"]

    def name(levels: dict[str, Any] | None) -> str:
        if not levels:
            return say("risk.unrated-word")
        return say(f"report.level.{levels['current']['level']}")

    rows = [
        (row["activity"], *(name(row["levels"].get(method)) for method in methods))
        for row in answer["by_method"]
    ]
    print_table(console, (say("cli.activity"), *methods), rows, say("risk.by-method"))
    for scope in answer.get("scopes", {}).values():
        console.print(f"- {pick_text(context, scope, 'because')}", soft_wrap=True)
    for row in answer["disagreements"]:
        if row["risk"] is not None:
            break
        console.print(f"- {row['activity']}: {pick_text(context, row, 'because')}", soft_wrap=True)
    console.print(say("cli.disagreements", n=len(answer["disagreements"])))


@app.command("what-if", epilog="Example: piaskit what-if my-shop --count 3 --exact")
def what_if(
    context: typer.Context,
    case: Case,
    controls: Annotated[
        str, typer.Option("--controls", metavar="A,...", help="Choose among these controls only.")
    ] = "",
    control: Annotated[
        list[str] | None,
        typer.Option("--control", metavar="A", help="Put this control in place; repeatable."),
    ] = None,
    count: Annotated[
        int, typer.Option("--count", metavar="N", min=1, help="How many safeguards to choose.")
    ] = 3,
    exact: Annotated[
        bool, typer.Option("--exact", help="Try all sets, not only the best one added each time.")
    ] = False,
    apart: Annotated[
        bool, typer.Option("--apart", help="One system, activity or flow at a time.")
    ] = False,
    method: Annotated[
        str, typer.Option("--method", metavar="M,...", help="The first chooses, all are told.")
    ] = "",
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Say which safeguards would lower the register most, and which risks then fall."""
    data = open_case(context, case, as_of, packs, keep_going)
    named = [name for name in (part.strip() for part in controls.split(",")) if name]
    found = piaskit.what_if(
        data, named, given=control or (), count=count, exact=exact, apart=apart, method=method
    )
    answer = found.to_dict()

    def show(console: Console, say: Say) -> None:
        levels = list(answer["before"])
        heads = [say("risk.what-if.safeguard"), say("risk.what-if.scope")]
        heads += [say(f"report.level.{level}") for level in levels]
        rows = [[say("risk.what-if.before"), "", *answer["before"].values()]]
        for number, row in enumerate(answer["safeguards"], 1):
            name = f"{number}. {pick_text(context, row, 'title')} [{row['control']}]"
            rows.append([name, row["scope"].replace(";", " "), *row["after"].values()])
        print_table(console, heads, rows, pick_text(context, answer, "message"))
        fallen = [
            (
                pick_text(context, risk, "title"),
                risk["id"],
                say(f"report.level.{risk['from']}"),
                say(f"report.level.{risk['to']}" if risk["to"] else "risk.what-if.gone"),
            )
            for risk in answer["risks"]
        ]
        if fallen:
            heads = [say(f"risk.what-if.{name}") for name in ("risk", "id", "from", "to")]
            print_table(console, heads, fallen, say("risk.what-if.fallen", n=len(fallen)))
        for line in found.list_notes(context.meta[LANG]):
            console.print(line, soft_wrap=True)

    finish(context, answer, show)


def _show_treatment(context: typer.Context, console: Console, treatment: dict[str, Any]) -> None:
    """Print what is late, does not count or stays above the line."""
    for remark in treatment["remarks"]:
        console.print(f"- {pick_text(context, remark, 'message')}", soft_wrap=True)
    residual = treatment["residual"]
    console.print(pick_text(context, residual, "message"), soft_wrap=True)
    for want in residual["regimes"]:
        told = (pick_text(context, want, "clause"), pick_text(context, want, "because"))
        console.print(f"  {': '.join(filter(None, told))}", soft_wrap=True)
