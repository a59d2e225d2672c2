"""Small cases made by hand, for every room: only what a test names, everything else blank."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import settings

from piaskit.case import Case
from piaskit.case.tables import TABLES
from piaskit.knowledge import Category, Text, load_knowledge
from piaskit.model import Organisation

# A landing is judged on the change, not on luck; elsewhere hypothesis goes on searching.
settings.register_profile("landing", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("landing")

# Not the pack's own answers: a test of the machinery must not move when a category is re-judged.
ANSWERS = {
    "identity.name": ("no", "no"),
    "contact.phone": ("no", "no"),
    "health.record": ("yes", "yes"),
    "finance.account": ("yes", "no"),
    "identity.national-id-number": ("judge", "no"),
    "identity.portrait": ("no", "judge"),
    "behaviour.browsing": ("no", "no"),
    "biometric.face": ("yes", "yes"),
    "profile.tag": ("no", "no"),
}


class Elsewhere(Executor):
    """Calls functions as another process would: what goes there and comes back is a copy."""

    def map(self, fn: Any, *iterables: Any, **_: Any) -> Iterator[Any]:
        """Return the results in order."""
        sent = pickle.dumps((fn, list(zip(*iterables, strict=True))))
        call, given = pickle.loads(sent)  # this test wrote it
        return iter([pickle.loads(pickle.dumps(call(*one))) for one in given])


@pytest.fixture
def elsewhere() -> Executor:
    """Return an executor that shares no memory with the test."""
    return Elsewhere()


@pytest.fixture(scope="session")
def make_case() -> Callable[..., Case]:
    """Return a maker of cases: tables as lists of rows, by keyword."""
    words = Text(en="-", zh="-")
    categories = {
        id: Category(
            id=id,
            title=words,
            sensitive={"cn-pipl": cn, "eu-gdpr": eu},
            because=words,
            confidence="high",
        )
        for id, (cn, eu) in ANSWERS.items()
    }
    knowledge = replace(load_knowledge(), categories=categories)

    def make(
        *,
        regimes: tuple[str, ...] = ("cn-pipl",),
        rules: dict[str, Any] | None = None,
        **tables: Any,
    ) -> Case:
        frames = {
            name: pd.DataFrame(
                {
                    column.name: pd.Series(
                        [row.get(column.name) for row in tables.get(name, ())], dtype=column.dtype
                    )
                    for column in table.columns
                }
                | {
                    extra: pd.Series([row.get(extra) for row in tables[name]], dtype="str")
                    for extra in sorted(
                        {key for row in tables.get(name, ()) for key in row} - set(table.names)
                    )
                }
            )
            for name, table in TABLES.items()
        }
        return Case(
            root=Path(),
            id="shop",
            title="Shop",
            organisation=Organisation("Shop Ltd", texts={"name": "Shop Ltd", "name_zh": "商店"}),
            regimes=regimes,
            methods=(),
            languages=("en",),
            as_of=date(2026, 6, 30),
            contacts=(),
            channels={},
            publication={},
            texts={},
            frames=frames,
            knowledge=knowledge if rules is None else replace(knowledge, rules=rules),
            digests={},
        )

    return make
