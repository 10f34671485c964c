"""Dependencies as people write them: read, written, read again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from franchise.catalog.closure import needs_from
from franchise.catalog.dependencies.writing import parse, write

names = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,4})?", fullmatch=True).filter(
    lambda name: name not in {"as", "when"}
)
needs = st.one_of(
    names,
    st.fixed_dictionaries(
        {"blueprint": names, "version": st.sampled_from(["^1.0", ">=1.2 <3", "1.x || 2.x"])},
        optional={"alias": names, "when": st.just("{{ .config.x }}")},
    ),
)


@settings(max_examples=80)
@given(told=st.one_of(st.none(), st.lists(needs, max_size=4)))
def test_given_any_dependencies_when_written_and_read_then_the_same(told) -> None:
    assert parse(write(told)) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", None), ("  \n ", None), ("-", []), ("mysql", ["mysql"]),
        ("mysql ^11.0", [{"blueprint": "mysql", "version": "^11.0"}]),
        ("mysql as main", [{"blueprint": "mysql", "alias": "main"}]),
        ("a >= 1.2 < 2 as b when {{ .config.c }}",
         [{"blueprint": "a", "version": ">= 1.2 < 2", "alias": "b", "when": "{{ .config.c }}"}]),
    ],
)  # fmt: skip
def test_given_a_text_then_it_is_read_as_a_blueprint_would_say_it(text: str, told) -> None:
    assert parse(text) == told
    assert len(needs_from(told or ())) == len(told or ())


@pytest.mark.parametrize(
    "text", ["My SQL", "mysql newest", "mysql as", "mysql as A", "a when x", "- mysql", "a\n-"]
)
def test_given_a_text_that_is_none_then_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)
