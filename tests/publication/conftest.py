"""A small report folder, sealed without a notebook."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from piaskit.publication.seal import read_manifest, seal_edition

FILES = {
    "internal/report.en.html": "<p>internal</p>",
    "internal/notes/case.yaml": "id: shop\n",
    "public/report.en.html": "<p>public</p>",
    "public/report.zh.html": "<p>公开</p>",
    "results/assess.json": "{}",
}
STATES = {"current": {"severe": 2, "high": 5}, "planned": {"severe": 0, "high": 4}}
SUMMARY = {
    "title": {"zh": "商店评估", "en": "Shop assessment"},
    "organisation": {"zh": "商店", "en": "Shop Ltd"},
    "method": {"zh": "方法", "en": "Method"},
    "regimes": ["cn-pipl"],
    "overall": {"current": "severe", "planned": "high"},
    "counts": STATES,
    "rights": {"autonomy": STATES},
    "activities": {"zh": ["下单"], "en": ["Ordering"]},
    "items": {"zh": ["电话"], "en": ["Telephone"]},
    "verified": {"zh": [], "en": []},
    "contacts": {
        lang: [{"role": "dpo", "name": "Office", "email": "a@shop.example", "phone": "1 2"}]
        for lang in ("zh", "en")
    },
}
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def public_key() -> Ed25519PublicKey:
    """The public half of the key that ``make_edition(key=True)`` signs with."""
    return KEY.public_key()


@pytest.fixture
def make_edition(tmp_path: Path) -> Callable[..., Path]:
    """Return a maker of sealed folders."""

    def make(
        name: str = "report",
        *,
        day: str = "2026-09-30",
        key: bool = False,
        replaces: Path | None = None,
        summary: dict[str, Any] | None = None,
        **files: str,
    ) -> Path:
        folder = tmp_path / name
        told = json.dumps({**SUMMARY, "as_of": day, **(summary or {})}, ensure_ascii=False)
        for file, text in {**FILES, "public/summary.json": told, **files}.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, "utf-8")
        seal_edition(
            folder,
            {"piaskit": "0.1.0", "schema": 1, "as_of": day, "seed": 1},
            options={"layout": "standard"},
            found="f" * 64,
            inputs={"case.yaml": "1" * 64, "evidence/secret-name.md": "0" * 64},
            packs=[{"id": "cn-pipl", "kind": "regulations", "version": "1", "sha256": "2" * 64}],
            replaces=read_manifest(replaces) if replaces else None,
            key=KEY if key else None,
        )
        return folder

    return make
