"""What rests on files of the product alone, kept beside its compiled modules and as they are.

Python keeps the modules it has compiled in ``__pycache__``; what takes long to work out of packs is
kept there too, by the same right: who may write there may write the product. Where nobody may, or
Python was told to write nothing there, it is worked out each time.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import TypeVar

Answer = TypeVar("Answer")


def keep(name: str, work: Callable[[], Answer], of: Iterable[Path], *versions: str) -> Answer:
    """Return what ``work`` answers, kept as long as the folders ``of`` say the same.

    Their modules and packs count, by content, and those of no folder below; so do Python and the
    ``versions`` of what else has a part in it. The answer must pickle; None is not kept.
    """
    place = Path(cache_from_source(__file__)).with_name(f"{name}.{sys.implementation.cache_tag}")
    parts = [sys.version, *versions, *map(_digest_folder, of)]
    seal = hashlib.sha256("\n".join(parts).encode()).digest()
    # Whatever else stands there, it is worked out again.
    with suppress(Exception), place.open("rb") as stream:
        if stream.read(len(seal)) == seal:
            kept: Answer = pickle.load(stream)  # noqa: S301  # as trusted as a module beside it
            return kept
    answer = work()
    if answer is not None and not sys.dont_write_bytecode:
        _write(place, seal + pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))
    return answer


@cache
def _digest_folder(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.suffix in (".py", ".yaml", ".yml") and file.is_file():
            content = file.read_bytes()
            digest.update(f"{file.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _write(place: Path, content: bytes) -> None:
    part = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        with suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            part.replace(place)
    finally:  # also when somebody ends the process meanwhile
        with suppress(OSError):
            part.unlink()
