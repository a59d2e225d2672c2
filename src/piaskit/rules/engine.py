"""Rules put to the facts of a case, one after the other, none able to stop the rest."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.knowledge.records import Labels, Rule
from piaskit.rules.facts import TABLE_OF, VIEWS, open_facts
from piaskit.rules.guard import Forbidden, require_expression, require_question

if TYPE_CHECKING:
    import pandas as pd

    from piaskit.case import Case

_FIELD = re.compile(r"\{(\w+)\}")
SECONDS = 10.0  # a rule over 100,000 flows takes well below one


@dataclass(frozen=True, slots=True)
class Hit:
    """One subject a rule fired on.

    `activities` and `flows` are the ids it touches, sorted; `values` are the facts its message
    names.
    """

    rule: Rule
    table: str
    id: str
    activities: tuple[str, ...]
    flows: tuple[str, ...]
    values: dict[str, Any] = field(hash=False)

    @property
    def risk(self) -> str:
        """The id under which decisions about this hit survive a new run."""
        return f"{self.rule.id}@{self.table}/{self.id}"

    def tell(self, lang: str, labels: Labels) -> str:
        """Write the rule's message in one language, with the facts of this subject as plain text.

        A field has a companion in the language (`title_zh`), else its plain value is taken.
        """

        def fill(match: re.Match[str]) -> str:
            value = self.values.get(f"{match[1]}_{lang}")
            value = self.values.get(match[1]) if value is None else value
            return labels("ledger.not-stated", lang) if value is None else str(value)

        return _FIELD.sub(fill, self.rule.message[lang])


def find_fields(template: str) -> tuple[str, ...]:
    """Name the fields of a message, each once, in order.

    >>> find_fields("“{title}” sends to {target_title}; {title} ...")
    ('title', 'target_title')
    """
    return tuple(dict.fromkeys(_FIELD.findall(template)))


def run_rules(
    case: Case,
    kinds: Sequence[str] = ("gap", "exposure"),
    *,
    about: Sequence[str] | None = None,
    issues: list[Issue] | None = None,
    **seen: pd.DataFrame,
) -> list[Hit]:
    """Run every rule of the active regimes and return the hits, sorted by rule, table and id.

    ``about`` limits them to rules about these; ``seen`` holds what the case alone cannot tell, by
    the tables of ``facts.SEEN``.

    A rule that fails is left out while the others go on. What failed is appended to `issues`;
    without that list, InvalidData is raised after the last rule.
    """
    rules = [
        rule
        for _, rule in sorted(case.knowledge.rules.items())
        if rule.kind in kinds
        and (about is None or rule.about in about)
        and set(rule.regimes) & set(case.regimes)
    ]
    connection = open_facts(case, **seen)
    try:
        hits, problems = put_rules(connection, rules)
    finally:
        connection.close()
    if issues is None and problems:
        raise InvalidData(problems)
    if issues is not None:
        issues.extend(problems)
    return hits


def put_rules(
    connection: duckdb.DuckDBPyConnection,
    rules: Iterable[Rule],
    seconds: float = SECONDS,
) -> tuple[list[Hit], list[Issue]]:
    """Put rules to an open set of facts; return the hits and one issue for each rule that failed.

    A rule gets `seconds` before it is interrupted.
    """
    hits: list[Hit] = []
    problems: list[Issue] = []
    for rule in rules:
        try:
            hits.extend(_put_rule(connection, rule, seconds))
        except (Forbidden, duckdb.Error) as error:
            problems.append(_report_rule(rule, error, seconds))
    return sorted(hits, key=lambda hit: (hit.rule.id, hit.table, hit.id)), problems


def ask_rule(connection: duckdb.DuckDBPyConnection, rule: Rule) -> str:
    """Return the SELECT of a rule, checked; raises Forbidden, or duckdb.Error for bad SQL."""
    if rule.where is not None:
        require_expression(rule.where)
        sql = f"SELECT id FROM {VIEWS[rule.about]} WHERE (\n{rule.where}\n)"
    else:
        sql = str(rule.query).strip().removesuffix(";")
    require_question(connection, sql)
    return sql


def _put_rule(connection: duckdb.DuckDBPyConnection, rule: Rule, seconds: float) -> list[Hit]:
    question = ask_rule(connection, rule)
    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        return _fetch_hits(connection, rule, question)
    finally:
        timer.cancel()
        timer.join()


def _fetch_hits(connection: duckdb.DuckDBPyConnection, rule: Rule, question: str) -> list[Hit]:
    view, table = VIEWS[rule.about], TABLE_OF[rule.about]
    columns = [str(row[0]) for row in connection.execute(f"DESCRIBE {view}").fetchall()]
    answered = [str(row[0]) for row in connection.execute(f"DESCRIBE (\n{question}\n)").fetchall()]
    if "id" not in answered:
        raise Forbidden("a query must return a column id")
    told = _list_columns(rule, columns)
    # Joined back to the view, a query can neither name subjects that do not exist nor flood us.
    own = "".join(
        f', coalesce(min(CAST("{name}" AS VARCHAR[])), []) AS "{name}"'
        for name in answered
        if name in _LISTS
    )
    sql = f"""
        WITH answer AS (
          SELECT id{own}
          FROM (\n{question}\n)
          WHERE id IS NOT NULL
          GROUP BY id),
        reached AS (
          SELECT t.id, list(DISTINCT t.activity ORDER BY t.activity) AS activities,
                 list(DISTINCT t.flow ORDER BY t.flow)
                   FILTER (list_contains(?::VARCHAR[], t.stage)) AS flows
          FROM touched t SEMI JOIN answer USING (id)
          WHERE t.tbl = ?
          GROUP BY t.id)
        SELECT v.id,
               {"answer.activities" if "activities" in answered else _list_activities(rule)},
               {"answer.flows" if "flows" in answered else "coalesce(reached.flows, [])"},
               {", ".join(f'v."{name}"' for name in told) or "NULL"}
        FROM {view} v
        JOIN answer ON answer.id = v.id
        LEFT JOIN reached ON reached.id = v.id
        ORDER BY v.id"""
    rows = connection.execute(sql, [list(rule.stages), table]).fetchall()
    return [
        Hit(
            rule=rule,
            table=table,
            id=row[0],
            activities=tuple(row[1]),
            flows=tuple(row[2]),
            values=dict(zip(told, row[3:], strict=False)),
        )
        for row in rows
    ]


_LISTS = ("activities", "flows")


def _list_activities(rule: Rule) -> str:
    """Name the activities of a subject in SQL: its own, or those whose flows touch it."""
    own = {"activity": "[v.id]", "item": "[v.activity]", "flow": "[v.activity]"}
    return own.get(rule.about, "coalesce(reached.activities, [])")


def _list_columns(rule: Rule, columns: Sequence[str]) -> list[str]:
    """Name the columns the messages of a rule need, with their companions."""
    fields = dict.fromkeys((*find_fields(rule.message.en), *find_fields(rule.message.zh)))
    wanted = {name + tail for name in fields for tail in ("", "_en", "_zh")}
    missing = sorted(set(fields) - set(columns))
    if missing:
        raise Forbidden(f"the message names {missing[0]}, which {VIEWS[rule.about]} does not have")
    return [name for name in columns if name in wanted]


def _report_rule(rule: Rule, error: Exception, seconds: float) -> Issue:
    place = Place("rules", column=rule.id)
    text = quote(next(iter(str(error).splitlines()), type(error).__name__))
    if isinstance(error, duckdb.InterruptException):
        slug, message = "rule-timeout", f"rule {rule.id} was stopped after {seconds:g} seconds"
    elif isinstance(error, duckdb.OutOfMemoryException):
        slug, message = "rule-memory", f"rule {rule.id} wanted more memory than a rule may have"
    elif isinstance(error, (Forbidden, duckdb.PermissionException)):
        slug, message = "rule-forbidden", f"rule {rule.id} was refused: {text}"
    else:
        slug, message = "rule-sql", f"rule {rule.id} is no valid SQL: {text}"
    return Issue(slug, place, message, rule.where or rule.query, _HINTS[slug])


_HINTS = {
    "rule-timeout": "join on ids and leave out recursion",
    "rule-memory": "return ids, and join on ids",
    "rule-forbidden": "docs/facts.md lists what a rule may ask",
    "rule-sql": "docs/facts.md lists the views and their columns",
}
