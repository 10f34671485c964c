"""A domain in use that is moved through its registrar: nothing that people use stops."""

from __future__ import annotations

import pytest

from catalyst.vault.models import SealedSecret
from dns.byo import services
from dns.byo.problems import NeedsAcknowledgement
from dns.byo.sealed import PURPOSE
from tests.integration.dns.asking import nameserver, reply
from tests.integration.dns.byo.moving import begin, live
from tests.integration.dns.registrars.stage import OURS, WAYS, Stage

pytestmark = [pytest.mark.xdist_group("registrars"), pytest.mark.django_db(transaction=True)]
WITH_DS = ("cloudflare", "godaddy-v2", "ovh", "dynadot-rest", "dynadot-api3")


@pytest.mark.parametrize("way", WAYS)
def test_given_a_live_domain_when_moved_through_its_registrar_then_its_records_came_along(
    stage: Stage, way: str
) -> None:
    customer = live(stage, way)
    seen = services.look(domain=customer.name, account="user:1")
    assert seen.needs_acknowledgement is (way != "cloudflare")
    moving = begin(stage, customer, mode="registrar", records=seen.records)

    moving.until("active")

    assert stage.delegation(customer) == list(OURS)
    if way == "cloudflare":
        assert seen.records == () and seen.recommended == ""
    else:
        assert seen.recommended == f"cloud.{customer.name}" and seen.has_mail
        mail = reply(nameserver(), customer.name, "MX", dnssec=False).answer[0]
        assert [one.to_text() for one in mail] == [f"10 mx.{customer.name}."]
    vouched = stage.delegation(customer, "DS")
    if way in WITH_DS:
        assert vouched == list(moving.row.own_ds) and moving.panel.needs == ()
    else:
        assert vouched == [] and moving.panel.ds and moving.panel.needs == ("ds-add",)
    assert moving.row.credentials_ref == ""
    assert not SealedSecret.objects.filter(purpose=PURPOSE).exists()


def test_given_mail_and_no_word_about_it_when_begun_then_it_stops_before_anything_is_made(
    stage: Stage, server: object
) -> None:
    customer = live(stage, "godaddy-v2")
    moving = begin(stage, customer, mode="registrar")

    status = moving.look()

    assert status.failed and status.problem["type"] == NeedsAcknowledgement.type
    assert [customer.name, "MX", 60, [f"10 mx.{customer.name}."]] in status.problem["losses"]
    assert not moving.row.zone_made

    services.resume(
        move_id=moving.move_id,
        actor="test",
        credentials=customer.credentials,
        acknowledgement=customer.name.upper(),
    )
    moving.until("active")
