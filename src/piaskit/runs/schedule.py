"""Recipes for those who run a report at a time of day: cron, systemd, JupyterLab, Airflow.

A recipe is text that is printed or written; nothing is installed and nothing is asked of a server.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.runs.events import check_hook
from piaskit.runs.parameters import choose_words

KINDS = ("cron", "systemd", "jupyter-scheduler", "airflow")
LEVELS = ("low", "medium", "high", "severe")
_TIME = re.compile(r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)")


@dataclass(frozen=True, repr=False)
class Recipe:
    """The files of a recipe by name, and the commands that put them in place."""

    kind: str
    files: dict[str, str]
    install: tuple[str, ...]
    command: str

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as JSON."""
        return {
            "kind": self.kind,
            "command": self.command,
            "files": [{"name": name, "text": text} for name, text in self.files.items()],
            "install": list(self.install),
        }

    def __repr__(self) -> str:
        parts = [f"# {name}\n{text}" for name, text in self.files.items()]
        return "\n".join([*parts, *(f"# {line}" for line in self.install)])


@dataclass(frozen=True)
class Wish:
    """What is to run when; ``many`` tells a portfolio from a case."""

    case: Path
    out: Path
    many: bool
    hour: int
    minute: int
    timezone: str
    fail_on: str
    hook: str
    lang: str
    formats: str

    @property
    def name(self) -> str:
        """The name of the job: letters, digits and hyphens, as every scheduler takes them."""
        plain = re.sub(r"[^a-z0-9]+", "-", self.case.name.lower()).strip("-")
        return f"piaskit-{plain or 'case'}"

    @property
    def log(self) -> Path:
        return self.out / "runs" if self.many else self.out.with_name(f"{self.out.name}-runs")

    @property
    def words(self) -> list[str]:
        """The command with its words; it ends with 1 on a failure or at the line."""
        verb = "portfolio" if self.many else "report"
        words = [sys.executable, "-m", "piaskit", verb, str(self.case), "--out", str(self.out)]
        words += ["--lang", self.lang, "--formats", self.formats, "--log", str(self.log), "--json"]
        words += ["--fail-on", self.fail_on] if self.fail_on else []
        return words + (["--hook", self.hook] if self.hook else [])


def schedule_report(
    kind: str,
    case: str | Path,
    *,
    out: str | Path | None = None,
    at: str = "02:30",
    timezone: str = "",
    fail_on: str = "",
    hook: str = "",
    lang: str = "both",
    formats: str = "html,pdf,xlsx,json",
) -> Recipe:
    """Return a recipe that writes the report of a case, or of a folder of cases, every day.

    Parameters
    ----------
    kind
        ``cron``, ``systemd``, ``jupyter-scheduler`` or ``airflow``.
    at, timezone
        The time of day, ``HH:MM``, in a zone of the IANA names; blank is the scheduler's own.
    fail_on
        A level: the job fails when the report reaches it.
    hook
        A command for failures, raised risks and overdue actions.

    Raises
    ------
    InvalidData
        ``unknown-value``, ``bad-time``, ``bad-timezone``, ``bad-hook`` or ``no-cases``.
    """
    choose_words("kind", kind, KINDS)
    if fail_on:
        choose_words("fail_on", fail_on, LEVELS)
    check_hook(hook)
    hour, minute = _read_time(at)
    _check_zone(timezone)
    folder = Path(case).resolve()
    many = not (folder / "case.yaml").is_file()
    if many:
        from piaskit.runs.portfolio import find_cases

        find_cases(folder)
    target = Path(out).resolve() if out else folder.with_name(f"{folder.name}-report")
    wish = Wish(folder, target, many, hour, minute, timezone, fail_on, hook, lang, formats)
    return WRITERS[kind](wish)


def _read_time(at: str) -> tuple[int, int]:
    match = _TIME.fullmatch(at)
    if not match:
        place = Place("parameters", column="at")
        raise InvalidData([Issue("bad-time", place, "expected a time like 02:30", quote(at))])
    return int(match["hour"]), int(match["minute"])


def _check_zone(timezone: str) -> None:
    if not timezone:
        return
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        place = Place("parameters", column="timezone")
        message = "expected a name of the IANA database, for example Asia/Shanghai"
        raise InvalidData([Issue("bad-timezone", place, message, quote(timezone))]) from None


def _write_cron(wish: Wish) -> Recipe:
    # In a crontab a % ends the command; the shell gets it back behind a backslash.
    command = shlex.join(wish.words)
    log = shlex.quote(str(wish.log / "cron.log"))
    line = f"mkdir -p {shlex.quote(str(wish.log))} && {command} >> {log} 2>&1".replace("%", "\\%")
    zone = f"CRON_TZ={wish.timezone}\n" if wish.timezone else ""
    text = (
        f"# {wish.name}: every day at {wish.hour:02}:{wish.minute:02}. CRON_TZ is for cronie;\n"
        "# cron of Debian goes by the zone of the machine.\n"
        f"{zone}SHELL=/bin/sh\n{wish.minute} {wish.hour} * * * {line}\n"
    )
    name = f"{wish.name}.crontab"
    install = (
        f"crontab -n {name}    # cron's own check of the file",
        f"(crontab -l; cat {name}) | crontab -",
    )
    return Recipe("cron", {name: text}, install, command)


def _write_systemd(wish: Wish) -> Recipe:
    zone = f" {wish.timezone}" if wish.timezone else ""
    words = " ".join(_quote_unit(word) for word in wish.words)
    service = (
        f"[Unit]\nDescription=Privacy report ({wish.name})\n\n"
        "[Service]\nType=oneshot\n"
        f"ExecStart={words}\n"
        "TimeoutStartSec=6h\nNice=10\nUMask=0077\nNoNewPrivileges=yes\nPrivateTmp=yes\n"
    )
    timer = (
        f"[Unit]\nDescription=Every day: privacy report ({wish.name})\n\n"
        f"[Timer]\nOnCalendar=*-*-* {wish.hour:02}:{wish.minute:02}:00{zone}\n"
        "Persistent=true\nRandomizedDelaySec=60\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )
    units = {f"{wish.name}.service": service, f"{wish.name}.timer": timer}
    install = (
        f"cp {' '.join(units)} ~/.config/systemd/user/",
        f"systemctl --user daemon-reload && systemctl --user enable --now {wish.name}.timer",
        f"journalctl --user -u {wish.name}.service    # what it said; a failed unit is red",
    )
    return Recipe("systemd", units, install, shlex.join(wish.words))


def _quote_unit(word: str) -> str:
    """Quote a word as systemd reads it: specifiers and variables are none.

    >>> _quote_unit("50% $HOME"), _quote_unit("plain")
    ('"50%% $$HOME"', 'plain')
    """
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return text if re.fullmatch(r"[\w@./,:=+-]+", word) else f'"{text}"'


def _write_jupyter(wish: Wish) -> Recipe:
    """Write the notebook of the job and the body of its definition.

    jupyter-scheduler writes parameters as code of its own, so the job has a notebook that holds
    the command: nothing has to be quoted twice.
    """
    import nbformat

    source = (
        "import subprocess\n\n"
        f"words = {json.dumps(wish.words, ensure_ascii=False)}\n"
        "done = subprocess.run(words, capture_output=True, text=True)\n"
        "print(done.stdout[-2000:], done.stderr[-2000:])\n"
        'assert done.returncode == 0, f"exit {done.returncode}"'
    )
    cell = nbformat.v4.new_code_cell(source, id="run")
    book = nbformat.v4.new_notebook(cells=[cell])
    book.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
    }
    definition = {
        "input_uri": f"{wish.name}.ipynb",
        "runtime_environment_name": "",
        "name": wish.name,
        "output_formats": ["ipynb"],
        "schedule": f"{wish.minute} {wish.hour} * * *",
        "timezone": wish.timezone or "UTC",
        "compute_type": None,
    }
    files = {
        f"{wish.name}.ipynb": str(nbformat.writes(book)) + "\n",
        f"{wish.name}.json": json.dumps(definition, ensure_ascii=False, indent=1) + "\n",
    }
    where = "http://localhost:8888/scheduler/job_definitions"
    heads = '-H "Authorization: token $TOKEN" -H "Content-Type: application/json"'
    install = (
        f"cp {wish.name}.ipynb <the folder JupyterLab was started in>",
        "set runtime_environment_name to the name of GET .../scheduler/runtime_environments",
        f"curl {heads} -d @{wish.name}.json {where}",
    )
    return Recipe("jupyter-scheduler", files, install, shlex.join(wish.words))


def _write_airflow(wish: Wish) -> Recipe:
    zone = wish.timezone or "UTC"
    text = (
        f'"""{wish.name}: the privacy report, every day."""\n\n'
        "from __future__ import annotations\n\n"
        "import subprocess\n\n"
        "import pendulum\n"
        "from airflow.sdk import dag, task\n\n"
        f"WORDS = {json.dumps(wish.words, ensure_ascii=False, indent=4)}\n\n\n"
        "@dag(\n"
        f"    dag_id={json.dumps(wish.name)},\n"
        f'    schedule="{wish.minute} {wish.hour} * * *",\n'
        f'    start_date=pendulum.datetime(2026, 1, 1, tz="{zone}"),\n'
        "    catchup=False,\n"
        "    max_active_runs=1,\n"
        ")\n"
        "def write_report():\n"
        "    @task(retries=0)  # what a report refuses, it refuses again; the next night goes on\n"
        "    def run_piaskit():\n"
        "        done = subprocess.run(WORDS, capture_output=True, text=True, check=False)\n"
        "        print(done.stdout[-2000:], done.stderr[-2000:])\n"
        "        if done.returncode:\n"
        '            raise RuntimeError(f"exit {done.returncode}")\n\n'
        "    run_piaskit()\n\n\n"
        "write_report()\n"
    )
    name = f"{wish.name.replace('-', '_')}.py"
    install = (
        f"cp {name} $AIRFLOW_HOME/dags/",
        f"airflow dags test {wish.name}    # once, now; Airflow needs an environment of its own",
    )
    return Recipe("airflow", {name: text}, install, shlex.join(wish.words))


WRITERS: dict[str, Callable[[Wish], Recipe]] = {
    "cron": _write_cron,
    "systemd": _write_systemd,
    "jupyter-scheduler": _write_jupyter,
    "airflow": _write_airflow,
}
