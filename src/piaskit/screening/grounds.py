"""Criteria of a screening pack put to the facts of a case: which answer holds, by which rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from piaskit.knowledge.screening import Criterion, Met, Reply, ScreeningPack
from piaskit.rules import Facts, Question, put_question
from piaskit.rules.script import find_words

if TYPE_CHECKING:
    from piaskit.errors import Issue, Place
    from piaskit.knowledge import Knowledge

Row = tuple[str, str]
"""A row of the case: table and id."""

_FIELD = re.compile(r"\{(\w+)\}")
_ACTIVITIES = "screened_activities"
_VIEWS = {
    "items": "screened_items",
    "flows": "screened_flows",
    "judgements": "screened_judgements",
}
"""What an answer may ask for rows of, and the view they stand in."""

_TOLD = {
    "items": "list({'id': id, 'category': category, 'en': title_en, 'zh': title_zh} ORDER BY id)",
    "flows": "list(id ORDER BY id)",
    "judgements": "list(id ORDER BY id)",
}
_PLACES = """list(DISTINCT {'table': place_table, 'id': target, 'en': target_title_en,
                       'zh': target_title_zh}) FILTER (place_table IS NOT NULL)"""
# What is told of the rows. There may be a million flows, so their targets are told once each.

FLOWS = _VIEWS["flows"]
PLACES = frozenset({_ACTIVITIES, *_VIEWS.values()})
"""Where answers look for their rows."""

TOLD = find_words(" ".join(["activity", _PLACES, *_TOLD.values()]))
"""The columns that are told of the rows."""


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
            for activity, told, places in rows:
                if activity is not None and activity not in settled:
                    settled[activity] = _tell_ground(name, reply, activity, told, places)
        return settled


def _write_question(reply: Reply, place: Place, name: str) -> Question:
    """Write the SELECT of an answer: the activities it holds for, their rows and places."""
    told, joined = "NULL, NULL", ""
    conditions = []
    for part, view in _VIEWS.items():
        if (condition := getattr(reply, part)) is not None:
            told = "q.told, q.places"
            places = _PLACES if reply.places == "yes" else "NULL"
            joined = f"""
                JOIN (SELECT activity, {_TOLD[part]} AS told, {places} AS places
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
    criterion: str, reply: Reply, activity: str, told: list[Any] | None, places: list[Any] | None
) -> Ground:
    """Tell the rows that decide, the titles a reason lists, and each missing fact by its row."""
    own: tuple[Row, ...] = (("activities", activity),)
    here = {"activity": activity}
    if told is None:
        return Ground(criterion, reply, own, (), tuple(_fill(reply, [here])))
    table = next(part for part in _VIEWS if getattr(reply, part) is not None)
    ends = sorted(places or (), key=lambda place: (place["table"], place["id"]))
    found = [row if table == "items" else {"id": row} for row in told]
    named = found if table == "items" else ends
    rows: list[Row] = [(table, row["id"]) for row in found]
    rows += [(place["table"], place["id"]) for place in ends]
    if reply.where and table != "judgements":
        rows = [*own, *rows]
    lacks = [here | {"place_table": p["table"], "place": p["id"]} for p in ends]
    if not ends:
        lacks = [here | {name: row[name] for name in ("id", "category") if name in row}
                 for row in found]  # fmt: skip
    return Ground(
        criterion,
        reply,
        tuple(dict.fromkeys(rows)),
        tuple((row["en"], row["zh"]) for row in named),
        tuple(dict.fromkeys(_fill(reply, lacks))),
    )


def _fill(reply: Reply, rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """Fill the facts that are missing in for each row."""
    if reply.missing:
        for fields in rows:
            for template in reply.missing:
                yield _FIELD.sub(lambda found: fields.get(found[1], found[0]), template)  # noqa: B023
