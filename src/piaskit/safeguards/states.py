"""What the evidence of a safeguard shows: verified, claimed, stale, missing or failed."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

if TYPE_CHECKING:
    from piaskit.case import Case

STATES = ("verified", "claimed", "stale", "missing", "failed")
UNITS = {"day": "days", "month": "months", "year": "years"}
DATES = ("evidence_on", "tested_on")


def review_safeguards(case: Case) -> pd.DataFrame:
    """Say of every safeguard whether its evidence holds at the case's ``as_of``.

    The first that applies, in this order:

    - ``failed``: the evidence file has another SHA-256 than stated;
    - ``missing``: the cited evidence file is absent below ``evidence/``;
    - ``claimed``: the safeguard is planned, retired or of no stated status;
    - ``stale``: expired before ``as_of``, or its evidence or its test is older than the period of
      the control (where the knowledge packs say how often it is to be repeated, with a number);
    - ``claimed``: only partly in place, no evidence cited, or evidence dated after ``as_of``;
    - ``verified``: in place, with evidence that exists, matches and is current.

    Returns one row per safeguard in the order of the table:
    ``[id, state, because, because_zh]``, all text.
    """
    rows = case.frames["safeguards"].to_dict("records")
    found = [(row["id"], *_judge(case, row)) for row in rows]
    labels = case.knowledge.labels
    return pd.DataFrame(
        {
            "id": [name for name, _, _, _ in found],
            "state": [state for _, state, _, _ in found],
            "because": [labels(f"safeguards.{why}", "en", **say) for _, _, why, say in found],
            "because_zh": [labels(f"safeguards.{why}", "zh", **say) for _, _, why, say in found],
        },
        dtype="str",
    )


def select_working(
    case: Case, reviewed: pd.DataFrame, state: Literal["inherent", "current", "planned"]
) -> pd.DataFrame:
    """Select the safeguards that count in a state of risk, as rows of the safeguards table.

    ``inherent`` counts none, ``current`` those verified, ``planned`` also those that are claimed
    and not retired: planned, partly in place, or in place with the evidence still to come.
    """
    safeguards = case.frames["safeguards"]
    verdict = safeguards["id"].map(reviewed.set_index("id")["state"])
    counted = {
        "inherent": verdict.isin([]),
        "current": verdict.eq("verified"),
        "planned": verdict.eq("verified")
        | (verdict.eq("claimed") & safeguards["status"].isin(["planned", "partly", "in-place"])),
    }[state]
    chosen: pd.DataFrame = safeguards[counted.to_numpy(dtype=bool)]
    return chosen


def _judge(case: Case, row: dict[Any, Any]) -> tuple[str, str, dict[str, str]]:
    """Return the state, the label that says why, and what the label wants to know."""
    as_of = case.as_of
    cited = not pd.isna(row["evidence"])
    if cited:
        file = find_evidence(case.root, row["evidence"])
        if file is None:
            return "missing", "evidence-absent", {"file": row["evidence"]}
        stated = row["evidence_sha256"]
        if not pd.isna(stated) and _digest(file) != str(stated).strip().lower():
            return "failed", "evidence-changed", {"file": row["evidence"]}
    status = row["status"]
    if pd.isna(status) or status in ("planned", "retired"):
        return "claimed", f"status-{'blank' if pd.isna(status) else status}", {}
    if _is_before(row["expires_on"], as_of):
        return "stale", "expired", {"date": _show(row["expires_on"])}
    oldest = min((_day(row[name]) for name in DATES if not pd.isna(row[name])), default=None)
    period = _read_period(case, row["control"])
    if period and oldest and oldest < _go_back(as_of, *period):
        value, unit = period
        say = {"date": _show(oldest), "as_of": _show(as_of), "n": str(value)}
        basis = case.knowledge.controls[row["control"]].period
        usual = basis is not None and basis.kind == "good-practice"
        return "stale", f"{'too-old-by-practice' if usual else 'too-old'}.{unit}", say
    if status == "partly":
        return "claimed", "status-partly", {}
    if not cited:
        return "claimed", "no-evidence", {}
    if not pd.isna(row["evidence_on"]) and _day(row["evidence_on"]) > as_of:
        return "claimed", "evidence-later", {"date": _show(row["evidence_on"])}
    if period and oldest is None:
        return "verified", "undated", {"file": row["evidence"]}
    return "verified", "shown", {"file": row["evidence"]}


def find_evidence(root: Path, cited: str) -> Path | None:
    """Find an evidence file below ``evidence/`` of a case folder; None when it is not there.

    A link or a path that leads out of the folder counts as absent.
    """
    folder = (root / "evidence").resolve()
    try:
        file = (folder / cited.strip().removeprefix("evidence/")).resolve()
        return file if file.is_relative_to(folder) and file.is_file() else None
    except (OSError, ValueError):
        return None


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_period(case: Case, control: Any) -> tuple[int, str] | None:
    """Return how often the control is to be repeated, where a number of days or more is known."""
    record = None if pd.isna(control) else case.knowledge.controls.get(control)
    period = record.period if record else None
    if period is None or period.use != "repeat" or period.value is None:
        return None
    return (period.value, period.unit) if period.unit in UNITS else None


def _go_back(as_of: date, value: int, unit: str) -> date:
    """Count a period back from a date.

    >>> _go_back(date(2026, 11, 23), 6, "month")
    datetime.date(2026, 5, 23)
    """
    offset: Any = pd.DateOffset(**{UNITS[unit]: value})  # type: ignore[arg-type]
    back: pd.Timestamp = pd.Timestamp(as_of) - offset
    return back.date()


def _day(value: Any) -> date:
    return pd.Timestamp(value).date()


def _show(value: Any) -> str:
    return _day(value).isoformat()


def _is_before(value: Any, as_of: date) -> bool:
    return not pd.isna(value) and _day(value) < as_of
