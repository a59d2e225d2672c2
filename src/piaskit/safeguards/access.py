"""Access rights: who may do what with which categories, and what to take away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from piaskit.case.governance_tables import PERMISSIONS
from piaskit.safeguards.periods import reach_back

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge.records import Labels

ORDINARY, PRIVILEGED = "gp-access-user", "gp-access-priv"
"""Periods of the pack: how often rights are reviewed, and those to administer."""

REASONS = ("left", "no-need", "dormant", "unused")
"""Why a right is taken away; the first that applies is the reason."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What to take away of one row of access rights, and why."""

    row: str
    account: str
    system: str | None
    permissions: tuple[str, ...]
    reason: str
    labels: Labels

    def tell(self, lang: str) -> str:
        """Write the reason in one language."""
        return self.labels(f"access.reason.{self.reason}", lang)

    def to_dict(self) -> dict[str, Any]:
        """Return the proposal as JSON holds it."""
        return {
            "id": self.row,
            "account": self.account,
            "system": self.system,
            "permissions": list(self.permissions),
            "reason": self.reason,
            "because": self.tell("en"),
            "because_zh": self.tell("zh"),
        }


def propose_withdrawals(case: Case) -> tuple[Withdrawal, ...]:
    """Propose the least privilege (ours): what to take away of each row of ``access``, by its row.

    Everything, when the person left before ``as_of``, when neither the row nor another of its role
    at the system states a need, or when the right has not been used for as long as rights are
    reviewed (periods ``gp-access-user``, to administer ``gp-access-priv``). Else the permissions
    that are not among those used, where it is stated what was used.
    """
    rows = case.frames["access"]
    as_of = pd.Timestamp(case.as_of)
    rows = rows[rows["granted_on"].isna() | (rows["granted_on"] <= as_of)]
    if rows.empty:
        return ()
    reason = pd.Series(pd.NA, index=rows.index, dtype="str")
    granted = rows["permissions"].fillna("").str.split(";")
    used = rows["permissions_used"].str.split(";")
    spare = pd.Series(
        [
            ";".join(word for word in PERMISSIONS if word in have and word not in took)
            if isinstance(took, list)
            else ""
            for have, took in zip(granted, used, strict=True)
        ],
        index=rows.index,
        dtype="str",
    )
    reason[spare != ""] = "unused"
    reason[_find_dormant(case, rows)] = "dormant"
    reason[_find_needless(rows)] = "no-need"
    reason[rows["left_on"] < as_of] = "left"
    taken = spare.where(reason == "unused", rows["permissions"].fillna(""))
    system = rows["system"].fillna("")
    holder = rows["account"].fillna(rows["person"]).fillna(rows["id"])
    return tuple(
        Withdrawal(
            row=str(rows.at[at, "id"]),
            account=holder[at],
            system=system[at] or None,
            permissions=tuple(word for word in taken[at].split(";") if word),
            reason=reason[at],
            labels=case.knowledge.labels,
        )
        for at in rows.index[reason.notna()]
    )


def draw_up_matrix(case: Case) -> pd.DataFrame:
    """Draw up who may do what: roles by categories, each cell the ``;``-list of permissions.

    A right without categories stands in the column ``""``, one without a role in the row ``""``.
    """
    rows = case.frames["access"]
    held: dict[tuple[str, str], set[str]] = {}
    named = (rows[name].fillna("").tolist() for name in ("role", "categories", "permissions"))
    for role, categories, permissions in zip(*named, strict=True):
        for category in categories.split(";"):
            held.setdefault((role, category), set()).update(permissions.split(";"))
    cells = {key: ";".join(p for p in PERMISSIONS if p in have) for key, have in held.items()}
    roles, kinds = (sorted({key[n] for key, cell in cells.items() if cell}) for n in (0, 1))
    return pd.DataFrame(
        [[cells.get((role, kind), "") for kind in kinds] for role in roles],
        pd.Index(roles, dtype="str", name="role"),
        pd.Index(kinds, dtype="str", name="category"),
        dtype="str",
    )


def _find_needless(rows: pd.DataFrame) -> pd.Series:
    """Say of which rows nobody states what they are for."""
    stated = rows["need"].notna() | rows["activities"].notna()
    keys = [rows["system"].fillna(""), rows["role"].fillna("")]
    of_role = stated.groupby(keys).transform("any") & rows["role"].notna()
    needless: pd.Series = ~(stated | of_role)
    return needless


def _find_dormant(case: Case, rows: pd.DataFrame) -> pd.Series:
    """Say which rights were last used longer ago than rights are reviewed."""
    administers = rows["permissions"].fillna("").str.split(";").map(lambda have: "admin" in have)
    limit = pd.Series(_go_back(case, ORDINARY), index=rows.index)
    limit[administers.astype(bool)] = _go_back(case, PRIVILEGED)
    dormant: pd.Series = (rows["last_used_on"] < limit).fillna(False).astype(bool)
    return dormant


def _go_back(case: Case, name: str) -> pd.Timestamp:
    """Return the oldest day inside a period; without the period nothing is too old."""
    period = case.knowledge.periods.get(name)
    return pd.Timestamp(reach_back(case.as_of, period) if period else date.min.replace(year=1700))
