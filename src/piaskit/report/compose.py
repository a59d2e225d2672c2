"""From a case and its results to a report: one entry for both editions and languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from piaskit.report.arrange import arrange_document
from piaskit.report.compose_export import compose_export
from piaskit.report.compose_internal import compose_internal, compose_risks
from piaskit.report.compose_public import compose_public
from piaskit.report.document import Document, Edition, Excerpt, Lang
from piaskit.report.editions import project_public
from piaskit.report.results import Results, read_results
from piaskit.report.rows import Rows
from piaskit.report.voice import Voice

if TYPE_CHECKING:
    from piaskit.case import Case


BUILT_IN = ("standard", "export")


def compose_report(
    case: Case,
    results: Mapping[str, Mapping[str, Any]],
    edition: Edition,
    lang: Lang,
    layout: str = "standard",
) -> Document:
    """Return one edition of the report in one language.

    The layout ``standard`` has the contents of GB/T 39335-2020, 5.7 and 5.9; ``export`` those of
    the report on exports under the PIPL, an internal edition only. Any other name is that of a
    template (a pack of kind ``templates``), which arranges the standard contents.

    ``results`` are the answers of the verbs by name: ``ledger``, ``screen`` and ``assess``, and if
    there are, ``accounts`` (else it is asked here), ``safeguards``, ``quantify``, ``exercise`` and
    ``previous``: the answer of ``assess`` of the last edition. Raises
    KeyError when one of the three is absent, MissingLabel when a word is, ValueError for an unknown
    edition or layout.
    """
    template = case.knowledge.templates.get(layout)
    if layout not in BUILT_IN and template is None:
        raise ValueError(f"layout must be standard, export or a template, not {layout!r}")
    if layout == "export" and edition != "internal":
        raise ValueError("the export report has an internal edition only")
    if template is not None and edition not in template.editions:
        raise ValueError(f"the template {layout} has no {edition} edition")
    if edition == "public":
        document = compose_public(project_public(case, results, lang), case.knowledge.labels)
        return arrange_document(document, template) if template else document
    if edition != "internal":
        raise ValueError(f"edition must be internal or public, not {edition!r}")
    rows, found = _open_results(case, results, lang)
    if layout == "export":
        return compose_export(rows, found)
    document = compose_internal(rows, found)
    return arrange_document(document, template) if template else document


def excerpt_risks(case: Case, results: Mapping[str, Mapping[str, Any]], lang: Lang) -> Excerpt:
    """Return the sections of the internal report that say what an assessment found, and C.1, C.2.

    ``results`` are those of ``compose_report``.
    """
    return compose_risks(*_open_results(case, results, lang))


def _open_results(
    case: Case, results: Mapping[str, Mapping[str, Any]], lang: Lang
) -> tuple[Rows, Results]:
    found = read_results(results, case.say(case.id, "title", lang))
    voice = Voice(case.knowledge.labels, lang, "internal")
    return Rows(case, voice, judged=found.judged), found
