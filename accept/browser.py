"""A headless browser that is driven by keys alone, over its DevTools protocol."""

from __future__ import annotations

import base64
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from accept.reports import scratch
from accept.row import need_tool

_CODES = {
    "Tab": (9, ""), "Enter": (13, "\r"), " ": (32, " "), "Escape": (27, ""), "Home": (36, ""),
    "End": (35, ""), "ArrowUp": (38, ""), "ArrowDown": (40, ""), "ArrowLeft": (37, ""),
    "ArrowRight": (39, ""), "Backspace": (8, ""),
}  # fmt: skip
ALT, CONTROL, SHIFT = 1, 2, 8


class Page:
    """One page; ``keys`` counts the key strokes that were sent, no mouse is ever sent."""

    def __init__(self, address: str) -> None:
        from websocket import create_connection

        self._socket = create_connection(address, suppress_origin=True, timeout=60)
        self._number = self.keys = 0
        self.ask("Page.enable")
        self.ask("Runtime.enable")

    def ask(self, method: str, **values: Any) -> dict[str, Any]:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": values}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    def visit(self, address: str) -> None:
        self.ask("Page.navigate", url=address)

    def tell(self, script: str) -> Any:
        """Return what an expression says; it only ever looks."""
        answer = self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, script: str, seconds: float = 60) -> Any:
        """Look until an expression is true; return its value."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if found := self.tell(script):
                return found
            time.sleep(0.1)
        raise AssertionError(f"never came true: {script[:300]}")

    def press(self, key: str, modifiers: int = 0, times: int = 1) -> None:
        code, text = _CODES[key] if key in _CODES else (ord(key.upper()) * key.isalnum(), key)
        if modifiers & (ALT | CONTROL):
            text = ""
        shared = {
            "key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers,
            "code": {" ": "Space"}.get(key, f"Key{key.upper()}" if key.isalpha() and len(key) == 1
                                       else f"Digit{key}" if key.isdigit() else key),
        }  # fmt: skip
        for _ in range(times):
            down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
            self.ask("Input.dispatchKeyEvent", **down, **shared)
            self.ask("Input.dispatchKeyEvent", type="keyUp", **shared)
            self.keys += 1

    def write(self, text: str) -> None:
        """Type a text; what has no key goes in as an input method would commit it."""
        for letter in text:
            if letter.isascii():
                self.press(letter)
            else:
                self.ask("Input.insertText", text=letter)

    def shoot(self, path: Path, width: int = 1280, height: int = 1600) -> None:
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        time.sleep(0.4)
        shot = self.ask("Page.captureScreenshot", format="png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self) -> None:
        self._socket.close()


@contextmanager
def open_page(width: int = 1280, height: int = 1600) -> Iterator[Page]:
    """Start a browser and yield its page; the process ends with it."""
    profile = Path(tempfile.mkdtemp(prefix="browser-", dir=scratch()))
    command = [
        need_tool("chromium"), "--headless=new", "--no-sandbox", "--disable-gpu",
        "--disable-dev-shm-usage", "--remote-debugging-port=0", f"--user-data-dir={profile}",
        f"--window-size={width},{height}", "about:blank",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        port = _wait_line(profile / "DevToolsActivePort", process)
        with urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            [target, *_] = [t for t in json.load(answer) if t["type"] == "page"]
        page = Page(target["webSocketDebuggerUrl"])
        try:
            yield page
        finally:
            page.close()
    finally:
        process.terminate()
        process.wait(20)


def _wait_line(path: Path, process: subprocess.Popen[bytes], seconds: float = 60) -> str:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and process.poll() is None:
        if path.exists() and (text := path.read_text()).strip():
            return text.splitlines()[0]
        time.sleep(0.1)
    raise AssertionError("the browser did not start")
