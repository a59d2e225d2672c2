"""Advice to the persons concerned: what each kind of information means in wrong hands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from piaskit.knowledge.records import Header, Id, Record, Text


class Advice(Record):
    """What somebody may do with a kind of information, and what the person can do about it.

    ``about`` are ids of categories or families of them (``finance`` holds ``finance.order``);
    ``covers`` names advice that this one makes needless.
    """

    id: Id
    about: tuple[Id, ...]
    title: Text
    word: Text
    covers: tuple[Id, ...] = ()
    means: Text
    steps: tuple[Text, ...]
    child: Text
    brief: Text


class AdvicePack(Header):
    """A file of ``advice/``."""

    advice: dict[Id, Advice]


def find_advice(advice: Mapping[str, Advice], categories: Iterable[str]) -> list[Advice]:
    """Return the advice for some categories, each once, the most urgent first as the packs stand.

    The longest id or family under ``about`` that holds a category decides; a category that none
    holds gets no advice.

    >>> from piaskit.knowledge import load_knowledge
    >>> found = find_advice(load_knowledge().advice, ["finance.order", "finance.credit"])
    >>> [entry.id for entry in found]
    ['wealth', 'order']
    """
    nearest = {about: id for id, entry in advice.items() for about in entry.about}
    wanted: set[str | None] = set()
    for category in categories:
        name = category
        while name and name not in nearest:
            name = name.rpartition(".")[0]
        wanted.add(nearest.get(name))
    covered = {id for name in wanted if name for id in advice[name].covers}
    return [entry for id, entry in advice.items() if id in wanted - covered]
