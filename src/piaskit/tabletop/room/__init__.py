"""The room: a live exercise for facilitator and team, as a view over its log."""
