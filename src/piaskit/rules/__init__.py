"""Rules: what the facts of a case show, asked in SQL that can do nothing but ask."""

from piaskit.rules.engine import (
    SECONDS,
    Question,
    decides_by_row,
    put_question,
    put_rules,
    run_rules,
)
from piaskit.rules.examples import check_rules, make_blank_case
from piaskit.rules.facts import VIEWS, Facts, open_facts
from piaskit.rules.findings import Finding, write_findings
from piaskit.rules.hits import Found, Hit, Hits
from piaskit.rules.touched import Touched

__all__ = [
    "SECONDS",
    "VIEWS",
    "Facts",
    "Finding",
    "Found",
    "Hit",
    "Hits",
    "Question",
    "Touched",
    "check_rules",
    "decides_by_row",
    "make_blank_case",
    "open_facts",
    "put_question",
    "put_rules",
    "run_rules",
    "write_findings",
]
