"""An incident: how bad it is, who must be told, by when, and of what."""

from piaskit.incident.drafts import Notices, draft_notices
from piaskit.incident.duties import Decision, decide_incident
from piaskit.incident.facts import Facts, build_facts, read_facts
from piaskit.incident.history import record_notice
from piaskit.incident.letters import write_notices
from piaskit.incident.reach import ReachPlan, plan_reach
from piaskit.incident.watch import Watch, read_history, watch_incident

__all__ = [
    "Decision",
    "Facts",
    "Notices",
    "ReachPlan",
    "Watch",
    "build_facts",
    "decide_incident",
    "draft_notices",
    "plan_reach",
    "read_facts",
    "read_history",
    "record_notice",
    "watch_incident",
    "write_notices",
]
