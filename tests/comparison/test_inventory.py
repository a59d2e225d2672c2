"""What changed between two inventories: nothing missed, nothing invented, the important first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piaskit.case import Case, read_case
from piaskit.case.tables import TABLES
from piaskit.comparison import Comparison, compare_cases
from piaskit.comparison.inventory import TOPICS, compare_inventories

SHOP = read_case(Path(__file__).parents[2] / "data" / "marketplace")
Edit = Callable[[Case, str, int, str, Any], Case]


def edit(case: Case, table: str, id: str, **cells: Any) -> Case:
    frame = case.frames[table].copy()
    for column, value in cells.items():
        frame.loc[frame["id"] == id, column] = value
    return replace(case, frames={**case.frames, table: frame})


def drop(case: Case, table: str, *ids: str) -> Case:
    frame = case.frames[table]
    return replace(case, frames={**case.frames, table: frame[~frame["id"].isin(ids)]})


def tell(old: Case, new: Case) -> Comparison:
    return compare_cases(old, new, risks=False)


def list_sentences(old: Case, new: Case) -> list[str]:
    return [change["because"] for change in tell(old, new).changes]


def test_a_case_does_not_differ_from_itself_nor_from_itself_in_another_order() -> None:
    frames = {table: frame.iloc[::-1] for table, frame in SHOP.frames.items()}
    flows = frames["flows"].copy()
    flows["items"] = [";".join(reversed(cell.split(";"))) for cell in flows["items"]]

    assert tell(SHOP, SHOP).changes == []
    assert tell(SHOP, replace(SHOP, frames={**frames, "flows": flows})).changes == []


def test_purposes_recipients_and_retention_come_first_each_in_words() -> None:
    new = edit(SHOP, "safeguards", "g-tls", status="partly")
    new = edit(new, "items", "i-login", retention="P3Y")
    new = edit(new, "flows", "f-acc-sms", target="p-dfm")
    new = edit(new, "activities", "accounts", purpose="Sell accounts.", purpose_en="Sell accounts.")

    found = tell(SHOP, new).changes

    topics = [change["topic"] for change in found]
    assert topics == sorted(topics, key=TOPICS.index)
    assert topics[:2] == ["purpose", "purpose"]
    subject = "Activity “Registration and sign-in security”"
    texts = [change["because"] for change in found]
    assert f"{subject}: information now goes to “Design file analysis provider”, too." in texts
    lost = f"{subject}: information no longer goes to “Text message and voice code provider”."
    assert lost in texts
    kept = "Item “Login name”, Retention: was “until account closure”, is now “3 y”."
    assert kept in texts
    flow = "Flow “f-acc-sms (Registration and sign-in security, Transmit)”, Target: was "
    assert (
        f"{flow}“Text message and voice code provider”, is now “Design file analysis provider”."
        in texts
    )
    assert "处理活动“账号注册与登录安全”：新增接收方“设计文件解析服务商”。" in [
        change["because_zh"] for change in found
    ]


def test_a_new_activity_brings_its_purpose_and_its_recipients() -> None:
    old = drop(SHOP, "activities", "delivery")
    old = drop(old, "flows", *SHOP.frames["flows"].query("activity == 'delivery'")["id"])

    found = tell(old, SHOP).changes

    subject = {"table": "activities", "id": "delivery"}
    mine = [(c["topic"], c["kind"], c["new"]) for c in found if c["subject"] == subject]
    assert ("purpose", "added", "把货物送达收货人，办理出口报关和退换货。") in mine
    assert ("recipient", "added", "p-courier-eu") in mine
    assert ("activity", "added", None) in mine
    assert sum(c["topic"] == "flow" and c["kind"] == "added" for c in found) == 6


def test_a_list_tells_what_it_gained_and_lost() -> None:
    new = edit(SHOP, "flows", "f-edu-enrol", consent="guardian;written")

    assert list_sentences(SHOP, new) == [
        "Flow “f-edu-enrol (School engineering programme and contest, Collect)”, Consent: "
        "now also “Written consent”, no longer “Separate consent”."
    ]


def test_blank_cells_and_dates_are_told_as_such() -> None:
    new = edit(SHOP, "parties", "p-payment", contract_until=pd.Timestamp("2030-01-31"))
    new = edit(new, "activities", "visitors", purpose=pd.NA)

    texts = list_sentences(SHOP, new)

    assert texts[0].endswith("is now “not stated”.")
    assert "was “2027-08-31”, is now “2030-01-31”." in texts[1]


def test_what_the_case_says_of_itself_is_compared_too() -> None:
    organisation = replace(SHOP.organisation, persons_total=900_000)
    new = replace(SHOP, organisation=organisation, regimes=("cn-pipl",))

    changes = {c["column"]: (c["old"], c["new"]) for c in tell(SHOP, new).changes}

    assert changes == {
        "organisation.persons_total": ("1300000", "900000"),
        "regimes": ("cn-pipl;eu-gdpr", "cn-pipl"),
    }


def test_a_row_that_only_changed_its_id_is_renamed_and_so_are_references_to_it() -> None:
    frames = {
        table: frame.replace({"p-tax": "p-revenue", "f-ord-invoice": "f-invoice"})
        for table, frame in SHOP.frames.items()
    }

    found = tell(SHOP, replace(SHOP, frames=frames))

    assert found.inventory.renames == {
        "parties": {"p-tax": "p-revenue"},
        "flows": {"f-ord-invoice": "f-invoice"},
    }
    assert {change["kind"] for change in found.changes} == {"renamed"}
    assert len(found.changes) == 2


def test_a_renamed_row_that_changed_otherwise_or_has_a_double_is_removed_and_added() -> None:
    moved = {table: frame.replace({"p-sms": "p-texts"}) for table, frame in SHOP.frames.items()}
    new = edit(replace(SHOP, frames=moved), "parties", "p-texts", country="SG")
    twins = pd.concat([SHOP.frames["parties"], SHOP.frames["parties"].tail(1).assign(id="p-twin")])
    two = replace(SHOP, frames={**SHOP.frames, "parties": twins.replace({"p-oldmail": "p-a"})})

    for case in (new, two):
        kinds = {c["kind"] for c in tell(SHOP, case).changes if c["subject"]["table"] == "parties"}
        assert {"added", "removed"} <= kinds
        assert tell(SHOP, case).inventory.renames == {}


def test_every_table_has_a_noun_and_every_column_a_heading() -> None:
    gone = {table: frame.head(0) for table, frame in SHOP.frames.items()}
    texts = list_sentences(SHOP, replace(SHOP, frames=gone))

    assert len(texts) >= sum(len(frame) for frame in SHOP.frames.values())
    assert not [text for text in texts if "comparison." in text]


CELLS = [
    (table, column.name)
    for table in ("activities", "items", "parties", "systems", "flows", "safeguards")
    for column in TABLES[table].columns
    if column.kind in ("text", "count", "choice", "period", "date")
    and column.name not in ("activity",)
]


@st.composite
def edited_cases(draw: st.DrawFn) -> Case:
    case = SHOP
    for table, column in draw(st.lists(st.sampled_from(CELLS), max_size=4)):
        frame = case.frames[table].copy()
        if frame.empty:
            continue
        place = draw(st.integers(0, len(frame) - 1))
        other = draw(st.integers(0, len(frame) - 1))
        frame.iloc[place, frame.columns.get_loc(column)] = frame.iloc[other][column]
        case = replace(case, frames={**case.frames, table: frame})
    for table in draw(st.lists(st.sampled_from(["requests", "trainings", "flows"]), max_size=2)):
        frame = case.frames[table]
        gone = draw(st.integers(0, len(frame) - 1))
        case = replace(case, frames={**case.frames, table: frame.drop(frame.index[gone])})
    return case


MIRRORED = {"added": "removed", "removed": "added", "changed": "changed"}


@given(one=edited_cases(), two=edited_cases())
@settings(max_examples=10, deadline=None)
def test_a_comparison_turned_around_tells_the_same_changes_turned_around(
    one: Case, two: Case
) -> None:
    there, back = compare_inventories(one, two), compare_inventories(two, one)
    columns = ["topic", "kind", "table", "id", "column", "old", "new", "activity"]
    turned = back.changes.rename(columns={"old": "new", "new": "old"})[columns]
    turned["kind"] = turned["kind"].map(MIRRORED)

    def read(frame: pd.DataFrame) -> list[tuple[str, ...]]:
        return sorted(frame.fillna("").itertuples(index=False, name=None))

    assert not there.renames and not back.renames
    assert read(there.changes[columns]) == read(turned)


@given(case=edited_cases())
@settings(max_examples=8, deadline=None)
def test_no_case_differs_from_itself(case: Case) -> None:
    assert compare_inventories(case, case).changes.empty


def test_a_hundred_thousand_flows_are_compared_without_a_loop_over_them() -> None:
    flows = pd.concat([SHOP.frames["flows"]] * 1_400, ignore_index=True)
    flows["id"] = [f"f-{n}" for n in range(len(flows))]
    large = replace(SHOP, frames={**SHOP.frames, "flows": flows})
    changed = flows.copy()
    changed.loc[5, "persons"] = 7
    gone = changed.iloc[1:]

    found = compare_inventories(large, replace(large, frames={**large.frames, "flows": gone}))

    assert found.changes[["kind", "id"]].values.tolist() == [["removed", "f-0"], ["changed", "f-5"]]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_comparison_shows_itself_in_the_language_of_the_new_case(lang: str) -> None:
    new = replace(edit(SHOP, "items", "i-login", title="<b>x</b>"), languages=(lang,))

    shown = tell(SHOP, new)._repr_html_()

    assert {"en": "Items (1)", "zh": "个人信息项（1）"}[lang] in shown
    assert "<b>" not in shown
