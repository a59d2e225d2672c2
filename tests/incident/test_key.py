"""The answer key of the duties, written by hand before the engine, against the engine."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from piaskit.errors import InvalidData
from piaskit.incident import build_facts, decide_incident
from piaskit.knowledge import load_knowledge

KEY = yaml.safe_load((Path(__file__).parents[1] / "keys" / "duties.yaml").read_text("utf-8"))
CASES = {case["id"]: case for case in KEY["cases"]}
ANSWERED = sorted(id for id, case in CASES.items() if "refused" not in case["expect"])
REFUSED = sorted(set(CASES) - set(ANSWERED))
CHINA = timezone(timedelta(hours=8))


def answer(id: str) -> dict[str, Any]:
    knowledge = load_knowledge()
    return decide_incident(build_facts(CASES[id]["facts"], knowledge), knowledge).to_dict()


def pick(duties: list[dict[str, Any]], id: str) -> list[dict[str, Any]]:
    """Return the duty of an id, or the parts it is split into by recipient."""
    parts = ("", "-auth", "-ind", "-guardians", "-police")
    return [duty for duty in duties if duty["id"] in {id + part for part in parts}]


def same_moment(found: str | None, wanted: str | None) -> bool:
    if found is None or wanted is None:
        return found is wanted
    moment = datetime.fromisoformat(found)
    if len(wanted) == len("2026-01-31"):
        return moment.astimezone(CHINA).date() == date.fromisoformat(wanted)
    return moment == datetime.fromisoformat(wanted)


def names_fact(missing: list[str], name: str) -> bool:
    return any(name == path or name in path.split(".") for path in missing)


@pytest.mark.parametrize("id", ANSWERED)
def test_the_engine_answers_as_the_key_says(id: str) -> None:
    wanted, found = CASES[id]["expect"], answer(id)
    wrong: list[str] = []
    for duty_id, certain in wanted.get("duties", {}).items():
        duties = pick(found["duties"], duty_id)
        if not duties:
            wrong.append(f"{duty_id} is not listed")
        for duty in duties:
            allowed = certain.get("decision", duty["decision"])
            if duty["decision"] not in ([allowed] if isinstance(allowed, str) else allowed):
                wrong.append(f"{duty['id']} is {duty['decision']}, not {allowed}")
            for name in ("starts_at", "deadline"):
                if name in certain and not same_moment(duty[name], certain[name]):
                    wrong.append(f"{duty['id']}.{name} is {duty[name]}, not {certain[name]}")
            for name in certain.get("missing_includes", ()):
                if not names_fact(duty["missing"], name):
                    wrong.append(f"{duty['id']} misses {duty['missing']}, not {name}")
    for duty_id in wanted.get("silent", ()):
        spoken = [d for d in pick(found["duties"], duty_id) if d["decision"] != "not-required"]
        wrong += [f"{duty['id']} is {duty['decision']}, not silent" for duty in spoken]
    wrong += [f"{id} is listed" for id in wanted.get("absent", ()) if pick(found["duties"], id)]
    level = found["severity"]["cn"]["level"]
    if "cn_level" in wanted and level != wanted["cn_level"]:
        wrong.append(f"level is {level}, not {wanted['cn_level']}")

    assert wrong == [], CASES[id]["why"]


@pytest.mark.parametrize("id", REFUSED)
def test_facts_that_the_key_refuses_are_refused_by_name(id: str) -> None:
    with pytest.raises(InvalidData) as refused:
        answer(id)

    told = "\n".join(str(issue) for issue in refused.value.issues)
    assert {issue.slug for issue in refused.value.issues} == {"facts-contradiction"}
    for name in CASES[id]["expect"]["refused"]:
        assert name in told


def test_the_key_has_cases_of_every_kind() -> None:
    assert len(ANSWERED) > 80
    assert len(REFUSED) >= 12
