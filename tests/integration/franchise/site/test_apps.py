"""Pages of Apps: what members see of one, what each role may do, and what refuses is said."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalyst.identity.models import User
from franchise.applications.models import App, Backing, Change
from franchise.organizations.models import Membership, Organization
from tests.integration.franchise.looking import looked_at

pytestmark = pytest.mark.django_db
HOME = "/organizations/acme/apps/"


@pytest.fixture
def there(acme: Organization):  # type: ignore[no-untyped-def]
    """An App of Acme, ready unless said otherwise."""

    def make(name: str = "gitea", **changes: Any) -> App:
        label = f"acme-prod-{name}"
        values: dict[str, Any] = {
            "organization": acme, "environment": acme.environments.get(), "name": name,
            "blueprint": "gitea", "version": "1.0.0", "label": label, "state": "ready",
            "url": f"https://{label}.omantel.example", "proved_at": timezone.now(),
        }  # fmt: skip
        return App.objects.create(**{**values, **changes})

    return make


def change(app: App, **changes: Any) -> Change:
    values = {"kind": "install", "state": "running", "step": "reconcile", "actor": "a@example.com"}
    return Change.objects.create(app=app, **{**values, **changes})


def as_role(acme: Organization, role: str) -> Client:
    user = User.objects.create(subject=f"{role}@acme.example", email=f"{role}@acme.example")
    Membership.objects.create(organization=acme, email=user.email, user=user, role=role)
    client = Client()
    client.force_login(user)
    return client


def test_given_no_app_when_opened_then_it_says_what_there_is(customer: Client) -> None:
    page = customer.get(HOME)
    assert page.status_code == 200
    assert "no cluster for Apps" in page.text
    assert 'href="/organizations/acme/apps/" aria-current="page"' in page.text


def test_given_an_app_when_opened_then_address_state_and_what_the_cluster_said(
    customer: Client, there
) -> None:
    there(seen={
        "ready": True, "version": "1.22.6", "simulated": ["storage class local-path"],
        "pods": [{"name": "prod-gitea-0", "phase": "Running", "restarts": 3, "words": "<b>"}],
    })  # fmt: skip
    assert "https://acme-prod-gitea.omantel.example" in customer.get(HOME).text
    page = customer.get(f"{HOME}acme-prod-gitea/").text
    for words in ("prod-gitea-0", "Running", "1.22.6", "storage class local-path", "&lt;b&gt;",
                  'href="https://acme-prod-gitea.omantel.example"'):  # fmt: skip
        assert words in page
    assert "hx-get" not in page and "http-equiv" not in page  # nothing is under way


def test_given_an_installation_when_opened_then_steps_an_estimate_and_the_page_looks_again(
    customer: Client, there
) -> None:
    app = there(state="installing", proved_at=None)
    change(app, words="Waiting for Flux.")
    page = customer.get(f"{HOME}{app.label}/").text
    assert "Waiting for Flux." in page and "left" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert f'data-log="app:{app.pk}"' in page
    assert f'href="{app.url}"' not in page  # it did not answer yet
    seen = looked_at(customer, f"{HOME}{app.label}/", page)
    Change.objects.update(words="Nearly.")
    part = customer.get(f"{HOME}{app.label}/?seen={seen}", headers={"HX-Request": "true"})
    assert "Nearly." in part.text and "<html" not in part.text


def test_given_a_failure_when_opened_then_its_words_and_a_way_on(customer: Client, there) -> None:
    app = there(state="failed", proved_at=None)
    told = {"title": "The cluster could not make this true", "detail": "No image."}
    change(app, state="failed", ended_at=timezone.now(), problem=told)
    page = customer.get(f"{HOME}{app.label}/").text
    assert "The cluster could not make this true No image." in page
    assert f"{HOME}{app.label}/retry" in page
    Change.objects.update(retryable=False)
    page = customer.get(f"{HOME}{app.label}/").text
    assert f"{HOME}{app.label}/retry" not in page
    refused = customer.post(f"{HOME}{app.label}/retry")
    assert refused.status_code == 409
    assert "Nothing of this App has stopped" in refused.text


@pytest.mark.parametrize("act", ["configure/", "upgrade", "roll-back", "retry", "remove/"])
def test_given_a_viewer_when_acting_then_refused_and_nothing_offered(
    acme: Organization, there, act: str
) -> None:
    app = there()
    viewer = as_role(acme, "viewer")
    page = viewer.get(f"{HOME}{app.label}/").text
    assert f'action="{HOME}{app.label}' not in page and "Remove this App" not in page
    assert viewer.post(f"{HOME}{app.label}/{act}", {"confirm_name": "gitea"}).status_code == 403
    assert not Change.objects.exists()


def test_given_a_developer_when_removing_then_it_takes_an_admin(acme: Organization, there) -> None:
    app = there()
    developer = as_role(acme, "developer")
    assert developer.get(f"{HOME}{app.label}/remove/").status_code == 403


def test_given_a_typed_name_when_removing_then_only_the_right_one_does(
    customer: Client, there
) -> None:
    app = there()
    page = customer.get(f"{HOME}{app.label}/remove/").text
    assert "All its data is deleted" in page
    wrong = customer.post(f"{HOME}{app.label}/remove/", {"confirm_name": "gitae"})
    assert wrong.status_code == 422 and "Type its name exactly" in wrong.text
    assert not Change.objects.exists()
    done = customer.post(f"{HOME}{app.label}/remove/", {"confirm_name": "gitea"})
    assert done["Location"] == f"{HOME}{app.label}/"
    assert Change.objects.get().kind == "remove"


def test_given_dependants_when_removing_a_service_then_they_are_named_and_it_stays(
    customer: Client, there
) -> None:
    service = there("postgres", url="")
    app = there()
    Backing.objects.create(app=app, service=service, alias="postgres")
    page = customer.get(f"{HOME}{service.label}/remove/").text
    assert "Remove them first" in page and f"{HOME}{app.label}/" in page
    refused = customer.post(f"{HOME}{service.label}/remove/", {"confirm_name": "postgres"})
    assert refused.status_code == 409
    assert not Change.objects.exists()


def test_given_somebody_elses_app_when_asked_for_then_404(customer: Client, there, log_in) -> None:
    app = there()
    stranger = log_in("member")
    for place in ("", "configure/", "logs/", "history/", "remove/"):
        assert stranger.get(f"{HOME}{app.label}/{place}").status_code == 404
        assert customer.get(f"{HOME}acme-prod-none/{place}").status_code == 404


@pytest.mark.parametrize("place", ["logs/", "history/"])
def test_given_cluster_and_git_away_when_asked_then_said_and_the_page_stays(
    customer: Client, there, place: str
) -> None:
    app = there()
    page = customer.get(f"{HOME}{app.label}/{place}")
    assert page.status_code >= 500
    assert "The App itself is not affected by that." in page.text


def test_given_a_change_under_way_when_another_is_asked_for_then_409_in_words(
    customer: Client, there
) -> None:
    app = there(state="changing")
    change(app, kind="configure")
    refused = customer.post(f"{HOME}{app.label}/upgrade", {"version": "2.0.0"})
    assert refused.status_code == 409
    assert "Something is being done to this App already" in refused.text
