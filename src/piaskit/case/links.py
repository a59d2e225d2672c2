"""What cells of several columns or tables must agree on: references, scopes, levels, ids."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from piaskit.case.cells import Problem, mean
from piaskit.case.columns import find_rows, split_lists
from piaskit.case.governance_tables import fit_levels
from piaskit.case.table import Column
from piaskit.case.tables import SCOPED, TABLES
from piaskit.case.typed import Typed
from piaskit.case.words import Words, find_nearest, fold
from piaskit.errors import quote

SEARCHED = 2_000  # ids among which a near one is looked for
GUESSED = 50  # wrong ids of a column for which one is looked for

Part = Callable[[str], tuple[str | None, Problem | None]]


class Links:
    """The ids of all tables, and the checks that need them."""

    def __init__(self, tables: dict[str, Typed], failed: set[str], words: Words) -> None:
        self.tables, self.failed, self.words = tables, failed, words
        self.ids: Mapping[str, Mapping[str, int]] = {
            name: _Index(typed) for name, typed in tables.items()
        }

    def check(self) -> None:
        """Check every link of every table; problems go to the tables."""
        for typed in self.tables.values():
            for column in typed.table.columns:
                if column.name not in typed.values:
                    continue
                if column.kind in ("reference", "references"):
                    self._check_column(typed, column, partial(self._find, to=column.to))
                elif column.kind == "scope":
                    self._check_column(typed, column, self._find_scope)
        self._check_ambiguous()
        self._check_levels(self.tables["judgements"])

    def list_targets(self, column: Column, cell: str) -> list[tuple[str, str]]:
        """Return (table, id) of every row a checked cell refers to."""
        if column.kind == "scope":
            parts = [part.partition("/") for part in cell.split(";") if "/" in part]
            return [(table, id) for table, _, id in parts]
        ids = cell.split(";") if column.many else [cell]
        return [(table, id) for id in ids for table in column.to if id in self.ids[table]]

    def _check_column(self, typed: Typed, column: Column, find: Part) -> None:
        assert typed.sheet is not None
        codes, values = typed.values[column.name]
        problems: dict[int, list[Problem]] = {}
        lost: list[int] = []
        asked = self._select_unknown(column, values)
        read: list[str | None] = []
        for n, value in zip(asked.tolist(), values.take(pa.array(asked)).to_pylist(), strict=True):
            found: list[str] = []
            for part in value.split(";") if column.many else [value]:
                known, problem = find(part)
                if problem:
                    if len(problems) > GUESSED:
                        problem = Problem(problem.slug, problem.message)
                    problems.setdefault(n, []).append(problem)
                elif known:
                    found.append(known)
                else:
                    lost.append(n)
            read.append(";".join(dict.fromkeys(found)) or None)
        if read:
            mask = np.zeros(len(values), dtype=bool)
            mask[asked] = True
            values = pc.replace_with_mask(values, pa.array(mask), pa.array(read, values.type))
            typed.values[column.name] = (codes, values)
        if lost:
            typed.orphans[column.name] = np.flatnonzero(np.isin(codes, lost))
        if problems:
            wrong = np.zeros(len(values) + 1, dtype=bool)
            wrong[list(problems)] = True
            raw = typed.sheet.columns[typed.positions[column.name]]

            def describe(n: int) -> list[tuple[Problem, str]]:
                return [(problem, raw.read(n)) for problem in problems[int(codes[n])]]

            typed.report(np.flatnonzero(wrong[codes]), column.name, describe)

    def _select_unknown(self, column: Column, values: pa.Array) -> NDArray[np.intp]:
        """Return the places of values to look at one by one: all scopes, and unknown references."""
        stated = np.flatnonzero(values.is_valid().to_numpy(zero_copy_only=False))
        if column.kind == "scope":
            return stated
        rows, ids = split_lists(values) if column.many else (stated, values.take(pa.array(stated)))
        known = np.zeros(len(ids), dtype=bool)
        for table in column.to:
            target = self.tables[table].values.get("id", (None, pa.nulls(0, ids.type)))[1]
            known |= find_rows(target, ids) >= 0
        return np.unique(rows[~known])

    def _find(self, id: str, to: Iterable[str]) -> tuple[str | None, Problem | None]:
        tables = tuple(to)
        for table in tables:
            if id in self.ids[table]:
                return id, None
        if self.failed.intersection(tables):
            return None, None  # whether the row exists cannot be known: its table was told already
        message = f"{quote(id)} is no id of {' or '.join(tables)}"
        return None, Problem("unknown-reference", message, self._hint(id, tables))

    def _hint(self, id: str, tables: Iterable[str]) -> str | None:
        known = [k for table in tables for k in self.ids[table]]
        near = find_nearest(id, known) if len(known) <= SEARCHED else None
        if near is None and len(known) <= SEARCHED:
            near = next((k for k in known if fold(k) == fold(id)), None)
        if near:
            return mean(near)
        other = next((table for table, ids in self.ids.items() if id in ids), None)
        return f"it is an id of {other}" if other else "add the row, or mend the id"

    def _find_scope(self, part: str) -> tuple[str | None, Problem | None]:
        plain = unicodedata.normalize("NFKC", part).strip()
        if fold(plain) in ("all", "全部", "所有"):
            return "all", None
        head, colon, tail = plain.partition(":")
        if (
            colon
            and tail.strip(" .")
            and fold(head) in ("category", "categories", "类别", "个人信息类别")
        ):
            return self._find_prefix(tail.strip().rstrip("."))
        head, slash, tail = plain.partition("/")
        if slash:
            table = self.words.find_table(head)
            if table is None:
                message = f"{quote(head)} is no table of a case"
                hint = mean(self.words.guess_table(head))
                return None, Problem("bad-scope", message, hint or f"tables: {', '.join(TABLES)}")
            id, problem = self._find(tail.strip(), (table,))
            return (f"{table}/{id}" if id else None), problem
        for table in SCOPED:
            if plain in self.ids[table]:
                return f"{table}/{plain}", None
        if fold(plain) == "category" or plain.endswith(":"):
            message = f"{quote(plain)} is no scope, expected all, table/id or category:prefix"
            return None, Problem("bad-scope", message)
        return self._find(plain, SCOPED)

    def _find_prefix(self, prefix: str) -> tuple[str | None, Problem | None]:
        categories = self.words.knowledge.categories
        if any(id == prefix or id.startswith(f"{prefix}.") for id in categories):
            return f"category:{prefix}", None
        groups = dict.fromkeys(id.partition(".")[0] for id in categories)
        near = find_nearest(prefix, [*groups, *categories])
        message = f"{quote(prefix)} is no category and no first part of one"
        return None, Problem("unknown-category", message, mean(near))

    def _check_ambiguous(self) -> None:
        """Parties and systems share one space of ids: a flow's end is one or the other."""
        systems = self.tables["systems"]
        both = self.ids["systems"].keys() & self.ids["parties"].keys()
        if not both or systems.sheet is None:
            return
        codes, values = systems.values["id"]
        wrong = np.append(find_rows(pa.array(sorted(both), values.type), values) >= 0, False)

        def describe(n: int) -> list[tuple[Problem, str]]:
            id = str(values[int(codes[n])])
            where = self.tables["parties"].place(self.ids["parties"][id], "id")
            message = f"the id {quote(id)} is also a party ({where}); a flow could mean either"
            return [(Problem("ambiguous-id", message, "give one of them another id"), id)]

        systems.report(np.flatnonzero(wrong[codes]), "id", describe)

    def _check_levels(self, typed: Typed) -> None:
        if typed.sheet is None or not {"dimension", "level"} <= typed.values.keys():
            return
        dimensions, levels = (typed.list_values(name) for name in ("dimension", "level"))
        wrong = [
            n
            for n, (dimension, level) in enumerate(zip(dimensions, levels, strict=True))
            if dimension and level and level not in fit_levels(dimension)
        ]

        def describe(n: int) -> list[tuple[Problem, str]]:
            fitting = ", ".join(fit_levels(dimensions[n]))
            message = f"{levels[n]} is no level of {dimensions[n]}, expected {fitting}"
            return [(Problem("level-does-not-fit", message), levels[n])]

        typed.report(np.array(wrong, dtype=np.int64), "level", describe)


class _Index(Mapping[str, int]):
    """The ids of a table and the row of each, read when somebody asks for one."""

    def __init__(self, typed: Typed) -> None:
        self._typed = typed

    @cached_property
    def _rows(self) -> dict[str, int]:
        if "id" not in self._typed.values or self._typed.sheet is None:
            return {}
        rows = self._typed.sheet.rows.tolist()
        pairs = zip(self._typed.list_values("id"), rows, strict=True)
        found: dict[str, int] = {}
        for id, row in pairs:
            if id is not None:
                found.setdefault(id, row)
        return found

    def __getitem__(self, id: str) -> int:
        return self._rows[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)
