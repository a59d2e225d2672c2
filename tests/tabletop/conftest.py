"""Both built-in scenarios and the worked case, read once."""

from __future__ import annotations

from pathlib import Path

import pytest

import piaskit
from piaskit.case import Case
from piaskit.knowledge import Knowledge, load_knowledge

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge()


@pytest.fixture(scope="session")
def case() -> Case:
    return piaskit.read_case(MARKETPLACE)
