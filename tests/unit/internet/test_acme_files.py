"""Pebble's own certificate: for this computer and for the door by which Pods come, no one else."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from infra.localcloud.internet import acme
from infra.localcloud.internet.config import Acme, Config, Endpoint, Proxy, Registry


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        path=tmp_path / "internet.json",
        state_dir=tmp_path,
        network=ipaddress.IPv4Network("198.18.7.0/24"),
        tlds=("works",),
        cache_max_ttl=10,
        proxy=Proxy(Endpoint("127.0.0.1", 1), frozenset()),
        registry=Registry(Endpoint("127.0.0.1", 2), tmp_path / "key"),
        acme=Acme(tmp_path / "acme", 14000, 15000),
    )


def good_for(config: Config, address: str) -> bool:
    """Would a client that trusts the CA take the server's certificate at this address?"""
    folder = acme.required(config).directory
    (authority,) = x509.load_pem_x509_certificates((folder / "ca/ca.pem").read_bytes())
    (server,) = x509.load_pem_x509_certificates((folder / "server.pem").read_bytes())
    subject = x509.IPAddress(ipaddress.ip_address(address))
    now = datetime.datetime.now(datetime.UTC)
    verifier = PolicyBuilder().store(Store([authority])).time(now).build_server_verifier(subject)
    try:
        verifier.verify(server, [])
    except VerificationError:
        return False
    return True


def test_given_a_range_then_pebble_is_believed_on_loopback_and_at_its_door_only(
    config: Config,
) -> None:
    acme.prepare(config)
    assert good_for(config, "127.0.0.1") and good_for(config, "198.18.7.5")
    assert not good_for(config, "198.18.7.6")


def test_given_the_same_range_again_then_trust_stays_and_with_another_it_moves(
    config: Config,
) -> None:
    acme.prepare(config)
    authority = acme.ca_file(acme.required(config))
    before = authority.read_bytes()
    acme.prepare(config)
    assert authority.read_bytes() == before
    moved = replace(config, network=ipaddress.IPv4Network("198.18.8.0/24"))
    acme.prepare(moved)
    assert good_for(moved, "198.18.8.5") and not good_for(moved, "198.18.7.5")
