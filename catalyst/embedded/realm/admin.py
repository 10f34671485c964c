"""Keycloak's admin API, as much of it as the laptop stack needs.

https://www.keycloak.org/docs-api/latest/rest-api/index.html
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import httpx

from catalyst.embedded.realm import document
from catalyst.embedded.state import StackState

_TIMEOUT_SECONDS = 30.0


class Refused(Exception):
    """Keycloak is away or did not do what was asked; the text says what, never a secret."""


class Admin:
    """Logged in as the administrator of all realms; for minutes, as long as its token lives."""

    def __init__(self, state: StackState) -> None:
        self._http = httpx.Client(
            base_url=state.keycloak_url or "", timeout=_TIMEOUT_SECONDS, trust_env=False
        )
        wish = {
            "grant_type": "password",
            "client_id": "admin-cli",
            "username": "admin",
            "password": state.keycloak_admin_password or "",
        }
        try:
            answer = self._http.post("/realms/master/protocol/openid-connect/token", data=wish)
        except (httpx.TransportError, httpx.UnsupportedProtocol) as error:
            raise Refused(f"Keycloak does not answer: {type(error).__name__}") from error
        token = _well(answer, "the administrator's log-in").json()["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"
        self._realm = f"/admin/realms/{document.REALM}"

    def __enter__(self) -> Admin:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def bring_up_to_date(self, *, public_url: str, client_secret: str, smtp_port: int) -> None:
        """Make a realm that an earlier start imported what it would be if imported now.

        Only an import of a new realm reads the file; addresses and settings may have changed since.
        """
        _well(
            self._http.put(self._realm, json=document.settings(smtp_port=smtp_port)),
            "the realm's settings",
        )
        self._import({"roles": {"realm": document.roles()}}, exists="SKIP")
        wanted = document.console(public_url=public_url, secret=client_secret)
        found = self._http.get(f"{self._realm}/clients", params={"clientId": document.CLIENT})
        known = _well(found, "the client").json()
        if not known:
            _well(self._http.post(f"{self._realm}/clients", json=wanted), "the new client")
            return
        # Its mappers have addresses of their own; a PUT of the client leaves them alone.
        wanted.pop("protocolMappers")
        address = f"{self._realm}/clients/{known[0]['id']}"
        _well(self._http.put(address, json=wanted), "the client's settings")

    def add_person(
        self, *, email: str, password: str, roles: Collection[str], name: str = ""
    ) -> bool:
        """Whether they are new; one that is there stays as they are, password included.

        Raises Refused, also for a password that the realm would not take: an import answers it
        with 500 and no word.
        """
        if len(password) < document.SHORTEST_PASSWORD:
            raise Refused(f"a password has {document.SHORTEST_PASSWORD} characters or more")
        who = document.person(
            email=email, name=name or email.partition("@")[0], password=password, roles=roles
        )
        added: bool = self._import({"users": [who]}, exists="SKIP")["added"] == 1
        return added

    def _import(self, what: dict[str, Any], *, exists: str) -> dict[str, Any]:
        answer = self._http.post(
            f"{self._realm}/partialImport", json={"ifResourceExists": exists, **what}
        )
        counts: dict[str, Any] = _well(answer, "an import into the realm").json()
        return counts


def _well(answer: httpx.Response, what: str) -> httpx.Response:
    if not answer.is_success:
        raise Refused(f"{what}: Keycloak answered {answer.status_code} {answer.text[:300]}")
    return answer
