"""The tiles at the head of page one: the overall level and the grave risks, now and later."""

from __future__ import annotations

from collections.abc import Mapping

from piaskit.report.document import Card, Cards, Level, Link
from piaskit.report.voice import GRAVE, Voice


def show_tiles(
    voice: Voice,
    overall: Mapping[str, str | None],
    counts: Mapping[str, Mapping[str, int]],
    anchor: str = "",
) -> Cards:
    """Return the overall level and the numbers of severe and high risks, by state.

    ``overall`` and ``counts`` are those of the states current and planned, and where there is an
    earlier edition those of its day as ``previous``. Numbers lead to ``anchor``, if any.
    """
    now = voice.level(overall["current"])
    cards = [
        Card(
            voice.say("tiles.overall"),
            now.label if isinstance(now, Level) else str(now),
            _tell_others(voice, {s: voice.name("level", level) for s, level in overall.items()}),
            now if isinstance(now, Level) else None,
        )
    ]
    for level in GRAVE:
        numbers = {state: f"{by_level.get(level, 0):,}" for state, by_level in counts.items()}
        cards.append(
            Card(
                voice.say(f"tiles.{level}"),
                (Link(numbers["current"], anchor),) if anchor else numbers["current"],
                _tell_others(voice, numbers),
                Level(level, voice.say(f"level.{level}")),
            )
        )
    return Cards(tuple(cards), voice.visibility)


def _tell_others(voice: Voice, states: Mapping[str, str]) -> str:
    """Say what stands beside now: after treatment, and in the last edition."""
    later = voice.say(f"tiles.later.{voice.visibility}", planned=states["planned"])
    if "previous" not in states:
        return later
    return f"{later} · {voice.say('tiles.earlier', previous=states['previous'])}"
