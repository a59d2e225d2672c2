"""Records answer in both languages and say so when they cannot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from piaskit.knowledge import Labels, MissingLabel, Text
from piaskit.knowledge.records import Label, Period

LABELS = Labels(
    {
        "column.persons": Label(en="Persons", zh="人数", also=("heads",)),
        "column.count": Label(en="Count", zh="人数"),
        "note.left": Label(en="{n} of {all} left out", zh="略去 {n}/{all}"),
    }
)


def test_a_label_is_filled_in_both_languages() -> None:
    assert LABELS("note.left", "en", n=3, all=9) == "3 of 9 left out"
    assert LABELS("note.left", "zh", n=3, all=9) == "略去 3/9"


@given(st.text(), st.text())
def test_what_is_filled_in_is_never_read_again(n: str, rest: str) -> None:
    assert LABELS("note.left", "en", n=n, all=rest) == f"{n} of {rest} left out"


@pytest.mark.parametrize(
    ("id", "lang", "told"),
    [
        ("note.right", "en", "no label 'note.right'"),
        ("note.left", "fr", "label 'note.left' has no language 'fr'"),
        ("note.left", "en", "label 'note.left' needs a value for 'all'"),
    ],
)
def test_a_missing_label_language_or_field_is_told(id: str, lang: str, told: str) -> None:
    with pytest.raises(MissingLabel) as caught:
        LABELS(id, lang, n=1)

    assert str(caught.value) == told


def test_words_lead_to_the_id_without_its_prefix() -> None:
    assert LABELS.words("column") == {
        "persons": "persons",
        "Persons": "persons",
        "人数": "persons",
        "heads": "persons",
        "count": "count",
        "Count": "count",
    }


def test_words_of_one_table_leave_the_others_out() -> None:
    assert LABELS.words("column", only=["count"])["人数"] == "count"
    assert "heads" not in LABELS.words("column", only=["count"])


def test_labels_are_counted_and_listed() -> None:
    assert list(LABELS) == ["column.persons", "column.count", "note.left"]
    assert len(LABELS) == 3
    assert "note.left" in LABELS


def test_text_is_asked_by_language() -> None:
    text = Text(en="Storage", zh="存储")

    assert (text["en"], text["zh"]) == ("Storage", "存储")
    with pytest.raises(MissingLabel, match="no text in language 'fr'"):
        text["fr"]


def test_records_are_frozen_and_refuse_other_keys() -> None:
    text = Text(en="Storage", zh="存储")

    with pytest.raises(ValidationError, match="frozen"):
        text.en = "Store"
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Text.model_validate({"en": "a", "zh": "b", "fr": "c"})


def test_a_period_has_value_and_unit_or_neither() -> None:
    given_ = {
        "id": "audit",
        "control": "audit.compliance",
        "use": "repeat",
        "kind": "law",
        "clause": "cn-pipl 54",
        "confidence": "high",
        "note": {"en": "Regularly.", "zh": "定期。"},
    }

    assert Period.model_validate(given_).value is None
    assert Period.model_validate({**given_, "value": "6", "unit": "month"}).value == 6
    with pytest.raises(ValidationError, match="value and unit go together"):
        Period.model_validate({**given_, "value": "6"})
