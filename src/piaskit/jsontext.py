"""Results as JSON text: a line per key, and per row of a list, however many rows there are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

_TOGETHER = 500  # rows written in one go
_write = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def encode_json(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield the text of a JSON object in parts; rows are read one by one and not kept.

    A list that has ``write_rows`` writes its rows itself.

    Raises ValueError for a number that JSON does not have.

    >>> print("".join(encode_json({"n": 1, "rows": [{"a": 1}, {"a": 2}], "none": []})), end="")
    {
     "n": 1,
     "rows": [
      {"a": 1},
      {"a": 2}
     ],
     "none": []
    }
    """
    yield "{"
    for number, (key, value) in enumerate(content.items()):
        yield f"{',' if number else ''}\n {_write(key)}: "
        listed = isinstance(value, Sequence) and not isinstance(value, str)
        if listed and len(value):
            own = getattr(value, "write_rows", None)
            rows = iter(own() if own else map(_write, value))
            yield f"[\n  {next(rows)}"
            while some := ",\n  ".join(islice(rows, _TOGETHER)):
                yield f",\n  {some}"
            yield "\n ]"
        else:
            yield _write([] if listed else value)
    yield "\n}\n"
