"""The printed reports as a validator reads them: PDF/A-2a and PDF/UA-1, clause by clause."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from accept.formats import write_cases
from accept.reports import scratch
from accept.row import Measured, need_tool, row, run
from accept.structure import Structure, list_kids
from piaskit.report.document import Document
from piaskit.report.exporters.json import load_document

_HEADING = re.compile(r"/H([1-6])")
_XMP = {
    "PDF/A part": "pdfaid:part>2<",
    "PDF/A conformance": "pdfaid:conformance>A<",
    "PDF/UA part": "pdfuaid:part>1<",
}
FLAVOURS = ("2a", "ua1")


def find_faults(path: Path, document: Document) -> Iterator[str]:
    """Yield what of the structure of a printed report a reader for the blind would miss."""
    printed = Structure(path)
    root: Any = printed.reader.trailer["/Root"]
    elements = list(_walk(root.get("/StructTreeRoot", {}), None))
    yield from _check_frame(root, printed.reader, document)
    yield from _check_marks(printed, elements)
    yield from _check_headings(printed, elements, document)
    yield from _check_elements(elements)
    yield from _check_fonts(printed.reader)
    yield from _check_links(printed.reader)


def _walk(node: Any, page: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every element below a node, with the page it stands on where it says so."""
    for kid in list_kids(node):
        if hasattr(kid, "get") and "/S" in kid:
            there = kid.raw_get("/Pg") if "/Pg" in kid else page
            yield kid, there
            yield from _walk(kid, there)


def _check_frame(root: Any, reader: Any, document: Document) -> Iterator[str]:
    said = root["/Metadata"].get_object().get_data().decode() if "/Metadata" in root else ""
    yield from (f"XMP: no {name}" for name, words in _XMP.items() if words not in said)
    title = re.search(r"<dc:title>.*?<rdf:li[^>]*>(.*?)</rdf:li>", said, re.DOTALL)
    if title is None or not title[1].strip():
        yield "XMP: no title"
    marks, shown = root.get("/MarkInfo", {}), root.get("/ViewerPreferences", {})
    if not _is_true(marks, "/Marked") or _is_true(marks, "/Suspects"):
        yield "not marked, or suspect"
    if not _is_true(shown, "/DisplayDocTitle") or reader.metadata.title != document.title:
        yield "the window shows another title"
    if not str(root.get("/Lang", "")).startswith(document.lang):
        yield f"language {root.get('/Lang')}"
    if not list_kids({"/K": root.get("/OutputIntents")}):
        yield "no output intent"
    active = {"/OpenAction", "/AA", "/AcroForm"} & root.keys()
    active |= {"/JavaScript", "/EmbeddedFiles"} & root.get("/Names", {}).keys()
    yield from (f"holds {name}" for name in sorted(active))
    if reader.is_encrypted:
        yield "encrypted"


def _is_true(facts: Any, name: str) -> bool:
    return str(facts.get(name)) == "True"  # pypdf's own False counts as true


def _check_marks(printed: Structure, elements: list[tuple[Any, Any]]) -> Iterator[str]:
    """Each thing painted stands in a mark, each mark in the tree, each of the tree on a page."""
    loose = {page: n for page, n in printed.loose.items() if n}
    if loose:
        yield f"{sum(loose.values())} things painted outside of marks on {len(loose)} pages"
    told = set()
    for element, page in elements:
        for kid in list_kids(element):
            if not hasattr(kid, "get"):
                told.add((page.idnum, int(kid)))
            elif "/MCID" in kid:
                there = kid.raw_get("/Pg") if "/Pg" in kid else page
                told.add((there.idnum, int(kid["/MCID"])))
    if printed.numbers - told:
        yield f"{len(printed.numbers - told)} marks outside of the tree"
    if told - printed.numbers:
        yield f"{len(told - printed.numbers)} marks of the tree on no page"


def _check_headings(
    printed: Structure, elements: list[tuple[Any, Any]], document: Document
) -> Iterator[str]:
    """Headings skip no level; they and the bookmarks are the sections, in order."""
    sections = [(section.level, _squeeze(section.title)) for section in document.sections]
    shown = [
        (int(found[1]), _squeeze("".join(printed.read_texts(element, page))))
        for element, page in elements
        if (found := _HEADING.fullmatch(element["/S"]))
    ]
    steps = [0, *(level for level, _ in shown)]
    if any(after > before + 1 for before, after in pairwise(steps)):
        yield "a heading skips a level"
    contents = [heading for heading in shown if heading not in sections]
    if [heading for heading in shown if heading in sections] != sections or len(contents) > 1:
        yield f"headings are not the sections: {contents[:2]}"
    outline = list(_flatten(printed.reader.outline, 1))
    if outline != sections:
        yield f"{len(outline)} bookmarks for {len(sections)} sections"


def _flatten(outline: list[Any], level: int) -> Iterator[tuple[int, str]]:
    for entry in outline:
        if isinstance(entry, list):
            yield from _flatten(entry, level + 1)
        else:
            yield level, _squeeze(str(entry.title))


def _squeeze(text: str) -> str:
    return re.sub(r"[\s\u200b]", "", text)


def _check_elements(elements: list[tuple[Any, Any]]) -> Iterator[str]:
    for element, _ in elements:
        kind = element["/S"]
        if kind == "/Figure" and not str(element.get("/Alt", "")).strip():
            yield "a figure without words"
        elif kind == "/Figure" and not _read_fact(element, "/BBox"):
            yield "a figure without its box"
        elif kind == "/TH" and _read_fact(element, "/Scope") not in ("/Column", "/Row", "/Both"):
            yield "a head of a table without scope"
        elif kind == "/Table":
            yield from _check_table(element)
        elif kind == "/L" and _read_fact(element, "/ListNumbering") is None:
            yield "a list that does not tell its numbering"


def _check_table(table: Any) -> Iterator[str]:
    rows = [element for element, _ in _walk(table, None) if element["/S"] == "/TR"]
    widths = {
        sum(int(_read_fact(cell, "/ColSpan") or 1) for cell in list_kids(line)) for line in rows
    }
    if len(widths) != 1:
        yield f"a table with rows of {sorted(widths)} cells"
    kinds = {cell["/S"] for line in rows for cell in list_kids(line)}
    if not kinds <= {"/TH", "/TD"}:
        yield f"a row that holds {sorted(kinds - {'/TH', '/TD'})}"
    if not any(cell["/S"] == "/TH" for line in rows[:1] for cell in list_kids(line)):
        yield "a table without a head"


def _read_fact(element: Any, name: str) -> Any:
    facts = element.get("/A", [])
    for fact in facts if isinstance(facts, list) else [facts]:
        if name in fact.get_object():
            return fact.get_object()[name]
    return None


def _check_fonts(reader: Any) -> Iterator[str]:
    fonts = {
        str(font.get_object().get("/BaseFont")): font.get_object()
        for page in reader.pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    for name, font in fonts.items():
        within = [kid.get_object() for kid in font.get("/DescendantFonts", [font])]
        files = ("/FontFile", "/FontFile2", "/FontFile3")
        if not all(any(file in f.get("/FontDescriptor", {}) for file in files) for f in within):
            yield f"the font {name} is not embedded"
        if "/ToUnicode" not in font:
            yield f"the font {name} does not tell its characters"


def _check_links(reader: Any) -> Iterator[str]:
    for number, page in enumerate(reader.pages, 1):
        notes = [note.get_object() for note in page.get("/Annots", [])]
        if notes and page.get("/Tabs") != "/S":
            yield f"page {number}: links out of the order of the tree"
        if not all(str(note.get("/Contents", "")).strip() for note in notes):
            yield f"page {number}: a link without words"
        if not all("/StructParent" in note for note in notes):
            yield f"page {number}: a link outside of the tree"


def _drop(element: str, key: str) -> Callable[[Any], None]:
    def change(root: Any) -> None:
        found = next(e for e, _ in _walk(root["/StructTreeRoot"], None) if e["/S"] == element)
        del found[key]

    return change


def _rename(element: str, name: str) -> Callable[[Any], None]:
    def change(root: Any) -> None:
        from pypdf.generic import NameObject

        found = next(e for e, _ in _walk(root["/StructTreeRoot"], None) if e["/S"] == element)
        found[NameObject("/S")] = NameObject(name)

    return change


def _change_xmp(old: bytes, new: bytes) -> Callable[[Any], None]:
    def change(root: Any) -> None:
        stream = root["/Metadata"].get_object()
        stream.set_data(stream.get_data().replace(old, new))

    return change


def _first_page(root: Any) -> Any:
    return next(iter(root["/Pages"]["/Kids"])).get_object()


def _unmark(root: Any) -> None:
    from pypdf.generic import NameObject, StreamObject

    page, stream = _first_page(root), StreamObject()
    stream.set_data(page["/Contents"].get_object().get_data() + b"\n0 0 9 9 re f\n")
    page[NameObject("/Contents")] = stream


def _bare_font(root: Any) -> None:
    font = next(iter(_first_page(root)["/Resources"]["/Font"].values())).get_object()
    descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
    for key in [key for key in descriptor if key.startswith("/FontFile")]:
        del descriptor[key]


DAMAGES: dict[str, Callable[[Any], None]] = {
    "words of a figure": _drop("/Figure", "/Alt"),
    "scope of a head": _drop("/TH", "/A"),
    "a mark's element": _drop("/P", "/K"),
    "level of a heading": _rename("/H1", "/H3"),
    "a heading made text": _rename("/H1", "/P"),
    "a cell": _rename("/TD", "/Span"),
    "PDF/A in XMP": _change_xmp(b"pdfaid:part>2<", b"pdfaid:part>1<"),
    "PDF/UA in XMP": _change_xmp(b"pdfuaid:part", b"pdfuaid:other"),
    "a title shown": lambda root: root["/ViewerPreferences"].pop("/DisplayDocTitle"),
    "the language": lambda root: root.pop("/Lang"),
    "the marks' sign": lambda root: root.pop("/MarkInfo"),
    "bookmarks": lambda root: root.pop("/Outlines"),
    "something outside of marks": _unmark,
    "a font's file": _bare_font,
}


def _damage(path: Path, change: Callable[[Any], None]) -> Path:
    import pypdf

    writer = pypdf.PdfWriter(clone_from=path)
    change(writer.root_object)
    damaged = scratch() / "damaged.pdf"
    writer.write(damaged)
    return damaged


def _list_printed() -> list[tuple[str, Path, Document]]:
    return [
        (
            f"{name} {pdf.parent.name} {pdf.stem.rpartition('.')[2]}",
            pdf,
            load_document(pdf.with_suffix(".json")),
        )
        for name, folder in write_cases().items()
        for pdf in sorted(folder.glob("*/report.*.pdf"))
    ]


@row(
    "PDFs of marketplace, a Fides import and 400 flows: marked content, headings in order and the "
    "same as the bookmarks, words for figures, scopes of heads, XMP of PDF/A-2a and PDF/UA-1, "
    f"fonts embedded, language and title; {len(DAMAGES)} damages done on purpose",
    "no fault; each damage is told",
)
def pdf_structure() -> Measured:
    printed = _list_printed()
    wrong = [f"{name}: {line}" for name, path, doc in printed for line in find_faults(path, doc)]
    _, path, document = next(one for one in printed if one[1].parent.name == "public")
    missed = [
        name
        for name, change in DAMAGES.items()
        if not list(find_faults(_damage(path, change), document))
    ]
    told = f"{len(printed)} files, {len(wrong)} faults {wrong[:4]}; "
    told += f"{len(DAMAGES) - len(missed)} of {len(DAMAGES)} damages told, missed: {missed}"
    return told, not wrong and not missed


@row("veraPDF: the same PDFs after its profiles for PDF/A-2a and PDF/UA-1", "each passes both")
def pdf_validated() -> Measured:
    tool, told, good = need_tool("verapdf"), [], 0
    printed = _list_printed()
    for flavour in FLAVOURS:
        for name, path, _ in printed:
            said = run(tool, "--format", "text", "--flavour", flavour, path, timeout=900).stdout
            good += said.startswith("PASS ")
            if not said.startswith("PASS "):
                told.append(f"{name} {flavour}: {said.strip()[:120]}")
    return f"{good} of {len(printed) * len(FLAVOURS)} pass; {told}", not told
