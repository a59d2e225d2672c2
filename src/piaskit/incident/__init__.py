"""An incident: how bad it is, who must be told, by when, and of what."""

from piaskit.incident.duties import Decision, decide_incident
from piaskit.incident.facts import Facts, build_facts, read_facts

__all__ = ["Decision", "Facts", "build_facts", "decide_incident", "read_facts"]
