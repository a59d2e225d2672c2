"""The scripts that derive facts, and which of their statements are needed for what is asked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import duckdb

    from piaskit.knowledge.screening import Reply, ScreeningPack

_WORD, _COMMENT = re.compile(r"\w+"), re.compile(r"--[^\n]*")
_END = re.compile(r";\s*$", re.MULTILINE)
_MADE = re.compile(r"^CREATE (?:OR REPLACE )?(?:TABLE|VIEW) (\w+) AS\b", re.MULTILINE)

SCREENED = {
    "where": "screened_activities",
    "items": "screened_items",
    "flows": "screened_flows",
    "judgements": "screened_judgements",
}
"""The conditions that an answer of a screening pack may have, and the view each looks at."""


class Step(NamedTuple):
    """A statement of a script, and the table or view that it makes.

    Of one that is stored, ``query`` derives it and ``kept`` are the columns that anybody names.
    """

    statement: str
    made: str | None = None
    query: str = ""
    kept: Collection[str] = ()


@cache
def read_script(name: str) -> tuple[str, ...]:
    """Return the statements of the script ``views/<name>.sql``, each of which ends its line."""
    text = files("piaskit.rules").joinpath(f"views/{name}.sql").read_text("utf-8")
    return tuple(filter(str.strip, _END.split(text)))


@lru_cache(maxsize=4096)
def find_words(sql: str) -> frozenset[str]:
    """Return every word of SQL in small letters, comments aside: among them the columns it names.

    >>> sorted(find_words("SELECT a.Id -- not this one"))
    ['a', 'id', 'select']
    """
    return frozenset(_WORD.findall(_COMMENT.sub("", sql).lower()))


def list_conditions(packs: Iterable[ScreeningPack]) -> Iterator[tuple[str, str]]:
    """Yield every condition of screening packs with the view it looks at."""
    for pack in packs:
        for criterion in pack.criteria.values():
            for reply in criterion.answers:
                yield from split_reply(reply)


def split_reply(reply: Reply) -> Iterator[tuple[str, str]]:
    """Yield the conditions of an answer with their views, the one on activities first."""
    for part, view in SCREENED.items():
        if (condition := getattr(reply, part)) is not None:
            yield view, condition


def choose_steps(
    statements: Sequence[str],
    wanted: Collection[str] | None,
    stored: Collection[str],
) -> tuple[list[Step], set[str] | None]:
    """Return what to run of a script, and all names in it and in what is ``wanted`` of it.

    Without ``wanted`` every statement is run, else those whose result is named later on. What is
    ``stored`` becomes a table of only the columns that are named.
    """
    steps: list[Step] = []
    named = None if wanted is None else set(wanted)
    for statement in reversed(statements):
        found = _MADE.search(statement)
        made = found[1] if found else None
        if named is None or found is None:
            steps.append(Step(statement, made))
        elif made in named or (made == "flow_rows" and "flows" in named):
            query = ""
            if made in stored:
                query = _COMMENT.sub("", statement[found.end() :]).strip()
            steps.append(Step(statement, made, query, named))
        else:
            continue
        named = None if named is None else named | find_words(statement)
    return steps[::-1], named


def take_step(connection: duckdb.DuckDBPyConnection, step: Step) -> None:
    """Run a step."""
    if not step.query or step.made is None:
        connection.execute(step.statement)
        return
    kept = "|".join(sorted({"id", *step.kept}))
    connection.execute(
        f"CREATE OR REPLACE TABLE {step.made} AS "
        f"SELECT COLUMNS('^({kept})$') FROM (\n{step.query}\n)"
    )
