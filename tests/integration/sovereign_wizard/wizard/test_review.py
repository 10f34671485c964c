"""The review: it shows what is sent, says whether it can be made, and makes one of it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from dns.byo.values import Record
from sovereign_wizard.catalog.services import catalogue_for
from sovereign_wizard.preflight.services import CHECKS
from sovereign_wizard.provisioning.models import Deployment, DomainMode
from sovereign_wizard.provisioning.profile import Profile
from sovereign_wizard.provisioning.services import DeploymentRequest, create
from sovereign_wizard.wizard import (
    components_choice,
    credentials,
    domain_form,
    organisation,
    provider,
    sent,
    ssh_key,
    topology,
    wishes,
)
from tests.integration.sovereign_wizard.preflight.cloud_project import CloudProject

FORMS = (
    organisation.OrganisationForm,
    topology.TopologyForm,
    credentials.CredentialsForm,
    provider.ProviderForm,
    domain_form.DomainForm,
)
# Field of a draft → another answer that has to make another wish. One that is not here fails the
# test below: whoever adds a field says what it changes.
OTHERWISE: dict[str, Any] = {
    "organization_name": "Another",
    "owner_email": "another@example.com",
    "headquarters": "Salalah",
    "industry": "retail",
    "headcount": "under-100",
    "compliance": ["dora"],
    "topology": "ha",
    "hetzner_project_id": "4712",
    "region": "fsn1",
    "control_plane_size": "cx53",
    "small_control_plane": True,
    "worker_count": 3,
    "worker_size": "cx43",
    "delete_protection": True,
    "components": ["spire"],
    "apps": ["ghost"],
    "subdomain": "other-name",
    "pool_domain": "other.example",
    "approve_plan": True,
    "domain_mode": "byo-manual",
    "own_domain": "cloud.acme.example",
    "more_records": "shop A 192.0.2.1",
    "acknowledgement": "cloud.acme.example",
}
# Of a domain of one's own: only then do they count.
OWN = {"own_domain", "more_records", "acknowledgement"}
# Tested where they are at home: secrets, what is found out, what only a registrar has.
ELSEWHERE = {"hetzner_token", "ssh_public_key", "registrar", "bring_records"}


@pytest.fixture
def ready(walk, name):  # type: ignore[no-untyped-def]
    """A wizard with every question answered."""
    walk.credentials()
    walk.provider()
    assert walk.domain(name).url == walk.url("review")
    return walk


def page(answer) -> str:  # type: ignore[no-untyped-def]
    return str(answer.content.decode())


@pytest.mark.django_db
def test_w25_given_every_field_of_the_draft_when_answered_otherwise_then_another_wish(
    ready,
) -> None:
    asked = {field for form in FORMS for field in form.base_fields} | {"approve_plan"}
    asked |= {components_choice.COMPONENTS, components_choice.APPS}
    assert asked == set(OTHERWISE) | ELSEWHERE

    for field, worth in OTHERWISE.items():
        draft = ready.draft()
        if field in OWN:
            draft.values |= {"domain_mode": "byo-manual", "own_domain": "shop.acme.example"}
        before = wishes.wish(draft)
        draft.values |= {field: worth}
        if field == "domain_mode":
            draft.values |= {"own_domain": "cloud.acme.example"}

        assert wishes.wish(draft) != before, f"{field} is asked for and not sent"


def another(wish: DeploymentRequest, field: str) -> DeploymentRequest:
    """The same wish but for one field."""
    worth = getattr(wish, field)
    other: Any = {
        "profile": Profile(headquarters="Salalah", industry="retail"),
        "hetzner_token": Secret("z" * 64),
        "ssh_public_key": ssh_key.make("another")[0].line,
        "components": ("spire",),
        "apps": ("ghost",),
        "records": (Record("shop.acme.example", "A", ("192.0.2.1",), 300),),
        "registrar_credentials": object(),
        "registrar": "cloudflare",
    }.get(field)
    if other is None:
        other = (
            not worth
            if isinstance(worth, bool)
            else (worth + 1 if isinstance(worth, int) else f"x{worth}")
        )
    return replace(wish, **{field: other})


# What review shows in another way: a secret by its length, the approval by a part of the page that
# has tests of its own.
SHOWN_ELSEWHERE = {"hetzner_token", "approve_plan", "domain_mode"}


@pytest.mark.django_db
def test_w25_given_every_field_that_is_sent_when_another_then_review_shows_another(ready) -> None:
    draft = ready.draft()
    catalogue = catalogue_for(token_reference=draft.token_reference)
    pool = wishes.wish(draft)
    own = replace(pool, domain_mode=DomainMode.BY_HAND, own_domain="acme.example")
    of_own = {"own_domain", "registrar", "registrar_credentials", "acknowledgement", "records"}

    def shown(wish: DeploymentRequest) -> Any:
        return sent.sections(wish, draft=draft, catalogue=catalogue)

    for field in {field.name for field in fields(DeploymentRequest)} - SHOWN_ELSEWHERE:
        wish = own if field in of_own else pool
        assert shown(another(wish, field)) != shown(wish), f"{field} is sent and not shown"
    for field in (field.name for field in fields(Profile)):
        other = {"industry": "retail", "headcount": "under-100", "compliance": ("dora",)}
        profile = replace(pool.profile, **{field: other.get(field, "Salalah")})
        assert shown(replace(pool, profile=profile)) != shown(pool)
    assert shown(own) != shown(pool)


@pytest.mark.django_db
def test_w25_given_a_wish_when_accepted_then_the_deployment_has_every_field(ready) -> None:
    draft = ready.draft()
    wish = replace(
        wishes.wish(draft),
        profile=Profile(
            headquarters="Muscat", industry="retail", headcount="100-500", compliance=("gdpr",)
        ),
        ha_enabled=True,
        approve_plan=True,
        delete_protection=True,
        small_control_plane=True,
        components=("spire",),
        apps=("ghost",),
    )

    made = create(owner=draft.owner, wish=wish, idempotency_key="one")

    made = Deployment.objects.get(pk=made.pk)
    elsewhere = {
        "profile": (made.profile, wish.profile.as_json()),
        "components": (made.chosen_components, ["spire"]),
        "apps": (made.chosen_apps, ["ghost"]),
        "hetzner_token": (
            vault.get(made.secrets["hetzner-token"]).reveal(),
            wish.hetzner_token.reveal(),
        ),
    }
    # Of a domain of one's own: test_own_domain.py, here and in provisioning.
    elsewhere |= dict.fromkeys(
        ("own_domain", "registrar", "registrar_credentials", "acknowledgement", "records"), (0, 0)
    )
    for field in (field.name for field in fields(DeploymentRequest)):
        has, wanted = elsewhere.get(field) or (getattr(made, field), getattr(wish, field))
        assert has == wanted, field


@pytest.mark.django_db
def test_given_the_review_then_each_check_is_asked_for_and_comes_with_its_evidence(ready) -> None:
    shown = page(ready.client.get(ready.url("review")))
    asked = re.findall(r'hx-get="(/sovereign/new/[^"]+/preflight/[^"]+)"', shown)
    assert [url.split("/")[-2] for url in asked] == [check.id for check in CHECKS]
    assert shown.count("Looking…") == len(CHECKS)

    for url in asked:
        answer = ready.client.get(url, headers={"HX-Request": "true"})
        row = page(answer)
        assert "<html" not in row and "hx-get" not in row and "Failed" not in row, row
        assert re.search(r"\d+ ms", row) and "RateLimit-Remaining" in answer

    at_once = page(ready.client.get(ready.url("review") + "?checks=now"))
    assert "Looking…" not in at_once and "Hetzner accepts it for reading" in at_once
    assert at_once.count(" ms</span>") == len(CHECKS)


@pytest.mark.django_db
def test_given_an_unknown_check_or_an_unanswered_draft_then_there_is_none(walk) -> None:
    walk.begin()
    early = walk.client.get(walk.url("preflight/clock"))
    assert early.url == walk.url("topology")

    walk.topology()
    walk.credentials()
    walk.provider()
    walk.domain("any-name-is-fine")
    assert walk.client.get(walk.url("preflight/weather")).status_code == 404


@pytest.mark.django_db
def test_given_a_size_sold_out_meanwhile_then_nothing_is_made_all_is_kept_and_a_link_leads_there(
    walk, name
) -> None:
    project = CloudProject.new()
    walk.credentials(hetzner_token=project.token.reveal())
    walk.provider(worker_count="0", worker_size="")
    walk.domain(name)
    with project.fault("sold_out", server_type="cx43", location="hel1"):
        answer = walk.client.post(walk.url("review"), {"approve_plan": "on"})

    shown = page(answer)
    assert answer.status_code == 422 and not Deployment.objects.exists()
    assert "1 of 10 checks stand against it" in shown and "everything you answered is kept" in shown
    assert "cx43 cannot be had in hel1 now." in shown
    assert f'href="{walk.url("provider")}#id_region"' in shown
    assert 'id="id_approve_plan" name="approve_plan"' in shown and " checked>" in shown
    assert walk.draft().token_reference

    # To be had again: the same click makes it, and the approval is waited for.
    made = walk.client.post(walk.url("review"), {"approve_plan": "on"})
    assert made.status_code == 302 and Deployment.objects.get().approve_plan


@pytest.mark.django_db
def test_given_the_price_then_it_is_said_in_words_before_the_button(ready) -> None:
    shown = page(ready.client.get(ready.url("review")))

    words = re.sub(r"<[^>]*>", "", shown.split("What happens then")[1])
    assert re.search(
        r"Hetzner will bill you about €\d+\.\d\d a month net, €0\.\d{4} an hour, for "
        r"1 × Control plane cx43, 1 × Workers cx33, 1 × Load balancer lb11 and "
        r"2 × Public IPv4 addresses",
        words,
    ), words[:500]


@pytest.mark.django_db(transaction=True)
def test_given_two_posts_at_once_then_both_lead_to_the_one_deployment(ready) -> None:
    clients, url, together = (ready.client, Client()), ready.url("review"), Barrier(2)
    clients[1].force_login(ready.draft().owner)

    def press(client: Client) -> str:
        together.wait(timeout=30)
        try:
            answer = client.post(url)
            return str(getattr(answer, "url", answer.content.decode()))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = [press.result(120) for press in [pool.submit(press, each) for each in clients]]

    assert answers == [f"/sovereign/deployments/{Deployment.objects.get().pk}/"] * 2
