"""The registrars' stage, and what moved domains leave on our name servers is removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dns.byo.models import DomainMove
from dns.powerdns.client import PowerDns
from tests.integration.dns.registrars.conftest import (  # noqa: F401
    stage,
    trust,
    uncounted,
    whole_stage,
)


@pytest.fixture(autouse=True)
def swept(db: None, server: PowerDns) -> Iterator[None]:
    yield
    for fqdn in DomainMove.objects.values_list("fqdn", flat=True):
        server.delete_zone(fqdn)
