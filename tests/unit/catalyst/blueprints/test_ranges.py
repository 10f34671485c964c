"""Ranges of versions and `when`, judged by `semantic_version`'s reading of npm's rules."""

from __future__ import annotations

import pytest
import semantic_version
from hypothesis import example, given, settings
from hypothesis import strategies as st

from catalyst.blueprints.needs import Need, ToldNeed
from catalyst.blueprints.ranges import Range, Version
from catalyst.blueprints.when import When

numbers = st.integers(0, 4)
editions = st.sampled_from(["", "", "-alpha", "-alpha.1", "-beta", "-rc.1", "-0"])
versions = st.builds("{}.{}.{}{}".format, numbers, numbers, numbers, editions)
releases = st.builds("{}.{}.{}".format, numbers, numbers, numbers)
# No editions in bounds: there the oracle strays from SemVer (it has 1.0.0 in `<=1.0.0-alpha`).
parts = st.one_of(
    releases,
    st.builds("{}.{}".format, numbers, numbers),
    st.builds("{}.x".format, numbers),
    st.builds("{}.{}.x".format, numbers, numbers),
    numbers.map(str),
)
signs = st.sampled_from(["^", "~", ">=", "<=", ">", "<", "=", ""])
bounds = st.lists(st.builds("{}{}".format, signs, parts), min_size=1, max_size=2).map(" ".join)
ranges = st.lists(bounds, min_size=1, max_size=2).map(" || ".join)


@settings(max_examples=400)
@given(text=ranges, version=releases)
@example(text="^0.0", version="0.0.3")
@example(text="^0", version="0.4.0")
@example(text=">1", version="1.4.0")
@example(text="<=1", version="1.4.0")
def test_given_any_range_and_release_then_as_npm_says(text: str, version: str) -> None:
    oracle = semantic_version.NpmSpec(text).match(semantic_version.Version(version))
    assert Range.parse(text).has(version) is oracle, (text, version)


@settings(max_examples=200)
@given(one=versions, other=versions)
def test_given_two_versions_then_their_order_is_that_of_semver(one: str, other: str) -> None:
    oracle = semantic_version.Version(one) < semantic_version.Version(other)
    assert (Version.parse(one) < Version.parse(other)) is oracle


@pytest.mark.parametrize(
    ("text", "version", "has"),
    [
        ("^1.0", "1.9.9", True), ("^1.0", "2.0.0", False), ("^1.0", "2.0.0-rc.1", False),
        ("<=1.0.0-alpha", "1.0.0", False),
        (">=2.0.0-rc.1", "2.0.0-rc.2", True), (">=1.0", "2.0.0-rc.2", False),
        ("^2.0.0-rc.1", "2.0.0-rc.0", False), ("^2.0.0-rc.1", "2.0.0", True),
        ("*", "7.0.0", True), ("", "7.0.0", True), ("1.2.3", "1.2.3", True),
        ("1.2.3", "1.2.4", False), (">= 1.2 < 2", "1.5.0", True),
    ],
)  # fmt: skip
def test_given_a_range_then_it_has_what_it_says(text: str, version: str, has: bool) -> None:
    assert Range.parse(text).has(version) is has


@pytest.mark.parametrize(
    "text", ["latest", "^", "1.2.3.4", "^v1", "1 - 2", ">=1,<2", "١.0", "01.0"]
)
def test_given_what_is_no_range_then_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Need("x", text)


@pytest.mark.parametrize(
    "text", ["1", "1.2", "v1.2.3", "1.2.3-", "01.2.3", "1.2.3-01", "", "9" * 30]
)
def test_given_what_is_no_version_then_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Version.parse(text)


@pytest.mark.parametrize(
    ("text", "config", "holds"),
    [
        ("", {}, True),
        ("{{ .config.cache }}", {}, False),
        ("{{ .config.cache }}", {"cache": True}, True),
        ("{{- not .config.cache -}}", {"cache": False}, True),
        ('{{ eq .config.db.mode "own" }}', {"db": {"mode": "own"}}, True),
        ('{{ eq .config.db.mode "own" }}', {"db": "own"}, False),
        ('{{ ne .config.mode "own" }}', {}, True),
        ("{{ eq .config.copies 3 }}", {"copies": 3}, True),
        ("{{ eq .config.copies 1 }}", {"copies": True}, False),
    ],
)
def test_given_a_when_then_it_holds_as_the_configuration_says(text, config, holds) -> None:
    assert When.parse(text).holds(config) is holds


@pytest.mark.parametrize(
    "text",
    ["true", "{{ .Values.x }}", "{{ eq .config.x }}", "{{ .config.x 3 }}", "{{ or .config.a 1 }}",
     "{{ .config }}"],
)  # fmt: skip
def test_given_a_when_that_nobody_can_read_then_refused_when_it_is_loaded(text: str) -> None:
    with pytest.raises(ValueError):
        Need.of(ToldNeed(blueprint="bp-x", when=text))
