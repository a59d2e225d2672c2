"""The verb incident: a short table, one JSON object, refusals in a line, packs of the case."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import piaskit
from piaskit.cli import app

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"
FACTS = """\
regimes: [cn-pipl, cn-cac]
role: controller
operator: other
times: {discovered_at: 2026-03-02T09:10+08:00}
persons: 1000000
confidentiality: {state: confirmed}
"""


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    path = tmp_path / "incidents" / "leak.yaml"
    path.parent.mkdir()
    path.write_text(FACTS, encoding="utf-8")
    return path


def test_the_answer_is_one_json_object_with_the_fixed_keys(facts: Path) -> None:
    done = run("incident", facts, "--json", "--as-of", "2026-03-03")
    answer = json.loads(done.stdout)

    assert done.exit_code == 0
    assert (answer["piaskit"], answer["schema"]) == (piaskit.__version__, 1)
    assert answer["as_of"] == "2026-03-03"
    assert answer["record"] is True
    duties = {duty["id"]: duty for duty in answer["duties"]}
    assert duties["cn-cac-other"]["deadline"] == "2026-03-02T13:10+08:00"
    wanted = {
        "id", "regime", "recipient", "decision", "clause", "starts_at", "deadline", "wording",
        "because", "missing",
    }  # fmt: skip
    assert all(wanted <= set(duty) for duty in duties.values())


def test_the_same_facts_give_the_same_bytes(facts: Path) -> None:
    words = ("incident", facts, "--json", "--as-of", "2026-03-03")

    assert run(*words).stdout_bytes == run(*words).stdout_bytes


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("PIPL Art. 57", "at once", "required", "2026-03-02T13:10+08:00")),
        ("zh", ("《个人信息保护法》第57条", "立即", "应当履行", "2026-03-02T13:10+08:00")),
    ],
)
def test_the_table_says_whom_until_when_and_why(
    facts: Path, lang: str, words: tuple[str, ...]
) -> None:
    done = run("incident", facts, "--lang", lang)

    assert done.exit_code == 0
    shown = done.stdout.replace("\n", " ")
    for word in words:
        assert word in shown


def test_contradictions_end_in_issues_and_no_duties(facts: Path) -> None:
    facts.write_text(FACTS + "children: 1000001\n", encoding="utf-8")
    done = run("incident", facts, "--json")
    answer = json.loads(done.stdout)

    assert done.exit_code == 1
    assert "duties" not in answer
    assert [issue["message"] for issue in answer["issues"]] == [
        "leak.yaml row 7, children: children (at least 1000001) are more than"
        " persons (at most 1000000)"
    ]
    assert run("incident", facts).exit_code == 1


def test_packs_beside_the_folder_of_incidents_are_in_force(facts: Path) -> None:
    pack = facts.parents[1] / "packs" / "duties" / "own-law.yaml"
    pack.parent.mkdir(parents=True)
    pack.write_text(
        'id: own-law\ntitle: {en: Own, zh: 自有}\nversion: "1"\nsource: own\nas_of: 2026-01-01\n'
        "confidence: high\nregime: own-law\nduties:\n  own-duty:\n    title: {en: Tell, zh: 告知}\n"
        "    recipient: partners\n    body: {en: partners, zh: 合作方}\n    clause: cn-pipl 57\n"
        "    in_force: 2020-01-01\n    confidence: high\n    wording: {en: soon, zh: 尽快}\n"
        "    clock: {days: 2, kind: calendar, start: discovery}\n"
        "    requires: [personal-data-breach]\n",
        encoding="utf-8",
    )
    facts.write_text(FACTS.replace("[cn-pipl, cn-cac]", "[own-law]"), encoding="utf-8")

    answer = json.loads(run("incident", facts, "--json").stdout)

    assert [(d["id"], d["decision"], d["deadline"]) for d in answer["duties"]] == [
        ("own-duty", "required", "2026-03-04T09:10+08:00")
    ]


def test_a_condition_that_does_not_exist_is_told_with_the_nearest(tmp_path: Path) -> None:
    pack = tmp_path / "packs" / "duties" / "cn-audit-5.yaml"
    pack.parent.mkdir(parents=True)
    source = Path(piaskit.__file__).parent / "knowledge" / "duties" / "cn-audit-5.yaml"
    text = source.read_text("utf-8").replace("audit-size", "audit-sise")
    pack.write_text(text + "replaces: [cn-audit-5]\n", encoding="utf-8")

    done = run("packs", "check", tmp_path / "packs", "--json")

    assert [(i["slug"], i["hint"]) for i in json.loads(done.stdout)["issues"]] == [
        ("pack-value", "did you mean audit-size?")
    ]


def test_notices_are_drafted_in_the_answer_and_written_on_request(
    facts: Path, tmp_path: Path
) -> None:
    done = run("incident", facts, "--notices", tmp_path / "drafts", "--json")
    answer = json.loads(done.stdout)

    notice = next(n for n in answer["notices"] if n["duty"] == "cn-pipl-ind")
    assert set(notice["drafts"]) == {"en", "zh"}
    assert notice["completeness"]["contact"]["given"] is False
    names = sorted(path.name for path in (tmp_path / "drafts").iterdir())
    assert sorted(answer["files"]) == names
    letter = tmp_path / "drafts" / "individuals-cn-pipl.letter.zh.txt"
    assert letter.read_text("utf-8").strip() == notice["drafts"]["zh"]["letter"]


def test_the_case_around_the_facts_gives_name_and_contacts(facts: Path) -> None:
    shutil.copytree(MARKETPLACE, facts.parent.parent, dirs_exist_ok=True)
    answer = json.loads(run("incident", facts, "--json").stdout)

    notice = next(n for n in answer["notices"] if n["duty"] == "cn-pipl-ind")
    assert "Xinfan (Example) E-commerce Co., Ltd." in notice["drafts"]["en"]["letter"]


def test_a_named_case_that_is_none_is_refused(facts: Path, tmp_path: Path) -> None:
    done = run("incident", facts, "--case", tmp_path / "nowhere")

    assert done.exit_code == 1
    assert "nowhere" in done.stderr


def test_a_broken_case_around_the_facts_does_not_stop_the_decision(facts: Path) -> None:
    (facts.parent.parent / "case.yaml").write_text("id: x\n", "utf-8")
    done = run("incident", facts, "--json")

    assert done.exit_code == 0
    assert "case.yaml" in done.stderr
    assert json.loads(done.stdout)["duties"]


def test_a_notice_is_recorded_with_its_version_and_stops_its_clock(facts: Path) -> None:
    done = run(
        "incident", facts, "--told", "cn-cac-other", "--at", "2026-03-02T12:00+08:00",
        "--way", "hotline", "--json",
    )  # fmt: skip
    clocks = {clock["duty"]: clock for clock in json.loads(done.stdout)["clocks"]}

    assert done.exit_code == 0
    assert clocks["cn-cac-other"]["state"] == "told"
    assert clocks["cn-cac-other"]["told_at"] == "2026-03-02T12:00+08:00"
    assert len(list((facts.parent / "leak.history").glob("*.yaml"))) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--told", "cn-cac-othr"), "did you mean cn-cac-other?"),
        (("--told", "cn-cac-other", "--at", "yesterday"), "a time with offset"),
        (("--watch", "--json"), "one object comes without --watch"),
    ],
)
def test_wrong_words_of_a_live_incident_are_misuse(
    facts: Path, words: tuple[str, ...], message: str
) -> None:
    done = run("incident", facts, *words)

    assert done.exit_code == 2
    assert message in " ".join(done.stderr.replace("\u2502", " ").split())
    assert not (facts.parent / "leak.history").exists()


def test_the_live_view_counts_down_reads_anew_and_ends_in_one_line(
    facts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter(["misuse: possible\n", "misuse: perhaps\n", None])

    def sleep(_seconds: float) -> None:
        added = next(looks)
        if added is None:
            raise KeyboardInterrupt
        facts.write_text(FACTS + added, encoding="utf-8")

    monkeypatch.setattr("piaskit.cli.live.time.sleep", sleep)
    done = run("incident", facts, "--watch", "--lang", "en")

    assert done.exit_code == 0
    assert "cn-cac-other" in done.stdout
    assert "misuse" in done.stdout
    assert "perhaps is not one of none-known, possible, confirmed" in done.stdout.replace("\n", " ")
    assert done.stdout.splitlines()[-1] == "Ended; 2 versions of the facts are kept."
