"""Run one notebook with papermill; equal runs give equal copies."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from piaskit.runs.kernels import Kernel, limit_kernel
from piaskit.runs.parameters import check_parameters, choose_words

if TYPE_CHECKING:
    from nbformat import NotebookNode

PACKAGE = Path(__file__).resolve().parents[1]
ENGINES = ("fork", "kernel")
KEPT_METADATA = ("kernelspec", "language_info")
_ENDLESS = 10**9  # seconds


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
FREE_TURN = nullcontext()


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
    turn: AbstractContextManager[object] = FREE_TURN,
    spare: Path | None = None,
    kernel: Kernel | None = None,
) -> NotebookNode:
    """Execute a notebook in a process of its own and return the cleaned copy.

    ``engine`` is ``fork`` (``client.py``), ``kernel``, or blank: a fork where the system has it.
    Both give equal copies; neither sees personal IPython settings. ``kernel`` is one that was
    started for this notebook, with its limits (``kernels.py``); it ends here. ``turn`` is
    entered before the first cell, when the kernel or fork is ready, and left after the last. What a
    fork needs for a while is in ``spare``, where somebody looks after it who outlives this process,
    else in the system's own folder.

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
    from nbclient.exceptions import CellTimeoutError
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import execute_notebook

    from piaskit.runs import client

    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        if choose_engine(engine) == "fork":
            private = TemporaryDirectory(prefix="piaskit-", dir=spare)
            how: dict[str, Any] = {"engine_name": client.NAME, "memory": limits.memory}
            how |= {"spare": stack.enter_context(private), "turn": turn}
        else:
            started = stack.enter_context(kernel or Kernel(limit_kernel(limits.memory)))
            # It may be reading a case, which takes as long as the command takes for it.
            how = {"kernel_manager_class": started.open_manager(), "start_timeout": _ENDLESS}
            own = stack.enter_context(ExitStack())
            how["on_notebook_start"] = lambda **_: own.enter_context(turn)
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
        except RuntimeError:  # of nbclient, or of jupyter_client before the first cell
            told = "the process that ran the cells ended"
            raise NotebookStopped(path.name, None, "DeadKernelError", told) from None
    return clean_notebook(nbformat.from_dict(executed))


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
