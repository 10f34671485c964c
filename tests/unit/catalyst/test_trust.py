"""One TLS context for all who trust the same file, as long as the file is the same."""

from __future__ import annotations

import ssl
from pathlib import Path

from catalyst.trust import context
from infra.localcloud.machines.control_plane.pki import Pki


def subject(trust: ssl.SSLContext) -> str:
    (one,) = trust.get_ca_certs()
    return str(one["subject"])


def test_given_a_bundle_then_it_is_read_once_until_another_is_there(tmp_path: Path) -> None:
    pki = Pki(tmp_path / "tls")
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(pki.server.certificate.read_bytes())
    first = context(bundle)
    assert "catalyst-server-ca" in subject(first) and context(bundle) is first

    (other := tmp_path / "new.pem").write_bytes(pki.client.certificate.read_bytes())
    other.replace(bundle)
    assert "catalyst-client-ca" in subject(context(bundle))


def test_given_none_or_a_bundle_then_names_and_certificates_are_verified(tmp_path: Path) -> None:
    for bundle in (None, Pki(tmp_path).server.certificate):
        trust = context(bundle)
        assert trust.verify_mode == ssl.CERT_REQUIRED and trust.check_hostname
    assert context(None) is context(None)
