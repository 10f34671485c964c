"""A domain of one's own in the wizard: looked at, asked of the registrar, kept secret, sent."""

from __future__ import annotations

import secrets

import pytest
from django.db import connection
from django.http import HttpResponse

from catalyst.vault.models import SealedSecret
from dns.byo import services as byo
from sovereign_wizard.provisioning.models import Deployment
from sovereign_wizard.wizard.models import Draft
from tests.integration.dns.registrars.stage import OURS, Customer, Stage

pytestmark = [pytest.mark.xdist_group("registrars"), pytest.mark.django_db]
SEALED = "wizard.registrar-credentials"


@pytest.fixture
def customer(stage: Stage) -> Customer:
    return stage.resident("ovh")


@pytest.fixture
def ready(walk):  # type: ignore[no-untyped-def]
    """A wizard whose next question is the domain."""
    walk.credentials()
    walk.provider()
    walk.components()
    return walk


def draft() -> Draft:
    return Draft.objects.latest("created_at")


def by_registrar(customer: Customer, **changes: str) -> dict[str, str]:
    typed = {f"{customer.registrar}-{name}": text for name, text in customer.fields.items()}
    asked = {
        "domain_mode": "byo-api",
        "own_domain": customer.name,
        "registrar": customer.registrar,
    }
    return {**asked, **typed, **changes}


def page(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_given_a_domain_by_hand_then_review_says_what_is_sent_and_a_move_begins(
    ready, customer: Customer
) -> None:
    answer = ready.domain("", domain_mode="byo-manual", own_domain=f"{customer.name.upper()}.")
    assert answer.status_code == 302 and answer.url == ready.url("review"), page(answer)
    review = page(ready.client.get(ready.url("review")))
    for shown in (*OURS, customer.name, f"console.{customer.name}", "moved by hand"):
        assert shown in review

    ready.client.post(ready.url("review"))

    made = Deployment.objects.get()
    assert (made.domain_mode, made.fqdn, made.pool_domain) == ("byo-manual", customer.name, "")
    assert made.allocation_id is None and "allocation-token" not in made.secrets
    status = byo.status(move_id=made.move_id)
    assert (status.mode, status.fqdn, status.owner) == ("manual", customer.name, made.subject)
    phases = [row.phase for row in made.runs.get().phases.all()]
    assert phases[:4] == ["preflight", "zone-prepare", "delegation-wait", "tofu-init"]
    assert "reserve-name" not in phases


def test_given_credentials_when_checked_then_kept_sealed_and_never_seen_again(
    ready, customer: Customer
) -> None:
    answer = ready.domain("", **by_registrar(customer, go="check"))
    checked = page(answer)
    assert answer.status_code == 200 and "OVHcloud says yes" in checked, checked
    assert "Credentials kept" in checked

    # Nothing of them is typed again.
    asked = {name: "" for name in by_registrar(customer) if name.startswith("ovh-")}
    answer = ready.domain("", **by_registrar(customer, **asked))
    assert answer.url == ready.url("review"), page(answer)

    seen = checked + page(ready.client.get(ready.url("domain")))
    seen += page(ready.client.get(ready.url("review")))
    with connection.cursor() as cursor:
        cursor.execute("SELECT d::text FROM sovereign_draft d")
        seen += str(cursor.fetchall())
    assert not [text for text in customer.fields.values() if text in seen]
    assert SealedSecret.objects.get(purpose=SEALED).expires_at is not None

    ready.client.post(ready.url("review"))
    made = Deployment.objects.get()
    assert byo.status(move_id=made.move_id).registrar == "ovh"
    assert not SealedSecret.objects.filter(purpose=SEALED).exists()
    assert draft().registrar_reference == "" and draft().checked == {}


def test_given_a_checked_domain_when_it_is_changed_then_the_check_no_longer_counts(
    ready, customer: Customer, stage: Stage
) -> None:
    ready.domain("", **by_registrar(customer, go="check"))
    assert draft().checked["domain"] == customer.name
    other = stage.resident("dynadot-rest")  # somebody else's, at another registrar

    answer = ready.domain("", **by_registrar(customer, own_domain=other.name))

    assert answer.status_code == 422
    assert "not in this account" in page(answer) and draft().checked == {}
    assert "domain" not in draft().passed


def test_given_a_checked_domain_when_nothing_changed_then_the_registrar_is_not_asked_again(
    ready, customer: Customer, stage: Stage
) -> None:
    ready.domain("", **by_registrar(customer, go="check"))
    stage.fault(customer, "status", status=503, times=None)
    assert ready.domain("", **by_registrar(customer)).url == ready.url("review")


def test_given_a_wrong_key_then_said_beside_the_registrar_and_nothing_is_kept(
    ready, customer: Customer
) -> None:
    answer = ready.domain("", **by_registrar(customer, **{"ovh-consumer_key": "wrong"}))

    assert answer.status_code == 422
    assert 'id="id_registrar-error"' in page(answer)
    assert "does not know these credentials" in page(answer)
    assert not SealedSecret.objects.filter(purpose=SEALED).exists()
    assert 'value="wrong"' not in page(answer)


def test_given_a_missing_credential_then_it_is_named_and_other_registrars_are_not_missed(
    ready, customer: Customer
) -> None:
    answer = ready.domain("", **by_registrar(customer, **{"ovh-application_secret": ""}))

    assert 'id="id_ovh-application_secret-error"' in page(answer)
    assert "id_namecheap-api_user-error" not in page(answer)


def test_given_another_registrar_then_those_kept_do_not_count_for_it(
    ready, customer: Customer
) -> None:
    ready.domain("", **by_registrar(customer, go="check"))

    answer = ready.domain("", domain_mode="byo-api", own_domain=customer.name, registrar="godaddy")

    assert answer.status_code == 422 and 'id="id_godaddy-key-error"' in page(answer)


def test_given_kept_credentials_when_the_mode_changes_then_they_are_destroyed(
    ready, customer: Customer, name: str
) -> None:
    ready.domain("", **by_registrar(customer))
    assert SealedSecret.objects.filter(purpose=SEALED).exists()

    ready.domain(name, domain_mode="pool")

    assert not SealedSecret.objects.filter(purpose=SEALED).exists()
    assert draft().checked == {}


def test_given_credentials_that_outlived_their_time_then_the_step_is_open_again(
    ready, customer: Customer
) -> None:
    ready.domain("", **by_registrar(customer))
    SealedSecret.objects.filter(purpose=SEALED).delete()

    assert ready.client.get(ready.url("review")).url == ready.url("domain")


def test_given_a_thrown_away_draft_then_its_credentials_are_destroyed(
    ready, customer: Customer
) -> None:
    ready.domain("", **by_registrar(customer))
    ready.client.post(ready.url("discard"))

    assert not SealedSecret.objects.filter(purpose=SEALED).exists()


@pytest.mark.parametrize("typed", ["", "com", "co.uk", "acme", "a..b.com", "a b.com", "-a.com"])
def test_given_what_nobody_can_own_then_said_beside_the_field(ready, typed: str) -> None:
    answer = ready.domain("", domain_mode="byo-manual", own_domain=typed)

    assert answer.status_code == 422 and 'id="id_own_domain-error"' in page(answer)


def test_given_a_name_under_our_own_pool_then_it_cannot_come_to_us(ready, pool) -> None:
    answer = ready.domain("", domain_mode="byo-manual", own_domain=f"evil.{pool.domain}")

    assert answer.status_code == 422 and 'id="id_own_domain-error"' in page(answer)
    assert not Deployment.objects.exists()


def test_given_an_apex_with_mail_then_it_moves_only_with_its_records_or_by_typing_its_name(
    ready, stage: Stage
) -> None:
    domain = _with_mail(stage)
    asked = {"domain_mode": "byo-manual", "own_domain": domain}

    silent = ready.domain("", **asked)
    assert silent.status_code == 422 and 'id="id_acknowledgement-error"' in page(silent)
    assert f"cloud.{domain}" in page(silent) and f"10 mail.{domain}" in page(silent)
    wrong = ready.domain("", **asked, acknowledgement="another.com")
    assert wrong.status_code == 422

    assert ready.domain("", **asked, acknowledgement=domain.upper()).url == ready.url("review")
    brought = ready.domain("", **asked, bring_records="on", more_records="shop CNAME s.example.net")
    assert brought.url == ready.url("review")
    review = page(ready.client.get(ready.url("review")))
    assert f"shop.{domain}" in review and f"10 mail.{domain}" in review


def test_given_records_that_are_none_then_their_line_is_named(ready, customer: Customer) -> None:
    answer = ready.domain(
        "", domain_mode="byo-manual", own_domain=customer.name, more_records="www A 999.1.1.1"
    )

    assert answer.status_code == 422 and 'id="id_more_records-error"' in page(answer)


def test_given_a_check_by_htmx_then_only_what_was_found_comes_back(
    ready, customer: Customer
) -> None:
    answer = ready.client.post(
        ready.url("domain"),
        {"domain_mode": "byo-manual", "own_domain": customer.name, "go": "check"},
        headers={"HX-Request": "true"},
    )

    assert answer.status_code == 200
    assert "<html" not in page(answer) and f"console.{customer.name}" in page(answer)
    assert "id_subdomain-error" not in page(answer)


def _with_mail(stage: Stage) -> str:
    account = stage.ask(
        "POST", "/accounts", registrar="godaddy",
        credentials={"key": secrets.token_hex(8), "secret": secrets.token_hex(8)},
    )["id"]  # fmt: skip
    domain = f"m{secrets.token_hex(6)}.net"
    records = [
        {"name": f"{domain}.", "type": "MX", "contents": [f"10 mail.{domain}."]},
        {"name": f"mail.{domain}.", "type": "A", "contents": ["192.0.2.7"]},
    ]
    stage.ask("POST", "/domains", account=account, domain=domain, records=records)
    return domain
