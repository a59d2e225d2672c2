"""Whether an edition or a site is what was sealed: every byte, no file more or less."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from piaskit import __version__
from piaskit.display import Grid
from piaskit.errors import InvalidData, Issue, Place
from piaskit.publication.seal import (
    MANIFEST,
    SIGNATURE,
    SIGNED,
    Manifest,
    digest_content,
    list_digests,
    spell,
)

_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is not as it was sealed: the kind is also the label of its sentence."""

    kind: str  # changed | missing | added | manifest | signature | unsigned | other-key
    file: str

    def to_dict(self, say: Callable[..., str]) -> dict[str, str]:
        texts = {
            f"message{'_zh' if lang == 'zh' else ''}": say(
                f"publication.{self.kind}", lang, file=self.file
            )
            for lang in ("en", "zh")
        }
        return {"kind": self.kind, "file": self.file, **texts}


@dataclass(frozen=True, repr=False)
class Verification:
    """The answer of ``verify_edition``."""

    problems: tuple[Problem, ...]
    editions: tuple[str, ...]
    files: int
    signed_by: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        """Return the contract's JSON."""
        from piaskit.knowledge import load_knowledge

        say = load_knowledge().labels
        return {
            "piaskit": __version__,
            "schema": 1,
            "ok": self.ok,
            "problems": [problem.to_dict(say) for problem in self.problems],
            "editions": list(self.editions),
            "files": self.files,
            "signed_by": list(self.signed_by),
        }

    def __repr__(self) -> str:
        said = "nothing changed" if self.ok else f"{len(self.problems)} problems"
        return f"<Verification: {said} in {self.files} files>"

    def _repr_html_(self) -> str:
        from piaskit.knowledge import load_knowledge

        say = load_knowledge().labels
        rows = [(p.file, say(f"publication.{p.kind}", "en", file=p.file)) for p in self.problems]
        title = say("publication.verified" if self.ok else "publication.not-verified", "en",
                    n=self.files)  # fmt: skip
        heads = (say("cli.file", "en"), say("check.message", "en"))
        return Grid(title, heads, rows, "en")._repr_html_()


def verify_edition(path: str | Path, *, public_key: str | Path = "") -> Verification:
    """Compare a report folder, one of its editions or a site with its seals.

    ``public_key``: the key that must have signed, as 64 hexadecimal digits or a PEM file.

    Raises
    ------
    InvalidData
        ``bad-key`` when that is neither.

    >>> verify_edition("no-such-folder").problems
    (Problem(kind='missing', file='manifest.json'),)
    """
    folder = Path(path)
    wanted = _read_key(public_key)
    places = [folder, *(folder / name for name in ("internal", "public"))]
    places += sorted((folder / "reports").glob("*/sealed"))
    problems: list[Problem] = []
    editions, signers = [], []
    files = 0
    for place in places:
        if place != folder and not (place / MANIFEST).is_file():
            continue
        prefix = "" if place == folder else f"{place.relative_to(folder).as_posix()}/"
        manifest, found = _check_manifest(place)
        problems += [Problem(p.kind, prefix + p.file) for p in found]
        if manifest is None:
            continue
        editions += [str(manifest["edition"])] if manifest.get("edition") else []
        files = max(files, len(manifest["files"]))
        signer, found = _check_signature(place, str(manifest.get("seal")), wanted)
        signers += [signer] if signer else []
        problems += [Problem(p.kind, prefix + p.file) for p in found]
        problems += [Problem(p.kind, prefix + p.file) for p in _compare_files(place, manifest)]
    told = tuple(dict.fromkeys(problems))
    return Verification(told, tuple(dict.fromkeys(editions)), files, tuple(dict.fromkeys(signers)))


def _check_manifest(folder: Path) -> tuple[Manifest | None, tuple[Problem, ...]]:
    """Read a manifest that must be spelt as piaskit spells it and bear its own seal."""
    try:
        data = (folder / MANIFEST).read_bytes()
    except OSError:
        return None, (Problem("missing", MANIFEST),)
    try:
        manifest: Manifest = json.loads(data)
        content = {key: value for key, value in manifest.items() if key != "seal"}
        sound = spell(manifest) == data and manifest["seal"] == digest_content(content)
        readable = all(isinstance(d, str) for d in manifest["files"].values())
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, (Problem("manifest", MANIFEST),)
    return manifest if readable else None, () if sound else (Problem("manifest", MANIFEST),)


def _compare_files(folder: Path, manifest: Manifest) -> Iterator[Problem]:
    there, sealed = list_digests(folder), manifest["files"]
    for name in sorted({*there, *sealed}):
        if name not in there:
            yield Problem("missing", name)
        elif name not in sealed:
            yield Problem("added", name)
        elif there[name] != sealed[name]:
            yield Problem("changed", name)


def _check_signature(
    folder: Path, seal: str, wanted: str
) -> tuple[str | None, tuple[Problem, ...]]:
    """Return who signed, and what is wrong with it; no signature is wrong only when one is asked
    for.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    path = folder / SIGNATURE
    if not path.is_file():
        return None, (Problem("unsigned", SIGNATURE),) if wanted else ()
    try:
        data = path.read_bytes()
        signed = json.loads(data)
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed["public_key"]))
        key.verify(bytes.fromhex(signed["signature"]), f"{SIGNED}{seal}".encode())
        sound = spell(signed) == data and signed["seal"] == seal
        sound = sound and signed["algorithm"] == "ed25519"
        signer = str(signed["public_key"])
        sound = sound and all(signed[n] == signed[n].lower() for n in ("public_key", "signature"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InvalidSignature):
        return None, (Problem("signature", SIGNATURE),)
    if not sound:
        return None, (Problem("signature", SIGNATURE),)
    if wanted and signer != wanted:
        return signer, (Problem("other-key", SIGNATURE),)
    return signer, ()


def _read_key(given: str | Path) -> str:
    """Return a public key in hexadecimal digits."""
    if not given:
        return ""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if _HEX.fullmatch(str(given).lower()):
        return str(given).lower()
    try:
        key = load_pem_public_key(Path(given).read_bytes())
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        message = "is neither 64 hexadecimal digits nor an ed25519 public key in PEM"
        hint = "openssl pkey -in key.pem -pubout gives one"
        raise InvalidData([Issue("bad-key", Place(Path(given).name), message, None, hint)])
    return key.public_bytes_raw().hex()
