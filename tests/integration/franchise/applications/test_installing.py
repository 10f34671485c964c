"""From a wish to an App that answers, and away again."""

from __future__ import annotations

import json

import pytest
import yaml

from catalyst.eventlog.services import read
from franchise.applications import services as apps
from franchise.applications import watching
from franchise.applications.services import Change
from franchise.gitea import commits
from franchise.organizations.members.models import Membership
from tests.integration.franchise.applications.conftest import all_kept, work_until
from tests.integration.franchise.applications.stage import Stage
from tests.integration.franchise.applications.wishes import install, state

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("apps")]


def test_given_a_wish_when_followed_then_it_is_in_git_in_the_cluster_and_answers(
    here: Stage, owner: Membership
) -> None:
    app = install(owner)
    assert apps.progress(app).state == "credit_granted"
    work_until(lambda: state(app) == "ready")

    slug = owner.organization.slug
    assert app.url == f"https://{slug}-prod-radicale.omantel.example" and app.proved_at
    (first,) = commits.history(here.gitea, f"{slug}/radicale", branch="main")
    assert first.sha == app.commit and first.author.email == owner.email
    followed = here.object("kustomization.kustomize", app.label, "catalyst-apps")
    assert followed["status"]["lastAppliedRevision"].endswith(app.commit)
    release = here.object("helmrelease", "prod-radicale", f"org-{slug}")
    assert release["spec"]["serviceAccountName"] == "apps"
    quota = here.object("resourcequota", "plan", f"org-{slug}")
    assert quota["spec"]["hard"]["limits.memory"] == "9Gi"
    said = [each["text"] for each in read(apps.stream(app)).entries]
    assert said[-1] == "radicale is ready." and any("answers (200)" in each for each in said)
    assert apps.progress(app).state == "ready"

    change = apps.remove(by=owner, label=app.label, confirm_name="radicale")
    work_until(lambda: state(app) == "removed")
    change.refresh_from_db()
    assert change.state == Change.State.DONE
    assert here.object("helmrelease", "prod-radicale", f"org-{slug}") == {}
    assert here.object("deployment", "prod-radicale", f"org-{slug}") == {}
    assert commits.tree(here.gitea, f"{slug}/radicale", ref="main") == {}
    listed = commits.read(here.gitea, "system/catalyst-config", "kustomization.yaml", ref="main")
    assert f"organizations/{slug}" in yaml.safe_load(listed or "")["resources"]
    assert json.dumps(app.seen) == "{}"


def test_given_an_image_that_no_program_here_stands_for_when_installed_then_said_and_never_ready(
    here: Stage, owner: Membership
) -> None:
    """Issue 12, point 4: as far as the cluster can. Its chart is there, Helm calls it installed."""
    app = install(owner, "vaultwarden")
    work_until(lambda: state(app) == "failed")
    told = apps.progress(app)
    assert told.problem is not None and told.problem["type"] == "app-only-simulated"
    assert "no process was started" in told.problem["detail"]
    assert here.object("helmrelease", "prod-vaultwarden", f"org-{owner.organization.slug}")
    assert not app.proved_at

    def is_well() -> bool:
        """To Helm."""
        watching.look()
        app.refresh_from_db()
        return apps.seen(app).ready

    work_until(is_well)
    work_until(all_kept)
    assert state(app) == "failed" and "no process was started" in apps.seen(app).simulated[0]
