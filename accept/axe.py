"""Pages in a real browser: what axe-core says of them, and whether they fit a narrow screen."""

from __future__ import annotations

import json
import os
import re
import tempfile
from html import escape, unescape
from pathlib import Path
from typing import Any

from accept.row import NotRun, need_tool, run

ASK = """<script>{axe}</script>
<script>
addEventListener("load", async () => {{
  document.querySelectorAll("details").forEach(part => part.open = true);
  const found = await axe.run(document, {{resultTypes: ["violations"]}});
  const box = document.createElement("pre");
  box.id = "accept-axe";
  box.textContent = JSON.stringify({{
    wide: document.documentElement.scrollWidth - innerWidth,
    passed: found.passes.length,
    violations: found.violations.map(v => [v.id, v.impact, v.nodes.length, v.nodes[0].html])
  }});
  parent.document.body.append(box);
}});
</script></body>"""


LEAST = 500  # no window of the browser is narrower; a frame may be
FRAME = """<!DOCTYPE html><html lang="en"><title>narrow</title><body style="margin: 0">
<iframe title="page" width="{width}" height="1200" style="border: 0" srcdoc="{page}"></iframe>
</body></html>"""


def find_axe() -> str:
    """Return the text of axe-core, which the environment names: AXE_CORE=.../axe.min.js."""
    path = os.environ.get("AXE_CORE", "")
    if not path or not Path(path).is_file():
        raise NotRun("axe-core is not here: `npm pack axe-core`, then AXE_CORE=.../axe.min.js")
    return Path(path).read_text("utf-8")


def ask_axe(page: Path, width: int = 1000) -> dict[str, Any]:
    """Return the violations of a page, and by how many pixels it is wider than the window."""
    axe, browser = find_axe(), need_tool("chromium")
    text = page.read_text("utf-8")
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    head, _, tail = text.rpartition("</body>")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "page.html"
        asking = head + ASK.format(axe=axe) + tail
        if width < LEAST:
            asking = FRAME.format(width=width, page=escape(asking))
        copy.write_text(asking, "utf-8")
        done = run(
            browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--user-data-dir={folder}/home", f"--window-size={width},1200",
            "--virtual-time-budget=60000", "--dump-dom", copy.as_uri(), timeout=180,
        )  # fmt: skip
    match = re.search(r'<pre id="accept-axe">(.*?)</pre>', done.stdout, re.DOTALL)
    if not match:
        raise RuntimeError(f"{page.name}: the browser gave no answer: {done.stderr[-300:]}")
    answer: dict[str, Any] = json.loads(unescape(match[1]))
    return answer
