"""Strict substitution: what nobody gives stops the tree, here as it would in Flux."""

from __future__ import annotations

import pytest

from infra.check import substitute
from infra.check.substitute import NotSubstituted

GIVEN = {"SOVEREIGN_FQDN": "omantel.omani.works", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a: ${SOVEREIGN_FQDN}", "a: omantel.omani.works"),
        ("a: ${EMPTY}!", "a: !"),
        ("a: ${MISSING:=x}", "a: x"),
        ("a: ${MISSING:-x y}", "a: x y"),
        ("a: ${SOVEREIGN_FQDN:=x}", "a: omantel.omani.works"),
        ("a: $${KEPT}", "a: ${KEPT}"),
        ("a: $HOME and $(cmd)", "a: $HOME and $(cmd)"),
    ],
)
def test_given_a_form_flux_knows_when_substituted_then_the_result_is_flux_own(
    text: str, result: str
) -> None:
    assert substitute.substitute(text, GIVEN) == result


@pytest.mark.parametrize(
    "text",
    ["a: ${MISSING}", "a: ${SOVEREIGN_FQDN^^}", "a: ${}", "a: ${UNCLOSED", "a: ${A:+b}"],
)
def test_given_something_else_when_substituted_then_it_is_refused(text: str) -> None:
    with pytest.raises(NotSubstituted, match="line 1"):
        substitute.substitute(text, GIVEN)


def test_given_a_token_of_the_reference_when_substituted_then_fault_11_is_seen() -> None:
    with pytest.raises(NotSubstituted, match="line 2: SOVEREIGN_FQDN_PLACEHOLDER"):
        substitute.substitute("a: 1\nb: SOVEREIGN_FQDN_PLACEHOLDER", GIVEN)


def test_given_several_missing_when_substituted_then_all_are_named() -> None:
    with pytest.raises(NotSubstituted, match=r"line 1: A .*; line 2: B "):
        substitute.substitute("${A}\n${B}", {})


def test_given_a_text_when_asked_then_its_variables_are_named() -> None:
    assert substitute.names("${A} ${B:=x} $${C} $D") == {"A", "B"}
