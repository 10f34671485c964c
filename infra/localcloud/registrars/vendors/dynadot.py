"""Dynadot's REST API v1 and its older API3 (dynadot.com/domain/api-document, /domain/api3.html).

Quirks: REST signs with the secret over path, query and body, and says `code` and
`error.description` even in an HTTP 200; API3 takes GET only, with the key in the query, and answers
under `<Command>Response` without a header, `ResponseCode` 0 or "-1"; one request of an account at a
time; a name server must be known to the account before a domain may use it; numbers come with their
names ("SHA-256 (2)"); limited addresses; `locked` is the transfer lock.
"""

import base64
import hashlib
import hmac
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.localcloud.registrars.book import Domain
from infra.localcloud.registrars.hosting import own_servers
from infra.localcloud.registrars.registry import Refused
from infra.localcloud.registrars.vendors.vendor import Call, No, Vendor

Json = dict[str, Any]
ALGORITHM_NAMES = {8: "RSA/SHA-256 (8)", 13: "ECDSA P-256 (13)", 15: "ED25519 (15)"}
DIGEST_NAMES = {1: "SHA-1 (1)", 2: "SHA-256 (2)", 4: "SHA-384 (4)"}
FOREIGN = "could not find domain in your account"
ANSWERS = {
    "domain_info": "DomainInfoResponse",
    "set_ns": "SetNsResponse",
    "add_ns": "AddNsResponse",
    "get_dnssec": "GetDnssecResponse",
    "set_dnssec": "SetDnssecResponse",
    "clear_dnssec": "ClearDnssecResponse",
}
WRITES = {"set_ns", "add_ns", "set_dnssec", "clear_dnssec"}


class Sorry(Exception):
    """A refusal in the vendor's words; which API it goes out by is decided later."""

    def __init__(self, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.words = words
        self.status = status


class Dynadot(Vendor):
    name = "dynadot"

    def routes(self) -> list[Route]:
        domain = "/restful/v1/domains/{domain}"
        host = "/restful/v1/nameservers/{host}/add_external"
        rest = [
            ("GET", domain, self._info),
            ("GET", f"{domain}/nameservers", self._servers),
            ("PUT", f"{domain}/nameservers", self._set_servers),
            ("GET", f"{domain}/dnssec", self._signers),
            ("PUT", f"{domain}/dnssec", self._add_signer),
            ("DELETE", f"{domain}/dnssec", self._clear_signers),
            ("POST", host, self._add_host),
        ]
        return [
            *(self.route(method, path, self._rest(handle)) for method, path, handle in rest),
            self.route("GET", "/api3.json", self._api3, writes=_writes),
        ]

    def limited(self, seconds: int) -> Response:
        answer = _rest_no(429, "Too many requests")
        answer.headers["Retry-After"] = str(seconds)
        return answer

    def broken(self, status: int) -> Response:
        return Response("<html>error</html>", status_code=status, media_type="text/html")

    def maintenance(self) -> Response:
        """Inside an HTTP 200, whichever API was asked."""
        words = "problem with connection to main server, please try again later"
        document = {"code": 500, "message": "error", "error": {"description": words}}
        response = {"ResponseCode": "-1", "Status": "error", "Error": words}
        return JSONResponse({**document, "AnyResponse": response})

    async def let_in(self, call: Call) -> None:
        if call.request.url.path.endswith("/api3.json"):
            key = call.request.query_params.get("key", "")
            row = self.world.book.account(self.name, key=key)
            if row is None:
                raise No(_api3_no("Response", "invalid key"))
            if row.allowed_ips and call.peer not in row.allowed_ips:
                raise No(_api3_no("Response", "unauthorized ip"))
        else:
            row = self._by_rest(call)
        if row.id in self.world.busy:
            raise No(_rest_no(429, "Only 1 request can be processed at a time"))
        call.account = row

    def _by_rest(self, call: Call) -> Any:
        scheme, _, key = call.request.headers.get("authorization", "").partition(" ")
        row = self.world.book.account(self.name, key=key) if scheme == "Bearer" else None
        if row is None:
            raise No(_rest_no(401, "Unauthorized"))
        raw: bytes = call.request.scope["raw_path"]
        if call.request.scope["query_string"]:
            raw += b"?" + call.request.scope["query_string"]
        number = call.request.headers.get("x-request-id", "")
        signed = f"{key}\n{raw.decode()}\n{number}\n{call.body.decode()}"
        secret = row.credentials.get("secret", "").encode()
        right = base64.b64encode(hmac.new(secret, signed.encode(), hashlib.sha256).digest())
        if not secret or call.request.headers.get("x-signature") != right.decode():
            raise No(_rest_no(400, "X-Signature invalid"))
        if row.allowed_ips and call.peer not in row.allowed_ips:
            raise No(_rest_no(403, "The IP is not allowed"))
        if row.rights is not None and call.request.method not in row.rights:
            raise No(_rest_no(403, "Forbidden"))
        return row

    def _rest(self, handle: Any) -> Any:
        async def answer(call: Call) -> Response:
            try:
                found = await self._alone(call, handle)
            except Sorry as sorry:
                return _rest_no(sorry.status, sorry.words)
            return JSONResponse({"code": 200, "message": "Success", "data": found})

        return answer

    async def _api3(self, call: Call) -> Response:
        query = call.request.query_params
        command = query.get("command", "")
        handle = {
            "domain_info": self._info3,
            "set_ns": self._set_servers,
            "add_ns": self._add_host,
            "get_dnssec": self._signers3,
            "set_dnssec": self._add_signer,
            "clear_dnssec": self._clear_signers,
        }.get(command)
        if handle is None:
            return _api3_no("Response", "invalid command")
        call.path["domain"] = query.get("domain") or query.get("domain_name", "")
        call.path["host"] = query.get("host", "")
        try:
            found = await self._alone(call, handle)
        except Sorry as sorry:
            return _api3_no(ANSWERS[command], sorry.words)
        body = {"ResponseCode": 0, "Status": "success", **(found or {})}
        return JSONResponse({ANSWERS[command]: body})

    async def _alone(self, call: Call, handle: Any) -> Any:
        self.world.busy.add(call.account.id)
        try:
            return await handle(call)
        finally:
            self.world.busy.discard(call.account.id)

    async def _info(self, call: Call) -> Json:
        row = self._find(call)
        shown = {
            "domainName": row.name,
            "locked": True,  # against transfers
            "udrpLocked": row.locked,
            "hold": False,
            "disabled": False,
            "status": "active",
        }
        return {"domainInfo": [shown]}

    async def _info3(self, call: Call) -> Json:
        row = self._find(call)
        servers = [{"ServerId": "1", "ServerName": one.rstrip(".")} for one in row.nameservers]
        settings = {"Type": "Name Servers", "WithAds": "No", "NameServers": servers}
        locked = "yes" if row.locked else "no"
        shown = {"Name": row.name, "NameServerSettings": settings, "Locked": "yes"}
        await self.world.looked_at(row)
        return {"DomainInfo": {**shown, "UdrpLocked": locked, "Status": "active"}}

    async def _servers(self, call: Call) -> Json:
        row = self._find(call)
        shown = [{"server_name": one.rstrip(".")} for one in row.nameservers]
        await self.world.looked_at(row)
        return {"nameserver_list": shown}

    async def _set_servers(self, call: Call) -> None:
        row = self._changeable(call)
        if call.body:
            names = [str(one) for one in call.json()["nameserver_list"]]
        else:
            query = call.request.query_params
            names = [query[f"ns{at}"] for at in range(13) if f"ns{at}" in query]
        known = {one.rstrip(".") for one in own_servers(self.name)}
        known |= set(call.account.credentials.get("hosts", "").split())
        for name in names:
            if name not in known:
                raise Sorry(
                    f"'{name}' needs to be registered with an ip address before it can be used."
                )
        try:
            await self.world.change(row, {"nameservers": names}, call.fault)
        except Refused as refusal:
            raise Sorry("invalid name server") from refusal

    async def _add_host(self, call: Call) -> Json:
        hosts = call.account.credentials.get("hosts", "").split()
        if call.path["host"] in hosts:
            raise Sorry("This name server already exists")
        call.account.credentials["hosts"] = " ".join([*hosts, call.path["host"]])
        self.world.book.save()
        return {"AddNsContent": {"Server": {"Host": call.path["host"], "ServerId": 0}}}

    async def _signers(self, call: Call) -> Json:
        return {"dnssecInfoList": [_shown(one) for one in self._find(call).signers]}

    async def _signers3(self, call: Call) -> Json:
        return {
            "GetDnssecContent": {"ds_records": [_shown(one) for one in self._find(call).signers]}
        }

    async def _add_signer(self, call: Call) -> None:
        row = self._changeable(call)
        given = call.json() if call.body else dict(call.request.query_params)
        needed = {"key_tag", "algorithm", "digest_type", "digest"}
        if call.body:
            needed |= {"flags", "public_key"}  # must be there, and may be empty
        if needed - given.keys():
            raise Sorry("algorithm is missing")
        new = {
            "tag": int(given["key_tag"]),
            "algorithm": int(given["algorithm"]),
            "digest_type": int(given["digest_type"]),
            "digest": str(given["digest"]).lower(),
        }
        if new not in row.signers:
            await self.world.change(row, {"signers": [*row.signers, new]}, call.fault)

    async def _clear_signers(self, call: Call) -> None:
        await self.world.change(self._changeable(call), {"signers": []}, call.fault)

    def _changeable(self, call: Call) -> Domain:
        row = self._find(call)
        if row.locked:
            raise Sorry("The domain is locked by a dispute")
        return row

    def _find(self, call: Call) -> Domain:
        row = self.world.domain_of(call.account, call.path["domain"])
        if row is None:
            raise Sorry(FOREIGN)
        return row


def _writes(call: Call) -> bool:
    return call.request.query_params.get("command") in WRITES


def _shown(signer: Json) -> Json:
    number, kind = signer["algorithm"], signer["digest_type"]
    return {
        "keyTag": str(signer["tag"]),
        "algorithm": ALGORITHM_NAMES.get(number, str(number)),
        "digestType": DIGEST_NAMES.get(kind, str(kind)),
        "digest": signer["digest"].upper(),
    }


def _rest_no(status: int, words: str) -> JSONResponse:
    error = {"description": words}
    return JSONResponse({"code": status, "message": "Error", "error": error}, status_code=status)


def _api3_no(name: str, words: str) -> JSONResponse:
    return JSONResponse({name: {"ResponseCode": "-1", "Status": "error", "Error": words}})
