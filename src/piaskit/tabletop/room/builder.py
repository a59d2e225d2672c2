"""The notice builder: what each notice of an option has to say, what it says, how it goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, get_args

import ipywidgets as widgets
from markupsafe import Markup

from piaskit.incident import Facts, decide_incident, draft_notices
from piaskit.incident.notices import describe_notice
from piaskit.knowledge.scenario import Option, Way
from piaskit.tabletop.exercise import Message
from piaskit.tabletop.room.controls import make_choice, make_text, make_tick
from piaskit.tabletop.room.session import Session
from piaskit.tabletop.room.words import Words
from piaskit.tabletop.scenario import find_duty


@dataclass(frozen=True, slots=True)
class Content:
    """One content that a notice has to have; ``given`` tells whether facts and case fill it."""

    id: str
    title: str
    clause: str
    given: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One notice before the team builds it: its duties, contents and a draft from the facts."""

    duties: tuple[str, ...]
    contents: tuple[Content, ...]
    draft: str


def list_sheets(session: Session, option: Option, lang: str) -> Iterator[Sheet]:
    """Yield what each notice of an option may hold, on the facts as they stand.

    An option that leaves contents out offers only those it has.
    """
    if not option.notices:
        return
    game, zh = session.game, "_zh" if lang == "zh" else ""
    facts = game.read_facts(session.state.known)
    decision = decide_incident(facts, game.knowledge)
    today = (game.scenario.starts_at + timedelta(minutes=session.state.at_min)).date()
    drafted = draft_notices(decision, session.case, as_of=today).entries
    for notice in option.notices:
        own = [entry for entry in drafted if entry["duty"] in notice.duties]
        filled = {id for one in own for id, told in one["completeness"].items() if told["given"]}
        contents: dict[str, Content] = {}
        for duty in notice.duties:
            for element in _describe(session, duty, facts)["elements"]:
                id = element["id"]
                if not notice.elements or id in notice.elements:
                    texts = (element[f"text{zh}"], element[f"clause{zh}"])
                    contents.setdefault(id, Content(id, *texts, id in filled))
        drafts = [text for one in own for text in one["drafts"].get(lang, {}).values()]
        yield Sheet(notice.duties, tuple(contents.values()), next(iter(drafts), ""))


def _describe(session: Session, id: str, facts: Facts) -> dict[str, Any]:
    knowledge = session.game.knowledge
    pack = next(pack for pack in knowledge.duties.values() if id in pack.duties)
    return describe_notice(id, pack.duties[id], pack, facts, knowledge)


class Builder:
    """Controls for the notices of one option; empty for an option that tells nobody."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.box = widgets.VBox([])
        self._rows: list[_Row] = []

    def offer(self, session: Session, option: Option | None) -> None:
        """Show the controls for an option; what was ticked for another one is gone."""
        sheets = list_sheets(session, option, self.words.lang) if option else ()
        self._rows = [_Row(sheet, self.words) for sheet in sheets]
        self.box.children = tuple(row.box for row in self._rows)

    def read(self) -> tuple[Message, ...] | None:
        """Return the notices as they were built, None where there are none.

        Raises ValueError when a way is not chosen.
        """
        messages = tuple(row.read() for row in self._rows)
        return messages or None

    @property
    def texts(self) -> list[str]:
        return [row.text.value for row in self._rows]


class _Row:
    def __init__(self, sheet: Sheet, words: Words) -> None:
        self.sheet, self.words = sheet, words
        mark = "；" if words.lang == "zh" else "; "
        names = mark.join(find_duty(words.knowledge, id).title[words.lang] for id in sheet.duties)
        title = Markup("<h4>{}</h4>").format(words.say("notice", duties=names))
        ways = [(words.say(f"way.{way}"), way) for way in get_args(Way)]
        self.way = make_choice(words.say("way"), ways, across=True)
        self.ticks = {content.id: make_tick(self._describe(content)) for content in sheet.contents}
        self.count = widgets.HTML()
        self.text = make_text(words.say("text"), sheet.draft, rows=6)
        for tick in self.ticks.values():
            tick.observe(lambda change: self._count(), "value")
        self._count()
        parts = [widgets.HTML(str(title)), self.way, *self.ticks.values(), self.count, self.text]
        self.box = widgets.VBox(parts)

    def _describe(self, content: Content) -> str:
        given = self.words.say(f"contents.{'given' if content.given else 'missing'}")
        return f"{content.title} · {content.clause} · {given}"

    def _count(self) -> None:
        held, all = len(self._held()), len(self.ticks)
        told = self.words.say("contents", held=held, all=all) if all else None
        text = told or self.words.say("contents.none")
        meter = Markup('<meter min="0" max="{}" value="{}"></meter>').format(max(all, 1), held)
        bar = meter if all else Markup("")
        self.count.value = str(Markup('<p role="status">{} {}</p>').format(text, bar))

    def _held(self) -> tuple[str, ...]:
        return tuple(id for id, tick in self.ticks.items() if tick.value)

    def read(self) -> Message:
        if not self.way.value:
            raise ValueError("no way is chosen")
        return Message(self.sheet.duties, self.way.value, self._held(), self.text.value.strip())
