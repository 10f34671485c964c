"""The steps of a Change. Each is idempotent: killed at any line and run again, the world ends the
same. What is waited for is said in words; a step gives up only where a person has to act.
"""

from __future__ import annotations

from collections.abc import Callable

from catalyst.work.clock import database_now
from catalyst.work.steps import Done, Fail, Outcome, Wait
from franchise.applications import git, ground, names, places, pods, proof, wanted
from franchise.applications.context import Context
from franchise.applications.models import App, Change
from franchise.applications.problems import GaveUp, OnlySimulated
from franchise.cluster import objects
from franchise.cluster.objects import Verdict

Kind, Step = Change.Kind, Change.Step
LOOK_SECONDS = 2.0
_WORDS = {
    Kind.INSTALL: "Install {name} ({blueprint} {version})",
    Kind.CONFIGURE: "Configure {name}",
    Kind.UPGRADE: "Upgrade {name} to {version}",
    Kind.ROLL_BACK: "Roll {name} back",
}


def run_places(ctx: Context) -> Outcome:
    """The Organization has its place at Gitea, and in what the cluster follows."""
    organization = ctx.app.organization
    ground.have(ctx.gitea, ctx.cluster)
    ground.organization(ctx.gitea, organization.slug, title=organization.name)
    if ground.sync(ctx.gitea, [organization.slug]):
        ctx.say(f"{organization.slug} has its place in {places.CONFIG}.")
    return Done()


def run_repository(ctx: Context) -> Outcome:
    git.have(ctx.gitea, ctx.app)
    ctx.say(f"Repository {git.repository(ctx.app)} is there.")
    return Done()


def run_commit(ctx: Context) -> Outcome:
    """What is wanted stands in Git, in the name of whoever asked."""
    change, app = ctx.change, ctx.app
    for row in wanted.rests_on(app):
        _tell_service(ctx, row.service)
    message = _WORDS[Kind(change.kind)].format(
        name=app.name, blueprint=app.blueprint, version=app.version
    )
    if change.kind == Kind.ROLL_BACK:
        sha = _roll_back(ctx, message)
    else:
        ours = change.kind in (Kind.INSTALL, Kind.CONFIGURE)
        sha = git.bring(ctx.gitea, app, author=ctx.author, message=message, ours=ours)
    git.settle(ctx.gitea, app)
    ctx.changes["commit"] = ctx.of_app["commit"] = sha
    ctx.say(f"Committed {sha[:10]} to {git.repository(app)}: {message}.")
    return Done()


def _tell_service(ctx: Context, service: App) -> None:
    """A backing service knows who rests on it. One that is not committed yet will say so itself."""
    if not service.commit:
        return
    sha = git.bring(
        ctx.gitea,
        service,
        author=ctx.author,
        message=f"{ctx.app.name} and {service.name}",
        ours=False,
    )
    if sha != service.commit:
        with ctx.ours():
            App.objects.filter(pk=service.pk).exclude(commit="").update(commit=sha)
        ctx.say(f"{service.name} knows {ctx.app.name}.")


def _roll_back(ctx: Context, message: str) -> str:
    """To what stood before. Which commit that is gets written down first: a second try goes no
    further."""
    change, app = ctx.change, ctx.app
    target = str(change.wanted.get("to") or "")
    if not target:
        target = git.before(ctx.gitea, app)
        if not target:
            raise GaveUp(f"{git.repository(app)} has one commit only.")
        change.wanted = {**change.wanted, "to": target}
        with ctx.ours():
            Change.objects.filter(pk=change.pk).update(wanted=change.wanted)
    sha = git.revert(ctx.gitea, app, to=target, author=ctx.author, message=message)
    try:
        config, version = git.said(ctx.gitea, app, ref=sha)
    except ValueError as error:
        raise GaveUp(f"At {target[:10]}: {error}.") from error
    ctx.of_app |= {"config": config, "version": version}
    return sha


def run_reconcile(ctx: Context) -> Outcome:
    """The cluster has applied our commit, and Helm has installed what it asks for."""
    app = ctx.app
    if ground.sync(ctx.gitea, [app.organization.slug]):
        ctx.say("The cluster is told to follow it.")
    if waits := [row.service.name for row in wanted.rests_on(app) if not _is_there(row.service)]:
        return Wait(f"{', '.join(waits)} comes first.", LOOK_SECONDS)
    applied = ctx.cluster.one(objects.path("kustomizations", places.FLUX, app.label))
    if applied is None:
        ground.look_at_places(ctx.cluster)
        return Wait("The cluster has not read of it yet.", LOOK_SECONDS)
    revision = objects.sha_of((applied.get("status") or {}).get("lastAppliedRevision", ""))
    verdict = objects.verdict(applied)
    release = ctx.cluster.one(_release(app))
    if revision != app.commit or not verdict.ready:
        if _attempted(applied) != app.commit:
            ground.look(ctx.cluster, app.label, app.label)
        installed = objects.verdict(release)
        if release is not None and installed.stalled and _attempted(applied) == app.commit:
            return Fail(GaveUp(_short(installed.words)))
        said = installed if release is not None and not installed.ready else verdict
        simulated = _simulated(ctx) if release is not None else None
        return simulated or Wait(_short(said.words) or "The cluster is at it.", LOOK_SECONDS)
    return _installed(objects.verdict(release))


def _installed(verdict: Verdict) -> Outcome:
    if verdict.stalled:
        return Fail(GaveUp(_short(verdict.words)))
    if not verdict.ready:
        return Wait(_short(verdict.words) or "Helm is at it.", LOOK_SECONDS)
    return Done()


def _simulated(ctx: Context) -> Fail | None:
    """Installed as far as a laptop's cluster can."""
    listed = ctx.cluster.every(objects.path("pods", names.namespace(ctx.app.organization.slug)))
    words = pods.not_run(pods.of(ctx.app, listed))
    return Fail(OnlySimulated(_short("; ".join(words)))) if words else None


def run_prove(ctx: Context) -> Outcome:
    """It answers where its people ask."""
    if simulated := _simulated(ctx):
        return simulated
    if ctx.app.url:
        try:
            status = proof.answers(ctx.app.url)
        except proof.NoAnswer as problem:
            return Wait(f"{problem.title}. {problem.detail}", LOOK_SECONDS)
        ctx.say(f"{ctx.app.url} answers ({status}).")
    ctx.of_app["proved_at"] = database_now()
    return Done()


def run_withdraw(ctx: Context) -> Outcome:
    """Nothing of it is in the cluster any more, its data included."""
    app = ctx.app
    if ground.sync(ctx.gitea, [app.organization.slug]):
        ctx.say("The cluster is told to remove it.")
    there = [
        kind
        for kind, path in (
            ("kustomizations", objects.path("kustomizations", places.FLUX, app.label)),
            ("gitrepositories", objects.path("gitrepositories", places.FLUX, app.label)),
            ("helmreleases", _release(app)),
        )
        if ctx.cluster.one(path) is not None
    ]
    if not there:
        return Done()
    ground.look_at_places(ctx.cluster)
    return Wait("The cluster removes it.", LOOK_SECONDS)


def run_forget(ctx: Context) -> Outcome:
    """Its repository goes, and those it rested on forget it."""
    git.remove(ctx.gitea, ctx.app)
    ctx.say(f"Repository {git.repository(ctx.app)} is gone.")
    for row in wanted.rests_on(ctx.app):
        if row.service.state not in wanted.GOING:
            _tell_service(ctx, row.service)
    return Done()


def _is_there(service: App) -> bool:
    return service.state in (App.State.READY, App.State.CHANGING)


def _release(app: App) -> str:
    namespace = names.namespace(app.organization.slug)
    return objects.path("helmreleases", namespace, names.release(app.environment.kind, app.name))


def _attempted(applied: objects.Json) -> str:
    return objects.sha_of((applied.get("status") or {}).get("lastAttemptedRevision", ""))


def _short(words: str) -> str:
    return " ".join(words.split())[:400]


STEPS: dict[str, Callable[[Context], Outcome]] = {
    Step.PLACES: run_places,
    Step.REPOSITORY: run_repository,
    Step.COMMIT: run_commit,
    Step.RECONCILE: run_reconcile,
    Step.PROVE: run_prove,
    Step.WITHDRAW: run_withdraw,
    Step.FORGET: run_forget,
}
INSTALL = (Step.PLACES, Step.REPOSITORY, Step.COMMIT, Step.RECONCILE, Step.PROVE)
CHANGE = (Step.COMMIT, Step.RECONCILE, Step.PROVE)
REMOVE = (Step.WITHDRAW, Step.FORGET)
ORDER: dict[str, tuple[Change.Step, ...]] = {
    Kind.INSTALL: INSTALL,
    Kind.CONFIGURE: CHANGE,
    Kind.UPGRADE: CHANGE,
    Kind.ROLL_BACK: CHANGE,
    Kind.REMOVE: REMOVE,
}


def after(kind: str, step: str) -> Change.Step | None:
    """The step that follows; None after the last one."""
    order = ORDER[kind]
    place = order.index(Step(step)) + 1
    return order[place] if place < len(order) else None
