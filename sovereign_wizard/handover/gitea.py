"""The Sovereign's own Gitea over its HTTP API, at the address DNS gives, TLS verified.

API: Gitea 1.26, /api/v1. Everything is safe to ask for again.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from catalyst.problem import Problem
from catalyst.vault.secret import Secret

SECONDS = 20.0
# A clone of the whole tree, by Gitea itself.
MIGRATE_SECONDS = 120.0
ORGANIZATION, REPOSITORY = "system", "sovereign"
READER = "flux"


class GiteaAway(Problem):
    """It does not answer, or not as its API says."""

    type = "gitea-away"
    title = "The Sovereign's Git does not answer"
    status = 503


@dataclass(frozen=True, slots=True)
class Site:
    """`host`: its name. `address`: where DNS says it is. `ca_bundle`: None: the public ones."""

    host: str
    address: str
    ca_bundle: Path | None = None
    port: int = 443


class Gitea:
    """One person's connection. `with Gitea(site, user, password) as gitea`."""

    def __init__(self, site: Site, user: str, password: Secret) -> None:
        bundle = str(site.ca_bundle) if site.ca_bundle else None
        self._site, self._user = site, user
        self._http = httpx.Client(
            base_url=f"https://{site.address}:{site.port}/api/v1",
            verify=ssl.create_default_context(cafile=bundle),
            auth=(user, password.reveal()),
            headers={"Host": site.host},
            timeout=SECONDS,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def mirror(self, source: str) -> str:
        """Have `system/sovereign`, cloned from `source` once; returns its default branch.

        Raises GiteaAway.
        """
        if not self._is_there(f"/orgs/{ORGANIZATION}"):
            self._ask("POST", "/orgs", {"username": ORGANIZATION, "visibility": "private"})
        path = f"/repos/{ORGANIZATION}/{REPOSITORY}"
        if not self._is_there(path):
            wanted = {
                "clone_addr": source,
                "repo_owner": ORGANIZATION,
                "repo_name": REPOSITORY,
                "service": "git",
                "private": True,
                # Its own from now on, not a copy that follows.
                "mirror": False,
            }
            self._ask("POST", "/repos/migrate", wanted, seconds=MIGRATE_SECONDS)
        return str(self._ask("GET", path)["default_branch"])

    def reading_token(self) -> Secret:
        """A fresh token that may read repositories; the one before it ends. Raises GiteaAway."""
        path = f"/users/{self._user}/tokens"
        if any(each["name"] == READER for each in self._ask("GET", path)):
            self._ask("DELETE", f"{path}/{READER}")
        made = self._ask("POST", path, {"name": READER, "scopes": ["read:repository"]})
        return Secret(str(made["sha1"]))

    def _is_there(self, path: str) -> bool:
        return self._send("GET", path).status_code == httpx.codes.OK

    def _ask(self, method: str, path: str, body: Any = None, *, seconds: float = SECONDS) -> Any:
        answer = self._send(method, path, body, seconds=seconds)
        if not answer.is_success:
            # Not its body: the answer to a token is the token.
            raise GiteaAway(f"{method} {path} was answered {answer.status_code}.")
        return answer.json() if answer.content else None

    def _send(
        self, method: str, path: str, body: Any = None, *, seconds: float = SECONDS
    ) -> httpx.Response:
        try:
            return self._http.request(
                method,
                path,
                json=body,
                timeout=seconds,
                extensions={"sni_hostname": self._site.host},
            )
        except httpx.HTTPError as error:
            raise GiteaAway(f"{self._site.host}: {type(error).__name__} {error}") from error
