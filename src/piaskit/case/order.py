"""One order of rows, so that the order of a file never shows in a result."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from piaskit.case import Case


def sort_rows(case: Case) -> Case:
    """Return the case with every table sorted by id and numbered from 0."""
    frames = {
        name: frame.sort_values("id", ignore_index=True) for name, frame in case.frames.items()
    }
    return dataclasses.replace(case, frames=frames)
