"""Where the programs of a laptop stack are, and with which secrets they are asked."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

from catalyst.embedded.names import REGISTRARS


class Addresses:
    """Derived from what the stack decided. What was not decided yet reads as `None`."""

    __slots__ = ()
    state_dir: Path
    ports: dict[str, int]
    range: IPv4Network | None
    secrets: dict[str, str]

    # --- the local cloud and the console ---------------------------------------------------------

    @property
    def hcloud_endpoint(self) -> str | None:
        port = self.ports.get("localcloud")
        return f"http://127.0.0.1:{port}/v1" if port else None

    @property
    def localcloud_admin_url(self) -> str | None:
        return self._http("localcloud_admin")

    @property
    def localcloud_admin_key(self) -> str | None:
        return self.secrets.get("localcloud-admin")

    @property
    def registrar_endpoints(self) -> dict[str, str]:
        """Registrar → where the local cloud plays its API."""
        port = self.ports.get("registrars")
        base = f"https://127.0.0.1:{port}"
        return {name: f"{base}{path}" for name, path in REGISTRARS.items()} if port else {}

    @property
    def registrars_admin_url(self) -> str | None:
        return self._http("registrars_admin")

    @property
    def registrars_admin_key(self) -> str | None:
        return self.secrets.get("registrars-admin")

    @property
    def stripe_url(self) -> str | None:
        """Where the local cloud plays Stripe's API and its payment page."""
        port = self.ports.get("stripe")
        return f"https://127.0.0.1:{port}" if port else None

    @property
    def stripe_admin_url(self) -> str | None:
        return self._http("stripe_admin")

    @property
    def stripe_admin_key(self) -> str | None:
        return self.secrets.get("stripe-admin")

    @property
    def stripe_account_key(self) -> str | None:
        """Secret key of the account that the laptop's Stripe has from the start."""
        return self.secrets.get("stripe-account")

    # --- mail ------------------------------------------------------------------------------------

    @property
    def smtp_url(self) -> str | None:
        """Takes every mail and sends none on; upgraded to TLS of the stack's own authority."""
        port = self.ports.get("smtp")
        return f"smtp://127.0.0.1:{port}" if port else None

    @property
    def mails_url(self) -> str | None:
        """Where a person reads them."""
        return self._http("mails")

    # --- who people are --------------------------------------------------------------------------

    @property
    def keycloak_postgres_password(self) -> str | None:
        return self.secrets.get("postgres-keycloak")

    @property
    def keycloak_url(self) -> str | None:
        return self._http("keycloak")

    @property
    def keycloak_admin_password(self) -> str | None:
        """Of the user `admin` in the realm `master`."""
        return self.secrets.get("keycloak-admin")

    @property
    def oidc_client_secret(self) -> str | None:
        """With it the console's client proves itself to Keycloak."""
        return self.secrets.get("oidc-client")

    @property
    def openbao_url(self) -> str | None:
        return self._http("openbao")

    @property
    def gitea_url(self) -> str | None:
        return self._http("gitea")

    @property
    def web_url(self) -> str | None:
        return self._http("web")

    @property
    def secret_key(self) -> str | None:
        return self.secrets.get("django-secret-key")

    @property
    def vault_key(self) -> str | None:
        """Base64 of 32 bytes: the key-encryption key of the vault."""
        return self.secrets.get("vault-key")

    def _address(self, last: int) -> str | None:
        return str(self.range[last]) if self.range else None

    def _http(self, name: str) -> str | None:
        port = self.ports.get(name)
        return f"http://127.0.0.1:{port}" if port else None

    def _postgres(self, role: str, secret: str, database: str) -> str | None:
        password, port = self.secrets.get(secret), self.ports.get("postgres")
        if not password or not port:
            return None
        return f"postgresql://{role}:{password}@127.0.0.1:{port}/{database}"
