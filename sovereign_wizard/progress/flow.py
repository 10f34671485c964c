"""A graph of jobs in layers: whatever needs another stands below it. Pure: it draws no pixels of a
page, only where things are.

Layer = the longest way from a job that needs nothing (as in the layered drawing of Sugiyama,
Tagawa and Toda, 1981, without its crossing reduction: the names keep their order).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

WIDTH, HEIGHT = 176, 44
GAP_X, GAP_Y = 16, 36
MARGIN = 8
# More than this in a layer go on in another row of it: a page is about so wide.
ABREAST = 5


class Cycle(ValueError):
    """The jobs need each other in a circle; `way` names them, the first again at its end."""

    def __init__(self, way: tuple[str, ...]) -> None:
        super().__init__(" → ".join(way))
        self.way = way


@dataclass(frozen=True, slots=True)
class Node:
    name: str
    layer: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Edge:
    """From what is needed to what needs it; `path` is the `d` of an SVG path."""

    needed: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: int
    height: int


Needs = Mapping[str, Iterable[str]]


def layers(needs: Needs) -> dict[str, int]:
    """Depth of each job; every edge leads to a deeper one. What is needed but not in the graph is
    left out. Raises Cycle."""
    inside = {name: [one for one in wanted if one in needs] for name, wanted in needs.items()}
    found: dict[str, int] = {}
    for name in inside:
        _settle(name, inside, found)
    return found


def _settle(start: str, needs: Mapping[str, list[str]], found: dict[str, int]) -> None:
    """Depth first, without recursion: a chain may be longer than Python's stack."""
    way: dict[str, Iterator[str]] = {}
    if start not in found:
        way[start] = iter(needs[start])
    while way:
        name, rest = next(reversed(way.items()))
        undone = next((one for one in rest if one not in found), None)
        if undone is None:
            found[name] = 1 + max((found[one] for one in needs[name]), default=-1)
            del way[name]
        elif undone in way:
            circle = list(way)
            raise Cycle((*circle[circle.index(undone) :], undone))
        else:
            way[undone] = iter(needs[undone])


def draw(needs: Needs) -> Drawing:
    """Where each job stands, layers from top to bottom. Raises Cycle."""
    depth = layers(needs)
    rows: list[tuple[int, list[str]]] = []
    for layer in range(max(depth.values(), default=-1) + 1):
        here = [name for name in needs if depth[name] == layer]
        rows += [(layer, here[at : at + ABREAST]) for at in range(0, len(here), ABREAST)]
    across = max((len(names) for _, names in rows), default=1)
    width = 2 * MARGIN + across * WIDTH + (across - 1) * GAP_X
    nodes = {
        name: Node(name, layer, _x(at, len(names), width), MARGIN + number * (HEIGHT + GAP_Y))
        for number, (layer, names) in enumerate(rows)
        for at, name in enumerate(names)
    }
    edges = tuple(
        Edge(one, name, _path(nodes[one], nodes[name]))
        for name, wanted in needs.items()
        for one in wanted
        if one in nodes
    )
    height = 2 * MARGIN + max(len(rows), 1) * (HEIGHT + GAP_Y) - GAP_Y
    return Drawing(tuple(nodes.values()), edges, width, height)


def _x(at: int, many: int, width: int) -> int:
    row = many * WIDTH + (many - 1) * GAP_X
    return (width - row) // 2 + at * (WIDTH + GAP_X)


def _path(above: Node, below: Node) -> str:
    """A curve that leaves downwards and arrives downwards."""
    x1, y1 = above.x + WIDTH // 2, above.y + HEIGHT
    x2, y2 = below.x + WIDTH // 2, below.y
    bend = max((y2 - y1) // 2, GAP_Y // 2)
    return f"M{x1} {y1}C{x1} {y1 + bend} {x2} {y2 - bend} {x2} {y2}"
