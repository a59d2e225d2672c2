"""Advice to individuals: every kind of information has some, in both languages and plain words."""

from __future__ import annotations

from pathlib import Path

import pytest

from piaskit.errors import InvalidData
from piaskit.knowledge import load_knowledge
from piaskit.knowledge.advice import find_advice

HEADER = """id: own
title: {en: Own, zh: 自有}
version: "1"
source: house rule
as_of: 2026-01-01
confidence: good-practice
advice:
  own:
    about: [ABOUT]
    title: {en: a thing, zh: 某物}
    word: {en: thing, zh: 某物}
    means: {en: It may be lost., zh: 可能丢失。}
    steps: [{en: Look after it., zh: 请留意。}]
    child: {en: Tell an adult., zh: 告诉大人。}
    brief: {en: look out, zh: 请留意}
"""


def _write(folder: Path, about: str) -> Path:
    (folder / "advice").mkdir()
    text = HEADER.replace("ABOUT", about)
    (folder / "advice" / "own.yaml").write_text(text, "utf-8")
    return folder


def test_every_category_has_advice() -> None:
    knowledge = load_knowledge()

    without = [id for id in knowledge.categories if not find_advice(knowledge.advice, [id])]

    assert without == []


def test_every_advice_is_for_some_category() -> None:
    knowledge = load_knowledge()

    found = {a.id for id in knowledge.categories for a in find_advice(knowledge.advice, [id])}

    assert found == set(knowledge.advice)


def test_the_nearest_family_decides() -> None:
    advice = load_knowledge().advice

    ids = [entry.id for entry in find_advice(advice, ["finance.order", "account.password"])]

    assert ids == ["credentials", "order"]


def test_the_advice_on_a_password_holds_that_on_its_account() -> None:
    advice = load_knowledge().advice

    assert [a.id for a in find_advice(advice, ["account.login"])] == ["account"]
    found = find_advice(advice, ["account.login", "account.password"])
    assert [entry.id for entry in found] == ["credentials"]


def test_briefs_fit_into_a_push_message() -> None:
    advice = load_knowledge().advice.values()

    assert [a.id for a in advice if len(a.brief.en) > 25 or len(a.brief.zh) > 18] == []


def test_an_organisation_adds_advice_of_its_own(tmp_path: Path) -> None:
    knowledge = load_knowledge(_write(tmp_path, "vehicle.plate-number"))

    found = find_advice(knowledge.advice, ["vehicle.plate-number"])

    assert [entry.id for entry in found] == ["own"]


def test_advice_for_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="vehicel is not a category of any pack") as refused:
        load_knowledge(_write(tmp_path, "vehicel"))

    assert refused.value.issues[0].hint == "did you mean vehicle?"
