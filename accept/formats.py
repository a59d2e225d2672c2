"""The same rows in every format: tables read back from the finished files, cell by cell."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pypdf

from accept.crowd import write_crowd
from accept.foreign import INTEROP
from accept.reports import marketplace, scratch, write
from accept.row import MARKETPLACE, Measured, NotRun, need_tool, piaskit, row, run
from accept.structure import Structure
from accept.tables import change_cells, copy_case
from piaskit.report.document import reveal_controls
from piaskit.report.fonts import replace_missing

HOSTILE = (
    "<script>alert(1)</script>&amp;<!--",
    "#set text(red) $x^2$ *bold* _it_ @ref `raw` // no",
    r"\input{/etc/passwd} \textbf{x} %rest {unclosed",
    '=HYPERLINK("http://x.example","y")',
    "+1+1",
    "@SUM(A1)",
    "[link](javascript:alert(1)) **b** ~~s~~ | a | b |",
    "{{ 7*7 }} {% if x %} ${7*7}",
    # Overrides of direction are refused when a case is read.
    "mark\u200fed \u200eend, zero\u200cwidth\u200djoin, tab\there, line\nend",
)
PLACES = {"activities": ("purpose", "necessity", "subjects"), "items": ("title",),
          "parties": ("title",), "systems": ("title",), "safeguards": ("title",)}  # fmt: skip
Rows = Counter[tuple[str, ...]]
ALL = ("--formats", "html,pdf,xlsx,docx,json")
_SIGNS = re.compile(r"^[○◐●▲]\ufe0e?")
_INVISIBLE = re.compile(r"[\s\u200b\u2060\ufeff\u00ad]+")


def condense(cell: object) -> str:
    """Return what of a cell is not layout: no spaces, no sign before a level."""
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        cell = cell.isoformat()
    elif isinstance(cell, int):
        cell = f"{cell:,}"
    elif isinstance(cell, float):
        cell = f"{cell:,.6g}" if cell % 1 else f"{int(cell):,}"
    text = reveal_controls(str(cell or "" if cell != 0 else 0))[0]
    return _SIGNS.sub("", _INVISIBLE.sub("", text))


def read_document_rows(path: Path) -> Rows:
    from piaskit.report.document import read_text
    from piaskit.report.exporters.json import load_document

    tables = load_document(path).tables()
    return Counter(
        tuple(condense(read_text(cell)) for cell in line.cells)
        for table in tables
        for line in table.rows
    )


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.body = self.cell = self.spans = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tbody":
            self.body = True
        elif tag == "tr" and self.body:
            self.rows.append([])
        elif tag in ("td", "th") and self.body:
            self.cell = "colspan" not in dict(attrs)
            if self.cell:
                self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "tbody":
            self.body = False
        elif tag in ("td", "th"):
            self.cell = False

    def handle_data(self, data: str) -> None:
        if self.cell and self.rows:
            self.rows[-1][-1] += data


def read_html_rows(path: Path) -> Rows:
    reader = _Html()
    reader.feed(path.read_text("utf-8"))
    return Counter(tuple(map(condense, line)) for line in reader.rows if line)


def read_docx_rows(path: Path) -> Rows:
    import docx

    found: Rows = Counter()
    for table in docx.Document(str(path)).tables:
        if "w:tblHeader" not in table._tbl.tr_lst[0].xml:
            continue  # cards and signatures are laid out in tables, too
        for line in list(table._tbl.tr_lst)[1:]:
            cells = [
                "".join(text.text or "" for text in cell.iter() if text.tag.endswith("}t"))
                for cell in line.tc_lst
                if cell.grid_span == 1  # a wider one says that there are no rows
            ]
            found[tuple(map(condense, cells))] += 1
    return found


def read_xlsx_rows(path: Path) -> Rows:
    import openpyxl

    book = openpyxl.load_workbook(path, data_only=True)
    found: Rows = Counter()
    for sheet in book.worksheets[1:]:
        for table in sheet.tables.values():
            for line in list(sheet[table.ref])[1:]:
                found[tuple(condense(cell.value) for cell in line)] += 1
    return found


def read_pdf_rows(path: Path) -> Rows:
    """Read the rows of a PDF from its structure, which readers for the blind follow."""
    return Counter(tuple(map(condense, cells)) for cells in Structure(path).read_rows())


READERS = {
    "html": read_html_rows,
    "xlsx": read_xlsx_rows,
    "docx": read_docx_rows,
    "pdf": read_pdf_rows,
}


def compare_formats(folder: Path) -> Iterator[str]:
    """Yield, for each report of a folder and format, the rows that only one of them has."""
    for twin in sorted(folder.glob("*/report.*.json")):
        wanted = read_document_rows(twin)
        for ending, read in READERS.items():
            path = twin.with_suffix(f".{ending}")
            got, due = read(path), wanted
            if ending == "pdf":  # what its fonts lack stands as [U+code], and is counted
                due = Counter()
                for line, n in wanted.items():
                    due[tuple(replace_missing(cell)[0] for cell in line)] += n
            lost, more = due - got, got - due
            lost = Counter({line: n for line, n in lost.items() if any(line)})
            more = Counter({line: n for line, n in more.items() if any(line)})
            if lost or more:
                shown = [tuple(c[:30] for c in line[:4]) for line in [*lost, *more][:2]]
                yield (
                    f"{path.parent.name}/{path.name}: {lost.total()} missing, {more.total()} more, "
                    f"such as {shown}"
                )


@cache
def write_cases() -> dict[str, Path]:
    """Write the reports of the worked case, of an imported one and of one with 400 flows."""
    source = next((p for p in sorted(INTEROP.glob("fides*")) if p.is_dir()), None)
    if source is None:
        raise NotRun("the Fides manifests are not here")
    fides = scratch() / "fides"
    files = sorted(source.rglob("*.yml"))
    done = piaskit("import", *files, "--into", fides, "--json")
    if done.returncode:
        raise RuntimeError(done.stdout[-300:] + done.stderr[-300:])
    crowd = write_crowd(scratch() / "crowd-report")
    return {
        "marketplace": write(MARKETPLACE, "formats-marketplace", *ALL)[0],
        "Fides": write(fides, "formats-fides", *ALL, "--lang", "en")[0],
        "400 flows": write(crowd, "formats-crowd", *ALL, "--lang", "zh")[0],
    }


@row(
    "PDF, HTML, XLSX, DOCX and JSON of marketplace, a Fides import and 400 flows: the same rows",
    "none differ",
)
def same_rows() -> Measured:
    wrong, told = [], []
    for name, folder in write_cases().items():
        wrong += [f"{name}: {line}" for line in compare_formats(folder)]
        for twin in sorted(folder.glob("*/report.*.json")):
            told.append(f"{name} {twin.parent.name} {read_document_rows(twin).total()}")
    return f"rows: {', '.join(told)}; differ: {wrong or 'none'}", not wrong


def find_bare_pages(pdf: Path) -> list[str]:
    """Return pages without ink, and pages whose ink reaches the edge of the paper, as if cut."""
    from PIL import Image, ImageChops

    folder = scratch() / "pages" / pdf.parent.parent.name / pdf.parent.name / pdf.stem
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run(need_tool("pdftoppm"), "-r", "36", "-gray", "-png", pdf, folder / "p")
    wrong = []
    for page in sorted(folder.glob("*.png")):
        with Image.open(page) as image:
            ink = ImageChops.invert(image.convert("L")).point(lambda v: 255 if v > 40 else 0)
            box: Any = ink.getbbox()
            share = ink.histogram()[255] / (image.width * image.height)
            # The head and foot lines alone are some 0.3 % of a page.
            if box is None or share < 0.006:
                wrong.append(f"{pdf.parent.name}/{pdf.name} {page.stem}: blank ({share:.4f})")
            elif min(box[0], box[1], image.width - box[2], image.height - box[3]) < 6:
                wrong.append(f"{pdf.parent.name}/{pdf.name} {page.stem}: cut {box}")
    return wrong


@row("No blank or cut page, measured from page images of the same reports", "0 pages")
def whole_pages() -> Measured:
    wrong, pages = [], 0
    for name, folder in write_cases().items():
        for pdf in sorted(folder.glob("*/report.*.pdf")):
            wrong += [f"{name}: {line}" for line in find_bare_pages(pdf)]
            pages += len(
                list((scratch() / "pages" / folder.name / pdf.parent.name / pdf.stem).glob("*.png"))
            )
    return f"{pages} pages; {wrong or 'none blank or cut'}", not wrong and pages > 20


@row("Public report of marketplace: pages in both languages, and page one in one", "4 to 8 each")
def public_pages() -> Measured:
    told, right = [], []
    for pdf in sorted(marketplace().glob("public/report.*.pdf")):
        pages = [page.extract_text() for page in pypdf.PdfReader(pdf).pages]
        brief = next(n for n, text in enumerate(pages) if re.search("Contents|目录", text))
        told.append(f"{pdf.name}: {len(pages)}, page one takes {brief}")
        right.append(4 <= len(pages) <= 8 and brief == 1)
    return "; ".join(told), right == [True, True]


@row(
    "Texts that are HTML, Typst, LaTeX, formulas, Markdown, templates and bidi characters",
    "the same text in every format, no formula, no script",
)
def hostile_texts() -> Measured:
    import openpyxl

    case, turn = copy_case(scratch() / "hostile"), iter(range(10**6))

    def spoil(table: str, column: str, value: str) -> str:
        plain = column.removesuffix("_en").removesuffix("_zh")
        return HOSTILE[next(turn) % len(HOSTILE)] if plain in PLACES.get(table, ()) else value

    change_cells(case, spoil)
    out = write(case, "hostile-report", *ALL, "--lang", "en", "--edition", "internal")[0]
    wrong = list(compare_formats(out))
    page = (out / "internal" / "report.en.html").read_text("utf-8")
    wrong += ["a script in the page"] if "<script" in page else []
    book = openpyxl.load_workbook(out / "internal" / "report.en.xlsx")
    formulas = [c.coordinate for s in book for line in s for c in line if c.data_type == "f"]
    wrong += [f"{len(formulas)} formulas"] if formulas else []
    cells = [c for line in read_document_rows(out / "internal" / "report.en.json") for c in line]
    found = {text: sum(condense(text) in cell for cell in cells) for text in HOSTILE}
    wrong += [f"{text!r} in no cell" for text, n in found.items() if not n]
    return (
        f"{sum(found.values())} cells of {len(HOSTILE)} kinds; wrong: {wrong or 'none'}",
        not wrong,
    )
