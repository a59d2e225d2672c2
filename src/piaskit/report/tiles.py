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

    ``overall`` and ``counts`` are those of the states current and planned. Numbers lead to
    ``anchor``, if any.
    """
    now = voice.level(overall["current"])
    cards = [
        Card(
            voice.say("tiles.overall"),
            now.label if isinstance(now, Level) else str(now),
            _tell_later(voice, voice.name("level", overall["planned"])),
            now if isinstance(now, Level) else None,
        )
    ]
    for level in GRAVE:
        number = f"{counts['current'].get(level, 0):,}"
        cards.append(
            Card(
                voice.say(f"tiles.{level}"),
                (Link(number, anchor),) if anchor else number,
                _tell_later(voice, counts["planned"].get(level, 0)),
                Level(level, voice.say(f"level.{level}")),
            )
        )
    return Cards(tuple(cards), voice.visibility)


def _tell_later(voice: Voice, planned: str | int) -> str:
    return voice.say(f"tiles.later.{voice.visibility}", planned=planned)
