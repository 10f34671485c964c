"""A Secret shows itself to nobody by accident."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from catalyst.vault.secret import Secret

VALUE = "correct-horse-battery-staple"


def test_given_a_secret_when_printed_in_every_way_then_only_the_word_secret() -> None:
    secret = Secret(VALUE)
    for text in (str(secret), repr(secret), f"{secret}", f"{secret:>40}", "%s" % secret,  # noqa: UP031
                 str([secret]), str({"token": secret})):  # fmt: skip
        assert VALUE not in text
        assert "<secret>" in text


def test_given_a_secret_when_serialised_then_refused() -> None:
    for serialise in (pickle.dumps, json.dumps, copy.deepcopy, hash):
        with pytest.raises(TypeError):
            serialise(Secret(VALUE))
    with pytest.raises(TypeError):
        vars(Secret(VALUE))


def test_given_secrets_when_compared_then_by_value_and_never_with_text() -> None:
    assert Secret(VALUE) == Secret(VALUE)
    assert Secret(VALUE) != Secret("another")
    assert Secret(VALUE) != VALUE
    assert Secret(VALUE)
    assert not Secret("")
