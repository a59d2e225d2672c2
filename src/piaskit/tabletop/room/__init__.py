"""The room: a live exercise for facilitator and team, as a view over its log."""

from piaskit.tabletop.room.room import Room, open_room

__all__ = ["Room", "open_room"]
