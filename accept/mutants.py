"""Rules changed a little, each change put to the rule's own examples: are these strong enough?

``python -m accept.mutants sharing export-needs-assessment`` shows packs and rules alone.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import yaml
from sqlglot import exp, parse_one

from accept.row import Measured, row

EQUIVALENTS = Path(__file__).with_name("equivalents.yaml")
KINDS = ("negate", "drop", "and-or", "constant", "comparison")
VERDICTS = ("killed", "survived", "equivalent", "no SQL")
WANTED = 0.95

_NEIGHBOURS: dict[type[exp.Expression], tuple[type[exp.Expression], ...]] = {
    exp.LT: (exp.LTE, exp.GT),
    exp.LTE: (exp.LT, exp.GTE),
    exp.GT: (exp.GTE, exp.LT),
    exp.GTE: (exp.GT, exp.LTE),
    exp.EQ: (exp.NEQ,),
    exp.NEQ: (exp.EQ,),
    exp.NullSafeEQ: (exp.EQ, exp.NullSafeNEQ),
    exp.NullSafeNEQ: (exp.NEQ, exp.NullSafeEQ),
    exp.ArrayOverlaps: (exp.ArrayContainsAll,),
}


@dataclass(frozen=True)
class Mutant:
    kind: str
    sql: str


@dataclass(frozen=True)
class Outcome:
    pack: str
    rule: str
    mutant: Mutant
    verdict: str


# --- making mutants


def list_mutants(sql: str) -> list[Mutant]:
    """Change each place of the predicates of one SELECT in each way, one change at a time.

    >>> [m.sql.partition("WHERE ")[2] for m in list_mutants("SELECT id FROM t WHERE a < 2 AND b")]
    ... # doctest: +NORMALIZE_WHITESPACE
    ['NOT (a < 2 AND b)', 'NOT (a < 2) AND b', 'a < 2 AND NOT (b)', 'b', 'a < 2',
     'a < 2 OR b', 'a < 1 AND b', 'a < 3 AND b', 'a <= 2 AND b', 'a > 2 AND b']
    """
    whole = parse_one(sql, dialect="duckdb")
    plain = whole.sql(dialect="duckdb")
    found: dict[str, Mutant] = {}
    makers: dict[str, Callable[[exp.Expression], Iterator[exp.Expression]]] = {
        "negate": _negate,
        "drop": _drop,
        "and-or": _swap_connector,
        "constant": _shift,
        "comparison": _compare,
    }
    for kind, make in makers.items():
        for place, node in enumerate(whole.walk()):
            if not _is_asked(node):
                continue
            for new in make(node):
                changed = whole.copy()
                old = next(n for at, n in enumerate(changed.walk()) if at == place)
                old.replace(new)
                text = changed.sql(dialect="duckdb")
                if text != plain:
                    found.setdefault(text, Mutant(kind, text))
    return list(found.values())


def _is_asked(node: exp.Expression) -> bool:
    """Tell whether a node stands in a predicate, not among what a SELECT returns or reads."""
    while above := node.parent:
        key = node.arg_key
        if isinstance(above, (exp.Where, exp.Having, exp.Qualify)):
            return True
        if isinstance(above, exp.Join):
            return key == "on"
        if isinstance(above, exp.Select):
            return False
        if isinstance(above, exp.If) and key == "this":
            return True
        node = above
    return False


def _is_condition(node: exp.Expression) -> bool:
    """Tell whether a node stands where a truth value is asked for, or always is one."""
    above = node.parent
    if isinstance(node, exp.Paren) or isinstance(above, exp.Not):
        return False  # what stands inside is negated; so is what stands around
    while isinstance(above, exp.Paren):
        above = above.parent
    return isinstance(node, (exp.Predicate, exp.Connector, exp.Not)) or isinstance(
        above, (exp.Connector, exp.Where, exp.Having, exp.Qualify, exp.Join)
    )


def _negate(node: exp.Expression) -> Iterator[exp.Expression]:
    if isinstance(node, exp.Not):
        yield node.this.copy()
    elif _is_condition(node):
        yield exp.Not(this=exp.Paren(this=node.copy()))


def _drop(node: exp.Expression) -> Iterator[exp.Expression]:
    """Leave out one of the operands of a chain of AND or OR, or one element of a list."""
    if isinstance(node, exp.Connector) and not isinstance(node.parent, type(node)):
        operands = list(node.flatten(unnest=False))
        for at in range(len(operands)):
            kept = [operand.copy() for n, operand in enumerate(operands) if n != at]
            chain = kept[0]
            for operand in kept[1:]:
                chain = type(node)(this=chain, expression=operand)
            yield chain
    elif isinstance(node, (exp.In, exp.Array, exp.Tuple)) and len(node.expressions) > 1:
        for at in range(len(node.expressions)):
            fewer = node.copy()
            fewer.expressions[at].pop()
            yield fewer


def _swap_connector(node: exp.Expression) -> Iterator[exp.Expression]:
    if isinstance(node, exp.Connector):
        other = exp.Or if isinstance(node, exp.And) else exp.And
        left, right = node.this.copy(), node.expression.copy()
        if isinstance(left, exp.Connector):
            left = exp.Paren(this=left)
        swapped = other(this=left, expression=right)
        yield exp.Paren(this=swapped) if isinstance(node.parent, exp.Connector) else swapped


def _shift(node: exp.Expression) -> Iterator[exp.Expression]:
    """Move a number or day by its last digit, another text by a letter, a truth to the other."""
    if isinstance(node, exp.Boolean):
        yield exp.Boolean(this=not node.this)
    if not isinstance(node, exp.Literal):
        return
    if isinstance(node.parent, (exp.In, exp.Array, exp.Tuple)) and len(_list_of(node)) > 1:
        return  # a list loses the element instead
    if isinstance(node.parent, exp.Cast) and node.parent.is_type("date"):
        day = date.fromisoformat(node.name)
        for days in (-1, 1):
            yield exp.Literal.string((day + timedelta(days)).isoformat())
    elif node.is_number or isinstance(node.parent, exp.Interval):
        number = Decimal(node.name)
        step = Decimal(1).scaleb(min(int(number.as_tuple().exponent), 0))
        for moved in (number - step, number + step):
            yield exp.Literal(this=str(moved), is_string=node.is_string)
    else:
        yield exp.Literal.string(node.name + "~")


def _list_of(node: exp.Expression) -> list[exp.Expression]:
    return list(node.parent.expressions) if node.parent else []


def _compare(node: exp.Expression) -> Iterator[exp.Expression]:
    for other in _NEIGHBOURS.get(type(node), ()):
        yield other(this=node.this.copy(), expression=node.expression.copy())
    if isinstance(node, exp.Anonymous) and node.name.lower() == "list_has_all":
        left, right = node.expressions
        yield exp.ArrayOverlaps(this=left.copy(), expression=right.copy())
    if isinstance(node, exp.Between):
        for from_low, to_high in ((exp.GT, exp.LTE), (exp.GTE, exp.LT)):
            low = from_low(this=node.this.copy(), expression=node.args["low"].copy())
            high = to_high(this=node.this.copy(), expression=node.args["high"].copy())
            yield exp.Paren(this=exp.And(this=low, expression=high))


# --- putting them to the examples


def try_rules(rules: Sequence[Any], knowledge: Any) -> list[Outcome]:
    """Put every mutant of every rule to the rule's examples."""
    from piaskit.rules import make_blank_case, open_facts

    equivalent = {(e["rule"], e["mutant"]) for e in read_equivalents()}
    found: list[Outcome] = []
    with open_facts(make_blank_case(knowledge)) as facts:
        for rule in rules:
            pack = Path(str(knowledge.found_in["rules", rule.id].file)).stem
            for mutant, verdict in try_rule(facts, rule):
                if verdict == "survived" and (rule.id, mutant.sql) in equivalent:
                    verdict = "equivalent"
                found.append(Outcome(pack, rule.id, mutant, verdict))
    return found


def try_rule(facts: Any, rule: Any) -> list[tuple[Mutant, str]]:
    """Return the mutants of a rule and whether an example changes its answer.

    Raises ValueError when the rule itself, as sqlglot writes it, already does.
    """
    from piaskit.rules import VIEWS
    from piaskit.rules.engine import ask_rule
    from piaskit.rules.examples import put_example

    question, view = ask_rule(facts, rule), VIEWS[rule.about]
    columns = facts.describe(view)
    wanted = [(r, True) for r in rule.examples.fires] + [(r, False) for r in rule.examples.silent]

    def tell(sql: str) -> str:
        try:
            for example, fires in wanted:
                if put_example(facts, view, columns, sql, example) != fires:
                    return "killed"
        except duckdb.Error:
            return "no SQL"
        return "survived"

    if tell(parse_one(question, dialect="duckdb").sql(dialect="duckdb")) != "survived":
        raise ValueError(f"rule {rule.id}: its examples do not hold as sqlglot writes it")
    return [(mutant, tell(mutant.sql)) for mutant in list_mutants(question)]


def read_equivalents() -> list[dict[str, str]]:
    return list(yaml.safe_load(EQUIVALENTS.read_text("utf-8")) or [])


# --- telling


def show(found: Sequence[Outcome]) -> None:
    print("| pack | rules | mutants | killed | survived | equivalent | no SQL | % |")
    print("|---|---|---|---|---|---|---|---|")
    for pack in [*sorted({o.pack for o in found}), ""]:
        of = [o for o in found if pack in ("", o.pack)]
        number = Counter(o.verdict for o in of)
        cells = [pack or "all", len({o.rule for o in of}), len(of), *map(number.get, VERDICTS)]
        print("|", " | ".join(str(c or 0) for c in cells), "|", f"{_share(of):.1%} |")
    for o in found:
        if o.verdict in ("survived", "no SQL"):
            print(f"{o.verdict}: {o.rule} ({o.mutant.kind}): {o.mutant.sql}")


def _share(found: Sequence[Outcome]) -> float:
    number = Counter(o.verdict for o in found)
    return number["killed"] / max(number["killed"] + number["survived"], 1)


@row("Mutants of every rule that an example of the rule tells apart", ">= 95 %, each pack too")
def rule_mutants() -> Measured:
    from piaskit.knowledge import load_knowledge

    knowledge = load_knowledge()
    found = try_rules(sorted(knowledge.rules.values(), key=lambda rule: rule.id), knowledge)
    show(found)
    number = Counter(o.verdict for o in found)
    packs = {pack: _share([o for o in found if o.pack == pack]) for pack in {o.pack for o in found}}
    weakest = min(packs, key=lambda pack: packs[pack])
    met = {(o.rule, o.mutant.sql) for o in found if o.verdict == "equivalent"}
    stale = [e["rule"] for e in read_equivalents() if (e["rule"], e["mutant"]) not in met]
    told = ", ".join(f"{number[verdict]} {verdict}" for verdict in VERDICTS)
    value = (
        f"{_share(found):.2%} of {len(found)} ({told}); weakest pack {weakest} {packs[weakest]:.1%}"
    )
    if stale:
        value += f"; equivalents that are none any more: {', '.join(sorted(set(stale)))}"
    return value, min(packs.values()) >= WANTED and not stale


def main(words: Sequence[str]) -> None:
    from piaskit.knowledge import load_knowledge

    knowledge = load_knowledge()
    rules = [
        rule
        for id, rule in sorted(knowledge.rules.items())
        if not words or {id, Path(str(knowledge.found_in["rules", id].file)).stem} & set(words)
    ]
    show(try_rules(rules, knowledge))


if __name__ == "__main__":
    main(sys.argv[1:])
