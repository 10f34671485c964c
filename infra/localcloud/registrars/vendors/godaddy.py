"""GoDaddy's domains API (developer.godaddy.com/doc/endpoint/domains), v1 and v2.

Quirks: 403 ACCESS_DENIED for accounts below the threshold; a key of the test environment is simply
unknown; v1 answers 204 and changes later, without anything to ask; v2 answers 202 and has actions;
`locked` is the transfer lock and stops nothing; 409 while the domain may not be changed; 429 with
`retryAfterSec` in the body.
"""

from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.localcloud.registrars.book import Domain
from infra.localcloud.registrars.vendors.vendor import Call, No, Vendor

Json = dict[str, Any]
STATES = {"pending": "PENDING", "done": "SUCCESS", "failed": "FAILED"}
# Names of IANA's numbers in the vendor's DomainDnssec.
ALGORITHMS = {"RSASHA256": 8, "RSASHA512": 10, "ECDSAP256SHA256": 13, "ECDSAP384SHA384": 14}
DIGESTS = {"SHA1": 1, "SHA256": 2, "SHA384": 4}


class GoDaddy(Vendor):
    name = "godaddy"

    def routes(self) -> list[Route]:
        v2 = "/v2/customers/{customer}/domains/{domain}"
        return [
            self.route("GET", "/v1/domains", self._domains),
            self.route("GET", "/v1/domains/{domain}", self._domain),
            self.route("PATCH", "/v1/domains/{domain}", self._patch),
            self.route("GET", "/v1/shoppers/{shopper}", self._shopper),
            self.route("GET", v2, self._domain),
            self.route("PUT", f"{v2}/nameServers", self._put_servers),
            self.route("PATCH", f"{v2}/dnssecRecords", self._add_signers),
            self.route("DELETE", f"{v2}/dnssecRecords", self._remove_signers),
            self.route("GET", f"{v2}/actions/{{action}}", self._action),
        ]

    def limited(self, seconds: int) -> Response:
        return _no(
            429,
            "TOO_MANY_REQUESTS",
            "Too many requests received within interval",
            retryAfterSec=seconds,
        )

    def broken(self, status: int) -> Response:
        return _no(status, "INTERNAL_SERVER_ERROR", "Internal server error")

    async def let_in(self, call: Call) -> None:
        scheme, _, pair = call.request.headers.get("authorization", "").partition(" ")
        for row in self.world.book.accounts:
            known = f"{row.credentials.get('key')}:{row.credentials.get('secret')}"
            if row.registrar == self.name and scheme == "sso-key" and pair == known:
                call.account = row
        if call.account is None:
            raise No(
                _no(
                    401,
                    "UNABLE_TO_AUTHENTICATE",
                    "Unauthorized : Could not authenticate API key/secret",
                )
            )
        if not call.account.eligible:
            raise No(_no(403, "ACCESS_DENIED", "Authenticated user is not allowed access"))
        if call.account.rights is not None and call.request.method not in call.account.rights:
            raise No(_no(403, "INSUFFICIENT_SCOPE", "The token does not carry this scope"))
        customer = call.path.get("customer")
        if customer not in (None, call.account.credentials.get("customer_id")):
            raise No(_no(404, "NOT_FOUND", "The customer does not exist"))

    async def _domains(self, call: Call) -> Response:
        own = [row for row in self.world.book.domains if row.account == call.account.id]
        return JSONResponse([_shown(row) for row in own])

    async def _domain(self, call: Call) -> Response:
        row = self._find(call)
        shown = _shown(row)
        if "dnssecRecords" in call.request.query_params.get("includes", ""):
            shown["dnssecRecords"] = [_record(signer) for signer in row.signers]
        await self.world.looked_at(row)
        return JSONResponse(shown)

    async def _shopper(self, call: Call) -> Response:
        known = call.account.credentials
        if call.path["shopper"] != known.get("shopper_id"):
            raise No(_no(404, "NOT_FOUND", "The shopper does not exist"))
        found = {"shopperId": known["shopper_id"], "nameFirst": "Ada"}
        if "customerId" in call.request.query_params.get("includes", ""):
            found["customerId"] = known["customer_id"]
        return JSONResponse(found)

    async def _patch(self, call: Call) -> Response:
        """v1: a partial update of the domain, of which only `nameServers` is played."""
        row = self._changeable(call)
        if "nameServers" in call.json():
            change = {"nameservers": self._servers(call)}
            self.world.begin(row, "DOMAIN_UPDATE_NAME_SERVERS", change, call.fault)
        return Response(status_code=204)

    async def _put_servers(self, call: Call) -> Response:
        row = self._changeable(call)
        change = {"nameservers": self._servers(call)}
        self.world.begin(row, "DOMAIN_UPDATE_NAME_SERVERS", change, call.fault)
        return Response(status_code=202)

    async def _add_signers(self, call: Call) -> Response:
        row = self._changeable(call)
        new = [_signer(one) for one in call.json()]
        change = {"signers": row.signers + [one for one in new if one not in row.signers]}
        self.world.begin(row, "DNSSEC_CREATE", change, call.fault)
        return Response(status_code=202)

    async def _remove_signers(self, call: Call) -> Response:
        row = self._changeable(call)
        gone = [_signer(one) for one in call.json()]
        change = {"signers": [one for one in row.signers if one not in gone]}
        self.world.begin(row, "DNSSEC_DELETE", change, call.fault)
        return Response(status_code=202)

    async def _action(self, call: Call) -> Response:
        row = self._find(call)
        for job in reversed(self.world.book.jobs):
            if job.domain == row.name and job.kind == call.path["action"]:
                shown: Json = {"type": job.kind, "status": STATES[job.state], "origination": "USER"}
                if job.state == "failed":
                    shown["reason"] = {"code": "REGISTRY", "message": "The registry refused."}
                return JSONResponse(shown)
        raise No(_no(404, "NOT_FOUND", "There is no such action"))

    def _servers(self, call: Call) -> list[str]:
        names = call.json().get("nameServers")
        if not isinstance(names, list) or not 2 <= len(names) <= 13:
            fields = [{"code": "INVALID", "message": "2 to 13 are needed", "path": "nameServers"}]
            raise No(_no(422, "INVALID_BODY", "Request body doesn't fulfill schema", fields=fields))
        return [str(name) for name in names]

    def _changeable(self, call: Call) -> Domain:
        row = self._find(call)
        if row.locked:
            raise No(_no(409, "DOMAIN_PROTECTED", "The domain is not eligible to have it changed"))
        if self.world.pending(row):
            raise No(_no(409, "ACTION_ALREADY_IN_PROGRESS", "Another action is in progress"))
        return row

    def _find(self, call: Call) -> Domain:
        row = self.world.domain_of(call.account, call.path["domain"])
        if row is None:
            raise No(_no(404, "NOT_FOUND", "The given domain is not registered"))
        return row


def _shown(row: Domain) -> Json:
    return {
        "domain": row.name,
        "status": "ACTIVE",
        "locked": True,  # the transfer lock, on by default
        "expires": "2031-01-15T00:00:00.000Z",
        "nameServers": [name.rstrip(".").upper() for name in row.nameservers],
    }


def _record(signer: Json) -> Json:
    algorithms = {number: name for name, number in ALGORITHMS.items()}
    digests = {number: name for name, number in DIGESTS.items()}
    return {
        "algorithm": algorithms[signer["algorithm"]],
        "keyTag": signer["tag"],
        "digestType": digests[signer["digest_type"]],
        "digest": signer["digest"].upper(),
    }


def _signer(record: Json) -> Json:
    try:
        return {
            "tag": int(record["keyTag"]),
            "algorithm": ALGORITHMS[record["algorithm"]],
            "digest_type": DIGESTS[record["digestType"]],
            "digest": str(record["digest"]).lower(),
        }
    except (KeyError, ValueError, TypeError) as error:
        raise No(_no(422, "INVALID_BODY", "Request body doesn't fulfill schema")) from error


def _no(status: int, code: str, message: str, **more: Any) -> JSONResponse:
    return JSONResponse({"code": code, "message": message, **more}, status_code=status)
