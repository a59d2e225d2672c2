"""Files that want to exhaust, to climb out or to be fetched: each is refused, soon and cheaply."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import xlsxwriter

from accept.reports import scratch
from accept.row import ROOT, Measured, row

SECONDS, MEGABYTES = 10, 1000
LIMIT = 4_000_000_000  # bytes of address space: what asks for more dies and so fails the row
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1 or str()};" * 10}">' for n in range(1, 12)
)
CONTEXT = '{"@context": "https://w3id.org/dpv/context.jsonld", "@id": "urn:a"}'
TURTLE = "ex:a a dpv:Process ; ex:b "
SOURCE = "import pytm\nx = "
MODEL = "threagile_version: 1.0.0\ntitle: x\nincludes:\n  - {}\n"


def _write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def _stretch(path: Path, head: bytes, tail: bytes) -> Path:
    """Write a file of one gigabyte that takes no room on the disk."""
    with path.open("wb") as file:
        file.write(head)
        file.seek(1_000_000_000)
        file.write(tail)
    return path


def _pack(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def _pack_large(path: Path, name: str) -> Path:
    """Pack one gigabyte of blanks: one megabyte as a file."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w") as part,
    ):
        for _ in range(1000):
            part.write(b" " * 1_000_000)
    return path


def _laugh_in_book(path: Path) -> Path:
    plain = path.with_name("plain.xlsx")
    with xlsxwriter.Workbook(str(plain)) as book:
        book.add_worksheet("activities").write_row(0, 0, ("Processing activity", "Purpose"))
    with zipfile.ZipFile(plain) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    plain.unlink()
    for name in ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"):
        parts[name] = parts[name].replace(b"?>", b"?>" + (LAUGHS + "]>").encode(), 1)
    return _pack(path, parts)


def _grow_yaml() -> str:
    lines = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    return "\n".join(("a0: &a0 [lol, lol]", *lines)) + "\n"


def _repeat_yaml() -> str:
    return "a: &a [" + "x, " * 10_000 + "x]\nb: [" + "*a, " * 10_000 + "*a]\n"


def _climb(at: Path) -> Path:
    _write(at / "secret.yaml", "title: y\n")
    return _write(at / "in" / "x.yaml", MODEL.format("../secret.yaml"))


FILES: dict[str, Callable[[Path], Path]] = {
    "YAML laughs": lambda at: _write(at / "x.yaml", _grow_yaml()),
    "YAML that repeats": lambda at: _write(at / "x.yaml", _repeat_yaml()),
    "YAML within itself": lambda at: _write(at / "x.yaml", "system: &a [*a]\n"),
    "deep YAML": lambda at: _write(at / "x.yaml", "[" * 1_000_000),
    "a gigabyte of YAML": lambda at: _stretch(at / "x.yaml", b'a: "', b'"'),
    "XML laughs": lambda at: _write(at / "x.xml", f"<?xml version='1.0'?>{LAUGHS}]><x>&a11;</x>"),
    "XML laughs in a workbook": lambda at: _laugh_in_book(at / "x.xlsx"),
    "a JSON string of a gigabyte": lambda at: _stretch(at / "x.json", b'{"pia": "', b'"}'),
    "the same under another name": lambda at: _stretch(at / "x", b'{"pia": "', b'"}'),
    "deep JSON": lambda at: _write(at / "x.json", "[" * 10_000_000),
    "JSON of very many lists": lambda at: _write(at / "x.json", "[" + "[]," * 20_000_000 + "1]"),
    "a zip bomb": lambda at: _pack_large(at / "x.zip", "pia.json"),
    "a zip bomb as a workbook": lambda at: _pack_large(at / "x.xlsx", "xl/workbook.xml"),
    "a zip of very many files": lambda at: _pack(
        at / "x.zip", {f"{n}.json": b"{}" for n in range(20_000)}
    ),
    "a zip within a zip": lambda at: _pack(
        at / "x.zip", {"y.zip": _pack_large(at / "y.zip", "pia.json").read_bytes()}
    ),
    "a zip that climbs out": lambda at: _pack(at / "x.zip", {"../../pia.json": b'{"pia": {}}'}),
    "an include that climbs out": lambda at: _climb(at),
    "an include of the system's": lambda at: _write(at / "x.yaml", MODEL.format("/etc/hosts")),
    "an include of itself": lambda at: _write(at / "x.yaml", MODEL.format("x.yaml")),
    "deep Turtle": lambda at: _write(at / "x.ttl", TURTLE + "[ ex:c " * 100_000),
    "a gigabyte of Turtle": lambda at: _stretch(at / "x.ttl", b"ex:a a dpv:Process . # ", b"\n"),
    "a context to be fetched": lambda at: _write(at / "x.jsonld", CONTEXT),
    "deep Python": lambda at: _write(at / "x.py", SOURCE + "(" * 100_000),
    "a long sum in Python": lambda at: _write(at / "x.py", SOURCE + "'a' + " * 100_000 + "''"),
    "a gigabyte of CSV": lambda at: _stretch(at / "x.csv", b"a,b\n1,", b"\n"),
}  # fmt: skip


def _import(path: Path, into: Path) -> tuple[dict[str, Any], int, float, float, str]:
    """Run the import with little room; return answer, exit, seconds, megabytes and what it said.

    The seconds are those of the processor: how long others keep it busy says nothing here.
    """
    words = [sys.executable, "-m", "piaskit", "import", str(path), "--into", str(into), "--json"]

    def narrow() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))

    out, errors = into.with_suffix(".out"), into.with_suffix(".err")
    with out.open("wb") as told, errors.open("wb") as said:
        child = subprocess.Popen(words, cwd=ROOT, stdout=told, stderr=said, preexec_fn=narrow)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    took = usage.ru_utime + usage.ru_stime
    text = out.read_text("utf-8")
    answer = json.loads(text) if text.startswith("{") else {}
    return answer, child.returncode, took, usage.ru_maxrss / 1000, errors.read_text("utf-8")


def _judge_files() -> Iterator[tuple[str, str, float, float]]:
    for number, (name, make) in enumerate(FILES.items()):
        folder = scratch() / f"hostile-{number}"
        folder.mkdir()
        answer, code, took, room, said = _import(make(folder), folder / "case")
        issues = answer.get("issues", [])
        wrong = ""
        if code != 1 or not issues or "Traceback" in said:
            wrong = f"ended with {code}: {said.strip()[-100:]}"
        elif not all(issue["file"] and issue["message"] for issue in issues):
            wrong = "has no place"
        elif (folder / "case").exists():
            wrong = "left something behind"
        elif took > SECONDS or room > MEGABYTES:
            wrong = f"took {took:.1f} s and {room:.0f} MB"
        yield name, wrong, took, room


@row(
    "Zip bombs, billion laughs (XML, YAML), a JSON string of 1 GB, includes that climb out ...",
    f"each refused with a place, within {SECONDS} s of processor and {MEGABYTES} MB, nothing left",
)
def hostile_files_refused() -> Measured:
    found = list(_judge_files())
    wrong = [f"{name} {text}" for name, text, _, _ in found if text]
    slowest = max(found, key=lambda each: each[2])
    largest = max(found, key=lambda each: each[3])
    told = f"{len(found) - len(wrong)} of {len(found)} refused; slowest {slowest[0]}"
    told += f" {slowest[2]:.1f} s, most memory {largest[0]} {largest[3]:.0f} MB"
    return f"{told}; wrong: {wrong}", not wrong
