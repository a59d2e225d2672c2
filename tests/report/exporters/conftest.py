"""A report with one of everything, in both languages, and texts that try to be more than text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from piaskit.report.document import (
    Bullets,
    Card,
    Cards,
    Cell,
    Column,
    Document,
    Edition,
    Figure,
    Lang,
    Level,
    Link,
    PageBreak,
    Paragraph,
    Row,
    Section,
    Signature,
    Table,
)

AS_OF = date(2026, 3, 31)

HOSTILE = (
    "<script>alert(1)</script>",
    "=1+1",
    "@SUM(A1)",
    "#set page(fill: red)",
    "$x^2$ @ref *bold* _it_ `raw` \\n",
    "</title></style><b>&amp;",
    "😀 ❤️ 🛡",
    "שלום عربي",
    "rule_" + "very_long_identifier." * 12,
    "W" * 90,
    "bell\x07 escape\x1b[0m turned \u202eround",
    "{{ 7 * 7 }} {% raw %} ${env}",
    "https://example.invalid/path?a=1&b=2",
    "中文，标点。（全角）混排 Latin 与 2026 年 3 月",
)

DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="150" font-family="sans-serif">'
    "<defs><linearGradient id='g'><stop offset='0' stop-color='#FFF7BC'/>"
    "<stop offset='1' stop-color='#FEC44F'/></linearGradient></defs>"
    '<rect width="310" height="120" fill="url(#g)"/>'
    '<rect x="320" width="310" height="120" fill="#662506"/>'
    '<text x="20" y="60" font-size="16">{0}</text>'
    '<text x="340" y="60" font-size="16" fill="#fff">{1}</text></svg>'
)

WORDS: dict[Lang, dict[str, Any]] = {
    "en": {
        "title": "Personal information protection impact assessment",
        "subtitle": "Electronic components ordering platform, first half of 2026",
        "organisation": "Example Components Marketplace",
        "levels": {"low": "Low", "medium": "Medium", "high": "High", "severe": "Severe"},
        "management": "For management",
        "lead": "Two of fifty-eight risks are severe. Three decisions are due before 30 June 2026.",
        "cards": (
            "Overall level",
            "Severe and high",
            "Not known",
            "To decide",
            "By",
            "Next review",
        ),
        "due": "until 30 June 2026, head of the privacy department",
        "register": "Risk register",
        "activities": "Processing activities",
        "matrix": "Heat map",
        "approval": "Approval",
        "signature": ("Prepared by", "Approved by", "Date"),
        "seal": "Seal of the organisation",
        "risk": "Order history is kept after the purpose has ended, and no flow deletes it",
        "wide": (
            "Activity",
            "Purpose",
            "Subjects",
            "Legal basis",
            "Persons",
            "Children",
            "Owner",
            "Notice of",
            "Inherent",
            "Current",
            "Planned",
            "Reviewed on",
        ),
        "purpose": "Accept orders, arrange delivery, answer questions and keep the accounts",
        "see": "see ",
    },
    "zh": {
        "title": "个人信息保护影响评估报告",
        "subtitle": "电子元器件订购平台（2026年上半年）",
        "organisation": "示例元器件商城",
        "levels": {"low": "低", "medium": "中", "high": "高", "severe": "严重"},
        "management": "管理层摘要",
        "lead": "58项风险中有2项为“严重”。2026年6月30日前须作出三项决定，依据 GB/T 39335-2020。",
        "cards": ("总体等级", "严重与高", "未知事项", "待决定", "责任人", "下次评估"),
        "due": "2026年6月30日前，个人信息保护部门负责人",
        "register": "风险清单",
        "activities": "处理活动一览",
        "matrix": "风险热力图",
        "approval": "审批",
        "signature": ("编制人", "批准人", "日期"),
        "seal": "单位盖章处",
        "risk": "订单历史在处理目的实现后仍被保存，且没有流转将其删除（《个人信息保护法》第47条）",
        "wide": (
            "处理活动",
            "处理目的",
            "个人信息主体",
            "合法性基础",
            "人数",
            "儿童",
            "负责人",
            "告知日期",
            "固有",
            "当前",
            "计划后",
            "复核日期",
        ),
        "purpose": "接受订单、安排配送、回答咨询并保存账目，同时用于统计分析",
        "see": "参见",
    },
}
LEVELS = ("low", "medium", "high", "severe")


def _level(words: dict[str, Any], number: int) -> Level:
    id_ = LEVELS[number % 4]
    return Level(id_, words["levels"][id_])  # type: ignore[arg-type]


def _make_register(words: dict[str, Any], rows: int) -> Table:
    zh = words is WORDS["zh"]
    columns = (
        Column("id", "编号" if zh else "Id", "ref"),
        Column("risk", "风险" if zh else "Risk", "text", 3),
        Column("persons", "人数" if zh else "Persons", "number"),
        Column("due", "期限" if zh else "Due", "date"),
        Column("level", "等级" if zh else "Level", "level"),
    )
    return Table(
        "risk-register",
        words["register"],
        columns,
        tuple(
            Row(
                (
                    f"never-deleted@activities/order-{n:03d}",
                    words["risk"],
                    n * 1371,
                    date(2026, 1 + n % 12, 1 + n % 28) if n % 5 else None,
                    _level(words, n),
                ),
                anchor=f"never-deleted@activities/order-{n:03d}",
            )
            for n in range(1, rows + 1)
        ),
        note=words["see"] + "GB/T 39335-2020, D.6",
    )


def _make_wide(words: dict[str, Any], rows: int) -> Table:
    kinds = (
        "text",
        "text",
        "text",
        "text",
        "number",
        "number",
        "text",
        "date",
        "level",
        "level",
        "level",
        "date",
    )
    columns = tuple(
        Column(f"c{n}", title, kind)  # type: ignore[arg-type]
        for n, (title, kind) in enumerate(zip(words["wide"], kinds, strict=True))
    )
    return Table(
        "activities",
        words["activities"],
        columns,
        tuple(
            Row(
                (
                    f"{words['activities']} {n}",
                    words["purpose"],
                    words["wide"][2],
                    "cn-pipl.consent;eu-gdpr.6-1-b",
                    n * 99_999,
                    n,
                    words["signature"][1],
                    date(2025, 5, 1),
                    _level(words, n + 2),
                    _level(words, n + 1),
                    _level(words, n),
                    AS_OF,
                )
            )
            for n in range(rows)
        ),
        landscape=True,
    )


def make_sample(lang: Lang = "en", *, rows: int = 12, wide: int = 6) -> Document:
    """Build the sample: cards, a long table, a wide table, a figure, hostile texts, a signature."""
    words = WORDS[lang]
    first = "never-deleted@activities/order-001"
    cards = Cards(
        tuple(
            Card(label, value, note, level)
            for label, value, note, level in (
                (words["cards"][0], words["levels"]["high"], "", _level(words, 2)),
                (words["cards"][1], Link("2 + 7", "risk-register"), words["due"], None),
                (words["cards"][2], "11", ("", Link(words["register"], first)), None),
                (words["cards"][3], "3", words["due"], _level(words, 3)),
                (words["cards"][4], words["signature"][1], "", None),
                (words["cards"][5], "2027-03-31", "", None),
            )
        )
    )
    columns = (Column("said", "Text"), Column("kind", "Kind"))
    hostile: tuple[Cell, ...] = HOSTILE
    return Document(
        title=words["title"],
        subtitle=words["subtitle"],
        lang=lang,
        edition="internal",
        as_of=AS_OF,
        organisation=words["organisation"],
        properties=(("GB/T", "39335-2020"), ("No.", "PIA-2026-01")),
        sections=(
            Section(
                "management",
                words["management"],
                (
                    Paragraph(words["lead"], "lead"),
                    cards,
                    Paragraph((words["see"], Link(words["register"], first), "."), "warning"),
                    Bullets((words["purpose"], (words["see"], Link("1", first))), ordered=True),
                ),
            ),
            Section(
                "activities-section",
                words["activities"],
                (Paragraph(words["purpose"]), _make_wide(words, wide)),
            ),
            Section(
                "risks",
                words["register"],
                (Paragraph(words["risk"] + " " + words["purpose"]), _make_register(words, rows)),
            ),
            Section(
                "matrix",
                words["matrix"],
                (
                    Figure(
                        "heat-map",
                        words["matrix"],
                        words["lead"],
                        DRAWING.format(words["register"], words["matrix"]),
                        Table(
                            "heat-map-numbers",
                            words["matrix"],
                            (Column("level", "Level", "level"), Column("n", "n", "number")),
                            tuple(Row((_level(words, n), n)) for n in range(4)),
                        ),
                    ),
                    Paragraph(words["lead"], "quote"),
                    Paragraph(words["lead"], "note"),
                ),
                level=2,
            ),
            Section(
                "hostile",
                "Texts",
                (
                    Table("texts", "Texts", columns, tuple(Row((t, "x")) for t in hostile)),
                    Table("none", "Texts", columns, ()),
                    *(Paragraph(text) for text in HOSTILE),
                ),
                level=2,
            ),
            Section(
                "approval",
                words["approval"],
                (
                    PageBreak(),
                    Signature(tuple((label, "") for label in words["signature"]), words["seal"]),
                ),
            ),
        ),
    )


def publish(document: Document) -> Document:
    """Return ``document`` with everything in it public."""

    def release(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(release, value))
        if isinstance(value, Section):
            return replace(value, visibility="public", blocks=release(value.blocks))
        if isinstance(value, Table):
            columns = tuple(replace(column, visibility="public") for column in value.columns)
            rows = tuple(replace(row, visibility="public") for row in value.rows)
            return replace(value, visibility="public", columns=columns, rows=rows)
        if isinstance(value, Figure):
            twin = None if value.twin is None else release(value.twin)
            return replace(value, visibility="public", twin=twin)
        return replace(value, visibility="public")

    edition: Edition = "public"
    return replace(document, edition=edition, sections=release(document.sections))


@pytest.fixture(params=["en", "zh"])
def sample(request: pytest.FixtureRequest) -> Document:
    """The sample in each language."""
    return make_sample(request.param)


@pytest.fixture
def build() -> Callable[..., Document]:
    """The builder of samples, for other sizes and languages."""
    return make_sample


@pytest.fixture
def public_sample(sample: Document) -> Document:
    """The sample as a public edition."""
    return publish(sample)


@pytest.fixture
def hostile() -> tuple[str, ...]:
    """Texts that try to be more than text."""
    return HOSTILE
