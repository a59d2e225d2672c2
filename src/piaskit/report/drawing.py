"""Drawings made fit for a page: nothing that runs or is fetched, words for those who cannot see."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from xml.etree import ElementTree

from piaskit.report.document import Figure, reveal_controls
from piaskit.report.fonts import FAMILIES, load_fonts, replace_missing
from piaskit.report.style import TEMPLATES

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*>")
_ACTIVE = {"script", "foreignObject", "iframe", "set", "animate", "handler"}
_URL = re.compile(r"url\(\s*['\"]?([^'\")]*)")
_SPOKEN = {"role", "aria-label", "aria-labelledby", "aria-describedby", "aria-hidden"}

ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", _XLINK)


def draw_inline(figure: Figure) -> str:
    """Return the drawing as an element of a web page, named and described, its ids its own."""
    root = _read_drawing(figure)
    prefix = f"{figure.id}--"
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "id":
                element.set(name, prefix + value)
            elif name.endswith("href") and value.startswith("#"):
                element.set(name, "#" + prefix + value[1:])
            elif "url(#" in value:
                element.set(name, value.replace("url(#", f"url(#{prefix}"))
        if element.text:
            element.text = reveal_controls(element.text)[0].replace("url(#", f"url(#{prefix}")
    for name in _SPOKEN & root.attrib.keys():
        del root.attrib[name]
    for child in [child for child in root if child.tag in (f"{{{_SVG}}}title", f"{{{_SVG}}}desc")]:
        root.remove(child)
    for place, (tag, text) in enumerate((("title", figure.title), ("desc", figure.alt))):
        spoken = ElementTree.Element(f"{{{_SVG}}}{tag}", {"id": f"{prefix}{tag}"})
        spoken.text = reveal_controls(text)[0]
        root.insert(place, spoken)
    root.set("role", "img")
    root.set("aria-labelledby", f"{prefix}title {prefix}desc")
    return ElementTree.tostring(root, encoding="unicode")


def draw_printed(figure: Figure) -> tuple[str, int]:
    """Return the drawing with the report's fonts, and how many characters they lack."""
    root = _read_drawing(figure)
    family, missing = ", ".join(FAMILIES), 0
    for element in root.iter():
        if element.tag == f"{{{_SVG}}}style" and element.text:
            element.text = re.sub(r"font-family\s*:[^;}]*", f"font-family: {family}", element.text)
            continue
        if "font-family" in element.attrib:
            element.set("font-family", family)
        if "font" in element.get("style", ""):
            style = re.sub(
                r"font-family\s*:[^;]*", f"font-family: {family}", element.attrib["style"]
            )
            element.set("style", style)
        for part in ("text", "tail"):
            text, count = replace_missing(getattr(element, part) or "")
            missing += count
            setattr(element, part, text)
    root.set("font-family", family)
    return ElementTree.tostring(root, encoding="unicode"), missing


def draw_rasters(figures: Iterable[tuple[Figure, float, float]], density: int) -> list[bytes]:
    """Return drawings as PNG, each for a room of width by height in mm, at dots per inch.

    Raises ValueError for a drawing that cannot be drawn, with the id of its figure.
    """
    import typst

    asked = list(figures)
    drawings = [
        {"svg": draw_printed(figure)[0], "width": width, "height": height}
        for figure, width, height in asked
    ]
    if not drawings:
        return []
    try:
        images = typst.compile(
            TEMPLATES / "figures.typ",
            font_paths=load_fonts(),
            format="png",
            ppi=density,
            sys_inputs={"drawings": json.dumps(drawings)},
        )
    except typst.TypstError as error:
        if len(asked) == 1:
            raise ValueError(f"figure {asked[0][0].id!r}: {error}") from error
        for one in asked:  # which one it is
            draw_rasters([one], density)
        raise
    pages: list[bytes] = images if isinstance(images, list) else [images]
    if len(pages) != len(drawings):
        raise TypeError(f"{len(drawings)} drawings take {len(pages)} pages")
    return pages


def _read_drawing(figure: Figure) -> ElementTree.Element:
    text = _DOCTYPE.sub("", figure.svg)
    where = f"figure {figure.id!r}"
    if "<!" in text.replace("<!--", "").replace("<![CDATA[", ""):
        raise ValueError(f"{where}: the drawing declares entities")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"{where}: the drawing is not well-formed ({error})") from error
    if root.tag != f"{{{_SVG}}}svg":
        raise ValueError(f"{where}: the drawing does not start with <svg> of the SVG namespace")
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        if name in _ACTIVE or any(key.lower().startswith("on") for key in element.attrib):
            raise ValueError(f"{where}: <{name}> of the drawing could run something")
        targets = [v for key, v in element.attrib.items() if key.rpartition("}")[2] == "href"]
        told = " ".join(element.attrib.values()) + (element.text or "")
        if "url(" in told:
            targets += _URL.findall(told)
        if name == "style" and "@import" in (element.text or ""):
            targets.append("@import")
        for target in targets:
            if not target.startswith(("#", "data:image/png", "data:image/jpeg")):
                raise ValueError(f"{where}: the drawing would fetch {target!r}")
    if "viewBox" not in root.attrib:
        size = [
            root.get(name, "").removesuffix("px").removesuffix("pt") for name in ("width", "height")
        ]
        if all(re.fullmatch(r"[\d.]+", length) for length in size):
            root.set("viewBox", f"0 0 {size[0]} {size[1]}")
    return root
