"""One local internet and one registrant's name server for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from tests.integration.internet.running import Internet, NameServer, free_port, free_range


@pytest.fixture(scope="session")
def network() -> Iterator[IPv4Network]:
    with free_range() as network:
        yield network


@pytest.fixture(scope="session")
def allowed_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def internet(
    network: IPv4Network, allowed_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Internet]:
    internet = Internet(
        network, tmp_path_factory.mktemp("internet"), allow=[f"127.0.0.1:{allowed_port}"]
    )
    internet.start()
    yield internet
    internet.stop()


@pytest.fixture(scope="session")
def name_server(
    network: IPv4Network, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NameServer]:
    server = NameServer(str(network[53]), tmp_path_factory.mktemp("registrant"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def other_internet(tmp_path: Path) -> Iterator[Internet]:
    """One of a test's own, not started, to be stopped and killed at will."""
    with free_range() as network:
        internet = Internet(network, tmp_path)
        yield internet
        if internet.process is not None and internet.process.poll() is None:
            internet.stop()
