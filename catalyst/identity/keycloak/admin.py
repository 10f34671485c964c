"""Keycloak's admin API, as much of it as we use: https://www.keycloak.org/docs-api/latest/rest-api/

We are a service account there that may manage people and groups and read roles, nothing else
(infra/charts/keycloak). Knows no rows.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Collection
from typing import Any
from urllib.parse import quote

import httpx
import structlog
from django.conf import settings

from catalyst import trust
from catalyst.identity.oidc.problems import IssuerAway
from catalyst.problem import Invalid, Problem

log = structlog.get_logger(__name__)
SECONDS = 10.0  # of each step of a request: checking a password's hash takes one
SET_PASSWORD = "UPDATE_PASSWORD"  # noqa: S105 - Keycloak's name of a required action
PAGE = 100  # people asked for at once
Row = dict[str, Any]


class KeycloakRefuses(Problem):
    """It answers, and does not do what we ask. The text says what; never a secret."""

    type = "issuer-refuses"
    title = "The log-in service refuses"
    status = 502


def imported(hash: str, *, label: str) -> Row:
    """A password that only its hash is known of, as Keycloak keeps one (PasswordCredentialModel).

    `hash`: Django's `pbkdf2_sha256$iterations$salt$base64`; both derive 32 bytes by PBKDF2 with
    HMAC-SHA-256, Django takes the salt's letters for its bytes. Raises Invalid.
    """
    algorithm, *parts = hash.split("$")
    if algorithm != "pbkdf2_sha256" or len(parts) != 3 or not parts[0].isdecimal():
        raise Invalid("The code's hash is not one of PBKDF2 with SHA-256.", field="code_hash")
    iterations, salt, derived = parts
    secret = {"value": derived, "salt": b64encode(salt.encode()).decode()}
    how = {"hashIterations": int(iterations), "algorithm": "pbkdf2-sha256"}
    return {
        "type": "password",
        "userLabel": label,
        "secretData": json.dumps({**secret, "additionalParameters": {}}),
        "credentialData": json.dumps({**how, "additionalParameters": {}}),
    }


class Admin:
    """Logged in as our service account; for minutes, as long as its token lives.

    Every method raises IssuerAway when there is no answer, KeycloakRefuses for a refusal.
    """

    def __init__(self) -> None:
        env = settings.CATALYST
        self._realm = env.oidc_issuer.replace("/realms/", "/admin/realms/", 1)
        self._http = httpx.Client(verify=trust.context(env.ca_bundle), timeout=SECONDS)
        try:
            self._log_in()
        except BaseException:
            self._http.close()
            raise

    def __enter__(self) -> Admin:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def _log_in(self) -> None:
        """RFC 6749 §4.4; the secret goes in the header, which nobody logs."""
        env = settings.CATALYST
        secret = env.people_client_secret.get_secret_value()
        if not secret:
            raise KeycloakRefuses("CATALYST_PEOPLE_CLIENT_SECRET is not set for this process.")
        answer = self._ask(
            "POST",
            f"{env.oidc_issuer}/protocol/openid-connect/token",
            data={"grant_type": "client_credentials"},
            auth=httpx.BasicAuth(env.people_client_id, secret),
        )
        token = _row(_well(answer, "our own log-in")).get("access_token")
        self._http.headers["Authorization"] = f"Bearer {token}"

    def person(self, email: str) -> Row | None:
        """The one with this address; addresses are unique in the realm, whatever their case."""
        answer = self._ask("GET", "/users", params={"email": email.lower(), "exact": "true"})
        found = _rows(_well(answer, "looking for a person"))
        return found[0] if found else None

    def make_person(self, *, email: str, credential: Row, actions: Collection[str]) -> Row:
        """Whoever has the address afterwards; one that was there stays as they are.

        The name is a guess at one, because Keycloak's stock profile wants both parts before it
        lets anybody in; people change it there.
        """
        name = email.partition("@")[0]
        wish = {
            "username": email.lower(),
            "email": email.lower(),
            "emailVerified": True,  # the owner named it, and hands the code over
            "enabled": True,
            "firstName": name,
            "lastName": name,
            "credentials": [credential],
            "requiredActions": sorted(actions),
        }
        answer = self._ask("POST", "/users", json=wish)
        if answer.status_code != httpx.codes.CONFLICT:
            _well(answer, "making a person")
        made = self.person(email)
        if made is None:
            raise KeycloakRefuses("It has another person of that name with another address.")
        return made

    def give_role(self, path: str, role: str) -> None:
        """`path`: of a person or a group. Theirs twice is theirs once."""
        known = _row(_well(self._ask("GET", f"/roles/{quote(role)}"), f"the role {role}"))
        named = [{"id": known["id"], "name": known["name"]}]
        _well(self._ask("POST", f"{path}/role-mappings/realm", json=named), f"giving {role}")

    def forget_password(self, subject: str, *, label: str) -> bool:
        """Take a person's password away if it is the one of this label; whether it was."""
        kept = _rows(_well(self._ask("GET", f"/users/{subject}/credentials"), "credentials"))
        ours = [one for one in kept if one.get("userLabel") == label]
        for one in ours:
            gone = self._ask("DELETE", f"/users/{subject}/credentials/{one['id']}")
            if gone.status_code != httpx.codes.NOT_FOUND:
                _well(gone, "taking a password away")
        return bool(ours)

    def make_group(self, path: str) -> Row:
        """The group at `path` (/a/b); its parent must be there."""
        parent, _, name = path.rpartition("/")
        above = self._group(parent)
        if above is None:
            raise KeycloakRefuses(f"The realm has no group {parent}.")
        answer = self._ask("POST", f"/groups/{above['id']}/children", json={"name": name})
        if answer.status_code != httpx.codes.CONFLICT:
            _well(answer, f"making the group {path}")
        made = self._group(path)
        if made is None:
            raise KeycloakRefuses(f"The group {path} was made and is not there.")
        return made

    def members(self, group: str) -> set[str]:
        """Subjects of those in the group of this id, all of them."""
        found: set[str] = set()
        while True:
            params = {"first": str(len(found)), "max": str(PAGE), "briefRepresentation": "true"}
            answer = self._ask("GET", f"/groups/{group}/members", params=params)
            rows = _rows(_well(answer, "the people of a group"))
            found |= {row["id"] for row in rows}
            if len(rows) < PAGE:
                return found

    def join(self, subject: str, group: str) -> None:
        """Put somebody into a group; in twice is in once. Whoever is gone stays out."""
        answer = self._ask("PUT", f"/users/{quote(subject)}/groups/{group}")
        if answer.status_code != httpx.codes.NOT_FOUND:
            _well(answer, "putting somebody into a group")

    def leave(self, subject: str, group: str) -> None:
        """Take somebody out of a group; out twice is out once."""
        answer = self._ask("DELETE", f"/users/{quote(subject)}/groups/{group}")
        if answer.status_code != httpx.codes.NOT_FOUND:
            _well(answer, "taking somebody out of a group")

    def _group(self, path: str) -> Row | None:
        answer = self._ask("GET", f"/group-by-path{quote(path)}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return _row(_well(answer, f"the group {path}"))

    def _ask(self, method: str, where: str, **options: Any) -> httpx.Response:
        """No redirect is followed: a secret may be in the body."""
        url = where if where.startswith("http") else f"{self._realm}{where}"
        try:
            answer = self._http.request(method, url, **options)
        except (httpx.HTTPError, OSError) as error:
            raise IssuerAway(f"{_host()} does not answer: {_words(error)}") from error
        if answer.is_server_error:
            raise IssuerAway(f"{_host()} answers {answer.status_code}.")
        return answer


def _host() -> str:
    return httpx.URL(settings.CATALYST.oidc_issuer).host


def _words(error: Exception) -> str:
    """Of one line; httpx's have no secret in them."""
    return " ".join(str(error).split())[:120] or type(error).__name__


def _well(answer: httpx.Response, what: str) -> httpx.Response:
    if answer.is_success:
        return answer
    said = {"status": answer.status_code, "what": what}
    log.warning("keycloak refuses", **said)
    raise KeycloakRefuses(f"{what}: {_host()} answers {answer.status_code}.")


def _row(answer: httpx.Response) -> Row:
    return _rows(answer, one=True)[0]


def _rows(answer: httpx.Response, *, one: bool = False) -> list[Row]:
    """Raises KeycloakRefuses for another shape than its documentation says."""
    try:
        said = answer.json()
    except ValueError:
        said = None
    found = [said] if one else said
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise KeycloakRefuses(f"{_host()} answers in an odd shape.")
    return found
