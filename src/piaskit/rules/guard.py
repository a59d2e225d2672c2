"""What the SQL of a rule may be: one question, asked with functions that neither write nor grow."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeAlias

import duckdb

# A list of what is allowed, since DuckDB's memory limit does not hold back functions that build
# one long value (repeat, range as a scalar), and clock and chance would make two runs differ.
BY_ROW = frozenset(
    """
    + - * / // % = abs round floor ceil trunc mod greatest least
    ~~ !~~ ~~* !~~* lower upper trim ltrim rtrim length len contains starts_with ends_with prefix
    suffix instr string_split str_split regexp_matches regexp_full_match regexp_extract substring
    nullif coalesce ifnull isnan
    list_value list_contains list_has list_has_any list_has_all array_length list_filter
    list_distinct list_sort list_extract array_extract
    to_years to_months to_days to_weeks to_quarters year month day date_diff datediff date_part
    date_trunc date_sub datesub date_add last_day make_date
    law_number lies_below
    """.split()
)
FUNCTIONS = BY_ROW | frozenset(
    """
    unnest list count count_star sum min max avg median bool_and bool_or count_if arg_min arg_max
    row_number rank dense_rank lag lead
    """.split()
)
Names: TypeAlias = frozenset[str] | None
Put: TypeAlias = tuple[str, str | None]  # a question, and the condition of a pack inside it
Read: TypeAlias = dict[Put, Names]
_ACCEPTED: Read = {}  # questions that were read, and what their conditions name
_MOST_ACCEPTED = 5_000
TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})
LISTS = ("activities", "flows")
"""What a question may give with each subject."""
_PLAIN = re.compile(
    rf"select\s+id((?:\s*,\s*\w+\s+as\s+(?:{'|'.join(LISTS)}))+)\s+from\s+(\w+)\s+where\s+(.+)",
    re.IGNORECASE | re.DOTALL,
)
_LIST = re.compile(r"(\w+)\s+as\s+(\w+)", re.IGNORECASE)
_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_BY_ROW = frozenset(
    "COLUMN_REF CONSTANT CONJUNCTION OPERATOR COMPARISON FUNCTION CAST TYPE BETWEEN CASE".split()
)
_CLOCK = frozenset(
    {
        "current_date",
        "current_time",
        "current_timestamp",
        "localtime",
        "localtimestamp",
        "current_user",
        "user",
        "session_user",
    }
)


class Forbidden(Exception):
    """The SQL of a rule asks for something a rule may not do."""


def require_expression(where: str) -> None:
    """Accept one SQL expression; raises Forbidden for anything else.

    >>> require_expression("not deletes and collects")
    >>> require_expression("true) union select (true")
    Traceback (most recent call last):
    ...
    piaskit.rules.guard.Forbidden: `where` must be one SQL expression
    """
    try:
        duckdb.SQLExpression(where)
    except duckdb.Error as error:
        raise Forbidden("`where` must be one SQL expression") from error


@lru_cache(maxsize=_MOST_ACCEPTED)
def split_question(sql: str) -> tuple[str, dict[str, str], str] | None:
    """Return view, lists and condition of a question that only chooses rows; None for another.

    >>> split_question("select id, stores as flows from system_facts where kind is null")
    ('system_facts', {'flows': 'stores'}, 'kind is null')
    """
    found = _PLAIN.fullmatch(sql)
    if found is None:
        return None
    lists = {name.lower(): column for column, name in _LIST.findall(found[1])}
    try:
        require_expression(found[3])
    except Forbidden:  # more than a condition
        return None
    return (found[2].lower(), lists, found[3]) if len(lists) == found[1].count(",") else None


def require_question(
    connection: duckdb.DuckDBPyConnection, sql: str, condition: str | None = None
) -> Names:
    """Accept one SELECT that only reads tables; raises Forbidden, or duckdb.Error for bad SQL.

    The ``condition`` of a pack that it was put around must be one expression. Returns the names
    that its condition takes from each row, None where it does more than that: ask another table,
    count over rows. What was accepted once is not read again.
    """
    put = sql, condition
    if put not in _ACCEPTED:
        if condition is not None:
            require_expression(condition)
        named = _read_question(connection, sql)
        if len(_ACCEPTED) >= _MOST_ACCEPTED:
            _ACCEPTED.clear()
        _ACCEPTED[put] = named
    return _ACCEPTED[put]


def read_questions(questions: Iterable[Put]) -> Read:
    """Read questions ahead of any case; what may not be asked is told when it is put."""
    read: Read = {}
    with duckdb.connect() as connection:
        for put in questions:
            with suppress(Forbidden, duckdb.Error):
                read[put] = require_question(connection, *put)
    return read


def take_questions(read: Mapping[Put, Names]) -> None:
    """Take questions as read that were accepted before."""
    _ACCEPTED.update(read)


def asks_by_row(named: Names, columns: Collection[str]) -> bool:
    """Tell whether a condition decides on each row from these columns alone."""
    return named is not None and named <= set(columns)


def _read_question(connection: duckdb.DuckDBPyConnection, sql: str) -> Names:
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise Forbidden("a rule is a single SELECT")
    [(answer,)] = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchall()
    tree = json.loads(answer)
    if tree.get("error"):
        raise Forbidden("a rule is a single SELECT")
    for node in _walk_tree(tree["statements"]):
        _check_node(node)
    return _name_columns(tree["statements"][0]["node"].get("where_clause"))


def _name_columns(condition: Any) -> Names:
    named: set[str] = set()
    for node in _walk_tree(condition):
        if node.get("class", "CONSTANT") not in _BY_ROW:
            return None
        if node.get("class") == "FUNCTION" and node["function_name"].lower() not in BY_ROW:
            return None
        if node.get("type") == "COLUMN_REF":
            name, *more = node["column_names"]
            if more:
                return None
            named.add(name.lower())
    return frozenset(named)


def _check_node(node: dict[str, Any]) -> None:
    kind = node.get("type")
    if isinstance(kind, str) and (
        (kind.endswith("_NODE") and kind not in _NODES) or kind == "SHOW_REF"
    ):
        raise Forbidden("a rule is a single SELECT")
    if kind == "TABLE_FUNCTION":
        name = str(node["function"].get("function_name", "")).lower()
        if name not in TABLE_FUNCTIONS:
            raise Forbidden(f"a rule may not read from {name}()")
    elif node.get("class") in ("FUNCTION", "WINDOW"):
        name = str(node.get("function_name", "")).lower()
        if name not in FUNCTIONS:
            raise Forbidden(f"a rule may not call {name}()")
    elif kind == "COLUMN_REF" and str(node["column_names"][-1]).lower() in _CLOCK:
        raise Forbidden(f"a rule may not ask for {node['column_names'][-1]}; use as_of")
    elif kind == "VALUE_PARAMETER":
        raise Forbidden("a rule has no parameters")
    if node.get("sample"):
        raise Forbidden("a rule may not draw a sample")


def _walk_tree(tree: Any) -> Iterator[dict[str, Any]]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            inner = dict(node)
            if node.get("type") == "TABLE_FUNCTION":
                # Its name was checked as a table's; its arguments are expressions like others.
                inner["function"] = node["function"].get("children", [])
            stack.extend(inner.values())
        elif isinstance(node, list):
            stack.extend(node)
