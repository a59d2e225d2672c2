"""One file per format: each module here has ``export(document, path) -> None``."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TypeAlias

from piaskit.report.document import Document

Export: TypeAlias = Callable[[Document, Path], None]


def list_formats() -> tuple[str, ...]:
    """Return the names of the formats, which are also the endings of their files.

    >>> "html" in list_formats()
    True
    """
    return tuple(sorted(module.name for module in iter_modules(__path__)))


def prepare_formats() -> None:
    """Read and compile what every export needs, so that forks of this process find it done."""
    from piaskit.report.exporters import docx, html
    from piaskit.report.fonts import load_fonts, read_coverage

    read_coverage()
    load_fonts()
    html.load_template()
    parts = docx.load_templates()
    for name in parts.list_templates(filter_func=lambda name: name.startswith("word/")):
        parts.get_template(name)


def export_document(document: Document, path: Path) -> None:
    """Write ``document`` in the format that the ending of ``path`` names.

    Raises ValueError naming the formats when the ending is none of them.
    """
    name = path.suffix.removeprefix(".")
    if name not in list_formats():
        raise ValueError(f"{path.name}: no format {name!r}; there are {', '.join(list_formats())}")
    export: Export = import_module(f"{__name__}.{name}").export
    export(document, path)
