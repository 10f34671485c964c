"""A wish that is good, at a project of its own, and each check by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings

from sovereign_wizard.preflight.services import CHECKS, examine_one
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Verdict
from tests.integration.sovereign_wizard.preflight.cloud_project import CloudProject

Examine = Callable[..., Verdict]


@pytest.fixture
def cloud_project() -> CloudProject:
    return CloudProject.new()


@pytest.fixture
def subject(cloud_project: CloudProject, ssh_public_key: str, name: str) -> Subject:
    """A draft that can be made: nothing is reserved for it."""
    return Subject(
        token=cloud_project.token,
        project_id="3311",
        region="hel1",
        control_plane_size="cx43",
        worker_size="cx33",
        worker_count=1,
        ssh_public_key=ssh_public_key,
        pool_domain=settings.CATALYST.pool_domains[0],
        subdomain=name,
    )


@pytest.fixture
def examine_it(subject: Subject) -> Examine:
    """One check of the good wish, with some of it changed."""
    by_id = {check.id: check for check in CHECKS}

    def examine(check: str, **changes: Any) -> Verdict:
        return examine_one(by_id[check], replace(subject, **changes))

    return examine
