"""Streams of chance by name: adding a stage or channel leaves the draws of the others alone."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np


def open_stream(seed: int, *names: str) -> np.random.Generator:
    """Return the generator of a named stream: SFC64, seeded by the seed and the names.

    >>> float(open_stream(1, "notification", "e-mail").random()) == float(
    ...     open_stream(1, "notification", "e-mail").random())
    True
    >>> float(open_stream(1, "a", "b").random()) == float(open_stream(1, "ab").random())
    False
    """
    digest = blake2b("\x1f".join(names).encode(), digest_size=16).digest()
    key = tuple(int.from_bytes(digest[n : n + 4], "little") for n in range(0, 16, 4))
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=key)))
