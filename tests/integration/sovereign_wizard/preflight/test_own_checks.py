"""Checks of what is ours: name, pool, SSH key, certificates. W32."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone

from catalyst.embedded.state import StackState
from catalyst.identity.models import User
from dns.pools import services as names
from dns.pools.models import Pool
from sovereign_wizard.preflight.certificates import registered
from sovereign_wizard.preflight.verdict import Answer, Verdict
from sovereign_wizard.provisioning.models import Deployment, PhaseRun, PhaseState, Run

pytestmark = pytest.mark.django_db
Examine = Callable[..., Verdict]
LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"


def hold(name: str, pool: str, owner: str = "somebody") -> names.Reservation:
    return names.reserve(pool=pool, label=name, owner=owner, actor="test", idempotency_key=owner)


def test_given_a_draft_and_a_free_name_then_it_passes(
    examine_it: Examine, name: str, pool: Pool
) -> None:
    verdict = examine_it("name")
    assert verdict.verdict is Answer.PASSED and f"{name}.{pool.domain}" in verdict.evidence


def test_given_a_draft_and_a_taken_name_then_it_fails_and_names_free_ones(
    examine_it: Examine, name: str, pool: Pool
) -> None:
    hold(name, pool.domain)

    verdict = examine_it("name")

    assert verdict.verdict is Answer.FAILED and "Free is " in verdict.evidence


def test_given_a_name_held_for_this_deployment_then_it_passes(
    examine_it: Examine, name: str, pool: Pool
) -> None:
    held = hold(name, pool.domain)

    verdict = examine_it("name", allocation_id=held.allocation_id)

    assert verdict.verdict is Answer.PASSED and "is held for this Deployment" in verdict.evidence


def test_given_a_name_that_was_given_back_then_it_fails(
    examine_it: Examine, name: str, pool: Pool
) -> None:
    held = hold(name, pool.domain)
    names.release(allocation_id=held.allocation_id, token=held.token, actor="test")

    verdict = examine_it("name", allocation_id=held.allocation_id)

    assert verdict.verdict is Answer.FAILED and "no longer held" in verdict.evidence


def test_given_our_pool_then_the_world_finds_it_at_our_servers_and_trusts_it(
    examine_it: Examine, pool: Pool
) -> None:
    verdict = examine_it("pool")

    assert verdict.verdict is Answer.PASSED, verdict.evidence
    assert "ns1.openova.io" in verdict.evidence and "signed" in verdict.evidence


def test_given_a_pool_nobody_delegated_then_it_fails(examine_it: Examine) -> None:
    Pool.objects.create(domain="undelegated.works")

    verdict = examine_it("pool", pool_domain="undelegated.works")

    assert verdict.verdict is Answer.FAILED and "cannot find" in verdict.evidence


def test_given_a_domain_that_is_no_pool_then_it_fails(examine_it: Examine) -> None:
    assert examine_it("pool", pool_domain="example.com").verdict is Answer.FAILED


def test_given_a_pool_at_other_name_servers_then_it_fails_and_names_both(
    examine_it: Examine, pool: Pool, settings: Any
) -> None:
    ours = {"nameservers": ("ns1.example.net",)}
    settings.CATALYST = settings.CATALYST.model_copy(update=ours)

    verdict = examine_it("pool")

    assert verdict.verdict is Answer.FAILED
    assert "ns3.openova.io, not to ns1.example.net" in verdict.evidence


def test_given_a_ds_of_a_key_our_servers_lack_then_it_fails(
    examine_it: Examine, pool: Pool, settings: Any
) -> None:
    """The TLD's server stands in for a server of ours that has not got the zone's keys."""
    resolver = StackState.load().resolver or ""
    without = {"nameserver_addresses": (f"{resolver.rpartition('.')[0]}.3",)}
    settings.CATALYST = settings.CATALYST.model_copy(update=without)

    verdict = examine_it("pool")

    assert verdict.verdict is Answer.FAILED and "do not have" in verdict.evidence


def test_given_no_resolver_then_nobody_can_tell(
    examine_it: Examine, pool: Pool, settings: Any
) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(update={"resolver": "127.0.0.253"})

    assert examine_it("pool").verdict is Answer.UNKNOWN


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_w32_given_any_curve_the_form_takes_then_the_check_takes_it(
    examine_it: Examine, curve: ec.EllipticCurve
) -> None:
    key = ec.generate_private_key(curve).public_key()
    line = key.public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    ).decode()

    verdict = examine_it("ssh-key", ssh_public_key=line)

    assert verdict.verdict is Answer.PASSED and "SHA256:" in verdict.evidence


def test_w32_given_a_damaged_key_then_it_fails_with_what_to_do(
    examine_it: Examine, ssh_public_key: str
) -> None:
    verdict = examine_it("ssh-key", ssh_public_key=ssh_public_key[:40])
    assert verdict.verdict is Answer.FAILED and "Copy the whole line" in verdict.evidence


@pytest.fixture
def lets_encrypt(settings: Any) -> None:
    there = {"acme_directory": LETS_ENCRYPT}
    settings.CATALYST = settings.CATALYST.model_copy(update=there)


@pytest.fixture
def issue(person: Callable[..., User]) -> Callable[..., None]:
    """Deployments that were seen with a certificate so many days ago."""
    owner = person("issued@example.com")

    def make(count: int, *, days: float, pool: str = "omani.works", runs: int = 1) -> None:
        at = timezone.now() - timedelta(days=days)
        made = Deployment.objects.bulk_create(
            Deployment(
                owner=owner,
                idempotency_key=str(uuid.uuid4()),
                pool_domain=pool,
                fqdn=f"{uuid.uuid4()}.{pool}",
                allocation_id=uuid.uuid4(),
            )
            for _ in range(count)
        )
        for number in range(1, runs + 1):
            opened = Run.objects.bulk_create(
                Run(deployment=one, number=number, finished_at=at) for one in made
            )
            PhaseRun.objects.bulk_create(
                PhaseRun(run=run, position=0, phase="tls", state=PhaseState.DONE, finished_at=at)
                for run in opened
            )

    return make


@pytest.mark.usefixtures("lets_encrypt")
def test_given_fifty_certificates_this_week_then_it_fails_and_says_when_the_next_is_possible(
    examine_it: Examine, issue: Callable[..., None]
) -> None:
    issue(49, days=6, pool="omani.works")
    assert examine_it("certificates").verdict is Answer.WARNING
    issue(1, days=1, pool="more.omani.works")

    verdict = examine_it("certificates")

    again = timezone.now() + timedelta(days=1)
    assert verdict.verdict is Answer.FAILED
    assert "50 of 50" in verdict.evidence and f"{again:%-d %B %Y}" in verdict.evidence


@pytest.mark.usefixtures("lets_encrypt")
def test_given_older_ones_other_domains_and_retries_then_they_do_not_count(
    examine_it: Examine, issue: Callable[..., None]
) -> None:
    issue(60, days=7.1)
    issue(60, days=1, pool="omani.example.com")
    issue(3, days=1, runs=4)

    verdict = examine_it("certificates")

    assert verdict.verdict is Answer.PASSED and "3 of 50" in verdict.evidence


def test_given_another_authority_then_nobody_can_tell(examine_it: Examine) -> None:
    assert examine_it("certificates").verdict is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("domain", "expected"),
    [("omani.works", "omani.works"), ("a.b.omani.works", "omani.works"),
     ("pool.example.co.uk", "example.co.uk")],
)  # fmt: skip
def test_given_a_pool_then_its_registered_domain_is_by_the_public_suffix_list(
    domain: str, expected: str
) -> None:
    assert registered(domain) == expected
