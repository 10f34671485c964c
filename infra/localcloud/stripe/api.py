"""The way in of every request: key, form, faults, idempotency; and the way out of every answer."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import logging
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.localcloud.hetzner.hang_up import NoAnswer
from infra.localcloud.stripe import errors
from infra.localcloud.stripe.book import Account, Kept, new_id
from infra.localcloud.stripe.errors import StripeError
from infra.localcloud.stripe.faults import Fault
from infra.localcloud.stripe.form import Params, decode
from infra.localcloud.stripe.listing import expanded
from infra.localcloud.stripe.world import Call, World

log = logging.getLogger("stripe")
Json = dict[str, Any]
Handle = Callable[[Call], Json]
VERSION = "2026-10-28.endive"
LONGEST_KEY = 255
Answer = tuple[int, str, dict[str, str]]


class Api:
    def __init__(self, world: World) -> None:
        self._world = world

    def route(self, method: str, path: str, handle: Handle) -> Route:
        """`path` as Starlette writes it; `handle` gets a Call and returns an object."""

        async def endpoint(request: Request) -> Response:
            return await self._answer(request, handle)

        return Route(path, endpoint, methods=[method])

    async def nowhere(self, request: Request) -> Response:
        def refuse(_: Call) -> Json:
            raise errors.no_address(request.method, request.url.path)

        return await self._answer(request, refuse)

    async def _answer(self, request: Request, handle: Handle) -> Response:
        request_id = new_id("req_", 14)
        key = request.headers.get("idempotency-key", "")
        headers = {
            "Request-Id": request_id,
            "Stripe-Version": request.headers.get("stripe-version", VERSION),
        }
        if key:
            headers["Idempotency-Key"] = key
        fault = None
        try:
            account = self._let_in(request)
            fault = self._world.faults.strike(account.id, request.method, request.url.path)
            _refuse(fault)
            status, body, more = await self._once(request, account, handle, request_id, fault)
            headers |= more
        except StripeError as no:
            status, body = no.status, _text(no.document(request_id))
        except Exception:
            log.exception("%s %s", request.method, request.url.path)
            status, body = 500, _text(errors.broken(500).document(request_id))
        if fault is not None and fault.kind == "lost_answer":
            return NoAnswer()
        if fault is not None and fault.kind == "status_after":
            status, body = fault.status, _text(errors.broken(fault.status).document(request_id))
        return Response(body, status, headers, media_type="application/json")

    def _let_in(self, request: Request) -> Account:
        """Bearer, or Basic with the key as the user's name."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        key = given.strip() if scheme.lower() == "bearer" else ""
        if scheme.lower() == "basic":
            try:
                key = base64.b64decode(given).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                key = ""
        account = self._world.book.by_key(key) if key else None
        if account is None:
            raise errors.not_let_in(key)
        return account

    async def _once(
        self,
        request: Request,
        account: Account,
        handle: Handle,
        request_id: str,
        fault: Fault | None,
    ) -> Answer:
        """One execution for one idempotency key, which only POST has."""
        raw = await _pairs(request)
        key = request.headers.get("idempotency-key", "")
        if request.method != "POST" or not key:
            await _pause(fault)
            status, body, _ = self._execute(request, account, handle, raw, request_id, None)
            return status, body, {}
        if len(key) > LONGEST_KEY:
            raise errors.invalid("An idempotency key has at most 255 characters.")
        fingerprint = _fingerprint(request, raw)
        kept = account.keys.get(key)
        if kept is not None:
            return _again(kept, fingerprint, key)
        account.keys[key] = kept = Kept(fingerprint, 0, "", request_id)
        try:
            await _pause(fault)
            status, body, keep = self._execute(request, account, handle, raw, request_id, key)
        except BaseException:
            del account.keys[key]
            raise
        if keep:
            kept.status, kept.body = status, body
        else:
            del account.keys[key]
        self._world.book.save(account)
        return status, body, {}

    def _execute(
        self,
        request: Request,
        account: Account,
        handle: Handle,
        raw: list[tuple[str, str]],
        request_id: str,
        key: str | None,
    ) -> tuple[int, str, bool]:
        """Status, body, and whether an idempotency key keeps them."""
        try:
            params = Params(decode(raw))
            paths = params.texts("expand")
            call = Call(
                self._world,
                account,
                params,
                {name: str(value) for name, value in request.path_params.items()},
                {"id": request_id, "idempotency_key": key},
                request.headers.get("stripe-version", VERSION),
            )
            answer = expanded(account, handle(call), paths)
        except StripeError as no:
            if no.kept:
                self._world.book.save(account)
            return no.status, _text(no.document(request_id)), no.kept
        if request.method != "GET":
            self._world.book.save(account)
        return 200, _text(answer), True


def _again(kept: Kept, fingerprint: str, key: str) -> Answer:
    if kept.fingerprint != fingerprint:
        raise StripeError(
            400,
            "idempotency_error",
            "Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. Try using a key other than '{key}' if you meant to execute a "
            "different request.",
        )
    if not kept.status:
        raise StripeError(
            409,
            "idempotency_error",
            f"There is currently another in-progress request using this key: {key}.",
            code="idempotency_key_in_use",
        )
    more = {"Idempotent-Replayed": "true", "Original-Request": kept.request_id}
    return kept.status, kept.body, more


def _refuse(fault: Fault | None) -> None:
    """Raises StripeError where nothing is to be done."""
    if fault is not None and fault.kind == "rate_limit":
        raise errors.limited()
    if fault is not None and fault.kind == "status":
        raise errors.broken(fault.status)


async def _pause(fault: Fault | None) -> None:
    if fault is not None and fault.kind == "slow":
        await asyncio.sleep(fault.seconds)


async def _pairs(request: Request) -> list[tuple[str, str]]:
    text = request.url.query if request.method in ("GET", "DELETE") else ""
    return parse_qsl(text or (await request.body()).decode(), keep_blank_values=True)


def _fingerprint(request: Request, raw: list[tuple[str, str]]) -> str:
    return sha256(json.dumps([request.method, request.url.path, raw]).encode()).hexdigest()


def _text(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
