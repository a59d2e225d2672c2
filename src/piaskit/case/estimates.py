"""What the cells of an estimate must agree on: a shape has its numbers, in order and in range."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from piaskit.case.cells import Problem
from piaskit.case.typed import Typed

SHARES = ("share", "fine-chance", "shared", "prevents", "limits")
"""Quantities that are a part of a whole: 0 to 1."""
MONEY = ("cost-per-person", "cost", "fine", "cost-year")
"""Quantities in a currency."""
MOST_EVENTS = 10_000.0  # a year; what happens more often is no event but a way of working
NUMBERS = ("low", "best", "high")
_SHAPES = {
    "frequency": ("fixed", "pert", "lognormal", "gamma"),
    **dict.fromkeys((*SHARES, "appetite", "cost-year"), ("fixed", "pert")),
}
_OTHER_SHAPES = ("fixed", "pert", "lognormal")
_OF_SAFEGUARDS = ("prevents", "limits", "cost-year")
_OF_RISKS = ("frequency", "persons", "share", "shared")
_WANTED = {
    "fixed": ("best",),
    "pert": NUMBERS,
    "lognormal": ("low", "high"),
    "gamma": ("low", "high"),
}
Row = dict[str, Any]
Found = tuple[str, Problem]


def choose_shape(row: Row) -> str:
    """Return the shape of an estimate: the stated one, else the one its numbers ask for.

    >>> choose_shape({"low": 1.0, "high": 5.0}), choose_shape({"best": 2.0, "years": 10.0})
    ('lognormal', 'gamma')
    """
    if row.get("shape"):
        return str(row["shape"])
    given = [name for name in NUMBERS if row.get(name) is not None]
    if row.get("years") is not None and row.get("quantity") != "appetite":
        return "gamma"
    if given == ["low", "high"]:
        return "pert" if row.get("quantity") in SHARES else "lognormal"
    return "pert" if len(given) > 1 else "fixed"


def check_estimates(typed: Typed) -> None:
    """Check the rows of table ``estimates``; problems go to their cells."""
    if typed.sheet is None or "quantity" not in typed.values:
        return
    names = typed.table.names
    columns = {name: typed.list_values(name) for name in names}
    found: dict[str, dict[int, list[tuple[Problem, str]]]] = defaultdict(lambda: defaultdict(list))
    for n in np.flatnonzero(~typed.bad).tolist():
        row = {name: columns[name][n] for name in names}
        for column, problem in _check_row(row):
            value = row[column]
            found[column][n].append((problem, "" if value is None else f"{value}"))
    for column, rows in found.items():
        typed.report(np.array(sorted(rows)), column, lambda n, rows=rows: rows[n])  # type: ignore[misc]


def _check_row(row: Row) -> Iterator[Found]:
    quantity = row["quantity"]
    if quantity is None:
        return
    yield from _check_range(row)
    ordered = [(name, row[name]) for name in NUMBERS if row[name] is not None]
    for (lower, small), (upper, large) in pairwise(ordered):
        if small > large:
            message = f"{lower} {small:g} lies above {upper} {large:g}, expected low, best, high"
            yield lower, Problem("estimate-order", message, "let the values rise")
    shape, fitting = choose_shape(row), _SHAPES.get(quantity, _OTHER_SHAPES)
    if shape not in fitting:
        column = "shape" if row["shape"] else "years"
        message = f"{shape} is no shape of {quantity}, expected {', '.join(fitting)}"
        yield column, Problem("estimate-shape", message)
        return
    for name in _list_missing(row, shape):
        message = f"{name} is blank, expected a value for {quantity} as {shape}"
        yield name, Problem("estimate-incomplete", message)
    if quantity in _OF_SAFEGUARDS and row["safeguard"] is None:
        message = f"safeguard is blank, expected the one that {quantity} speaks of"
        yield "safeguard", Problem("estimate-incomplete", message)
    if quantity in _OF_RISKS and row["risk"] is None:
        message = f"risk is blank, expected the risk or rule that {quantity} speaks of"
        yield "risk", Problem("estimate-incomplete", message)
    if (quantity in MONEY or quantity == "appetite") and row["unit"] is None:
        message = f"unit is blank, expected the unit of {quantity}, as CNY"
        yield "unit", Problem("estimate-incomplete", message)
    if quantity == "shared" and row["cause"] is None:
        yield "cause", Problem("estimate-incomplete", "cause is blank, expected the shared cause")


def _check_range(row: Row) -> Iterator[Found]:
    quantity = row["quantity"]
    for name in (*NUMBERS, "actual"):
        value = row[name]
        if value is None:
            continue
        if quantity in SHARES and value > 1:
            message = f"{value:g} is no {quantity}, expected a part of one: 0 to 1"
            yield name, Problem("estimate-out-of-range", message, _offer_share(value))
        elif quantity == "frequency" and value > MOST_EVENTS and row["years"] is None:
            message = f"{value:g} events a year are no frequency, expected 0 to {MOST_EVENTS:g}"
            yield name, Problem("estimate-out-of-range", message)
    if row["years"] == 0:
        yield "years", Problem("estimate-out-of-range", "0 years are no time, expected more than 0")
    if choose_shape(row) in ("lognormal", "gamma") and row["low"] is not None:
        if row["low"] == 0:
            message = "0 is no lower end of such a shape, expected more than 0"
            yield "low", Problem("estimate-out-of-range", message, "write a small number, or pert")
        elif row["low"] == row["high"]:
            message = f"low and high are both {row['low']:g}, expected a range"
            yield "high", Problem("estimate-order", message, "write the value as best alone")


def _offer_share(value: float) -> str | None:
    return f"write {value:g}%" if value <= 100 else None


def _list_missing(row: Row, shape: str) -> list[str]:
    """List the columns that a shape needs and that are blank."""
    if row["quantity"] == "appetite":
        wanted: tuple[str, ...] = ("best", "years")
    elif shape == "gamma" and row["years"] is not None:
        wanted = ("best", "years")
    elif row["shape"] is None and shape == "pert":
        # A blank end of three is told; of a share a best guess lies in the middle of its ends.
        wanted = ("low", "high") if row["quantity"] in SHARES else NUMBERS
    else:
        wanted = _WANTED[shape]
    return [name for name in wanted if row[name] is None]
