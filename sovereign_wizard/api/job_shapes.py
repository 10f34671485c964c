"""Shapes of provisioning §2: Job, Execution, LogLine."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Literal

from django.utils import timezone
from pydantic import Field

from catalyst.api.shapes import Document


class JobStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Job(Document):
    id: str = Field(description="`<Deployment>:<jobName>`")
    deployment_id: uuid.UUID
    job_name: str = Field(description="`<phase>-<run>`", examples=["tofu-apply-1"])
    app_id: str = Field(description="The phase.", examples=["tofu-apply"])
    batch_id: str = Field(description="`<kind>-<run>`", examples=["provision-1"])
    depends_on: list[str]
    status: JobStatus
    started_at: datetime | None
    finished_at: datetime | None
    duration_ms: int
    latest_execution_id: str | None


def job(
    deployment_id: uuid.UUID,
    job_name: str,
    *,
    app_id: str,
    batch_id: str,
    depends_on: list[str],
    status: JobStatus,
    began_at: datetime | None,
    ended_at: datetime | None,
    execution_id: str,
) -> Job:
    """`execution_id`: what its execution is called once it has begun."""
    took = ((ended_at or timezone.now()) - began_at).total_seconds() if began_at else 0.0
    return Job(
        id=f"{deployment_id}:{job_name}",
        deployment_id=deployment_id,
        job_name=job_name,
        app_id=app_id,
        batch_id=batch_id,
        depends_on=depends_on,
        status=status,
        started_at=began_at,
        finished_at=ended_at,
        duration_ms=max(0, round(took * 1000)),
        latest_execution_id=execution_id if began_at else None,
    )


class Jobs(Document):
    jobs: list[Job]


class Batch(Document):
    batch_id: str
    total: int
    finished: int
    succeeded: int
    failed: int
    running: int
    pending: int


class Batches(Document):
    batches: list[Batch]


class Execution(Document):
    id: str = Field(description="16 bytes in hex.")
    job_id: str
    deployment_id: uuid.UUID
    status: JobStatus
    started_at: datetime
    finished_at: datetime | None
    line_count: int


class JobWithExecutions(Document):
    job: Job
    executions: list[Execution]


class LogLine(Document):
    line_number: int = Field(description="From 1.")
    timestamp: str
    level: Literal["DEBUG", "INFO", "WARN", "ERROR"]
    message: str


class LogPage(Document):
    lines: list[LogLine]
    total: int
    execution_finished: bool
