"""The stage of the local cloud's registrars; faults of one test never reach the next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings

from catalyst.embedded.state import StackState
from catalyst.limits.services import forgive
from tests.integration.dns.registrars.stage import Stage


@pytest.fixture(scope="session")
def whole_stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.http.close()


@pytest.fixture
def stage(whole_stage: Stage) -> Iterator[Stage]:
    yield whole_stage
    whole_stage.forgive()


@pytest.fixture
def uncounted() -> Iterator[None]:
    """All tests come from one address."""
    forgive(action="registrar-address", key="address:127.0.0.1")
    yield
    forgive(action="registrar-address", key="address:127.0.0.1")


@pytest.fixture(autouse=True)
def trust(settings: Any) -> None:
    """A stack that starts from nothing has its authority only after the settings were read."""
    bundle = StackState.load().ca_bundle
    settings.CATALYST = django_settings.CATALYST.model_copy(update={"ca_bundle": bundle})
