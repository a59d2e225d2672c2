"""Bytes of no known kind: the writing in them, in the encodings that programs use."""

from __future__ import annotations

import re
from collections.abc import Iterator

from piaskit.report.gate.passage import Dig, Passage

_EDGE = 32  # bytes
# Where nothing but ASCII stands near: such bytes are Chinese in UTF-16 by chance alone.
_ASCII = re.compile(rb"(?<=[\t\n\r -~]{%d})[\t\n\r -~]+(?=[\t\n\r -~]{%d})" % (_EDGE, _EDGE))
_NO_WRITING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]+")


def read(data: bytes, dig: Dig, wide: bytes | None = None) -> Iterator[Passage]:
    """Yield the runs of writing in each encoding; UTF-16 from either side of an odd byte.

    GB 18030 gives nearly any bytes a meaning, so it counts only when all of them have one. UTF-16
    is looked for in what is ``wide``, if that is less than all.
    """
    yield _pick("utf-8", data.decode("utf-8", "replace"))
    wide = _ASCII.sub(b"\0\0", data if wide is None else wide)
    for encoding in ("utf-16-le", "utf-16-be"):
        for start in (0, 1):
            yield _pick(encoding, wide[start:].decode(encoding, "replace"))
    try:
        yield _pick("gb18030", data.decode("gb18030"))
    except UnicodeDecodeError:
        return


def _pick(encoding: str, text: str) -> Passage:
    runs = (run for run in _NO_WRITING.split(text) if len(run) > 2)
    return Passage(f"bytes as {encoding}", "\n".join(runs), noisy=True)
