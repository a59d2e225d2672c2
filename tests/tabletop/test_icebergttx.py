"""Scenarios for IcebergTTX: a tree in which every way of the scenario is one path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from piaskit.errors import InvalidData
from piaskit.knowledge import Knowledge, load_knowledge
from piaskit.tabletop import export_scenario, import_scenario
from piaskit.tabletop.icebergttx import unfold_scenario

SCENARIOS = sorted(load_knowledge().scenarios)
SAMPLE = (
    Path(__file__).parents[3] / "shared" / "data" / "interop" / "icebergttx" / "vendor_outage.json"
)


def list_targets(node: dict[str, Any]) -> list[str]:
    own = [node["next_inject_id"]] if "next_inject_id" in node else []
    return own + [option["next_inject_id"] for option in node["options"]]


@pytest.mark.parametrize("id", SCENARIOS)
def test_every_target_exists_everything_is_reached_and_nothing_leads_back(
    id: str, knowledge: Knowledge
) -> None:
    tree = unfold_scenario(knowledge.scenarios[id], "zh")
    nodes = {node["id"]: node for node in tree["injects"]}
    assert len(nodes) == len(tree["injects"])
    teams = {team["id"] for team in tree["participant_teams"]}

    met: set[str] = set()
    ways = [(tree["start_inject_id"], frozenset[str]())]
    while ways:
        id_, above = ways.pop()
        assert id_ not in above
        assert set(nodes[id_]["target_teams"]) <= teams
        if id_ not in met:
            met.add(id_)
            ways += [(target, above | {id_}) for target in list_targets(nodes[id_])]
    assert met == set(nodes)


def test_a_branch_depends_on_what_was_decided_before(knowledge: Knowledge) -> None:
    tree = unfold_scenario(knowledge.scenarios["open-storage-bucket"], "en")
    nodes = {node["id"]: node for node in tree["injects"]}

    def follow(**chosen: str) -> list[str]:
        path, id = [], tree["start_inject_id"]
        while list_targets(nodes[id]):
            path.append(id.split("__")[0])
            options = {o["id"]: o["next_inject_id"] for o in nodes[id]["options"]}
            pick = chosen.get(path[-1].removeprefix("decide_"))
            id = options[pick or next(iter(options))] if options else nodes[id]["next_inject_id"]
        return path

    assert "access-log" in follow()
    assert "no-log" in follow(close="delete-bucket")
    assert "publish-hostile" in follow(researcher="threaten")
    assert "publish-hostile" not in follow(close="delete-bucket")


def test_the_right_option_is_the_expected_action(knowledge: Knowledge) -> None:
    scenario = knowledge.scenarios["late-processor"]
    tree = unfold_scenario(scenario, "zh")
    node = next(n for n in tree["injects"] if n["id"] == "decide_authority")

    right = scenario.decisions["authority"].options["now-in-own-name"].title.zh
    assert node["expected_actions"] == [right]
    assert len(node["options"]) == 4


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample is not here")
def test_keys_are_those_of_a_sample_of_the_format(knowledge: Knowledge) -> None:
    sample = json.loads(SAMPLE.read_text("utf-8"))
    tree = unfold_scenario(knowledge.scenarios["late-processor"], "en")

    assert set(tree) == set(sample)
    for node in sample["injects"]:
        assert set(node) - {"triggers_communications"} <= set(tree["injects"][0]) | {"options"}
    option = sample["injects"][0]["options"][0]
    decided = next(node for node in tree["injects"] if node["options"])
    assert set(decided["options"][0]) == set(option)


def test_the_file_is_json_and_tells_what_is_lost(knowledge: Knowledge, tmp_path: Path) -> None:
    scenario = knowledge.scenarios["silent-export"]
    answer = export_scenario(scenario, tmp_path / "out" / "s.json", "en")

    tree = json.loads((tmp_path / "out" / "s.json").read_text("utf-8"))
    assert len(tree["injects"]) == answer["injects"]
    assert "truth" in answer["lost"]
    (tmp_path / "file").touch()
    with pytest.raises(InvalidData, match="cannot be written"):
        export_scenario(scenario, tmp_path / "file" / "s.json", "en")


def squeeze(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("id", SCENARIOS)
def test_our_own_tree_is_folded_to_the_scenario_it_was(
    id: str, knowledge: Knowledge, tmp_path: Path
) -> None:
    scenario, lang = knowledge.scenarios[id], "zh"
    export_scenario(scenario, tmp_path / "s.json", lang)
    draft = import_scenario(tmp_path / "s.json", out=tmp_path / "s.yaml")
    tree = draft.tree

    assert (tree["id"], tree["lasts_min"]) == (scenario.id, scenario.lasts_min)
    assert tree["roles"] == {id: {lang: role[lang]} for id, role in scenario.roles.items()}
    assert {
        id: (i.at_min, i.to, squeeze(i.text[lang]), list(i.when), list(i.unless))
        for id, i in scenario.injects.items()
    } == {
        id: (i["at_min"], i["to"], i["text"][lang], i.get("when", []), i.get("unless", []))
        for id, i in tree["injects"].items()
    }
    assert {
        id: (
            squeeze(d.question[lang]), d.role, sorted(d.opens),
            {o: squeeze(option.title[lang]) for o, option in d.options.items()},
        )
        for id, d in scenario.decisions.items()
    } == {
        id: (
            d["question"][lang], d["role"], d["opens"],
            {o: option["title"][lang] for o, option in d["options"].items()},
        )
        for id, d in tree["decisions"].items()
    }  # fmt: skip
    assert not draft.contradictions
    assert not any("score" in option for d in tree["decisions"].values() for option in d["options"])


TREE: dict[str, Any] = {
    "schema_version": "1.0",
    "title": "Outage",
    "metadata": {"author": "N. N.", "estimated_duration_minutes": 20},
    "participant_teams": [{"id": "ops", "label": "Operations"}],
    "injects": [
        {
            "id": "a", "title": "Down", "content": "It is down.", "target_teams": ["ops"],
            "options": [
                {"id": "wait", "label": "Wait", "next_inject_id": "b"},
                {"id": "act", "label": "Act", "next_inject_id": "d"},
            ],
        },
        {"id": "b", "title": "Worse", "content": "Worse.", "target_teams": ["legal"],
         "next_inject_id": "c", "expected_actions": ["Call"]},
        {"id": "c", "title": "End", "content": "The end.", "target_teams": ["ops"]},
        {"id": "d", "title": "Better", "content": "Better.", "target_teams": ["ops"],
         "options": [{"id": "on", "label": "Go on", "next_inject_id": "gone"}]},
        {"id": "e", "title": "Alone", "content": "Nobody comes.", "target_teams": ["ops"]},
    ],
    "start_inject_id": "a",
}  # fmt: skip


def write_tree(folder: Path, **changed: Any) -> Path:
    path = folder / "t.json"
    path.write_text(json.dumps(TREE | changed), encoding="utf-8")
    return path


def test_a_foreign_tree_becomes_a_draft_and_what_it_lacks_is_told(tmp_path: Path) -> None:
    draft = import_scenario(write_tree(tmp_path))
    tree = draft.tree

    assert draft.file == str(tmp_path / "outage.yaml")
    assert {id: i.get("when") for id, i in tree["injects"].items()} == {
        "a": None, "b": ["a.wait"], "c": ["a.wait"], "d": ["a.act"], "e": None,
    }  # fmt: skip
    assert list(tree["decisions"]) == ["a", "d"]
    assert draft.contradictions == [
        "inject b: is for legal, which is no team of the file",
        "inject d: leads to gone, which the file does not hold",
        "inject e: no way leads to it",
    ]
    assert "inject b: expected_actions = Call" in draft.kept_as_text
    assert "decision a: objective, due_min, action; score, why of wait, act" in draft.missing
    assert "inject a: channel, at_min" in draft.missing
    with pytest.raises(InvalidData, match=r"outage\.yaml: stands already"):
        import_scenario(write_tree(tmp_path))


def test_a_loop_is_told_and_ends(tmp_path: Path) -> None:
    back = {"id": "z", "content": "Again.", "target_teams": [], "next_inject_id": "z"}
    draft = import_scenario(write_tree(tmp_path, injects=[back], start_inject_id="z"))

    assert "inject z: leads back to itself" in draft.contradictions


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"injects": []}, r"t\.json, injects: is no IcebergTTX scenario, expected a list of 1 to"),
        ({"injects": [{"title": "x"}]}, r"t\.json, injects\.0: is no IcebergTTX scenario"),
        ({"injects": [{"id": "a", "options": [1]}]}, r"t\.json, injects\.0\.options\.0: is no"),
    ],
    ids=["none", "no id", "option"],
)
def test_what_is_no_scenario_is_refused_at_its_place(
    tmp_path: Path, changed: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidData, match=told):
        import_scenario(write_tree(tmp_path, **changed))


def test_the_sample_of_the_format_is_read_whole(tmp_path: Path) -> None:
    if not SAMPLE.is_file():
        pytest.skip("the sample is not here")
    draft = import_scenario(SAMPLE, out=tmp_path / "s.yaml")
    answer = draft.to_dict()

    assert (answer["injects"], answer["decisions"], answer["contradictions"]) == (5, 3, [])
    assert sum(len(d["options"]) for d in draft.tree["decisions"].values()) == 5
