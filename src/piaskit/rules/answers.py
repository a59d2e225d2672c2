"""Rules that may be put, answered: alone or together, and the facts that their messages name."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from piaskit.case.columns import Positions
from piaskit.knowledge.records import Rule
from piaskit.rules.facts import TABLE_OF, VIEWS, Facts
from piaskit.rules.guard import LISTS, Forbidden
from piaskit.rules.hits import Found

_TOGETHER = 100  # conditions that one scan answers
_CHUNK = 200_000  # subjects whose facts are fetched at a time


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule that may be put: its SELECT, and the columns of its view that its message needs.

    ``view`` is where a condition looks. ``condition`` is one that each row alone decides, with the
    columns that are its ``lists``; None where there is more to ask.
    """

    rule: Rule
    question: str
    columns: list[str]
    view: str
    condition: str | None
    lists: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """The subjects a rule names, sorted, and the lists that its query gave with them."""

    asked: Asked
    ids: pa.Array
    own: dict[str, pa.Array]


@contextmanager
def limit_time(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupt what runs here on a connection once ``seconds`` have passed."""
    done = threading.Event()

    def watch() -> None:
        # Again and again: an interruption between two statements is lost.
        late = not done.wait(seconds)
        while late and not done.wait(0.02):
            connection.interrupt()

    watchman = threading.Thread(target=watch, daemon=True)
    watchman.start()
    try:
        yield
    finally:
        done.set()
        watchman.join()


def answer_together(facts: Facts, allowed: Sequence[Asked], seconds: float) -> dict[str, Answer]:
    """Answer what can be answered in one scan of each view, by rule."""
    groups: dict[str, list[Asked]] = {}
    for asked in allowed:
        if asked.condition is not None:
            groups.setdefault(asked.view, []).append(asked)
    answers: dict[str, Answer] = {}
    for view, group in groups.items():
        for start in range(0, len(group), _TOGETHER):
            part = group[start : start + _TOGETHER]
            with suppress(duckdb.Error), limit_time(facts.connection, seconds):
                answers |= _put_conditions(facts, view, part)
    return answers


def _put_conditions(facts: Facts, view: str, group: Sequence[Asked]) -> dict[str, Answer]:
    # No column of a view has a name with a space, so that no condition can name another one.
    answered = [
        f'CAST((\n{asked.condition}\n) AS BOOLEAN) AS "rule {n}"' for n, asked in enumerate(group)
    ]
    answered += [
        f'CASE WHEN (\n{asked.condition}\n) THEN {_cast_list(column)} END AS "{name} {n}"'
        for n, asked in enumerate(group)
        for name, column in asked.lists.items()
    ]
    table = facts.fetch(f"SELECT id, {', '.join(answered)} FROM {view}").combine_chunks()
    ids = table["id"].combine_chunks()
    if not pc.all(pc.less_equal(ids[:-1], ids[1:])).as_py():
        order = pc.sort_indices(ids)
        table, ids = table.take(order), ids.take(order)
    answers = {}
    for n, asked in enumerate(group):
        chosen = table[f"rule {n}"].combine_chunks()
        own = {name: table[f"{name} {n}"].combine_chunks().filter(chosen) for name in asked.lists}
        answers[asked.rule.id] = Answer(asked, ids.filter(chosen), own)
    return answers


def _cast_list(column: str) -> str:
    return f'coalesce(CAST("{column}" AS VARCHAR[]), [])'


def answer_alone(facts: Facts, asked: Asked) -> Answer:
    """Answer one rule; raises Forbidden when its query returns no id, and duckdb.Error."""
    view = VIEWS[asked.rule.about]
    if asked.rule.where is not None:
        sql = f"SELECT id FROM {asked.view} WHERE (\n{asked.rule.where}\n) ORDER BY id"
        return Answer(asked, facts.fetch(sql)["id"].combine_chunks(), {})
    answered = facts.describe(f"(\n{asked.question}\n)")
    if "id" not in answered:
        raise Forbidden("a query must return a column id")
    lists = [name for name in LISTS if name in answered]
    # Joined back to the view, a query can neither name subjects that do not exist nor flood us.
    own = "".join(f', coalesce(min(CAST("{name}" AS VARCHAR[])), []) AS "{name}"' for name in lists)
    sql = f"""
        WITH answer AS (
          SELECT CAST(id AS VARCHAR) AS id{own}
          FROM (\n{asked.question}\n)
          WHERE id IS NOT NULL
          GROUP BY 1)
        SELECT {", ".join(["v.id", *(f"answer.{name}" for name in lists)])}
        FROM {view} v
        JOIN answer ON answer.id = v.id
        ORDER BY v.id"""
    rows = facts.fetch(sql)
    lists_told = {name: rows[name].combine_chunks() for name in lists}
    return Answer(asked, rows["id"].combine_chunks(), lists_told)


def tell_answers(facts: Facts, answers: Sequence[Answer]) -> Iterator[Found]:
    """Add what the messages name: each view is read once for all rules about it."""
    told: dict[str, pa.Table] = {}
    for about in VIEWS:
        asked = [answer for answer in answers if answer.asked.rule.about == about]
        told |= _read_facts(facts, about, asked) if asked else {}
    for answer in answers:
        yield Found(
            rule=answer.asked.rule,
            table=TABLE_OF[answer.asked.rule.about],
            ids=answer.ids.to_pylist(),
            facts=told[answer.asked.rule.id],
            own=answer.own,
            touched=facts.touched,
        )


def _read_facts(facts: Facts, about: str, answers: Sequence[Answer]) -> dict[str, pa.Table]:
    """Read what the messages of rules about one view name, one row per subject, by rule."""
    named = pa.chunked_array([answer.ids for answer in answers], type=pa.string())
    numbered = named.dictionary_encode().combine_chunks()
    ids, numbers = numbered.dictionary, numbered.indices.to_numpy()
    columns = list(dict.fromkeys(name for answer in answers for name in answer.asked.columns))
    table, row = _read_columns(facts, about, columns, ids)
    told, start = {}, 0
    for answer in answers:
        end = start + len(answer.ids)
        rows = pa.array(row[numbers[start:end]])
        told[answer.asked.rule.id] = table.select(answer.asked.columns).take(rows)
        start = end
    return told


def _read_columns(
    facts: Facts, about: str, columns: Sequence[str], ids: pa.Array
) -> tuple[pa.Table, Positions]:
    """Read columns of these subjects, and return with them the row in which each one stands."""
    if not columns or not len(ids):
        return pa.table({name: pa.nulls(1) for name in columns}), np.zeros(len(ids), dtype=np.intp)
    parts = []
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        number = pa.array(np.arange(start, start + len(part)))
        facts.connection.register("asked", pa.table({"id": part, "number": number}))
        named = ", ".join(f'v."{name}"' for name in columns)
        sql = f"SELECT asked.number AS _, {named} FROM {VIEWS[about]} v JOIN asked USING (id)"
        parts.append(facts.fetch(sql))
        facts.connection.unregister("asked")
    table = pa.concat_tables(parts).combine_chunks()
    row = np.zeros(len(ids), dtype=np.intp)
    row[table["_"].to_numpy()] = np.arange(len(table))
    return table, row
