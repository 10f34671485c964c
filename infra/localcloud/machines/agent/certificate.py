"""The machine's certificate: kept while it is good, ordered and renewed when it is not.

Good = it still verifies against the bundle of today, names the Sovereign and has more than a third
of its life left. Ordering is in `acme_order.py`.
"""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import ExtensionOID
from OpenSSL import crypto

from infra.localcloud.machines.agent.acme_order import order
from infra.localcloud.machines.agent.console import say
from infra.localcloud.machines.agent.retry import forever
from infra.localcloud.machines.agent.secret import FOLDER
from infra.localcloud.machines.layout import MachineDir, write_private
from infra.localcloud.machines.sovereign import Acme

_LOOK_SECONDS = 60.0


class CertificateKeeper:
    """`ready` is set when there is a good certificate; `version` grows with each new one."""

    def __init__(self, machine: MachineDir, fqdn: str, acme: Acme, bundle: Path | None) -> None:
        self.ready = threading.Event()
        self.version = 0
        self.key = machine.in_root(f"{FOLDER}/tls/key.pem")
        self.certificate = machine.in_root(f"{FOLDER}/tls/cert.pem")
        self.chain = machine.in_root(f"{FOLDER}/tls/chain.pem")
        self._machine, self._fqdn, self._acme, self._bundle = machine, fqdn, acme, bundle

    def start(self) -> None:
        threading.Thread(target=self._keep, daemon=True, name="certificate").start()

    def _keep(self) -> None:
        while True:
            if self._is_good():
                self.ready.set()
                time.sleep(_LOOK_SECONDS)
                continue
            issued = forever(
                "certificate",
                lambda: order(self._machine, self._fqdn, self._acme, self._bundle),
            )
            leaf, chain = split(issued.fullchain_pem)
            write_private(self.key, issued.key_pem)
            write_private(self.chain, chain)
            write_private(self.certificate, leaf)
            self.version += 1
            say(f"certificate for {self._fqdn} and *.{self._fqdn} is here")

    def _is_good(self) -> bool:
        if not (self.certificate.exists() and self.key.exists() and self.chain.exists()):
            return False
        leaf = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        return (
            has_life_left(leaf, datetime.now(UTC))
            and {self._fqdn, f"*.{self._fqdn}"} <= set(_names(leaf))
            and (self._bundle is None or self._verifies())
        )

    def _verifies(self) -> bool:
        store = crypto.X509Store()
        try:
            store.load_locations(str(self._bundle))
            pems = [*_pems(self.certificate.read_text()), *_pems(self.chain.read_text())]
            chain = [crypto.load_certificate(crypto.FILETYPE_PEM, pem.encode()) for pem in pems]
            crypto.X509StoreContext(store, chain[0], chain[1:]).verify_certificate()
        except (crypto.Error, crypto.X509StoreContextError):
            return False
        return True


def has_life_left(leaf: x509.Certificate, now: datetime) -> bool:
    """More than a third of its life."""
    life = leaf.not_valid_after_utc - leaf.not_valid_before_utc
    return leaf.not_valid_after_utc - now > life / 3


def split(fullchain_pem: str) -> tuple[str, str]:
    """The leaf and the rest of a chain, as PEM."""
    leaf, *rest = _pems(fullchain_pem)
    return leaf, "".join(rest)


def _pems(text: str) -> list[str]:
    end = "-----END CERTIFICATE-----\n"
    parts = text.replace("\r\n", "\n").split(end)
    return [part.lstrip() + end for part in parts if part.strip()]


def _names(leaf: x509.Certificate) -> list[str]:
    extension = leaf.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    value = extension.value
    assert isinstance(value, x509.SubjectAlternativeName)
    return value.get_values_for_type(x509.DNSName)
