"""One local cloud for tests that only need a project in it; one each for those that stop it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hcloud import Client

from tests.integration.internet.running import free_range
from tests.integration.localcloud.running import LocalCloud


@pytest.fixture(scope="session")
def network() -> Iterator[IPv4Network]:
    with free_range() as network:
        yield network


@pytest.fixture(scope="session")
def cloud(network: IPv4Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    cloud = LocalCloud(network, tmp_path_factory.mktemp("cloud"))
    cloud.start()
    yield cloud
    assert cloud.stop() == 0


@pytest.fixture
def token(cloud: LocalCloud) -> str:
    """Read and write, for a project of the test's own."""
    return cloud.token(cloud.project())


@pytest.fixture
def client(cloud: LocalCloud, token: str) -> Client:
    return cloud.client(token)


@pytest.fixture
def own_cloud(tmp_path: Path) -> Iterator[LocalCloud]:
    """Not started, to be stopped and killed at will."""
    with free_range() as network:
        cloud = LocalCloud(network, tmp_path)
        yield cloud
        if cloud.process is not None and cloud.process.poll() is None:
            cloud.stop()
