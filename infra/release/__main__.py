"""`python3 -m infra.release due | check FOLDER | publish FOLDER`: the steps of the workflow.

Exit code 0: done. 1: refused, with one line that says why.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from infra.check import charts
from infra.release import due, publish
from infra.release.programs import ReleaseRefused

REPOSITORY = charts.ROOT.parents[1]
REGISTRY = "ghcr.io/openova-io"


def parse(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m infra.release")
    parser.add_argument("--charts", type=Path, default=charts.ROOT, help="the folder of all charts")
    acts = parser.add_subparsers(dest="act", required=True)
    acts.add_parser("due", help="print the charts to publish as JSON, for a matrix")
    for name, text in (("check", "all that can be said without pushing"), ("publish", "and push")):
        act = acts.add_parser(name, help=text)
        act.add_argument("folder")
        act.add_argument("--registry", default=REGISTRY)
        act.add_argument("--sbom-to", type=Path, default=Path("."))
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    asked = parse(words)
    try:
        if asked.act == "due":
            _due(asked.charts)
        else:
            _one(asked)
    except ReleaseRefused as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    return 0


def _due(root: Path) -> None:
    found = due.find(charts.every(root), root.resolve().parents[1])
    publish.refuse(found.faults)
    tell("folders", json.dumps(found.folders))


def _one(asked: argparse.Namespace) -> None:
    chart = charts.Chart(asked.charts / asked.folder)
    with tempfile.TemporaryDirectory() as workshop:
        if asked.act == "check":
            archive = publish.check(chart, Path(workshop))
            print(f"{archive.name} may be published")
            return
        done = publish.publish(chart, Path(workshop), registry=asked.registry)
        asked.sbom_to.mkdir(parents=True, exist_ok=True)
        (asked.sbom_to / done.sbom.name).write_bytes(done.sbom.read_bytes())
    tell("reference", done.reference)
    tell("tag", due.tag(chart))


def tell(name: str, value: str) -> None:
    """To whoever reads, and to the next steps of the workflow if there is one."""
    print(f"{name}={value}")
    if file := os.environ.get("GITHUB_OUTPUT"):
        with open(file, "a") as output:
            output.write(f"{name}={value}\n")


if __name__ == "__main__":
    sys.exit(main())
