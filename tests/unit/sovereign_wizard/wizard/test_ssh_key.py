"""Which SSH public keys are taken, and that what is refused says why."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from sovereign_wizard.wizard.ssh_key import SshKeyRefused, parse

OPENSSH = (serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)


def line_of(private) -> str:
    return private.public_key().public_bytes(*OPENSSH).decode()


KEYS = {
    "ssh-ed25519": ed25519.Ed25519PrivateKey.generate(),
    "ecdsa-sha2-nistp256": ec.generate_private_key(ec.SECP256R1()),
    "ecdsa-sha2-nistp384": ec.generate_private_key(ec.SECP384R1()),
    "ecdsa-sha2-nistp521": ec.generate_private_key(ec.SECP521R1()),
    "ssh-rsa": rsa.generate_private_key(65537, 2048),
}


@pytest.mark.parametrize("kind", KEYS)
def test_given_a_key_of_a_listed_type_then_it_is_taken_with_its_comment(kind: str) -> None:
    key = parse(f"  {line_of(KEYS[kind])} owner@laptop\n")

    assert key.type == kind
    assert key.line == f"{line_of(KEYS[kind])} owner@laptop"
    assert key.fingerprint.startswith("SHA256:")


def test_given_a_key_when_fingerprinted_then_it_is_what_openssh_shows() -> None:
    # RFC 8032 §7.1 test 1 as an OpenSSH line; the fingerprint is `ssh-keygen -lf`'s.
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + public
    line = f"ssh-ed25519 {base64.b64encode(blob).decode()}"

    assert parse(line).fingerprint == "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn", "private key"),
        (line_of(KEYS["ssh-ed25519"]) + "\n" + line_of(KEYS["ssh-rsa"]), "one line"),
        (line_of(KEYS["ssh-ed25519"])[:-8], "incomplete or damaged"),
        ("ssh-ed25519 " + line_of(KEYS["ssh-rsa"]).split()[1], "incomplete or damaged"),
        (line_of(rsa.generate_private_key(65537, 1024)), "2048"),
        ("ssh-dss AAAAB3NzaC1kc3MAAACBAP", "start with one of"),
        ('command="sh" ' + line_of(KEYS["ssh-ed25519"]), "start with one of"),
        ("", "start with one of"),
    ],
)
def test_given_something_else_then_it_is_refused_beside_its_field(text: str, says: str) -> None:
    with pytest.raises(SshKeyRefused) as refused:
        parse(text)

    assert says in refused.value.detail
    assert refused.value.extra["field"] == "ssh_public_key"
