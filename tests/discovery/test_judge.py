"""Names and values of a column weighed against each other."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date

import pytest
from accept.persons import make_email, make_name, make_phone, make_resident_id

from piaskit.discovery.columns import Column
from piaskit.discovery.findings import Finding
from piaskit.discovery.search import search_source
from piaskit.discovery.tables import Source, Table
from piaskit.knowledge import load_knowledge

ILLNESSES = ("哮喘", "痛风", "高血压", "贫血", "失眠", "肺炎")


def judge(name: str, make: Callable[[random.Random], str], table: str = "t") -> Finding | None:
    """Judge a column of 60 values by its name and them."""
    r = random.Random(8)
    column = Column(table, name, "varchar(50)")
    told = Table(table, (column,), {name: [make(r) for _ in range(60)]})
    found = search_source(Source("s", "csv", (told,)), load_knowledge(), date(2026, 3, 1))
    return found.findings[0] if found.findings else None


@pytest.mark.parametrize(
    ("name", "make", "category", "confidence"),
    [
        ("mobile", make_phone, "contact.phone", "high"),
        ("mobile", make_email, "contact.email", "high"),
        ("mobile", lambda r: r.choice("ABC") + str(r.random()), "contact.phone", "low"),
        ("emergency_phone", make_phone, "relation.emergency-contact", "high"),
        ("consignee", make_name, "identity.name", "high"),
        ("passport_no", make_resident_id, "identity.national-id-number", "high"),
        ("diagnosis", lambda r: r.choice(ILLNESSES), "health.diagnosis", "high"),
        ("xingming", lambda r: str(r.random()), "identity.name", "medium"),
    ],
)  # fmt: skip
def test_values_support_correct_or_doubt_a_name(
    name: str, make: Callable[[random.Random], str], category: str, confidence: str
) -> None:
    found = judge(name, make)

    assert found
    assert (found.category, found.confidence) == (category, confidence)


def test_a_key_or_a_measure_is_told_only_when_check_digits_prove_it() -> None:
    assert judge("user_id", make_phone) is None
    proven = judge("user_id", make_resident_id)
    assert proven
    assert proven.category == "identity.national-id-number"
    assert judge("product_price", lambda r: f"E{r.random():.8f}".replace("0.", "")) is None


def test_reasons_name_the_word_and_the_count() -> None:
    found = judge("mobile", make_phone)

    assert found
    assert found.found_by == ("name", "values")
    assert [label for label, _ in found.because] == [
        "discover.because.name",
        "discover.because.form",
    ]
    assert dict(found.because[1][1])["of"] == 60
