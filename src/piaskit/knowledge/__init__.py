"""Knowledge packs: what the law, the scales and the words are, as data with a source."""

from piaskit.knowledge.duty import Duty, DutyPack
from piaskit.knowledge.load import Knowledge, load_knowledge
from piaskit.knowledge.method import Method
from piaskit.knowledge.records import (
    Category,
    ColumnNote,
    Control,
    Labels,
    MissingLabel,
    Pack,
    Regulation,
    Rule,
    Text,
)
from piaskit.knowledge.scenario import Scenario
from piaskit.knowledge.severity import SeverityPack

__all__ = [
    "Category",
    "ColumnNote",
    "Control",
    "Duty",
    "DutyPack",
    "Knowledge",
    "Labels",
    "Method",
    "MissingLabel",
    "Pack",
    "Regulation",
    "Rule",
    "Scenario",
    "SeverityPack",
    "Text",
    "load_knowledge",
]
