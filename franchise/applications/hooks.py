"""What Gitea tells of a push: kept as a promise, so that a lost answer or a second telling is
harmless. A worker then has Flux look at once, and takes over what people committed themselves.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re

import structlog
from django.db import transaction

from catalyst.language.words import lazy
from catalyst.problem import Problem
from catalyst.work import outbox
from franchise.applications import connections, facts, files, git, ground, names, places
from franchise.applications.models import App, Change
from franchise.applications.problems import NotInstallable
from franchise.catalog.config.judging import faults
from franchise.gitea.http import Connection

log = structlog.get_logger(__name__)
TOPIC = "franchise.git-push"
LONGEST = 1 << 19
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}")
BRANCH = "refs/heads/"


class BadHook(Problem):
    """Not signed with our secret, or not what Gitea sends."""

    type = "hook-refused"
    title = lazy("This was not sent by our Git server")
    status = 403


def receive(*, body: bytes, signature: str) -> None:
    """Take one telling. Raises BadHook, VaultAway."""
    wanted = hmac.new(connections.hook_secret().reveal().encode(), body, hashlib.sha256)
    # Compared as bytes: compare_digest refuses text that is not ASCII.
    if not hmac.compare_digest(wanted.hexdigest().encode(), signature.encode()):
        raise BadHook
    try:
        told = json.loads(body)
        repository, ref = str(told["repository"]["full_name"]), str(told["ref"])
    except (ValueError, KeyError, TypeError):
        raise BadHook from None
    if _NAME.fullmatch(repository) is None:
        raise BadHook
    if ref.startswith(BRANCH):
        payload = {"branch": ref.removeprefix(BRANCH)[:200]}
        with transaction.atomic():
            outbox.put(topic=TOPIC, key=repository, payload=payload)


def follow_push(*, repository: str, branch: str) -> None:
    """The worker's part. Raises what the servers raise: then it is tried again."""
    if repository == places.CONFIG:
        with connections.cluster() as cluster:
            ground.look_at_places(cluster)
        return
    slug, _, name = repository.partition("/")
    apps = App.objects.select_related("organization", "environment").filter(
        organization__slug=slug, name=name, state__in=(App.State.READY, App.State.FAILED)
    )
    followed = [each for each in apps if names.branch(each.environment.kind) == branch]
    if followed:
        with connections.gitea() as gitea, connections.cluster() as cluster:
            for app in followed:
                ground.look(cluster, app.label, app.label)
                take_over(gitea, app)


def take_over(gitea: Connection, app: App) -> None:
    """What stands in Git is what is wanted: answers and version of a commit of their own are the
    row's from then on, where they are sound."""
    sha = git.head(gitea, app)
    if sha == app.commit:
        return
    wanted: dict[str, object] = {"commit": sha}
    try:
        config, version = git.said(gitea, app, ref=sha)
        fact = facts.of(app.blueprint)
        if not faults(fact.schema, config):
            wanted["config"] = config
        if version in fact.versions:
            wanted["version"] = version
    except (ValueError, NotInstallable):
        log.info("nobody can read what was pushed", app=app.pk, file=files.VALUES)
    idle = App.objects.filter(pk=app.pk, commit=app.commit)
    idle.exclude(changes__state=Change.State.RUNNING).update(**wanted)
