"""The kinds of pack, and what a file of each holds."""

from __future__ import annotations

from piaskit.knowledge.advice import AdvicePack
from piaskit.knowledge.calibration import Calibration
from piaskit.knowledge.duty import DutyPack
from piaskit.knowledge.guidance import GuidancePack
from piaskit.knowledge.intake import IntakePack
from piaskit.knowledge.maturity import MaturityModel
from piaskit.knowledge.method import Method
from piaskit.knowledge.naming import NamePack
from piaskit.knowledge.notice import NoticePack
from piaskit.knowledge.pattern import PatternPack
from piaskit.knowledge.records import (
    Category,
    ColumnNote,
    Control,
    Header,
    Id,
    Label,
    Period,
    Regulation,
    Rule,
)
from piaskit.knowledge.scenario import Scenario
from piaskit.knowledge.screening import ScreeningPack
from piaskit.knowledge.severity import SeverityPack
from piaskit.knowledge.template import Template


class CategoryPack(Header):
    """A file of ``categories/``."""

    categories: dict[Id, Category]


class RulePack(Header):
    """A file of ``rules/``."""

    rules: dict[Id, Rule]


class ControlPack(Header):
    """A file of ``safeguards/``."""

    controls: dict[Id, Control]


class ColumnPack(Header):
    """A file of ``columns/``; its ids are ``<table>.<column>``."""

    columns: dict[Id, ColumnNote]


class PeriodPack(Header):
    """A file of ``periods/``."""

    periods: dict[Id, Period]


class LabelPack(Header):
    """A file of ``labels/``."""

    labels: dict[Id, Label]


KINDS: dict[str, tuple[type[Header], str | None]] = {
    "labels": (LabelPack, "labels"),
    "regulations": (Regulation, None),
    "categories": (CategoryPack, "categories"),
    "columns": (ColumnPack, "columns"),
    "names": (NamePack, None),
    "patterns": (PatternPack, None),
    "methods": (Method, None),
    "advice": (AdvicePack, "advice"),
    "guidance": (GuidancePack, None),
    "safeguards": (ControlPack, "controls"),
    "maturity": (MaturityModel, None),
    "periods": (PeriodPack, "periods"),
    "rules": (RulePack, "rules"),
    "calibration": (Calibration, None),
    "screenings": (ScreeningPack, None),
    "severities": (SeverityPack, None),
    "duties": (DutyPack, None),
    "notices": (NoticePack, None),
    "intake": (IntakePack, None),
    "scenarios": (Scenario, None),
    "templates": (Template, None),
}
"""Each kind of pack: the record of its file, and the key of its entries (None: file is entry)."""
