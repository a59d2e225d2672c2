"""The worked case, its results and its reports, made once for all tests of the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from piaskit.accounts import review_accounts
from piaskit.case import Case, read_case
from piaskit.ledger import build_ledger
from piaskit.report.compose import compose_report
from piaskit.report.document import Document, Edition, Lang
from piaskit.risk import assess_risks
from piaskit.screening import screen_case

Results = dict[str, Any]


@pytest.fixture(scope="session")
def run_verbs() -> Callable[[Case], Results]:
    """Compute the results a report needs."""

    def run(case: Case) -> Results:
        return {
            "ledger": build_ledger(case).to_dict(),
            "screen": screen_case(case).to_dict(),
            "assess": assess_risks(case).to_dict(),
            "accounts": review_accounts(case).to_dict(),
        }

    return run


@pytest.fixture(scope="session")
def shop() -> Case:
    return read_case(Path(__file__).parents[2] / "data" / "marketplace")


@pytest.fixture(scope="session")
def results(shop: Case, run_verbs: Callable[[Case], Results]) -> Results:
    return run_verbs(shop)


@pytest.fixture(scope="session")
def report(shop: Case, results: Results) -> Callable[[Edition, Lang], Document]:
    """Compose an edition of the worked case; each is made once."""

    @cache
    def compose(edition: Edition, lang: Lang) -> Document:
        return compose_report(shop, results, edition, lang)

    return compose


@pytest.fixture(scope="session")
def change() -> Callable[..., Case]:
    """Return a case with one cell changed: ``change(case, table, row, column, value)``."""

    def change_cell(case: Case, table: str, row: int, column: str, value: Any) -> Case:
        frame = case.frames[table].copy()
        frame.loc[frame.index[row], column] = value
        return replace(case, frames={**case.frames, table: frame})

    return change_cell
