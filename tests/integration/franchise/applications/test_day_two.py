"""What members do with an App that runs, and what rests on what."""

from __future__ import annotations

import pytest
import yaml

from catalyst.problem import Invalid, NotFound
from franchise.applications import services as apps
from franchise.applications import watching
from franchise.applications.services import App, Backing, Change
from franchise.gitea import commits
from franchise.organizations.members.models import Membership
from franchise.organizations.quotas import services as quotas
from franchise.organizations.quotas.limits import Limits
from tests.integration.franchise.applications.conftest import work_until
from tests.integration.franchise.applications.stage import Stage
from tests.integration.franchise.applications.wishes import install, state

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("apps")]


def values(here: Stage, app: App) -> dict[str, object]:
    name = f"{app.organization.slug}/{app.name}"
    found: dict[str, object] = yaml.safe_load(
        commits.read(here.gitea, name, "values.yaml", ref="main") or ""
    )
    return found


def test_given_an_app_when_configured_and_rolled_back_then_git_tells_who_did_what(
    here: Stage, owner: Membership
) -> None:
    app = install(owner, config={"user": "fatma"})
    work_until(lambda: state(app) == "ready")
    with pytest.raises(apps.NothingBefore):
        apps.roll_back(by=owner, label=app.label)

    apps.configure(by=owner, label=app.label, config={"user": "salim"})
    with pytest.raises(apps.Busy):
        apps.configure(by=owner, label=app.label, config={"user": "other"})
    work_until(lambda: state(app) == "ready")
    assert values(here, app)["config"] == {"user": "salim"}
    assert '"user":"salim"' in here.cluster.kubectl(
        "-n", f"org-{owner.organization.slug}", "get", "deployment", "prod-radicale", "-o",
        "jsonpath={.spec.template.spec.containers[0].env[0].value}",
    )  # fmt: skip

    apps.roll_back(by=owner, label=app.label)
    work_until(lambda: state(app) == "ready")
    assert app.config["user"] == "fatma" and values(here, app)["config"] == {"user": "fatma"}
    told = [each.message for each in apps.history(by=owner, label=app.label)]
    assert told == [
        "Roll radicale back",
        "Configure radicale",
        f"Install radicale (radicale {app.version})",
    ]
    assert {each.author.email for each in apps.history(by=owner, label=app.label)} == {owner.email}

    watching.look()
    app.refresh_from_db()
    seen = apps.seen(app)
    assert seen.ready and seen.version == app.version
    (pod,) = [each for each in seen.pods if each.phase == "Running"]
    assert pod.name.startswith("prod-radicale-")
    assert apps.logs(by=owner, label=app.label) is not None


def test_given_two_that_rest_on_one_when_they_go_then_the_service_goes_with_the_last(
    here: Stage, owner: Membership
) -> None:
    news = install(owner, "miniflux", name="news")
    blog = install(owner, "miniflux", name="blog")
    (service,) = App.objects.filter(organization=owner.organization, blueprint="postgres")
    assert {row.service_id for row in Backing.objects.all()} == {service.pk}
    work_until(lambda: {state(news), state(blog), state(service)} == {"ready"})
    service.refresh_from_db()
    assert service.url == "" and values(here, service)["databases"] == [
        {"name": "blog", "ensure": "present"},
        {"name": "news", "ensure": "present"},
    ]
    assert values(here, news)["backing"]["postgres"]["host"] == "prod-postgres-rw"  # type: ignore[index]
    assert [each.name for each in apps.dependants(by=owner, label=service.label)] == [
        "blog",
        "news",
    ]
    with pytest.raises(apps.StillNeeded):
        apps.remove(by=owner, label=service.label, confirm_name="postgres")

    apps.remove(by=owner, label=blog.label, confirm_name="blog")
    work_until(lambda: state(blog) == "removed")
    assert state(service) == "ready" and values(here, service)["databases"] == [
        {"name": "blog", "ensure": "absent"},
        {"name": "news", "ensure": "present"},
    ]
    apps.remove(by=owner, label=news.label, confirm_name="news")
    work_until(lambda: {state(news), state(service)} == {"removed"})
    assert not Backing.objects.exists()


def test_given_a_copy_of_its_own_when_asked_for_then_nobody_shares_it(
    here: Stage, owner: Membership
) -> None:
    first = install(owner, "miniflux", name="news", dedicated=("postgres",))
    second = install(owner, "miniflux", name="blog")
    services = App.objects.filter(organization=owner.organization, blueprint="postgres")
    assert sorted(services.values_list("name", flat=True)) == ["news-postgres", "postgres"]
    assert first.rests_on.get().dedicated and not second.rests_on.get().dedicated


def test_given_wishes_that_cannot_be_when_asked_then_refused_and_nothing_is_there(
    here: Stage, owner: Membership
) -> None:
    with pytest.raises(apps.NotInstallable):
        install(owner, "wordpress")
    with pytest.raises(apps.NotInstallable):
        install(owner, "postgres")
    with pytest.raises(Invalid):
        install(owner, config={"user": 7})
    with pytest.raises(Invalid):
        install(owner, name="Not A Name!")
    with pytest.raises(Invalid):
        install(owner, name="shared-blueprints")
    assert not App.objects.exists()

    install(owner, name="calendar")
    with pytest.raises(apps.NameTaken):
        install(owner, name="calendar")
    assert install(owner).name == "radicale" and install(owner).name == "radicale-2"
    assert not Change.objects.filter(app__name="wordpress").exists()


def test_given_a_plan_without_room_when_one_more_is_wanted_then_refused(
    here: Stage, owner: Membership
) -> None:
    quotas.set_plan(
        organization_id=owner.organization_id, plan="s", limits=Limits(1, 256, 25), actor="tests"
    )
    with pytest.raises(apps.NoRoom):
        install(owner, "gitea")
    quotas.set_plan(organization_id=owner.organization_id, plan="", limits=None, actor="tests")
    with pytest.raises(apps.NoRoom):
        install(owner)
    assert not App.objects.exists()


def test_given_a_wrong_name_when_removed_then_refused(here: Stage, owner: Membership) -> None:
    app = install(owner)
    with pytest.raises(apps.WrongName):
        apps.remove(by=owner, label=app.label, confirm_name="Radicale!")
    with pytest.raises(NotFound):
        apps.remove(by=owner, label="no-prod-such", confirm_name="x")
