"""Verbs about knowledge: packs list, packs show, packs check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import piaskit
from piaskit.cli.options import AsOf, Json, Lang, Packs
from piaskit.cli.output import LANG, Say, finish, print_table, settle_day

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(
    name="packs", no_args_is_help=True, help="Laws, methods, rules and words: what they say."
)


def _title(context: typer.Context, pack: dict[str, Any]) -> str:
    return str(pack["title"][context.meta.get(LANG, "en")])


@app.command("list", epilog="Example: piaskit packs list rules")
def list_(
    context: typer.Context,
    kind: Annotated[
        str, typer.Argument(metavar="[KIND]", help="categories, regulations, methods, rules, ...")
    ] = "",
    packs: Packs = None,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """List the knowledge packs in force."""
    settle_day(context, as_of)
    found = piaskit.list_packs(kind or None, packs=packs)

    def show(console: Console, say: Say) -> None:
        rows = [
            (p["kind"], p["id"], _title(context, p), p["version"], p["as_of"], p["entries"])
            for p in found
        ]
        names = ("kind", "pack", "title", "version", "as-of", "entries")
        print_table(console, [say(f"cli.{name}") for name in names], rows)

    finish(context, {"packs": found}, show)


@app.command(epilog="Example: piaskit packs show cn-pipl --json")
def show(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="The id of a pack.")],
    packs: Packs = None,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Show one pack: its header and what it holds."""
    settle_day(context, as_of)
    pack = piaskit.show_pack(id, packs=packs)

    def tell(console: Console, say: Say) -> None:
        import yaml

        console.print(f"{pack['id']} · {_title(context, pack)}")
        for name in ("kind", "version", "source", "as_of", "confidence"):
            console.print(f"{say('cli.' + name.replace('_', '-'))}: {pack[name]}", soft_wrap=True)
        content = yaml.safe_dump(pack["content"], allow_unicode=True, sort_keys=False)
        console.print(content, soft_wrap=True)

    finish(context, {"packs": [pack]}, tell)


@app.command(epilog="Example: piaskit packs check my-packs")
def check(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Your own packs; else the built-in ones.")
    ] = None,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Read packs strictly and run their examples; exit 1 when one is wrong."""
    settle_day(context, as_of)
    answer = piaskit.check_packs(folder).to_dict()
    if not answer["issues"]:
        from piaskit.rules import check_rules
        from piaskit.tabletop import check_scenarios

        knowledge = piaskit.load_knowledge(folder) if folder else piaskit.load_knowledge()
        wrong = [*check_rules(knowledge), *check_scenarios(knowledge)]
        answer["issues"] = [issue.to_dict() for issue in wrong]

    def tell(console: Console, say: Say) -> None:
        for issue in answer["issues"]:
            hint = f" ({issue['hint']})" if issue["hint"] else ""
            console.print(f"{issue['message']}{hint}", soft_wrap=True)
        if not answer["issues"]:
            console.print(say("cli.packs-clean", n=len(answer["packs"])))

    finish(context, answer, tell, 1 if answer["issues"] else 0)
