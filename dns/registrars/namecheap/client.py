"""Namecheap's XML API. Credentials go in the body of a POST; the documentation shows them in URLs.

Sources: namecheap.com/support/api: "Global Parameters" (parameters and their error numbers),
"domains.getInfo", "domains.dns.getList", "domains.dns.setCustom" (2019166, 2016166, 2030166,
3031510, 3050900, 4022288; Nameservers up to 1200 characters).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import httpx
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from dns.registrars.credentials import Credentials
from dns.registrars.exchange import Answer, Exchange, Link, resealed, too_many, unavailable
from dns.registrars.problems import (
    DomainLocked,
    DomainNotInAccount,
    InvalidToken,
    IpNotAllowed,
    NotEligible,
    RegistrarProblem,
    ScopeMissing,
)

LOCKOUT_SECONDS = 3600


class Namecheap:
    """One account; `link.egress_ip` must be in its list of addresses."""

    def __init__(self, link: Link, credentials: Credentials) -> None:
        self._egress_ip = link.egress_ip

        def seal(request: httpx.Request) -> httpx.Request:
            user = credentials.reveal("api_user")
            account = {
                "ApiUser": user,
                "ApiKey": credentials.reveal("api_key"),
                "UserName": credentials.reveal("user_name") or user,
                "ClientIp": link.egress_ip,
            }
            return resealed(request, content=request.read() + b"&" + urlencode(account).encode())

        self._exchange = Exchange(link, vendor="namecheap", seal=seal)

    def close(self) -> None:
        self._exchange.close()

    def call(self, command: str, *, repeatable: bool, **parameters: str) -> Element:
        """The `CommandResponse` of a call; raises for everything that is not `Status="OK"`."""
        if not self._egress_ip:
            raise RegistrarProblem(
                "Namecheap wants to be told our address, and nobody has set it "
                "(CATALYST_REGISTRAR_EGRESS_IPV4). Ask the operator."
            )
        answer = self._exchange.send(
            "POST",
            "/xml.response",
            data={"Command": f"namecheap.{command}", **parameters},
            judge=lambda answer: self._judge(answer),
            repeatable=repeatable,
        )
        found = _read(answer).find("{*}CommandResponse")
        if found is None:
            raise RegistrarProblem("Namecheap's answer has no CommandResponse.")
        return found

    def _judge(self, answer: Answer) -> RegistrarProblem | None:
        if answer.status == httpx.codes.TOO_MANY_REQUESTS:
            return None
        root = _read(answer)
        numbers = [error.get("Number", "") for error in root.iterfind("{*}Errors/{*}Error")]
        if root.get("Status") == "OK" and not numbers:
            return None
        for number in numbers:
            if number in _PROBLEMS:
                return _PROBLEMS[number](self._egress_ip)
        return RegistrarProblem(f"Namecheap refused (error {', '.join(numbers) or 'unnumbered'}).")


def _read(answer: Answer) -> Element:
    root: Element | None = None
    with contextlib.suppress(ParseError, DefusedXmlException, ValueError):
        root = fromstring(answer.body)
    if root is None or root.tag.rpartition("}")[2] != "ApiResponse":
        raise RegistrarProblem("Namecheap's answer is not the XML it documents.")
    return root


Make = Callable[[str], RegistrarProblem]


def _wrong(_: str) -> RegistrarProblem:
    return InvalidToken(
        "Namecheap does not accept this user and key, or API access is switched off "
        "(Profile → Tools → API Access)."
    )


def _address(egress_ip: str) -> RegistrarProblem:
    return IpNotAllowed(
        f"Add {egress_ip} to the whitelisted IPs of Namecheap (Profile → Tools → API Access).",
        egress_ip=egress_ip,
    )


def _foreign(_: str) -> RegistrarProblem:
    return DomainNotInAccount("Namecheap has no such domain in this account.")


def _scope(_: str) -> RegistrarProblem:
    return ScopeMissing(
        "The API user may not act for this user name.", needs=["UserName of the domain's owner"]
    )


def _locked(_: str) -> RegistrarProblem:
    return DomainLocked("Namecheap does not permit changes of this domain. Unlock it there first.")


def _barred(_: str) -> RegistrarProblem:
    return NotEligible(
        "Namecheap has closed its API to this account: it is disabled, or below 20 domains and "
        "50 dollars."
    )


_PROBLEMS: dict[str, Make] = {
    **dict.fromkeys(("1010101", "1010102", "1011102", "1030408"), _wrong),
    **dict.fromkeys(("1011150", "1017150", "1017105"), _address),
    **dict.fromkeys(("2019166", "2016166"), _foreign),
    **dict.fromkeys(("1016103", "1019103"), _scope),
    **dict.fromkeys(("1017101", "1017103", "1017410"), _barred),
    "2030166": _locked,
    "1017411": lambda _: too_many(LOCKOUT_SECONDS),
    "500000": lambda _: too_many(None),  # "Too many requests", inside a 200
    **dict.fromkeys(("1050900", "3031510", "3050900", "4022288"), lambda _: unavailable()),
}
