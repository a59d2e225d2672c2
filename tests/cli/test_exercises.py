"""The verb exercise on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from piaskit.cli import app

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"
BUCKET = "open-storage-bucket"


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(app, ["exercise", *(str(word) for word in words)])


def test_exercise_answers_one_json_object_in_the_contract_s_shape() -> None:
    done = run(BUCKET, "--case", MARKETPLACE, "--policy", "best", "--json")

    answer = json.loads(done.stdout)
    assert done.exit_code == 0
    assert answer["scores"] == {"legality": 1, "harm": 1, "communication": 1, "records": 1}
    assert (answer["schema"], answer["as_of"], answer["critical_fails"]) == (1, "2026-09-30", [])
    assert len(answer["log_sha256"]) == 64


def test_many_runs_answer_with_quantiles_and_shares() -> None:
    done = run(BUCKET, "--case", MARKETPLACE, "--runs", "5", "--seed", "3", "--json")

    answer = json.loads(done.stdout)
    assert answer["runs"] == 5
    assert set(answer["missed"]["cn-cac-other"]) == {"p", "ci", "due"}
    assert answer["response"]["trials"] == 5


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Legality", "4:00", "told too late", "PIPL Art. 57", "at once")),
        ("zh", ("合规性", "4:00", "告知迟延", "《个人信息保护法》第57条", "立即")),
    ],
)
def test_the_table_tells_clocks_in_both_languages(
    lang: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"decision": "first-report", "option": "complete-first"}', "utf-8")
    done = run(BUCKET, "--case", MARKETPLACE, "--decisions", path, "--lang", lang)

    assert done.exit_code == 0
    for word in words:
        assert word in done.stdout


def test_a_broken_off_log_is_gone_on_with_and_its_torn_line_told(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    words = (BUCKET, "--case", MARKETPLACE, "--policy", "best", "--log", path)
    assert run(*words).exit_code == 0
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])

    done = run(*words, "--lang", "zh")

    assert done.exit_code == 0
    assert "日志最后一行不完整" in done.stdout
    assert path.read_bytes() == whole
    assert run(*words, "--runs", "3").exit_code == 2


def test_bad_decisions_end_in_lines_and_exit_1(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"decision": "clsoe", "option": "x"}\nno\n', "utf-8")
    done = run(BUCKET, "--case", MARKETPLACE, "--decisions", path)

    assert done.exit_code == 1
    assert done.stderr.splitlines() == [
        "d.jsonl row 1, decision: clsoe is no decision here (did you mean close?)",
        'd.jsonl row 2: is no JSON (one decision per line: {"decision": ..., "option": ...})',
    ]


def test_save_keeps_the_log_and_says_where(tmp_path: Path) -> None:
    shutil.copytree(MARKETPLACE, tmp_path / "own")
    done = run(BUCKET, "--case", tmp_path / "own", "--save", "--json")

    saved = json.loads(done.stdout)["saved"]
    log = (tmp_path / "own" / saved["file"]).read_text("utf-8")
    assert json.loads(log.splitlines()[0])["kind"] == "start"
    assert saved["actions"]


def test_many_runs_cannot_be_saved() -> None:
    done = run(BUCKET, "--case", MARKETPLACE, "--runs", "3", "--save")

    assert done.exit_code == 2
    assert "one exercise can be saved, not many runs" in done.stderr


def test_packs_check_lints_scenarios_of_one_s_own(tmp_path: Path) -> None:
    import piaskit.knowledge.load as load

    source = (load.BUILT_IN / "scenarios" / f"{BUCKET}.yaml").read_text("utf-8")
    source = source.replace(f"id: {BUCKET}", "id: own-bucket").replace("score: 3", "score: 2", 1)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "own-bucket.yaml").write_text(source, "utf-8")

    done = CliRunner().invoke(app, ["packs", "check", str(tmp_path)])

    assert done.exit_code == 1
    assert "decisions.close: has no right way (an option of score 3)" in done.stdout


def test_the_response_is_rehearsed_for_a_moment_and_shown_in_chinese() -> None:
    words = ("--runs", "2", "--trials", "60", "--found-at", "2026-10-01T22:00", "--lang", "zh")
    done = run("merge-mail-error", "--case", MARKETPLACE, *words)

    assert done.exit_code == 0
    assert "60 次；发现于 2026-10-01T22:00" in done.stdout
    assert "经演练的操作手册" in done.stdout


@pytest.mark.parametrize("option", [("--trials", "9"), ("--found-at", "2026-10-01T22:00")])
def test_one_exercise_rehearses_no_response(option: tuple[str, str]) -> None:
    done = run(BUCKET, "--case", MARKETPLACE, *option)

    assert done.exit_code == 2
    assert "--runs" in done.stderr
