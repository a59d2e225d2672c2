"""Drawings that carry no program, fetch nothing and can be heard."""

from __future__ import annotations

import re
from struct import unpack
from xml.etree import ElementTree

import pytest

from piaskit.report.document import Figure
from piaskit.report.drawing import draw_inline, draw_printed, draw_rasters

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'


def _figure(content: str) -> Figure:
    return Figure("fig", "Title <1>", "What it shows & says", f"{OPEN}{content}</svg>")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<script>x</script>", "<script> of the drawing could run something"),
        ('<rect onclick="x"/>', "<rect> of the drawing could run something"),
        ("<foreignObject/>", "<foreignObject> of the drawing could run something"),
        ('<a href="https://example.invalid"/>', "would fetch 'https://example.invalid'"),
        ('<image xlink:href="pic.png"/>', "would fetch 'pic.png'"),
        ('<rect fill="url(http://example.invalid/x)"/>', "would fetch 'http://example.invalid/x'"),
        ("<style>@import 'x.css'</style>", "would fetch '@import'"),
        ("<rect>", "is not well-formed"),
        ("<!ENTITY a 'b'>", "declares entities"),
    ],
)
def test_a_drawing_that_runs_or_fetches_is_refused(content: str, message: str) -> None:
    for draw in (draw_inline, draw_printed):
        with pytest.raises(ValueError, match=f"^figure 'fig': .*{re.escape(message)}"):
            draw(_figure(content))


def test_a_drawing_on_the_page_is_named_and_described() -> None:
    root = ElementTree.fromstring(draw_inline(_figure("<title>old</title><rect/>")))

    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "fig--title fig--desc"
    assert [child.text for child in root[:2]] == ["Title <1>", "What it shows & says"]
    assert len(root) == 3


def test_ids_of_two_drawings_do_not_meet() -> None:
    content = '<g id="a"/><use xlink:href="#a"/><rect fill="url(#a)" style="clip-path: url(#a)"/>'

    drawn = draw_inline(_figure(content))

    assert 'id="fig--a"' in drawn
    assert 'href="#fig--a"' in drawn
    assert drawn.count("url(#fig--a)") == 2


def test_a_printed_drawing_uses_the_fonts_of_the_report_and_names_what_they_lack() -> None:
    figure = _figure('<text font-family="Arial" style="font-family: Arial">\ue000</text>')

    drawn, missing = draw_printed(figure)

    assert "Arial" not in drawn
    assert "[U+E000]" in drawn
    assert missing == 1


def test_a_drawing_without_a_view_box_gets_one_from_its_size() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="640px" height="150"/>'

    assert 'viewBox="0 0 640 150"' in draw_inline(Figure("f", "F", "alt", svg))


def test_drawings_become_pictures_in_their_order_no_larger_than_their_rooms() -> None:
    sizes = [(72, 36), (720, 36), (36, 720)]  # 96 to an inch
    figures = [_sized(f"f{n}", *size) for n, size in enumerate(sizes)]

    drawn = draw_rasters([(figure, 127.0, 63.5) for figure in figures], 144)

    assert [unpack(">II", png[16:24]) for png in drawn] == [(108, 54), (720, 36), (18, 360)]
    assert draw_rasters([], 144) == []


def test_of_many_drawings_the_one_that_cannot_be_drawn_is_named() -> None:
    figures = [_sized("good", 9, 9), _sized("bad", 0, 9), _sized("fine", 9, 9)]

    with pytest.raises(ValueError, match=r"^figure 'bad': failed to parse SVG"):
        draw_rasters([(figure, 100.0, 100.0) for figure in figures], 72)


def _sized(id: str, width: int, height: int) -> Figure:
    return Figure(id, id, id, f'{OPEN[:-1]} width="{width}" height="{height}"><rect/></svg>')
