"""The rules of passwords and sign-in for a group of accounts, as table ``accounts`` has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from piaskit.case import Case

LONGEST = 64  # assumed where no longest length is stated, for samples only
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Policy:
    """What a group of accounts is held to; None and empty where it is not stated."""

    id: str
    who: str | None = None
    accounts: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    classes: int | None = None
    blocks: tuple[str, ...] = ()
    lockout_tries: int | None = None
    lockout_minutes: int | None = None
    mfa: str | None = None

    def allows(self, password: str, names: Sequence[str] = ()) -> bool:
        """Say whether length, classes and the ban on the service's own name let a password pass.

        >>> policy = Policy("p", min_length=8, classes=3, blocks=("context",))
        >>> policy.allows("Xinfan@2026"), policy.allows("Xinfan@2026", ["xinfan"])
        (True, False)
        >>> policy.allows("password")
        False
        """
        longest = LONGEST if self.max_length is None else self.max_length
        if not (self.min_length or 1) <= len(password) <= longest:
            return False
        if count_classes(password) < (self.classes or 1):
            return False
        plain = password.lower()
        return not ("context" in self.blocks and any(name in plain for name in names))

    @property
    def guesses_per_day(self) -> int | None:
        """How many passwords can be tried on one account in a day; None where nothing limits it.

        Tries before the lock, over and over, each time it opens again. An account that stays locked
        until somebody opens it (0 minutes) allows the tries once.

        >>> Policy("p", lockout_tries=5, lockout_minutes=15).guesses_per_day
        480
        """
        if self.lockout_tries is None or self.lockout_minutes is None:
            return None
        if not self.lockout_minutes:
            return self.lockout_tries
        return self.lockout_tries * max(1, MINUTES_A_DAY // self.lockout_minutes)


def count_classes(password: str) -> int:
    """Count the classes of characters in a password: small, capital, digit, other.

    >>> count_classes("Abc1"), count_classes("口令")
    (3, 1)
    """
    return sum(
        (
            any(c.islower() for c in password),
            any(c.isupper() for c in password),
            any(c.isdigit() for c in password),
            any(not (c.islower() or c.isupper() or c.isdigit()) for c in password),
        )
    )


def read_policies(case: Case) -> list[Policy]:
    """Return the policies of a case in the order of table ``accounts``."""
    return [_read_row(row) for row in case.frames["accounts"].to_dict("records")]


def _read_row(row: dict[Any, Any]) -> Policy:
    def number(name: str) -> int | None:
        return None if pd.isna(row[name]) else int(row[name])

    return Policy(
        id=row["id"],
        who=None if pd.isna(row["who"]) else row["who"],
        blocks=() if pd.isna(row["blocks"]) else tuple(row["blocks"].split(";")),
        mfa=None if pd.isna(row["mfa"]) else row["mfa"],
        **{
            name: number(name)
            for name in (
                "accounts", "min_length", "max_length", "classes", "lockout_tries",
                "lockout_minutes",
            )
        },
    )  # fmt: skip
