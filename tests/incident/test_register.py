"""The breach register keeps every incident, says why nobody was told, and masks what goes out."""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from piaskit.case import Case, append_rows, read_case
from piaskit.incident import (
    build_facts,
    list_breaches,
    read_veris,
    record_notice,
    write_breaches,
)
from piaskit.incident.register import write_veris_records
from piaskit.knowledge import load_knowledge

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"
DAY = date(2026, 11, 13)


@pytest.fixture
def shop(tmp_path: Path) -> Case:
    shutil.copytree(MARKETPLACE, tmp_path / "shop")
    return read_case(tmp_path / "shop", as_of=DAY)


def test_every_incident_of_our_own_is_there_and_none_of_peers(shop: Case) -> None:
    ids = [breach.id for breach in list_breaches(shop, as_of=DAY).breaches]

    assert ids == [
        "e-2024-mail", "e-2025-link", "courier-list", "misdirected-quotation", "account-takeover",
        "contest-entries", "ransomware-outage", "lost-personnel-list",
    ]  # fmt: skip


def test_who_need_not_be_told_stands_with_the_reason_and_its_clause(shop: Case) -> None:
    entries = {
        breach["id"]: breach for breach in list_breaches(shop, as_of=DAY).to_dict()["breaches"]
    }

    mail = entries["misdirected-quotation"]
    assert (mail["authority"], mail["individuals"]) == ("open", "no")
    assert "effectively avoided the harm" in mail["reasons"]
    assert "PIPL Art. 57" in mail["reasons"]
    assert mail["lessons_zh"] == "发送前确认本可避免此事。"


def test_a_recorded_notice_counts_only_when_every_duty_to_the_recipient_is_met(shop: Case) -> None:
    path = shop.root / "incidents" / "misdirected-quotation.yaml"
    at = datetime.fromisoformat("2026-10-16T09:00+08:00")
    answers = []
    for duty in ("cn-pipl-auth", "cn-ndsr11-auth"):
        record_notice(path, duty, at, "portal")
        entries = list_breaches(shop, as_of=DAY).breaches
        answers.append(next(b.authority for b in entries if b.id == "misdirected-quotation"))

    assert answers == ["open", "yes"]


def test_actions_that_name_the_incident_stand_beside_it(shop: Case) -> None:
    row = {"id": "x-90", "risk": "incidents/courier-list", "title": "Close shared folders",
           "due_on": "2026-12-01", "status": "open"}  # fmt: skip
    append_rows(shop.root, "actions", [row], shop.knowledge)
    case = read_case(shop.root, as_of=DAY)

    entries = {b.id: b for b in list_breaches(case, as_of=DAY).breaches}
    assert entries["courier-list"].texts["en"]["actions"] == "Close shared folders 2026-12-01 open"


def test_facts_that_cannot_be_read_stay_in_the_register(shop: Case) -> None:
    (shop.root / "incidents" / "odd.yaml").write_text("children: 5\npersons: 2\n", "utf-8")
    breach = next(b for b in list_breaches(shop, as_of=DAY).breaches if b.id == "odd")

    assert "children (at least 5) are more than persons (at most 2)" in breach.problem
    assert breach.texts["zh"]["title"].startswith("事实文件无法读取：")


def test_what_leaves_the_house_is_numbered_and_masked(shop: Case) -> None:
    path = shop.root / "incidents" / "courier-list.yaml"
    text = path.read_text("utf-8").replace(
        "A list of deliveries", "Mr Li (13812345678), HR system,"
    )
    path.write_text(text, "utf-8")
    register = list_breaches(shop, as_of=DAY, outside=True)
    told = json.dumps(register.to_dict(), ensure_ascii=False)

    assert [breach.id for breach in register.breaches] == [str(n) for n in range(1, 9)]
    for secret in ("13812345678", "HR system", "courier-list"):
        assert secret not in told


def test_the_workbook_holds_text_and_never_a_formula(shop: Case, tmp_path: Path) -> None:
    path = shop.root / "incidents" / "courier-list.yaml"
    text = path.read_text("utf-8").replace("A list of deliveries", "=1+1 list of deliveries")
    path.write_text(text, "utf-8")
    register = list_breaches(shop, as_of=DAY)
    book = openpyxl.load_workbook(write_breaches(register, tmp_path / "register.xlsx", "en"))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]

    assert {cell.data_type for cell in cells} == {"s"}
    assert any(str(cell.value).startswith("=1+1 list") for cell in cells)
    assert any("GDPR Art. 33(5), GB/T 35273-2020, 10.1" in str(cell.value) for cell in cells)


def test_the_register_shows_itself_in_the_language_of_the_case(shop: Case) -> None:
    shown = list_breaches(shop, as_of=DAY)._repr_html_()

    assert "个人信息安全事件登记簿" in shown


def test_veris_records_go_out_masked_and_come_back(shop: Case, tmp_path: Path) -> None:
    files = write_veris_records(list_breaches(shop, as_of=DAY, outside=True), tmp_path / "veris")
    assert [path.name for path in files] == [f"{n}.json" for n in range(3, 9)]

    facts, _ = read_veris(files[0])
    back = build_facts(facts, load_knowledge())
    assert (back["actor"], back["malicious"]) == ("insider", "no")
    assert back["confidentiality.state"] == "confirmed"
    assert back["records"].best == 22600
    assert back["relation"] == "customers"
