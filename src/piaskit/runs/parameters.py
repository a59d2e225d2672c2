"""The parameters cell of a notebook: what it takes, and a refusal before anything starts."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from piaskit.errors import InvalidData, Issue, Place, quote

TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool, "list[str]": list}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One line of a parameters cell: ``name: type = default  # comment``."""

    name: str
    type: str
    default: Any

    def accepts(self, value: object) -> bool:
        """Tell whether a value has this parameter's type; a bool is no number.

        >>> Parameter("seed", "int", 1).accepts(True)
        False
        >>> Parameter("editions", "list[str]", []).accepts(["public"])
        True
        """
        if self.type == "list[str]":
            return isinstance(value, list) and all(isinstance(part, str) for part in value)
        if isinstance(value, bool):
            return self.type == "bool"
        if self.type == "float":
            return isinstance(value, int | float)
        return isinstance(value, TYPES[self.type])


def find_parameters_cells(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the cells of a notebook (its JSON) that are tagged ``parameters``."""
    return [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", ())]


def read_parameters(path: Path) -> dict[str, Parameter]:
    """Read what a notebook takes from its one parameters cell.

    Raises
    ------
    InvalidData
        ``notebook-parameters``: no such cell, several, or a line that is no typed assignment.
    """
    cells = find_parameters_cells(json.loads(path.read_text("utf-8")))
    if len(cells) != 1:
        message = f"{len(cells)} cells are tagged parameters, expected one"
        raise InvalidData([Issue("notebook-parameters", Place(path.name), message)])
    parameters: dict[str, Parameter] = {}
    issues = []
    for line in ast.parse("".join(cells[0]["source"])).body:
        try:
            parameter = _read_line(line)
        except ValueError:
            shown = ast.unparse(line)
            message = "expected `name: type = value` with a type of " + ", ".join(TYPES)
            place = Place(path.name, row=line.lineno)
            issues.append(Issue("notebook-parameters", place, message, quote(shown)))
        else:
            parameters[parameter.name] = parameter
    if issues:
        raise InvalidData(issues)
    return parameters


def _read_line(line: ast.stmt) -> Parameter:
    match line:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=ast.expr() as v):
            parameter = Parameter(name, ast.unparse(annotation), ast.literal_eval(v))
            if parameter.type in TYPES and parameter.accepts(parameter.default):
                return parameter
    raise ValueError


def check_parameters(path: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all parameters of a notebook, the given ones in place of their defaults.

    papermill itself takes any name and any value in silence, so this runs first.

    Raises
    ------
    InvalidData
        ``unknown-parameter`` with the nearest name, ``mistyped-parameter`` with the type.
    """
    parameters = read_parameters(path)
    issues = []
    for name, value in given.items():
        if name not in parameters:
            near = get_close_matches(name, parameters, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else "it takes " + ", ".join(parameters)
            message = f"there is no parameter {quote(name)}"
            issues.append(Issue("unknown-parameter", Place(path.name), message, quote(name), hint))
        elif not parameters[name].accepts(value):
            wanted = parameters[name].type
            message = f"{name} takes {wanted}, not {type(value).__name__}"
            place = Place(path.name, column=name)
            hint = f"for example {parameters[name].default!r}"
            issues.append(Issue("mistyped-parameter", place, message, quote(value), hint))
    if issues:
        raise InvalidData(issues)
    return {name: given.get(name, parameter.default) for name, parameter in parameters.items()}


def check_kinds(given: Mapping[str, object], kinds: tuple[type, ...]) -> None:
    """Refuse a parameter of another type, as an edited cell may hold; a bool is no number.

    Raises
    ------
    InvalidData
        ``mistyped-parameter`` for each.
    """
    wanted = " or ".join(kind.__name__ for kind in kinds)
    issues = [
        Issue(
            "mistyped-parameter",
            Place("parameters", column=name),
            f"{name} takes {wanted}, not {type(value).__name__}",
            quote(value),
        )
        for name, value in given.items()
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)
    ]
    if issues:
        raise InvalidData(issues)


def choose_words(name: str, given: str | list[str], choices: tuple[str, ...]) -> list[str]:
    """Read a parameter that names one, several or ``both`` of a few words, in their order.

    >>> choose_words("lang", "both", ("zh", "en"))
    ['zh', 'en']
    >>> choose_words("formats", "pdf,html", ("html", "pdf", "xlsx"))
    ['html', 'pdf']

    Raises
    ------
    InvalidData
        ``unknown-value`` with the nearest word, or when nothing is chosen.
    """
    words = given.split(",") if isinstance(given, str) else given
    words = [word for word in (str(word).strip() for word in words) if word]
    if words == ["both"]:
        return list(choices)
    place = Place("parameters", column=name)
    expected = "expected one or more of " + ", ".join(choices)
    if not words:
        raise InvalidData([Issue("unknown-value", place, expected, "")])
    issues = []
    for word in words:
        if word not in choices:
            near = get_close_matches(word, choices, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else None
            issues.append(Issue("unknown-value", place, expected, quote(word), hint))
    if issues:
        raise InvalidData(issues)
    return [word for word in choices if word in words]


def resolve_as_of(case: Path, given: date | str | None = None) -> date:
    """Settle the date a run speaks of: the given one, else that of case.yaml, else today.

    This is the only place where the clock is read for a result.

    Raises
    ------
    InvalidData
        ``bad-date`` when the given text is no ISO date.
    """
    if isinstance(given, date):
        return given
    if given:
        try:
            return date.fromisoformat(given)
        except ValueError:
            place = Place("parameters", column="as_of")
            message = "expected a date like 2026-01-31"
            raise InvalidData([Issue("bad-date", place, message, quote(given))]) from None
    from piaskit.knowledge.read import read_tree

    # What is wrong with case.yaml is told by the reader of the case, not here.
    tree, _ = read_tree(case / "case.yaml", "case.yaml")
    try:
        return date.fromisoformat(tree.content.get("as_of") or "")
    except (TypeError, ValueError):
        return date.today()
