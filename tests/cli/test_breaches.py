"""The verbs reach, intake and breaches: one JSON object, short tables, refusals in a line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from piaskit.cli import app

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"
REPORT = "id: user-1\nreceived_at: 2026-11-13T10:20+08:00\npassword_exposed: yes\nasks: delete\n"


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MARKETPLACE, tmp_path / "shop"))


def test_reach_gives_one_object_and_the_same_for_the_same_seed(shop: Path) -> None:
    words = ("reach", shop / "incidents" / "courier-list.yaml", "--case", shop, "--seed", "7",
             "--trials", "200", "--json")  # fmt: skip
    first, second = run(*words), run(*words)
    answer = json.loads(first.stdout)

    assert first.exit_code == 0
    assert first.stdout_bytes == second.stdout_bytes
    assert (answer["seed"], answer["trials"], set(answer["time_to"])) == (
        7,
        200,
        {"50", "90", "99"},
    )


def test_reach_says_in_words_who_needs_an_announcement(shop: Path) -> None:
    facts = shop / "incidents" / "courier-list.yaml"
    done = run("reach", facts, "--case", shop, "--trials", "200", "--lang", "zh")

    assert done.exit_code == 0
    assert "应为其发布公告" in done.stdout.replace("\n", "")
    assert "GB/T 35273—2020 第10.2条" in done.stdout


def test_intake_writes_once_and_tells_what_to_do_first(shop: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.yaml"
    report.write_text(REPORT, "utf-8")
    dry = run("intake", report, "--case", shop, "--dry-run", "--lang", "en")
    assert not (shop / "incidents" / "user-1.yaml").exists()
    done = run("intake", report, "--case", shop, "--lang", "en")
    again = run("intake", report, "--case", shop, "--lang", "en")

    assert (dry.exit_code, done.exit_code, again.exit_code) == (0, 0, 1)
    assert "Make the password invalid" in done.stdout
    assert "2026-12-13" in done.stdout
    assert "incidents/user-1.yaml: stands already" in again.stderr


def test_a_veris_record_is_for_practice_and_not_for_the_register(
    shop: Path, tmp_path: Path
) -> None:
    record = tmp_path / "record.json"
    record.write_text('{"incident_id": "A-1", "action": {"error": {}}, "attribute": {}}', "utf-8")
    done = run("intake", record, "--case", shop, "--json")
    answer = json.loads(done.stdout)

    assert (done.exit_code, answer["files"]) == (0, ["practice/A-1.yaml"])
    assert "persons" in answer["missing"]
    decided = run("incident", shop / "practice" / "A-1.yaml", "--json")
    assert decided.exit_code == 0
    listed = json.loads(run("breaches", shop, "--json").stdout)
    assert "A-1" not in [entry["id"] for entry in listed["breaches"]]


def test_breaches_lists_all_and_writes_what_is_asked_for(shop: Path, tmp_path: Path) -> None:
    book, folder = tmp_path / "register.xlsx", tmp_path / "veris"
    done = run("breaches", shop, "--xlsx", book, "--veris", folder, "--json")
    answer = json.loads(done.stdout)

    assert done.exit_code == 0
    assert len(answer["breaches"]) == 8
    assert answer["files"] == ["register.xlsx", *(f"{n}.json" for n in range(3, 9))]
    assert book.exists()
    shown = run("breaches", shop, "--lang", "en")
    assert "Newsletter" in shown.stdout
