"""Recipes for schedulers: the same command in each, whatever is in its words."""

import ast
import configparser
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from piaskit import new_case, schedule_report
from piaskit.errors import InvalidData
from piaskit.runs.schedule import KINDS

HOOK = "notify \"50% of $HOME\" 'it''s'"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "华 shop"
    new_case(folder)
    return folder


def wish(kind: str, case: Path) -> Any:
    return schedule_report(
        kind, case, at="2:05", timezone="Asia/Shanghai", fail_on="severe", hook=HOOK
    )


def words(case: Path) -> list[str]:
    out = f"{case}-report"
    return [
        *(sys.executable, "-m", "piaskit", "report", str(case), "--out", out),
        *("--lang", "both", "--formats", "html,pdf,xlsx,json", "--log", f"{out}-runs", "--json"),
        *("--fail-on", "severe", "--hook", HOOK),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_recipe_runs_the_same_command(kind: str, case: Path) -> None:
    recipe = wish(kind, case)

    assert shlex.split(recipe.command) == words(case)
    assert recipe.to_dict()["kind"] == kind
    assert set(recipe.files) == {file["name"] for file in recipe.to_dict()["files"]}


def test_the_crontab_keeps_the_command_whole_for_the_shell(case: Path) -> None:
    (text,) = wish("cron", case).files.values()
    line = text.splitlines()[-1]
    start, rest = line.split(" * * * ")
    command = rest.replace("\\%", "%").split(" && ", 1)[1].rsplit(" >> ", 1)[0]

    assert start == "5 2"
    assert "CRON_TZ=Asia/Shanghai\n" in text
    assert shlex.split(command) == words(case)
    shell = subprocess.run(
        ["sh", "-c", f'printf "%s\\n" {shlex.join(words(case))}'],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shell.stdout.splitlines() == words(case)


def test_the_units_are_units_and_escape_what_systemd_would_expand(case: Path) -> None:
    files = wish("systemd", case).files
    parsed = {}
    for name, text in files.items():
        unit = configparser.ConfigParser(interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read_string(text)
        parsed[name.rpartition(".")[2]] = unit

    assert parsed["timer"]["Timer"]["OnCalendar"] == "*-*-* 02:05:00 Asia/Shanghai"
    command = parsed["service"]["Service"]["ExecStart"]
    assert "50%% of $$HOME" in command
    assert shlex.split(command.replace("%%", "%").replace("$$", "$")) == words(case)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_itself_finds_nothing_wrong(case: Path, tmp_path: Path) -> None:
    for name, text in wish("systemd", case).files.items():
        (tmp_path / name).write_text(text, "utf-8")
    units = sorted(map(str, tmp_path.glob("piaskit-shop.*")))

    said = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )
    assert (said.returncode, len(units)) == (0, 2), said.stderr


def test_the_notebook_of_the_job_holds_the_words_as_data(case: Path) -> None:
    files = wish("jupyter-scheduler", case).files
    definition = json.loads(files["piaskit-shop.json"])
    source = "".join(json.loads(files["piaskit-shop.ipynb"])["cells"][0]["source"])
    assigned = next(s for s in ast.parse(source).body if isinstance(s, ast.Assign))

    assert ast.literal_eval(assigned.value) == words(case)
    assert (definition["schedule"], definition["timezone"]) == ("5 2 * * *", "Asia/Shanghai")


def test_the_dag_is_python_and_holds_the_words_as_data(case: Path) -> None:
    files = wish("airflow", case).files
    tree = ast.parse(files["piaskit_shop.py"])
    assigned = next(s for s in tree.body if isinstance(s, ast.Assign))

    assert ast.literal_eval(assigned.value) == words(case)
    assert 'tz="Asia/Shanghai"' in files["piaskit_shop.py"]


def test_a_folder_of_cases_is_run_as_a_portfolio(case: Path) -> None:
    recipe = schedule_report("systemd", case.parent, out=case.parent / "out")

    assert shlex.split(recipe.command)[3:5] == ["portfolio", str(case.parent)]
    assert str(case.parent / "out" / "runs") in recipe.command


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"at": "25:00"}, "at: expected a time like 02:30"),
        ({"timezone": "Asia/Peking"}, "timezone: expected a name of the IANA database"),
        ({"hook": "'open"}, "hook: expected a command with its words"),
        ({"fail_on": "hihg"}, "did you mean high"),
        ({"kind": "crom"}, "did you mean cron"),
    ],
)
def test_what_no_scheduler_could_do_is_refused(
    case: Path, asked: dict[str, str], said: str
) -> None:
    with pytest.raises(InvalidData, match=said):
        schedule_report(**{"kind": "cron", "case": case, **asked})  # type: ignore[arg-type]
