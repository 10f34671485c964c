"""Certificates of a cluster: kept over a restart, made anew when they no longer fit."""

from __future__ import annotations

import stat
from pathlib import Path

from cryptography import x509

from infra.localcloud.machines.control_plane.pki import Pki


def test_given_a_disk_with_authorities_when_read_again_then_they_are_the_same(
    tmp_path: Path,
) -> None:
    first = Pki(tmp_path).server.certificate.read_bytes()
    assert Pki(tmp_path).server.certificate.read_bytes() == first
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.iterdir())


def test_given_a_leaf_when_other_hosts_are_asked_for_then_it_is_made_anew(tmp_path: Path) -> None:
    pki = Pki(tmp_path)

    def leaf(*hosts: str) -> x509.Certificate:
        pair = pki.leaf("serving", authority=pki.server, user="server", hosts=hosts)
        return x509.load_pem_x509_certificate(pair.certificate.read_bytes())

    first = leaf("192.0.2.1")
    assert leaf("192.0.2.1") == first
    second = leaf("192.0.2.1", "api.omantel.omani.works")
    names = second.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["api.omantel.omani.works"]
    authority = x509.load_pem_x509_certificate(pki.server.certificate.read_bytes())
    second.verify_directly_issued_by(authority)
