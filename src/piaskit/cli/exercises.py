"""Verbs about rehearsing: exercise."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import piaskit
from piaskit.cli.options import AsOf, Json, KeepGoing, Lang, Packs, Scheduler, Threads
from piaskit.cli.output import LANG, Say, finish, open_case, print_table

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()


@app.command(epilog="Example: piaskit exercise open-storage-bucket --case my-shop --policy typical")
def exercise(
    context: typer.Context,
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A scenario: piaskit packs list scenarios.")
    ],
    case: Annotated[
        Path, typer.Option("--case", metavar="CASE", help="The case whose team is rehearsed.")
    ],
    policy: Annotated[
        str,
        typer.Option(
            "--policy",
            metavar="P",
            help="best, typical, cautious, worst, silent or random; typical if nothing is given.",
        ),
    ] = "",
    decisions: Annotated[
        Path | None,
        typer.Option(
            "--decisions",
            metavar="FILE",
            help="JSON lines: decision, option, at_min, persons, why; a policy fills the rest.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Seed of what is drawn.")] = 1,
    runs: Annotated[
        int, typer.Option("--runs", metavar="N", help="Play this often; answer with shares.")
    ] = 1,
    trials: Annotated[
        int,
        typer.Option(
            "--trials",
            metavar="N",
            help="With --runs: trials of the response of your own people; as many as runs.",
        ),
    ] = 0,
    found_at: Annotated[
        datetime | None,
        typer.Option(
            "--found-at",
            metavar="TIME",
            formats=["%Y-%m-%dT%H:%M"],
            help="With --runs: when it is found, as 2026-10-01T22:00; else any hour of a year.",
        ),
    ] = None,
    workers: Threads = 1,
    scheduler: Scheduler = "",
    log: Annotated[
        Path | None,
        typer.Option("--log", metavar="FILE", help="Each line as it happens; go on there."),
    ] = None,
    save: Annotated[
        bool, typer.Option("--save", help="Keep the log in the case and its lessons as actions.")
    ] = False,
    attended: Annotated[
        str, typer.Option("--attended", metavar="ROLES", help="Ids of roles: r-1,r-2 ...")
    ] = "",
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="DIR", help="Write the after-action report there."),
    ] = None,
    minutes: Annotated[
        Path | None,
        typer.Option(
            "--minutes", metavar="FILE", help="With --report: the meeting after it, as YAML."
        ),
    ] = None,
    as_of: AsOf = None,
    packs: Packs = None,
    keep_going: KeepGoing = False,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Play a tabletop exercise unattended: scores, legal clocks, what to improve."""
    if save and runs > 1:
        raise typer.BadParameter("one exercise can be saved, not many runs", param_hint="--save")
    if report and runs > 1:
        raise typer.BadParameter("one exercise is reported, not many runs", param_hint="--report")
    for option, given in (("--trials", trials), ("--found-at", found_at)):
        if given and runs == 1:
            raise typer.BadParameter("the response is rehearsed with --runs", param_hint=option)
    for option, shared in (("--workers", workers > 1), ("--scheduler", scheduler)):
        if shared and runs == 1:
            raise typer.BadParameter("only many runs are shared, --runs", param_hint=option)
    if minutes and not report:
        message = "minutes stand in the report of an exercise"
        raise typer.BadParameter(message, param_hint="--minutes")
    if log and runs > 1:
        raise typer.BadParameter("one exercise has a log, not many runs", param_hint="--log")
    from piaskit.runs.cluster import open_executor
    from piaskit.tabletop import Exercise

    data = open_case(context, case, as_of, packs, keep_going)
    with open_executor(workers, scheduler) as executor:
        played = piaskit.run_exercise(
            scenario,
            data,
            policy=policy,
            decisions=decisions,
            seed=seed,
            runs=runs,
            log=log,
            trials=trials,
            found_at=found_at,
            executor=executor,
        )
        answer = played.to_dict()
    present = [id for id in attended.split(",") if id]
    if report:
        written = piaskit.write_after_action(
            played,  # type: ignore[arg-type]
            report,
            attended=present,
            minutes=minutes,
        )
        answer["report"] = [str(path) for path in written]
    if save:
        answer["saved"] = piaskit.save_exercise(played, present)  # type: ignore[arg-type]
    zh = "_zh" if context.meta.get(LANG) == "zh" else ""

    def show(console: Console, say: Say) -> None:
        if log and answer["torn_line"]:
            console.print(say("tabletop.cli.torn", text=answer["torn_line"]), soft_wrap=True)
        if isinstance(played, Exercise):
            _show_one(console, say, answer, zh)
        else:
            for grid in played.show("zh" if zh else "en", answer):
                print_table(console, grid.heads, grid.rows, grid.title)
        for path in answer.get("report", ()):
            console.print(path, soft_wrap=True)
        if save:
            kept = answer["saved"]
            console.print(say("tabletop.cli.saved", file=kept["file"], n=len(kept["actions"])))

    finish(context, answer, show)


def _show_one(console: Console, say: Say, answer: dict[str, Any], zh: str) -> None:
    from piaskit.tabletop.review import write_minute

    scores = [(say(f"tabletop.score.{name}"), value) for name, value in answer["scores"].items()]
    heads = (say("tabletop.cli.score"), say("tabletop.cli.value"))
    print_table(console, heads, scores, answer[f"title{zh}"])
    rated = [
        (objective[f"title{zh}"], say(f"tabletop.rating.{objective['rating']}"))
        for objective in answer["objectives"]
    ]
    print_table(console, (say("tabletop.cli.objective"), say("tabletop.cli.rating")), rated)
    clocks = [
        (
            f"{clock[f'title{zh}']}, {clock[f'clause{zh}']}",
            clock[f"wording{zh}"]
            if clock["deadline_min"] is None
            else write_minute(clock["deadline_min"]),
            "" if clock["made_min"] is None else write_minute(clock["made_min"]),
            say(f"tabletop.clock.{clock['state']}"),
        )
        for clock in answer["clocks"]
        if clock["decision"] == "required"
    ]
    names = ("clock", "deadline", "made", "state")
    print_table(console, [say(f"tabletop.cli.{name}") for name in names], clocks)
    for fail in answer["critical_fails"]:
        console.print(say("tabletop.cli.critical", text=fail[f"text{zh}"]))
    ending = answer["ending"]
    console.print(
        say("tabletop.cli.ending", title=ending[f"title{zh}"], text=ending[f"text{zh}"]),
        soft_wrap=True,
    )
    actions = [(a[f"title{zh}"], a["owner"], a["due_on"]) for a in answer["actions"]]
    print_table(console, [say(f"tabletop.cli.{n}") for n in ("action", "owner", "due")], actions)
