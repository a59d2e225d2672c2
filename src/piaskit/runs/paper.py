"""A working paper: an executed notebook, kept, and a page of its prose and outputs."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

_COLOUR = re.compile("\x1b\\[[0-9;]*[A-Za-z]")  # of a terminal


def save_working_paper(notebook: NotebookNode, folder: Path, name: str) -> None:
    """Write an executed notebook as ``name.ipynb`` and, code hidden, as ``name.html``."""
    import nbformat

    folder.mkdir(parents=True, exist_ok=True)
    text = nbformat.writes(notebook)
    (folder / f"{name}.ipynb").write_text(text + "\n", "utf-8", newline="\n")
    page = render_working_paper(notebook, name)
    (folder / f"{name}.html").write_text(page, "utf-8", newline="\n")


def render_working_paper(notebook: NotebookNode, title: str) -> str:
    """Return a self-contained page of a notebook's prose and outputs, its code left out."""
    body = "\n".join(part for cell in notebook.cells for part in _render_cell(cell))
    return PAGE.format(title=html.escape(title), style=STYLE, body=body)


def _render_cell(cell: Mapping[str, Any]) -> Iterator[str]:
    if cell["cell_type"] == "markdown":
        yield _render_prose(cell["source"])
    for output in cell.get("outputs", ()):
        shown = _render_output(output)
        if shown:
            yield f'<div class="output">{shown}</div>'


def _render_output(output: Mapping[str, Any]) -> str:
    """Show the richest form of an output that a page without scripts can show."""
    if output["output_type"] == "stream":
        return _render_text(output["text"])
    if output["output_type"] == "error":
        return _render_text("\n".join(output["traceback"]))
    forms = output["data"]
    return next((render(forms[kind]) for kind, render in FORMS.items() if kind in forms), "")


def _render_prose(text: str) -> str:
    return str(_open_markdown()(text)).strip()


@cache
def _open_markdown() -> Callable[[str], Any]:
    import mistune

    return mistune.create_markdown(plugins=["table", "strikethrough"])


def _render_text(text: str) -> str:
    return f"<pre>{html.escape(_COLOUR.sub('', text))}</pre>"


def _render_image(kind: str) -> Callable[[str], str]:
    return lambda encoded: f'<img alt="" src="data:{kind};base64,{"".join(encoded.split())}">'


FORMS: dict[str, Callable[[str], str]] = {
    "text/html": str,
    "text/markdown": _render_prose,
    "image/svg+xml": str,
    "image/png": _render_image("image/png"),
    "image/jpeg": _render_image("image/jpeg"),
    "text/plain": _render_text,
}  # the richest first

PAGE = """<!doctype html>
<html lang="mul">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main tabindex="0">
{body}
</main>
</body>
</html>
"""

STYLE = """
body { font: 16px/1.5 system-ui, "Noto Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif;
  color: #1a1a1a; background: #fff; margin: 0; }
main { max-width: 70rem; margin: 0 auto; padding: 1rem; overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; font-size: 0.9rem; }
th, td { border: 1px solid #bbb; padding: 0.3rem 0.6rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
th { background: #f2f2f2; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
svg, img { max-width: 100%; height: auto; }
"""
