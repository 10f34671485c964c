"""The registrars' stage and clean name servers, as the integration tests have them."""

from tests.integration.dns.byo.conftest import (  # noqa: F401
    stage,
    swept,
    trust,
    whole_stage,
)
