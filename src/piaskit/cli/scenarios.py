"""Verbs about scenarios: scenario new, scenario export, scenario import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import piaskit
from piaskit.cli.options import AsOf, Json, KeepGoing, Lang, Packs
from piaskit.cli.output import LANG, Say, finish, open_case, settle_day

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(name="scenario", no_args_is_help=True, help="Scenarios of tabletop exercises.")


@app.command(epilog="Example: piaskit scenario new --from-case my-shop --flow f-del-courier")
def new(
    context: typer.Context,
    case: Annotated[
        Path, typer.Option("--from-case", metavar="CASE", help="The case whose flow is rehearsed.")
    ],
    flow: Annotated[str, typer.Option("--flow", metavar="F", help="The id of a flow of the case.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Else packs/scenarios/ of the case."),
    ] = None,
    persons: Annotated[
        int | None,
        typer.Option("--persons", metavar="N", min=1, help="In place of the inventory's number."),
    ] = None,
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Draft a scenario from one of your own flows, ready to be played."""
    data = open_case(context, case, as_of, packs, keep_going)
    draft = piaskit.draft_scenario(data, flow, out=out, persons=persons)
    answer = draft.to_dict()
    zh = "_zh" if context.meta.get(LANG) == "zh" else ""

    def show(console: Console, say: Say) -> None:
        told = {"id": draft.scenario.id, "file": draft.file, "persons": f"{answer['persons']:,}"}
        console.print(answer[f"title{zh}"], soft_wrap=True)
        console.print(say("draft.drafted", regimes=", ".join(answer["regimes"]), **told))
        for text in answer[f"assumed{zh}"]:
            console.print(say("draft.assumed", text=text), soft_wrap=True)
        if out is None:
            console.print(say("draft.play", id=draft.scenario.id, case=str(case)), soft_wrap=True)

    finish(context, answer, show)


@app.command(epilog="Example: piaskit scenario export late-processor --out late-processor.json")
def export(
    context: typer.Context,
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A scenario: piaskit packs list scenarios.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The JSON file to write.")],
    as_of: AsOf = None,
    packs: Packs = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Write a scenario as IcebergTTX JSON, for a live run with several teams."""
    from piaskit.tabletop.scenario import open_game

    settle_day(context, as_of)
    knowledge = piaskit.load_knowledge(packs) if packs else piaskit.load_knowledge()
    chosen = open_game(scenario, None, knowledge).scenario
    answer = piaskit.export_scenario(chosen, out, context.meta.get(LANG, "en"))

    def show(console: Console, say: Say) -> None:
        told = {"file": answer["file"], "n": answer["injects"], "lost": ", ".join(answer["lost"])}
        console.print(say("draft.exported", **told), soft_wrap=True)

    finish(context, answer, show)


@app.command("import", epilog="Example: piaskit scenario import outage.json --out outage.yaml")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An IcebergTTX scenario, JSON.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Else <id>.yaml beside the file.")
    ] = None,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Draft a scenario from IcebergTTX JSON; what it does not state is listed, not invented."""
    settle_day(context, as_of)
    draft = piaskit.import_scenario(file, out=out)
    answer = draft.to_dict()

    def show(console: Console, say: Say) -> None:
        title = next(iter(draft.tree["title"].values()), draft.tree["id"])
        keys = ("injects", "decisions", "file")
        told = say("draft.imported", title=title, **{key: answer[key] for key in keys})
        console.print(told, soft_wrap=True)
        for name in ("contradictions", "missing", "kept-as-text"):
            lines = answer[name.replace("-", "_")]
            console.print(say(f"cli.{name}", n=len(lines)))
            for line in lines:
                console.print(f"  {line}", soft_wrap=True)

    finish(context, answer, show)
