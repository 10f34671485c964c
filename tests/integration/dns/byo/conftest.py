"""The registrars' stage, and what moved domains leave on our name servers is removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dns.byo.models import DomainMove
from dns.powerdns.client import PowerDns
from tests.integration.dns.conftest import address, server  # noqa: F401
from tests.integration.dns.registrars.conftest import stage, trust, whole_stage  # noqa: F401


@pytest.fixture(autouse=True)
def swept(db: None, server: PowerDns) -> Iterator[None]:  # noqa: F811
    yield
    for fqdn in DomainMove.objects.values_list("fqdn", flat=True):
        server.delete_zone(fqdn)
