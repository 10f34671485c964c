"""Namecheap's XML API (namecheap.com/support/api): one address, a command in a parameter.

Quirks: HTTP 200 for everything, even "Too many requests" (error 500000); parameters in the query or
in a form; the caller's address must be on the account's list, and `ClientIp` must be it; `SLD` and
`TLD` apart; `Updated="false"` inside `Status="OK"`; 2016166 for a domain of somebody else, 2019166
for one that is nobody's.
"""

from urllib.parse import parse_qsl
from xml.sax.saxutils import escape, quoteattr

from starlette.responses import Response
from starlette.routing import Route

from infra.localcloud.registrars.book import Domain
from infra.localcloud.registrars.hosting import own_servers
from infra.localcloud.registrars.registry import Refused
from infra.localcloud.registrars.vendors.vendor import Call, No, Vendor

WRITES = {"namecheap.domains.dns.setcustom"}
NAMESPACE = "http://api.namecheap.com/xml.response"
LONGEST = 1200


class Namecheap(Vendor):
    name = "namecheap"

    def routes(self) -> list[Route]:
        return [
            self.route(method, "/xml.response", self._command, writes=_writes)
            for method in ("GET", "POST")
        ]

    def limited(self, seconds: int) -> Response:
        return _no("500000", "Too many requests")

    def broken(self, status: int) -> Response:
        return Response("<html>Bad Gateway</html>", status_code=status, media_type="text/html")

    async def let_in(self, call: Call) -> None:
        given = _parameters(call)
        if not given.get("ApiUser"):
            raise No(_no("1010101", "Parameter APIUser is missing"))
        row = self.world.book.account(
            self.name, ApiUser=given["ApiUser"], ApiKey=given.get("ApiKey", "")
        )
        if row is None:
            raise No(_no("1011102", "API Key is invalid or API access has not been enabled"))
        if not row.eligible:
            raise No(_no("1017101", "Parameter ApiUser is disabled or locked"))
        if call.peer not in row.allowed_ips or given.get("ClientIp") != call.peer:
            raise No(_no("1011150", "Parameter RequestIP is invalid"))
        if given.get("UserName") not in (row.rights or [row.credentials["ApiUser"]]):
            raise No(_no("1016103", "Parameter UserName is unauthorized"))
        call.account = row

    async def _command(self, call: Call) -> Response:
        given = _parameters(call)
        match given.get("Command", "").lower():
            case "namecheap.domains.getinfo":
                return await self._info(call, given)
            case "namecheap.domains.dns.getlist":
                return await self._list(call, given)
            case "namecheap.domains.dns.setcustom":
                return await self._set(call, given)
            case "namecheap.users.getbalances":
                return _yes("users.getBalances", '<UserGetBalancesResult Currency="USD" />')
        return _no("1010104", "Parameter Command is missing")

    async def _info(self, call: Call, given: dict[str, str]) -> Response:
        row = self._find(call, given.get("DomainName", ""))
        owner = quoteattr(call.account.credentials["ApiUser"])
        return _yes(
            "domains.getInfo",
            f'<DomainGetInfoResult Status="Ok" ID="{call.account.id}" '
            f'DomainName={quoteattr(row.name)} OwnerName={owner} IsOwner="true" IsPremium="false">'
            "<DomainDetails><CreatedDate>01/15/2020</CreatedDate><ExpiredDate>01/15/2031"
            "</ExpiredDate><NumYears>0</NumYears></DomainDetails>"
            f'<DnsDetails ProviderType="CUSTOM" IsUsingOurDNS="false">{_servers(row)}</DnsDetails>'
            '<Modificationrights All="true" /></DomainGetInfoResult>',
        )

    async def _list(self, call: Call, given: dict[str, str]) -> Response:
        row = self._find(call, f"{given.get('SLD')}.{given.get('TLD')}")
        ours = str(set(row.nameservers) == set(own_servers(self.name))).lower()
        answer = _yes(
            "domains.dns.getList",
            f"<DomainDNSGetListResult Domain={quoteattr(row.name)} "
            f'IsUsingOurDNS="{ours}">{_servers(row)}</DomainDNSGetListResult>',
        )
        await self.world.looked_at(row)
        return answer

    async def _set(self, call: Call, given: dict[str, str]) -> Response:
        row = self._find(call, f"{given.get('SLD')}.{given.get('TLD')}")
        listed = given.get("Nameservers") or given.get("NameServers", "")
        if row.locked:
            return _no("2030166", "Edit permission for domain is not supported")
        if not 1 <= len(listed) <= LONGEST:
            return _no("2010166", "Parameter Nameservers is invalid")
        done = True
        try:
            await self.world.change(row, {"nameservers": listed.split(",")}, call.fault)
        except Refused:
            done = False
        if call.fault is not None and call.fault.kind == "ignored":
            done = False
        return _yes(
            "domains.dns.setCustom",
            f"<DomainDNSSetCustomResult Domain={quoteattr(row.name)} "
            f'Updated="{str(done).lower()}" />',
        )

    def _find(self, call: Call, name: str) -> Domain:
        found = self.world.book.domain(name)
        if found is None or found.registrar != self.name:
            raise No(_no("2019166", "Domain not found"))
        if found.account != call.account.id:
            raise No(_no("2016166", "Domain is not associated with your account"))
        return found


def _writes(call: Call) -> bool:
    return _parameters(call).get("Command", "").lower() in WRITES


def _parameters(call: Call) -> dict[str, str]:
    return {**call.request.query_params, **dict(parse_qsl(call.body.decode()))}


def _servers(row: Domain) -> str:
    return "".join(
        f"<Nameserver>{escape(name.rstrip('.'))}</Nameserver>" for name in row.nameservers
    )


def _yes(command: str, result: str) -> Response:
    return _xml(
        "OK",
        f"<Errors /><Warnings /><RequestedCommand>namecheap.{command.lower()}</RequestedCommand>"
        f'<CommandResponse Type="namecheap.{command}">{result}</CommandResponse>',
    )


def _no(number: str, message: str) -> Response:
    return _xml(
        "ERROR",
        f'<Errors><Error Number="{number}">{escape(message)}</Error></Errors><Warnings />'
        "<RequestedCommand /><CommandResponse />",
    )


def _xml(status: str, inner: str) -> Response:
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><ApiResponse Status="{status}" '
        f'xmlns="{NAMESPACE}">{inner}<Server>LOCAL</Server>'
        "<GMTTimeDifference>--4:00</GMTTimeDifference><ExecutionTime>0.01</ExecutionTime>"
        "</ApiResponse>"
    )
    return Response(text, media_type="text/xml")
