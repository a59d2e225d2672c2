"""What rests on files of the product and its libraries alone, kept beside its compiled modules.

Python keeps the modules it has compiled in ``__pycache__``; what takes long to work out of packs is
kept there too, by the same right: who may write there may write the product. Where nobody may, or
Python was told to write nothing there, it is worked out each time.
"""

from __future__ import annotations

import dataclasses
import hashlib
import marshal
import os
import pickle
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from types import CodeType
from typing import Any, TypeVar

from piaskit import __version__

Answer = TypeVar("Answer")


def keep(name: str, work: Callable[[], Answer], of: Iterable[Path], *versions: str) -> Answer:
    """Return what ``work`` answers, kept as long as the folders ``of`` say the same.

    Their modules and packs count, by content, and those of no folder below; so do Python and the
    ``versions`` of what else has a part in it. The answer must pickle; None is not kept.
    """
    place = _find_place(name)
    seal = _seal(*versions, *map(_digest_folder, of))
    # Whatever else stands there, it is worked out again.
    with suppress(Exception), place.open("rb") as stream:
        if stream.read(len(seal)) == seal:
            kept: Answer = pickle.load(stream)  # noqa: S301  # as trusted as a module beside it
            return kept
    answer = work()
    if answer is not None:
        _write(place, seal + pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))
    return answer


class Methods:
    """The methods that dataclasses write as text, compiled once as modules are.

    There are thousands; to compile them takes longer than to import what they are methods of.
    """

    def __init__(self) -> None:
        self.place, self.seal = _find_place("dataclasses"), _seal(__version__)
        self.compiled: dict[str, CodeType] = {}
        self.known = 0

    def lend(self) -> None:
        """Have this process take what is kept, and compile and note the rest."""
        with suppress(Exception):
            sealed = self.place.read_bytes()
            if sealed.startswith(self.seal):
                self.compiled = marshal.loads(sealed[len(self.seal) :])  # noqa: S302  # likewise
        self.known = len(self.compiled)
        vars(dataclasses)["exec"] = self.run  # where they look for it first

    def run(self, text: str, *names: dict[str, Any]) -> None:
        """Do what ``exec`` does with a text."""
        if (code := self.compiled.get(text)) is None:
            code = self.compiled[text] = compile(text, "<string>", "exec", dont_inherit=True)
        exec(code, *names)  # noqa: S102  # as dataclasses do

    def keep(self) -> None:
        """Keep what is new."""
        if len(self.compiled) > self.known:
            _write(self.place, self.seal + marshal.dumps(self.compiled))
            self.known = len(self.compiled)


def _find_place(name: str) -> Path:
    return Path(cache_from_source(__file__)).with_name(f"{name}.{sys.implementation.cache_tag}")


def _seal(*parts: str) -> bytes:
    return hashlib.sha256("\n".join((sys.version, *parts)).encode()).digest()


@cache
def _digest_folder(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.suffix in (".py", ".yaml", ".yml") and file.is_file():
            content = file.read_bytes()
            digest.update(f"{file.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _write(place: Path, content: bytes) -> None:
    if sys.dont_write_bytecode:
        return
    part = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        with suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            part.replace(place)
    finally:  # also when somebody ends the process meanwhile
        with suppress(OSError):
            part.unlink()


METHODS = Methods()  # of this process
