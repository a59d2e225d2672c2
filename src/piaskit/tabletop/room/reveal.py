"""The end: what was true, what was done, how it is rated, what to improve."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from piaskit.display import Card, Grid
from piaskit.tabletop.exercise import read_known
from piaskit.tabletop.review import write_minute
from piaskit.tabletop.room.session import Session
from piaskit.tabletop.room.words import Words
from piaskit.tabletop.score import SCORES


def draw_reveal(session: Session, words: Words) -> str:
    """Draw the end of a finished exercise: ending, scores, truth, expected and observed."""
    answer = session.exercise.to_dict()
    zh = "_zh" if words.lang == "zh" else ""
    ending = answer["ending"]
    head = Markup("<p>{}</p><p><strong>{}</strong> {}</p>").format(
        answer[f"summary{zh}"], ending[f"title{zh}"], ending[f"text{zh}"]
    )
    parts = [str(head), *(part._repr_html_() for part in _list_parts(session, words, answer, zh))]
    return "".join(parts)


def _list_parts(
    session: Session, words: Words, answer: dict[str, Any], zh: str
) -> Iterator[Card | Grid]:
    label, say, lang = words.label, words.say, words.lang
    scores = tuple((label(f"tabletop.score.{n}"), answer["scores"][n]) for n in SCORES)
    yield Card(label("tabletop.cli.scores"), scores, lang)
    if answer["critical_fails"]:
        fails = [(one[f"text{zh}"], str(one["line"])) for one in answer["critical_fails"]]
        yield Grid("", (label("after.critical"), label("after.line")), fails, lang)
    yield Grid(
        label("after.objectives"),
        (label("after.objective"), label("after.rating"), label("after.score")),
        [
            (one[f"title{zh}"], label(f"tabletop.rating.{one['rating']}"), one["score"])
            for one in answer["objectives"]
        ],
        lang,
    )
    if answer["notes"]:
        heads = [label(f"after.{name}") for name in ("about", "observation", "evaluator")]
        notes = [(one[f"title{zh}"], one["text"], one["rating"] or "") for one in answer["notes"]]
        yield Grid(label("after.observations"), tuple(heads), notes, lang)
    heads = [label(f"after.{name}") for name in ("decision", "expected", "observed", "cause")]
    yield Grid(
        label("after.analysis"),
        (*heads, label("after.clause")),
        [
            (
                *(one[f"{name}{zh}"] for name in ("title", "expected", "observed", "consequence")),
                list(one[f"clauses{zh}"]),
            )
            for one in answer["decisions"]
        ],
        lang,
    )
    yield Grid(say("reveal"), (say("item"), say("truth"), say("seen")),
               list(_compare_facts(session, words)), lang)  # fmt: skip
    yield Grid(say("ranges"), (label("after.decision"), say("count"), say("held")),
               list(_compare_ranges(session, words)), lang)  # fmt: skip
    missed = [
        (scenario_inject.text[lang],)
        for id, scenario_inject in session.game.scenario.injects.items()
        if id not in session.state.arrived
    ]
    if missed:
        yield Grid("", (say("not-arrived"),), missed, lang)
    clocks = [
        (
            clock[f"title{zh}"],
            clock[f"clause{zh}"],
            clock[f"wording{zh}"],
            "" if clock["made_min"] is None else write_minute(clock["made_min"]),
            "" if clock["contents"] is None else f"{clock['contents']:.0%}",
            label(f"tabletop.clock.{clock['state']}"),
        )
        for clock in answer["clocks"]
    ]
    names = ("notice", "clause", "limit", "made", "contents", "result")
    heads = [label(f"after.{name}") for name in names]
    yield Grid(label("after.clocks"), tuple(heads), clocks, lang)
    roles = session.case.frames["roles"].set_index("id")
    actions = [
        (
            one[f"title{zh}"],
            session.case.say(roles.loc[one["owner"]].to_dict(), "holder", lang)
            if one["owner"]
            else "",
            one["due_on"],
        )
        for one in answer["actions"]
    ]
    heads = [label(f"tabletop.cli.{name}") for name in ("action", "owner", "due")]
    if actions:
        yield Grid("", tuple(heads), actions, lang)


def _compare_facts(session: Session, words: Words) -> Iterator[tuple[str, str, str]]:
    truth, known = session.game.scenario.truth, session.state.known
    yield (
        words.say("count"),
        words.write_range(read_known(truth)),
        words.write_range(read_known(known)),
    )
    for name in ("minors", "children"):
        yield words.say(name), words.write_count(truth, name), words.write_count(known, name)
    kinds = [words.name_kinds(facts.get("categories", ())) for facts in (truth, known)]
    yield words.say("kinds"), kinds[0], kinds[1]


def _compare_ranges(session: Session, words: Words) -> Iterator[tuple[str, str, str]]:
    scenario = session.game.scenario
    for id, taken in session.state.taken.items():
        stated = taken.choice.persons
        held = ""
        if stated:
            holds = stated[0] <= scenario.exposed <= stated[2]
            held = words.say(f"held.{'yes' if holds else 'no'}")
        told = words.write_range(stated) if stated else words.say("unstated")
        yield scenario.decisions[id].title[words.lang], told, held
