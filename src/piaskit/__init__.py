"""Privacy impact assessment on one model: inventory, risk, report.

Every verb of the command line is a function here, loaded when it is first used.

>>> import piaskit
>>> "read_case" in dir(piaskit)
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from piaskit.accounts import review_accounts as review_accounts
    from piaskit.case import check_case as check_case
    from piaskit.case import new_case as new_case
    from piaskit.case import read_case as read_case
    from piaskit.comparison import compare_cases as compare_cases
    from piaskit.discovery import discover_data as discover_data
    from piaskit.importers import import_register as import_register
    from piaskit.importers.export import export_register as export_register
    from piaskit.incident import decide_incident as decide_incident
    from piaskit.incident import draft_notices as draft_notices
    from piaskit.incident import list_breaches as list_breaches
    from piaskit.incident import plan_reach as plan_reach
    from piaskit.incident import read_facts as read_facts
    from piaskit.incident import read_history as read_history
    from piaskit.incident import read_veris as read_veris
    from piaskit.incident import record_notice as record_notice
    from piaskit.incident import take_report as take_report
    from piaskit.incident import watch_incident as watch_incident
    from piaskit.incident import write_breaches as write_breaches
    from piaskit.incident import write_notices as write_notices
    from piaskit.incident import write_veris_records as write_veris_records
    from piaskit.knowledge import load_knowledge as load_knowledge
    from piaskit.knowledge.listing import check_packs as check_packs
    from piaskit.knowledge.listing import list_packs as list_packs
    from piaskit.knowledge.listing import show_pack as show_pack
    from piaskit.ledger import build_ledger as build_ledger
    from piaskit.loss import quantify_losses as quantify_losses
    from piaskit.publication.archive import prune_editions as prune_editions
    from piaskit.publication.site import announce_notice as announce_notice
    from piaskit.publication.site import publish_edition as publish_edition
    from piaskit.publication.site import withdraw_edition as withdraw_edition
    from piaskit.publication.verify import verify_edition as verify_edition
    from piaskit.report.after_action import write_after_action as write_after_action
    from piaskit.report.compose import compose_report as compose_report
    from piaskit.risk import assess_risks as assess_risks
    from piaskit.risk.whatif import what_if as what_if
    from piaskit.runs.log import list_runs as list_runs
    from piaskit.runs.log import show_run as show_run
    from piaskit.runs.portfolio import run_portfolio as run_portfolio
    from piaskit.runs.report import write_report as write_report
    from piaskit.runs.schedule import schedule_report as schedule_report
    from piaskit.safeguards.probe import probe_hosts as probe_hosts
    from piaskit.safeguards.review import review_safeguards as review_safeguards
    from piaskit.screening import screen_case as screen_case
    from piaskit.tabletop import draft_scenario as draft_scenario
    from piaskit.tabletop import export_scenario as export_scenario
    from piaskit.tabletop import import_scenario as import_scenario
    from piaskit.tabletop import replay_exercise as replay_exercise
    from piaskit.tabletop import run_exercise as run_exercise
    from piaskit.tabletop import save_exercise as save_exercise

__version__ = "0.1.0"

_ROOMS = {
    "announce_notice": "publication.site",
    "assess_risks": "risk",
    "build_ledger": "ledger",
    "check_case": "case",
    "check_packs": "knowledge.listing",
    "compare_cases": "comparison",
    "compose_report": "report.compose",
    "decide_incident": "incident",
    "discover_data": "discovery",
    "draft_notices": "incident",
    "draft_scenario": "tabletop",
    "export_register": "importers.export",
    "export_scenario": "tabletop",
    "import_scenario": "tabletop",
    "import_register": "importers",
    "list_breaches": "incident",
    "list_packs": "knowledge.listing",
    "load_knowledge": "knowledge",
    "new_case": "case",
    "plan_reach": "incident",
    "probe_hosts": "safeguards.probe",
    "prune_editions": "publication.archive",
    "publish_edition": "publication.site",
    "quantify_losses": "loss",
    "read_case": "case",
    "read_facts": "incident",
    "read_history": "incident",
    "read_veris": "incident",
    "record_notice": "incident",
    "replay_exercise": "tabletop",
    "review_safeguards": "safeguards.review",
    "run_exercise": "tabletop",
    "review_accounts": "accounts",
    "list_runs": "runs.log",
    "run_portfolio": "runs.portfolio",
    "schedule_report": "runs.schedule",
    "show_run": "runs.log",
    "save_exercise": "tabletop",
    "screen_case": "screening",
    "show_pack": "knowledge.listing",
    "take_report": "incident",
    "verify_edition": "publication.verify",
    "watch_incident": "incident",
    "what_if": "risk.whatif",
    "withdraw_edition": "publication.site",
    "write_after_action": "report.after_action",
    "write_breaches": "incident",
    "write_notices": "incident",
    "write_report": "runs.report",
    "write_veris_records": "incident",
}

__all__ = ["__version__", *_ROOMS]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
