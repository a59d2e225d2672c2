"""The pictures of an inventory, and the comparison of two of them, measured."""

from __future__ import annotations

import json
import re
import time
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from accept.crowd import write_crowd
from accept.reports import scratch
from accept.row import MARKETPLACE, Measured, piaskit, row

LANGS = ("en", "zh")
ROOM = {True: 148 / 269, False: 220 / 182}  # height by width of a turned and of an upright page


@cache
def _draw() -> dict[tuple[str, str], tuple[Any, list[Any]]]:
    """The traffic and the figures of both cases in both languages."""
    from piaskit.case import read_case
    from piaskit.report.inventory_figures import show_pictures
    from piaskit.report.traffic import read_traffic
    from piaskit.report.voice import Voice

    found = {}
    cases = {"marketplace": MARKETPLACE, "400 flows": write_crowd(scratch() / "crowd")}
    for name, folder in cases.items():
        case = read_case(folder)
        for lang in LANGS:
            voice = Voice(case.knowledge.labels, lang, "internal")
            found[name, lang] = (read_traffic(case, voice), list(show_pictures(case, voice)))
    return found


def _read_words(svg: str) -> str:
    return " ".join(t.text or "" for t in ElementTree.fromstring(svg).iter() if t.text)


@row(
    "Four pictures of the marketplace and of a 400-flow case, zh and en: each fits its page, is "
    "vector, has words and a table",
    "16 of 16",
)
def pictures_fit_one_page() -> Measured:
    good, wrong = 0, []
    for key, (_, figures) in _draw().items():
        for figure in figures:
            box = re.search(r'viewBox="0 0 (\S+) (\S+)"', figure.svg)
            wide, high = (float(part) for part in box.groups()) if box else (1.0, 9.0)
            fine = (
                high / wide <= ROOM[figure.landscape] + 0.005
                and "<image" not in figure.svg
                and len(figure.alt) > 60
                and figure.twin
                and figure.twin.rows
            )
            good += bool(fine)
            wrong += [] if fine else [f"{key} {figure.id}"]
    return f"{good} of 16 {wrong}", good == 16


@row(
    "Sankey and swim lane write the three largest recipients and every flow abroad, both cases, "
    "zh and en",
    "8 of 8 pictures",
)
def pictures_tell_recipients_and_exports() -> Measured:
    good, told = 0, []
    for (name, lang), (traffic, figures) in _draw().items():
        abroad = traffic.flows.loc[traffic.flows["abroad"], "id"].tolist()
        largest = [traffic.name_abroad(id) for id, _ in traffic.recipients[:3]]
        for figure in figures:
            if figure.id in ("figure-lanes", "figure-sankey"):
                words = _read_words(figure.svg)
                lost = [flow for flow in abroad if flow not in words]
                lost += [r for n, r in enumerate(largest, 1) if f"{n}. {r}" not in words]
                good += not lost
                told += [f"{name} {lang} {figure.id} lacks {lost}"] if lost else []
        if lang == "en":
            told.append(f"{name}: {len(abroad)} abroad")
    return f"{good} of 8; " + "; ".join(told), good == 8


@row(
    "Levels stay apart: least Delta E (CIE76) under simulated deuteranopia, least difference of "
    "L* in greyscale, over the four levels and the three fills of the pictures",
    "Delta E >= 15 and L* >= 8",
)
def pictures_without_colours() -> Measured:
    from tests.report.test_pictures import DEUTERANOPIA, GREY, simulate

    from piaskit.report.figures import FILL
    from piaskit.report.svg import ABROAD, ORDINARY, SENSITIVE

    levels = [FILL[level] for level in ("low", "medium", "high", "severe")]
    difference, lightness = [], []
    for fills in (levels, [ORDINARY, SENSITIVE, ABROAD]):
        for one, two in combinations(fills, 2):
            seen = zip(simulate(one, DEUTERANOPIA), simulate(two, DEUTERANOPIA), strict=True)
            difference.append(sum((a - b) ** 2 for a, b in seen) ** 0.5)
            lightness.append(abs(simulate(one, GREY)[0] - simulate(two, GREY)[0]))
    told = f"Delta E {min(difference):.1f}, L* {min(lightness):.1f}"
    return told, min(difference) >= 15 and min(lightness) >= 8


@row("diff of the inventories of two cases of 1,000,000 flows, 21,000 changes", "<= 10 CPU s")
def diff_million() -> Measured:
    from dataclasses import replace

    import numpy as np
    import pandas as pd

    import piaskit as product

    case = product.read_case(MARKETPLACE)
    size = 1_000_000
    flows = pd.concat([case.frames["flows"]] * (size // len(case.frames["flows"]) + 1))
    flows = flows.head(size).assign(id=[f"f-{n}" for n in range(size)]).reset_index(drop=True)
    chance = np.random.default_rng(1)
    places = chance.choice(size, 21_000, replace=False)
    changed = flows.copy()
    changed.loc[places[:10_000], "persons"] = 7
    changed.loc[places[10_000:20_000], "target"] = "p-dfm"
    changed = changed.drop(index=places[20_000:])
    old, new = (replace(case, frames={**case.frames, "flows": frame}) for frame in (flows, changed))
    started = time.process_time()
    found = product.compare_cases(old, new, risks=False)
    answer = found.to_dict()
    seconds = time.process_time() - started
    count = len(answer["inventory"]["changes"])
    return f"{seconds:.1f} CPU s, {count} changes told", seconds <= 10 and count > 20_000


@row("diff of the marketplace with itself, and with one proof taken away", "0 changes; exit 1")
def diff_marketplace() -> Measured:
    import shutil

    same = json.loads(piaskit("diff", MARKETPLACE, MARKETPLACE, "--json").stdout)
    moved = [risk for group in same["risks"].values() for risk in group]
    other = Path(shutil.copytree(MARKETPLACE, scratch() / "diff-case"))
    (other / "evidence" / "tls-scan-2026-08.txt").unlink()
    done = piaskit("diff", MARKETPLACE, other, "--fail-on", "high", "--json")
    raised = json.loads(done.stdout)["risks"]["raised"]
    why = {reason["kind"] for risk in raised for reason in risk["why"]}
    told = (
        f"itself: {len(same['inventory']['changes'])} changes, {len(moved)} risks; without proof: "
        f"exit {done.returncode}, {len(raised)} raised because of {sorted(why)}"
    )
    fine = not same["inventory"]["changes"] and not moved
    return told, fine and done.returncode == 1 and "safeguard" in why
