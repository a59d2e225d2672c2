"""The command line: verbs, exit codes, one JSON object, no traceback."""

import inspect
import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import piaskit
from piaskit.cli import VERBS, app, build_app
from piaskit.errors import InvalidData, Issue, Place

ROOT = Path(__file__).parents[2]
MARKETPLACE = ROOT / "data" / "marketplace"
SPELT = {
    "diff": "compare_cases",
    "new": "new_case",
    "check": "check_case",
    "import": "import_register",
    "discover": "discover_data",
    "export": "export_register",
    "ledger": "build_ledger",
    "screen": "screen_case",
    "assess": "assess_risks",
    "what-if": "what_if",
    "quantify": "quantify_losses",
    "safeguards": "review_safeguards",
    "probe": "probe_hosts",
    "accounts": "review_accounts",
    "incident": "decide_incident",
    "reach": "plan_reach",
    "intake": "take_report",
    "breaches": "list_breaches",
    "exercise": "run_exercise",
    "report": "write_report",
    "publish": "publish_edition",
    "announce": "announce_notice",
    "withdraw": "withdraw_edition",
    "portfolio": "run_portfolio",
    "schedule": "schedule_report",
    "runs list": "list_runs",
    "runs show": "show_run",
    "verify": "verify_edition",
    "prune": "prune_editions",
    "scenario new": "draft_scenario",
    "scenario export": "export_scenario",
    "scenario import": "import_scenario",
    "packs list": "list_packs",
    "packs show": "show_pack",
    "packs check": "check_packs",
}
# a verb's parts, no verb of their own
STEPS = {
    "compose_report",
    "draft_notices",
    "load_knowledge",
    "read_case",
    "read_facts",
    "read_history",
    "read_veris",
    "write_after_action",
    "write_breaches",
    "write_veris_records",
    "record_notice",
    "replay_exercise",
    "save_exercise",
    "watch_incident",
    "write_notices",
}


def list_commands(command: Any, path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return every command that does something, by the words one types."""
    found: dict[str, Any] = {}
    for name, child in getattr(command, "commands", {}).items():
        deeper = list_commands(child, (*path, name))
        found |= deeper or {" ".join((*path, name)): child}
    return found


COMMANDS = list_commands(typer.main.get_command(app))


def run(*words: str | Path, **environment: str) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words], env=environment)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    case = tmp_path / "broken"
    shutil.copytree(MARKETPLACE, case)
    flows = case / "inventory" / "flows.csv"
    text = flows.read_text("utf-8-sig")
    assert ",collect," in text
    flows.write_text(text.replace(",collect,", ",colect,", 1), "utf-8-sig")
    return case


def test_verbs_of_the_command_line_and_of_python_are_the_same() -> None:
    assert set(COMMANDS) == set(SPELT)
    assert set(SPELT.values()) | STEPS | {"__version__"} == set(piaskit.__all__)


@pytest.mark.parametrize("name", sorted(set(piaskit.__all__) - {"__version__"}))
def test_every_public_function_exists_and_is_documented(name: str) -> None:
    function = getattr(piaskit, name)

    assert callable(function)
    assert inspect.getdoc(function)


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'piaskit' has no attribute 'asess_risks'"):
        _ = piaskit.asess_risks  # type: ignore[attr-defined]


@pytest.mark.parametrize("verb", ["report", "scenario", "what-if"])
def test_the_command_line_of_one_verb_says_of_it_what_that_of_all_verbs_says(verb: str) -> None:
    alone = build_app(verb)

    assert len(list_commands(typer.main.get_command(alone))) < 6
    assert CliRunner().invoke(alone, [verb, "--help"]).stdout == run(verb, "--help").stdout


def test_every_verb_is_known_to_be_in_its_module() -> None:
    known = [verb for verbs in VERBS.values() for verb in verbs]

    assert list(dict.fromkeys(verb.partition(" ")[0] for verb in COMMANDS)) == known
    assert len(build_app("chek").registered_groups) == len(VERBS)


@pytest.mark.parametrize("verb", sorted(SPELT))
def test_every_command_has_help_and_an_example_that_its_own_options_understand(verb: str) -> None:
    command = COMMANDS[verb]
    shown = run(*verb.split(), "--help")

    assert shown.exit_code == 0
    assert command.epilog.startswith(f"Example: piaskit {verb} ")
    words = command.epilog.removeprefix(f"Example: piaskit {verb} ").split()
    command.make_context(verb, words)
    options = {option for parameter in command.params for option in parameter.opts}
    assert {"--json", "--as-of"} <= options


def test_help_imports_no_heavy_package() -> None:
    code = (
        "import sys; sys.argv = ['piaskit', '--help']\n"
        "from piaskit.cli import main\n"
        "try: main()\n"
        "except SystemExit as done: assert not done.code\n"
        "heavy = 'pandas matplotlib pydantic numpy duckdb papermill nbformat typst'.split()\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize("told", ["SIGINT", "SIGTERM"])
def test_a_run_told_to_end_while_a_loop_closes_says_nothing_of_the_loop(told: str) -> None:
    code = (
        "import asyncio, os, signal\n"
        "from piaskit import cli\n"
        "def app():\n"
        "    loop = asyncio.new_event_loop()\n"
        "    loop._ssock.close()\n"
        f"    os.kill(os.getpid(), signal.{told})\n"
        "cli.build_app = lambda first: app\n"
        "try: cli.main()\n"
        "except KeyboardInterrupt: print('ended')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("ended\n", "")


def test_version_is_that_of_the_package() -> None:
    assert run("--version").stdout == f"piaskit {piaskit.__version__}\n"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["chek", "x"], "check"),
        (["check", "x", "--pakcs", "y"], "--packs"),
        (["assess", "x", "--fail-on", "hihg"], "high"),
        (["check", "x", "--as-of", "31.1.2026"], "expected a date like 2026-01-31"),
        (["report", "x"], "--out"),
    ],
)
def test_misuse_exits_2_and_names_what_fits(words: list[str], hint: str) -> None:
    done = run(*words)

    assert done.exit_code == 2
    assert done.stdout == ""
    assert hint in " ".join(done.stderr.replace("│", " ").split())


def test_a_clean_case_checks_with_exit_0_and_one_json_object() -> None:
    done = run("check", MARKETPLACE, "--json")
    answer = json.loads(done.stdout)

    assert done.exit_code == 0
    assert (answer["piaskit"], answer["schema"]) == (piaskit.__version__, 1)
    assert answer["as_of"] == "2026-09-30"
    assert answer["issues"] == []
    assert answer["counts"]["flows"] > 50


def test_a_day_given_as_option_wins_over_case_yaml() -> None:
    answer = json.loads(run("check", MARKETPLACE, "--as-of", "2026-01-31", "--json").stdout)

    assert answer["as_of"] == "2026-01-31"


def test_issues_exit_1_with_their_place(broken: Path) -> None:
    done = run("check", broken, "--json")
    (issue,) = json.loads(done.stdout)["issues"]

    assert done.exit_code == 1
    assert (issue["file"], issue["row"], issue["column"]) == ("flows.csv", 2, "stage")
    assert issue["value"] == "colect"


@pytest.mark.parametrize("verb", ["ledger", "screen", "assess", "safeguards"])
def test_a_case_with_issues_is_refused_in_one_line_each(broken: Path, verb: str) -> None:
    done = run(verb, broken)

    assert done.exit_code == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("flows.csv row 2, stage: ")

    answer = json.loads(run(verb, broken, "--json").stdout)
    assert [issue["value"] for issue in answer["issues"]] == ["colect"]


def test_keep_going_leaves_bad_rows_out_and_says_so(broken: Path) -> None:
    done = run("ledger", broken, "--keep-going", "--json")

    assert done.exit_code == 0
    assert "flows.csv row 2, stage" in done.stderr
    assert json.loads(done.stdout)["activities"]


@pytest.mark.parametrize("verb", ["ledger", "screen", "assess", "safeguards"])
def test_answers_are_one_json_object_with_version_and_day(verb: str) -> None:
    done = run(verb, MARKETPLACE, "--json")
    answer = json.loads(done.stdout)

    assert done.exit_code == 0
    assert (answer["schema"], answer["as_of"]) == (1, "2026-09-30")


@pytest.mark.parametrize("verb", ["check", "ledger", "screen", "assess", "safeguards"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_printed_is_in_the_language_asked_for(verb: str, lang: str) -> None:
    done = run(verb, MARKETPLACE, "--lang", lang)
    headings = done.stdout.split("───", maxsplit=1)[0]

    assert done.exit_code == 0
    assert any("\u4e00" <= c <= "\u9fff" for c in headings) == (lang == "zh")


def test_the_environment_chooses_the_language_when_no_option_does() -> None:
    assert "行数" in run("check", MARKETPLACE, LANG="zh_CN.UTF-8", LC_ALL="").stdout
    assert "Rows" in run("check", MARKETPLACE, LANG="C.UTF-8", LC_ALL="").stdout


def test_assess_fails_at_the_level_asked_for_and_above(tmp_path: Path) -> None:
    blank = tmp_path / "blank"
    run("new", blank)
    severe = run("assess", MARKETPLACE, "--fail-on", "severe", "--json")

    assert json.loads(severe.stdout)["overall"] == {"gbt39335": "severe"}
    assert severe.exit_code == 1
    assert run("assess", blank, "--fail-on", "medium", "--json").exit_code == 0
    assert run("assess", blank, "--fail-on", "low", "--json").exit_code == 1


def test_what_if_refuses_a_misspelt_control_and_a_count_of_nothing() -> None:
    done = run("what-if", MARKETPLACE, "--controls", "acount.mfa", "--control", "nonsense")

    assert done.exit_code == 1
    assert done.stderr.splitlines() == [
        "--controls: there is no control acount.mfa (did you mean account.mfa?)",
        "--control: there is no control nonsense (piaskit packs show controls)",
    ]
    assert run("what-if", MARKETPLACE, "--count", "0").exit_code == 2


def test_an_assessment_limits_the_activities() -> None:
    frame = piaskit.read_case(MARKETPLACE).frames["assessments"]
    row = frame.loc[frame["id"] == "asm-2025"].iloc[0]
    answer = json.loads(run("screen", MARKETPLACE, "--assessment", "asm-2025", "--json").stdout)

    assert {v["activity"] for v in answer["verdicts"]} == set(row["activities"].split(";"))


def test_an_unknown_assessment_is_refused_with_the_nearest() -> None:
    done = run("screen", MARKETPLACE, "--assessment", "asm-2205")

    assert done.exit_code == 1
    assert "the case has no assessment asm-2205 (did you mean asm-2025?)" in done.stderr


def test_an_end_is_an_end_when_an_import_makes_an_error_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load(*_: object, **__: object) -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as end:
            raise ImportError("initializing the extension") from end

    monkeypatch.setattr("piaskit.cli.cases.piaskit.check_case", load, raising=False)
    done = run("check", MARKETPLACE)

    assert done.exit_code == 130
    assert "not your data" not in done.stderr


def test_a_surprise_is_one_line_and_the_traceback_waits_for_debug(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("wheel came off\nsecond line")

    monkeypatch.setattr("piaskit.cli.cases.piaskit.check_case", fail, raising=False)
    done = run("check", MARKETPLACE, PIASKIT_DEBUG="")
    loud = run("check", MARKETPLACE, PIASKIT_DEBUG="1")

    assert done.exit_code == loud.exit_code == 1
    assert done.stderr == (
        "piaskit failed, and it is not your data: RuntimeError: wheel came off "
        "(run it again with PIASKIT_DEBUG=1 to see where)\n"
    )
    assert "Traceback" in loud.stderr


def test_a_refusal_with_json_is_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise InvalidData([Issue("some-slug", Place("a.csv", None, 3, "x"), "no", "v", "h")])

    monkeypatch.setattr("piaskit.cli.cases.piaskit.new_case", refuse, raising=False)
    done = run("new", "somewhere", "--json")

    assert done.exit_code == 1
    assert json.loads(done.stdout) == {
        "piaskit": piaskit.__version__,
        "schema": 1,
        "as_of": date.today().isoformat(),
        "issues": [
            {
                "slug": "some-slug",
                "file": "a.csv",
                "sheet": None,
                "row": 3,
                "column": "x",
                "value": "v",
                "message": "a.csv row 3, x: no",
                "hint": "h",
            }
        ],
    }


@pytest.mark.parametrize("source", ["blank", "marketplace"])
def test_a_new_case_is_clean_and_its_files_are_named(tmp_path: Path, source: str) -> None:
    done = run("new", tmp_path / "mine", "--from", source, "--json")
    answer = json.loads(done.stdout)

    assert done.exit_code == 0
    assert "case.yaml" in answer["files"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine"]
    if source == "marketplace":
        assert run("check", tmp_path / "mine").exit_code == 0


def test_packs_are_listed_by_kind_and_shown_by_id() -> None:
    listed = json.loads(run("packs", "list", "regulations", "--json").stdout)["packs"]
    (shown,) = json.loads(run("packs", "show", "cn-pipl", "--json").stdout)["packs"]

    assert "cn-pipl" in {pack["id"] for pack in listed}
    assert {pack["kind"] for pack in listed} == {"regulations"}
    assert {"id", "kind", "title", "version", "source", "as_of", "file", "entries"} <= set(
        listed[0]
    )
    assert shown["id"] == "cn-pipl"
    assert shown["content"]["articles"]["55"]
    assert run("packs", "check").exit_code == 0


def test_own_packs_are_put_to_their_examples(tmp_path: Path) -> None:
    built_in = Path(piaskit.__file__).parent / "knowledge" / "rules" / "retention.yaml"
    (tmp_path / "rules").mkdir()
    text = built_in.read_text("utf-8").replace("retention is null", "retention is not null")
    (tmp_path / "rules" / "retention.yaml").write_text("replaces: [retention]\n" + text, "utf-8")

    done = run("packs", "check", str(tmp_path), "--json")

    assert done.exit_code == 1
    assert {issue["slug"] for issue in json.loads(done.stdout)["issues"]} == {"rule-example"}


def test_the_day_of_an_import_is_told(tmp_path: Path) -> None:
    register = tmp_path / "systems.yml"
    register.write_text("system:\n  - {fides_key: crm, name: CRM}\n", "utf-8")
    given = ("import", str(register), "--into", str(tmp_path / "case"), "--json")

    done = run(*given, "--as-of", "2026-03-01")

    assert json.loads(done.stdout)["as_of"] == "2026-03-01"


def test_an_unknown_pack_is_refused_with_the_nearest() -> None:
    done = run("packs", "show", "cn-pipI")

    assert done.exit_code == 1
    assert "cn-pipl" in done.stderr
