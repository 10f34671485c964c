"""What the kit offers a Sovereign's owner: which components there are, what each needs, which one
has no choice about. Read from blueprints and tree, written where tofu and the wizard read it.

`python -m infra.check.kit` writes; a test holds the file against what would be written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from infra.check import charts, graph, tree
from infra.check.tree import Tree

FILE = charts.ROOT.parent / "hetzner" / "kit.tf.json"
# What a Sovereign is no Sovereign without, and why; what these need is mandatory as well.
ROOTS = {
    "catalyst": "It is the console.",
    "flux": "It installs all the others.",
    "gateway": "It is the way in from outside.",
    "keycloak": "Nobody could log in without it.",
    "gitea": "Its Git is what the Sovereign lives from after hand-over.",
    "openbao": "What must stay secret is kept there.",
    "external-secrets": "It makes what Apps log in with.",
    "powerdns": "It answers for the Sovereign's names.",
}
# Marks of objects in the tree; infra/hetzner/cloud_kit.tf selects by them.
COMPONENT, TIER = "catalyst.openova.io/component", "catalyst.openova.io/tier"
OPTIONAL = "optional"


class KitFault(Exception):
    """The kit cannot be offered: something needs what there is not, or needs go in a circle."""


def needs(whole: Tree, found: list[charts.Chart]) -> dict[str, set[str]]:
    """Component → those without which it does not work: by its blueprint, and by its release.

    Raises `KitFault`.
    """
    waits = {release.chart: release.depends_on for release in whole.releases.values()}
    edges = {
        chart.folder: {
            _short(name)
            for name in (
                *(each["blueprint"] for each in chart.blueprint["spec"].get("depends") or []),
                *waits[chart.name],
            )
        }
        for chart in found
    }
    if faults := graph.faults(edges):
        raise KitFault("; ".join(faults))
    return edges


def offer(whole: Tree, found: list[charts.Chart]) -> dict[str, dict[str, Any]]:
    """Component → title, summary, what it needs, why there is no choice. Raises `KitFault`."""
    edges = needs(whole, found)
    cards = {chart.folder: chart.blueprint["spec"]["card"] for chart in found}
    mandatory = closed(edges, ROOTS)

    def why(name: str) -> str:
        """Empty for what may be left out."""
        if name in ROOTS or name not in mandatory:
            return ROOTS.get(name, "")
        users = sorted(cards[each]["title"] for each in mandatory if name in edges[each])
        return f"Needed by {', '.join(users)}."

    return {
        name: {
            "title": card["title"],
            "summary": card["summary"],
            "needs": sorted(edges[name]),
            "mandatory": why(name),
        }
        for name, card in cards.items()
    }


def closed(edges: graph.Edges, chosen: Iterable[str]) -> set[str]:
    """The chosen and all they need."""
    return set(chosen).union(*(graph.reach(edges, name) for name in chosen))


def written(whole: Tree, found: list[charts.Chart]) -> str:
    """The file: a tofu module in JSON syntax with one local value, `kit`."""
    told = {
        "//": "Written by python -m infra.check.kit from infra/charts and infra/clusters.",
        "locals": {"kit": offer(whole, found)},
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _short(name: str) -> str:
    return name.removeprefix("bp-")


def main(file: Path = FILE) -> None:
    file.write_text(written(tree.template(), charts.components()))


if __name__ == "__main__":
    main()
