"""The printed report: tagged, archivable, and every text in it only text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest
import typst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from piaskit.report.document import (
    Card,
    Cards,
    Column,
    Document,
    Level,
    Link,
    PageBreak,
    Paragraph,
    Row,
    Section,
    Table,
)
from piaskit.report.exporters.pdf import export
from piaskit.report.fonts import replace_missing
from piaskit.report.style import read_words


def _read(path: Path) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


def _squeeze(text: str) -> str:
    """Leave out what a line break changes."""
    return re.sub(r"[\s\u200b]", "", text)


@pytest.fixture
def pages(sample: Document, tmp_path: Path) -> list[str]:
    export(sample, tmp_path / "report.pdf")
    return _read(tmp_path / "report.pdf")


def test_the_file_is_tagged_archivable_and_dated_by_the_document(
    sample: Document, pages: list[str], tmp_path: Path
) -> None:
    reader = pypdf.PdfReader(tmp_path / "report.pdf")
    metadata = reader.xmp_metadata
    assert metadata is not None
    packet = metadata.stream.get_data().decode()

    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert reader.trailer["/Root"]["/Lang"] == {"en": "en-GB", "zh": "zh-CN"}[sample.lang]  # type: ignore[index]
    assert re.search(r"pdfaid:part>2<.*pdfaid:conformance>A<", packet, re.DOTALL)
    assert "pdfuaid:part>1<" in packet
    assert reader.metadata is not None
    assert reader.metadata.title == sample.title
    assert str(reader.metadata.get("/CreationDate")).startswith("D:20260331000000")
    assert reader.metadata.author is None


def test_bookmarks_follow_the_headings(sample: Document, pages: list[str], tmp_path: Path) -> None:
    assert _read_bookmarks(tmp_path / "report.pdf", sample) == [s.title for s in sample.sections]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_public_edition_of_the_worked_case_is_set_to_its_last_section(
    report: Any, lang: str, tmp_path: Path
) -> None:
    document = report("public", lang)
    export(document, tmp_path / "report.pdf")

    assert _read_bookmarks(tmp_path / "report.pdf", document) == [
        section.title for section in document.sections
    ]


def _read_bookmarks(path: Path, document: Document) -> list[str]:
    """Return the titles in the outline of a file, without that of its contents."""

    def flatten(outline: list[Any]) -> list[str]:
        return [
            title
            for entry in outline
            for title in (flatten(entry) if isinstance(entry, list) else [str(entry.title)])
        ]

    own = read_words(document.lang)["contents"]
    return [title for title in flatten(pypdf.PdfReader(path).outline) if title != own]


def test_links_of_text_and_cells_lead_to_their_rows(build, tmp_path: Path) -> None:
    rows = tuple(Row((f"row {n}", Link("up", "row-1")), f"row-{n}") for n in range(1, 90))
    table = Table("rows", "Rows", (Column("a", "A"), Column("b", "B")), rows)
    text = Paragraph(("see ", Link("the last row", "row-89")))
    export(
        replace(build("en"), sections=(Section("s", "S", (text, table)),)), tmp_path / "report.pdf"
    )

    pages = pypdf.PdfReader(tmp_path / "report.pdf").pages
    links = [note.get_object() for page in pages for note in page.get("/Annots", [])]
    places = [page.indirect_reference for page in pages]
    led = [places.index(_find_page(link)) for link in links]

    assert len(pages) > 1
    assert [len(pages) - 1, *[0] * len(rows)] == led


def test_a_title_in_the_form_of_a_link_is_only_a_title(build, tmp_path: Path) -> None:
    address = "URI(anchor:7)>>/F 4/StructParent 3/Contents(anchor:7)"
    title = f"/A<</Type/Action/S/URI/{address}"
    text = Paragraph(("see ", Link("it", "s")))
    export(replace(build("en"), title=title, sections=(Section("s", "S", (text,)),)),
           tmp_path / "report.pdf")  # fmt: skip

    reader = pypdf.PdfReader(tmp_path / "report.pdf")

    assert reader.metadata is not None
    assert title == reader.metadata.title
    (link,) = reader.pages[0]["/Annots"]
    assert reader.pages[0].indirect_reference == _find_page(link.get_object())


def _find_page(link: Any) -> Any:
    """Return the page that a link leads to."""
    return (link["/Dest"] if "/Dest" in link else link["/A"]["/D"]).get_object()[0]


def test_page_one_holds_title_date_and_all_cards(sample: Document, pages: list[str]) -> None:
    first = _squeeze(pages[0])
    cards = next(b for b in sample.sections[0].blocks if isinstance(b, Cards))

    assert _squeeze(sample.title) in first
    assert "2026-03-31" in first
    assert all(_squeeze(card.label) in first for card in cards.items)


def test_every_page_tells_its_number_and_all_but_the_first_edition_and_date(
    sample: Document, pages: list[str]
) -> None:
    words = read_words(sample.lang)

    for number, text in enumerate(pages, 1):
        numbered = words["page"].format(page=number, pages=len(pages))
        assert _squeeze(numbered) in _squeeze(text)
        assert number == 1 or _squeeze(words["internal"]) in _squeeze(text)
        assert "2026-03-31" in text


def test_every_cell_of_every_table_is_in_the_text(sample: Document, pages: list[str]) -> None:
    text = _squeeze("".join(pages))

    for table in sample.tables():
        for row in table.rows:
            for cell in row.cells:
                if isinstance(cell, str) and cell.isascii():
                    assert _squeeze(replace_missing(cell)[0]) in text


def test_chinese_text_can_be_extracted(build, tmp_path: Path) -> None:
    export(build("zh"), tmp_path / "report.pdf")

    text = _squeeze("".join(_read(tmp_path / "report.pdf")))

    for words in (
        "个人信息保护影响评估报告",
        "订单历史在处理目的实现后仍被保存",
        "第1页",
        "单位盖章处",
    ):
        assert words in text


def test_hostile_texts_come_through_as_text(pages: list[str], hostile: tuple[str, ...]) -> None:
    text = _squeeze("".join(pages))

    for said in hostile:
        if not any(unicodedata.bidirectional(character) in ("R", "AL") for character in said):
            assert text.count(_squeeze(replace_missing(said)[0])) >= 2
    assert "שלום" in text or "םולש" in text


def test_characters_no_font_has_are_counted_in_the_report(build, tmp_path: Path) -> None:
    document = build("en")
    section = Section("only", "Only", (Paragraph("a\ue000b\ue001"),))
    export(replace(document, sections=(section,)), tmp_path / "report.pdf")

    (text,) = _read(tmp_path / "report.pdf")

    assert "a[U+E000]b[U+E001]" in text
    assert "Characters that the fonts of this report lack stand as [U+code]: 2." in text


def test_a_wide_table_turns_its_page_with_its_heading(
    sample: Document, pages: list[str], tmp_path: Path
) -> None:
    turned = [
        page
        for page in pypdf.PdfReader(tmp_path / "report.pdf").pages
        if page.mediabox.width > page.mediabox.height
    ]

    assert turned
    text = _squeeze(turned[0].extract_text())
    assert _squeeze(sample.sections[1].title) in text
    assert _squeeze(sample.sections[2].blocks[0].text) not in text  # type: ignore[union-attr,arg-type]


def test_wide_tables_that_follow_each_other_share_a_page(build, tmp_path: Path) -> None:
    def annex(name: str) -> Section:
        row = (Row(("x",)),)
        table = Table(f"table-{name}", name, (Column("a", "A"),), row, landscape=True)
        return Section(name, f"Annex {name}", (Paragraph(f"about {name}"), table), level=2)

    sections = (
        Section("first", "First", (Paragraph("portrait"),)),
        Section("annexes", "Annexes"),
        annex("one"),
        annex("two"),
        Section("last", "Last", (Paragraph("portrait again"),)),
    )
    export(replace(build("en"), sections=sections), tmp_path / "report.pdf")

    pages = pypdf.PdfReader(tmp_path / "report.pdf").pages
    turned = [page.mediabox.width > page.mediabox.height for page in pages]
    assert turned == [False, False, True, False]
    text = pages[2].extract_text()
    assert all(said in text for said in ("Annexes", "Annex one", "about one", "Annex two"))
    assert "portrait again" in pages[3].extract_text()


def test_a_break_that_opens_a_section_stands_before_its_heading(build, tmp_path: Path) -> None:
    sections = (
        Section("a", "Alpha", (Paragraph("one"),)),
        Section("b", "Beta", (PageBreak(), Paragraph("two")), level=2),
    )
    export(replace(build("en"), sections=sections), tmp_path / "report.pdf")

    first, second = _read(tmp_path / "report.pdf")

    assert "Beta" not in first
    assert "Beta" in second


def test_a_long_table_repeats_its_header_and_loses_no_row(build, tmp_path: Path) -> None:
    export(build("en", rows=150), tmp_path / "report.pdf")
    pages = [page for page in _read(tmp_path / "report.pdf") if "never-deleted@" in _squeeze(page)]
    text = _squeeze("".join(pages))

    assert len(pages) > 3
    assert all("Persons" in page and "Level" in page for page in pages)
    assert all(f"order-{number:03d}" in text for number in range(1, 151))


def test_a_row_taller_than_a_page_is_not_lost(build, tmp_path: Path) -> None:
    long = " ".join(f"word{number}" for number in range(3000))
    table = Table("t", "T", (Column("a", "A"), Column("b", "B")), (Row((long, "x")),))
    document = replace(build("en"), sections=(Section("s", "S", (table,)),))
    export(document, tmp_path / "report.pdf")

    text = "".join(_read(tmp_path / "report.pdf"))

    assert all(f"word{number}" in text for number in (0, 1500, 2999))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=40).filter(str.strip))
def test_any_text_can_be_printed(tmp_path_factory, build, text: str) -> None:
    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    columns = (Column("a", text, "level"), Column("b", "B"))
    blocks = (
        Paragraph(text),
        Cards((Card(text, text, text, Level("high", text)),)),
        Table("t", text, columns, (Row((Level("low", text), text)),)),
    )
    document = replace(
        build("zh"), title=text, organisation=text, sections=(Section("s", text, blocks),)
    )

    export(document, path)

    assert path.read_bytes().startswith(b"%PDF-1.7")


def test_typst_is_told_one_thing_so_that_it_knows_the_layout_when_asked_for_places(
    sample: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several inputs come in any order, and another order means another layout."""
    told, query = [], typst.query

    def keep(*given: Any, **named: Any) -> str:
        told.append(named["sys_inputs"])
        return query(*given, **named)

    monkeypatch.setattr("typst.query", keep)
    export(sample, tmp_path / "report.pdf")

    assert [len(inputs) for inputs in told] == [1]
