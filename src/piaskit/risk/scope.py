"""Whom a method is for: whether it applies here, and which activities it looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from piaskit.errors import Issue, Place
from piaskit.risk.scales import Bools

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Method
    from piaskit.knowledge.records import Number
    from piaskit.screening import Verdict

LANGS = ("en", "zh")


@dataclass(frozen=True)
class Scope:
    """Whether a method applies to a case, and why; ``said`` is empty for one that always does."""

    method: Method
    answer: Literal["yes", "no", "judge"]
    said: Mapping[str, str] = field(default_factory=dict)
    clause: Mapping[str, str] = field(default_factory=dict)

    def find_due(self, case: Case, verdicts: Sequence[Verdict]) -> Bools:
        """Say which activities the method looks at, ``[activities]`` in the case's order.

        A method for situations of the law leaves out activities of which none is met or open;
        ``verdicts`` are those of the screening.
        """
        ids = case.frames["activities"]["id"]
        if not self.method.situations:
            return np.ones(len(ids), dtype=bool)
        asked = {
            verdict.activity
            for verdict in verdicts
            if verdict.regime == self.method.situations and verdict.decision != "not-required"
        }
        due: Bools = ids.isin(sorted(asked)).to_numpy(dtype=bool)
        return due

    def to_dict(self) -> dict[str, Any]:
        """Return the scope as JSON holds it."""
        return {
            "applies": self.answer,
            "because": self.said["en"],
            "because_zh": self.said["zh"],
            "clause": self.clause["en"],
            "clause_zh": self.clause["zh"],
        }

    def refuse(self) -> Issue:
        """Return the issue of a method that does not apply."""
        message = self.said["en"].rstrip(".")
        return Issue("method-does-not-apply", Place("--method"), message, self.method.id)


def find_scope(case: Case, method: Method) -> Scope:
    """Say whether a method applies: the organisation's persons against a number of the law.

    Where the organisation does not state them, that is for a person to judge.
    """
    applies = method.applies
    if applies is None:
        return Scope(method, "yes")
    regulation, _, name = applies.number.partition(" ")
    number = case.knowledge.regulations[regulation].numbers[name]
    persons = case.organisation.persons_total
    answer: Literal["yes", "no", "judge"] = (
        "judge" if persons is None else "yes" if _holds(number, persons) else "no"
    )
    labels = case.knowledge.labels
    said = {
        lang: labels(
            f"risk.scope.{answer}",
            lang,
            method=method.name[lang],
            persons="" if persons is None else f"{persons:,}",
            bound=labels(f"risk.bound.{number.bound}", lang, n=f"{number.value:,}"),
        )
        for lang in LANGS
    }
    clause = {lang: case.knowledge.cite(applies.clause, lang) for lang in LANGS}
    return Scope(method, answer, said, clause)


def _holds(number: Number, persons: int) -> bool:
    tests = {
        "at-least": persons >= number.value,
        "more-than": persons > number.value,
        "below": persons < number.value,
        "at-most": persons <= number.value,
    }
    return tests[number.bound]
