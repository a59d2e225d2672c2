"""Names, remarks, denials and repeats in the cells of a register are read for what they say."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl

from piaskit.case import Case, read_case
from piaskit.importers import ImportResult, import_register

Rows = tuple[tuple[str, ...], ...]


def write_book(path: Path, sheets: dict[str, Rows]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(path)
    return path


def bring(
    folder: Path, *rows: tuple[str, ...], correct: tuple[str, str] = ("", ""), **sheets: Rows
) -> tuple[ImportResult, Case]:
    """Guess, correct and import a register whose first sheet has the rows."""
    path = write_book(folder / "r.xlsx", {"清单": rows, **sheets})
    mapping = folder / "r.map.yaml"
    import_register([path], folder / "case")
    text = mapping.read_text("utf-8")
    assert correct[0] in text
    mapping.write_text(text.replace(*correct), encoding="utf-8")
    result = import_register([path], folder / "case")
    return result, read_case(folder / "case", as_of=date(2026, 1, 1))


def list_titles(case: Case, table: str) -> list[str]:
    return sorted(case.frames[table]["title"].tolist())


def test_a_firm_with_a_remark_behind_it_is_one_party_and_the_remark_is_kept(
    tmp_path: Path,
) -> None:
    result, case = bring(
        tmp_path,
        ("处理活动名称", "处理目的", "受托方", "接收方"),
        ("注册", "开户", "甲有限公司（短信发送）", "Beta GmbH (parent)"),
        ("登录", "核验", "甲有限公司、乙合伙企业（有限合伙）", "公安机关（依法调取时）"),
    )

    roles = dict(zip(case.frames["parties"]["title"], case.frames["parties"]["role"], strict=True))
    assert roles == {
        "甲有限公司": "processor",
        "乙合伙企业（有限合伙）": "processor",
        "Beta GmbH": "recipient",
        "公安机关": "authority",
    }
    assert "清单 row 2: remark on 甲有限公司 = 短信发送" in result.kept_as_text
    assert "清单 row 2: remark on Beta GmbH = parent" in result.kept_as_text


def test_one_name_in_two_countries_is_two_recipients(tmp_path: Path) -> None:
    result, case = bring(
        tmp_path,
        ("处理活动名称", "处理目的", "是否出境", "境外接收方"),
        ("差旅", "订房", "是", "酒店（日本、德国等）"),
    )

    parties = case.frames["parties"]
    assert dict(zip(parties["title"], parties["country"], strict=True)) == {
        "酒店": "JP",
        "酒店（德国）": "DE",
    }
    assert "清单 row 2: 境外接收方: which other countries" in result.missing


def test_a_recipient_abroad_that_the_row_names_already_is_that_party(tmp_path: Path) -> None:
    result, case = bring(
        tmp_path,
        ("处理活动名称", "处理目的", "受托方", "是否出境", "境外接收方"),
        ("客户", "销售", "Acme Pte. Ltd.", "是", "Acme Pte. Ltd.（新加坡）"),
    )

    (party,) = case.frames["parties"].to_dict("records")
    assert (party["role"], party["country"]) == ("processor", "SG")
    assert "provide" not in case.frames["flows"]["stage"].tolist()
    assert not result.contradictions


def test_a_listed_system_with_a_remark_behind_it_is_the_listed_one(tmp_path: Path) -> None:
    result, case = bring(
        tmp_path,
        ("处理活动名称", "处理目的", "存储系统"),
        ("注册", "开户", "会员平台（华东节点）"),
        ("登录", "核验", "台账（共享盘）"),
        ("海外", "销售", "CRM（新加坡）"),
        系统清单=(("系统名称", "负责部门"), ("会员平台", "市场部"), ("CRM", "销售部")),
    )

    assert list_titles(case, "systems") == ["CRM", "会员平台", "台账（共享盘）"]
    owners = case.frames["systems"].set_index("title")
    assert owners.loc["会员平台", "owner"] == "市场部"
    assert owners.loc["CRM", "country"] == "SG"
    assert "清单 row 2: remark on 会员平台 = 华东节点" in result.kept_as_text


def test_a_mapping_gives_names_their_full_name_or_keeps_them_as_text(tmp_path: Path) -> None:
    result, case = bring(
        tmp_path,
        ("处理活动名称", "处理目的", "受托方"),
        ("注册", "开户", "甲公司、公开展示"),
        correct=(
            "field: entrust.party",
            "field: entrust.party\n        values: {甲公司: 甲通信有限公司, 公开展示: text}",
        ),
    )

    assert list_titles(case, "parties") == ["甲通信有限公司"]
    assert "清单 row 2: 受托方 = 公开展示" in result.kept_as_text


def test_the_same_as_above_is_read_and_told(tmp_path: Path) -> None:
    result, case = bring(
        tmp_path,
        ("处理活动名称", "处理目的", "合法性基础"),
        ("注册", "开户", "个人同意"),
        ("登录", "核验", "同上"),
    )

    bases = case.frames["activities"]["legal_basis"].fillna("").tolist()
    assert bases == ["cn-pipl.consent", "cn-pipl.consent"]
    assert "清单 row 3: 合法性基础 = 同上, read as the row above says" in result.kept_as_text


def test_a_remark_behind_a_basis_counts_unless_it_denies_the_basis(tmp_path: Path) -> None:
    result, case = bring(
        tmp_path,
        ("处理活动名称", "处理目的", "合法性基础"),
        ("注册", "开户", "同意（可关闭）"),
        ("推送", "营销", "同意（尚未取得）"),
        ("人脸", "考勤", "单独同意"),
    )

    bases = case.frames["activities"]["legal_basis"].fillna("").tolist()
    assert bases == ["cn-pipl.consent", "", "cn-pipl.consent"]
    assert "清单 row 3: which legal basis 同意（尚未取得） stands for" in result.missing
    assert "清单 row 2: 合法性基础 = 同意（可关闭）" in result.kept_as_text
    assert "清单 row 4: which flows the 单独同意 covers" in result.missing


def test_what_is_not_collected_is_no_item_and_sensitive_ones_are_not_doubled(
    tmp_path: Path,
) -> None:
    result, case = bring(
        tmp_path,
        ("处理活动名称", "处理目的", "个人信息种类", "敏感个人信息种类"),
        ("客流", "统计", "影像、身份证号（中奖时）", "不提取人脸特征、身份证号"),
        ("入职", "建档", "姓名、紧急联系人（姓名、电话）", "无"),
    )

    assert list_titles(case, "items") == [
        "姓名",
        "影像",
        "紧急联系人（姓名、电话）",
        "身份证号（中奖时）",
    ]
    assert "清单 row 2: 敏感个人信息种类 = 不提取人脸特征" in result.kept_as_text


def test_lines_of_statements_above_the_headings_are_no_headings(tmp_path: Path) -> None:
    rows = (
        ("编制部门：法务部", "", "版本：V2"),
        ("基本信息", "", "共享与委托"),
        ("处理活动名称", "责任人", "对外提供方（接收方）", "业务部门"),
        ("注册", "张三", "税务局", "市场部\n中心"),
    )
    path = write_book(tmp_path / "r.xlsx", {"清单": rows})

    sheet = import_register([path], tmp_path / "c").to_dict()["mapping"]["sheets"][0]

    assert sheet["header_rows"] == [2, 3]
    assert [c["field"] for c in sheet["columns"]] == [
        "activities.title",
        "text",
        "provide.party",
        "activities.owner",
    ]
    import_register([path], tmp_path / "c")
    case = read_case(tmp_path / "c", as_of=date(2026, 1, 1))
    assert case.frames["activities"]["owner"].tolist() == ["市场部中心"]
