"""Commits over Gitea's API: many files at once, and none at all when nothing would change.

A file is compared by the id that Git gives its content (git-hash-object(1)), so that asking twice
makes one commit and a commit of somebody else in between is noticed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from franchise.gitea.http import Connection
from franchise.gitea.problems import Away, GiteaProblem, WentOn

# Entries of a tree in one answer; more come on further pages.
_PAGE = 1000
_MOST_PAGES = 50


@dataclass(frozen=True, slots=True)
class Author:
    """Who asked for a commit: it stands in the history in their name."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Commit:
    """`at`: as Gitea says it (RFC 3339)."""

    sha: str
    message: str
    author: Author
    at: str
    parents: tuple[str, ...] = ()


def blob_id(content: str) -> str:
    """The id of a file's content in Git (SHA-1 of a header and the bytes), 40 hex digits."""
    data = content.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def tree(gitea: Connection, repository: str, *, ref: str) -> dict[str, str]:
    """Path → blob id of every file at a branch, tag or commit; empty where there is none yet."""
    found: dict[str, str] = {}
    path = f"/repos/{repository}/git/trees/{quote(ref, safe='')}"
    for page in range(1, _MOST_PAGES + 1):
        try:
            answer = gitea.look(path, recursive="true", per_page=_PAGE, page=page)
        except GiteaProblem:
            if _is_empty(gitea, repository):
                return {}
            raise
        if answer is None:
            return found
        found |= {each["path"]: each["sha"] for each in answer["tree"] if each["type"] == "blob"}
        if not answer.get("truncated"):
            return found
    raise Away(f"The tree of {repository} has no end.")


def read(gitea: Connection, repository: str, path: str, *, ref: str) -> str | None:
    """The text of one file, None when it is not there. Raises Away for what is no text."""
    found = gitea.look(f"/repos/{repository}/contents/{quote(path)}", ref=ref)
    if found is None:
        return None
    try:
        return base64.b64decode(found["content"], validate=False).decode()
    except (KeyError, TypeError, ValueError):
        why = f"{path} of {repository} is not a text file."
    raise Away(why)


def write(
    gitea: Connection,
    repository: str,
    *,
    branch: str,
    files: Mapping[str, str | None],
    message: str,
    author: Author,
    here: Mapping[str, str] | None = None,
) -> str | None:
    """Have these files on `branch` (None: not have it) by at most one commit; its id, or None when
    they were so already. The first commit of an empty repository makes the branch.

    `here`: the tree that was looked at before `files` were worked out; None: the one of now.
    Raises WentOn when somebody committed in between: nothing was written then.
    """
    here = tree(gitea, repository, ref=branch) if here is None else here
    changes = [
        change for path, text in sorted(files.items()) if (change := _change(here, path, text))
    ]
    if not changes:
        return None
    person = {"name": author.name, "email": author.email}
    body = {
        "branch": branch,
        "message": message,
        "author": person,
        "files": changes,
    }
    try:
        answer = gitea.ask("POST", f"/repos/{repository}/contents", body)
    except GiteaProblem as problem:
        if tree(gitea, repository, ref=branch) != here:
            raise WentOn(f"{branch} of {repository} went on. Nothing was committed.") from problem
        raise
    return str(answer["commit"]["sha"])


def head(gitea: Connection, repository: str, *, branch: str) -> Commit | None:
    """The newest commit of a branch; None where there is no such branch yet."""
    found = history(gitea, repository, branch=branch, limit=1)
    return found[0] if found else None


def history(
    gitea: Connection, repository: str, *, branch: str, limit: int = 20, page: int = 1
) -> list[Commit]:
    """Newest first; nothing for a repository without a commit."""
    path = f"/repos/{repository}/commits"
    try:
        found = gitea.look(path, sha=branch, limit=limit, page=page, stat="false", files="false")
    except WentOn:  # so it says that the repository is empty
        return []
    return [_commit(each) for each in found or []]


def _commit(told: dict[str, Any]) -> Commit:
    author = told["commit"]["author"]
    return Commit(
        sha=told["sha"],
        message=told["commit"]["message"].rstrip("\n"),
        author=Author(author["name"], author["email"]),
        at=author["date"],
        parents=tuple(each["sha"] for each in told.get("parents") or ()),
    )


def _change(here: Mapping[str, str], path: str, text: str | None) -> dict[str, str] | None:
    known = here.get(path)
    if text is None:
        return {"operation": "delete", "path": path, "sha": known} if known else None
    if known == blob_id(text):
        return None
    content = {"path": path, "content": base64.b64encode(text.encode()).decode()}
    return (
        {"operation": "update", **content, "sha": known}
        if known
        else {"operation": "create", **content}
    )


def _is_empty(gitea: Connection, repository: str) -> bool:
    found = gitea.look(f"/repos/{repository}")
    return found is not None and bool(found["empty"])
