"""What a TLS service offers: versions, ciphers, certificate, chain, host name."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from piaskit.errors import quote

VERSIONS = {
    "tls1_0": ("TLSv1", ssl.HAS_TLSv1),
    "tls1_1": ("TLSv1_1", ssl.HAS_TLSv1_1),
    "tls1_2": ("TLSv1_2", ssl.HAS_TLSv1_2),
    "tls1_3": ("TLSv1_3", ssl.HAS_TLSv1_3),
}
# Level 0 lets a client of today say the words of yesterday: only to hear whether they are answered.
_ANY = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
_BROKEN = ("eNULL", "aNULL", "EXP", "RC4", "3DES", "DES", "MD5", "IDEA", "SEED")
_STATIC = "kRSA:!eNULL:@SECLEVEL=0"
_PROBLEMS = {9: "not-yet-valid", 10: "expired", 18: "self-signed", 19: "self-signed"}
_ISSUER_UNKNOWN = (2, 20, 21, 22, 24, 27, 79)


class Unreachable(Exception):
    """A service could not be looked at: the label below `probe.` that says why, and its words."""

    def __init__(self, why: str, **say: object) -> None:
        self.why, self.say = why, say
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Target:
    """A service to look at: seconds per answer, and the moment (monotonic clock) to stop at all."""

    host: str
    port: int
    patience: float
    deadline: float

    @property
    def id(self) -> str:
        """How the service is called: host and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @contextmanager
    def connect(self, port: int | None = None) -> Iterator[socket.socket]:
        """Open a connection; raises OSError, Unreachable when the time is up."""
        with socket.create_connection((self.host, port or self.port), self.left()) as line:
            line.settimeout(self.left())
            yield line

    def left(self) -> float:
        """Return the seconds to wait for an answer; raises Unreachable when the time is up."""
        rest = self.deadline - time.monotonic()
        if rest <= 0:
            raise Unreachable("too-slow")
        return min(rest, self.patience)


def look_at_tls(target: Target, ca: Path | None, as_of: date) -> dict[str, Any]:
    """Return the facts of a service about TLS, by the columns of ``service_facts``.

    Every question is one handshake. Raises Unreachable when none succeeds.
    """
    certificate, cipher = _fetch_certificate(target)
    weak = _list_weak_ciphers(target)
    return {
        **{column: _try_version(target, column) for column in VERSIONS},
        "cipher": cipher,
        "weak_ciphers": ", ".join(weak) or None,
        "static_ciphers": _try_ciphers(target, _STATIC),
        "chain": _verify_chain(target, ca),
        **read_certificate(certificate, target.host, as_of),
    }


@contextmanager
def open_tls(target: Target, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    """Shake hands and give the line; raises OSError (ssl.SSLError is one)."""
    name = None if is_address(target.host) else target.host
    with target.connect() as line, context.wrap_socket(line, server_hostname=name) as secured:
        yield secured


def make_context(ciphers: str = _ANY, version: str | None = None) -> ssl.SSLContext:
    """Make a client that trusts everybody: it looks, it sends nothing of value."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers(ciphers)
    lower_floor(context)
    if version:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    return context


def lower_floor(context: ssl.SSLContext) -> None:
    """Let a context speak old versions: the system's own floor would hide what is offered."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1


def is_address(host: str) -> bool:
    """Say whether a host is an IP address.

    >>> is_address("::1"), is_address("shop.example")
    (True, False)
    """
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def match_host(host: str, names: list[str]) -> bool:
    """Say whether a certificate's names cover a host (RFC 9525 6.3).

    A star stands for one whole label at the left.

    >>> match_host("a.shop.example", ["*.shop.example"]), match_host("shop.example", ["*.example"])
    (True, True)
    >>> match_host("b.a.shop.example", ["*.shop.example"]), match_host("example", ["*"])
    (False, False)
    """
    asked = host.rstrip(".").lower()
    for name in (n.rstrip(".").lower() for n in names):
        if name == asked:
            return True
        star, _, rest = name.partition(".")
        _, _, own = asked.partition(".")
        if star == "*" and rest and own == rest and not is_address(asked):
            return True
    return False


def read_certificate(der: bytes, host: str, as_of: date) -> dict[str, Any]:
    """Read the facts of a certificate in DER form; raises Unreachable when it is none."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

    try:
        found = x509.load_der_x509_certificate(der)
        key = found.public_key()
        names = _list_names(found)
        ends = found.not_valid_after_utc.date()
        signed_with = found.signature_hash_algorithm
    except Exception as error:
        raise Unreachable("certificate-unreadable", error=quote(error)) from None
    kinds = {rsa.RSAPublicKey: "RSA", dsa.DSAPublicKey: "DSA", ec.EllipticCurvePublicKey: "EC"}
    kind = next((word for of, word in kinds.items() if isinstance(key, of)), None)
    return {
        "self_signed": _signs_itself(found),
        "host_matches": match_host(host, names),
        "names": ", ".join(names[:20]) or "-",
        "not_after": ends,
        "days_left": (ends - as_of).days,
        "key_type": kind or type(key).__name__.removesuffix("PublicKey").strip("_"),
        "key_bits": getattr(key, "key_size", None),
        "signature": signed_with.name if signed_with else None,
    }


def _list_names(found: Any) -> list[str]:
    """Return the names of a certificate; the common name no longer counts (RFC 9525)."""
    from cryptography import x509

    with suppress(x509.ExtensionNotFound):
        held = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        addresses = [str(address) for address in held.get_values_for_type(x509.IPAddress)]
        return [*held.get_values_for_type(x509.DNSName), *addresses]
    return []


def _signs_itself(found: Any) -> bool:
    if found.issuer != found.subject:
        return False
    try:
        found.verify_directly_issued_by(found)
    except Exception:
        return False
    return True


def _fetch_certificate(target: Target) -> tuple[bytes, str | None]:
    """Return the certificate, and the cipher that a client of today would get."""
    cipher = None
    today = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    today.check_hostname = False
    today.verify_mode = ssl.CERT_NONE
    failure: OSError | None = None
    for context in (today, make_context()):
        try:
            with open_tls(target, context) as line:
                got = line.cipher()
                cipher = f"{got[1]} {got[0]}" if got else None
                der = line.getpeercert(binary_form=True)
                if der:
                    return der, cipher
        except OSError as error:
            failure = error
    if isinstance(failure, TimeoutError):
        raise Unreachable("no-answer")
    if isinstance(failure, ssl.SSLError):
        raise Unreachable("no-tls")
    raise Unreachable("no-connection", error=quote(getattr(failure, "strerror", None) or failure))


def _try_version(target: Target, column: str) -> str:
    version, can = VERSIONS[column]
    if not can:
        return "untried"
    try:
        with open_tls(target, make_context(version=version)):
            return "yes"
    except ssl.SSLError as error:
        # Our own library's refusal to try is not the service's answer.
        return "untried" if "NO_PROTOCOLS_AVAILABLE" in str(error) else "no"
    except TimeoutError:
        return "untried"
    except OSError:
        return "no"


def _list_weak_ciphers(target: Target) -> list[str]:
    """Return the broken ciphers that the service accepts, one per family."""
    found = []
    for family in _BROKEN:
        spared = "" if family in ("eNULL", "aNULL") else ":!eNULL:!aNULL"
        with suppress(ssl.SSLError):
            name = _try_ciphers(target, f"{family}{spared}:@SECLEVEL=0")
            found += [name] if name and name not in found else []
    return found


def _try_ciphers(target: Target, ciphers: str) -> str | None:
    """Return the cipher that the service picks of a set, None when it takes none of them.

    Raises ssl.SSLError when this machine knows none of the set.
    """
    context = make_context(ciphers)
    # From 1.3 on the ciphers are others, all of them sound.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        with open_tls(target, context) as line:
            got = line.cipher()
            return got[0] if got else None
    except OSError:
        return None


def _verify_chain(target: Target, ca: Path | None) -> str:
    context = ssl.create_default_context(cafile=str(ca) if ca else None)
    context.check_hostname = False  # the name is judged by itself
    context.set_ciphers(_ANY)
    lower_floor(context)
    try:
        with open_tls(target, context):
            return "ok"
    except ssl.SSLCertVerificationError as error:
        code = error.verify_code
        return _PROBLEMS.get(code, "untrusted" if code in _ISSUER_UNKNOWN else "other")
    except OSError:
        return "other"
