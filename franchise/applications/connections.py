"""The two servers that a worker talks to, from the settings, and the account Flux reads Git by."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from pathlib import Path

from django.conf import settings

from catalyst.vault.lasting import lasting_key
from catalyst.vault.secret import Secret
from franchise.cluster.http import Cluster
from franchise.gitea.http import Connection
from franchise.gitea.problems import Away

FLUX_PURPOSE = "franchise.gitea-flux"
HOOK_PURPOSE = "franchise.gitea-hook"
FLUX = "flux"  # its name at Gitea; no Organization may be called so


def gitea() -> Connection:
    """As our administrator there. Raises Away while nobody has told us of an account."""
    ours = settings.CATALYST
    if ours.gitea_login is not None:
        user, password = (_told(ours.gitea_login / name) for name in ("username", "password"))
        return Connection(
            url=ours.gitea_url, token=Secret(password), user=user, ca_bundle=ours.ca_bundle
        )
    token = ours.gitea_token.get_secret_value()
    return Connection(
        url=ours.gitea_url,
        token=Secret(token or ours.gitea_password.get_secret_value()),
        user="" if token else ours.gitea_user,
        ca_bundle=ours.ca_bundle,
    )


def cluster() -> Cluster:
    """As our own account in the cluster."""
    ours = settings.CATALYST
    return Cluster(
        url=ours.kubernetes_url,
        token_file=ours.kubernetes_token_file,
        authority=ours.kubernetes_ca,
    )


def flux_password() -> Secret:
    """The same for ever, so that making the account twice makes one. Raises VaultAway."""
    return _word(FLUX_PURPOSE)


def hook_secret() -> Secret:
    """By which Gitea signs what it tells us. Raises VaultAway."""
    return _word(HOOK_PURPOSE)


def _told(file: Path) -> str:
    """Anew each time: in a Sovereign it is there when its Gitea is, which may be after us."""
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        raise Away("The account at Git is not known yet.") from None


def _word(purpose: str) -> Secret:
    return Secret(urlsafe_b64encode(lasting_key(purpose)).decode().rstrip("="))
