"""Settings of the pool-domain-manager (role zero); a part of `Environment`."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Network
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from catalyst.settings.franchise import HttpsUrl


def _words(value: object) -> object:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


# By commas or spaces.
Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]


class NamesEnvironment(BaseSettings):
    powerdns_url: str = ""
    powerdns_api_key: SecretStr = SecretStr("")
    powerdns_server: str = "localhost"
    nameservers: Listed = ("ns1.openova.io", "ns2.openova.io", "ns3.openova.io")
    nameserver_addresses: Listed = ()
    pool_domains: Listed = ("omani.works",)
    ds_ttl: int = Field(
        300, ge=1, description="seconds resolvers believe a DS of ours; giving back waits longer"
    )
    names_per_account: int = Field(100, ge=1, description="names one account may hold at once")
    name_quarantine: timedelta = Field(
        timedelta(days=30), ge=timedelta(0), description="rest of a used name that was given back"
    )
    name_lease_longest: timedelta = Field(
        timedelta(days=30), gt=timedelta(0), description="a name is reserved for so long in all"
    )
    balancer_ranges: Listed = Field(
        (), description="reserved ranges still allowed as load balancer address (laptop only)"
    )
    public_resolvers: Listed = Field(
        ("1.1.1.1", "8.8.8.8", "9.9.9.9"),
        description="addresses of resolvers that stand for the world when a domain moves to us",
    )
    domain_pace: float = Field(
        1.0, gt=0, le=1, description="of the pauses between looks at a moving domain (laptop only)"
    )
    rdap: bool = Field(True, description="ask the registries' public data (RDAP) about a domain")
    registrar_egress_ipv4: str = Field(
        "", description="our own address as registrars see it; customers must allow it there"
    )
    registrar_endpoints: dict[str, HttpsUrl] = Field(
        {}, description="registrar -> its API, where that is not the vendor's (laptop only)"
    )

    @field_validator("balancer_ranges")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(IPv4Network(network)) for network in value)
