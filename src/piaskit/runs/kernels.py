"""Kernels: this very Python in processes of their own, started before their notebooks need them."""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from subprocess import DEVNULL
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from piaskit.runs.fork import stop_forks

if TYPE_CHECKING:
    from datetime import date
    from subprocess import Popen

REPORTING = (
    "piaskit.publication.summary",
    "piaskit.report.exporters",
    "piaskit.report.gate",
    "piaskit.tabletop",
)  # what the kernel of the report does not leave to its pool
_RUNNING: WeakSet[Kernel] = WeakSet()
_EXPECTED: defaultdict[tuple[str, ...], list[Kernel]] = defaultdict(list)  # by their lines


class Kernel:
    """A started kernel; as a context it ends with it.

    It is reached through files only its owner can read (where the system has them), and sees no
    personal IPython settings. ``lines`` of Python are done before it is ready; what they raise is
    passed over.
    """

    def __init__(self, lines: Iterable[str] = ()) -> None:
        from jupyter_client.connect import write_connection_file
        from jupyter_client.launcher import launch_kernel

        # Sockets have short names: their folder is the system's own.
        self._folder = tempfile.TemporaryDirectory(prefix="piaskit-")
        private = Path(self._folder.name)
        self.file = str(private / "kernel.json")
        apart = sys.platform == "win32"
        write_connection_file(
            self.file,
            transport="tcp" if apart else "ipc",
            ip="127.0.0.1" if apart else str(private / "kernel-ipc"),
            key=secrets.token_hex().encode(),
        )
        quiet = ["--HistoryManager.enabled=False", "--IPKernelApp.log_level=CRITICAL"]
        first = [f"--IPKernelApp.exec_lines={line}" for line in lines]
        own = {"IPYTHONDIR": str(private / "ipython"), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        self.process: Popen[bytes] = launch_kernel(
            [sys.executable, "-m", "ipykernel_launcher", "-f", self.file, *quiet, *first],
            env={**os.environ, **own},
            # What cells print comes by message; here a killed kernel's libraries would only moan.
            stderr=None if os.environ.get("PIASKIT_DEBUG") else DEVNULL,
        )
        _RUNNING.add(self)

    def __enter__(self) -> Kernel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def kill(self) -> None:
        """Kill the kernel with what it has started."""
        if self.process.poll() is None:
            with contextlib.suppress(OSError):
                if hasattr(os, "killpg"):
                    os.killpg(self.process.pid, signal.SIGKILL)
                else:
                    self.process.kill()

    def end(self) -> None:
        """Kill the kernel and wait for its end; once it has ended this does nothing."""
        self.kill()
        self.process.wait()

    def close(self) -> None:
        """End the kernel and remove its folder; to do so again does nothing."""
        self.end()
        _RUNNING.discard(self)
        self._folder.cleanup()

    def open_manager(self) -> type:
        """Return the class of managers that nbclient runs this kernel by."""
        from jupyter_client.manager import AsyncKernelManager
        from traitlets import default

        kernel = self

        class OwnKernelManager(AsyncKernelManager):
            """Takes a kernel that is there for the one it has started."""

            @default("connection_file")
            def _connection_file(self) -> str:
                return kernel.file

            @default("cache_ports")
            def _cache_ports(self) -> bool:
                return False  # the kernel has its own

            def write_connection_file(self, **_: Any) -> None:
                self.load_connection_file()

            async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
                there: Any = self.provisioner
                there.process, there.pid = kernel.process, kernel.process.pid
                there.pgid = os.getpgid(there.pid) if hasattr(os, "getpgid") else None

            async def shutdown_kernel(self, **_: Any) -> None:  # type: ignore[override]
                # Its cells are done. When asked, it ends only after up to 3 s, if the interrupt
                # that comes first meets it amid an answer.
                kernel.end()

        return OwnKernelManager


def stop_kernels() -> None:
    """Kill the kernels and forks that run now, so that whoever waits for one gets an answer."""
    stop_forks()
    for kernel in list(_RUNNING):
        kernel.kill()


def limit_kernel(memory: int | None) -> list[str]:
    """Return the lines that let a kernel take so many MiB more than it holds then."""
    return [_phrase_call("process", "limit_memory", memory)] if memory else []


def expect_kernels(number: int, lines: Sequence[str]) -> None:
    """Start kernels that will be asked for soon, with the same lines."""
    for _ in range(number):
        _EXPECTED[tuple(lines)].append(Kernel(lines))


def take_kernel(lines: Sequence[str]) -> Kernel:
    """Return a kernel that is expected, else a new one."""
    try:
        return _EXPECTED[tuple(lines)].pop()
    except IndexError:
        return Kernel(lines)


@atexit.register
def leave_kernels() -> None:
    """End the kernels that nobody has asked for."""
    for kernels in _EXPECTED.values():
        while kernels:
            kernels.pop().close()


def prepare_analysis(case: Path, packs: Path | None, day: date, memory: int | None) -> list[str]:
    """Return the lines that read a case before the cells ask for it, and limit the kernel."""
    return [_open_case(case, packs, day), *limit_kernel(memory)]


def prepare_report(
    case: Path, packs: Path | None, day: date, memory: int | None, pool: str
) -> list[str]:
    """Return such lines for the kernel of the report: it has a pool, or publishes by itself."""
    return [
        _open_case(case, packs, day, *REPORTING),
        _phrase_call("pool", "join_pool", pool)
        if pool
        else _phrase_call("warm", "prepare_publishing"),
        *limit_kernel(memory),
    ]


def _open_case(case: Path, packs: Path | None, day: date, *modules: str) -> str:
    words = (str(case.resolve()), str(packs.resolve()) if packs else "", day.isoformat())
    return _phrase_call("opened", "prepare_kernel", *words, *modules)


def _phrase_call(module: str, function: str, *arguments: object) -> str:
    """Return the line that calls a function here and leaves no name among those of the cells.

    >>> _phrase_call("process", "limit_memory", 64)
    "__import__('piaskit.runs.process').runs.process.limit_memory(64)"
    """
    told = ", ".join(map(repr, arguments))
    return f"__import__('piaskit.runs.{module}').runs.{module}.{function}({told})"
