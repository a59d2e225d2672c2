"""A JupyterLab server of its own, for as long as a row needs it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from accept.row import ROOT


@contextmanager
def serve_lab(folder: Path, token: str = "accept", python: str = sys.executable) -> Iterator[str]:
    """Serve a folder on the loopback; yield the address up to the path of a notebook."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    home = folder / ".home"
    home.mkdir(parents=True)
    places = {
        name: str(home / name)
        for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    quiet = home / "JUPYTER_CONFIG_DIR" / "labconfig" / "page_config.json"
    quiet.parent.mkdir(parents=True)
    quiet.write_text(
        '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}'
    )
    path = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    command = [
        python, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
        f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}",
        "--ServerApp.port_retries=0",
    ]  # fmt: skip
    log = (folder / ".lab.txt").open("w")
    process = subprocess.Popen(
        command, env={**os.environ, **places, "PYTHONPATH": path}, stdout=log, stderr=log
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_server(f"{address}/api/status?token={token}", process)
        yield f"{address}/lab/tree/{{}}?token={token}&reset"
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:  # an extension that does not end by itself
            process.kill()
            process.wait()
        log.close()


def _wait_server(address: str, process: subprocess.Popen[bytes], seconds: float = 90) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and process.poll() is None:
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("JupyterLab did not start")
