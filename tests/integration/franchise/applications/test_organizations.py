"""What becomes of Git and the cluster when an Organization is made, suspended, deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest
import yaml
from django.conf import settings

from catalyst.work.models import OutboxItem
from franchise.applications import services as apps
from franchise.applications.services import App
from franchise.gitea import commits
from franchise.mails.models import Mail
from franchise.organizations import services as organizations
from franchise.organizations.ending import deletion
from franchise.organizations.members.models import Membership
from franchise.organizations.states import Cause
from tests.integration.franchise.applications.conftest import TOPICS, all_kept, work_to, work_until
from tests.integration.franchise.applications.stage import Stage
from tests.integration.franchise.applications.wishes import install, state

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("apps")]
ORDER = ("places", "repository", "commit", "reconcile", "prove")


def listed(here: Stage) -> list[str]:
    text = commits.read(here.gitea, "system/catalyst-config", "kustomization.yaml", ref="main")
    return [each for each in yaml.safe_load(text or "")["resources"] if each != "flux.yaml"]


def delete(owner: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    now = settings.CATALYST.model_copy(update={"organization_grace": timedelta(0)})
    monkeypatch.setattr(settings, "CATALYST", now)
    deletion.schedule(
        organization_id=owner.organization_id,
        typed=owner.organization.slug,
        actor="tests",
        by=owner,
    )
    assert deletion.finish_due() == 1


def is_gone(here: Stage, slug: str) -> bool:
    return (
        f"organizations/{slug}" not in listed(here)
        and here.gitea.look(f"/orgs/{slug}") is None
        and f"org-{slug}" not in here.namespaces()
        and not commits.tree(here.gitea, "system/catalyst-config", ref="main").keys()
        & {f"organizations/{slug}/namespace.yaml"}
    )


def test_given_a_new_organization_when_followed_then_its_place_is_there(
    here: Stage, owner: Membership
) -> None:
    slug = owner.organization.slug
    work_until(all_kept)
    assert f"organizations/{slug}" in listed(here)
    assert here.gitea.look(f"/repos/{slug}/shared-blueprints")["private"]
    teams = {each["name"] for each in here.gitea.ask("GET", f"/orgs/{slug}/teams")}
    assert {"admins", "developers", "viewers", "flux"} <= teams


def test_given_a_suspension_when_followed_then_nothing_runs_until_it_is_lifted(
    here: Stage, owner: Membership
) -> None:
    app, space = install(owner), f"org-{owner.organization.slug}"
    work_until(lambda: state(app) == "ready")

    def now() -> tuple[str, int]:
        """Pods that may be there, and that are."""
        quota = here.object("resourcequota", "plan", space)
        listed = here.cluster.kubectl("-n", space, "get", "pods", "-o", "name").split()
        return str(quota["spec"]["hard"]["pods"]), len(listed)

    assert now() == ("80", 1)
    organizations.suspend(
        organization_id=owner.organization_id, because=Cause.STAFF, actor="tests", words="tests"
    )
    work_until(lambda: now() == ("0", 0))
    organizations.resume(organization_id=owner.organization_id, because=Cause.STAFF, actor="tests")
    work_until(lambda: now() == ("80", 1))


@pytest.mark.parametrize("step", [*ORDER, "ready"])
def test_proof_18_given_a_deletion_at_each_step_when_followed_then_nothing_is_left(
    here: Stage, owner: Membership, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    slug = owner.organization.slug
    here.front.everything = 503  # what is to be proved waits
    app = install(owner)
    if step == "ready":
        here.front.everything = 200
        work_until(lambda: state(app) == "ready")
    else:
        work_to(app, step)
    delete(owner, monkeypatch)
    work_until(lambda: state(app) == "removed" and all_kept())
    work_until(lambda: is_gone(here, slug))
    assert not App.objects.exclude(state="removed").exists()
    assert here.object("kustomization.kustomize", app.label, "catalyst-apps") == {}
    assert not Mail.objects.filter(kind="app-failed").exists()


def test_proof_18_given_a_promise_kept_twice_when_all_is_gone_then_it_stays_gone(
    here: Stage, owner: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = owner.organization.slug
    app = install(owner)
    work_until(lambda: state(app) == "ready")
    delete(owner, monkeypatch)
    work_until(lambda: is_gone(here, slug))
    OutboxItem.objects.filter(topic__in=TOPICS).update(done_at=None)
    work_until(all_kept)
    assert is_gone(here, slug)
    assert apps.progress(app).state == "removed"
