"""The decision form: which decision, which way, how many persons, why, what is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import ipywidgets as widgets
from markupsafe import Markup

from piaskit.tabletop.exercise import LONGEST, Choice, Range
from piaskit.tabletop.players import LONG, is_plain
from piaskit.tabletop.review import write_minute
from piaskit.tabletop.room.builder import Builder
from piaskit.tabletop.room.controls import make_choice, make_text
from piaskit.tabletop.room.session import Session
from piaskit.tabletop.room.words import Words, read_count, read_range

TALK = 5  # minutes that a decision takes unless the team says otherwise
LONG_NOTE = 20_000  # characters of a notice or of a note


class Form:
    """The controls of a decision; they stay, only what they offer changes."""

    def __init__(self, session: Session, words: Words, take: Callable[[], None]) -> None:
        self.session, self.words = session, words
        say = words.say
        self.decision = make_choice(say("decision"))
        self.question = widgets.HTML()
        self.option = make_choice(say("option"))
        self.counts = {name: make_text(say(name)) for name in ("low", "best", "high")}
        self.why = make_text(say("why"), rows=2, hint=say("why.hint"))
        self.talk = make_text(say("talk"), str(TALK))
        self.builder = Builder(words)
        self.problem = widgets.HTML()
        self.button = widgets.Button(description=say("do-decide"), button_style="primary")
        self.button.on_click(lambda _: take())
        head = Markup("<h4>{}</h4>").format(say("count"))
        self.controls = widgets.VBox(
            [
                self.decision,
                self.question,
                self.option,
                self.builder.box,
                widgets.HTML(str(head)),
                widgets.HBox(list(self.counts.values())),
                self.why,
                self.button,
                self.problem,
            ]
        )
        self.nothing = widgets.HTML(str(Markup("<p>{}</p>").format(say("nothing-open"))))
        self.box = widgets.VBox([self.nothing, self.talk, self.controls])
        self.decision.observe(lambda change: self._ask(), "value")
        self.option.observe(lambda change: self._offer(), "value")

    def refresh(self) -> None:
        """Offer the decisions that are open; what was typed for one that still is stays."""
        ids = self.session.open_decisions if self.session.stage == "playing" else []
        offered = [(self._name(id), id) for id in ids]
        if [id for _, id in self.decision.options] != ids:
            before = self.decision.value
            self.decision.options = offered
            self.decision.value = before if before in ids else ids[0] if ids else None
        self.controls.layout.display = "" if ids else "none"
        self.nothing.layout.display = "none" if ids else ""

    def _name(self, id: str) -> str:
        scenario, lang = self.session.game.scenario, self.words.lang
        decision, opened = scenario.decisions[id], self.session.state.opened[id]
        return self.words.say(
            "asked",
            role=scenario.roles[decision.role][lang],
            title=decision.title[lang],
            time=write_minute(opened),
            due=write_minute(opened + decision.due_min),
        )

    def _ask(self) -> None:
        id = self.decision.value
        if id is None:
            self.option.options = ()
            return
        decision, lang = self.session.game.scenario.decisions[id], self.words.lang
        self.question.value = str(Markup("<h4>{}</h4>").format(decision.question[lang]))
        offered = [
            (decision.options[name].title[lang], name) for name in shuffle(id, decision.options)
        ]
        self.option.options = offered
        self.option.index = None
        self.why.value = ""
        self.talk.value = str(TALK)
        stated = self.session.last_stated
        for text, count in zip(self.counts.values(), stated or ("", "", ""), strict=True):
            text.value = f"{count:,}" if isinstance(count, int) else count

    def _offer(self) -> None:
        id, name = self.decision.value, self.option.value
        option = self.session.game.scenario.decisions[id].options[name] if id and name else None
        self.builder.offer(self.session, option)

    def read(self) -> Choice:
        """Return the choice as it stands; raises ValueError with what is still wrong, in words."""
        say = self.words.say
        if not self.option.value:
            raise ValueError(say("error.option"))
        try:
            persons = self._read_persons()
        except ValueError:
            raise ValueError(say("error.count")) from None
        try:
            messages = self.builder.read()
        except ValueError:
            raise ValueError(say("error.way")) from None
        check_text(self.why.value, LONG, self.words)
        for text in self.builder.texts:
            check_text(text, LONG_NOTE, self.words)
        why = self.why.value.strip()
        return Choice(self.decision.value, self.option.value, 0, persons, why, messages)

    def read_talk(self) -> int:
        """Return the minutes of talk; raises ValueError, in words, for what is no number."""
        minutes = read_count(self.talk.value)
        if minutes is None or minutes > LONGEST:
            raise ValueError(self.words.say("error.talk"))
        return minutes

    def _read_persons(self) -> Range | None:
        low, best, high = (text.value for text in self.counts.values())
        return read_range(low, best, high)


def shuffle(decision: str, options: object) -> list[str]:
    """Put options into an order that is always the same and tells nothing.

    >>> shuffle("stop", ["right", "wrong", "half"])
    ['right', 'half', 'wrong']
    """
    names = list(options)  # type: ignore[call-overload]
    return sorted(names, key=lambda name: hashlib.sha256(f"{decision}.{name}".encode()).digest())


def check_text(text: str, longest: int, words: Words) -> None:
    """Raise ValueError, in words, for a text that is too long or holds what nobody sees."""
    if len(text) > longest or not is_plain(text):
        raise ValueError(words.say("error.text", n=longest))
