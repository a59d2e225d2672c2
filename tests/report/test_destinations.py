"""Addresses of anchors in a printed report become places in it."""

from __future__ import annotations

import re

import pytest

from piaskit.report.destinations import set_destinations

_BODY = (
    b"%PDF-1.7",
    b"1 0 obj\n<</Type/Annot/A<</Type/Action/S/URI/URI(anchor:1)>>/F 4/StructParent 0"
    b"/Contents(anchor:1)>>\nendobj",
    b"2 0 obj\n<</Type/Annot/A<</Type/Action/S/URI/URI(anchor:0)>>/F 4/StructParent 1"
    b"/Contents(anchor:0)>>\nendobj",
    b"3 0 obj\n<</Type/Page/Resources 9 0 R/MediaBox[0 0 595 842]/Annots[1 0 R 2 0 R]>>\nendobj",
    b"4 0 obj\n<</Type/Page/Resources 9 0 R/MediaBox[0 0 842 595]>>\nendobj",
)


def _write(*body: bytes) -> bytes:
    content = b"\n".join(body) + b"\n"
    places = [content.index(b"%d 0 obj" % number) for number in range(1, len(body))]
    table = b"xref\n0 %d\n%010d 65535 f \n" % (len(body), 0)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    return content + table + b"trailer\n<<>>\nstartxref\n%d\n%%%%EOF" % len(content)


def test_links_lead_to_their_places_and_say_so() -> None:
    written = set_destinations(
        _write(*_BODY), [(1, 40, 100), (2, 30.5, 4)], "Page {page}/{pages}", "anchor"
    )

    hexed = "Page 2/2".encode("utf-16-be").hex().upper().encode()
    assert b"/Annot/Dest[4 0 R/XYZ 30.50 595.00 0]/F 4/StructParent 0/Contents<FEFF" in written
    assert b"/Annot/Dest[3 0 R/XYZ 40.00 752.00 0]/F 4/StructParent 1/Contents<FEFF" in written
    assert hexed in written
    assert b"anchor:" not in written


def test_the_table_of_the_file_tells_where_its_objects_begin_now() -> None:
    written = set_destinations(
        _write(*_BODY), [(1, 40, 100), (2, 30.5, 4)], "第 {page} 页", "anchor"
    )

    begin = int(written.rsplit(b"startxref\n", 1)[1].split()[0])
    places = [int(entry) for entry in re.findall(rb"(\d{10}) 00000 n", written[begin:])]
    assert written[begin:].startswith(b"xref")
    assert [written[place : place + 7] for place in places] == [
        b"%d 0 obj" % number for number in range(1, 5)
    ]


@pytest.mark.parametrize("change", [(b"/StructParent 1", b"/Other 1"), (b"xref\n0", b"xref\n1")])
def test_a_file_written_in_another_form_is_refused(change: tuple[bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="this release of typst writes"):
        set_destinations(
            _write(*_BODY).replace(*change), [(1, 40, 100), (2, 30.5, 4)], "", "anchor"
        )
