"""The files that safeguards cite: found below `evidence/`, and known by their digest."""

from __future__ import annotations

import hashlib
from pathlib import Path

FOLDER = "evidence"


def find_evidence(root: Path, cited: str) -> Path | None:
    """Find an evidence file below ``evidence/`` of a case folder; None when it is not there.

    A link or a path that leads out of the folder counts as absent, and so does an empty file.
    """
    folder = (root / FOLDER).resolve()
    try:
        file = (folder / cited.strip().removeprefix(f"{FOLDER}/")).resolve()
        there = file.is_relative_to(folder) and file.is_file() and file.stat().st_size > 0
    except (OSError, ValueError):
        return None
    return file if there else None


def digest_file(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal letters; raises OSError."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
