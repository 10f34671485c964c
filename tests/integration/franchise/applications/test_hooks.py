"""A customer pushes, Gitea tells us, the cluster follows."""

from __future__ import annotations

import pytest
import yaml

from franchise.applications import git
from franchise.applications import services as apps
from franchise.gitea import commits
from franchise.organizations.members.models import Membership
from tests.integration.franchise.applications.conftest import all_kept, work_until
from tests.integration.franchise.applications.pushes import promised, tell, told
from tests.integration.franchise.applications.stage import Stage
from tests.integration.franchise.applications.wishes import install, state

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("apps")]


def test_given_a_push_of_their_own_when_told_then_it_runs_and_the_row_says_so(
    here: Stage, owner: Membership
) -> None:
    app = install(owner)
    work_until(lambda: state(app) == "ready")
    name = git.repository(app)
    (hook,) = here.gitea.ask("GET", f"/orgs/{owner.organization.slug}/hooks")
    assert hook["config"]["url"].endswith("/hooks/gitea") and hook["active"]

    values = yaml.safe_load(commits.read(here.gitea, name, "values.yaml", ref="main") or "")
    values["config"] = {**values["config"], "user": "mona"}
    sha = commits.write(
        here.gitea,
        name,
        branch="main",
        message="By hand",
        author=commits.Author("Mona Said", "mona@acme.example"),
        files={"values.yaml": yaml.safe_dump(values)},
    )
    for _ in range(3):  # a telling that is sent again changes nothing
        assert tell(told(name)).status_code == 202
    assert promised() == 3
    work_until(all_kept)
    assert state(app) == "ready" and app.commit == sha
    assert app.config["user"] == "mona"
    followed = "kustomization.kustomize"

    def applied() -> bool:
        there = here.object(followed, app.label, "catalyst-apps")
        return bool(there["status"]["lastAppliedRevision"].endswith(str(sha)))

    work_until(applied)
    assert apps.history(by=owner, label=app.label)[0].author.email == "mona@acme.example"
