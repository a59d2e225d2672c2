"""Every rule is put to its own examples: rows on which it fires, rows on which it stays silent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd

from piaskit.case import TABLES, Case
from piaskit.errors import Issue, quote
from piaskit.model import Organisation
from piaskit.rules.engine import ask_rule, locate_rule, put_rules
from piaskit.rules.facts import VIEWS, Facts, open_facts

if TYPE_CHECKING:
    from piaskit.knowledge import Knowledge, Rule

_BLANK = {"BOOLEAN": "false", "VARCHAR[]": "[]"}


def check_rules(knowledge: Knowledge) -> list[Issue]:
    """Run every rule on a case without rows, then on its examples; tell what does not hold."""
    issues: list[Issue] = []
    with open_facts(make_blank_case(knowledge)) as facts:
        for _, rule in sorted(knowledge.rules.items()):
            failed = put_rules(facts, [rule])[1]
            issues += failed or _try_examples(facts, rule)
    return issues


def _try_examples(facts: Facts, rule: Rule) -> Iterator[Issue]:
    here, view = locate_rule(facts, rule), VIEWS[rule.about]
    question, columns = ask_rule(facts, rule), facts.describe(view)
    for part, wanted in (("fires", True), ("silent", False)):
        for row in getattr(rule.examples, part):
            place = replace(here, column=f"{here.column}.examples.{part}")
            shown = quote(row)
            try:
                if put_example(facts, view, columns, question, row) == wanted:
                    continue
                message = f"rule {rule.id} {'is silent' if wanted else 'fires'} on {shown}"
            except (duckdb.Error, KeyError) as error:
                message = f"rule {rule.id} cannot be put to {shown}: {quote(error)}"
            hint = "correct the example or the rule"
            yield Issue("rule-example", place, message, shown, hint)


def put_example(
    facts: Facts, view: str, columns: Mapping[str, str], question: str, example: Mapping[str, Any]
) -> bool:
    """Tell whether a question finds a view's only row, the example; ``columns`` has their types.

    A column that the row leaves out is false, an empty list, or blank. Raises KeyError for one that
    the view does not have, and duckdb.Error.
    """
    for name in example:
        if name not in columns:
            raise KeyError(f"{view} has no column {name}")
    cells = ", ".join(
        f'CAST({"?" if name in example else _BLANK.get(kind, "NULL")} AS {kind}) AS "{name}"'
        for name, kind in columns.items()
    )
    values = [example[name] for name in columns if name in example]
    alone = f"WITH {view} AS (SELECT {cells}) {question}"
    return bool(facts.connection.execute(alone, values).fetchall())


def make_blank_case(knowledge: Knowledge, as_of: date = date(2026, 1, 1)) -> Case:
    """Make a case without rows under every regime that the packs know."""
    return Case(
        root=Path(),
        id="blank",
        title="blank",
        organisation=Organisation("blank"),
        regimes=tuple(sorted({law.regime for law in knowledge.regulations.values()})),
        methods=(),
        languages=("en",),
        as_of=as_of,
        contacts=(),
        channels={},
        publication={},
        texts={},
        frames={
            name: pd.DataFrame({c.name: pd.Series(dtype=c.dtype) for c in table.columns})
            for name, table in TABLES.items()
        },
        knowledge=knowledge,
    )
