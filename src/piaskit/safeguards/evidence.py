"""The files that safeguards cite: found below `evidence/`, and known by their digest."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

FOLDER = "evidence"


def find_evidence(root: Path, cited: str) -> Path | None:
    """Find an evidence file below ``evidence/`` of a case folder; None when it is not there.

    A link or a path that leads out of the folder counts as absent, and so does an empty file.
    """
    name = cited.strip().removeprefix(f"{FOLDER}/")
    folder = root / FOLDER
    try:
        if Path(name).name == name:
            seen = (folder / name).lstat()
            if stat.S_ISREG(seen.st_mode):  # no link, so nothing leads out
                return folder / name if seen.st_size > 0 else None
        folder = folder.resolve()
        file = (folder / name).resolve()
        there = file.is_relative_to(folder) and file.is_file() and file.stat().st_size > 0
    except (OSError, ValueError, RuntimeError):  # the last one for links that go round
        return None
    return file if there else None


def digest_file(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal letters; raises OSError."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
