"""Check 3 (peers.md §5.2): the table of acts that want a proof of now, each asked both ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from catalyst.identity.models import Role, User
from catalyst.identity.step_up import PROVED_AT, TYPED
from dns.byo.models import DomainMove
from dns.tokens.models import ServiceToken
from franchise.billing.models import BillingSecret, Refund, TaxRate
from franchise.vouchers.models import VoucherCode
from tests.security.test_step_up import age
from tests.security.things import client_of, common_things, things_of

pytestmark = pytest.mark.django_db
NEW = "another horse battery"
VOUCHER = {
    "amount": "7", "currency": "OMR", "max_redemptions": "1", "expires_on": "2099-12-31",
}  # fmt: skip
TOKEN = {"name": "ci", "scopes": ["check"], "days": "3"}
# Method, address, what is sent. The rest are in test_step_up.py, which has Deployments to lose.
ACTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "password": ("POST", "/account/password/", {"password": NEW, "again": NEW}),
    "a token's form": ("GET", "/domains/tokens/new/", {}),
    "a token": ("POST", "/domains/tokens/new/", TOKEN),
    "a voucher": ("POST", "/vouchers/", VOUCHER),
    "a voucher's code again": ("POST", "/vouchers/{voucher_id}/reprint", {}),
    "a voucher's QR code": ("POST", "/vouchers/{voucher_id}/qr", {}),
    "a voucher in its place": ("POST", "/vouchers/{voucher_id}/reissue", {"because": "lost"}),
    "a campaign's codes": (
        "POST",
        "/vouchers/campaigns/{campaign_id}/codes",
        {"size": "1", "max_redemptions": "1"},
    ),
    "a Sovereign to trust": ("POST", "/backoffice/signed/trust", {"fqdn": "x"}),
    "a Sovereign not to trust": ("POST", "/backoffice/signed/peers/{peer_id}/turn", {}),
    "a key withdrawn": ("POST", "/backoffice/signed/keys/{peer_key_id}/withdraw", {}),
    "a new key of ours": ("POST", "/backoffice/signed/rotate", {}),
    "a campaign to sign": ("POST", "/backoffice/signed/new", {"name": "x"}),
    "signed codes": ("POST", "/backoffice/signed/{signed_campaign_id}/sign", {"count": "1"}),
    "a signed code": (
        "POST",
        "/backoffice/signed/{signed_campaign_id}/{signed_voucher_id}/show",
        {},
    ),
    "signed codes as a table": ("POST", "/backoffice/signed/{signed_campaign_id}/csv", {}),
    "a signed code taken back": ("POST", "/backoffice/signed/{signed_campaign_id}/revoke", {}),
    "a refund": ("POST", "/backoffice/orders/{order_id}/refund", {"reason": "x"}),
    "billing's settings": ("POST", "/backoffice/billing/", {"country": "OM"}),
    "a key of the payment provider": (
        "POST",
        "/backoffice/billing/keys/{billing_key}/remove",
        {},
    ),
    "a tax rate": ("POST", "/backoffice/billing/taxes", {"country": "OM"}),
    "a tax rate taken back": ("POST", "/backoffice/billing/taxes/{tax_rate_id}/remove", {}),
    "a batch as a table": ("POST", "/vouchers/batches/{batch_id}/csv", {}),
    "a batch on paper": ("POST", "/vouchers/batches/{batch_id}/pdf/0", {}),
    "going on with a domain": ("POST", "/own-domains/{move_id}/resume/", {}),
    "a domain's old name servers": ("POST", "/own-domains/{move_id}/restore/", {}),
}
BY_PROGRAMS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a token": ("POST", "/api/v1/service-tokens", {**TOKEN, "days": 3}),
    "a domain given up": ("DELETE", "/api/v1/domains/{move_id}", {}),
    "going on with a domain": ("POST", "/api/v1/domains/{move_id}/resume", {}),
    "a domain's old name servers": (
        "POST",
        "/api/v1/domains/{move_id}/restore",
        {"confirm": "other.example"},
    ),
}


@pytest.fixture
def boss(person: Callable[..., User]) -> User:
    return person("owner@example.com", Role.OPERATOR)


def form(path: str, sent: dict[str, Any]) -> tuple[str, bytes, str]:
    body = urlencode(sent, doseq=True).encode()
    return path, body, "application/x-www-form-urlencoded"


def rows() -> list[Any]:
    """All that one of these acts would change."""
    return [
        ServiceToken.objects.count(),
        VoucherCode.objects.count(),
        [Refund.objects.count(), BillingSecret.objects.count(), TaxRate.objects.count()],
        list(DomainMove.objects.values_list("state", flat=True)),
        list(User.objects.values_list("password", flat=True)),
    ]


def test_03_given_a_proof_of_long_ago_when_any_act_is_sent_then_asked_first_and_nothing_done(
    boss: User,
) -> None:
    things, client = {**common_things(), **things_of(boss)}, client_of(boss)
    age(client)
    before = rows()
    for name, (method, path, sent) in ACTS.items():
        answer = client.generic(method, *form(path.format(**things), sent))
        assert answer.status_code == 302, name
        assert answer["Location"].startswith("/account/confirm/?next="), name
    for name, (method, path, sent) in BY_PROGRAMS.items():
        where = path.format(**things)
        answer = client.generic(method, where, json.dumps(sent), "application/json")
        assert (answer.status_code, answer.json()["type"]) == (401, "step-up-required"), name
    assert rows() == before


def test_03_given_a_proof_of_now_when_any_act_is_sent_then_not_asked(boss: User) -> None:
    """The other side: asking always, or failing always, would pass the one above."""
    things, client = {**common_things(), **things_of(boss)}, client_of(boss)
    answers = {}
    for name, (method, path, sent) in BY_PROGRAMS.items():
        where = path.format(**things)
        answer = client.generic(method, where, json.dumps(sent), "application/json")
        answers[name] = answer.status_code
    # What the services say: they were asked. That domain is a Sovereign's, on its way, and another.
    assert answers == {
        "a token": 201,
        "a domain given up": 403,
        "going on with a domain": 409,
        "a domain's old name servers": 422,
    }
    ServiceToken.objects.all().delete()
    codes = VoucherCode.objects.count()
    for name, (method, path, sent) in reversed(ACTS.items()):  # a password ends log-ins
        answer = client.generic(method, *form(path.format(**things), sent))
        assert answer.status_code in (200, 201, 302, 422), (name, answer.text)
        assert "/account/confirm/" not in answer.get("Location", ""), name
    # One issued, one in the place of another, one of a campaign.
    assert VoucherCode.objects.count() == codes + 3 and ServiceToken.objects.count() == 1
    assert User.objects.get(pk=boss.pk).check_password(NEW)


def test_03_given_a_one_time_code_when_the_first_password_is_set_then_not_asked(
    person: Callable[..., User],
) -> None:
    client = client_of(person("first@example.com", must_set_password=True))
    age(client)
    sent = {"password": NEW, "again": NEW}
    assert "/confirm/" not in client.post("/account/password/", sent)["Location"]


@pytest.mark.parametrize(
    ("path", "sent"), [("/vouchers/", VOUCHER), ("/domains/tokens/new/", {**TOKEN, "days": "41"})]
)
def test_03_given_a_form_that_was_filled_in_when_proved_then_it_still_is(
    boss: User, path: str, sent: dict[str, Any]
) -> None:
    client = client_of(boss)
    age(client)
    client.post(path, sent, headers={"Referer": f"http://testserver{path}"})
    session = client.session
    assert session[TYPED]["place"] == path
    fresh = client_of(boss).session
    session[PROVED_AT] = fresh[PROVED_AT]
    session.save()
    page = client.get(path).text
    for value in (sent.get("amount"), sent.get("name"), sent.get("days")):
        assert value is None or f'value="{value}"' in page
