"""Safeguards: what their evidence shows, which subjects they cover, and what needs them."""

from piaskit.safeguards.coverage import Coverage, cover_subjects
from piaskit.safeguards.review import Review, review_safeguards
from piaskit.safeguards.states import judge_safeguards, read_states, select_working

__all__ = [
    "Coverage",
    "Review",
    "cover_subjects",
    "judge_safeguards",
    "read_states",
    "review_safeguards",
    "select_working",
]
