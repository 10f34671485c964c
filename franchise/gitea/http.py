"""One connection to Gitea's API: errors are typed, neither token nor answers are ever logged.

API: Gitea 1.26, `/api/v1` (docs.gitea.com/api).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from catalyst.closing import Closing
from catalyst.trust import context
from catalyst.vault.secret import Secret
from franchise.gitea.problems import Away, GiteaProblem, Missing, TokenRefused, WentOn

TIMEOUT_SECONDS = 20.0
_PROBLEMS = {401: TokenRefused, 403: TokenRefused, 404: Missing, 409: WentOn}


class Connection(Closing):
    """`url`: where Gitea is, without `/api/v1`. May be used from several threads.

    With a `user` the secret is their password, else it is a token.
    """

    def __init__(
        self, *, url: str, token: Secret, user: str = "", ca_bundle: Path | None = None
    ) -> None:
        basic = httpx.BasicAuth(user, token.reveal()) if user else None
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={} if basic else {"Authorization": f"token {token.reveal()}"},
            auth=basic,
            timeout=TIMEOUT_SECONDS,
            verify=context(ca_bundle),
            trust_env=False,  # a proxy from somebody's shell must not see the token
        )

    def close(self) -> None:
        self._http.close()

    def ask(self, method: str, path: str, body: Any = None, **params: str | int) -> Any:
        """The answer's JSON, None for an empty one. Raises GiteaProblem's kinds."""
        try:
            answer = self._http.request(method, path, json=body, params=params or None)
        except httpx.HTTPError as error:
            raise Away(f"{type(error).__name__} at {method} {path}") from error
        if answer.is_success:
            return _json(answer, f"{method} {path}")
        problem = _PROBLEMS.get(
            answer.status_code, Away if answer.is_server_error else GiteaProblem
        )
        # Not its body: the answer to a token is the token.
        raise problem(f"{method} {path} was answered {answer.status_code}.")

    def look(self, path: str, **params: str | int) -> Any:
        """What is at `path`, or None when nothing is. Raises as `ask`, but not Missing."""
        try:
            return self.ask("GET", path, **params)
        except Missing:
            return None

    def have(self, path: str, *, make: str, body: dict[str, Any]) -> None:
        """Have what is seen at `path`, made by a POST of `body` to `make` unless it is there.

        Two that ask at the same time both succeed.
        """
        if self.look(path) is not None:
            return
        try:
            self.ask("POST", make, body)
        except GiteaProblem:
            if self.look(path) is None:
                raise

    def drop(self, path: str) -> None:
        """Have nothing at `path`."""
        try:
            self.ask("DELETE", path)
        except Missing:
            return


def _json(answer: httpx.Response, what: str) -> Any:
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError:  # holds the body as well
        why = f"The answer to {what} is not as its API says."
    raise Away(why)
