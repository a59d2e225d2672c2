"""What the team sees: the situation as the facts stand, the inbox, the log."""

from __future__ import annotations

from markupsafe import Markup

from piaskit.display import Grid
from piaskit.tabletop.exercise import read_known
from piaskit.tabletop.review import tell_timeline, write_minute
from piaskit.tabletop.room.session import Session
from piaskit.tabletop.room.words import Words

_BREACHES = ("confidentiality", "integrity", "availability")


def draw_situation(session: Session, words: Words) -> Markup:
    """Draw what is known so far; what is hidden stays hidden, the scenario's summary as well."""
    known = session.state.known
    stated = session.last_stated
    facts = {
        "persons": words.write_range(read_known(known)),
        "minors": words.write_count(known, "minors"),
        "children": words.write_count(known, "children"),
        "stated": words.write_range(stated) if stated else words.say("unstated"),
        "kinds": words.name_kinds(known.get("categories", ())) or words.say("unknown"),
        "breach": _tell_breach(session, words),
        "helpers": _name_helpers(session, words),
    }
    rows = Markup("").join(
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(words.say(name), text)
        for name, text in facts.items()
    )
    return Markup("<dl>{}</dl>").format(rows)


def _tell_breach(session: Session, words: Words) -> str:
    told = []
    for name in _BREACHES:
        state = session.state.known.get(name, {}).get("state")
        if state in ("possible", "confirmed"):
            told.append(words.label(f"incident.breach.{name}.{state}"))
    return ("" if words.lang == "zh" else " ").join(told) or words.say("unknown")


def _name_helpers(session: Session, words: Words) -> str:
    controls = words.knowledge.controls
    names = [controls[id].title[words.lang] for id in session.game.helpers]
    return ("、" if words.lang == "zh" else ", ").join(names) or words.say("none")


def draw_inbox(session: Session, words: Words, seen: int) -> Markup:
    """Draw what arrived, the latest first; lines after ``seen`` are marked as new."""
    scenario, lang = session.game.scenario, words.lang
    items = []
    for entry in reversed(session.log):
        if entry["kind"] != "inject":
            continue
        inject = scenario.injects[entry["ids"][0]]
        channel = words.say(f"channel.{inject.channel}")
        mark = Markup("")
        if entry["n"] > seen:
            mark = Markup("<mark>{}</mark> ").format(words.say("new"))
        items.append(
            Markup("<li>{}<b>{}</b> <span>{}</span><p>{}</p></li>").format(
                mark,
                write_minute(entry["at_min"]),
                words.say("to", channel=channel, role=scenario.roles[inject.to][lang]),
                inject.text[lang],
            )
        )
    return Markup('<ul class="inbox" role="log">{}</ul>').format(Markup("").join(items))


def draw_log(session: Session, words: Words) -> str:
    """Draw the log in words, folded."""
    key = "text_zh" if words.lang == "zh" else "text"
    lines = tell_timeline(session.game, session.log)
    rows = [(str(e["n"]), write_minute(e["at_min"]), e[key]) for e in lines]
    heads = ("#", words.say("at"), words.say("event"))
    grid = Grid(words.say("log"), heads, rows, words.lang, folded=True)
    return grid._repr_html_()
