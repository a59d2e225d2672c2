"""The room of live exercises, as people use it: by the keyboard, in a real JupyterLab."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any, get_args

from accept.browser import CONTROL, SHIFT, Page, open_page
from accept.lab import serve_lab
from accept.reports import scratch
from accept.row import MARKETPLACE, ROOT, Measured, row
from piaskit.knowledge.scenario import Way
from piaskit.tabletop.scenario import find_duty

SCENARIO = "merge-mail-error"
PICTURES = ROOT / ".accept" / "room"
CELL = """\
import piaskit
from piaskit.tabletop.room import open_room

case = piaskit.read_case("shop")
lang = open("lang.txt").read()


def report(exercise, attended):
    return piaskit.write_after_action(
        exercise, "aar", attended=attended, formats=("html", "pdf")
    )


open_room("{scenario}", case, log="game.jsonl", lang=lang, report=report)
"""
IDLE = "!!document.querySelector('.jp-Notebook-ExecutionIndicator[data-status=idle]')"
WIDE = """[...document.querySelectorAll('.piaskit-room, .jp-OutputArea-output')]
  .reduce((most, e) => Math.max(most, e.scrollWidth - e.clientWidth), 0)"""
HERE = "document.activeElement"
SHOWN = "document.querySelector('.piaskit-room .now')"
# what the focused control is called: its own text, else that of its label
NAME = f"""(() => {{
  const e = {HERE};
  if (!e.closest('.piaskit-room')) return '';
  if (e.tagName == 'BUTTON') return e.innerText;
  const around = e.closest('label');
  if (around) return around.innerText;
  const box = e.closest('.jupyter-widgets');
  const label = box && box.querySelector('.widget-label');
  return label && label.innerText ? label.innerText : box ? box.innerText : '';
}})()"""
OUTLINE = f"getComputedStyle({HERE}).outlineStyle + getComputedStyle({HERE}).outlineWidth"


class Table:
    """The people at the table: they read the page and press keys."""

    def __init__(self, page: Page, folder: Path, knowledge: Any) -> None:
        self.page, self.folder, self.knowledge, self.lang = page, folder, knowledge, "zh"
        self.scenario = knowledge.scenarios[SCENARIO]
        self.unseen: list[str] = []

    def say(self, id: str) -> str:
        return self.knowledge.labels(f"room.{id}", self.lang)

    def reach(self, name: str, back: bool = False, most: int = 90) -> None:
        """Go on by Tab until a control of this name has the focus; it must be seen to have it."""
        for _ in range(most):
            if name and self.page.tell(NAME).strip().startswith(name):
                if self.page.tell(OUTLINE) != "solid3px":
                    self.unseen.append(name)
                return
            self.page.press("Tab", SHIFT if back else 0)
        raise AssertionError(f"no Tab leads to {name}")

    def open(self, lang: str) -> None:
        """Run the cell by the keyboard and come to the first control of its room."""
        self.lang, page = lang, self.page
        (self.folder / "lang.txt").write_text(lang)
        page.press("Escape")
        page.press("Enter", CONTROL)
        name = "演练室" if lang == "zh" else "Exercise room"
        page.wait(f"document.querySelector('.piaskit-room h2')?.innerText.startsWith('{name}')")

    def read(self) -> str:
        return str(self.page.tell(f"{SHOWN} ? {SHOWN}.innerText : ''"))

    def settle(self) -> None:
        """Look until the page has stood still for a moment, as people do."""
        before, still = "", 0
        while still < 3:
            time.sleep(0.1)
            now = str(self.page.tell("document.querySelector('.piaskit-room').innerText"))
            still = still + 1 if now == before and self.page.tell(IDLE) else 0
            before = now

    def press_and_wait(self, key: str) -> None:
        self.settle()
        shown = "document.querySelector('.room-log').innerHTML"
        before = self.page.tell(shown)
        self.page.press(key)
        self.page.wait(f"{shown} != {json.dumps(before)}", 30)
        self.settle()

    def decide(self, count: int) -> None:
        """Take the right option of the decision that is asked first, everything filled in."""
        page, lang = self.page, self.lang
        asked = page.tell("document.querySelector('.room-decide label:has(:checked)').innerText")
        [id] = [i for i, d in self.scenario.decisions.items() if f"{d.title[lang]} " in asked
                or f"{d.title[lang]}（" in asked]  # fmt: skip
        options = self.scenario.decisions[id].options
        option = next(option for option in options.values() if option.score == 3)
        self.reach(option.title[lang])
        page.press(" ")
        if option.notices:
            title = find_duty(self.knowledge, option.notices[-1].duties[-1]).title[lang]
            page.wait(f"document.querySelector('.room-decide').innerText.includes('{title}')")
            self.settle()
        for notice in option.notices:
            proper = self.scenario.due[notice.duties[0]].ways[0]
            page.press("Tab")
            self.reach(self.say(f"way.{proper}"))
            page.press(" ")
            page.press("Tab", times=len(get_args(Way)) - get_args(Way).index(proper))
            while page.tell(f"{HERE}.type") == "checkbox":
                if not page.tell(f"{HERE}.checked"):
                    page.press(" ")
                page.press("Tab")
        for name in ("low", "best", "high"):
            self.reach(self.say(name))
            page.press("a", CONTROL)
            page.write(f"{count:,}")
        self.reach(self.say("why"))
        page.write("按预案处理" if lang == "zh" else "As our plan says")
        self.reach(self.say("do-decide"))

    def restart(self) -> None:
        """Restart the kernel by the keyboard."""
        page = self.page
        page.press("Escape")
        page.press("0", times=2)
        page.wait(f"!!{HERE}.closest('.jp-Dialog')", 20)
        page.press("Enter")
        page.wait("!document.querySelector('.jp-Dialog')", 20)
        page.wait(IDLE)

    def play(self, until: int) -> None:
        """Decide what is asked, else wait for news, until so many decisions are taken."""
        page = self.page
        while True:
            if page.tell("document.querySelector('.room-reveal').style.display != 'none'"):
                return
            if page.tell(
                "!!document.querySelector('.room-decide label:has(:checked)')?.offsetParent"
            ):
                if not until:
                    return
                self.decide(8600)
                self.press_and_wait(" " if until % 2 else "Enter")
                until -= 1
                continue
            over = page.tell(
                "[...document.querySelectorAll('.room-time button')].at(-1).offsetParent != null"
            )
            self.reach(self.say("do-close" if over else "do-next"))
            self.press_and_wait("Enter")


def write_notebook(folder: Path) -> None:
    cell = {
        "cell_type": "code", "id": "room", "metadata": {}, "outputs": [], "execution_count": None,
        "source": CELL.format(scenario=SCENARIO),
    }  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {
        "cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    (folder / "room.ipynb").write_text(json.dumps(notebook), "utf-8")


@row(
    "A browser plays one scenario to its end with keyboard only, restarts the kernel in the middle "
    "and goes on",
    "no mouse, visible focus on every control reached, equal log after the restart, report written",
)
def room_by_keyboard() -> Measured:
    import piaskit as product
    from piaskit.tabletop import replay_exercise

    folder = scratch() / "room-lab"
    shutil.copytree(MARKETPLACE, folder / "shop")
    write_notebook(folder)
    case = product.read_case(folder / "shop")
    with serve_lab(folder) as address, open_page() as page:
        page.visit(address.format("room.ipynb"))
        page.wait("document.querySelectorAll('.jp-Notebook .jp-Cell').length == 1")
        page.wait(f"{HERE}.classList.contains('jp-Cell') && {IDLE}")
        time.sleep(3)  # the kernel's session is not told by anything on the page
        table = Table(page, folder, case.knowledge)
        table.open("zh")
        for office in ("应急响应负责人", "法律顾问"):
            table.reach(office)
            page.press(" ")
        table.reach(table.say("do-start"))
        table.press_and_wait("Enter")
        table.play(2)
        table.decide(8600)
        page.shoot(PICTURES / "playing-zh.png", 1280, 2000)
        wide = page.tell(WIDE)
        before = (folder / "game.jsonl").read_bytes()
        table.restart()
        table.open("zh")
        again, kept = table.read(), (folder / "game.jsonl").read_bytes()
        table.restart()
        table.open("en")
        table.play(1)
        table.decide(8600)
        page.shoot(PICTURES / "playing-en.png", 1280, 2000)
        table.play(99)
        page.shoot(PICTURES / "ended-en.png", 1280, 2600)
        for id, told in (("do-report", "after-action.en.pdf"), ("do-keep", "exercises/")):
            table.reach(table.say(id))
            page.press("Enter")
            page.wait(f"document.querySelector('.room-reveal').innerText.includes('{told}')")
        table.restart()
        table.open("zh")
        page.shoot(PICTURES / "ended-zh.png", 1280, 2600)
    log = folder / "game.jsonl"
    played = replay_exercise(log, case).to_dict()
    files = sorted(path.name for path in (folder / "aar").iterdir())
    kept_log = list((folder / "shop" / "exercises").glob("*.jsonl"))
    holds = (
        before == kept and wide <= 1 and log.read_bytes().startswith(before) and not table.unseen
        and min(played["scores"].values()) >= 0.99 and not played["differs_from_line"]
        and len(files) == 4 and any(path.read_bytes() == log.read_bytes() for path in kept_log)
    )  # fmt: skip
    told = (
        f"{page.keys} keys, no mouse; {len(played['log'])} lines, restarted after "
        f"{len(before.splitlines())} ({again[:24]!r}); scores {played['scores']}; "
        f"{wide} px too wide; focus not visible at {table.unseen}; report {files}"
    )
    return told, holds


@row("In papermill the room creates no widget", "0 views and 0 models of widgets; the room told")
def room_in_papermill() -> Measured:
    from papermill.execute import execute_notebook

    folder = scratch() / "room-papermill"
    shutil.copytree(MARKETPLACE, folder / "shop")
    (folder / "lang.txt").write_text("zh")
    write_notebook(folder)
    paths = folder / "room.ipynb", folder / "run.ipynb"
    execute_notebook(*paths, cwd=folder, kernel_name="python3", progress_bar=False)
    done = json.loads(paths[1].read_text("utf-8"))
    [output] = done["cells"][-1]["outputs"]
    kinds = sorted(output["data"])
    models = len(done["metadata"].get("widgets", {}))
    told = "当前无人操作" in "".join(output["data"]["text/plain"])
    views = sum("widget" in kind for kind in kinds)
    return f"{views} views, {models} models; {kinds}", views == models == 0 and told
