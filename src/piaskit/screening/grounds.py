"""Criteria of a screening pack put to the facts of a case: which answer holds, by which rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from piaskit.knowledge.screening import Criterion, Met, Reply, ScreeningPack
from piaskit.rules import Facts, Question, put_question

if TYPE_CHECKING:
    from piaskit.errors import Issue, Place
    from piaskit.knowledge import Knowledge

Row = tuple[str, str]
"""A row of the case: table and id."""

_ACTIVITIES = "screened_activities"
_VIEWS = {
    "items": ("screened_items", ("id", "category", "title_en", "title_zh")),
    "flows": (
        "screened_flows",
        ("id", "target", "place_table", "target_title_en", "target_title_zh"),
    ),
    "judgements": ("screened_judgements", ("id",)),
}
"""What an answer may ask for rows of, the view they stand in, and the columns that tell them."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One criterion answered for one activity; without ``reply`` the question failed.

    ``named`` are the titles in both languages that the reason lists.
    """

    criterion: str
    reply: Reply | None
    rows: tuple[Row, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def met(self) -> Met:
        """The answer; a question that failed leaves it unknown."""
        return self.reply.met if self.reply else "unknown"


@dataclass(slots=True)
class Screener:
    """Answers criteria for all activities at once; what two packs ask alike is asked once."""

    facts: Facts
    knowledge: Knowledge
    activities: list[str]
    seconds: float
    issues: list[Issue] = field(default_factory=list)
    _known: dict[str, dict[str, Ground]] = field(default_factory=dict)

    def answer_pack(self, pack: ScreeningPack) -> dict[str, list[Ground]]:
        """Return per activity a ground for each criterion of the pack, in the pack's order."""
        found = [self._answer(pack, name, criterion) for name, criterion in pack.criteria.items()]
        return {activity: [grounds[activity] for grounds in found] for activity in self.activities}

    def _answer(self, pack: ScreeningPack, name: str, criterion: Criterion) -> dict[str, Ground]:
        owner, home = pack.id, name
        if criterion.like:
            owner, _, home = criterion.like.partition(" ")
        key = f"{owner} {home}"
        if key not in self._known:
            source = self.knowledge.screenings[owner].criteria[home]
            self._known[key] = self._ask(owner, home, source)
        return {
            activity: Ground(name, g.reply, g.rows, g.named, g.missing)
            for activity, g in self._known[key].items()
        }

    def _ask(self, pack: str, name: str, criterion: Criterion) -> dict[str, Ground]:
        """Try one answer after the other on the activities that none before has settled."""
        settled: dict[str, Ground] = {}
        for number, reply in enumerate(criterion.answers):
            if len(settled) == len(self.activities):
                break
            place = self.knowledge.found_in[("screenings", pack)]
            spoken = f"answer {number + 1} of the criterion {name}"
            rows = put_question(self.facts, _write_question(reply, place, spoken), self.seconds)
            if not isinstance(rows, list):
                self.issues.append(rows)
                lost = Ground(name, None, missing=(f"the answer of the pack {pack} to {name}",))
                settled |= dict.fromkeys(set(self.activities) - set(settled), lost)
                break
            for activity, told in rows:
                if activity is not None and activity not in settled:
                    settled[activity] = _tell_ground(name, reply, activity, told)
        return settled


def _write_question(reply: Reply, place: Place, name: str) -> Question:
    """Write the SELECT of an answer: the activities it holds for, with their rows as structs."""
    told, joined = "NULL", ""
    conditions = []
    for part, (view, columns) in _VIEWS.items():
        if (condition := getattr(reply, part)) is not None:
            fields = ", ".join(f"'{column}': {column}" for column in columns)
            told = "q.told"
            joined = f"""
                JOIN (SELECT activity, list({{{fields}}} ORDER BY id) AS told
                      FROM {view} WHERE (\n{condition}\n) GROUP BY activity) q
                  ON q.activity = a.id"""
            conditions.append((view, condition))
    limited = ""
    if reply.where is not None:
        conditions.append((_ACTIVITIES, reply.where))
        limited = f"WHERE a.id IN (SELECT id FROM {_ACTIVITIES} WHERE (\n{reply.where}\n))"
    sql = f"SELECT a.id, {told} FROM {_ACTIVITIES} a {joined} {limited}"
    return Question(sql, tuple(conditions), place, name)


def _tell_ground(
    criterion: str, reply: Reply, activity: str, told: list[dict[str, Any]] | None
) -> Ground:
    own: tuple[Row, ...] = (("activities", activity),)
    if told is None:
        return Ground(criterion, reply, own, (), tuple(_fill(reply, {"activity": activity})))
    table = next(part for part in _VIEWS if getattr(reply, part) is not None)
    rows = [(table, row["id"]) for row in told]
    named: dict[Row, tuple[str, str]] = {}
    if table == "items":
        named = {("items", row["id"]): (row["title_en"], row["title_zh"]) for row in told}
    elif reply.places == "yes":
        named = {
            (row["place_table"], row["target"]): (row["target_title_en"], row["target_title_zh"])
            for row in sorted(told, key=lambda row: (row["place_table"] or "", row["target"] or ""))
            if row["place_table"]
        }
        rows += named
    missing = [
        fact
        for row in told
        for fact in _fill(
            reply,
            {
                "activity": activity,
                "id": row["id"],
                "category": row.get("category") or "",
                "place": row.get("target") or "",
                "place_table": row.get("place_table") or "",
            },
        )
    ]
    if reply.where and table != "judgements":
        rows = [*own, *rows]
    return Ground(
        criterion,
        reply,
        tuple(dict.fromkeys(rows)),
        tuple(named.values()),
        tuple(dict.fromkeys(missing)),
    )


def _fill(reply: Reply, fields: Mapping[str, str]) -> Iterator[str]:
    for template in reply.missing:
        text = template
        for name, value in fields.items():
            text = text.replace(f"{{{name}}}", value)
        yield text
