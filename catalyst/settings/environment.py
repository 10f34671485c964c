"""Every setting an operator may give, typed. A missing or odd value stops the start."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from catalyst.settings.franchise import FranchiseEnvironment, HttpsUrl
from catalyst.settings.names import Listed, NamesEnvironment

MIN_SECRET_KEY = 50
MIN_BEARER = 32


def listed(value: SecretStr) -> tuple[str, ...]:
    """The words of a secret list."""
    return tuple(value.get_secret_value().replace(",", " ").split())


class Environment(NamesEnvironment, FranchiseEnvironment):
    """Read from `CATALYST_*`. Role `zero` makes Sovereigns, role `sovereign` is one."""

    model_config = SettingsConfigDict(env_prefix="CATALYST_", extra="forbid", frozen=True)

    role: Literal["zero", "sovereign"]
    secret_key: SecretStr
    vault: Literal["envelope", "openbao"] = Field(
        "envelope", description="who keeps the key of the vault: these settings, or OpenBao"
    )
    vault_key: SecretStr = Field(description="base64 of 32 random bytes")
    vault_other_keys: SecretStr = Field(
        SecretStr(""),
        description="vault keys that only open: the one before, the one to come; base64, commas",
    )
    openbao_address: str = Field("", description="URL of OpenBao; https unless on this machine")
    openbao_login: Literal["approle", "kubernetes"] = Field(
        "approle", description="how our role is proved to OpenBao"
    )
    openbao_role_id: str = Field("", description="of AppRole, or the name of the Kubernetes role")
    openbao_secret_id_file: Path | None = Field(
        None, description="file with the secret id of our role (AppRole), read at each log-in there"
    )
    openbao_token_file: Path = Field(
        Path("/var/run/secrets/kubernetes.io/serviceaccount/token"),
        description="file with the Pod's token, read at each log-in there by Kubernetes",
    )
    database_url: SecretStr
    redis_url: SecretStr
    redis_prefix: str = "catalyst"
    public_url: str
    allowed_hosts: Listed
    trusted_proxy: bool = False
    ca_bundle: Path | None = None
    metrics_token: SecretStr = Field(
        SecretStr(""), description="bearer for /metrics; if empty only this machine itself may read"
    )
    otlp_endpoint: str = Field(
        "", description="base URL of an OpenTelemetry collector (OTLP/HTTP); if empty none is told"
    )

    audit_sink_url: HttpsUrl | Literal[""] = Field(
        "", description="collector of sealed audit events (JSON lines); if empty none is told"
    )
    audit_sink_token: SecretStr = Field(SecretStr(""), description="bearer for that collector")

    oidc_issuer: str = Field(
        "", description="issuer of people's identities (OpenID Connect); if empty there is none"
    )
    oidc_client_id: str = "catalyst-console"
    oidc_client_secret: SecretStr = SecretStr("")
    people_client_id: str = "catalyst-people"
    people_client_secret: SecretStr = Field(
        SecretStr(""),
        description="of the client as which workers make people and groups at the issuer, a "
        "Keycloak of ours; if empty they make none (role sovereign)",
    )
    local_login: bool = Field(
        False, description="people may log in with a password kept here (never Catalyst-Zero)"
    )

    four_eyes: bool = Field(
        True, description="acts on what is another's that cannot be undone want a second person"
    )

    # role sovereign
    sovereign_fqdn: str = ""
    deployment_id: str = ""
    preselected_apps: Listed = Field(
        (), description="ids of Apps that the first Organization finds preselected"
    )

    # role zero: making Sovereigns
    callback_url: str = Field(
        "", description="base URL a new machine calls back; public_url if empty"
    )
    tofu_database_url: SecretStr = SecretStr("")
    tofu: Path | None = None
    tofurc: Path | None = None
    hcloud_endpoint: str = "https://api.hetzner.cloud/v1"
    acme_directory: str = "https://acme-v02.api.letsencrypt.org/directory"
    resolver: str = Field(
        "", description="address of the resolver proofs use; the system's if empty"
    )

    cluster: bool = Field(
        False,
        description="the machines carry a Kubernetes cluster; false only where the local cloud "
        "cannot",
    )

    # what a Sovereign's cluster is told
    gitops_repo_url: str = Field(
        "https://github.com/openova-io/catalyst", description="Git repository with its tree"
    )
    gitops_branch: str = "main"
    chart_registry: str = Field("ghcr.io/openova-io", description="host/namespace of its charts")
    chart_registry_insecure: bool = Field(False, description="plain HTTP (laptop only)")
    trusted_authorities: Path | None = Field(
        None, description="PEM it trusts besides the public ones, for an ACME server of one's own"
    )
    tree_settings: dict[str, str] = Field(
        {}, description="settings of the tree that are said otherwise here (laptop only)"
    )

    # mails
    smtp_url: SecretStr = Field(
        SecretStr(""), description="smtp(s)://user:password@host:port; if empty no mail is sent"
    )
    mail_from: str = "catalyst@localhost"

    @field_validator("public_url", "callback_url", "otlp_endpoint")
    @classmethod
    def _absolute(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"http", "https"}:
            raise ValueError("is an absolute http(s) URL")
        return value.rstrip("/")

    @field_validator("audit_sink_url")
    @classmethod
    def _plain(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.username or parts.password or parts.query:
            raise ValueError("holds no password and no query: secrets go in AUDIT_SINK_TOKEN")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        """As it stands in tokens, to the letter (OpenID Connect Core §2)."""
        parts = urlsplit(value)
        plain = parts.scheme in {"http", "https"} and parts.hostname and not parts.username
        if value and (not plain or parts.query or parts.fragment or value.endswith("/")):
            raise ValueError("is an http(s) URL without query and without a slash at its end")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _long(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < MIN_BEARER:
            raise ValueError(f"needs {MIN_BEARER} random characters")
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _own_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or "*" in value:
            raise ValueError("names the hosts it is served under, never all")
        return value

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: SecretStr) -> SecretStr:
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
            raise ValueError("is a postgresql:// URL with the name of a database")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: SecretStr) -> SecretStr:
        if urlsplit(value.get_secret_value()).scheme not in {"redis", "rediss"}:
            raise ValueError("is a redis:// or rediss:// URL")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: SecretStr) -> SecretStr:
        parts = urlsplit(value.get_secret_value())
        if value.get_secret_value() and (
            parts.scheme not in {"smtp", "smtps"} or not parts.hostname
        ):
            raise ValueError("is an smtp:// or smtps:// URL with a host")
        return value

    @field_validator("openbao_address")
    @classmethod
    def _private(cls, value: str) -> str:
        parts = urlsplit(value)
        here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
        if value and not (here or (parts.scheme == "https" and parts.hostname)):
            raise ValueError("is an https URL, or http on this machine itself")
        return value.rstrip("/")

    @field_validator("vault_key", "vault_other_keys")
    @classmethod
    def _strong_vault_key(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        texts = listed(value)
        if info.field_name == "vault_key" and len(texts) != 1:
            raise ValueError("is not the base64 of 32 random bytes")
        for text in texts:
            if len(set(key := b64decode(text, validate=True))) < 8 or len(key) != 32:
                raise ValueError("is not the base64 of 32 random bytes")
        return value

    @field_validator("secret_key")
    @classmethod
    def _strong_secret_key(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if len(text) < MIN_SECRET_KEY or len(set(text)) < 16 or text.startswith("django-insecure"):
            raise ValueError(f"needs {MIN_SECRET_KEY} random characters")
        return value

    @model_validator(mode="after")
    def _way_in(self) -> Self:
        if not self.oidc_issuer and not self.local_login:
            raise ValueError("nobody could log in: CATALYST_OIDC_ISSUER is needed")
        if self.oidc_issuer and not _given(self.oidc_client_secret):
            raise ValueError("CATALYST_OIDC_ISSUER needs CATALYST_OIDC_CLIENT_SECRET")
        return self

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = {
            "zero": ("tofu_database_url", "powerdns_url", "powerdns_api_key", "nameservers"),
            "sovereign": ("sovereign_fqdn", "deployment_id"),
        }[self.role]
        if self.vault == "openbao":
            needed += ("openbao_address", "openbao_role_id")
            if self.openbao_login == "approle":
                needed += ("openbao_secret_id_file",)
        missing = [name for name in needed if not _given(getattr(self, name))]
        if missing:
            wanted = ", ".join(f"CATALYST_{name.upper()}" for name in missing)
            raise ValueError(f"role {self.role} needs {wanted}")
        return self


def _given(value: object) -> bool:
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)
