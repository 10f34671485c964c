"""The grammar of labels and label selectors."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.localcloud.hetzner.errors import ApiError
from infra.localcloud.hetzner.labels import check_labels, parse_selector

LABELS = {"env": "prod", "catalyst.openova.io/sovereign": "omantel", "flag": ""}


@pytest.mark.parametrize(
    "selector",
    [
        "",
        "env",
        "flag",
        "!other",
        "env=prod",
        "env==prod",
        "env!=dev",
        "other!=x",
        "env in (dev, prod)",
        "env notin (dev)",
        "other notin (x)",
        "catalyst.openova.io/sovereign=omantel",
        "env=prod,flag=,!other",
        " env = prod , env in (prod) ",
    ],
)
def test_given_labels_when_a_selector_fits_then_it_matches(selector: str) -> None:
    assert parse_selector(selector)(LABELS)


@pytest.mark.parametrize(
    "selector",
    ["other", "!env", "env=dev", "env!=prod", "env in (dev)", "env notin (prod)", "env,other"],
)
def test_given_labels_when_a_selector_does_not_fit_then_it_does_not_match(selector: str) -> None:
    assert not parse_selector(selector)(LABELS)


@pytest.mark.parametrize("selector", ["env=", "env in ()", "flag="])
def test_given_an_empty_value_then_it_is_a_value(selector: str) -> None:
    assert parse_selector(selector)({"env": "", "flag": ""})


@pytest.mark.parametrize(
    "selector", ["=x", "env=prod,", "env in prod", "!", "a b", "env=-x", "a,,b"]
)
def test_given_nonsense_then_the_selector_is_refused(selector: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_selector(selector)

    assert refused.value.code == "invalid_input"


@given(st.text(max_size=40))
def test_given_any_text_then_it_is_a_selector_or_invalid_input(text: str) -> None:
    with suppress(ApiError):
        assert parse_selector(text)(LABELS) in (True, False)


@pytest.mark.parametrize(
    "labels",
    [{"-a": "b"}, {"a": "b-"}, {"a" * 64: "b"}, {"a": "b" * 64}, {"a/b/c": "d"}, {"": "b"}],
)
def test_given_a_label_outside_the_grammar_then_it_is_refused(labels: dict[str, str]) -> None:
    with pytest.raises(ApiError):
        check_labels(labels)
