"""What finding and rating risks costs: CPU seconds and memory per number of flows.

Run: ``python -m benchmarks.assess_flows [--flows 10000,1000000] [--rules 80]``.
Every drawn rule fires on 1 % of the flows. Limits for 1,000,000 flows and 80 drawn rules: 60 CPU
seconds with the register written as JSON and Parquet, 6 GB.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from accept.large import make_frames, write_case, write_rules
from accept.scale import ASSESS, LEDGER, measure


def main() -> None:
    """Print one line per number of flows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", default="10000,100000")
    parser.add_argument("--rules", type=int, default=80)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as spare:
        for flows in map(int, asked.flows.split(",")):
            case = Path(spare) / str(flows)
            write_case(case, make_frames(flows, max(flows // 200, 10)), "parquet")
            write_rules(case / "packs" / "rules", asked.rules)
            found, rated = measure(LEDGER, case), measure(ASSESS, case)
            print(
                f"{flows:>9,} flows: load {found['load and check']:.1f}, ledger"
                f" {found['ledger']:.1f} CPU s ({found['findings']:,} findings); assess"
                f" {rated['assess']:.1f}, JSON {rated['json']:.1f}, Parquet {rated['parquet']:.1f}"
                f" CPU s ({rated['risks']:,} risks), {rated['MB']:.0f} MB"
            )


if __name__ == "__main__":
    main()
