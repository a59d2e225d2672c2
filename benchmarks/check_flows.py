"""How long checking a large register takes: CPU seconds per form of file.

Run: ``python benchmarks/check_flows.py [--flows 100000] [--forms parquet,xlsx]``.
Limits for 100,000 flows: 5 CPU seconds from Parquet, 20 from XLSX.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

STAGES = ("collect", "store", "use", "process", "transmit", "provide", "disclose", "delete")
YAML = "id: large\ntitle: Large\norganisation: {name: Large}\nregimes: [cn-pipl]\n"
PROBE = """
import sys, time
from datetime import date
from piaskit.case import check_case
start = time.process_time()
check = check_case(sys.argv[1], as_of=date(2026, 3, 1))
print(len(check.issues), check.counts["flows"], time.process_time() - start, time.process_time())
"""


def make_frames(flows: int, seed: int = 1) -> dict[str, pd.DataFrame]:
    """Make the five needed tables; every flow has its own items, texts and dates."""
    chance = np.random.default_rng(seed)
    activities = [f"a-{n}" for n in range(500)]
    items = [f"i-{n}" for n in range(5_000)]
    parties = [f"p-{n}" for n in range(500)]
    systems = [f"s-{n}" for n in range(500)]
    days = pd.date_range("2024-01-01", periods=900).strftime("%Y-%m-%d").to_numpy()
    picked = chance.integers(0, len(items), (flows, 3))
    return {
        "activities": pd.DataFrame({"id": activities, "title": activities}),
        "items": pd.DataFrame(
            {
                "id": items,
                "activity": chance.choice(activities, len(items)),
                "category": "contact.phone",
            }
        ),
        "parties": pd.DataFrame({"id": parties, "role": "processor", "country": "CN"}),
        "systems": pd.DataFrame({"id": systems, "kind": "database"}),
        "flows": pd.DataFrame(
            {
                "id": [f"f-{n}" for n in range(flows)],
                "activity": chance.choice(activities, flows),
                "stage": chance.choice(STAGES, flows),
                "source": chance.choice(parties, flows),
                "target": chance.choice(systems, flows),
                "items": [";".join(items[i] for i in row) for row in picked],
                "persons": chance.integers(0, 10**7, flows).astype(str),
                "persons_year": chance.integers(0, 10**5, flows).astype(str),
                "channel": chance.choice(["web", "app", "api"], flows),
                "method": "provided",
                "transport": chance.choice(["tls1.3", "vpn", "plain"], flows),
                "legal_basis": "cn-pipl.consent",
                "consent": chance.choice(["separate", "general;written"], flows),
                "transfer_mechanism": "none",
                "mechanism_ref": [f"ref {n}" for n in range(flows)],
                "mechanism_until": chance.choice(days, flows),
                "disposal": [f"shredded by run {n}" for n in range(flows)],
            }
        ),
    }


def write_case(folder: Path, frames: dict[str, pd.DataFrame], form: str) -> None:
    """Write the tables in one form."""
    folder.mkdir()
    (folder / "case.yaml").write_text(YAML, encoding="utf-8")
    if form == "xlsx":
        from piaskit.case import write_workbook

        write_workbook(frames, folder / "inventory.xlsx", lang="en")
        return
    (folder / "inventory").mkdir()
    for name, frame in frames.items():
        if form == "csv":
            frame.to_csv(folder / "inventory" / f"{name}.csv", index=False, encoding="utf-8-sig")
        else:
            frame.to_parquet(folder / "inventory" / f"{name}.parquet", index=False)


def main() -> None:
    """Print one line per form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, default=100_000)
    parser.add_argument("--forms", default="parquet,csv,xlsx")
    asked = parser.parse_args()
    frames = make_frames(asked.flows)
    with tempfile.TemporaryDirectory() as spare:
        for form in asked.forms.split(","):
            folder = Path(spare) / form
            write_case(folder, frames, form)
            told = subprocess.run(
                [sys.executable, "-c", PROBE, str(folder)],
                check=True, capture_output=True, text=True,
            ).stdout.split()  # fmt: skip
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
            print(
                f"{form:8} {told[1]} flows, {told[0]} issues: {float(told[2]):.2f} CPU s"
                f" ({float(told[3]):.2f} with imports), peak so far {peak} MB"
            )


if __name__ == "__main__":
    main()
