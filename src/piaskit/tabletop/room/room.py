"""Open the room for one exercise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from piaskit.display import frame_display
from piaskit.tabletop.program import list_fitting
from piaskit.tabletop.room.presence import is_attended
from piaskit.tabletop.room.session import Session
from piaskit.tabletop.room.words import Words

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.tabletop.room.page import Page, Report
    from piaskit.tabletop.run import Exercise


class Room:
    """A live exercise on its log. In JupyterLab it shows its controls, elsewhere where it stands.

    ``page`` is None where nobody is at the keyboard: no widget is made there.
    """

    def __init__(self, session: Session, words: Words, page: Page | None) -> None:
        self.session, self.words, self.page = session, words, page

    @property
    def exercise(self) -> Exercise:
        """The finished exercise; raises InvalidData before the end."""
        return self.session.exercise

    def __repr__(self) -> str:
        title = self.session.game.scenario.title[self.words.lang]
        name = self.words.say("name", scenario=title)
        return f"{name}\n{self.words.say('nobody', n=len(self.session.log))}"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if self.page is not None:
            return self.page.box._repr_mimebundle_(**kwargs)
        title, told = repr(self).split("\n", 1)
        body = Markup("<p><strong>{}</strong></p><p>{}</p>").format(title, told)
        return {"text/plain": repr(self), "text/html": frame_display(self.words.lang, body)}


def open_room(
    scenario: str,
    case: Case,
    *,
    log: Path | str | None = None,
    lang: str = "",
    seed: int = 1,
    report: Report | None = None,
    attended: bool | None = None,
    now: Callable[[], datetime] = datetime.now,
) -> Room:
    """Open the room of a live exercise for facilitator and team.

    A blank ``scenario`` stands for the one that comes closest to the case.
    Everything is a view over ``log`` (by default ``exercises/open/<day>-<scenario>.jsonl`` of the
    case): opened again, after a restart of the kernel or by somebody else, the room stands where
    it stood. ``lang`` is zh or en, by default the first of the case; ``seed`` fixes the dice.
    ``report`` is called with the finished exercise and who attended to write its report.
    ``attended`` says whether somebody is at the keyboard; None finds out. ``now`` is the real
    time, which is only shown.

    Raises InvalidData for an unknown scenario and for a log that is none, is of another scenario
    or would read otherwise with the packs of today.
    """
    scenario = scenario or next(iter(list_fitting(case, 1)), "")
    day = case.as_of.isoformat()
    path = Path(log) if log else case.root / "exercises" / "open" / f"{day}-{scenario}.jsonl"
    session = Session(scenario, case, path)
    words = Words(case.knowledge, lang or (case.languages[0] if case.languages else "zh"))
    page = None
    if is_attended() if attended is None else attended:
        from piaskit.tabletop.room.page import Page

        page = Page(session, words, seed, report, now)
    return Room(session, words, page)
