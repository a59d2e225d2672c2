"""Verbs around an incident: reach, intake, breaches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import piaskit
from piaskit.cli.options import AsOf, Json, KeepGoing, Lang, Packs
from piaskit.cli.options import Case as CaseFolder
from piaskit.cli.output import AS_OF, LANG, Say, finish, open_case, print_table

if TYPE_CHECKING:
    from rich.console import Console

    from piaskit.case import Case

app = typer.Typer()


@app.command(
    epilog="Example: piaskit reach my-shop/incidents/courier-list.yaml --case my-shop --seed 7"
)
def reach(
    context: typer.Context,
    facts: Annotated[
        Path, typer.Argument(metavar="FACTS.yaml", help="What is known of the incident.")
    ],
    case: Annotated[
        Path, typer.Option("--case", metavar="CASE", help="The case whose channels are used.")
    ],
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Seed of what is drawn.")] = 1,
    trials: Annotated[
        int, typer.Option("--trials", metavar="N", min=100, help="How often it is simulated.")
    ] = 4000,
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Plan the channels: who knows by when, at what cost, and whether to announce it."""
    from piaskit.incident.reach import list_times

    data = open_case(context, case, as_of, packs, keep_going)
    known = piaskit.read_facts(facts, data.knowledge)
    answer = piaskit.plan_reach(known, data, seed=seed, trials=trials).to_dict()
    zh = "_zh" if context.meta.get(LANG) == "zh" else ""

    def show(console: Console, say: Say) -> None:
        used = [
            (
                found[f"title{zh}"] or found["id"],
                f"{found['attempts']:,.0f}",
                f"{found['reached']:,.0f}",
                f"{found['done_h']['q50']['value']:,.1f}",
                f"{found['cost']:,.0f}",
            )
            for found in answer["channels"]
        ]
        heads: tuple[str, ...] = ("channel", "attempts", "reached", "done", "cost")
        print_table(console, [say(f"reach.{head}") for head in heads], used)
        heads = ("share", "median", "range", "within")
        print_table(console, [say(f"reach.{head}") for head in heads], list_times(answer))
        if answer["channels"]:
            total = {
                "unreached": f"{answer['unreached']['mean']:,.0f}",
                "cost": f"{answer['currency'] or ''} {answer['cost']['mean']:,.0f}".strip(),
            }
            console.print(say("reach.total", trials=trials, seed=seed, **total), soft_wrap=True)
        for line in answer["announcement"][f"because{zh}"]:
            console.print(line, soft_wrap=True)
        console.print(", ".join(answer["announcement"][f"clauses{zh}"]), soft_wrap=True)
        if answer["missing"]:
            console.print(say("reach.missing", names=", ".join(answer["missing"])))

    finish(context, answer, show)


@app.command(epilog="Example: piaskit intake report.yaml --case my-shop --lang zh")
def intake(
    context: typer.Context,
    report: Annotated[
        Path,
        typer.Argument(metavar="REPORT", help="What a user reports (YAML), or a VERIS record."),
    ],
    case: Annotated[Path, typer.Option("--case", metavar="CASE", help="Whose incident it is.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Take a report of a leak: facts, first measures, a request with a due date."""
    data = open_case(context, case, as_of, packs, keep_going)
    if report.suffix.lower() == ".json":
        _take_practice(context, report, data, dry_run)
    taken = piaskit.take_report(report, data, as_of=context.meta[AS_OF], write=not dry_run)
    answer = taken.to_dict()
    zh = "_zh" if context.meta.get(LANG) == "zh" else ""

    def show(console: Console, say: Say) -> None:
        steps = [(step[f"do{zh}"], step[f"clause{zh}"]) for step in answer["measures"]]
        print_table(console, (say("intake.measure"), say("intake.clause")), steps)
        rows = [
            (_say_kind(row["kind"], say), row["due_on"] or say("intake.due.none"))
            for row in answer["requests"]
        ]
        print_table(console, (say("intake.kind"), say("intake.due")), rows)
        if answer["missing"]:
            console.print(say("intake.missing", names=", ".join(answer["missing"])), soft_wrap=True)
        if answer["files"]:
            where = case / "incidents" / f"{taken.id}.yaml"
            names = ", ".join(answer["files"])
            console.print(say("intake.written", names=names, facts=where), soft_wrap=True)

    finish(context, answer, show)


def _say_kind(kind: str, say: Say) -> str:
    return say("intake.kind.leak-report") if kind == "leak-report" else say(f"value.rights.{kind}")


def _take_practice(context: typer.Context, record: Path, case: Case, dry_run: bool) -> None:
    """Turn a VERIS record into facts to practise on, apart from the incidents of the case."""
    from piaskit.incident.intake import write_facts

    facts, missing = piaskit.read_veris(record)
    path = case.root / "practice" / f"{facts['id']}.yaml"
    if not dry_run:
        path.parent.mkdir(exist_ok=True)
        path.write_text(write_facts(facts), "utf-8")
    name = f"practice/{path.name}"
    answer = {"facts": facts, "missing": list(missing), "files": [] if dry_run else [name]}

    def show(console: Console, say: Say) -> None:
        line = say("intake.practice", name=name, names=", ".join(missing))
        console.print(line, soft_wrap=True)

    finish(context, answer, show)


@app.command(epilog="Example: piaskit breaches my-shop --xlsx register.xlsx --outside")
def breaches(
    context: typer.Context,
    case: CaseFolder,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", metavar="FILE", help="Write the register there.")
    ] = None,
    veris: Annotated[
        Path | None, typer.Option("--veris", metavar="DIR", help="Write VERIS records, masked.")
    ] = None,
    outside: Annotated[
        bool, typer.Option("--outside", help="It leaves the house: number and mask.")
    ] = False,
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """List every incident of a case, told or not, with reasons, actions and lessons."""
    data = open_case(context, case, as_of, packs, keep_going)
    day = context.meta[AS_OF]
    register = piaskit.list_breaches(data, as_of=day, outside=outside)
    answer = register.to_dict()
    language = context.meta.get(LANG, "en")
    files = []
    if xlsx:
        files.append(piaskit.write_breaches(register, xlsx, language).name)
    if veris:
        masked = piaskit.list_breaches(data, as_of=day, outside=True)
        files += [path.name for path in piaskit.write_veris_records(masked, veris)]
    if files:
        answer["files"] = files

    def show(console: Console, say: Say) -> None:
        shown = ("id", "title", "occurred", "persons", "authority", "individuals", "reasons")
        rows = [[b.texts[language][name] for name in shown] for b in register.breaches]
        heads = [say(f"breach.{name}") for name in shown]
        print_table(console, heads, rows, say("breach.register"))
        clauses = ", ".join(answer["clauses_zh" if language == "zh" else "clauses"])
        console.print(say("breach.basis", clauses=clauses))

    finish(context, answer, show)
