"""An organisation's own matrix: what is wrong with it is told where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from piaskit.errors import InvalidData
from piaskit.knowledge import load_knowledge
from piaskit.knowledge.listing import check_packs

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "data" / "packs" / "methods" / "five-by-five.yaml"
MARK = load_knowledge(ROOT / "data" / "packs").methods["five-by-five"].mark_matrix()
HISTORY = "history.1.matrix: the cells or the line changed after the last entry of 2026-09-15"


def tell(folder: Path, *changes: tuple[str, str]) -> list[str]:
    text = EXAMPLE.read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    place = folder / "packs" / "methods"
    place.mkdir(parents=True)
    (place / EXAMPLE.name).write_text(text, "utf-8")
    with pytest.raises(InvalidData) as refused:
        load_knowledge(folder / "packs")
    start = "packs/methods/five-by-five.yaml row "
    said = [str(issue) for issue in refused.value.issues]
    assert all(line.startswith(start) for line in said)
    return [line.removeprefix(start).partition(", ")[2] for line in said]


def test_the_example_is_right_and_is_data_alone() -> None:
    checked = check_packs(ROOT / "data" / "packs")

    assert (len(checked.packs), checked.issues) == (1, ())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "  minor: {excluded: green, rare: green, ",
            "  minor: {excluded: green, ",
            "matrix.minor: the matrix has no level for minor impact and rare likelihood",
        ),
        (
            "  minor: {excluded: green, rare: green, ",
            "  minor: {excluded: green, rare: grean, ",
            "matrix.minor.rare: grean is not a level of the risk scale of any pack"
            " (did you mean green?)",
        ),
        (
            "acceptance_line: yellow",
            "acceptance_line: yelow",
            "acceptance_line: yelow is not a level of the risk scale of any pack"
            " (did you mean yellow?)",
        ),
        (
            "high: serious, severe: critical",
            "high: seriuos, severe: critical",
            "reads.impact: seriuos is not a step of the impact scale of any pack"
            " (did you mean serious?)",
        ),
        (
            "low: minor, medium: noticeable",
            "low: noticeable, medium: minor",
            "reads.impact: impact reads a higher word as a lower step (let steps rise)",
        ),
        (
            "low: rare, medium: occasional, ",
            "low: rare, ",
            "reads.likelihood: likelihood does not say how medium is read"
            " (expected one of excluded, rare, occasional, likely, almost-certain)",
        ),
        (
            "orange: high, red: severe",
            "orange: high",
            "means: means has no common word for red (expected one of low, medium, high, severe)",
        ),
    ],
)
def test_a_hole_or_a_misspelt_word_is_told_at_its_place(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert said in tell(tmp_path, (old, new))


def test_a_worse_cell_that_is_lower_is_told_with_the_cell_beside_it(tmp_path: Path) -> None:
    said = tell(tmp_path, ("rare: yellow, occasional: orange, likely: orange",
                           "rare: yellow, occasional: orange, likely: yellow"))  # fmt: skip

    assert said[:2] == [
        "matrix.serious.likely: serious impact and likely likelihood give yellow, lower than with"
        " noticeable (a worse cell is never lower)",
        "matrix.serious.likely: serious impact and likely likelihood give yellow, lower than with"
        " occasional (a worse cell is never lower)",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("likely: orange, almost-certain: orange}", "likely: orange, almost-certain: red}"),
        ("acceptance_line: yellow", "acceptance_line: green"),
        ("orange: high, red: severe", "orange: severe, red: severe"),
    ],
)
def test_a_change_without_an_entry_in_the_history_is_told_with_its_mark(
    tmp_path: Path, old: str, new: str
) -> None:
    (said,) = tell(tmp_path, (old, new))

    assert said.startswith(f"{HISTORY} by Privacy committee (add an entry with on, by, what and")
    assert MARK not in said


def test_a_line_of_acceptance_needs_a_history(tmp_path: Path) -> None:
    text = EXAMPLE.read_text("utf-8")
    cut = text[text.index("history:") :]

    (said,) = tell(tmp_path, (cut, ""))

    assert said == (
        "history: a line of acceptance is set, and no history says who set it and when"
        f" (add an entry with on, by, what and matrix: {MARK})"
    )


def test_a_scale_has_two_to_seven_steps(tmp_path: Path) -> None:
    said = tell(tmp_path, ("    yellow: {en: Yellow, zh: 黄}\n", ""),
                ("    orange: {en: Orange, zh: 橙}\n    red: {en: Red, zh: 红}\n", ""))  # fmt: skip

    assert any(line.startswith("scales.risk: ") for line in said)
