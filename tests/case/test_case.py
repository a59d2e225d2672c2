"""A case in hand: its words in a language, and its card in JupyterLab."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from piaskit.case import Case, read_case

Rows = dict[str, list[dict[str, str]]]


@pytest.fixture
def shop(rows: Rows, write_tables: Callable[..., Path], tmp_path: Path) -> Case:
    return read_case(write_tables(tmp_path, rows))


def test_a_text_is_said_in_the_companion_of_the_language_else_as_it_stands(shop: Case) -> None:
    series = shop.frames["activities"].iloc[0]
    named = next(shop.frames["activities"].itertuples())
    for row in ("orders", "activities/orders", series, named, series.to_dict()):
        assert shop.say(row, "title", "zh") == "订单"
        assert shop.say(row, "title", "en") == "Orders"


def test_blank_cells_and_unknown_rows_say_nothing(shop: Case) -> None:
    assert shop.say("actions/at-1", "done_on", "en") == ""
    assert shop.say("phone", "source", "zh") == ""
    assert shop.say("nobody", "title", "en") == ""
    assert shop.say("items/orders", "title", "en") == ""


def test_the_case_itself_and_its_organisation_speak_too(shop: Case) -> None:
    assert shop.say("shop", "title", "zh") == "商店"
    assert shop.say(shop.organisation, "name", "zh") == "商店"
    assert (shop.organisation.persons_total, shop.organisation["operator"]) == (1200, "other")


def test_the_card_shows_text_of_a_case_as_text(
    rows: Rows, write_tables: Callable[..., Path], tmp_path: Path
) -> None:
    yaml = (
        'id: shop\ntitle: "<script>alert(1)</script>"\norganisation: {name: "<b>Shop"}\n'
        "regimes: [cn-pipl]\nas_of: 2026-03-01\n"
    )
    card = read_case(write_tables(tmp_path, rows, yaml=yaml))._repr_html_()

    assert "&lt;script&gt;" in card
    assert "<script>" not in card
    assert "<b>" not in card


def test_the_digests_name_every_file_that_was_read(shop: Case) -> None:
    assert list(shop.digests) == ["case.yaml", *sorted(f"inventory/{t}.csv" for t in shop.frames)]
    assert all(len(digest) == 64 for digest in shop.digests.values())
