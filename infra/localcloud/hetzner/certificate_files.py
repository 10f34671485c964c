"""Certificates as files for the load balancers, and what is read from their text.

Private keys are never in the store and never shown: one 0600 file per certificate, below a folder
only its owner may enter.
"""

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from infra.localcloud.hetzner.errors import invalid

# A managed certificate is one of the vendor's certificate authority, valid for 90 days.
_MANAGED_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the API shows of a certificate. Times in UTC; `fingerprint` is SHA-1 (RFC 5280 has none,
    the vendor shows this one)."""

    names: list[str]
    fingerprint: str
    not_before: datetime
    not_after: datetime


class CertificateFolder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, identifier: int) -> Path:
        return self._folder / f"{identifier}.pem"

    def keep(self, identifier: int, chain: str, key: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.path(identifier), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{chain.strip()}\n{key.strip()}\n")

    def clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def remove(self, identifier: int) -> None:
        self.path(identifier).unlink(missing_ok=True)


def read(chain: str) -> Facts:
    """Raises invalid_input for the field `certificate`."""
    try:
        first = x509.load_pem_x509_certificates(chain.encode())[0]
    except (ValueError, IndexError) as error:
        raise invalid("certificate", "is not a certificate in PEM format") from error
    return Facts(
        names=_names(first),
        # It names the certificate and protects nothing.
        fingerprint=first.fingerprint(hashes.SHA1()).hex(":"),
        not_before=first.not_valid_before_utc,
        not_after=first.not_valid_after_utc,
    )


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return extension.value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return [str(entry.value) for entry in common]


def need_pair(chain: str, key: str) -> None:
    """Raises invalid_input unless the private key belongs to the certificate."""
    certificate = x509.load_pem_x509_certificates(chain.encode())[0]
    try:
        private = serialization.load_pem_private_key(key.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise invalid("private_key", "is not a private key in PEM format") from error
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    if private.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        raise invalid("private_key", "does not belong to the certificate")


def issue(names: list[str], now: datetime | None = None) -> tuple[str, str]:
    """A certificate for these names and its private key, both PEM.

    It is signed by itself: the local cloud has no DNS zones a certificate authority could look at.
    """
    at = now or datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0][:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at)
        .not_valid_after(at + _MANAGED_FOR)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()
