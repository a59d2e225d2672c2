"""Run one notebook with papermill; equal runs give equal copies."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from piaskit.runs.parameters import check_parameters, choose_words

if TYPE_CHECKING:
    from nbformat import NotebookNode

PACKAGE = Path(__file__).resolve().parents[1]
ENGINES = ("fork", "kernel")
_RUNS = "__import__('piaskit.runs.{0}').runs.{0}"  # which leaves no name among the cells' own
KEPT_METADATA = ("kernelspec", "language_info")
_STARTED: WeakSet[Any] = WeakSet()  # kernel managers


class NotebookStopped(Exception):
    """A cell raised; ``name`` and ``value`` are those of its exception.

    ``cell`` is None when a cell took too long or its process died.
    """

    def __init__(
        self, notebook: str, cell: int | None, name: str, value: str, trace: str = ""
    ) -> None:
        self.notebook, self.cell, self.name, self.value = notebook, cell, name, value
        self.trace = trace
        place = notebook if cell is None else f"{notebook}, cell {cell}"
        super().__init__(f"{place}: {name}: {value}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.notebook, self.cell, self.name, self.value, self.trace)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a notebook may take: seconds of a cell, MiB on top of what is loaded; None is none."""

    seconds: int | None = None
    memory: int | None = None


FREE = Limits()


def choose_engine(engine: str = "") -> str:
    """Return the engine asked for; blank is a fork, or a kernel where the system has no forks.

    Raises
    ------
    InvalidData
        ``unknown-value`` for another word, or for forks where there are none.
    """
    from piaskit.runs.fork import can_fork

    engines = ENGINES if can_fork() else ENGINES[1:]
    return choose_words("engine", engine, engines)[0] if engine else engines[0]


def find_notebooks() -> Path:
    """Return the folder of the notebooks: inside the wheel, else that of the checkout."""
    packed = PACKAGE / "notebooks"
    return packed if packed.is_dir() else PACKAGE.parents[1] / "notebooks"


def run_notebook(
    path: Path,
    parameters: Mapping[str, Any],
    engine: str = "",
    limits: Limits = FREE,
    hold: Callable[[], object] | None = None,
    spare: Path | None = None,
    helpers: str = "",
) -> NotebookNode:
    """Execute a notebook in a process of its own and return the cleaned copy.

    ``engine`` is ``fork`` (``client.py``), ``kernel``, or blank: a fork where the system has it.
    Both give equal copies. A kernel is this very Python, reached through files only its owner can
    read (where the system has them); neither sees personal IPython settings. No cell runs before
    ``hold`` returns; a kernel gets ready meanwhile. What a fork needs for a while is in ``spare``,
    where somebody looks after it who outlives this process, else in the system's own folder. A
    kernel asks ``helpers`` where it is told of some (``helpers.py``).

    Raises
    ------
    InvalidData
        A parameter that is unknown or mistyped; nothing was started.
    NotebookStopped
        A cell raised, took too long, or its process died.
    """
    given = check_parameters(path, parameters)
    import logging

    import nbformat
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import execute_notebook

    from piaskit.runs import client

    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    forked = choose_engine(engine) == "fork"
    # Sockets of a kernel have short names: theirs is the system's own folder.
    folder = spare if forked else None
    with tempfile.TemporaryDirectory(prefix="piaskit-", dir=folder) as private:
        if forked:
            how: dict[str, Any] = {"engine_name": client.NAME, "memory": limits.memory}
            how["spare"] = private
            if hold is not None:
                hold()
        else:
            lines = []
            if helpers:
                lines.append(f"{_RUNS.format('helpers')}.expect_helpers({helpers!r})")
            elif hold is not None:
                lines.append(f"{_RUNS.format('warm')}.prepare_publishing()")
            if limits.memory:
                lines.append(f"{_RUNS.format('warm')}.limit_memory({limits.memory})")
            # Killed when its cells are done: to shut down it takes up to 3 s, if the interrupt that
            # comes first meets it amid an answer.
            how = {"shutdown_kernel": "immediate"}
            how["kernel_manager_class"] = _kernel_manager(Path(private), lines)
            if hold is not None:
                how["on_notebook_start"] = lambda **_: hold()
        try:
            executed = execute_notebook(
                str(path),
                None,
                given,
                kernel_name="python3",
                progress_bar=False,
                log_output=False,
                coalesce_streams=True,
                execution_timeout=limits.seconds,
                **how,
            )
        except PapermillExecutionError as stop:
            trace = "\n".join(stop.traceback)
            raise NotebookStopped(
                path.name, stop.cell_index, stop.ename, stop.evalue, trace
            ) from None
        except CellTimeoutError:
            told = f"a cell took more than {limits.seconds} s"
            raise NotebookStopped(path.name, None, "CellTimeoutError", told) from None
        except DeadKernelError:
            told = "the process that ran the cells ended"
            raise NotebookStopped(path.name, None, "DeadKernelError", told) from None
    return clean_notebook(nbformat.from_dict(executed))


def stop_kernels() -> None:
    """Kill the kernels and forks that run now, so that whoever waits for one gets an answer."""
    from piaskit.runs.fork import stop_forks

    stop_forks()
    for manager in list(_STARTED):
        process = getattr(manager.provisioner, "process", None)
        if process is not None:
            process.kill()


def _kernel_manager(private: Path, lines: Iterable[str]) -> type:
    from jupyter_client.manager import AsyncKernelManager
    from traitlets import default

    first = [f"--IPKernelApp.exec_lines={line}" for line in lines]

    class OwnKernelManager(AsyncKernelManager):
        """This interpreter, over files in a private folder, without personal settings."""

        @default("transport")
        def _transport(self) -> str:
            return "tcp" if sys.platform == "win32" else "ipc"

        @default("connection_file")
        def _connection_file(self) -> str:
            return str(private / "kernel.json")

        def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
            quiet = ["--HistoryManager.enabled=False", "--IPKernelApp.log_level=CRITICAL"]
            launch = [sys.executable, "-m", "ipykernel_launcher", "-f", self.connection_file]
            return [*launch, *quiet, *first, *(extra_arguments or [])]

        async def _async_pre_start_kernel(self, **kw: Any) -> tuple[list[str], dict[str, Any]]:
            _STARTED.add(self)
            own = {"IPYTHONDIR": str(private / "ipython"), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
            kw["env"] = {**os.environ, **kw.pop("env", {}), **own}
            # What cells print comes by message; here a killed kernel's libraries would only moan.
            kw.setdefault("stderr", None if os.environ.get("PIASKIT_DEBUG") else DEVNULL)
            return await super()._async_pre_start_kernel(**kw)

        pre_start_kernel = _async_pre_start_kernel

    return OwnKernelManager


def clean_notebook(notebook: NotebookNode) -> NotebookNode:
    """Drop what differs between equal runs: injected values, times, durations, cell ids."""
    notebook.metadata = {k: v for k, v in notebook.metadata.items() if k in KEPT_METADATA}
    notebook.cells = [c for c in notebook.cells if "injected-parameters" not in _tags(c)]
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number}"
        cell.metadata = {"tags": _tags(cell)} if _tags(cell) else {}
    return notebook


def _tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", ()))
