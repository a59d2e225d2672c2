"""A register of 40 activities, kept as companies keep them, says in the case what its key says."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from piaskit.case import Case, read_case
from piaskit.importers import ImportResult, import_register

COLD = Path(__file__).with_name("cold")
REGISTER = COLD / "register-zh.xlsx"
MAPPING = COLD / "register-zh.map.yaml"
BASES = {
    "取得个人同意": "cn-pipl.consent",
    "取得个人单独同意": "cn-pipl.consent",
    "取得监护人同意": "cn-pipl.consent",
    "订立、履行合同所必需": "cn-pipl.contract",
    "实施人力资源管理所必需": "cn-pipl.hr",
    "履行法定职责或者法定义务所必需": "cn-pipl.legal-duty",
    "紧急情况下保护自然人生命健康和财产安全所必需": "cn-pipl.emergency",
}
COUNTRIES = {
    "中国": "CN",
    "日本": "JP",
    "德国": "DE",
    "新加坡": "SG",
    "中国香港": "HK",
    "越南": "VN",
}

# Where the case differs from the key, and why. Each is told; see the test of ambiguities.
NO_OWNER = {"pa-36"}  # the department's cell is blank and not merged: it is never filled down
NO_BASIS = {  # not among the bases of article 13
    "pa-10": "第26条",
    "pa-14": "正当利益",
    "pa-27": "第二十六条",
}
KINDS = {
    # A group of kinds is read as its members; the group's name is kept as text.
    "pa-12": ({"设备型号", "操作系统版本", "ip地址"}, {"设备信息"}),
    # Stated in the column of sensitive kinds alone, which the key does not count.
    "pa-17": ({"不满十四周岁未成年人个人信息"}, set[str]()),
}
# Named in the column of recipients abroad, which the key keeps apart; hotels in two countries.
ABROAD = {"pa-11": {"境外酒店", "境外酒店（德国）"}}
# Named by activities, and not in the list of systems.
UNLISTED = {
    "直播平台后台",
    "Excel台账（共享盘）",
    "门店本地录像机",
    "设备本地",
    "法兰克福节点",
    "纸质卷宗（保密柜）",
}
NO_DATE = {"Nordwiese Cloud GmbH": "31.12.2026"}  # no form of a date of the case format


@dataclass(frozen=True)
class Cold:
    result: ImportResult
    case: Case
    tables: dict[str, list[dict[str, str]]]
    key: dict[str, Any]


def _write(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ";".join(map(str, value))
    if value is None or pd.isna(value):
        return ""
    if hasattr(value, "strftime"):
        return str(value.strftime("%Y-%m-%d"))
    return str(int(value)) if isinstance(value, float) else str(value)


@pytest.fixture(scope="module")
def cold(tmp_path_factory: pytest.TempPathFactory) -> Cold:
    folder = tmp_path_factory.mktemp("cold") / "case"
    result = import_register([REGISTER], folder, mapping=MAPPING)
    case = read_case(folder, as_of=date(2026, 11, 1))
    tables = {
        name: [
            {str(k): _write(v) for k, v in row.items()}
            for row in case.frames[name].to_dict("records")
        ]
        for name in ("activities", "items", "parties", "systems", "flows")
    }
    key = yaml.safe_load((COLD / "register-zh.key.yaml").read_text("utf-8"))
    return Cold(result, case, tables, key)


def _plain(text: str) -> str:
    """Fold width, case and spaces; a bracket behind a name is a remark on it."""
    text = unicodedata.normalize("NFKC", text).replace(" ", "").casefold()
    return text.split("(")[0] if text.endswith(")") else text


def _named(cold: Cold, stage: str) -> dict[str, set[str]]:
    titles = {party["id"]: party["title"] for party in cold.tables["parties"]}
    found: dict[str, set[str]] = {f"pa-{a['no']}": set() for a in cold.key["activities"]}
    for flow in cold.tables["flows"]:
        if flow["stage"] == stage and flow["target"]:
            found[flow["activity"]].add(titles[flow["target"]])
    return found


def _wanted(cold: Cold, name: str) -> dict[str, Any]:
    return {f"pa-{a['no']}": a[name] for a in cold.key["activities"]}


def _stated(cold: Cold, name: str) -> dict[str, str]:
    return {row["id"]: row[name] for row in cold.tables["activities"]}


def test_the_forty_activities_come_in_with_their_titles_and_nothing_else_does(cold: Cold) -> None:
    titles = {id: _plain_line(title) for id, title in _stated(cold, "title").items()}

    assert titles == {id: _plain_line(t) for id, t in _wanted(cold, "title").items()}
    assert len(titles) == cold.key["activities_count"] == 40


def _plain_line(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def test_departments_come_from_merged_cells_and_no_other(cold: Cold) -> None:
    wanted = _wanted(cold, "department") | dict.fromkeys(NO_OWNER, "")

    assert _stated(cold, "owner") == wanted


def test_only_plain_numbers_of_persons_are_numbers(cold: Cold) -> None:
    wanted = {id: str(n or "") for id, n in _wanted(cold, "persons").items()}

    assert _stated(cold, "persons") == wanted
    assert sum(bool(n) for n in wanted.values()) == 20


def test_minors_are_stated_where_the_register_says_yes_or_no(cold: Cold) -> None:
    words = {True: "yes", False: "0", None: ""}

    assert _stated(cold, "minors") == {id: words[m] for id, m in _wanted(cold, "minors").items()}


def test_legal_bases_are_those_of_article_thirteen(cold: Cold) -> None:
    got = {id: set(filter(None, b.split(";"))) for id, b in _stated(cold, "legal_basis").items()}
    wanted = {id: {BASES.get(b, b) for b in bases} for id, bases in
              _wanted(cold, "legal_basis").items()}  # fmt: skip

    assert got == wanted | {id: set() for id in NO_BASIS}


def test_each_activity_has_its_kinds_of_personal_information(cold: Cold) -> None:
    got: dict[str, set[str]] = {}
    for item in cold.tables["items"]:
        got.setdefault(item["activity"], set()).add(_plain(item["title"]))
    differ = {}
    for id, kinds in _wanted(cold, "pi_kinds").items():
        more, less = got[id] - set(map(_plain, kinds)), set(map(_plain, kinds)) - got[id]
        if more or less:
            differ[id] = (more, less)

    assert differ == KINDS
    counts = _wanted(cold, "pi_kinds_count")
    grown = {id: len(more) - len(less) for id, (more, less) in KINDS.items()}
    assert {id: len(kinds) for id, kinds in got.items()} == {
        id: n + grown.get(id, 0) for id, n in counts.items()
    }


def test_processors_are_named_once_whatever_remark_stands_behind_them(cold: Cold) -> None:
    full = cold.key["supplier_short_names"]
    wanted = {id: {full.get(n, n) for n in names} for id, names in
              _wanted(cold, "processors").items()}  # fmt: skip

    assert _named(cold, "process") == wanted


def test_recipients_are_those_of_the_register_and_the_ones_abroad(cold: Cold) -> None:
    wanted = {id: set(names) | ABROAD.get(id, set()) for id, names in
              _wanted(cold, "recipients").items()}  # fmt: skip

    assert _named(cold, "provide") == wanted


def test_data_goes_abroad_to_the_countries_of_the_register(cold: Cold) -> None:
    countries = {party["id"]: party["country"] for party in cold.tables["parties"]}
    got: dict[str, set[str]] = {f"pa-{a['no']}": set() for a in cold.key["activities"]}
    for flow in cold.tables["flows"]:
        if flow["stage"] in ("process", "provide"):
            got[flow["activity"]] |= {countries[flow["target"]]} - {"", "CN"}

    assert got == {
        id: {COUNTRIES[c] for c in names}
        for id, names in _wanted(cold, "cross_border_countries").items()
    }


def test_systems_are_the_listed_ones_and_those_that_activities_name(cold: Cold) -> None:
    rows = {row["title"]: row for row in cold.tables["systems"]}
    listed = {system["name"]: system for system in cold.key["systems"]}

    assert set(rows) == set(listed) | UNLISTED
    assert {n: rows[n]["owner"] for n in listed} == {n: s["department"] for n, s in listed.items()}
    levels = {"一": "1", "二": "2", "三": "3", "3": "3"}
    assert {n: rows[n]["mlps_level"] for n in listed} == {
        n: levels.get((s["mlps_level_as_written"] or "-")[0], "")
        if (s["mlps_level_as_written"] or "").strip()[1:] == "级"
        else ""
        for n, s in listed.items()
    }
    assert {n for n, row in rows.items() if row["country"]} == {"海外CRM"}


def test_every_supplier_is_one_party_with_contract_and_country(cold: Cold) -> None:
    titles = [party["title"] for party in cold.tables["parties"]]
    rows = {party["title"]: party for party in cold.tables["parties"]}
    names = ("contract", "contract_until", "country")

    assert len(titles) == len(set(titles))
    assert {s["name"]: tuple(rows[s["name"]][n] for n in names) for s in cold.key["suppliers"]} == {
        s["name"]: (
            s["contract"],
            "" if s["name"] in NO_DATE else s["contract_ends"] or "",
            COUNTRIES[s["country"]],
        )
        for s in cold.key["suppliers"]
    }


def test_what_is_ambiguous_or_has_no_column_is_told(cold: Cold) -> None:
    kept, missing = "\n".join(cold.result.kept_as_text), "\n".join(cold.result.missing)
    sheet = cold.key["register"]["sheet"]
    by_id = {f"pa-{a['no']}": a for a in cold.key["activities"]}

    for id, words in NO_BASIS.items():
        where = f"{sheet} row {by_id[id]['row']}: "
        assert any(li.startswith(where) and words in li for li in cold.result.kept_as_text)
        assert any(li.startswith(where) and words in li for li in cold.result.missing)
    for activity in cold.key["activities"]:
        where = f"{sheet} row {activity['row']}: "
        if "persons_estimate" in activity:
            assert f"{where}个人信息 / 涉及人数 = {activity['persons_as_written']}" in kept
            assert f"{where}个人信息 / 涉及人数 as a number" in missing
        if "单独同意" in (activity["legal_basis_as_written"] or ""):
            assert f"{where}which flows the 单独同意 covers" in missing
    assert "activities/pa-36: owner" in missing
    assert "供应商清单 row 25: 合同到期日 = 31.12.2026" in kept
    assert f"{sheet} row 17: 存储与出境 / 境外接收方及国家: which other countries" in missing
    assert f"{sheet} row 20: 个人信息 / 个人信息种类: what else, the list is open" in missing
    assert f"{sheet} row 10: 存储与出境 / 存储地点/系统 = 同上, read as the row above says" in kept
    assert f"{sheet} row 18: 个人信息 / 个人信息种类, group = 设备信息" in kept
    assert f"{sheet} row 18: remark on 云桁数据服务有限公司 = 云托管" in kept
    assert f"{sheet} row 27: 共享与委托 / 对外提供方 （接收方） = 公开展示" in kept
    assert "计划2026年四季度起使用新加坡分析服务" in kept
    assert any("境外酒店 is in DE here and in JP" in li for li in cold.result.contradictions)


def test_rows_that_are_no_activities_are_kept_as_text(cold: Cold) -> None:
    rows = cold.key["register"]["rows_that_are_not_activities"]
    for row in rows:
        if "blank" not in row["what"]:
            where = f"{cold.key['register']['sheet']} row {row['row']}: "
            assert sum(line.startswith(where) for line in cold.result.kept_as_text) == 1
