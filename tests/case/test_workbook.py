"""The workbook: what is written comes back, in both languages, and it explains itself."""

from __future__ import annotations

import os
import pickle
import shutil
import string
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from piaskit.case import TABLES, check_case, new_case, read_case, write_workbook
from piaskit.case.governance_tables import RIGHTS, SOURCES
from piaskit.case.table import Column
from piaskit.case.words import Words, fold
from piaskit.case.workbook import _Writer
from piaskit.errors import InvalidData
from piaskit.knowledge import load_knowledge

AS_OF = date(2026, 3, 1)
Frames = dict[str, pd.DataFrame]

# The acceptance run asks for more cases, all of them whole workbooks, and keeps these, to have
# others save them again.
EXAMPLES = int(os.environ.get("PIASKIT_EXAMPLES", "200"))
KEPT = os.environ.get("PIASKIT_KEEP_WORKBOOKS")
NUMBER = count()

BLANKS = " \t\r\n\u00a0\u2002\u2003\u2009\u200b\u3000\ufeff"
NASTY = (
    "=1+1", "=cmd|' /C calc'!A0", "+86 10", "-phone", "@shop", "'quoted", "007", "1E5", "TRUE",
    "FALSE", "1/2", "2026-03-01", "#REF!", "None", "nan", "NaT", "5%", "a\nb", "one\n\n\nthree",
    "tab\there", "🙂👨‍👩‍👧", "_x0041_ _x000A_", "<b>&amp;</b>", "a;b；c",
    "é e\u0301", "“引号”《书名》",
    "为履行订单而收集收货信息。" * 150, "0" * 40, "{{=1}}", "a  b", "\u202fnarrow",
)  # fmt: skip
WORDS = Words(load_knowledge())


# A level must fit its dimension, which single cells drawn apart would not.
FITTING = {"dimension": (*RIGHTS, *SOURCES), "level": ("low", "medium", "high")}


def _strip(text: str) -> str:
    return text.strip(BLANKS)


TEXTS = st.one_of(
    st.sampled_from(NASTY),
    st.text(
        st.characters(
            exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\u202a\u202b\u202c\u202d"
            "\u202e\u2066\u2067\u2068\u2069\ufffe\uffff"
        ),
        max_size=40,
    ),
).map(_strip)  # fmt: skip
IDS = st.one_of(
    st.sampled_from(["007", "1E5", "TRUE", "none", "a.b-c_d", "订单", "1.0", "2026-03-01", "12"]),
    st.text(string.ascii_letters + string.digits, min_size=1, max_size=12),
)
DATES = st.dates(date(1900, 3, 1), date(9999, 12, 31))
PERIODS = st.one_of(
    st.builds("P{}{}".format, st.integers(0, 999), st.sampled_from("YMWD")),
    st.sampled_from(["P1Y6M", "until 账号注销", "until the contract ends", "PT12H"]),
)


def make_cells(column: Column, known: dict[str, list[str]]) -> st.SearchStrategy[Any]:
    """Return what a cell of the column may hold after loading, None for a blank."""
    targets = [id for table in column.to for id in known.get(table, [])]
    words = {
        "choice": WORDS.list_values(column),
        "choices": WORDS.list_values(column),
        "yes-no": ("yes", "no"),
        "bases": tuple(f"{r}.{b}" for r, bases in WORDS.bases.items() for b in bases),
        "country": tuple(sorted(set(WORDS.countries.values()))),
        "reference": tuple(targets),
        "references": tuple(targets),
        "scope": ("all", "category:identity"),
    }.get(column.kind, ())
    cells: st.SearchStrategy[Any] = {
        "text": TEXTS,
        "count": st.integers(0, 10**15 - 1),
        "number": st.integers(1, 10**9).map(lambda n: n / 10_000),
        "some": st.one_of(st.just("yes"), st.integers(0, 10**6).map(str)),
        "grade": st.integers(1, 5),
        "date": DATES,
        "period": PERIODS,
        "sha256": st.text("0123456789abcdef", min_size=64, max_size=64),
        "path": st.sampled_from(["log.csv", "2026/审计报告.pdf", "=x.txt"]),
    }.get(column.kind, st.nothing())
    if column.kind == "choice" and column.name in FITTING:
        words = FITTING[column.name]
    if column.many and words:
        several = st.lists(st.sampled_from(words), min_size=1, max_size=3, unique=True)
        cells = several.map(";".join)
    elif words:
        cells = st.sampled_from(words)
    if column.kind == "text" and column.also:
        # Words for nothing mean `none`; the reader says so before the workbook is written.
        no = {fold(word) for word, _ in (*column.also, ("none", ""))}
        cells = cells.map(lambda text: "none" if fold(text) in no else text)
    if column.required:
        return cells.filter(lambda cell: cell != "")
    return st.none() | cells.map(lambda cell: None if cell == "" else cell)


def _draw_estimates(draw: Callable[..., Any], size: int) -> dict[str, pd.Series]:
    """Draw what estimates must agree on: three numbers that rise, and their unit."""
    three = st.lists(st.integers(1, 10**9), min_size=3, max_size=3, unique=True).map(sorted)
    rows = [draw(three) for _ in range(size)]
    numbers = {
        name: pd.Series([row[at] / 10_000 for row in rows], dtype="Float64")
        for at, name in enumerate(("low", "best", "high"))
    }
    words = {"quantity": "cost-per-person", "shape": "pert", "unit": "CNY"}
    return numbers | {name: pd.Series([word] * size, dtype="str") for name, word in words.items()}


@st.composite
def make_frames(draw: Callable[..., Any]) -> Frames:
    """Draw a sound case: some tables, some rows, extra columns, companions of texts."""
    known: dict[str, list[str]] = {}
    chosen = draw(st.sets(st.sampled_from(sorted(TABLES)), max_size=4)) | {"activities"}
    for table in ("activities", "parties", "systems", "items", "assessments"):
        if table in chosen:
            known[table] = draw(st.lists(IDS, max_size=3, unique_by=str.casefold))
    # An id that two tables share would be ambiguous where both may be meant.
    taken: set[str] = set()
    for table in known:
        known[table] = [id for id in known[table] if id.casefold() not in taken]
        taken |= {id.casefold() for id in known[table]}
    frames: Frames = {}
    for name in sorted(chosen):
        table = TABLES[name]
        if any(c.required and c.to and not known.get(c.to[0]) for c in table.columns):
            continue
        ids = known.get(name)
        ids = draw(st.lists(IDS, max_size=3, unique_by=str.casefold)) if ids is None else ids
        columns = {}
        filled = draw(st.sets(st.sampled_from(table.names), max_size=8))
        for column in table.columns:
            cells = make_cells(column, known)
            fill = column.required or column.name in filled
            values = ids if column.kind == "id" else [draw(cells) if fill else None for _ in ids]
            columns[column.name] = pd.Series(values, dtype=column.dtype)
        if "title" in columns:
            columns["title_en"] = pd.Series([draw(TEXTS) or None for _ in ids], dtype="str")
        for extra in sorted(draw(st.sets(st.sampled_from(["Ext 1", "自备栏", "EXT 1"])))):
            columns[extra] = pd.Series([draw(TEXTS) or None for _ in ids], dtype="str")
        if name == "estimates":
            columns |= _draw_estimates(draw, len(ids))
        declared = columns.pop("title_en", None)
        extras = {k: columns.pop(k) for k in list(columns) if k not in table.names}
        if declared is not None:
            extras["title_en"] = declared
        frames[name] = pd.DataFrame({**columns, **dict(sorted(extras.items()))})
    return frames


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("round") / "case"
    new_case(folder)
    (folder / "packs").rmdir()  # so the packs are read once, not once per case
    return folder


@contextmanager
def strip_workbook() -> Iterator[None]:
    """Leave out what every workbook holds alike and no cell of a table depends on.

    Notes, drop-downs, highlights and the dictionary are four fifths of what writing costs.
    """
    with ExitStack() as held:
        for part in ("_note", "_validate", "_highlight", "_write_guide"):
            held.enter_context(patch.object(_Writer, part, lambda *_: None))
        held.enter_context(patch.object(_Writer, "_write_dictionary", lambda *_: {}))
        yield


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink a case takes minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    frames=make_frames(),
    lang=st.sampled_from(["zh", "en"]),
    whole=st.just(True) if KEPT else st.sampled_from([*[False] * 9, True]),
)
def test_what_a_workbook_holds_comes_back_unchanged(
    blank: Path, frames: Frames, lang: str, whole: bool
) -> None:
    with nullcontext() if whole else strip_workbook():
        write_workbook(frames, blank / "inventory.xlsx", lang=lang)

    check = check_case(blank, as_of=AS_OF)
    assert [str(issue) for issue in check.issues] == []
    assert check.case is not None
    for name, frame in check.case.frames.items():
        if name in frames and len(frames[name]):
            expected = frames[name]
            for column in expected.columns:
                assert expected[column].equals(frame[column]), (name, column)
            lost = set(frame.columns) ^ set(expected.columns)
            assert {c for c in lost if c in frame and frame[c].notna().any()} == set()
        else:
            assert not len(frame)
    if KEPT:
        place = Path(KEPT) / f"{next(NUMBER):05d}"
        place.with_suffix(".done").touch()
        if whole:
            shutil.copy(blank / "inventory.xlsx", place.with_suffix(".xlsx"))
            place.with_suffix(".pickle").write_bytes(pickle.dumps(frames))


def test_text_at_the_limit_of_a_cell_comes_back_and_beyond_is_refused(blank: Path) -> None:
    row = {"id": ["a"], "title": ["限" * 32_767]}
    write_workbook({"activities": pd.DataFrame(row)}, blank / "inventory.xlsx")

    assert read_case(blank, as_of=AS_OF).frames["activities"]["title"][0] == "限" * 32_767
    row["title"] = ["限" * 32_768]
    with pytest.raises(InvalidData, match=r"处理活动!B4: holds 32,768 characters, a cell at most"):
        write_workbook({"activities": pd.DataFrame(row)}, blank / "inventory.xlsx")


def test_equal_tables_give_equal_bytes(tmp_path: Path) -> None:
    frames = {"activities": pd.DataFrame({"id": ["a"], "title": ["A"]})}
    for name in ("one.xlsx", "two.xlsx"):
        write_workbook(frames, tmp_path / name)

    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_a_header_tells_its_use_and_its_clauses_in_both_languages(tmp_path: Path) -> None:
    write_workbook({}, tmp_path / "zh.xlsx")
    flows = openpyxl.load_workbook(tmp_path / "zh.xlsx")["数据流"]
    comment = flows["Q1"].comment

    assert comment is not None
    assert comment.text == (
        "自由填写。\n"
        "删除或匿名化的方式；未处置填“无”。\n"
        "依据：《个人信息保护法》第47条*；GB/T 39335—2020 表C.2*；GDPR 第17条*\n"
        "* 可信度未达“高”，引用前请核对原文。\n\n"
        "Free text.\n"
        "How the information is deleted or made anonymous; none where nothing is done.\n"
        "Wanted by: PIPL Art. 47*; GB/T 39335-2020, Table C.2*; GDPR Art. 17*\n"
        "* Confidence below high: check the original text before citing."
    )


def test_every_column_but_the_ids_has_a_note_and_all_that_a_rule_wants_its_clauses() -> None:
    declared = {f"{t.name}.{c.name}" for t in TABLES.values() for c in t.columns if c.kind != "id"}
    notes = load_knowledge().columns

    assert set(notes) == declared
    # No rule asks for a rating of maturity, or for an estimate.
    bare = {id.partition(".")[0] for id, note in notes.items() if not note.clauses}
    assert bare == {"estimates", "maturity"}


def test_the_values_that_stand_out_are_values_of_their_column() -> None:
    for id, note in load_knowledge().columns.items():
        table, _, name = id.partition(".")
        column = TABLES[table][name]
        known = {*WORDS.list_values(column), *(value for _, value in column.also)}
        assert {*note.alarm, *note.caution} <= known, id


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_alarming_words_stand_out_in_any_spelling(tmp_path: Path, lang: str) -> None:
    write_workbook({}, tmp_path / "book.xlsx", lang=lang)
    systems = openpyxl.load_workbook(tmp_path / "book.xlsx").worksheets[4]
    rules = {
        str(area.sqref): [(rule.formula[0], rule.dxf.font.b, rule.dxf.font.i) for rule in rules]
        for area, rules in systems.conditional_formatting._cf_rules.items()
    }

    assert rules["M4:M504"] == [
        ('OR(M4="not-conform",M4="不符合",M4="Does not conform")', True, False),
        ('OR(M4="basically-conform",M4="基本符合",M4="Basically conforms")', False, True),
    ]


def test_a_column_that_two_records_of_a_table_may_not_share_leaves_a_plain_filter(
    tmp_path: Path,
) -> None:
    frame = pd.DataFrame({"id": ["a"], "title": ["A"], "Ext": ["1"], "EXT": ["2"]})
    write_workbook({"activities": frame}, tmp_path / "book.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "book.xlsx")["处理活动"]

    assert not sheet.tables
    assert sheet.auto_filter.ref == "A3:W4"


def test_a_table_longer_than_a_sheet_is_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": pd.RangeIndex(1_048_574)})

    with pytest.raises(InvalidData, match="holds 1,048,574 rows, a sheet at most 1,048,573"):
        write_workbook({"flows": frame}, tmp_path / "book.xlsx")
