"""The picture of access rights: every pair in drawing and table, no meaning in colour."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import piaskit
from piaskit.report.access_matrix import draw_access, show_access, trace_matrix
from piaskit.report.document import Lang
from piaskit.report.rows import Rows
from piaskit.report.svg import TURNED
from piaskit.report.voice import Voice

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"
RIGHT = {"id": "a1", "account": "<b>", "role": "clerk & co", "categories": "health.record",
         "permissions": "read;export"}  # fmt: skip


def list_rows(case: Any, lang: Lang = "en") -> Rows:
    return Rows(case, Voice(case.knowledge.labels, lang, "internal"))


def test_the_matrix_holds_every_pair_of_role_and_kind(make_case: Any) -> None:
    rows = [RIGHT, {**RIGHT, "id": "a2", "role": None, "categories": "contact.phone;identity.name",
                    "permissions": "admin"}]  # fmt: skip

    matrix = trace_matrix(list_rows(make_case(access=rows)))

    assert matrix.cells == {
        ("clerk & co", "health.record"): ("read", "export"),
        ("", "contact.phone"): ("admin",),
        ("", "identity.name"): ("admin",),
    }
    assert matrix.roles == {"": "(no role)", "clerk & co": "clerk & co"}
    assert matrix.sensitive["health.record"] == "yes"


def test_the_drawing_escapes_what_a_register_says_and_repeats_itself(make_case: Any) -> None:
    rows = list_rows(make_case(access=[RIGHT]))
    figure = show_access(rows)

    assert figure is not None
    assert "clerk &amp; co" in figure.svg
    assert figure.svg == draw_access(trace_matrix(rows), rows.voice.say)


@pytest.mark.parametrize(("lang", "letters"), [("en", ("R", "E")), ("zh", ("查", "导"))])
def test_each_permission_has_its_letter_and_what_is_strong_a_frame(
    make_case: Any, lang: Lang, letters: tuple[str, str]
) -> None:
    figure = show_access(list_rows(make_case(access=[RIGHT]), lang))
    only_reading = show_access(
        list_rows(make_case(access=[{**RIGHT, "permissions": "read"}]), lang)
    )

    assert figure is not None
    assert only_reading is not None
    assert all(f">{letter}</text>" in figure.svg for letter in letters)
    framed = 'fill="#FFFFFF" stroke="#1A1A1A"/>'
    assert framed in figure.svg
    assert framed not in only_reading.svg


def test_a_case_without_rights_has_no_picture(make_case: Any) -> None:
    assert show_access(list_rows(make_case())) is None


def test_the_picture_of_the_marketplace_fits_its_page_and_has_a_twin() -> None:
    rows = list_rows(piaskit.read_case(MARKETPLACE), "zh")
    figure = show_access(rows)

    assert figure is not None
    assert figure.twin is not None
    assert figure.landscape
    assert len(figure.twin.rows) == len(trace_matrix(rows).roles)
    width, height = figure.svg.split('viewBox="0 0 ')[1].split('"')[0].split()
    assert float(width) <= TURNED[0]
    assert float(height) <= TURNED[1]
