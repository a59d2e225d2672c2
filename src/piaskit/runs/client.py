"""The papermill engine that runs the cells of a notebook in a fork, in place of a kernel.

A fork inherits what is imported and nothing of another notebook; its cells run in ipykernel's own
shell (``shell.py``), and nbclient takes its messages from pipes, not sockets. So what nbclient
promises of cells (time-outs, tags, errors, order of outputs) holds here too.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.log import logger
from papermill.utils import merge_kwargs, remove_args

from piaskit.runs.fork import can_fork, start_fork
from piaskit.runs.notebooks import FREE_TURN

NAME = "piaskit-fork"


class ForkClient(PapermillNotebookClient):  # type: ignore[misc]
    """Runs the cells of one notebook in a fork."""

    def __init__(
        self,
        manager: Any,
        memory: int | None,
        spare: str | None = None,
        turn: AbstractContextManager[object] = FREE_TURN,
        **more: Any,
    ) -> None:
        super().__init__(manager, **more)
        self.memory, self.spare, self.turn = memory, spare, turn

    @contextlib.contextmanager
    def setup_kernel(self, **_: Any) -> Iterator[None]:
        """Have a fork run the cells; it ends with them."""
        folder = self.resources.get("metadata", {}).get("path") or str(Path.cwd())
        with (
            tempfile.TemporaryDirectory(prefix="piaskit-", dir=self.spare) as private,
            start_fork() as fork,
        ):
            fork.ask({"cwd": folder, "ipython": f"{private}/ipython", "memory": self.memory})
            self.kc = fork
            with self.turn:
                yield


class ForkEngine(NBClientEngine):  # type: ignore[misc]
    """The engine ``piaskit-fork``; a notebook of another language gets its kernel as ever.

    On top of papermill's own settings: ``memory``, the MiB that the cells of a notebook may take;
    one that wants more raises MemoryError; ``spare``, a folder for what is temporary; and ``turn``,
    entered before the first cell and left after the last.
    """

    @classmethod
    def execute_managed_notebook(
        cls,
        manager: Any,
        kernel_name: str,
        execution_timeout: int | None = None,
        memory: int | None = None,
        spare: str | None = None,
        turn: AbstractContextManager[object] = FREE_TURN,
        **settings: Any,
    ) -> Any:
        """Run the cells of a notebook in a fork."""
        language = manager.nb.metadata.get("kernelspec", {}).get("language", "python")
        if language != "python" or not can_fork():
            settings["execution_timeout"] = execution_timeout
            with turn:
                return super().execute_managed_notebook(manager, kernel_name, **settings)
        unused = ("input_path", "start_timeout", "kernel_manager_class", "timeout")
        own = merge_kwargs(remove_args(unused, **settings), timeout=execution_timeout, log=logger)
        return ForkClient(manager, memory, spare, turn, **own).execute()


papermill_engines.register(NAME, ForkEngine)
