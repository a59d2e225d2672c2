"""Templates: order, headings, words and colours of an organisation, and nothing lost."""

from __future__ import annotations

import base64
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
from PIL import Image
from pydantic import ValidationError

from piaskit.errors import InvalidData
from piaskit.knowledge import load_knowledge
from piaskit.knowledge.template import Template
from piaskit.report.arrange import arrange_document, check_template
from piaskit.report.document import Document, PageBreak, Paragraph, Section
from piaskit.report.exporters import export_document
from piaskit.report.exporters.json import load_document

Report = Callable[..., Document]
HEAD: dict[str, Any] = {
    "id": "house", "title": {"en": "T", "zh": "T"}, "version": "1", "source": "own",
    "as_of": date(2026, 11, 25), "confidence": "high",
}  # fmt: skip


def make(**content: Any) -> Template:
    return Template.model_validate({**HEAD, **content})


def draw_logo(width: int = 40, height: int = 20, cut: int = 0, **options: Any) -> str:
    stream = BytesIO()
    Image.new("RGB", (width, height), "#7a1f2b").save(stream, "PNG", **options)
    return base64.b64encode(stream.getvalue()[: -cut or None]).decode()


@pytest.fixture
def small() -> Document:
    def section(id: str, level: Any = 1) -> Section:
        return Section(id, id.title(), (Paragraph(id, visibility="public"),), level, "public")

    return Document(
        "Title", "", "en", "public", date(2026, 1, 1), "Org", (),
        (section("result"), section("losses", 2), section("scope"), section("treatment")),
    )  # fmt: skip


def test_named_sections_come_first_with_those_below_them_and_the_rest_follows(
    small: Document,
) -> None:
    chapter = {
        "id": "own",
        "title": {"en": "Own", "zh": "自定"},
        "text": {"en": "Words.", "zh": "文字。"},
        "sections": ["result", "absent"],
    }
    template = make(chapters=[{"sections": ["treatment"]}, chapter])
    arranged = arrange_document(small, template)

    assert [(s.id, s.level) for s in arranged.sections] == [
        ("treatment", 1), ("chapter-own", 1), ("result", 2), ("losses", 3), ("scope", 1),
    ]  # fmt: skip
    assert arranged.sections[1].blocks == (Paragraph("Words.", visibility="public"),)


def test_own_words_stand_at_the_start_and_end_of_a_section(small: Document) -> None:
    words = {"en": "Ours.", "zh": "我们的。"}
    blocks = [
        {"section": "scope", "text": words},
        {"section": "scope", "at": "end", "style": "note", "text": words},
    ]
    scope = arrange_document(small, make(blocks=blocks)).sections[2]

    assert scope.blocks == (
        Paragraph("Ours.", visibility="public"),
        Paragraph("scope", visibility="public"),
        Paragraph("Ours.", "note", "public"),
    )


def test_colour_and_logo_reach_every_format(small: Document, tmp_path: Path) -> None:
    logo = {"png": draw_logo(), "alt": {"en": "House", "zh": "公司"}}
    document = arrange_document(small, make(accent="#7A1F2B", logo=logo))
    for ending in ("html", "pdf", "docx", "json", "xlsx"):
        export_document(document, tmp_path / f"r.{ending}")

    page = (tmp_path / "r.html").read_text("utf-8")
    assert "--accent: #7a1f2b;" in page
    assert f'<img class="logo" src="data:image/png;base64,{logo["png"]}" alt="House">' in page
    assert len(pypdf.PdfReader(tmp_path / "r.pdf").pages[0].images) == 1
    assert load_document(tmp_path / "r.json") == document
    import docx

    word = docx.Document(str(tmp_path / "r.docx"))
    assert str(word.styles["Heading 1"].font.color.rgb) == "7A1F2B"
    picture = word.inline_shapes[0]
    assert (picture.width.mm, picture.height.mm) == (24, 12)
    assert picture._inline.docPr.get("descr") == "House"
    assert word.paragraphs[0].style.name == "Logo"


def test_own_words_stay_on_the_page_that_a_section_opens_and_closes(small: Document) -> None:
    edge, text = PageBreak("public"), Paragraph("scope", visibility="public")
    [section] = [s for s in small.sections if s.id == "scope"]
    words = {"en": "Ours.", "zh": "我们的。"}
    template = make(
        blocks=[{"section": "scope", "text": words, "at": at} for at in ("start", "end")]
    )
    own = Paragraph("Ours.", visibility="public")
    for before, after in (
        ((edge, text, edge), (edge, own, text, own, edge)),
        ((edge,), (edge, own, own)),
        ((), (own, own)),
    ):
        document = replace(small, sections=(replace(section, blocks=before),))
        assert arrange_document(document, template).sections[0].blocks == after


@pytest.mark.parametrize("dots", [None, (300, 300)])
def test_the_workbook_shows_the_logo_above_its_title_in_the_colour_of_the_house(
    small: Document, tmp_path: Path, dots: tuple[int, int] | None
) -> None:
    logo = {
        "png": draw_logo(**({"dpi": dots} if dots else {})), "alt": {"en": "House", "zh": "公司"}
    }  # fmt: skip
    document = arrange_document(small, make(accent="#7A1F2B", logo=logo))
    for name in ("a", "b"):
        export_document(document, tmp_path / f"{name}.xlsx")

    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert [sheet["A1"].value, sheet["A2"].value] == [None, "Title"]
    assert "FF7A1F2B" == sheet["A2"].font.color.rgb == sheet.sheet_properties.tabColor.rgb
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:
        drawing = parts.read("xl/drawings/drawing1.xml").decode()
    assert 'descr="House"' in drawing
    size = re.search(r'<a:ext cx="(\d+)" cy="(\d+)"/>', drawing)
    assert size
    assert [round(int(side) / 36_000) for side in size.groups()] == [24, 12]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"accent": "#ffcc00"}, "accent #ffcc00 on white has a contrast of 1.5, below 4.5"),
        ({"logo": {"png": "AAAA", "alt": {"en": "a", "zh": "a"}}}, "png is no PNG file"),
        (
            {"logo": {"png": draw_logo(cut=30), "alt": {"en": "a", "zh": "a"}}},
            "png is damaged: no picture can be read from it",
        ),
        (
            {"logo": {"png": draw_logo(4001, 500), "alt": {"en": "a", "zh": "a"}}},
            "the logo is 4,001 by 500 pixels; at most 4,000 a side, and 12 times as wide as high",
        ),
        (
            {"logo": {"png": draw_logo(130, 10), "alt": {"en": "a", "zh": "a"}}},
            "the logo is 130 by 10 pixels",
        ),
        ({"chapters": [{"sections": ["a"]}, {"sections": ["a"]}]}, "stands in two chapters"),
        ({"chapters": [{"id": "x", "sections": []}]}, "a chapter with a title has an id"),
    ],
)
def test_a_template_that_cannot_be_read_by_everybody_is_refused(
    content: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        make(**content)


def test_an_unknown_section_is_named_with_the_nearest() -> None:
    with pytest.raises(InvalidData) as refused:
        check_template(make(chapters=[{"sections": ["mangement"]}]), load_knowledge().labels)

    assert str(refused.value) == (
        "templates/house.yaml, sections: no report has a section mangement "
        "(did you mean management?)"
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_built_in_template_keeps_every_section_and_has_the_heads_of_35_7(
    report: Report, lang: str
) -> None:
    knowledge = load_knowledge()
    template = knowledge.templates["gdpr-35-7"]
    check_template(template, knowledge.labels)
    standard = report("internal", lang)
    arranged = arrange_document(standard, template)

    own = [s for s in arranged.sections if not s.id.startswith("chapter-")]
    assert sorted(s.id for s in own) == sorted(s.id for s in standard.sections)
    heads = [s.title for s in arranged.sections if s.id.startswith("chapter-")]
    assert [head[:3] for head in heads[1:]] == (
        ["(a)", "(b)", "(c)", "(d)"] if lang == "en" else ["（a）", "（b）", "（c）", "（d）"]
    )
    assert {t.id: t.rows for t in arranged.tables()} == {t.id: t.rows for t in standard.tables()}
