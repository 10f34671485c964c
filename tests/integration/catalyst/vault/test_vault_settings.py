"""The vault's settings: what is missing or odd is named at the start, and no value is repeated."""

from __future__ import annotations

import base64
import secrets

import pytest

from tests.integration.catalyst.test_settings import CANARY, good, refused

pytestmark = pytest.mark.xdist_group("vault")


def test_given_openbao_without_its_settings_when_started_then_all_are_named() -> None:
    said = refused({**good(), "CATALYST_VAULT": "openbao"})
    for name in ("OPENBAO_ADDRESS", "OPENBAO_ROLE_ID", "OPENBAO_SECRET_ID_FILE"):
        assert f"CATALYST_{name}" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VAULT", "hashicorp"),
        ("OPENBAO_ADDRESS", "http://openbao.example:8200"),
        ("OPENBAO_ADDRESS", "openbao.example"),
        ("VAULT_OTHER_KEYS", CANARY),
        ("VAULT_OTHER_KEYS", base64.b64encode(b"short").decode()),
        (
            "VAULT_KEY",
            ",".join(base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2)),
        ),
    ],
)
def test_given_an_odd_value_when_started_then_refused_by_name(name: str, value: str) -> None:
    said = refused({**good(), f"CATALYST_{name}": value})
    assert f"CATALYST_{name}:" in said
    assert value not in said


def test_given_a_pod_that_logs_in_by_its_token_when_started_then_no_secret_id_is_wanted() -> None:
    by_token = {"CATALYST_VAULT": "openbao", "CATALYST_OPENBAO_LOGIN": "kubernetes"}
    said = refused({**good(), **by_token})
    assert "CATALYST_OPENBAO_ROLE_ID" in said and "SECRET_ID" not in said
