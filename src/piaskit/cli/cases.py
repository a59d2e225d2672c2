"""Verbs that make, read and hand over a case: new, check, import, export."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

import piaskit
from piaskit.cli.options import AsOf, Case, Json, KeepGoing, Lang, Packs
from piaskit.cli.output import Say, finish, open_case, print_table, settle_day

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()


@app.command(epilog="Example: piaskit new my-shop --from marketplace")
def new(
    context: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    source: Annotated[
        Literal["blank", "marketplace"],
        typer.Option("--from", help="What to start from: empty tables or the worked case."),
    ] = "blank",
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Make a case to start from."""
    settle_day(context, as_of)
    piaskit.new_case(directory, source)
    files = sorted(p.relative_to(directory).as_posix() for p in directory.rglob("*") if p.is_file())

    def show(console: Console, say: Say) -> None:
        console.print(say("cli.made", case=directory, n=len(files)))
        console.print(say("cli.next", command=f"piaskit check {directory}"))

    finish(context, {"case": str(directory), "files": files}, show)


@app.command(epilog="Example: piaskit check my-shop --json")
def check(
    context: typer.Context,
    case: Case,
    marked: Annotated[
        Path | None,
        typer.Option(
            "--marked",
            metavar="FILE",
            help="Write a copy of the case's workbook with a note on every bad cell.",
        ),
    ] = None,
    as_of: AsOf = None,
    packs: Packs = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Read a case and tell every problem with its cell; exit 1 when there is one."""
    day = settle_day(context, as_of, case)
    found = piaskit.check_case(case, packs=packs, as_of=day, marked=marked)
    issues = [str(issue) for issue in found.issues]

    def show(console: Console, say: Say) -> None:
        rows = [(say(f"table.{table}"), n) for table, n in found.counts.items() if n]
        print_table(console, (say("cli.table"), say("cli.rows")), rows)
        for notice in found.notices:
            console.print(say("cli.notice") + f" {notice}")
        for issue in issues:
            console.print(issue, soft_wrap=True)
        console.print(say("cli.issues", n=len(issues)) if issues else say("cli.clean"))
        if marked:
            console.print(say("export.wrote", file=marked), soft_wrap=True)

    finish(context, found.to_dict(), show, 1 if issues else 0)


@app.command("import", epilog="Example: piaskit import systems.yml datasets.yml --into my-case")
def import_(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Foreign files.")],
    into: Annotated[Path, typer.Option("--into", metavar="CASE", help="The case to make.")],
    format: Annotated[
        str, typer.Option("--format", metavar="F", help="Their format; `auto` looks inside.")
    ] = "auto",
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--mapping",
            metavar="MAP",
            help="How a spreadsheet's columns become ours; where MAP is absent, a guess is written "
            "there and nothing is imported. Default: FILE.map.yaml beside the file.",
        ),
    ] = None,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Turn a register that others wrote into a case, and say what it did not hold."""
    day = settle_day(context, as_of)
    result = piaskit.import_register(files, into, format=format, mapping=mapping)
    answer: dict[str, Any] = result.to_dict()
    answer["as_of"] = answer.get("as_of") or day.isoformat()
    if result.proposal:
        path = result.proposal.path
        command = " ".join(["piaskit import", *map(shlex.quote, map(str, files))])
        command += f" --mapping {shlex.quote(str(path))} --into {shlex.quote(str(into))}"
        finish(context, answer, lambda c, say: _show_guess(c, say, answer["mapping"], command))

    def show(console: Console, say: Say) -> None:
        rows = [(say(f"cli.mapped.{noun}"), n) for noun, n in answer["mapped"].items() if n]
        print_table(console, (say("cli.table"), say("cli.rows")), rows, answer["format"])
        for part in ("kept_as_text", "missing", "contradictions"):
            lines = answer[part]
            console.print(say(f"cli.{part.replace('_', '-')}", n=len(lines)))
            for line in lines[:10]:
                console.print(f"  {line}", soft_wrap=True)
            if len(lines) > 10:
                console.print("  " + say("cli.more", n=len(lines) - 10))
        console.print(say("cli.next", command=f"piaskit report {into} --out {into}-report"))

    finish(context, answer, show)


@app.command(epilog="Example: piaskit export my-shop --format gdpr30 --out records.xlsx --lang en")
def export(
    context: typer.Context,
    case: Case,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="F",
            help="xlsx, csv, gbt39335, ndsr21, gdpr30, ciso-assistant, cnil-pia, dpv, fides, "
            "threagile or threat-dragon.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write.")],
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Write a case in a foreign format, and say what that format cannot hold.

    The words are in --lang, else in the first language of the case.
    """
    data = open_case(context, case, as_of, packs, keep_going)
    source = context.get_parameter_source("lang")
    words = lang if source and source.name == "COMMANDLINE" else None
    result = piaskit.export_register(data, out, format=format, lang=words)

    def show(console: Console, say: Say) -> None:
        console.print(say("export.wrote", file=result.file), soft_wrap=True)
        lost = result.lost_zh if lang == "zh" else result.lost
        title = say("export.lost", n=len(lost)) if lost else say("export.kept-all")
        console.print(title)
        for line in lost:
            console.print(f"  {line}", soft_wrap=True)

    finish(context, result.to_dict(), show)


def _show_guess(console: Console, say: Say, guess: dict[str, Any], command: str) -> None:
    """Say what a guessed mapping holds, what it leaves open, and what to do now."""
    for sheet in guess["sheets"]:
        if not sheet["columns"]:
            console.print(say("import.no-headings", sheet=sheet["sheet"]), soft_wrap=True)
            continue
        rows = ", ".join(map(str, sheet["header_rows"]))
        title = say("import.sheet", sheet=sheet["sheet"], row_is=sheet["row_is"], rows=rows)
        headers = tuple(
            say(f"import.{w}") for w in ("heading", "field", "sure", "words", "unknown")
        )
        columns = [
            (c["heading"], c["field"], c["because"], len(c["values"]), "、".join(c["unknown"][:12]))
            for c in sheet["columns"]
        ]
        print_table(console, headers, columns, title)
        kept = [c for c in sheet["columns"] if c["field"] == "text"]
        unknown = sum(len(c["unknown"]) for c in sheet["columns"])
        console.print(say("import.open", n=len(kept), words=unknown))
    console.print(say("import.written", file=guess["file"]), soft_wrap=True)
    console.print(say("cli.next", command=command), soft_wrap=True)
