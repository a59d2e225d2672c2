"""Options that several verbs share, spelt once."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from piaskit.cli.output import note_json, note_lang

Level: TypeAlias = Literal["low", "medium", "high", "severe"]


def parse_day(text: str) -> date:
    """Read an ISO date for an option."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("expected a date like 2026-01-31") from None


Case: TypeAlias = Annotated[
    Path, typer.Argument(metavar="CASE", help="The case: a folder with case.yaml and tables.")
]
AsOf: TypeAlias = Annotated[
    date | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        parser=parse_day,
        help="The day the answer speaks of; else that of case.yaml, else today.",
    ),
]
Packs: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--packs", metavar="DIR", help="Your own knowledge packs; else packs/ in the case."
    ),
]
Assessment: TypeAlias = Annotated[
    str, typer.Option("--assessment", metavar="ID", help="Only the activities of one assessment.")
]
KeepGoing: TypeAlias = Annotated[
    bool, typer.Option("--keep-going", help="Leave bad rows out, and say so.")
]
Edition: TypeAlias = Annotated[
    Literal["internal", "public", "both"],
    typer.Option("--edition", help="For the house, for everybody, or both."),
]
Languages: TypeAlias = Annotated[
    Literal["en", "zh", "both"], typer.Option("--lang", help="Languages of the reports.")
]
Formats: TypeAlias = Annotated[
    str, typer.Option("--formats", metavar="F,...", help="html, pdf, xlsx, docx, json.")
]
Layout: TypeAlias = Annotated[
    str,
    typer.Option(
        "--layout",
        metavar="L",
        help="standard; export (under the PIPL); gdpr-35-7; or a template of your packs.",
    ),
]
Threads: TypeAlias = Annotated[
    int, typer.Option("--workers", min=1, max=64, help="Threads; they change no number.")
]
Scheduler: TypeAlias = Annotated[
    str,
    typer.Option(
        "--scheduler", metavar="ADDRESS", help="Draw on a Dask cluster; it changes no number."
    ),
]
Key: TypeAlias = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="Sign with this ed25519 private key (PEM)."),
]
Engine: TypeAlias = Annotated[
    Literal["fork", "kernel"] | None,
    typer.Option(
        "--engine",
        help="Run notebooks in forks of one warm process (the faster way, where the system has "
        "forks) or in a kernel each; the files are equal.",
    ),
]
CellSeconds: TypeAlias = Annotated[
    int | None,
    typer.Option("--cell-seconds", metavar="S", min=1, help="Stop a cell after so many seconds."),
]
Memory: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--memory", metavar="MIB", min=64, help="MiB that the cells of a notebook may take (Linux)."
    ),
]
FailOn: TypeAlias = Annotated[
    Level | None,
    typer.Option(
        "--fail-on", help="Exit 1 when the level now reaches this, accepted risks left out."
    ),
]
Hook: TypeAlias = Annotated[
    str,
    typer.Option(
        "--hook",
        metavar="COMMAND",
        help="Run this on a failure, a raised risk, an overdue action; it gets JSON on its input.",
    ),
]
Log: TypeAlias = Annotated[
    Path | None,
    typer.Option("--log", metavar="DIR", help="Keep a log of the run here: JSON lines."),
]
RuleSeconds: TypeAlias = Annotated[
    float,
    typer.Option(
        "--rule-seconds", metavar="S", min=0.1, help="Stop a rule of a pack after so many seconds."
    ),
]
Lang: TypeAlias = Annotated[
    Literal["en", "zh"] | None,
    typer.Option(
        "--lang",
        callback=note_lang,
        help="Language of what is printed; else Chinese when LANG starts with zh, else English.",
    ),
]
Json: TypeAlias = Annotated[
    bool,
    typer.Option("--json", callback=note_json, help="Print one JSON object and nothing else."),
]
