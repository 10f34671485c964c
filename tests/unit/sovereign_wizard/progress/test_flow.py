"""The graph's layers: whatever needs another is below it, and a circle is refused."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sovereign_wizard.progress.flow import ABREAST, HEIGHT, WIDTH, Cycle, draw, layers


@st.composite
def graphs(draw_) -> dict[str, list[str]]:
    """Any graph without a circle: a job needs only such as were made before it; then shuffled."""
    many = draw_(st.integers(0, 30))
    needs = {
        str(at): [str(n) for n in draw_(st.sets(st.integers(0, at - 1)))] if at else []
        for at in range(many)
    }
    order = draw_(st.permutations(list(needs)))
    return {name: needs[name] for name in order}


@settings(deadline=None)
@given(graphs())
def test_given_any_graph_then_every_edge_leads_to_a_deeper_layer(needs) -> None:
    depth = layers(needs)

    assert set(depth) == set(needs)
    for name, wanted in needs.items():
        assert all(depth[one] < depth[name] for one in wanted)
        # As high up as it may be: just below the deepest it needs.
        assert depth[name] == 1 + max((depth[one] for one in wanted), default=-1)


@settings(deadline=None)
@given(graphs(), st.data())
def test_given_a_circle_anywhere_then_it_is_refused_and_named(needs, data) -> None:
    circle = [f"c{n}" for n in range(data.draw(st.integers(1, 5)))]
    for at, name in enumerate(circle):
        needs[name] = [circle[at - 1], *data.draw(st.lists(st.sampled_from(list(needs) or ["x"])))]

    with pytest.raises(Cycle) as refused:
        layers(needs)

    way = refused.value.way
    assert way[0] == way[-1]
    assert all(after in needs[before] for before, after in itertools.pairwise(way))


@settings(deadline=None)
@given(graphs())
def test_given_any_graph_when_drawn_then_no_two_jobs_overlap_and_all_are_inside(needs) -> None:
    drawing = draw(needs)
    places = {node.name: node for node in drawing.nodes}

    assert set(places) == set(needs)
    for node in drawing.nodes:
        assert 0 <= node.x <= drawing.width - WIDTH and 0 <= node.y <= drawing.height - HEIGHT
    rows: dict[int, list[int]] = {}
    for node in drawing.nodes:
        rows.setdefault(node.y, []).append(node.x)
    for row in rows.values():
        row.sort()
        assert len(row) <= ABREAST
        assert all(right - left >= WIDTH for left, right in itertools.pairwise(row))
    for edge in drawing.edges:
        assert places[edge.needed].y < places[edge.name].y


def test_given_what_is_needed_is_not_shown_then_it_is_left_out() -> None:
    assert layers({"a": ["gone"]}) == {"a": 0}
    assert draw({"a": ["gone"]}).edges == ()


def test_given_a_chain_longer_than_the_stack_then_it_is_laid_out() -> None:
    many = 5_000
    needs = {str(at): [str(at + 1)] if at + 1 < many else [] for at in range(many)}

    assert layers(needs)["0"] == many - 1
