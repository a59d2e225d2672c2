"""A small HTTPS server on this machine, good or bad in one way, and certificates for it."""

from __future__ import annotations

import contextlib
import datetime
import ssl
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Setup:
    """How the server behaves; as it stands, well."""

    key: Any = None
    names: tuple[str, ...] = ("localhost",)
    ends: datetime.datetime = NOW + datetime.timedelta(days=90)
    issued_by_itself: bool = False
    oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    ciphers: str = "ECDHE+AESGCM:@SECLEVEL=0"
    headers: tuple[tuple[str, str], ...] = (
        ("Strict-Transport-Security", "max-age=31536000"),
        ("Set-Cookie", "sid=secret-value; Secure; HttpOnly; SameSite=Lax"),
    )
    redirects: bool = True

    def but(self, **change: Any) -> Setup:
        return replace(self, **change)


@dataclass
class Authority:
    """A private authority that signs certificates; its file is what `--ca` is given."""

    folder: Path
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.name = _name("Test authority")
        certificate = (
            _start(self.name, self.name, self.key, NOW + datetime.timedelta(days=400))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        self.file = self.folder / "authority.pem"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, setup: Setup) -> Path:
        """Write the certificate and key that a setup asks for to one file."""
        key = setup.key or ec.generate_private_key(ec.SECP256R1())
        own = _name(setup.names[0])
        issuer, signer = (own, key) if setup.issued_by_itself else (self.name, self.key)
        names = [x509.DNSName(name) for name in setup.names]
        certificate = (
            _start(own, issuer, key, setup.ends)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(signer, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        file = self.folder / f"{certificate.serial_number}.pem"
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
        return file


def make_rsa_key(bits: int) -> Any:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@contextlib.contextmanager
def serve(authority: Authority, setup: Setup) -> Iterator[tuple[int, int, list[str]]]:
    """Serve a setup; give the ports of HTTPS and HTTP, and the paths that were asked for."""
    asked: list[str] = []

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server asks for
            asked.append(self.path)
            self.send_response(200)
            for name, value in setup.headers:
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    class Plain(Page):
        def do_GET(self) -> None:
            if not setup.redirects:
                super().do_GET()
                return
            self.send_response(301)
            self.send_header("Location", "https://localhost/elsewhere")
            self.end_headers()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(setup.ciphers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = setup.oldest, setup.newest
    context.load_cert_chain(authority.issue(setup))
    with _run(Page, context) as secure, _run(Plain) as plain:
        yield secure, plain, asked


@contextlib.contextmanager
def _run(
    page: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None
) -> Iterator[int]:
    class Server(ThreadingHTTPServer):
        def finish_request(self, request: Any, client_address: Any) -> None:
            # The handshake belongs to the thread of the request, and may fail.
            if context is None:
                super().finish_request(request, client_address)
                return
            with (
                contextlib.suppress(OSError),
                context.wrap_socket(request, server_side=True) as line,
            ):
                super().finish_request(line, client_address)

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    with Server(("127.0.0.1", 0), page) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _start(
    subject: x509.Name, issuer: x509.Name, key: Any, ends: datetime.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(ends, NOW) - datetime.timedelta(days=30))
        .not_valid_after(ends)
    )
