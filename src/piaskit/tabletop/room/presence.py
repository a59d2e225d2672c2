"""Whether somebody sits at the keyboard of this kernel."""

from __future__ import annotations


def is_attended() -> bool:
    """Tell whether the running cell was sent by a front end that can ask somebody.

    papermill and nbconvert send cells that must not ask for input, JupyterLab sends cells that may;
    outside a kernel nobody is there.
    """
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return False
    asked = getattr(kernel, "get_parent", None)
    request = (asked("shell") if asked else None) or {}
    return bool(request.get("content", {}).get("allow_stdin", False))
