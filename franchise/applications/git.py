"""An App's repository at Gitea: made, written, read. Everything says what is to be there and may be
asked again; nobody's commit in between is lost.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from franchise.applications import files, names, wanted
from franchise.applications.models import App
from franchise.gitea import commits, places
from franchise.gitea.commits import Author
from franchise.gitea.http import Connection
from franchise.gitea.problems import WentOn

TRIES = 12
_PAUSE_SECONDS = 0.25
PUSHERS = ("Owners", "admins", "developers")  # Gitea's own first team, and ours
T = TypeVar("T")


def repository(app: App) -> str:
    return f"{app.organization.slug}/{app.name}"


def persistently(act: Callable[[], T]) -> T:
    """Do it again as long as somebody else was quicker. Raises WentOn after many tries."""
    for _ in range(TRIES - 1):
        try:
            return act()
        except WentOn:
            time.sleep(random.uniform(0.2, 1.0) * _PAUSE_SECONDS)
    return act()


def have(gitea: Connection, app: App) -> None:
    """Its repository, still without a branch if it is new."""
    about = f"{app.blueprint} of {app.organization.slug}"
    places.repository(gitea, app.organization.slug, app.name, about=about)


def bring(gitea: Connection, app: App, *, author: Author, message: str, ours: bool) -> str:
    """The branch of its Environment as the row wants it; the id of its newest commit.

    `ours`: the row's answers count; else what stands in its values.yaml stays.
    """
    return persistently(lambda: _bring(gitea, app, author, message, ours))


def _bring(gitea: Connection, app: App, author: Author, message: str, ours: bool) -> str:
    name, branch = repository(app), names.branch(app.environment.kind)
    _have_main(gitea, app, author)
    places.branch(gitea, name, branch, of="main")
    here = commits.tree(gitea, name, ref=branch)
    there = commits.read(gitea, name, files.VALUES, ref=branch) or ""
    config, own = _kept(there)
    if ours or not there:
        config = app.config
    former = files.read_databases(there)
    made = files.repository(wanted.told(app, config=config, own=own, former=former))
    stale = {path: None for path in files.MANAGED if path not in made}
    sha = commits.write(
        gitea,
        name,
        branch=branch,
        files={**stale, **made},
        message=message,
        author=author,
        here=here,
    )
    return sha or head(gitea, app)


def _have_main(gitea: Connection, app: App, author: Author) -> None:
    """The first commit: it makes `main`. The other branches begin there."""
    name = repository(app)
    if commits.tree(gitea, name, ref="main"):
        return
    made = files.repository(wanted.told(app, config=app.config))
    if names.branch(app.environment.kind) != "main":  # nothing runs from it yet
        made = {path: made[path] for path in ("README.md", "CODEOWNERS")}
    commits.write(
        gitea,
        name,
        branch="main",
        files=made,
        message=f"Install {app.name} ({app.blueprint} {app.version})",
        author=author,
    )


def settle(gitea: Connection, app: App) -> None:
    """The branches there are to be, and who may move `main`."""
    name = repository(app)
    for branch in names.BRANCHES:
        places.branch(gitea, name, branch, of="main")
    places.protect(gitea, name, "main", teams=PUSHERS)


def head(gitea: Connection, app: App) -> str:
    """The newest commit of the branch of its Environment. Raises WentOn when there is none."""
    found = commits.head(gitea, repository(app), branch=names.branch(app.environment.kind))
    if found is None:
        raise WentOn(f"{repository(app)} has no such branch.")
    return found.sha


def before(gitea: Connection, app: App) -> str:
    """The commit before the newest one; empty when there is none."""
    found = commits.head(gitea, repository(app), branch=names.branch(app.environment.kind))
    return found.parents[0] if found and found.parents else ""


def revert(gitea: Connection, app: App, *, to: str, author: Author, message: str) -> str:
    """The branch with the files it had at the commit `to`, by one commit; its newest id."""
    return persistently(lambda: _revert(gitea, app, to, author, message))


def _revert(gitea: Connection, app: App, to: str, author: Author, message: str) -> str:
    name, branch = repository(app), names.branch(app.environment.kind)
    here = commits.tree(gitea, name, ref=branch)
    then = commits.tree(gitea, name, ref=to)
    changed = {path: None for path in here if path not in then} | {
        path: commits.read(gitea, name, path, ref=to)
        for path, blob in then.items()
        if here.get(path) != blob
    }
    sha = commits.write(
        gitea, name, branch=branch, files=changed, message=message, author=author, here=here
    )
    return sha or head(gitea, app)


def said(gitea: Connection, app: App, *, ref: str) -> tuple[dict[str, object], str]:
    """The answers and the version that stand at a commit. Raises ValueError for what is neither."""
    name = repository(app)
    config, _own = files.read_values(commits.read(gitea, name, files.VALUES, ref=ref) or "")
    return config, files.read_version(commits.read(gitea, name, files.PINS, ref=ref) or "")


def remove(gitea: Connection, app: App) -> None:
    """The repository with all its history, unless another Environment has an App in it."""
    others = App.objects.filter(organization=app.organization, name=app.name).exclude(pk=app.pk)
    if not others.exclude(state=App.State.REMOVED).exists():
        places.remove_repository(gitea, repository(app))


def _kept(text: str) -> tuple[files.Json, files.Json]:
    """What people wrote themselves; nothing where nobody can read it."""
    try:
        return files.read_values(text)
    except ValueError:
        return {}, {}
