"""The minutes of the meeting after an exercise."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from piaskit.errors import InvalidData
from piaskit.tabletop.minutes import Minutes, read_minutes


def write(folder: Path, text: str) -> Path:
    path = folder / "minutes.yaml"
    path.write_text(text, "utf-8")
    return path


def test_what_was_stated_is_read_and_the_rest_is_blank(tmp_path: Path) -> None:
    found = read_minutes(
        write(
            tmp_path,
            "held_on: 2026-09-28\nfacilitator: A. Example\nevaluators: [B. Example]\n"
            "people: {r-1: D. Example}\nsponsor:\n"
            "causes:\n  1: {en: Not in the plan., zh: 预案未写明。}\n  2: 没有演练过。\n",
        )
    )

    assert found == Minutes(
        held_on=date(2026, 9, 28),
        facilitator="A. Example",
        evaluators=("B. Example",),
        people={"r-1": "D. Example"},
        causes={1: {"en": "Not in the plan.", "zh": "预案未写明。"}, 2: {"zh": "没有演练过。"}},
    )
    assert [found.tell_cause(n, "en") for n in (1, 2, 3)] == [
        "Not in the plan.",
        "没有演练过。",
        "",
    ]


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "held_on: 28.9.2026\nfacilitater: A\nevaluators: {a: b}\npeople: [x]\n"
        "causes: {one: text}\nsponsor: [a]\n",
    )

    with pytest.raises(InvalidData) as refused:
        read_minutes(path)

    assert sorted(str(issue) for issue in refused.value.issues) == [
        "minutes.yaml row 1, held_on: expected a date like 2026-01-31",
        "minutes.yaml row 2, facilitater: unknown key facilitater (did you mean facilitator?)",
        "minutes.yaml row 3, evaluators: expected a list of names",
        "minutes.yaml row 4, people: expected a name for each id of a role",
        "minutes.yaml row 5, causes.one: "
        "expected a number of an area, and a text or one each for en and zh",
        "minutes.yaml row 6, sponsor: expected a text",
    ]


def test_a_file_that_is_no_yaml_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidData) as refused:
        read_minutes(write(tmp_path, "held_on: [\n"))

    assert {issue.slug for issue in refused.value.issues} == {"minutes-yaml"}
