"""Sampled values are shown by their shape alone."""

from __future__ import annotations

import re

LONGEST_SHOWN = 40
_SIGNS = re.compile(r"[^\W_]")


def mask_secret(text: str) -> str:
    """Hide a secret whole, its length included.

    >>> mask_secret("abc"), mask_secret("a longer one")
    ('********', '********')
    """
    del text
    return "*" * 8


def mask_value(text: str) -> str:
    """Hide every letter and digit but the first of four or more; signs keep the shape.

    >>> mask_value("13800138000"), mask_value("a.li@example.com"), mask_value("王小明")
    ('1**********', 'a.**@*******.***', '***')
    """
    shown = text[:LONGEST_SHOWN]
    hidden = _SIGNS.sub("*", shown)
    if len(text) > 3:
        hidden = shown[0] + hidden[1:]
    return hidden + ("…" if len(text) > LONGEST_SHOWN else "")
