"""Screening: which activities need an impact assessment, under which regime, and why."""

from piaskit.screening.screen import Argument, Screening, Verdict, screen_case

__all__ = ["Argument", "Screening", "Verdict", "screen_case"]
