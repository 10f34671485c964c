"""Forms made from a Blueprint's JSON Schema: every kind of question, judged on the server, and no
secret in a page, a message or the plain configuration."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Engine
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from catalyst.blueprints.manifests import manifests
from catalyst.blueprints.services import apps
from franchise.catalog.config.form import ConfigForm, Offered
from franchise.catalog.config.judging import faults
from franchise.catalog.config.questions import defaults, questions

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["title", "password", "copies"],
    "properties": {
        "title": {"type": "string", "title": "Title", "minLength": 3, "maxLength": 12},
        "password": {"type": "string", "minLength": 12, "x-catalyst-ui-hint": "password"},
        "copies": {"type": "integer", "minimum": 1, "maximum": 5, "default": 1},
        "edition": {"type": "string", "enum": ["small", "large"], "default": "small"},
        "level": {"type": "integer", "enum": [1, 3, 5]},
        "domain": {"type": "string", "format": "hostname", "x-catalyst-ui-hint": "domain-picker"},
        "peer": {"type": "string", "x-catalyst-ui-hint": "application-ref"},
        "backup": {
            "type": "object",
            "properties": {
                "on": {"type": "boolean", "default": True},
                "rate": {"type": "number", "maximum": 1.5, "x-catalyst-ui-advanced": True},
            },
        },
        "list": {"type": "array", "items": {"type": "object"}},
    },
}
GOOD = {"title": "My shop", "password": "correct horse battery", "copies": "2"}
OFFERED = Offered(domains=["a.example", "b.example"], apps=[("ghost", "Ghost")])


def form(sent: dict[str, str] | None = None, **named: Any) -> ConfigForm:
    return ConfigForm(SCHEMA, sent, offered=OFFERED, **named)


def drawn(made: ConfigForm) -> str:
    engine = Engine.get_default()
    return str(
        engine.get_template("franchise/catalog/_config.html").render(Context({"form": made}))
    )


def test_given_good_answers_then_typed_values_and_the_secret_beside_them() -> None:
    made = form({**GOOD, "level": "3", "backup.on": "false", "backup.rate": "0.5",
                 "domain": "b.example", "peer": "ghost"})  # fmt: skip
    assert made.is_valid(), made.errors
    told = made.answers()
    assert told.config == {
        "title": "My shop", "copies": 2, "level": 3, "domain": "b.example", "peer": "ghost",
        "backup": {"on": False, "rate": 0.5},
    }  # fmt: skip
    assert told.secrets[("password",)].reveal() == GOOD["password"]
    assert GOOD["password"] not in repr(told)


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ({"title": ""}, "title"), ({"title": "ab"}, "title"), ({"title": "x" * 13}, "title"),
        ({"password": ""}, "password"), ({"password": "short"}, "password"),
        ({"copies": "0"}, "copies"), ({"copies": "6"}, "copies"), ({"copies": "two"}, "copies"),
        ({"copies": "1.5"}, "copies"), ({"edition": "huge"}, "edition"), ({"level": "2"}, "level"),
        ({"domain": "evil.example"}, "domain"), ({"peer": "wordpress"}, "peer"),
        ({"backup.on": "maybe"}, "backup.on"), ({"backup.rate": "2"}, "backup.rate"),
        ({"backup.rate": "nan"}, "backup.rate"),
    ],
)  # fmt: skip
def test_given_an_odd_answer_then_the_error_stands_beside_its_field(sent, name: str) -> None:
    made = form({**GOOD, **sent})
    assert not made.is_valid()
    assert list(made.errors) == [name]
    assert len(made.errors[name]) == 1


def test_given_a_secret_when_the_form_comes_back_then_it_is_nowhere_on_the_page() -> None:
    canary = "canary-shh"
    made = form({**GOOD, "password": canary, "copies": "9"})
    assert not made.is_valid()
    page = drawn(made)
    assert canary not in page and "My shop" in page and "Write at least 12 characters." in page


def test_given_a_kept_secret_when_left_empty_then_it_stays_and_the_page_says_so() -> None:
    made = form({**GOOD, "password": ""}, kept=frozenset({("password",)}))
    assert made.is_valid(), made.errors
    assert not made.answers().secrets
    assert "One is kept." in drawn(form(kept=frozenset({("password",)})))


def test_given_a_configuration_when_shown_then_filled_in_with_defaults_for_the_rest() -> None:
    page = drawn(form(config={"title": "Shop", "password": "never", "backup": {"on": False}}))
    assert 'value="Shop"' in page and "never" not in page
    assert '<option value="false" selected>' in page
    assert '<option value="small" selected>' in page and 'value="1"' in page


def test_given_advanced_questions_then_they_are_last_folded_and_open_when_wrong() -> None:
    assert [each.name for each in questions(SCHEMA)][-1] == "backup.rate"
    assert "<details>" in drawn(form())
    assert "<details open>" in drawn(form({**GOOD, "backup.rate": "2"}))


def test_given_a_needed_answer_without_a_default_then_it_is_never_hidden() -> None:
    part = {"type": "string", "x-catalyst-ui-advanced": True}
    schema = {"type": "object", "required": ["a"], "properties": {"a": part}}
    assert not questions(schema)[0].advanced


@pytest.mark.parametrize("name", ["a.example", "a", "x-1.example.com"])
def test_given_a_good_host_name_then_taken_and_odd_ones_refused(name: str) -> None:
    schema = {"type": "object", "properties": {"h": {"type": "string", "format": "hostname"}}}
    assert not faults(schema, {"h": name})
    for odd in (f"-{name}", f"{name}-", f"{name}..x", f"{name}\n", f"{name}_", "x" * 64):
        assert faults(schema, {"h": odd}), odd


def every_schema() -> dict[str, Any]:
    charts = {name: each.config_schema for name, each in manifests().items()}
    sold = {name: each.config_schema for name, each in apps().items()}
    return {name: each for name, each in {**charts, **sold}.items() if each}


@pytest.mark.parametrize("name", sorted(every_schema()))
def test_given_any_blueprint_we_have_then_its_form_is_made_and_its_defaults_are_good(name) -> None:
    schema = every_schema()[name]
    Draft202012Validator.check_schema(schema)
    asked = {each.path[0] for each in questions(schema)}
    assert asked == set(schema["properties"])
    wrong = faults(schema, defaults(schema))
    assert set(wrong) <= {each.path for each in questions(schema) if each.required}
    assert drawn(ConfigForm(schema))


@settings(max_examples=80, deadline=None)
@given(
    sent=st.dictionaries(
        st.sampled_from([each.name for each in questions(SCHEMA)]),
        st.one_of(st.text(max_size=15), st.sampled_from(["1", "3", "true", "small", "a.example"])),
    )
)
def test_given_anything_at_all_when_sent_then_what_is_accepted_satisfies_the_schema(sent) -> None:
    made = form({**GOOD, **sent})
    if made.is_valid():
        told = made.answers()
        whole = {**told.config, "password": told.secrets["password",].reveal()}
        Draft202012Validator(SCHEMA).validate(whole)
