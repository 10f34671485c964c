"""Pebble signs for `<fqdn>` and `*.<fqdn>`: it reads, over our name servers, what a machine wrote
by the narrow door. Orders in parallel, and again for a renewal.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import acme.challenges
import acme.client
import acme.crypto_util
import acme.messages
import josepy
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import Client

from catalyst.embedded.state import StackState
from dns.pools import services
from dns.pools.services import AcmeAccount, Reservation
from tests.integration.dns.asking import resolved
from tests.integration.internet.running import until

pytestmark = pytest.mark.django_db
Pending = tuple[acme.messages.OrderResource, list[acme.messages.ChallengeBody]]


class Customer:
    """One ACME account, and the door of one zone."""

    def __init__(self, door: AcmeAccount, names: list[str]) -> None:
        self._door, self._names = door, names
        self._key = josepy.JWKEC(key=ec.generate_private_key(ec.SECP256R1()))
        bundle = StackState.load().ca_bundle
        net = acme.client.ClientNetwork(self._key, alg=josepy.ES256, verify_ssl=str(bundle))  # type: ignore[arg-type]
        directory = acme.client.ClientV2.get_directory(settings.CATALYST.acme_directory, net)
        self._client = acme.client.ClientV2(directory, net)
        self._client.new_account(acme.messages.NewRegistration(terms_of_service_agreed=True))

    def order(self) -> Pending:
        """Order, and write every challenge value; nothing is asked of the CA yet."""
        key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        order = self._client.new_order(acme.crypto_util.make_csr(key, self._names))
        bodies = [
            next(
                body
                for body in authorization.body.challenges
                if isinstance(body.chall, acme.challenges.DNS01)
            )
            for authorization in order.authorizations
            if authorization.body.status != acme.messages.STATUS_VALID
        ]
        values = {f'"{body.chall.validation(self._key)}"' for body in bodies}
        for value in values:
            write(self._door, value.strip('"'))
        # As ACME clients do: the resolver the CA asks may still know the answer of an order before.
        until(lambda: values <= set(resolved(f"_acme-challenge.{self._names[0]}", "TXT")[2]))
        return order, bodies

    def finish(self, pending: Pending) -> x509.Certificate:
        order, bodies = pending
        for body in bodies:
            self._client.answer_challenge(body, body.response(self._key))
        chain = self._client.poll_and_finalize(order).fullchain_pem
        return x509.load_pem_x509_certificates(chain.encode())[0]


def write(door: AcmeAccount, text: str) -> None:
    answer = Client(enforce_csrf_checks=True).post(
        "/acme/update",
        json.dumps({"subdomain": door.subdomain, "txt": text}),
        content_type="application/json",
        headers={"X-Api-User": door.username, "X-Api-Key": door.key.reveal()},
    )
    assert answer.status_code == 200, answer.content


def names_in(certificate: x509.Certificate) -> set[str]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return set(found.value.get_values_for_type(x509.DNSName))


@pytest.fixture
def customer(published: Reservation) -> Callable[[], Customer]:
    door = services.acme_account(allocation_id=published.allocation_id)
    return lambda: Customer(door, [published.fqdn, f"*.{published.fqdn}"])


def test_given_one_order_and_a_renewal_when_pebble_looks_then_both_names_are_certified(
    published: Reservation, customer: Callable[[], Customer]
) -> None:
    wanted = {published.fqdn, f"*.{published.fqdn}"}
    first = customer()
    certificate = first.finish(first.order())
    assert names_in(certificate) == wanted
    # Another account, so that nothing of the first order's proof is reused.
    renewed = (again := customer()).finish(again.order())
    assert names_in(renewed) == wanted and renewed.serial_number != certificate.serial_number


def test_given_two_orders_at_once_when_pebble_looks_then_neither_lost_the_others_values(
    published: Reservation, customer: Callable[[], Customer]
) -> None:
    one, other = customer(), customer()
    pending, also_pending = one.order(), other.order()
    assert len(pending[1]) == len(also_pending[1]) == 2
    wanted = {published.fqdn, f"*.{published.fqdn}"}
    assert names_in(one.finish(pending)) == names_in(other.finish(also_pending)) == wanted
