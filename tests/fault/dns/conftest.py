"""The same names and name servers as the integration tests use."""

from tests.integration.dns.conftest import (  # noqa: F401
    address,
    label,
    own_pool,
    pool,
    reserve,
    server,
    toll,
)
