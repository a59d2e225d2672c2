"""A tabletop exercise: a scenario is played, by a file of decisions or a policy, and reviewed."""

from piaskit.tabletop.draft import Draft, draft_scenario
from piaskit.tabletop.icebergttx import export_scenario
from piaskit.tabletop.icebergttx_reading import ScenarioDraft, import_scenario
from piaskit.tabletop.lint import check_scenarios
from piaskit.tabletop.program import Program, rehearse_case
from piaskit.tabletop.run import Exercise, Simulation, replay_exercise, run_exercise
from piaskit.tabletop.save import save_exercise

__all__ = [
    "Draft",
    "Exercise",
    "Program",
    "ScenarioDraft",
    "Simulation",
    "check_scenarios",
    "draft_scenario",
    "export_scenario",
    "import_scenario",
    "rehearse_case",
    "replay_exercise",
    "run_exercise",
    "save_exercise",
]
