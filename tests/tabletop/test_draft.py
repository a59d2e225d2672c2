"""A scenario from an organisation's own flow: its numbers, its people, its laws, its safeguards."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import piaskit
from piaskit.case import Case
from piaskit.errors import InvalidData
from piaskit.knowledge import load_knowledge
from piaskit.tabletop import Exercise, draft_scenario, run_exercise
from piaskit.tabletop.draft import Draft
from piaskit.tabletop.exercise import play_exercise
from piaskit.tabletop.lint import check_scenario
from piaskit.tabletop.players import make_player
from piaskit.tabletop.scenario import Game
from piaskit.tabletop.score import judge_decisions, score_exercise

ROOT = Path(__file__).parents[2]
FIDES = ROOT.parent / "shared" / "data" / "interop" / "fides" / "demo_system.yml"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The marketplace, with the evidence of its keys brought up to date."""
    folder = tmp_path_factory.mktemp("draft") / "shop"
    shutil.copytree(ROOT / "data" / "marketplace", folder)
    path = folder / "inventory" / "safeguards.csv"
    lines = path.read_text("utf-8-sig").split("\n")
    row = next(n for n, line in enumerate(lines) if line.startswith("g-keys,"))
    for old, new in (("2025-07-14", "2026-07-14"), ("2026-07-13", "2027-07-13")):
        assert old in lines[row]
        lines[row] = lines[row].replace(old, new)
    path.write_text("\n".join(lines), "utf-8-sig")
    return piaskit.read_case(folder)


@pytest.fixture(scope="module")
def drafts(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Draft]:
    """Drafts from the marketplace, each made once."""
    folder = tmp_path_factory.mktemp("drafts")

    @cache
    def make(flow: str) -> Draft:
        return draft_scenario(case, flow, out=folder / f"{flow}.yaml")

    return make


@pytest.fixture
def clinic(make_case: Callable[..., Case]) -> Case:
    """A clinic that sends samples to a laboratory, written down in Chinese only."""
    case = make_case(
        regimes=("cn-pipl", "eu-gdpr"),
        activities=[{"id": "lab", "title": "化验", "persons": 840, "children": "yes"}],
        items=[
            {"id": "i-name", "activity": "lab", "title": "姓名", "category": "identity.name"},
            {"id": "i-test", "activity": "lab", "title": "化验", "category": "health.lab-result"},
        ],
        parties=[{"id": "p-lab", "title": "检验所", "role": "processor"}],
        systems=[{"id": "s-his", "title": "医院信息系统"}],
        flows=[
            {
                "id": "f-send", "activity": "lab", "stage": "provide", "source": "s-his",
                "target": "p-lab", "items": "i-name;i-test", "persons": 512,
            },
            {"id": "f-keep", "activity": "lab", "stage": "store", "target": "s-his"},
            {
                "id": "f-slip", "activity": "lab", "stage": "transmit", "source": "s-his",
                "target": "p-lab", "items": "i-name", "channel": "paper",
            },
            {"id": "f-bare", "activity": None, "stage": "store"},
        ],
        roles=[{"id": "r-1", "role": "incident-lead", "holder": "值班主任"}],
    )  # fmt: skip
    return replace(case, knowledge=load_knowledge())


def play(draft: Draft) -> dict[str, float]:
    game = Game(draft.scenario, draft.case.knowledge)
    for policy in ("worst", "silent", "cautious"):
        assert play_exercise(game, make_player(policy))[0].ended
    state, _ = play_exercise(game, make_player("best"))
    return score_exercise(game, state, judge_decisions(game, state))


def check(draft: Draft) -> None:
    """A draft is fit without edits, plays to its end, and is the file that was written."""
    assert check_scenario(draft.scenario, draft.case.knowledge) == []
    assert set(play(draft).values()) == {1.0}


def draft(case: Case, flow: str, tmp_path: Path, **options: Any) -> Draft:
    return draft_scenario(case, flow, out=tmp_path / f"{flow}.yaml", **options)


@pytest.mark.parametrize("flow", ["f-del-courier", "f-edu-store", "f-acc-store"])
def test_numbers_and_kinds_are_those_of_the_inventory(
    flow: str, case: Case, drafts: Callable[[str], Draft]
) -> None:
    drafted = drafts(flow)

    check(drafted)
    flows, activities = (case.frames[t].set_index("id") for t in ("flows", "activities"))
    items = case.frames["items"].set_index("id")
    row = flows.loc[flow]
    truth, count = drafted.scenario.truth, drafted.scenario.injects["count"].reveals
    assert drafted.scenario.exposed == row["persons"] == count["persons"]["best"]
    assert truth["persons"] == row["persons"]
    owner = activities.loc[row["activity"]]
    young = {name: int(owner[name]) for name in ("minors", "children")}
    assert {name: truth[name]["best"] for name in young} == young
    kinds = set(items.loc[row["items"].split(";"), "category"]) - (
        set() if young["children"] else {"children.any"}
    )
    assert set(truth["categories"]) == kinds
    assert f"{row['persons']:,}" in drafted.scenario.summary.zh
    assert drafted.notes == ()


def test_people_and_channels_are_those_of_the_case(drafts: Callable[[str], Draft]) -> None:
    scenario = drafts("f-del-courier").scenario

    assert scenario.roles["officer"].zh == "首席隐私官"
    assert scenario.roles["officer"].office == "pi-protection-officer"
    assert scenario.decisions["persons"].options["each"].notices[0].way == "push"


def test_clocks_are_those_of_the_duties_engine(drafts: Callable[[str], Draft]) -> None:
    below, above = drafts("f-del-courier").scenario, drafts("f-acc-store").scenario

    assert "cn-cac-other" not in below.due
    assert below.decisions["hours"].options["watch"].score == 3
    assert {"cn-cac-other", "cn-cac-police", "cn-cac-sum"} <= set(above.due)
    assert above.decisions["hours"].options["now"].score == 3
    hours = below.decisions["authority"].options["within-72-hours"]
    assert (hours.score, hours.delay_min) == (1, 4200)
    assert "eu-gdpr 33(1)" in hours.clauses


def test_a_verified_encryption_with_safe_keys_leaves_the_copy_unreadable(
    shop: Case, drafts: Callable[[str], Draft], tmp_path: Path
) -> None:
    before = drafts("f-acc-store")
    after = draft_scenario(shop, "f-acc-store")

    check(after)
    assert before.scenario.truth["protection"] == {"unintelligible": "no", "key_safe": "no"}
    assert after.scenario.truth["protection"] == {"unintelligible": "yes", "key_safe": "yes"}
    assert {"cn-pipl-ind", "eu-gdpr33", "eu-gdpr34"} <= set(before.scenario.due)
    assert "cn-pipl-auth" in after.scenario.due
    assert not {"cn-pipl-ind", "eu-gdpr33", "eu-gdpr34"} & set(after.scenario.due)
    assert after.scenario.decisions["persons"].options["reasons"].score == 3
    assert "加密" in after.scenario.injects["protection"].text.zh
    partner = draft(shop, "f-del-courier", tmp_path).scenario
    assert partner.truth["protection"]["unintelligible"] == "no"


def test_a_draft_is_played_by_its_id_from_the_case(shop: Case) -> None:
    drafted = draft_scenario(shop, "f-hr-payroll")
    again = piaskit.read_case(shop.root)

    assert drafted.file == "packs/scenarios/own-f-hr-payroll.yaml"
    played = run_exercise("own-f-hr-payroll", again, policy="typical")
    assert isinstance(played, Exercise)
    assert played.state.ended
    assert check_scenario(again.knowledge.scenarios["own-f-hr-payroll"], again.knowledge) == []
    with pytest.raises(InvalidData) as refused:
        draft_scenario(again, "f-hr-payroll")
    assert str(refused.value) == (
        "own-f-hr-payroll.yaml: stands already (give --out another file, or delete it first)"
    )


@pytest.mark.parametrize("flow", ["f-send", "f-keep", "f-slip", "f-bare"])
def test_a_case_of_another_trade_plays_without_edits(
    flow: str, clinic: Case, tmp_path: Path
) -> None:
    drafted = draft(clinic, flow, tmp_path)

    check(drafted)
    told = drafted.to_dict()
    expected = {"f-send": 512, "f-keep": 840, "f-slip": 840, "f-bare": 1000}
    assert told["persons"] == expected[flow]
    assert drafted.scenario.roles["lead"].en == "Incident lead"


def test_what_had_to_be_assumed_is_told_in_both_languages(clinic: Case, tmp_path: Path) -> None:
    told = draft(clinic, "f-bare", tmp_path).to_dict()

    assert told["assumed"] == [
        "the inventory gives no number of persons for f-bare; the exercise assumes 1,000",
        "the inventory does not say how many minors are among them; the exercise assumes none",
        "the inventory names no kinds of information here; the exercise assumes names",
    ]
    assert told["assumed_zh"][0] == "清单未给出 f-bare 的人数；演练假定为 1,000 人"
    own = draft(clinic, "f-keep", tmp_path, persons=77).to_dict()
    assert own["persons"] == 77
    assert own["children"] == {"low": 1, "best": 38, "high": 77}
    assert own["assumed"] == [
        "the flow f-keep names no kinds of information; those of its activity are used"
    ]


@pytest.mark.parametrize(
    ("regimes", "operator", "role", "persons"),
    [
        (("eu-gdpr",), "other", "controller", 300),
        (("cn-pipl",), "cii", "controller", 2_000_000),
        (("cn-pipl",), "central-organ", "controller", 1_000_000),
        (("cn-pipl", "eu-gdpr"), "other", "processor", 300),
        (("cn-pipl",), "other", "processor", 300),
        (("uk-gdpr", "jp-appi"), "other", "controller", 300),
    ],
)
def test_other_laws_operators_and_roles_play_without_edits(
    regimes: tuple[str, ...], operator: str, role: str, persons: int, clinic: Case, tmp_path: Path
) -> None:
    activities = clinic.frames["activities"].assign(role=role)
    own = replace(
        clinic,
        regimes=regimes,
        organisation=replace(clinic.organisation, operator=operator),
        frames={**clinic.frames, "activities": activities},
    )

    drafted = draft(own, "f-send", tmp_path, persons=persons)

    check(drafted)
    if operator != "other":
        assert any(duty.startswith("cn-cac") for duty in drafted.scenario.due)


def test_a_regime_that_stays_for_a_person_to_judge_is_left_out_and_told(
    clinic: Case, tmp_path: Path
) -> None:
    drafted = draft(replace(clinic, regimes=("cn-pipl", "us-sec")), "f-send", tmp_path)

    check(drafted)
    assert drafted.scenario.truth["regimes"] == ["cn-pipl", "cn-cac"]
    assert drafted.to_dict()["assumed"][-1].startswith("us-sec is left out: on these facts us-sec")


def test_a_case_without_a_law_is_refused(clinic: Case, tmp_path: Path) -> None:
    for regimes in ((), ("us-sec",)):
        with pytest.raises(InvalidData) as refused:
            draft(replace(clinic, regimes=regimes), "f-send", tmp_path)
        assert str(refused.value) == (
            "case.yaml: no law of the case has duties that are decided for this flow "
            "(name a regime with duties in case.yaml, such as cn-pipl)"
        )


@pytest.mark.skipif(not FIDES.exists(), reason="the samples are not here")
def test_an_imported_register_plays_without_edits(tmp_path: Path) -> None:
    piaskit.import_register([FIDES], into=tmp_path / "demo")
    case = piaskit.read_case(tmp_path / "demo", as_of=date(2026, 11, 25))
    flow = case.frames["flows"]["id"].iloc[0]

    drafted = draft_scenario(case, flow)

    check(drafted)
    items = case.frames["items"].set_index("id")
    row = case.frames["flows"].iloc[0]
    assert set(drafted.scenario.truth["categories"]) <= set(items["category"])
    assert set(drafted.scenario.truth["categories"]) >= {
        items.loc[item, "category"] for item in row["items"].split(";")
    } - {"children.any"}


def test_an_unknown_flow_is_told_with_the_nearest_id(case: Case, tmp_path: Path) -> None:
    with pytest.raises(InvalidData) as refused:
        draft(case, "f-del-currier", tmp_path)

    assert str(refused.value) == (
        "flows: no flow is called f-del-currier (did you mean f-del-courier?)"
    )


def test_the_file_is_plain_yaml_without_anchors(drafts: Callable[[str], Draft]) -> None:
    drafted = drafts("f-edu-store")
    text = Path(drafted.file).read_text("utf-8")

    assert "&" not in text
    assert "*" not in text
    assert yaml.safe_load(text)["exposed"] == drafted.scenario.exposed
