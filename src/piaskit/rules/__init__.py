"""Rules: what the facts of a case show, asked in SQL that can do nothing but ask."""

from piaskit.rules.engine import Hit, put_rules, run_rules
from piaskit.rules.examples import check_rules
from piaskit.rules.facts import VIEWS, open_facts

__all__ = ["VIEWS", "Hit", "check_rules", "open_facts", "put_rules", "run_rules"]
