"""Safeguards: what their evidence shows, and which subjects they cover."""

from piaskit.safeguards.coverage import Coverage, cover_subjects
from piaskit.safeguards.states import review_safeguards, select_working

__all__ = ["Coverage", "cover_subjects", "review_safeguards", "select_working"]
