"""One play, many plays, recorded plays: the answers and their files."""

from __future__ import annotations

import hashlib
import json
import shutil
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import piaskit
from piaskit.case import Case
from piaskit.errors import InvalidData
from piaskit.response import bound_share
from piaskit.tabletop import (
    Exercise,
    Simulation,
    rehearse_case,
    replay_exercise,
    run,
    run_exercise,
    save_exercise,
)
from piaskit.tabletop.program import list_fitting

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"
COURIER, BUCKET = "rented-courier-account", "open-storage-bucket"
SCORES = {"legality", "harm", "communication", "records"}


def play(case: Case, id: str = BUCKET, **options: Any) -> Exercise:
    played = run_exercise(id, case, **options)
    assert isinstance(played, Exercise)
    return played


@pytest.fixture
def own(tmp_path: Path) -> Case:
    shutil.copytree(MARKETPLACE, tmp_path / "own")
    return piaskit.read_case(tmp_path / "own")


def test_the_answer_has_the_keys_of_the_contract(case: Case) -> None:
    played = play(case, policy="worst")
    answer = played.to_dict()

    assert {"piaskit", "schema", "as_of", "scores", "objectives", "critical_fails", "clocks",
            "log_sha256", "log", "actions"} <= set(answer)  # fmt: skip
    assert set(answer["scores"]) == SCORES
    assert [fail["id"] for fail in answer["critical_fails"]] == [
        "close.delete-bucket", "authority.hope", "publish.deny",
    ]  # fmt: skip
    assert answer["log_sha256"] == hashlib.sha256(played.log_text.encode()).hexdigest()
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def test_evidence_of_an_objective_are_lines_of_the_log(case: Case) -> None:
    answer = play(case, policy="best").to_dict()
    lines = {entry["n"]: entry for entry in answer["log"]}

    for objective in answer["objectives"]:
        assert objective["rating"] == "P"
        told = [lines[n]["ids"][0] for n in objective["lines"]]
        assert told == objective["decisions"]


def test_clocks_tell_limit_minute_and_time_left(case: Case) -> None:
    clocks = {c["id"]: c for c in play(case, policy="best").to_dict()["clocks"]}

    first = clocks["cn-cac-other"]
    assert (first["state"], first["deadline_min"], first["made_min"]) == ("met", 240, 90)
    assert (first["left_min"], first["deadline"]) == (150, "2026-03-10T18:00+08:00")
    assert clocks["cn-pipl-auth"]["deadline"] is None
    assert clocks["cn-pipl-auth"]["state"] == "told"
    assert clocks["cn-audit5"]["state"] == "judge"


def test_equal_seeds_give_equal_bytes_and_other_seeds_other_play(case: Case) -> None:
    texts = {seed: play(case, seed=seed).log_text for seed in (1, 2, 3)}

    assert play(piaskit.read_case(MARKETPLACE), seed=1).log_text == texts[1]
    assert len(set(texts.values())) == 3


def test_without_policy_or_file_a_typical_team_plays(case: Case) -> None:
    assert play(case).to_dict()["policy"] == "typical"


def test_a_policy_decides_what_a_file_leaves_open(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"decision": "close", "option": "close-only", "why": "fast"}\n', "utf-8")

    alone = play(case, decisions=path)
    filled = play(case, decisions=path, policy="best")

    assert set(alone.state.taken) == {"close"}
    assert set(filled.state.taken) == set(filled.game.scenario.decisions)
    assert filled.state.taken["close"].choice.option == "close-only"


def test_many_runs_give_quantiles_and_shares_with_an_interval(case: Case) -> None:
    answer = run_exercise(BUCKET, case, runs=40, seed=5).to_dict()

    assert answer["runs"] == 40
    assert set(answer["scores"]) == SCORES
    for quantiles in answer["scores"].values():
        assert list(quantiles) == ["0.05", "0.25", "0.5", "0.75", "0.95"]
        assert list(quantiles.values()) == sorted(quantiles.values())
    share = answer["missed"]["cn-cac-other"]
    assert share["ci"][0] <= share["p"] <= share["ci"][1]
    assert answer == run_exercise(BUCKET, case, runs=40, seed=5).to_dict()


def test_plays_and_trials_that_others_share_change_no_number(
    case: Case, monkeypatch: pytest.MonkeyPatch, elsewhere: Executor
) -> None:
    alone = run_exercise(BUCKET, case, policy="random", runs=40, seed=5).to_dict()
    monkeypatch.setattr(run, "BLOCK", 15)
    shared = run_exercise(BUCKET, case, policy="random", runs=40, seed=5, executor=elsewhere)

    assert alone == shared.to_dict()


def test_many_runs_show_scores_missed_notices_and_the_response(case: Case) -> None:
    many = run_exercise(BUCKET, case, runs=2)
    assert isinstance(many, Simulation)
    titles = [grid.title for grid in many.show("en")]

    assert titles[1] == "Notices missed by the team that was played"
    assert titles[2].startswith("Response, 2 trials")
    assert "<table>" in many._repr_html_()


def test_deterministic_play_misses_a_clock_always_or_never(case: Case) -> None:
    silent = run_exercise(BUCKET, case, policy="silent", runs=10).to_dict()
    best = run_exercise(BUCKET, case, policy="best", runs=10).to_dict()

    assert silent["missed"]["cn-cac-other"] == {"p": 1.0, "ci": [0.7225, 1.0], "due": 10}
    assert best["missed"]["cn-cac-other"] == {"p": 0.0, "ci": [0.0, 0.2775], "due": 10}
    assert best["scores"]["legality"]["0.05"] == 1.0


def test_the_first_of_many_runs_is_the_one_run_of_the_same_seed(case: Case) -> None:
    one = play(case, seed=9).to_dict()["scores"]
    many = run_exercise(BUCKET, case, seed=9, runs=3)

    assert not isinstance(many, Exercise)
    assert {name: values[0] for name, values in many.scores.items()} == one


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (1, 1, 0.2065, 1.0)],
)
def test_the_wilson_interval_is_that_of_the_tables(
    count: int, of: int, low: float, high: float
) -> None:
    assert bound_share(count, of) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"runs": 0}, "parameters, runs: 0 cannot be"),
        ({"seed": -1}, "parameters, seed: -1 cannot be"),
        ({"runs": 2_000_000}, "parameters, runs: 2000000 cannot be"),
    ],
)
def test_a_number_that_cannot_be_is_refused(
    options: dict[str, int], message: str, case: Case
) -> None:
    with pytest.raises(InvalidData, match=message):
        run_exercise(BUCKET, case, **options)


def test_actions_have_an_owner_of_the_case_and_a_day(case: Case) -> None:
    actions = play(case, policy="worst").to_dict()["actions"]
    roles = case.frames["roles"].set_index("id")["role"]

    assert len(actions) == 7
    assert [(roles[a["owner"]], a["due_on"]) for a in actions][:3] == [
        ("data-security-officer", "2026-10-30"),
        ("legal-counsel", "2026-10-30"),
        ("pi-protection-officer", "2026-10-30"),
    ]
    assert play(case, policy="best").to_dict()["actions"] == []


def test_a_saved_exercise_replays_to_the_same_answer_and_adds_only_rows(own: Case) -> None:
    before = {p.name: p.read_bytes() for p in (own.root / "inventory").iterdir()}
    played = play(own, seed=4)

    saved = save_exercise(played)

    after = {p.name: p.read_bytes() for p in (own.root / "inventory").iterdir()}
    assert {name for name in after if after[name] != before[name]} == {"actions.csv"}
    assert after["actions.csv"].startswith(before["actions.csv"])
    again = piaskit.read_case(own.root)
    new = again.frames["actions"].iloc[len(own.frames["actions"]) :]
    assert new["id"].tolist() == saved["actions"]
    assert new["status"].eq("open").all()
    assert new["due_on"].notna().all()
    assert own.say(new.iloc[0], "title", "zh").endswith("（演练：公开的存储桶）")
    assert own.say(new.iloc[0], "title", "en").endswith("(exercise: The open storage bucket)")
    replayed = replay_exercise(own.root / str(saved["file"]), again)
    assert replayed.differs is None
    assert replayed.state == played.state
    assert replayed.to_dict()["scores"] == played.to_dict()["scores"]
    assert replayed.to_dict()["log_sha256"] == played.to_dict()["log_sha256"]


def test_saving_twice_changes_nothing_more(own: Case) -> None:
    first = save_exercise(play(own))
    files = {p: p.read_bytes() for p in own.root.rglob("*") if p.is_file()}

    second = save_exercise(play(piaskit.read_case(own.root)))

    assert (second["file"], second["actions"]) == (first["file"], [])
    assert {p: p.read_bytes() for p in own.root.rglob("*") if p.is_file()} == files


def test_one_exercise_saved_twice_leaves_a_case_that_reads(own: Case) -> None:
    played = play(own, policy="worst")
    first = save_exercise(played)
    rows = (own.root / "inventory" / "actions.csv").read_bytes()

    assert save_exercise(played)["actions"] == []
    assert len(first["actions"]) == 7
    assert (own.root / "inventory" / "actions.csv").read_bytes() == rows


def change_line(text: str, number: int, **values: Any) -> str:
    lines = text.splitlines()
    lines[number - 1] = json.dumps({**json.loads(lines[number - 1]), **values})
    return "\n".join(lines)


def test_a_log_that_is_none_is_told_with_its_line(own: Case, tmp_path: Path) -> None:
    text = play(own, policy="best").log_text
    decision = next(
        n for n, line in enumerate(text.splitlines(), 1) if json.loads(line)["kind"] == "decision"
    )
    bad = {
        "": "is empty",
        "{}": "row 1: is no line of an exercise",
        text.replace('"n": 2', '"n": 3', 1): "row 2: is no line of an exercise",
        change_line(text, 1, ids=["open-bucket"]): "no scenario is called open-bucket",
        change_line(text, decision, ids=["clsoe"]): (
            f"row {decision}: decision clsoe does not belong here in {BUCKET} "
            r"\(did you mean close\?\)"
        ),
        change_line(text, decision, values={"option": "x", "persons": None, "why": ""}): (
            f"row {decision}: decision close does not belong here"
        ),
        "\n".join(text.splitlines()[:-1]): "the exercise is not finished",
    }
    for content, message in bad.items():
        path = tmp_path / "log.jsonl"
        path.write_text(content, "utf-8")
        with pytest.raises(InvalidData, match=message):
            replay_exercise(path, own)


def test_recorded_exercises_are_replayed_before_the_closest_scenarios_are_played(own: Case) -> None:
    save_exercise(play(own, policy="cautious"))
    (own.root / "exercises" / "broken.jsonl").write_text("no\n", "utf-8")

    answer = rehearse_case(own, runs=5).to_dict()

    assert [(e["scenario"], e["policy"], e["held_on"]) for e in answer["exercises"]] == [
        (BUCKET, "recorded", "2026-09-30"),
        *((id, "typical", None) for id in list_fitting(own)),
    ]
    assert [s["runs"] for s in answer["simulations"]] == [5, 5]
    assert answer["unreadable"][0].startswith("broken.jsonl row 1: is no line of an exercise")


def test_scenarios_of_other_laws_are_not_played(own: Case) -> None:
    assert rehearse_case(replace(own, regimes=("us-ca",))).to_dict()["exercises"] == []


def test_the_closest_scenarios_are_about_kinds_and_laws_of_the_case(case: Case) -> None:
    items = case.frames["items"]
    few = items[items["category"].isin(["identity.name", "education.school", "children.any"])]
    school = replace(case, frames={**case.frames, "items": few}, regimes=("cn-pipl",))

    assert list_fitting(school)[0] == "children-on-a-contest-page"
    both = [set(case.knowledge.scenarios[id].known["regimes"]) for id in list_fitting(case)]
    assert all({"cn-pipl", "eu-gdpr"} <= regimes for regimes in both)
