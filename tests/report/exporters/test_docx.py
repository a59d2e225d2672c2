"""The Word file: what reviewers rely on in Word, and nothing that the document does not say."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from docx.enum.section import WD_ORIENT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from piaskit.report.document import (
    Bullets,
    Card,
    Cards,
    Cell,
    Column,
    Document,
    Figure,
    Level,
    Link,
    PageBreak,
    Paragraph,
    Row,
    Section,
    Signature,
    Table,
    read_text,
    reveal_controls,
)
from piaskit.report.exporters import xlsx
from piaskit.report.exporters.docx import export
from piaskit.report.style import LOOKS, list_facts, read_words

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"


def _open(document: Document, folder: Path) -> Any:
    export(document, folder / "report.docx")
    return docx.Document(str(folder / "report.docx"))


def _read_parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _find_registers(word: Any) -> list[Any]:
    """Return the tables of the document, without those that only arrange a page."""
    return [table for table in word.tables if table.style.name == "Register"]


def _say(cell: Cell) -> str:
    symbol = f"{LOOKS[cell.id].symbol} " if isinstance(cell, Level) else ""
    return symbol + reveal_controls(read_text(cell))[0]


def _read_rows(table: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def _read_all(element: Any) -> str:
    """Return every word below an element, links and fields' results included."""
    return "".join(t.text or "" for t in element.iter(f"{W}t"))


@pytest.fixture
def word(sample: Document, tmp_path: Path) -> Any:
    return _open(sample, tmp_path)


def test_every_table_reads_back_row_by_row(word: Any, sample: Document) -> None:
    tables = list(sample.tables())
    found = _find_registers(word)

    assert len(found) == len(tables)
    for shown, table in zip(found, tables, strict=True):
        head, *rows = _read_rows(shown)
        assert head == [column.title for column in table.columns]
        if table.rows:
            assert rows == [[_say(cell) for cell in row.cells] for row in table.rows]
        else:
            assert rows == [[read_words(sample.lang)["empty"]] * len(table.columns)]


def test_word_and_workbook_hold_the_same_rows(sample: Document, tmp_path: Path) -> None:
    _compare_with_workbook(sample, tmp_path)


@pytest.mark.parametrize("edition", ["internal", "public"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_worked_case_reads_like_its_workbook_in_word(
    report: Any, edition: str, lang: str, tmp_path: Path
) -> None:
    assert _compare_with_workbook(report(edition, lang), tmp_path) > 50


def _compare_with_workbook(document: Document, folder: Path) -> int:
    """Compare every row of every sheet with that of the Word file; return how many."""
    xlsx.export(document, folder / "report.xlsx")
    book = openpyxl.load_workbook(folder / "report.xlsx")
    sheets = [sheet for sheet in book.worksheets[1:] if not sheet._charts]
    found = _find_registers(_open(document, folder))
    symbols = "".join({look.symbol for look in LOOKS.values()})
    number = 0
    for shown, table, sheet in zip(found, document.tables(), sheets, strict=True):
        rows = [[_say_value(v) for v in row] for row in sheet.iter_rows(values_only=True)]
        told = [[re.sub(f"^[{symbols}] ", "", c) for c in row] for row in _read_rows(shown)]
        assert told[0] == [column.title for column in table.columns]
        if table.rows:
            assert told[1:] == rows[1:]
        number += len(table.rows)
    return number


def _say_value(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else str(value).removesuffix(" 00:00:00")


def test_headings_are_words_own_and_in_order(word: Any, sample: Document) -> None:
    shown = [
        (paragraph.style.name, paragraph.text)
        for paragraph in word.paragraphs
        if paragraph.style.name.startswith("Heading")
    ]

    assert shown == [(f"Heading {s.level}", s.title) for s in sample.sections]
    assert [p.text for p in word.paragraphs if p.style.name == "Title"] == [sample.title]


def test_the_contents_are_there_at_once_and_ask_nobody(
    word: Any, sample: Document, tmp_path: Path
) -> None:
    words = read_words(sample.lang)
    entries = [
        (p.style.style_id, p.text) for p in word.paragraphs if p.style.style_id.startswith("TOC")
    ]
    codes = [code.text.strip() for code in word.element.body.iter(f"{W}instrText")]
    settings_ = _read_parts(tmp_path / "report.docx")["word/settings.xml"].decode()

    assert entries == [
        ("TOCHeading", words["contents"]),
        *((f"TOC{s.level}", s.title) for s in sample.sections),
    ]
    assert codes == [r'TOC \o "1-2" \h \z \u']
    kinds = [c.get(f"{W}fldCharType") for c in word.element.body.iter(f"{W}fldChar")]
    assert kinds == ["begin", "separate", "end"]
    assert "updateFields" not in settings_
    assert b"w:dirty" not in _read_parts(tmp_path / "report.docx")["word/document.xml"]


def test_header_rows_repeat_and_rows_stay_whole_unless_taller_than_most(
    build: Any, tmp_path: Path
) -> None:
    long = " ".join(f"word{number}" for number in range(3000))
    columns = (Column("a", "A"), Column("b", "B"))
    table = Table("t", "T", columns, (Row(("short", "x")), Row((long, "x"))))
    document = replace(build("en"), sections=(Section("s", "S", (table,)),))
    (shown,) = _find_registers(_open(document, tmp_path))

    whole = [row._tr.find(f"{W}trPr/{W}cantSplit") is not None for row in shown.rows]
    assert whole == [True, True, False]
    assert shown.cell(2, 0).text == long


def test_each_table_repeats_its_first_row_and_only_that(word: Any, sample: Document) -> None:
    for shown, table in zip(_find_registers(word), sample.tables(), strict=True):
        repeated = [row._tr.find(f"{W}trPr/{W}tblHeader") is not None for row in shown.rows]
        assert repeated == [True] + [False] * (len(shown.rows) - 1)
        assert shown._tbl.tblPr.find(f"{W}tblCaption").get(f"{W}val") == table.title


def test_captions_number_tables_and_figures_by_fields(word: Any, sample: Document) -> None:
    words = read_words(sample.lang)
    captions = [p for p in word.paragraphs if p.style.name.lower() == "caption"]
    fields = [
        field.get(f"{W}instr").strip()
        for caption in captions
        for field in caption._p.iter(f"{W}fldSimple")
    ]
    figure = next(b for s in sample.sections for b in s.blocks if isinstance(b, Figure))
    said = [_read_all(caption._p) for caption in captions]

    assert sorted(set(fields)) == [r"SEQ Figure \* ARABIC", r"SEQ Table \* ARABIC"]
    for number, table in enumerate(sample.tables(), 1):
        assert f"{words['table']} {number}  {table.title}" in said
    assert f"{words['figure']} 1  {figure.title}" in said


def test_each_drawing_is_a_picture_with_words_for_those_who_cannot_see_it(
    word: Any, sample: Document, tmp_path: Path
) -> None:
    figures = [b for s in sample.sections for b in s.blocks if isinstance(b, Figure)]
    told = [d.get("descr") for d in word.element.body.iter(f"{WP}docPr")]
    pictures = {
        name: data
        for name, data in _read_parts(tmp_path / "report.docx").items()
        if "media" in name
    }

    assert told == [figure.alt for figure in figures]
    assert len(word.inline_shapes) == len(figures)
    shape = word.inline_shapes[0]
    assert shape.width / shape.height == pytest.approx(640 / 150, rel=0.01)
    assert shape.width <= word.sections[0].page_width - 2 * word.sections[0].left_margin
    assert all(data.startswith(b"\x89PNG") for data in pictures.values())
    assert all(set(_list_chunks(data)) <= {"IHDR", "IDAT", "IEND", "pHYs", "sRGB"}
               for data in pictures.values())  # fmt: skip


def _list_chunks(png: bytes) -> list[str]:
    stream, names = BytesIO(png[8:]), []
    while head := stream.read(8):
        names.append(head[4:].decode())
        stream.seek(int.from_bytes(head[:4], "big") + 4, 1)
    return names


def test_links_lead_to_bookmarks_that_exist_once(word: Any, sample: Document) -> None:
    body = word.element.body
    names = [mark.get(f"{W}name") for mark in body.iter(f"{W}bookmarkStart")]
    targets = {link.get(f"{W}anchor") for link in body.iter(f"{W}hyperlink")}
    first = next(t for t in sample.tables() if t.id == "risk-register")
    row = _find_registers(word)[list(sample.tables()).index(first)].rows[1]
    (mark,) = row._tr.iter(f"{W}bookmarkStart")
    said = {
        _read_all(link)
        for link in body.iter(f"{W}hyperlink")
        if link.get(f"{W}anchor") == mark.get(f"{W}name")
    }

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"bookmark\d+", name) for name in names)
    assert targets <= set(names)
    assert said == {first.title, "1"}


def test_wide_tables_turn_their_page(word: Any, sample: Document) -> None:
    turned = [section.orientation for section in word.sections]
    wide = _find_registers(word)[0]
    room = word.sections[1].page_width - 2 * word.sections[1].left_margin

    assert turned == [WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE, WD_ORIENT.PORTRAIT]
    assert next(sample.tables()).landscape
    assert sum(column.width for column in wide.columns) == pytest.approx(room, rel=0.01)
    for section in word.sections:
        sides = sorted((section.page_width.mm, section.page_height.mm))
        assert sides == [pytest.approx(210, abs=0.1), pytest.approx(297, abs=0.1)]


def test_breaks_that_meet_make_one_page_break(build: Any, tmp_path: Path) -> None:
    wide = Table("w", "W", (Column("a", "A"),), (Row(("x",)),), landscape=True)
    sections = (
        Section("a", "A", (Paragraph("one"), PageBreak())),
        Section("b", "B", (PageBreak(), Paragraph("two"), PageBreak())),
        Section("c", "C", (PageBreak(), wide, PageBreak())),
    )
    word = _open(replace(build("en"), sections=sections), tmp_path)
    kinds = [
        "break" if p._p.find(f"{W}pPr/{W}pageBreakBefore") is not None else p.text
        for p in word.paragraphs
        if p.text or p._p.find(f"{W}pPr/{W}pageBreakBefore") is not None
    ]

    assert all((a, b) != ("break", "break") for a, b in pairwise(kinds))
    assert kinds.count("break") == 2
    assert kinds[-3:] == ["two", "C", "Table   W"]
    assert [s.orientation for s in word.sections] == [WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE]


def test_levels_are_told_by_symbol_word_and_shade(word: Any, sample: Document) -> None:
    shades = {
        style.style_id: style.element.find(f"{W}rPr/{W}shd").get(f"{W}fill")
        for style in word.styles
        if style.style_id.startswith("Level-")
    }
    used = {
        (run.style.style_id, run.text)
        for table in _find_registers(word)
        for row in table.rows
        for cell in row.cells
        for run in cell.paragraphs[0].runs
        if run.style.style_id.startswith("Level-")
    }
    expected = {
        (f"Level-{cell.id}", _say(cell))
        for table in sample.tables()
        for row in table.rows
        for cell in row.cells
        if isinstance(cell, Level)
    }

    assert shades == {f"Level-{name}": look.fill[1:] for name, look in LOOKS.items()}
    assert len(expected) == 4
    assert used == expected


def test_cards_and_the_place_to_sign_are_tables(word: Any, sample: Document) -> None:
    cards = next(b for s in sample.sections for b in s.blocks if isinstance(b, Cards))
    signature = next(b for s in sample.sections for b in s.blocks if isinstance(b, Signature))
    layout = [table for table in word.tables if table.style.name != "Register"]
    facts, shown, signed = layout
    told = [cell.text.split("\n") for row in shown.rows for cell in row.cells]

    assert [cell.text for row in facts.rows for cell in row.cells if cell.text.strip()] == [
        f"{label}\n{text}" for label, text in list_facts(sample)[1:]
    ]
    assert [lines[0] for lines in told] == [card.label for card in cards.items]
    assert [lines[1] for lines in told] == [
        ("" if card.is_level else f"{read_text(card.value)}  ")
        + f"{LOOKS[card.level.id].symbol} {card.level.label}"
        if card.level
        else read_text(card.value)
        for card in cards.items
    ]
    assert [row.cells[0].text for row in signed.rows] == [label for label, _ in signature.fields]
    assert {row.cells[3].text for row in signed.rows} == {signature.seal}
    lines = [
        row.cells[1]._tc.tcPr.find(f"{W}tcBorders/{W}bottom").get(f"{W}val") for row in signed.rows
    ]
    assert lines == ["single"] * len(signature.fields)


def test_ordered_lists_start_at_one_each(build: Any, tmp_path: Path) -> None:
    lists = tuple(Bullets(("a", "b"), ordered=True) for _ in range(2))
    document = replace(build("en"), sections=(Section("s", "S", (*lists, Bullets(("c",)))),))
    word = _open(document, tmp_path)
    numbers = [
        (p.style.style_id, p._p.pPr.numPr.numId.val)
        for p in word.paragraphs
        if p.style.style_id.startswith("List")
    ]
    starts = word.part.numbering_part.element.findall(f".//{W}startOverride")

    assert numbers == [
        ("ListNumber", 2), ("ListNumber", 2), ("ListNumber", 3), ("ListNumber", 3),
        ("ListBullet", 1),
    ]  # fmt: skip
    assert [start.get(f"{W}val") for start in starts] == ["1", "1"]


def test_every_page_tells_its_number_and_all_but_the_first_edition_and_date(
    word: Any, sample: Document
) -> None:
    words = read_words(sample.lang)
    first, *others = word.sections
    footer = first.footer._element

    assert first.different_first_page_header_footer
    assert _read_all(first.first_page_header._element) == ""
    assert _read_all(first.header._element) == (
        f"{sample.title}{words['internal']} · {words['as_of']} 2026-03-31"
    )
    assert [f.get(f"{W}instr").strip() for f in footer.iter(f"{W}fldSimple")] == [
        "PAGE",
        "NUMPAGES",
    ]
    assert _read_all(footer) == sample.organisation + words["page"].format(page=1, pages=1)
    assert _read_all(first.first_page_footer._element) == _read_all(footer)
    for section in others:
        assert not section.different_first_page_header_footer
        assert _read_all(section.header._element) == _read_all(first.header._element)


def test_language_and_fonts_are_named_in_the_styles(word: Any, sample: Document) -> None:
    run = word.styles.element.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
    fonts, lang = run.find(f"{W}rFonts"), run.find(f"{W}lang")

    assert fonts.get(f"{W}eastAsia") == "Microsoft YaHei"
    assert {fonts.get(f"{W}{name}") for name in ("ascii", "hAnsi", "cs")} == {"Arial"}
    assert (fonts.get(f"{W}hint") == "eastAsia") == (sample.lang == "zh")
    assert (lang.get(f"{W}val"), lang.get(f"{W}eastAsia")) == ("en-GB", "zh-CN")
    assert word.core_properties.language == {"zh": "zh-CN", "en": "en-GB"}[sample.lang]


def test_the_properties_tell_neither_author_nor_machine_nor_session(
    word: Any, sample: Document, tmp_path: Path
) -> None:
    properties = word.core_properties
    parts = _read_parts(tmp_path / "report.docx")

    assert properties.title == sample.title
    assert not any(
        getattr(properties, name)
        for name in ("author", "last_modified_by", "comments", "keywords", "subject", "category")
    )
    for moment in (properties.created, properties.modified):
        assert moment.isoformat()[:19] == "2026-03-31T00:00:00"
    assert sorted(parts) == [
        "[Content_Types].xml",
        "_rels/.rels",
        "docProps/core.xml",
        "word/_rels/document.xml.rels",
        "word/document.xml",
        "word/footer1.xml",
        "word/header1.xml",
        "word/header2.xml",
        "word/media/image1.png",
        "word/numbering.xml",
        "word/settings.xml",
        "word/styles.xml",
    ]
    xml = b"".join(data for name, data in parts.items() if not name.endswith(".png"))
    assert not re.search(rb"rsid|python-docx|TargetMode|/tmp/|/(work|home)/", xml)


def test_the_entries_of_the_archive_have_one_date_and_one_order(word: Any, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "report.docx") as archive:
        entries = archive.infolist()

    names = [entry.filename for entry in entries]
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert names[0] == "[Content_Types].xml"
    assert names[1:] == sorted(names[1:])


def test_hostile_texts_come_through_as_text(
    word: Any, hostile: tuple[str, ...], tmp_path: Path
) -> None:
    paragraphs = [paragraph.text for paragraph in word.paragraphs]
    cells = [cell.text for t in _find_registers(word) for row in t.rows for cell in row.cells]

    for said in hostile:
        shown = reveal_controls(said)[0]
        assert shown in paragraphs
        assert shown in cells
    xml = _read_parts(tmp_path / "report.docx")["word/document.xml"].decode()
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", xml)


def test_a_text_that_looks_like_a_field_or_xml_is_neither(build: Any, tmp_path: Path) -> None:
    texts = (
        '{ INCLUDETEXT "a.docx" }',
        "HYPERLINK x",
        "</w:t></w:r><w:p/>",
        "]]>",
        "a\tb\nc",
        " x ",
    )
    columns = (Column("a", texts[2]),)
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>'
    blocks = (
        *(Paragraph(text) for text in texts),
        Table("t", texts[0], columns, tuple(Row((text,)) for text in texts), note=texts[2]),
        Figure("f", texts[2], 'say "<&>"\x07', drawing),
        Cards((Card(texts[2], texts[0], Link(texts[2], "t")),)),
    )
    document = replace(build("zh"), title=texts[2], sections=(Section("s", texts[0], blocks),))
    word = _open(document, tmp_path)
    codes = {
        field.get(f"{W}instr").split()[0] for field in word.element.body.iter(f"{W}fldSimple")
    } | {code.text.split()[0] for code in word.element.body.iter(f"{W}instrText")}

    said = [paragraph.text for paragraph in word.paragraphs]
    assert all(text in said for text in texts)
    assert _read_rows(_find_registers(word)[0]) == [[texts[2]], *([text] for text in texts)]
    assert codes <= {"SEQ", "TOC"}
    (picture,) = word.element.body.iter(f"{WP}docPr")
    assert picture.get("descr") == 'say "<&>"[U+0007]'
    assert word.core_properties.title == texts[2]


def test_a_public_file_holds_nothing_but_the_texts_of_its_document(
    public_sample: Document, tmp_path: Path
) -> None:
    _compare_texts(public_sample, tmp_path)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_public_file_of_the_worked_case_holds_nothing_else(
    report: Any, lang: str, tmp_path: Path
) -> None:
    _compare_texts(report("public", lang), tmp_path)


def _compare_texts(document: Document, folder: Path) -> None:
    """Find every text of every part among the document's own or the words of the page."""
    _open(document, folder)
    words = read_words(document.lang)
    own = {reveal_controls(text)[0] for text in _list_texts(document)}
    own |= {piece for text in own for piece in re.split(r"[\n\t]", text)}
    own |= {f"{LOOKS[c.id].symbol} {c.label}" for c in _list_levels(document)}
    ours = {*words.values(), " · ", " ", "  ", "⚠ ", "en-GB", "zh-CN", "1"}
    ours |= {f"{words['table']} ", f"{words['figure']} "}
    ours |= {part for part in re.split(r"\{pages?\}", words["page"]) if part}
    numbered = re.compile(rf"({words['table']}|{words['figure']}) \d+  (.*)")

    for name, data in _read_parts(folder / "report.docx").items():
        if name.endswith(".png"):
            continue
        for element in etree.fromstring(data).iter():
            told = [element.text or "", element.get("descr", "")]
            told += [element.get(f"{W}val", "")] if element.tag == f"{W}tblCaption" else []
            for text in filter(str.strip, told):
                if element.tag == f"{W}instrText":
                    assert re.match(r" TOC \\", text)
                elif name == "docProps/core.xml":
                    assert text in own | ours or re.match(
                        r"1$|" + document.as_of.isoformat() + r"T00:00:00Z", text
                    )
                else:
                    found = numbered.fullmatch(text)
                    plain = found[2] if found else text
                    assert plain in own | ours or plain.isdigit()


def _list_texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for part in value for text in _list_texts(part)]
    if hasattr(value, "__slots__"):
        return [text for name in value.__slots__ for text in _list_texts(getattr(value, name))]
    return [read_text(value)] if not isinstance(value, bool) else []


def _list_levels(document: Document) -> list[Level]:
    found = [c for t in document.tables() for row in t.rows for c in row.cells]
    for section in document.sections:
        for block in section.blocks:
            found += [card.level for card in getattr(block, "items", ()) if hasattr(card, "level")]
    return [cell for cell in found if isinstance(cell, Level)]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=40).filter(str.strip))
def test_any_text_can_be_written(tmp_path_factory: Any, build: Any, text: str) -> None:
    table = Table("t", text, (Column("a", text),), (Row((text,)),))
    document = replace(
        build("zh"), title=text, organisation=text, sections=(Section("s", text, (table,)),)
    )
    word = _open(document, tmp_path_factory.mktemp("docx"))

    assert _read_rows(_find_registers(word)[0]) == [[reveal_controls(text)[0]]] * 2
