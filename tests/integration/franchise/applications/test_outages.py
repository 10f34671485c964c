"""Many at once, and servers that are away: all comes to be, and once only."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from django.conf import settings

from franchise.applications import services as apps
from franchise.applications import worker
from franchise.applications.models import Change
from franchise.organizations import services as organizations
from franchise.organizations.members.models import Membership
from franchise.organizations.states import State
from tests.integration.franchise.applications.conftest import work_until
from tests.integration.franchise.applications.stage import Stage
from tests.integration.franchise.applications.test_organizations import listed
from tests.integration.franchise.applications.wishes import install, state
from tests.integration.franchise.applications.workers import BRING, on_stage
from tests.integration.internet.running import free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("apps")]


def test_proof_16_given_twenty_organizations_at_once_when_placed_then_exactly_they_are_listed(
    here: Stage, owner: Membership
) -> None:
    slugs = [f"race-{number}" for number in range(20)]
    for slug in slugs:
        organizations.create(name=slug, owner_email=f"x@{slug}.example", slug=slug)
    with ExitStack() as ends:
        racing = [ends.enter_context(on_stage(here, BRING, slugs[n::4])) for n in range(4)]
        for each in racing:
            assert each.line() == "ready"
        for each in racing:
            each.tell("go")
        for each in racing:
            assert each.line(240) == "done"
    living = organizations.Organization.objects.exclude(state=State.DELETED)
    mine = {f"organizations/{slug}" for slug in living.values_list("slug", flat=True)}
    assert {each for each in listed(here) if each.startswith("organizations/race-")} == {
        each for each in mine if each.startswith("organizations/race-")
    }
    assert len(set(listed(here))) == len(listed(here)) and sorted(listed(here)) == listed(here)


@pytest.mark.parametrize("server", ["gitea_url", "kubernetes_url"])
def test_proof_20_given_a_server_away_midway_when_it_is_back_then_ready_by_itself(
    here: Stage, owner: Membership, monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    there, app = settings.CATALYST, install(owner)
    scheme = "http" if server == "gitea_url" else "https"
    away = there.model_copy(update={server: f"{scheme}://127.0.0.1:{free_port()}"})
    monkeypatch.setattr(settings, "CATALYST", away)
    worker.follow(app_id=app.pk)
    change = app.changes.get()
    assert change.state == Change.State.RUNNING and change.attempts == 1
    assert "does not answer at the moment" in change.words
    assert apps.progress(app).problem is None and state(app) == "installing"

    monkeypatch.setattr(settings, "CATALYST", there)
    work_until(lambda: state(app) == "ready")
