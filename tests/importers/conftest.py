"""Registers that others wrote; tests that need them skip where they are absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from piaskit.case import Case, read_case

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"
INTEROP = Path(__file__).parents[3] / "shared" / "data" / "interop"


@pytest.fixture
def fides_sample() -> list[Path]:
    files = sorted((INTEROP / "fides" / "sample_project").glob("*.yml"))
    if not files:
        pytest.skip("the Fides sample project is not here")
    return files


@pytest.fixture(scope="session")
def market() -> Case:
    return read_case(MARKETPLACE)
