"""The clock strip: who must be told, since when, until when, what is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from piaskit.tabletop.review import write_minute
from piaskit.tabletop.room.session import Session
from piaskit.tabletop.room.words import Words
from piaskit.tabletop.scenario import find_duty


@dataclass(frozen=True, slots=True)
class Dial:
    """One duty on the strip: its state, and minutes of the exercise.

    ``left_min`` is None without a number of the law, and for what is told.
    """

    id: str
    recipient: str
    state: str
    since_min: int
    deadline_min: int | None
    made_min: int | None
    left_min: int | None


def list_dials(session: Session) -> Iterator[Dial]:
    """Yield every duty that is due, or for a person to judge, as the exercise stands."""
    state = session.state
    since: dict[str, int] = {}
    for entry in session.log:
        if entry["kind"] == "clock" and entry["values"]["state"] in ("required", "judge"):
            since.setdefault(entry["ids"][0], entry["at_min"])
    for id, clock in state.clocks.items():
        if clock.decision == "not-required":
            continue
        made = state.made[id][0] if id in state.made else None
        deadline, left = clock.deadline_min, None
        if clock.decision == "judge":
            word = "judge"
        elif made is not None:
            word = "told" if deadline is None else "met" if made <= deadline else "late"
        elif deadline is None:
            word = "since"
        else:
            left = deadline - state.at_min
            word = "left" if left >= 0 and id not in state.missed else "missed"
        yield Dial(id, clock.recipient, word, since.get(id, 0), deadline, made, left)


def draw_clocks(session: Session, words: Words) -> Markup:
    """Draw the strip; a state is a sign and words, never a colour alone."""
    dials = list(list_dials(session))
    if not dials:
        return Markup("<p>{}</p>").format(words.say("clock.none"))
    due = sorted((dial for dial in dials if dial.state != "judge"), key=_rank)
    tiles = Markup("").join(_draw_dial(dial, words) for dial in due)
    strip = Markup('<ul class="strip">{}</ul>').format(tiles)
    return strip + _draw_judge([dial for dial in dials if dial.state == "judge"], words)


def _rank(dial: Dial) -> tuple[int, int]:
    """Put what presses first: late, running by hours left, at once, then what is done."""
    order = ("missed", "left", "since", "late", "met", "told")
    return order.index(dial.state), dial.left_min or 0


def _draw_judge(dials: list[Dial], words: Words) -> Markup:
    """Name in one line the duties that more facts would decide."""
    if not dials:
        return Markup("")
    lang, zh, names = words.lang, words.lang == "zh", []
    for dial in dials:
        duty = find_duty(words.knowledge, dial.id)
        clause = words.knowledge.cite(duty.clause, lang)
        names.append(f"{duty.title[lang]}（{clause}）" if zh else f"{duty.title[lang]} ({clause})")
    joined = ("；" if zh else "; ").join(names)
    return Markup('<p class="law"><b>{} {}</b> {}</p>').format(
        _SIGNS["judge"], words.say("clock.judge"), joined
    )


_SIGNS = {"left": "◷", "since": "!", "met": "✓", "told": "✓", "late": "✗", "missed": "✗",
          "judge": "?"}  # fmt: skip


def _draw_dial(dial: Dial, words: Words) -> Markup:
    duty, lang = find_duty(words.knowledge, dial.id), words.lang
    times = {
        "time": dial.since_min if dial.state == "since" else dial.deadline_min,
        "left": dial.left_min,
        "made": dial.made_min,
    }
    told = {name: write_minute(max(0, m)) for name, m in times.items() if m is not None}
    standing = words.say(f"clock.{dial.state}", **told)
    meter = Markup("")
    if dial.left_min is not None and dial.deadline_min and dial.state == "left":
        whole = max(1, dial.deadline_min - dial.since_min)
        meter = Markup('<progress max="{}" value="{}" aria-label="{}"></progress>').format(
            whole, min(whole, dial.left_min), standing
        )
    return Markup(
        '<li class="{}"><b>{} {}</b>{}<span>{}</span><span class="law">{} · {} · {}</span></li>'
    ).format(
        dial.state,
        _SIGNS[dial.state],
        standing,
        meter,
        duty.title[lang],
        words.label(f"incident.recipient.{dial.recipient}"),
        duty.wording[lang],
        words.knowledge.cite(duty.clause, lang),
    )
