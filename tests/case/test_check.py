"""Reading and checking whole cases: equal frames from every form, every mistake at its cell."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from piaskit.case import TABLES, check_case, read_case, write_workbook
from piaskit.case.words import Words, fold
from piaskit.errors import InvalidData
from piaskit.knowledge import load_knowledge

AS_OF = date(2026, 3, 1)
Rows = dict[str, list[dict[str, str]]]
Write = Callable[..., Path]


def _assert_same(found: dict[str, pd.DataFrame], expected: dict[str, pd.DataFrame]) -> None:
    assert list(found) == list(TABLES)
    for name, frame in expected.items():
        pd.testing.assert_frame_equal(found[name], frame, obj=name)


def test_a_sound_case_has_no_issues_and_typed_frames(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    check = check_case(write_tables(tmp_path, rows))

    assert [str(issue) for issue in check.issues] == []
    assert [str(notice) for notice in check.notices] == []
    case = check.case
    assert case is not None
    for name, table in TABLES.items():
        frame = case.frames[name]
        assert list(frame.columns)[: len(table.columns)] == list(table.names)
        assert {c.name: str(frame[c.name].dtype) for c in table.columns} == {
            c.name: c.dtype for c in table.columns
        }
    activity = case.frames["activities"].iloc[0]
    assert activity["legal_basis"] == "cn-pipl.contract;eu-gdpr.6-1-b"
    assert activity["automated_decision"] == "significant"
    assert (activity["children"], activity["minors"], activity["persons"]) == ("yes", "30", 1200)
    assert activity["reviewed_on"] == pd.Timestamp("2026-02-03")
    assert list(case.frames["items"]["retention"]) == ["P3Y", "until account closure"]
    scope = case.frames["safeguards"]["scope"][0]
    assert scope == "systems/crm;flows/f-1;category:identity"
    assert case.frames["safeguards"]["evidence"][0] == "keys.pdf"


def test_the_json_of_a_check_has_the_keys_of_the_contract(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    rows["flows"][0]["stage"] = "colect"
    found = check_case(write_tables(tmp_path, rows)).to_dict()

    assert found["case"] == "shop"
    assert found["counts"]["items"] == 2
    assert found["issues"] == [
        {
            "slug": "unknown-value",
            "file": "flows.csv",
            "sheet": None,
            "row": 2,
            "column": "stage",
            "value": "colect",
            "message": "flows.csv row 2, stage: colect is no stage, expected collect, store, use, "
            "process, transmit, provide, disclose, delete",
            "hint": "did you mean collect?",
        }
    ]


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_the_same_tables_give_the_same_frames_from_every_form(
    form: str, rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    expected = read_case(write_tables(tmp_path / "csv", rows)).frames

    found = read_case(write_tables(tmp_path / form, rows, form)).frames

    _assert_same(found, expected)


def test_the_order_of_columns_does_not_matter(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    expected = read_case(write_tables(tmp_path / "a", rows)).frames
    chance = random.Random(1)
    for records in rows.values():
        names = list(dict.fromkeys(name for record in records for name in record))
        chance.shuffle(names)
        records[:] = [{n: record.get(n, "") for n in names} for record in records]

    found = read_case(write_tables(tmp_path / "b", rows)).frames

    _assert_same(found, expected)


def _translate(rows: Rows, lang: str) -> Rows:
    """Write table names, headers and fixed words as labels."""
    knowledge = load_knowledge()
    labels, words = knowledge.labels, Words(knowledge)
    found: Rows = {}
    for name, records in rows.items():
        table = TABLES[name]
        new = []
        for record in records:
            row = {}
            for column, cell in record.items():
                if column not in table.names:
                    row[column] = cell
                    continue
                declared, parts = table[column], cell.split(";")
                if declared.kind in ("choice", "choices", "yes-no") and cell:
                    index = words.index_values(declared)
                    ids = [index[fold(part)] for part in parts]
                    if declared.pack:
                        pack = getattr(knowledge, declared.pack)
                        cell = "；".join(pack[id].title[lang] for id in ids)
                    else:
                        cell = "；".join(_label(labels, column, id, lang) for id in ids)
                row[labels(f"column.{column}", lang)] = cell
            new.append(row)
        found[labels(f"table.{name}", lang)] = new
    return found


def _label(labels, column: str, id: str, lang: str) -> str:
    own = f"value.{column}.{id}"
    return labels(own if own in labels else f"value.{id}", lang)


@pytest.mark.parametrize(("lang", "form"), list(itertools.product(("zh", "en"), ("csv", "xlsx"))))
def test_labels_in_either_language_read_as_the_ids_they_stand_for(
    lang: str, form: str, rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    expected = read_case(write_tables(tmp_path / "ids", rows)).frames

    found = read_case(write_tables(tmp_path / lang, _translate(rows, lang), form)).frames

    _assert_same(found, expected)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_written_workbook_reads_back_without_loss(
    lang: str, rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    rows["activities"][0] |= {
        "purpose": "=1+1", "subjects": "+86", "owner": "-x", "notice": "@all",
        "necessity": "first line\nsecond _x0041_ line", "notice_on": "1900-03-01", "remark": "'t",
    }  # fmt: skip
    case = read_case(write_tables(tmp_path / "csv", rows))
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "case.yaml").write_bytes((case.root / "case.yaml").read_bytes())

    write_workbook(case.frames, tmp_path / "book" / "inventory.xlsx", lang=lang)

    check = check_case(tmp_path / "book")
    assert [str(issue) for issue in check.issues] == []
    assert check.case is not None
    _assert_same(check.case.frames, case.frames)


def test_the_same_tables_give_a_workbook_of_the_same_bytes(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    frames = read_case(write_tables(tmp_path / "case", rows)).frames

    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(frames, tmp_path / name)

    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


MISTAKES = {
    "id": "or ders",
    "title": "",
    "purpose": "a\x1fb",
    "legal_basis": "cosnent",
    "subjects": "x" * 32_768,
    "persons": "100万",
    "children": "few",
    "minors": "-3",
    "automated_decision": "recomendation",
    "role": "contoller",
    "controller": "nobody",
    "owner": "\x00",
    "notice": "\u202egnp.exe",
    "notice_on": "2026-13-01",
    "consent_evidence": "\x7f",
    "rights": "acess;copy",
    "necessity": "y" * 40_000,
    "reviewed_on": "01/02/2026",
    "opt_out": "\x1b[0m",
    "title_zh": "\x85",
}
"""Twenty different mistakes that fit on one row of activities."""


def _places(path: Path) -> set[tuple[int | None, str | None]]:
    return {(issue.place.row, issue.place.column) for issue in check_case(path).issues}


def _spoil(rows: Rows, columns: tuple[str, ...], write: Write, folder: Path) -> set:
    good = dict(rows["activities"][0])
    row = {**good, "id": "second"} | {column: MISTAKES[column] for column in columns}
    spoilt = {**rows, "activities": [good, row]}
    return _places(write(folder, spoilt))


def test_twenty_mistakes_on_one_row_are_told_each_at_its_cell(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    found = _spoil(rows, tuple(MISTAKES), write_tables, tmp_path)

    assert len(MISTAKES) == 20
    assert found == {(3, column) for column in MISTAKES}


def test_no_mistake_hides_another_on_its_row(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    # One file holds every pair on a row of its own, so that 190 cases are read at once.
    good = dict(rows["activities"][0])
    pairs = list(itertools.combinations(MISTAKES, 2))
    bad = [
        {**good, "id": f"row-{n}"} | {column: MISTAKES[column] for column in pair}
        for n, pair in enumerate(pairs)
    ]
    for row in bad:
        # Equal bad ids would be duplicates of each other: a further mistake.
        if row["id"] == MISTAKES["id"]:
            row["id"] += str(bad.index(row))
    path = write_tables(tmp_path, {**rows, "activities": [good, *bad]})

    assert _places(path) == {(n, column) for n, pair in enumerate(pairs, 3) for column in pair}


def test_a_workbook_with_mistakes_in_many_tables_names_sheet_and_cell(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    rows["flows"][0] |= {"target": "cmr", "stage": "", "persons": "1.5", "transport": "tls1.4"}
    rows["items"][0] |= {"category": "identity.nam", "retention": "long", "required": "maybe"}
    rows["parties"][0] |= {"country": "XX", "role": "sbject"}
    rows["systems"][0] |= {"mlps_level": "6", "kind": "databse", "operator": "none-such"}
    rows["safeguards"][0] |= {"evidence_sha256": "12", "control": "x.y", "evidence": "../x"}
    rows["judgements"][0] |= {"level": "severe"}
    rows["requests"][0] |= {"due_on": "soon"}

    found = check_case(write_tables(tmp_path, rows, "xlsx")).issues

    names = {
        sheet: list(dict.fromkeys(c for row in records for c in row))
        for sheet, records in rows.items()
    }

    def cell(sheet: str, column: str) -> str:
        return f"inventory.xlsx {sheet}!{chr(65 + names[sheet].index(column))}2"

    assert [str(issue.place) for issue in found] == [
        cell("items", "category"), cell("items", "required"), cell("items", "retention"),
        cell("parties", "role"), cell("parties", "country"),
        cell("systems", "kind"), cell("systems", "operator"), cell("systems", "mlps_level"),
        cell("flows", "stage"), cell("flows", "target"), cell("flows", "persons"),
        cell("flows", "transport"), cell("safeguards", "control"),
        cell("safeguards", "evidence"), cell("safeguards", "evidence_sha256"),
        cell("judgements", "level"), cell("requests", "due_on"),
    ]  # fmt: skip
    assert found[9].hint == "did you mean crm?"


def test_keep_going_leaves_out_the_bad_row_and_what_refers_to_it(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    rows["items"][0]["category"] = "identity.nam"
    path = write_tables(tmp_path, rows)

    with pytest.raises(
        InvalidData, match=r"items.csv row 2, category: identity.nam is no category"
    ):
        read_case(path)
    case = read_case(path, keep_going=True)

    assert list(case.frames["items"]["id"]) == ["phone"]
    assert len(case.frames["flows"]) == len(case.frames["safeguards"]) == 0
    assert [issue.slug for issue in case.left_out] == [
        "unknown-category",
        "row-left-out",
        "row-left-out",
    ]
    assert str(case.left_out[1]) == (
        "flows.csv row 2, items: the row is left out: it refers to items/name, left out too"
    )


def test_a_table_that_cannot_be_read_is_told_once_and_not_at_every_reference(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    path = write_tables(tmp_path, rows)
    (path / "inventory" / "activities.csv").write_bytes(b'id,title\na-1,"open\n')

    check = check_case(path)

    assert [issue.slug for issue in check.issues] == ["bad-csv"]
    assert check.case is not None
    assert len(check.case.frames["flows"]) == 0
    assert check.case.left_out[1].slug == "row-left-out"


def test_a_second_header_row_of_ids_is_no_record(write_tables: Write, tmp_path: Path) -> None:
    path = write_tables(tmp_path, {t: [] for t in ("items", "parties", "systems", "flows")})
    table = path / "inventory" / "activities.csv"
    table.write_text("编号,名称,备注\nid,title,备注\na-1,Orders,x\n", encoding="utf-8")

    case = read_case(path)

    assert list(case.frames["activities"]["id"]) == ["a-1"]
    assert list(case.frames["activities"]["备注"]) == ["x"]


def test_a_link_out_of_the_case_is_not_followed(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    path = write_tables(tmp_path / "case", rows)
    flows, evidence = path / "inventory" / "flows.csv", path / "evidence"
    flows.rename(tmp_path / "flows.csv")
    flows.symlink_to(tmp_path / "flows.csv")
    evidence.mkdir()
    (evidence / "keys.pdf").symlink_to(tmp_path / "flows.csv")

    found = [str(issue) for issue in check_case(path).issues]

    assert found == [
        "flows.csv: is a link out of the case folder (put the file itself into the folder)",
        (
            "safeguards.csv row 2, evidence: evidence/keys.pdf leads out of the case folder, "
            "expected a file below evidence/ (put the file into evidence/)"
        ),
    ]


def test_a_link_to_itself_is_told_and_not_followed(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    path = write_tables(tmp_path, rows)
    (path / "inventory.xlsx").symlink_to(path / "inventory.xlsx")

    assert [str(issue) for issue in check_case(path).issues] == [
        "inventory.xlsx: is a link out of the case folder (put the file itself into the folder)"
    ]


def test_a_csv_file_of_endless_rows_is_refused_before_it_is_taken_apart(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    path = write_tables(tmp_path, rows)
    (path / "inventory" / "flows.csv").write_bytes(b"id,activity,stage\n" + b"\n" * 25_000_000)

    assert [issue.slug for issue in check_case(path).issues] == ["file-too-large"]


def test_own_packs_are_found_in_the_case_and_where_one_says(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    rows["items"][0]["category"] = "loyalty.card"
    path = write_tables(tmp_path / "case", rows)
    pack = """\
id: loyalty
title: {en: Loyalty, zh: 会员}
version: "1"
source: house
as_of: 2026-01-01
confidence: high
categories:
  loyalty.card:
    title: {en: Loyalty card, zh: 会员卡}
    sensitive: {cn-pipl: "no", eu-gdpr: "no"}
    because: {en: A number, zh: 号码}
    confidence: high
"""
    for folder in (path / "packs", tmp_path / "house"):
        (folder / "categories").mkdir(parents=True)
        (folder / "categories" / "loyalty.yaml").write_text(pack, encoding="utf-8")

    case = read_case(path)
    assert case.frames["items"]["category"][0] == "loyalty.card"
    assert "packs/categories/loyalty.yaml" in case.digests

    (path / "packs" / "categories" / "loyalty.yaml").unlink()
    assert check_case(path).issues[0].slug == "unknown-category"
    assert not check_case(path, packs=tmp_path / "house").issues


def test_a_run_of_equal_mistakes_is_cut_short(write_tables: Write, tmp_path: Path) -> None:
    rows = {t: [] for t in ("items", "parties", "systems", "flows")}
    bad = [{"id": f"a-{n}", "title": "x", "persons": "many"} for n in range(1500)]

    check = check_case(write_tables(tmp_path, {**rows, "activities": bad}))

    assert len(check.issues) == 1001
    assert check.issues[-1].message.startswith("here and in 499 cells below: many is no such")
    assert check.case is not None
    assert len(check.case.frames["activities"]) == 0


def test_many_different_wrong_words_are_told_in_time(write_tables: Write, tmp_path: Path) -> None:
    rows = {t: [] for t in ("activities", "parties", "systems", "flows")}
    bad = [
        {"id": f"i-{n}", "activity": f"a-{n}", "category": f"identiy.{n}"} for n in range(20_000)
    ]
    path = write_tables(tmp_path, {**rows, "items": bad}, "parquet")
    start = time.process_time()

    check = check_case(path)

    assert len(check.issues) == 2 * 1001
    assert time.process_time() - start < 5


@pytest.mark.parametrize("nothing", ["null", "~", "", '""'])
def test_what_yaml_calls_nothing_is_blank(
    rows: Rows, write_tables: Write, tmp_path: Path, nothing: str
) -> None:
    path = write_tables(tmp_path, rows)
    text = (path / "case.yaml").read_text("utf-8")
    blank = text.replace("as_of: 2026-03-01", f"as_of: {nothing}")
    (path / "case.yaml").write_text(blank, "utf-8")

    check = check_case(path, as_of=AS_OF)
    assert (check.issues, check.as_of) == ((), AS_OF)

    (path / "case.yaml").write_text(text.replace("title: A shop", f"title: {nothing}"), "utf-8")
    assert [str(issue) for issue in check_case(path).issues] == [
        "case.yaml row 2, title: title is not stated, expected a value"
    ]


def test_a_table_of_endless_width_is_refused_in_time(
    rows: Rows, write_tables: Write, tmp_path: Path
) -> None:
    path = write_tables(tmp_path, rows)
    roles = path / "inventory" / "roles.csv"
    text = roles.read_text("utf-8-sig")
    start = time.process_time()
    roles.write_text(text.replace("\n", "," * 500_000 + "\n"), "utf-8")
    assert not check_case(path).issues

    roles.write_text("id,role" + ",x" * 500_000 + "\nr,dpo\n", "utf-8")
    assert [str(issue) for issue in check_case(path).issues] == [
        "roles.csv: has more than 1,000 columns (delete stray cells to the right of the table)"
    ]
    assert time.process_time() - start < 5


def test_a_header_is_judged_like_a_cell(rows: Rows, write_tables: Write, tmp_path: Path) -> None:
    rows["roles"][0]["no\x00te"] = "x"
    path = write_tables(tmp_path, rows)

    assert [(issue.slug, issue.message) for issue in check_case(path).issues] == [
        ("control-character", "holds the control character U+0000")
    ]


def test_a_needed_table_has_at_least_a_header(write_tables: Write, tmp_path: Path) -> None:
    path = write_tables(tmp_path, {t: [] for t in ("activities", "items", "parties", "systems")})
    (path / "inventory" / "flows.csv").write_text("id,activity,stage\n", "utf-8")
    assert not check_case(path).issues

    (path / "inventory" / "flows.csv").write_bytes(b"")

    assert [(issue.slug, str(issue)) for issue in check_case(path).issues] == [
        ("table-missing", "flows.csv: is blank, expected a header (it may have no rows)")
    ]
