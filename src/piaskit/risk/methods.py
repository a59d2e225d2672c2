"""Several methods side by side: what each says of every activity, whom it is for, its own sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from piaskit.risk.disagreements import Disagreements
from piaskit.risk.explain import Explainer
from piaskit.risk.reading import Reading
from piaskit.risk.scales import Positions
from piaskit.risk.scope import Scope
from piaskit.risk.sheets import write_sheet

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.screening import Verdict


def compare_methods(
    case: Case,
    writer: Explainer,
    readings: Sequence[Reading],
    scopes: Sequence[Scope],
    verdicts: Sequence[Verdict],
    chosen: Positions,
) -> dict[str, Any]:
    """Return what an answer of several methods, or of one that reads another, has on top.

    ``scopes`` (methods for some organisations only), ``by_method`` (levels of every activity),
    ``sheets`` (what a method asks to be filled in) and ``disagreements``; nothing for one method
    that reads no other. ``verdicts`` are those of the screening, where a method asks for them.
    """
    answer: dict[str, Any] = {}
    limited = [scope for scope in scopes if scope.said]
    if limited:
        answer["scopes"] = {scope.method.id: scope.to_dict() for scope in limited}
    if len(scopes) == 1 and scopes[0].method.reads is None:
        return answer
    ids = case.frames["activities"]["id"].tolist()
    answer["by_method"] = [
        {
            "activity": ids[at],
            "levels": {r.method.id: r.list_states(r.activities, at) for r in readings},
        }
        for at in chosen.tolist()
    ]
    writers = tuple(
        writer
        if reading.rating is writer.rating
        else Explainer(case, reading.form, writer.hits, reading.rating)
        for reading in readings
    )
    sheets = {
        reading.method.id: write_sheet(reading, told, verdicts, chosen)
        for reading, told in zip(readings, writers, strict=True)
    }
    answer["sheets"] = {name: rows for name, rows in sheets.items() if rows is not None}
    lang = next((name for name in case.languages if name in ("en", "zh")), "en")
    answer["disagreements"] = Disagreements(
        tuple(readings), writers, writer.hits, tuple(chosen.tolist()), lang
    )
    return answer
