"""What looks like a secret is taken out though nobody told us; what is ours stays."""

from __future__ import annotations

import hashlib
import json
import secrets
import string
import uuid

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from catalyst.eventlog.redaction import MASK, Redactor
from catalyst.vault.secret import Secret

TOKEN = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(64))
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4eHh4eHh4eCJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
PEM = (
    Ed25519PrivateKey.generate()
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    .decode()
)


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        (f"hcloud_token={TOKEN}", TOKEN),
        (f'HCLOUD_TOKEN="{TOKEN}" tofu apply', TOKEN),
        (f"token: {TOKEN}", TOKEN),
        (json.dumps({"variables": {"hcloud_token": TOKEN}}), TOKEN),
        (json.dumps(json.dumps({"token": TOKEN})), TOKEN),
        (f"Authorization: Bearer {TOKEN}", TOKEN),
        (f"curl -H 'authorization: bearer {TOKEN}'", TOKEN),
        (f'{{"Authorization": "Bearer {TOKEN}"}}', TOKEN),
        (f"map[Authorization:[Bearer {TOKEN}]]", TOKEN),
        ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        (f"got {JWT} back", JWT),
        (PEM, PEM.splitlines()[2]),
        (json.dumps({"key": PEM}), PEM.splitlines()[2]),
        (f"K3S: K10{'a1' * 32}::server:{'b2' * 16}", "b2" * 16),
        ("postgres://tofu:hunter2-hunter2@127.0.0.1:5432/x", "hunter2-hunter2"),
    ],
)
def test_given_a_secret_nobody_told_us_of_when_cleaned_then_it_is_gone(
    line: str, secret: str
) -> None:
    cleaned = Redactor().clean(line)
    assert secret not in cleaned
    assert MASK in cleaned


@pytest.mark.parametrize(
    "line",
    [
        f"lock file: sha256 {hashlib.sha256(b'x').hexdigest()}",
        f"h1:{hashlib.sha256(b'y').hexdigest()}",
        f"deployment {uuid.uuid4()} was accepted",
        "hcloud_server.worker[0]: Still creating... [1m10s elapsed] id=wrk-0a1b2c3d",
        "token valid and read-write (422 for an invalid key)",
        "the token is destroyed; receipt 1f2e3d4c-0000-4000-8000-123456789abc",
        f"token fingerprint {hashlib.sha256(b'z').hexdigest()}",
        "secret: cert-manager-webhook-ca",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0 admin@example.com",
        "-----BEGIN CERTIFICATE-----",
        "https://console.omantel.omani.works/healthz answered 200",
        "Authorization: Bearer ‹redacted›",
        "waiting for bearer of the machine",
        "idempotency key=3f0c9a4e-7d1b-4a52-9a57-0f3f7d8f9a11",
        "plan: token = (sensitive value)",
    ],
)
def test_given_a_line_of_ours_when_cleaned_then_nothing_is_taken_out(line: str) -> None:
    assert Redactor().clean(line) == line


@pytest.mark.parametrize("told", [True, False], ids=["told", "not told"])
def test_given_a_private_key_line_by_line_when_cleaned_then_gone_across_the_edges(
    told: bool,
) -> None:
    redactor = Redactor([Secret(PEM)] if told else [])
    lines = ["before", *PEM.splitlines(), "after"]
    cleaned = [  # in two batches, as a journal stores them
        *redactor.clean_lines(lines[:3]),
        *redactor.clean_lines(lines[3:]),
    ]
    assert (cleaned[0], cleaned[-1]) == ("before", "after")
    assert set(cleaned[1:-1]) == {MASK}


def test_given_a_key_that_never_ends_when_other_lines_come_then_they_are_shown() -> None:
    cleaned = Redactor().clean_lines(["-----BEGIN PRIVATE KEY-----", "QUJD", "Apply complete! 3"])
    assert cleaned == [MASK, MASK, "Apply complete! 3"]


@given(st.text())
def test_given_any_text_when_cleaned_twice_then_the_same(text: str) -> None:
    once = Redactor().clean(text)
    assert Redactor().clean(once) == once
