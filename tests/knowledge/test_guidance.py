"""Guidance for users: every kind of information has some, short and in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from piaskit.errors import InvalidData
from piaskit.knowledge import load_knowledge
from piaskit.knowledge.advice import find_advice

PARTS = ("send", "seen", "open", "others")


def test_every_category_has_guidance_in_both_languages() -> None:
    knowledge = load_knowledge()
    guides = knowledge.guidance["users"].guidance

    without = [
        id
        for id in knowledge.categories
        if not any(entry.id in guides for entry in find_advice(knowledge.advice, [id]))
    ]

    assert without == []
    for guide in guides.values():
        texts = [getattr(guide, part) for part in PARTS]
        assert all(text.en.strip() and text.zh.strip() for text in texts)


def test_guidance_can_be_read_at_a_glance() -> None:
    guides = load_knowledge().guidance["users"].guidance

    long = [
        (id, part)
        for id, guide in guides.items()
        for part in PARTS
        if len(getattr(guide, part).en) > 160 or len(getattr(guide, part).zh) > 60
    ]

    assert long == []


def test_guidance_beside_no_advice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "guidance").mkdir()
    text = "{en: a, zh: 甲}"
    (tmp_path / "guidance" / "own.yaml").write_text(
        f"""id: own
title: {text}
version: "1"
source: house rule
as_of: 2026-01-01
confidence: good-practice
guidance:
  phones: {{send: {text}, seen: {text}, open: {text}, others: {text}}}
reported: [{text}]
""",
        "utf-8",
    )

    with pytest.raises(InvalidData, match="phones is not advice of any pack") as refused:
        load_knowledge(tmp_path)

    assert refused.value.issues[0].hint == "did you mean phone?"
