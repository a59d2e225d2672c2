"""Every clock at its boundary, against numbers written by hand in `tests/keys/clocks.csv`."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from piaskit.incident import Decision, build_facts, decide_incident
from piaskit.incident.clocks import add_time
from piaskit.incident.duties import DecidedDuty
from piaskit.incident.workdays import NoCalendar, add_workdays, is_workday
from piaskit.knowledge import load_knowledge
from piaskit.knowledge.duty import Clock

KEY = Path(__file__).parents[1] / "keys" / "clocks.csv"
with KEY.open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
FIELDS = {
    "discovery": "discovered_at", "aware": "aware_at", "handling-ended": "handling_ended_at",
    "determined": "determined_at", "assessed": "assessed_at",
    "individuals-told": "individuals_told_at", "authority-told": "authority_told_at",
    "ransom-paid": "ransom_paid_at",
}  # fmt: skip
SECTORS = {"us-hipaa": "health", "us-ftc": "finance", "us-bank": "finance", "uk-pecr": "telecom"}
OPERATORS = {"cn-cac-cii": "cii", "cn-cac-central": "central-organ", "hk-ci": "cii"}
ANSWERS = (
    "us-sec-material", "us-bank-disrupted", "us-hipaa-one-state", "hk-core-disrupted",
    "ransom-paid", "au-ransom-entity", "cn-product-risk",
)  # fmt: skip


def decide(id: str, moment: datetime, **changes: Any) -> Decision:
    """Decide one duty after a grave leak; every clock may start at the moment."""
    times = dict.fromkeys(FIELDS.values(), moment.isoformat())
    content: dict[str, Any] = {
        "regimes": [id],
        "role": "controller",
        "operator": next((v for k, v in OPERATORS.items() if id.startswith(k)), "other"),
        "sector": next((v for k, v in SECTORS.items() if id.startswith(k)), "none"),
        "times": times,
        "medium": "electronic",
        "actor": "external",
        "malicious": "yes",
        "persons": 2_000_000,
        "categories": ["identity.name", "identity.national-id-number", "health.record"],
        "categories_complete": "yes",
        "vulnerable": "no",
        "confidentiality": {"state": "confirmed", "recipients": "hostile", "recalled": "none"},
        "integrity": {"state": "none"},
        "availability": {"state": "none"},
        "exfiltrated": "yes",
        "misuse": "none-known",
        "harm_avoided": "no",
        "public_threat": "yes" if id == "cn-ndsr10" else "no",
        "protection": {"unintelligible": "no", "key_safe": "no"},
        "outage": {"whole": "0h", "main_function": "0h"},
        "direct_loss": {"amount": 0, "currency": "CNY"},
        "answers": {**dict.fromkeys(ANSWERS, "yes"), "br-small-agent": "no"},
        **changes,
    }
    knowledge = load_knowledge()
    return decide_incident(build_facts(content, knowledge), knowledge)


def pick(id: str, moment: datetime, **changes: Any) -> DecidedDuty:
    """Decide one duty."""
    decided: list[DecidedDuty] = [d for d in decide(id, moment, **changes).duties if d.id == id]
    assert len(decided) == 1
    return decided[0]


def tell(id: str, moment: datetime, **changes: Any) -> dict[str, Any]:
    """Decide one duty and write it out."""
    duties = decide(id, moment, **changes).to_dict()["duties"]
    found: dict[str, Any] = next(duty for duty in duties if duty["id"] == id)
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["duty"])
def test_a_clock_runs_from_its_start_for_exactly_its_time(row: dict[str, str]) -> None:
    start = datetime.fromisoformat("2027-06-07T12:00+08:00")  # a Monday
    for moment in (start - timedelta(minutes=1), start, start + timedelta(minutes=1)):
        duty = pick(row["duty"], moment)
        assert (duty.decision, duty.missing, duty.starts_at) == ("required", (), moment)
        assert duty.deadline is not None
        passed = duty.deadline - moment
        unit = "hours" if row["kind"] == "hours" else "days"
        assert passed == timedelta(**{unit: int(row["number"])})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["duty"])
def test_another_start_does_not_move_the_clock(row: dict[str, str]) -> None:
    moment = datetime.fromisoformat("2027-06-07T09:00+08:00")
    order = ("discovery", "aware", "determined", "assessed", "ransom-paid", "authority-told",
             "individuals-told", "handling-ended")  # fmt: skip
    times = {start: moment + timedelta(minutes=7 * n) for n, start in enumerate(order)}
    stated = {FIELDS[start]: time.isoformat() for start, time in times.items()}
    duty = pick(row["duty"], moment, times=stated)

    assert duty.starts_at == times[row["start"]]


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["persons"]], ids=lambda row: row["duty"]
)
def test_a_number_of_persons_includes_itself_and_not_one_below(row: dict[str, str]) -> None:
    moment = datetime.fromisoformat("2027-06-07T09:00+08:00")
    number = int(row["persons"])
    below, at, above = (
        pick(row["duty"], moment, persons=count).decision
        for count in (number - 1, number, number + 1)
    )

    assert (below, at, above) == ("not-required", "required", "required")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["duty"])
def test_a_rule_binds_from_the_day_it_came_into_force(row: dict[str, str]) -> None:
    first = datetime.fromisoformat(f"{row['in_force']}T00:00+08:00")
    before = pick(row["duty"], first - timedelta(minutes=1))

    assert before.decision == "not-required"
    assert pick(row["duty"], first).decision == "required"


def test_every_clock_of_a_law_stands_in_the_key() -> None:
    clocks = {
        id
        for pack in load_knowledge().duties.values()
        for id, duty in pack.duties.items()
        if duty.clock and duty.standing == "law"
    }
    named = {row["duty"] for row in ROWS}

    assert clocks - named == {
        "cn-cac-cii-police", "us-hipaa-auth", "us-hipaa-controller", "kr-possible", "tw-pdpa-auth",
    }  # fmt: skip
    assert named <= clocks


@pytest.mark.parametrize(
    ("persons", "deadline"),
    [(499, "2028-03-01T00:00+08:00"), (500, "2027-08-06T09:00+08:00")],
)
def test_few_patients_are_told_to_the_department_after_the_year(
    persons: int, deadline: str
) -> None:
    duty = tell("us-hipaa-auth", datetime.fromisoformat("2027-06-07T09:00+08:00"), persons=persons)

    assert duty["deadline"] == deadline


def test_an_act_without_intent_gives_the_final_report_in_japan_thirty_days() -> None:
    moment = datetime.fromisoformat("2027-06-07T09:00+08:00")
    open_intent = tell("jp-final", moment, malicious="unknown")

    assert tell("jp-final", moment, malicious="no")["deadline"] == "2027-07-07T09:00+08:00"
    assert open_intent["deadline"] == "2027-07-07T09:00+08:00"
    assert open_intent["missing"] == ["malicious"]


def test_a_soft_clock_an_assessment_and_a_voluntary_notice_say_what_they_are() -> None:
    moment = datetime.fromisoformat("2027-06-07T09:00+08:00")
    prompt, expected = tell("jp-prompt", moment), tell("nz-auth", moment)
    assessed = tell("au-oaic-auth", moment)
    advised, proposed = tell("hk-pcpd-auth", moment), tell("eu-omnibus", moment)

    assert prompt["deadline_standing"] == expected["deadline_standing"] == "guideline"
    assert (assessed["deadline"], assessed["assess_by"]) == (None, "2027-07-07T09:00+08:00")
    assert (advised["decision"], advised["standing"]) == ("not-required", "voluntary")
    assert advised["because"] == ["No law demands it; guidance recommends it."]
    assert (proposed["decision"], proposed["standing"]) == ("not-required", "proposal")
    assert proposed["because_zh"] == ["仅为立法提案，尚未生效。"]


@pytest.mark.parametrize(
    ("start", "days", "country", "end"),
    [
        ("2026-12-24T10:00-05:00", 4, "US", "2026-12-31T10:00-05:00"),
        ("2026-12-31T10:00-05:00", 1, "US", "2027-01-04T10:00-05:00"),
        ("2026-04-20T18:00-03:00", 3, "BR", "2026-04-24T18:00-03:00"),
        ("2026-02-13T09:00+08:00", 1, "CN", "2026-02-14T09:00+08:00"),
        ("2026-02-14T09:00+08:00", 1, "CN", "2026-02-24T09:00+08:00"),
        ("2026-09-30T09:00+08:00", 2, "CN", "2026-10-09T09:00+08:00"),
    ],
)
def test_business_days_skip_holidays_and_count_make_up_days(
    start: str, days: int, country: str, end: str
) -> None:
    found = add_workdays(datetime.fromisoformat(start), days, country)

    assert found.isoformat(timespec="minutes") == end


def test_a_year_that_nobody_announced_has_no_business_days() -> None:
    with pytest.raises(NoCalendar, match="CN 2031"):
        is_workday(date(2031, 1, 4), "CN")
    with pytest.raises(NoCalendar, match="XX 2026"):
        is_workday(date(2026, 1, 5), "XX")
    clock = Clock(days=3, kind="business", start="aware", country="CN")
    with pytest.raises(NoCalendar):
        add_time(datetime.fromisoformat("2030-12-31T09:00+08:00"), clock)


def test_a_deadline_over_an_unpublished_year_is_for_a_person_to_judge(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(start: datetime, clock: Clock) -> datetime:
        raise NoCalendar("BR", start.year)

    monkeypatch.setattr("piaskit.incident.duties.add_time", refuse)
    duty = tell("br-anpd-auth", datetime.fromisoformat("2027-06-07T09:00-03:00"))

    assert (duty["decision"], duty["deadline"]) == ("judge", None)
    assert duty["missing"] == ["calendar of BR 2027"]
    assert duty["because_zh"][-1] == "BR 2027 年的节假日安排尚未公布，无法计算工作日。"
