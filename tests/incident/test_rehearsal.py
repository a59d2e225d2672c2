"""A rehearsed response: what is stated counts, what is not is named, and more hands help."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from piaskit.case import Case, new_case, read_case
from piaskit.errors import InvalidData
from piaskit.incident import build_facts, rehearse_response
from piaskit.incident.staffing import AFTER, read_staffing

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"
LEAK: dict[str, Any] = {
    "regimes": ["cn-pipl", "eu-gdpr"],
    "role": "controller",
    "times": {"discovered_at": "2026-11-01T09:00+08:00", "aware_at": "2026-11-01T10:00+08:00"},
    "persons": {"low": 900, "best": 1000, "high": 1300},
    "categories": ["identity.name", "finance.account"],
    "confidentiality": {"state": "confirmed", "recipients": "hostile"},
    "malicious": "yes",
}
SHIFTS = "id,title,people,opens_at,open_hours,days,country\n"
CHANNELS = "id,way,position,coverage,capacity,reach_low,reach,reach_high\n"


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case(MARKETPLACE)


def rehearse(case: Case, *, facts: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    options = {"trials": 400, **options}
    return rehearse_response(
        build_facts(facts or LEAK, case.knowledge), case, scenario="merge-mail-error", **options
    ).to_dict()


@pytest.fixture(scope="module")
def answer(case: Case) -> dict[str, Any]:
    return rehearse(case)


def put(case: Case, table: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Case:
    return replace(case, frames={**case.frames, table: change(case.frames[table].copy())})


def pick(found: list[dict[str, Any]], **wanted: str) -> dict[str, Any]:
    return next(one for one in found if wanted.items() <= one.items())


def test_milestones_follow_each_other_and_the_answer_is_json(answer: dict[str, Any]) -> None:
    medians = [one["q50"]["value"] for one in answer["milestones"]]
    names = [one["id"] for one in answer["milestones"]]

    assert names == ["detection", *AFTER, "told-50", "told-90", "sent"]
    by_name = dict(zip(names, medians, strict=True))
    assert by_name["triage"] < by_name["counting"] < by_name["decision"] < by_name["filing"]
    assert by_name["drafting"] < by_name["told-50"] < by_name["told-90"] <= by_name["sent"]
    json.dumps(answer, allow_nan=False)


def test_a_clock_is_that_of_the_duties_and_at_once_has_no_number(answer: dict[str, Any]) -> None:
    assert list(answer["missed"]) == ["eu-gdpr33"]
    missed = answer["missed"]["eu-gdpr33"]

    assert missed["hours"] == 73  # 72 from awareness, an hour after it was found
    assert missed["ci"][0] < missed["p"] < missed["ci"][1]
    at_once = [one["id"] for one in answer["at_once"]]
    assert {"cn-pipl-auth", "cn-pipl-ind"} <= set(at_once)
    assert all("hours" not in one for one in answer["at_once"])


def test_own_drills_go_before_published_times_and_those_before_the_convention(
    answer: dict[str, Any],
) -> None:
    sources = {one["id"]: one["source"] for one in answer["steps"]}

    assert sources["triage"] == sources["counting"] == "drills"
    assert sources["detection"] == sources["containment"] == "veris-2020-times"
    assert sources["drafting"] == "response-steps"  # three drills are too few
    containment = pick(answer["steps"], id="containment")
    assert containment["n"] == 26 and "misdelivery" in containment["because"].casefold()
    assert "CC BY-SA 4.0" in pick(answer["packs"], id="veris-2020-times")["attribution"]


def test_hours_of_drills_are_their_geometric_mean_widened_and_failures_are_counted(
    case: Case,
) -> None:
    staffing = read_staffing(case, "", case.as_of)
    counting = next(one for one in staffing.sources if one.step.id == "counting")
    hours = [14, 6, 22, 9, 11, 18]
    logs = [math.log(h) for h in hours]
    mean = sum(logs) / 6
    spread = math.sqrt(sum((x - mean) ** 2 for x in logs) / 5 * (1 + 1 / 6))

    assert (counting.step.ln_mu, counting.step.ln_sigma) == pytest.approx((mean, spread))
    assert counting.step.fails == pytest.approx(3 / 9)  # nine attempts, three to do again


def test_people_at_night_and_a_runbook_help_and_more_idle_hands_do_not(
    answer: dict[str, Any],
) -> None:
    effects = answer["effects"]
    night = pick(effects, kind="nights", subject="sh-privacy")
    runbook = pick(effects, kind="runbook", subject="counting")
    idle = pick(effects, kind="person", subject="sh-privacy")

    assert night["missed"]["eu-gdpr33"]["ci"][1] < 0
    assert runbook["hours"]["filing"]["ci"][1] < 0
    assert idle["hours"]["filing"]["value"] == 0
    assert answer["weakest"] == "counting"


def test_one_more_line_hastens_the_calls_where_the_lines_are_stated(case: Case) -> None:
    many = {**LEAK, "persons": 600_000}
    line = pick(rehearse(case, facts=many)["effects"], kind="line", subject="n-call")
    silent = put(case, "channels", lambda frame: frame.assign(lines=pd.NA).astype(frame.dtypes))
    without = rehearse(silent, facts=many, trials=50)

    assert line["hours"]["sent"]["ci"][1] < 0
    assert line["hours"]["filing"]["value"] == 0
    assert without["missing"] == ["channels/n-call.lines"]
    assert not [one for one in without["effects"] if one["kind"] == "line"]


def test_a_seed_gives_the_same_bytes_whatever_the_workers(
    case: Case, answer: dict[str, Any]
) -> None:
    facts = build_facts(LEAK, case.knowledge)
    with ThreadPoolExecutor(2) as pool:
        done = rehearse_response(
            facts, case, scenario="merge-mail-error", trials=400, executor=pool
        )
        shared = done.to_dict(pool)

    assert json.dumps(shared) == json.dumps(answer)
    assert rehearse(case, trials=50) != rehearse(case, trials=50, seed=2)


def test_an_incident_found_on_a_festival_evening_waits(case: Case) -> None:
    workday = rehearse(case, trials=200, found_at=datetime.fromisoformat("2026-09-22T10:00"))
    festival = rehearse(case, trials=200, found_at=datetime.fromisoformat("2026-10-01T22:00"))

    late = [one["missed"]["eu-gdpr33"]["p"] for one in (workday, festival)]
    assert late[1] == 1 and late[0] < 0.5
    assert festival["found_at"] == "2026-10-01T22:00"


def test_with_nobody_on_shift_every_clock_is_missed_and_that_is_told(case: Case) -> None:
    nobody = rehearse(put(case, "shifts", lambda frame: frame.assign(people=0)), trials=60)

    assert nobody["idle"] == list(AFTER)
    assert nobody["missed"]["eu-gdpr33"]["p"] == 1
    filing = pick(nobody["milestones"], id="filing")
    assert filing["q50"]["value"] is None and filing["never"] == 1
    assert {one["q95"]["value"] for one in nobody["known"]} == {0}
    assert nobody["persons"]["q50"]["value"] > 900  # they are there, and nobody tells them


def test_blank_tables_and_facts_are_named_and_nothing_is_made_up(case: Case) -> None:
    bare = put(put(case, "shifts", lambda f: f.iloc[:0]), "channels", lambda f: f.iloc[:0])
    facts = {"regimes": ["cn-pipl", "eu-gdpr"], "confidentiality": {"state": "confirmed"}}
    answer = rehearse(bare, facts=facts)

    assert answer["missing"] == ["shifts", "persons"]
    assert answer["milestones"] == [] and answer["missed"] == {} and answer["effects"] == []

    unstaffed = put(case, "shifts", lambda frame: frame.assign(people=pd.NA, country=None))
    told = rehearse(unstaffed)["missing"]
    assert "shifts/sh-privacy.people" in told and "shifts/sh-privacy.country" in told

    quiet = rehearse(put(case, "channels", lambda f: f.iloc[:0]), trials=50)
    assert quiet["missing"] == ["channels"] and quiet["known"] == []
    assert [one["id"] for one in quiet["milestones"]] == ["detection", *AFTER]


def test_an_undated_discovery_has_no_clock(case: Case) -> None:
    answer = rehearse(case, facts={**LEAK, "times": {}}, trials=50)

    assert answer["missed"] == {}
    assert answer["milestones"]


def test_another_organisation_with_one_person_and_a_telephone(tmp_path: Path) -> None:
    folder = tmp_path / "clinic"
    new_case(folder)
    inventory = folder / "inventory"
    inventory.mkdir(exist_ok=True)
    (inventory / "shifts.csv").write_text(SHIFTS + "s,Doctor,1,9,8,workdays,DE\n", encoding="utf-8")
    (inventory / "channels.csv").write_text(
        CHANNELS + "tel,telephone,1,100,6,100,100,100\n", encoding="utf-8"
    )
    clinic = read_case(folder, as_of=date(2026, 11, 25))
    many = rehearse(
        clinic, facts={**LEAK, "persons": 60}, found_at=datetime.fromisoformat("2026-12-24T15:00")
    )

    assert {one["source"] for one in many["steps"]} == {"veris-2020-times", "response-steps"}
    sent, drafted = pick(many["milestones"], id="sent"), pick(many["milestones"], id="drafting")
    gap = sent["q50"]["value"] - drafted["q50"]["value"]
    assert gap == pytest.approx(10, abs=3)  # sixty calls, six an hour
    early = pick(many["effects"], kind="range")
    assert early["hours"]["filing"]["value"] <= 0
    helps = pick(many["effects"], kind="person", subject="s")
    assert helps["hours"]["filing"]["value"] < 0  # containment and count are one person's now


def test_numbers_that_cannot_be_are_refused_all_at_once(case: Case) -> None:
    wrong = put(
        put(case, "shifts", lambda frame: frame.assign(opens_at=24, open_hours=0)),
        "drills",
        lambda frame: frame.assign(hours=0.0),
    )
    with pytest.raises(InvalidData) as refused:
        rehearse(wrong)

    assert {issue.slug for issue in refused.value.issues} == {"staffing-number"}
    assert len(refused.value.issues) == 2 * 4 + 27
    assert str(refused.value.issues[0]) == ("shifts, sh-soc: opens_at is 24, expected 0 to 23")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:00"])
def test_a_year_without_holidays_is_refused(case: Case, moment: str) -> None:
    with pytest.raises(InvalidData, match=r"found_at: .* cannot be"):
        rehearse(case, found_at=datetime.fromisoformat(moment))


def test_it_shows_itself_in_both_languages(case: Case) -> None:
    done = rehearse_response(
        build_facts(LEAK, case.knowledge), case, scenario="merge-mail-error", trials=50
    )
    english, chinese = (done.show(lang) for lang in ("en", "zh"))

    assert len(english) == len(chinese) == 6
    assert "Report filed" in str(english[0]) and "报告已报送" in str(chinese[0])
    assert "GDPR Art. 33(1)" in str(english[1])
    assert "立即" in str(chinese[1])
    assert "<table>" in done._repr_html_()
