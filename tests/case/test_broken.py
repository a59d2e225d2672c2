"""Every slug has the smallest case that shows it, its exact messages, and a heading in the docs."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from piaskit.case import check_case, new_case, read_case
from piaskit.case.header import _SLUGS
from piaskit.errors import InvalidData, Issue

HERE = Path(__file__).parents[1] / "broken"
DOCS = Path(__file__).parents[2] / "docs" / "errors.md"
CODE = Path(__file__).parents[2] / "src" / "piaskit" / "case"
FOLDERS = sorted(path.name for path in HERE.iterdir() if path.is_dir())
AS_OF = date(2026, 3, 1)


def _write_book(folder: Path, fill: Callable[[dict[str, xlsxwriter.worksheet.Worksheet]], None]):
    heads = {
        "activities": ("id", "title", "persons"),
        "items": ("id", "activity", "category"),
        "parties": ("id", "role"),
        "systems": ("id",),
        "flows": ("id", "activity", "stage"),
    }
    with xlsxwriter.Workbook(str(folder / "inventory.xlsx")) as book:
        sheets = {name: book.add_worksheet(name) for name in heads}
        for name, head in heads.items():
            sheets[name].write_row(0, 0, head)
        sheets["activities"].write_row(1, 0, ("a-1", "Orders"))
        fill(sheets)


def _rewrite(path: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as book:
        parts = {part: book.read(part) for part in book.namelist()}
    parts[name] = change(parts[name])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for part, data in parts.items():
            book.writestr(part, data)


def make_error_cell(folder: Path) -> None:
    _write_book(folder, lambda s: s["activities"].write_formula("C2", "=#REF!", None, "#REF!"))


def make_formula_without_value(folder: Path) -> None:
    _write_book(folder, lambda s: s["activities"].write_formula("C2", "=1+1", None, 2))
    sheet = "xl/worksheets/sheet1.xml"
    _rewrite(folder / "inventory.xlsx", sheet, lambda data: data.replace(b"<v>2</v>", b"<v/>"))


def make_hidden_sheet(folder: Path) -> None:
    _write_book(folder, lambda s: s["systems"].hide())


def make_xml_entity(folder: Path) -> None:
    _write_book(folder, lambda s: None)
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    sheet = "xl/worksheets/sheet1.xml"
    _rewrite(folder / "inventory.xlsx", sheet, lambda data: data.replace(b"?>", b"?>" + bomb, 1))


def make_file_too_large(folder: Path) -> None:
    _write_book(folder, lambda s: None)
    sheet = "xl/worksheets/sheet1.xml"
    _rewrite(folder / "inventory.xlsx", sheet, lambda data: data + b" " * 20_000_000)


def make_cell_too_long(folder: Path) -> None:
    text = "x" * 32_768
    table = folder / "inventory" / "activities.csv"
    table.write_text(f"id,title\na-1,{text}\n", encoding="utf-8")


def _raised(work: Callable[[], object]) -> Iterable[Issue]:
    with pytest.raises(InvalidData) as caught:
        work()
    return caught.value.issues


MADE = {
    "cell-too-long": make_cell_too_long,
    "error-cell": make_error_cell,
    "file-too-large": make_file_too_large,
    "formula-without-value": make_formula_without_value,
    "hidden-sheet": make_hidden_sheet,
    "xml-entity": make_xml_entity,
}
"""What is binary or large is made here rather than kept in the repository."""

ASKED: dict[str, Callable[[Path], Iterable[Issue]]] = {
    "as-of-missing": lambda case: _raised(lambda: read_case(case)),
    "cannot-write": lambda case: _raised(lambda: new_case(case / "taken" / "case")),
    "case-not-found": lambda case: check_case(case / "nowhere").issues,
    "directory-not-empty": lambda case: _raised(lambda: new_case(case)),
    "row-left-out": lambda case: read_case(case, keep_going=True).left_out,
}
"""Slugs that another question than `check` brings up."""


def _ask(slug: str, folder: Path) -> list[str]:
    case = shutil.copytree(HERE / slug, folder / slug, ignore=shutil.ignore_patterns("expected*"))
    if slug in MADE:
        MADE[slug](case)
    if slug in ASKED:
        return [f"{issue.slug}: {issue}" for issue in ASKED[slug](case)]
    check = check_case(case, as_of=AS_OF)
    told = [f"{issue.slug}: {issue}" for issue in check.issues]
    return told + [f"notice {notice.slug}: {notice}" for notice in check.notices]


@pytest.mark.parametrize("slug", FOLDERS)
def test_a_broken_case_is_told_in_exactly_these_words(slug: str, tmp_path: Path) -> None:
    expected = (HERE / slug / "expected.txt").read_text(encoding="utf-8").splitlines()

    assert _ask(slug, tmp_path) == expected
    assert any(line.removeprefix("notice ").startswith(f"{slug}: ") for line in expected)


def _list_slugs() -> set[str]:
    found: set[str] = set(_SLUGS.values())
    for path in CODE.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        makers = "(?:Issue|Problem|refuse|_add|report)"
        calls = makers + r'\(\s*(?:[\w.]+, )?"([a-z0-9]+-[a-z0-9-]+)"'
        found.update(re.findall(calls, text))
        for pair in re.findall(r'slug = "([a-z-]+)" if [^\n]* else "([a-z-]+)"', text):
            found.update(pair)
        found.update(re.findall(r'broken\[here\] = \("([a-z-]+)"', text))
    return found


def test_every_slug_in_the_code_has_a_broken_case_and_a_heading() -> None:
    text = DOCS.read_text(encoding="utf-8")
    headings = set(re.findall(r"^### `([a-z0-9-]+)`$", text, re.MULTILINE))
    slugs = _list_slugs()

    assert len(slugs) > 50
    assert slugs == set(FOLDERS)
    assert slugs <= headings
