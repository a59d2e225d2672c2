"""The controls of the room, each of which the keyboard alone can use in JupyterLab.

JupyterLab keeps arrow keys and letters for its cells unless a text is being typed, so there are no
lists to open: every choice is a row of its own that Tab reaches and Space picks.
"""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as widgets

_STYLE = {"description_width": "8em"}


def make_choice(
    label: str,
    options: Sequence[tuple[str, str]] = (),
    value: str | None = None,
    across: bool = False,
) -> widgets.RadioButtons:
    """Return a choice of one: pairs of what is shown and what it stands for."""
    return widgets.RadioButtons(
        options=options,
        value=value,
        orientation="horizontal" if across else "vertical",
        description=label,
        style=_STYLE,
    )


def make_text(label: str, value: str = "", rows: int = 1, hint: str = "") -> widgets.Text:
    """Return a text to be typed; it is sent when the focus leaves it."""
    made: widgets.Text = (widgets.Textarea if rows > 1 else widgets.Text)(
        value=value, description=label, placeholder=hint, style=_STYLE, continuous_update=False
    )
    if rows > 1:
        made.rows = rows
    return made


def make_minutes(label: str, value: int, least: int = 0) -> widgets.BoundedIntText:
    """Return a number of minutes."""
    style = {"description_width": "auto"}
    return widgets.BoundedIntText(
        value=value, min=least, max=100_000, description=label, style=style
    )


def make_tick(label: str, value: bool = False) -> widgets.Checkbox:
    """Return something to be ticked."""
    return widgets.Checkbox(value=value, description=label, indent=False)
