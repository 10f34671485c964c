"""One HTTPS exchange with a vendor: sealed, bounded, repeated only where that is safe.

Secrets are put into a request below the HTTP client ("sealing"). What the client, its hooks, its
log lines and its exceptions know of is the request without them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import structlog

from catalyst.telemetry.shared import NO_ANSWER, upstream
from catalyst.trust import context
from dns.registrars.budget import Budget
from dns.registrars.problems import ApiUnavailable, RateLimited, RegistrarProblem

log = structlog.get_logger(__name__)

SECONDS = 10.0
LARGEST = 1_048_576
DEFAULT_WAIT = 60  # a vendor that says 429 and no time
LONGEST_WAIT = 86_400

Seal = Callable[[httpx.Request], httpx.Request]


@dataclass(frozen=True, slots=True)
class Link:
    """How a vendor is reached. `egress_ip`: our address as it sees us; empty if not known."""

    endpoint: str
    ca_bundle: Path | None
    egress_ip: str
    budget: Budget


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body; the request is left out on purpose."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Raises RegistrarProblem when it is none: such an answer is never a success."""
        try:
            return json.loads(self.body)
        except ValueError:
            pass
        raise RegistrarProblem("The registrar's answer is not JSON.")

    def object(self) -> dict[str, Any]:
        """The same for anything but an object, which is all that a vendor documents."""
        document = self.json()
        if not isinstance(document, dict):
            raise RegistrarProblem("The registrar's answer is not a JSON object.")
        return document


Judge = Callable[[Answer], RegistrarProblem | None]


class Exchange:
    """A connection to one vendor for one operation."""

    def __init__(self, link: Link, *, vendor: str, seal: Seal) -> None:
        self._vendor = vendor
        self._budget = link.budget
        vendors = httpx.HTTPTransport(verify=context(link.ca_bundle), trust_env=False)
        self._http = httpx.Client(
            base_url=link.endpoint,
            timeout=SECONDS,
            # No redirects and no proxy of the environment: neither may see the credentials.
            follow_redirects=False,
            trust_env=False,
            transport=_Sealing(vendors, seal),
        )

    def close(self) -> None:
        self._http.close()

    def send(
        self, method: str, path: str, *, judge: Judge, repeatable: bool | None = None, **parts: Any
    ) -> Answer:
        """Send until there is an answer that is not a wait, within the budget; else raises.

        `judge` says what an answer below 500 is a case of. `repeatable`: it changes nothing at the
        vendor (default: it is a GET).
        """
        harmless = method == "GET" if repeatable is None else repeatable

        def ask() -> tuple[Answer | None, RegistrarProblem | None]:
            answer = self._once(method, path, parts)
            return answer, self._problem(answer, judge, harmless=harmless)

        answer = self._budget.until_answered(ask, harmless=harmless)
        assert answer is not None
        return answer

    def _problem(
        self, answer: Answer | None, judge: Judge, *, harmless: bool
    ) -> RegistrarProblem | None:
        if answer is None:
            return unavailable(uncertain=not harmless)
        if answer.status == httpx.codes.TOO_MANY_REQUESTS:
            return judge(answer) or rate_limited(answer)
        if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR:
            return unavailable(uncertain=not harmless, retry_after=retry_after(answer.headers))
        if httpx.codes.is_redirect(answer.status):
            return RegistrarProblem("The registrar sends us elsewhere; we do not follow.")
        problem = judge(answer)
        if isinstance(problem, ApiUnavailable) and not harmless:
            return unavailable(uncertain=True)
        return problem

    def _once(self, method: str, path: str, parts: Mapping[str, Any]) -> Answer | None:
        """None: no answer. Nothing of the library's exception goes on from here."""
        try:
            with self._http.stream(method, path, **parts) as response:
                body = b""
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > LARGEST:
                        break
                answer = Answer(response.status_code, response.headers, body[:LARGEST])
        except httpx.HTTPError as error:
            answer, kind = None, type(error).__name__
        else:
            kind = ""
        status = answer.status if answer else NO_ANSWER
        told(vendor=self._vendor, method=method, status=status, kind=kind)
        return answer


def told(*, vendor: str, method: str, status: int | str, kind: str = "") -> None:
    """Count and log a request. `status` may be NO_ANSWER; `kind`: of the error, if known."""
    upstream(vendor=vendor, code=status)
    log.info("registrar asked", registrar=vendor, method=method, status=status, kind=kind)


class _Sealing(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport, seal: Seal) -> None:
        self._inner = inner
        self._seal = seal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._inner.handle_request(self._seal(request))

    def close(self) -> None:
        self._inner.close()


def resealed(
    request: httpx.Request,
    *,
    headers: Sequence[tuple[str, str]] = (),
    url: httpx.URL | None = None,
    content: bytes | None = None,
) -> httpx.Request:
    """A copy of the request with more in it, for a `Seal` to return."""
    body = request.read() if content is None else content
    kept = [
        (name, value)
        for name, value in request.headers.multi_items()
        if name.lower() not in ("content-length", "transfer-encoding")
    ]
    return httpx.Request(
        request.method,
        url or request.url,
        headers=[*kept, *headers],
        content=body or None,
        extensions=request.extensions,
    )


def objects(found: Any) -> list[dict[str, Any]]:
    """What of a list are objects; nothing for what is no list, `null` among it."""
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def unavailable(*, uncertain: bool = False, retry_after: int | None = None) -> ApiUnavailable:
    detail = "Try again in a few minutes."
    if uncertain:
        detail = "The change may have been made all the same; look again before you repeat it."
    extra = {} if retry_after is None else {"retry_after": retry_after}
    return ApiUnavailable(detail, uncertain=uncertain, **extra)


def rate_limited(answer: Answer, *, seconds: int | None = None) -> RateLimited:
    """`seconds`: what the body says, where the vendor says it there."""
    wait = seconds if seconds is not None else retry_after(answer.headers)
    return too_many(wait)


def too_many(seconds: int | None) -> RateLimited:
    wait = DEFAULT_WAIT if seconds is None else max(0, min(seconds, LONGEST_WAIT))
    return RateLimited(
        f"Nothing was done. It takes the next request in {wait} s.", retry_after=wait
    )


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Seconds, from a number or a date (RFC 9110 §10.2.3); None when there is none to be read."""
    text = headers.get("Retry-After", "").strip()
    if text.isdigit():
        return min(int(text), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError):
        return None
    return max(0, min(round(moment - time.time()), LONGEST_WAIT))
