"""The local cloud as the vendor's own clients see it."""

import pytest
from hcloud import Client

from tests.contract.localcloud.judge import Judge
from tests.integration.localcloud.conftest import client, cloud, network, own_cloud, token

__all__ = ["client", "cloud", "network", "own_cloud", "token"]


@pytest.fixture
def judge(client: Client) -> Judge:
    judge = Judge()
    # The library offers no hook of its own for answers.
    client._client._session.hooks["response"].append(judge)
    return judge
