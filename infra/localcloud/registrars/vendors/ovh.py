"""OVHcloud's `/domain` API (eu.api.ovh.com/console, `/1.0/domain.json`), signed requests.

Quirks: the signature is over the whole URL and the server's own time; a key with too few rules gets
403 NOT_GRANTED_CALL, an unknown one INVALID_CREDENTIAL; a domain whose `nameServerType` is `hosted`
takes no other name servers before it was made `external`; every change is a task that may end in
`error` long after its 200; DS records are given as keys; a second change meanwhile is a 409.
"""

import hashlib
import time
from fnmatch import fnmatchcase
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.localcloud.registrars import digest
from infra.localcloud.registrars.book import Domain, Job
from infra.localcloud.registrars.vendors.vendor import Call, No, Vendor

Json = dict[str, Any]
STATES = {"pending": "doing", "done": "done", "failed": "error"}
EVERYTHING = [{"method": method, "path": "/*"} for method in ("GET", "PUT", "POST", "DELETE")]
OLDEST_SECONDS = 300


class Ovh(Vendor):
    name = "ovh"

    def routes(self) -> list[Route]:
        domain = "/1.0/domain/{domain}"
        return [
            Route("/1.0/auth/time", self._time),
            self.route("GET", "/1.0/auth/currentCredential", self._credential),
            self.route("GET", "/1.0/domain", self._domains),
            self.route("GET", domain, self._domain),
            self.route("PUT", domain, self._put),
            self.route("GET", f"{domain}/nameServer", self._servers),
            self.route("GET", f"{domain}/nameServer/{{id}}", self._server),
            self.route("POST", f"{domain}/nameServers/update", self._update),
            self.route("GET", f"{domain}/dsRecord", self._keys),
            self.route("POST", f"{domain}/dsRecord", self._set_keys),
            self.route("GET", f"{domain}/dsRecord/{{id}}", self._key),
            self.route("GET", f"{domain}/task/{{id}}", self._task),
            self.route("DELETE", "/1.0/domain/zone/{domain}/dnssec", self._unsign),
        ]

    def limited(self, seconds: int) -> Response:
        answer = _no(429, "TOO_MANY_REQUESTS", "Too many requests")
        answer.headers["Retry-After"] = str(seconds)
        return answer

    def broken(self, status: int) -> Response:
        return _no(status, "INTERNAL_ERROR", "Internal server error")

    async def let_in(self, call: Call) -> None:
        headers = call.request.headers
        row = self.world.book.account(
            self.name, application_key=headers.get("x-ovh-application", "")
        )
        if row is None:
            raise No(_no(403, "INVALID_KEY", "This application key is invalid"))
        if headers.get("x-ovh-consumer") != row.credentials["consumer_key"]:
            raise No(_no(403, "INVALID_CREDENTIAL", "This credential does not exist"))
        _must_be_signed(call, row.credentials)
        if not row.eligible:
            raise No(_no(403, "INVALID_CREDENTIAL", "This credential is not valid"))
        rules = EVERYTHING if row.rights is None else row.rights
        path = call.request.url.path.partition("/1.0")[2]
        granted = any(
            rule["method"] == call.request.method and fnmatchcase(path, rule["path"])
            for rule in rules
        )
        if not granted and path != "/auth/currentCredential":
            raise No(_no(403, "NOT_GRANTED_CALL", "This call has not been granted"))
        call.account = row

    async def _time(self, _: Any) -> Response:
        return JSONResponse(int(time.time()))

    async def _credential(self, call: Call) -> Response:
        return JSONResponse(
            {
                "credentialId": call.account.id,
                "status": "validated",
                "rules": EVERYTHING if call.account.rights is None else call.account.rights,
                "expiration": None,
                "ovhSupport": False,
            }
        )

    async def _domains(self, call: Call) -> Response:
        own = [row.name for row in self.world.book.domains if row.account == call.account.id]
        return JSONResponse(own)

    async def _domain(self, call: Call) -> Response:
        row = self._find(call)
        return JSONResponse(
            {
                "domain": row.name,
                "nameServerType": row.more.get("nameServerType", "hosted"),
                "transferLockStatus": "locked",
                "suspensionState": "suspended" if row.locked else "not_suspended",
                "state": "ok",
                "dnssecSupported": True,
                "offer": "gold",
            }
        )

    async def _put(self, call: Call) -> Response:
        row = self._changeable(call)
        row.more["nameServerType"] = call.json()["nameServerType"]
        self.world.book.save()
        return JSONResponse(None)

    async def _servers(self, call: Call) -> Response:
        return JSONResponse(list(range(1, len(self._find(call).nameservers) + 1)))

    async def _server(self, call: Call) -> Response:
        row, at = self._find(call), int(call.path["id"])
        if not 1 <= at <= len(row.nameservers):
            raise No(_no(404, "NOT_FOUND", "The requested object does not exist"))
        host = row.nameservers[at - 1].rstrip(".")
        shown = {"id": at, "host": host, "ip": None, "isUsed": True, "toDelete": False}
        if at == len(row.nameservers):
            await self.world.looked_at(row)
        return JSONResponse(shown)

    async def _update(self, call: Call) -> Response:
        row = self._changeable(call)
        if row.more.get("nameServerType", "hosted") != "external":
            raise No(_no(400, "INVALID_ARGUMENT", "The nameServerType must be external"))
        hosts = [str(one["host"]) for one in call.json()["nameServers"]]
        if not 2 <= len(hosts) <= 8:
            raise No(_no(400, "INVALID_ARGUMENT", "2 to 8 name servers are needed"))
        job = self.world.begin(row, "DomainDnsUpdate", {"nameservers": hosts}, call.fault)
        return JSONResponse(_shown(job))

    async def _keys(self, call: Call) -> Response:
        return JSONResponse(list(range(1, len(self._find(call).signers) + 1)))

    async def _key(self, call: Call) -> Response:
        row, at = self._find(call), int(call.path["id"])
        signer = row.signers[at - 1]
        return JSONResponse(
            {
                "id": at,
                "algorithm": signer["algorithm"],
                "flags": signer["flags"],
                "publicKey": signer["public_key"],
                "tag": signer["tag"],
                "status": "published",
            }
        )

    async def _set_keys(self, call: Call) -> Response:
        row = self._changeable(call)
        try:
            signers = [
                digest.signer(
                    row.name,
                    flags=int(key["flags"]),
                    algorithm=int(key["algorithm"]),
                    public_key=str(key["publicKey"]),
                )
                for key in call.json()["keys"]
            ]
        except (KeyError, ValueError) as error:
            raise No(_no(400, "INVALID_ARGUMENT", "A key is invalid")) from error
        job = self.world.begin(row, "DomainDsUpdate", {"signers": signers}, call.fault)
        return JSONResponse(_shown(job))

    async def _unsign(self, call: Call) -> Response:
        row = self._changeable(call)
        await self.world.change(row, {"signers": []}, call.fault)
        return JSONResponse(None)

    async def _task(self, call: Call) -> Response:
        row = self._find(call)
        for job in self.world.book.jobs:
            if job.domain == row.name and str(job.id) == call.path["id"]:
                return JSONResponse(_shown(job))
        raise No(_no(404, "NOT_FOUND", "The requested object does not exist"))

    def _changeable(self, call: Call) -> Domain:
        row = self._find(call)
        if row.locked:
            raise No(_no(403, "FORBIDDEN", "This domain is suspended"))
        if self.world.pending(row):
            raise No(_no(409, "CONFLICT", "A task is already running on this domain"))
        return row

    def _find(self, call: Call) -> Domain:
        row = self.world.domain_of(call.account, call.path["domain"])
        if row is None:
            raise No(_no(404, "NOT_FOUND", "This service does not exist"))
        return row


def _must_be_signed(call: Call, known: dict[str, str]) -> None:
    request = call.request
    stamp = request.headers.get("x-ovh-timestamp", "0")
    signed = "+".join(
        (
            known["application_secret"],
            known["consumer_key"],
            request.method,
            str(request.url),
            call.body.decode(),
            stamp,
        )
    )
    right = "$1$" + hashlib.sha1(signed.encode()).hexdigest()
    if request.headers.get("x-ovh-signature") != right:
        raise No(_no(400, "INVALID_SIGNATURE", "Invalid signature"))
    if abs(time.time() - int(stamp)) > OLDEST_SECONDS:
        raise No(_no(400, "QUERY_TIME_OUT", "Query out of time"))


def _shown(job: Job) -> Json:
    return {
        "id": job.id,
        "function": job.kind,
        "status": STATES[job.state],
        "comment": "The registry refused." if job.state == "failed" else None,
        "canCancel": False,
        "canRelaunch": False,
    }


def _no(status: int, code: str, message: str) -> JSONResponse:
    document = {"errorCode": code, "httpCode": f"{status}", "message": message}
    return JSONResponse(document, status_code=status)
