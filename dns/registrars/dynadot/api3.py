"""Dynadot's API3, for accounts that have a key and no secret.

The vendor takes GET only, with the key in the query. It is put there below the HTTP client: no log
line, hook or exception of ours sees that URL. Source: dynadot.com/domain/api3.html. Every answer is
`{"<Command>Response": {"ResponseCode": 0 or "-1", "Status": …, "Error": …}}`, without a header
inside; one that is not so is never a success.
"""

from __future__ import annotations

from typing import Any

import httpx

from dns.registrars.credentials import Credentials
from dns.registrars.dynadot.answers import Info, member, problem, signer_of, truth
from dns.registrars.exchange import Answer, Exchange, Link, resealed
from dns.registrars.problems import RegistrarProblem
from dns.registrars.signers import Signer
from dns.registrars.values import hosts


class DynadotApi3:
    """One key."""

    def __init__(self, link: Link, credentials: Credentials) -> None:
        self._egress_ip = link.egress_ip

        def seal(request: httpx.Request) -> httpx.Request:
            url = request.url.copy_merge_params({"key": credentials.reveal("key")})
            return resealed(request, url=url)

        self._exchange = Exchange(link, vendor="dynadot", seal=seal)

    def close(self) -> None:
        self._exchange.close()

    def info(self, domain: str) -> Info:
        found = self._ask("domain_info", domain=domain)
        row = member(found, "DomainInfo", "DomainInfoContent")
        if not member(row, "Name"):
            raise RegistrarProblem("Dynadot's answer does not name the domain.")
        servers = member(member(row, "NameServerSettings"), "NameServers") or ()
        held = any(truth(member(row, name)) for name in ("UdrpLocked", "Hold", "Disabled"))
        return Info(hosts(str(member(one, "ServerName") or "") for one in servers), held)

    def nameservers(self, domain: str) -> tuple[str, ...]:
        return self.info(domain).nameservers

    def set_nameservers(self, domain: str, wanted: tuple[str, ...]) -> None:
        servers = {f"ns{at}": name for at, name in enumerate(wanted)}
        self._ask("set_ns", changes=True, domain=domain, **servers)

    def register_host(self, name: str) -> None:
        self._ask("add_ns", changes=True, host=name)

    def signers(self, domain: str) -> tuple[Signer, ...]:
        found = self._ask("get_dnssec", domain_name=domain)
        content = member(found, "GetDnssecContent", "DnssecInfo") or found
        return tuple(
            signer_of(one) for one in member(content, "ds_records", "dnssec_info_list") or ()
        )

    def add_signer(self, domain: str, signer: Signer) -> None:
        self._ask(
            "set_dnssec",
            changes=True,
            domain_name=domain,
            key_tag=str(signer.tag),
            algorithm=str(signer.algorithm),
            digest_type=str(signer.digest_type),
            digest=signer.digest,
        )

    def clear_signers(self, domain: str) -> None:
        self._ask("clear_dnssec", changes=True, domain_name=domain)

    def _ask(self, command: str, *, changes: bool = False, **parameters: str) -> Any:
        answer = self._exchange.send(
            "GET",
            "/api3.json",
            params={"command": command, **parameters},
            judge=self._judge,
            repeatable=not changes,
        )
        return _response(answer)

    def _judge(self, answer: Answer) -> RegistrarProblem | None:
        if answer.status == httpx.codes.TOO_MANY_REQUESTS:
            return None
        found = _response(answer)
        code = member(found, "ResponseCode", "SuccessCode")
        if str(code) == "0" and str(member(found, "Status") or "success").lower() == "success":
            return None
        return problem(str(member(found, "Error") or ""), egress_ip=self._egress_ip)


def _response(answer: Answer) -> Any:
    document = answer.json()
    found = [
        value
        for name, value in (document.items() if isinstance(document, dict) else ())
        if name.endswith("Response") and isinstance(value, dict)
    ]
    if len(found) != 1 or member(found[0], "ResponseCode", "SuccessCode") is None:
        raise RegistrarProblem("Dynadot's answer does not say whether it is a success.")
    return found[0]
