"""What papermill finds by its entry point: the fork engine, loaded when a notebook asks for it.

Papermill loads entry points while it is being imported itself, so nothing of it is imported here.
"""

from __future__ import annotations

from typing import Any


class EntryPoint:
    """The engine ``piaskit-fork`` for papermill's own command line."""

    @classmethod
    def execute_notebook(cls, *given: Any, **settings: Any) -> Any:
        """Run a notebook as ``client.ForkEngine`` does, which stands for it from then on."""
        from piaskit.runs.client import ForkEngine

        return ForkEngine.execute_notebook(*given, **settings)
