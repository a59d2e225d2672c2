"""The seal of an edition: what it consists of and rests on, digest by digest, maybe signed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from piaskit.errors import InvalidData, Issue, Place
from piaskit.jsontext import encode_json
from piaskit.safeguards.evidence import digest_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Manifest: TypeAlias = dict[str, Any]

MANIFEST, SIGNATURE = "manifest.json", "signature.json"
INTERNAL, PUBLIC = "internal", "public"
SIGNED = "piaskit edition\n"  # so that a signature cannot be taken for one over something else


def seal_edition(
    folder: Path,
    head: Mapping[str, Any],
    *,
    options: Mapping[str, Any],
    found: str,
    inputs: Mapping[str, str],
    packs: Iterable[Mapping[str, str]],
    replaces: Manifest | None = None,
    key: Ed25519PrivateKey | None = None,
) -> Manifest:
    """Write the manifests of a finished report folder, sign them, and return that of the whole.

    The public manifest tells digests of inputs and packs without their names. The editions of one
    folder bear one id: its day and the beginning of a digest of all it holds and rests on.
    """
    packs = list(packs)
    files = {n: digest_file(folder / n) for n in _list_files(folder) if not _is_seal(n)}
    before = {k: replaces[k] for k in ("edition", "as_of", "seal")} if replaces else None
    rests = {"inputs": dict(inputs), "packs": packs, "options": dict(options), "found": found}
    whole = {**head, **rests, "replaces": before}
    id = f"{head['as_of']}-{digest_content({**whole, 'files': files})[:10]}"
    for edition in (INTERNAL, PUBLIC):
        own = {
            name.removeprefix(f"{edition}/"): digest
            for name, digest in files.items()
            if name.startswith(f"{edition}/")
        }
        if not own:
            continue
        content = {"edition": id, **whole, "files": own}
        if edition == PUBLIC:
            content = {
                "edition": id,
                **head,
                "replaces": before and {k: before[k] for k in ("edition", "as_of")},
                "files": own,
                "inputs": sorted(inputs.values()),
                "packs": sorted(pack["sha256"] for pack in packs),
            }
        write_manifest(folder / edition, content, key)
    for name in filter(_is_seal, _list_files(folder)):
        files[name] = digest_file(folder / name)
    files = {name: files[name] for name in _list_files(folder)}
    return write_manifest(folder, {"edition": id, **whole, "files": files}, key)


def write_manifest(
    folder: Path, content: Mapping[str, Any], key: Ed25519PrivateKey | None = None
) -> Manifest:
    """Write a manifest with its own seal, and the signature when there is a key."""
    sealed = {**content, "seal": digest_content(content)}
    _write(folder / MANIFEST, sealed)
    if key is not None:
        _write(folder / SIGNATURE, _sign(sealed["seal"], key))
    return sealed


def list_digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a folder but its own manifest and signature."""
    return {name: digest_file(folder / name) for name in _list_files(folder)}


def _list_files(folder: Path) -> list[str]:
    """Return the files of a folder but its own manifest and signature, by name, in order."""
    files = (p.relative_to(folder).as_posix() for p in sorted(folder.rglob("*")) if p.is_file())
    return [name for name in files if name not in (MANIFEST, SIGNATURE)]


def digest_content(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of JSON in its one spelling: sorted keys, no spaces, UTF-8.

    >>> digest_content({"b": 1, "a": "é"}) == digest_content({"a": "é", "b": 1})
    True
    """
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def is_edition(folder: Path) -> bool:
    """Tell whether a folder has the manifest of an edition."""
    try:
        manifest = read_manifest(folder)
        return "inputs" in manifest and isinstance(manifest["files"], dict)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a folder; raises OSError or ValueError."""
    content: Manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    return content


def load_key(path: Path) -> Ed25519PrivateKey:
    """Return the private key of a PEM file that has no password.

    Raises
    ------
    InvalidData
        ``bad-key`` when it is none of ed25519.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        message = "is no ed25519 private key in PEM without a password"
        hint = "openssl genpkey -algorithm ed25519 -out key.pem makes one"
        raise InvalidData([Issue("bad-key", Place(path.name), message, None, hint)])
    return key


def _sign(seal: str, key: Ed25519PrivateKey) -> dict[str, str]:
    public = key.public_key().public_bytes_raw().hex()
    signature = key.sign(f"{SIGNED}{seal}".encode()).hex()
    return {"algorithm": "ed25519", "public_key": public, "seal": seal, "signature": signature}


def _is_seal(name: str) -> bool:
    return name in {f"{e}/{n}" for e in (INTERNAL, PUBLIC) for n in (MANIFEST, SIGNATURE)}


def spell(content: Mapping[str, Any]) -> bytes:
    """Return a manifest or signature as its file holds it, byte for byte."""
    return "".join(encode_json(content)).encode()


def _write(path: Path, content: Mapping[str, Any]) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(spell(content))
    part.replace(path)
