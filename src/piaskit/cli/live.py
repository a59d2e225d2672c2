"""The live view of an incident: clocks counting down until Ctrl-C."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.cli.output import Say
from piaskit.errors import InvalidData

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from piaskit.incident.watch import Tick, Watch
    from piaskit.knowledge import Knowledge

PAUSE = 1.0  # seconds between two looks
SHOWN = 8  # changes that are listed


def run_live(
    console: Console, path: Path, knowledge: Knowledge, say: Say, zh: str, pause: float = PAUSE
) -> None:
    """Show clocks, next action and changes; read the file anew when it changes; end on Ctrl-C.

    Each readable content of the file is kept as a version. A file that cannot be read at the moment
    is told, and the last answer stays.
    """
    from rich.live import Live

    from piaskit.incident.duties import decide_incident
    from piaskit.incident.facts import read_facts
    from piaskit.incident.history import keep_version
    from piaskit.incident.watch import read_history, watch_incident

    decision = decide_incident(read_facts(path, knowledge), knowledge)
    keep_version(path, datetime.now(UTC))
    history, seen, problem = read_history(path, knowledge), _stamp(path), ""
    try:
        with Live(console=console, auto_refresh=False) as live:
            while True:
                now = datetime.now(UTC)
                if _stamp(path) != seen:
                    seen = _stamp(path)
                    try:
                        decision = decide_incident(read_facts(path, knowledge), knowledge)
                        keep_version(path, now)
                        problem = ""
                    except (InvalidData, OSError) as refused:
                        problem = str(refused).splitlines()[0]
                    history = read_history(path, knowledge)
                watch = watch_incident(decision, history, now)
                live.update(draw_watch(watch, say, zh, now, problem), refresh=True)
                time.sleep(pause)
    except KeyboardInterrupt:
        if not console.is_terminal:
            console.print()
        console.print(say("watch.ended", n=len(history.versions)))


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


def draw_watch(watch: Watch, say: Say, zh: str, now: datetime, problem: str) -> RenderableType:
    """Lay out one moment: clocks, the next action, what changed."""
    from rich import box
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for head in ("left", "duty", "recipient", "until", "state"):
        table.add_column(Text(say(f"watch.{head}")), overflow="fold")
    for tick in watch.ticks:
        decided = tick.decided
        until = decided.deadline.isoformat(timespec="minutes") if decided.deadline else ""
        table.add_row(
            Text(tell_left(tick, say), style="bold red" if tick.state == "late" else ""),
            Text(decided.id),
            Text(say(f"incident.recipient.{decided.duty.recipient}")),
            Text(until or decided.duty.wording["zh" if zh else "en"]),
            Text(say(f"watch.state.{tick.state}")),
        )
    lines = [Text(line) for line in tell_next(watch, say)]
    shown = watch.changes[:SHOWN]
    if shown:
        names = ", ".join(change.path for change in shown)
        rest = f" +{len(watch.changes) - SHOWN}" if len(watch.changes) > SHOWN else ""
        lines.append(Text(say("watch.changed", names=names + rest)))
    for tick in watch.ticks:
        if tick.changed:
            names = ", ".join(change.path for change in tick.changed[:SHOWN])
            lines.append(Text(say("watch.add", duty=tick.decided.id, names=names)))
    if problem:
        lines.append(Text(problem, style="bold red"))
    lines.append(Text(say("watch.now", now=now.astimezone().isoformat(timespec="seconds"))))
    return Group(table, *lines)


def tell_left(tick: Tick, say: Say) -> str:
    """Write the time left as h:mm:ss, with a minus when it is over."""
    if tick.left is None:
        return ""
    seconds = int(tick.left.total_seconds())
    sign = "-" if seconds < 0 else ""
    hours, rest = divmod(abs(seconds), 3600)
    return f"{sign}{hours}:{rest // 60:02}:{rest % 60:02}"


def tell_next(watch: Watch, say: Say) -> list[str]:
    """Say what to do next and which facts are missing for it."""
    tick: Any = watch.next
    if tick is None:
        return [say("watch.nothing")]
    verb = "decide" if tick.state == "judge" else "tell"
    lines = [say(f"watch.next.{verb}", duty=tick.decided.id)]
    if tick.decided.missing:
        lines.append(say("incident.missing", names=", ".join(tick.decided.missing)))
    now = [t.decided.id for t in watch.ticks if t.state == "open" and t.decided.deadline is None]
    if now and now != [tick.decided.id]:
        lines.append(say("watch.at-once", names=", ".join(now)))
    return lines
