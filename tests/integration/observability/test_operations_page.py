"""The operators' page: for operators alone, what is stuck first, then every figure."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalyst.identity.models import Role, User
from sovereign_wizard.provisioning.models import State
from tests.integration.observability.conftest import Make

URL = "/sovereign/operations/"


@pytest.fixture
def page(operator: User) -> Client:
    client = Client()
    client.force_login(operator)
    return client


@pytest.mark.django_db
def test_given_somebody_else_when_opened_then_403_and_no_entry_in_the_navigation() -> None:
    email = "member@example.com"
    client = Client()
    client.force_login(User.objects.create(subject=email, email=email, roles=[Role.MEMBER]))

    assert client.get(URL).status_code == 403
    assert URL not in client.get("/sovereign/").content.decode()


def test_given_an_operator_when_opened_then_in_the_navigation_and_every_family_is_there(
    page: Client, everything: None
) -> None:
    text = page.get(URL).content.decode()

    told = Client().get("/metrics").content.decode()
    families = {line.split()[2] for line in told.splitlines() if line.startswith("# TYPE")}
    assert f'href="{URL}"' in text
    for name in families:
        assert name.removesuffix("_total") in text


def test_given_things_that_do_not_move_when_opened_then_they_come_first_and_lead_there(
    page: Client, everything: None, make_deployment: Make
) -> None:
    longest = make_deployment("longest", state=State.WAITING, minutes=600)

    text = page.get(URL).content.decode()

    assert text.index("Stuck or waiting longest") < text.index("catalyst_deployments")
    assert text.index("catalyst_deployments") < text.index("catalyst_queue_depth")
    assert f'href="/sovereign/deployments/{longest.pk}/"' in text
    assert "deployment:x" in text
    assert "dns.sync allocation:1" in text
    assert "Tried 3 times" in text
    assert text.index("longest.omani.works") < text.index("waiting.omani.works")


def test_given_one_that_waits_for_its_domain_when_opened_then_it_is_not_stuck(
    page: Client, make_deployment: Make
) -> None:
    make_deployment("days", state=State.WAITING, phase="zone-prepare", minutes=5000)

    assert "Stuck or waiting longest" not in page.get(URL).content.decode()


def test_given_nothing_stuck_when_opened_then_it_says_so(page: Client) -> None:
    assert "Stuck or waiting longest" not in page.get(URL).content.decode()


def test_given_htmx_when_it_comes_again_then_the_figures_alone_without_a_query_a_row(
    page: Client, everything: None, make_deployment: Make
) -> None:
    def again() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as asked:
            answer = page.get(URL, headers={"HX-Request": "true"})
        return answer.content.decode(), len(asked)

    _, queries = again()
    for number in range(20):
        make_deployment(f"many-{number}", state=State.WAITING)

    text, with_many = again()
    assert with_many <= queries
    assert text.lstrip().startswith('<div id="figures"')
    assert "<html" not in text
