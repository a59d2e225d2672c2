"""What a service says about itself over HTTP: headers alone, one request, no redirect followed."""

from __future__ import annotations

import ssl
from email.parser import BytesHeaderParser
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from piaskit import __version__
from piaskit.safeguards.probe_tls import Target, make_context, open_tls

if TYPE_CHECKING:
    import socket
    from email.message import Message

MOST = 65_536  # bytes of a head; what is longer is no head
_END = (b"\r\n\r\n", b"\n\n")


def look_at_https(target: Target) -> dict[str, Any]:
    """Return what the service answers to one GET over TLS: HSTS and the flags of its cookies."""
    try:
        with open_tls(target, make_context()) as line:
            _, head = _ask(line, target)
    except (OSError, ssl.SSLError):
        head = None
    if head is None:
        return {"https": False}
    return {
        "https": True,
        "hsts_max_age": read_max_age(head.get("Strict-Transport-Security")),
        **list_bare_cookies(head.get_all("Set-Cookie") or []),
    }


def look_at_plain(target: Target, port: int) -> dict[str, Any]:
    """Return how plain HTTP answers at a port of the same host: redirects, answers or closed."""
    try:
        with target.connect(port) as line:
            status, head = _ask(line, target)
    except OSError:
        return {"plain_http": "closed"}
    if head is None:
        return {"plain_http": "closed"}
    to = urlsplit(head.get("Location") or "")
    if 300 <= status < 400 and to.scheme.lower() == "https":
        return {"plain_http": "redirects", "plain_target": (to.hostname or target.host)[:200]}
    return {"plain_http": "answers"}


def read_max_age(header: str | None) -> int | None:
    """Read the seconds of a Strict-Transport-Security header; None when it holds none.

    >>> read_max_age('max-age="31536000"; includeSubDomains'), read_max_age("preload")
    (31536000, None)
    """
    for part in (header or "").split(";"):
        name, _, value = part.partition("=")
        value = value.strip().strip('"')
        if name.strip().lower() == "max-age" and value.isascii() and value.isdigit():
            return min(int(value), 2**31)
    return None


def list_bare_cookies(headers: list[str]) -> dict[str, str | None]:
    """Name the cookies that lack a flag, by column of ``service_facts``; values are dropped.

    >>> list_bare_cookies(["sid=secret; Secure; Path=/"])["cookies_not_httponly"]
    'sid'
    """
    flags = ("secure", "httponly", "samesite")
    bare: dict[str, list[str]] = {flag: [] for flag in flags}
    for header in headers[:50]:
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(header)
        except CookieError:
            continue
        for name, cookie in cookies.items():
            for flag in flags:
                if not cookie[flag]:
                    bare[flag].append(name[:60])
    return {f"cookies_not_{flag}": ", ".join(names) or None for flag, names in bare.items()}


def _ask(line: socket.socket, target: Target) -> tuple[int, Message | None]:
    """Send one GET and read the head of the answer; None when it is no HTTP."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    request = (
        f"GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: piaskit/{__version__}\r\n"
        "Accept: */*\r\nConnection: close\r\n\r\n"
    )
    line.sendall(request.encode("ascii"))
    data = b""
    while len(data) < MOST and not any(end in data for end in _END):
        line.settimeout(target.left())
        part = line.recv(4096)
        if not part:
            break
        data += part
    first, _, rest = data.partition(b"\n")
    words = first.split(maxsplit=2)
    if not first.startswith(b"HTTP/") or len(words) < 2 or not words[1].isdigit():
        return 0, None
    cut = min((rest.find(end) for end in _END if end in rest), default=len(rest))
    return int(words[1]), BytesHeaderParser().parsebytes(rest[:cut])
