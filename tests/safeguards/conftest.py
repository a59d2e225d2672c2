"""Cases whose evidence stands in a folder of the test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from piaskit.case import Case


@pytest.fixture
def make_case(make_case: Callable[..., Case], tmp_path: Path) -> Callable[..., Case]:
    def make(**tables: Any) -> Case:
        return replace(make_case(**tables), root=tmp_path, as_of=date(2026, 9, 30))

    return make
