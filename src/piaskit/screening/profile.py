"""What the register shows about an activity, gathered once for all grounds of all regimes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from piaskit.rules import Facts, open_facts

if TYPE_CHECKING:
    from piaskit.case import Case

Met = Literal["yes", "no", "unknown"]
Row = tuple[str, str]
"""A row of the case: table and id."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One criterion answered: whether it is met, the words for why, and the rows that decide.

    `reason` is the id of a label; `named` are the rows whose titles it lists; `missing` names the
    blank facts that would decide an unknown answer.
    """

    criterion: str
    met: Met
    reason: str
    rows: tuple[Row, ...] = ()
    named: tuple[Row, ...] = ()
    missing: tuple[str, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)
    confidence: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """An activity as screening sees it: its facts, its items by category, its flows by meaning."""

    facts: dict[str, Any]
    items: tuple[tuple[str, str, dict[str, str]], ...]
    flows: dict[str, tuple[str, ...]]
    places: dict[str, tuple[Row, ...]]
    judgement: tuple[str, str] | None
    numbers: Mapping[str, int]

    @property
    def id(self) -> str:
        """The id of the activity."""
        return str(self.facts["id"])

    @property
    def row(self) -> Row:
        """The activity as a row."""
        return ("activities", self.id)

    def exceeds(self, name: str) -> Met:
        """Tell whether the activity has more persons than a number of GB/T 39335.

        Persons of several flows are never summed: their union lies between the largest number and
        the sum, and a number inside that range is unknown.
        """
        least, most = self.facts["persons_at_least"], self.facts["persons_at_most"]
        number = self.numbers[name]
        if least is not None and least > number:
            return "yes"
        return "unknown" if most is None or most > number else "no"

    @property
    def persons_doubt(self) -> str:
        """The label that says why the number of persons is open."""
        blank = self.facts["persons_at_least"] is None
        return "screening.persons.blank" if blank else "screening.persons.range"

    def list_items(self, regime: str, answer: str) -> tuple[Row, ...]:
        """Return the items whose category the regime answers so (yes, no, judge)."""
        return tuple(
            ("items", item)
            for item, _, answers in self.items
            if answers.get(regime, "judge") == answer
        )

    def list_categories(self, prefixes: Iterable[str]) -> tuple[Row, ...]:
        """Return the items whose category is, or lies below, one of the prefixes."""
        heads = tuple(prefixes)
        return tuple(
            ("items", item) for item, category, _ in self.items if lies_below(category, heads)
        )

    def list_flows(self, meaning: str) -> tuple[Row, ...]:
        """Return the flows of one meaning as rows."""
        return tuple(("flows", flow) for flow in self.flows.get(meaning, ()))

    def tell_doubt(self, items: Iterable[Row]) -> tuple[str, ...]:
        """Name the items whose category leaves the answer to a judgement."""
        category = {item: name for item, name, _ in self.items}
        return tuple(f"items.category of {id}: {category[id]} needs a judgement" for _, id in items)


def lies_below(category: str, prefixes: tuple[str, ...]) -> bool:
    """Tell whether a category is one of the prefixes or stands below one.

    >>> lies_below("location.track", ("location",)), lies_below("health.fitness", ("health.fit",))
    (True, False)
    """
    return any(category == prefix or category.startswith(prefix + ".") for prefix in prefixes)


def join_rows(*groups: Iterable[Row]) -> tuple[Row, ...]:
    """Join rows, each once, in order."""
    return tuple(dict.fromkeys(row for group in groups for row in group))


# A place without a country is unknown, not at home; only a person, or the public, needs none.
_FLOWS = """
SELECT activity,
       list(id ORDER BY id) AS every,
       list(id ORDER BY id) FILTER (entrusts OR stage IN ('provide', 'disclose')) AS shared,
       list(id ORDER BY id) FILTER (abroad) AS abroad,
       list(id ORDER BY id) FILTER (homeless) AS homeless,
       list(id ORDER BY id) FILTER (target IS NULL AND stage IN ('store', 'transmit'))
         AS sent_nowhere,
       list(id ORDER BY id) FILTER (target IS NULL AND stage IN ('store', 'transmit', 'provide'))
         AS aimless,
       list(DISTINCT {target} ORDER BY {target})
         FILTER (target IS NOT NULL AND (entrusts OR stage IN ('provide', 'disclose')))
         AS shared_to,
       list(DISTINCT {target} ORDER BY {target}) FILTER (abroad) AS abroad_to,
       list(DISTINCT {target} ORDER BY {target}) FILTER (homeless) AS homeless_to
FROM (
  SELECT *,
         coalesce(target_country <> 'CN', false) AND coalesce(target_role <> 'subject', true)
           AND coalesce(source_country = 'CN', true) AS abroad,
         target_kind IS NOT NULL AND target_country IS NULL
           AND coalesce(target_role NOT IN ('subject', 'public'), true) AS homeless
  FROM flow_facts)
GROUP BY activity
""".format(target="[CASE target_kind WHEN 'party' THEN 'parties' ELSE 'systems' END, target]")

_CARRIED = """
SELECT activity,
       list(DISTINCT flow ORDER BY flow) FILTER (home IS DISTINCT FROM activity) AS reused,
       list(DISTINCT [flow, category] ORDER BY [flow, category])
         FILTER (stage = 'collect' AND method = 'observed') AS observed,
       list(DISTINCT [flow, category] ORDER BY [flow, category])
         FILTER (stage = 'collect' AND method IS NULL) AS unobserved
FROM carried
GROUP BY activity
"""

_JUDGED = """
SELECT activity, arg_max(id, [coalesce(judged_on::VARCHAR, ''), id]),
       arg_max(level, [coalesce(judged_on::VARCHAR, ''), id])
FROM judgements
WHERE dimension = 'other-impact' AND level IS NOT NULL AND activity IS NOT NULL
GROUP BY activity
"""


def gather_profiles(case: Case) -> tuple[list[Profile], dict[Row, tuple[str, str]]]:
    """Return a profile per activity, sorted by id, and the titles of rows in both languages."""
    connection = open_facts(case)
    standard = case.knowledge.regulations["gbt39335"].numbers
    numbers = {name: number.value for name, number in standard.items()}
    try:
        answers: dict[str, dict[str, str]] = {
            category.id: dict(category.sensitive) for category in case.knowledge.categories.values()
        }
        items: dict[str, list[tuple[str, str, dict[str, str]]]] = {}
        for activity, item, category in connection.execute(
            "SELECT activity, item, category FROM processed ORDER BY ALL"
        ).fetchall():
            held = items.setdefault(activity, [])
            held.append((item, str(category or ""), answers.get(category, {})))
        flows = {row["activity"]: row for row in _fetch_rows(connection, _FLOWS)}
        carried = {row["activity"]: row for row in _fetch_rows(connection, _CARRIED)}
        judged = {row[0]: (row[1], row[2]) for row in connection.execute(_JUDGED).fetchall()}
        titles = {
            (row[0], row[1]): (row[2], row[3])
            for row in connection.execute(
                "SELECT 'items', id, coalesce(title_en, title), coalesce(title_zh, title) "
                "FROM item_facts UNION ALL "
                "SELECT CASE kind WHEN 'party' THEN 'parties' ELSE 'systems' END, id, "
                "coalesce(title_en, title), coalesce(title_zh, title) FROM places"
            ).fetchall()
        }
        profiles = [
            _build_profile(
                facts,
                tuple(items.get(facts["id"], ())),
                flows.get(facts["id"], {}),
                carried.get(facts["id"], {}),
                judged.get(facts["id"]),
                numbers,
            )
            for facts in _fetch_rows(connection, "SELECT * FROM activity_facts ORDER BY id")
        ]
    finally:
        connection.close()
    return profiles, titles


def _build_profile(
    facts: dict[str, Any],
    items: tuple[tuple[str, str, dict[str, str]], ...],
    flows: dict[str, Any],
    carried: dict[str, Any],
    judgement: tuple[str, str] | None,
    numbers: Mapping[str, int],
) -> Profile:
    meanings = ("every", "shared", "abroad", "homeless", "sent_nowhere", "aimless")
    found = {name: tuple(flows.get(name) or ()) for name in meanings}
    found["reused"] = tuple(carried.get("reused") or ())
    for name in ("observed", "unobserved"):
        for flow, category in carried.get(name) or ():
            found[f"{name}:{category}"] = (*found.get(f"{name}:{category}", ()), flow)
    places = {
        name: tuple((row[0], row[1]) for row in flows.get(f"{name}_to") or ())
        for name in ("shared", "abroad", "homeless")
    }
    return Profile(facts, items, found, places, judgement, numbers)


def _fetch_rows(connection: Facts, sql: str) -> list[dict[str, Any]]:
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
