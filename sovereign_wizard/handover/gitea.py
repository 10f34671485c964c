"""The Sovereign's own Gitea over its HTTP API, at the address DNS gives, TLS verified.

API: Gitea 1.26, /api/v1. Everything is safe to ask for again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import httpx

from catalyst.closing import Closing
from catalyst.language.words import lazy
from catalyst.problem import Problem
from catalyst.trust import context
from catalyst.vault.secret import Secret

SECONDS = 20.0
# A clone of the whole tree, by Gitea itself.
MIGRATE_SECONDS = 120.0
ORGANIZATION, REPOSITORY = "system", "sovereign"
READER = "flux"


class GiteaAway(Problem):
    """It does not answer, or not as its API says."""

    type = "gitea-away"
    title = lazy("The Sovereign's Git does not answer")
    status = 503


@dataclass(frozen=True, slots=True)
class Site:
    """`host`: its name. `address`: where DNS says it is. `ca_bundle`: None: the public ones."""

    host: str
    address: str
    ca_bundle: Path | None = None
    port: int = 443


class Gitea(Closing):
    """One person's connection. `with Gitea(site, user, password) as gitea`."""

    def __init__(self, site: Site, user: str, password: Secret) -> None:
        self._site, self._user = site, user
        self._http = httpx.Client(
            base_url=f"https://{site.address}:{site.port}/api/v1",
            verify=context(site.ca_bundle),
            auth=(user, password.reveal()),
            headers={"Host": site.host},
            timeout=SECONDS,
            trust_env=False,
        )

    def close(self) -> None:
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
        return str(self._ask("GET", path, take=itemgetter("default_branch")))

    def reading_token(self) -> Secret:
        """A fresh token that may read repositories; the one before it ends. Raises GiteaAway."""
        path = f"/users/{self._user}/tokens"
        if READER in self._ask("GET", path, take=_names):
            self._ask("DELETE", f"{path}/{READER}")
        wanted = {"name": READER, "scopes": ["read:repository"]}
        return Secret(str(self._ask("POST", path, wanted, take=itemgetter("sha1"))))

    def _is_there(self, path: str) -> bool:
        return self._send("GET", path).status_code == httpx.codes.OK

    def _ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        take: Callable[[Any], Any] = lambda whole: whole,
        seconds: float = SECONDS,
    ) -> Any:
        """What `take` finds in the answer. Raises GiteaAway."""
        answer = self._send(method, path, body, seconds=seconds)
        if not answer.is_success:
            # Not its body: the answer to a token is the token.
            raise GiteaAway(f"{method} {path} was answered {answer.status_code}.")
        try:
            return take(answer.json() if answer.content else None)
        except (ValueError, KeyError, TypeError):  # which hold the body as well
            why = f"The answer to {method} {path} is not as its API says."
        raise GiteaAway(why)

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


def _names(held: Any) -> list[str]:
    if not isinstance(held, list):
        raise TypeError  # an empty object would pass for an empty list
    return [str(each["name"]) for each in held]
