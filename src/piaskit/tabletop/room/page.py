"""The page of the room: every part of it drawn from the log, again after every act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets
from markupsafe import Markup

from piaskit.display import frame_display
from piaskit.errors import InvalidData
from piaskit.tabletop.review import write_minute
from piaskit.tabletop.room.clocks import draw_clocks
from piaskit.tabletop.room.desk import NoteDesk, PeopleDesk, TimeDesk
from piaskit.tabletop.room.form import LONG_NOTE, Form, check_text
from piaskit.tabletop.room.reveal import draw_reveal
from piaskit.tabletop.room.session import Session
from piaskit.tabletop.room.situation import draw_inbox, draw_log, draw_situation
from piaskit.tabletop.room.words import Words
from piaskit.tabletop.save import save_exercise

if TYPE_CHECKING:
    from piaskit.tabletop.run import Exercise

Report = Callable[["Exercise", Sequence[str]], Sequence[Path]]
"""Writes the after-action report of an exercise with who attended; returns its files."""


class Page:
    """The widgets of one room. They stay for its life; an act changes what they show."""

    def __init__(
        self,
        session: Session,
        words: Words,
        seed: int,
        report: Report | None,
        now: Callable[[], datetime],
    ) -> None:
        self.session, self.words = session, words
        self.seed, self.report, self.now = seed, report, now
        self.seen = len(session.log)
        say = words.say
        self.head, self.message = widgets.HTML(), widgets.HTML()
        self.clocks, self.situation, self.inbox = (widgets.HTML() for _ in range(3))
        self.log, self.reveal, self.done = (widgets.HTML() for _ in range(3))
        self.form = Form(session, words, self._decide)
        self.time = TimeDesk(words)
        self.notes = NoteDesk(session, words)
        self.people = PeopleDesk(session, words)
        self.write = widgets.Button(description=say("do-report"), button_style="primary")
        self.keep = widgets.Button(description=say("do-keep"))
        ending = widgets.VBox([widgets.HBox([self.write, self.keep]), self.done, self.reveal])
        self.sections = {
            "reveal": ending,
            "clocks": self._frame("clocks", self.clocks),
            "situation": self._frame("situation", self.situation),
            "inbox": self._frame("inbox", self.inbox),
            "decide": self._frame("decide", self.form.box),
            "time": self._frame("time", self.time.box),
            "notes": self._frame("notes", self.notes.box),
            "people": self._frame("people", self.people.box),
            "log": self.log,
        }
        style = widgets.HTML(f"<style>{STYLE}</style>")
        self.box = widgets.VBox([style, self.head, self.message, *self.sections.values()])
        self.box.add_class("piaskit-room")
        for name, section in self.sections.items():
            section.add_class(f"room-{name}")
        self._listen()
        self.refresh()

    def _frame(self, name: str, part: widgets.Widget) -> widgets.VBox:
        head = Markup("<h3>{}</h3>").format(self.words.say(name))
        return widgets.VBox([widgets.HTML(str(head)), part])

    def _listen(self) -> None:
        session, time = self.session, self.time
        acts: dict[widgets.Button, Callable[[], object]] = {
            time.next: session.step_to_news,
            time.step: lambda: session.step(time.minutes.value),
            time.close: session.close,
            self.notes.keep: self._note,
            self.people.button: self._attend,
            self.write: self._write,
            self.keep: self._keep,
        }
        for button, act in acts.items():
            button.on_click(lambda _, act=act: self.act(act))

    def act(self, do: Callable[[], object], told: widgets.HTML | None = None) -> None:
        """Do something and draw the room again; what is wrong is ``told`` and changes nothing."""
        seen, stage = len(self.session.log), self.session.stage
        try:
            if self.session.take_up():
                problem = self.words.say("moved")
            else:
                do()
                problem = ""
        except (InvalidData, ValueError) as error:
            problem = str(error)
        if len(self.session.log) > seen:
            self.seen = seen
        self.refresh()
        alert = Markup('<p class="problem" role="alert">{}</p>').format(problem)
        (told or self.message).value = str(alert) if problem else ""
        if not problem:
            self._move_focus(stage)

    def refresh(self) -> None:
        """Draw everything as the log stands."""
        session, words, say = self.session, self.words, self.words.say
        stage = session.stage
        self.head.value = self._draw_head()
        self.message.value = self.form.problem.value = ""
        shown = {
            "waiting": {"people"},
            "playing": set(self.sections) - {"reveal"},
            "ended": {"reveal", "log"},
        }[stage]
        for name, section in self.sections.items():
            section.layout.display = "" if name in shown else "none"
        self.people.refresh(session)
        if stage == "playing":
            self.clocks.value = str(draw_clocks(session, words))
            self.situation.value = str(draw_situation(session, words))
            self.inbox.value = str(draw_inbox(session, words, self.seen))
            self.form.refresh()
            self.time.refresh(session)
        if stage == "ended":
            self.reveal.value = draw_reveal(session, words)
            self.write.layout.display = "" if self.report else "none"
            if not self.done.value:
                self.done.value = str(Markup("<p>{}</p>").format(say("ended")))
        self.log.value = draw_log(session, words) if session.log else ""

    def _draw_head(self) -> str:
        session, words, say = self.session, self.words, self.words.say
        scenario, stage = session.game.scenario, session.stage
        lines = []
        if stage == "waiting":
            lines.append(say("waiting"))
        else:
            minute = min(session.state.at_min, scenario.lasts_min)
            moment = words.write_moment(session.game, minute)
            times = [write_minute(m) for m in (minute, scenario.lasts_min)]
            lines.append(say("now", time=times[0], all=times[1], moment=moment))
            lines.append(say("real", time=f"{self.now():%H:%M}"))
        if session.torn:
            lines.append(say("torn", text=session.torn))
        title = say("name", scenario=scenario.title[words.lang])
        said = Markup(" · ").join(Markup("<span>{}</span>").format(line) for line in lines)
        body = Markup('<h2>{}</h2><p role="status" class="now {}">{}</p>').format(
            title, stage, said
        )
        return frame_display(words.lang, body)

    def _move_focus(self, before: str) -> None:
        """Put the focus where the next act is; a control that is gone cannot keep it."""
        stage = self.session.stage
        if stage == "ended":
            target = self.write if self.report else self.keep
            if before != "ended":
                target.focus()
        elif self.session.can_close and not self.session.open_decisions:
            self.time.close.focus()
        elif before == "waiting" or self._changed_questions():
            first = self.form.talk if self.session.open_decisions else self.time.next
            first.focus()

    def _changed_questions(self) -> bool:
        """Tell whether the last act took a decision or opened one."""
        new = self.session.log[self.seen :]
        return any(e["kind"] == "decision" or e["values"].get("opens") for e in new)

    def _decide(self) -> None:
        def take() -> None:
            choice = self.form.read()
            self.session.decide(choice, self.form.read_talk())

        self.act(take, self.form.problem)

    def _note(self) -> None:
        notes = self.notes
        text, rating = notes.text.value.strip(), notes.rating.value or None
        check_text(text, LONG_NOTE, self.words)
        if not text and not rating:
            raise ValueError(self.words.say("error.note"))
        self.session.note(notes.about.value, text, rating)
        notes.text.value, notes.rating.value = "", ""

    def _attend(self) -> None:
        roles = self.people.read()
        if self.session.stage == "waiting":
            self.session.start(roles, self.seed if self.people.luck.value else None)
        else:
            self.session.attend(roles)

    def _write(self) -> None:
        assert self.report is not None
        files = self.report(self.session.exercise, self.session.attended)
        self._tell_done("written", files=", ".join(str(path) for path in files))

    def _keep(self) -> None:
        kept = save_exercise(self.session.exercise, self.session.attended)
        actions = kept["actions"]
        self._tell_done("kept", file=kept["file"], n=len(actions))  # type: ignore[arg-type]

    def _tell_done(self, id: str, **fields: object) -> None:
        text = self.words.say(id, **fields)
        self.done.value = str(Markup('<p role="status">{}</p>').format(text))


STYLE = """
.piaskit-room{max-width:1100px;padding:4px;font-size:14px;overflow:visible}
.piaskit-room .widget-vbox,.piaskit-room .widget-hbox,.piaskit-room .widget-box{overflow:visible}
.piaskit-room h2{font-size:20px;margin:.2em 0}
.piaskit-room h3{font-size:16px;margin:.9em 0 .2em;border-bottom:1px solid #8886}
.piaskit-room h4{font-size:14px;margin:.5em 0 .2em}
.piaskit-room p{margin:.2em 0;line-height:1.5}
.piaskit-room .widget-html-content{line-height:1.5;white-space:normal}
.piaskit-room .widget-html{height:auto;width:auto}
.piaskit-room :is(button,input,select,textarea,summary):focus-visible{
outline:3px solid #1a5fb4!important;outline-offset:2px}
.piaskit-room .widget-dropdown,.piaskit-room .widget-textarea,.piaskit-room .widget-radio{
width:auto;max-width:100%}
.piaskit-room .widget-radio,.piaskit-room .widget-textarea{align-items:flex-start}
.piaskit-room .widget-radio{flex-wrap:nowrap}
.piaskit-room .widget-radio-box{flex:1 1 auto;min-width:0;width:auto;margin:0;
flex-wrap:wrap;gap:0 1em}
.piaskit-room .widget-radio-box label{display:flex;flex-direction:row-reverse;
justify-content:flex-end;align-items:flex-start;gap:.5em;height:auto;white-space:normal;
line-height:1.5;padding:.15em 0;overflow:visible;width:auto;max-width:100%}
.piaskit-room .widget-radio-box label input{flex:none;margin:.05em 0 0;line-height:1}
.piaskit-room .widget-checkbox{width:auto;max-width:100%;height:auto}
.piaskit-room .widget-checkbox label{display:flex;align-items:flex-start;gap:.4em;
white-space:normal;height:auto;line-height:1.5}
.piaskit-room .widget-checkbox label input{flex:none;margin:.2em 0 0}
.piaskit-room .widget-hbox{flex-wrap:wrap;gap:.6em;align-items:center}
.piaskit-room .widget-hbox .widget-text{width:240px}
.piaskit-room .widget-button{width:auto;min-width:9em;height:auto;min-height:2.2em;
white-space:normal;align-self:flex-start}
.piaskit-room .room-roles{display:grid;grid-template-columns:repeat(auto-fill,minmax(18em,1fr))}
.piaskit-room dl{display:flex;flex-wrap:wrap;gap:.5em;margin:.3em 0}
.piaskit-room dl div{border:1px solid #8888;border-radius:.4em;padding:.3em .7em;max-width:34em}
.piaskit-room dt{font-size:12px;font-weight:400;float:none;width:auto}
.piaskit-room dd{margin:0;font-weight:600;width:auto}
.piaskit-room .strip,.piaskit-room .inbox{list-style:none;margin:.2em 0;padding:0}
.piaskit-room .strip{display:grid;grid-template-columns:repeat(auto-fill,minmax(16em,1fr));
gap:.5em}
.piaskit-room .strip li{border:1px solid #8888;border-left-width:6px;border-radius:.3em;
padding:.4em .6em;display:flex;flex-direction:column}
.piaskit-room .strip :is(.late,.missed){border-left-color:#a51d2d}
.piaskit-room .strip :is(.since,.left){border-left-color:#c64600}
.piaskit-room .strip :is(.met,.told){border-left-color:#26734d}
.piaskit-room .strip progress{width:100%;height:.6em}
.piaskit-room .law{font-size:12px;opacity:.85}
.piaskit-room .inbox{max-height:26em;overflow:auto}
.piaskit-room .inbox li{border-top:1px solid #8885;padding:.3em 0}
.piaskit-room mark{background:#1a5fb4;color:#fff;border-radius:.3em;padding:0 .4em}
.piaskit-room .problem{border:2px solid #a51d2d;border-radius:.3em;padding:.4em .7em;
font-weight:600;white-space:pre-wrap}
.piaskit-room .now{font-weight:600}
"""
