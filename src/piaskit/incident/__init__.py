"""An incident: how bad it is, who must be told, by when, and of what."""

from piaskit.incident.drafts import Notices, draft_notices
from piaskit.incident.duties import Decision, decide_incident
from piaskit.incident.facts import Facts, build_facts, read_facts
from piaskit.incident.history import record_notice
from piaskit.incident.intake import Intake, take_report
from piaskit.incident.letters import write_notices
from piaskit.incident.reach import ReachPlan, plan_reach
from piaskit.incident.register import (
    Register,
    list_breaches,
    write_breaches,
    write_veris_records,
)
from piaskit.incident.rehearsal import Rehearsal, rehearse_response
from piaskit.incident.veris import read_veris, write_veris
from piaskit.incident.watch import Watch, read_history, watch_incident

__all__ = [
    "Decision",
    "Facts",
    "Intake",
    "Notices",
    "ReachPlan",
    "Register",
    "Rehearsal",
    "Watch",
    "build_facts",
    "decide_incident",
    "draft_notices",
    "list_breaches",
    "plan_reach",
    "read_facts",
    "read_history",
    "read_veris",
    "record_notice",
    "rehearse_response",
    "take_report",
    "watch_incident",
    "write_breaches",
    "write_notices",
    "write_veris",
    "write_veris_records",
]
