"""Small registers as companies lay them out, written for the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xlsxwriter

# Title rows, a two-line heading, a section row, a merged first column, a total and notes below.
CHINESE_HEADINGS = (
    ("序号", ""), ("责任部门", ""), ("业务活动名称", ""), ("处理目的", ""),
    ("个人信息", "种类"), ("个人信息", "是否敏感"), ("个人信息主体", "类型"), ("个人信息主体", "数量（人）"),
    ("合法性基础", ""), ("收集方式", ""), ("存储", "系统名称"), ("存储", "地点"), ("存储", "期限"),
    ("委托处理", "受托方名称"), ("委托处理", "是否签订协议"), ("对外提供", "接收方名称"),
    ("跨境传输", "是否出境"), ("跨境传输", "境外接收方"), ("跨境传输", "国家/地区"),
    ("安全措施", ""), ("自动化决策", ""), ("是否涉及未成年人", ""), ("删除方式", ""), ("备注", ""),
)  # fmt: skip
CHINESE_ROWS = (
    ("1", "市场部", "会员注册", "提供会员服务", "姓名、手机号；电子邮箱", "否", "注册会员", "120000", "同意", "用户主动提供",
     "会员系统", "境内", "账号注销后30天", "短信服务商甲", "是", "无", "否", "", "", "传输加密、访问控制", "否", "×", "系统自动删除", ""),
    ("2", "市场部", "会员抽奖", "兑奖", "姓名，身份证号,收货地址", "√", "中奖会员", "约10万", "同意/合同所必需", "线上填写",
     "会员系统", "境内", "3年", "无", "/", "快递公司乙（接收方）、税务局", "否", "", "", "脱敏、专人专岗", "否", "否", "人工删除", "每年两次"),
    ("3", "人力资源部", "员工入职", "办理入职", "姓名\n身份证号\n银行卡号\n体检报告\n花名册编码", "否", "员工", "1,500", "人力资源管理所必需",
     "员工本人填写", "人事系统", "境内", "离职后2年", "薪酬外包公司丙", "是", "社保局", "是", "集团总部", "新加坡", "权限管理；数据备份", "无", "否", "", ""),
)  # fmt: skip
ENGLISH_HEADINGS = (
    "Ref", "Business function", "Name of processing activity", "Purpose of processing", "Categories of individuals",
    "Categories of personal data", "Special category data", "Lawful basis", "Source of personal data", "Location of personal data",
    "Retention schedule", "Processors", "Categories of recipients", "Names of third countries", "Security measures", "Colour code",
)  # fmt: skip
ENGLISH_ROWS = (
    ("HR-1", "HR", "Payroll", "Pay staff", "Employees", "Name; bank account; salary", "No", "Contract", "Employees",
     "PayRun", "6 years after end of employment", "PayCo, Ltd.; CloudHost (Germany)", "Tax office", "", "Encryption; access control", "red"),
    ("MK-2", "Marketing", "Newsletter", "Send news", "Customers", "Email address, shoe size", "N/A", "Consent; legitimate interest", "website",
     "MailTool", "until consent is withdrawn", "MailTool Inc.", "none", "United States", "MFA", "blue"),
)  # fmt: skip


def write_chinese(path: Path, rows: tuple[tuple[str, ...], ...] = CHINESE_ROWS) -> Path:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("处理活动清单")
        width = len(CHINESE_HEADINGS)
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
    for column, (group, sub) in enumerate(CHINESE_HEADINGS):
        if sub:
            groups.setdefault(group, []).append(column)
            sheet.write(3, column, sub)
        else:
            sheet.merge_range(2, column, 3, column, group)
    for group, columns in groups.items():
        sheet.merge_range(2, columns[0], 2, columns[-1], group)


def write_english(path: Path, rows: tuple[tuple[str, ...], ...] = ENGLISH_ROWS) -> Path:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("ROPA")
        for row, cells in enumerate((ENGLISH_HEADINGS, *rows)):
            for column, text in enumerate(cells):
                sheet.write_string(row, column, text)
    return path
