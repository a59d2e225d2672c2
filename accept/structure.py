"""The structure of a tagged PDF, which readers for the blind follow: its tables, cell by cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from accept.row import NotRun

Marks: TypeAlias = dict[tuple[int, int], str]  # object of a page, number of a mark: its text
_LISTS = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)
_PAINTS = frozenset(b"Tj TJ ' \" f F f* B B* b b* S s sh Do BI".split())
_WORD = re.compile(rb"<([0-9A-Fa-f]*)>|([\[\]])")


def read_characters(stream: bytes) -> dict[int, str]:
    """Return what a ToUnicode map says of each code.

    >>> text = b"1 beginbfchar <01> <00480069> endbfchar 1 beginbfrange <02> <03> <0061> endbfrange"
    >>> read_characters(text)
    {1: 'Hi', 2: 'a', 3: 'b'}
    """
    found: dict[int, str] = {}
    for kind, body in _LISTS.findall(stream):
        words = iter(_WORD.findall(body))
        for word, _ in words:
            first = last = int(word, 16)
            if kind == b"bfrange":
                last = int(next(words)[0], 16)
            word, bracket = next(words)
            if bracket:
                for code in range(first, last + 1):
                    found[code] = _decode(next(words)[0])
                next(words)
            else:
                text = _decode(word)
                for code in range(first, last + 1):
                    found[code] = text[:-1] + chr(ord(text[-1]) + code - first) if text else ""
    return found


def _decode(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be")


class Structure:
    """The tree of a tagged PDF and the text that each of its marks encloses."""

    def __init__(self, path: Path) -> None:
        try:
            import pypdf
        except ImportError:
            raise NotRun("pypdf is not installed") from None
        self.reader = pypdf.PdfReader(path)
        self.fonts: dict[int, dict[int, str]] = {}
        self.marks: Marks = {}
        self.numbers: set[tuple[int, int]] = set()  # of all marks, those without text among them
        self.loose: Counter[int] = Counter()  # what each page paints outside of any mark
        for page in self.reader.pages:
            self._read_page(page)

    def _read_page(self, page: Any) -> None:
        from pypdf.generic import ContentStream

        number = page.indirect_reference.idnum
        fonts = page["/Resources"].get("/Font", {})
        open_marks: list[tuple[Any, str | None]] = []  # the mark and the text told instead
        font: dict[int, str] = {}
        for operands, operator in ContentStream(page.get_contents(), self.reader).operations:
            self.loose[number] += operator in _PAINTS and not open_marks
            if operator in (b"BDC", b"BMC"):
                facts = operands[1] if len(operands) > 1 else {}
                instead = facts.get("/ActualText")
                mark = facts.get("/MCID", open_marks[-1][0] if open_marks else None)
                open_marks.append((mark, instead))
                if mark is not None:
                    self.numbers.add((number, int(mark)))
                self._add(number, mark, str(instead or ""))
            elif operator == b"EMC":
                open_marks.pop()
            elif operator == b"Tf":
                font = self._read_font(fonts.raw_get(operands[0]))
            elif operator in (b"Tj", b"TJ") and open_marks:
                mark, _ = open_marks[-1]
                if all(instead is None for _, instead in open_marks):
                    parts = operands[0] if operator == b"TJ" else operands
                    self._add(number, mark, "".join(_read_codes(part, font) for part in parts))
            elif operator in (b"'", b'"', b"Do") and open_marks and open_marks[-1][0] is not None:
                raise ValueError(
                    f"page object {number}: text may be in {operator!r}, not read here"
                )

    def _add(self, page: int, mark: Any, text: str) -> None:
        if mark is not None and text:
            key = page, int(mark)
            self.marks[key] = self.marks.get(key, "") + text

    def _read_font(self, reference: Any) -> dict[int, str]:
        if reference.idnum not in self.fonts:
            font = reference.get_object()
            if font.get("/Encoding") != "/Identity-H":
                raise ValueError(f"a font with codes of another length than two: {font}")
            characters = read_characters(font["/ToUnicode"].get_object().get_data())
            self.fonts[reference.idnum] = characters
        return self.fonts[reference.idnum]

    def read_rows(self) -> Iterator[list[str]]:
        """Yield the cells of each row in the body of each table, in the order of the tree.

        A cell over several columns, which says that there are no rows, is none of them.
        """
        root: Any = self.reader.trailer["/Root"]
        yield from self._walk(root["/StructTreeRoot"], False)

    def _walk(self, node: Any, body: bool) -> Iterator[list[str]]:
        for kid in list_kids(node):
            if not hasattr(kid, "get"):
                continue
            kind = kid.get("/S")
            if kind == "/TR" and body:
                yield [
                    "".join(self.read_texts(cell, None))
                    for cell in list_kids(kid)
                    if cell.get("/S") in ("/TD", "/TH") and not _is_wide(cell)
                ]
            else:
                yield from self._walk(kid, body or kind == "/TBody")

    def read_texts(self, node: Any, page: Any) -> Iterator[str]:
        """Yield what the marks below an element enclose; ``page`` is that of its parent."""
        page = node.raw_get("/Pg") if "/Pg" in node else page
        for kid in list_kids(node):
            if not hasattr(kid, "get"):
                yield self.marks.get((page.idnum, int(kid)), "")
            elif "/MCID" in kid:
                there = kid.raw_get("/Pg") if "/Pg" in kid else page
                yield self.marks.get((there.idnum, int(kid["/MCID"])), "")
            elif "/S" in kid:
                yield from self.read_texts(kid, page)


def list_kids(node: Any) -> list[Any]:
    """Return what stands below an element of the tree: elements, numbers of marks, references."""
    kids = node.get("/K")
    kids = kids.get_object() if hasattr(kids, "get_object") else kids
    if kids is None:
        return []
    return [kid.get_object() for kid in (kids if isinstance(kids, list) else [kids])]


def _is_wide(cell: Any) -> bool:
    facts = cell.get("/A", [])
    facts = facts if isinstance(facts, list) else [facts]
    return any(fact.get_object().get("/ColSpan", 1) > 1 for fact in facts)


def _read_codes(text: Any, font: dict[int, str]) -> str:
    if not isinstance(text, (str, bytes)):
        return ""  # a number that moves the next letters
    data = text.original_bytes if isinstance(text, str) else bytes(text)  # type: ignore[attr-defined]
    codes = zip(data[::2], data[1::2], strict=True)
    return "".join(font.get(high << 8 | low, "\ufffd") for high, low in codes)
