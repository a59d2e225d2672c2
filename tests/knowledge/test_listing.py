"""Packs listed, shown and checked, in the contract's shape."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from piaskit.errors import InvalidData
from piaskit.knowledge import load_knowledge
from piaskit.knowledge.kinds import KINDS
from piaskit.knowledge.listing import check_packs, list_packs, show_pack

OWN = """id: own
title: {en: Own words, zh: 自有用语}
version: "1"
source: own
as_of: 2026-01-31
confidence: high
labels:
  own.word: {en: Word, zh: 词}
"""


def _write(folder: Path, text: str = OWN) -> Path:
    (folder / "packs" / "labels").mkdir(parents=True)
    (folder / "packs" / "labels" / "own.yaml").write_text(text, encoding="utf-8")
    return folder / "packs"


def test_a_pack_is_described_as_the_contract_says() -> None:
    listed = list_packs("methods")
    pack = next(pack for pack in listed if pack["id"] == "gbt39335")

    assert [pack["id"] for pack in listed] == [
        "cnil", "gbt39335", "matrix", "nist-pram", "small-processor",
    ]  # fmt: skip
    assert pack == {
        "id": "gbt39335",
        "kind": "methods",
        "title": {"en": "GB/T 39335-2020 impact assessment", "zh": "GB/T 39335—2020 影响评估方法"},
        "version": "2020",
        "source": pack["source"],
        "as_of": "2026-11-23",
        "confidence": "high",
        "file": "knowledge/methods/gbt39335.yaml",
        "entries": 1,
    }


def test_every_pack_is_listed_by_kind_and_id() -> None:
    listed = [(pack["kind"], pack["id"]) for pack in list_packs()]

    assert listed == sorted(listed)
    assert len(listed) == len(load_knowledge().packs)


def test_a_pack_of_rules_counts_its_rules() -> None:
    assert sum(pack["entries"] for pack in list_packs("rules")) == len(load_knowledge().rules)


def test_an_unknown_kind_is_told_with_the_nearest() -> None:
    with pytest.raises(InvalidData) as caught:
        list_packs("rulez")

    assert str(caught.value) == "packs: no kind of pack is called rulez (did you mean rules?)"


@pytest.mark.parametrize("pack", [f"{p['kind']}/{p['id']}" for p in list_packs()])
def test_every_pack_can_be_shown_as_json(pack: str) -> None:
    shown = show_pack(pack)

    assert f"{shown['kind']}/{shown['id']}" == pack
    assert json.loads(json.dumps(shown)) == shown
    if KINDS[shown["kind"]][1] is not None:
        assert len(shown["content"]) == shown["entries"]


def test_a_regulation_shows_its_articles() -> None:
    shown = show_pack("cn-pipl")

    assert shown["content"]["articles"]["47"]["title"] == {"en": "Deletion", "zh": "删除"}
    assert shown["entries"] == len(shown["content"]["articles"])


def test_a_pack_shows_fields_of_labels_unfilled() -> None:
    with_fields = [
        text for text in show_pack("labels/report")["content"].values() if "{" in text["en"]
    ]

    assert with_fields


@pytest.mark.parametrize(
    ("id", "told"),
    [
        ("cn-pip", "packs: no pack has the id cn-pip (did you mean cn-pipl?)"),
        (
            "gbt39335",
            (
                "packs: more than one pack has the id gbt39335"
                " (write methods/gbt39335 or regulations/gbt39335)"
            ),
        ),
    ],
)
def test_an_id_that_names_no_single_pack_is_told(id: str, told: str) -> None:
    with pytest.raises(InvalidData) as caught:
        show_pack(id)

    assert str(caught.value) == told


def test_own_packs_are_listed_shown_and_checked(tmp_path: Path) -> None:
    packs = _write(tmp_path)

    assert [p["file"] for p in list_packs("labels", packs=packs) if p["id"] == "own"] == [
        "packs/labels/own.yaml"
    ]
    assert show_pack("own", packs=packs)["content"] == {"own.word": {"en": "Word", "zh": "词"}}
    checked = check_packs(packs)
    assert [pack.id for pack in checked.packs] == ["own"]
    assert checked.to_dict()["issues"] == []


def test_checking_without_a_folder_checks_the_built_in_packs() -> None:
    checked = check_packs()

    assert checked.packs == load_knowledge().packs
    assert checked.issues == ()


def test_a_broken_folder_is_told_not_raised(tmp_path: Path) -> None:
    packs = _write(tmp_path, OWN.replace("zh: 词", "zn: 词"))

    assert check_packs(packs).to_dict() == {
        "packs": [],
        "issues": [
            {
                "slug": "pack-missing-key",
                "file": "packs/labels/own.yaml",
                "sheet": None,
                "row": 8,
                "column": "labels.own.word.zh",
                "value": None,
                "message": "packs/labels/own.yaml row 8, labels.own.word.zh: zh is missing",
                "hint": None,
            },
            {
                "slug": "pack-unknown-key",
                "file": "packs/labels/own.yaml",
                "sheet": None,
                "row": 8,
                "column": "labels.own.word.zn",
                "value": "zn",
                "message": "packs/labels/own.yaml row 8, labels.own.word.zn: unknown key zn",
                "hint": "known keys: en, zh, also",
            },
        ],
    }
