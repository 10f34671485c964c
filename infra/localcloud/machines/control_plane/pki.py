"""Authorities and certificates of a cluster, made once and kept on the machine's disk.

Four authorities, as k3s has them: server, client, request-header and etcd. Keys are ECDSA P-256.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from infra.localcloud.machines.layout import write_private

AUTHORITIES = ("server-ca", "client-ca", "request-header-ca", "etcd-ca")
_SIGNER = "service.key"
_AUTHORITY_DAYS, _LEAF_DAYS = 3650, 365  # k3s: ten years and one
_CLOCKS_MAY_DIFFER = datetime.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, PEM files."""

    certificate: Path
    key: Path


class Pki:
    """Makes what is missing below `folder`; what is there stays, so that a restart keeps trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.server, self.client, self.request_header, self.etcd = map(self._authority, AUTHORITIES)

    @classmethod
    def joining(cls, folder: Path, theirs: Path) -> Self:
        """For a further control plane: the authorities of the first one's `folder`, copied.

        k3s hands them out for the join token.
        """
        for name in (*(f"{each}.{end}" for each in AUTHORITIES for end in ("crt", "key")), _SIGNER):
            write_private(folder / name, (theirs / name).read_bytes())
        return cls(folder)

    def service_account_key(self) -> Path:
        """Signs the tokens of ServiceAccounts."""
        path = self._folder / _SIGNER
        if not path.exists():
            write_private(path, _pem(ec.generate_private_key(ec.SECP256R1())))
        return path

    def leaf(
        self,
        name: str,
        *,
        authority: Pair,
        user: str,
        groups: Sequence[str] = (),
        hosts: Sequence[str] = (),
    ) -> Pair:
        """A certificate for a user (name and groups as Kubernetes reads them) and for hosts.

        Made anew when it would end within a month, or the hosts asked for are others than before.
        """
        pair = self._pair(name)
        if _is_good(pair.certificate, hosts):
            return pair
        issuer = x509.load_pem_x509_certificate(authority.certificate.read_bytes())
        signer = serialization.load_pem_private_key(authority.key.read_bytes(), password=None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
        subject.append(x509.NameAttribute(NameOID.COMMON_NAME, user))
        builder = (
            _builder(x509.Name(subject), issuer.subject, key, _LEAF_DAYS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(authority=False), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage(
                    [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
                ),
                critical=False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
        )
        if hosts:
            names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        _keep(pair, builder.sign(signer, hashes.SHA256()), key)
        return pair

    def _authority(self, name: str) -> Pair:
        pair = self._pair(name)
        if pair.certificate.exists():
            return pair
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"catalyst-{name}")])
        certificate = (
            _builder(subject, subject, key, _AUTHORITY_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(authority=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        _keep(pair, certificate, key)
        return pair

    def _pair(self, name: str) -> Pair:
        return Pair(self._folder / f"{name}.crt", self._folder / f"{name}.key")


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_MAY_DIFFER)
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        key_encipherment=False,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _is_good(path: Path, hosts: Sequence[str]) -> bool:
    if not path.exists():
        return False
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    month = datetime.timedelta(days=30)
    if certificate.not_valid_after_utc - datetime.datetime.now(datetime.UTC) < month:
        return False
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return not hosts
    return list(names) == [_general_name(host) for host in hosts]


def _keep(pair: Pair, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    # The key first: a certificate that is there means that both are.
    write_private(pair.key, _pem(key))
    write_private(pair.certificate, certificate.public_bytes(serialization.Encoding.PEM))


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    # SEC 1 and not PKCS 8: where the API server looks for public keys it reads only this one.
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
