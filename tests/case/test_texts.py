"""Whole columns of texts are judged as each cell alone would be."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from piaskit.case.cells import build_parser, inspect_text
from piaskit.case.sheets import encode_column, write_text
from piaskit.case.table import Column
from piaskit.case.tables import TABLES
from piaskit.case.texts import find_forbidden, find_plain, find_untrimmed, parse_plain
from piaskit.case.words import Words
from piaskit.knowledge import load_knowledge

WORDS = Words(load_knowledge())
LETTERS = st.sampled_from(" \t\r\n\u00a0\u3000\ufeff\x07\x85\u202eab;；.-_09福Ａß")
TEXTS = st.lists(st.text(LETTERS | st.characters(exclude_categories=["Cs"]), max_size=8))


def stand(texts: list[str]) -> pa.Array:
    # A slice, since a column of a file may be one.
    return pa.array(["before", *texts], type=pa.large_string()).slice(1)


@given(TEXTS)
def test_texts_that_are_not_as_written_are_found(texts: list[str]) -> None:
    expected = [write_text(text) != text for text in texts]

    assert expected == find_untrimmed(stand(texts)).tolist()


@given(TEXTS)
def test_texts_no_cell_may_hold_are_found(texts: list[str]) -> None:
    expected = [inspect_text(text) is not None for text in texts]

    assert expected == find_forbidden(stand(texts)).tolist()


def test_a_text_longer_than_a_cell_is_forbidden() -> None:
    long = "福" * 32_768

    assert find_forbidden(stand(["x", long, long[1:]])).tolist() == [False, True, False]


COLUMNS = [
    TABLES["activities"]["title"],
    TABLES["flows"]["id"],
    TABLES["flows"]["source"],
    TABLES["flows"]["items"],
    TABLES["flows"]["persons"],
]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
@given(texts=TEXTS)
def test_what_is_read_at_a_glance_is_what_the_parser_reads(
    column: Column, texts: list[str]
) -> None:
    known = [text for text in texts if write_text(text) == text and not inspect_text(text)]
    parser = build_parser(column, WORDS)

    fine, values = parse_plain(column, stand(known))

    for text, is_fine, value in zip(known, fine, values.to_pylist(), strict=True):
        if is_fine:
            assert parser(text) == (value, ())


def test_a_list_that_names_a_member_twice_is_looked_at_closer() -> None:
    many = ";".join(f"i-{n}" for n in range(100))
    texts = ["a;b", "a;b;a", "b", many, f"{many};i-7", ";a", "a;;b"]

    fine, _ = parse_plain(TABLES["flows"]["items"], stand(texts))

    assert fine.tolist() == [True, False, True, True, False, False, False]


@given(st.lists(st.none() | st.text(LETTERS, max_size=4)))
def test_a_column_is_the_same_whether_its_texts_repeat_or_not(cells: list[str | None]) -> None:
    encoded = encode_column(pa.array(cells, type=pa.large_string()))
    read = [encoded.read(n) if encoded.codes[n] >= 0 else None for n in range(len(cells))]

    assert [write_text(cell) for cell in cells] == read


def test_a_column_of_many_different_texts_is_not_sorted_out() -> None:
    cells = [None if n % 7 == 0 else f" id {n}" for n in range(20_000)]

    encoded = encode_column(pa.array(cells, type=pa.large_string()))

    assert encoded.read(1) == "id 1"
    assert np.flatnonzero(encoded.codes < 0).tolist() == list(range(0, 20_000, 7))


def test_only_letters_of_the_set_are_plain() -> None:
    assert find_plain(stand(["12", "1 2", "", "１"]), "0123456789").tolist() == [
        True, False, False, False,
    ]  # fmt: skip
