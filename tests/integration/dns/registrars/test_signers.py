"""DS records: read, added and removed at the registrar, as the parent then says."""

from __future__ import annotations

import pytest

from dns.registrars import services
from dns.registrars.problems import NotSupportedForDomain
from dns.registrars.services import JobState, Signer
from tests.integration.dns.registrars.stage import Customer, Stage
from tests.integration.internet.running import until

# One set of accounts and faults at the vendors for everybody.
pytestmark = pytest.mark.xdist_group("registrars")

KEY = "mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="


def signer_of(customer: Customer, *, key: str = KEY) -> Signer:
    return Signer.of_key(customer.name, flags=257, algorithm=13, public_key=key)


def signers(customer: Customer) -> tuple[Signer, ...]:
    with services.opened(customer.registrar, customer.credentials) as adapter:
        return adapter.signers(services.read_domain(customer.name))


def change(customer: Customer, signer: Signer, *, add: bool) -> None:
    """Ask, and wait until the vendor is through."""
    name = services.read_domain(customer.name)
    with services.opened(customer.registrar, customer.credentials) as adapter:
        act = adapter.add_signer if add else adapter.remove_signer
        outcome = act(name, signer)
        if outcome.state is not JobState.DONE:
            assert outcome.job
            job = outcome.job.id
            until(lambda: adapter.poll(name, job).state is JobState.DONE)


@pytest.mark.parametrize("way", ["cloudflare", "godaddy-v2", "ovh", "dynadot-rest", "dynadot-api3"])
def test_given_a_key_when_its_ds_is_added_and_removed_then_the_parent_follows(
    stage: Stage, way: str
) -> None:
    customer = stage.customer(way)
    if way == "cloudflare":
        customer.moved()  # a DS record stands beside an NS record only
    signer, other = signer_of(customer), signer_of(customer, key=KEY[2:4] + KEY[2:])

    change(customer, signer, add=True)
    change(customer, other, add=True)

    assert set(signers(customer)) == {signer, other}
    assert sorted(stage.delegation(customer, "DS")) == sorted([signer.text(), other.text()])

    change(customer, signer, add=False)

    assert signers(customer) == (other,)
    assert stage.delegation(customer, "DS") == [other.text()]

    change(customer, other, add=False)

    assert signers(customer) == () and stage.delegation(customer, "DS") == []


def test_given_a_signed_domain_at_ovhs_own_servers_when_the_ds_goes_then_theirs_is_switched_off(
    stage: Stage,
) -> None:
    customer = stage.customer("ovh")
    signer = signer_of(customer)
    row = {
        "tag": signer.tag,
        "algorithm": 13,
        "digest_type": 2,
        "digest": signer.digest,
        "flags": 257,
        "public_key": KEY,
    }
    stage.change(customer, signers=[row])
    assert stage.delegation(customer, "DS") == [signer.text()]

    change(customer, signer, add=False)

    assert stage.delegation(customer, "DS") == []
    assert stage.domain(customer)["more"].get("nameServerType", "hosted") == "hosted"


@pytest.mark.parametrize("way", ["namecheap", "godaddy-v1"])
def test_given_an_api_without_ds_records_when_asked_then_steps_by_hand(
    stage: Stage, way: str
) -> None:
    customer = stage.resident(way)

    for act in (signers, lambda who: change(who, signer_of(who), add=True)):
        with pytest.raises(NotSupportedForDomain) as caught:
            act(customer)
        assert caught.value.extra["steps"]


def test_given_a_digest_without_its_key_when_ovh_is_asked_then_the_key_is_asked_for(
    stage: Stage,
) -> None:
    customer = stage.resident("ovh")
    bare = Signer.of_text(signer_of(customer).text())

    with pytest.raises(NotSupportedForDomain) as caught:
        change(customer, bare, add=True)

    assert "DNSKEY" in caught.value.extra["steps"][0]
