"""Recipes of ``piaskit schedule``, each run as it was written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from accept.lab import serve_lab
from accept.reports import scratch
from accept.row import MARKETPLACE, Measured, NotRun, need_tool, piaskit, row, run
from accept.runs import make_cases


def _write_recipe(kind: str, *more: str, name: str = "", case: Path | None = None) -> Path:
    folder = scratch() / f"recipe-{kind}{name}"
    case = case or make_cases("recipe", 1) / "g0" / "c0000"
    words = ("schedule", kind, case, "--into", folder, "--out", folder / "out", *more)
    done = piaskit(*words, "--lang", "en", "--formats", "json")
    if done.returncode:
        raise RuntimeError(done.stderr[-300:])
    return folder


@row("Recipe for cron: cron's own check, and its line run by sh as written", "as written")
def recipe_cron() -> Measured:
    folder = _write_recipe("cron")
    (path,) = folder.glob("*.crontab")
    line = path.read_text("utf-8").splitlines()[-1].split(" * * * ", 1)[1].replace("\\%", "%")
    ran = run("/bin/sh", "-c", line)
    made = (folder / "out" / "manifest.json").is_file()
    checker = os.environ.get("PIASKIT_CRONTAB") or shutil.which("crontab")
    if not checker:
        raise NotRun(f"crontab is not installed; the line itself: exit {ran.returncode}, {made}")
    checked = run(checker, "-n", path)
    told = f"crontab -n: exit {checked.returncode}; the line: exit {ran.returncode}, report {made}"
    return told, checked.returncode == 0 and ran.returncode == 0 and made


@row("Recipe for systemd: systemd-analyze verify and calendar", "nothing found")
def recipe_systemd() -> Measured:
    analyze = need_tool("systemd-analyze")
    folder = _write_recipe("systemd", "--timezone", "Asia/Shanghai")
    done = run(analyze, "verify", *sorted(folder.glob("piaskit-*")))
    when = run(analyze, "calendar", "*-*-* 02:30:00 Asia/Shanghai")
    told = f"verify: exit {done.returncode} {done.stderr[:80]!r}; calendar: exit {when.returncode}"
    return told, done.returncode == 0 and when.returncode == 0


@row(
    "Recipe for jupyter-scheduler: its definition posted to a JupyterLab of its own; one job of it",
    "as written but for the name of the environment; the job completes, its report is there",
)
def recipe_jupyter_scheduler() -> Measured:
    here = sys.executable if find_spec("jupyter_scheduler") else ""
    python = os.environ.get("PIASKIT_JUPYTER_SCHEDULER") or here
    if not python:
        raise NotRun(
            "jupyter-scheduler is not installed; PIASKIT_JUPYTER_SCHEDULER may name a Python of it"
        )
    folder = _write_recipe("jupyter-scheduler")
    (path,) = folder.glob("*.json")
    with serve_lab(folder, python=python) as address:
        base, _, token = address.partition("/lab/tree/{}?token=")

        def call(path: str, body: dict[str, Any] | None = None) -> Any:
            heads = {"Authorization": f"token {token.split('&')[0]}"}
            data = None if body is None else json.dumps(body).encode()
            with urlopen(Request(f"{base}/scheduler/{path}", data, heads), timeout=60) as answer:
                return json.load(answer)

        name = call("runtime_environments")[0]["name"]
        wanted = {**json.loads(path.read_text("utf-8")), "runtime_environment_name": name}
        made = call("job_definitions", wanted)["job_definition_id"]
        job = call(f"job_definitions/{made}/jobs", {})["job_id"]
        ends, status = time.monotonic() + 600, ""
        # A job that has not begun yet says STOPPED.
        while status not in ("COMPLETED", "FAILED") and time.monotonic() < ends:
            time.sleep(1)
            status = call(f"jobs/{job}")["status"]
    report = (folder / "out" / "manifest.json").is_file()
    return f"job {status}, report {report}", status == "COMPLETED" and report


@row(
    "Recipes for Airflow 3, each DAG by `airflow dags test` as it was written: a report, a "
    "portfolio, a report whose level is at the line",
    "the first two succeed and their reports are there, the third fails",
)
def recipe_airflow() -> Measured:
    airflow = os.environ.get("PIASKIT_AIRFLOW") or shutil.which("airflow")
    if not airflow:
        raise NotRun("airflow is not installed; PIASKIT_AIRFLOW may name one of another place")
    home = scratch() / "airflow"
    (home / "dags").mkdir(parents=True)
    settings = {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return run(airflow, *words, env={**os.environ, **settings})

    call("db", "migrate")
    root = make_cases("recipe", 2)
    recipes = {
        "report": (root / "g0" / "c0000", "manifest.json", ()),
        "portfolio": (root, "overview/manifest.json", ()),
        "at-the-line": (MARKETPLACE, "manifest.json", ("--fail-on", "low")),
    }
    told, ended = [], []
    for name, (case, made, more) in recipes.items():
        folder = _write_recipe("airflow", *more, name=name, case=case)
        (dag,) = folder.glob("*.py")
        shutil.copy(dag, home / "dags")
        done = call("dags", "test", dag.stem.replace("_", "-"))
        ended.append((done.returncode == 0, (folder / "out" / made).is_file()))
        told.append(f"{name}: exit {done.returncode}, {made} {ended[-1][1]}")
    version = call("version").stdout.split()[-1:]
    return f"Airflow {version}: {told}", ended == [(True, True), (True, True), (False, True)]
