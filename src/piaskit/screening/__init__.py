"""Screening: which activities need an impact assessment, under which regime, and why."""

from piaskit.screening.routes import Route, Routes, choose_routes
from piaskit.screening.screen import Argument, Screening, Verdict, screen_case

__all__ = ["Argument", "Route", "Routes", "Screening", "Verdict", "choose_routes", "screen_case"]
