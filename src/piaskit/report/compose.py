"""From a case and its results to a report: one entry for both editions and languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from piaskit.report.compose_export import compose_export
from piaskit.report.compose_internal import compose_internal
from piaskit.report.compose_public import compose_public
from piaskit.report.document import Document, Edition, Lang
from piaskit.report.editions import project_public
from piaskit.report.results import read_results
from piaskit.report.rows import Rows
from piaskit.report.voice import Voice

if TYPE_CHECKING:
    from piaskit.case import Case


Layout: TypeAlias = Literal["standard", "export"]


def compose_report(
    case: Case,
    results: Mapping[str, Mapping[str, Any]],
    edition: Edition,
    lang: Lang,
    layout: Layout = "standard",
) -> Document:
    """Return one edition of the report in one language.

    The layout ``standard`` has the contents of GB/T 39335-2020, 5.7 and 5.9; ``export`` those of
    the report on exports under the PIPL, an internal edition only.

    ``results`` are the answers of the verbs by name: ``ledger``, ``screen`` and ``assess``, and if
    there are, ``exercise`` and ``previous``: the answer of ``assess`` of the last edition. Raises
    KeyError when one of the three is absent, MissingLabel when a word is, ValueError for an unknown
    edition or layout.
    """
    if layout not in ("standard", "export"):
        raise ValueError(f"layout must be standard or export, not {layout!r}")
    if layout == "export" and edition != "internal":
        raise ValueError("the export report has an internal edition only")
    if edition == "public":
        return compose_public(project_public(case, results, lang), case.knowledge.labels)
    if edition != "internal":
        raise ValueError(f"edition must be internal or public, not {edition!r}")
    rows = Rows(case, Voice(case.knowledge.labels, lang, "internal"))
    found = read_results(results, case.say(case.id, "title", lang))
    return compose_export(rows, found) if layout == "export" else compose_internal(rows, found)
