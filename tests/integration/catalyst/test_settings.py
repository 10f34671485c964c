"""Production refuses to start on a missing or weak setting, names it, and prints no secret."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CANARY = "canary-" + secrets.token_urlsafe(24)


def good() -> dict[str, str]:
    return {
        "CATALYST_ROLE": "sovereign",
        "CATALYST_LOCAL_LOGIN": "true",
        "CATALYST_OIDC_CLIENT_SECRET": CANARY,
        "CATALYST_SECRET_KEY": secrets.token_urlsafe(64),
        "CATALYST_VAULT_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "CATALYST_DATABASE_URL": f"postgresql://catalyst:{CANARY}@db.example:5432/catalyst",
        "CATALYST_REDIS_URL": f"redis://:{CANARY}@redis.example:6379/0",
        "CATALYST_PUBLIC_URL": "https://console.omantel.omani.works",
        "CATALYST_ALLOWED_HOSTS": "console.omantel.omani.works",
        "CATALYST_SOVEREIGN_FQDN": "omantel.omani.works",
        "CATALYST_DEPLOYMENT_ID": "0b9f6f0e-1c5b-4a53-9d39-6b0f8f0f5a11",
    }


def start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from catalyst.settings import production as p; print(p.DEBUG)"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def refused(environment: dict[str, str]) -> str:
    answer = start(environment)
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert CANARY not in answer.stdout + answer.stderr
    return answer.stderr


def test_given_all_settings_when_started_then_production_runs_without_debug() -> None:
    answer = start(good())
    assert (answer.returncode, answer.stdout) == (0, "False\n"), answer.stderr


@pytest.mark.parametrize("percent", ["", "0", "12.5", "100"])
def test_given_a_franchisors_share_or_none_when_started_then_it_runs(percent: str) -> None:
    answer = start({**good(), "CATALYST_FRANCHISOR_SHARE": percent})
    assert answer.returncode == 0, answer.stderr


def test_given_nothing_when_started_then_every_missing_setting_is_named() -> None:
    said = refused({})
    for name in ("ROLE", "SECRET_KEY", "VAULT_KEY", "DATABASE_URL", "REDIS_URL",
                 "PUBLIC_URL", "ALLOWED_HOSTS"):  # fmt: skip
        assert f"CATALYST_{name}:" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROLE", "boss"),
        ("LOCAL_LOGIN", "perhaps"),
        ("OIDC_ISSUER", "http://id.example/realms/catalyst"),
        ("OIDC_ISSUER", "https://id.example/realms/catalyst/"),
        ("OIDC_ISSUER", f"https://boss:{CANARY}@id.example/realms/catalyst"),
        ("OIDC_ISSUER", f"https://id.example/realms/catalyst?key={CANARY}"),
        ("SECRET_KEY", CANARY),
        ("SECRET_KEY", "ab" * 40),
        ("SECRET_KEY", f"django-insecure-{CANARY}-{CANARY}"),
        ("VAULT_KEY", CANARY),
        ("VAULT_KEY", base64.b64encode(b"short").decode()),
        ("VAULT_KEY", base64.b64encode(b"a" * 32).decode()),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", f"sqlite:///{CANARY}"),
        ("REDIS_URL", f"http://{CANARY}"),
        ("PUBLIC_URL", "http://console.omantel.omani.works"),
        ("PUBLIC_URL", "console.omantel.omani.works"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", ""),
        ("BALANCER_RANGES", "198.51.100.0/24"),
        ("FRANCHISOR_SHARE", "100.01"),
        ("FRANCHISOR_SHARE", "-1"),
        ("FRANCHISOR_SHARE", "12.345"),
        ("FRANCHISOR_SHARE", "a lot"),
    ],
)
def test_given_a_weak_or_odd_value_when_started_then_refused_by_name(name: str, value: str) -> None:
    assert f"CATALYST_{name}:" in refused({**good(), f"CATALYST_{name}": value})


@pytest.mark.parametrize("name", ["SOVEREIGN_FQDN", "DEPLOYMENT_ID"])
def test_given_a_sovereign_without_its_name_or_id_when_started_then_refused_by_name(
    name: str,
) -> None:
    environment = good()
    del environment[f"CATALYST_{name}"]
    assert f"CATALYST_{name}" in refused(environment)


def test_given_catalyst_zero_without_what_it_needs_when_started_then_all_are_named() -> None:
    said = refused({**good(), "CATALYST_ROLE": "zero"})
    for name in ("TOFU_DATABASE_URL", "POWERDNS_URL", "POWERDNS_API_KEY"):
        assert f"CATALYST_{name}" in said


ZERO = {
    "CATALYST_ROLE": "zero",
    "CATALYST_TOFU_DATABASE_URL": f"postgresql://tofu:{CANARY}@db.example:5432/tofu",
    "CATALYST_POWERDNS_URL": "http://powerdns.example",
    "CATALYST_POWERDNS_API_KEY": CANARY,
}
ISSUER = {"CATALYST_OIDC_ISSUER": "https://id.example/realms/catalyst"}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "LOCAL_LOGIN"),
        (ISSUER, "LOCAL_LOGIN"),
        ({"CATALYST_LOCAL_LOGIN": "false"}, "OIDC_ISSUER"),
        ({**ISSUER, "CATALYST_OIDC_CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET"),
    ],
    ids=["passwords", "passwords too", "no way in", "no secret"],
)
def test_given_catalyst_zero_when_people_would_not_log_in_at_an_issuer_then_refused_by_name(
    changes: dict[str, str], name: str
) -> None:
    assert f"CATALYST_{name}" in refused({**good(), **ZERO, **changes})


def test_given_a_sovereign_with_a_keycloak_then_it_keeps_no_passwords_besides() -> None:
    assert "CATALYST_LOCAL_LOGIN" in refused({**good(), **ISSUER})
    answer = start({**good(), **ISSUER, "CATALYST_LOCAL_LOGIN": "false"})
    assert answer.returncode == 0, answer.stderr


def test_given_catalyst_zero_with_an_issuer_when_started_then_it_runs() -> None:
    answer = start({**good(), **ZERO, **ISSUER, "CATALYST_LOCAL_LOGIN": "false"})
    assert answer.returncode == 0, answer.stderr
