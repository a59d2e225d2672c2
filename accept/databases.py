"""Database servers on this machine's loopback, made for one measurement and thrown away."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from accept.row import NotRun

_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/sbin")


def _find_tool(name: str) -> str:
    found = shutil.which(name)
    for place in () if found else _PLACES:
        root, *rest = Path(place).parts
        paths = sorted(Path(root).glob(str(Path(*rest, name))))
        if paths:
            return str(paths[-1])
    if not found:
        raise NotRun(f"{name} is not installed")
    return found


def _pick_user(name: str) -> str | None:
    """Servers refuse to run as root: name who runs them instead."""
    if os.geteuid() != 0:
        return None
    import pwd

    try:
        pwd.getpwnam(name)
    except KeyError:
        raise NotRun(f"the user {name} does not exist, and root may not run the server") from None
    return name


def _find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if server.poll() is not None:
            raise NotRun(f"the server ended: {log.read_text('utf-8', 'replace')[-300:]}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    raise NotRun("the server did not answer within 60 s")


@contextlib.contextmanager
def _run_server(words: list[str], port: int, user: str | None, folder: Path) -> Iterator[None]:
    log = folder / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(words, stdout=out, stderr=out, user=user, cwd=folder)
    try:
        _wait(port, server, log)
        yield
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


@contextlib.contextmanager
def _make_folder(user: str | None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="piaskit-db-"))
    if user:
        shutil.chown(folder, user)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def run_postgresql() -> Iterator[str]:
    """Run an empty PostgreSQL; give the URL of its superuser."""
    initdb, postgres = _find_tool("initdb"), _find_tool("postgres")
    user = _pick_user("postgres")
    with _make_folder(user) as folder:
        data, secret = folder / "data", folder / "secret"
        secret.write_text("accept-only\n")
        if user:
            shutil.chown(secret, user)
        made = subprocess.run(
            [initdb, "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", secret,
             "--no-sync", "-E", "UTF8", "--locale", "C"],
            capture_output=True, text=True, user=user, cwd=folder, check=False,
        )  # fmt: skip
        if made.returncode:
            raise NotRun(f"initdb: {made.stderr.strip()[-300:]}")
        port = _find_port()
        words = [postgres, "-D", str(data), "-p", str(port), "-k", str(folder),
                 "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]  # fmt: skip
        with _run_server(words, port, user, folder):
            yield f"postgresql://postgres:accept-only@127.0.0.1:{port}/postgres"


@contextlib.contextmanager
def run_mariadb() -> Iterator[str]:
    """Run an empty MariaDB; give the URL of its superuser."""
    install, server = _find_tool("mariadb-install-db"), _find_tool("mariadbd")
    user = _pick_user("mysql")
    with _make_folder(user) as folder:
        data = folder / "data"
        made = subprocess.run(
            [install, "--no-defaults", f"--datadir={data}",
             "--auth-root-authentication-method=normal", *([f"--user={user}"] if user else [])],
            capture_output=True, text=True, cwd=folder, check=False,
        )  # fmt: skip
        if made.returncode:
            raise NotRun(f"mariadb-install-db: {(made.stderr or made.stdout).strip()[-300:]}")
        port = _find_port()
        words = [server, "--no-defaults", f"--datadir={data}", f"--port={port}",
                 f"--socket={folder / 'socket'}", "--bind-address=127.0.0.1",
                 f"--pid-file={folder / 'pid'}"]  # fmt: skip
        with _run_server(words, port, user, folder):
            yield f"mysql://root@127.0.0.1:{port}/"
