"""A lease at OpenBao and what it is asked with: one per process, logged in anew when it ends.

Nothing that OpenBao or whatever answers in its place says is handed on: its words may repeat what
was sent.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import hvac
import requests
import structlog
from hvac import exceptions

from catalyst.vault.openbao.logins import LogIn
from catalyst.vault.problems import RoleRefused, Unsealable, VaultAway

log = structlog.get_logger(__name__)
TIMEOUT_SECONDS = 5.0
# Of a lease that is used; the rest is for a slow answer.
_USED = 0.7

Call = Callable[[Any], Any]
Taken = TypeVar("Taken")


class Odd(Exception):
    """An answer that OpenBao does not give: something else answers at its address."""


@dataclass(frozen=True, slots=True)
class _Lease:
    """`until` by the monotonic clock."""

    token: str
    until: float


class Session:
    """Logs in when it has no lease; what proves us is read from its file each time."""

    def __init__(self, *, address: str, log_in: LogIn, ca_bundle: Path | None) -> None:
        self._address = address
        self._prove = log_in
        self._verify: bool | str = str(ca_bundle) if ca_bundle else True
        self._lease: _Lease | None = None
        # An HTTP session is for one thread; the web gives each request another.
        self._own = threading.local()

    def ask(self, call: Call, take: Callable[[Any], Taken]) -> Taken:
        """`take` draws from the answer what is wanted; an answer it cannot read is nobody's of
        ours. Raises VaultAway, RoleRefused; Unsealable for what OpenBao calls a bad request;
        InvalidPath (hvac) for what is not there.
        """
        try:
            try:
                answer = _called(call, self._logged_in())
            except exceptions.Forbidden:  # the lease was taken back, or the right is not ours
                self._lease = None
                answer = self._again(call)
            return _taken(answer, take)
        except exceptions.InvalidPath as error:
            if _is_absent(error):
                raise
            raise _away(error) from error
        except exceptions.InvalidRequest as error:
            raise Unsealable(
                "OpenBao does not open it: another record's, altered, or a key that is gone."
            ) from error
        except (exceptions.VaultError, requests.RequestException, OSError, Odd) as error:
            raise _away(error) from error

    def _again(self, call: Call) -> Any:
        client = self._logged_in()
        try:
            return _called(call, client)
        except exceptions.Forbidden as error:
            log.warning("openbao refuses our role")
            raise RoleRefused(
                "OpenBao refuses this to our role. Nothing was done; it goes on when the role may."
            ) from error

    def _logged_in(self) -> Any:
        """A client with a lease. All threads share the lease; two that find it over at
        the same time both log in, which is better than to wait for each other."""
        client = self._client()
        lease = self._lease
        if lease is None or time.monotonic() >= lease.until:
            self._lease = lease = self._log_in(client)
        client.token = lease.token
        return client

    def _client(self) -> Any:
        if not hasattr(self._own, "client"):
            session = requests.Session()
            session.trust_env = False  # a proxy from somebody's shell must not see a key
            session.verify = self._verify
            self._own.client = hvac.Client(
                url=self._address,
                session=session,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,  # or the token and a plain data key go where it says
            )
        return self._own.client

    def _log_in(self, client: Any) -> _Lease:
        asked_at = time.monotonic()
        client.token = None
        try:
            answer = self._prove(client)
        except exceptions.InvalidRequest as error:
            raise exceptions.Unauthorized("the role or its secret id is not known") from error
        return _taken(
            answer,
            lambda it: _Lease(
                str(it["auth"]["client_token"]), asked_at + _USED * it["auth"]["lease_duration"]
            ),
        )


@lru_cache(maxsize=8)
def session(*, address: str, log_in: LogIn, ca_bundle: Path | None) -> Session:
    """One per process and place, so that a lease is used for as long as it lasts."""
    return Session(address=address, log_in=log_in, ca_bundle=ca_bundle)


# A child begins with nothing: a lease would do, but not a connection or a lock of another process.
os.register_at_fork(after_in_child=session.cache_clear)


def _away(error: Exception) -> VaultAway:
    log.warning("openbao away", kind=type(error).__name__)
    return VaultAway(
        "OpenBao is sealed, does not answer or refuses our role. Nothing was done; it goes on "
        "when OpenBao is back."
    )


def _is_absent(error: exceptions.InvalidPath) -> bool:
    """Nothing is there, says OpenBao: without an error, or with the data of what was deleted. An
    engine that is not mounted is an error, and so is a 404 of somebody else."""
    said = error.json
    return isinstance(said, dict) and ("data" in said or said.get("errors") == [])


def _called(call: Call, client: Any) -> Any:
    """hvac takes every JSON of an error for an object. Raises Odd."""
    try:
        return call(client)
    except AttributeError as error:
        raise Odd from error


def _taken(answer: Any, take: Callable[[Any], Taken]) -> Taken:
    """hvac hands on as it is whatever is not JSON and not an HTTP error. Raises Odd."""
    try:
        return take(answer)
    except (AttributeError, TypeError, LookupError, ValueError) as error:
        raise Odd from error


def done(answer: Any) -> None:
    """Takes what OpenBao says to an act that has no answer."""
    if isinstance(answer, requests.Response) and answer.status_code != HTTPStatus.NO_CONTENT:
        raise ValueError("neither JSON nor an empty answer")
