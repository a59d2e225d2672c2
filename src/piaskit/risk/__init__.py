"""Risk: likelihood, impact and level after a method, in three states, with every reason."""

from piaskit.risk.assess import assess_risks
from piaskit.risk.assessment import Assessment

__all__ = ["Assessment", "assess_risks"]
