"""Dynadot's REST API v1. Every request is signed, not only the ones that must be.

Source: dynadot.com/domain/api-document, "Header: X-Signature" (HMAC-SHA256 over key, path with
query, request id, body, each on a line), "domain_info", "domain_get_nameserver",
"domain_set_nameserver", "get/set/clear_dnssec", "add_external_nameserver". The page does not say
how the signature is spelled; clients that were tried against its servers use base64.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import quote

import httpx

from dns.registrars.credentials import Credentials
from dns.registrars.dynadot.answers import Info, member, number, problem, signer_of, truth
from dns.registrars.exchange import Answer, Exchange, Link, resealed
from dns.registrars.problems import (
    DomainNotInAccount,
    InvalidToken,
    RegistrarProblem,
    ScopeMissing,
)
from dns.registrars.signers import Signer
from dns.registrars.values import hosts


def signature(*, key: str, secret: str, path: str, body: str) -> str:
    """Without a request id: the third line stays empty, and no such header is sent."""
    signed = f"{key}\n{path}\n\n{body}"
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class DynadotRest:
    """One key with its secret."""

    def __init__(self, link: Link, credentials: Credentials) -> None:
        self._egress_ip = link.egress_ip

        def seal(request: httpx.Request) -> httpx.Request:
            key = credentials.reveal("key")
            sign = signature(
                key=key,
                secret=credentials.reveal("secret"),
                path=request.url.raw_path.decode(),
                body=request.read().decode(),
            )
            sealed = [("Authorization", f"Bearer {key}"), ("X-Signature", sign)]
            return resealed(request, headers=sealed)

        self._exchange = Exchange(link, vendor="dynadot", seal=seal)

    def close(self) -> None:
        self._exchange.close()

    def info(self, domain: str) -> Info:
        found = self._ask("GET", f"domains/{quote(domain)}")
        rows = member(found, "domain_info", "domain_info_list") or []
        row = rows[0] if isinstance(rows, list) and rows else rows
        if not member(row, "domain_name"):
            raise RegistrarProblem("Dynadot's answer does not name the domain.")
        held = any(truth(member(row, name)) for name in ("udrp_locked", "hold", "disabled"))
        return Info(self.nameservers(domain), held)

    def nameservers(self, domain: str) -> tuple[str, ...]:
        found = member(
            self._ask("GET", f"domains/{quote(domain)}/nameservers"),
            "nameserver_list",
            "name_servers",
        )
        if not isinstance(found, list):
            raise RegistrarProblem("Dynadot's answer has no list of name servers.")
        return hosts(
            one if isinstance(one, str) else str(member(one, "server_name", "host") or "")
            for one in found
        )

    def set_nameservers(self, domain: str, wanted: tuple[str, ...]) -> None:
        self._ask("PUT", f"domains/{quote(domain)}/nameservers", {"nameserver_list": list(wanted)})

    def register_host(self, name: str) -> None:
        self._ask("POST", f"nameservers/{quote(name)}/add_external")

    def signers(self, domain: str) -> tuple[Signer, ...]:
        found = member(self._ask("GET", f"domains/{quote(domain)}/dnssec"), "dnssec_info_list")
        return tuple(signer_of(one) for one in found or ())

    def add_signer(self, domain: str, signer: Signer) -> None:
        """Adds to those that are there. Fields of the other form must be there and empty."""
        record = {
            "key_tag": signer.tag,
            "digest_type": str(signer.digest_type),
            "digest": signer.digest,
            "algorithm": str(signer.algorithm),
            "flags": "",
            "public_key": "",
        }
        self._ask("PUT", f"domains/{quote(domain)}/dnssec", record)

    def clear_signers(self, domain: str) -> None:
        self._ask("DELETE", f"domains/{quote(domain)}/dnssec")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        parts = {} if body is None else {"json": body}
        answer = self._exchange.send(method, f"/restful/v1/{path}", judge=self._judge, **parts)
        return member(answer.json(), "data") if answer.body.strip() else None

    def _judge(self, answer: Answer) -> RegistrarProblem | None:
        if answer.status == httpx.codes.TOO_MANY_REQUESTS:
            return None
        document = answer.json() if answer.body.strip() else {"code": answer.status}
        # A refusal may come with HTTP 200 and its code in the document.
        code = member(document, "code")
        inner = number(code) if code is not None else 0
        status = max(answer.status, inner)
        if 200 <= status < 300:
            return None
        words = str(member(member(document, "error"), "description") or "")
        match status:
            case httpx.codes.UNAUTHORIZED:
                return InvalidToken("Dynadot does not accept this key (Tools → API).")
            case httpx.codes.NOT_FOUND:
                return DomainNotInAccount("Dynadot has no such domain in this account.")
            case httpx.codes.FORBIDDEN if not words:
                return ScopeMissing("The key may not do this.", needs=["a live (production) key"])
        found = problem(words, egress_ip=self._egress_ip)
        if status == httpx.codes.FORBIDDEN and type(found) is RegistrarProblem:
            return ScopeMissing("The key may not do this.", needs=["a live (production) key"])
        return found
