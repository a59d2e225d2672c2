"""A report of a leak: facts with blanks, first measures, a dated request; nothing invented."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from piaskit.case import Case, read_case
from piaskit.errors import InvalidData
from piaskit.incident import read_facts, take_report
from piaskit.incident.history import list_versions
from piaskit.incident.intake import write_facts
from piaskit.knowledge import load_knowledge

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"
DAY = date(2026, 11, 13)
REPORT: dict[str, Any] = {
    "id": "user-1",
    "received_at": "2026-11-13T10:20+08:00",
    "account": "buyer_lilei",
    "password_exposed": "yes",
    "saw": "A strange address in my account, call me at 13812345678",
    "asks": "delete; access",
    "contact": "li.lei@mail.example",
}


@pytest.fixture
def shop(tmp_path: Path) -> Case:
    shutil.copytree(MARKETPLACE, tmp_path / "shop")
    return read_case(tmp_path / "shop", as_of=DAY)


def test_a_report_becomes_facts_a_request_and_a_version(shop: Case) -> None:
    taken = take_report(REPORT, shop, as_of=DAY)
    path = shop.root / "incidents" / "user-1.yaml"
    facts = read_facts(path, load_knowledge())

    assert facts["confidentiality.state"] == "possible"
    assert facts["categories"] == ("account.login", "account.password")
    assert facts["persons"].to_dict() == {"low": 1, "best": None, "high": None}
    assert facts["malicious"] is None
    assert facts["context"] == "A strange address in my account, call me at ***"
    assert "buyer_lilei" not in path.read_text("utf-8")
    assert len(list_versions(path)) == 1
    requests = read_case(shop.root, as_of=DAY).frames["requests"].set_index("id")
    assert str(requests.loc["user-1-1", "kind"]) == "delete"
    assert requests.loc["user-1-2", "due_on"].date() == date(2026, 12, 13)
    assert taken.files == ("incidents/user-1.yaml", "requests")


def test_the_exposed_password_brings_lock_reset_and_revocation(shop: Case) -> None:
    measures = [id for id, _ in take_report(REPORT, shop, as_of=DAY, write=False).measures]

    assert {"keep-evidence", "lock-account", "reset-password", "revoke-tokens"} <= set(measures)
    safe = {**REPORT, "password_exposed": "no"}
    kept = [id for id, _ in take_report(safe, shop, as_of=DAY, write=False).measures]
    assert {"lock-account", "reset-password"} & set(kept) == set()


def test_a_chinese_report_says_the_same(shop: Case, tmp_path: Path) -> None:
    path = tmp_path / "report.yaml"
    path.write_text(
        "编号: user-1\n收到时间: 2026-11-13T10:20+08:00\n账号: buyer_lilei\n密码是否泄露: 是\n"
        "看到的情况: A strange address in my account, call me at 13812345678\n诉求: 删除；查阅\n"
        "联系方式: li.lei@mail.example\n",
        "utf-8",
    )
    first, second = (take_report(r, shop, as_of=DAY, write=False) for r in (path, REPORT))

    assert first.to_dict() == second.to_dict()


def test_what_a_report_does_not_say_is_missing(shop: Case) -> None:
    taken = take_report({"saw": "my name on a forum"}, shop, as_of=DAY, write=False)

    assert {"received_at", "account", "password_exposed", "contact"} <= set(taken.missing)
    assert taken.id == "report-2026-11-13"
    assert [request["kind"] for request in taken.requests] == ["leak-report"]
    assert taken.requests[0]["due_on"] == "2026-12-13"


def test_without_a_period_in_the_packs_the_day_is_left_open(shop: Case) -> None:
    taken = take_report(REPORT, replace(shop, regimes=("eu-gdpr",)), as_of=DAY, write=False)

    assert {request["due_on"] for request in taken.requests} == {""}
    assert "requests.due_on" in taken.missing


def test_wrong_keys_and_words_are_told_at_once(shop: Case, tmp_path: Path) -> None:
    path = tmp_path / "report.yaml"
    path.write_text("acount: x\npassword_exposed: maybe\nasks: deletion\nreceived_at: today\n")
    with pytest.raises(InvalidData) as refused:
        take_report(path, shop, as_of=DAY)

    assert [str(issue) for issue in refused.value.issues] == [
        "report.yaml row 1, acount: unknown key acount (did you mean account?)",
        "report.yaml row 2, password_exposed: maybe is not yes, no or unknown",
        "report.yaml row 3, asks: deletion is not a right of the requests",
        "report.yaml row 4, received_at: today is not a time with offset, such as"
        " 2026-03-01T02:00+08:00",
    ]
    assert not (shop.root / "incidents" / "report-2026-11-13.yaml").exists()


def test_an_incident_that_is_there_is_not_replaced(shop: Case) -> None:
    take_report(REPORT, shop, as_of=DAY)
    rows = len(read_case(shop.root, as_of=DAY).frames["requests"])

    with pytest.raises(InvalidData, match=r"incidents/user-1.yaml: stands already"):
        take_report(REPORT, shop, as_of=DAY)
    assert len(read_case(shop.root, as_of=DAY).frames["requests"]) == rows


def test_written_facts_are_read_again_as_they_were(tmp_path: Path) -> None:
    known = {"id": "x", "persons": {"low": 5}, "availability": {"restored_after": "6h"}}
    path = tmp_path / "x.yaml"
    path.write_text(write_facts(known), "utf-8")

    assert sorted(read_facts(path, load_knowledge())) == [
        "availability.restored_after", "id", "persons",
    ]  # fmt: skip


def test_every_slug_of_a_live_incident_is_explained() -> None:
    page = (Path(__file__).parents[2] / "docs" / "errors.md").read_text("utf-8")
    slugs = ("report-unknown-key", "report-value", "report-yaml", "incident-there")

    for slug in (*slugs, "veris-record", "channel-number", "staffing-number", "told-line"):
        assert f"### `{slug}`\n" in page
