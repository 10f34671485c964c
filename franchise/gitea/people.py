"""People at Gitea: their accounts belong to the single sign-on's `sub`, never to a name.

Gitea finds whoever logs in by sign-on and `sub` (routers/web/auth/oauth.go of 1.26). An account
that is made before somebody's first log-in there is theirs for that reason alone: a name, or the
part of an address before the @, may be somebody else's as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count, islice
from typing import Any
from urllib.parse import quote

from franchise.gitea.http import Connection
from franchise.gitea.problems import GiteaProblem

LONGEST, TRIES, PAGE = 40, 20, 50
_OTHER = re.compile(r"[^a-z0-9]+")


def account(gitea: Connection, *, sign_on: int, subject: str, email: str) -> str:
    """The user name of whoever logs in by `sign_on` (its id) as `subject`; made where need be.

    Empty when the address is another account's. Raises GiteaProblem's kinds.
    """
    if there := _of(gitea, sign_on, subject):
        return there
    free = (n for n in islice(names(email), TRIES) if gitea.look(f"/users/{n}") is None)
    for name in islice(free, 2):  # the first may be one that Gitea keeps for itself
        body = {
            "username": name,
            "email": email,
            "source_id": sign_on,
            "login_name": subject,
            "must_change_password": False,
            "restricted": True,  # sees what its teams may see
            "visibility": "private",
        }
        try:
            return str(gitea.ask("POST", "/admin/users", body)["login"])
        except GiteaProblem as problem:
            if type(problem) is not GiteaProblem:
                raise
            # Somebody may have been quicker, and they may be they.
            if there := _of(gitea, sign_on, subject):
                return there
    return ""


def names(email: str) -> Iterator[str]:
    """Names to try, the most readable first: letters, digits and single dashes, 40 at most."""
    plain = _OTHER.sub("-", email.partition("@")[0].lower()).strip("-") or "member"
    for number in count(1):
        end = f"-{number}" if number > 1 else ""
        yield plain[: LONGEST - len(end)].rstrip("-") + end


def members(gitea: Connection, team_id: int, wanted: set[str]) -> None:
    """Have exactly these people in a team."""
    there = {str(each["login"]) for each in _pages(gitea, f"/teams/{team_id}/members")}
    for name in sorted(wanted - there):
        gitea.ask("PUT", f"/teams/{team_id}/members/{quote(name, safe='')}")
    for name in sorted(there - wanted):
        gitea.drop(f"/teams/{team_id}/members/{quote(name, safe='')}")


def _of(gitea: Connection, sign_on: int, subject: str) -> str:
    found = gitea.ask("GET", "/admin/users", source_id=sign_on, login_name=subject, limit=2)
    return next((str(each["login"]) for each in found if each["login_name"] == subject), "")


def _pages(gitea: Connection, path: str) -> Iterator[Any]:
    for page in count(1):
        found = gitea.ask("GET", path, page=page, limit=PAGE)
        yield from found
        if len(found) < PAGE:
            return
