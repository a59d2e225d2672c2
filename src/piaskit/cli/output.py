"""What the command line prints: one JSON object or a short table, and every refusal in a line."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import typer
from typer.core import TyperGroup

import piaskit
from piaskit.errors import InvalidData, Issue
from piaskit.jsontext import encode_json

if TYPE_CHECKING:
    from rich.console import Console

    from piaskit.case import Case

Result: TypeAlias = Mapping[str, Any]
Say: TypeAlias = Callable[..., str]
JSON, LANG, AS_OF = "piaskit.json", "piaskit.lang", "piaskit.as-of"


def note_json(context: typer.Context, value: bool) -> bool:
    """Remember for the whole invocation that the answer is JSON."""
    context.meta[JSON] = value
    return value


def note_lang(context: typer.Context, value: str | None) -> str:
    """Remember the language of what is printed: the option, else what LANG says."""
    environment = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    lang = value or ("zh" if environment.lower().startswith("zh") else "en")
    context.meta[LANG] = lang
    return lang


def settle_day(context: typer.Context, as_of: date | None, case: Path | None = None) -> date:
    """Settle the day of the answer once: the option, else case.yaml, else today."""
    from piaskit.runs.parameters import resolve_as_of

    day = as_of or (resolve_as_of(case) if case else date.today())
    context.meta[AS_OF] = day
    return day


def open_case(
    context: typer.Context, case: Path, as_of: date | None, packs: Path | None, keep_going: bool
) -> Case:
    """Read a case at the settled day; tell what was left out on standard error.

    Raises InvalidData when the case has issues and ``keep_going`` is off.
    """
    day = settle_day(context, as_of, case)
    data = piaskit.read_case(case, packs=packs, as_of=day, keep_going=keep_going)
    for issue in data.left_out:
        typer.echo(_prefix(context, "cli.left-out") + str(issue), err=True)
    return data


def tell_issues(issues: Iterable[Issue]) -> int:
    """Tell issues on standard error; return the exit code, 1 when there is one."""
    told = [str(issue) for issue in issues]
    for line in told:
        typer.echo(line, err=True)
    return 1 if told else 0


def speak(context: typer.Context) -> Say:
    """Return the labels in the language of this invocation: ``say("cli.clean", n=3)``."""
    labels = piaskit.load_knowledge().labels
    lang = context.meta.get(LANG, "en")

    def say(label: str, **fields: object) -> str:
        return labels(label, lang, **fields)

    return say


def pick_text(context: typer.Context, row: dict[str, Any], key: str) -> str:
    """Return a text of a result in the language of this invocation."""
    own = row.get(f"{key}_zh") if context.meta.get(LANG) == "zh" else row.get(f"{key}_en")
    return str(own or row.get(key) or "")


def _prefix(context: typer.Context, label: str) -> str:
    return speak(context)(label) + " "


def finish(
    context: typer.Context, answer: Result, show: Callable[[Console, Say], None], code: int = 0
) -> None:
    """Print the answer, as JSON or through ``show``, and leave with the exit code."""
    if context.meta.get(JSON):
        _print_json(context, answer)
    else:
        from rich.console import Console

        width = None if sys.stdout.isatty() else 160
        show(Console(width=width, highlight=False, markup=False, emoji=False), speak(context))
    raise typer.Exit(code)


def _print_json(context: typer.Context, answer: Mapping[str, Any]) -> None:
    day = context.meta.get(AS_OF) or date.today()
    head = {"piaskit": piaskit.__version__, "schema": 1, "as_of": day.isoformat()}
    sys.stdout.writelines(encode_json({**head, **answer}))
    sys.stdout.flush()


def print_table(
    console: Console, headers: Sequence[str], rows: Iterable[Sequence[object]], title: str = ""
) -> None:
    """Print rows as a table; cells are data, never markup."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title) if title else None, box=box.SIMPLE_HEAD, title_justify="left")
    for header in headers:
        table.add_column(Text(header), overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console.print(table)


class Verbs(TyperGroup):
    """The command line: bad data and surprises end in a line, never in a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except InvalidData as refused:
            _refuse(ctx, refused.issues)
            raise typer.Exit(1) from None
        except (typer.Exit, typer.Abort):
            raise
        except Exception as surprise:
            if _is_misuse(surprise) or isinstance(surprise, BrokenPipeError):
                raise
            if _comes_of_end(surprise):
                raise KeyboardInterrupt from None
            _apologise(ctx, surprise)
            raise typer.Exit(1) from None


def _refuse(context: typer.Context, issues: Sequence[Issue]) -> None:
    if context.meta.get(JSON):
        _print_json(context, {"issues": [issue.to_dict() for issue in issues]})
    else:
        for issue in issues:
            typer.echo(str(issue), err=True)


def _is_misuse(surprise: Exception) -> bool:
    return hasattr(surprise, "exit_code") and hasattr(surprise, "show")


def _comes_of_end(surprise: BaseException | None) -> bool:
    """Say whether a run was told to end, as an import was that makes an error of its own of it."""
    while surprise is not None and not isinstance(surprise, KeyboardInterrupt):
        surprise = surprise.__cause__ or surprise.__context__
    return surprise is not None


def _apologise(context: typer.Context, surprise: Exception) -> None:
    if os.environ.get("PIASKIT_DEBUG"):
        traceback.print_exception(surprise)
    text = f"{type(surprise).__name__}: {surprise}".splitlines()[0][:300]
    if context.meta.get(JSON):
        _print_json(context, {"error": text})
    hint = "run it again with PIASKIT_DEBUG=1 to see where"
    typer.echo(f"piaskit failed, and it is not your data: {text} ({hint})", err=True)
