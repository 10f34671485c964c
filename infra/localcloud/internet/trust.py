"""Turns pebble's root into trust for this laptop's own clients: a CA bundle and a Chromium HOME.

Pebble makes a new root at each start. Roots of earlier starts stay trusted until they end, so that
a Sovereign made yesterday still opens; their keys died with the process that had them. It must
never touch the trust of the machine or of the person using it.
"""

import datetime
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from infra.localcloud.internet.acme import ca_file, required, write_atomically
from infra.localcloud.internet.authoritative import NotInstalled, StartFailed
from infra.localcloud.internet.config import Acme, Config

WAIT_SECONDS = 30.0


def build(config: Config) -> None:
    """Read the root from pebble's management port and write `ca/bundle.pem` and `ca/chromium-home`.

    Run it after each start of pebble; it waits for pebble up to WAIT_SECONDS, and running it again
    changes nothing. Raises InvalidConfig, StartFailed (pebble does not answer), NotInstalled.
    """
    acme = required(config)
    if shutil.which("certutil") is None:
        raise NotInstalled("certutil is not installed: apt install libnss3-tools")
    root = _fetch_root(acme)
    kept = acme.directory / "ca" / "roots"
    kept.mkdir(parents=True, exist_ok=True)
    write_atomically(kept / f"{root.fingerprint(hashes.SHA256()).hex()}.pem", _pem(root))
    roots = _still_valid(kept)
    write_atomically(
        acme.directory / "ca" / "bundle.pem",
        ca_file(acme).read_bytes() + b"".join(_pem(one) for one in roots),
    )
    # For a machine made now: short enough for what it is told at its first boot.
    write_atomically(acme.directory / "ca" / "newest.pem", ca_file(acme).read_bytes() + _pem(root))
    _build_nss(acme.directory / "ca" / "chromium-home", roots)


def _fetch_root(acme: Acme) -> x509.Certificate:
    if not ca_file(acme).exists():
        raise StartFailed("run acme-prepare first: there is no CA to verify pebble with")
    url = f"https://127.0.0.1:{acme.management_port}/roots/0"
    trusted = ssl.create_default_context(cafile=ca_file(acme))
    deadline = time.monotonic() + WAIT_SECONDS
    with httpx.Client(verify=trusted, trust_env=False, timeout=5) as client:
        while True:
            try:
                answer = client.get(url).raise_for_status()
                return x509.load_pem_x509_certificate(answer.content)
            except httpx.HTTPError as error:
                if time.monotonic() > deadline or _is_wrong_certificate(error):
                    raise StartFailed(
                        f"pebble's root is not to be had from {url}: {error}"
                    ) from error
                time.sleep(0.05)


def _is_wrong_certificate(error: BaseException | None) -> bool:
    # Waiting does not help against somebody else's server on that port.
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _still_valid(kept: Path) -> Sequence[x509.Certificate]:
    roots = []
    for file in sorted(kept.glob("*.pem")):
        root = x509.load_pem_x509_certificate(file.read_bytes())
        if root.not_valid_after_utc > datetime.datetime.now(datetime.UTC):
            roots.append(root)
        else:
            file.unlink()
    return roots


def _build_nss(home: Path, roots: Sequence[x509.Certificate]) -> None:
    """Chromium on Linux reads extra roots from the NSS database in $HOME/.pki/nssdb."""
    database = home / ".pki" / "nssdb"
    if not (database / "cert9.db").exists():
        database.mkdir(parents=True, exist_ok=True)
        _certutil(database, "-N", "--empty-password")
    present = _certutil(database, "-L")
    for root in roots:
        nickname = f"pebble-{root.fingerprint(hashes.SHA256()).hex()}"
        if nickname in present:
            continue
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(_pem(root))
            file.flush()
            # "C,,": trusted to issue server certificates, nothing else (certutil(1)).
            _certutil(database, "-A", "-n", nickname, "-t", "C,,", "-i", file.name)


def _certutil(database: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["certutil", "-d", f"sql:{database}", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StartFailed(f"certutil {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
