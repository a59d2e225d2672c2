"""Guidance for users: what not to send, who sees it, what is public, whose data it may be."""

from __future__ import annotations

from piaskit.knowledge.records import Header, Id, Record, Text


class Guidance(Record):
    """What a user should know of one kind of information before sharing it.

    ``send``: what not to send through which channel; ``seen``: what a counterparty will see;
    ``open``: what it means to publish it; ``others``: whose data one may be sharing.
    """

    send: Text
    seen: Text
    open: Text
    others: Text


class GuidancePack(Header):
    """A file of ``guidance/``: entries by the id of the advice they stand beside.

    ``reported`` tells in order what happens when a user reports a leak.
    """

    guidance: dict[Id, Guidance]
    reported: tuple[Text, ...]
