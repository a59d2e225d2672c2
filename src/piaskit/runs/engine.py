"""What papermill finds by its entry point: the fork engine, loaded when a notebook asks for it.

Papermill loads entry points while it is being imported itself, so nothing of it is imported here.
"""

from __future__ import annotations

from typing import Any


class _Loaded(type):
    def __getattr__(cls, name: str) -> Any:
        from piaskit.runs.client import ForkEngine

        return getattr(ForkEngine, name)


class EntryPoint(metaclass=_Loaded):
    """The engine ``piaskit-fork`` for papermill's own command line: ``client.ForkEngine``.

    Whatever papermill asks of it first loads that engine, which stands for it from then on.
    """
