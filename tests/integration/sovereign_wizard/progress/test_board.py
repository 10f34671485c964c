"""The pages beside the progress: what each says, to whom, and what it says when little is known."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from catalyst.eventlog.services import Line, append
from catalyst.identity.models import Role
from sovereign_wizard.cluster.models import Component
from sovereign_wizard.handover import sweep
from sovereign_wizard.handover.items import Inventory, Item
from sovereign_wizard.progress import flow, jobs, linking
from sovereign_wizard.provisioning.machine import transition
from sovereign_wizard.provisioning.models import Deployment, PhaseState, State, StateVersion
from sovereign_wizard.provisioning.runs import open_run
from tests.security.things import deployment_of

pytestmark = pytest.mark.django_db
TABS = ("jobs", "timeline", "flow", "infrastructure", "domain", "handover")
LOOKED = timezone.now() - timedelta(minutes=5)
SEEN = Inventory(
    looked_at=LOOKED,
    items=(
        Item("server", 1, "cp-1", "carries our label", location="hel1",
             monthly_net=Decimal("10.00"), hourly_net=Decimal("0.0160"),
             details={"server_type": "cx43"}),
        Item("primary_ip", 2, "ip-1", "goes with server cp-1", monthly_net=Decimal("0.50"),
             hourly_net=Decimal("0.0008"), details={"ip": "198.18.25.20", "type": "ipv4"}),
        Item("network", 3, "net-1", "carries our label"),
    ),
    also_found=(
        Item("volume", 4, "pvc-1", "attached to server cp-1", monthly_net=Decimal("7.30"),
             details={"size": 100}),
    ),
)  # fmt: skip


@pytest.fixture
def owner(person):
    return person()


@pytest.fixture
def deployment(owner) -> Deployment:
    return deployment_of(owner)


@pytest.fixture
def client(owner, browser):
    return browser(owner)


def url(deployment: Deployment, rest: str = "") -> str:
    return f"/sovereign/deployments/{deployment.pk}/{rest}"


def phase(deployment: Deployment, name: str, state: str, began: int, took: int | None = None):
    """`began`: seconds after the run was opened."""
    run = deployment.runs.order_by("-number").first()
    row = run.phases.get(phase=name)
    row.state, row.started_at = state, run.started_at + timedelta(seconds=began)
    row.finished_at = None if took is None else row.started_at + timedelta(seconds=took)
    row.save()
    return row


def component(deployment: Deployment, name: str, status: str = "installed", needs=(), **more):
    return Component.objects.create(
        deployment=deployment, kind="release", namespace="flux-system", name=f"bp-{name}",
        status=status, depends_on=list(needs), changed_at=timezone.now(),
        began_at=timezone.now(), **more,
    )  # fmt: skip


def fail(deployment: Deployment, name: str) -> None:
    row = phase(deployment, name, PhaseState.FAILED, 20, 3)
    row.problem = {"title": "Tofu stopped", "detail": "The quota is used up."}
    row.save()
    row.run.finished_at = row.finished_at
    row.run.save()
    with transaction.atomic():
        transition(deployment, State.RUNNING)
        transition(deployment, State.FAILED, because="Tofu stopped", problem=row.problem)


@pytest.mark.parametrize("tab", TABS)
def test_given_a_new_deployment_then_every_tab_opens_and_leads_to_the_others(
    tab, deployment, client
) -> None:
    page = client.get(url(deployment, f"{tab}/"))

    assert page.status_code == 200
    text = page.content.decode()
    assert all(url(deployment, f"{other}/") in text for other in TABS)
    assert f'href="{url(deployment, f"{tab}/")}" aria-current="page"' in text


@pytest.mark.parametrize("tab", [*TABS, "jobs.csv", "jobs/preflight-1/"])
def test_given_a_stranger_then_there_is_no_such_sovereign(tab, deployment, person, browser) -> None:
    where = url(deployment, tab if "." in tab or tab.endswith("/") else f"{tab}/")

    assert browser(person("stranger@example.com")).get(where).status_code == 404
    assert browser(person("op@example.com", Role.OPERATOR)).get(where).status_code == 200


@pytest.mark.parametrize("tab", ["jobs", "timeline", "flow", "infrastructure", "domain"])
def test_given_nothing_changed_then_htmx_is_told_to_leave_the_tab_alone(
    tab, deployment, client
) -> None:
    where = url(deployment, f"{tab}/")
    part = client.get(where, headers={"HX-Request": "true"}).content.decode()
    version = part.partition("seen=")[2][:16]

    again = client.get(where, {"seen": version}, headers={"HX-Request": "true"})
    with transaction.atomic():
        transition(deployment, State.RUNNING)
    changed = client.get(where, {"seen": version}, headers={"HX-Request": "true"})

    assert again.status_code == 204
    assert changed.status_code == 200 and "<html" not in changed.content.decode()


def test_given_jobs_then_they_are_found_sorted_and_a_file(deployment, client) -> None:
    phase(deployment, "preflight", PhaseState.DONE, 0, 2)
    fail(deployment, "reserve-name")
    gitea = component(deployment, "gitea", "failed", message="=HYPERLINK(1)")
    gitea.began_at = deployment.runs.get().started_at + timedelta(seconds=10)
    gitea.save()

    page = client.get(url(deployment, "jobs/"), {"state": "failed"}).content.decode()
    file = client.get(url(deployment, "jobs.csv"), {"sort": "began"})
    rows = list(csv.DictReader(io.StringIO(file.getvalue().decode())))

    assert "reserve-name-1" in page and "install-gitea" in page and "job-preflight-1" not in page
    assert "The quota is used up." in page
    begun = [row["name"] for row in rows if row["started"]]
    assert begun == ["preflight-1", "install-gitea", "reserve-name-1"]
    assert len(rows) == deployment.runs.get().phases.count() + 1
    assert rows[0]["seconds"] == "2.0"
    said = next(row["said"] for row in rows if row["name"] == "install-gitea")
    assert said == "'=HYPERLINK(1)"


def test_given_a_question_that_is_none_then_it_says_so_beside_the_field(deployment, client) -> None:
    page = client.get(url(deployment, "jobs/"), {"state": "gone"})

    assert page.status_code == 422
    assert 'id="id_state-error"' in page.content.decode()


def test_given_a_component_then_its_page_has_both_ways_versions_and_its_lines(
    deployment, client
) -> None:
    component(deployment, "cnpg")
    component(deployment, "keycloak", needs=["cnpg"])
    component(
        deployment, "gitea", "degraded", needs=["keycloak"], message="helm upgrade failed",
        chart_version="1.2.3", app_version="26.0", stuck="gitea-0: ImagePullBackOff",
    )  # fmt: skip
    append(
        deployment.subject,
        [Line("gitea says", "warn", "components", "flux", {"component": "gitea"}),
         Line("cnpg says", "info", "components", "flux", {"component": "cnpg"})],
    )  # fmt: skip

    page = client.get(url(deployment, "jobs/install-gitea/")).content.decode()
    below = client.get(url(deployment, "jobs/install-keycloak/")).content.decode()

    assert all(word in page for word in ("1.2.3", "26.0", "ImagePullBackOff", "helm upgrade"))
    assert "gitea says" in page and "cnpg says" not in page
    assert url(deployment, "jobs/install-keycloak/") in page
    assert url(deployment, "jobs/install-cnpg/") in below
    assert url(deployment, "jobs/install-gitea/") in below


@pytest.mark.parametrize("name", ["install-gone", "preflight-2", "x"])
def test_given_no_such_job_then_404(name, deployment, client) -> None:
    assert client.get(url(deployment, f"jobs/{name}/")).status_code == 404


def test_given_phases_then_the_timeline_has_a_bar_and_a_row_for_each(deployment, client) -> None:
    phase(deployment, "preflight", PhaseState.DONE, 0, 30)
    phase(deployment, "reserve-name", PhaseState.RUNNING, 30)

    page = client.get(url(deployment, "timeline/")).content.decode()

    assert page.count('<rect class="bar') == 2
    assert 'class="bar done"' in page and 'class="bar running"' in page
    assert page.count('<td class="num whitespace-nowrap max-sm:hidden">30 s</td>') == 1  # after
    assert page.count('<td class="num whitespace-nowrap">30 s</td>') == 1  # took
    assert "Not begun" in page


def test_given_a_retry_then_the_timeline_shows_the_run_asked_for(deployment, client) -> None:
    phase(deployment, "preflight", PhaseState.DONE, 0, 1)
    fail(deployment, "reserve-name")
    open_run(deployment, started_by="owner", first="reserve-name")
    phase(deployment, "reserve-name", PhaseState.RUNNING, 0)

    newest = client.get(url(deployment, "timeline/")).content.decode()
    first = client.get(url(deployment, "timeline/"), {"run": "provision-1"}).content.decode()

    assert newest.count('<rect class="bar') == 1 and "bar running" in newest
    assert first.count('<rect class="bar') == 2 and "bar failed" in first


def test_given_releases_then_the_flow_hangs_them_between_what_starts_and_awaits_them(
    deployment,
) -> None:
    component(deployment, "cnpg")
    component(deployment, "keycloak", needs=["cnpg"])
    run = deployment.runs.get()
    at = run.phases.get(phase="tls").position
    run.phases.filter(position__gte=at).update(position=at + 10)
    for more, name in enumerate(("flux-bootstrap", "components")):
        run.phases.create(position=at + more, phase=name)

    shown = {job.name: job for job in linking.newest(list(jobs.of(deployment)))}
    needs = linking.joined(shown)
    depth = flow.layers(needs)

    assert needs["install-cnpg"] == ["flux-bootstrap-1"]
    assert needs["components-1"] == ["install-keycloak"]
    assert (
        depth["flux-bootstrap-1"]
        < depth["install-cnpg"]
        < depth["install-keycloak"]
        < depth["components-1"]
        < depth["tls-1"]
    )


def test_given_the_flow_then_every_node_leads_somewhere_and_the_list_says_the_same(
    deployment, client
) -> None:
    phase(deployment, "preflight", PhaseState.DONE, 0, 1)

    page = client.get(url(deployment, "flow/")).content.decode()

    many = deployment.runs.get().phases.count()
    assert page.count('class="node ') == many == page.count('class="flow-row"')
    assert page.count('class="edge ') == many - 1
    assert client.get(url(deployment, "jobs/preflight-1/")).status_code == 200


def test_given_releases_that_need_each_other_then_the_circle_is_named(deployment, client) -> None:
    component(deployment, "a", needs=["b"])
    component(deployment, "b", needs=["a"])

    page = client.get(url(deployment, "flow/")).content.decode()

    assert "in a circle" in page and "install-a → install-b → install-a" in page
    assert '<svg class="graph"' not in page and 'class="flow-row"' in page


def test_given_nobody_looked_then_the_page_says_that_it_does_not_know(deployment, client) -> None:
    page = client.get(url(deployment, "infrastructure/")).content.decode()

    assert "Nobody has looked at Hetzner yet" in page and "Altogether" not in page


def test_given_a_look_then_each_thing_has_its_price_and_there_is_a_sum(deployment, client) -> None:
    sweep.note(deployment=deployment, inventory=SEEN, occasion="test")

    page = client.get(url(deployment, "infrastructure/")).content.decode()

    assert "€17.80" in page  # 10.00 + 0.50 + 7.30 a month
    assert "€0.0268" in page  # 0.0160 + 0.0008 + 7.30 / 730 an hour
    assert "≈" in page and "€0.0100" in page  # a volume has a price a month alone
    assert "cx43" in page and "198.18.25.20" in page and "100 GB" in page
    assert "out of date" not in page


def test_given_the_state_changed_after_the_look_then_it_says_that_it_is_older(
    deployment, client
) -> None:
    sweep.note(deployment=deployment, inventory=SEEN, occasion="test")
    StateVersion.objects.create(deployment=deployment, serial=3, sha256="0" * 64, content=b"x")

    page = client.get(url(deployment, "infrastructure/")).content.decode()

    assert "out of date" in page and "change 3" in page


def test_given_a_name_of_a_pool_then_the_domain_page_says_how_far_it_is(deployment, client) -> None:
    deployment.facts = {
        "tls": {deployment.fqdn: {"issuer": "Pebble", "protocol": "TLSv1.3", "address": "",
                                  "not_after": "Feb 23 10:00:00 2027 GMT"}}
    }  # fmt: skip
    deployment.save()

    page = client.get(url(deployment, "domain/")).content.decode()

    assert f"console.{deployment.fqdn}" in page and "Delegation and DS" in page
    assert "2027-02-23<br>10:00 UTC" in page


def test_given_a_failure_then_the_progress_names_it_and_what_can_be_done(
    deployment, client
) -> None:
    phase(deployment, "preflight", PhaseState.DONE, 0, 1)
    fail(deployment, "reserve-name")

    page = client.get(url(deployment)).content.decode()

    assert 'class="failed"' in page and "The quota is used up." in page
    for name in ("retry", "destroy", "infrastructure"):
        assert url(deployment, f"{name}/") in page
    assert 'value="13"' in page or 'value="12"' in page or "<progress" in page


def test_given_an_unknown_deployment_then_404(client) -> None:
    assert client.get(f"/sovereign/deployments/{uuid.uuid4()}/jobs/").status_code == 404
