"""Shapes of provisioning §2: Job, Execution, LogLine."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Literal

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
