"""The rules of a choice, on the real kit and on kits that are none."""

from __future__ import annotations

import json
from graphlib import CycleError
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalyst.blueprints.kit import Kit, kit
from sovereign_wizard.kit.problems import MissingComponents, UnknownApp, UnknownComponent
from sovereign_wizard.kit.services import choice, chosen_apps

KIT = kit()
ANY = st.sets(st.sampled_from(sorted(KIT.components)))


def written(folder: Path, needs: dict[str, list[str]]) -> Kit:
    told: dict[str, dict[str, Any]] = {
        name: {"title": name, "summary": "It is.", "needs": each, "mandatory": ""}
        for name, each in needs.items()
    }
    (file := folder / "kit.tf.json").write_text(json.dumps({"locals": {"kit": told}}))
    return kit(file)


@given(ANY)
def test_given_a_choice_that_lacks_something_then_it_is_refused_with_that(named: set[str]) -> None:
    optional = named & set(KIT.all_optional)
    lacks = KIT.missing(optional)
    if not lacks:
        assert choice(named) == tuple(sorted(optional))
        return
    with pytest.raises(MissingComponents) as refused:
        choice(named)
    assert refused.value.extra["missing"] == {
        name: [each.id for each in needed] for name, needed in lacks.items()
    }


def test_given_nothing_then_it_is_nothing_and_no_word_is_everything() -> None:
    assert choice([]) == ()
    assert choice(None) == KIT.all_optional
    with pytest.raises(UnknownComponent, match="nginx"):
        choice(["nginx", "spire"])


def test_given_a_chain_of_needs_then_the_whole_chain_is_missing(tmp_path: Path) -> None:
    found = written(tmp_path, {"a": ["b"], "b": ["c"], "c": [], "d": []})
    assert list(found.components) == ["c", "d", "b", "a"]
    assert [each.id for each in found.missing(["a"])["a"]] == ["b", "c"]


def test_given_needs_in_a_circle_then_there_is_no_kit(tmp_path: Path) -> None:
    with pytest.raises(CycleError):
        written(tmp_path, {"a": ["b"], "b": ["a"]})


def test_given_apps_then_those_to_choose_are_taken_and_no_others() -> None:
    assert chosen_apps(["wordpress", "ghost", "ghost"]) == ("ghost", "wordpress")
    assert chosen_apps([]) == ()
    for name in ("minecraft", "mysql", "dify"):
        with pytest.raises(UnknownApp, match=name):
            chosen_apps(["ghost", name])
