"""The standard's tables, filled."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from piaskit.case import Case
from piaskit.risk import assess_risks
from piaskit.risk.tables import (
    build_impact_table,
    build_lifecycle_table,
    build_likelihood_table,
    build_mapping_table,
    build_treatment_table,
)

LEAK = "leak@flows/f-2"


@pytest.fixture
def case(make_case: Any, make_rule: Any) -> Case:
    made: Case = make_case(
        rules=[make_rule("leak")],
        activities=[
            {"id": "orders", "title": "订单", "title_en": "Orders", "purpose": "Fulfil orders",
             "subjects": "buyers", "legal_basis": "cn-pipl.contract", "role": "controller"},
            {"id": "spare", "title": "Spare"},
        ],
        items=[
            {"id": "i-order", "activity": "orders", "category": "finance.order",
             "title": "Order", "retention": "P3Y"},
            {"id": "i-health", "activity": "orders", "category": "health.record",
             "title": "Allergy note", "retention": "until delivery"},
        ],
        parties=[
            {"id": "p-user", "title": "Buyers", "role": "subject", "country": "DE"},
            {"id": "p-sms", "title": "Text service", "role": "processor", "country": "CN"},
            {"id": "p-sub", "title": "Supplier", "role": "recipient", "country": "SG"},
        ],
        systems=[{"id": "s-core", "title": "Core", "encrypted_at_rest": "yes"}],
        flows=[
            {"id": "f-1", "activity": "orders", "stage": "collect", "source": "p-user",
             "target": "s-core", "items": "i-order;i-health", "method": "provided",
             "transport": "tls1.3"},
            {"id": "f-2", "activity": "orders", "stage": "provide", "source": "s-core",
             "target": "p-sub", "items": "i-health", "transport": "plain"},
            {"id": "f-3", "activity": "orders", "stage": "store", "target": "s-core"},
            {"id": "f-4", "activity": "orders", "stage": "use", "source": "s-core",
             "target": "p-sms", "items": "i-order"},
            {"id": "f-5", "activity": "orders", "stage": "delete", "source": "s-core",
             "disposal": "erased"},
        ],
        actions=[{"id": "x-1", "risk": LEAK, "title": "Encrypt the line", "option": "immediate",
                  "owner": "Lin", "due_on": "2026-09-01", "status": "done",
                  "done_on": "2026-06-01"}],
    )  # fmt: skip
    return made


def test_table_c1_says_who_processes_what_why_and_for_whom(case: Case) -> None:
    found = build_mapping_table(case, "en")

    assert found.iloc[0].to_list() == [
        "Orders",
        "Order or transaction, " + case.knowledge.categories["health.record"].title.en,
        "buyers",
        "Fulfil orders",
        "Contract with the individual (PIPL)",
        "Shop Ltd",
        "Text service",
        "yes: SG",
        "yes: Supplier",
    ]
    assert found.iloc[1].to_list()[1:] == ["not stated"] * 4 + ["Shop Ltd", "none", "no", "no"]


def test_table_c2_follows_the_life_cycle(case: Case) -> None:
    found = build_lifecycle_table(case, "zh")

    assert found.columns[1] == "个人信息项"
    assert found.iloc[0].to_list() == [
        "订单",
        "Allergy note、Order",
        "Buyers",
        case.knowledge.labels("value.method.provided", "zh"),
        "Core（加密）",
        case.knowledge.labels("value.transport.tls1.3", "zh")
        + "、"
        + case.knowledge.labels("value.transport.plain", "zh"),
        "直至delivery、3 年",
        "erased",
    ]


def test_table_c3_has_a_row_per_activity_and_right(case: Case) -> None:
    found = build_impact_table(case, assess_risks(case).to_dict(), "en")

    assert len(found) == 2 * 4
    first = found.iloc[0]
    assert list(first[["Activity", "Sensitive information", "Evidence"]]) == [
        "Orders",
        "Allergy note",
        "flows/f-2",
    ]
    assert first["Problem found"].startswith("1 found: leak fires. Criterion met: ")
    assert first["Aspect of impact"] == "Limits on self-determination"


def test_table_c4_names_treatment_owner_and_verification(case: Case) -> None:
    found = build_treatment_table(case, assess_risks(case).to_dict(), "en").iloc[0]

    assert found["Owner and advice for treatment"] == (
        "Encrypt the line (Treat at once; Lin; due 2026-09-01)"
    )
    assert found["Verification and filing"] == "x-1 done on 2026-06-01, not verified"
    assert found["Possible cause"] == "leak fires"
    assert found["Risk and its level"] == "leak fires (Severe)"


def test_table_c4_advises_the_remedy_where_nobody_acts(make_case: Any, make_rule: Any) -> None:
    flow = {"id": "f", "activity": "a", "stage": "collect", "transport": "plain"}
    case = make_case(rules=[make_rule("leak")], activities=[{"id": "a"}], flows=[flow])

    found = build_treatment_table(case, assess_risks(case).to_dict(), "zh").iloc[0]

    assert found["责任人及处置建议"] == "建议：传输加密、集中日志与告警、访问日志"
    assert found["整改验证及归档"] == "未登记整改措施"


def test_table_d6_gives_each_pair_its_likelihood_and_risk(case: Case) -> None:
    found = build_likelihood_table(case, assess_risks(case).to_dict(), "en")

    assert len(found) == 2 * 4
    right = "Harm to person or property"
    network = found.iloc[0]
    assert network[right].startswith("likelihood Very high, risk ")
    assert found.iloc[1]["Reason"].startswith("no rule found anything here")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_heading_of_every_table_is_filled_in_both_languages(case: Case, lang: str) -> None:
    result = assess_risks(case).to_dict()
    tables: list[pd.DataFrame] = [
        build_mapping_table(case, lang),
        build_lifecycle_table(case, lang),
        build_impact_table(case, result, lang),
        build_treatment_table(case, result, lang),
        build_likelihood_table(case, result, lang),
    ]

    assert [table.shape[1] for table in tables] == [9, 8, 8, 9, 7]
    for table in tables:
        assert not (table.isna() | table.eq("")).any(axis=None)
