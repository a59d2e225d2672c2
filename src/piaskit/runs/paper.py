"""A working paper: an executed notebook, kept, and a page of its prose and outputs."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template
    from nbformat import NotebookNode

TEMPLATE = Path(__file__).parent / "templates" / "paper.html"
FORMS = (
    "text/html",
    "text/markdown",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "text/plain",
)  # of an output: the first that it has is shown
_COLOURS = re.compile(r"\x1b\[.*?[@-~]")  # and whatever else is told to a terminal


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
    return open_template().render(nb=notebook, title=title, forms=FORMS)


@cache
def open_template() -> Template:
    """Return the one template of this process; it asks for no exporter of nbconvert.

    Those take a quarter of a second to import, and all they would do here is fill the template.
    """
    import mistune
    from jinja2 import Environment

    prose = mistune.create_markdown(plugins=["table", "strikethrough"])
    environment = Environment()  # noqa: S701  # the template escapes what is no markup
    environment.filters["prose"] = lambda text: str(prose(text)).strip()
    environment.filters["strip_colours"] = lambda text: _COLOURS.sub("", text)
    return environment.from_string(TEMPLATE.read_text("utf-8"))
