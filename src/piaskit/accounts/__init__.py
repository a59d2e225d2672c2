"""Accounts of the persons concerned: how well their passwords and sign-in protect them."""

from piaskit.accounts.breached import find_breached
from piaskit.accounts.policy import Policy, read_policies
from piaskit.accounts.review import AccountReview, review_accounts
from piaskit.accounts.samples import draw_samples
from piaskit.accounts.strength import Strength, measure_strength

__all__ = [
    "AccountReview",
    "Policy",
    "Strength",
    "draw_samples",
    "find_breached",
    "measure_strength",
    "read_policies",
    "review_accounts",
]
