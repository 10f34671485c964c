"""Dynadot as a registrar. It takes one request of an account at a time."""

from __future__ import annotations

import contextlib

from dns.registrars.credentials import Credentials
from dns.registrars.domains import Domain
from dns.registrars.dynadot.api3 import DynadotApi3
from dns.registrars.dynadot.rest import DynadotRest
from dns.registrars.exchange import Link
from dns.registrars.problems import DomainLocked, NameserverNotRegistered, RecordConflict
from dns.registrars.registrar import Registrar
from dns.registrars.signers import Signer
from dns.registrars.values import Capabilities, CredentialField, Job, Standing


class DynadotRegistrar(Registrar):
    """`set_dns2` and its REST twin replace a whole zone and are not used for anything."""

    name = "dynadot"
    title = "Dynadot"
    endpoint = "https://api.dynadot.com"
    where = "dynadot.com → Tools → API: API Key and API Secret"
    rights = ("a production key", "if addresses are limited there: ours among them")
    propagation = "Usually within an hour; the registry may take up to 48 hours."
    fields = (
        CredentialField("key", "API key", "Of the section API (production)."),
        CredentialField(
            "secret",
            "API secret",
            "Please give it. Without it we use the older API3, which takes the key in the address "
            "of each request, where servers of Dynadot may log it.",
            required=False,
        ),
    )
    capabilities = Capabilities(
        async_job=False, ds_records=True, apex_only=True, glue_required=True
    )
    serial = True

    def __init__(self, credentials: Credentials, link: Link) -> None:
        self._api: DynadotRest | DynadotApi3
        if credentials.reveal("secret"):
            self._api = DynadotRest(link, credentials)
        else:
            self._api = DynadotApi3(link, credentials)

    def close(self) -> None:
        self._api.close()

    def validate(self, domain: Domain) -> Standing:
        self.must_fit(domain)
        info = self._api.info(domain.registrable)
        if info.held:
            raise DomainLocked(
                "Dynadot holds this domain (dispute, hold or disabled) and lets nobody change it."
            )
        return Standing(domain.name, info.nameservers)

    def nameservers(self, domain: Domain) -> tuple[str, ...]:
        self.must_fit(domain)
        return self._api.nameservers(domain.registrable)

    def _change_nameservers(self, domain: Domain, wanted: tuple[str, ...]) -> Job | None:
        try:
            self._api.set_nameservers(domain.registrable, wanted)
        except NameserverNotRegistered:
            missing = True
        else:
            missing = False
        if missing:
            for name in wanted:
                with contextlib.suppress(RecordConflict):
                    self._api.register_host(name)
            self._api.set_nameservers(domain.registrable, wanted)
        return None

    def signers(self, domain: Domain) -> tuple[Signer, ...]:
        self.must_fit(domain)
        return self._api.signers(domain.registrable)

    def _change_signers(
        self, domain: Domain, *, add: Signer | None = None, remove: Signer | None = None
    ) -> Job | None:
        there = self.signers(domain)
        if add is not None and add not in there:
            self._api.add_signer(domain.registrable, add)
        if remove is not None and remove in there:
            # Only all can be cleared; in between the domain is insecure, which is never bogus.
            self._api.clear_signers(domain.registrable)
            for kept in there:
                if kept != remove:
                    self._api.add_signer(domain.registrable, kept)
        return None
