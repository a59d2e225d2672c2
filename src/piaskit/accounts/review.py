"""Account security reviewed: policies, samples they let pass, guessing and stuffing, findings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from piaskit import __version__
from piaskit.accounts.breached import find_breached
from piaskit.accounts.policy import Policy, read_policies
from piaskit.accounts.samples import draw_samples, name_service
from piaskit.accounts.strength import FAST, SLOW, Strength, measure_strength
from piaskit.display import Grid
from piaskit.rules import Finding, run_rules, write_findings

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.errors import Issue
    from piaskit.rules import Facts


@dataclass(frozen=True, repr=False)
class AccountReview:
    """The account security of a case: each policy with what its samples show, and the findings.

    ``reused`` is the share of accounts whose password is used elsewhere and leaked there, an
    assumption of whoever asks; None when nobody made one.
    """

    case: Case
    measured: tuple[tuple[Policy, Strength], ...]
    findings: tuple[Finding, ...]
    issues: tuple[Issue, ...]
    reused: float | None = None
    lang: str = "en"

    def to_dict(self) -> dict[str, Any]:
        """Return the object that ``piaskit accounts --json`` prints."""
        return {
            "piaskit": __version__,
            "schema": 1,
            "as_of": self.case.as_of.isoformat(),
            "policies": [self._describe(policy, found) for policy, found in self.measured],
            "findings": [finding.to_dict() for finding in self.findings],
            "issues": [issue.to_dict() for issue in self.issues],
        }

    def _describe(self, policy: Policy, found: Strength) -> dict[str, Any]:
        per_day = policy.guesses_per_day
        days = None if not per_day or found.guesses is None else found.guesses / per_day
        return {
            "id": policy.id,
            "who": policy.who,
            "accounts": policy.accounts,
            "samples": {
                "tried": found.samples,
                "weak": found.weak,
                "breached": found.breached,
                "weakest": found.weakest,
                "score": found.score,
                "guesses": found.guesses,
                "seconds_slow_hash": found.count_seconds(SLOW),
                "seconds_fast_hash": found.count_seconds(FAST),
            },
            "guessing": {
                "per_account_and_day": per_day,
                "days_to_weakest": days,
                **self._tell("unlimited" if per_day is None else "limited", n=per_day or 0),
            },
            "stuffing": self._expose(policy),
        }

    def _expose(self, policy: Policy) -> dict[str, Any]:
        """Say how many accounts a leaked list opens: one try each, so no lock holds it back."""
        if self.reused is None or policy.accounts is None:
            return {"accounts": None, "assumed_reused": self.reused, **self._tell("not-assumed")}
        opened = 0 if policy.mfa == "required" else round(policy.accounts * self.reused)
        why = "second-factor" if policy.mfa == "required" else "one-try"
        return {"accounts": opened, "assumed_reused": self.reused, **self._tell(why)}

    def _tell(self, why: str, **fields: object) -> dict[str, str]:
        say = self.case.knowledge.labels
        return {
            "because": say(f"accounts.{why}", "en", **fields),
            "because_zh": say(f"accounts.{why}", "zh", **fields),
        }

    def __repr__(self) -> str:
        return f"<AccountReview: {len(self.measured)} policies, {len(self.findings)} findings>"

    def _repr_html_(self) -> str:
        return "".join(grid._repr_html_() for grid in self._lay_out())

    def _lay_out(self) -> list[Grid]:
        say, lang, case = self.case.knowledge.labels, self.lang, self.case
        heads = ("policy", "weakest", "score", "weak", "guesses-per-day")
        policies = Grid(
            say("accounts.title", lang),
            tuple(say(f"accounts.{head}", lang) for head in heads),
            [
                (
                    case.say(f"accounts/{policy.id}", "title", lang) or policy.id,
                    found.weakest or "–",
                    "–" if found.score is None else str(found.score),
                    f"{found.weak} / {found.samples}",
                    say("accounts.no-limit", lang)
                    if policy.guesses_per_day is None
                    else f"{policy.guesses_per_day:,}",
                )
                for policy, found in self.measured
            ],
            lang,
        )
        zh = lang == "zh"
        findings = Grid(
            say("accounts.findings", lang),
            tuple(say(f"accounts.{head}", lang) for head in ("policy", "finding", "clause", "why")),
            [
                (
                    case.say(f"accounts/{f.hit.id}", "title", lang) or f.hit.id,
                    f.message_zh if zh else f.message,
                    f.clause_zh if zh else f.clause,
                    f.hit.rule.why[lang],
                )
                for f in self.findings
            ],
            lang,
        )
        return [policies, findings]


def review_accounts(
    case: Case,
    *,
    breached: Path | str | None = None,
    reused: float | None = None,
    facts: Facts | None = None,
) -> AccountReview:
    """Review how accounts are protected: passwords, locks, second factor, reset, sessions, storage.

    ``breached`` is a list of breached passwords on this machine (``find_breached``); ``reused`` an
    assumed share from 0 to 1 of accounts with a password that is used elsewhere and leaked there.
    ``facts`` of the case are those that are open already (``open_facts``).
    Raises InvalidData when the list cannot be read, ValueError for a share outside 0 to 1.
    """
    if reused is not None and not 0 <= reused <= 1:
        raise ValueError(f"reused is a share from 0 to 1, not {reused:g}")
    names = name_service(case)
    policies = read_policies(case)
    samples = {p.id: draw_samples(p, names, case.as_of.year) for p in policies}
    every = {sample for drawn in samples.values() for sample in drawn}
    known = None if breached is None else find_breached(breached, every)
    measured = tuple((p, measure_strength(p, samples[p.id], names, known)) for p in policies)
    issues: list[Issue] = []
    hits = run_rules(
        case,
        ("proof",),
        about=("account",),
        issues=issues,
        facts=facts,
        passwords=_tabulate(measured),
    )
    return AccountReview(
        case, measured, write_findings(hits, case), tuple(issues), reused, case.languages[0]
    )


def _tabulate(measured: tuple[tuple[Policy, Strength], ...]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "id": policy.id,
                "samples": found.samples,
                "weak": found.weak,
                "breached": found.breached,
                "weakest": found.weakest,
                "guesses_per_day": policy.guesses_per_day,
            }
            for policy, found in measured
        ]
    )
