"""The environment is built from nothing and secrets in it cannot be printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from catalyst.vault.secret import Secret
from sovereign_wizard.tofu import environment


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> environment.Environment:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not for tofu")
    monkeypatch.setenv("TF_VAR_region", "not for tofu")
    return environment.build(
        workdir=Path("/w"),
        cli_config=Path("/c/tofurc"),
        token=Secret("t" * 64),
        state_dsn=Secret("host=/run user=app password=pg-secret"),
        state_passphrase=Secret("a passphrase of some length"),
        variables={"callback_bearer": Secret("bearer-secret")},
        endpoint="http://127.0.0.1:4000/v1",
    )


def test_w10_given_a_full_own_environment_when_built_then_nothing_of_it_is_passed_on(
    built: environment.Environment,
) -> None:
    assert built.names() == {
        "PATH",
        "HOME",
        "TMPDIR",
        "LANG",
        "TF_IN_AUTOMATION",
        "TF_INPUT",
        "TF_CLI_CONFIG_FILE",
        "CHECKPOINT_DISABLE",
        "HCLOUD_TOKEN",
        "HCLOUD_ENDPOINT",
        "PG_CONN_STR",
        "TF_ENCRYPTION",
        "TF_VAR_callback_bearer",
    }


def test_given_secrets_when_the_environment_is_printed_then_none_shows(
    built: environment.Environment,
) -> None:
    for shown in (repr(built), str(built), f"{built}"):
        assert "t" * 64 not in shown
        assert "pg-secret" not in shown
        assert "bearer-secret" not in shown
        assert "passphrase of" not in shown


def test_given_no_endpoint_when_built_then_the_vendors_own_is_used() -> None:
    built = environment.build(
        workdir=Path("/w"),
        cli_config=Path("/c"),
        token=Secret("t"),
        state_dsn=Secret("d"),
        state_passphrase=Secret("p"),
        variables={},
    )
    assert "HCLOUD_ENDPOINT" not in built.names()


def test_given_a_passphrase_when_encryption_is_written_then_state_and_plan_are_enforced() -> None:
    document = json.loads(environment.encryption(Secret("a passphrase of some length")))
    assert document["state"]["enforced"] is True
    assert document["plan"]["enforced"] is True
    assert document["state"]["method"] == document["plan"]["method"] != ""


def test_given_a_passphrase_with_template_signs_when_written_then_it_stays_literal() -> None:
    document = json.loads(environment.encryption(Secret("${env}-%{if}-long-enough")))
    passphrase = document["key_provider"]["pbkdf2"]["deployment"]["passphrase"]
    assert passphrase == "$${env}-%%{if}-long-enough"
