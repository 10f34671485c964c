"""The registrars' stage, for a customer's own domain."""

from tests.integration.dns.registrars.conftest import stage, trust, whole_stage  # noqa: F401
