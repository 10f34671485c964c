"""The registrars' stage, for a customer's own domain; a wizard at the step of components."""

import pytest

from tests.integration.dns.registrars.conftest import stage, trust, whole_stage  # noqa: F401
from tests.integration.sovereign_wizard.conftest import Walk


@pytest.fixture
def begun(walk: Walk) -> Walk:
    walk.credentials()
    walk.provider()
    return walk
