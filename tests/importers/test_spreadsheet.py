"""Any register in a spreadsheet comes in by a mapping: guessed, corrected, read, never doubled."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from typer.testing import CliRunner

from piaskit.case import Case, new_case, read_case
from piaskit.cli import app
from piaskit.errors import InvalidData
from piaskit.importers import ImportResult, import_register
from piaskit.importers._sheet_words import Vocabulary


def read_rows(*rows: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row.split("|")) for row in rows)


# Title rows, a two-line heading, a section row, a merged first column, a total and notes below.
CHINESE_HEADINGS = read_rows(
    "序号|责任部门|业务活动名称|处理目的|个人信息|个人信息|个人信息主体|个人信息主体|"
    "合法性基础|收集方式|存储|存储|存储|委托处理|委托处理|对外提供|跨境传输|跨境传输|"
    "跨境传输|安全措施|自动化决策|是否涉及未成年人|删除方式|备注",
    "||||种类|是否敏感|类型|数量（人）|||系统名称|地点|期限|受托方名称|是否签订协议|"
    "接收方名称|是否出境|境外接收方|国家/地区|||||",
)
CHINESE_ROWS = read_rows(
    "1|市场部|会员注册|提供会员服务|姓名、手机号；电子邮箱|否|注册会员|120000|同意|"
    "用户主动提供|会员系统|境内|账号注销后30天|短信服务商甲|是|无|否|||"
    "传输加密、访问控制|否|×|系统自动删除|",
    "2|市场部|会员抽奖|兑奖|姓名，身份证号,收货地址|√|中奖会员|约10万|同意/合同所必需|"
    "线上填写|会员系统|境内|3年|无|/|快递公司乙（接收方）、税务局|否|||脱敏、专人专岗|否|"
    "否|人工删除|每年两次",
    "3|人力资源部|员工入职|办理入职|姓名\n身份证号\n银行卡号\n体检报告\n花名册编码|否|"
    "员工|1,500|人力资源管理所必需|员工本人填写|人事系统|境内|离职后2年|薪酬外包公司丙|"
    "是|社保局|是|集团总部|新加坡|权限管理；数据备份|无|否||",
)
ENGLISH_ROWS = read_rows(
    "Ref|Business function|Name of processing activity|Purpose of processing|"
    "Categories of individuals|Categories of personal data|Special category data|"
    "Lawful basis|Source of personal data|Location of personal data|Retention schedule|"
    "Processors|Categories of recipients|Names of third countries|Security measures|"
    "Colour code",
    "HR-1|HR|Payroll|Pay staff|Employees|Name; bank account; salary|No|Contract|"
    "Employees|PayRun|6 years after end of employment|PayCo, Ltd.; CloudHost (Germany)|"
    "Tax office||Encryption; access control|red",
    "MK-2|Marketing|Newsletter|Send news|Customers|Email address, shoe size|N/A|"
    "Consent; legitimate interest|website|MailTool|until consent is withdrawn|"
    "MailTool Inc.|none|United States|MFA|blue",
)


def write_chinese(path: Path, rows: tuple[tuple[str, ...], ...] = CHINESE_ROWS) -> Path:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("处理活动清单")
        width = len(CHINESE_HEADINGS[0])
        sheet.merge_range(0, 0, 0, width - 1, "某某科技有限公司个人信息处理活动清单")
        sheet.write(1, 0, "填报单位：某某科技    填报日期：2026年3月")
        _write_headings(sheet)
        sheet.merge_range(4, 0, 4, width - 1, "一、前台业务")
        row = 5
        for cells in rows:
            for column, text in enumerate(cells):
                sheet.write_string(row, column, text)
            row += 1
        if len(rows) > 1 and rows[0][1] == rows[1][1]:
            sheet.merge_range(5, 1, 6, 1, rows[0][1])
        sheet.write(row + 1, 0, "合计")
        sheet.write(row + 1, 2, f"{len(rows)}项")
        sheet.write(row + 2, 0, "注：本表由法务部汇总。")
        book.add_worksheet("填写说明").write(0, 0, "请逐项填写。")
    return path


def _write_headings(sheet: Any) -> None:
    groups: dict[str, list[int]] = {}
    for column, (group, sub) in enumerate(zip(*CHINESE_HEADINGS, strict=True)):
        if sub:
            groups.setdefault(group, []).append(column)
            sheet.write(3, column, sub)
        else:
            sheet.merge_range(2, column, 3, column, group)
    for group, columns in groups.items():
        if len(columns) == 1:
            sheet.write(2, columns[0], group)
            continue
        sheet.merge_range(2, columns[0], 2, columns[-1], group)


def write_english(path: Path, rows: tuple[tuple[str, ...], ...] = ENGLISH_ROWS) -> Path:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("ROPA")
        for row, cells in enumerate(rows):
            for column, text in enumerate(cells):
                sheet.write_string(row, column, text)
    return path


def read(path: Path) -> Case:
    return read_case(path, as_of=date(2026, 1, 1))


def write_book(path: Path, *rows: tuple[object, ...], merge: str = "", sheet: str = "清单") -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row, cells in enumerate(rows, 1):
        for column, value in enumerate(cells, 1):
            cell = page.cell(row, column, value)
            if isinstance(value, str):
                cell.data_type = "s"
    for area in merge.split():
        page.merge_cells(area)
    book.save(path)
    return path


def bring(path: Path, correct: Callable[[str], str] = str) -> tuple[ImportResult, Case]:
    """Guess, correct and import."""
    case = path.parent / "case"
    guess = import_register([path], case)
    assert guess.proposal is not None and not case.exists()
    mapping = guess.proposal.path
    mapping.write_text(correct(mapping.read_text("utf-8")), encoding="utf-8")
    return import_register([path], case), read(case)


def list_fields(result: ImportResult) -> dict[str, str]:
    columns = result.to_dict()["mapping"]["sheets"][0]["columns"]
    return {c["heading"]: c["field"] for c in columns}


def test_a_first_run_writes_a_guess_and_imports_nothing(tmp_path: Path) -> None:
    result = import_register([write_chinese(tmp_path / "r.xlsx")], tmp_path / "case")

    sheets = result.to_dict()["mapping"]["sheets"]
    assert (tmp_path / "r.map.yaml").is_file() and not (tmp_path / "case").exists()
    assert set(result.mapped.values()) == {0}
    assert [(s["sheet"], s["row_is"]) for s in sheets] == [
        ("处理活动清单", "activity"),
        ("填写说明", "nothing"),
    ]
    assert (sheets[0]["header_rows"], sheets[0]["first_row"]) == ([3, 4], 5)


def test_chinese_headings_in_two_lines_find_their_fields(tmp_path: Path) -> None:
    fields = list_fields(import_register([write_chinese(tmp_path / "r.xlsx")], tmp_path / "c"))

    assert fields == {
        "序号": "activities.id",
        "责任部门": "activities.owner",
        "业务活动名称": "activities.title",
        "处理目的": "activities.purpose",
        "个人信息 / 种类": "items.title",
        "个人信息 / 是否敏感": "items.sensitive",
        "个人信息主体 / 类型": "activities.subjects",
        "个人信息主体 / 数量（人）": "activities.persons",
        "合法性基础": "activities.legal_basis",
        "收集方式": "collect.method",
        "存储 / 系统名称": "store.system",
        "存储 / 地点": "store.country",
        "存储 / 期限": "items.retention",
        "委托处理 / 受托方名称": "entrust.party",
        "委托处理 / 是否签订协议": "entrust.contract",
        "对外提供 / 接收方名称": "provide.party",
        "跨境传输 / 是否出境": "export.stated",
        "跨境传输 / 境外接收方": "export.party",
        "跨境传输 / 国家/地区": "export.country",
        "安全措施": "safeguards.title",
        "自动化决策": "activities.automated_decision",
        "是否涉及未成年人": "activities.minors",
        "删除方式": "delete.disposal",
        "备注": "text",
    }


def test_each_column_says_how_sure_the_guess_is(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "r.xlsx",
        ("业务活动名称", "保存多久的期限", "甲", "备注", "委托或共享的第三方"),
        ("注册", "3年", "姓名、手机号", "x", "某公司"),
        ("登录", "5年", "姓名、邮箱", "y", ""),
    )

    columns = import_register([path], tmp_path / "c").to_dict()["mapping"]["sheets"][0]["columns"]

    assert [(c["field"], c["because"]) for c in columns] == [
        ("activities.title", "exact word"),
        ("items.retention", "contained word"),
        ("items.title", "values' shape"),
        ("text", "exact word"),
        ("text", "says both entrust.party and provide.party"),
    ]


def test_a_chinese_register_becomes_a_case(tmp_path: Path) -> None:
    result, case = bring(write_chinese(tmp_path / "r.xlsx"))

    activities = case.frames["activities"].set_index("id")
    assert activities["title"].to_dict() == {
        "pa-1": "会员注册",
        "pa-2": "会员抽奖",
        "pa-3": "员工入职",
    }
    assert activities["legal_basis"].tolist() == [
        "cn-pipl.consent",
        "cn-pipl.consent;cn-pipl.contract",
        "cn-pipl.hr",
    ]
    assert activities["owner"].tolist() == ["市场部", "市场部", "人力资源部"]
    assert activities["persons"].fillna(-1).tolist() == [120000, -1, 1500]
    assert activities["minors"].tolist() == ["0", "0", "0"]
    items = case.frames["items"].set_index("id")
    assert items.loc["pa-3-体检报告", "category"] == "health.lab-result"
    assert items.loc["pa-3-花名册编码", "category"] == "employment.record"
    assert items.loc["pa-3-姓名", ["retention", "retention_start"]].tolist() == ["P2Y", "离职"]
    assert "处理活动清单 row 7: 个人信息主体 / 数量（人） = 约10万" in result.kept_as_text
    assert "处理活动清单 row 7: 个人信息主体 / 数量（人） as a number" in result.missing
    assert result.mapped["activities"] == 3


def test_parties_get_their_role_from_the_heading_and_a_flow_each(tmp_path: Path) -> None:
    _, case = bring(write_chinese(tmp_path / "r.xlsx"))

    parties = case.frames["parties"].set_index("id")
    assert parties["role"].to_dict() == {
        "个人信息主体": "subject",
        "短信服务商甲": "processor",
        "快递公司乙": "recipient",
        "税务局": "authority",
        "薪酬外包公司丙": "processor",
        "社保局": "authority",
        "集团总部": "recipient",
    }
    assert parties.loc["集团总部", "country"] == "SG"
    flows = case.frames["flows"].set_index("id")
    assert flows.loc["pa-1-process-短信服务商甲", "stage"] == "process"
    assert flows.loc["pa-2-provide-快递公司乙", "items"] == "pa-2-姓名;pa-2-身份证号;pa-2-收货地址"
    assert flows.loc["pa-1-delete", "disposal"] == "系统自动删除"
    assert "pa-3-delete" not in flows.index
    assert case.frames["systems"]["country"].tolist() == ["CN", "CN"]


def test_no_basis_status_or_consent_is_invented(tmp_path: Path) -> None:
    rows = (
        ("1", "市场部", "甲活动", "目的", "奇怪的东西", "", "", "", "正当利益，无需同意", "")
        + ("",) * 14,
    )
    result, case = bring(write_chinese(tmp_path / "r.xlsx", rows))

    assert case.frames["activities"]["legal_basis"].isna().all()
    assert case.frames["flows"]["consent"].isna().all()
    assert case.frames["flows"]["stage"].tolist() == ["use"]
    assert "处理活动清单 row 6: 合法性基础 = 无需同意" in result.kept_as_text
    assert (
        "items/pa-1-奇怪的东西: which kind of personal information 奇怪的东西 is "
        "(read as customer.record)" in result.missing
    )
    (tmp_path / "full").mkdir()
    _, full = bring(write_chinese(tmp_path / "full" / "r.xlsx"))
    assert full.frames["safeguards"]["status"].isna().all()


def test_what_the_register_calls_sensitive_is_checked_against_the_categories(
    tmp_path: Path,
) -> None:
    result, _ = bring(write_chinese(tmp_path / "r.xlsx"))

    assert result.contradictions == (
        "处理活动清单 row 8: 个人信息 / 是否敏感 says nothing is sensitive, "
        "and PIPL 28 calls 银行卡号, 体检报告 sensitive",
    )


def test_rows_around_the_table_are_kept_as_text_and_no_activities(tmp_path: Path) -> None:
    result, _ = bring(write_chinese(tmp_path / "r.xlsx"))

    told = [line for line in result.kept_as_text if " row " in line and " = " not in line]
    assert told == [
        "处理活动清单 row 1: 某某科技有限公司个人信息处理活动清单",
        "处理活动清单 row 2: 填报单位：某某科技 填报日期：2026年3月",
        "处理活动清单 row 5: 一、前台业务",
        "处理活动清单 row 10: 合计 | 3项",
        "处理活动清单 row 11: 注：本表由法务部汇总。",
    ]


def test_an_english_register_reads_bases_of_gdpr_where_it_says_so(tmp_path: Path) -> None:
    result, case = bring(write_english(tmp_path / "r.xlsx"))

    activities = case.frames["activities"].set_index("id")
    assert activities["legal_basis"].to_dict() == {
        "hr-1": "eu-gdpr.6-1-b",
        "mk-2": "eu-gdpr.6-1-a;eu-gdpr.6-1-f",
    }
    assert activities["owner"].tolist() == ["HR", "Marketing"]
    parties = case.frames["parties"].set_index("title")
    assert parties.loc["CloudHost", "country"] == "DE"
    assert parties.loc["PayCo, Ltd.", "role"] == "processor"
    assert "ROPA row 3: recipient abroad (read as mailtool-inc)" in result.missing
    assert "ROPA row 2: Security measures = Encryption" in result.kept_as_text
    retention = case.frames["items"].set_index("id")["retention"]
    assert retention["mk-2-email-address"] == "until consent is withdrawn"


def test_a_corrected_mapping_decides(tmp_path: Path) -> None:
    def correct(text: str) -> str:
        text = text.replace("          花名册编码:\n", "          花名册编码: identity.pseudonym\n")
        text = text.replace("          专人专岗:\n", "          专人专岗: people.confidentiality\n")
        return text.replace("# X, exact word; as 每年两次\n        field: text",
                            "\n        field: activities.necessity")  # fmt: skip

    _, case = bring(write_chinese(tmp_path / "r.xlsx"), correct)

    items = case.frames["items"].set_index("id")
    assert items.loc["pa-3-花名册编码", "category"] == "identity.pseudonym"
    assert "people.confidentiality" in case.frames["safeguards"]["control"].tolist()
    assert case.frames["activities"]["necessity"].tolist()[1] == "每年两次"


def test_importing_again_changes_no_byte(tmp_path: Path) -> None:
    path = write_chinese(tmp_path / "r.xlsx")
    bring(path)
    files = [tmp_path / "case" / name for name in ("case.yaml", "inventory.xlsx")]
    before = [file.read_bytes() for file in files]

    again = import_register([path], tmp_path / "case")

    assert [file.read_bytes() for file in files] == before
    kept = json.loads((tmp_path / "case" / "imports" / "spreadsheet.json").read_text("utf-8"))
    assert kept["missing"] == list(again.missing)


def test_the_same_register_gives_the_same_mapping(tmp_path: Path) -> None:
    path = write_chinese(tmp_path / "r.xlsx")
    import_register([path], tmp_path / "case", mapping=tmp_path / "a.yaml")
    import_register([path], tmp_path / "case", mapping=tmp_path / "b.yaml")

    assert (tmp_path / "a.yaml").read_bytes() == (tmp_path / "b.yaml").read_bytes()


def test_a_statement_without_a_flow_to_carry_it_is_kept(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "r.xlsx",
        ("处理活动", "处理目的", "保存期限", "传输方式", "出境机制"),
        ("甲", "a", "3年", "TLS1.2", "标准合同"),
    )
    result, _ = bring(path)

    assert result.kept_as_text == (
        "清单 row 2: 保存期限 = 3年",
        "清单 row 2: 传输方式 = TLS1.2",
        "清单 row 2: 出境机制 = 标准合同",
    )
    assert "activities/甲: which personal information it uses" in result.missing


def test_a_changed_register_updates_the_same_rows(tmp_path: Path) -> None:
    path = write_chinese(tmp_path / "r.xlsx")
    bring(path)
    changed = (*CHINESE_ROWS[0][:3], "另一目的", *CHINESE_ROWS[0][4:])

    import_register([write_chinese(path, (changed, *CHINESE_ROWS[1:]))], tmp_path / "case")

    activities = read(tmp_path / "case").frames["activities"]
    assert activities["purpose"].tolist() == ["另一目的", "兑奖", "办理入职"]


def test_an_activity_over_several_merged_rows_is_one_and_told_once(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "r.xlsx",
        ("序号", "处理活动", "个人信息字段", "保存期限", "传输方式"),
        (1, "会员", "姓名", "3年", "HTTPS"),
        (None, None, "手机号", "1年", None),
        (None, None, "孤行", None, None),
        merge="A2:A3 B2:B3 E2:E3",
    )
    result, case = bring(path)

    assert case.frames["activities"]["id"].tolist() == ["pa-1"]
    assert case.frames["items"]["retention"].tolist() == ["P3Y", "P1Y"]
    assert result.kept_as_text.count("清单 row 2: 传输方式 = HTTPS") == 1
    assert "清单 row 4: 孤行" in result.kept_as_text


def test_sheets_that_count_from_one_each_keep_their_activities_apart(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "r.xlsx", ("序号", "处理活动", "处理目的"), (1, "报销", "a"), sheet="财务"
    )
    book = openpyxl.load_workbook(path)
    page = book.create_sheet("市场")
    for row in (("序号", "处理活动", "处理目的"), (1, "抽奖", "b"), (2, "会员", "c")):
        page.append(row)
    book.save(path)

    _, case = bring(path)

    assert case.frames["activities"]["id"].tolist() == ["财务-pa-1", "市场-pa-1", "市场-pa-2"]


def test_sheets_of_parties_and_systems_add_to_what_the_activities_named(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "r.xlsx",
        ("处理活动", "受托方", "系统名称", "处理目的"),
        ("发货", "丙物流（德国）", "订单系统", "送货"),
    )
    book = openpyxl.load_workbook(path)
    sheets = {
        "第三方清单": (
            ("序号", "第三方名称", "合作方式", "合同编号", "到期日"),
            (1, "丙物流", "受托方", "HT-1", "2026年12月31日"),
            (2, "无角色公司", None, "HT-2", None),
        ),
        "系统清单": (("系统名称", "系统类型", "是否面向互联网"), ("订单系统", "网站", "√")),
    }
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(path)

    result, case = bring(path)

    party = case.frames["parties"].iloc[0]
    assert party[["id", "role", "country", "contract"]].tolist() == [
        "丙物流",
        "processor",
        "DE",
        "HT-1",
    ]
    assert str(party["contract_until"].date()) == "2026-12-31"
    system = case.frames["systems"].iloc[0]
    assert system[["kind", "internet_facing"]].tolist() == ["web", "yes"]
    assert "第三方清单 row 3: role" in result.missing
    assert len(case.frames["parties"]) == len(case.frames["systems"]) == 1


def test_sheets_of_items_flows_and_safeguards_refer_to_the_activities(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "r.xlsx", ("编号", "处理活动", "处理目的"), ("A-1", "下单", "卖货")
    )
    book = openpyxl.load_workbook(path)
    sheets = {
        "个人信息清单": (
            ("处理活动", "个人信息名称", "是否必要", "保存期限"),
            ("下单", "手机号", "是", "三年"),
            ("A-1", "怪字段", "×", "离职后1年"),
            ("不存在", "姓名", "", ""),
        ),
        "数据流转清单": (
            ("处理活动", "环节", "来源系统", "目标系统", "涉及个人信息", "传输方式"),
            ("下单", "传输", "ERP", "仓库系统", "手机号、怪字段", "TLS1.2"),
        ),
        "系统清单": (("系统名称",), ("ERP",), ("仓库系统",)),
        "安全措施清单": (
            ("措施名称", "措施类型", "落实情况"),
            ("访问控制", "", "已落实"),
            ("奇怪的措施", "管理措施", "计划中"),
            ("更怪的", "", ""),
        ),
    }
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(path)

    result, case = bring(path)

    items = case.frames["items"].set_index("id")
    assert items["category"].tolist() == ["contact.phone", "customer.record"]
    assert items.loc["a-1-怪字段", ["required", "retention", "retention_start"]].tolist() == [
        "no",
        "P1Y",
        "离职",
    ]
    flow = case.frames["flows"].set_index("stage").loc["transmit"]
    assert flow[["source", "target", "items", "transport"]].tolist() == [
        "erp",
        "仓库系统",
        "a-1-手机号;a-1-怪字段",
        "tls1.2",
    ]
    safeguards = case.frames["safeguards"].set_index("title")
    assert safeguards["kind"].to_dict() == {"访问控制": "technical", "奇怪的措施": "organisational"}
    assert safeguards["status"].tolist() == ["in-place", "planned"]
    assert result.contradictions == ("个人信息清单 row 4: 处理活动 不存在 is in no other row",)
    assert "安全措施清单 row 4: kind" in result.missing
    assert not any("which personal information" in line for line in result.missing)


def test_a_csv_with_group_headings_comes_in_too(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    text = "清单,,,,,\n业务,个人信息,,存储,,第三方\n名称,类型,主体,位置,期限,名称\n"
    text += "下单,姓名;电话,买家,订单库,5年,甲\n"
    path.write_bytes(text.encode("gb18030"))

    result, case = bring(path)

    assert case.frames["items"]["category"].tolist() == ["identity.name", "contact.phone"]
    assert case.frames["systems"]["title"].tolist() == ["订单库"]
    assert result.contradictions == (
        "r.csv: is not UTF-8 and was read as GB18030 (save it as CSV UTF-8)",
    )


def test_exports_without_a_named_recipient_and_denied_ones_are_told(tmp_path: Path) -> None:
    head = ("处理活动", "处理目的", "是否出境", "境外接收方所在国家", "对外提供接收方")
    path = write_book(
        tmp_path / "r.xlsx",
        head,
        ("甲", "a", "是", "新加坡", "无"),
        ("乙", "b", "是", "/", "/"),
        ("丙", "c", "否", "", "外国公司（美国）"),
    )
    result, case = bring(path)

    flows = case.frames["flows"].set_index("id")
    assert flows.loc["甲-provide-未具名境外接收方", "stage"] == "provide"
    assert "清单 row 2: name of the recipient abroad" in result.missing
    assert "清单 row 3: recipient and country abroad" in result.missing
    assert result.contradictions == (
        "清单 row 4: says that nothing goes abroad and names 外国公司",
    )


def test_a_heading_that_names_a_unit_is_heeded(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "r.xlsx",
        ("处理活动", "处理目的", "个人信息", "涉及人数（万人）", "保存期限（年）"),
        ("甲", "a", "姓名", "12", "3"),
    )
    result, case = bring(path)

    assert case.frames["activities"]["persons"].isna().all()
    assert "清单 row 2: 涉及人数（万人） = 12" in result.kept_as_text
    assert case.frames["items"]["retention"].tolist() == ["P3Y"]


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    evil = "=cmd|' /C calc'!A0"
    heading = "a: b #c *d &e !f {g} [h] \"i\" 'j'\n- k: yes"
    path = write_book(
        tmp_path / "r.xlsx",
        ("处理活动", "处理目的", "个人信息", heading, heading),
        ("null", "-", "是、姓名", "", ""),
        (evil, "#include [[x]] $y$", "姓名；<script>alert(1)<∕script>", "x\u2028y: [", "z"),
    )
    result, case = bring(path)

    assert case.frames["activities"]["title"].tolist() == ["null", evil]
    book = openpyxl.load_workbook(tmp_path / "case" / "inventory.xlsx")
    assert all(c.data_type != "f" for page in book for row in page.iter_rows() for c in row)
    assert any(line.startswith("清单 row 3: a: b #c *d") for line in result.kept_as_text)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("field: activities.purpose", "field: activities.purpos",
         "activities.purpos is no field of a row that is activity.*mean activities.purpose"),
        ("row_is: activity", "row_is: activty", "is no kind of row.*did you mean activity"),
        ("header_rows: [3, 4]", "header_rows: [3, x]",
         r"is no list of row numbers, expected as \[3, 4\]"),
        ("header_rows: [3, 4]", "header_rows: [3, 400]",
         r"are no rows one below the other, as \[3, 4\]"),
        ("first_row: 5", "first_row: 4", r"stands above or in the headings \(row 4\)"),
        ("      处理目的:", "      处理目地:", "处理目地 is no heading in row 3-4"),
        ("手机号: contact.phone", "手机号: contact.phon",
         "contact.phon is no value of items.title.*did you mean contact.phone"),
        ("  处理活动清单:", "  处理活动清丹:",
         "处理活动清丹 is no sheet of the file.*did you mean 处理活动清单"),
        ("field: activities.owner", "field: activities.title",
         "activities.title is already the column 责任部门"),
        ("field: activities.purpose", "field: activities.purpose\n        values: {a: b}",
         "are given, but activities.purpose holds free text"),
        ("field: activities.purpose", "felds: activities.purpose", "felds is no key here"),
        ("file: r.xlsx", "file: r.xlsx\nsheet: {}", "sheet is no key here.*did you mean sheets"),
        ("file: r.xlsx", "file: &a r.xlsx", r"uses an anchor"),
    ],
)  # fmt: skip
def test_a_problem_of_the_mapping_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    path = write_chinese(tmp_path / "r.xlsx")
    import_register([path], tmp_path / "case")
    mapping = tmp_path / "r.map.yaml"
    text = mapping.read_text("utf-8")
    assert old in text
    line = text[: text.index(old)].count("\n") + 1 + new.count("\n")
    mapping.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(InvalidData, match=expected) as refused:
        import_register([path], tmp_path / "case")

    places = {issue.place.row for issue in refused.value.issues}
    assert all(issue.place.file == "r.map.yaml" for issue in refused.value.issues)
    assert places & set(range(line - 2, line + 9))
    assert all(issue.slug.startswith("mapping-") for issue in refused.value.issues)
    assert not (tmp_path / "case").exists()


def test_a_case_of_ours_is_no_foreign_register(tmp_path: Path) -> None:
    new_case(tmp_path / "own")
    book = tmp_path / "own" / "inventory.xlsx"

    assert import_register([book], tmp_path / "case").format == "xlsx"
    (tmp_path / "own" / "inventory.map.yaml").write_text("sheets: {}\n", encoding="utf-8")
    with pytest.raises(InvalidData, match="is the workbook of a case, and needs no import"):
        import_register([book], tmp_path / "case", format="spreadsheet")


def test_files_that_mean_harm_or_hold_no_register_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(InvalidData, match=r"x\.xlsx: is no workbook or is damaged"):
        import_register([tmp_path / "x.xlsx"], tmp_path / "case")
    path = write_book(tmp_path / "y.xlsx", ("a", "b"), (1, 2))
    with pytest.raises(InvalidData, match="has no sheet with headings of a register"):
        import_register([path], tmp_path / "case")
    far = write_book(tmp_path / "z.xlsx", ("处理活动", "处理目的"))
    book = openpyxl.load_workbook(far)
    book.active.cell(1_000_000, 16_000, "x")  # type: ignore[union-attr]
    book.save(far)
    with pytest.raises(InvalidData, match="too far to be a table"):
        import_register([far], tmp_path / "case")
    assert not list(tmp_path.glob("*.yaml"))


def test_the_command_line_says_what_was_guessed_and_what_to_do_next(tmp_path: Path) -> None:
    path = write_chinese(tmp_path / "r.xlsx")
    mapping, case = tmp_path / "my map.yaml", tmp_path / "case"
    words = ["import", str(path), "--mapping", str(mapping), "--into", str(case)]

    first = CliRunner().invoke(app, [*words, "--lang", "en"])
    second = CliRunner().invoke(app, [*words, "--json"])

    assert first.exit_code == 0
    assert "Nothing was imported. The guess stands in my map.yaml" in first.output
    assert f"--mapping '{mapping}' --into {case}" in first.output.replace("\n", "")
    assert second.exit_code == 0
    assert json.loads(second.output)["mapped"]["activities"] == 3


def test_every_word_of_the_vocabulary_stands_for_something_of_ours() -> None:
    vocabulary = Vocabulary()

    assert set(vocabulary.data["categories"]) <= set(vocabulary.knowledge.categories)
    assert set(vocabulary.data["controls"]) <= set(vocabulary.knowledge.controls)
    for field, words in vocabulary.data["values"].items():
        known = vocabulary.list_values(field) or ()
        if field != "countries":
            assert set(words) <= {*known, "none"}, field
    assert all("cn-pipl" in c.sensitive for c in vocabulary.knowledge.categories.values())
