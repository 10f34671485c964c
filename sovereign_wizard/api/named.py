"""Which name a wish is for, in one enum from the document to tofu (provisioning §9, W2)."""

from __future__ import annotations

from typing import Any

from pydantic import Field, SecretStr

from catalyst.api.shapes import Asked
from catalyst.problem import Invalid
from dns.byo import services as byo
from dns.byo.problems import BadRecord
from dns.byo.values import Record
from dns.registrars import services as registrars
from dns.registrars.services import Credentials, RegistrarProblem
from sovereign_wizard.provisioning.models import DomainMode


class Keys(Asked):
    """A registrar's credentials, one way or the other."""

    registrar_token: SecretStr = Field(
        SecretStr(""), max_length=2048, description="`a:b:c`, as in the earlier system"
    )
    registrar_credentials: dict[str, SecretStr] = Field(
        {}, description="By field, see /registrars; wins over `registrarToken`. Never shown again."
    )

    def credentials(self, registrar: str) -> Credentials:
        """Raises Invalid beside a field."""
        given = {name: one.get_secret_value() for name, one in self.registrar_credentials.items()}
        try:
            return registrars.credentials_of(
                registrar, fields=given, token=self.registrar_token.get_secret_value()
            )
        except RegistrarProblem as refused:
            field = refused.extra.get("field")
            beside = f"registrarCredentials.{field}" if field else "registrarType"
            raise Invalid(refused.detail, field=beside) from refused


class Named(Keys):
    """`pool` needs the pool's domain and a subdomain, the others the whole name."""

    sovereign_domain_mode: DomainMode = DomainMode.POOL
    sovereign_pool_domain: str = Field("", max_length=253, examples=["omani.works"])
    sovereign_subdomain: str = Field("", max_length=253, examples=["omantel"])
    sovereign_fqdn: str = Field(
        "",
        alias="sovereignFQDN",
        max_length=1024,
        description="Made from the two above; if given, it has to be the same. Your own domain in "
        "the modes `byo-manual` and `byo-api`.",
    )
    registrar_type: str = Field("", max_length=20, description="One of /registrars; for `byo-api`.")
    domain_acknowledgement: str = Field(
        "",
        max_length=1024,
        description="The domain once more: what it says now may stop. Needed for one in use whose "
        "records are not brought along.",
    )
    domain_records: str = Field(
        "",
        max_length=20_000,
        description="Records to bring along, a line each as in a zone file: `name type content`.",
        examples=["@ MX 10 mail.acme.com."],
    )

    def name(self) -> dict[str, Any]:
        """The part of a DeploymentRequest that names it. Raises Invalid beside a field."""
        if self.sovereign_domain_mode == DomainMode.POOL:
            return self._under_a_pool()
        domain = self._own_domain()
        return {
            "domain_mode": self.sovereign_domain_mode,
            "own_domain": domain,
            "acknowledgement": self.domain_acknowledgement,
            "records": self._records(domain),
            **self._registrar(),
        }

    def _under_a_pool(self) -> dict[str, Any]:
        for field, value in (
            ("sovereignPoolDomain", self.sovereign_pool_domain),
            ("sovereignSubdomain", self.sovereign_subdomain),
        ):
            if not value:
                raise Invalid("Give a value.", field=field)
        expected = f"{self.sovereign_subdomain}.{self.sovereign_pool_domain}"
        if self.sovereign_fqdn and self.sovereign_fqdn.rstrip(".").lower() != expected.lower():
            raise Invalid(f"The two parts make {expected}.", field="sovereignFQDN")
        return {"pool_domain": self.sovereign_pool_domain, "subdomain": self.sovereign_subdomain}

    def _own_domain(self) -> str:
        try:
            return byo.read_domain(self.sovereign_fqdn).name
        except RegistrarProblem as refused:
            raise Invalid(refused.detail, field="sovereignFQDN") from refused

    def _records(self, domain: str) -> tuple[Record, ...]:
        try:
            return byo.records_of(self.domain_records, domain=domain)
        except BadRecord as refused:
            raise Invalid(refused.detail, field="domainRecords") from refused

    def _registrar(self) -> dict[str, Any]:
        if self.sovereign_domain_mode != DomainMode.BY_REGISTRAR:
            return {}
        return {
            "registrar": self.registrar_type.strip().lower(),
            "registrar_credentials": self.credentials(self.registrar_type),
        }
