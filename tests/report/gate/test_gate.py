"""The gate: what an outsider finds in finished files."""

from __future__ import annotations

import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from struct import pack

import pytest
import xlsxwriter
from accept.leaky import VALUES, leak_json, leak_notebook, leak_picture
from pypdf import PdfReader

from piaskit.case import Case
from piaskit.discovery.texts import build_search
from piaskit.knowledge import load_knowledge
from piaskit.report.document import Document
from piaskit.report.exporters import export_document
from piaskit.report.gate import TooMuch, Unreadable, gate_edition, read_passages
from piaskit.report.gate.content import extract_text, read_operations, unescape
from piaskit.report.gate.image import holds_pixels
from piaskit.report.gate.passage import Passage, name_kind
from piaskit.report.gate.scan import find_leaks
from piaskit.report.leaks import Secret

KNOWLEDGE = load_knowledge()
LEAKS = [*leak_notebook(), *leak_picture(), *leak_json(b"{}")]


@pytest.fixture(scope="module")
def secretive(shop: Case) -> Case:
    systems = shop.frames["systems"].copy()
    systems.loc[systems.index[: len(VALUES)], "title"] = list(VALUES)
    return replace(shop, frames={**shop.frames, "systems": systems})


def put(folder: Path, data: bytes | str, name: str = "report.en.html") -> Path:
    content = data.encode() if isinstance(data, str) else data
    (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize(("title", "data"), LEAKS, ids=[title for title, _ in LEAKS])
def test_a_hidden_value_is_found_with_its_place(
    tmp_path: Path, secretive: Case, title: str, data: bytes
) -> None:
    issues = gate_edition(put(tmp_path, data, "report.en.bin"), secretive)

    found = [issue for issue in issues if "systems.title" in issue.message]
    assert {issue.slug for issue in found} == {"public-leak"}
    assert all(issue.place.file == "report.en.bin" and issue.place.sheet for issue in found)
    assert not any(
        value.casefold() in issue.message.casefold() for value in VALUES for issue in found
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("write to someone.private@mail.example", "e-mail address"),
        ("call 138 1234 5678 at night", "mobile number"),
        ("call +44 20 7946 0958", "telephone number with country code"),
        ("id 11010519491231002X", "resident identity number with its check digit"),
        ("card 6222 0212 3456 7894", "payment card number with its check digit"),
        ("see /ho" + "me/analyst/cases/shop", "path of a machine"),
        (r"see C:\Users\analyst\shop.xlsx", "path of a machine"),
        ("host 10.20.30.40 is open", "IP address"),
        ("key AKIAABCDEFGHIJKLMNOP", "key of a service or a private key"),
        ("postgresql://reader:s3cret@db/x", "address with user and password"),
    ],
)
def test_identifiers_paths_and_credentials_are_refused(
    tmp_path: Path, text: str, told: str
) -> None:
    [issue] = gate_edition(put(tmp_path, f"<p>{text}</p>"))

    hint = "take it out of the text it stands in"
    start = str(issue).partition("beginning with ")[2][1:3]
    told = f"holds what may not be public ({told}), beginning with '{start}…'"
    assert str(issue) == f"report.en.html text: {told} ({hint})"
    assert start in text


@pytest.mark.parametrize(
    "text",
    [
        "order 2026-11-25, 1,234,567 persons, 13.5 % of 7.0.12",
        "sha256 6f1ed002ab5595859014ebf0951522d9a1b2c3d4e5f60718293a4b5c6d7e8f90",
        "PIPL Art. 57; GB/T 39335-2020, 5.9; http://www.w3.org/2000/svg",
        "M 10.25 20.125 L 138.12345678 6222.021234567894",
    ],
)
def test_dates_digests_clauses_and_coordinates_are_no_identifiers(
    tmp_path: Path, text: str
) -> None:
    assert gate_edition(put(tmp_path, f"<p>{text}</p>")) == []


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_read_amid_plain_bytes(tmp_path: Path, encoding: str) -> None:
    plain = b"\x00" + b"1 0 obj <</Type /Catalog>> endobj " * 9

    for value in VALUES[:2]:
        data = plain + value.encode(encoding) + plain
        [issue] = gate_edition(put(tmp_path, data), parameters=[value])
        assert str(issue.place.sheet).startswith("bytes as utf-16")


def test_a_picture_is_read_beside_its_pixels_and_where_these_are_not_packed(
    tmp_path: Path,
) -> None:
    def draw(pixels: bytes, after: bytes = b"") -> bytes:
        parts = [
            (b"IHDR", pack(">IIBBBBB", 64, 1, 8, 0, 0, 0, 0)),
            (b"IDAT", pixels),
            (b"IEND", b""),
        ]
        chunks = [pack(">I", len(d)) + k + d + pack(">I", zlib.crc32(k + d)) for k, d in parts]
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + after

    row, value = b"\0" + b"Kiwi Run 7".ljust(64), "Kiwi Run 7".encode("utf-16-le")
    found = [
        gate_edition(put(tmp_path, draw(data), "a.png"), parameters=["Kiwi Run 7"])
        for data in (
            zlib.compress(row, 0),
            zlib.compress(bytes(65)) + value,
            zlib.compress(bytes(65) + value, 0),  # more than the pixels
            zlib.compress(row),
        )
    ]
    name = "欧阳修"  # in fewer bytes than a chunk's head
    ended = draw(zlib.compress(row), name.encode("utf-16-be"))

    assert [[i.place.sheet for i in issues] for issues in found] == [
        ["bytes as utf-8"], ["bytes as utf-16-le"], ["bytes as utf-16-le"], []
    ]  # fmt: skip
    [last] = gate_edition(put(tmp_path, ended, "a.png"), parameters=[name])
    assert last.place.sheet == "bytes as utf-16-be"


def test_a_picture_that_unpacks_to_more_than_it_shows_is_not_unpacked_whole() -> None:
    data = zlib.compress(bytes(64 * 2**20))
    header = pack(">IIBBBBB", 64, 1, 8, 0, 0, 0, 0)

    tracemalloc.start()
    try:
        assert not holds_pixels(header, data)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 4 * 2**20


def test_tags_that_stand_there_again_hide_nothing(tmp_path: Path) -> None:
    cells = '<c t="a">x</c><c t="Kiwi Run 7">y</c><c t="a">Emu Run 8</c>' * 2

    found = gate_edition(put(tmp_path, f"<a>{cells}</a>"), parameters=["Kiwi Run 7", "Emu Run 8"])

    assert [issue.place.sheet for issue in found] == ["source", "text"]


@pytest.mark.parametrize("around", ["{}", "<html><script>s = '{}'</script></html>"])
def test_an_address_in_brackets_tells_whose_it_is_the_second_time(
    tmp_path: Path, around: str
) -> None:
    text = around.format("write to <kiwi@shop.example>, that is Kiwi Run <kiwi@shop.example>")
    value = "Kiwi Run <kiwi@shop.example>"

    found = gate_edition(put(tmp_path, text), parameters=[value], allowed=["kiwi@shop.example"])

    assert [issue.place.sheet for issue in found] == ["source"]


def test_contacts_that_the_case_makes_public_pass(tmp_path: Path, shop: Case) -> None:
    addresses = " ".join(c.get("email", "") + " " + c.get("phone", "") for c in shop.contacts)

    assert "@" in addresses
    assert gate_edition(put(tmp_path, f"<p>{addresses}</p>"), shop) == []
    assert gate_edition(put(tmp_path, f"<p>{addresses}</p>")) != []


def test_a_value_in_the_name_of_a_file_is_found(tmp_path: Path, secretive: Case) -> None:
    [issue] = gate_edition(put(tmp_path, "", f"{VALUES[2]}.html"), secretive)

    assert issue.place.sheet == "file name"


def test_parameters_are_internal(tmp_path: Path) -> None:
    [issue] = gate_edition(put(tmp_path, "<!-- Kiwi Run 7 -->"), parameters=["Kiwi Run 7"])

    assert "holds an internal value of parameters, beginning with 'ki…'" in str(issue)


def test_the_name_of_a_cell_is_no_leak_but_the_same_text_in_it_is(tmp_path: Path) -> None:
    for name, text in (("clean", "x"), ("leaky", "B10")):
        with xlsxwriter.Workbook(tmp_path / f"{name}.xlsx") as book:
            book.add_worksheet().write_column("B1", [text] * 12)

    found = gate_edition(tmp_path, parameters=["b10"])

    assert [issue.place.file for issue in found] == ["leaky.xlsx"]


def test_what_cannot_be_looked_into_is_refused(tmp_path: Path) -> None:
    put(tmp_path, b"PK\x03\x04 broken", "a.xlsx")
    put(tmp_path, b"%PDF-1.7 broken", "b.pdf")

    issues = gate_edition(tmp_path)

    assert [issue.slug for issue in issues] == ["public-unreadable"] * 2
    assert str(issues[0]).startswith("a.xlsx: cannot be looked into: an archive that cannot be")
    assert str(issues[1]).startswith("b.pdf: cannot be looked into: a PDF that cannot be read")


def test_bombs_are_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}", b"0" * (100 * 2**20))

    with pytest.raises(TooMuch, match=r"unpacks to more than 256 MB"):
        list(read_passages(bomb.read_bytes()))


def test_an_encrypted_part_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "a")
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(Unreadable, match="a is encrypted"):
        list(read_passages(bytes(data)))


def test_the_first_bytes_say_what_a_file_is() -> None:
    first = (b"GIF89a", b"\x1f\x8b\x08", b"a\x00b", b"\xff\xfeA\x00")

    assert [name_kind(data) for data in first] == ["image", "packed", "raw", "text"]


def test_the_text_layer_is_the_one_that_pypdf_reads(
    report: Callable[..., Document], tmp_path: Path
) -> None:
    path = tmp_path / "report.pdf"
    export_document(report("public", "zh"), path)

    reader = PdfReader(path)

    assert all(read_operations(page["/Contents"].get_data()) for page in reader.pages)
    expected = [page.extract_text() for page in reader.pages]
    assert [extract_text(page) for page in reader.pages] == expected
    assert "".join(expected).strip()


@pytest.mark.parametrize(
    "content",
    [
        b"BI /W 1 /H 1 ID x EI",
        b"BT /F#31 9 Tf ET",
        b"(open Tj",
        b"[(a) Tj",
        b"1.2.3 w",
        b"] Tj",
        b"{",
    ],
)
def test_a_stream_that_is_not_plain_is_left_to_pypdf(content: bytes) -> None:
    assert read_operations(content) is None


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        (rb"\101\7\1234", b"A\x07S4"),
        (rb"\(\)\\", b"()\\"),
        (b"a\\\r\nb\\\nc", b"abc"),
        (rb"\x41\n", b"x41\n"),
    ],
)
def test_escapes_of_a_literal_string_are_those_of_pdf(literal: bytes, expected: bytes) -> None:
    assert unescape(literal) == expected


def test_the_first_place_that_holds_a_value_is_told_whatever_stands_before_it() -> None:
    passages = [
        Passage("zeros", "a\x00b\x00c"),
        Passage("cut", "Kiwi\u200b Ru-\nn 7"),
        Passage("whole", "Kiwi Run 7"),
    ]

    def find(*texts: str) -> list[str]:
        secrets = [Secret(text, "systems", "title") for text in texts]
        return [leak.place for leak in find_leaks(passages, secrets, build_search(KNOWLEDGE))]

    assert find("kiwi run 7") == ["cut"]
    assert find("kiwi run", "run 7") == ["cut", "whole"]


@pytest.mark.parametrize(
    "text", ["acme-\ncorp 2024", "ＡＣＭＥ－\nｃｏｒｐ ２０２４", "ac-\nme-corp 2024"]
)
def test_a_value_with_a_hyphen_is_found_wherever_its_line_ends(text: str) -> None:
    secrets = [Secret("acme-corp 2024", "systems", "title")]

    found = find_leaks([Passage("page 1", text)], secrets, build_search(KNOWLEDGE))

    assert [leak.place for leak in found] == ["page 1"]
