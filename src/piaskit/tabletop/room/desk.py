"""The desk of facilitator and evaluator: time, notes, who is at the table."""

from __future__ import annotations

from typing import get_args

import ipywidgets as widgets

from piaskit.tabletop.exercise import Rating
from piaskit.tabletop.room.controls import make_choice, make_minutes, make_text, make_tick
from piaskit.tabletop.room.session import Session
from piaskit.tabletop.room.words import Words


class TimeDesk:
    """Lets exercise time pass, to the next event or by minutes, and ends the exercise."""

    def __init__(self, words: Words) -> None:
        say = words.say
        self.words = words
        self.next = widgets.Button(description=say("do-next"))
        self.minutes = make_minutes(say("minutes"), 10, least=1)
        self.step = widgets.Button(description=say("do-step"))
        self.close = widgets.Button(description=say("do-close"), button_style="warning")
        self.warning = widgets.HTML()
        row = widgets.HBox([self.next, self.minutes, self.step])
        self.box = widgets.VBox([row, self.warning, self.close])

    def refresh(self, session: Session) -> None:
        over = session.can_close
        self.next.disabled = over
        for part in (self.close, self.warning):
            part.layout.display = "" if over else "none"
        still = len(session.open_decisions)
        self.warning.value = f"<p>{self.words.say('close.open', n=still)}</p>" if over else ""


class NoteDesk:
    """Takes down what an evaluator saw, with an own rating if there is one."""

    def __init__(self, session: Session, words: Words) -> None:
        say, scenario = words.say, session.game.scenario
        about = [(title[words.lang], id) for id, title in scenario.objectives.items()]
        about = [(say("whole"), scenario.id), *about]
        self.about = make_choice(say("about"), about, scenario.id)
        ratings = [(words.label(f"tabletop.rating.{word}"), word) for word in get_args(Rating)]
        ratings = [(say("no-rating"), ""), *ratings]
        self.rating = make_choice(say("rating"), ratings, "", across=True)
        self.text = make_text(say("note"), rows=2)
        self.keep = widgets.Button(description=say("do-note"))
        self.box = widgets.VBox([self.about, self.rating, self.text, self.keep])


class PeopleDesk:
    """Says who sits at the table and starts the exercise, with dice or without."""

    def __init__(self, session: Session, words: Words) -> None:
        case, attended = session.case, session.attended
        self.words = words
        self.ticks = {}
        for row in case.frames["roles"].to_dict("records"):
            holder = case.say(row, "holder", words.lang)
            office = words.label(f"value.role.{row['role']}")
            name = f"{office} · {holder}" if holder else office
            self.ticks[str(row["id"])] = make_tick(name, row["id"] in attended)
        self.luck = make_tick(words.say("luck"))
        self.button = widgets.Button()
        roles = widgets.VBox(list(self.ticks.values()))
        roles.add_class("room-roles")
        self.box = widgets.VBox([roles, self.luck, self.button])

    def refresh(self, session: Session) -> None:
        waiting = session.stage == "waiting"
        self.luck.layout.display = "" if waiting else "none"
        self.button.description = self.words.say("do-start" if waiting else "do-attend")
        self.button.button_style = "primary" if waiting else ""

    def read(self) -> list[str]:
        return [id for id, tick in self.ticks.items() if tick.value]
