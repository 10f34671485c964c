"""Organizations, repositories, who may reach them, and whom Gitea tells of a push.

Everything says what is to be there and may be asked again.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from catalyst.vault.secret import Secret
from franchise.gitea.http import Connection
from franchise.gitea.problems import GiteaProblem


def organization(gitea: Connection, name: str, *, title: str = "") -> None:
    """Have a private organization; a changed title is written."""
    gitea.have(
        f"/orgs/{name}",
        make="/orgs",
        body={"username": name, "full_name": title, "visibility": "private"},
    )
    found = gitea.ask("GET", f"/orgs/{name}")
    if title and found.get("full_name") != title:
        gitea.ask("PATCH", f"/orgs/{name}", {"full_name": title})


def repository(gitea: Connection, owner: str, name: str, *, about: str = "") -> str:
    """Have an empty private repository with `main` as its first branch; returns `owner/name`."""
    path = f"{owner}/{name}"
    gitea.have(
        f"/repos/{path}",
        make=f"/orgs/{owner}/repos",
        body={"name": name, "description": about, "private": True, "default_branch": "main"},
    )
    return path


def branch(gitea: Connection, repository: str, name: str, *, of: str) -> None:
    """Have a branch, begun where `of` is now."""
    gitea.have(
        f"/repos/{repository}/branches/{quote(name, safe='')}",
        make=f"/repos/{repository}/branches",
        body={"new_branch_name": name, "old_ref_name": of},
    )


def protect(
    gitea: Connection,
    repository: str,
    name: str,
    *,
    writers: tuple[str, ...] = (),
    teams: tuple[str, ...] = (),
) -> None:
    """Nobody rewrites or removes the branch; only these people and teams (and merged reviews)
    move it."""
    gitea.have(
        f"/repos/{repository}/branch_protections/{quote(name, safe='')}",
        make=f"/repos/{repository}/branch_protections",
        body={
            "rule_name": name,
            "enable_push": True,
            "enable_push_whitelist": True,
            "push_whitelist_usernames": list(writers),
            "push_whitelist_teams": list(teams),
            "enable_force_push": False,
        },
    )


def deploy_key(gitea: Connection, repository: str, *, title: str, public_key: str) -> None:
    """Have one key of this title that may read. Another key of the title goes."""
    path = f"/repos/{repository}/keys"
    wanted = public_key.split()[:2]
    for each in gitea.ask("GET", path, limit=50):
        if each["title"] == title:
            if each["key"].split()[:2] == wanted:
                return
            gitea.drop(f"{path}/{each['id']}")
    gitea.ask("POST", path, {"title": title, "key": public_key, "read_only": True})


def webhook(gitea: Connection, repository: str, *, url: str, secret: Secret) -> None:
    """Have exactly one hook to `url`, told of pushes and signed (X-Gitea-Signature, HMAC-SHA256).

    It is made anew each time: Gitea neither says which secret it has nor lets it be changed.
    """
    path = f"/repos/{repository}/hooks"
    for each in gitea.ask("GET", path, limit=50):
        if each["config"]["url"] == url:
            gitea.drop(f"{path}/{each['id']}")
    gitea.ask("POST", path, _hook(url, secret))


def organization_webhook(gitea: Connection, name: str, *, url: str, secret: Secret) -> None:
    """As `webhook`, of all repositories of an organization; one that is there is left as it is."""
    path = f"/orgs/{name}/hooks"
    if all(each["config"]["url"] != url for each in gitea.ask("GET", path, limit=50)):
        gitea.ask("POST", path, _hook(url, secret))


def _hook(url: str, secret: Secret) -> dict[str, Any]:
    config = {"url": url, "content_type": "json", "secret": secret.reveal()}
    return {"type": "gitea", "active": True, "events": ["push"], "config": config}


def account(gitea: Connection, name: str, *, email: str, password: Secret) -> None:
    """Have a program's account, which reads what its teams may read and makes nothing."""
    gitea.have(
        f"/users/{name}",
        make="/admin/users",
        body={
            "username": name,
            "email": email,
            "password": password.reveal(),
            "must_change_password": False,
            "restricted": True,
            "visibility": "private",
        },
    )


def team(gitea: Connection, organization: str, name: str, *, permission: str) -> int:
    """Have a team whose members may `read`, `write` or `admin` all repositories; its id."""
    path = f"/orgs/{organization}/teams"
    if there := _team(gitea, path, name):
        return there
    units = ("repo.code", "repo.issues", "repo.pulls", "repo.releases", "repo.wiki")
    level = "read" if permission == "read" else "write"
    body = {
        "name": name,
        "permission": permission,
        "includes_all_repositories": True,
        "can_create_org_repo": False,
        "units_map": dict.fromkeys(units, "admin" if permission == "admin" else level),
    }
    try:
        return int(gitea.ask("POST", path, body)["id"])
    except GiteaProblem:  # somebody else made it meanwhile
        if there := _team(gitea, path, name):
            return there
        raise


def _team(gitea: Connection, path: str, name: str) -> int:
    """Its id; 0 while there is none."""
    found = (int(each["id"]) for each in gitea.ask("GET", path, limit=50) if each["name"] == name)
    return next(found, 0)


def member(gitea: Connection, team_id: int, user: str) -> bool:
    """Have a person in a team; False when Gitea does not know them yet (they never logged in)."""
    if gitea.look(f"/users/{quote(user, safe='')}") is None:
        return False
    gitea.ask("PUT", f"/teams/{team_id}/members/{quote(user, safe='')}")
    return True


def remove_repository(gitea: Connection, repository: str) -> None:
    gitea.drop(f"/repos/{repository}")


def remove_organization(gitea: Connection, name: str) -> None:
    """With all its repositories; Gitea refuses one that still has any."""
    while found := gitea.look(f"/orgs/{name}/repos", limit=50):
        for each in found:
            remove_repository(gitea, each["full_name"])
    try:
        gitea.drop(f"/orgs/{name}")
    except GiteaProblem:
        if gitea.look(f"/orgs/{name}") is not None:
            raise
