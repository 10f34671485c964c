"""The one rule for SSH public keys: form, API and tofu all take what passes here.

Keys are parsed for real: a line that looks right but holds no key locks its owner out.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.problem import Invalid
from catalyst.vault.secret import Secret

log = structlog.get_logger(__name__)

FIELD = "ssh_public_key"
TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
)
LEAST_RSA_BITS = 2048
LONGEST = 8192
_COMMENT = re.compile(r"[^\x20-\x7e]")


class SshKeyRefused(Invalid):
    type = "ssh-key-refused"
    title = lazy("This SSH key cannot be used")


@dataclass(frozen=True, slots=True)
class SshKey:
    """A public key. `line` is what goes into authorized_keys; `fingerprint` as OpenSSH shows it."""

    line: str
    type: str
    fingerprint: str


def make(comment: str) -> tuple[SshKey, Secret]:
    """A new Ed25519 pair; the private half in OpenSSH's own format, without a passphrase.

    Nothing is kept here: who asks shows the private half once.
    """
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    known = parse(f"{public.decode()} {comment}")
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    log.info("ssh key pair made", fingerprint=known.fingerprint)
    return known, Secret(private.decode())


def parse(text: str) -> SshKey:
    """Take one public key line apart. Raises SshKeyRefused with `field="ssh_public_key"`."""
    text = text.strip()
    if "PRIVATE KEY" in text:
        raise _refused(
            _(
                "This is a private key: keep it to yourself, and make a new pair if it was shared. "
                "Paste the public one, the file that ends in .pub."
            )
        )
    if len(text) > LONGEST or "\n" in text or "\r" in text:
        raise _refused(_("Paste one key on one line."))
    kind, _space, rest = text.partition(" ")
    body, _space, comment = rest.strip().partition(" ")
    if kind not in TYPES:
        raise _refused(_("It has to start with one of %(types)s.") % {"types": ", ".join(TYPES)})
    try:
        key = load_ssh_public_key(f"{kind} {body}".encode("ascii"))
        raw = base64.b64decode(body, validate=True)
    except (ValueError, UnsupportedAlgorithm, UnicodeEncodeError) as error:
        raise _refused(
            _("The key itself is incomplete or damaged. Copy the whole line.")
        ) from error
    if isinstance(key, RSAPublicKey) and key.key_size < LEAST_RSA_BITS:
        raise _refused(
            _("An RSA key needs %(least_rsa_bits)s bits or more; this has %(key_size)s.")
            % {"least_rsa_bits": LEAST_RSA_BITS, "key_size": key.key_size}
        )
    digest = base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")
    line = f"{kind} {body} {_COMMENT.sub('', comment).strip()}".strip()
    return SshKey(line=line, type=kind, fingerprint=f"SHA256:{digest}")


def known(text: str) -> SshKey | None:
    """The key in what was typed so far, if there is one."""
    try:
        return parse(text)
    except SshKeyRefused:
        return None


def _refused(detail: str) -> SshKeyRefused:
    return SshKeyRefused(detail, field=FIELD)
