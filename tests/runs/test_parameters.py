import json
from datetime import date
from pathlib import Path

import pytest

from piaskit.errors import InvalidData
from piaskit.knowledge import load_knowledge
from piaskit.runs.notebooks import find_notebooks
from piaskit.runs.parameters import (
    check_parameters,
    choose_words,
    read_parameters,
    resolve_as_of,
)
from piaskit.runs.run import choose_editions, open_run

NOTEBOOKS = sorted(find_notebooks().glob("*.ipynb"))


def write_notebook(folder: Path, *cells: str) -> Path:
    path = folder / "small.ipynb"
    content = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {"tags": ["parameters"]} if number == 0 else {},
            "execution_count": None,
            "outputs": [],
            "source": cell,
        }
        for number, cell in enumerate(cells)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": content,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(notebook), "utf-8")
    return path


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_has_typed_parameters_commented_in_both_languages(path: Path) -> None:
    parameters = read_parameters(path)

    shared = {"out", "as_of", "packs", "lang"}
    own = {"portfolio", "cases"} if path.stem == "5-portfolio" else {"case", "keep_going"}
    assert shared | own <= set(parameters)
    cell = next(
        c
        for c in json.loads(path.read_text("utf-8"))["cells"]
        if "parameters" in c["metadata"].get("tags", ())
    )
    lines = "".join(cell["source"]).splitlines()
    assert len(lines) == 2 * len(parameters)
    for comment, line in zip(lines[::2], lines[1::2], strict=True):
        assert comment.startswith("# "), line
        assert any("\u4e00" <= c <= "\u9fff" for c in comment), line
        assert any(c.isascii() and c.isalpha() for c in comment), line


def test_there_are_notebooks_for_inventory_risk_and_report() -> None:
    assert {"1-inventory", "2-risk", "4-report"} <= {path.stem for path in NOTEBOOKS}


def test_an_unknown_parameter_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    path = write_notebook(tmp_path, 'case: str = ""\nseed: int = 1')

    with pytest.raises(InvalidData) as refused:
        check_parameters(path, {"sed": 3})

    assert [issue.slug for issue in refused.value.issues] == ["unknown-parameter"]
    assert str(refused.value) == "small.ipynb: there is no parameter sed (did you mean seed?)"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("7", "small.ipynb, seed: seed takes int, not str (for example 1)"),
        (True, "small.ipynb, seed: seed takes int, not bool (for example 1)"),
        (1.5, "small.ipynb, seed: seed takes int, not float (for example 1)"),
    ],
)
def test_a_mistyped_parameter_is_refused(tmp_path: Path, value: object, message: str) -> None:
    path = write_notebook(tmp_path, "seed: int = 1")

    with pytest.raises(InvalidData) as refused:
        check_parameters(path, {"seed": value})

    assert [issue.slug for issue in refused.value.issues] == ["mistyped-parameter"]
    assert str(refused.value) == message


def test_every_wrong_parameter_is_told_at_once(tmp_path: Path) -> None:
    path = write_notebook(tmp_path, "seed: int = 1\nwords: list[str] = []")

    with pytest.raises(InvalidData) as refused:
        check_parameters(path, {"seed": "x", "words": [1], "extra": 1})

    assert [issue.slug for issue in refused.value.issues] == [
        "mistyped-parameter",
        "mistyped-parameter",
        "unknown-parameter",
    ]


def test_given_values_stand_in_place_of_defaults(tmp_path: Path) -> None:
    path = write_notebook(tmp_path, 'lang: str = "both"\nrate: float = 0.5')

    assert check_parameters(path, {"rate": 2}) == {"lang": "both", "rate": 2}


@pytest.mark.parametrize(
    "line", ["seed = 1", "seed: int", "seed: int = 'a'", "seed: set = {1}", "import os"]
)
def test_a_line_that_is_no_typed_assignment_is_refused(tmp_path: Path, line: str) -> None:
    path = write_notebook(tmp_path, line)

    with pytest.raises(InvalidData, match="expected `name: type = value`") as refused:
        read_parameters(path)

    assert refused.value.issues[0].slug == "notebook-parameters"


def test_a_notebook_without_a_parameters_cell_is_refused(tmp_path: Path) -> None:
    path = write_notebook(tmp_path, "seed: int = 1")
    path.write_text(path.read_text("utf-8").replace('"parameters"', '"other"'), "utf-8")

    with pytest.raises(InvalidData) as refused:
        read_parameters(path)

    assert str(refused.value) == "small.ipynb: 0 cells are tagged parameters, expected one"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("lang", 3, "parameters, lang: lang takes str or list, not int"),
        ("keep_going", "no", "parameters, keep_going: keep_going takes bool, not str"),
        ("seed", True, "parameters, seed: seed takes int, not bool"),
        ("assessment", None, "parameters, assessment: assessment takes str, not NoneType"),
    ],
)
def test_a_cell_edited_to_another_type_is_refused(
    tmp_path: Path, name: str, value: object, message: str
) -> None:
    with pytest.raises(InvalidData) as caught:
        open_run(tmp_path, tmp_path / "out", **{name: value})  # type: ignore[arg-type]

    assert [str(issue) for issue in caught.value.issues] == [message]
    assert not (tmp_path / "out").exists()


def test_both_means_all_words_and_an_unknown_word_gets_the_nearest() -> None:
    assert choose_words("lang", "both", ("zh", "en")) == ["zh", "en"]
    with pytest.raises(InvalidData) as refused:
        choose_words("formats", "pfd,html", ("html", "pdf"))

    expected = "parameters, formats: expected one or more of html, pdf (did you mean pdf?)"
    assert str(refused.value) == expected


def test_a_choice_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidData, match="expected one or more of html, pdf"):
        choose_words("formats", " ,", ("html", "pdf"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id: x\nas_of: 2026-05-01\n", date(2026, 5, 1)),
        ("organisation: {name: x, as_of: 2001-01-01}\nas_of: '2026-05-02'\n", date(2026, 5, 2)),
        ("id: x\norganisation: {as_of: 2001-01-01}\n", None),
        ("as_of: soon\n", None),
        ("as_of:\n", None),
        ("as_of: [1\n", None),
    ],
)
def test_the_day_is_that_of_case_yaml_else_today(
    tmp_path: Path, text: str, expected: date | None
) -> None:
    (tmp_path / "case.yaml").write_text(text, "utf-8")

    assert resolve_as_of(tmp_path) == (expected or date.today())


def test_a_given_day_wins_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text("as_of: 2026-05-01\n", "utf-8")

    assert resolve_as_of(tmp_path, "2026-06-30") == date(2026, 6, 30)
    with pytest.raises(InvalidData) as refused:
        resolve_as_of(tmp_path, "30.6.2026")
    assert str(refused.value) == "parameters, as_of: expected a date like 2026-01-31"


def test_the_export_layout_has_an_internal_edition_only() -> None:
    packs = load_knowledge()

    assert choose_editions(packs, "both", "export") == ["internal"]
    assert choose_editions(packs, "both", "standard") == ["internal", "public"]

    with pytest.raises(InvalidData) as caught:
        choose_editions(packs, "public", "export")

    assert [issue.slug for issue in caught.value.issues] == ["layout-not-public"]
    with pytest.raises(InvalidData, match="expected one or more of standard, export"):
        choose_editions(packs, "both", "exprot")
