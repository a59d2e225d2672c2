"""Guidance in the report: only kinds of the case, only what is seen or public there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from piaskit.case import Case
from piaskit.knowledge import load_knowledge
from piaskit.report.guidance import list_reported, project_guidance, show_guidance
from piaskit.report.rows import Rows
from piaskit.report.voice import Voice


def test_a_kind_is_seen_or_public_only_where_a_flow_makes_it_so(
    make_case: Callable[..., Case],
) -> None:
    case = make_case(
        activities=[{"id": "a"}, {"id": "b"}],
        items=[
            {"id": "i", "activity": "a", "category": "contact.phone"},
            {"id": "j", "activity": "a", "category": "contact.email"},
            {"id": "k", "activity": "b", "category": "health.record"},
        ],
        parties=[{"id": "p", "role": "counterparty"}, {"id": "q", "role": "processor"}],
        flows=[
            {"id": "f", "activity": "a", "stage": "provide", "target": "p", "items": "i"},
            {"id": "g", "activity": "a", "stage": "disclose", "items": "j"},
            {"id": "h", "activity": "a", "stage": "store", "target": "q", "items": "j"},
        ],
    )
    knowledge = load_knowledge()
    guides = knowledge.guidance["users"].guidance
    rows = Rows(replace(case, knowledge=knowledge), Voice(knowledge.labels, "zh", "public"))

    phone, email = project_guidance(rows, {"a"})

    assert (phone.seen, phone.open) == (guides["phone"].seen.zh, "")
    assert (email.seen, email.open) == ("", guides["email"].open.zh)
    table = show_guidance(rows.voice, (phone, email))
    assert table.visibility == "public"
    assert [row.cells[3] for row in table.rows] == ["不涉及", guides["email"].open.zh]
    assert len(list_reported(rows)) == 4
