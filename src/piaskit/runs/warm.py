"""A warm process: it has imported everything, has no threads, and forks.

That is the command ``piaskit report`` itself (``own_process``), which forks for its driver
(``drive.py``), or a *warm parent*, which ``fork.py`` starts for any other process; it forks on its
request (``process.py``), talks to nobody else and ends with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import NoReturn

from piaskit.kept import METHODS
from piaskit.runs.process import serve_forks, start_apart

SELDOM = 50_000  # objects after which garbage is looked for: a run makes many and little garbage
DRIVING = (
    "papermill.execute",
    "piaskit.runs.client",
)  # what sends cells
ASSESSING = (
    "piaskit.comparison",
    "piaskit.loss",
    "piaskit.report.compose",
    "piaskit.risk",
    "piaskit.runs.report",
    "piaskit.runs.risks",
    "piaskit.runs.run",
    "piaskit.runs.shell",
    "piaskit.runs.shown",
)  # what notebook 2 needs, which takes longest
ANALYSING = (
    "python_calamine",
    "piaskit.case.workbook",
    "piaskit.discovery",
    "piaskit.importers.ndsr21",
    "piaskit.incident",
    "piaskit.ledger",
    "piaskit.report.overview",
    "piaskit.safeguards.review",
    "piaskit.screening",
    "piaskit.tabletop.room",
)
PUBLISHING = (
    "pylopdf_fonts_zh_cn",
    "rich.table",
    "typst",
    "xlsxwriter",
    "piaskit.report.exporters.docx",
    "piaskit.report.exporters.html",
    "piaskit.report.exporters.json",
    "piaskit.report.exporters.pdf",
    "piaskit.report.exporters.xlsx",
    "piaskit.report.gate.archive",
    "piaskit.report.gate.image",
    "piaskit.report.gate.pdf",
    "piaskit.report.gate.text",
    "piaskit.report.leaks",
)
_MOST_HEAPS = -8  # an option of glibc
_added: set[str] = set()  # what this process has put into its environment for itself
_owned = False  # whether nothing but piaskit runs in this process
_warm = False  # whether this process, or the one it is a fork of, is warm


def own_process() -> None:
    """Let this process warm up and fork by itself, as one may in which nothing else runs.

    Without effect where the system has no forks.
    """
    global _owned
    if not hasattr(os, "fork"):
        return
    _owned = True
    while (null := os.open(os.devnull, os.O_RDWR)) < 3:  # else a pipe stands for a closed stream
        pass
    os.close(null)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # who starts this process may ignore it
    # Matrices here are small: threads that wait for a part of one take longer than all of it.
    _add("OPENBLAS_NUM_THREADS", "1")
    # A heap that a thread has of its own grows page by page.
    if hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(_MOST_HEAPS, 1)
    gc.disable()  # until it is warm: hardly anything of what is imported is garbage


def is_owned() -> bool:
    """Tell whether nothing but piaskit runs in this process."""
    return _owned


def is_warm() -> bool:
    """Tell whether this process may fork by itself: a warm one, and without other threads."""
    import threading

    return _warm and threading.active_count() == 1


def _add(name: str, value: str) -> None:
    if name not in os.environ:
        os.environ[name] = value
        _added.add(name)


def list_environment() -> dict[str, str]:
    """Return the environment for programs of others: without what is meant for this process."""
    return {name: value for name, value in os.environ.items() if name not in _added}


def warm_up() -> None:
    """Import what notebook 2 needs and read the built-in packs; nothing here may start a thread."""
    global _warm
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder of the program, which no notebook has
    gc.set_threshold(SELDOM)
    _add("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    _add("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    from piaskit.knowledge import load_knowledge
    from piaskit.rules.engine import know_built_in

    with bring_lasting():
        load_knowledge().read_all()
        know_built_in(lambda read: start_apart(read)())  # DuckDB starts threads
        for name in ASSESSING:
            import_module(name)
    _warm = True


def warm_driver() -> None:
    """Import and compile what sends cells, and no more: this process may fork then."""
    global _warm
    _prepare_driving()
    _warm = True


def _prepare_driving() -> None:
    with bring_lasting():
        for name in DRIVING:
            import_module(name)
        import nbformat

        from piaskit.runs.paper import open_template

        nbformat.validate(nbformat.v4.new_notebook())  # compiles its schema
        open_template()


def prepare_analyses() -> None:
    """Import what the other analyses need."""
    with bring_lasting():
        for name in ANALYSING:
            import_module(name)


def prepare_publishing() -> None:
    """Import, read and compile what the last notebook needs and no other one has brought."""
    from piaskit.knowledge import load_knowledge

    with bring_lasting():
        load_knowledge().read_all()
        for name in PUBLISHING:
            import_module(name)
        from piaskit.report.exporters import prepare_formats

        prepare_formats()


@contextlib.contextmanager
def bring_lasting() -> Iterator[None]:
    """Bring what stays: no collection in a fork shall touch, and so copy, its pages."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def main(control: int) -> NoReturn:
    """Serve forks until the other end of the control socket is closed."""
    channel = socket.socket(fileno=control)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # likewise
    METHODS.lend()
    warm_up()
    _prepare_driving()
    prepare_analyses()
    prepare_publishing()
    METHODS.keep()
    for _ in serve_forks(channel):
        pass
    os._exit(0)  # nothing to put in order
