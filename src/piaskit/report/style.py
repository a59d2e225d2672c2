"""What every exporter shares in looks: levels of risk, words of the page, folder of templates."""

from __future__ import annotations

import marshal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.display import LOOKS as LOOKS
from piaskit.kept import keep
from piaskit.report.document import Block, Document, Lang, PageBreak, Section

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def open_templates(by: Path, folder: Path = TEMPLATES, **options: Any) -> Environment:
    """Return the templates of a folder: text is escaped, a name nobody gave is an error.

    They are compiled once and kept (``kept.py``), as long as neither they nor the modules of the
    folder ``by``, which fills them, change.
    """
    import jinja2
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    class Loader(FileSystemLoader):
        def load(self, environment: Environment, name: str, globals: Any = None) -> jinja2.Template:
            source, file, _ = self.get_source(environment, name)

            def work() -> bytes:
                return marshal.dumps(environment.compile(source, name, file))

            place = "-".join((folder.parent.name, *Path(name).parts))
            folders = (Path(__file__).parent, by)
            compiled = keep(place, work, folders, jinja2.__version__, file, source)
            code = marshal.loads(compiled)  # noqa: S302  # as trusted as a module
            return environment.template_class.from_code(environment, code, globals or {})

    return Environment(
        loader=Loader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )


@cache
def read_words(lang: Lang) -> dict[str, str]:
    """Return the words that pages carry around the document's own: the labels below ``page``.

    >>> read_words("en")["as_of"], read_words("zh")["contents"]
    ('As of', '目录')
    """
    from piaskit.knowledge import load_knowledge

    labels = load_knowledge().labels
    names = sorted(set(labels.words("page").values()))
    return {name.replace("-", "_"): labels[f"page.{name}"][lang] for name in names}


def list_facts(document: Document) -> list[tuple[str, str]]:
    """Return the (label, text) lines under the title: organisation, edition, date, properties."""
    words = read_words(document.lang)
    return [
        (words["organisation"], document.organisation),
        (words["edition"], words[document.edition]),
        (words["as_of"], document.as_of.isoformat()),
        *document.properties,
    ]


def split_opening(section: Section) -> tuple[bool, tuple[Block, ...]]:
    """Return whether a section opens a page, and its blocks without the break that says so.

    A break before anything else stands before the heading, not between heading and text.
    """
    opening = bool(section.blocks) and isinstance(section.blocks[0], PageBreak)
    return opening, section.blocks[opening:]
