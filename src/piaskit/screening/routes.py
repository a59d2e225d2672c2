"""Which route each export needs after PIPL 38 to 40 and the Provisions of 2024, and what it has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from piaskit.rules import open_facts

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Knowledge

Due = Literal["assessment", "contract", "exempt", "none-needed", "judge"]
Fit = Literal["fits", "expired", "missing", "unfit", "judge"]
Persons = tuple[int, int | None]
"""A range of persons; a blank end is open."""

LAW = "cn-crossborder-2024"
SCRIPTS = ("places", "items", "flows")
GROUNDS = {
    "exempt-contract": {"cn-pipl.contract"},
    "exempt-hr": {"cn-pipl.hr", "cn-pipl.contract"},
    "exempt-emergency": {"cn-pipl.emergency"},
}
"""The legal bases one of which an exemption rests on."""

SUFFICES: dict[str, Collection[str]] = {
    "assessment": {"cac-assessment"},
    "contract": {"cac-assessment", "standard-contract", "certification"},
    "none-needed": {"cac-assessment", "standard-contract", "certification", "exempt-volume"},
}
"""The mechanisms that meet what is due."""


@dataclass(frozen=True, slots=True)
class Route:
    """One export: what its facts ask for, why, and whether the stated mechanism is that.

    ``reason`` names the fact that decides; ``clause`` is a reference.
    """

    flow: str
    activity: str
    sensitive: bool
    mechanism: str | None
    due: Due
    reason: str
    clause: str
    fit: Fit


@dataclass(frozen=True, slots=True)
class Routes:
    """The exports of a case, by id, and the persons since 1 January they add up to."""

    exports: tuple[Route, ...]
    ordinary: Persons
    sensitive: Persons


@dataclass(frozen=True, slots=True)
class _Limits:
    exempt: int
    ordinary: int
    sensitive: int


def choose_routes(case: Case, activities: Collection[str] | None = None) -> Routes:
    """Tell of every export which route it needs; ``activities`` limits the exports listed.

    The numbers are those of the whole organisation. Where they leave it open on which side of a
    limit they lie, the route is ``judge``.
    """
    if case.frames["flows"].empty:
        return Routes((), (0, 0), (0, 0))
    with open_facts(case, scripts=SCRIPTS) as facts:
        counts = facts.execute(
            "SELECT ordinary_low, ordinary_high, sensitive_low, sensitive_high, operator, "
            "assessment_needed FROM export_counts"
        ).fetchone()
        rows = facts.execute(
            "SELECT f.id, f.activity, f.is_sensitive_export, f.important_data, f.basis, "
            "f.transfer_mechanism, coalesce(f.mechanism_until < f.as_of, false) "
            "FROM flow_facts f WHERE f.is_export ORDER BY f.id"
        ).fetchall()
    if counts is None:
        raise AssertionError("export_counts has one row")
    ordinary, sensitive = (counts[0], counts[1]), (counts[2], counts[3])
    limits = _read_limits(case.knowledge)
    found = []
    for flow, activity, is_sensitive, important, basis, mechanism, expired in rows:
        if activities is not None and activity not in activities:
            continue
        if important or counts[4] == "cii":
            reason = "important" if important else "cii"
            due: tuple[Due, str, str] = ("assessment", reason, f"{LAW} 7")
        elif mechanism in GROUNDS and GROUNDS[mechanism] & set(basis):
            due = ("exempt", mechanism, f"{LAW} 5")
        else:
            due = _count_route(is_sensitive, counts[5], ordinary, sensitive, limits)
        fit = _compare(due[0], mechanism, expired)
        found.append(Route(flow, activity, is_sensitive, mechanism, *due, fit))
    return Routes(tuple(found), ordinary, sensitive)


def _read_limits(knowledge: Knowledge) -> _Limits:
    numbers = knowledge.regulations[LAW].numbers
    names = ("exempt-persons", "assessment-persons", "assessment-sensitive")
    return _Limits(*(numbers[name].value for name in names))


def _count_route(
    is_sensitive: bool, needed: bool, ordinary: Persons, sensitive: Persons, limits: _Limits
) -> tuple[Due, str, str]:
    """Return what the numbers ask of an export that nothing exempts.

    >>> _count_route(False, False, (0, 99_999), (0, 0), _Limits(100_000, 1_000_000, 10_000))
    ('none-needed', 'few', 'cn-crossborder-2024 5(4)')
    """
    if needed:
        return "assessment", "numbers", f"{LAW} 7"
    if _may_reach(ordinary, limits.ordinary) or _may_reach(sensitive, limits.sensitive):
        return "judge", "open", f"{LAW} 7"
    if is_sensitive:
        return "contract", "sensitive", f"{LAW} 8"
    if ordinary[0] >= limits.exempt:
        return "contract", "numbers", f"{LAW} 8"
    if _may_reach(ordinary, limits.exempt):
        return "judge", "open", f"{LAW} 8"
    return "none-needed", "few", f"{LAW} 5(4)"


def _may_reach(persons: Persons, limit: int) -> bool:
    return persons[1] is None or persons[1] >= limit


def _compare(due: Due, mechanism: str | None, expired: bool) -> Fit:
    if mechanism in (None, "none") or (mechanism in GROUNDS and due != "exempt"):
        return "missing" if mechanism in (None, "none") else "unfit"
    if expired:
        return "expired"
    if due == "exempt":
        return "fits"
    if due == "judge":
        return "fits" if mechanism == "cac-assessment" else "judge"
    return "fits" if mechanism in SUFFICES[due] else "unfit"
