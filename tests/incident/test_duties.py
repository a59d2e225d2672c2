"""Duties: laws that hold for all facts, boundaries, clocks over zones, and what packs may say."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from piaskit.incident import build_facts, decide_incident
from piaskit.incident.conditions import CONDITIONS
from piaskit.incident.fields import FIELDS
from piaskit.incident.severity import LEVELS, find_grading, grade_incident
from piaskit.knowledge import load_knowledge
from piaskit.knowledge.duty import Named
from piaskit.knowledge.load import BUILT_IN

FIRST = datetime(2025, 11, 2, tzinfo=UTC)
REGIMES = ["cn-pipl", "cn-cac", "eu-gdpr"]
COUNTS = st.one_of(
    st.integers(0, 200_000_000),
    st.sampled_from([n + d for n in (10**5, 10**6, 10**7, 10**8) for d in (-1, 0, 1)]),
)
CHOICES = {
    path: st.sampled_from([None, *given.words])
    for path, given in FIELDS.items()
    if given.words and path != "answers" and not path.startswith("enisa.")
}


def decide(content: dict[str, Any]) -> dict[str, Any]:
    knowledge = load_knowledge()
    return decide_incident(build_facts(content, knowledge), knowledge).to_dict()


def nest(flat: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for path, value in flat.items():
        group, _, name = path.rpartition(".")
        (content.setdefault(group, {}) if group else content)[name] = value
    return content


@st.composite
def draw_facts(draw: Any) -> dict[str, Any]:
    """Draw facts whose words do not contradict each other; counts and times are left blank."""
    flat = {path: draw(choice) for path, choice in CHOICES.items()}
    if flat["confidentiality.state"] == "none":
        flat |= {"exfiltrated": "no", "confidentiality.recipients": None}
    if flat["availability.state"] == "none":
        flat["availability.consequence"] = None
    if flat["misuse"] == "confirmed":
        flat |= {"harm_avoided": "no", "confidentiality.state": "confirmed"}
    if flat["availability.state"] == "none":
        flat["availability.restored_after"] = None
    if flat["availability.consequence"] == "severe" and flat["harm_avoided"] == "yes":
        flat["harm_avoided"] = "no"
    if flat["confidentiality.recipients"] == "none":
        flat |= {"confidentiality.recalled": "none", "exfiltrated": "no"}
    return {"regimes": REGIMES, **nest(flat)}


@st.composite
def draw_nested(draw: Any) -> tuple[dict[str, int], dict[str, int]]:
    """Draw a range and a narrower one inside it."""
    low, inner_low, inner_high, high = sorted(draw(COUNTS) for _ in range(4))
    return {"low": low, "high": high}, {"low": inner_low, "high": inner_high}


@settings(max_examples=60, deadline=None)
@given(facts=draw_facts(), ranges=draw_nested(), name=st.sampled_from(["persons", "minors"]))
def test_a_narrower_range_never_opens_a_decided_duty(
    facts: dict[str, Any], ranges: tuple[dict[str, int], dict[str, int]], name: str
) -> None:
    # Nobody at all is another fact than few: then there is nobody whom a duty protects.
    assume(name != "persons" or ranges[1]["high"] > 0)
    wide, narrow = (decide({**facts, name: count})["duties"] for count in ranges)
    for before, after in zip(wide, narrow, strict=True):
        if before["decision"] != "judge":
            assert after["decision"] == before["decision"], before["id"]


@settings(max_examples=60, deadline=None)
@given(facts=draw_facts(), counts=st.tuples(COUNTS, COUNTS), loss=st.tuples(COUNTS, COUNTS))
def test_more_persons_or_loss_never_lower_the_level(
    facts: dict[str, Any], counts: tuple[int, int], loss: tuple[int, int]
) -> None:
    knowledge = load_knowledge()
    pack = find_grading(knowledge)
    assert pack is not None
    found = []
    for persons, amount in zip(sorted(counts), sorted(loss), strict=True):
        money = {"amount": amount, "currency": "CNY"}
        content = {**facts, "persons": persons, "direct_loss": money}
        found.append(grade_incident(build_facts(content, knowledge), pack))

    assert LEVELS.index(found[0].lowest) <= LEVELS.index(found[1].lowest)
    assert LEVELS.index(found[0].highest) <= LEVELS.index(found[1].highest)


@settings(max_examples=30, deadline=None)
@given(facts=draw_facts(), turned=st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_change_a_byte(facts: dict[str, Any], turned: Any) -> None:
    keys = list(facts)
    turned.shuffle(keys)

    assert json.dumps(decide({key: facts[key] for key in keys})) == json.dumps(decide(facts))


@settings(max_examples=60, deadline=None)
@given(facts=draw_facts(), count=COUNTS)
def test_a_count_never_decides_under_the_gdpr(facts: dict[str, Any], count: int) -> None:
    blank, stated = (decide({**facts, **more}) for more in ({}, {"persons": max(count, 1)}))
    pairs = zip(blank["duties"], stated["duties"], strict=True)

    gdpr = [(a["decision"], b["decision"]) for a, b in pairs if a["regime"] == "eu-gdpr"]

    assert len(gdpr) == 3
    assert all(before == after for before, after in gdpr)


@settings(max_examples=60, deadline=None)
@given(facts=draw_facts())
def test_a_hostile_recipient_never_weakens_a_duty(facts: dict[str, Any]) -> None:
    order = ("not-required", "judge", "required")
    leaked = {**facts, "exfiltrated": "no", "integrity": {"state": "none"}}
    calm, hostile = (
        decide({**leaked, "confidentiality": {"state": "confirmed", "recipients": who}})["duties"]
        for who in ("known-trusted", "hostile")
    )
    for before, after in zip(calm, hostile, strict=True):
        assert order.index(before["decision"]) <= order.index(after["decision"]), before["id"]


@settings(max_examples=60, deadline=None)
@given(facts=draw_facts())
def test_unintelligible_data_with_a_safe_key_never_strengthen_a_duty(facts: dict[str, Any]) -> None:
    order = ("not-required", "judge", "required")
    readable, safe = (
        decide({**facts, "protection": {"unintelligible": word, "key_safe": word}})["duties"]
        for word in ("no", "yes")
    )
    for before, after in zip(readable, safe, strict=True):
        assert order.index(after["decision"]) <= order.index(before["decision"]), before["id"]


@settings(max_examples=60, deadline=None)
@given(facts=draw_facts())
def test_health_data_never_weaken_a_duty(facts: dict[str, Any]) -> None:
    order = ("not-required", "judge", "required")
    plain, sensitive = (
        decide({**facts, "categories": kinds})["duties"]
        for kinds in (["contact.phone"], ["contact.phone", "health.record"])
    )
    for before, after in zip(plain, sensitive, strict=True):
        assert order.index(before["decision"]) <= order.index(after["decision"]), before["id"]


@settings(max_examples=60, deadline=None)
@given(facts=draw_facts())
def test_every_open_duty_says_why_and_no_reason_stands_in_one_language(
    facts: dict[str, Any],
) -> None:
    for duty in decide(facts)["duties"]:
        assert duty["because"]
        assert len(duty["because"]) == len(duty["because_zh"])
        assert not set(duty["because"]) & set(duty["because_zh"])


@settings(max_examples=40, deadline=None)
@given(
    facts=draw_facts(),
    start=st.integers(0, 40_000).map(lambda hours: FIRST + timedelta(hours=hours)),
)
def test_a_duty_of_the_pipl_never_has_a_deadline(facts: dict[str, Any], start: datetime) -> None:
    times = {"discovered_at": start, "aware_at": start, "handling_ended_at": start}
    duties = decide({**facts, "times": times})["duties"]

    own = [duty for duty in duties if duty["regime"] == "cn-pipl"]

    assert len(own) == 12
    assert {duty["deadline"] for duty in own} == {None}
    assert {duty.get("if_true", {}).get("deadline") for duty in own} == {None}


def test_no_pack_gives_the_pipl_a_clock() -> None:
    knowledge = load_knowledge()
    files = {path.stem for path in (BUILT_IN / "duties").glob("*.yaml")}
    own = [duty for p in knowledge.duties.values() if p.regime == "cn-pipl" for duty in
           p.duties.values()]  # fmt: skip

    assert set(knowledge.duties) == files
    assert own
    assert all(duty.clock is None for duty in own)
    assert not [duty.wording.en for duty in own if any(c.isdigit() for c in duty.wording.en)]


def test_every_condition_of_a_pack_has_an_answer_and_every_answer_is_asked() -> None:
    asked = {
        inner.named
        for pack in load_knowledge().duties.values()
        for duty in pack.duties.values()
        for one in (*duty.requires, *duty.unless, *pack.criteria.values())
        for inner in one.walk()
        if inner.named
    }

    assert set(CONDITIONS) == set(get_args(Named)) == asked


def test_every_fact_that_a_notice_asks_for_is_a_field() -> None:
    for pack in load_knowledge().duties.values():
        for notice in pack.notices.values():
            for element in notice.elements.values():
                for path in element.facts:
                    assert path in FIELDS or path.startswith("persons_in.")


@pytest.mark.parametrize(
    ("operator", "duty", "hours"),
    [
        ("other", "cn-cac-other", 4),
        ("cii", "cn-cac-cii", 1),
        ("central-organ", "cn-cac-central", 2),
    ],
)
def test_the_clock_of_each_operator_runs_from_the_threshold_on(
    leak: Any, operator: str, duty: str, hours: int
) -> None:
    below = leak(operator=operator, persons=999_999)[duty]
    reached = leak(operator=operator, persons=1_000_000)[duty]

    assert (below["decision"], below["deadline"]) == ("not-required", None)
    assert reached["decision"] == "required"
    assert reached["starts_at"] == "2026-03-02T09:10+08:00"
    assert reached["deadline"] == f"2026-03-02T{9 + hours:02}:10+08:00"


@pytest.mark.parametrize(
    ("amount", "level"),
    [
        ("4999999.99", "general"), ("5000000", "larger"), ("19999999.99", "larger"),
        ("20000000", "major"), ("99999999.99", "major"), ("100000000", "especially-major"),
    ],
)  # fmt: skip
def test_direct_loss_reaches_each_level_at_its_number(leak: Any, amount: str, level: str) -> None:
    assert leak.level(direct_loss={"amount": amount, "currency": "CNY"}) == level


@pytest.mark.parametrize(
    ("outage", "level"),
    [
        ({"whole": "9min", "main_function": "29min"}, "general"),
        ({"whole": "10min", "main_function": "10min"}, "larger"),
        ({"whole": "0h", "main_function": "30min"}, "larger"),
        ({"whole": "359min", "main_function": "359min"}, "larger"),
        ({"whole": "6h", "main_function": "6h"}, "especially-major"),
        ({"whole": "0h", "main_function": "1439min"}, "larger"),
        ({"whole": "0h", "main_function": "24h"}, "especially-major"),
        ({"whole": "10min"}, "larger"),
        ({"main_function": "9min"}, "general"),
    ],
)
def test_an_outage_of_critical_infrastructure_reaches_its_level(
    leak: Any, outage: dict[str, str], level: str
) -> None:
    found = leak.decide(operator="cii", outage=outage).severity

    assert found.lowest == level
    assert leak.level(operator="other", outage=outage) == "general"


def test_a_number_that_is_not_known_is_told_and_does_not_decide(leak: Any) -> None:
    outage = {"whole": "3h", "main_function": "3h"}
    found = leak.decide(operator="cii", outage=outage).to_dict()["severity"]["cn"]

    assert found["level"] == "larger"
    assert "From how many minutes of whole outage it is major is not known." in found["because"]


def test_a_number_of_low_confidence_leaves_the_level_open(leak: Any) -> None:
    knowledge = load_knowledge()
    pack = find_grading(knowledge)
    assert pack is not None
    larger = pack.levels["larger"]
    doubted = larger.criteria["persons"].model_copy(update={"confidence": "low"})
    criteria = {**larger.criteria, "persons": doubted}
    levels = {**pack.levels, "larger": larger.model_copy(update={"criteria": criteria})}
    found = grade_incident(
        leak.decide(persons=2_000_000).facts, pack.model_copy(update={"levels": levels})
    )

    assert (found.lowest, found.highest, found.level) == ("general", "larger", None)
    assert found.grounds[0].say(knowledge.labels, "en") == [
        "The number 1,000,000 for larger is reached, but it is not well enough confirmed to decide."
    ]


def test_a_loss_in_another_currency_is_not_converted(leak: Any) -> None:
    duty = leak(direct_loss={"amount": 1, "currency": "EUR"})["cn-cac-other"]

    assert duty["decision"] == "judge"
    assert duty["missing"] == ["direct_loss in CNY"]
    assert duty["if_true"] == {
        "starts_at": "2026-03-02T09:10+08:00",
        "deadline": "2026-03-02T13:10+08:00",
    }


@pytest.mark.parametrize(
    ("aware", "deadline"),
    [
        ("2026-03-28T10:00+01:00", "2026-03-31T10:00+01:00"),
        ("2026-10-23T18:00+02:00", "2026-10-26T18:00+02:00"),
        ("2028-02-27T23:59:30-05:00", "2028-03-01T23:59:30-05:00"),
        ("2026-12-30T12:00+00:00", "2027-01-02T12:00+00:00"),
    ],
)
def test_seventy_two_hours_are_hours_and_keep_the_offset_of_their_start(
    leak: Any, aware: str, deadline: str
) -> None:
    duty = leak(times={"aware_at": aware})["eu-gdpr33"]

    assert (duty["decision"], duty["starts_at"], duty["deadline"]) == ("required", aware, deadline)
    passed = datetime.fromisoformat(deadline) - datetime.fromisoformat(aware)
    assert passed == timedelta(hours=72)


def test_the_gdpr_clock_does_not_start_at_discovery(leak: Any) -> None:
    duty = leak(times={"discovered_at": "2026-03-02T09:10+08:00"})["eu-gdpr33"]

    assert (duty["decision"], duty["deadline"]) == ("required", None)
    assert duty["missing"] == ["times.aware_at"]


def test_a_rule_does_not_reach_back_before_it_came_into_force(leak: Any) -> None:
    before = {"discovered_at": "2025-10-31T23:59+08:00"}
    first = {"discovered_at": "2025-11-01T00:00+08:00"}

    assert leak(persons=10**6, times=before)["cn-cac-other"]["decision"] == "not-required"
    assert leak(persons=10**6, times=first)["cn-cac-other"]["decision"] == "required"


@pytest.mark.parametrize(
    ("counts", "decision"),
    [
        ({"persons": 999_999, "sensitive_persons": 99_999}, "not-required"),
        ({"persons": 1_000_000, "sensitive_persons": 0}, "judge"),
        ({"persons": 999_999, "sensitive_persons": 100_000}, "judge"),
        ({"persons": 99_999, "sensitive_persons": None}, "not-required"),
        ({"persons": 100_000, "sensitive_persons": None}, "not-required"),
        (
            {"persons": 100_000, "sensitive_persons": None, "categories": ["health.record"]},
            "judge",
        ),
    ],
)
def test_an_audit_may_be_ordered_from_its_numbers_on(
    leak: Any, counts: dict[str, Any], decision: str
) -> None:
    assert leak(**counts)["cn-audit5"]["decision"] == decision


def test_a_regime_without_a_pack_is_left_to_a_person(leak: Any) -> None:
    duty = leak(regimes=["xx-law"])["xx-law"]

    assert duty["decision"] == "judge"
    assert duty["missing"] == ["a pack of duties for xx-law"]
    assert duty["because"] == ["No pack of duties decides for xx-law."]


def test_nothing_known_at_all_leaves_everything_open_and_names_the_regimes() -> None:
    answer = decide({})

    open_duties = [duty for duty in answer["duties"] if "standing" not in duty]
    assert {duty["decision"] for duty in open_duties} == {"judge"}
    assert all("regimes" in duty["missing"] for duty in open_duties)
    assert answer["record"] is True


def test_what_came_back_was_not_lost_but_stays_a_security_event(leak: Any) -> None:
    duties = leak(
        confidentiality={"state": "none"},
        exfiltrated="no",
        availability={"state": "confirmed", "restored_after": "6h", "consequence": "none"},
        harm_avoided=None,
    )

    assert duties["cn-pipl-auth"]["decision"] == "not-required"
    assert duties["cn-ndsr11-auth"]["decision"] == "required"
    assert duties["eu-gdpr33"]["decision"] == "not-required"


@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        ({"categories": ["health.record"]}, "required"),
        ({"categories": ["contact.phone"]}, "not-required"),
        ({"categories": ["contact.phone"], "volume_per_person": "much"}, "required"),
        ({"categories": ["contact.phone"], "volume_per_person": None}, "not-required"),
        ({"categories": None}, "judge"),
        ({"categories": None, "misuse": "confirmed"}, "judge"),
        ({"categories": ["contact.phone"], "misuse": "confirmed"}, "not-required"),
        ({"categories": ["contact.phone"], "vulnerable": None}, "not-required"),
        ({"categories": ["contact.phone"], "vulnerable": "unknown"}, "judge"),
        ({"categories": ["health.record"], "harm_avoided": "yes"}, "not-required"),
        ({"vulnerable": "yes"}, "required"),
        ({"special": {"credentials": "yes"}}, "required"),
        (
            {
                "categories": ["health.record"],
                "exfiltrated": "no",
                "confidentiality": {"state": "confirmed", "recipients": "known-trusted"},
            },
            "not-required",
        ),
    ],
)
def test_a_high_risk_is_argued_from_data_persons_and_hands(
    leak: Any, changes: dict[str, Any], decision: str
) -> None:
    assert leak(**changes)["eu-gdpr34"]["decision"] == decision


def test_a_notice_lists_what_the_law_wants_and_what_the_facts_give(leak: Any) -> None:
    answer = leak.decide(mitigations=["tokens revoked"]).to_dict()
    notice = next(n for n in answer["notices"] if n["duty"] == "eu-gdpr33")

    assert [element["id"] for element in notice["elements"]] == [
        "nature", "contact", "consequences", "measures",
    ]  # fmt: skip
    assert notice["elements"][3]["given"] == {"mitigations": ["tokens revoked"]}
    assert notice["elements"][0]["missing"] == ["persons_in.eu-gdpr"]
    assert notice["elements"][1]["to_write"] is True
    assert {n["duty"] for n in answer["notices"]} == {
        "cn-pipl-auth", "cn-pipl-ind", "cn-ndsr11-ind", "eu-gdpr33",
    }  # fmt: skip
