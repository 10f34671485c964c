"""The reference's known faults that the API answers, by their numbers in the specification."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from catalyst.eventlog.services import Line, append, finish
from sovereign_wizard.provisioning.models import Deployment
from sovereign_wizard.provisioning.order import order_of
from tests.integration.sovereign_wizard.api.conftest import Caller

# Streams are read on other connections than the test's.
pytestmark = pytest.mark.django_db(transaction=True)


def test_w21_given_two_viewers_when_both_follow_then_each_gets_every_line_once_by_number(
    owner: Caller, operator: Caller, deployment: Deployment
) -> None:
    append(deployment.subject, [Line(f"line {number}") for number in range(2, 51)])
    finish(deployment.subject)
    path = f"/api/v1/deployments/{deployment.pk}/logs"

    async def ids(caller: Caller) -> list[str]:
        client = AsyncClient()
        client.cookies = caller.client.cookies
        answer = await client.get(path)
        text = "".join([part.decode() async for part in answer.streaming_content])
        return [line[4:] for line in text.splitlines() if line.startswith("id: ")]

    async def both() -> list[list[str]]:
        return list(await asyncio.gather(ids(owner), ids(operator)))

    every = [str(number) for number in range(1, 51)]
    for seen in async_to_sync(both)():
        assert [number for number in seen if number in every] == every


def test_w27_given_a_deployment_when_its_jobs_are_listed_then_every_phase_is_one_and_opens(
    owner: Caller, deployment: Deployment
) -> None:
    listed = owner.get(f"/deployments/{deployment.pk}/jobs").json()["jobs"]

    assert [job["jobName"] for job in listed] == [f"{phase}-1" for phase in order_of("provision")]
    for job in listed:
        opened = owner.get(f"/deployments/{deployment.pk}/jobs/{job['id']}")
        assert opened.status_code == 200
        for execution in opened.json()["executions"]:
            lines = owner.get(f"/actions/executions/{execution['id']}/logs")
            assert lines.status_code == 200
