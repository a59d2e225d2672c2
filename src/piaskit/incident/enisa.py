"""Severity after ENISA."""

from __future__ import annotations

from typing import Any

from piaskit.incident.facts import Facts
from piaskit.knowledge import Knowledge


def describe_enisa(facts: Facts, knowledge: Knowledge) -> dict[str, Any] | None:
    """Return the score, or None."""
    return None
