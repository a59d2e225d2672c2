"""The forked side of a run: a shell that takes its cells from a pipe and writes to another.

The shell is ipykernel's own, so cells see what they see in a kernel; only its session writes lines
of JSON to pipes where a kernel sends them through sockets.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import RLock
from typing import Any

from ipykernel.compiler import XCachingCompiler
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from jupyter_client.jsonutil import json_default
from jupyter_client.session import Session
from traitlets import Any as Anything
from traitlets import Type
from traitlets.config import Config

from piaskit.runs.process import Pipes, limit_memory, write_whole

TOGETHER = 1 << 16  # characters of a stream that are held back at most


class PipeSession(Session):
    """A session that writes its messages as lines to a file descriptor."""

    target = Anything()
    lock = Anything()
    cell = Anything({})  # the request that runs now; cells come one after the other

    def send(  # type: ignore[override]  # what sockets need is not taken
        self, stream: Any, msg_or_type: Any, content: Any = None, parent: Any = None, **_: Any
    ) -> Any:
        """Write a message as a line; ``stream`` is a file descriptor, None is that of outputs."""
        message = msg_or_type
        if isinstance(msg_or_type, str):
            message = self.msg(msg_or_type, content, parent)
        message["parent_header"] = self.cell
        line = json.dumps(message, default=json_default).encode() + b"\n"
        with self.lock:
            write_whole(self.target if stream is None else stream, line)
        return message


class PipeStream(io.TextIOBase):
    """Standard output or error of cells, sent on when another kind of message goes out."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, session: PipeSession, name: str, number: int) -> None:
        self.session, self.name, self.number = session, name, number
        self.held: list[str] = []
        self.size = 0
        self.lock = RLock()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.number

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        with self.lock:
            self.held.append(text)
            self.size += len(text)
        if self.size > TOGETHER:
            self.flush()
        return len(text)

    def flush(self) -> None:
        with self.lock:
            text, self.held, self.size = "".join(self.held), [], 0
            if text:
                self.session.send(None, "stream", {"name": self.name, "text": text})


class ForkShell(ZMQInteractiveShell):
    """ipykernel's shell without an event loop for windows; nobody would look at them."""

    compiler_class = Type(XCachingCompiler)

    def enable_gui(self, gui: Any = None) -> None:
        """Do nothing: no window can open."""


def run_cells(place: dict[str, Any], requests: Iterator[dict[str, Any]], pipes: Pipes) -> None:
    """Run the cells that are requested, in this process, until nobody requests any more.

    ``place`` says where: ``cwd``, ``ipython`` (a private folder), ``memory`` (see
    ``limit_memory``; or None).
    """
    settle(place)
    session = PipeSession(target=pipes.outputs, lock=RLock(), key=b"")
    streams = [PipeStream(session, name, n) for n, name in ((1, "stdout"), (2, "stderr"))]
    sys.stdout, sys.stderr = streams
    shell = _make_shell(session)
    for request in requests:
        session.cell = {"msg_id": request["msg_id"]}
        if request["msg_type"] == "kernel_info_request":
            info = {"language_info": IPythonKernel.language_info}
            session.send(pipes.replies, "kernel_info_reply", info)
            continue
        reply = _run_cell(shell, session, request["content"])
        for stream in streams:
            stream.flush()
        session.send(None, "status", {"execution_state": "idle"})
        session.send(pipes.replies, "execute_reply", reply)


def settle(asked: dict[str, Any]) -> None:
    """Make this process the one that was asked for: folder, search path, limits."""
    os.chdir(asked["cwd"])
    site = (n for n, path in enumerate(sys.path) if Path(path).name.endswith("-packages"))
    sys.path.insert(next(site, 0), "")  # where a kernel puts it
    os.environ["IPYTHONDIR"] = asked["ipython"]
    if asked["memory"]:
        limit_memory(asked["memory"])


def _make_shell(session: PipeSession) -> ForkShell:
    config = Config({"HistoryManager": {"enabled": False}})
    shell: ForkShell = ForkShell.instance(config=config, ipython_dir=os.environ["IPYTHONDIR"])
    publishers: tuple[Any, ...] = (shell.displayhook, shell.display_pub)
    for publisher in publishers:
        publisher.session = session
    return shell


def _run_cell(shell: Any, session: PipeSession, asked: dict[str, Any]) -> dict[str, Any]:
    """Run a cell; the answer is that of a kernel's ``execute_reply``."""
    session.send(None, "execute_input", {"execution_count": shell.execution_count})
    result = shell.run_cell(asked["code"], store_history=asked["store_history"])
    error = result.error_before_exec or result.error_in_exec
    count = {"execution_count": shell.execution_count - 1}
    if error is None and not shell._last_traceback_during_displayhook:
        return {"status": "ok", **count}
    told = {"ename": type(error).__name__, "evalue": str(error)}
    return {"status": "error", **told, "traceback": shell._last_traceback or [], **count}
