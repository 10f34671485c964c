"""What pebble, the ACME server, needs before it starts: configuration and its own certificate.

Pebble signs for names; the little CA here signs only for the local cloud's own HTTPS ports, so that
their clients can verify them. It must never sign anything else. The certificates last longer than a
laptop session and are made again when they near their end.
"""

import datetime
import ipaddress
import json
import os
from pathlib import Path
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from infra.localcloud.internet.config import Acme, Config, InvalidConfig

CA_LIFE = datetime.timedelta(days=3650)
# Apple and Chromium refuse server certificates that live longer than 398 days.
SERVER_LIFE = datetime.timedelta(days=397)
RENEW_BEFORE = datetime.timedelta(days=30)
# Host number in the public range at which Pods reach pebble, by a door of the supply.
_DOOR = 5
BACKDATED = datetime.timedelta(hours=1)


def prepare(config: Config) -> None:
    """Write pebble's files under `acme.dir`; what is there and still good is kept.

    Makes `ca/ca.pem` and `ca/ca.key`, `server.pem` and `server.key` (keys 0600), `pebble.json`.
    Raises InvalidConfig when the file has no `acme` part.
    """
    acme = required(config)
    acme.directory.mkdir(parents=True, exist_ok=True)
    (acme.directory / "ca").mkdir(exist_ok=True)
    door = config.network[_DOOR]
    kept = (ca_file(acme), acme.directory / "server.pem")
    if _near_its_end(kept[0]) or not _names(kept[1], door):
        _make_authority(acme, door)
        kept[1].unlink(missing_ok=True)
    if _near_its_end(kept[1]):
        make_server_certificate(acme.directory, "server", door)
    write_atomically(acme.directory / "pebble.json", json.dumps(_pebble(acme), indent=2).encode())


def required(config: Config) -> Acme:
    """The `acme` part of the configuration. Raises InvalidConfig when there is none."""
    if config.acme is None:
        raise InvalidConfig(f"{config.path}: acme is missing")
    return config.acme


def ca_file(acme: Acme) -> Path:
    """The certificate that verifies pebble's own HTTPS ports."""
    return acme.directory / "ca" / "ca.pem"


def _pebble(acme: Acme) -> dict[str, object]:
    # https://github.com/letsencrypt/pebble, cmd/pebble/main.go: the names it reads.
    return {
        "pebble": {
            "listenAddress": f"127.0.0.1:{acme.directory_port}",
            "managementListenAddress": f"127.0.0.1:{acme.management_port}",
            "certificate": str(acme.directory / "server.pem"),
            "privateKey": str(acme.directory / "server.key"),
            "httpPort": 80,
            "tlsPort": 443,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": False,
            "retryAfter": {"authz": 1, "order": 1},
            "keyAlgorithm": "ecdsa",
            "profiles": {
                "default": {"description": "90 days", "validityPeriod": 90 * 24 * 3600},
            },
        }
    }


def _make_authority(acme: Acme, door: ipaddress.IPv4Address) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Catalyst local cloud: verifies pebble itself")
    certificate = (
        _builder(subject=name, issuer=name, life=CA_LIFE, key=key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(
            x509.NameConstraints(
                permitted_subtrees=[
                    x509.DNSName("localhost"),
                    x509.IPAddress(ipaddress.IPv4Network("127.0.0.0/8")),
                    x509.IPAddress(ipaddress.IPv4Network(door)),
                ],
                excluded_subtrees=None,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    _write_key(acme.directory / "ca" / "ca.key", key)
    write_atomically(ca_file(acme), certificate.public_bytes(serialization.Encoding.PEM))


def make_server_certificate(directory: Path, name: str, *addresses: ipaddress.IPv4Address) -> None:
    """`<name>.pem` and `.key` for 127.0.0.1 and these, by the CA of the folder (`acme.dir`)."""
    authority = x509.load_pem_x509_certificate((directory / "ca" / "ca.pem").read_bytes())
    signer = cast(
        ec.EllipticCurvePrivateKey,
        serialization.load_pem_private_key(
            (directory / "ca" / "ca.key").read_bytes(), password=None
        ),
    )
    key = ec.generate_private_key(ec.SECP256R1())
    names = [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.IPv4Address("127.0.0.1")),
        *map(x509.IPAddress, addresses),
    ]
    certificate = (
        _builder(subject=_name(name), issuer=authority.subject, life=SERVER_LIFE, key=key)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
    _write_key(directory / f"{name}.key", key)
    write_atomically(
        directory / f"{name}.pem", certificate.public_bytes(serialization.Encoding.PEM)
    )


def _builder(
    *,
    subject: x509.Name,
    issuer: x509.Name,
    life: datetime.timedelta,
    key: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _names(certificate: Path, address: ipaddress.IPv4Address) -> bool:
    """Whether it is there and good for this address; a stack may have moved to another range."""
    if not certificate.exists():
        return False
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    found = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return address in found.get_values_for_type(x509.IPAddress)


def _near_its_end(certificate: Path) -> bool:
    if not certificate.exists():
        return True
    end = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    return end - RENEW_BEFORE < datetime.datetime.now(datetime.UTC)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_atomically(path, pem, mode=0o600)


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """A reader sees the old file or the new one, never a half; a key is never open to others."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    unfinished.rename(path)
