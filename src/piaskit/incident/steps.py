"""A step on a short ladder, known exactly or between two bounds, with what argues it."""

from __future__ import annotations

from dataclasses import dataclass

from piaskit.incident.ground import Answer, Ground


@dataclass(frozen=True, slots=True)
class Step:
    """A step between ``low`` and ``high``; ``ground`` says why, ``missing`` what would settle it.

    >>> Step(1, 3, "incident.exposed.unknown", missing=("malicious",)).at_least(2)
    'unknown'
    """

    low: int
    high: int
    label: str
    missing: tuple[str, ...] = ()
    fields: tuple[tuple[str, object], ...] = ()

    def at_least(self, step: int) -> Answer:
        """Say whether it reaches a step: yes, no or unknown."""
        if self.low >= step:
            return "yes"
        return "no" if self.high < step else "unknown"

    def ask(self, step: int, open_label: str) -> Ground:
        """Make the question whether it reaches a step a ground; ``open_label.blank`` if open."""
        met = self.at_least(step)
        if met == "unknown":
            return Ground(met, f"{open_label}.blank", missing=self.missing)
        return Ground(met, self.label, fields=dict(self.fields))
