"""The declaration of the tables, the docs and the labels say the same."""

from __future__ import annotations

import re
from pathlib import Path

from piaskit.case import TABLES
from piaskit.knowledge import load_knowledge

DOCS = Path(__file__).parents[2] / "docs" / "case-format.md"


def test_the_docs_list_every_table_column_and_word() -> None:
    text = DOCS.read_text(encoding="utf-8")
    parts = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##)", text, re.MULTILINE | re.DOTALL))

    assert list(parts) == list(TABLES)
    for name, table in TABLES.items():
        lines = re.findall(r"^\| (\*\*)?(\w+?)(?:\*\*)? \| (.*) \|$", parts[name], re.MULTILINE)
        found = {column: (bool(bold), what) for bold, column, what in lines}
        assert list(found) == ["column", *table.names]
        for column in table.columns:
            assert found[column.name][0] == column.required
            if column.kind in ("choice", "choices"):
                assert all(word in found[column.name][1] for word in column.values)


def test_every_table_and_column_has_a_label_and_none_stands_for_two() -> None:
    labels = load_knowledge().labels

    for name, table in TABLES.items():
        assert f"table.{name}" in labels
        for lang in ("zh", "en"):
            heads = [labels(f"column.{column}", lang) for column in table.names]
            assert len(set(heads)) == len(heads)


def test_references_point_to_tables_that_exist() -> None:
    for table in TABLES.values():
        assert table.columns[0].name == "id"
        for column in table.columns:
            assert set(column.to) <= set(TABLES)
            assert bool(column.to) == (column.kind in ("reference", "references"))
