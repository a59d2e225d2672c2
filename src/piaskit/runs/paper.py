"""A working paper: an executed notebook, kept, and a page of its prose and outputs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbconvert.exporters.templateexporter import TemplateExporter
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
_ONE_PAGE = Lock()


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
    with _ONE_PAGE:
        page, _ = open_exporter().from_notebook_node(notebook, {"title": title, "forms": FORMS})
    return str(page)


@cache
def open_exporter() -> TemplateExporter:
    """Return the one exporter of this process: nbconvert with a template of its own.

    Its template for pages of HTML highlights code that is hidden here, and takes twenty times
    as long.
    """
    import mistune
    from nbconvert.exporters.templateexporter import TemplateExporter

    prose = mistune.create_markdown(plugins=["table", "strikethrough"])
    return TemplateExporter(
        raw_template=TEMPLATE.read_text("utf-8"),
        filters={"prose": lambda text: str(prose(text)).strip()},
    )
