"""Live use: versions are only added, clocks run out in order, and what changed is told again."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from piaskit.errors import InvalidData
from piaskit.incident import (
    Watch,
    decide_incident,
    read_facts,
    read_history,
    record_notice,
    watch_incident,
)
from piaskit.incident.history import find_history, keep_version, list_told, list_versions
from piaskit.knowledge import load_knowledge

START = datetime.fromisoformat("2026-03-02T09:00+08:00")
FACTS = """\
regimes: [cn-pipl, cn-cac, eu-gdpr]
role: controller
operator: other
times: {discovered_at: 2026-03-02T09:00+08:00, aware_at: 2026-03-02T09:00+08:00}
persons: 1000000
confidentiality: {state: confirmed, recipients: hostile}
categories: [account.password]
"""


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    path = tmp_path / "leak.yaml"
    path.write_text(FACTS, "utf-8")
    return path


def look(path: Path, now: datetime | None = None) -> Watch:
    knowledge = load_knowledge()
    decision = decide_incident(read_facts(path, knowledge), knowledge)
    return watch_incident(decision, read_history(path, knowledge), now)


def test_a_content_is_kept_once_and_never_overwritten(facts: Path) -> None:
    first = keep_version(facts, START)
    again = keep_version(facts, START + timedelta(hours=1))
    facts.write_text(FACTS + "misuse: possible\n", "utf-8")
    second = keep_version(facts, START + timedelta(hours=2))
    facts.write_text(FACTS, "utf-8")
    third = keep_version(facts, START + timedelta(hours=3))

    assert again.path == first.path
    assert [v.sha256 for v in list_versions(facts)] == [first.sha256, second.sha256, first.sha256]
    assert first.path.read_text("utf-8") == FACTS
    assert third.path.name == f"20260302T040000Z-{first.sha256[:12]}.yaml"


def test_the_earliest_open_clock_comes_first_and_says_what_is_left(facts: Path) -> None:
    watch = look(facts, START + timedelta(hours=1))

    assert watch.next is not None
    assert watch.next.decided.id == "cn-cac-other"
    assert watch.next.left == timedelta(hours=3)
    states = [tick.state for tick in watch.ticks]
    assert states.index("judge") > states.index("open") if "judge" in states else True
    assert watch.to_dict()["next"]["do"] == "tell"


def test_a_clock_is_late_a_minute_after_its_deadline_and_not_a_minute_before(facts: Path) -> None:
    states = [
        next(t.state for t in look(facts, START + late).ticks if t.decided.id == "cn-cac-other")
        for late in (timedelta(hours=3, minutes=59), timedelta(hours=4, minutes=1))
    ]

    assert states == ["open", "late"]


def test_a_recorded_notice_stops_its_clock_and_the_next_one_comes(facts: Path) -> None:
    record_notice(facts, "cn-cac-other", START + timedelta(hours=2), "hotline")
    watch = look(facts, START + timedelta(hours=3))

    assert watch.next is not None
    assert watch.next.decided.id == "eu-gdpr33"
    told = next(t for t in watch.ticks if t.decided.id == "cn-cac-other")
    assert (told.state, told.left) == ("told", None)
    assert told.told is not None
    assert told.told.way == "hotline"


def test_a_notice_after_the_deadline_is_told_late(facts: Path) -> None:
    record_notice(facts, "cn-cac-other", START + timedelta(hours=5))

    assert {t.decided.id: t.state for t in look(facts).ticks}["cn-cac-other"] == "told-late"


def test_facts_that_changed_after_a_notice_are_named_for_the_next_phase(facts: Path) -> None:
    record_notice(facts, "eu-gdpr33", START + timedelta(hours=2))
    facts.write_text(FACTS.replace("1000000", "1400000") + "misuse: confirmed\n", "utf-8")
    watch = look(facts)

    tick = next(t for t in watch.ticks if t.decided.id == "eu-gdpr33")
    assert [change.path for change in tick.changed] == ["misuse", "persons"]
    assert [change.to_dict()["fact"] for change in watch.changes] == ["misuse", "persons"]


def test_without_a_present_nothing_is_late_and_no_time_is_left(facts: Path) -> None:
    answer = look(facts).to_dict()

    assert {clock["left_min"] for clock in answer["clocks"]} == {None}
    assert "late" not in {clock["state"] for clock in answer["clocks"]}


def test_a_line_that_is_no_notice_is_refused_with_its_row(facts: Path) -> None:
    record_notice(facts, "eu-gdpr33", START)
    log = find_history(facts) / "told.jsonl"
    log.write_text(log.read_text("utf-8") + "{}\n", "utf-8")

    with pytest.raises(InvalidData, match=r"leak\.history/told\.jsonl row 2: is no notice"):
        list_told(facts)


def test_a_history_that_is_a_link_is_refused(facts: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    find_history(facts).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(InvalidData, match="is a link, expected a folder"):
        keep_version(facts, START)
