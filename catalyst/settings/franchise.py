"""Settings of the franchise, in both roles; a part of `Environment`."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

HttpsUrl = Annotated[str, Field(pattern="^https://")]
POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]


class FranchiseEnvironment(BaseSettings):
    organization_grace: timedelta = Field(
        timedelta(days=14), ge=timedelta(0), description="a deletion can be undone for so long"
    )
    organization_name_rest: timedelta = Field(
        timedelta(days=90), ge=timedelta(0), description="a deleted one's short name rests so long"
    )

    signed_voucher_list_age: timedelta = Field(
        timedelta(hours=72), gt=timedelta(0),
        description="a list of what another Sovereign took back is gone by for so long; then its "
        "vouchers are not redeemed",
    )  # fmt: skip

    franchisor_share: Percent | None = Field(
        None,
        description="the franchisor's share of what is sold, in percent; if empty settlements show "
        "the base only",
    )

    stripe_url: HttpsUrl | Literal[""] = Field(
        "", description="base URL of Stripe's API where that is not Stripe's own (laptop only)"
    )

    gitea_url: str = Field(
        "",
        description="base URL of the Gitea that keeps Apps, https unless on this machine; if empty "
        "there are no Apps",
    )
    gitea_user: str = Field("", description="our administrator's account there")
    gitea_password: SecretStr = Field(SecretStr(""), description="of that account")
    gitea_token: SecretStr = Field(
        SecretStr(""), description="of that account, in the place of its password"
    )
    gitea_login: Path | None = Field(
        None, description="folder with files `username` and `password`, in the place of those two"
    )
    gitea_sign_on: int = Field(
        0, description="id there of the single sign-on that people log in with; 0: there is none"
    )
    kubernetes_url: HttpsUrl | Literal[""] = Field(
        "", description="API of the cluster Apps run in; if empty there are no Apps"
    )
    kubernetes_token_file: Path = Field(
        POD / "token", description="file with our account's token there, read at each request"
    )
    kubernetes_ca: Path = Field(POD / "ca.crt", description="PEM of that cluster's authority")

    @field_validator("gitea_url")
    @classmethod
    def _not_overheard(cls, value: str) -> str:
        parts = urlsplit(value)
        here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
        if value and not (here or (parts.scheme == "https" and parts.hostname)):
            raise ValueError("is an https URL, or http on this machine itself")
        return value.rstrip("/")

    @field_validator("franchisor_share", mode="before")
    @classmethod
    def _none_agreed(cls, value: object) -> object:
        return None if value == "" else value
