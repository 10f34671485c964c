"""Stripe's nested forms, read as Stripe reads them."""

from __future__ import annotations

import pytest

from infra.localcloud.stripe.errors import StripeError
from infra.localcloud.stripe.form import Params, decode


def test_given_nested_names_when_decoded_then_objects_and_lists() -> None:
    found = decode(
        [
            ("items[0][price][currency]", "omr"),
            ("items[1][price][currency]", "usd"),
            ("expand[]", "a"),
            ("expand[]", "b"),
            ("mode", "payment"),
        ]
    )
    params = Params(found)
    assert params.texts("expand") == ["a", "b"]
    rows = params.each("items")
    assert [row.within("price").text("currency") for row in rows] == ["omr", "usd"]
    assert params.text("mode") == "payment"
    params.done()


@pytest.mark.parametrize(
    "pairs", [[("a", "1"), ("a[b]", "2")], [("[x]", "1")], [("a[[b]]", "1")], [("", "1")]]
)
def test_given_a_form_that_contradicts_itself_when_decoded_then_refused(pairs) -> None:
    with pytest.raises(StripeError) as caught:
        decode(pairs)
    assert caught.value.status == 400


def test_given_a_parameter_nobody_took_when_done_then_named_in_full() -> None:
    params = Params(decode([("line_items[0][price_data][colour]", "blue")]))
    params.each("line_items")[0].within("price_data")
    with pytest.raises(StripeError) as caught:
        params.done()
    assert caught.value.error["param"] == "line_items[0][price_data][colour]"


@pytest.mark.parametrize("text", ["1.5", "ten", "1e3", "", " 1"])
def test_given_no_whole_number_when_taken_then_refused_or_missing(text: str) -> None:
    params = Params({"amount": text})
    if text:
        with pytest.raises(StripeError):
            params.integer("amount")
    else:
        assert params.integer("amount") is None


def test_given_metadata_when_merged_then_empty_values_remove_and_limits_hold() -> None:
    assert Params({"metadata": {"a": "", "c": "3"}}).metadata({"a": "1", "b": "2"}) == {
        "b": "2",
        "c": "3",
    }
    assert Params({"metadata": ""}).metadata({"a": "1"}) == {}
    with pytest.raises(StripeError):
        Params({"metadata": {"k" * 41: "v"}}).metadata()
