"""Rules put to the facts of a case, one after the other, none able to stop the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.kept import keep
from piaskit.knowledge import load_knowledge
from piaskit.knowledge.load import BUILT_IN
from piaskit.knowledge.records import Rule
from piaskit.rules.answers import Asked, answer_alone, answer_together, limit_time, tell_answers
from piaskit.rules.facts import (
    MEMORY,
    SCRIPTS,
    TABLE_OF,
    VIEWS,
    Facts,
    borrow_facts,
)
from piaskit.rules.guard import (
    Forbidden,
    Names,
    Put,
    Read,
    asks_by_row,
    read_questions,
    require_question,
    split_question,
    take_questions,
)
from piaskit.rules.hits import Hits, find_fields
from piaskit.rules.script import find_words, list_conditions

if TYPE_CHECKING:
    import pandas as pd

    from piaskit.case import Case

SECONDS = 5.0  # a rule over 1,000,000 flows takes well below one
_ALL = re.compile(r"\*|\b(natural|columns)\b", re.IGNORECASE)  # ways to ask for unnamed columns
_known = False  # whether this process has accepted what the built-in rules ask


def run_rules(
    case: Case,
    kinds: Sequence[str] = ("gap", "exposure"),
    *,
    about: Sequence[str] | None = None,
    issues: list[Issue] | None = None,
    seconds: float = SECONDS,
    memory: int = MEMORY,
    facts: Facts | None = None,
    **seen: pd.DataFrame,
) -> Hits:
    """Run every rule of the active regimes and return the hits, sorted by rule, table and id.

    ``about`` limits them to rules about these; ``seen`` holds what the case alone cannot tell, by
    the tables of ``facts.SEEN``. Without ``facts`` of the case some are opened for these rules.

    A rule that fails, takes more than ``seconds`` or more than ``memory`` megabytes beside the
    facts is left out while the others go on. What failed is appended to ``issues``; without that
    list, InvalidData is raised after the last rule.
    """
    rules = [
        rule
        for rule in case.knowledge.rules.values()
        if rule.kind in kinds
        and (about is None or rule.about in about)
        and set(rule.regimes) & set(case.regimes)
        and _may_find(rule, case, seen)
    ]
    if not rules:
        return Hits([])
    know_built_in()
    # What probes saw needs no fact of the case.
    alone = about is not None and set(about) <= {"service", "database"}
    scripts = ("services",) if alone else SCRIPTS
    with borrow_facts(case, facts, memory, scripts, name_columns(rules), **seen) as opened:
        hits, problems = put_rules(opened, rules, seconds)
    if issues is None and problems:
        raise InvalidData(problems)
    if issues is not None:
        issues.extend(problems)
    return hits


def _may_find(rule: Rule, case: Case, seen: Mapping[str, pd.DataFrame]) -> bool:
    """Say whether a rule has any subject; one of own packs is put always, since it may fail."""
    if rule.about == "organisation" or load_knowledge().rules.get(rule.id) is not rule:
        return True
    table = TABLE_OF[rule.about]
    subjects = seen.get(table, case.frames.get(table))
    return subjects is not None and not subjects.empty


def name_columns(rules: Iterable[Rule]) -> set[str] | None:
    """Return what the rules name, among it every table and column; None where they take all.

    A column whose name a case has by chance is derived for nothing, and does no harm.
    """
    words: set[str] = set()
    for rule in rules:
        asked = find_words(rule.where or rule.query or "")
        told = {*find_fields(rule.message.en), *find_fields(rule.message.zh)}
        if _ALL.search(rule.query or ""):
            return None
        words |= asked | {name + tail for name in told for tail in ("", "_en", "_zh")}
        words |= {VIEWS[rule.about], "flow_plain"} if rule.about == "flow" else {VIEWS[rule.about]}
    return words


def put_rules(
    facts: Facts, rules: Iterable[Rule], seconds: float = SECONDS
) -> tuple[Hits, list[Issue]]:
    """Put rules to an open set of facts; return the hits and one issue for each rule that failed.

    A rule gets ``seconds`` before it is interrupted. Conditions that look at one row at a time are
    put together, one scan for all that ask one view; where that fails, each is put alone, so that
    the one at fault is known.
    """
    allowed: list[Asked] = []
    failed: dict[str, Issue] = {}
    for rule in sorted(rules, key=lambda rule: rule.id):
        try:
            allowed.append(_allow_rule(facts, rule))
        except (Forbidden, duckdb.Error) as error:
            failed[rule.id] = _report_rule(facts, rule, error, seconds)
    answers = answer_together(facts, allowed, seconds)
    for asked in allowed:
        if asked.rule.id in answers:
            continue
        try:
            with limit_time(facts.connection, seconds):
                answers[asked.rule.id] = answer_alone(facts, asked)
        except (Forbidden, duckdb.Error) as error:
            failed[asked.rule.id] = _report_rule(facts, asked.rule, error, seconds)
    told = [answers[id] for id in sorted(answers)]
    return Hits(list(tell_answers(facts, told))), [failed[id] for id in sorted(failed)]


@dataclass(frozen=True, slots=True)
class Question:
    """A SELECT of ours around conditions of a pack, each on a view, and where these stand."""

    sql: str
    conditions: tuple[tuple[str, str], ...]
    place: Place
    name: str


def put_question(
    facts: Facts, question: Question, seconds: float = SECONDS
) -> list[tuple[Any, ...]] | Issue:
    """Ask a question as rules are asked, and return its rows, or what was wrong with it."""
    try:
        for view, condition in question.conditions:
            _allow_condition(facts, view, condition)
        with limit_time(facts.connection, seconds):
            return facts.execute(question.sql).fetchall()
    except (Forbidden, duckdb.Error) as error:
        text = "\n".join(condition for _, condition in question.conditions)
        return _report(question.name, question.place, text, error, seconds)


def decides_by_row(facts: Facts, view: str, condition: str) -> bool:
    """Tell whether a condition may be put to a view and decides on each row of it alone."""
    try:
        named = _allow_condition(facts, view, condition)
        return asks_by_row(named, facts.describe(view))
    except (Forbidden, duckdb.Error):
        return False


def _allow_condition(facts: Facts, view: str, condition: str) -> Names:
    return require_question(facts.connection, phrase_condition(view, condition), condition)


def phrase_condition(view: str, condition: str) -> str:
    """Return the SELECT that stands for a condition of a pack, unchecked."""
    return f"SELECT 1 FROM {view} WHERE (\n{condition}\n)"


def ask_rule(facts: Facts, rule: Rule) -> str:
    """Return the SELECT of a rule, checked; raises Forbidden, or duckdb.Error for bad SQL."""
    return _allow_rule(facts, rule, told=False).question


def _call(read: Callable[[], Read]) -> Read:
    return read()


def phrase_rule(rule: Rule) -> str:
    """Return the SELECT that a rule asks, unchecked."""
    if rule.where is not None:
        return f"SELECT id FROM {VIEWS[rule.about]} WHERE (\n{rule.where}\n)"
    return str(rule.query).strip().removesuffix(";")


def know_built_in(read: Callable[[Callable[[], Read]], Read | None] = _call) -> None:
    """Accept the questions of the built-in rules, read by ``read`` where they are not kept."""
    global _known
    if _known:
        return
    _known = True

    def accept() -> Read:
        known = load_knowledge()
        asked: list[Put] = [(phrase_rule(rule), rule.where) for rule in known.rules.values()]
        for view, condition in list_conditions(known.screenings.values()):
            asked.append((phrase_condition(view, condition), condition))
        return read_questions(asked)

    folders = (BUILT_IN / "rules", BUILT_IN / "screenings", BUILT_IN, Path(__file__).parent)
    known = keep("questions", lambda: read(accept), folders, duckdb.__version__)
    take_questions(known or {})


def _allow_rule(facts: Facts, rule: Rule, told: bool = True) -> Asked:
    view, sql = VIEWS[rule.about], phrase_rule(rule)
    named = require_question(facts.connection, sql, rule.where)
    columns = _list_columns(rule, facts.describe(view)) if told else []
    condition, lists = rule.where, dict[str, str]()
    if condition is None and (parts := split_question(sql)) and parts[0] == view:
        _, lists, condition = parts
    if named is None or not asks_by_row(named.union(lists.values()), facts.describe(view)):
        condition = None
    return Asked(rule, sql, columns, _choose_view(facts, rule), condition, lists)


def _choose_view(facts: Facts, rule: Rule) -> str:
    """Return the view to put a condition to: the plain one where it names nothing else."""
    view = VIEWS[rule.about]
    if view != "flow_facts" or rule.where is None:
        return view
    apart = facts.describe(view).keys() ^ facts.describe("flow_plain").keys()
    return view if apart & find_words(rule.where) else "flow_plain"


def locate_rule(facts: Facts, rule: Rule) -> Place:
    """Return where a rule stands in its pack."""
    return facts.case.knowledge.found_in.get(("rules", rule.id), Place("rules", column=rule.id))


def _list_columns(rule: Rule, columns: Iterable[str]) -> list[str]:
    """Name the columns the messages of a rule need, with their companions."""
    fields = dict.fromkeys((*find_fields(rule.message.en), *find_fields(rule.message.zh)))
    wanted = {name + tail for name in fields for tail in ("", "_en", "_zh")}
    missing = sorted(set(fields) - set(columns))
    if missing:
        raise Forbidden(f"the message names {missing[0]}, which {VIEWS[rule.about]} does not have")
    return [name for name in columns if name in wanted]


def _report_rule(facts: Facts, rule: Rule, error: Exception, seconds: float) -> Issue:
    name, text = f"rule {rule.id}", rule.where or rule.query
    return _report(name, locate_rule(facts, rule), text, error, seconds)


def _report(name: str, place: Place, sql: str | None, error: Exception, seconds: float) -> Issue:
    text = quote(next(iter(str(error).splitlines()), type(error).__name__))
    if isinstance(error, duckdb.InterruptException):
        slug, message = "rule-timeout", f"{name} was stopped after {seconds:g} seconds"
    elif isinstance(error, duckdb.OutOfMemoryException):
        slug, message = "rule-memory", f"{name} wanted more memory than a rule may have"
    elif isinstance(error, (Forbidden, duckdb.PermissionException)):
        slug, message = "rule-forbidden", f"{name} was refused: {text}"
    else:
        slug, message = "rule-sql", f"{name} is no valid SQL: {text}"
    return Issue(slug, place, message, sql, _HINTS[slug])


_HINTS = {
    "rule-timeout": "join on ids and leave out recursion",
    "rule-memory": "return ids, and join on ids",
    "rule-forbidden": "docs/facts.md lists what a rule may ask",
    "rule-sql": "docs/facts.md lists the views and their columns",
}
